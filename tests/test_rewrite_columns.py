"""Rows of Parquet, Arrow and Feather without what goes of them: what stays is what it was, and so is the layout of the file."""

from __future__ import annotations

import gzip
import io
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from cutting import draw_ranges, find_input, read_file
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, ipc, parquet
from shapes import many_scripts

from dedup.errors import InputError
from dedup.rewrite import arrow as rewrite_arrow
from dedup.rewrite.columns import rewrite_columns
from dedup.rewrite.removals import cut_text
from dedup.settings import Settings

TEXTS = ["One.\n\nTwo.", "Three.", "Four.\n\nFive.\n\nSix.", "Seven."]
KINDS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.binary(),
    pa.large_binary(),
    pa.binary_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.uint16(), pa.large_string(), ordered=True),
    pa.dictionary(pa.int32(), pa.binary()),
    pa.run_end_encoded(pa.int32(), pa.string()),
]
LISTS = [
    pa.list_(pa.string()),
    pa.large_list(pa.large_string()),
    pa.list_(pa.field("item", pa.string(), nullable=False)),
    pa.list_(pa.binary()),
    pa.list_(pa.string_view()),
    pa.list_view(pa.string()),
    pa.list_(pa.string(), 3),
    pa.list_(pa.field("item", pa.string(), nullable=False), 3),
]
FILES = ["r.parquet", "r.arrow", "stream.arrow", "r.feather"]


def write_table(path, table, rows=None, **options):
    """Write a table in the format that a file's name says, a batch or row group of so many rows at a time."""
    match path.name:
        case "r.parquet":
            parquet.write_table(table, path, row_group_size=rows or 1000, **options)
        case "r.feather":
            feather.write_feather(table, path, chunksize=rows, **options)
        case name:
            new = ipc.new_stream if name.startswith("stream") else ipc.new_file
            with new(path, table.schema, options=ipc.IpcWriteOptions(unify_dictionaries=True, **options)) as writer:
                writer.write_table(table, max_chunksize=rows)
    return path


def read_table(path):
    """Return a file as a table in pyarrow's own reading."""
    match path.name:
        case "r.parquet":
            return parquet.read_table(path)
        case "stream.arrow":
            return ipc.open_stream(path.read_bytes()).read_all()
        case _:
            return ipc.open_file(path.read_bytes()).read_all()


def rewrite(path, removals, **changes):
    """Write a file again in its place."""
    path.write_bytes(b"".join(rewrite_columns(find_input(path), removals, Settings(**changes))))


def cut_column(path, table, removals, column="text", rows=None):
    """Return the values of a column when a table was written, cut and read again; every other is held against what it was."""
    write_table(path, table, rows)
    before = read_table(path)
    rewrite(path, removals)
    after = read_table(path)
    others = [i for i, name in enumerate(table.column_names) if name != column]
    kept = [row for row in range(table.num_rows) if removals.get(row + 1, ()) is not None]
    after.validate(full=True)
    assert after.schema.equals(before.schema, check_metadata=True)
    assert after.select(others).to_pylist() == [before.select(others).slice(row, 1).to_pylist()[0] for row in kept]
    return after[column].to_pylist()


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value


# ------------------------------------------------------------------------------------------------------- what is read from it


def takes(name, kind):
    """Return whether a format has a type, as this pyarrow writes it."""
    try:
        with parquet.ParquetWriter(io.BytesIO(), pa.schema([("text", kind)])):
            return True
    except pa.ArrowNotImplementedError:  # of run-end encoded columns, and of views before pyarrow 20
        return name != "r.parquet"


