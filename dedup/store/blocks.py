"""Rising postings in blocks, as the rows of their table: the first of a block, and how far each of the others lies from the last.

A row is (first, width, rest): rest holds the other postings as differences of `width` bytes each, least byte first. Forty million
postings lie so near each other in a range of 63 bits that six bytes do for each, where a row of its own takes fourteen.
Source: gaps in inverted lists, as in Witten, Moffat and Bell, "Managing Gigabytes" (1999), ch. 3; bytes in place of bits, one
width for a block, for numpy to take them apart all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dedup.model import Flags, Ints

Block = tuple[int, int, bytes]

USUAL = 32
"""Postings of a block when it is cut. More would save little (a row costs half a byte a posting) and be read in vain."""
MOST = 2 * USUAL
"""Postings of a block that has grown; beyond, it is split."""

INSERT = "INSERT INTO posting(first, width, rest) VALUES (?, ?, ?)"

_POWERS = np.int64(256) ** np.arange(1, 8)


def cut_evenly(sizes: Ints) -> Ints:
    """Return where blocks of some sizes, end to end, begin when those that have grown too large are split: int64, rising.

    sizes: int64 (n,), of which those of 0 leave no block.
    """
    pieces = np.where(sizes > MOST, (sizes + USUAL // 2) // USUAL, sizes > 0)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    starts: Ints = np.repeat(np.cumsum(sizes) - sizes, pieces) + number * np.repeat(sizes, pieces) // np.repeat(pieces, pieces)
    return starts


def encode_blocks(postings: Ints, starts: Ints) -> Iterator[Block]:
    """Yield the blocks of rising postings. postings: int64 (n,); starts: int64 (m,), where each begins, the first at 0."""
    if not len(starts):
        return
    steps, sizes = np.diff(postings, prepend=0), np.diff(starts, append=len(postings))
    steps[starts] = 0
    widths = np.searchsorted(_POWERS, np.maximum.reduceat(steps, starts), "right") + 1
    rests = {width: _pack(steps[places], width, sizes[chosen]) for width, chosen, places in _part(widths, sizes, starts)}
    yield from ((first, width, next(rests[width])) for first, width in zip(postings[starts].tolist(), widths.tolist(), strict=True))


def decode_blocks(blocks: Sequence[Block]) -> tuple[Ints, Ints]:
    """Return (the postings of all blocks, one after another, how many each holds): int64 (n,) and (m,).

    Raises ValueError for what no block was ever written as; that they rise is not looked at.
    """
    if not blocks:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    columns = tuple(zip(*blocks, strict=True))
    kinds, rests = [set(map(type, column)) for column in columns], columns[2]
    if kinds != [{int}, {int}, {bytes}] or not 1 <= min(columns[1]) <= max(columns[1]) <= 8:
        raise ValueError("no block")
    firsts, widths, lengths = (np.array(column, np.int64) for column in (*columns[:2], [len(rest) for rest in rests]))
    if (lengths % widths).any():
        raise ValueError("half a difference")
    sizes = lengths // widths + 1
    starts = np.cumsum(sizes) - sizes
    steps = np.zeros(int(sizes.sum()), np.int64)
    for width, chosen, places in _part(widths, sizes, starts):
        steps[places] = _unpack(b"".join([rests[i] for i in chosen.tolist()]), width)
    lasts = firsts + np.add.reduceat(steps, starts)
    steps[starts] = firsts - np.append(0, lasts[:-1])
    return np.cumsum(steps), sizes


def are_sound(blocks: Sequence[Block]) -> bool:
    """Return whether blocks can be decoded."""
    try:
        decode_blocks(blocks)
    except ValueError:
        return False
    return True


def _part(widths: Ints, sizes: Ints, starts: Ints) -> Iterator[tuple[int, Ints, Flags]]:
    """Yield (width, the blocks of that width, which postings are their differences) for each width that there is."""
    of_postings = np.repeat(widths.astype(np.uint8), sizes)
    of_postings[starts] = 0
    for width in np.flatnonzero(np.bincount(widths)).tolist():
        yield width, np.flatnonzero(widths == width), of_postings == width


def _pack(steps: Ints, width: int, sizes: Ints) -> Iterator[bytes]:
    """Yield the differences of each block as bytes. steps: int64 (n,), of all blocks; sizes: int64 (m,), firsts included."""
    packed = steps.astype("<i8", copy=False).view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    ends = np.cumsum((sizes - 1) * width).tolist()
    return (packed[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True))


def _unpack(packed: bytes, width: int) -> Ints:
    """Return differences of so many bytes each: int64 (n,). Eight bytes are read of each, which is faster than to move a few."""
    wide = np.ndarray(len(packed) // width, "<i8", packed + bytes(8), strides=(width,))
    return wide & np.int64(-1 if width == 8 else 256**width - 1)
