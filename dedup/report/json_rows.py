"""Rows of tables as JSON, from their columns: no object is made for a row, and none for a number or a string in it.

What is written is what msgspec writes: strings with no more escapes than needed, objects on one line or indented by two blanks.
A row is its column names and values in turns; what is itself made of rows (an object, a list) is written first and then copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from dedup.kernel import Part, kernel
from dedup.letters import ONE, copy_bytes, load_eight
from dedup.model import Bytes, Flags, Ints
from dedup.table import Choices, Column, Lists, Maybe, Table, Texts

LITERAL, NUMBER, STRING, COPY = range(4)
MOST_DIGITS, MOST_ESCAPE = 20, 6
"""Bytes of an int64, and of an escaped character."""

ASCII, BLOCK = 128, 8

_EACH = np.uint64(0x0101010101010101)
_HIGH, _QUOTES, _SLASHES = np.uint64(0x80) * _EACH, np.uint64(0x22) * _EACH, np.uint64(0x5C) * _EACH
_CONTROL = np.uint64(0x20) * _EACH
_EIGHT, _TEN, _ZERO = np.uint64(8), np.uint64(10), np.uint64(0x30)


class _Piece(NamedTuple):
    """A part of every row: the bytes `literal`; a number; or a string, to be escaped or as it stands."""

    kind: int
    literal: bytes = b""
    numbers: Ints | None = None
    texts: Texts | None = None


def render_rows(table: Table, depth: int | None = None) -> Texts:
    """Return each row of a table, none empty, as a JSON object with a comma and its indentation in front, as in a list.

    depth: how deep the list's things stand, for indented JSON; None for JSON on one line.
    """
    return _write(b"," + break_line(depth), _describe_row(table, depth), len(table))


def render_lines(table: Table) -> Bytes:
    """Return the rows of a table, none empty, as JSON lines: uint8."""
    return _write(b"", [*_describe_row(table, None), _Piece(LITERAL, b"\n")], len(table)).data


def _describe_row(table: Table, depth: int | None) -> list[_Piece]:
    inner = None if depth is None else depth + 1
    pieces, before = list[_Piece](), b"{"
    for name, column in table.columns.items():
        pieces.append(_Piece(LITERAL, b'%b%b"%b":%b' % (before, break_line(inner), name.encode(), b"" if depth is None else b" ")))
        pieces += _describe_column(column, inner)
        before = b","
    return [*pieces, _Piece(LITERAL, break_line(depth) + b"}")]


def _describe_column(column: Column, depth: int | None) -> list[_Piece]:
    if isinstance(column, Texts):
        return [_Piece(STRING, texts=column)]
    if isinstance(column, Choices):
        return [_Piece(COPY, texts=_choose(column.codes, column.values))]
    if isinstance(column, Table):
        return _describe_row(column, depth)
    if isinstance(column, Maybe):
        return [_Piece(COPY, texts=_hide(_write(b"", _describe_row(column.table, depth), len(column)), column.is_there))]
    if isinstance(column, Lists):
        rows = render_rows(column.table, None if depth is None else depth + 1)
        lists = Texts(rows.data, rows.starts[column.offsets[:-1]] + 1, rows.ends[column.offsets[1:] - 1])  # without the comma
        return [_Piece(LITERAL, b"["), _Piece(COPY, texts=lists), _Piece(LITERAL, break_line(depth) + b"]")]
    if column.dtype.kind == "f":
        values, codes = np.unique(column, return_inverse=True)
        return [_Piece(COPY, texts=_choose(codes, values.tolist()))]
    return [_Piece(NUMBER, numbers=column.astype(np.int64, copy=False))]


def break_line(depth: int | None) -> bytes:
    """Return what stands in front of a thing at a depth of indented JSON."""
    return b"" if depth is None else b"\n" + b"  " * depth


def _choose(codes: Ints, values: Sequence[Any]) -> Texts:
    """Return values out of few in JSON."""
    import msgspec  # noqa: PLC0415  7 ms, and a report is rarely JSON

    encoded = list(map(msgspec.json.encode, values))
    ends = np.cumsum(list(map(len, encoded)), dtype=np.int64)
    starts = np.append(0, ends)[:-1]
    return Texts(np.frombuffer(b"".join(encoded), np.uint8), starts[codes], ends[codes])


def _hide(rows: Texts, is_there: Flags) -> Texts:
    """Return rows of which some are null."""
    null, end = np.frombuffer(b"null", np.uint8), len(rows.data)
    starts, ends = np.where(is_there, rows.starts, end), np.where(is_there, rows.ends, end + len(null))
    return Texts(np.concatenate((rows.data, null)), starts, ends)


def _write(before: bytes, pieces: Sequence[_Piece], n_rows: int) -> Texts:
    """Return rows, each with the same bytes in front and then its pieces."""
    pieces = _join_literals([_Piece(LITERAL, before), *pieces])
    literals = [piece.literal for piece in pieces if piece.kind == LITERAL]
    numbers = [piece.numbers for piece in pieces if piece.numbers is not None]
    texts = [piece.texts for piece in pieces if piece.texts is not None]
    kinds = np.array([piece.kind for piece in pieces])
    bases = np.cumsum([0] + [len(one.data) for one in texts])
    n_bytes = n_rows * (sum(map(len, literals)) + len(numbers) * MOST_DIGITS)
    n_bytes += sum(int((one.ends - one.starts).sum()) + 2 * n_rows for one in texts)
    table = (
        kinds,
        np.frombuffer(b"".join(literals), np.uint8),
        np.cumsum(list(map(len, literals)), dtype=np.int64),
        _stack(numbers, n_rows),
        np.concatenate([one.data for one in texts] or [np.empty(0, np.uint8)]),
        _stack([one.starts + base for one, base in zip(texts, bases.tolist(), strict=False)], n_rows),
        _stack([one.ends + base for one, base in zip(texts, bases.tolist(), strict=False)], n_rows),
    )
    ends, room = np.empty(n_rows, np.int64), n_bytes + n_bytes // 16 + MOST_ESCAPE * BLOCK
    while True:
        data = np.empty(room, np.uint8)
        filled = _render_kernel(data, ends, *table, _escapes())
        if filled >= 0:
            return Texts(data[:filled], np.append(0, ends)[:-1], ends)
        room *= 2


def _join_literals(pieces: Sequence[_Piece]) -> list[_Piece]:
    joined = list[_Piece]()
    for piece in pieces:
        if joined and joined[-1].kind == piece.kind == LITERAL:
            joined[-1] = _Piece(LITERAL, joined[-1].literal + piece.literal)
        else:
            joined.append(piece)
    return joined


def _stack(columns: Sequence[Ints], n_rows: int) -> Ints:
    return np.stack(columns) if columns else np.empty((0, n_rows), np.int64)


@cache
def _escapes() -> Bytes:
    """Return how each byte stands in a string: uint8 (256, 1 + MOST_ESCAPE), how many bytes it takes, and these."""
    import msgspec  # noqa: PLC0415  as above

    escapes = np.zeros((256, 1 + MOST_ESCAPE), np.uint8)
    for byte in range(256):
        written = msgspec.json.encode(chr(byte))[1:-1] if byte < ASCII else bytes([byte])
        escapes[byte, 0] = len(written)
        escapes[byte, 1 : 1 + len(written)] = np.frombuffer(written, np.uint8)
    return escapes


@kernel(microseconds=4)
def _render_kernel(room, ends, kinds, literals, literal_ends, numbers, data, starts, text_ends, escapes):
    """Write the rows and where each ends; return how many bytes they take, -1 when there was too little room."""
    filled = 0
    for row in range(len(ends)):
        literal, number, text = 0, 0, 0
        for kind in kinds:
            if kind == LITERAL:
                start = literal_ends[literal - 1] if literal else 0
                filled = _copy(literals, start, literal_ends[literal], filled, room)
                literal += 1
            elif kind == NUMBER:
                filled = _write_number(numbers[number, row], filled, room)
                number += 1
            else:
                start, end = starts[text, row], text_ends[text, row]
                filled = (
                    _escape(data, start, end, escapes, filled, room) if kind == STRING else _copy(data, start, end, filled, room)
                )
                text += 1
            if filled < 0:
                return -1
        ends[row] = filled
    return filled


@Part
def _copy(data, start, end, filled, room):
    if filled + end - start > len(room):
        return -1
    copy_bytes(data, np.uint64(start), np.uint64(end - start), room, np.uint64(filled))
    return filled + end - start


@Part
def _write_number(number, filled, room):
    """Write an integer, which is not negative, in decimal figures."""
    if filled + MOST_DIGITS > len(room):
        return -1
    rest, behind = np.uint64(number), filled + 1
    while rest >= _TEN:
        rest, behind = rest // _TEN, behind + 1
    rest = np.uint64(number)
    for k in range(behind - filled):
        room[behind - 1 - k] = np.uint8(_ZERO + rest % _TEN)
        rest //= _TEN
    return behind


@Part
def _escape(data, start, end, escapes, filled, room):
    """Write a string between quotes."""
    if filled + 1 > len(room):
        return -1
    room[filled] = 0x22
    at, behind, filled = np.uint64(start), np.uint64(end), filled + 1
    while at < behind:
        if filled + MOST_ESCAPE * BLOCK > len(room):
            return -1
        eight = load_eight(data, at)
        if at + _EIGHT <= behind and not _has_escaped(eight):
            copy_bytes(data, at, _EIGHT, room, np.uint64(filled))
            at, filled = at + _EIGHT, filled + BLOCK
            continue
        for _ in range(min(behind - at, _EIGHT)):
            byte = data[at]
            for k in range(escapes[byte, 0]):
                room[filled + k] = escapes[byte, 1 + k]
            at, filled = at + ONE, filled + np.int64(escapes[byte, 0])
    if filled + 1 > len(room):
        return -1
    room[filled] = 0x22
    return filled + 1


@Part
def _has_escaped(eight):
    """Return whether one of eight bytes is a quote, a backslash or a control character; now and then True where none is."""
    quotes, slashes = eight ^ _QUOTES, eight ^ _SLASHES
    found = (eight - _CONTROL) & ~eight | (quotes - _EACH) & ~quotes | (slashes - _EACH) & ~slashes
    return found & _HIGH != 0
