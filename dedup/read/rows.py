"""Rows of JSON: one document a row, found by the names of its fields. Here from JSON lines, a row a line; see also `array`.

Whole blocks of rows are decoded at once, and of each row only the fields that are asked for; a block with a row that is not
as it should be is read again row by row, so that each bad row is named and the rest kept.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from dedup.model import Batch
from dedup.read.batches import make_batch
from dedup.read.fields import (
    choose_fields,
    encode_texts,
    explain_missing,
    find_dates,
    find_sources,
    look_up,
    name_rows,
    split_path,
)
from dedup.read.lines import LineBlock, cut_lines, make_block
from dedup.read.problems import Problems
from dedup.read.streams import BrokenStreamError, Input, skip_too_large, stream_blocks
from dedup.settings import Settings

_NOT_READ = (ValueError, RecursionError)  # of msgspec, of json, of text that is not UTF-8, and of integers of 5,000 digits


def read_rows(source: Input, settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of a file of JSON lines; a row that has none is skipped and counted."""
    return parse_rows(source, stream_blocks(source), settings, problems)


def parse_rows(source: Input, blocks: Iterable[bytes], settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of the blocks of a file of JSON lines."""

    def tell_long(number: int) -> None:
        skip_too_large(f"{source.name}:{number}", settings.max_document, problems)

    reader = RowReader(source, settings, problems, place="")
    is_empty, n_skipped = True, problems.skipped.total()
    try:
        for block in cut_lines(blocks, settings.max_document, tell_long):
            if block.number == 1 and block.lines.startswith(codecs.BOM_UTF8):
                block = make_block(1, block.lines.removeprefix(codecs.BOM_UTF8))  # noqa: PLW2901  the same without its mark
            is_empty = is_empty and not block.lines.strip()
            batch = reader.read_lines(block)
            if len(batch):
                yield batch
    except BrokenStreamError as broken:  # the line in which a file breaks is the one that this counts
        problems.skip(source.name, broken.reason, broken.detail)
    if is_empty and problems.skipped.total() == n_skipped:
        problems.skip(source.name, "empty")


class RowReader:
    """Decodes the rows of one file. place: what stands before a row's number where it is named, "row " or nothing for a line."""

    def __init__(self, source: Input, settings: Settings, problems: Problems, place: str) -> None:
        self._source, self._problems, self._place, self._split = source, problems, f"{source.name}:{place}", settings.split
        self._fields = choose_fields(settings)
        names = self._fields.all_names()
        keys = list(dict.fromkeys(key for name in names for key, _ in split_path(name)))
        attributes = {key: f"column_{i}" for i, key in enumerate(keys)}
        self._get = {name: _make_getter(name, attributes) for name in names}
        wanted = [(attribute, Any, msgspec.UNSET) for attribute in attributes.values()]
        self._row = msgspec.defstruct("Row", wanted, rename=dict(zip(attributes.values(), keys, strict=True)), gc=False)
        self._attributes = attributes
        self._decode_lines = msgspec.json.Decoder(self._row).decode_lines
        self._decode_list = msgspec.json.Decoder(list[self._row]).decode  # type: ignore[name-defined]

    def read_lines(self, block: LineBlock) -> Batch:
        """Return the documents of whole lines."""
        numbers = block.numbers
        try:
            rows = self._decode_lines(block.lines)
        except _NOT_READ:
            rows = []
        if len(rows) == len(numbers) and _has_one_row_a_line(block) and (texts := self._find_texts(rows)):
            return self._make_batch(rows, texts, numbers)
        lines = {number: line for number, line in enumerate(block.lines.split(b"\n"), block.number) if line and not line.isspace()}
        return self._read_one_by_one(list(lines.values()), list(lines))

    def read_values(self, values: Sequence[bytes], first_number: int) -> Batch:
        """Return the documents of JSON values; the first has this number."""
        numbers = range(first_number, first_number + len(values))
        try:
            rows = self._decode_list(b"[" + b",".join(values) + b"]")
        except _NOT_READ:
            rows = []
        if len(rows) == len(values) and (texts := self._find_texts(rows)):
            return self._make_batch(rows, texts, numbers)
        return self._read_one_by_one(values, numbers)

    def _find_texts(self, rows: Sequence[Any]) -> list[Any]:
        """Return the text of each row, an empty list when any of them has none."""
        texts = list(map(self._get[self._fields.text[0]], rows))
        if msgspec.UnsetType in set(map(type, texts)):
            columns = [list(map(self._get[name], rows)) for name in self._fields.text]
            texts = [next((text for text in row if text is not msgspec.UNSET), None) for row in zip(*columns, strict=True)]
        kinds = set(map(type, texts))
        if kinds == {str} or (kinds <= {str, list} and all(map(_is_text, texts))):
            return texts
        return []

    def _read_one_by_one(self, values: Sequence[bytes], numbers: Sequence[int]) -> Batch:
        rows, texts, kept = [], [], []
        for number, value in zip(numbers, values, strict=True):
            content, why = self._read_value(value)
            if why:
                self._problems.skip(f"{self._place}{number}", *why)
                continue
            row = self._row(**{attribute: content[key] for key, attribute in self._attributes.items() if key in content})
            rows.append(row)
            texts.append(next(text for name in self._fields.text if (text := self._get[name](row)) is not msgspec.UNSET))
            kept.append(number)
        return self._make_batch(rows, texts, kept)

    def _read_value(self, value: bytes) -> tuple[Any, tuple[str, str] | None]:
        """Return (row, None), or (None, what is wrong with it as reason and detail)."""
        try:
            content = json.loads(value.decode())  # unlike the decoder of blocks it takes NaN, which pandas writes
        except UnicodeDecodeError as error:
            return None, ("invalid UTF-8", f"byte 0x{value[error.start]:02x} at column {error.start + 1}")
        except json.JSONDecodeError as error:
            return None, ("not JSON", f"{error.msg[:1].lower()}{error.msg[1:]}, column {error.pos + 1}")
        except ValueError:
            return None, ("not JSON", "a number of too many digits")
        except RecursionError:
            return None, ("not JSON", "nested too deeply")
        if not isinstance(content, dict):
            return None, ("not an object", f"a row of type {type(content).__name__}")
        return content, self._explain_text(content)

    def _explain_text(self, content: dict[str, Any]) -> tuple[str, str] | None:
        """Return what is wrong with the text of a row, None where nothing is."""
        found = ((name, look_up(content, name, msgspec.UNSET)) for name in self._fields.text)
        name, text = next(((name, text) for name, text in found if text is not msgspec.UNSET), ("", None))
        if not name:
            return explain_missing(self._fields, content)
        if text is None:
            return f"field '{name}' is null", ""
        if not _is_text(text):
            return f"field '{name}' is not text", f"it is {_describe(text)}"
        try:
            for paragraph in [text] if isinstance(text, str) else filter(None, text):
                paragraph.encode()
        except UnicodeEncodeError as error:
            return "lone surrogate", f"in field '{name}' at character {error.start}"
        return None

    def _make_batch(self, rows: Sequence[Any], texts: Sequence[Any], numbers: Sequence[int]) -> Batch:
        encoded, cuts = encode_texts(texts, self._split)
        names = name_rows(self._source.name, numbers, (self._list(name, rows) or [] for name in self._fields.identity))
        named = self._list(self._fields.source, rows)
        sources = find_sources(len(rows), named, self._list("url", rows, optional=named is None), self._source.source)
        dates = find_dates(len(rows), self._list(self._fields.date, rows))
        return make_batch(names, encoded, sources, dates, cuts=cuts or (), numbers=numbers)

    def _list(self, name: str | None, rows: Sequence[Any], optional: bool = False) -> list[Any] | None:
        """Return one field of all rows, None for no field; with `optional` also where no row has it."""
        values = list(map(self._get[name], rows)) if name else None
        return None if values and optional and set(map(type, values)) == {msgspec.UnsetType} else values


def _make_getter(path: str, attributes: dict[str, str]) -> Callable[[Any], Any]:
    """Return a function from a row to what stands at a dotted path, UNSET where nothing does."""
    if "." not in path:
        return attrgetter(attributes[path])
    ways = [(attrgetter(attributes[key]), rest) for key, rest in split_path(path)]

    def get(row: Any) -> Any:
        for get_head, rest in ways:
            head = get_head(row)
            if head is not msgspec.UNSET and not rest:
                return head
            if isinstance(head, dict) and (found := look_up(head, rest, msgspec.UNSET)) is not msgspec.UNSET:
                return found
        return msgspec.UNSET

    return get


def _has_one_row_a_line(block: LineBlock) -> bool:
    """Return whether as many rows as lines stand one on each (two on a line and a blank line make as many)."""
    signs, ends = np.frombuffer(block.lines, np.uint8), block.ends[: len(block.numbers) - 1]
    if not block.lines.startswith(b"{") or (signs[ends + 1] != ord("{")).any():
        return False
    before = signs[ends - 1]
    return bool((before == ord("}")).all() or ((before == ord("\r")) & (signs[ends - 2] == ord("}"))).all())


def _is_text(value: object) -> bool:
    """Return whether a value is a text, or a list of paragraphs; a paragraph may be null, and is then left out."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(paragraph is None or isinstance(paragraph, str) for paragraph in value)
    )


def _describe(value: object) -> str:
    if isinstance(value, list):
        return f"a list with {next(type(item).__name__ for item in value if not isinstance(item, str | None))}"
    return type(value).__name__