@pytest.mark.parametrize("name", FILES)
@given(st.data())
def test_documents_are_those_of_the_old_file_without_what_went(tmp_path_factory, name, data):
    texts = data.draw(st.lists(st.none() | many_scripts, min_size=1, max_size=9))
    kind = data.draw(st.sampled_from([kind for kind in KINDS if takes(name, kind)]))
    removals = {
        number: data.draw(st.none() | draw_ranges(len(text)))
        for number, text in enumerate(texts, 1)
        if text is not None and data.draw(st.booleans())
    }
    numbers = range(len(texts))
    column = rewrite_arrow.make_array(texts, kind)
    column = rewrite_arrow.drop_unused(column) if name == "r.parquet" else column  # Parquet takes no null in a dictionary
    table = pa.table({"n": numbers, "text": column, "id": [f"id {n}" for n in numbers]})
    path = tmp_path_factory.getbasetemp() / name
    write_table(path, table, data.draw(st.integers(1, 5)))
    before = read_file(path)
    read = [number for number, text in enumerate(texts, 1) if text is not None]
    most, rewrite_arrow.MOST_ROWS = rewrite_arrow.MOST_ROWS, data.draw(st.integers(1, 3))
    try:
        rewrite(path, removals)
    finally:
        rewrite_arrow.MOST_ROWS = most
    kept = [(document, removals.get(number, ())) for number, document in zip(read, before, strict=True)]
    after = read_table(path)

    assert [(found.name, found.text) for found in read_file(path)] == [
        (document.name, cut_text(document.text, ranges)) for document, ranges in kept if ranges is not None
    ]
    assert after["n"].to_pylist() == [row for row in range(len(texts)) if removals.get(row + 1, ()) is not None]
    after.validate(full=True)


@pytest.mark.parametrize("name", ["r.parquet", "r.arrow", "stream.arrow"])
@given(st.data())
def test_list_is_cut_by_its_elements(tmp_path_factory, name, data):
    kind = data.draw(st.sampled_from([kind for kind in LISTS if takes(name, kind)]))
    size = kind.list_size if pa.types.is_fixed_size_list(kind) else None
    blank = st.sampled_from(["", " \n", None] if kind.value_field.nullable else ["", " \n"])
    element = many_scripts | st.sampled_from([" One. ", "Two.\n"]) | blank
    lists = data.draw(st.lists(st.lists(element, min_size=size or 0, max_size=size or 5), min_size=1, max_size=5))
    path = tmp_path_factory.getbasetemp() / name
    write_table(path, pa.table({"text": pa.array(lists, kind), "id": [str(i) for i in range(len(lists))]}), 2)
    before = read_file(path)
    schema = read_table(path).schema
    removals, expected = {}, []
    for number, (document, paragraphs) in enumerate(zip(before, lists, strict=True), 1):
        said = [paragraph.strip() for paragraph in paragraphs if paragraph and not paragraph.isspace()]
        gone = data.draw(st.sets(st.sampled_from(range(len(said))))) if said else set()
        removals[number] = find_ranges(said, gone)
        expected.append((document.name, "\n\n".join(one for place, one in enumerate(said) if place not in gone)))
    rewrite(path, removals)

    assert [(found.name, found.text) for found in read_file(path)] == expected
    assert read_table(path).schema == schema


def find_ranges(paragraphs, gone):
    """Return where some paragraphs of a text stand, each with the blank line behind it but for the last."""
    ranges, start = [], 0
    for place, paragraph in enumerate(paragraphs):
        end = start + len(paragraph) + 2 * (place + 1 < len(paragraphs))
        if place in gone and ranges and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], end)
        elif place in gone:
            ranges.append((start, end))
        start = end
    return ranges


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_type_of_the_text_stays(tmp_path, name, kind):
    if not takes(name, kind):
        pytest.skip("this format has not the type")
    table = pa.table({"a": [1, 2, 3, 4], "text": rewrite_arrow.make_array(TEXTS, kind), "b": [[1], [], None, [2, None]]})
    left = cut_column(tmp_path / name, table, {1: [(0, 6)], 2: None, 3: [(0, 7), (12, 18)]}, rows=2)

    assert list(map(as_text, left)) == ["Two.", "Five.", "Seven."]


# -------------------------------------------------------------------------------------------------------------- the columns


@pytest.mark.parametrize("name", FILES)
def test_text_may_lie_within_structs(tmp_path, name):
    kind = pa.struct(
        [
            pa.field("n", pa.int32(), nullable=False, metadata={"k": "v"}),
            pa.field("c", pa.struct([pa.field("text", pa.string()), pa.field("more", pa.list_(pa.int8()))])),
        ]
    )
    values = [
        {"n": 1, "c": {"text": "One.", "more": [1]}},
        None,
        {"n": 3, "c": None},
        {"n": 4, "c": {"text": None, "more": None}},
        {"n": 5, "c": {"text": "Two. Three.", "more": []}},
        {"n": 6, "c": {"text": "Four.", "more": [7]}},
    ]
    path = tmp_path / name
    write_table(path, pa.table({"z": range(7), "a.b": ["x"] * 7, "a": pa.array([None, *values], kind)}).slice(1), 4)
    schema = read_table(path).schema
    rewrite(path, {1: None, 5: [(0, 5)]}, text_field="a.c.text")
    values[4]["c"]["text"] = "Three."

    assert read_table(path)["a"].to_pylist() == values[1:]
    assert read_table(path).schema.equals(schema, check_metadata=True)


