"""How the cost of an audit grows with its corpus: `python tests/bench/growth.py [--size 30M] [--full] [--skew 100000]`.

Growth: one made corpus (see `corpus`) of a size, ten times it and, with --full, a hundred times (11 million paragraphs from 30M
on); for each the time and peak memory of `dedup audit` as a whole process, its candidates a paragraph, and which share of what was
planted it found: edited copies in one cluster with an exact one (of those with at most a tenth of their words edited), and lifted
runs as passages. With --exact the same for all pairs by prefix filter.
Skew: so many near-copies of one paragraph, ten times as many exact copies of one, ten times as many paragraphs of documents in 50
versions, each beside as many different paragraphs; the cost as a ratio to as many different paragraphs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import msgspec
from corpus import write_corpus
from process import ProcessError, Run, run_process
from skew import CASES, write_skewed

from dedup.settings import parse_size

AUDIT = (sys.executable, "-m", "dedup", "audit", "--format", "json", "--quiet")
FIELDS = ("--source-field", "source", "--date-field", "date")
STEPS = (1, 10, 100)
MOST_EDITED = 0.1

Place = tuple[str, int]


class Found(msgspec.Struct):
    """What a report says, as far as it is needed here."""

    class Side(msgspec.Struct):
        document: str
        paragraph: int

    class Cluster(msgspec.Struct):
        members: list[Found.Side]

    class Passage(msgspec.Struct):
        a: Found.Side
        b: Found.Side

    class Summary(msgspec.Struct):
        paragraphs: int
        candidate_pairs: int
        left_out_pairs: int
        verified_pairs: int

    summary: Summary
    clusters: list[Cluster]
    passages: list[Passage]


class Planted(msgspec.Struct):
    """A line of the truth."""

    document: str
    paragraph: int
    kind: str
    how: str
    group: str
    words: int
    edits: int


class Recall(NamedTuple):
    """Shares of the edited copies and of the lifted runs that were found."""

    edited: float
    lifted: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=parse_size, default=parse_size("30M"))
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--skew", type=int, default=100_000, help="0 for none")
    parser.add_argument("--timeout", type=float, default=3600)
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()
    work = options.work_dir or Path(tempfile.mkdtemp(prefix="dedup-growth-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        measure_growth(work, options)
        measure_skew(work, options)
    finally:
        if not options.work_dir:
            shutil.rmtree(work)


def measure_growth(work: Path, options: argparse.Namespace) -> None:
    say("MB", "paragraphs", "seconds", "CPU s", "peak MB", "CPU us/para", "B/para", "cand/para", "pairs/para", "edited", "lifted")
    for step in STEPS if options.full else STEPS[:2]:
        corpus, truth = work / "corpus.jsonl", work / "truth.jsonl"
        with corpus.open("wb") as out, truth.open("wb") as told:
            write_corpus(out, options.size * step, 1, told)
        for how in ((), ("--exact",)) if options.exact else ((),):
            name = f"{corpus.stat().st_size / 1e6:,.0f}{' exact' if how else ''}"
            if run := audit(name, work, corpus, [*FIELDS, *how], options.timeout):
                print_step(name, run, read_found(work), truth)


def print_step(name: str, run: Run, found: Found, truth: Path) -> None:
    of, recall = found.summary, measure_recall(found, truth)
    costs = (f"{run.seconds:.1f}", f"{run.cpu_seconds:.1f}", f"{run.tree_mb:,.0f}")
    each = (run.cpu_seconds * 1e6, run.tree_mb * 1e6, of.candidate_pairs, of.verified_pairs)
    shares = (f"{value / of.paragraphs:,.2f}" for value in each)
    say(name, f"{of.paragraphs:,}", *costs, *shares, f"{recall.edited:.4f}", f"{recall.lifted:.4f}")


def measure_skew(work: Path, options: argparse.Namespace) -> None:
    if not options.skew:
        return
    say("skew", "copies", "seconds", "CPU s", "ratio", "peak MB", "ratio", "cand/para", "pairs/para", "left/para")
    plain: dict[int, Run] = {}
    for name, n in (("near-copies of one", 1), ("one again and again", 10), ("versions", 10)):
        n_copies = n * options.skew
        if n_copies not in plain and (run := run_case(work, "different", n_copies, options.timeout)):
            plain[n_copies] = run
            print_case("different", n_copies, run, run, read_found(work).summary)
        if n_copies in plain and (run := run_case(work, name, n_copies, options.timeout)):
            print_case(name, n_copies, run, plain[n_copies], read_found(work).summary)


def run_case(work: Path, name: str, n_copies: int, timeout: float) -> Run | None:
    corpus = work / "corpus.jsonl"
    write_skewed(corpus, CASES[name], n_copies, 1)
    return audit(name, work, corpus, [], timeout)


def print_case(name: str, n_copies: int, run: Run, plain: Run, of: Found.Summary) -> None:
    costs = ((run.cpu_seconds, plain.cpu_seconds), (run.tree_mb, plain.tree_mb))
    cells = (cell for cost, other in costs for cell in (f"{cost:,.1f}", f"{cost / other:.2f}"))
    counts = (of.candidate_pairs, of.verified_pairs, of.left_out_pairs)
    say(name, f"{n_copies:,}", f"{run.seconds:.1f}", *cells, *(f"{count / of.paragraphs:,.2f}" for count in counts))


def audit(name: str, work: Path, corpus: Path, options: list[str], timeout: float) -> Run | None:
    """Return what an audit costs, None when it failed or was stopped."""
    try:
        return run_process([*AUDIT, str(corpus), *options], work / "run", dict(os.environ), timeout)
    except ProcessError as error:
        print(f"{name}: {error}", flush=True)
        return None


def read_found(work: Path) -> Found:
    return msgspec.json.decode((work / "run" / "stdout.txt").read_bytes(), type=Found)


def measure_recall(found: Found, truth: Path) -> Recall:
    """Return which share of the planted is found; a document's name in a report ends in "#" and its id."""
    cluster = {_place(member): i for i, one in enumerate(found.clusters) for member in one.members}
    tied = {frozenset((_place(passage.a), _place(passage.b))) for passage in found.passages}
    groups: dict[str, list[Planted]] = defaultdict(list)
    with truth.open("rb") as file:
        for row in map(msgspec.json.Decoder(Planted).decode, file):
            if row.kind != "furniture":
                groups[row.group].append(row)
    edited, lifted = [], []
    for rows in groups.values():
        places = [(row.document, row.paragraph) for row in rows]
        if rows[0].kind == "passage":
            lifted += [frozenset((places[0], other)) in tied for other in places[1:]]
            continue
        exact = {cluster.get(place, -1) for row, place in zip(rows, places, strict=True) if row.how == "exact"} - {-1}
        sure = [row.how == "edited" and row.edits <= MOST_EDITED * row.words for row in rows]
        if any(row.how == "exact" for row in rows):
            edited += [cluster.get(place) in exact for place, is_sure in zip(places, sure, strict=True) if is_sure]
    return Recall(sum(edited) / max(len(edited), 1), sum(lifted) / max(len(lifted), 1))


def _place(side: Found.Side) -> Place:
    return side.document.rpartition("#")[2], side.paragraph


def say(*cells: str) -> None:
    widths = (20, *(11 for _ in cells[1:]))
    print(" ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)), flush=True)


if __name__ == "__main__":
    main()
