"""Rows of Parquet, Arrow and Feather: types of columns, row numbers, and what is broken in the files."""

from __future__ import annotations

import datetime as dt
import gzip
import uuid
import warnings

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, ipc, parquet
from shapes import many_scripts

from dedup.errors import InputError
from dedup.read import chunks, columns
from dedup.read.batches import iterate_documents
from dedup.read.columns import read_columns
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.settings import Settings

TEXTS = ["One.", "Two.", "Three."]


def make_input(path):
    suffix = path.suffixes[0]
    return Input(path.name, path, suffix, "folder")


def read_file(path, **changes):
    """Return (documents, examples of problems, counts by reason) of a file."""
    problems = Problems()
    found = list(iterate_documents(read_columns(make_input(path), Settings(**changes), problems)))
    return found, problems.examples, dict(problems.skipped)


def write_arrow(path, table, rows=None):
    with ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


def write_stream(path, table):
    with ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)
    return path


def write_parquet(path, table, rows=None, **options):
    parquet.write_table(table, path, row_group_size=rows or 1000, **options)
    return path


def read_table(tmp_path, table, **changes):
    """Return (documents, examples of problems) of a table, the same as an Arrow file and, where it knows the types, as Parquet."""
    documents, problems, _ = read_file(write_arrow(tmp_path / "r.arrow", table), **changes)
    return documents, problems


def column(name, tmp_path, values, **changes):
    """Return one column of the documents of a table of columns."""
    documents, problems = read_table(tmp_path, pa.table(values), **changes)
    assert problems == []
    return [getattr(document, name) for document in documents]


# ---------------------------------------------------------------------------------------------------------------- types


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
def test_text_may_be_of_any_kind_of_string(tmp_path, kind):
    assert column("text", tmp_path, {"text": pa.array(TEXTS).cast(kind)}) == TEXTS


def test_text_may_be_kept_as_runs(tmp_path):
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], ["One.", "Two."])

    assert column("text", tmp_path, {"text": runs}) == ["One.", "One.", "Two."]


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.string()), pa.large_list(pa.string()), pa.list_(pa.large_string(), 2), pa.list_view(pa.string())], ids=str
)
def test_list_of_strings_is_one_paragraph_each(tmp_path, kind):
    path = write_arrow(tmp_path / "r.arrow", pa.table({"text": pa.array([[" One. ", "Two.\nThree."], ["\n", None]], kind)}))
    (batch,) = read_columns(make_input(path), Settings(), Problems())
    found = [batch.text[start:end].tobytes() for start, end in zip(batch.blocks.start, batch.blocks.end, strict=True)]

    assert (batch.text.tobytes(), found) == (b"One.\n\nTwo.\nThree.", [b"One.", b"Two.\nThree."])
    assert batch.offsets.tolist() == [0, 17, 17]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["a", "", None], ["a", "2", "3"]),
        ([7, 0, None], ["7", "0", "3"]),
        (pa.array([1, 2, 2**64 - 1], pa.uint64()), ["1", "2", str(2**64 - 1)]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (pa.array([b"a", b"caf\xe9", b"c"]), ["a", "caf\\xe9", "c"]),
        ([1.5, 2.0, None], ["1", "2", "3"]),
        ([True, False, None], ["1", "2", "3"]),
    ],
)
def test_name_of_a_row(tmp_path, values, names):
    assert column("name", tmp_path, {"id": values, "text": TEXTS}) == [f"r.arrow#{name}" for name in names]


@pytest.mark.skipif(not hasattr(pa, "uuid"), reason="this pyarrow has no type for UUIDs")
def test_name_may_be_a_uuid(tmp_path):
    key = uuid.UUID(int=7)
    keys = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([key.bytes, None], pa.binary(16)))

    assert column("name", tmp_path, {"text": TEXTS[:2], "id": keys}) == [f"r.arrow#{key}", "r.arrow#2"]


