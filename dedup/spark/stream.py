"""Rows of Spark as they reach our kernels: Arrow tables of whole groups, in the order that was asked for, and columns out of them.

All that runs on the cluster goes through `apply`. What comes sorted is checked: an engine that did not keep the order of
`sortWithinPartitions` would give wrong results without a word.
Leaves out: a group larger than the memory of a worker; all its rows are held at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.errors import DedupError
from dedup.model import Bytes, Ints

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

GROUP_ROWS = 1 << 16
"""Rows that are handed to a kernel at a time, and the rest of the last group."""
GROUP_BYTES = 64 << 20
OUT_BYTES = 256 << 20
"""Of a column sent back at a time: Spark's strings have offsets of 32 bits."""

Rows = dict[str, Any]
"""Columns by name, as numpy arrays, Arrow arrays or lists, of equal length; one that is missing is null."""
Make = Callable[[Iterator[Any]], Iterable[Rows]]


def map_rows(rows: DataFrame, make: Make, schema: str) -> DataFrame:
    """Return what `make` makes of an iterator of Arrow tables of rows in any order, as rows of a schema ("a long, text binary")."""

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        for columns in make(read_some(batches)):
            yield from _send(columns, schema)

    return apply(rows, run, schema)


def map_groups(rows: DataFrame, keys: Sequence[str], groups: int, n_partitions: int, make: Make, schema: str) -> DataFrame:
    """Return what `make` makes of an iterator of Arrow tables that are sorted by the keys; rows of one group are in one table.

    groups: how many of the keys, the first ones, name a group; n_partitions: 0 for as many as Spark thinks right.
    Rows are dealt out by a hash of the keys and not by the keys. Behind a join on these Spark drops a `repartition` by the same
    columns, and while it runs it may broadcast one side of the join, or split its skewed partitions, with groups cut in pieces.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    into, place = (n_partitions,) if n_partitions else (), f.xxhash64(*keys[:groups])

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        for columns in make(read_groups(batches, keys, groups)):
            yield from _send(columns, schema)

    return apply(rows.repartition(*into, place).sortWithinPartitions(*keys), run, schema)


def apply(rows: DataFrame, run: Callable[[Iterator[Any]], Iterator[Any]], schema: str) -> DataFrame:
    """Return what a function makes of each partition, as an iterator of Arrow batches: the one way in which workers are called."""
    return rows.mapInArrow(run, schema)


def read_some(batches: Iterable[Any]) -> Iterator[pa.Table]:
    """Yield the rows of batches, a table a batch."""
    import pyarrow as pa  # noqa: PLC0415  on workers only

    for batch in batches:
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def read_groups(batches: Iterable[Any], keys: Sequence[str], groups: int) -> Iterator[pa.Table]:
    """Yield tables of whole groups: rows that agree in the first `groups` keys.

    Raises DedupError when rows do not rise by the keys.
    """
    import pyarrow as pa  # noqa: PLC0415  on workers only

    pending: list[Any] = []
    n_rows, n_bytes, enough = 0, 0, GROUP_ROWS
    for batch in batches:
        if not batch.num_rows:
            continue
        _check_order(([pending[-1].slice(pending[-1].num_rows - 1)] if pending else []) + [batch], keys)
        pending.append(batch)
        n_rows, n_bytes = n_rows + batch.num_rows, n_bytes + batch.nbytes
        if n_rows < enough and n_bytes < GROUP_BYTES * (enough // GROUP_ROWS):
            continue
        table = pa.Table.from_batches(pending)
        cut = _find_last_group(table, keys[:groups])
        if cut:
            yield table.slice(0, cut)
            pending, n_rows, n_bytes, enough = table.slice(cut).to_batches(), n_rows - cut, 0, GROUP_ROWS
        else:
            enough *= 2
    if pending:
        yield pa.Table.from_batches(pending)


def take_ints(table: Any, name: str) -> Ints:
    """Return a column without nulls: int64, or whatever integers it has."""
    numbers: Ints = table.column(name).to_numpy()
    return numbers


def take_binary(table: Any, name: str) -> tuple[Bytes, Ints]:
    """Return (the bytes of a column one after the other, where each value begins and the last ends); null is empty."""
    import pyarrow as pa  # noqa: PLC0415  on workers only

    column = table.column(name).cast(pa.large_binary()).combine_chunks()
    column = column.fill_null(b"") if column.null_count else column
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.large_binary())
    _, offsets, content = column.buffers()
    if not len(column):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    places = np.frombuffer(offsets, np.int64)[column.offset :][: len(column) + 1]
    data = np.empty(0, np.uint8) if content is None else np.frombuffer(content, np.uint8)
    return data[places[0] : places[-1]], places - places[0]


def slice_binary(data: Bytes, starts: Ints, ends: Ints) -> list[bytes]:
    """Return some ranges of bytes."""
    view = data.data
    return [view[start:end].tobytes() for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def read_sets_binary(data: Bytes, offsets: Ints) -> tuple[Any, Ints]:
    """Return (shingles: uint32, where the sets of them begin and the last ends)."""
    return np.ascontiguousarray(data).view(np.uint32).copy(), offsets // 4


def _send(columns: Rows, schema: str) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415  on workers only

    types = {"long": pa.int64(), "int": pa.int32(), "double": pa.float64(), "boolean": pa.bool_(), "binary": pa.binary()}
    types |= {"string": pa.string()}
    fields = [pa.field(name, types[kind]) for name, kind in (field.split() for field in schema.split(", "))]
    n_rows = max((len(values) for values in columns.values() if values is not None), default=0)
    arrays = []
    for field in fields:
        values = columns.get(field.name)
        arrays.append(pa.nulls(n_rows, field.type) if values is None else _convert(values, field.type))
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    parts = max(1, -(-table.nbytes // OUT_BYTES), -(-n_rows // GROUP_ROWS))
    yield from table.to_batches(max_chunksize=max(1, -(-n_rows // parts)))


def _convert(values: Any, kind: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415  on workers only

    if isinstance(values, np.ndarray):
        return pa.array(values.view(np.int64) if values.dtype == np.uint64 else values).cast(kind)
    return values.cast(kind) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)


def _check_order(batches: Sequence[Any], keys: Sequence[str]) -> None:
    undecided = None
    for key in keys:
        column = np.concatenate([batch.column(key).to_numpy(zero_copy_only=False) for batch in batches])
        here = np.ones(len(column) - 1, bool) if undecided is None else undecided
        if (here & (column[1:] < column[:-1])).any():
            raise DedupError(
                f"rows did not arrive sorted by {', '.join(keys)}: this engine does not keep the order of sortWithinPartitions, "
                "without which results would be wrong; run it on Apache Spark"
            )
        undecided = here & (column[1:] == column[:-1])


def _find_last_group(table: Any, keys: Sequence[str]) -> int:
    """Return where the last group begins."""
    same = np.ones(table.num_rows, bool)
    for key in keys:
        column = table.column(key).to_numpy()
        same &= column == column[-1]
    return int(np.argmax(same))
