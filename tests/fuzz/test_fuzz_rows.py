"""Rows that nobody would write: whatever the bytes, reading ends, raises nothing, and accounts for every record.

How many examples there are is told by `budget`.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from budget import count_examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import ipc, parquet
from shapes import many_scripts

from dedup.read import BATCH_READERS
from dedup.read.array import read_array
from dedup.read.batches import iterate_documents
from dedup.read.problems import Problems
from dedup.read.rows import parse_rows
from dedup.read.streams import Input
from dedup.read.table import read_table
from dedup.settings import Settings

fuzz = settings(max_examples=count_examples(per_second=100, n_tests=7), deadline=None, suppress_health_check=list(HealthCheck))

PIECES = [b'{"text": "One."}', b'{"text": ["a", "b"]}', b'{"text": null}', b'{"id": "\\ud800", "text": "x"}', b"{}", b"[1]", b"7"]
SIGNS = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b'"text"', b"NaN"]
json_soup = st.lists(st.sampled_from(PIECES + SIGNS), max_size=25).map(b"".join)
cells = st.one_of(many_scripts, st.sampled_from(["", '"', ",", "\n", "\r", '""', "a\0b", ";", "\t"]))
json_lines = st.lists(
    st.sampled_from([*PIECES, b'{"text": "cut', b"", b" ", b'{"text": 1}', b'{"text": "a"} {"text": "b"}']), max_size=12
)


def read_bytes(content, suffix, reader):
    """Return (documents, problems) of a file with this content."""
    problems = Problems()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"r{suffix}"
        path.write_bytes(content)
        found = list(iterate_documents(reader(Input(path.name, path, suffix, ""), Settings(), problems)))
    return found, problems


def mutate(content, data):
    """Return bytes with some overwritten, taken out or put in."""
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.one_of(st.binary(max_size=3), st.sampled_from(SIGNS)))
    return bytes(changed)


@fuzz
@given(json_lines, st.booleans())
def test_every_line_that_is_not_blank_is_a_document_or_skipped(lines, ends):
    problems = Problems()
    content = b"\n".join(lines) + b"\n" * ends
    found = list(iterate_documents(parse_rows(Input("r", None, "", ""), [content], Settings(), problems)))

    assert len(found) + problems.skipped.total() == (sum(bool(line.strip()) for line in lines) or 1)  # or the file is empty


@fuzz
@given(json_soup, st.data())
@pytest.mark.parametrize(("suffix", "reader"), [(".json", read_array), (".jsonl", BATCH_READERS[".jsonl"])])
def test_json_of_any_kind_is_read_to_its_end(suffix, reader, content, data):
    found, problems = read_bytes(mutate(content, data), suffix, reader)

    assert all(document.name.startswith("r.json") for document in found)
    assert problems.examples or not problems.skipped


@fuzz
@given(st.lists(many_scripts, min_size=1, max_size=8), st.sampled_from([None, 1]), st.data())
def test_array_that_is_cut_off_gives_the_elements_before_the_cut(texts, indent, data):
    content = json.dumps([{"text": text} for text in texts], indent=indent).encode()
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    found, problems = read_bytes(cut, ".json", read_array)

    assert [document.text for document in found] == texts[: len(found)]
    assert problems.skipped.total() == 1


@fuzz
@given(st.lists(many_scripts, min_size=3, max_size=8), st.data())
def test_array_with_a_broken_element_keeps_those_before_it_and_the_last(texts, data):
    rows = [json.dumps({"text": text}) for text in texts]
    broken = data.draw(st.integers(0, len(rows) - 2))
    rows[broken] = rows[broken][: data.draw(st.integers(1, len(rows[broken]) - 1))]
    found, problems = read_bytes(("[" + ",\n".join(rows) + "]").encode(), ".json", read_array)

    assert [document.text for document in found] == texts[:broken] + texts[broken + 1 :]
    assert problems.skipped.total() == 1


@fuzz
@given(st.lists(st.tuples(cells, cells), max_size=8), st.data())
def test_csv_of_any_kind_is_read_to_its_end(rows, data):
    written = io.StringIO(newline="")
    csv.writer(written).writerows([("id", "text"), *rows])
    found, problems = read_bytes(mutate(written.getvalue().encode(), data), ".csv", read_table)

    assert problems.examples or not problems.skipped
    assert len(found) <= written.getvalue().count("\n") + written.getvalue().count("\r") + 5


@fuzz
@given(st.lists(st.text('ab"', min_size=1, max_size=4), max_size=9))
def test_line_of_csv_is_in_a_document_or_named(lines):
    """What a quote without an end has swallowed is read again."""
    found, problems = read_bytes("\n".join(["text", *lines, ""]).encode(), ".csv", read_table)

    assert sum(document.text.count("\n") + 1 for document in found) + problems.skipped.total() == len(lines)


@fuzz
@given(st.lists(st.one_of(st.none(), many_scripts), min_size=1, max_size=20), st.booleans(), st.data())
def test_columnar_file_that_is_cut_or_changed_raises_nothing(texts, is_parquet, data):
    table, made = pa.table({"text": pa.array(texts, pa.string())}), io.BytesIO()
    if is_parquet:
        parquet.write_table(table, made, row_group_size=6, write_page_checksum=True)
    else:
        with ipc.new_file(made, table.schema) as writer:
            writer.write_table(table, max_chunksize=6)
    content = made.getvalue()
    suffix = ".parquet" if is_parquet else ".arrow"
    cut = content[: data.draw(st.integers(0, len(content)))]
    found, problems = read_bytes(cut, suffix, BATCH_READERS[suffix])
    whole = [text for text in texts if text is not None]

    assert [document.text for document in found] == whole[: len(found)]
    assert problems.skipped or cut == content
