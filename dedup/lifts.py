"""The passages of a corpus: fingerprints of all texts, seeds between texts of different clusters, runs, and where they stand.

Leaves out: what is furniture as a whole, and runs at so many places that they are set phrases.
"""

from __future__ import annotations

import functools
import unicodedata
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np

from dedup.distinct import sort_unique
from dedup.model import Ints, Passage, Span, Words64
from dedup.passage import Fingerprints, Runs, align_seeds, fingerprint_texts, locate_words, pair_fingerprints, read_texts
from dedup.pipeline import Corpus, Progress
from dedup.settings import Settings
from dedup.words import hash_words

CHUNK_SEEDS = 1 << 16
MOST_HOLDERS = 8
"""Paragraphs with the same words that a run is told of: a line in hundreds of documents is known from its cluster."""
DIGITS = 6


class Lifted(NamedTuple):
    """Runs of words, longest first; n_common: fingerprints at too many places to follow.

    paragraphs: int64 (n, 2), the two that share each run. Between two documents no run overlaps another.
    """

    runs: Runs
    paragraphs: Ints
    n_common: int


_NOWHERE = np.empty((0, 2), np.int64)
NO_LIFTS = Lifted(Runs(_NOWHERE, _NOWHERE, _NOWHERE, np.empty(0, np.int64)), _NOWHERE, 0)


def find_lifts(corpus: Corpus, roots: Ints, skipped: Ints, settings: Settings, pool: Executor, progress: Progress) -> Lifted:
    """Return the runs of at least settings.passage_words words that texts of different clusters share.

    roots: int64 (n_texts,), the cluster of each text; skipped: texts that are left out.
    """
    if not settings.passages:
        return NO_LIFTS
    wanted = np.ones(len(corpus.first), bool)
    wanted[skipped] = False
    batches = [np.flatnonzero((corpus.batch_of == i) & wanted) for i in range(len(corpus.batches))]

    def fingerprint(batch: int) -> Fingerprints:
        paragraphs = corpus.first[batches[batch]]
        places = (corpus.start[paragraphs], corpus.end[paragraphs])
        found = fingerprint_texts(corpus.batches[batch].text, *places, batches[batch], settings.passage_words)
        progress("Winnowing", len(paragraphs))
        return found

    found = Fingerprints(*map(np.concatenate, zip(*pool.map(fingerprint, range(len(batches))), strict=True)))
    seeds, n_common = pair_fingerprints(found, roots)
    del found  # 16 bytes a fingerprint, one for every three words
    words, offsets = _read_words(corpus, sort_unique(seeds[:, :2]), pool)
    parts = pool.map(lambda part: align_seeds(part, words, offsets, settings.passage_words), _cut_seeds(seeds))
    return _choose_runs(corpus, Runs(*map(np.concatenate, zip(*parts, strict=True))), n_common)


def describe_lifts(corpus: Corpus, lifted: Lifted) -> tuple[Passage, ...]:
    """Return the passages with both sides as they stand in their documents."""
    runs, paragraphs = lifted.runs, lifted.paragraphs
    a = _describe_spans(corpus, paragraphs[:, 0], runs.a)
    b = _describe_spans(corpus, paragraphs[:, 1], runs.b)
    longer = np.maximum(runs.a[:, 1] - runs.a[:, 0], runs.b[:, 1] - runs.b[:, 0])
    shares = np.round(runs.shared[:, None] / corpus.words[paragraphs], DIGITS)
    similarity = np.round(runs.shared / longer, DIGITS)
    columns = (runs.shared.tolist(), similarity.tolist(), a, b, shares[:, 0].tolist(), shares[:, 1].tolist())
    return tuple(map(Passage, *columns))


def _read_words(corpus: Corpus, texts: Ints, pool: Executor) -> tuple[Words64, Ints]:
    """Return (the words of some texts as hashes, where each text's begin by its number: int64 (n_texts + 1,))."""
    sizes = np.zeros(len(corpus.first) + 1, np.int64)
    sizes[texts + 1] = corpus.words[corpus.first[texts]]
    batch_of = corpus.batch_of

    def read(batch: int) -> Words64:
        paragraphs = corpus.first[texts[batch_of[texts] == batch]]
        places = (corpus.start[paragraphs], corpus.end[paragraphs])
        return read_texts(corpus.batches[batch].text, *places, corpus.words[paragraphs])

    return np.concatenate(list(pool.map(read, range(len(corpus.batches))))), np.cumsum(sizes)


