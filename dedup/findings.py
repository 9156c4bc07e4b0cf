"""Verified pairs to what is reported: clusters with their members, documents with their nearest, and the counts.

Python objects are made here and nowhere before, and only for what is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedup.classify import Places, find_copies, find_furniture, find_kind
from dedup.cluster import Clustered, connect_texts, group_members, measure_ties
from dedup.distinct import sort_unique
from dedup.lifts import NO_LIFTS, Lifted
from dedup.model import (
    KINDS,
    SCOPES,
    CheckedMember,
    Cluster,
    DocumentFindings,
    Flags,
    Floats,
    Ints,
    Kind,
    Member,
    Nearest,
    Origin,
    Similarity,
    Summary,
    Words64,
    is_published,
)
from dedup.pipeline import Corpus, Found
from dedup.read import Problems
from dedup.verify import compare_sets, sort_sets

WIDEST_CLUSTER = 50
"""Documents of a cluster between which all shared words are counted (1,225 pairs); in a wider one, only with the first's."""
MEMBERS_AT_ONCE = 1 << 16
"""Of which the texts are read to tell kinds of clusters."""
DIGITS = 6
"""Decimal places of a reported similarity or share."""

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
    other = ~np.isin(_pack(found.pairs), _pack(masked))
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


def describe_clusters(corpus: Corpus, tied: Tied, kinds: Sequence[Kind]) -> list[Cluster]:
    """Return the clusters with their members, in the order of `tied`. kinds: of each."""
    offsets = tied.clustered.offsets.tolist()
    members, names = _describe_members(corpus, tied), name_clusters(corpus, tied)
    clusters = []
    for i, (start, end) in enumerate(pairwise(offsets)):
        cluster = Cluster(
            id=names[i],
            kind=kinds[i],
            scope="within" if tied.n_documents[i] == 1 else "across",
            size=end - start,
            documents=int(tied.n_documents[i]),
            similarity=Similarity(round(float(tied.weakest[i]), DIGITS), round(float(tied.mean[i]), DIGITS)),
            members=tuple(members[start:end]),
        )
        clusters.append(cluster)
    return clusters


def read_kinds(corpus: Corpus, tied: Tied) -> list[Kind]:
    """Return the kind of each cluster, in the order of `tied`, from the texts of some members at a time."""
    members, offsets = tied.clustered.members, tied.clustered.offsets
    cuts = sort_unique(np.searchsorted(offsets, np.arange(0, len(members), MEMBERS_AT_ONCE)))
    kinds: list[Kind] = []
    for first, last in pairwise([*cuts.tolist(), len(tied.clustered)]):
        some = members[offsets[first] : offsets[last]]
        part = tied._replace(clustered=Clustered(some, offsets[first : last + 1] - offsets[first]))
        kinds += find_kinds(part, corpus.texts_of(some))
    return kinds


def find_kinds(tied: Tied, texts: Sequence[str]) -> list[Kind]:
    """Return the kind of each cluster, in the order of `tied`. texts: of all members."""
    members, is_furniture, places = tied.clustered.members, tied.is_furniture, tied.places
    bounds = pairwise(tied.clustered.offsets.tolist())
    return [find_kind(texts[start:end], members[start:end], is_furniture, places) for start, end in bounds]


def list_furniture(corpus: Corpus, tied: Tied, kinds: Sequence[Kind]) -> Ints:
    """Return the texts that are furniture. kinds: of the clusters, in the order of `tied`."""
    of_clusters = np.repeat(np.array([kind == "furniture" for kind in kinds], bool), np.diff(tied.clustered.offsets))
    paragraphs = np.concatenate((np.flatnonzero(tied.is_furniture), tied.clustered.members[of_clusters]))
    return sort_unique(corpus.text[paragraphs])


