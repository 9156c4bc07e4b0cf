"""Blocks of whole lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dedup.read.lines import cut_lines

contents = st.lists(st.sampled_from([b"\n", b"ab", b"\r\n", b"\r", b"abcdefgh", "é".encode()]), max_size=20).map(b"".join)


def split_lines(content):
    """Return the lines of a file with their ends."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    return [*lines[:-1], *filter(None, [lines[-1][:-1]])]


@given(contents, st.integers(1, 9), st.integers(1, 12))
def test_lines_come_with_their_numbers_but_for_those_that_are_too_long(content, size, limit):
    long = []
    blocks = list(cut_lines((content[at : at + size] for at in range(0, len(content), size)), limit, long.append))
    found = [numbered for block in blocks for numbered in enumerate(split_lines(block.lines), block.number)]
    whole = list(enumerate(split_lines(content), 1))

    assert found == [(number, line) for number, line in whole if len(line) <= limit]
    assert long == [number for number, line in whole if len(line) > limit]


def test_of_a_line_that_is_too_long_only_a_block_is_held():
    def blocks():
        for _ in range(1000):
            yield bytes(1 << 20)
        yield b"\nnext\n"

    long = []

    assert [block[:2] for block in cut_lines(blocks(), 1 << 22, long.append)] == [(2, b"next\n")]
    assert long == [1]
