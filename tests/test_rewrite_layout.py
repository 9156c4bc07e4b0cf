"""Columnar files that are written again keep their layout: codecs, row groups, batches, dictionaries, metadata."""

from __future__ import annotations

import bz2
import gzip
import warnings

import pyarrow as pa
import pytest
from cutting import find_input, read_file
from pyarrow import feather, ipc, parquet
from test_rewrite_columns import FILES, TEXTS, read_table, rewrite, write_table

from dedup.errors import InputError
from dedup.read import columns as reading
from dedup.rewrite.columns import rewrite_columns
from dedup.settings import Settings

# ----------------------------------------------------------------------------------------------------------------- Parquet


def describe(path):
    """Return what a Parquet file says of its layout."""
    table = parquet.ParquetFile(path)
    groups = [table.metadata.row_group(i) for i in range(table.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
    types = [table.schema.column(i) for i in range(len(table.schema.names))]
    return {
        "version": table.metadata.format_version,
        "metadata": table.metadata.metadata,
        "rows": [group.num_rows for group in groups],
        "sorting": [group.sorting_columns for group in groups],
        "types": [(kind.path, kind.physical_type, str(kind.logical_type), kind.converted_type) for kind in types],
        "codecs": [(chunk.path_in_schema, chunk.compression, sorted(chunk.encodings)) for chunk in chunks],
        "extras": [(chunk.has_dictionary_page, chunk.is_stats_set, chunk.has_offset_index) for chunk in chunks],
    }


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": {"text": "zstd", "n": "gzip", "l.list.element": "none", "t": "brotli", "d": "lz4"}},
        {"compression": "none", "use_dictionary": ["n"]},
        {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY", "n": "DELTA_BINARY_PACKED"}},
        {"use_dictionary": True, "write_statistics": ["n", "t"]},
        {"version": "1.0", "store_schema": False},
        {"version": "1.0"},
        {"version": "2.6", "store_schema": False, "write_page_index": True},
        {"use_compliant_nested_type": False},
        {"use_deprecated_int96_timestamps": True, "store_schema": False},
        {"store_decimal_as_integer": True},
        {"sorting_columns": [parquet.SortingColumn(0, descending=True)]},
    ],
    ids=str,
)
def test_layout_of_parquet_stays(tmp_path, options):
    table = pa.table(
        {
            "n": pa.array([5, 5, 3, 1], pa.uint32()),
            "text": TEXTS,
            "l": [["a"], [], None, ["b", "c"]],
            "t": pa.array([1000, None, 3000, 4000], pa.timestamp("us")),
            "d": pa.array([None, 1, 2, 3], pa.decimal128(9, 2)),
        }
    ).replace_schema_metadata({"key": "value"})
    path = write_table(tmp_path / "r.parquet", table, 2, **options)
    before = describe(path)
    rewrite(path, {1: [(0, 4)], 3: [(0, 7)]})

    assert describe(path) == before
    assert [document.text for document in read_file(path)] == ["\n\nTwo.", "Three.", "Five.\n\nSix.", "Seven."]


def test_row_groups_keep_their_order_and_empty_ones_are_left_out(tmp_path):
    path = write_table(tmp_path / "r.parquet", pa.table({"text": TEXTS * 2}), 2)
    rewrite(path, {2: None, 3: None, 4: None, 8: None})

    assert describe(path)["rows"] == [1, 2, 1]


@pytest.mark.parametrize("name", FILES)
def test_file_without_rows_keeps_its_schema(tmp_path, name):
    path = write_table(tmp_path / name, pa.table({"text": TEXTS, "n": range(4)}), 2)
    rewrite(path, dict.fromkeys(range(1, 5)))

    assert read_table(path).schema == pa.schema([("text", pa.string()), ("n", pa.int64())])
    assert read_table(path).num_rows == 0
    if name == "r.parquet":
        assert describe(path)["rows"] == [0]


def test_file_that_had_no_rows_has_none(tmp_path):
    for name in FILES:
        path = write_table(tmp_path / name, pa.table({"text": pa.array([], pa.string())}))
        rewrite(path, {})

        assert read_table(path).num_rows == 0


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("name", FILES)
def test_file_packed_from_outside_is_cut(tmp_path, name, pack):
    path = write_table(tmp_path / name, pa.table({"text": TEXTS}), 2)
    packed = tmp_path / f"{name}.{'gz' if pack is gzip.compress else 'bz2'}"
    packed.write_bytes(pack(path.read_bytes()))
    path.write_bytes(b"".join(rewrite_columns(find_input(packed), {2: None, 4: [(0, 3)]}, Settings())))

    assert read_table(path)["text"].to_pylist() == [TEXTS[0], TEXTS[2], "en."]


def test_parquet_that_holds_more_than_fits_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "PACKED_BYTES", 100)
    path = write_table(tmp_path / "r.parquet", pa.table({"text": TEXTS}))
    (tmp_path / "r.parquet.gz").write_bytes(gzip.compress(path.read_bytes()))

    with pytest.raises(InputError, match=r"r\.parquet\.gz: too large .*; mend it or leave it out"):
        rewrite(tmp_path / "r.parquet.gz", {1: None})


# ------------------------------------------------------------------------------------------------------------------- Arrow


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("name", ["r.arrow", "stream.arrow"])
def test_codec_of_arrow_stays(tmp_path, compression, name):
    table = pa.table({"text": TEXTS * 20, "site": pa.array(["a", "b"] * 40, pa.dictionary(pa.int8(), pa.string()))})
    path = write_table(tmp_path / name, table, 40, compression=compression)
    size = path.stat().st_size
    before = path.read_bytes()
    rewrite(path, {})

    assert path.read_bytes() == before
    rewrite(path, {1: [(0, 1)]})
    assert abs(path.stat().st_size - size) < size / 10
    assert read_table(path)["text"].to_pylist() == ["ne.\n\nTwo.", *(TEXTS * 20)[1:]]


def test_file_stays_a_file_and_a_stream_a_stream(tmp_path):
    for name in ("r.arrow", "stream.arrow", "r.feather"):
        path = write_table(tmp_path / name, pa.table({"text": TEXTS}))
        before = path.read_bytes()
        rewrite(path, {1: [(0, 1)]})

        assert path.read_bytes()[:8] == before[:8]


def test_batches_keep_their_bounds_and_their_metadata(tmp_path):
    batches = pa.table({"text": TEXTS}).to_batches(max_chunksize=3)
    with ipc.new_file(tmp_path / "r.arrow", batches[0].schema) as writer:
        for number, batch in enumerate(batches):
            writer.write_batch(batch, custom_metadata={"number": str(number)})
    rewrite(tmp_path / "r.arrow", {1: None})
    found = ipc.open_file((tmp_path / "r.arrow").read_bytes())

    assert [found.get_batch_with_custom_metadata(i).custom_metadata for i in range(2)] == [{b"number": b"0"}, {b"number": b"1"}]
    assert [found.get_batch(i).num_rows for i in range(2)] == [2, 1]


def test_feather_of_version_1_stays_one(tmp_path):
    path = tmp_path / "r.feather"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        feather.write_feather(pa.table({"text": TEXTS, "n": range(4)}), path, version=1)
        rewrite(path, {2: None, 3: [(0, 14)]})

        assert path.read_bytes()[:4] == b"FEA1"
        assert feather.read_table(path).to_pydict() == {"text": [TEXTS[0], "Six.", "Seven."], "n": [0, 2, 3]}
