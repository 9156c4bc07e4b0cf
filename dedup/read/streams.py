"""Bytes from files, compressed files and standard input, streamed in blocks; what goes wrong becomes a counted problem."""

from __future__ import annotations

import bz2
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple, cast

from dedup.read.problems import Problems

BLOCK_BYTES = 4 << 20

COMPRESSIONS = (".gz", ".bz2", ".zst")


class Input(NamedTuple):
    """One file to read: its name as documents carry it, its path (None for standard input), its suffix without compression."""

    name: str
    path: Path | None
    suffix: str
    source: str


@contextmanager
def open_input(source: Input) -> Iterator[BufferedIOBase]:
    """Open an input for reading, decompressing on the way."""
    if source.path is None:
        yield cast(BufferedIOBase, sys.stdin.buffer)
        return
    with _open_file(source.path) as file:
        yield file


def read_blocks(source: Input, problems: Problems) -> Iterator[bytes]:
    """Yield the bytes of an input block by block; what cannot be read further ends it, counted."""
    pieces: list[bytes] = []
    n_bytes = 0
    try:
        with open_input(source) as file:
            while piece := file.read1(BLOCK_BYTES - n_bytes):  # read() would lose what stands before a break
                pieces.append(piece)
                n_bytes += len(piece)
                if n_bytes == BLOCK_BYTES:
                    yield b"".join(pieces)
                    pieces, n_bytes = [], 0
    except EOFError:
        problems.skip(source.name, "truncated", "the compressed data ends too early")
    except (gzip.BadGzipFile, zlib.error, ValueError) as error:
        problems.skip(source.name, "not what its suffix says", str(error))
    except OSError as error:
        if error.errno is None:  # bz2's way to say that it is none
            problems.skip(source.name, "not what its suffix says", str(error))
        else:
            problems.skip(source.name, "cannot be read", error.strerror or str(error))
    if pieces:
        yield b"".join(pieces)


def read_line_blocks(source: Input, problems: Problems) -> Iterator[bytes]:
    """Yield the bytes of an input in blocks that end where a line does."""
    rest: list[bytes] = []
    for block in read_blocks(source, problems):
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, block[:end]))
            rest = [block[end:]]
        else:
            rest.append(block)
    if any(rest):
        yield b"".join(rest)


def _open_file(path: Path) -> BufferedIOBase:
    match path.suffix.lower():
        case ".gz":
            return gzip.GzipFile(path, "rb")
        case ".bz2":
            return bz2.BZ2File(path, "rb")
        case ".zst":
            import zstandard  # noqa: PLC0415  for such files only

            return cast(BufferedIOBase, zstandard.open(path, "rb"))
    return path.open("rb")
