"""The members of clusters as an Arrow table, and as a Parquet file of it.

pyarrow is imported here, and only when such a report is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.report.columns import list_columns

if TYPE_CHECKING:
    import pyarrow

    from dedup.report import Report  # the report imports the formats


def make_table(report: Report) -> pyarrow.Table:
    """Return the members as a table: names of few values as dictionaries, counts as integers, the text as large_string."""
    import pyarrow  # noqa: PLC0415  a fifth of a second

    few = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    types = {"cluster": pyarrow.string(), "kind": few, "scope": few, "document": few, "origin": few, "text": pyarrow.large_string()}
    types |= dict.fromkeys(("paragraph", "line", "words"), pyarrow.int32()) | dict.fromkeys(("start", "end"), pyarrow.int64())
    types |= {"similarity": pyarrow.float64()}
    columns = list_columns(report)
    return pyarrow.table({name: pyarrow.array(column, types[name]) for name, column in columns.items()})


def render_parquet(report: Report) -> bytes:
    """Return the table as a Parquet file, compressed with Zstandard."""
    import pyarrow  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    sink = pyarrow.BufferOutputStream()
    parquet.write_table(make_table(report), sink, compression="zstd")
    return bytes(sink.getvalue())
