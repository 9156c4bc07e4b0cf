"""What a column of Arrow holds, in the form that documents are made of. The only module here that knows Arrow's types."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.model import Bytes, Ints
from dedup.read.dates import parse_date
from dedup.read.fields import split_path

if TYPE_CHECKING:
    import pyarrow as pa

Fault = tuple[int, str, str]
"""Which row of a column cannot be read, and why: reason and detail."""

_EPOCH = datetime(1970, 1, 1)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NOT_LISTED = (UnicodeDecodeError, ValueError, OverflowError)


class Strings(NamedTuple):
    """A column of n texts: value i is text[offsets[i]:offsets[i + 1]].

    text: uint8; offsets: int64 (n + 1,); is_null: bool (n,); faults: values that are not UTF-8.
    """

    text: Bytes
    offsets: Ints
    is_null: np.ndarray[Any, np.dtype[np.bool_]]
    faults: list[Fault]


def find_path(schema: Any, name: str) -> tuple[tuple[str, ...], pa.DataType] | None:
    """Return (the fields that lead to a dotted path, the type there), None where nothing is; a name that has the dot in it wins.

    schema: of a file, or the type of a struct.
    """
    import pyarrow as pa  # noqa: PLC0415  60 MB of libraries, for columnar files only

    names = list(schema.names)
    for key, rest in split_path(name):
        if key not in names:
            continue
        kind = schema.field(names.index(key)).type
        if not rest:
            return (key,), kind
        if pa.types.is_struct(kind) and (found := find_path(kind, rest)):
            return (key, *found[0]), found[1]
    return None


def take_column(rows: pa.RecordBatch, path: tuple[str, ...]) -> pa.Array:
    """Return the column at the end of a path, null where a struct on the way is null."""
    from pyarrow import compute  # noqa: PLC0415  see find_path

    column = rows.column(rows.schema.names.index(path[0]))
    for key in path[1:]:
        column = compute.struct_field(column, [list(column.type.names).index(key)])
    return column


def is_textual(kind: pa.DataType) -> bool:
    """Return whether a column holds strings, or bytes that may be such, in any of Arrow's layouts; one of nulls holds none."""
    from pyarrow import types  # noqa: PLC0415  see find_path

    kind = _look_within(kind)
    kinds = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    return any(test(kind) for test in (*kinds, types.is_binary, types.is_large_binary, types.is_binary_view))


def is_list(kind: pa.DataType) -> bool:
    """Return whether a column holds lists of strings, in any of Arrow's layouts."""
    from pyarrow import types  # noqa: PLC0415  see find_path

    lists = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(test(kind) for test in lists) and is_textual(kind.value_type)


def take_bytes(column: pa.Array) -> Strings:
    """Return a column of strings by its buffers, without a copy of the text where Arrow keeps it in one piece."""
    import pyarrow as pa  # noqa: PLC0415  see find_path

    plain = _unwrap(column).cast(pa.large_binary())
    _, offsets, text = plain.buffers()
    numbers = np.zeros(1, np.int64) if offsets is None else np.frombuffer(offsets, np.int64)[plain.offset :][: len(plain) + 1]
    data = np.empty(0, np.uint8) if text is None else np.frombuffer(text, np.uint8)
    is_null = plain.is_null().to_numpy(zero_copy_only=False)
    try:
        plain.view(pa.large_string()).validate(full=True)
        faults: list[Fault] = []
    except pa.ArrowInvalid:
        faults = _find_faults(data, numbers)
    return Strings(data, numbers, is_null, faults)


def take_lists(column: pa.Array) -> tuple[list[list[str | None] | None], list[Fault]]:
    """Return (a column of lists of strings as Python lists, those that are not UTF-8 and stand as None)."""
    try:
        return [_decode_list(one) for one in column.to_pylist()], []
    except UnicodeDecodeError:
        pass
    lists: list[list[str | None] | None] = []
    faults: list[Fault] = []
    for row in range(len(column)):
        try:
            lists.append(_decode_list(column[row].as_py()))
        except UnicodeDecodeError as error:
            lists.append(None)
            faults.append((row, *_explain_byte(error)))
    return lists, faults


def list_values(column: pa.Array) -> list[Any]:
    """Return the strings, integers and UUIDs of a column, None for all else."""
    from pyarrow import types  # noqa: PLC0415  see find_path

    if getattr(column.type, "extension_name", "") == "arrow.uuid":
        return [None if value is None else str(value) for value in column.to_pylist()]
    if types.is_integer(_look_within(column.type)):
        values: list[Any] = _unwrap(column).to_pylist()
        return values
    if not is_textual(column.type):
        return [None] * len(column)
    text, offsets, is_null, _ = take_bytes(column)
    places = zip(is_null.tolist(), offsets.tolist(), offsets[1:].tolist(), strict=False)
    return [None if none else str(text.data[start:end], "utf-8", "backslashreplace") for none, start, end in places]


def list_dates(column: pa.Array) -> list[str | None]:
    """Return a column of dates, timestamps, or what `parse_date` takes, as dates in ISO 8601 and UTC; None for all else."""
    import pyarrow as pa  # noqa: PLC0415  see find_path

    kind = _look_within(column.type)
    plain = _unwrap(column)
    if pa.types.is_timestamp(kind):
        return [_add(value, _PER_SECOND[kind.unit]) for value in plain.cast(pa.int64()).to_pylist()]
    if pa.types.is_date32(kind):
        return [_add(None if value is None else value * 86400, 1) for value in plain.cast(pa.int32()).to_pylist()]
    if pa.types.is_date64(kind):
        return [_add(value, 1000) for value in plain.cast(pa.int64()).to_pylist()]
    if pa.types.is_floating(kind):
        return list(map(parse_date, plain.to_pylist()))
    return list(map(parse_date, list_values(column)))


def _add(count: int | None, per_second: int) -> str | None:
    """Return the moment so long after 1970 began, None where no calendar has it."""
    try:
        return None if count is None else (_EPOCH + timedelta(microseconds=count * 10**6 // per_second)).isoformat()
    except OverflowError:
        return None


def _look_within(kind: pa.DataType) -> pa.DataType:
    """Return the type of the values of a column that keeps them in a layout of its own."""
    from pyarrow import types  # noqa: PLC0415  see find_path

    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _look_within(kind.value_type)
    return _look_within(kind.storage_type) if hasattr(kind, "storage_type") else kind


def _unwrap(column: pa.Array) -> pa.Array:
    """Return a column whose values stand by themselves, neither in a dictionary nor as runs nor as a type of somebody's own."""
    from pyarrow import compute, types  # noqa: PLC0415  see find_path

    if types.is_dictionary(column.type):
        return _unwrap(column.dictionary_decode())
    if types.is_run_end_encoded(column.type):
        return _unwrap(compute.run_end_decode(column))
    return _unwrap(column.storage) if hasattr(column.type, "storage_type") else column


def _find_faults(text: Bytes, offsets: Ints) -> list[Fault]:
    """Return the values that are not UTF-8."""
    faults: list[Fault] = []
    for row in range(len(offsets) - 1):
        try:
            str(text[offsets[row] : offsets[row + 1]].data, "utf-8")
        except UnicodeDecodeError as error:
            faults.append((row, *_explain_byte(error)))
    return faults


def _explain_byte(error: UnicodeDecodeError) -> tuple[str, str]:
    return "invalid UTF-8", f"byte 0x{error.object[error.start]:02x} at offset {error.start} of the text"


def _decode_list(values: list[str | bytes | None] | None) -> list[str | None] | None:
    return None if values is None else [value.decode() if isinstance(value, bytes) else value for value in values]
