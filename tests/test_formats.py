"""The same rows in every format: one corpus, one result."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from corpora import NEWSROOM
from pyarrow import ipc, parquet

from dedup.audit import audit
from dedup.read import Problems, find_inputs, read, read_batches
from dedup.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMATS = NEWSROOM.parent / "formats"
ROWS = json.loads((FORMATS / "rows.json").read_text("utf-8"))
SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".feather")
LISTED = (".jsonl", ".json", ".parquet", ".arrow", ".feather")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_row_is_the_same_document_in_every_format(suffix):
    path = FORMATS / f"rows{suffix}"
    found = list(read([path], Settings(date_field="date", source_field="site")))

    assert [(d.name, d.text, d.source, d.date) for d in found] == [
        (f"{path}#{row['id']}", row["text"], row["site"], row["date"]) for row in ROWS
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_source_is_the_host_of_the_url_in_every_format(suffix):
    found = read([FORMATS / f"rows{suffix}"], Settings(id_field="url"))

    assert [document.source for document in found] == ["herald.example", "meridian.example", "coast-post.example"]


@pytest.mark.parametrize("suffix", LISTED)
def test_list_of_strings_is_one_paragraph_each_in_every_format_with_lists(suffix):
    problems = Problems()
    batches = list(read_batches(find_inputs([FORMATS / f"rows{suffix}"], problems), Settings(text_field="paragraphs"), problems))
    found = [
        batch.text[start:end].tobytes().decode()
        for batch in batches
        for start, end in zip(batch.blocks.start, batch.blocks.end, strict=True)
    ]

    assert found == [paragraph for row in ROWS for paragraph in row["paragraphs"]]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("packing", "pack"), [(".gz", gzip.compress), (".zst", zstd.compress)])
def test_compressed_rows_are_the_same_documents(tmp_path, suffix, packing, pack):
    path = tmp_path / f"rows{suffix}{packing}"
    path.write_bytes(pack((FORMATS / f"rows{suffix}").read_bytes()))

    assert [(d.name, d.text) for d in read([path])] == [(f"{path}#{row['id']}", row["text"]) for row in ROWS]


# --------------------------------------------------------------------------------------------------- the sample articles


def list_articles():
    paths = sorted(NEWSROOM.rglob("*.txt"))
    names = [path.relative_to(NEWSROOM).as_posix() for path in paths]
    return [
        {"id": name, "site": (NEWSROOM / name).parent.as_posix(), "text": path.read_text("utf-8")}
        for name, path in zip(names, paths, strict=True)
    ]


def write_corpus(rows, path: Path) -> Path:
    """Write rows in the format that a file's name says."""
    table = pa.Table.from_pylist(rows)
    match path.suffixes[0]:
        case ".jsonl":
            path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
        case ".csv":
            with zstd.open(path, "wt", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        case ".json":
            path.write_text(json.dumps(rows), "utf-8")
        case ".parquet":
            parquet.write_table(table, path, row_group_size=7)
        case ".arrow":
            with ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=5)
    return path


def tell_apart(report, prefix):
    """Return what a report says of its clusters, in their order, with each document by its id."""
    return [
        (
            (found.id, found.kind, found.scope, found.similarity),
            [(m.document.removeprefix(prefix), m.paragraph, m.start, m.end, m.line, m.similarity) for m in found.members],
        )
        for found in report.clusters
    ]


@pytest.fixture(scope="module")
def clusters_of_the_folder():
    return tell_apart(audit(NEWSROOM), f"{NEWSROOM.as_posix()}/")


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json", "a.csv.zst", "a.parquet", "a.arrow"])
def test_sample_articles_have_the_same_clusters_in_every_format(tmp_path, name, clusters_of_the_folder):
    path = write_corpus(list_articles(), tmp_path / name)

    assert tell_apart(audit(path, source_field="site"), f"{path}#") == clusters_of_the_folder
