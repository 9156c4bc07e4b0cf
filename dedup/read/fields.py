"""The fields of a row: under which names its text, name, site and date stand, and what they come to.

JSON, CSV and columnar files share this, so that one corpus gets the same names, sites and dates from each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dedup.read.batches import Cuts
from dedup.read.dates import parse_date
from dedup.read.paragraphs import join_paragraphs, split_text
from dedup.settings import Settings

TEXT_FIELDS = ("text", "content", "body", "article")
ID_FIELDS = ("id", "url", "doc_id")
SHOWN_FIELDS = 8

Values = Sequence[Any]
"""One field of some rows; anything that is neither a string nor a number stands for a value that is not there."""


class Fields(NamedTuple):
    """The names under which a row's text, name, site and date may stand, in the order in which they are tried."""

    text: tuple[str, ...]
    identity: tuple[str, ...]
    source: str | None
    date: str | None

    def all_names(self) -> list[str]:
        """Return every name once."""
        return list(dict.fromkeys((*self.text, *self.identity, "url", *filter(None, (self.source, self.date)))))


def choose_fields(settings: Settings) -> Fields:
    """Return the fields that are asked for, or the usual ones."""
    return Fields(
        text=(settings.text_field,) if settings.text_field else TEXT_FIELDS,
        identity=(settings.id_field,) if settings.id_field else ID_FIELDS,
        source=settings.source_field,
        date=settings.date_field,
    )


def split_path(path: str) -> Iterator[tuple[str, str]]:
    """Yield each way to take a dotted path as a key and the path below it, the longest key first: "a.b" is (a.b, ""), (a, b)."""
    key = path
    while key:
        yield key, path[len(key) + 1 :]
        key = key.rpartition(".")[0]


def look_up(row: dict[str, Any], path: str, missing: object) -> Any:
    """Return what stands at a dotted path, `missing` where nothing does; a key that has the dot in it wins."""
    for key, rest in split_path(path):
        if key in row and not rest:
            return row[key]
        if isinstance(row.get(key), dict) and (found := look_up(row[key], rest, missing)) is not missing:
            return found
    return missing


def name_rows(name: str, numbers: Iterable[int], columns: Iterable[Values]) -> list[str]:
    """Return the name of each row: the file's, and the first of the columns with an identity in it, else the row's number.

    Of columns that are made on the way no more are than it takes.
    """
    remaining = iter(columns)
    first = list(islice(remaining, 1))
    if first and {str, int}.issuperset(map(type, first[0])) and "" not in first[0]:
        return [f"{name}#{identity}" for identity in first[0]]
    rows = zip(numbers, *first, *remaining, strict=True)
    return [f"{name}#{next(filter(_is_identity, values), number)}" for number, *values in rows]


def find_sources(n_rows: int, named: Values | None, urls: Values | None, usual: str) -> list[str]:
    """Return the source of each row: its field, else the host of its URL, else the usual one. None: a column that is not there."""
    if named is None and urls is None:
        return [usual] * n_rows
    pairs = zip(named or [None] * n_rows, urls or [None] * n_rows, strict=True)
    return [str(name) if _is_identity(name) else _find_host(url) or usual for name, url in pairs]


def find_dates(n_rows: int, values: Values | None) -> list[str | None]:
    """Return the date of each row, None where there is none. None: a column that is not there."""
    return [None] * n_rows if values is None else list(map(parse_date, values))


def encode_texts(texts: Sequence[str | list[str | None]], split: str) -> tuple[list[bytes], list[Cuts] | None]:
    """Return texts in UTF-8, and the paragraphs of each where any is a list of paragraphs; None where none is."""
    if set(map(type, texts)) <= {str}:
        return list(map(str.encode, texts)), None  # type: ignore[arg-type]
    made = [split_text(text.encode(), split) if isinstance(text, str) else join_paragraphs(text) for text in texts]
    return [text for text, _ in made], [cuts for _, cuts in made]


def explain_missing(fields: Fields, names: Iterable[str], what: str = "fields") -> tuple[str, str]:
    """Return (reason, detail) of a row or a file without a text; names: those that it has."""
    names = list(names)
    shown = ", ".join(names[:SHOWN_FIELDS]) + (", …" if len(names) > SHOWN_FIELDS else "")
    return f"no field '{fields.text[0]}'", f"{what}: {shown}; name one with --text-field"


def _is_identity(value: object) -> bool:
    return (type(value) is str and value != "") or type(value) is int


def _find_host(url: object) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:  # "http://[broken"
        return None
