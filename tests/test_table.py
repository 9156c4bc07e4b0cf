"""Rows of CSV and TSV: quotes, line ends, headers, and what is broken in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.read import table
from dedup.read.batches import iterate_documents
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.read.table import read_table
from dedup.settings import Settings


def read_csv(tmp_path, content, suffix=".csv", **changes):
    """Return (documents, examples of problems) of a file."""
    path = tmp_path / f"r{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems()
    found = read_table(Input(path.name, path, suffix, "folder"), Settings(**changes), problems)
    return list(iterate_documents(found)), problems.examples


def read_texts(tmp_path, content, **changes):
    """Return ((id, text) of each document, examples of problems) of a CSV file."""
    documents, problems = read_csv(tmp_path, content, **changes)
    return [(document.name.removeprefix("r.csv#"), document.text) for document in documents], problems


@pytest.mark.parametrize(
    "content",
    [
        "id,text\n7,One.\n8,Two.\n",
        "id,text\r\n7,One.\r\n8,Two.",
        "id,text\r7,One.\r8,Two.\r",
        "\ufeffid,text\n7,One.\n\n8,Two.\n\n",
        "\n\nid,text\n7,One.\n8,Two.\n",
        '"id","text"\n"7","One."\n"8","Two."\n',
        "text , id\nOne.,7\nTwo.,8\n",
        "id;text;x,y\n7;One.;\n8;Two.;1,5\n",
        "id\ttext\n7\tOne.\n8\tTwo.\n",
        "id|text\n7|One.\n8|Two.\n",
    ],
)
def test_rows_are_found_however_they_are_parted(tmp_path, content):
    assert read_texts(tmp_path, content) == ([("7", "One."), ("8", "Two.")], [])


def test_tabs_part_the_cells_of_tsv(tmp_path):
    documents, problems = read_csv(tmp_path, 'id\ttext\n7\tOne, "two"\n8\t"a\tb"\n', ".tsv")

    assert ([d.text for d in documents], problems) == (['One, "two"', "a\tb"], [])


def test_quoted_cell_may_hold_lines_commas_and_quotes(tmp_path):
    content = 'text,id\n"One.\n\nTwo, ""three"".\r\nFour.",7\nb"c,8\n'

    assert read_texts(tmp_path, content)[0] == [("7", 'One.\n\nTwo, "three".\r\nFour.'), ("8", 'b"c')]


def test_site_date_and_number_of_a_row_are_found(tmp_path):
    content = "text,site,day,url\nOne.,Herald,2024-05-03T10:00:00+02:00,\nTwo.,,soon,https://a.example/x\n"
    documents, _ = read_csv(tmp_path, content, date_field="day", source_field="site", id_field="none")

    assert [(d.name, d.source, d.date) for d in documents] == [
        ("r.csv#1", "Herald", "2024-05-03T08:00:00"),
        ("r.csv#2", "a.example", None),
    ]


@pytest.mark.parametrize(
    ("row", "example"),
    [
        ("8", "ragged row (1 cells, the header has 2)"),
        ("8,a,b", "ragged row (3 cells, the header has 2)"),
        (b"8,a\xff", "invalid UTF-8 (byte 0xff in field 'text')"),
        ('8,"a quote', "not CSV (a quote that never ends)"),
    ],
)
def test_row_that_cannot_be_read_is_named_by_its_line_and_the_rest_kept(tmp_path, row, example):
    content = b'id,text\n7,"One\n1."\n' + (row if isinstance(row, bytes) else row.encode()) + b"\n9,Two.\n"

    assert read_texts(tmp_path, content) == ([("7", "One\n1."), ("9", "Two.")], [f"r.csv:4: {example}"])


def test_number_of_a_row_counts_those_with_a_bad_text_too(tmp_path):
    assert read_texts(tmp_path, b"text,n\na\xff,1\nTwo.,1\n")[0] == [("2", "Two.")]


def test_nul_parts_words_and_loses_no_row(tmp_path):
    assert read_texts(tmp_path, "text,n\na\0b,1\n") == ([("1", "a\0b")], [])


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", ["r.csv: empty"]),
        ("\n \r\n", ["r.csv: no field 'text' (columns: ; name one with --text-field; none of its rows is read)"]),
        ("id,text\n", []),
        (
            "id,title\n1,a\n2,b\n",
            ["r.csv: no field 'text' (columns: id, title; name one with --text-field; none of its rows is read)"],
        ),
    ],
)
def test_file_without_a_text_is_told_once(tmp_path, content, problems):
    assert read_texts(tmp_path, content) == ([], problems)


def test_row_that_is_too_large_is_skipped(tmp_path):
    content = "id,text\n7,One.\n8," + "x" * 3_000_000 + "\n9,Two.\n"

    assert read_texts(tmp_path, content, max_document=20) == (
        [("7", "One."), ("9", "Two.")],
        ["r.csv:3: too large (more than 20 bytes; raise --max-document)"],
    )


def test_text_is_measured_in_bytes(tmp_path):
    assert read_texts(tmp_path, "text,n\néééééé,1\nééééééé,1\n", max_document=12) == (
        [("1", "éééééé")],
        ["r.csv:3: too large (more than 12 bytes; raise --max-document)"],
    )


def test_quote_without_an_end_gives_back_the_rows_it_swallowed(tmp_path):
    rows = "".join(f"{i},Text {i}.\n" for i in range(100))
    documents, problems = read_texts(tmp_path, f'id,text\nx,"open\n{rows}', max_document=40)

    assert documents == [(str(i), f"Text {i}.") for i in range(100)]
    assert problems == ["r.csv:2: not CSV (a quote that never ends)"]


def test_line_that_is_too_long_behind_a_quote_without_an_end_is_named_too(tmp_path):
    documents, problems = read_texts(tmp_path, f'id,text\nx,"open\n7,One.\n8,{"y" * 100}\n9,Two.\n', max_document=40)

    assert documents == [("7", "One."), ("9", "Two.")]
    assert problems == [
        "r.csv:2: not CSV (a quote that never ends)",
        "r.csv:4: too large (more than 40 bytes; raise --max-document)",
    ]


def test_rows_are_not_read_again_for_ever(tmp_path, monkeypatch):
    """Every line here opens a quote that no later one closes for good."""
    monkeypatch.setattr(table, "MOST_REREADS", 3)
    _, problems = read_texts(tmp_path, "id,text\n" + 'b"c,"d\n' * 50)

    assert problems[:3] == [f"r.csv:{line}: not CSV (a quote that never ends)" for line in (2, 3, 4)]
    assert problems[3] == "r.csv:5: not CSV (a quote that never ends, as 3 before; 47 lines are lost)"


cells = st.one_of(many_scripts, st.sampled_from(["", '"', ",", "a\nb", "a\r\nb", "\r", '""', "x;y"]))


@given(st.lists(st.tuples(cells, cells.filter(bool)), max_size=6), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_a_writer_writes_is_read_back(tmp_path_factory, rows, quoting):
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=quoting)
    writer.writerows([("content", "id"), *rows])
    documents, problems = read_csv(tmp_path_factory.getbasetemp(), written.getvalue())

    assert ([(d.text, d.name) for d in documents], problems) == ([(text, f"r.csv#{name}") for text, name in rows], [])
