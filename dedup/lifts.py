"""The passages of a corpus: fingerprints of all texts, seeds between texts of different clusters, runs, and where they stand.

Leaves out: what is furniture as a whole, and runs at so many places that they are set phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.ahead import hand_on
from dedup.align import Runs, align_seeds
from dedup.column import Column
from dedup.corpus import Corpus
from dedup.distinct import sort_unique
from dedup.kernel import kernel
from dedup.model import Flags, Ints, Words64
from dedup.order import number_distinct
from dedup.passage import Fingerprints, fingerprint_texts, pair_fingerprints, read_texts
from dedup.pipeline import Progress
from dedup.settings import Settings

CHUNK_SEEDS = 1 << 16
MOST_HOLDERS = 8
"""Paragraphs with the same words that a run is told of: a line in hundreds of documents is known from its cluster."""


class Lifted(NamedTuple):
    """Runs of words, longest first; n_common: fingerprints at too many places to follow.

    paragraphs: int64 (n, 2), the two that share each run; of a draft's and a published one the draft's first. Between two documents
    no run overlaps another.
    """

    runs: Runs
    paragraphs: Ints
    n_common: int


_NOWHERE, _NONE = np.empty((0, 2), np.int64), np.empty(0, np.uint64)
NO_LIFTS = Lifted(Runs(_NOWHERE, _NOWHERE, _NOWHERE, np.empty(0, np.int64)), _NOWHERE, 0)


def find_lifts(
    corpus: Corpus,
    winnowed: Callable[[], Fingerprints],
    roots: Ints,
    skipped: Ints,
    settings: Settings,
    pool: Executor,
    common: Words64 = _NONE,
) -> Lifted:
    """Return the runs of at least settings.passage_words words that texts of different clusters share; in a check, with a draft's.

    winnowed: as by `winnow_corpus`; roots: int64 (n_texts,), the cluster of each text; skipped: texts that are left out; common:
    fingerprints that stand at too many places in the index.
    """
    if not settings.passages:
        return NO_LIFTS
    wanted = np.ones(len(corpus.first), bool)
    wanted[skipped] = False
    found = _leave_out(winnowed(), wanted, common)
    seeds, n_common = pair_fingerprints(found, roots, _find_drafted(corpus), pool)
    del found  # 10 bytes a fingerprint, one for every three words
    words, offsets = _read_words(corpus, sort_unique(seeds[:, :2]), pool)
    parts = pool.map(lambda part: align_seeds(part, words, offsets, settings.passage_words), _cut_seeds(seeds))
    return _choose_runs(corpus, Runs(*map(np.concatenate, zip(*parts, strict=True))), n_common + len(common))


def fingerprint_corpus(corpus: Corpus, settings: Settings, pool: Executor, progress: Progress) -> Fingerprints:
    """Return the fingerprints of all texts that a paragraph of the corpus holds, batch by batch."""
    return winnow_corpus(corpus, settings, pool, progress)()


def winnow_corpus(corpus: Corpus, settings: Settings, pool: Executor, progress: Progress) -> Callable[[], Fingerprints]:
    """Return what waits for the fingerprints of all texts that a paragraph of the corpus holds, and gives them once.

    The threads begin at once, and make them while other things are done. Of the corpus no sets of shingles are held meanwhile.
    """
    texts = np.flatnonzero(corpus.first >= 0)
    batch_of = corpus.batch_of[texts]
    order = np.argsort(batch_of, kind="stable")
    numbers = np.split(texts[order], np.searchsorted(batch_of[order], np.arange(1, len(corpus.batches))))
    batches, first, start, end = corpus.batches, corpus.first, corpus.start, corpus.end
    columns: list[Column[Any]] = [Column() for _ in Fingerprints._fields]
    n_found = 0

    def fingerprint(batch: int) -> Fingerprints:
        paragraphs = first[numbers[batch]]
        places = (start[paragraphs], end[paragraphs])
        found = fingerprint_texts(batches[batch].text, *places, numbers[batch], settings.passage_words)
        progress("Winnowing", len(paragraphs))
        return found

    def join(found: Fingerprints) -> None:
        nonlocal n_found
        parts: tuple[NDArray[Any], ...] = found._replace(ends=found.ends + n_found)
        for column, part in zip(columns, parts, strict=True):
            column.append(part)
        n_found += len(found.hashes)

    wait = hand_on(pool, fingerprint, range(len(batches) if settings.passages else 0), join)

    def take() -> Fingerprints:
        wait()
        return Fingerprints(*(column.take() for column in columns))

    return take


def _leave_out(found: Fingerprints, wanted: Flags, common: Words64) -> Fingerprints:
    """Return fingerprints without those of some texts, and without some, in place. wanted: bool (n_texts,)."""
    if wanted.all() and not len(common):
        return found
    is_common = np.isin(found.hashes, common) if len(common) else np.empty(0, bool)
    kept = _keep_kernel(found.hashes, found.places, found.ends, wanted[found.numbers], is_common)
    return found._replace(hashes=found.hashes[:kept], places=found.places[:kept])


def keep_lifts(lifted: Lifted, kept: Sequence[bool] | slice) -> Lifted:
    """Return some of the runs. kept: of each, in their order; or a slice of them."""
    keep = kept if isinstance(kept, slice) else np.array(kept, bool)
    return lifted._replace(runs=Runs(*(column[keep] for column in lifted.runs)), paragraphs=lifted.paragraphs[keep])


def count_lifted(lifted: Lifted, wanted: Flags) -> int:
    """Return the words of some paragraphs that lie in runs, each once. wanted: bool, by paragraph."""
    sides = np.concatenate((lifted.paragraphs[:, 0], lifted.paragraphs[:, 1])), np.concatenate((lifted.runs.a, lifted.runs.b))
    count, last, reached = 0, -1, 0
    for paragraph, start, end in sorted(zip(sides[0].tolist(), *sides[1].T.tolist(), strict=True)):
        if wanted[paragraph]:
            reached = max(reached, start) if paragraph == last else start
            count += max(end - reached, 0)
            last, reached = paragraph, max(reached, end)
    return count


def _read_words(corpus: Corpus, texts: Ints, pool: Executor) -> tuple[Words64, Ints]:
    """Return (the words of some texts as hashes, where each text's begin by its number: int64 (n_texts + 1,))."""
    sizes = np.zeros(len(corpus.first) + 1, np.int64)
    sizes[texts + 1] = corpus.words[corpus.first[texts]]
    offsets, batch_of = np.cumsum(sizes), corpus.batch_of[texts]
    cuts = np.flatnonzero(np.diff(batch_of, prepend=-1))  # no other batch has a text between those of one
    words = np.empty(offsets[-1], np.uint64)

    def read(batch: int, mine: Ints) -> None:
        paragraphs, places = corpus.first[mine], slice(offsets[mine[0]], offsets[mine[-1] + 1])
        read_texts(corpus.batches[batch].text, corpus.start[paragraphs], corpus.end[paragraphs], words[places])

    list(pool.map(read, batch_of[cuts].tolist(), np.split(texts, cuts)[1:]))
    return words, offsets


def _cut_seeds(seeds: Ints) -> list[Ints]:
    """Return the seeds in parts, those of two texts in one."""
    firsts = np.flatnonzero(np.append(True, (seeds[1:, :2] != seeds[:-1, :2]).any(axis=1))) if len(seeds) else np.empty(0, np.int64)
    cuts = firsts[np.searchsorted(firsts, np.arange(CHUNK_SEEDS, len(seeds), CHUNK_SEEDS)).clip(max=max(len(firsts) - 1, 0))]
    return np.split(seeds, sort_unique(cuts))


def _choose_runs(corpus: Corpus, runs: Runs, n_common: int) -> Lifted:
    """Return the runs of every two documents, longest first, without what overlaps a longer one of the same two."""
    number, paragraphs = _place_runs(corpus, runs)
    order = np.lexsort((paragraphs[:, 1], paragraphs[:, 0], -runs.shared[number]))
    placed = Runs(*(column[number[order]] for column in runs))
    kept = order[pick_apart(placed, corpus.document[paragraphs[order]])]
    return _turn_to_drafts(corpus, Lifted(Runs(*(column[number[kept]] for column in runs)), paragraphs[kept], n_common))


def pick_apart(runs: Runs, documents: Ints) -> Ints:
    """Return which runs overlap none before them in the same two documents, rising: int64. documents: int64 (n, 2), of both sides.

    Time O(n log(n)), and the square of the runs between two documents that lie in one text.
    """
    n_sides = documents.size
    ends = np.sort(number_distinct(documents.ravel()).inverse.reshape(-1, 2), axis=1)  # Spark's numbers take all 64 bits
    pairs = number_distinct(ends[:, 0] * n_sides + ends[:, 1]).inverse
    sides = number_distinct(np.repeat(pairs, 2) * n_sides + number_distinct(runs.texts.ravel()).inverse).inverse
    kept = np.empty(len(pairs), np.int64)
    newest, before = np.full(len(sides), -1), np.empty(len(sides), np.int64)
    spans = np.stack((runs.a, runs.b), axis=1).reshape(-1, 2)
    return kept[: _pick_kernel(kept, spans, sides, newest, before)]


def _place_runs(corpus: Corpus, runs: Runs) -> tuple[Ints, Ints]:
    """Return (the number of a run, the two paragraphs that share it: int64 (n, 2)) for the first paragraphs that hold its texts."""
    published = corpus.document < (corpus.n_published or 0)
    shares = np.zeros(len(corpus.first), bool)
    shares[runs.texts] = True
    holders = np.flatnonzero(shares[corpus.text])
    order = holders[np.lexsort((published[holders], corpus.text[holders]))]  # those of drafts first: of many some are left out
    counts = np.bincount(corpus.text[holders], minlength=len(corpus.first))
    starts = (np.cumsum(counts) - counts)[runs.texts]
    held = np.minimum(counts[runs.texts], MOST_HOLDERS)
    sizes = held[:, 0] * held[:, 1]
    number = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    a, b = place // held[number, 1], place % held[number, 1]
    paragraphs = order[np.stack((starts[number, 0] + a, starts[number, 1] + b), axis=1)]
    drafted = ~published[paragraphs].all(axis=1)
    return number[drafted], paragraphs[drafted]


def _find_drafted(corpus: Corpus) -> Flags | None:
    """Return which texts stand in drafts, None where no document is an index's."""
    if not corpus.n_published:
        return None
    drafted = np.zeros(len(corpus.first), bool)
    drafted[corpus.text[corpus.document >= corpus.n_published]] = True
    return drafted


def _turn_to_drafts(corpus: Corpus, lifted: Lifted) -> Lifted:
    """Return runs whose first side is a draft's."""
    turned = (lifted.paragraphs[:, 0] < np.searchsorted(corpus.document, corpus.n_published or 0))[:, None]
    a, b = lifted.runs.a, lifted.runs.b
    runs = lifted.runs._replace(
        texts=np.where(turned, lifted.runs.texts[:, ::-1], lifted.runs.texts), a=np.where(turned, b, a), b=np.where(turned, a, b)
    )
    return lifted._replace(runs=runs, paragraphs=np.where(turned, lifted.paragraphs[:, ::-1], lifted.paragraphs))


@kernel(microseconds=1)
def _keep_kernel(hashes, places, ends, wanted, is_common):
    """Return how many fingerprints are kept. wanted: bool, by text, as `ends` is; is_common: bool, by fingerprint, or empty."""
    filled, first = 0, 0
    for i in range(len(ends)):
        last = ends[i]
        for k in range(first, last if wanted[i] else first):
            if len(is_common) == 0 or not is_common[k]:
                hashes[filled], places[filled] = hashes[k], places[k]
                filled += 1
        ends[i], first = filled, last
    return filled


@kernel(microseconds=4)
def _pick_kernel(kept, spans, sides, newest, before):
    """Return how many runs are kept. Those of run i: spans 2 * i and 2 * i + 1, the numbers of their texts there in `sides`.

    newest, before: of each such number the last span kept, of that the one before, -1 for none.
    """
    filled = 0
    for i in range(len(kept)):
        is_apart = True
        for side in range(2 * i, 2 * i + 2):
            other = newest[sides[side]]
            while is_apart and other >= 0:
                is_apart = spans[side, 0] >= spans[other, 1] or spans[other, 0] >= spans[side, 1]
                other = before[other]
        if is_apart:
            for side in range(2 * i, 2 * i + 2):
                before[side], newest[sides[side]] = newest[sides[side]], side
            kept[filled] = i
            filled += 1
    return filled