def describe_documents(
    corpus: Corpus, tied: Tied, clusters: Sequence[Cluster], lifted: Lifted = NO_LIFTS
) -> tuple[DocumentFindings, ...]:
    """Return what was found in each document with a duplicate or a passage, in the order of the input; of a check, in each draft.

    Its nearest is the document with most words in the same clusters, furniture aside, and in passages; of the two sides' words
    in a cluster the fewer count.
    """
    n_documents = len(corpus.names)
    members = tied.clustered.members
    listed = sort_unique(np.concatenate((corpus.document[members], corpus.document[lifted.paragraphs].ravel())))
    listed, words = listed[listed >= (corpus.n_published or 0)], corpus.document_words
    duplicate_words = np.bincount(corpus.document[members], corpus.words[members], n_documents)
    columns = (
        corpus.document_paragraphs[listed].tolist(),
        words[listed].tolist(),
        np.bincount(corpus.document[members], minlength=n_documents)[listed].tolist(),
        np.round(duplicate_words[listed] / words[listed], DIGITS).tolist(),
        _describe_nearest(corpus, listed, words, *_find_nearest(corpus, tied, clusters, lifted)),
    )
    names, sources = ([column[i] for i in listed.tolist()] for column in (corpus.names, corpus.sources))
    return tuple(map(DocumentFindings, names, sources, *columns))


def summarise(
    corpus: Corpus, found: Found, clusters: Sequence[Cluster], lifted: Lifted, problems: Problems, seconds: float
) -> Summary:
    """Return the counts of a run; a paragraph counts as duplicate when it is a member of a cluster, the representative included.

    corpus: of a check, that of the drafts; what clusters hold of the index is not counted.
    """
    words = int(corpus.document_words.sum())
    duplicates = [member for cluster in clusters for member in cluster.members if not is_published(member)]
    duplicate_words = sum(member.words for member in duplicates)
    kinds, scopes = Counter(cluster.kind for cluster in clusters), Counter(cluster.scope for cluster in clusters)
    return Summary(
        documents=len(corpus.names),
        sources=len(set(corpus.sources)),
        paragraphs=len(corpus.document),
        words=words,
        distinct_paragraphs=len(corpus.first),
        duplicate_paragraphs=len(duplicates),
        duplicate_words=duplicate_words,
        duplicate_ratio=_share(duplicate_words, words),
        clusters=len(clusters),
        clusters_by_kind={kind: kinds[kind] for kind in KINDS},
        clusters_by_scope={scope: scopes[scope] for scope in SCOPES},
        passages=len(lifted.runs.shared),
        common_runs=lifted.n_common,
        candidate_pairs=found.n_candidates,
        left_out_pairs=found.n_left_out,
        verified_pairs=len(found.pairs),
        expected_recall=round(found.expected_recall, DIGITS),
        skipped=dict(sorted(problems.skipped.items())),
        decoded=dict(sorted(problems.decoded.items())),
        seconds=round(seconds, 3),
    )


def _find_places(corpus: Corpus, found: Found) -> Places:
    """Return where paragraphs stand, and which documents are copies of earlier ones by the pairs found."""
    roots = connect_texts(len(corpus.first), found.pairs)[corpus.text]
    numbers = {source: i for i, source in enumerate(dict.fromkeys(corpus.sources))}
    source = np.array(list(map(numbers.__getitem__, corpus.sources)), np.int64)
    is_copy = find_copies(roots, corpus.document, corpus.words, source, corpus.document_words)
    unread = np.array([corpus.unread.get(name, 0) for name in numbers], np.int64)
    return Places(
        document=corpus.document,
        ordinal=corpus.ordinal,
        from_end=(corpus.document_paragraphs.astype(corpus.ordinal.dtype) - 1)[corpus.document] - corpus.ordinal,
        words=corpus.words,
        source=source,
        is_copy=is_copy,
        source_documents=np.bincount(source[~is_copy], minlength=len(numbers)) + unread,
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
    return masks, np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)


def _pack(pairs: Ints) -> Ints:
    return pairs[:, 0] << 32 | pairs[:, 1]


