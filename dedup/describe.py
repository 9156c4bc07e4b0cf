"""What was found, as a report lists it: clusters with their members, documents with their nearest, and the counts.

Python objects are made here and nowhere before, only for what is reported, and of a large report only when they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dedup.arena import gather
from dedup.corpus import Corpus
from dedup.distinct import sort_unique
from dedup.findings import Tied, name_clusters, write_names
from dedup.lifts import NO_LIFTS, Lifted
from dedup.listing import MOST_KEPT, Tabled, cut_by_size, cut_evenly, weigh_bytes
from dedup.model import (
    DIGITS,
    KINDS,
    SCOPES,
    CheckedMember,
    Cluster,
    DocumentFindings,
    Ints,
    Kind,
    Member,
    Nearest,
    Similarity,
    Summary,
)
from dedup.pipeline import Found
from dedup.read import Problems
from dedup.spans import tell_origins
from dedup.table import Choices, Column, Lists, Maybe, Table

WIDEST_CLUSTER = 50
"""Documents of a cluster between which all shared words are counted (1,225 pairs); in a wider one, only with the first's."""


def describe_clusters(corpus: Corpus, tied: Tied, kinds: Sequence[Kind], order: Ints | None = None) -> Tabled[Cluster]:
    """Return the clusters with their members.

    kinds: of each, in the order of `tied`; order: int64, the numbers of clusters as they are listed, None for that of `tied`.
    """
    members, offsets, names = tied.clustered.members, tied.clustered.offsets, name_clusters(corpus, tied)
    listed = np.arange(len(names)) if order is None else order
    weights = weigh_bytes(gather(corpus.end, members) - gather(corpus.start, members))
    heft = np.add.reduceat(weights, offsets[:-1], dtype=np.int64) if len(names) else weights

    def tabulate(first: int, last: int) -> Table:
        numbers = listed[first:last]
        sizes = offsets[numbers + 1] - offsets[numbers]
        ties = {"min": tied.weakest[numbers], "mean": tied.mean[numbers]}
        columns: dict[str, Column] = {
            "id": write_names(names[numbers]),
            "kind": Choices(np.arange(len(numbers)), [kinds[number] for number in numbers.tolist()]),
            "scope": Choices((tied.n_documents[numbers] > 1).astype(np.int64), SCOPES),
            "size": sizes,
            "documents": tied.n_documents[numbers],
            "similarity": Table(Similarity, {name: np.round(column, DIGITS) for name, column in ties.items()}),
            "members": _list_members(corpus, tied, offsets[numbers], sizes, weights),
        }
        return Table(Cluster, columns)

    return Tabled(cut_by_size(heft[listed]), tabulate, keeps=len(members) <= MOST_KEPT)


def order_clusters(corpus: Corpus, tied: Tied) -> Ints:
    """Return the numbers of clusters, those with most words first, equal ones by name: int64 (c,)."""
    members, starts = tied.clustered.members, tied.clustered.offsets[:-1]
    if not len(starts):
        return starts
    words = np.add.reduceat(corpus.words[members].astype(np.int64), starts)
    return np.lexsort((name_clusters(corpus, tied), -words))


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


def describe_documents(corpus: Corpus, tied: Tied, kinds: Sequence[Kind], lifted: Lifted = NO_LIFTS) -> Tabled[DocumentFindings]:
    """Return what was found in each document with a duplicate or a passage, in the order of the input; of a check, in each draft.

    Its nearest is the document with most words in the same clusters, furniture aside, and in passages; of the two sides' words
    in a cluster the fewer count.
    """
    n_documents = len(corpus.names)
    members = tied.clustered.members
    everywhere = sort_unique(np.concatenate((corpus.document[members], corpus.document[lifted.paragraphs].ravel())))
    documents, words = everywhere[everywhere >= (corpus.n_published or 0)], corpus.document_words
    duplicates = np.bincount(corpus.document[members], minlength=n_documents)
    duplicate_words = np.bincount(corpus.document[members], corpus.words[members], n_documents)
    nearest, shared = _find_nearest(corpus, tied, kinds, lifted)

    def tabulate(first: int, last: int) -> Table:
        some = documents[first:last]
        columns: dict[str, Column] = {
            "document": corpus.names.take(some),
            "source": corpus.sources.take(some),
            "paragraphs": corpus.document_paragraphs[some],
            "words": words[some],
            "duplicate_paragraphs": duplicates[some],
            "duplicate_ratio": np.round(duplicate_words[some] / words[some], DIGITS),
            "nearest": _tabulate_nearest(corpus, some, nearest, shared),
        }
        return Table(DocumentFindings, columns)

    return Tabled(cut_evenly(len(documents)), tabulate, keeps=len(documents) <= MOST_KEPT)


