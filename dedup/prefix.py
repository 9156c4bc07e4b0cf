"""All pairs at a threshold, none missed: the exact way, for small corpora and as the oracle of the banded one.

Shingles are ranked from rare to common. Two sets of similarity t or more share a shingle among the |x| - ceil(t * |x|) + 1
rarest of each, and their sizes differ by a factor of t at most; only such sets are compared.
Source: Bayardo, Ma, Srikant, "Scaling up all pairs similarity search" (AllPairs, 2007); Xiao et al., PPJoin (2008).
Leaves out: positional and suffix filtering; the time grows with the square of how common the rarest shingles are.
"""

from __future__ import annotations

import numpy as np

from dedup.kernel import kernel
from dedup.model import Ints, Sets


def pair_sharing_prefix(sets: Sets, threshold: float) -> Ints:
    """Return every pair of sets that can reach the threshold, lower set first, sorted: int64 (n, 2).

    sets: sorted and without repeats; threshold in (0, 1]. Not yet compared: that is the verifier's work, as for bands.
    Memory O(total): one rank a shingle, one posting a shingle of a prefix.
    """
    sizes = sets.ends - sets.starts
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    places = np.arange(offsets[-1]) + np.repeat(sets.starts - offsets[:-1], sizes)
    _, numbers, counts = np.unique(sets.shingles[places], return_inverse=True, return_counts=True)
    ranks = np.empty(len(counts), np.int64)
    ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    by_size = np.argsort(sizes, kind="stable")
    pairs = _prefix_kernel(ranks[numbers], offsets, by_size, len(counts), threshold)
    pairs.sort(axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


@kernel(microseconds=20)
def _prefix_kernel(ranks, offsets, by_size, n_ranks, threshold):
    pairs = np.empty((1024, 2), np.int64)
    newest = np.full(n_ranks, -1, np.int64)  # a chain of postings for each rank, from the largest set down
    older = np.empty(len(ranks), np.int64)
    owner = np.empty(len(ranks), np.int64)
    seen = np.full(len(offsets), -1, np.int64)
    filled, n_postings = 0, 0
    for x in by_size:
        mine = np.sort(ranks[offsets[x] : offsets[x + 1]])
        size = len(mine)
        least = np.int64(np.ceil(threshold * size - 1e-9))
        for rank in mine[: size - least + 1]:
            posting = newest[rank]
            while posting >= 0:
                y = owner[posting]
                if offsets[y + 1] - offsets[y] < least:
                    break
                if seen[y] != x:
                    seen[y] = x
                    if filled == len(pairs):
                        grown = np.empty((2 * filled, 2), np.int64)
                        grown[:filled] = pairs
                        pairs = grown
                    pairs[filled, 0], pairs[filled, 1] = x, y
                    filled += 1
                posting = older[posting]
            older[n_postings], owner[n_postings], newest[rank] = newest[rank], x, n_postings
            n_postings += 1
    return pairs[:filled].copy()
