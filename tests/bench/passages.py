"""Measure how much of planted text reuse the passages hold, and how much else: recall, precision, granularity and plagdet.

Usage: python tests/bench/passages.py TRUTH [--corpus DIR] [--passage-words 10]
TRUTH is a truth file (NAME.truth.json; the corpus is the folder NAME beside it). Of its relations those count that expect a
passage: every two members are a case, unless another relation makes them one cluster; a detection is a passage of the report.
Prints one line of figures, what is missed (or held by less than nine tenths) and what nobody planted.

A case and a detection are sets of characters on both sides; a detection detects a case when it meets it on both sides.
- recall: of each case the share of its characters that its detections hold, the mean over cases (micro: of all characters).
- precision: of each detection the share that lies in cases it detects, the mean over detections (micro: of all characters).
- granularity: detections a detected case, 1 at best. plagdet: F1 of recall and precision / log2(1 + granularity).
Where a member has no "run" (abridged paragraphs), the shorter paragraph as a whole is the truth and the longer one counts for
meeting alone; what meets such a case is left out of precision, since nobody marked which of its words are shared, and so is
what lies between members of a relation that expects a cluster (reuse, but not this stage's). A "run" is the longest that was
planted: a second one in the same paragraphs counts against precision.
Source: Potthast, Stein, Barron-Cedeno, Rosso, "An Evaluation Framework for Plagiarism Detection" (COLING 2010).
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

from dedup.audit import audit
from dedup.model import Passage
from dedup.settings import Settings

Characters = frozenset[tuple[str, int]]
"""Characters as (document, offset)."""
Sides = tuple[Characters, Characters]
NOTHING: Characters = frozenset()
LEAST = 0.9
"""Share of a case below which it is named."""


@dataclass(frozen=True, slots=True)
class Case:
    """Two members: where a detection has to meet them, which characters are the truth, and whether precision is judged by it."""

    name: str
    sides: Sides
    truth: Characters
    is_judged: bool

    def is_met(self, found: Sides) -> bool:
        """Return whether a detection meets both sides, either way round."""
        (a, b), (c, d) = self.sides, found
        return bool((a & c and b & d) or (a & d and b & c))


def main() -> None:
    """Print the figures for the truth file named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("truth", type=Path, help="NAME.truth.json")
    parser.add_argument("--corpus", type=Path, help="what the truth speaks of, when it is not the folder NAME beside it")
    parser.add_argument("--passage-words", type=int, default=Settings().passage_words, help="shortest run (default: %(default)s)")
    options = parser.parse_args()
    folder = options.corpus or options.truth.with_name(options.truth.name.removesuffix(".truth.json"))
    relations = json.loads(options.truth.read_text(encoding="utf-8"))["relations"]
    clusters = [case for relation in relations if relation["expect"] == "cluster" for case in list_cases(relation, folder)]
    cases = [case for relation in relations if relation["expect"] == "passage" for case in list_cases(relation, folder, clusters)]
    passages = audit(folder, passage_words=options.passage_words).passages
    found = [list_sides(passage, folder) for passage in passages]
    judged = [sides for sides in found if not any(c.is_met(sides) for c in (*clusters, *cases) if not c.is_judged)]
    print(measure(cases, found, judged))
    for case in cases:
        share = recall_of(case, found)
        if share < LEAST:
            print(
                f"missed: {case.name}" if share == 0 else f"{share:.2f} of {case.name}{'' if case.is_judged else ', no run marked'}"
            )
    for passage, sides in zip(passages, found, strict=True):
        if sides in judged and not any(case.is_met(sides) for case in cases):
            print(f"not planted: {passage.words} words, {passage.a.text!r}")


def list_cases(relation: dict[str, Any], folder: Path, clusters: Sequence[Case] = ()) -> Iterable[Case]:
    """Return a case for every two members of a relation that are no copies of each other by one of the clusters."""
    for pair in combinations(relation["members"], 2):
        is_judged = relation["expect"] == "passage" and all("run" in member for member in pair)
        a, b = (place_member(member, folder, "run" if is_judged else "text") for member in pair)
        name = " and ".join([relation["id"] + ":", *(member["document"] for member in pair)]).replace(": and", ":")
        if not any(cluster.is_met((a, b)) for cluster in clusters):
            yield Case(name, (a, b), a | b if is_judged else min(a, b, key=len), is_judged)


def place_member(member: dict[str, Any], folder: Path, name: str) -> Characters:
    """Return the characters of a member's run or text, however its lines are broken."""
    text = (folder / member["document"]).read_bytes().decode()
    start = sum(map(len, text.splitlines(keepends=True)[: member["line"] - 1]))
    found = re.compile(r"\s+".join(map(re.escape, member[name].split()))).search(text, start)
    if found is None:
        raise SystemExit(f"{member['document']}:{member['line']}: its {name} is not there; is --corpus right?")
    return frozenset((member["document"], i) for i in range(*found.span()))


def list_sides(passage: Passage, folder: Path) -> Sides:
    """Return the characters of both sides of a passage."""
    start = len(str(folder)) + 1
    a, b = (frozenset((span.document[start:], i) for i in range(span.start, span.end)) for span in (passage.a, passage.b))
    return a, b


def recall_of(case: Case, found: list[Sides]) -> float:
    """Return the share of a case's characters that the passages which detect it hold."""
    held = NOTHING.union(*(a | b for a, b in found if case.is_met((a, b))))
    return len(case.truth & held) / len(case.truth)


def measure(cases: list[Case], found: list[Sides], judged: list[Sides]) -> str:
    """Return the line of figures. judged: the detections that count for precision."""
    recalls = [recall_of(case, found) for case in cases]
    detected = [n for n in (sum(case.is_met(sides) for sides in found) for case in cases) if n]
    right = [(a | b) & NOTHING.union(*(case.truth for case in cases if case.is_met((a, b)))) for a, b in judged]
    precisions = [len(held) / len(a | b) for held, (a, b) in zip(right, judged, strict=True)]
    recall, precision = mean(recalls), mean(precisions)
    all_truth = NOTHING.union(*(case.truth for case in cases))
    all_held = NOTHING.union(*(case.truth & (a | b) for case in cases for a, b in found if case.is_met((a, b))))
    micro_recall = len(all_held) / max(len(all_truth), 1)
    micro_precision = len(NOTHING.union(*right)) / max(len(NOTHING.union(*(a | b for a, b in judged))), 1)
    granularity = mean(detected) or 1.0
    return (
        f"{len(cases)} cases, {len(detected)} detected, {len(found)} passages, {len(judged)} judged: "
        f"recall {recall:.3f} (micro {micro_recall:.3f}), precision {precision:.3f} (micro {micro_precision:.3f}), "
        f"granularity {granularity:.3f}, plagdet {plagdet(recall, precision, granularity):.3f} "
        f"(micro {plagdet(micro_recall, micro_precision, granularity):.3f}); "
        f"with a run marked: recall {mean([r for r, case in zip(recalls, cases, strict=True) if case.is_judged]):.3f}"
    )


def mean(values: list[float]) -> float:
    """Return the mean, 0 of nothing."""
    return fmean(values) if values else 0.0


def plagdet(recall: float, precision: float, granularity: float) -> float:
    """Return F1 / log2(1 + granularity)."""
    return 2 * recall * precision / (recall + precision) / math.log2(1 + granularity) if recall + precision else 0.0


if __name__ == "__main__":
    main()
