"""Plain text and Markdown: one document a file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from dedup.read.batches import Record
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_blocks

SUFFIXES = (".txt", ".text", ".md", ".markdown")


def read_plain(source: Input, problems: Problems) -> Iterator[Record]:
    """Yield the one document of a text file: UTF-8, with or without a byte order mark."""
    skipped = problems.skipped.total()
    text = b"".join(read_blocks(source, problems))
    if problems.skipped.total() == skipped:  # half of an article would look like an edited one
        yield from decode_plain(source, text, problems)


def decode_plain(source: Input, text: bytes, problems: Problems) -> Iterator[Record]:
    """Yield the document of a file's bytes, unless they are not UTF-8."""
    text = text.removeprefix(codecs.BOM_UTF8)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        problems.skip(f"{source.name}:{line}", "invalid UTF-8", f"byte 0x{text[error.start]:02x} at offset {error.start}")
        return
    if not text.strip():
        problems.skip(source.name, "empty")
    else:
        yield Record(source.name, text, source.source, None)
