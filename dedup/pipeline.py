"""From batches of documents to verified pairs: the stages that every use case shares, in their order, over threads.

Leaves out: where documents come from (see `read`) and what pairs mean (see `audit`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.arena import relieve
from dedup.band import (
    BANDS_AT_ONCE,
    MOST_MINIMA,
    Bands,
    Candidates,
    allow_minima,
    choose_bands,
    describe_bands,
    find_probability,
    key_bands,
    merge_candidates,
    no_candidates,
    pair_bucket_mates,
)
from dedup.corpus import NO_DOCUMENTS, Corpus, GrowingCorpus, write_texts
from dedup.distinct import MOST_32
from dedup.model import PROSE, Batch, Bytes, Floats, Ints, JsonObject, Sets, Words64
from dedup.prefix import pair_sharing_prefix
from dedup.screen import mark_sets, screen_pairs
from dedup.segment import Paragraphs, place_blocks, split_paragraphs
from dedup.settings import NORMALISER_VERSION, Settings, describe_settings
from dedup.shingle import Shingled, shingle_paragraphs
from dedup.sketch import SCHEME, Permutations, draw_permutations, sketch_sets
from dedup.spill import Spill
from dedup.verify import Pairs, sort_sets, verify_pairs

CHUNK_TEXTS = 4096
"""Signatures made at a time: 2 MB at 136 minima, so that they are still in the cache when they are cut into bands."""
CHUNK_SCREENED, CHUNK_PAIRS = 1 << 16, 1 << 12
FEW_TEXTS = 1024
"""Up to so many, all bands are paired in one go: to hand them to threads one by one takes longer than to pair them."""
MOST_PENDING = 4
"""Batches read ahead for each thread: enough for all to be busy, and no more memory than that takes."""

Progress = Callable[[str, int], None]
"""Called with the name of a stage and how much more of it is done."""


class Found(NamedTuple):
    """Verified pairs of distinct texts, int64 (n, 2), lower first, with their exact Jaccard, and how they were found."""

    pairs: Ints
    jaccard: Floats
    n_candidates: int
    n_left_out: int
    expected_recall: float


def ingest_batches(
    batches: Iterable[Batch],
    settings: Settings,
    pool: Executor,
    progress: Progress,
    spill: Spill | None = None,
    *,
    text_only: bool = False,
) -> Corpus:
    """Return the paragraphs of all documents, segmented and shingled, exact copies collapsed.

    spill: where texts move once memory is short; text_only: nothing else of the batches is needed later. A run without a word is no
    paragraph.
    Memory: the text itself, 4 bytes a shingle, 70 bytes a paragraph.
    What batches make is joined as they get ready, so that no column is there twice; of batches some a thread are in the making,
    their texts there twice.
    """

    def ingest(batch: Batch, kept: Batch) -> tuple[NDArray[Any], ...]:
        paragraphs = _find_paragraphs(batch, settings)
        shingled = shingle_paragraphs(batch.text, paragraphs.start, paragraphs.end, settings.shingle, settings.min_words)
        if kept is not batch:
            write_texts(batch, kept)
        progress("Reading", len(batch))
        return _keep_worded(batch, paragraphs, shingled)

    joined = GrowingCorpus(spill, text_only)
    futures: deque[tuple[Batch, Future[tuple[NDArray[Any], ...]]]] = deque()

    def join() -> None:
        batch, future = futures.popleft()
        joined.append(batch, *future.result())

    for batch in batches:
        kept = joined.make_room(batch)
        futures.append((kept, pool.submit(ingest, batch, kept)))
        while futures and (futures[0][1].done() or len(futures) > MOST_PENDING * settings.threads):
            join()
    while futures:
        join()
    if not joined.batches:
        joined.append(NO_DOCUMENTS, *ingest(NO_DOCUMENTS, NO_DOCUMENTS))
    return joined.take()


def find_pairs(corpus: Corpus, settings: Settings, pool: Executor, progress: Progress) -> Found:
    """Return every verified pair that the bands (or, with `settings.exact`, the prefix filter) find."""
    if settings.exact:
        everything = np.arange(len(corpus.first))
        sort_sets(corpus.sets, everything)
        candidates, left_out = pair_sharing_prefix(corpus.sets, settings.threshold), 0
    else:
        bands = choose_bands(settings.threshold, count_minima(corpus))
        candidates, left_out = _find_candidates(corpus.sets, bands, settings, pool, progress)
    n_candidates, candidates = len(candidates), _screen(corpus.sets, candidates, settings, pool)
    if not settings.exact:
        _wait(pool.submit(sort_sets, corpus.sets, part) for part in _parts(_list_met(corpus.sets, candidates), CHUNK_TEXTS))

    def verify(part: Ints) -> Pairs:
        relieve()
        return verify_pairs(corpus.sets, part, settings.threshold)

    verified = list(pool.map(verify, _parts(candidates, CHUNK_PAIRS)))
    pairs = np.concatenate([part.texts for part in verified]) if verified else np.empty((0, 2), np.int64)
    jaccard = np.concatenate([part.jaccard for part in verified]) if verified else np.empty(0)
    progress("Comparing", n_candidates)
    recall = 1.0 if settings.exact else expect_recall(jaccard, bands, settings.threshold)
    return Found(pairs, jaccard, n_candidates, left_out, recall)


def carry_found(found: Found, digests: Words64, corpus: Corpus) -> Found | None:
    """Return the pairs of a corpus of which some paragraphs went, from those found before; None when it has a text that is new.

    digests: uint64 (n_texts, 2), of the texts that were paired.
    """
    order = np.argsort(digests[:, 0])
    places = np.searchsorted(digests[order, 0], corpus.digests[:, 0]).clip(max=max(len(order) - 1, 0))
    if not len(order) or (digests[order[places]] != corpus.digests).any():
        return None
    number = np.full(len(digests), -1)
    number[order[places]] = np.arange(len(corpus.digests))
    pairs = np.sort(number[found.pairs], axis=1)
    there = pairs[:, 0] >= 0
    return found._replace(pairs=pairs[there], jaccard=found.jaccard[there])


def expect_recall(jaccard: Floats, bands: Bands, threshold: float) -> float:
    """Return the share of all pairs that bands can be expected to have found, from those that they found.

    Each found pair of similarity j stands for 1 / P(j) pairs, P being the S-curve (Horvitz and Thompson, 1952). Without any
    pair it is the worst case, P(threshold). What the bucket rule passes over is not in it (see `band.pair_bucket_mates`).
    """
    if not len(jaccard):
        return float(find_probability(threshold, bands))
    return float(len(jaccard) / np.sum(1.0 / find_probability(jaccard, bands)))


def append_sets(sets: Sets, texts: Sequence[str], settings: Settings) -> Sets:
    """Return sets of shingles, then those of some texts, each taken as one paragraph."""
    shingled = shingle_texts(texts, settings)
    start = len(sets.shingles)
    return Sets(
        np.concatenate((sets.shingles, shingled.shingles)),
        np.concatenate((sets.starts, shingled.offsets[:-1] + start)),
        np.concatenate((sets.ends, shingled.offsets[1:] + start)),
    )


def shingle_texts(texts: Sequence[str], settings: Settings) -> Shingled:
    """Return texts shingled, each taken as one paragraph."""
    buffer, offsets = join_texts(texts)
    return shingle_paragraphs(buffer, offsets[:-1], offsets[1:], settings.shingle, settings.min_words)


def join_texts(texts: Sequence[str]) -> tuple[Bytes, Ints]:
    """Return (texts in one UTF-8 buffer, where each begins and the last ends: int64 (n + 1,))."""
    encoded = [text.encode() for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(list(map(len, encoded)), out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def count_minima(corpus: Corpus) -> int:
    """Return how many minima the signatures of a corpus may have; texts of which no paragraph is left do not count."""
    firsts = corpus.first[corpus.first >= 0]
    return allow_minima(len(firsts), int(corpus.words[firsts].sum(dtype=np.int64)))


def state_settings(settings: Settings, most_minima: int = MOST_MINIMA) -> JsonObject:
    """Return the settings of a report: those given, and what follows from them where signatures may have so many minima."""
    bands = describe_bands(settings.threshold, most_minima)
    curve = [[tenth / 10, round(float(find_probability(tenth / 10, bands)), 6)] for tenth in range(1, 11)]
    sketching = {"num_perm": bands.bands * bands.rows, "bands": bands.bands, "rows": bands.rows, "scheme": SCHEME, "s_curve": curve}
    return describe_settings(settings) | sketching | {"normaliser": NORMALISER_VERSION, "fingerprint": settings.fingerprint()}


def no_progress(stage: str, n_done: int) -> None:
    """Show nothing."""


def _find_paragraphs(batch: Batch, settings: Settings) -> Paragraphs:
    if batch.blocks is not None:
        return place_blocks(batch.text, batch.offsets, batch.blocks)
    return split_paragraphs(batch.text, batch.offsets, settings.split)


def _find_candidates(sets: Sets, bands: Bands, settings: Settings, pool: Executor, progress: Progress) -> tuple[Ints, int]:
    if len(sets.starts) < 2:
        return np.empty((0, 2), np.int64), 0
    is_few = len(sets.starts) <= FEW_TEXTS
    keys = np.empty((bands.bands if is_few else min(bands.bands, BANDS_AT_ONCE), len(sets.starts)), np.uint64)

    def pair(first: int) -> list[Candidates]:
        some = _key_some(sets, settings, pool, progress, bands, first, keys)
        return [pair_bucket_mates(some)] if is_few else list(pool.map(pair_bucket_mates, some))

    merging = pool.submit(no_candidates)
    for first in range(0, bands.bands, len(keys)):
        merging = pool.submit(merge_candidates, pair(first), merging.result())  # those before are merged while some are paired
    merged = merging.result()
    return merged.pairs, merged.left_out


def _screen(sets: Sets, candidates: Ints, settings: Settings, pool: Executor) -> Ints:
    """Return the candidates that may be pairs."""
    marks = np.zeros((len(sets.starts), 2), np.uint64)
    _wait(pool.submit(mark_sets, sets, part, marks) for part in _parts(_list_met(sets, candidates), CHUNK_TEXTS))

    def screen(part: Ints) -> Ints:
        relieve()
        return part[screen_pairs(marks, part, settings.threshold)]

    return np.concatenate([*pool.map(screen, _parts(candidates, CHUNK_SCREENED)), candidates[:0]])


def _list_met(sets: Sets, candidates: Ints) -> Ints:
    """Return the texts that are in a candidate pair, rising; of candidates that spill some are read at a time."""
    is_met = np.zeros(len(sets.starts), bool)
    for part in _parts(candidates, CHUNK_SCREENED):
        relieve()
        is_met[part] = True
    return np.flatnonzero(is_met)


def make_keys(sets: Sets, settings: Settings, pool: Executor, progress: Progress) -> Words64:
    """Return the band keys of each set of shingles: uint64 (bands, n); an index has those of the usual minima, however it grows."""
    bands = choose_bands(settings.threshold)
    return _key_some(sets, settings, pool, progress, bands, 0, np.empty((bands.bands, len(sets.starts)), np.uint64))


def _key_some(
    sets: Sets, settings: Settings, pool: Executor, progress: Progress, bands: Bands, first: int, room: Words64
) -> Words64:
    """Return the keys of the bands from a number on, as many as there is room for, written to it: uint64 (bands, n)."""
    keys = room[: bands.bands - first]
    minima = slice(first * bands.rows, (first + len(keys)) * bands.rows)
    drawn = draw_permutations(bands.bands * bands.rows, settings.seed)
    permutations = Permutations(*(numbers[minima] for numbers in drawn))

    def sketch(start: int) -> None:
        chunk = slice(start, start + CHUNK_TEXTS)
        signatures = sketch_sets(Sets(sets.shingles, sets.starts[chunk], sets.ends[chunk]), permutations)
        keys[:, chunk] = key_bands(signatures, Bands(len(keys), bands.rows), first)
        if first + len(keys) == bands.bands:
            progress("Sketching", len(signatures))

    _wait(pool.submit(sketch, start) for start in range(0, len(sets.starts), CHUNK_TEXTS))
    return keys


def _keep_worded(batch: Batch, paragraphs: Paragraphs, shingled: Shingled) -> tuple[NDArray[Any], ...]:
    """Return the columns of a batch as `GrowingCorpus` takes them, of paragraphs with a word in them."""
    kind = np.int32 if len(batch.text) <= MOST_32 else np.int64
    roles = np.full(len(paragraphs.start), PROSE, np.uint8) if batch.blocks is None else batch.blocks.role
    places = (column.astype(kind) for column in (*paragraphs, shingled.n_words))
    columns = (*places, shingled.masks, roles, shingled.digests, np.diff(shingled.offsets).astype(kind))
    kept = shingled.n_words > 0
    return *(columns if kept.all() else (column[kept] for column in columns)), shingled.shingles


def _parts(rows: Ints, size: int) -> list[Ints]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _wait(futures: Iterable[Future[None]]) -> None:
    for future in list(futures):
        future.result()