@pytest.mark.parametrize("name", FILES)
def test_columns_of_every_kind_stay(tmp_path, name):
    schema = pa.schema(
        [
            pa.field("i", pa.uint32(), nullable=False, metadata={b"unit": b"m"}),
            pa.field("when", pa.timestamp("us", "UTC")),
            pa.field("day", pa.date32()),
            pa.field("price", pa.decimal128(9, 2)),
            pa.field("tags", pa.map_(pa.string(), pa.int32())),
            pa.field("site", pa.dictionary(pa.int8(), pa.string())),
            pa.field("raw", pa.binary(2)),
            pa.field("views", pa.string_view() if takes(name, pa.string_view()) else pa.string()),
            pa.field("text", pa.string(), nullable=False),
            pa.field("half", pa.float16()),
            pa.field("none", pa.null()),
        ],
        metadata={b"pandas": b"{}", b"made by": b"tests"},
    )
    rows = [
        {"i": i, "when": i * 10**9, "day": i, "price": None, "tags": [("a", i)], "site": "xy"[i % 2], "raw": b"ab"}
        | {"views": "long " * i, "text": f"Text {i}.", "half": np.float16(0.5 * i), "none": None}
        for i in range(9)
    ]
    left = cut_column(tmp_path / name, pa.Table.from_pylist(rows, schema), {1: None, 5: [(0, 5)], 9: None}, rows=3)

    assert left == ["Text 1.", "Text 2.", "Text 3.", "4.", "Text 5.", "Text 6.", "Text 7."]


@pytest.mark.skipif(not hasattr(pa, "json_") or not hasattr(pa, "uuid"), reason="this pyarrow has not the types")
@pytest.mark.parametrize("name", ["r.parquet", "r.arrow"])
def test_extension_types_stay(tmp_path, name):
    objects = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None, "[]"]))
    keys = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0123456789abcdef"] * 3, pa.binary(16)))
    left = cut_column(tmp_path / name, pa.table({"text": TEXTS[:3], "a": objects, "b": keys}), {1: [(0, 1)], 2: None}, rows=2)

    assert left == [TEXTS[0][1:], TEXTS[2]]


@pytest.mark.skipif(not hasattr(pa, "json_"), reason="this pyarrow has not the type")
def test_text_of_an_extension_type_is_cut(tmp_path):
    texts = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['"One. Two."', '"Three."']))

    assert cut_column(tmp_path / "r.arrow", pa.table({"text": texts}), {1: [(1, 6)]}) == ['"Two."', '"Three."']


@pytest.mark.parametrize("name", FILES)
def test_texts_that_went_are_not_left_in_a_dictionary(tmp_path, name):
    texts = pa.array(["Gone.", "Kept.", None, "Gone. Left."], pa.dictionary(pa.int8(), pa.string()))

    assert cut_column(tmp_path / name, pa.table({"text": texts}), {1: None, 4: [(0, 6)]}, rows=3) == ["Kept.", None, "Left."]
    assert b"Gone" not in (tmp_path / name).read_bytes()


def test_dictionary_of_an_arrow_file_stays_one(tmp_path):
    texts = pa.array(TEXTS * 3, pa.dictionary(pa.int8(), pa.string()))
    cut_column(tmp_path / "r.arrow", pa.table({"text": texts}), {5: [(0, 6)], 11: None, 12: [(0, 1)]}, rows=2)
    messages = list(ipc.MessageReader.open_stream((tmp_path / "r.arrow").read_bytes()[8:]))

    assert [message.type for message in messages].count("dictionary") == 1


