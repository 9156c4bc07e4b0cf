"""The corpus maker of the benchmarks: the same bytes for the same seed, and an audit finds what its truth says was planted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from dedup.audit import audit
from dedup.report import Report

MAKER = Path(__file__).with_name("bench") / "corpus.py"
SIZE = 6_000_000


def make(folder: Path, size: int, seed: int) -> tuple[Path, list[dict[str, Any]]]:
    """Return a corpus and its truth."""
    corpus, truth = folder / f"corpus-{size}-{seed}.jsonl", folder / f"truth-{size}-{seed}.jsonl"
    command = [sys.executable, str(MAKER), "--size", str(size), "--seed", str(seed), "--truth", str(truth)]
    with corpus.open("wb") as file:
        subprocess.run(command, stdout=file, check=True)
    return corpus, [json.loads(line) for line in truth.read_text().splitlines()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    return make(tmp_path_factory.mktemp("made"), SIZE, 1)


@pytest.fixture(scope="module")
def truth(made: tuple[Path, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return made[1]


@pytest.fixture(scope="module")
def report(made: tuple[Path, list[dict[str, Any]]]) -> Report:
    return audit(made[0], source_field="source", date_field="date")


@pytest.fixture(scope="module")
def clusters(report: Report) -> dict[tuple[str, int], int]:
    """Return the number of the cluster of each duplicate."""
    return {(name(m.document), m.paragraph): i for i, cluster in enumerate(report.clusters) for m in cluster.members}


def name(document: str) -> str:
    return document.rpartition("#")[2]


def place(row: dict[str, Any]) -> tuple[str, int]:
    return row["document"], row["paragraph"]


def with_group(truth: list[dict[str, Any]], kind: str) -> dict[str, list[dict[str, Any]]]:
    """Return the groups of a kind that have copies."""
    groups = defaultdict(list)
    for row in truth:
        if row["kind"] == kind:
            groups[row["group"]].append(row)
    return {group: rows for group, rows in groups.items() if len(rows) > 1}


def test_same_seed_gives_the_same_bytes_and_another_seed_others(made, tmp_path):
    again, truth = make(tmp_path, SIZE, 1)
    other, _ = make(tmp_path, SIZE, 2)

    assert (again.read_bytes(), truth) == (made[0].read_bytes(), made[1])
    assert other.read_bytes() != again.read_bytes()


def test_larger_corpus_begins_with_the_smaller_one(made, tmp_path):
    corpus, truth = made
    smaller, smaller_truth = make(tmp_path, SIZE // 3, 1)

    assert corpus.read_bytes().startswith(smaller.read_bytes())
    assert truth[: len(smaller_truth)] == smaller_truth
    assert SIZE // 3 <= smaller.stat().st_size < SIZE // 3 + 200_000


def test_truth_names_paragraphs_as_the_reader_counts_them(made, truth):
    rows = {row["id"]: row["text"].split("\n\n") for row in map(json.loads, made[0].read_text().splitlines())}

    exact = [row for row in truth if row["how"] == "exact"]
    texts = defaultdict(set)
    for row in exact:
        texts[row["group"]].add(rows[row["document"]][row["paragraph"]])

    assert len(exact) > 5000
    assert {len(found) for found in texts.values()} == {1}


def test_every_exact_copy_is_found_with_its_group(truth, clusters):
    for kind in ("paragraph", "caption", "furniture"):
        for rows in with_group(truth, kind).values():
            assert len({clusters.get(place(row)) for row in rows if row["how"] == "exact"}) <= 1, rows


def test_edited_copies_are_found_where_they_are_alike_enough(truth, clusters):
    """An edit costs two shingles on either side at most, three where a set phrase of three words is changed."""
    found = Counter()
    for kind in ("paragraph", "caption"):
        for rows in with_group(truth, kind).values():
            firsts = {clusters.get(place(row)) for row in rows if row["how"] == "exact"}
            for row in (row for row in rows if row["how"] == "edited" and firsts):
                share = row["edits"] / row["words"]
                found[share <= 0.1, clusters.get(place(row)) in firsts - {None}] += 1

    assert found[True, True] > 300
    assert found[True, True] / (found[True, True] + found[True, False]) >= 0.99


def test_lifted_runs_are_passages(truth, report):
    pairs = {frozenset((name(p.a.document), name(p.b.document))) for p in report.passages}
    groups = [rows for rows in with_group(truth, "passage").values() if len({row["document"] for row in rows}) > 1]
    found = sum(frozenset((rows[0]["document"], rows[1]["document"])) in pairs for rows in groups)

    assert len(groups) > 50
    assert found / len(groups) >= 0.99


def test_kinds_are_those_that_were_planted_in_the_main(truth, report, clusters):
    """Furniture of a source with one or two documents cannot be told from an article's words."""
    right = Counter()
    large = {group for group, rows in with_group(truth, "furniture").items() if len(rows) >= 6}
    for row in truth:
        if (at := clusters.get(place(row))) is not None and (row["kind"] != "furniture" or row["group"] in large):
            right[row["kind"], report.clusters[at].kind] += 1

    for kind, least in (("paragraph", 0.95), ("caption", 0.95), ("furniture", 0.95)):
        of_kind = sum(count for (planted, _), count in right.items() if planted == kind)
        assert right[kind, kind] / of_kind >= least, right


def test_little_is_found_that_nobody_planted(truth, report):
    planted = {place(row) for row in truth}
    strays = [m for cluster in report.clusters for m in cluster.members if (name(m.document), m.paragraph) not in planted]

    assert len(strays) <= 0.001 * report.summary.paragraphs
