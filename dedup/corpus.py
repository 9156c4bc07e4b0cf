"""All documents of a run and their paragraphs, as columns, and how these grow while batches are read.

Leaves out: how paragraphs are found and shingled (see `pipeline`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.arena import gather, relieve
from dedup.column import Column
from dedup.distinct import collapse_exact, pack_sets
from dedup.model import Batch, Blocks, Bytes, Floats, Ints, Sets, Words64
from dedup.spill import Spill
from dedup.strings import Dates, Labels, LabelsColumn, Strings, StringsColumn, list_strings
from dedup.table import Texts, copy_texts, make_texts

TEXTS_AT_ONCE = 1024
"""That are copied before memory is looked after."""
SEGMENT_BYTES = 64 << 20
"""Of text in one array at least; an eighth of what there is, so that few calls copy what a report shows, and few files are open."""
COLUMNS = (
    "document", "start", "end", "start_point", "end_point", "line", "words", "masks", "roles", "digests", "sizes", "shingles",
)  # fmt: skip
"""What is kept of the paragraphs of a batch: as in `Corpus`, and how many shingles each has."""

NO_DOCUMENTS = Batch([], [], [], np.empty(0, np.uint8), np.zeros(1, np.int64))


class Segments(NamedTuple):
    """Where texts lie in memory: text i begins at offsets[i] of whole[codes[i]]. codes, offsets: int64 (n,)."""

    whole: list[Bytes]
    codes: Ints
    offsets: Ints


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents of a run and their paragraphs, as columns.

    Of m documents: names, sources, dates; document_paragraphs and document_words, int64 (m,). Of n paragraphs, in reading order,
    int32 (n,), int64 with a text of 2 GB among them: document, ordinal (from 0 within its document), start and end (bytes into
    the text of its batch), start_point and end_point (code points into the text of its document), line, words, text (its number
    among the distinct texts). masks: uint64 (n,); roles: uint8 (n,), what a document's format says of the paragraph (see
    `model.Blocks`).
    Of each distinct text: digests, uint64 (n_texts, 2); first, int64 (n_texts,), its first paragraph; sets, its shingles.

    Of drafts held against an index: n_published, how many documents, the first ones, are the index's; of those only some
    paragraphs are there. weights: float64 (n,), how many paragraphs each stands for, where others like it were not read;
    unread: how many documents more each source has.
    prose, shown: where the batches' texts lie, as they are compared and as they stand in their documents; None for not known.
    """

    batches: list[Batch]
    batch_starts: Ints
    names: Strings
    sources: Labels
    dates: Dates
    document_paragraphs: Ints
    document_words: Ints
    document: Ints
    ordinal: Ints
    start: Ints
    end: Ints
    start_point: Ints
    end_point: Ints
    line: Ints
    words: Ints
    masks: Words64
    roles: Bytes
    text: Ints
    first: Ints
    digests: Words64
    sets: Sets
    n_published: int | None = None
    weights: Floats | None = None
    unread: dict[str, int] = field(default_factory=dict)
    prose: Segments | None = None
    shown: Segments | None = None

    @property
    def batch_of(self) -> Ints:
        """Return the batch of each distinct text's first paragraph: int64 (n_texts,)."""
        return np.searchsorted(self.batch_starts, self.first, "right") - 1

    def texts_of(self, paragraphs: Ints, prose: bool = False) -> list[str]:
        """Return the text of each of some paragraphs as it stands in its document; with `prose`, as it is compared.

        Equal ones are one string.
        """
        return self.take_texts(paragraphs, prose).tolist()

    def take_texts(self, paragraphs: Ints, prose: bool = False) -> Texts:
        """Return the same one behind the other in memory."""
        whole, codes, offsets = self._find_prose() if prose else self._find_shown()
        batches, order = np.searchsorted(self.batch_starts, paragraphs, "right") - 1, np.argsort(paragraphs)
        starts, of = gather(self.start, paragraphs).astype(np.int64), codes[batches]
        taken = make_texts(gather(self.end, paragraphs) - starts)
        starts += offsets[batches]
        for some in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
            for at in range(0, len(some), TEXTS_AT_ONCE):
                copy_texts(some[at : at + TEXTS_AT_ONCE], starts, whole[of[some[0]]], taken)
                relieve()
        return taken

    def _find_prose(self) -> Segments:
        return self.prose or find_segments([batch.text for batch in self.batches])

    def _find_shown(self) -> Segments:
        return self.shown or find_segments([batch.shown for batch in self.batches])


