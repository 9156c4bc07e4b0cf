"""Bytes of files, compressed or not, in blocks."""

from __future__ import annotations

import bz2
import gzip
import sys

import pytest
from corpora import write_files

from dedup.read import find_inputs, read_batches
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_blocks, read_whole
from dedup.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = b"".join(b"Line %d.\n" % i for i in range(20000))


def make_input(path):
    return Input("given name", path, ".txt", "")


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".GZ", gzip.compress), (".zst", zstd.compress)],
)
def test_compressed_files_are_unpacked_by_their_suffix(tmp_path, suffix, pack):
    name = f"a.txt{suffix}"
    write_files(tmp_path, {name: pack(LINES)})
    problems = Problems()

    assert b"".join(read_blocks(make_input(tmp_path / name), problems)) == LINES
    assert problems.skipped == {}


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstd.compress)])
def test_archive_of_several_parts_is_read_to_its_end(tmp_path, suffix, pack):
    write_files(tmp_path, {f"a{suffix}": pack(b"one ") + pack(b"two")})

    assert b"".join(read_blocks(make_input(tmp_path / f"a{suffix}"), Problems())) == b"one two"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gz", gzip.compress(LINES)[:-9], "truncated (the compressed data ends too early)"),
        ("a.bz2", bz2.compress(LINES)[:-9], "truncated (the compressed data ends too early)"),
        ("a.zst", zstd.compress(LINES)[:-9], "truncated (the compressed data ends too early)"),
        ("a.zst", b"plain text", "not what its suffix says (Unable to decompress Zstandard data: Unknown frame descriptor)"),
        (
            "a.zst",
            zstd.compress(LINES)[:30] + b"\xff" * 50 + zstd.compress(LINES)[80:],
            "not what its suffix says (Unable to decompress",
        ),
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


def test_line_in_which_an_archive_breaks_is_not_counted_twice(tmp_path):
    packed = gzip.compress(b'{"text": "Nobody asked."}\n' * 50_000, 0)
    write_files(tmp_path, {"a.jsonl.gz": packed[: len(packed) // 2]})
    problems = Problems()
    n_documents = sum(map(len, read_batches(find_inputs([tmp_path], problems), Settings(), problems)))

    assert 20_000 < n_documents < 30_000
    assert problems.skipped == {"truncated": 1}


@pytest.mark.parametrize(("most_bytes", "read"), [(9, None), (10, b"x" * 10)])
def test_whole_input_is_read_up_to_its_largest_size(tmp_path, most_bytes, read):
    write_files(tmp_path, {"a.bz2": bz2.compress(b"x" * 10)})
    problems = Problems()

    assert read_whole(make_input(tmp_path / "a.bz2"), most_bytes, problems) == read
    assert problems.skipped == ({} if read else {"too large": 1})
