"""HTML: one document a page, with the paragraphs that its markup tells and their roles.

How a page becomes paragraphs stands in `extract`, how its bytes become characters in `decode`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dedup.read.batches import Record
from dedup.read.html.decode import Guess, decode_page, guess_encoding
from dedup.read.html.extract import BLANK, extract_page, is_markup
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_whole
from dedup.settings import Settings


def read_html(source: Input, settings: Settings, problems: Problems) -> Iterator[Record]:
    """Yield the one document of a file."""
    data = read_whole(source, settings.max_document, problems)
    if data is not None:  # half of an article would look like an edited one
        page = Record(source.name, data, source.source, None)
        yield from parse_html(page, problems, is_xml=source.suffix == ".xhtml")


def parse_html(
    page: Record,
    problems: Problems,
    declared: str | None = None,
    is_xml: bool = False,
    is_plain: bool = False,
    guess: Guess = guess_encoding,
) -> Iterator[Record]:
    """Yield the document of a page whose `text` is its bytes as they came; one that says nothing is skipped and counted.

    declared: the encoding that its header names; is_xml: whether it is XHTML; is_plain: whether it is a text, without markup
    by its header; guess: see `decode_page`. The page's own date comes before the one that is given.
    """
    decoded = decode_page(page.text, declared, guess)
    if decoded is None:
        problems.skip(page.name, "unknown encoding", "neither UTF-8 nor what the page says; save it as UTF-8")
        return
    html, encoding = decoded
    problems.note_encoding(encoding)
    if not html.strip(BLANK):
        problems.skip(page.name, "empty")
    elif is_plain or not is_markup(html):  # or a text under the name of a page: its lines and blank lines part it
        yield page._replace(text=html.encode())
    elif (found := extract_page(html, is_xml)).text:
        yield page._replace(text=found.text, date=found.date or page.date, cuts=found.cuts)
    else:
        problems.skip(page.name, "no text")
