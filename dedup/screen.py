"""Candidate pairs that cannot be pairs, told by some bits of each set, without a look at the sets.

A set is kept as 112 bits, of which each member sets one by its hash. Where two sets differ in d of these bits, they differ in d
members at least, so that |A & B| <= (|A| + |B| - d) / 2. No pair is lost by it.
Source: Sandes, Teodoro, Melo, "Bitmap filter: speeding up exact set similarity joins with bitwise operations" (2020).
Leaves out: the similarity of what is left (see `verify`).
"""

from __future__ import annotations

import numpy as np

from dedup.kernel import kernel
from dedup.letters import count_bits
from dedup.model import Flags, Ints, Sets, Words64

SIZE_BITS, MARKS = 16, 112
"""Of 128 bits, so that one read of a cache line tells all. Of sets of 8 to 70, nearly all pairs that share nothing are told."""
MOST_SIZE = (1 << SIZE_BITS) - 1
"""Members, repeats included; a larger set is always worth a look."""

_ONE, _SIZE_BITS, _MARKS, _LAST_SIX, _SIX = np.uint64(1), np.uint64(SIZE_BITS), np.uint64(MARKS), np.uint64(63), np.uint64(6)
_SIZE = np.uint64(MOST_SIZE)


def mark_sets(sets: Sets, wanted: Ints, marks: Words64) -> None:
    """Write the bits and the size of some sets of hashes to `marks`.

    wanted: int64, numbers of sets, each once; marks: uint64 (n, 2), of all sets, zeros before.
    """
    _mark_kernel(wanted, *sets, marks)


def screen_pairs(marks: Words64, pairs: Ints, threshold: float) -> Flags:
    """Return which pairs may have a Jaccard similarity of at least the threshold: bool (n,).

    marks: as by `mark_sets`; pairs: int64 (n, 2), numbers of sets.
    """
    may_be = np.empty(len(pairs), bool)
    _screen_kernel(pairs, marks, (1 - threshold) / (1 + threshold), may_be)
    return may_be


@kernel(microseconds=20)
def _mark_kernel(wanted, shingles, starts, ends, marks):
    for i in wanted:
        for at in range(starts[i], ends[i]):
            place = _SIZE_BITS + (np.uint64(shingles[at]) * _MARKS >> np.uint64(32))
            marks[i, place >> _SIX] |= _ONE << (place & _LAST_SIX)
        marks[i, 0] |= np.uint64(min(ends[i] - starts[i], MOST_SIZE))


@kernel(microseconds=2)
def _screen_kernel(pairs, marks, most_different, may_be):
    """Tell which may be. most_different: of the members of both sets together, the share that may be in one only."""
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        size_a, size_b = marks[a, 0] & _SIZE, marks[b, 0] & _SIZE
        different = count_bits((marks[a, 0] ^ marks[b, 0]) >> _SIZE_BITS) + count_bits(marks[a, 1] ^ marks[b, 1])
        is_near = np.float64(different) < most_different * np.float64(size_a + size_b) + 0.5  # never by rounding that one is lost
        may_be[p] = is_near or max(size_a, size_b) == _SIZE
