"""Bytes of files, compressed or not, in blocks."""

from __future__ import annotations

import bz2
import gzip
import tempfile
from pathlib import Path

import pytest
from corpora import write_files
from hypothesis import given
from hypothesis import strategies as st

from dedup.read import streams
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_blocks, read_line_blocks

LINES = b"".join(b"Line %d.\n" % i for i in range(20000))


def make_input(path):
    return Input("given name", path, ".txt", "")


@pytest.mark.parametrize(("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".GZ", gzip.compress)])
def test_compressed_files_are_unpacked_by_their_suffix(tmp_path, suffix, pack):
    name = f"a.txt{suffix}"
    write_files(tmp_path, {name: pack(LINES)})
    problems = Problems()

    assert b"".join(read_blocks(make_input(tmp_path / name), problems)) == LINES
    assert problems.skipped == {}


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_archive_of_several_parts_is_read_to_its_end(tmp_path, suffix, pack):
    write_files(tmp_path, {f"a{suffix}": pack(b"one ") + pack(b"two")})

    assert b"".join(read_blocks(make_input(tmp_path / f"a{suffix}"), Problems())) == b"one two"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gz", gzip.compress(LINES)[:-9], "truncated (the compressed data ends too early)"),
        ("a.bz2", bz2.compress(LINES)[:-9], "truncated (the compressed data ends too early)"),
        ("a.gz", b"plain text", "not what its suffix says (Not a gzipped file (b'pl'))"),
        ("a.gz", gzip.compress(LINES)[:20] + b"\xff" * 400, "not what its suffix says"),
        ("a.gz", gzip.compress(LINES)[:-8] + bytes(8), "not what its suffix says (CRC check failed"),
        ("a.bz2", b"plain text", "not what its suffix says (Invalid data stream)"),
    ],
)
def test_broken_archive_is_counted(tmp_path, name, content, message):
    write_files(tmp_path, {name: content})
    problems = Problems()
    read = b"".join(read_blocks(make_input(tmp_path / name), problems))

    assert LINES.startswith(read)
    assert [example.startswith(f"given name: {message}") for example in problems.examples] == [True]


def test_file_that_is_gone_is_counted(tmp_path):
    problems = Problems()

    assert list(read_blocks(make_input(tmp_path / "gone"), problems)) == []
    assert problems.examples == ["given name: cannot be read (No such file or directory)"]


@given(st.lists(st.sampled_from([b"\n", b"ab", b"\r\n", b"abcdefgh", "é".encode()]), max_size=20).map(b"".join), st.integers(1, 9))
def test_blocks_end_where_a_line_does(content, size):
    limit, streams.BLOCK_BYTES = streams.BLOCK_BYTES, size
    try:
        with tempfile.NamedTemporaryFile() as file:
            Path(file.name).write_bytes(content)
            blocks = list(read_line_blocks(make_input(Path(file.name)), Problems()))
    finally:
        streams.BLOCK_BYTES = limit

    assert b"".join(blocks) == content
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert all(blocks)
