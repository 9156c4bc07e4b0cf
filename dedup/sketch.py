"""Sets of shingles as MinHash signatures, equal to datasketch's bit for bit.

Source: Broder (1997); datasketch 2's "affine32" scheme: a 32-bit hash is mixed once by MurmurHash3's finaliser, then
permuted by a * h + b modulo 2**32 with odd a, which is a bijection, so the permutation adds no collisions.
Leaves out: what the hashes stand for (see `shingle`), b-bit and one-permutation variants (exact verification follows anyway).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from dedup.kernel import kernel
from dedup.model import Sets, Words32

SCHEME = "affine32"


class Permutations(NamedTuple):
    """multipliers (odd) and increments: uint32 (num_perm,)."""

    multipliers: Words32
    increments: Words32


@functools.cache
def draw_permutations(num_perm: int, seed: int) -> Permutations:
    """Return the permutations that datasketch.MinHash(num_perm, seed, scheme="affine32") draws; they cannot be written to."""
    generator = np.random.RandomState(seed)
    halves = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32)
    increments = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    drawn = Permutations(halves * np.uint32(2) + np.uint32(1), increments)
    for numbers in drawn:
        numbers.flags.writeable = False
    return drawn


def sketch_sets(sets: Sets, permutations: Permutations) -> Words32:
    """Return the signature of each of n sets of shingles.

    A shingle listed twice counts once; a set without shingles gets all-ones. returns: uint32 (n, num_perm).
    Time O(shingles * num_perm), no temporary larger than one row.
    """
    signatures = np.full((len(sets.starts), len(permutations.multipliers)), np.uint32(0xFFFFFFFF))
    _sketch_kernel(*sets, *permutations, signatures)
    return signatures


@kernel(microseconds=60)
def _sketch_kernel(shingles, starts, ends, multipliers, increments, signatures):
    width = len(multipliers)
    for i in range(len(starts)):
        row = signatures[i]
        for at in range(starts[i], ends[i]):
            mixed = shingles[at]
            mixed ^= mixed >> np.uint32(16)
            mixed = np.uint32(mixed * np.uint32(0x85EBCA6B))  # wraps modulo 2**32 on purpose, as do all products here
            mixed ^= mixed >> np.uint32(13)
            mixed = np.uint32(mixed * np.uint32(0xC2B2AE35))
            mixed ^= mixed >> np.uint32(16)
            for k in range(width):
                row[k] = min(row[k], np.uint32(multipliers[k] * mixed + increments[k]))
