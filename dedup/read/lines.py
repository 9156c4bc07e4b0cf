"""Blocks of whole lines, none of them longer than the largest document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from dedup.model import Ints


class LineBlock(NamedTuple):
    """Some whole lines of a file, the last one perhaps without its end.

    number: of the first, from 1; ends: int64, where each line feed stands.
    """

    number: int
    lines: bytes
    ends: Ints

    @property
    def numbers(self) -> range:
        """Return the number of each line."""
        return range(self.number, self.number + len(self.ends) + (not self.lines.endswith(b"\n")))


def make_block(number: int, lines: bytes) -> LineBlock:
    """Return some lines of a file, of which the first has this number."""
    return LineBlock(number, lines, np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n")))


def cut_lines(blocks: Iterable[bytes], limit: int, tell_long: Callable[[int], None]) -> Iterator[LineBlock]:
    """Yield blocks of bytes as blocks of lines.

    A line of more than `limit` bytes is left out and told by its number; of it no more than that and a block is in memory.
    """
    rest: list[bytes] = []
    n_rest, number, is_long = 0, 1, False
    for block in blocks:
        begin, end = 0, block.rfind(b"\n") + 1
        if is_long and not end:
            continue
        if is_long:
            begin, number, is_long = block.find(b"\n") + 1, number + 1, False
        if end > begin:
            whole = make_block(number, b"".join((*rest, memoryview(block)[begin:end])))
            yield from _drop_long(whole, limit, tell_long)
            number = whole.numbers.stop
        if end:
            rest, n_rest = [], 0
        rest.append(block[end:])
        n_rest += len(block) - end
        if n_rest > limit:
            tell_long(number)
            rest, n_rest, is_long = [], 0, True
    if any(rest):
        yield from _drop_long(make_block(number, b"".join(rest)), limit, tell_long)


def _drop_long(block: LineBlock, limit: int, tell_long: Callable[[int], None]) -> Iterator[LineBlock]:
    """Yield a block without its lines that are too long: as it is, or in parts."""
    if len(block.lines) <= limit:
        yield block
        return
    begin, kept = block.number, list[bytes]()
    for number, line in zip(block.numbers, _split(block.lines), strict=True):
        if len(line) <= limit:
            kept.append(line)
            continue
        if kept:
            yield make_block(begin, b"".join(kept))
        tell_long(number)
        begin, kept = number + 1, []
    if kept:
        yield make_block(begin, b"".join(kept))


def _split(lines: bytes) -> list[bytes]:
    """Return lines with their ends; unlike splitlines() a carriage return alone ends none."""
    whole = [line + b"\n" for line in lines.split(b"\n")]
    return whole[:-1] if lines.endswith(b"\n") else [*whole[:-1], whole[-1][:-1]]
