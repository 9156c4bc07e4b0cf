"""Files written again in their own format and compression, without what was found to be there twice.

A writer is a generator of the new file's bytes, not packed, that takes an `Input`, what goes of its documents, and `Settings`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

from dedup.errors import InputError
from dedup.files import write_blocks
from dedup.read.find import bare_suffix
from dedup.read.streams import BLOCK_BYTES, COMPRESSIONS, BrokenStreamError, Input
from dedup.rewrite.removals import Removals
from dedup.settings import Settings

__all__ = ["name_output", "rewrite"]

Writer = Callable[[Input, Removals, Settings], Iterator[bytes]]


def _load_later(module: str, name: str) -> Writer:
    """Return a writer whose module is loaded when a file of its format comes."""

    def write_later(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
        writer = cast(Writer, getattr(importlib.import_module(f"dedup.rewrite.{module}"), name))
        return writer(source, removals, settings)

    return write_later


PAGES = (".html", ".htm", ".xhtml", ".warc")
"""Formats that come out as JSON lines of their text."""
WRITERS: dict[str, Writer] = {
    **dict.fromkeys(PAGES, _load_later("pages", "rewrite_pages")),
    **dict.fromkeys((".jsonl", ".ndjson"), _load_later("rows", "rewrite_rows")),
    ".json": _load_later("array", "rewrite_array"),
    **dict.fromkeys((".csv", ".tsv"), _load_later("table", "rewrite_table")),
    **dict.fromkeys((".parquet", ".arrow", ".feather"), _load_later("columns", "rewrite_columns")),
}
"""By suffix. Any other is plain text."""
_WRITE_PLAIN = _load_later("plain", "rewrite_plain")


def rewrite(source: Input, removals: Removals, target: Path, settings: Settings) -> None:
    """Write a file again without what goes of its documents; one of which nothing goes comes out as it lies, packed as it is.

    The target appears when it is whole. Raises InputError when the source cannot be read or does not hold what it held.
    """
    if source.path is None and source.stream is None:
        raise InputError(f"{source.name}: can be read but once; write it to a file and name that")
    if not removals and source.suffix not in PAGES:
        blocks: Iterable[bytes] = _copy(source)
    else:
        blocks = _pack(WRITERS.get(source.suffix, _WRITE_PLAIN)(source, removals, settings), source.compression, settings)
    write_blocks(target, _explain(source, blocks))


def name_output(source_name: str) -> str:
    """Return the name under which a file comes out: that of a page or an archive says that it is JSON lines by then."""
    if bare_suffix(source_name) not in PAGES:
        return source_name
    compression = Path(source_name).suffix
    if compression.lower() not in COMPRESSIONS:
        return f"{source_name}.jsonl"
    return f"{source_name.removesuffix(compression)}.jsonl{compression}"


def _copy(source: Input) -> Iterator[bytes]:
    with source.stream() if source.stream else cast(Path, source.path).open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _pack(blocks: Iterable[bytes], compression: str, settings: Settings) -> Iterable[bytes]:
    if not compression:
        return blocks
    from dedup.rewrite.packing import pack  # noqa: PLC0415  for files that are packed

    return pack(blocks, compression, settings.threads)


def _explain(source: Input, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks; what goes wrong in reading the source for them is an InputError."""
    try:
        yield from blocks
    except BrokenStreamError as broken:
        raise InputError(f"{source.name}: {broken.reason} ({broken.detail}); mend it or leave it out") from broken
    except OSError as error:
        raise InputError(f"{source.name}: cannot be read ({error.strerror or error}); mend it or leave it out") from error
