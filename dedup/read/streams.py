"""Bytes from files, pipes and addresses, unpacked on the way in blocks; what goes wrong becomes a counted problem.

Nothing is unpacked to disk, and no more than a block is held beside what the caller keeps.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import NamedTuple, cast

from dedup.read.problems import Problems
from dedup.settings import describe_size

BLOCK_BYTES = 4 << 20

COMPRESSIONS = (".gz", ".bz2", ".zst")


class Input(NamedTuple):
    """One file to read: its name as documents carry it, its path, its suffix without compression, and the site it comes from.

    path: None for what is no local file. stream: opens that, packed as it may be; None for a local file and for standard input.
    """

    name: str
    path: Path | None
    suffix: str
    source: str
    stream: Callable[[], BufferedIOBase] | None = None

    @property
    def compression(self) -> str:
        """Return the suffix that says how it is packed, "" for not at all."""
        suffix = (self.path or PurePosixPath(self.name.partition("?")[0])).suffix.lower()
        return suffix if suffix in COMPRESSIONS else ""


class BrokenStreamError(Exception):
    """An input cannot be read, or no further. reason: the word it is counted under."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@contextmanager
def open_input(source: Input) -> Iterator[BufferedIOBase]:
    """Open an input for reading, unpacking on the way; of one that is not packed, seekable where the file is."""
    if source.path is None and source.stream is None:
        yield cast(BufferedIOBase, sys.stdin.buffer)
        return
    with source.stream() if source.stream else cast(BufferedIOBase, source.path.open("rb")) as file:  # type: ignore[union-attr]
        if not source.compression:
            yield file
            return
        with _unpack(file, source.compression) as unpacked:
            yield unpacked


def stream_blocks(source: Input) -> Iterator[bytes]:
    """Yield the bytes of an input block by block. Raises BrokenStreamError, after what stands before the break."""
    pieces: list[bytes] = []
    n_bytes = 0
    broken: BrokenStreamError | None = None
    opened = open_input(source)
    try:
        with opened as file:
            while piece := _read_piece(file, BLOCK_BYTES - n_bytes):
                pieces.append(piece)
                n_bytes += len(piece)
                if n_bytes == BLOCK_BYTES:
                    yield b"".join(pieces)
                    pieces, n_bytes = [], 0
    except BrokenStreamError as error:
        broken = error
    except OSError as error:
        broken = _explain(error)
    if pieces:
        yield b"".join(pieces)
    if broken:
        raise broken


def read_blocks(source: Input, problems: Problems) -> Iterator[bytes]:
    """Yield the bytes of an input block by block; what cannot be read further ends it, counted."""
    try:
        yield from stream_blocks(source)
    except BrokenStreamError as broken:
        problems.skip(source.name, broken.reason, broken.detail)


def read_whole(source: Input, most_bytes: int, problems: Problems) -> bytes | None:
    """Return the bytes of an input; None, counted, when they cannot all be read or are more than that."""
    blocks: list[bytes] = []
    n_bytes = 0
    try:
        for block in stream_blocks(source):
            n_bytes += len(block)
            if n_bytes > most_bytes:
                skip_too_large(source.name, most_bytes, problems)
                return None
            blocks.append(block)
    except BrokenStreamError as broken:
        problems.skip(source.name, broken.reason, broken.detail)
        return None
    return b"".join(blocks)


def skip_too_large(where: str, most_bytes: int, problems: Problems) -> None:
    """Count a document of more bytes than may be read."""
    problems.skip(where, *explain_size(most_bytes))


def explain_size(most_bytes: int) -> tuple[str, str]:
    """Return (reason, detail) of a document of more bytes than may be read."""
    return "too large", f"more than {describe_size(most_bytes)}; raise --max-document"


def _read_piece(file: BufferedIOBase, most_bytes: int) -> bytes:
    """Return the next bytes of a file: by read1, for read would lose what stands before a break."""
    try:
        return file.read1(most_bytes)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise _explain(error) from error
    except Exception as error:
        if type(error).__name__ != "ZstdError":
            raise
        raise _explain(error) from error


def _explain(error: Exception) -> BrokenStreamError:
    if isinstance(error, EOFError):
        return BrokenStreamError("truncated", "the compressed data ends too early")
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile) and (error.strerror or error.errno is not None):
        return BrokenStreamError("cannot be read", error.strerror or str(error))
    return BrokenStreamError("not what its suffix says", str(error))


def _unpack(file: BufferedIOBase, compression: str) -> BufferedIOBase:
    match compression:
        case ".gz":
            return gzip.GzipFile(fileobj=file, mode="rb")
        case ".bz2":
            import bz2  # noqa: PLC0415  8 ms, where a file is packed so

            return bz2.BZ2File(file, "rb")
    return _open_zstandard(file)


def _open_zstandard(file: BufferedIOBase) -> BufferedIOBase:
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdFile  # noqa: PLC0415  only where a file is packed so
    else:
        from backports.zstd import ZstdFile  # noqa: PLC0415  only where a file is packed so
    return cast(BufferedIOBase, ZstdFile(file, "rb"))
