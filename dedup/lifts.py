"""The passages of a corpus: fingerprints of all texts, seeds between texts of different clusters, runs, and where they stand.

Leaves out: what is furniture as a whole, and runs at so many places that they are set phrases.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np

from dedup.distinct import sort_unique
from dedup.model import Ints, Passage, Span, Words64
from dedup.passage import Fingerprints, Runs, align_seeds, fingerprint_texts, locate_words, pair_fingerprints, read_texts
from dedup.pipeline import Corpus, Progress
from dedup.settings import Settings

CHUNK_SEEDS = 1 << 16
DIGITS = 6


class Lifted(NamedTuple):
    """Runs shared by texts, longest first, each once for two documents; n_common: fingerprints at too many places to follow."""

    runs: Runs
    n_common: int

    def paragraphs(self, corpus: Corpus) -> Ints:
        """Return the paragraphs of both sides: int64 (n, 2)."""
        return corpus.first[self.runs.texts]


_NOWHERE = np.empty((0, 2), np.int64)
NO_LIFTS = Lifted(Runs(_NOWHERE, _NOWHERE, _NOWHERE, np.empty(0, np.int64)), 0)


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
    return Lifted(_choose_runs(corpus, roots, list(parts)), n_common)


def describe_lifts(corpus: Corpus, lifted: Lifted) -> tuple[Passage, ...]:
    """Return the passages with both sides as they stand in their documents."""
    runs, paragraphs = lifted.runs, lifted.paragraphs(corpus)
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


def _choose_runs(corpus: Corpus, roots: Ints, parts: list[Runs]) -> Runs:
    """Return runs longest first, of those between the same clusters and documents only what does not overlap a longer one."""
    runs = Runs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    documents = corpus.document[corpus.first[runs.texts]]
    order = np.lexsort((runs.texts[:, 1], runs.texts[:, 0], -runs.shared))
    taken: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    kept = []
    keys = np.concatenate((documents, roots[runs.texts]), axis=1)[order].tolist()
    sides = np.concatenate((runs.texts, runs.a, runs.b), axis=1)[order].tolist()
    for number, key, side in zip(order.tolist(), keys, sides, strict=True):
        before = taken.setdefault(tuple(key), [])
        if not any(_overlap(side, other) for other in before):
            before.append(tuple(side))
            kept.append(number)
    return Runs(*(column[kept] for column in runs))


def _overlap(one: Iterable[int], other: Iterable[int]) -> bool:
    text_a, text_b, a, a_end, b, b_end = one
    other_a, other_b, c, c_end, d, d_end = other
    return (text_a == other_a and a < c_end and c < a_end) or (text_b == other_b and b < d_end and d < b_end)


def _describe_spans(corpus: Corpus, paragraphs: Ints, words: Ints) -> list[Span]:
    spans: list[Span] = [None] * len(paragraphs)  # type: ignore[list-item]
    batches = np.searchsorted(corpus.batch_starts, paragraphs, "right") - 1
    for number in sort_unique(batches).tolist():
        batch, rows = corpus.batches[number], np.flatnonzero(batches == number)
        starts, ends = corpus.start[paragraphs[rows]], corpus.end[paragraphs[rows]]
        places = locate_words(batch.text, starts, ends, words[rows]).tolist()
        shown = batch.shown.data
        for row, start, (first, behind) in zip(rows.tolist(), starts.tolist(), places, strict=True):
            before, text = str(shown[start:first], "utf-8"), _trim(str(shown[first:behind], "utf-8"))
            spans[row] = _make_span(corpus, int(paragraphs[row]), before, text)
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


def _trim(text: str) -> str:
    """Return text without what stands behind its last word."""
    end = len(text)
    while end and unicodedata.category(text[end - 1])[0] not in "LNM":
        end -= 1
    return text[:end]
