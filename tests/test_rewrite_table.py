"""Rows of CSV and TSV written again: only the text's cell of a row that changes is not as it was."""

from __future__ import annotations

import csv
import gzip
import io
import tracemalloc
from unittest.mock import patch

import pytest
from cutting import (
    cut_naively,
    describe_all,
    draw_ranges,
    draw_removals,
    expect_documents,
    make_input,
    make_stream,
    read_documents,
    read_numbered,
    rewrite,
)
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.errors import InputError
from dedup.read import streams
from dedup.read.table import read_table
from dedup.rewrite.table import find_cell, rewrite_table
from dedup.settings import Settings

LIMIT = 250


def write(content, removals, size=1 << 20, suffix=".csv", **changes):
    return rewrite(rewrite_table, content, removals, suffix, size, **changes)


def write_text(content, removals, **changes):
    return write(content.encode(), removals, **changes).decode()


@pytest.mark.parametrize(
    ("row", "ranges", "left"),
    [
        ('7,"One, ""two"".\nThree.", x ', [(0, 5)], '7,"""two"".\nThree.", x '),
        ('7,"One, ""two"".\nThree.", x ', [(5, 6), (9, 17)], '7,"One, two.", x '),
        ('"7","One.","x"', [(0, 4)], '"7","","x"'),
        ("7,One two.,x", [(3, 7)], "7,One.,x"),
        ("7,One.,x", [(0, 4)], "7,,x"),
        ('7,a"b"c,x', [(0, 1)], '7,"""b""c",x'),
        ('7,a"b"c,x', [(2, 3)], '7,a""c,x'),
        ('7,"a"b"c,x', [(0, 1)], '7,"b""c",x'),
        ('"a\n,b""","One.",x', [(3, 4)], '"a\n,b""","One",x'),
        ("7,One.,One.", [(0, 1)], "7,ne.,One."),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_cell_of_the_text_alone_changes(row, ranges, left, end, mark):
    content = f"{mark}id, text ,text\n\n1,2\n%s{end}"

    assert write_text(content % row, {1: ranges}) == content % left
    assert write_text(content % row, {1: None}) == (content % "").removesuffix(end) if end else (content % "")[:-1]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_file_ends_as_it_did_when_its_last_row_goes(line_end):
    rows = ["text", "One.", "", '"Two\n2."', "Three."]
    content = line_end.join(rows)

    assert write_text(content, {3: None}) == line_end.join(rows[:4])
    assert write_text(content, {2: None, 3: None}) == line_end.join(rows[:3])
    assert write_text(content + line_end, {2: None, 3: None}) == line_end.join([*rows[:3], ""])


def test_empty_text_of_the_only_column_is_no_blank_line():
    content = 'text\nOne.\n"Two."\nThree.\n'

    assert write_text(content, {1: [(0, 4)], 2: [(0, 4)]}) == 'text\n""\n""\nThree.\n'
    assert read_numbered(read_table, write(content.encode(), {1: [(0, 4)]}), ".csv") == {1: "", 2: "Two.", 3: "Three."}


def test_delimiter_is_the_one_of_the_header():
    assert write_text("id;text\n1;a,b;\n7;One, two.\n", {1: [(3, 8)]}) == "id;text\n1;a,b;\n7;One.\n"
    assert write(b"id\ttext\n7\tOne, two.\n", {1: [(3, 8)]}, suffix=".tsv") == b"id\ttext\n7\tOne.\n"


soup = st.lists(st.sampled_from(['"', '""', ",", ";", "a", "\n", "\r", "\r\n", " ", "é", "\0"]), max_size=20).map("".join)


@given(soup, st.sampled_from(",;\t|"))
def test_cells_are_found_where_the_csv_module_finds_them(written, delimiter):
    """Whatever stands in a row: each cell by itself is read as the same cell."""
    lines = iter(written.splitlines(keepends=True) if "\0" not in written else io.StringIO(written, newline=""))
    taken = []

    def take():
        for line in lines:
            taken.append(line)
            yield line
        taken.append(None)

    for cells in csv.reader(take(), delimiter=delimiter):
        row = "".join(taken) if None not in taken else None
        taken.clear()
        if row is None:  # a quote that never ends, which the reader takes for no row
            break
        for column, cell in enumerate(cells):
            start, end = find_cell(row, column, delimiter)
            assert next(csv.reader(io.StringIO(row[start:end], newline=""), delimiter=delimiter), [""]) == [cell]
        assert row == "" or not cells or row[end:] in ("", "\n", "\r", "\r\n")


texts = st.text(st.sampled_from('ab,";\néя😀 '), max_size=10)
rows = st.one_of(
    st.tuples(texts, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"])),
    st.sampled_from([b"\n", b"ragged\n", b"a,b,c,d\r\n", b"x,\xff\xfe,7\n", b"x," + b"y" * 300 + b",7\n", b" \r"]),
)


def write_row(text, quoting, end):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting, lineterminator=end).writerow(["7", text, "x"])
    return written.getvalue().encode()


@given(st.lists(rows, max_size=7), st.data(), st.booleans(), st.integers(3, 60))
def test_all_but_what_goes_stays_byte_for_byte(drawn, data, has_mark, size):
    """The oracle: Python's own writer on the text without its ranges, but that a quoted cell stays quoted."""
    lines, expected, removals, number = [], [], {}, 0
    for row in drawn:
        if isinstance(row, bytes):
            lines.append(row)
            expected.append(row)
            number += row.startswith(b"x,\xff")
            continue
        number += 1
        text, quoting, end = row
        removals[number] = ranges = data.draw(st.one_of(st.none(), draw_ranges(len(text))))
        lines.append(write_row(*row))
        if ranges is not None:
            cut = write_row(cut_naively(text, ranges), quoting, end)
            was_quoted = lines[-1].startswith(b'7,"')
            expected.append(cut if not was_quoted or b'"' in cut else b'7,"' + cut[2:].replace(b",x", b'",x'))
    header = b"\xef\xbb\xbf" * has_mark + b"id,text,n\n"

    assert write(header + b"".join(lines), removals, size, max_document=LIMIT) == header + b"".join(expected)


pieces = [
    b'"',
    b'"',
    b'""',
    b",",
    b",",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"a",
    b"id,text\n",
    b"7,One.\n",
    b'8,"Two\n2."\n',
    b"\xff",
    b"y" * 30,
]
anything = st.tuples(st.sampled_from([b"", b"\xef\xbb\xbf"]), st.lists(st.sampled_from(pieces), max_size=25)).map(
    lambda t: b"".join((t[0], *t[1]))
)


@given(anything, st.integers(3, 40), st.integers(1, 60))
def test_file_of_which_nothing_goes_is_copied_whatever_it_holds(content, size, limit):
    stays = {number: [] for number in read_numbered(read_table, content, ".csv", max_document=limit)}

    assert write(content, {}, size, max_document=limit) == content
    assert write(content, stays, size, max_document=limit).count(b"\n") == content.count(b"\n")


cells = st.one_of(many_scripts, st.sampled_from(["", '"', ",", "a\nb", "a\r\nb", "\r", '""', "x;y"]))


@given(
    st.lists(st.tuples(cells, st.sampled_from(["", "a", "b"]), st.sampled_from(["", "2024-05-03"])), max_size=6),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["content,id,day", "id,body.x,content", "content,content,id", "content"]),
    st.data(),
    st.integers(3, 80),
)
def test_reader_reads_from_the_new_file_what_is_left(drawn, quoting, header, data, size):
    changes = {"text_field": "content", "date_field": "day"}
    n_columns = header.count(",") + 1
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting).writerows([header.split(","), *(row[:n_columns] for row in drawn)])
    content = written.getvalue().encode()
    texts = read_numbered(read_table, content, ".csv", **changes)
    removals = data.draw(draw_removals(texts))
    documents = read_documents(read_table, content, ".csv", **changes)
    found = read_documents(read_table, write(content, removals, size, **changes), ".csv", **changes)

    assert describe_all(found) == expect_documents(documents, texts, removals)


