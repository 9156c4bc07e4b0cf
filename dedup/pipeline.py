"""From batches of documents to verified pairs: the stages that every use case shares, in their order, over threads.

Leaves out: where documents come from (see `read`) and what pairs mean (see `audit`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.band import (
    MOST_MINIMA,
    Bands,
    allow_minima,
    choose_bands,
    describe_bands,
    find_probability,
    key_bands,
    merge_candidates,
    pair_bucket_mates,
)
from dedup.distinct import collapse_exact, sort_unique
from dedup.model import PROSE, Batch, Bytes, Floats, Ints, JsonObject, Sets, Words64
from dedup.prefix import pair_sharing_prefix
from dedup.segment import Paragraphs, place_blocks, split_paragraphs
from dedup.settings import NORMALISER_VERSION, Settings, describe_settings
from dedup.shingle import Shingled, shingle_paragraphs
from dedup.sketch import SCHEME, draw_permutations, sketch_sets
from dedup.verify import sort_sets, verify_pairs

CHUNK_TEXTS = 4096
"""Signatures made at a time: 2 MB at 136 minima, so that they are still in the cache when they are cut into bands."""
CHUNK_PAIRS = 1 << 16

Number = TypeVar("Number", np.int64, np.uint64, np.uint8)

_NO_DOCUMENTS = Batch([], [], [], np.empty(0, np.uint8), np.zeros(1, np.int64))

Progress = Callable[[str, int], None]
"""Called with the name of a stage and how much more of it is done."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents of a run and their paragraphs, as columns.

    Of m documents: names, sources, dates; document_paragraphs and document_words, int64 (m,). Of n paragraphs, in reading order,
    int64 (n,): document, ordinal (from 0 within its document), start and end (bytes into the text of its batch), start_point
    and end_point (code points into the text of its document), line, words, text (its number among the distinct texts).
    masks: uint64 (n,); roles: uint8 (n,), what a document's format says of the paragraph (see `model.Blocks`).
    Of each distinct text: digests, uint64 (n_texts, 2); first, int64 (n_texts,), its first paragraph; sets, its shingles.

    Of drafts held against an index: n_published, how many documents, the first ones, are the index's; of those only some
    paragraphs are there. weights: float64 (n,), how many paragraphs each stands for, where others like it were not read;
    unread: how many documents more each source has.
    """

    batches: list[Batch]
    batch_starts: Ints
    names: list[str]
    sources: list[str]
    dates: list[str | None]
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

    @property
    def batch_of(self) -> Ints:
        """Return the batch of each distinct text's first paragraph: int64 (n_texts,)."""
        return np.searchsorted(self.batch_starts, self.first, "right") - 1

    def texts_of(self, paragraphs: Ints, prose: bool = False) -> list[str]:
        """Return the text of each of some paragraphs as it stands in its document; with `prose`, as it is compared."""
        batches = np.searchsorted(self.batch_starts, paragraphs, "right") - 1
        columns = (batches.tolist(), self.start[paragraphs].tolist(), self.end[paragraphs].tolist())
        views = [(batch.text if prose else batch.shown).data for batch in self.batches]
        return [str(views[batch][start:end], "utf-8") for batch, start, end in zip(*columns, strict=True)]


class Found(NamedTuple):
    """Verified pairs of distinct texts, int64 (n, 2), lower first, with their exact Jaccard, and how they were found."""

    pairs: Ints
    jaccard: Floats
    n_candidates: int
    n_left_out: int
    expected_recall: float


def ingest_batches(batches: Iterable[Batch], settings: Settings, pool: Executor, progress: Progress) -> Corpus:
    """Return the paragraphs of all documents, segmented and shingled, exact copies collapsed.

    A run without a word is no paragraph. Memory: the text itself, 4 bytes a shingle, 120 bytes a paragraph.
    """

    def ingest(batch: Batch) -> tuple[Batch, Paragraphs, Shingled]:
        paragraphs = _find_paragraphs(batch, settings)
        shingled = shingle_paragraphs(batch.text, paragraphs.start, paragraphs.end, settings.shingle, settings.min_words)
        progress("Reading", len(batch))
        return batch, paragraphs, shingled

    futures = [pool.submit(ingest, batch) for batch in batches]
    return _join_batches([future.result() for future in futures] or [ingest(_NO_DOCUMENTS)])


