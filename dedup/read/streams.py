"""Bytes from files, compressed files and standard input, streamed in blocks; what goes wrong becomes a counted problem."""

from __future__ import annotations

import bz2
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from dedup.read.problems import Problems

BLOCK_BYTES = 4 << 20

COMPRESSIONS = (".gz", ".bz2")


class Input(NamedTuple):
    """One file to read: its name as documents carry it, its path (None for standard input), its suffix without compression."""

    name: str
    path: Path | None
    suffix: str
    source: str


@contextmanager
def open_input(source: Input) -> Iterator[IO[bytes]]:
    """Open an input for reading, decompressing on the way."""
    if source.path is None:
        yield sys.stdin.buffer
        return
    with _open_file(source.path) as file:
        yield file


def read_blocks(source: Input, problems: Problems) -> Iterator[bytes]:
    """Yield the bytes of an input block by block; what cannot be read further ends it, counted."""
    try:
        with open_input(source) as file:
            while block := file.read(BLOCK_BYTES):
                yield block
    except EOFError:
        problems.skip(source.name, "truncated", "the compressed data ends too early")
    except (gzip.BadGzipFile, zlib.error, ValueError) as error:
        problems.skip(source.name, "not what its suffix says", str(error))
    except OSError as error:
        problems.skip(source.name, "cannot be read", error.strerror or str(error))


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


def _open_file(path: Path) -> IO[bytes]:
    match path.suffix.lower():
        case ".gz":
            return cast(IO[bytes], gzip.open(path, "rb"))
        case ".bz2":
            return cast(IO[bytes], bz2.open(path, "rb"))
    return path.open("rb")
