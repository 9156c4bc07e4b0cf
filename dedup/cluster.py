"""Pairs to clusters: the connected components of the graph of verified pairs, and what its edges look like.

Source: Tarjan's union-find, with path halving and the lower number as root.
Leaves out: cutting chains apart (they show in a cluster's least similarity), and which member represents it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedup.kernel import kernel
from dedup.model import Floats, Ints
from dedup.order import order_stably


def connect_texts(n_texts: int, pairs: Ints) -> Ints:
    """Return the root of each text's component: int64 (n_texts,), the lowest text in it.

    pairs: int64 (n, 2). The order of pairs changes nothing. Time O(n_texts + pairs), nearly.
    """
    roots = np.arange(n_texts)
    _connect_kernel(roots, pairs)
    return roots


def measure_ties(roots: Ints, pairs: Ints, jaccard: Floats, n_copies: Ints) -> tuple[Floats, Floats]:
    """Return (weakest, mean) similarity of the ties of each component, at its root: float64 (n_texts,) each.

    A tie is a verified pair, or a further copy of a text with the same words (similarity 1). n_copies: int64 (n_texts,),
    how many further copies each text has.
    """
    n_texts = len(roots)
    at = roots[pairs[:, 0]]
    weakest = np.ones(n_texts)
    np.minimum.at(weakest, at, jaccard)
    copied = np.flatnonzero(n_copies)
    copies = np.bincount(roots[copied], n_copies[copied], n_texts)
    count = np.bincount(at, minlength=n_texts) + copies
    return weakest, (np.bincount(at, jaccard, n_texts) + copies) / np.maximum(count, 1)


@dataclass(frozen=True, slots=True)
class Clustered:
    """Clusters of paragraphs: cluster i is members[offsets[i]:offsets[i + 1]], its representative first; int64."""

    members: Ints
    offsets: Ints

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> Ints:
        return self.members[self.offsets[i] : self.offsets[i + 1]]


def group_members(roots: Ints, rank: Ints) -> Clustered:
    """Return the clusters of two paragraphs or more.

    roots: int64 (n,), the component of each paragraph; rank: int64 (n,), the lowest in a cluster represents it and the
    others follow by rank; paragraphs of equal rank keep their order. Time O(n log n) in clustered paragraphs.
    """
    sizes = np.bincount(roots)
    shared = np.flatnonzero(sizes[roots] > 1)
    ranked = shared[order_stably(rank[shared])]
    members = ranked[order_stably(roots[ranked])]
    starts = np.flatnonzero(np.diff(roots[members], prepend=-1))
    return Clustered(members, np.append(starts, len(members)))


@kernel(microseconds=1)
def _connect_kernel(roots, pairs):
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        while roots[a] != a:
            roots[a] = roots[roots[a]]
            a = roots[a]
        while roots[b] != b:
            roots[b] = roots[roots[b]]
            b = roots[b]
        roots[max(a, b)] = min(a, b)
    for i in range(len(roots)):
        roots[i] = roots[roots[i]]