def find_pairs(corpus: Corpus, settings: Settings, pool: Executor, progress: Progress) -> Found:
    """Return every verified pair that the bands (or, with `settings.exact`, the prefix filter) find."""
    if settings.exact:
        everything = np.arange(len(corpus.first))
        sort_sets(corpus.sets, everything)
        candidates, left_out = pair_sharing_prefix(corpus.sets, settings.threshold), 0
    else:
        bands = choose_bands(settings.threshold, allow_minima(len(corpus.first)))
        candidates, left_out = _find_candidates(corpus.sets, settings, pool, progress)
        met = sort_unique(candidates)
        _wait(pool.submit(sort_sets, corpus.sets, part) for part in _parts(met, CHUNK_TEXTS))
    verified = list(pool.map(lambda part: verify_pairs(corpus.sets, part, settings.threshold), _parts(candidates, CHUNK_PAIRS)))
    pairs = np.concatenate([part.texts for part in verified]) if verified else np.empty((0, 2), np.int64)
    jaccard = np.concatenate([part.jaccard for part in verified]) if verified else np.empty(0)
    progress("Comparing", len(candidates))
    recall = 1.0 if settings.exact else expect_recall(jaccard, bands, settings.threshold)
    return Found(pairs, jaccard, len(candidates), left_out, recall)


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


def join_parts(parts: list[NDArray[Number]]) -> NDArray[Number]:
    """Return parts as one array, and leave none of them: memory goes from one to the other, part by part."""
    joined = np.empty(sum(map(len, parts)), np.result_type(*parts))
    filled = len(joined)
    while parts:
        part = parts.pop()
        joined[filled - len(part) : filled] = part
        filled -= len(part)
    return joined


def state_settings(settings: Settings, n_texts: int = 0) -> JsonObject:
    """Return the settings of a report: those given, and what follows from them for so many texts."""
    bands = describe_bands(settings.threshold, allow_minima(n_texts))
    curve = [[tenth / 10, round(float(find_probability(tenth / 10, bands)), 6)] for tenth in range(1, 11)]
    sketching = {"num_perm": bands.bands * bands.rows, "bands": bands.bands, "rows": bands.rows, "scheme": SCHEME, "s_curve": curve}
    return describe_settings(settings) | sketching | {"normaliser": NORMALISER_VERSION, "fingerprint": settings.fingerprint()}


