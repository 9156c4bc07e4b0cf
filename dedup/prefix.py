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
    n_sets, offsets = len(sizes), np.concatenate(([0], np.cumsum(sizes)))
    places = np.arange(offsets[-1]) + np.repeat(sets.starts - offsets[:-1], sizes)
    _, numbers, counts = np.unique(sets.shingles[places], return_inverse=True, return_counts=True)
    ranks = np.empty(len(counts), np.int64)
    ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
    by_size = np.argsort(sizes, kind="stable")
    owners = np.repeat(np.arange(n_sets), sizes)
    rarest_first = np.sort(owners * len(counts) + ranks[numbers]) % max(len(counts), 1)
    chains = np.full(len(counts), -1), np.empty((len(rarest_first), 2), np.int64), np.full(n_sets, -1)
    pairs, found = np.empty((2 * n_sets, 2), np.int64), [np.empty((0, 2), np.int64)]
    state = np.zeros(3, np.int64)
    while state[0] < n_sets:
        _prefix_kernel(rarest_first, offsets, by_size, threshold, *chains, pairs, state)
        found.append(pairs[: state[2]].copy())
    every = np.sort(np.concatenate(found), axis=1)
    return every[np.lexsort((every[:, 1], every[:, 0]))]


@kernel(microseconds=20)
def _prefix_kernel(ranks, offsets, by_size, threshold, newest, postings, seen, pairs, state):
    """Pair each set with the earlier ones that share a prefix, until `pairs` may not hold the pairs of the next.

    ranks: of each set, rising; newest: the last posting of each rank, from which a chain leads to ever smaller sets;
    postings: (the one before, its set); seen: the last set that each set was paired with; state: (sets done, postings, pairs).
    """
    done, n_postings, filled = state[0], state[1], 0
    while done < len(by_size) and filled + done <= len(pairs):
        x = by_size[done]
        start, size = offsets[x], offsets[x + 1] - offsets[x]
        least = np.int64(np.ceil(threshold * size - 1e-9))
        for rank in ranks[start : start + min(size, size - least + 1)]:
            posting = newest[rank]
            while posting >= 0:
                y = postings[posting, 1]
                if offsets[y + 1] - offsets[y] < least:
                    break
                if seen[y] != x:
                    seen[y] = x
                    pairs[filled, 0], pairs[filled, 1] = x, y
                    filled += 1
                posting = postings[posting, 0]
            postings[n_postings, 0], postings[n_postings, 1], newest[rank] = newest[rank], x, n_postings
            n_postings += 1
        done += 1
    state[0], state[1], state[2] = done, n_postings, filled
