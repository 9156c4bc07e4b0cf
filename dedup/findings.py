"""Verified pairs to findings, as arrays: which paragraphs a cluster has, how alike they are, and of what kind it is.

Leaves out: what a report says of them (see `describe`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedup.arena import gather, relieve
from dedup.classify import Places, find_copies, find_furniture, find_kinds
from dedup.cluster import Clustered, connect_texts, group_members, measure_ties
from dedup.corpus import TEXTS_AT_ONCE, Corpus
from dedup.cues import CUED_WORDS, find_hinted, has_cue
from dedup.distinct import sort_unique, sort_unique_pairs
from dedup.model import Flags, Floats, Ints, Kind, Words64
from dedup.order import order_stably
from dedup.pipeline import Found
from dedup.table import Texts
from dedup.verify import compare_sets, sort_sets

MEMBERS_AT_ONCE = 1 << 16
"""Of which the texts are read to tell kinds of clusters."""
FEW_TEXTS = 1 << 10
"""Are sooner searched one by one for a picture cue than a kernel is loaded."""
HEX_DIGITS = 16
PAIRS_AT_ONCE = 1 << 10
"""That are compared before memory is looked after."""

_NO_NAME = np.uint64(0xFFFFFFFFFFFFFFFF)


class Tied(NamedTuple):
    """Paragraphs tied into c clusters of m members, before they are described.

    similarity: float64 (m,), of each member to its representative; weakest, mean: float64 (c,), over the ties of each cluster;
    n_documents: int64 (c,); is_furniture: by paragraph; masks: uint64, rising, the masks that tie furniture together;
    roots: int64 (n_texts,), the cluster of each text.
    """

    clustered: Clustered
    similarity: Floats
    weakest: Floats
    mean: Floats
    n_documents: Ints
    is_furniture: Flags
    places: Places
    masks: Words64
    roots: Ints


def tie_clusters(corpus: Corpus, found: Found) -> Tied:
    """Return the clusters of a corpus as arrays.

    Lines of furniture that differ in figures and dates alone ("UPDATED: 14:02, 3 May") are tied with similarity 1: what is
    compared of them is their words with those masked.
    """
    places = _find_places(corpus, found)
    masks, masked = _pair_masked(corpus, places)
    other = ~_are_among(_pack(found.pairs), _pack(masked))
    pairs = np.concatenate((found.pairs[other], masked))
    jaccard = np.concatenate((found.jaccard[other], np.ones(len(masked))))
    return tie_pairs(corpus, pairs, jaccard, places, masks)


def tie_pairs(corpus: Corpus, pairs: Ints, jaccard: Floats, places: Places, masks: Words64) -> Tied:
    """Return the clusters that pairs of texts make: int64 (n, 2), with their similarity.

    masks: as in `Tied`. Each cluster hangs on its own paragraphs and pairs alone, so that a corpus of some whole ones does.
    """
    roots_of_texts = connect_texts(len(corpus.first), pairs)
    roots = roots_of_texts[corpus.text]
    clustered = group_members(_leave_out_published(corpus, roots), _rank_by_date(corpus)[corpus.document])
    n_copies = np.maximum(np.bincount(corpus.text, minlength=len(corpus.first)) - 1, 0)
    weakest, mean = measure_ties(roots_of_texts, pairs, jaccard, n_copies)
    firsts = clustered.members[clustered.offsets[:-1]]
    return Tied(
        clustered=clustered,
        similarity=_compare_with_first(corpus, clustered, masks),
        weakest=weakest[roots[firsts]],
        mean=mean[roots[firsts]],
        n_documents=_count_documents(corpus, clustered),
        is_furniture=find_furniture(roots, places),
        places=places,
        masks=masks,
        roots=roots_of_texts,
    )


def _leave_out_published(corpus: Corpus, roots: Ints) -> Ints:
    """Return roots by which paragraphs of the index alone are in no cluster: what a check tells of has a draft in it."""
    if corpus.n_published is None:
        return roots
    in_drafts = np.zeros(roots.max(initial=-1) + 1, bool)
    in_drafts[roots[corpus.document >= corpus.n_published]] = True
    return np.where(in_drafts[roots], roots, len(in_drafts) + np.arange(len(roots)))


def keep_clusters(tied: Tied, kept: Sequence[bool]) -> Tied:
    """Return some of the clusters. kept: of each, in their order."""
    keep, sizes = np.array(kept, bool), np.diff(tied.clustered.offsets)
    members = np.repeat(keep, sizes)
    return tied._replace(
        clustered=Clustered(tied.clustered.members[members], np.append(0, np.cumsum(sizes[keep]))),
        similarity=tied.similarity[members],
        weakest=tied.weakest[keep],
        mean=tied.mean[keep],
        n_documents=tied.n_documents[keep],
    )


def read_kinds(corpus: Corpus, tied: Tied, pool: Executor | None = None) -> list[Kind]:
    """Return the kind of each cluster, in the order of `tied`. pool: of threads, each of which has some of the clusters."""
    members, offsets = tied.clustered.members, tied.clustered.offsets
    hinted = _find_hinted(corpus, members, pool)
    cuts = sort_unique(np.searchsorted(offsets, np.arange(0, len(members), MEMBERS_AT_ONCE)))

    def read(bounds: tuple[int, int]) -> list[Kind]:
        mine = offsets[bounds[0] : bounds[1] + 1]
        some, rows = members[mine[0] : mine[-1]], np.flatnonzero(hinted[mine[0] : mine[-1]])
        is_cued = np.zeros(len(some), bool)
        is_cued[rows] = list(map(cache(has_cue), corpus.texts_of(some[rows])))
        places, is_furniture = tied.places.select(some), gather(tied.is_furniture, some)
        return find_kinds(mine - mine[0], is_furniture, is_cued, places, lambda rows: corpus.texts_of(some[rows]))

    parts = (pool.map if pool else map)(read, pairwise([*cuts.tolist(), len(tied.clustered)]))
    return [kind for part in parts for kind in part]


def _find_hinted(corpus: Corpus, paragraphs: Ints, pool: Executor | None) -> Flags:
    """Return which of some paragraphs may have a picture cue: bool (n,)."""
    hinted: Flags = gather(corpus.words, paragraphs) <= CUED_WORDS
    short = np.flatnonzero(hinted)
    if len(short) <= FEW_TEXTS:
        return hinted
    order = short[order_stably(paragraphs[short])]
    cuts = np.searchsorted(paragraphs[order], corpus.batch_starts)

    def search(batch: int) -> None:
        for at in range(cuts[batch], cuts[batch + 1], TEXTS_AT_ONCE):
            relieve()
            rows = order[at : min(at + TEXTS_AT_ONCE, cuts[batch + 1])]
            places = corpus.start[paragraphs[rows]], corpus.end[paragraphs[rows]]
            hinted[rows] = find_hinted(corpus.batches[batch].shown, *places)

    list((pool.map if pool else map)(search, range(len(corpus.batches))))
    return hinted


def list_furniture(corpus: Corpus, tied: Tied, kinds: Sequence[Kind]) -> Ints:
    """Return the texts that are furniture. kinds: of the clusters, in the order of `tied`."""
    of_clusters = np.repeat(np.array([kind == "furniture" for kind in kinds], bool), np.diff(tied.clustered.offsets))
    paragraphs = np.concatenate((np.flatnonzero(tied.is_furniture), tied.clustered.members[of_clusters]))
    return sort_unique(corpus.text[paragraphs])


def _find_places(corpus: Corpus, found: Found) -> Places:
    """Return where paragraphs stand, and which documents are copies of earlier ones by the pairs found."""
    roots = connect_texts(len(corpus.first), found.pairs)[corpus.text]
    source, labels = corpus.sources.codes.astype(np.int64), corpus.sources.labels
    is_copy = find_copies(roots, corpus.document, corpus.words, source, corpus.document_words)
    unread = np.array([corpus.unread.get(name, 0) for name in labels], np.int64)
    return Places(
        document=corpus.document,
        ordinal=corpus.ordinal,
        from_end=(corpus.document_paragraphs.astype(corpus.ordinal.dtype) - 1)[corpus.document] - corpus.ordinal,
        words=corpus.words,
        source=source,
        is_copy=is_copy,
        source_documents=np.bincount(source[~is_copy], minlength=len(labels)) + unread,
        weights=corpus.weights,
        roles=corpus.roles if corpus.roles.any() else None,
    )


def _pair_masked(corpus: Corpus, places: Places) -> tuple[Words64, Ints]:
    """Return (the masks that stand as furniture, pairs that tie each text under one to the first text under it)."""
    masked = np.flatnonzero(corpus.masks)
    group = np.full(len(corpus.masks), -1, np.int64)
    group[masked] = np.unique(corpus.masks[masked], return_inverse=True)[1]
    standing = np.flatnonzero(find_furniture(group, places))
    masks, firsts, inverse = np.unique(corpus.masks[standing], return_index=True, return_inverse=True)
    texts = corpus.text[standing].astype(np.int64)
    pairs = np.sort(np.stack((texts[firsts][inverse], texts), axis=1), axis=1)
    return masks, sort_unique_pairs(pairs[pairs[:, 0] != pairs[:, 1]])


def _pack(pairs: Ints) -> Ints:
    return pairs[:, 0] << 32 | pairs[:, 1]


def _rank_by_date(corpus: Corpus) -> Ints:
    """Return the rank of each document: dated ones first, the earliest in front; the rest, and equal dates, by input."""
    dates = corpus.dates.to_bytes()
    is_dated = dates != b""
    rank = np.full(len(dates), np.count_nonzero(is_dated))
    rank[is_dated] = np.searchsorted(np.sort(dates[is_dated]), dates[is_dated])
    return rank


def _compare_with_first(corpus: Corpus, clustered: Clustered, masks: Words64) -> Floats:
    """Return the similarity of each member to the representative of its cluster."""
    firsts = np.repeat(clustered.members[clustered.offsets[:-1]], np.diff(clustered.offsets))
    return compare_members(corpus, firsts, clustered.members, masks)


def compare_members(corpus: Corpus, ones: Ints, others: Ints, masks: Words64) -> Floats:
    """Return how alike pairs of paragraphs of one cluster are: float64 (n,). masks: as in `Tied`."""
    pairs = np.stack((gather(corpus.text, ones), gather(corpus.text, others)), axis=1, dtype=np.int64)
    similarity = np.ones(len(pairs))
    differ = np.flatnonzero(pairs[:, 0] != pairs[:, 1])
    masks_of_ones = gather(corpus.masks, ones[differ])
    differ = differ[(masks_of_ones != gather(corpus.masks, others[differ])) | ~_are_among(masks_of_ones, masks)]
    for at in range(0, len(differ), PAIRS_AT_ONCE):
        some = differ[at : at + PAIRS_AT_ONCE]
        relieve()
        sort_sets(corpus.sets, sort_unique(pairs[some]))
        similarity[some] = compare_sets(corpus.sets, pairs[some])
    return similarity


def _are_among(numbers: Words64 | Ints, known: Words64 | Ints) -> Flags:
    """Return which numbers are among those known, which rise."""
    if not len(known):
        return np.zeros(len(numbers), bool)
    places = np.searchsorted(known, numbers)
    places[places == len(known)] = 0
    is_known: Flags = known[places] == numbers
    return is_known


def _count_documents(corpus: Corpus, clustered: Clustered) -> Ints:
    n_documents = len(corpus.names)
    cluster = np.repeat(np.arange(len(clustered)), np.diff(clustered.offsets))
    once = sort_unique(cluster * n_documents + corpus.document[clustered.members]) // n_documents
    return np.bincount(once, minlength=len(clustered))


def name_clusters(corpus: Corpus, tied: Tied) -> Words64:
    """Return the fingerprint of each cluster, uint64 (c,): of the mask that ties it, else the lowest digest among its texts.

    Which digest is lowest hangs on no order of documents, so that a cluster keeps its name whichever member represents it. In a
    check the texts of drafts alone give it, so that it stays the same while the index grows.
    """
    paragraphs, starts = tied.clustered.members, tied.clustered.offsets[:-1]
    if not len(paragraphs):
        return np.empty(0, np.uint64)
    counts = corpus.document[paragraphs] >= (corpus.n_published or 0)
    masks, digests = corpus.masks[paragraphs], corpus.digests[corpus.text[paragraphs], 0]
    tying = np.minimum.reduceat(np.where(counts & _are_among(masks, tied.masks), masks, _NO_NAME), starts)
    lowest = np.minimum.reduceat(np.where(counts, digests, _NO_NAME), starts)
    names: Words64 = np.where(tying != _NO_NAME, tying, lowest)
    return names


def write_names(names: Words64) -> Texts:
    """Return fingerprints as they are written: 16 hex digits, which sort as the numbers do."""
    ends = np.arange(1, len(names) + 1) * HEX_DIGITS
    return Texts(np.frombuffer(names.astype(">u8").tobytes().hex().encode(), np.uint8), ends - HEX_DIGITS, ends)