MOMENT = dt.datetime(2024, 5, 3, 8, 0, 0)
EAST = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("values", "date"),
    [
        *((pa.array([MOMENT], pa.timestamp(unit)), "2024-05-03T08:00:00") for unit in ("s", "ms", "us", "ns")),
        (pa.array([MOMENT.replace(tzinfo=EAST)], pa.timestamp("us", "+02:00")), "2024-05-03T06:00:00"),
        (pa.array([dt.datetime(1969, 12, 31, 23, 59, 59, 250000)]), "1969-12-31T23:59:59.250000"),
        (pa.array([1], pa.timestamp("ns")), "1970-01-01T00:00:00"),
        (pa.array([2**62], pa.timestamp("s")), None),
        (pa.array([MOMENT.date()], pa.date32()), "2024-05-03T00:00:00"),
        (pa.array([MOMENT.date()], pa.date64()), "2024-05-03T00:00:00"),
        (["2024-05-03T10:00:00+02:00"], "2024-05-03T08:00:00"),
        ([0], "1970-01-01T00:00:00"),
        ([0.5], "1970-01-01T00:00:00.500000"),
        ([None], None),
        (["soon"], None),
        ([[1]], None),
    ],
    ids=str,
)
def test_date_of_a_row(tmp_path, values, date):
    assert column("date", tmp_path, {"text": ["One."], "day": values}, date_field="day") == [date]


def test_source_is_the_field_or_the_host(tmp_path):
    table = {"text": TEXTS, "site": ["Herald", "", None], "url": [None, "https://a.example/x", None]}

    assert column("source", tmp_path, table, source_field="site") == ["Herald", "a.example", "folder"]


@pytest.mark.parametrize("write", [write_arrow, write_parquet])
def test_field_may_lie_within_structs_and_a_name_with_a_dot_wins(tmp_path, write):
    inner = pa.array([{"b": {"c": "deep", "n": 1}}, None, {"b": None}])
    path = tmp_path / ("r.arrow" if write is write_arrow else "r.parquet")
    write(path, pa.table({"a": inner, "x.y": ["X", "Y", "Z"], "x": pa.array([{"y": "no"}] * 3)}))

    assert [(d.name.rpartition("#")[2], d.text) for d in read_file(path, text_field="a.b.c", id_field="x.y")[0]] == [("X", "deep")]
    assert read_file(path, text_field="a.b.c")[1] == [f"{path.name}:row {row}: field 'a.b.c' is null" for row in (2, 3)]


# ----------------------------------------------------------------------------------------------------- rows that are bad


def test_null_text_is_skipped_and_rows_keep_their_numbers(tmp_path):
    documents, problems = read_table(tmp_path, pa.table({"text": [None, "One.", None, "Two."]}))

    assert [(d.name, d.text) for d in documents] == [("r.arrow#2", "One."), ("r.arrow#4", "Two.")]
    assert problems == ["r.arrow:row 1: field 'text' is null", "r.arrow:row 3: field 'text' is null"]


def test_column_of_nulls_has_no_text(tmp_path):
    assert read_table(tmp_path, pa.table({"text": pa.nulls(2)}))[1] == [
        f"r.arrow:row {row}: field 'text' is null" for row in (1, 2)
    ]


@pytest.mark.parametrize("bad", [b"a\xff", b"\xed\xa0\x80", b"caf\xc3"])
def test_invalid_utf8_costs_one_row(tmp_path, bad):
    values = pa.array([b"One.", bad, b"", b"Two."]).view(pa.string())
    documents, problems = read_table(tmp_path, pa.table({"text": values}))

    assert [(d.name, d.text) for d in documents] == [("r.arrow#1", "One."), ("r.arrow#3", ""), ("r.arrow#4", "Two.")]
    assert problems[0].startswith("r.arrow:row 2: invalid UTF-8 (byte 0x")


def test_invalid_utf8_in_a_paragraph_costs_one_row(tmp_path):
    lists = pa.ListArray.from_arrays([0, 1, 2], pa.array([b"a\xff", b"One."]).view(pa.string()))
    documents, problems = read_table(tmp_path, pa.table({"text": lists}))

    assert [(d.name, d.text) for d in documents] == [("r.arrow#2", "One.")]
    assert problems == ["r.arrow:row 1: invalid UTF-8 (byte 0xff at offset 1 of the text)"]


