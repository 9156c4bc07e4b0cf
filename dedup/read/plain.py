"""Plain text and Markdown: one document a file.

Of Markdown only the prose is compared (see `markdown`); offsets and lines are those of the file all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dedup.model import Batch, Document
from dedup.read.batches import Record, gather_batches
from dedup.read.dates import parse_date
from dedup.read.encodings import decode_text, explain_failure
from dedup.read.problems import Problems
from dedup.read.streams import COMPRESSIONS, Input, read_whole
from dedup.settings import Settings

MARKDOWN_SUFFIXES = (".md", ".markdown")
SUFFIXES = (".txt", ".text", *MARKDOWN_SUFFIXES)


def read_plain(source: Input, settings: Settings, problems: Problems) -> Iterator[Record]:
    """Yield the one document of a text file, in whatever encoding it is (see `encodings`)."""
    content = read_whole(source, settings.max_document, problems)
    if content is not None:  # half of an article would look like an edited one
        yield from decode_plain(source, content, problems)


def decode_plain(source: Input, content: bytes, problems: Problems) -> Iterator[Record]:
    """Yield the document of a file's bytes, unless they are no text."""
    decoded = decode_text(content)
    if decoded is None:
        failure = explain_failure(content)
        problems.skip(f"{source.name}:{failure.line}", failure.reason, failure.detail)
    elif not decoded.text.strip():
        problems.skip(source.name, "empty")
    else:
        problems.note_encoding(decoded.encoding)
        yield make_record(source.name, decoded.text, source.source, None)


def make_record(name: str, text: bytes, source: str, date: str | None) -> Record:
    """Return a document as a record; one whose name ends like a Markdown file's is read as Markdown."""
    if not is_markdown(name):
        return Record(name, text, source, date)
    from dedup.read.markdown import mask_markdown, read_front_matter_date  # noqa: PLC0415  8 ms of patterns

    prose = mask_markdown(text)
    return Record(name, prose, source, date or read_front_matter_date(text), None if prose == text else text)


def is_markdown(name: str) -> bool:
    """Return whether a file of this name is Markdown, packed or not."""
    bare = name.lower()
    for compression in COMPRESSIONS:
        bare = bare.removesuffix(compression)
    return bare.endswith(MARKDOWN_SUFFIXES)


def batch_documents(documents: Iterable[Document], problems: Problems) -> Iterator[Batch]:
    """Yield documents as batches; one with a lone surrogate, which no UTF-8 can hold, is skipped and counted."""
    return gather_batches(_encode_documents(documents, problems))


def _encode_documents(documents: Iterable[Document], problems: Problems) -> Iterator[Record]:
    for document in documents:
        try:
            yield make_record(document.name, document.text.encode(), document.source, parse_date(document.date))
        except UnicodeEncodeError as error:
            problems.skip(document.name, "lone surrogate", f"at character {error.start}")