def _cut_seeds(seeds: Ints) -> list[Ints]:
    """Return the seeds in parts, those of two texts in one."""
    firsts = np.flatnonzero(np.append(True, (seeds[1:, :2] != seeds[:-1, :2]).any(axis=1))) if len(seeds) else np.empty(0, np.int64)
    cuts = firsts[np.searchsorted(firsts, np.arange(CHUNK_SEEDS, len(seeds), CHUNK_SEEDS)).clip(max=max(len(firsts) - 1, 0))]
    return np.split(seeds, sort_unique(cuts))


def _choose_runs(corpus: Corpus, runs: Runs, n_common: int) -> Lifted:
    """Return the runs of every two documents, longest first, without what overlaps a longer one of the same two."""
    number, paragraphs = _place_runs(corpus, runs)
    order = np.lexsort((paragraphs[:, 1], paragraphs[:, 0], -runs.shared[number]))
    documents = np.sort(corpus.document[paragraphs], axis=1)
    columns = (runs.texts[number], runs.a[number], runs.b[number], documents)
    taken: dict[tuple[int, ...], list[list[int]]] = {}
    kept = []
    for row, texts, a, b, pair in zip(order.tolist(), *(column[order].tolist() for column in columns), strict=True):
        before_a, before_b = (taken.setdefault((*pair, text), []) for text in texts)
        if not (_overlaps(a, before_a) or _overlaps(b, before_b)):
            before_a.append(a)
            before_b.append(b)
            kept.append(row)
    return Lifted(Runs(*(column[number[kept]] for column in runs)), paragraphs[kept], n_common)


def _place_runs(corpus: Corpus, runs: Runs) -> tuple[Ints, Ints]:
    """Return (the number of a run, the two paragraphs that share it: int64 (n, 2)) for the first paragraphs that hold its texts."""
    order = np.argsort(corpus.text, kind="stable")
    counts = np.bincount(corpus.text, minlength=len(corpus.first))
    starts = (np.cumsum(counts) - counts)[runs.texts]
    held = np.minimum(counts[runs.texts], MOST_HOLDERS)
    sizes = held[:, 0] * held[:, 1]
    number = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    a, b = place // held[number, 1], place % held[number, 1]
    return number, order[np.stack((starts[number, 0] + a, starts[number, 1] + b), axis=1)]


def _overlaps(one: list[int], others: list[list[int]]) -> bool:
    return any(one[0] < end and start < one[1] for start, end in others)


def _describe_spans(corpus: Corpus, paragraphs: Ints, words: Ints) -> list[Span]:
    spans: list[Span] = [None] * len(paragraphs)  # type: ignore[list-item]
    batches = np.searchsorted(corpus.batch_starts, paragraphs, "right") - 1
    for number in sort_unique(batches).tolist():
        batch, rows = corpus.batches[number], np.flatnonzero(batches == number)
        starts, ends = corpus.start[paragraphs[rows]], corpus.end[paragraphs[rows]]
        places = locate_words(batch.text, starts, ends, words[rows]).tolist()
        prose, shown = batch.text.data, batch.shown.data
        for row, start, (first, behind) in zip(rows.tolist(), starts.tolist(), places, strict=True):
            length = _find_length(str(prose[first:behind], "utf-8"))
            text = str(shown[first:behind], "utf-8")[:length]
            spans[row] = _make_span(corpus, int(paragraphs[row]), str(shown[start:first], "utf-8"), text)
    return spans


def _make_span(corpus: Corpus, paragraph: int, before: str, text: str) -> Span:
    start = int(corpus.start_point[paragraph]) + len(before)
    return Span(
        document=corpus.names[int(corpus.document[paragraph])],
        paragraph=int(corpus.ordinal[paragraph]),
        start=start,
        end=start + len(text),
        line=int(corpus.line[paragraph]) + before.count("\n") + before.count("\r") - before.count("\r\n"),
        text=text,
    )


def _find_length(text: str) -> int:
    """Return where the last word of a text ends, in code points."""
    end = len(text)
    while end and not (unicodedata.category(text[end - 1])[0] == "M" or _is_word(text[end - 1])):
        end -= 1
    return end


@functools.cache
def _is_word(character: str) -> bool:
    return len(hash_words(character)) > 0
