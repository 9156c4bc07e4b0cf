"""How a columnar file is laid out, as far as pyarrow tells, so that it can be written again in the same way."""

from __future__ import annotations

import io
from itertools import product
from struct import unpack_from
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import ipc, parquet

_UNPACKED = "UNCOMPRESSED"
_ENCODINGS = ("DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT")
_HEADER, _COMPRESSION, _CODEC = 2, 3, 0
"""Fields of Arrow's tables Message, RecordBatch and BodyCompression, by their place in format/Message.fbs."""


def find_parquet_layout(table: parquet.ParquetFile) -> tuple[pa.Schema, dict[str, Any]]:
    """Return (the schema, the options) with which a Parquet file is written as another was, but for its key-value metadata.

    Kept are, by column: type, codec, delta encoding, whether there is a dictionary, and statistics; of the file: version, order of
    rows, whether there is an index of pages. The first row group with rows in it stands for all.
    Leaves out: levels of compression, sizes and version of pages, Bloom filters, checksums, who wrote it.
    """
    groups = map(table.metadata.row_group, range(table.num_row_groups))
    group = next((group for group in groups if group.num_rows), None)
    chunks = [group.column(i) for i in range(group.num_columns)] if group else []
    schema = table.schema_arrow.remove_metadata()
    options = {
        "store_schema": False,  # it is a part of the metadata, or was not there
        "compression": {chunk.path_in_schema: chunk.compression.replace(_UNPACKED, "NONE") for chunk in chunks} or "snappy",
        "use_dictionary": [chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page],
        "column_encoding": {chunk.path_in_schema: name for chunk in chunks if (name := _find_encoding(chunk))} or None,
        "write_statistics": [chunk.path_in_schema for chunk in chunks if chunk.is_stats_set],
        "write_page_index": any(chunk.has_offset_index for chunk in chunks),
        "use_deprecated_int96_timestamps": any(chunk.physical_type == "INT96" for chunk in chunks),
        "sorting_columns": group.sorting_columns if group else None,
    }
    return schema, options | _find_types(table, schema, options)


def find_arrow_layout(file: Any) -> ipc.IpcWriteOptions:
    """Return the options with which an Arrow stream is written as another was, of which the first record batch is read.

    Kept is which codec packs its buffers. Leaves out: levels of compression, which is not told, and padding.
    """
    from pyarrow import ipc  # noqa: PLC0415  60 MB of libraries, for columnar files only

    for message in ipc.MessageReader.open_stream(file):
        if message.type == "record batch":
            codec = _find_codec(message.metadata.to_pybytes())
            return ipc.IpcWriteOptions(metadata_version=message.metadata_version, compression=codec)
    return ipc.IpcWriteOptions()


def _find_encoding(chunk: parquet.ColumnChunkMetaData) -> str | None:
    return None if chunk.has_dictionary_page else next((name for name in _ENCODINGS if name in chunk.encodings), None)


def _find_types(table: parquet.ParquetFile, schema: pa.Schema, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that decide of what types the columns are in the file: the first with which they are as they were."""
    import pyarrow as pa  # noqa: PLC0415  see find_arrow_layout
    from pyarrow import parquet  # noqa: PLC0415  the same

    is_integer = any(column.logical_type.type == "DECIMAL" and "INT" in column.physical_type for column in _list_columns(table))
    versions = dict.fromkeys((table.metadata.format_version, "2.6"))
    choices = [
        {"version": version, "use_compliant_nested_type": is_named, **({"store_decimal_as_integer": True} if is_integer else {})}
        for is_named, version in product((True, False), versions)
    ]
    wanted = _describe_columns(table)
    for choice in choices:
        file = io.BytesIO()
        try:
            parquet.ParquetWriter(file, schema, **options | choice).close()
        except pa.ArrowException:  # version 1 has not every type
            continue
        if _describe_columns(parquet.ParquetFile(file)) == wanted:
            return choice
    return choices[-1] | {"use_compliant_nested_type": True}


def _list_columns(table: parquet.ParquetFile) -> list[parquet.ColumnSchema]:
    return [table.schema.column(i) for i in range(len(table.schema.names))]


def _describe_columns(table: parquet.ParquetFile) -> list[tuple[Any, ...]]:
    return [
        (
            *(column.path, column.physical_type, str(column.logical_type), column.converted_type, column.length),
            *(column.max_definition_level, column.max_repetition_level),
        )
        for column in _list_columns(table)
    ]


def _find_codec(message: bytes) -> str | None:
    """Return which codec packs the buffers of a record batch, None for none, by its message: pyarrow does not tell.

    Source: Arrow's format/Message.fbs, FlatBuffers' "Internals".
    """
    record = _follow(message, _follow(message, 0), _HEADER)
    compression = _follow(message, record, _COMPRESSION) if record else 0
    if not compression:
        return None
    codec = _find_field(message, compression, _CODEC)
    return "zstd" if codec and message[codec] == 1 else "lz4"


def _follow(message: bytes, table: int, field: int | None = None) -> int:
    """Return where the table begins that a field of another holds (of none: the outermost one), 0 where there is none."""
    at = table if field is None else _find_field(message, table, field)
    return at + int(unpack_from("<I", message, at)[0]) if at or field is None else 0


def _find_field(message: bytes, table: int, field: int) -> int:
    """Return where a field of a table begins, 0 where it is left out."""
    places = table - int(unpack_from("<i", message, table)[0])
    slot = 4 + 2 * field
    offset = int(unpack_from("<H", message, places + slot)[0]) if slot < unpack_from("<H", message, places)[0] else 0
    return table + offset if offset else 0
