"""Rows of Parquet, Arrow and Feather files: one document a row, by the columns that are asked for, a few thousand rows at a time.

Parquet is read by pages, of which some writers make one of 1,024 rows however long these are; in memory are a page or two. A
broken one costs the rows from there to the end of its row group.

An Arrow file (Feather version 2 is the same) holds the Arrow stream behind eight bytes, and is read as that stream: to its break
where it is cut off. A local one is mapped, so that of a record batch of any size only the rows at hand need memory, unless it is
compressed inside.
Leaves out: encrypted Parquet; Parquet within a compressed file beyond PACKED_BYTES.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dedup.model import Batch
from dedup.read.blockfile import open_blocks
from dedup.read.chunks import CHUNK_BYTES, MOST_ROWS, ChunkReader
from dedup.read.problems import Problems
from dedup.read.streams import COMPRESSIONS, Input, open_input, read_blocks
from dedup.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

PARQUET = ".parquet"

PACKED_BYTES = 1 << 30
"""Parquet is read from its end, so a compressed file of it is unpacked in memory; its pages are compressed already, so few are."""
READ_BYTES = 1 << 20
"""Read from a Parquet file at a time: otherwise the columns of a whole row group would be in memory, 1 GB in some files."""

NO_FORMAT = "not what its suffix says"

_PARQUET = b"PAR"  # PAR1, or PARE where it is encrypted
ARROW_START, FEATHER_1_START = b"ARROW1\0\0", b"FEA1"


def read_columns(source: Input, settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of a columnar file, a row each; one that has none is skipped and counted."""
    reader = ChunkReader(source, settings, problems)
    try:
        yield from _read_parquet(source, reader, problems) if source.suffix == PARQUET else _read_arrow(source, reader, problems)
    except OSError as error:
        problems.skip(source.name, "cannot be read", error.strerror or str(error))


def _read_parquet(source: Input, reader: ChunkReader, problems: Problems) -> Iterator[Batch]:
    if not is_packed(source):
        with open_input(source) as file:
            yield from _read_table(source, file, reader, problems)
    elif unpacked := unpack_parquet(source, problems):
        yield from _read_table(source, unpacked, reader, problems)


def is_packed(source: Input) -> bool:
    """Return whether a file is compressed from outside."""
    return source.name.lower().endswith(COMPRESSIONS)


def unpack_parquet(source: Input, problems: Problems) -> io.BytesIO | None:
    """Return a compressed file unpacked in memory, None where it is too large or broken; of what is no Parquet only the start."""
    n_skipped = problems.skipped.total()
    unpacked = io.BytesIO()
    for block in read_blocks(source, problems):
        unpacked.write(block)
        if unpacked.tell() > PACKED_BYTES:
            detail = f"more than {PACKED_BYTES:,} bytes unpacked; Parquet is compressed inside, so unpack it and give it as it is"
            problems.skip(source.name, "too large", detail)
            break
        if not unpacked.getbuffer()[:4].tobytes().startswith(_PARQUET):
            break
    if not unpacked.tell() and problems.skipped.total() == n_skipped:
        problems.skip(source.name, "empty")
    unpacked.seek(0)
    return unpacked if problems.skipped.total() == n_skipped else None


