"""Blocks of bytes as a file, for readers that want one."""

from __future__ import annotations

import io
from collections.abc import Iterable


class BlockFile(io.RawIOBase):
    """A file that can be read from start to end, and looked at before."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._block = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with what is left of a block; return how many bytes that are, 0 at the end."""
        while not self._block:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._block = memoryview(block)
        size = min(len(buffer), len(self._block))
        buffer[:size] = self._block[:size]
        self._block = self._block[size:]
        return size


def open_blocks(blocks: Iterable[bytes]) -> io.BufferedReader:
    """Return blocks as a buffered file."""
    return io.BufferedReader(BlockFile(blocks), 1 << 20)
