"""Files packed as they are written; the same bytes for the same content, on any number of threads.

gzip is packed as pigz does it: blocks of a fixed size, each on a thread and knowing the end of the one before it, put together
to one member that any reader takes.
"""

from __future__ import annotations

import bz2
import struct
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

PIECE_BYTES = 512 << 10
WINDOW_BYTES = 32 << 10
"""As far as deflate looks back."""
GZIP_LEVEL, BZIP2_LEVEL = 6, 9
_GZIP_HEADER = b"\x1f\x8b\x08\0" + bytes(4) + b"\0\xff"  # neither a name nor a time, on no system in particular


def pack(blocks: Iterable[bytes], compression: str, threads: int) -> Iterator[bytes]:
    """Yield the bytes of a packed file. compression: a suffix, ".gz", ".bz2" or ".zst", or "" for none."""
    match compression:
        case ".gz":
            return _pack_gzip(cut_evenly(blocks), threads)
        case ".bz2":
            packer = bz2.BZ2Compressor(BZIP2_LEVEL)
            return _pack_stream(cut_evenly(blocks), packer.compress, packer.flush)
        case ".zst":
            return _pack_zstandard(cut_evenly(blocks), threads)
    return iter(blocks)


def cut_evenly(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of PIECE_BYTES, only the last one shorter, so that how they came does not show."""
    gathered: list[bytes] = []
    n_bytes = 0
    for block in blocks:
        gathered.append(block)
        n_bytes += len(block)
        if n_bytes >= PIECE_BYTES:
            joined, until = b"".join(gathered), n_bytes - n_bytes % PIECE_BYTES
            yield from (joined[at : at + PIECE_BYTES] for at in range(0, until, PIECE_BYTES))
            gathered, n_bytes = [joined[until:]], n_bytes - until
    if n_bytes:
        yield b"".join(gathered)


def _pack_stream(pieces: Iterable[bytes], compress: Callable[[bytes], bytes], flush: Callable[[], bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield compress(piece)
    yield flush()


def _pack_zstandard(pieces: Iterable[bytes], threads: int) -> Iterator[bytes]:
    if sys.version_info >= (3, 14):
        from compression.zstd import CompressionParameter, ZstdCompressor  # noqa: PLC0415  only where a file is packed so
    else:
        from backports.zstd import CompressionParameter, ZstdCompressor  # noqa: PLC0415  only where a file is packed so
    most_threads = CompressionParameter.nb_workers.bounds()[1]  # 0 where the library has none; of 1 and more the bytes are the same
    options: dict[int, int] = {CompressionParameter.checksum_flag: 1, CompressionParameter.nb_workers: min(threads, most_threads)}
    packer = ZstdCompressor(options=options)
    return _pack_stream(pieces, packer.compress, packer.flush)


def _pack_gzip(pieces: Iterable[bytes], threads: int) -> Iterator[bytes]:
    checksum = n_bytes = 0
    yield _GZIP_HEADER
    with ThreadPoolExecutor(threads) as pool:
        packing: deque[Future[bytes]] = deque()
        for piece, window, is_last in _look_around(pieces):
            checksum, n_bytes = zlib.crc32(piece, checksum), n_bytes + len(piece)
            packing.append(pool.submit(_deflate, piece, window, is_last))
            if len(packing) > threads:
                yield packing.popleft().result()
        while packing:
            yield packing.popleft().result()
    yield struct.pack("<II", checksum, n_bytes & 0xFFFFFFFF)


def _look_around(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bytes, bool]]:
    """Yield each piece with the end of the one before it and whether it is the last; one empty piece of none."""
    pieces = iter(pieces)
    piece, window = next(pieces, b""), b""
    for following in pieces:
        yield piece, window, False
        piece, window = following, piece[-WINDOW_BYTES:]
    yield piece, window, True


def _deflate(piece: bytes, window: bytes, is_last: bool) -> bytes:
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, window)
    return packer.compress(piece) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH)
