"""Reports as rows: JSON lines, CSV and Parquet say what the JSON report says."""

from __future__ import annotations

import csv
import io
import json

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, article
from hypothesis import given
from pyarrow import parquet
from shapes import many_scripts

from dedup.audit import audit
from dedup.check import check
from dedup.model import Document
from dedup.report.as_csv import FORMULA_STARTS

NOTHING = audit([Document("a", FERRY)])
COLUMNS = ["cluster", "kind", "scope", "document", "paragraph", "start", "end", "line", "words", "similarity", "text"]


@pytest.fixture(scope="module")
def report():
    return audit(NEWSROOM)


def members_of(report):
    """Return a row a member, from the JSON report."""
    return [
        {"cluster": cluster["id"], "kind": cluster["kind"], "scope": cluster["scope"]} | member
        for cluster in json.loads(report.to_json())["clusters"]
        for member in cluster["members"]
    ]


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_lines_are_what_json_lists_each_with_its_type(report):
    lines = [json.loads(line) for line in report.render("jsonl").splitlines()]
    said = json.loads(report.to_json())
    kinds = [("cluster", "clusters"), ("passage", "passages"), ("document", "documents")]

    assert lines == [{"type": kind} | one for kind, name in kinds for one in said[name]]
    assert all(line.startswith('{"type":"') for line in report.render("jsonl").splitlines())


def test_csv_has_a_row_a_member(report):
    rows = read_csv(report.render("csv"))

    assert list(rows[0]) == COLUMNS
    assert [{name: str(value) for name, value in row.items()} for row in members_of(report)] == [
        row | {"text": row["text"].removeprefix("'") if row["text"][1:2] in FORMULA_STARTS else row["text"]} for row in rows
    ]


def test_parquet_has_the_same_rows_with_types(report, tmp_path):
    report.write(tmp_path / "r.parquet")
    table = parquet.read_table(tmp_path / "r.parquet")

    assert table.column_names == COLUMNS
    assert table.to_pylist() == members_of(report)
    assert {name: str(table.schema.field(name).type) for name in ("start", "line", "similarity", "text")} == {
        "start": "int64", "line": "int32", "similarity": "double", "text": "large_string"
    }  # fmt: skip
    assert report.to_arrow().equals(table)


def test_members_of_a_check_say_where_they_are_from(tmp_path):
    report = check([Document("a", article(FERRY, BUDGET)), Document("b", article(FERRY_EDITED, CHESS))])
    report.write(tmp_path / "r.parquet")

    assert [row["origin"] for row in read_csv(report.render("csv"))] == ["draft", "draft"]
    assert parquet.read_table(tmp_path / "r.parquet").column("origin").to_pylist() == ["draft", "draft"]


def test_nothing_found_is_no_row_and_a_header(tmp_path):
    NOTHING.write(tmp_path / "r.parquet")

    assert (NOTHING.render("jsonl"), NOTHING.render("csv")) == ("", ",".join(COLUMNS) + "\n")
    assert parquet.read_table(tmp_path / "r.parquet").num_rows == 0


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_cell_that_would_be_a_formula_is_text(start):
    text = f"{start}HYPERLINK(1) {FERRY}"
    cells = [cell for row in read_csv(audit([Document("=a", text), Document("b", text)]).render("csv")) for cell in row.values()]

    assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]
    assert "'=a" in cells


@given(many_scripts)
def test_any_text_comes_back_from_each_format(text):
    report = audit([Document("a", f"{FERRY} {text}"), Document("b", f"{FERRY} {text}")])
    wanted = [member.text for cluster in report.clusters for member in cluster.members]

    assert [row["text"] for row in read_csv(report.render("csv"))] == [
        f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in wanted
    ]
    assert report.to_arrow().column("text").to_pylist() == wanted
    lines = [json.loads(line) for line in report.render("jsonl").split("\n") if line]
    assert [member["text"] for line in lines if line["type"] == "cluster" for member in line["members"]] == wanted
