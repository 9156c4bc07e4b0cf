"""Rows on their way to kernels: groups stay whole, and rows out of order are refused. Needs no Spark."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import DedupError
from dedup.spark import stream
from dedup.spark.stream import read_groups, take_binary


def cut(rows, sizes):
    """Return rows of two keys as batches of some sizes, the last one with the rest."""
    table, at, batches = pa.table({"key": [key for key, _ in rows], "then": [then for _, then in rows]}), 0, []
    for size in sizes:
        batches += table.slice(at, size).to_batches() or []
        at += size
    return batches + table.slice(at).to_batches()


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 9))), st.lists(st.integers(0, 5)), st.integers(1, 8))
def test_groups_stay_whole_and_nothing_is_lost(rows, sizes, least):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "GROUP_ROWS", least)
        tables = list(read_groups(cut(sorted(rows), sizes), ["key", "then"], 1))

    keys = [set(table.column("key").to_pylist()) for table in tables]
    assert sum(map(len, keys)) == len(set().union(*keys))
    assert [
        row for table in tables for row in zip(*(table.column(name).to_pylist() for name in ("key", "then")), strict=True)
    ] == sorted(rows)


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        ([(1, 0), (0, 0)], []),
        ([(1, 0), (0, 0)], [1]),
        ([(0, 2), (0, 1)], []),
        ([(0, 2), (0, 1)], [1]),
        ([(0, 1), (1, 0), (1, 1), (0, 5)], [2]),
    ],
)
def test_rows_out_of_order_are_refused(rows, sizes):
    with pytest.raises(DedupError, match="did not arrive sorted by key, then"):
        list(read_groups(cut(rows, sizes), ["key", "then"], 1))


@pytest.mark.parametrize("kind", [pa.binary(), pa.string(), pa.large_binary()])
def test_bytes_of_a_column_are_taken_from_any_slice(kind):
    column = pa.chunked_array([pa.array(["ab", None], kind), pa.array(["", "cde", "f"], kind)])
    table = pa.table({"text": column}).slice(1, 3)

    data, offsets = take_binary(table, "text")

    assert (data.tobytes(), offsets.tolist()) == (b"cde", [0, 0, 0, 3])


def test_nothing_has_no_bytes():
    data, offsets = take_binary(pa.table({"text": pa.array([], pa.binary())}), "text")

    assert (len(data), offsets.tolist()) == (0, [0])
    assert data.dtype == np.uint8
