"""Records gathered into columns: the shape in which documents leave the readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from dedup.model import Batch, Document
from dedup.read.dates import parse_date
from dedup.read.problems import Problems

BATCH_BYTES = 4 << 20
"""Small enough for every core to get some of a medium corpus, large enough that a batch's overhead (0.1 ms) does not show."""


class Record(NamedTuple):
    """A document as a reader yields it: its text in UTF-8."""

    name: str
    text: bytes
    source: str
    date: str | None


def gather_batches(records: Iterable[Record]) -> Iterator[Batch]:
    """Yield batches of about BATCH_BYTES of text; a longer document is a batch of its own."""
    gathered: list[Record] = []
    n_bytes = 0
    for record in records:
        gathered.append(record)
        n_bytes += len(record.text)
        if n_bytes >= BATCH_BYTES:
            yield make_batch(*map(list, zip(*gathered, strict=True)))
            gathered, n_bytes = [], 0
    if gathered:
        yield make_batch(*map(list, zip(*gathered, strict=True)))


def make_batch(names: list[str], texts: list[bytes], sources: list[str], dates: list[str | None]) -> Batch:
    """Return columns of equal length as a batch; texts in UTF-8.

    A name that UTF-8 cannot hold (a lone surrogate in an id, a stray byte in a file name) is written with escapes.
    """
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(list(map(len, texts)), out=offsets[1:])
    return Batch(_make_writable(names), _make_writable(sources), dates, np.frombuffer(b"".join(texts), np.uint8), offsets)


def batch_documents(documents: Iterable[Document], problems: Problems) -> Iterator[Batch]:
    """Yield documents as batches; one with a lone surrogate, which no UTF-8 can hold, is skipped and counted."""
    return gather_batches(_encode_documents(documents, problems))


def iterate_documents(batches: Iterable[Batch]) -> Iterator[Document]:
    """Yield the documents of batches."""
    for batch in batches:
        text = batch.text.tobytes()
        for i, name in enumerate(batch.names):
            yield Document(name, text[batch.offsets[i] : batch.offsets[i + 1]].decode(), batch.sources[i], batch.dates[i])


def _encode_documents(documents: Iterable[Document], problems: Problems) -> Iterator[Record]:
    for document in documents:
        try:
            yield Record(document.name, document.text.encode(), document.source, parse_date(document.date))
        except UnicodeEncodeError as error:
            problems.skip(document.name, "lone surrogate", f"at character {error.start}")


def _make_writable(names: list[str]) -> list[str]:
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        return [name.encode(errors="backslashreplace").decode() for name in names]
    return names