def test_dictionary_that_grows_from_batch_to_batch_stays_whole(tmp_path):
    kind = pa.dictionary(pa.int8(), pa.string())
    options = ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    schema = pa.schema([("text", kind), ("site", kind)])
    for name, new in (("r.arrow", ipc.new_file), ("stream.arrow", ipc.new_stream)):
        with new(tmp_path / name, schema, options=options) as writer:
            for known in (["a"], ["a", "b"], ["a", "b", "c"]):
                column = pa.DictionaryArray.from_arrays(pa.array(range(len(known)), pa.int8()), pa.array(known))
                writer.write_batch(pa.record_batch([column, column], schema=schema))
        rewrite(tmp_path / name, {3: [(0, 1)], 4: None})

        assert read_table(tmp_path / name).to_pydict() == {"text": ["a", "a", "", "b", "c"], "site": ["a", "a", "b", "b", "c"]}


def test_dictionary_that_would_have_too_many_texts_is_told(tmp_path):
    texts = pa.array([f"Text {i}." for i in range(128)] * 2, pa.dictionary(pa.int8(), pa.string()))
    write_table(tmp_path / "r.arrow", pa.table({"text": texts}))

    with pytest.raises(InputError, match=r"r\.arrow: cannot be written again \(.*; mend it or leave it out"):
        rewrite(tmp_path / "r.arrow", {number: [(0, 5)] for number in range(1, 129)})


# -------------------------------------------------------------------------------------------------------- what is not right


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "removals", [{1: [(0, 99)]}, {3: None}, {3: [(0, 1)]}, {4: None}, {4: [(0, 1)]}, {0: None}, {5: None}, {1: None, 9: [(0, 1)]}]
)
def test_file_that_does_not_hold_what_it_held_is_told(tmp_path, name, removals):
    texts = pa.array([b"One.", b"Two.", None, b"a\xff"], pa.binary())
    path = write_table(tmp_path / name, pa.table({"text": texts}), 2)

    with pytest.raises(InputError, match="changed while it was read"):
        rewrite(path, removals)


@pytest.mark.parametrize("name", FILES)
def test_file_without_a_text_is_told(tmp_path, name):
    path = write_table(tmp_path / name, pa.table({"n": [1]}))
    rewrite(path, {})

    assert read_table(path).to_pydict() == {"n": [1]}
    with pytest.raises(InputError, match="changed while it was read"):
        rewrite(path, {1: None})


@pytest.mark.parametrize("name", FILES)
def test_rows_that_cannot_be_read_stay_as_they_are(tmp_path, name):
    texts = [b"One.", None, b"a\xff", b"Two. Three.", b"", b"\xff"]

    assert cut_column(tmp_path / name, pa.table({"text": pa.array(texts, pa.binary())}), {1: None, 4: [(0, 5)]}, rows=4) == [
        None,
        b"a\xff",
        b"Three.",
        b"",
        b"\xff",
    ]


def test_broken_page_is_told(tmp_path):
    options = {"write_page_checksum": True, "use_dictionary": False, "compression": "none", "write_statistics": False}
    path = write_table(tmp_path / "r.parquet", pa.table({"text": TEXTS, "other": ["good"] * 4}), 2, **options)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"good", b"evil"))

    with pytest.raises(InputError, match=r"r\.parquet: cannot be written again \(.*CRC.*; mend it or leave it out"):
        rewrite(path, {1: None})


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_arrow_file_that_is_cut_off_is_told(tmp_path, pack):
    content = write_table(tmp_path / "r.arrow", pa.table({"text": TEXTS * 9}), 9).read_bytes()
    path = tmp_path / ("r.arrow" if pack is bytes else "r.arrow.gz")
    path.write_bytes(pack(content[: content.rindex(b"Seven.")]))

    with pytest.raises(InputError, match=r"cannot be written again .*; mend it or leave it out"):
        rewrite(path, {1: None})


# ------------------------------------------------------------------------------------------------------------------ memory


@pytest.mark.parametrize("name", ["r.parquet", "r.arrow", "stream.arrow"])
def test_no_more_than_a_row_group_is_in_memory(tmp_path, name):
    texts = ["".join(map(chr, np.random.default_rng(i).integers(97, 122, 10_000))) for i in range(400)]
    path = write_table(tmp_path / name, pa.table({"text": texts * 10}), 100)
    removals = {1: None, 3999: [(0, 10)]}
    n_blocks = size = 0
    tracemalloc.start()
    for block in rewrite_columns(find_input(path), removals, Settings()):
        n_blocks, size = n_blocks + 1, size + len(block)
    peak = tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes()
    tracemalloc.stop()

    assert n_blocks == 41
    assert peak < size / 8
