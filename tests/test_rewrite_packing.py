"""Files as they are packed: what common readers unpack, and the same bytes however the content came and on any threads."""

from __future__ import annotations

import bz2
import gzip
import random
import shutil
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.rewrite import packing
from dedup.rewrite.packing import pack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

UNPACK = {"": bytes, ".gz": gzip.decompress, ".bz2": bz2.decompress, ".zst": zstd.decompress}
SIZE = packing.PIECE_BYTES


def pack_whole(blocks, compression, threads=2):
    return b"".join(pack(blocks, compression, threads))


def make_text(n_bytes):
    words = [b"ferry", b"harbour", b"budget", b"toll", b"council", b"lighthouse", b"\n", "Fähre".encode()]
    drawn = b" ".join(random.Random(n_bytes).choices(words, k=n_bytes // 3))
    return drawn[:n_bytes]


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 3), st.integers(1, 60), st.integers(1, 50))
@pytest.mark.parametrize("compression", UNPACK)
def test_what_is_packed_is_unpacked_and_the_same_however_it_came(compression, blocks, threads, size, window):
    content = b"".join(blocks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PIECE_BYTES", size)
        patch.setattr(packing, "WINDOW_BYTES", window)
        packed = pack_whole(blocks, compression, threads)

        assert UNPACK[compression](packed) == content
        assert packed == pack_whole([content], compression, 1)


@pytest.mark.parametrize("n_bytes", [0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 5 * SIZE + 7])
@pytest.mark.parametrize("compression", UNPACK)
def test_sizes_around_that_of_a_piece(compression, n_bytes):
    content = make_text(n_bytes)
    packed = [pack_whole([content], compression, threads) for threads in (1, 2, 5)]

    assert UNPACK[compression](packed[0]) == content
    assert packed[1:] == packed[:1] * 2


def test_gzip_is_one_member_without_a_name_or_a_time():
    packed = pack_whole([make_text(3 * SIZE)], ".gz")
    unpacker = gzip.zlib.decompressobj(31)
    unpacker.decompress(packed)

    assert unpacker.eof
    assert unpacker.unused_data == b""
    assert packed[:10] == b"\x1f\x8b\x08" + bytes(6) + b"\xff"


def test_piece_knows_the_end_of_the_one_before():
    """Random bytes are told again at the cost of a reference each time, also over the end of a piece."""
    noise = random.Random(1).randbytes(20 << 10)

    assert len(pack_whole([noise * 200], ".gz")) < len(gzip.compress(noise * 200, 6)) * 1.05


@pytest.mark.parametrize(("tool", "compression"), [("gzip", ".gz"), ("bzip2", ".bz2"), ("zstd", ".zst")])
def test_command_line_takes_it(tmp_path, tool, compression):
    if not shutil.which(tool):
        pytest.skip(f"no {tool} here")
    content = make_text(3 * SIZE + 5)
    path = tmp_path / f"a{compression}"
    path.write_bytes(pack_whole([content], compression))
    subprocess.run([tool, "-t", path], check=True, capture_output=True)
    unpacked = subprocess.run([tool, "-dc", path], check=True, capture_output=True).stdout

    assert unpacked == content


@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
def test_no_more_than_some_pieces_are_held(compression):
    block = make_text(1 << 20)
    tracemalloc.start()
    for _ in pack((block for _ in range(60)), compression, 2):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 << 20


def test_fault_of_the_writer_comes_through_and_leaves_no_end():
    def fail():
        yield make_text(SIZE)
        raise ValueError("changed")

    packed = []
    with pytest.raises(ValueError, match="changed"):
        packed.extend(pack(fail(), ".gz", 2))
    with pytest.raises(EOFError):
        gzip.decompress(b"".join(packed))
