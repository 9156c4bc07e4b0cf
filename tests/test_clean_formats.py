"""The sample articles in every format: cleaned alike, written in their own format, and given back."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pyarrow
import pytest
from corpora import NEWSROOM
from pyarrow import parquet
from test_formats import list_articles, write_corpus

from dedup.audit import audit
from dedup.clean import clean
from dedup.folder import restore
from dedup.policy import Policy
from dedup.read import read
from dedup.settings import Settings

FORMATS = Path(__file__).parents[1] / "data" / "formats"
SITES = Settings(source_field="site")


def texts_in(*paths, settings=None):
    return {document.name: document.text for document in read(paths, settings)}


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    """Return the texts of the articles that are cleaned as files, by their names."""
    folder = tmp_path_factory.mktemp("articles")
    clean([NEWSROOM], folder / "out")
    return {name.removeprefix(f"{folder}/out/"): text for name, text in texts_in(folder / "out").items()}


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json", "a.csv.zst", "a.parquet", "a.arrow"])
def test_articles_are_cleaned_alike_in_every_format(tmp_path, name, cleaned):
    path = write_corpus(list_articles(), tmp_path / name)
    found = clean([path], tmp_path / "out", SITES)
    again = clean([tmp_path / "out"], tmp_path / "again", SITES)

    out = tmp_path / "out" / name
    assert {key.removeprefix(f"{out}#"): text for key, text in texts_in(out, settings=SITES).items()} == cleaned
    assert {document.name: document.text for document in restore(tmp_path / "out")} == texts_in(path, settings=SITES)
    assert (again.removed, again.before) == ((), found.after)
    assert (tmp_path / "again" / name).read_bytes() == out.read_bytes()


def test_other_fields_stay_in_their_order_and_types(tmp_path):
    rows = [{"n": i, "at": None, "x": [1.5, i], **row, "last": {"a": "b"}} for i, row in enumerate(list_articles())]
    for name in ("a.jsonl.gz", "a.json", "a.parquet", "a.arrow"):
        clean([write_corpus(rows, tmp_path / name)], tmp_path / "out" / name, SITES)
    lines = [json.loads(line) for line in gzip.decompress((tmp_path / "out/a.jsonl.gz/a.jsonl.gz").read_bytes()).splitlines()]
    table = parquet.read_table(tmp_path / "out/a.parquet/a.parquet")

    for found in (lines, json.loads((tmp_path / "out/a.json/a.json").read_text()), table.to_pylist()):
        assert [{**row, "text": ""} for row in found] == [{**row, "text": ""} for row in rows]
        assert [list(row) for row in found] == [list(row) for row in rows]
    assert table.schema.equals(pyarrow.Table.from_pylist(rows).schema)


def test_pages_and_archives_come_out_as_json_lines_of_their_text(tmp_path):
    shutil.copytree(FORMATS, tmp_path / "in", ignore=shutil.ignore_patterns("*.py", "rows.*"))
    originals = texts_in(tmp_path / "in")
    found = clean([tmp_path / "in"], tmp_path / "out", policy=Policy(max_removed=1.0))
    again = clean([tmp_path / "out"], tmp_path / "again", policy=Policy(max_removed=1.0))

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [".dedup-clean.json", "budget.html.jsonl", "crawl.warc.jsonl.gz", "ferry.html.jsonl", "removed.jsonl"]
    assert {document.name: document.text for document in restore(tmp_path / "out")} == originals
    assert len(found.removed) > 5
    assert (again.removed, again.before) == ((), found.after)
    assert [
        cluster for cluster in audit([tmp_path / "out"]).clusters if cluster.scope == "across" and cluster.kind != "caption"
    ] == []


def test_archive_that_is_cut_off_is_cleaned_up_to_there(tmp_path):
    content = "".join(json.dumps(row) + "\n" for row in list_articles() * 2).encode()
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(content)[:-500])
    found = clean([path], tmp_path / "out", SITES, policy=Policy(max_removed=1.0))

    assert found.skipped == {"truncated": 1}
    assert {document.text for document in restore(tmp_path / "out")} <= {row["text"] for row in list_articles()}
    assert clean([tmp_path / "out"], tmp_path / "again", SITES).removed == ()
