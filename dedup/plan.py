"""Which paragraphs go: from clusters and a policy to the copies that are taken out, and the copy that stays for each.

A copy is a repeat within its document when the copy that stays stands there too, else a repeat across documents; of a caption that
stands twice in each of two articles "caption:within" takes one out of each, whatever the scope of the cluster. Furniture goes in
all its copies, but for a headline that other pages list among their links: where half of a cluster's members stand at the end of
their documents, those at the beginning of theirs are what the others lead to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dedup.classify import HEAD, LEAST_PARAGRAPHS, TAIL
from dedup.corpus import Corpus
from dedup.findings import Tied
from dedup.model import SCOPES, Flags, Ints, Kind
from dedup.policy import Policy


class Planned(NamedTuple):
    """n paragraphs that go, int64 (n,), rising; the one that stays for each, -1 for none; the number of its cluster.

    first: the best copy of its cluster by the policy, whether it stays or not; is_within: bool, the scope of the repeat.
    """

    gone: Ints
    kept: Ints
    first: Ints
    cluster: Ints
    is_within: Flags


def plan_removals(corpus: Corpus, tied: Tied, kinds: Sequence[Kind], policy: Policy, rank: Ints) -> Planned:
    """Return the paragraphs that go. kinds: of each cluster; rank: int64 (n_documents,), as `rank_documents` gives it."""
    clustered = tied.clustered
    members, sizes = clustered.members, np.diff(clustered.offsets)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    document, worth = corpus.document[members], _weigh_members(corpus, members, policy, rank)
    best = _find_best(cluster, worth)[cluster]
    home = cluster * len(corpus.names) + document
    homes, at_home = np.unique(home, return_inverse=True)
    best_at_home = _find_best(at_home, worth)[at_home]
    size_at_home = np.bincount(at_home, minlength=len(homes))[at_home]

    drops = {scope: np.array([policy.drops(kind, scope) for kind in kinds], bool)[cluster] for scope in SCOPES}
    is_wide = (tied.n_documents > 1)[cluster]
    is_furniture = np.array([kind == "furniture" for kind in kinds], bool)[cluster]
    goes_all = is_furniture & np.where(is_wide, drops["across"], drops["within"]) & ~_find_headlines(tied, cluster)
    goes_across = drops["across"] & ~is_furniture & (document != document[best])
    goes_within = drops["within"] & ~is_furniture & ~goes_across & (np.arange(len(members)) != best_at_home)
    if policy.keep == "none":
        goes_all |= ~is_furniture & drops["across"] & is_wide
        goes_all |= ~is_furniture & drops["within"] & (size_at_home > 1)
    kept = np.where(goes_across, members[best], members[best_at_home])
    kept[goes_all] = -1
    is_within = np.where(goes_all, ~is_wide | (~drops["across"] & ~is_furniture), goes_within)

    is_spared = ~is_furniture & (corpus.words[members] < policy.least_words)
    rows = np.flatnonzero((goes_all | goes_across | goes_within) & ~is_spared)
    rows = rows[np.argsort(members[rows])]
    return Planned(members[rows], kept[rows], members[best][rows], cluster[rows], is_within[rows])


def rank_documents(names: Sequence[str], dates: Sequence[str | None], policy: Policy) -> Ints:
    """Return the rank of each document, the lowest for the one whose copies stay: int64 (n,)."""
    ranks, backwards = np.arange(len(names)), policy.keep == "last"
    if policy.order == "input":
        return ranks[::-1] if backwards else ranks
    keys: list[tuple[str, _Natural]] = [("", _read_naturally(name)) for name in names]
    if policy.order == "date":
        keys = [(date or "", name) for date, (_, name) in zip(dates, keys, strict=True)]
    order = sorted(ranks.tolist(), key=keys.__getitem__, reverse=backwards)
    order.sort(key=lambda i: policy.order == "date" and dates[i] is None)  # the dated in front, whichever way
    rank = np.empty(len(names), np.int64)
    rank[order] = ranks
    return rank


def explain_choice(policy: Policy, is_within: bool, date: str | None, words: int) -> str:
    """Return why a copy stays, in the words of a report. date, words: of its document and paragraph."""
    if policy.keep == "longest":
        return f"longest, {words:,} words"
    which = "last" if policy.keep == "last" else "first"
    if is_within:
        return f"{which} in its document"
    if policy.order == "input":
        return f"{which} of the input"
    if policy.order == "date" and date is not None:
        return f"{'latest' if policy.keep == 'last' else 'earliest'}, {date.partition('T')[0]}"
    return f"{which} by name"


def _find_headlines(tied: Tied, cluster: Ints) -> Flags:
    """Return which members stand at the beginning of their documents while half of their clusters stand at an end: bool (m,)."""
    members, places = tied.clustered.members, tied.places
    ordinal, from_end = places.ordinal[members], places.from_end[members]
    is_long = ordinal + from_end + 1 >= LEAST_PARAGRAPHS
    is_head = is_long & (ordinal < HEAD)
    at_end = np.bincount(cluster, is_long & ~is_head & (from_end < TAIL), len(tied.n_documents))
    is_linked: Flags = is_head & (2 * at_end >= np.diff(tied.clustered.offsets))[cluster]
    return is_linked


def _weigh_members(corpus: Corpus, members: Ints, policy: Policy, rank: Ints) -> tuple[Ints, ...]:
    """Return what decides between members, the least wins: words, rank of the document, place in it."""
    ordinal = corpus.ordinal[members]
    words = -corpus.words[members] if policy.keep == "longest" else np.zeros_like(ordinal)
    return words, rank[corpus.document[members]], -ordinal if policy.keep == "last" else ordinal


def _find_best(group: Ints, worth: tuple[Ints, ...]) -> Ints:
    """Return the place of the member of each group that wins. group: int64, from 0, each there."""
    order = np.lexsort((*reversed(worth), group))
    return order[np.flatnonzero(np.diff(group[order], prepend=-1))]


_Natural = tuple[tuple[tuple[int, str] | str, ...], str]


def _read_naturally(name: str) -> _Natural:
    """Return a name as it is sorted by people: page 9 before page 10; page 09, the same number, before page 9."""
    parts = re.split("([0-9]+)", name)
    return tuple((len(part.lstrip("0")), part.lstrip("0")) if i % 2 else part for i, part in enumerate(parts)), name
