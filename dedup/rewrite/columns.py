"""Rows of Parquet, Arrow and Feather files without what goes of them: schema, order of rows and layout stay (see `layout`).

Of Parquet a row group is in memory, of Arrow a record batch; of Feather version 1 the file, as when it is read. A row group without
rows is left out, unless all are without. A dictionary of texts is made anew of those that are left; an Arrow file, unlike a
stream, has but one for all its batches, which is gathered in a reading of its own.
Leaves out: the metadata of an Arrow file's footer; lists of strings that have a dictionary, in Arrow files; files that are
broken or cut off, though they can be read to their break.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.errors import InputError
from dedup.read.blockfile import open_blocks
from dedup.read.columns import ARROW_START, FEATHER_1_START, PARQUET, READ_BYTES, is_packed, unpack_parquet
from dedup.read.problems import Problems
from dedup.read.streams import Input, open_input, stream_blocks
from dedup.rewrite.arrow import RowCutter, drop_unused, find_leaf, find_text
from dedup.rewrite.layout import find_arrow_layout, find_parquet_layout
from dedup.rewrite.removals import Removals, tell_changed
from dedup.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet


class _Sink(io.RawIOBase):
    """A file to write to, out of which what was written is taken."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._blocks.append(bytes(content))
        self._at += len(self._blocks[-1])
        return len(self._blocks[-1])

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        """Return what was written since this was called last."""
        taken = b"".join(self._blocks)
        self._blocks.clear()
        return taken


def rewrite_columns(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    """Yield a columnar file without what goes of its rows."""
    import pyarrow as pa  # noqa: PLC0415  60 MB of libraries, for columnar files only

    write = _write_parquet if source.suffix == PARQUET else _write_arrow
    try:
        yield from write(source, removals, settings)
    except (pa.ArrowException, OverflowError, OSError) as error:
        why = (getattr(error, "strerror", None) or str(error)).strip()
        raise InputError(f"{source.name}: cannot be written again ({why}); mend it or leave it out") from error


def _make_cutter(source: Input, schema: pa.Schema, removals: Removals, settings: Settings) -> RowCutter:
    found = find_text(schema, settings)
    if found is None and removals:
        raise tell_changed(source.name)
    return RowCutter(source.name, removals, found[0] if found else ())


# -------------------------------------------------------------------------------------------------------------- Parquet


def _write_parquet(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    from pyarrow import parquet  # noqa: PLC0415  see rewrite_columns

    with _open_parquet(source) as file:
        table = parquet.ParquetFile(file, buffer_size=READ_BYTES, page_checksum_verification=True)
        yield from _write_row_groups(table, _make_cutter(source, table.schema_arrow, removals, settings))


@contextmanager
def _open_parquet(source: Input) -> Iterator[Any]:
    if not is_packed(source):
        with open_input(source) as file:
            yield file
        return
    problems = Problems()
    unpacked = unpack_parquet(source, problems)
    if unpacked is None:
        raise InputError(f"{problems.examples[0]}; mend it or leave it out")
    yield unpacked


def _write_row_groups(table: parquet.ParquetFile, cutter: RowCutter) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415  see rewrite_columns
    from pyarrow import parquet  # noqa: PLC0415  the same

    schema, options = find_parquet_layout(table)
    sink, is_empty = _Sink(), True
    with parquet.ParquetWriter(sink, schema, **options) as writer:
        for group in range(table.num_row_groups):
            rows = table.read_row_group(group, use_threads=False)
            cut = pa.Table.from_batches(map(cutter.cut, rows.to_batches()), rows.schema)
            if cut.num_rows:
                is_empty = False
                writer.write_table(cut.unify_dictionaries(), row_group_size=cut.num_rows)
                yield sink.take()
        if is_empty and table.num_row_groups:
            writer.write_table(schema.empty_table())
        cutter.close()
        if table.metadata.metadata:
            writer.add_key_value_metadata(table.metadata.metadata)
    yield sink.take()


# ---------------------------------------------------------------------------------------------------------------- Arrow


def _write_arrow(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    with _open_arrow(source) as (file, start):
        if start[:4] == FEATHER_1_START:
            yield from _write_feather_1(source, file.read(), removals, settings)
            return
        options = find_arrow_layout(file)
    yield from _write_batches(source, removals, settings, options)


@contextmanager
def _open_arrow(source: Input) -> Iterator[tuple[Any, bytes]]:
    """Open an Arrow file behind what stands before its stream; give it and its first bytes."""
    import pyarrow as pa  # noqa: PLC0415  see rewrite_columns

    is_local = isinstance(source.path, Path) and not is_packed(source)
    opened: Any = pa.memory_map(str(source.path)) if is_local else open_blocks(stream_blocks(source))
    with opened as file:
        start = file.read_at(len(ARROW_START), 0) if is_local else file.peek(len(ARROW_START))[: len(ARROW_START)]
        if start == ARROW_START:
            file.read(len(start))
        yield file, start


def _write_batches(source: Input, removals: Removals, settings: Settings, options: Any) -> Iterator[bytes]:
    from pyarrow import ipc, types  # noqa: PLC0415  see rewrite_columns

    sink = _Sink()
    with _open_arrow(source) as (file, start):
        table = ipc.open_stream(file)
        is_file = start == ARROW_START
        options.emit_dictionary_deltas = is_file  # a file takes no other dictionary than one that goes on from the last
        cutter = _make_cutter(source, table.schema, removals, settings)
        found = find_text(table.schema, settings)
        if removals and is_file and found and types.is_dictionary(found[1]):
            cutter = RowCutter(source.name, removals, found[0], _gather_dictionary(source, removals, found[0]))
        with (ipc.new_file if is_file else ipc.new_stream)(sink, table.schema, options=options) as writer:
            for rows, metadata in table.iter_batches_with_custom_metadata():
                writer.write_batch(cutter.cut(rows), custom_metadata=metadata)
                yield sink.take()
            cutter.close()
    yield sink.take()


def _gather_dictionary(source: Input, removals: Removals, path: tuple[str, ...]) -> pa.Array | None:
    """Return a column of no rows whose dictionary holds every text that is left of a file, None for a file of no rows."""
    import pyarrow as pa  # noqa: PLC0415  see rewrite_columns
    from pyarrow import ipc  # noqa: PLC0415  the same

    cutter = RowCutter(source.name, removals, path)
    gathered: list[pa.Array] = []
    with _open_arrow(source) as (file, _):
        for rows in map(cutter.cut, ipc.open_stream(file)):
            gathered = [pa.concat_arrays([*gathered, drop_unused(find_leaf(rows, path))]).slice(0, 0)]
    return gathered[0] if gathered else None


def _write_feather_1(source: Input, content: bytes, removals: Removals, settings: Settings) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415  see rewrite_columns
    from pyarrow import feather  # noqa: PLC0415  the same

    sink = _Sink()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that version 1 is old
        table = feather.read_table(pa.BufferReader(content))
        cutter = _make_cutter(source, table.schema, removals, settings)
        cut = pa.Table.from_batches(list(map(cutter.cut, table.to_batches())), table.schema)
        cutter.close()
        feather.write_feather(cut, sink, version=1)
    yield sink.take()