class GrowingCorpus:
    """The batches of a corpus and, as they get ready, the columns of their paragraphs."""

    def __init__(self, spill: Spill | None, text_only: bool) -> None:
        self.batches: list[Batch] = []
        self._spill, self._text_only = spill, text_only
        self._segment, self._moved, self._is_first = np.empty(0, np.uint8), 0, True
        self._batch_starts, self._n_documents = [0], 0
        self._names, self._sources, self._dates = StringsColumn(), LabelsColumn(), StringsColumn()
        self._columns: dict[str, Column[Any]] = {name: Column() for name in COLUMNS}

    def append(self, batch: Batch, document: Ints, *columns: NDArray[Any]) -> None:
        """Add the next batch, as it is kept, and its columns, in the order of COLUMNS; document is the number within the batch."""
        for column, part in zip(self._columns.values(), (document + self._n_documents, *columns), strict=True):
            column.append(part)
        self._names.extend(batch.names)
        self._sources.extend(batch.sources)
        self._dates.extend(batch.dates)
        self._n_documents += len(batch)
        self._batch_starts.append(self._batch_starts[-1] + len(document))
        self.batches.append(replace(NO_DOCUMENTS, text=batch.text, original=batch.original) if self._text_only else batch)

    def make_room(self, batch: Batch) -> Batch:
        """Return the next batch as it is kept: with room for its text behind that of others, where it may spill if memory is short.

        The text is still to be written there (see `write_texts`), but for the first one, which may be the only one and stays.
        """
        self._watch()
        is_alone, self._is_first = self._is_first and not (self._spill and self._spill.is_on), False
        if is_alone:
            return batch
        original = None if batch.original is None else self._cut_room(len(batch.original))
        return replace(batch, text=self._cut_room(len(batch.text)), original=original)

    def _watch(self) -> None:
        """Move what grows into files, if the time has come."""
        if self._spill and self._spill.watch():
            growing: list[Column[Any] | StringsColumn | LabelsColumn] = [*self._columns.values()]
            for column in (*growing, self._names, self._sources, self._dates):
                column.move()
            self._segment = np.empty(0, np.uint8)

    def _cut_room(self, size: int) -> Bytes:
        """Return some bytes of a large array."""
        if len(self._segment) < size:
            self._segment = np.empty(max(SEGMENT_BYTES, size, self._moved // 8), np.uint8)
        self._moved += size
        room, self._segment = np.split(self._segment, [size])
        return room

    def take(self) -> Corpus:
        """Return the corpus, and keep nothing."""
        self._watch()
        digests, sizes, shingles = (self._columns.pop(name).take() for name in ("digests", "sizes", "shingles"))
        text, first = collapse_exact(digests)
        ends = np.cumsum(sizes, dtype=np.int64)[first]
        columns: dict[str, Any] = {name: column.take() for name, column in self._columns.items()}
        document, names = columns["document"], Strings(*self._names.take())
        firsts = np.searchsorted(document, np.arange(self._n_documents)).astype(text.dtype)
        prose = find_segments([batch.text for batch in self.batches])
        has_original = any(batch.original is not None for batch in self.batches)
        return Corpus(
            batches=self.batches,
            batch_starts=np.array(self._batch_starts),
            names=names if names.are_distinct() else list_strings(tell_apart(names)),
            sources=self._sources.take(),
            dates=Dates(*self._dates.take()),
            document_paragraphs=np.bincount(document, minlength=self._n_documents),
            document_words=np.bincount(document, columns["words"], self._n_documents).astype(np.int64),
            ordinal=np.arange(len(document), dtype=text.dtype) - firsts[document],
            text=text,
            first=first,
            digests=digests[first],
            sets=pack_sets(Sets(shingles, ends - sizes[first], ends)),
            prose=prose,
            shown=find_segments([batch.shown for batch in self.batches]) if has_original else prose,
            **columns,
        )


def write_texts(batch: Batch, kept: Batch) -> None:
    """Write the texts of a batch to where they are kept. kept: as by `GrowingCorpus.make_room`."""
    kept.text[:] = batch.text
    if batch.original is not None and kept.original is not None:
        kept.original[:] = batch.original


def find_segments(texts: Sequence[Bytes]) -> Segments:
    """Return where texts lie, of which many may be parts of one array."""
    whole, codes, offsets = list[Bytes](), [], []
    numbers: dict[int, int] = {}
    for text in texts:
        base = text.base
        array = base if isinstance(base, np.ndarray) and base.dtype == np.uint8 and base.ndim == 1 else text
        if id(array) not in numbers:
            numbers[id(array)] = len(whole)
            whole.append(array)
        codes.append(numbers[id(array)])
        offsets.append(text.ctypes.data - array.ctypes.data)
    return Segments(whole, np.array(codes, np.int64), np.array(offsets, np.int64))


def tell_apart(names: Sequence[str]) -> list[str]:
    """Return names in which a repeated one is followed by its count: "feed.jsonl#7", "feed.jsonl#7 (2)"."""
    taken, seen, apart = set(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        counted = name
        while seen[name] > 1 and (counted := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        taken.add(counted)
        apart.append(counted)
    return apart


def hash_documents(batches: Iterable[Batch], split: str) -> Iterator[bytes]:
    """Yield a hash, 16 bytes, of all that the paragraphs of each document hang on, and of nothing else in its batch.

    split: the setting.
    """
    for batch in batches:
        text, shown, offsets = batch.text.data, batch.shown.data, batch.offsets.tolist()
        for i in range(len(batch)):
            context = repr((split, batch.sources[i], batch.dates[i])).encode()
            digest = blake2b(context, digest_size=16)
            own = slice(offsets[i], offsets[i + 1])
            digest.update(text[own])
            if batch.original is not None and shown[own] != text[own]:
                digest.update(shown[own])
            if batch.blocks is not None:
                digest.update(_describe_cuts(batch.blocks, i, offsets[i]))
            yield digest.digest()


def _describe_cuts(blocks: Blocks, document: int, offset: int) -> bytes:
    """Return where the paragraphs of a document stand in it, and their roles, as bytes."""
    own = slice(*np.searchsorted(blocks.document, (document, document + 1)))
    return (blocks.start[own] - offset).tobytes() + (blocks.end[own] - offset).tobytes() + blocks.role[own].tobytes()
