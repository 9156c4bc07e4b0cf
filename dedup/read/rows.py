"""Rows of JSON lines: one document a row, found by the names of its fields.

Whole blocks of rows are decoded at once, and of each row only the fields that are asked for; a block with a row that is not
as it should be is read again line by line, so that each bad row is named and the rest kept.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from dedup.model import Batch
from dedup.read.batches import make_batch
from dedup.read.dates import parse_date
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_line_blocks
from dedup.settings import Settings

SUFFIXES = (".jsonl", ".ndjson")
TEXT_FIELDS = ("text", "content", "body", "article")
ID_FIELDS = ("id", "url", "doc_id")
SHOWN_FIELDS = 8


def read_rows(source: Input, settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of a file, a row each; a row that has none is skipped and counted."""
    return parse_rows(source, read_line_blocks(source, settings.max_document, problems), settings, problems)


def parse_rows(source: Input, blocks: Iterable[bytes], settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of blocks of whole lines."""
    reader = _RowReader(source, settings, problems)
    number = 1
    for block in blocks:
        whole = block.removeprefix(codecs.BOM_UTF8) if number == 1 else block
        n_lines = whole.count(b"\n") + (not whole.endswith(b"\n"))
        batch = reader.read_block(whole, range(number, number + n_lines))
        number += n_lines
        if len(batch):
            yield batch


class _Fields(NamedTuple):
    """The names under which a row's text, name, site and date may stand, in the order in which they are tried."""

    text: tuple[str, ...]
    identity: tuple[str, ...]
    source: str | None
    date: str | None

    def all_names(self) -> list[str]:
        return list(dict.fromkeys((*self.text, *self.identity, "url", *filter(None, (self.source, self.date)))))


class _RowReader:
    """Decodes the rows of one file."""

    def __init__(self, source: Input, settings: Settings, problems: Problems) -> None:
        self._source, self._problems = source, problems
        self._fields = _Fields(
            text=(settings.text_field,) if settings.text_field else TEXT_FIELDS,
            identity=(settings.id_field,) if settings.id_field else ID_FIELDS,
            source=settings.source_field,
            date=settings.date_field,
        )
        names = self._fields.all_names()
        columns = [f"column_{i}" for i in range(len(names))]
        self._columns = dict(zip(names, columns, strict=True))
        self._get = {name: attrgetter(column) for name, column in self._columns.items()}
        wanted = [(column, Any, msgspec.UNSET) for column in columns]
        self._row = msgspec.defstruct("Row", wanted, rename=dict(zip(columns, names, strict=True)), gc=False)
        self._decoder = msgspec.json.Decoder(self._row)

    def read_block(self, block: bytes, numbers: range) -> Batch:
        """Return the documents of a block of lines with these numbers."""
        try:
            rows = self._decoder.decode_lines(block)
        except (msgspec.DecodeError, UnicodeDecodeError):
            rows = []
        if len(rows) == len(numbers) and _has_one_row_a_line(block, len(rows)):
            texts = list(map(self._get[self._fields.text[0]], rows))
            if set(map(type, texts)) == {str}:
                return self._make_batch(rows, texts, numbers)
        return self._read_lines(block.split(b"\n"), numbers.start)

    def _read_lines(self, lines: Sequence[bytes], first_number: int) -> Batch:
        rows, texts, numbers = [], [], []
        for number, line in enumerate(lines, first_number):
            if not line or line.isspace():
                continue
            row, why = self._read_line(line)
            if why:
                self._problems.skip(f"{self._source.name}:{number}", *why)
                continue
            rows.append(row)
            texts.append(next(text for name in self._fields.text if (text := self._get[name](row)) is not msgspec.UNSET))
            numbers.append(number)
        return self._make_batch(rows, texts, numbers)

    def _read_line(self, line: bytes) -> tuple[Any, tuple[str, str] | None]:
        """Return (row, None), or (None, what is wrong with the line as reason and detail)."""
        try:
            content = json.loads(line.decode())  # unlike the decoder of blocks it takes NaN, which pandas writes
        except UnicodeDecodeError as error:
            return None, ("invalid UTF-8", f"byte 0x{line[error.start]:02x} at column {error.start + 1}")
        except json.JSONDecodeError as error:
            return None, ("not JSON", f"{error.msg[:1].lower()}{error.msg[1:]}, column {error.colno}")
        except RecursionError:
            return None, ("not JSON", "nested too deeply")
        if not isinstance(content, dict):
            return None, ("not an object", f"a row of type {type(content).__name__}")
        name = next((name for name in self._fields.text if name in content), None)
        if name is None:
            return None, (f"no field '{self._fields.text[0]}'", f"fields: {_list_fields(content)}; name one with --text-field")
        if not isinstance(content[name], str):
            return None, (f"field '{name}' is not text", f"it is {type(content[name]).__name__}")
        try:
            content[name].encode()
        except UnicodeEncodeError as error:
            return None, ("lone surrogate", f"in field '{name}' at character {error.start}")
        return self._row(**{column: content[name] for name, column in self._columns.items() if name in content}), None

    def _make_batch(self, rows: Sequence[Any], texts: Sequence[str], numbers: Sequence[int]) -> Batch:
        names = [f"{self._source.name}#{identity}" for identity in self._find_identities(rows, numbers)]
        encoded = list(map(str.encode, texts))
        return make_batch(names, encoded, self._find_sources(rows), self._find_dates(rows))

    def _find_identities(self, rows: Sequence[Any], numbers: Sequence[int]) -> list[str | int]:
        first = list(map(self._get[self._fields.identity[0]], rows))
        if {str, int}.issuperset(map(type, first)) and "" not in first:
            return first
        columns = [list(map(self._get[name], rows)) for name in self._fields.identity]
        return [next(filter(_is_identity, values), number) for number, *values in zip(numbers, *columns, strict=True)]

    def _find_sources(self, rows: Sequence[Any]) -> list[str]:
        named = list(map(self._get[self._fields.source], rows)) if self._fields.source else [None] * len(rows)
        urls = list(map(self._get["url"], rows))
        if not self._fields.source and set(map(type, urls)) == {msgspec.UnsetType}:
            return [self._source.source] * len(rows)
        return [
            str(name) if _is_identity(name) else _find_host(url) or self._source.source
            for name, url in zip(named, urls, strict=True)
        ]

    def _find_dates(self, rows: Sequence[Any]) -> list[str | None]:
        if not self._fields.date:
            return [None] * len(rows)
        return [parse_date(value) for value in map(self._get[self._fields.date], rows)]


def _has_one_row_a_line(block: bytes, n_rows: int) -> bool:
    """Return whether n rows on n lines stand one on each (two on a line and a blank line make as many)."""
    n_ends = n_rows - 1
    return block.startswith(b"{") and (block.count(b"}\n{") == n_ends or block.count(b"}\r\n{") == n_ends)


def _is_identity(value: object) -> bool:
    return (type(value) is str and value != "") or type(value) is int


def _find_host(url: object) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:  # "http://[broken"
        return None


def _list_fields(row: dict[str, Any]) -> str:
    names = [str(name) for name in row]
    return ", ".join(names[:SHOWN_FIELDS]) + (", …" if len(names) > SHOWN_FIELDS else "")