def _rank_by_date(corpus: Corpus) -> Ints:
    """Return the rank of each document: dated ones first, the earliest in front; the rest, and equal dates, by input."""
    dated = sorted((date, i) for i, date in enumerate(corpus.dates) if date is not None)
    rank = np.full(len(corpus.dates), len(dated), np.int64)
    rank[[i for _, i in dated]] = np.searchsorted([date for date, _ in dated], [date for date, _ in dated]) if dated else 0
    return rank


def _compare_with_first(corpus: Corpus, clustered: Clustered, masks: Words64) -> Floats:
    """Return the similarity of each member to the representative of its cluster."""
    firsts = np.repeat(clustered.members[clustered.offsets[:-1]], np.diff(clustered.offsets))
    return compare_members(corpus, firsts, clustered.members, masks)


def compare_members(corpus: Corpus, ones: Ints, others: Ints, masks: Words64) -> Floats:
    """Return how alike pairs of paragraphs of one cluster are: float64 (n,). masks: as in `Tied`."""
    pairs = np.stack((corpus.text[ones], corpus.text[others]), axis=1, dtype=np.int64)
    similarity = np.ones(len(pairs))
    differ = pairs[:, 0] != pairs[:, 1]
    differ &= (corpus.masks[ones] != corpus.masks[others]) | ~np.isin(corpus.masks[ones], masks)
    sort_sets(corpus.sets, sort_unique(pairs[differ]))
    similarity[differ] = compare_sets(corpus.sets, pairs[differ])
    return similarity


def _count_documents(corpus: Corpus, clustered: Clustered) -> Ints:
    n_documents = len(corpus.names)
    cluster = np.repeat(np.arange(len(clustered)), np.diff(clustered.offsets))
    once = sort_unique(cluster * n_documents + corpus.document[clustered.members]) // n_documents
    return np.bincount(once, minlength=len(clustered))


def name_clusters(corpus: Corpus, tied: Tied) -> list[str]:
    """Return the fingerprint of each cluster: of the mask that ties it, else the lowest digest among its texts.

    Which digest is lowest hangs on no order of documents, so that a cluster keeps its name whichever member represents it. In a
    check the texts of drafts alone give it, so that it stays the same while the index grows.
    """
    paragraphs, starts = tied.clustered.members, tied.clustered.offsets[:-1]
    if not len(paragraphs):
        return []
    counts = corpus.document[paragraphs] >= (corpus.n_published or 0)
    masks, digests = corpus.masks[paragraphs], corpus.digests[corpus.text[paragraphs], 0]
    tying = np.minimum.reduceat(np.where(counts & np.isin(masks, tied.masks), masks, _NO_NAME), starts)
    lowest = np.minimum.reduceat(np.where(counts, digests, _NO_NAME), starts)
    return [f"{name:016x}" for name in np.where(tying != _NO_NAME, tying, lowest).tolist()]


def name_paragraphs(corpus: Corpus, tied: Tied, clusters: Sequence[Cluster]) -> list[tuple[str, ...]]:
    """Return the fingerprints of each cluster's paragraphs in drafts, sorted; of one tied by a mask, its own."""
    names = []
    for i, cluster in enumerate(clusters):
        paragraphs = tied.clustered[i]
        paragraphs = paragraphs[corpus.document[paragraphs] >= (corpus.n_published or 0)]
        masked = len(tied.masks) > 0 and np.isin(corpus.masks[paragraphs], tied.masks).any()
        texts = sorted({f"{int(digest):016x}" for digest in corpus.digests[corpus.text[paragraphs], 0]})
        names.append((cluster.id,) if masked else tuple(texts))
    return names


def _describe_members(corpus: Corpus, tied: Tied) -> Sequence[Member]:
    """Return all members in the order of `tied`."""
    paragraphs = tied.clustered.members
    columns = (corpus.ordinal, corpus.start_point, corpus.end_point, corpus.line, corpus.words)
    documents = corpus.document[paragraphs].tolist()
    names = [corpus.names[document] for document in documents]
    rows = [column[paragraphs].tolist() for column in columns]
    values = (names, *rows, np.round(tied.similarity, DIGITS).tolist(), corpus.texts_of(paragraphs))
    if corpus.n_published is None:
        return list(map(Member, *values))
    origins: list[Origin] = ["index" if document < corpus.n_published else "draft" for document in documents]
    return list(map(CheckedMember, *values, origins))