def test_text_that_is_too_large_is_skipped(tmp_path):
    documents, problems = read_table(tmp_path, pa.table({"text": TEXTS}), max_document=4)

    assert [d.text for d in documents] == TEXTS[:2]
    assert problems == ["r.arrow:row 3: too large (more than 4 bytes; raise --max-document)"]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (
            {"id": [1], "title": ["a"]},
            "no field 'text' (columns: id, title; name one with --text-field; none of its 1 rows is read)",
        ),
        ({"text": [7]}, "field 'text' is not text (it is int64; none of its 1 rows is read)"),
        ({"text": [[7]]}, "field 'text' is not text (it is list<element: int64>; none of its 1 rows is read)"),
    ],
)
def test_file_without_a_text_is_told_once(tmp_path, table, problem):
    assert read_file(write_parquet(tmp_path / "r.parquet", pa.table(table)))[:2] == ([], [f"r.parquet: {problem}"])


def test_strict_stops_at_the_first_bad_row(tmp_path):
    path = write_arrow(tmp_path / "r.arrow", pa.table({"text": [None, "One."]}))

    with pytest.raises(InputError, match=r"^r\.arrow:row 1: field 'text' is null"):
        list(read_columns(make_input(path), Settings(), Problems(strict=True)))


# ---------------------------------------------------------------------------------------------------------------- files


