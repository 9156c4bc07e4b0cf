"""Records gathered into columns: the shape in which documents leave the readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from dedup.model import Batch, Blocks, Bytes, Document, Ints

BATCH_BYTES = 4 << 20
"""Small enough for every core to get some of a medium corpus, large enough that a batch's overhead (0.1 ms) does not show."""


class Cuts(NamedTuple):
    """The paragraphs of one document whose format tells them: start, end, int64 (n,), bytes into its text; role, uint8 (n,)."""

    start: Ints
    end: Ints
    role: Bytes


class Record(NamedTuple):
    """A document as a reader yields it: its text in UTF-8, and as it stands where that is not all prose (see `Batch`).

    cuts: its paragraphs, none of them empty or with white space at an end; None for plain text, which has to be split.
    file, number: as in `Batch`, for one document; file is -1 for one that stands in no file.
    """

    name: str
    text: bytes
    source: str
    date: str | None
    original: bytes | None = None
    cuts: Cuts | None = None
    file: int = -1
    number: int = 1


def gather_batches(records: Iterable[Record]) -> Iterator[Batch]:
    """Yield batches of about BATCH_BYTES of text; a longer document is a batch of its own. All have cuts in a batch, or none."""
    for _, alike in groupby(records, key=lambda record: record.cuts is None):
        gathered: list[Record] = []
        n_bytes = 0
        for record in alike:
            gathered.append(record)
            n_bytes += len(record.text)
            if n_bytes >= BATCH_BYTES:
                yield make_batch(*map(list, zip(*gathered, strict=True)))
                gathered, n_bytes = [], 0
        if gathered:
            yield make_batch(*map(list, zip(*gathered, strict=True)))


def make_batch(
    names: list[str],
    texts: list[bytes],
    sources: list[str],
    dates: list[str | None],
    originals: Sequence[bytes | None] = (),
    cuts: Sequence[Cuts | None] = (),
    files: Sequence[int] | Ints | None = None,
    numbers: Sequence[int] | Ints | None = None,
) -> Batch:
    """Return columns of equal length as a batch; texts in UTF-8, originals and cuts as in `Record`, none for no document.

    Either all documents have cuts or none.

    A name that UTF-8 cannot hold (a lone surrogate in an id, a stray byte in a file name) is written with escapes.
    """
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(list(map(len, texts)), out=offsets[1:])
    original = None
    if any(one is not None for one in originals):
        shown = (text if one is None else one for text, one in zip(texts, originals, strict=True))
        original = np.frombuffer(b"".join(shown), np.uint8)
    text = np.frombuffer(b"".join(texts), np.uint8)
    places = (None if column is None else np.array(column, np.int64) for column in (files, numbers))
    return Batch(make_writable(names), make_writable(sources), dates, text, offsets, original, _join_cuts(cuts, offsets), *places)


def _join_cuts(cuts: Sequence[Cuts | None], offsets: Ints) -> Blocks | None:
    known = [one for one in cuts if one is not None]
    if not known:
        return None
    document = np.repeat(np.arange(len(known)), [len(one.start) for one in known])
    start, end, role = (np.concatenate(column) for column in zip(*known, strict=True))
    return Blocks(document, start + offsets[document], end + offsets[document], role)


def iterate_documents(batches: Iterable[Batch]) -> Iterator[Document]:
    """Yield the documents of batches."""
    for batch in batches:
        text = batch.shown.tobytes()
        for i, name in enumerate(batch.names):
            yield Document(name, text[batch.offsets[i] : batch.offsets[i + 1]].decode(), batch.sources[i], batch.dates[i])


def make_writable(names: list[str]) -> list[str]:
    """Return names that UTF-8 can hold: what it cannot is written with escapes."""
    try:
        "".join(names).encode()
    except UnicodeEncodeError:
        return [name.encode(errors="backslashreplace").decode() for name in names]
    return names
