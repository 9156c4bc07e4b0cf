"""Sets of shingles as MinHash signatures, equal to datasketch's bit for bit.

Source: Broder (1997); datasketch 2's "affine32" scheme: a 32-bit hash is mixed once by MurmurHash3's finaliser, then
permuted by a * h + b modulo 2**32 with odd a, which is a bijection, so the permutation adds no collisions.
Leaves out: what the hashes stand for (see `shingle`), b-bit and one-permutation variants (exact verification follows anyway).
"""

from __future__ import annotations

import functools
from random import Random
from typing import NamedTuple

import numpy as np

from dedup.kernel import Part, kernel
from dedup.model import Sets, Words32

SCHEME = "affine32"


class Permutations(NamedTuple):
    """multipliers (odd) and increments: uint32 (num_perm,)."""

    multipliers: Words32
    increments: Words32


@functools.cache
def draw_permutations(num_perm: int, seed: int) -> Permutations:
    """Return the permutations that datasketch.MinHash(num_perm, seed, scheme="affine32") draws; they cannot be written to."""
    generator = _seed_twister(seed)
    words = np.array([generator.getrandbits(32) for _ in range(2 * num_perm)], np.uint32)
    drawn = Permutations(words[:num_perm] << np.uint32(1) | np.uint32(1), words[num_perm:].copy())
    for numbers in drawn:
        numbers.flags.writeable = False
    return drawn


def _seed_twister(seed: int) -> Random:
    """Return the generator of np.random.RandomState(seed), whose 32-bit words are the numbers drawn, without its 15 ms of start.

    Source: Matsumoto and Nishimura, "Mersenne Twister" (1998), with the seeding of 2002, `init_genrand`.
    """
    state = [seed]
    for i in range(1, 624):
        state.append((0x6C078965 * (state[-1] ^ state[-1] >> 30) + i) & 0xFFFFFFFF)
    generator = Random()
    generator.setstate((3, (*state, 624), None))
    return generator


def sketch_sets(sets: Sets, permutations: Permutations) -> Words32:
    """Return the signature of each of n sets of shingles.

    A shingle listed twice counts once; a set without shingles gets all-ones. returns: uint32 (n, num_perm).
    Time O(shingles * num_perm), no temporary larger than one row.
    """
    signatures = np.full((len(sets.starts), len(permutations.multipliers)), np.uint32(0xFFFFFFFF))
    _sketch_kernel(*sets, *permutations, signatures)
    return signatures


@kernel(microseconds=200)
def _sketch_kernel(shingles, starts, ends, multipliers, increments, signatures):
    width = len(multipliers)
    for i in range(len(starts)):
        row, last = signatures[i], ends[i] - 1
        for at in range(starts[i], ends[i], 4):  # a row is read and written for each four; the last may count twice
            a, b = _mix(shingles[at]), _mix(shingles[min(at + 1, last)])
            c, d = _mix(shingles[min(at + 2, last)]), _mix(shingles[min(at + 3, last)])
            for k in range(width):
                multiplier, increment = multipliers[k], increments[k]
                low = min(np.uint32(multiplier * a + increment), np.uint32(multiplier * b + increment))
                high = min(np.uint32(multiplier * c + increment), np.uint32(multiplier * d + increment))
                row[k] = min(row[k], low, high)


@Part
def _mix(shingle):
    """Return MurmurHash3's finaliser of a shingle; it wraps modulo 2**32 on purpose, as do all products here."""
    mixed = shingle ^ shingle >> np.uint32(16)
    mixed = np.uint32(mixed * np.uint32(0x85EBCA6B))
    mixed ^= mixed >> np.uint32(13)
    mixed = np.uint32(mixed * np.uint32(0xC2B2AE35))
    return mixed ^ mixed >> np.uint32(16)