def tell_apart(names: list[str]) -> list[str]:
    """Return names in which a repeated one is followed by its count: "feed.jsonl#7", "feed.jsonl#7 (2)"."""
    if len(set(names)) == len(names):
        return names
    taken, seen, apart = set(names), Counter[str](), []
    for name in names:
        seen[name] += 1
        counted = name
        while seen[name] > 1 and (counted := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        taken.add(counted)
        apart.append(counted)
    return apart


def no_progress(stage: str, n_done: int) -> None:
    """Show nothing."""


def _find_paragraphs(batch: Batch, settings: Settings) -> Paragraphs:
    if batch.blocks is not None:
        return place_blocks(batch.text, batch.offsets, batch.blocks)
    return split_paragraphs(batch.text, batch.offsets, settings.split)


def _find_candidates(sets: Sets, settings: Settings, pool: Executor, progress: Progress) -> tuple[Ints, int]:
    if len(sets.starts) < 2:
        return np.empty((0, 2), np.int64), 0
    keys = make_keys(sets, settings, pool, progress, allow_minima(len(sets.starts)))
    found = merge_candidates(list(pool.map(pair_bucket_mates, keys)))
    return found.pairs, found.left_out


def make_keys(sets: Sets, settings: Settings, pool: Executor, progress: Progress, most_minima: int = MOST_MINIMA) -> Words64:
    """Return the band keys of each set of shingles: uint64 (bands, n); an index has those of the usual minima, however it grows."""
    bands = choose_bands(settings.threshold, most_minima)
    permutations = draw_permutations(bands.bands * bands.rows, settings.seed)
    keys = np.empty((bands.bands, len(sets.starts)), np.uint64)

    def sketch(start: int) -> None:
        chunk = slice(start, start + CHUNK_TEXTS)
        signatures = sketch_sets(Sets(sets.shingles, sets.starts[chunk], sets.ends[chunk]), permutations)
        keys[:, chunk] = key_bands(signatures, bands)
        progress("Sketching", len(signatures))

    _wait(pool.submit(sketch, start) for start in range(0, len(sets.starts), CHUNK_TEXTS))
    return keys


def _join_batches(done: list[tuple[Batch, Paragraphs, Shingled]]) -> Corpus:
    batches = [batch for batch, _, _ in done]
    document_starts = np.cumsum([0] + [len(batch) for batch in batches])
    shingle_starts = np.cumsum([0] + [len(shingled.shingles) for _, _, shingled in done])
    kept = [shingled.n_words > 0 for _, _, shingled in done]
    kept_whole = [bool(keep.all()) for keep in kept]

    def column(of_batch: Callable[[Paragraphs, Shingled, int], NDArray[Number]]) -> NDArray[Number]:
        parts = (of_batch(done[i][1], done[i][2], i) for i in range(len(done)))
        return np.concatenate([part if whole else part[keep] for part, keep, whole in zip(parts, kept, kept_whole, strict=True)])

    document = column(lambda paragraphs, _, i: paragraphs.document + document_starts[i])
    digests = column(lambda _, shingled, _i: shingled.digests)
    starts = column(lambda _, shingled, i: shingled.offsets[:-1] + shingle_starts[i])
    ends = column(lambda _, shingled, i: shingled.offsets[1:] + shingle_starts[i])
    text, first = collapse_exact(digests)
    shingles = np.concatenate([shingled.shingles for _, _, shingled in done])
    n_documents = document_starts[-1]
    firsts_of_documents = np.searchsorted(document, np.arange(n_documents))
    words = column(lambda _, shingled, _i: shingled.n_words)
    return Corpus(
        batches=batches,
        batch_starts=np.cumsum([0] + [int(part.sum()) for part in kept]),
        names=tell_apart([name for batch in batches for name in batch.names]),
        sources=[source for batch in batches for source in batch.sources],
        dates=[date for batch in batches for date in batch.dates],
        document_paragraphs=np.bincount(document, minlength=n_documents),
        document_words=np.bincount(document, words, n_documents).astype(np.int64),
        document=document,
        ordinal=np.arange(len(document)) - firsts_of_documents[document],
        start=column(lambda paragraphs, _, _i: paragraphs.start),
        end=column(lambda paragraphs, _, _i: paragraphs.end),
        start_point=column(lambda paragraphs, _, _i: paragraphs.start_point),
        end_point=column(lambda paragraphs, _, _i: paragraphs.end_point),
        line=column(lambda paragraphs, _, _i: paragraphs.line),
        words=words,
        masks=column(lambda _, shingled, _i: shingled.masks),
        roles=column(lambda paragraphs, _, i: _list_roles(batches[i], len(paragraphs.start))),
        text=text,
        first=first,
        digests=digests[first],
        sets=Sets(shingles, starts[first], ends[first]),
    )


def _list_roles(batch: Batch, n_paragraphs: int) -> Bytes:
    return np.full(n_paragraphs, PROSE, np.uint8) if batch.blocks is None else batch.blocks.role


def _parts(rows: Ints, size: int) -> list[Ints]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _wait(futures: Iterable[Future[None]]) -> None:
    for future in list(futures):
        future.result()