def _read_table(source: Input, file: Any, reader: ChunkReader, problems: Problems) -> Iterator[Batch]:
    import pyarrow as pa  # noqa: PLC0415  60 MB of libraries, for columnar files only
    from pyarrow import parquet  # noqa: PLC0415  the same

    head = file.read(4)
    file.seek(0)
    try:
        table = parquet.ParquetFile(file, buffer_size=READ_BYTES, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        problems.skip(source.name, *_explain_parquet(head, str(error)))
        return
    if reader.choose_columns(table.schema_arrow, table.metadata.num_rows):
        yield from _read_row_groups(table, reader)


def _explain_parquet(head: bytes, message: str) -> tuple[str, str]:
    """Return (reason, detail) of a file that is no Parquet by its first bytes or by what Arrow says of it."""
    if not head:
        return "empty", ""
    if head == b"PARE" or "encrypted" in message:
        return "encrypted", "write it again without encryption"
    if head == b"PAR1" and "magic bytes not found" in message:
        return "truncated", "its end is missing, and with it where its rows are"
    return NO_FORMAT, message.partition(" Either ")[0].strip()


def _read_row_groups(table: parquet.ParquetFile, reader: ChunkReader) -> Iterator[Batch]:
    """Yield the documents of one row group after the other; what of one cannot be read is lost, and the next begun."""
    import pyarrow as pa  # noqa: PLC0415  see _read_table

    for group in range(table.num_row_groups):
        details = table.metadata.row_group(group)
        end, why = reader.row + details.num_rows, "it has fewer rows than it says"
        try:
            size = _choose_size(details)
            for rows in table.iter_batches(size, [group], reader.columns, use_threads=False):
                yield from reader.read(rows)
        except (pa.ArrowException, OSError) as error:
            why = str(error).strip()
        reader.lose_rows(end, "cannot be read", f"row group {group + 1} of {table.num_row_groups}: {why}")


def _choose_size(group: parquet.RowGroupMetaData) -> int:
    """Return how many rows of a row group are about CHUNK_BYTES; by all columns, for text in a dictionary shows as nothing."""
    n_bytes = max(1, int(group.total_byte_size) // max(1, int(group.num_rows)))
    return max(16, min(MOST_ROWS, CHUNK_BYTES // n_bytes))


def _read_arrow(source: Input, reader: ChunkReader, problems: Problems) -> Iterator[Batch]:
    import pyarrow as pa  # noqa: PLC0415  see _read_table

    n_skipped = problems.skipped.total()
    is_local = isinstance(source.path, Path) and not is_packed(source)
    if is_local and not cast(Path, source.path).stat().st_size:  # nothing to map
        problems.skip(source.name, "empty")
        return
    with pa.memory_map(str(source.path)) if is_local else open_blocks(read_blocks(source, problems)) as file:
        try:
            for rows in _open_arrow(file, reader):
                yield from reader.read(rows)
        except (pa.ArrowException, OSError, EOFError) as error:
            if reader.columns or problems.skipped.total() == n_skipped:  # else it was told why there are no bytes
                problems.skip(*_explain_arrow(source, reader, str(error)))


def _open_arrow(file: Any, reader: ChunkReader) -> Iterator[pa.RecordBatch]:
    """Yield the rows of an Arrow file or stream, none when it has no text. Raises EOFError where a file lacks its end."""
    from pyarrow import ipc  # noqa: PLC0415  see _read_table

    start = file.peek(8)[:8] if isinstance(file, io.BufferedReader) else file.read_at(8, 0)
    if not start:
        raise EOFError("empty")
    if start[:4] == FEATHER_1_START:
        yield from _read_feather_1(file.read(), reader)
        return
    is_file = start == ARROW_START
    if is_file:
        file.read(len(ARROW_START))
    table = ipc.open_stream(file)
    if not reader.choose_columns(table.schema):
        return
    if file.seekable():  # a map: begin again, with only the columns that are needed
        file.seek(len(ARROW_START) if is_file else 0)
        chosen = [i for i, name in enumerate(table.schema.names) if name in reader.tops]
        table = ipc.open_stream(file, options=ipc.IpcReadOptions(included_fields=chosen))
    yield from table
    if is_file and not file.read().endswith(ARROW_START.rstrip(b"\0")):
        raise EOFError("its end is missing")


def _read_feather_1(content: bytes, reader: ChunkReader) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa  # noqa: PLC0415  see _read_table
    from pyarrow import feather  # noqa: PLC0415  the same

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that version 1 is old
        table = feather.read_table(pa.BufferReader(content))
    if reader.choose_columns(table.schema, table.num_rows):
        yield from table.to_batches()


def _explain_arrow(source: Input, reader: ChunkReader, message: str) -> tuple[str, str, str]:
    """Return (where, reason, detail) of a file that cannot be read further."""
    if not reader.columns:
        return (source.name, "empty", "") if message == "empty" else (source.name, NO_FORMAT, message)
    is_cut = "Expected" in message or "end is missing" in message
    return f"{source.name}:row {reader.row + 1}", "truncated" if is_cut else "cannot be read", message
