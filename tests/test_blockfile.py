"""Blocks as a file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedup.read.blockfile import BlockFile, open_blocks


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(1, 12))
def test_file_holds_what_the_blocks_do(blocks, size):
    file = BlockFile(blocks)
    pieces = iter(lambda: file.read(size), b"")

    assert b"".join(pieces) == b"".join(blocks)
    assert open_blocks(blocks).read() == b"".join(blocks)