@given(
    st.lists(st.tuples(st.one_of(st.none(), many_scripts), st.integers()), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from(["arrow", "parquet", "feather", "stream"]),
)
def test_rows_are_those_of_the_table_wherever_chunks_end(tmp_path_factory, rows, size, chunk, kind):
    table = pa.table({"text": pa.array([text for text, _ in rows], pa.string())})
    path = tmp_path_factory.getbasetemp() / f"r.{'arrow' if kind == 'stream' else kind}"
    limits = chunks.MOST_ROWS, chunks.CHUNK_BYTES
    chunks.MOST_ROWS, chunks.CHUNK_BYTES = size, 8
    try:
        if kind == "feather":
            feather.write_feather(table, path, chunksize=chunk)
        else:
            {"arrow": write_arrow, "parquet": write_parquet, "stream": lambda path, table, _: write_stream(path, table)}[kind](
                path, table, chunk
            )
        documents, problems, _ = read_file(path)
    finally:
        chunks.MOST_ROWS, chunks.CHUNK_BYTES = limits

    expected = [(f"{path.name}#{number}", text) for number, (text, _) in enumerate(rows, 1) if text is not None]
    assert [(d.name, d.text) for d in documents] == expected
    assert len(problems) == min(5, len(rows) - len(expected))


def test_feather_of_version_1_is_read(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feather.write_feather(pa.table({"text": TEXTS}), tmp_path / "r.feather", version=1)

    assert [d.text for d in read_file(tmp_path / "r.feather")[0]] == TEXTS


@pytest.mark.parametrize("name", ["r.parquet", "r.arrow", "r.feather", "r.parquet.gz", "r.arrow.gz"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "empty"), (b"hello there, this is no such file at all", "not what its suffix says"), (b"x", "not what its suffix says")],
)
def test_file_that_is_none_of_its_kind_is_told(tmp_path, name, content, problem):
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    documents, problems, counts = read_file(tmp_path / name)

    assert (documents, counts) == ([], {problem: 1})
    assert problems[0].startswith(f"{name}: {problem}")


def test_file_that_is_gone_is_told(tmp_path):
    for name in ("r.parquet", "r.arrow"):
        assert read_file(tmp_path / name)[1] == [f"{name}: cannot be read (No such file or directory)"]


def test_parquet_without_its_end_is_truncated(tmp_path):
    path = write_parquet(tmp_path / "r.parquet", pa.table({"text": TEXTS}))
    path.write_bytes(path.read_bytes()[:-20])

    assert read_file(path)[1] == ["r.parquet: truncated (its end is missing, and with it where its rows are)"]


def test_encrypted_parquet_is_told(tmp_path):
    path = write_parquet(tmp_path / "r.parquet", pa.table({"text": TEXTS}))
    path.write_bytes(b"PARE" + path.read_bytes()[4:-4] + b"PARE")

    assert read_file(path)[1] == ["r.parquet: encrypted (write it again without encryption)"]


def test_broken_page_costs_the_rest_of_its_row_group(tmp_path):
    texts = [f"Text {i}." for i in range(30)]
    options = {"write_page_checksum": True, "use_dictionary": False, "compression": "none", "write_statistics": False}
    path = write_parquet(tmp_path / "r.parquet", pa.table({"text": texts}), 10, **options)
    content = bytearray(path.read_bytes())
    content[content.index(b"Text 15.")] ^= 0xFF
    path.write_bytes(content)
    documents, problems, counts = read_file(path)

    assert [d.text for d in documents] == texts[:10] + texts[20:]
    assert [d.name for d in documents][10] == "r.parquet#21"
    assert counts == {"cannot be read": 10}
    assert problems[0].startswith("r.parquet:row 11: cannot be read (row group 2 of 3: ")
    assert problems[0].endswith("; 10 rows are lost from here on)")


@pytest.mark.parametrize("pack", [None, gzip.compress])
def test_arrow_file_that_is_cut_off_is_read_to_its_break(tmp_path, pack):
    texts = [f"Text {i}." for i in range(30)]
    content = write_arrow(tmp_path / "whole.arrow", pa.table({"text": texts}), 10).read_bytes()
    path = tmp_path / ("r.arrow.gz" if pack else "r.arrow")
    cut = content[: content.rindex(b"Text 20.") + 9]
    path.write_bytes(pack(cut) if pack else cut)
    documents, problems, _ = read_file(path)

    assert [d.text for d in documents] == texts[:20]
    assert len(problems) == 1
    assert problems[0].startswith(f"{path.name}:row 21: truncated (")


def test_break_is_told_behind_rows_that_were_skipped(tmp_path):
    content = write_arrow(tmp_path / "whole.arrow", pa.table({"text": [None, *TEXTS] * 5}), 10).read_bytes()
    (tmp_path / "r.arrow").write_bytes(content[: content.rindex(b"One.")])

    assert read_file(tmp_path / "r.arrow")[2] == {"field 'text' is null": 3, "truncated": 1}


def test_archive_that_is_none_is_told_once(tmp_path):
    (tmp_path / "r.arrow.gz").write_bytes(b"no archive")
    (tmp_path / "r.parquet.gz").write_bytes(b"no archive")

    assert [read_file(tmp_path / name)[2] for name in ("r.arrow.gz", "r.parquet.gz")] == [{"not what its suffix says": 1}] * 2


def test_arrow_file_without_its_end_is_told(tmp_path):
    path = write_arrow(tmp_path / "r.arrow", pa.table({"text": TEXTS}))
    path.write_bytes(path.read_bytes()[:-3])

    assert ([d.text for d in read_file(path)[0]], read_file(path)[1]) == (
        TEXTS,
        ["r.arrow:row 4: truncated (its end is missing)"],
    )


def test_compressed_parquet_is_unpacked_in_memory_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "PACKED_BYTES", 100)
    path = write_parquet(tmp_path / "r.parquet", pa.table({"text": TEXTS}))
    packed = tmp_path / "r.parquet.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    assert read_file(packed)[1] == [
        "r.parquet.gz: too large (more than 100 bytes unpacked; Parquet is compressed inside, so unpack it and give it as it is)"
    ]


def test_batch_holds_its_own_text_and_no_more(tmp_path):
    path = write_arrow(tmp_path / "r.arrow", pa.table({"text": TEXTS, "other": [np.random.bytes(1000)] * 3}))
    (batch,) = read_columns(make_input(path), Settings(), Problems())

    assert (batch.text.base, batch.offsets.tolist()) == (None, [0, 4, 8, 14])
