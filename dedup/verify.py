"""Candidate pairs to pairs: the exact Jaccard similarity of their sets of shingles, nothing estimated.

Source: Jaccard (1901), |A & B| / |A | B|; containment, |A & B| / |A|, as in Broder (1997).
"Exact" is up to two different shingles sharing one 32-bit hash: in a pair of sets of a and b shingles, a * b / 2**32 of them
on average (2 in 100,000 for two paragraphs of 300 words).
Leaves out: which pairs are worth a look (see `band`, `prefix` and `screen`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernel import Part, kernel
from dedup.model import Floats, Ints, Sets


class Pairs(NamedTuple):
    """Verified pairs: texts int64 (n, 2), lower first, sorted; jaccard float64 (n,)."""

    texts: Ints
    jaccard: Floats


def sort_sets(sets: Sets, wanted: Ints) -> None:
    """Sort the wanted sets and take out repeats, in place: changes `sets.shingles` and `sets.ends`.

    wanted: int64, numbers of sets, each once. Time O(shingles wanted * log(longest)).
    """
    _sort_kernel(*sets, wanted, np.empty((64, 2), np.int64))


def verify_pairs(sets: Sets, pairs: Ints, threshold: float) -> Pairs:
    """Return those pairs whose exact Jaccard similarity is at least the threshold.

    pairs: int64 (n, 2), numbers of sorted sets (see `sort_sets`). A pair of empty sets has similarity 0.
    Time O(sum of both sizes), less where the sizes or the shingles left cannot reach the threshold any more.
    """
    jaccard = _compare(sets, pairs, threshold)
    kept = jaccard >= threshold
    return Pairs(pairs[kept], jaccard[kept])


def compare_sets(sets: Sets, pairs: Ints) -> Floats:
    """Return the exact Jaccard similarity of each pair, however low: float64 (n,)."""
    return _compare(sets, pairs, 0.0)


def _compare(sets: Sets, pairs: Ints, threshold: float) -> Floats:
    jaccard = np.zeros(len(pairs))
    _verify_kernel(*sets, pairs, threshold, jaccard)
    return jaccard


@kernel(microseconds=2)
def _sort_kernel(shingles, starts, ends, wanted, pending):
    for i in wanted:
        start, end = starts[i], ends[i]
        _sort(shingles, start, end, pending)
        last = start
        for j in range(start + 1, end):
            if shingles[j] != shingles[last]:
                last += 1
                shingles[last] = shingles[j]
        ends[i] = min(last + 1, end)


@Part
def _sort(values, start, end, pending):
    """Sort values[start:end] by quicksort; pending: int64 (64, 2), room for the larger halves that wait (at most log2 of them)."""
    n_pending = 0
    while True:
        while end - start > 24:
            low, high = start, end - 1
            first, middle, last = values[low], values[(low + high) >> 1], values[high]
            pivot = max(min(first, middle), min(max(first, middle), last))
            while low <= high:
                while values[low] < pivot:
                    low += 1
                while values[high] > pivot:
                    high -= 1
                if low <= high:
                    values[low], values[high] = values[high], values[low]
                    low += 1
                    high -= 1
            if high + 1 - start < end - low:
                pending[n_pending, 0], pending[n_pending, 1] = low, end
                end = high + 1
            else:
                pending[n_pending, 0], pending[n_pending, 1] = start, high + 1
                start = low
            n_pending += 1
        for j in range(start + 1, end):
            value, k = values[j], j
            while k > start and values[k - 1] > value:
                values[k] = values[k - 1]
                k -= 1
            values[k] = value
        if n_pending == 0:
            return
        n_pending -= 1
        start, end = pending[n_pending, 0], pending[n_pending, 1]


@kernel(microseconds=4)
def _verify_kernel(shingles, starts, ends, pairs, threshold, jaccard):
    for p in range(len(pairs)):
        i, end_i = starts[pairs[p, 0]], ends[pairs[p, 0]]
        j, end_j = starts[pairs[p, 1]], ends[pairs[p, 1]]
        total = end_i - i + end_j - j
        # J = s / (total - s) >= t needs s >= t * total / (1 + t); rounded down, so that a doubt is never a loss
        needed = np.int64(threshold * total / (1.0 + threshold))
        shared = 0
        while i < end_i and j < end_j and shared + min(end_i - i, end_j - j) >= needed:
            a, b = shingles[i], shingles[j]
            shared += np.int64(a == b)
            i += np.int64(a <= b)
            j += np.int64(b <= a)
        if i < end_i and j < end_j:
            continue
        if total:
            jaccard[p] = shared / (total - shared)
