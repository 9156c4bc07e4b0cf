"""Rows of JSON lines: one document a row, found by the names of its fields."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import orjson

from dedup.read.batches import Record
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_lines
from dedup.settings import Settings

SUFFIXES = (".jsonl", ".ndjson")
TEXT_FIELDS = ("text", "content", "body", "article")
ID_FIELDS = ("id", "url", "doc_id")
SHOWN_FIELDS = 8


def read_rows(source: Input, settings: Settings, problems: Problems) -> Iterator[Record]:
    """Yield the document of each row of a file; a row that has none is skipped and counted."""
    return parse_rows(source, read_lines(source, problems), settings, problems)


def parse_rows(source: Input, blocks: Iterable[list[bytes]], settings: Settings, problems: Problems) -> Iterator[Record]:
    """Yield the document of each row of some blocks of lines."""
    for number, line in enumerate(chain.from_iterable(blocks), 1):
        if not line or line.isspace():
            continue
        try:
            row = orjson.loads(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
        except orjson.JSONDecodeError as error:
            problems.skip(f"{source.name}:{number}", *_explain(error))
            continue
        record = _find_document(row, number, source, settings, problems)
        if record:
            yield record


def _find_document(row: Any, number: int, source: Input, settings: Settings, problems: Problems) -> Record | None:
    where = f"{source.name}:{number}"
    if not isinstance(row, dict):
        problems.skip(where, "not an object", f"a row of type {type(row).__name__}")
        return None
    text_field = settings.text_field or next((name for name in TEXT_FIELDS if name in row), None)
    if text_field is None or text_field not in row:
        problems.skip(where, f"no field '{text_field or 'text'}'", f"fields: {_list_fields(row)}; name one with --text-field")
        return None
    text = row[text_field]
    if not isinstance(text, str):
        problems.skip(where, f"field '{text_field}' is not text", f"it is {type(text).__name__}")
        return None
    identity = _find_identity(row, settings.id_field)
    name = f"{source.name}#{number if identity is None else identity}"
    origin = _find_source(row, settings.source_field) or source.source
    return Record(name, text.encode(), origin, _find_date(row, settings.date_field))


def _find_identity(row: dict[str, Any], field: str | None) -> str | int | None:
    for name in (field,) if field else ID_FIELDS:
        value = row.get(name)
        if value is not None and value != "" and isinstance(value, str | int):
            return value
    return None


def _find_source(row: dict[str, Any], field: str | None) -> str | None:
    if field and isinstance(row.get(field), str | int):
        return str(row[field])
    url = row.get("url")
    if not isinstance(url, str):
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:  # "http://[broken"
        return None


def _find_date(row: dict[str, Any], field: str | None) -> str | None:
    """Return a row's date in ISO 8601 and UTC, so that dates compare as text; None where it has none that can be read."""
    value = row.get(field) if field else None
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value.strip())
        elif isinstance(value, int | float):
            moment = datetime.fromtimestamp(value, timezone.utc)
        else:
            return None
        return (moment.astimezone(timezone.utc) if moment.tzinfo else moment).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _explain(error: orjson.JSONDecodeError) -> tuple[str, str]:
    what = error.msg.split(":")[0]
    if "utf-8" in error.msg.lower() or "surrogate" in error.msg.lower():
        return "invalid UTF-8", what
    return "not JSON", f"{what} at column {error.colno}"


def _list_fields(row: dict[str, Any]) -> str:
    names = [str(name) for name in row]
    return ", ".join(names[:SHOWN_FIELDS]) + (", …" if len(names) > SHOWN_FIELDS else "")
