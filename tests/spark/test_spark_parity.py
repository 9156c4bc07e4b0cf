"""The audit on Spark against the local one: the whole report, byte for byte."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, SHARED, article, write_files

from dedup.audit import audit

ROOT = Path(__file__).parents[2]
NEWSROOM = ROOT / "data" / "newsroom"
TERMS = SHARED / "terms" / "paragraphs.jsonl.gz"
LARGE = pytest.mark.skipif("DEDUP_LARGE" not in os.environ, reason="takes minutes: set DEDUP_LARGE=1")
MADE_BYTES = 56_000_000
"""200,000 paragraphs."""
MADE_FIELDS = {"source_field": "source", "date_field": "date"}

PAGE = """<html><body><nav><p>Home and garden</p><p>{0} in brief</p></nav>
<figure><img alt="{1}"><figcaption>{1}</figcaption></figure><p>{2}</p><p>{3}</p>
<footer><p>All rights reserved by the makers of {0}</p></footer></body></html>"""


def write_as_one(report):
    """Return all that a report says as text, but for how long it took."""
    return replace(report, summary=replace(report.summary, seconds=0.0)).to_json()


def compare(session, paths, folder, partitions=3, **changes):
    """Hold the audit on Spark of some paths against the local one, and return the first."""
    from dedup import spark

    session.conf.set("spark.sql.shuffle.partitions", partitions)
    paths = list(map(str, paths))
    ours, theirs = spark.audit(session, paths, work_dir=folder, **changes), audit(paths, **changes)

    assert write_as_one(ours) == write_as_one(theirs)
    assert ours.contexts == theirs.contexts
    assert (ours.problems, ours.ignored) == (theirs.problems, theirs.ignored)
    return ours


def make_corpus(folder, n_bytes):
    """Write a made corpus of some size as seven files, and return these, the last one first."""
    maker = [sys.executable, ROOT / "tests" / "bench" / "corpus.py", "--size", str(n_bytes)]
    lines = subprocess.run(maker, check=True, capture_output=True).stdout.splitlines(keepends=True)
    write_files(folder, {f"{i}.jsonl": b"".join(lines[i::7]) for i in range(7)})
    return sorted(folder.iterdir(), reverse=True)


@pytest.mark.parametrize("partitions", [1, 3, 8])
def test_newsroom_is_the_same_however_rows_are_shuffled(session, tmp_path, partitions):
    folders = sorted(NEWSROOM.iterdir())

    report = compare(session, folders if partitions == 1 else folders[::-1], tmp_path / "work", partitions)

    assert report.summary.clusters > 150


def test_order_of_files_decides_alike(session, tmp_path):
    """Undated copies: whichever file is named first has the representative."""
    write_files(
        tmp_path, {"a.txt": article(FERRY, BUDGET), "b.txt": article(FERRY_EDITED, ORCHARD), "c.txt": article(FERRY, CHESS)}
    )

    report = compare(session, [tmp_path / name for name in ("c.txt", "a.txt", "b.txt")], tmp_path / "work")

    assert [member.document[-5:] for member in report.clusters[0].members] == ["c.txt", "a.txt", "b.txt"]


def test_formats_roles_names_and_problems_are_the_same(session, tmp_path):
    """Roles of HTML, front matter, encodings, names that stand twice or look counted, dates, empty documents and broken rows."""
    texts = [FERRY, FERRY_EDITED, BUDGET, ORCHARD, CHESS, f"{BUDGET} {FERRY} {ORCHARD}"]
    files = {f"site/{i}.html": PAGE.format("News", texts[i % 3], texts[i % 4], texts[i % 6]) for i in range(8)}
    files |= {f"notes/{i}.md": f"---\ndate: 2024-0{i + 1}-02\n---\n# {CHESS}\n\n{texts[i]}\n\n`code`\n" for i in range(5)}
    names = ("x", "x (2)", "x", "y", "x", "x (2)", "x")
    told = [f"{texts[i % 6]}\nUPDATED: 1{i}:0{i}, {i + 1} May" for i in range(len(names))]
    rows = [
        {"id": name, "text": text, "published": f"2023-0{9 - i}-01"} for i, (name, text) in enumerate(zip(names, told, strict=True))
    ]
    lines = [json.dumps(row) for row in rows]
    files |= {"feed.jsonl": "\n".join([*lines[:3], "{broken", '{"id": 4}', *lines[3:]]) + "\n", "empty.txt": "…\n"}
    files |= {"old.txt": f"{ORCHARD} Köln.".encode("latin-1") + b"\n", "left.xyz": "out"}
    folder = write_files(tmp_path / "in", files)

    report = compare(session, [folder], tmp_path / "work", date_field="published")

    counted = {member.document.partition("#")[2] for cluster in report.clusters for member in cluster.members}
    assert counted >= {"x", "x (2)", "x (3)", "x (4)", "x (5)", "x (2) (2)"}
    assert report.summary.skipped
    assert report.ignored


def test_settings_reach_the_workers(session, tmp_path):
    changes = {"threshold": 0.5, "shingle": 3, "min_words": 0, "seed": 7, "split": "line", "passage_words": 6}

    compare(session, [NEWSROOM / "herald"], tmp_path / "work", **changes)


def test_passages_can_be_left_out(session, tmp_path):
    report = compare(session, [NEWSROOM / "herald"], tmp_path / "work", passages=False)

    assert report.passages == ()


@pytest.mark.skipif(not TERMS.exists(), reason="needs the paragraphs of web terms")
@pytest.mark.parametrize("partitions", [pytest.param(1, marks=LARGE), pytest.param(3, marks=LARGE), 8])
def test_terms_are_the_same(session, tmp_path, partitions):
    with gzip.open(TERMS, "rt", encoding="utf-8") as file:
        lines = file.readlines()
    parts = {f"{i}.jsonl": "".join(lines[i::5]) for i in range(5)}
    folder = write_files(tmp_path / "in", parts)

    compare(session, sorted(folder.iterdir(), reverse=True), tmp_path / "work", partitions)


@LARGE
@pytest.mark.parametrize("partitions", [1, 3, 8])
def test_made_corpus_is_the_same(session, tmp_path, partitions):
    report = compare(session, make_corpus(tmp_path / "in", MADE_BYTES), tmp_path / "work", partitions, **MADE_FIELDS)

    assert report.summary.paragraphs > 200_000