def count_duplicates(corpus: Corpus, tied: Tied) -> tuple[int, int]:
    """Return (how many members clusters have, the representatives included, their words); of a check, those of drafts."""
    members = tied.clustered.members
    members = members[corpus.document[members] >= (corpus.n_published or 0)]
    return len(members), int(corpus.words[members].sum(dtype=np.int64))


def summarise(
    corpus: Corpus,
    found: Found,
    tied: Tied,
    kinds: Sequence[Kind],
    duplicates: tuple[int, int],
    lifted: Lifted,
    problems: Problems,
    seconds: float,
) -> Summary:
    """Return the counts of a run. corpus: of a check, that of the drafts; duplicates: as `count_duplicates` gives them."""
    words = int(corpus.document_words.sum())
    of_kinds, n_within = Counter(kinds), int(np.count_nonzero(tied.n_documents == 1))
    of_scopes = {"within": n_within, "across": len(kinds) - n_within}
    return Summary(
        documents=len(corpus.names),
        sources=len(corpus.sources.labels),
        paragraphs=len(corpus.document),
        words=words,
        distinct_paragraphs=len(corpus.first),
        duplicate_paragraphs=duplicates[0],
        duplicate_words=duplicates[1],
        duplicate_ratio=_share(duplicates[1], words),
        clusters=len(kinds),
        clusters_by_kind={kind: of_kinds[kind] for kind in KINDS},
        clusters_by_scope={scope: of_scopes[scope] for scope in SCOPES},
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


def _list_rows(starts: Ints, sizes: Ints) -> Ints:
    """Return the numbers from each start on, as many as its size, one run behind the other."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)


def _list_members(corpus: Corpus, tied: Tied, starts: Ints, sizes: Ints, weights: Ints) -> Lists | Choices:
    """Return the members of some clusters, of a wide one, which is alone, as a listing. weights: of all members."""
    start = int(starts[0])
    cuts = cut_by_size(weights[start : start + int(sizes[0])])
    if len(sizes) > 1 or len(cuts) == 2:
        members = _tabulate_members(corpus, tied, _list_rows(starts, sizes))
        return Lists(members, np.append(0, np.cumsum(sizes)))

    def tabulate(first: int, last: int) -> Table:
        return _tabulate_members(corpus, tied, np.arange(start + first, start + last))

    listing: Tabled[Member] = Tabled(cuts, tabulate)
    return Choices(np.zeros(1, np.int64), [listing])


def _tabulate_members(corpus: Corpus, tied: Tied, rows: Ints) -> Table:
    """Return some members. rows: their places among all members of `tied`."""
    paragraphs = tied.clustered.members[rows]
    documents = gather(corpus.document, paragraphs)
    columns: dict[str, Column] = {
        "document": corpus.names.take(documents),
        "paragraph": gather(corpus.ordinal, paragraphs),
        "start": gather(corpus.start_point, paragraphs),
        "end": gather(corpus.end_point, paragraphs),
        "line": gather(corpus.line, paragraphs),
        "words": gather(corpus.words, paragraphs),
        "similarity": np.round(tied.similarity[rows], DIGITS),
        "text": corpus.take_texts(paragraphs),
    }
    if corpus.n_published is None:
        return Table(Member, columns)
    return Table(CheckedMember, columns | {"origin": tell_origins(corpus, documents)})


def _find_nearest(corpus: Corpus, tied: Tied, kinds: Sequence[Kind], lifted: Lifted) -> tuple[Ints, Ints]:
    """Return (the document that shares most words, those words) for each document: int64 (n_documents,), 0 words for none."""
    n_documents = len(corpus.names)
    members = tied.clustered.members
    cluster = np.repeat(np.arange(len(kinds)), np.diff(tied.clustered.offsets))
    is_own = np.array([kind != "furniture" for kind in kinds], bool)
    counts = ((tied.n_documents > 1) & is_own)[cluster]
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
    low, high = np.divmod(each, n_documents)
    documents, others = np.concatenate((low, high)), np.concatenate((high, low))
    nearest, most = np.full(n_documents, n_documents), np.zeros(n_documents, np.int64)
    np.maximum.at(most, documents, shared)
    best = shared == most[documents]
    np.minimum.at(nearest, documents[best], others[best])  # of equals the document that was read first
    nearest[nearest == n_documents] = -1
    return nearest, np.minimum(most, np.minimum(corpus.document_words, corpus.document_words[nearest]))


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


def _tabulate_nearest(corpus: Corpus, documents: Ints, nearest: Ints, shared: Ints) -> Maybe:
    other, count, words = nearest[documents], shared[documents], corpus.document_words
    columns: dict[str, Column] = {
        "document": corpus.names.take(np.maximum(other, 0)),
        "shared_words": count,
        "a_share": np.round(count / np.maximum(words[documents], 1), DIGITS),
        "b_share": np.round(count / np.maximum(words[other], 1), DIGITS),
    }
    return Maybe(Table(Nearest, columns), count > 0)


def _share(part: float, whole: float) -> float:
    return round(float(part / whole), DIGITS) if whole else 0.0
