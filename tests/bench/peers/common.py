"""What the peers' scripts share: their arguments, cutting rows into word shingles, counting clusters."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator

WORD = re.compile(r"\w+")


def parse_arguments(description: str | None) -> argparse.Namespace:
    """Return the arguments that every script takes: where the rows are, and the settings."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("input", help="a .jsonl file, or a folder of them where the script says so")
    for name in ("--shingle", "--num-perm", "--bands", "--rows", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--threshold", type=float, required=True)
    return parser.parse_args()


def read_shingles(path: str, n: int) -> Iterator[list[str]]:
    """Yield the word n-grams of each row; a row with fewer words is one shingle, one without a word has none."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = WORD.findall(json.loads(line)["text"].lower())
            yield [" ".join(words[i : i + n]) for i in range(max(1, len(words) - n + 1))] if words else []


class UnionFind:
    """Sets of row numbers joined by pairs; the smallest number stands for its set."""

    def __init__(self, n: int) -> None:
        """Start with each of n rows alone."""
        self.parents = list(range(n))

    def find(self, row: int) -> int:
        """Return the row that stands for this row's set."""
        while self.parents[row] != row:
            self.parents[row] = self.parents[self.parents[row]]
            row = self.parents[row]
        return row

    def join(self, a: int, b: int) -> None:
        """Make the sets of two rows one."""
        low, high = sorted((self.find(a), self.find(b)))
        self.parents[high] = low

    def count(self) -> tuple[int, int]:
        """Return the number of sets, and of those with two members or more."""
        roots = [self.find(row) for row in range(len(self.parents))]
        joined = {root for row, root in enumerate(roots) if row != root}
        return len(set(roots)), len(joined)


def print_found(rows: int, kept: int, clusters: int | None = None, pairs: int | None = None) -> None:
    """Print what was found, as the last line of standard output, where the benchmark looks for it."""
    print(json.dumps({"rows": rows, "kept": kept, "clusters": clusters, "pairs": pairs}))
