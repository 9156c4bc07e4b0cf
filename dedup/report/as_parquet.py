"""The members of clusters as an Arrow table, and as a Parquet file of it.

pyarrow is imported here, and only when such a report is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dedup.report.columns import list_columns

if TYPE_CHECKING:
    import pyarrow

    from dedup.report import Report  # the report imports the formats


def make_table(report: Report) -> pyarrow.Table:
    """Return the members as a table: names of few values as dictionaries, counts as integers, the text as large_string."""
    import pyarrow  # noqa: PLC0415  a fifth of a second

    return pyarrow.concat_tables(_make_tables(report)).unify_dictionaries()


def render_parquet(report: Report) -> Iterator[bytes]:
    """Yield the table as a Parquet file, compressed with Zstandard, a row group after the other."""
    from pyarrow import parquet  # noqa: PLC0415

    sink, writer = _Sink(), None
    for table in _make_tables(report):
        writer = writer or parquet.ParquetWriter(sink, table.schema, compression="zstd")
        writer.write_table(table)
        yield sink.take()
    if writer:
        writer.close()
    yield sink.take()


def _make_tables(report: Report) -> Iterator[pyarrow.Table]:
    import pyarrow  # noqa: PLC0415

    few = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    types = {"cluster": pyarrow.string(), "kind": few, "scope": few, "document": few, "origin": few, "text": pyarrow.large_string()}
    types |= dict.fromkeys(("paragraph", "line", "words"), pyarrow.int32()) | dict.fromkeys(("start", "end"), pyarrow.int64())
    types |= {"similarity": pyarrow.float64()}
    for columns in list_columns(report):
        yield pyarrow.table({name: pyarrow.array(column, types[name]) for name, column in columns.items()})


class _Sink(io.RawIOBase):
    """What was written to it and not taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self._written.append(bytes(block))
        return len(self._written[-1])

    def take(self) -> bytes:
        """Return what was written since."""
        written, self._written = b"".join(self._written), []
        return written