@pytest.mark.parametrize("removals", [{1: [(0, 5)]}, {2: None}, {2: []}, {3: []}, {4: []}, {1: None, 5: None}])
@pytest.mark.parametrize("size", [3, 1 << 20])
def test_file_that_was_changed_is_told(removals, size):
    content = b"id,text\n7,One.\nragged\n8,\xff\n9," + "é".encode() * (LIMIT // 2 + 1) + b"\n10," + b"x" * LIMIT + b"\n"

    with pytest.raises(InputError, match=r"^r\.csv: was changed while it was read; run again"):
        write(content, removals, size, max_document=LIMIT)


@pytest.mark.parametrize("content", [b"", b"id,title\n7,One.\n", b"\n\n"])
def test_file_that_has_no_text_any_more_is_told(content):
    assert write(content, {}) == content
    with pytest.raises(InputError, match="changed"):
        write(content, {1: []})


def test_file_that_breaks_is_written_up_to_the_break(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"One.\n" * 1000)[:-9])
    source = make_input(b"", ".csv")._replace(path=path, stream=None)

    readable = b"".join(rewrite_table(source, {}, Settings()))
    assert len(readable) > 1000
    assert b"".join(rewrite_table(source, {2: None}, Settings())) == readable[:5] + readable[10:]


@pytest.mark.parametrize("filling", [b"x" * 1000, b"ragged" * 200 + b"\n", b"7," + b"x" * 1000 + b"\n", b'"x' * 500 + b"\n"])
def test_of_what_cannot_be_read_only_the_limit_and_a_block_are_held(filling):
    def read_blocks():
        yield b"id,text\n"
        for _ in range(100):
            yield filling * 200
        yield b"\n8,Two.\n"

    tracemalloc.start()
    source = make_stream(read_blocks, ".csv")
    with patch.object(streams, "BLOCK_BYTES", 1 << 18):
        n_bytes = sum(map(len, rewrite_table(source, {}, Settings(max_document=1 << 16))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert n_bytes == 16 + len(filling) * 20_000
    assert peak < 14 << 20