def _find_nearest(corpus: Corpus, tied: Tied, clusters: Sequence[Cluster], lifted: Lifted) -> tuple[Ints, Ints]:
    """Return (the document that shares most words, those words) for each document: int64 (n_documents,), 0 words for none."""
    n_documents = len(corpus.names)
    members = tied.clustered.members
    cluster = np.repeat(np.arange(len(clusters)), np.diff(tied.clustered.offsets))
    counts = np.array([found.scope == "across" and found.kind != "furniture" for found in clusters], bool)[cluster]
    held, row = np.unique((cluster * n_documents + corpus.document[members])[counts], return_inverse=True)
    words = np.bincount(row, corpus.words[members][counts], len(held)).astype(np.int64)
    a, b = _pair_rows(held // n_documents, first=row[np.unique(cluster[counts], return_index=True)[1]])
    in_runs = corpus.document[lifted.paragraphs]
    apart = in_runs[:, 0] != in_runs[:, 1]
    one = np.concatenate((held[a] % n_documents, in_runs[apart, 0]))
    other = np.concatenate((held[b] % n_documents, in_runs[apart, 1]))
    counts_of = np.concatenate((np.minimum(words[a], words[b]), lifted.runs.shared[apart]))
    each, inverse = np.unique(np.minimum(one, other) * n_documents + np.maximum(one, other), return_inverse=True)
    shared = np.tile(np.bincount(inverse, counts_of, len(each)).astype(np.int64), 2)
    pairs = np.concatenate((each, each % n_documents * n_documents + each // n_documents))
    best = np.lexsort((-pairs, shared, pairs // n_documents))  # most words last, of equals the document that was read first
    shared = np.minimum(shared, corpus.document_words[np.array(np.divmod(pairs, n_documents))].min(axis=0))
    nearest, most = np.full(n_documents, -1), np.zeros(n_documents, np.int64)
    nearest[pairs[best] // n_documents], most[pairs[best] // n_documents] = pairs[best] % n_documents, shared[best]
    return nearest, most


def _pair_rows(cluster: Ints, first: Ints) -> tuple[Ints, Ints]:
    """Return the pairs of rows, one a document, that lie in one cluster; in a wide one those with its first member's only.

    cluster: rising, of each row; first: of each cluster, the row of its first member.
    """
    starts = np.flatnonzero(np.diff(cluster, prepend=-1))
    sizes = np.diff(starts, append=len(cluster))
    wide = np.repeat(sizes > WIDEST_CLUSTER, sizes)
    a, b = [np.repeat(first, sizes)[wide]], [np.flatnonzero(wide)]
    for size in range(2, min(WIDEST_CLUSTER, int(sizes.max(initial=0))) + 1):
        rows = starts[sizes == size][:, None] + np.arange(size)
        i, j = np.triu_indices(size, 1)
        a.append(rows[:, i].ravel())
        b.append(rows[:, j].ravel())
    one, other = np.concatenate(a), np.concatenate(b)
    return one[one != other], other[one != other]


def _describe_nearest(corpus: Corpus, listed: Ints, words: Ints, nearest: Ints, shared: Ints) -> list[Nearest | None]:
    other = nearest[listed]
    a_shares, b_shares = (np.round(shared[listed] / np.maximum(words[side], 1), DIGITS).tolist() for side in (listed, other))
    rows = zip(other.tolist(), shared[listed].tolist(), a_shares, b_shares, strict=True)
    return [Nearest(corpus.names[i], count, a, b) if count else None for i, count, a, b in rows]


def _share(part: float, whole: float) -> float:
    return round(float(part / whole), DIGITS) if whole else 0.0
