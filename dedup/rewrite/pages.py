"""Web pages and web archives; they come out as JSON lines of their text, for out of markup text is taken and not put back.

A row a document: {"id": ..., "url": ..., "date": ..., "text": ...}. id is what stands behind the path in the document's name, of an
HTML file its name without folder; url (of a record: its target URI) and date are there where they are known. Where rows are read by
other fields than id and text, theirs are written.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dedup.read import RECORD_READERS
from dedup.read.batches import Record, make_writable
from dedup.read.fields import Fields, choose_fields
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.rewrite.removals import Removals, cut_text, tell_changed
from dedup.settings import Settings

BLOCK_BYTES = 1 << 20


def rewrite_pages(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    """Yield the documents of a page or an archive as JSON lines, without those that go and without some ranges of others."""
    fields = choose_fields(settings)
    number, rows, n_bytes = 0, list[bytes](), 0
    for number, page in enumerate(RECORD_READERS[source.suffix](source, settings, Problems()), 1):
        ranges = removals.get(number, ())
        if ranges is None:
            continue
        try:
            text = cut_text(page.text.decode(), ranges)
        except ValueError as error:
            raise tell_changed(source.name) from error
        rows.append(msgspec.json.encode(_name_page(page, source, fields) | {fields.text[0]: text}) + b"\n")
        n_bytes += len(rows[-1])
        if n_bytes >= BLOCK_BYTES:
            yield b"".join(rows)
            rows, n_bytes = [], 0
    if any(not 1 <= wanted <= number for wanted in removals):
        raise tell_changed(source.name)
    if rows:
        yield b"".join(rows)


def _name_page(page: Record, source: Input, fields: Fields) -> dict[str, str]:
    """Return what a row says of its document beside the text."""
    behind = page.name.removeprefix(source.name)
    (identity,) = make_writable([behind[1:] if behind else source.name.rpartition("/")[2]])
    row = {fields.identity[0]: identity}
    if behind.startswith("#"):
        row["url"] = identity
    if page.date is not None:
        row["date"] = page.date
    return row
