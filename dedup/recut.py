"""A corpus again without what was cut out of it: batches as their files will hold them, and where their texts stood at first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import numpy as np

from dedup.corpus import Corpus
from dedup.cut import cut_paragraphs
from dedup.model import Batch, Blocks, Bytes, Flags, Ints

Range = tuple[int, int]


class Cuts(NamedTuple):
    """What goes out of a batch: document, start, end, int64 (n,), half-open bytes of its text, rising and apart."""

    document: Ints
    start: Ints
    end: Ints

    def count_before(self, places: Ints) -> Ints:
        """Return how many bytes go before each of some places."""
        sizes = np.append(0, np.cumsum(self.end - self.start))
        number = np.searchsorted(self.start, places, "right")
        inside = np.maximum(self.end[number - 1] - places, 0) * (number > 0) if len(self.end) else 0
        return np.asarray(sizes[number] - inside)


def cut_away(corpus: Corpus, gone: Ints, is_markdown: Flags) -> Ints:
    """Return what goes with each of some paragraphs: int64 (n, 2), half-open bytes of its batch.

    gone: rising; is_markdown: bool, by document.
    """
    cuts = [np.empty((0, 2), np.int64)]
    documents = np.append(0, np.cumsum([len(batch) for batch in corpus.batches]))
    for number, batch in enumerate(corpus.batches):
        first, last = corpus.batch_starts[number : number + 2].tolist()
        mine = gone[np.searchsorted(gone, first) : np.searchsorted(gone, last)] - first
        if len(mine):
            rows = slice(first, last)
            places = (corpus.document[rows] - documents[number], corpus.start[rows], corpus.end[rows])
            marks = is_markdown[documents[number] : documents[number + 1]]
            cuts.append(cut_paragraphs(batch.shown, batch.offsets, *places, mine, in_lines=batch.blocks is None, is_markdown=marks))
    return np.concatenate(cuts)


def cut_batch(batch: Batch, cuts: Cuts, is_markdown: Flags, is_page: bool, kept: Flags) -> tuple[Batch, Ints]:
    """Return (the batch as it reads after a clean, of which of its documents nothing is left: bool).

    is_markdown: bool, by document; is_page: whether the documents are pages, which are written as plain text; kept: bool, by
    document, those that stay even if nothing is left of them.
    """
    offsets = batch.offsets - cuts.count_before(batch.offsets)
    is_empty = np.zeros(len(batch), bool)
    is_empty[cuts.document] = np.diff(offsets)[cuts.document] == 0
    shown = _cut_text(batch.shown, cuts)
    text = _mask_again(shown, offsets, is_markdown) if is_markdown.any() else shown
    blocks = None if is_page else _shift_blocks(batch, cuts)
    again = replace(batch, text=text, offsets=offsets, original=None if text is shown else shown, blocks=blocks)
    return _take_documents(again, np.flatnonzero(~is_empty | kept)), is_empty


def _mask_again(text: Bytes, offsets: Ints, is_markdown: Flags) -> Bytes:
    from dedup.read.markdown import mask_markdown  # noqa: PLC0415  8 ms of patterns

    documents = [text[start:end].tobytes() for start, end in pairwise(offsets)]
    masked = (mask_markdown(one) if masks else one for one, masks in zip(documents, is_markdown.tolist(), strict=True))
    return np.frombuffer(b"".join(masked), np.uint8)


def _cut_text(text: Bytes, cuts: Cuts) -> Bytes:
    starts, ends = np.append(0, cuts.end).tolist(), np.append(cuts.start, len(text)).tolist()
    return np.concatenate([text[start:end] for start, end in zip(starts, ends, strict=True)])


def _shift_blocks(batch: Batch, cuts: Cuts) -> Blocks | None:
    if batch.blocks is None:
        return None
    start, end = (column - cuts.count_before(column) for column in (batch.blocks.start, batch.blocks.end))
    stays = end > start
    return Blocks(batch.blocks.document[stays], start[stays], end[stays], batch.blocks.role[stays])


def _take_documents(batch: Batch, left: Ints) -> Batch:
    """Return a batch without the documents of which nothing is left."""
    if len(left) == len(batch):
        return batch
    number = np.full(len(batch), -1)
    number[left] = np.arange(len(left))
    blocks = batch.blocks
    rows = left.tolist()
    return replace(
        batch,
        names=[batch.names[i] for i in rows],
        sources=[batch.sources[i] for i in rows],
        dates=[batch.dates[i] for i in rows],
        offsets=np.append(batch.offsets[left], batch.offsets[-1]),
        blocks=None if blocks is None else blocks._replace(document=number[blocks.document]),
        files=None if batch.files is None else batch.files[left],
        numbers=None if batch.numbers is None else batch.numbers[left],
    )


class Trace:
    """Where the texts of documents that were cut stood at first, in code points."""

    def __init__(self) -> None:
        self._gone: dict[int, _Gone] = {}

    def locate(self, document: int, start: int, end: int) -> list[Range]:
        """Return what a range of a document's present text was at first, in as many pieces as cuts lie within it, and one."""
        gone = self._gone.get(document)
        if gone is None:
            return [(start, end)] if start < end else []
        first = bisect_right(gone.seams, start)
        last = max(first, bisect_left(gone.seams, end))
        bounds = [start + gone.sizes[first], *chain.from_iterable(gone.ranges[first:last]), end + gone.sizes[last]]
        return [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if a < b]

    def add(self, cuts: Iterable[tuple[int, int, int]]) -> None:
        """Take (document, start, end) out of the present texts."""
        fresh = defaultdict[int, list[Range]](list)
        for document, start, end in cuts:
            fresh[document] += self.locate(document, start, end)
        for document, ranges in fresh.items():
            merged = merge_ranges([*self.list_gone(document), *ranges])
            sizes = list(accumulate((end - start for start, end in merged), initial=0))
            self._gone[document] = _Gone(merged, [start - size for (start, _), size in zip(merged, sizes[:-1], strict=True)], sizes)

    def list_gone(self, document: int) -> list[Range]:
        """Return what is gone of a document, rising and apart."""
        return self._gone.get(document, _NOTHING).ranges


class _Gone(NamedTuple):
    """Ranges, where each would stand in what is left, and how long those before each are, and all."""

    ranges: list[Range]
    seams: list[int]
    sizes: list[int]


_NOTHING = _Gone([], [], [0])


def merge_ranges(ranges: Iterable[Range]) -> list[Range]:
    """Return ranges in their order, those that touch as one."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
