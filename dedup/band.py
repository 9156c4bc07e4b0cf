"""Candidate pairs by banding MinHash signatures.

A signature is cut into `bands` bands of `rows` minima; two texts that agree on a whole band become a candidate pair. Two texts
of similarity t agree on at least one band with probability 1 - (1 - t**rows)**bands: the S-curve.
Source: Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3.
Leaves out: verification (see `verify`), bands of unequal size.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dedup.errors import SettingsError
from dedup.kernel import kernel
from dedup.model import Floats, Ints, Words32, Words64
from dedup.repeats import tag_repeated

LEAST_RECALL = 0.99
MOST_MINIMA = 144
"""datasketch's usual 128 and an eighth more: it lets thresholds of .6 and .7 have one more row (34 bands of 4, 26 of 5), and with
it a thirtieth of the candidates (100,000 turns of talk), at the same recall."""
MANY_TEXTS, MORE_MINIMA = 450_000, 288
"""So many texts for each word that they have on average are many. False candidates of a text grow with the texts that it could
meet; one row more leaves two fifths of them at the same recall, for twice the minima (57 bands of 5 at a threshold of .6), which
cost time for each word. Lines of nine words of talk have 3.8 candidates each among 250,000 and 11.0 among 2.25 million, where one
row more leaves 4.9; 7.7 million paragraphs of 46 words have 3.2 each, where it leaves 2.3 and takes half as much time again."""
FULL_BUCKET = 256
"""All pairs of a bucket up to this many texts; above, a star and a chain (2 n), which tie a bucket of near-copies together as
well, but not one of texts that are barely alike. On 100,000 turns of talk 16 loses 14.4 % of the true pairs, 64 1.8 %, 256 0.2 %,
for the same time. What is passed over is counted and told."""
BANDS_AT_ONCE = 8
"""Of which the keys are held, 8 bytes a text each, and the candidates, until they are merged."""


class Bands(NamedTuple):
    """How signatures are cut."""

    bands: int
    rows: int


class Candidates(NamedTuple):
    """packed: int64 (n,), rising, each once, `lower text << 32 | higher text`; left_out: pairs passed over by the bucket rule."""

    packed: Ints
    left_out: int

    @property
    def pairs(self) -> Ints:
        """Return the pairs as two columns, lower text first: int64 (n, 2)."""
        return np.stack((self.packed >> 32, self.packed & 0xFFFFFFFF), axis=1)


def allow_minima(n_texts: int, n_words: int) -> int:
    """Return how many minima the signatures of so many texts may have, which have so many words together."""
    return MORE_MINIMA if n_texts * n_texts > MANY_TEXTS * n_words else MOST_MINIMA


def no_candidates() -> Candidates:
    """Return what candidates are merged into."""
    return Candidates(np.empty(0, np.int64), 0)


@functools.cache
def choose_bands(threshold: float, most_minima: int = MOST_MINIMA) -> Bands:
    """Return the most rows with which recall at the threshold reaches 99 %, and the fewest bands that it takes.

    More rows make fewer false candidates, and those cost time only, for all are verified; a lost pair is lost for good. So
    recall decides, not a balance of errors. Raises SettingsError when one row is too many.
    """
    for rows in range(most_minima, 0, -1):
        for bands in range(1, most_minima // rows + 1):
            if find_probability(threshold, Bands(bands, rows)) >= LEAST_RECALL:
                return Bands(bands, rows)
    raise SettingsError(
        f"threshold: {threshold} needs more than {most_minima} minima to find {LEAST_RECALL:.0%} of such pairs; "
        "raise it, or compare all pairs with --exact"
    )


def describe_bands(threshold: float, most_minima: int = MOST_MINIMA) -> Bands:
    """Return the bands chosen for a threshold, or the nearest to it where no bands would do and all pairs have to be compared."""
    most = Bands(most_minima, 1)
    return most if find_probability(threshold, most) < LEAST_RECALL else choose_bands(threshold, most_minima)


def find_probability(similarity: float | Floats, bands: Bands) -> float | Floats:
    """Return the chance that two texts of a similarity in [0, 1] become a candidate pair."""
    return 1.0 - (1.0 - similarity**bands.rows) ** bands.bands


def key_bands(signatures: Words32, bands: Bands, first: int = 0) -> Words64:
    """Return the key of each band of each signature.

    signatures: uint32 (n, at least bands * rows); first: the number of the first of these bands. returns: uint64 (bands, n), one
    contiguous row a band.
    """
    keys = np.empty((bands.bands, len(signatures)), np.uint64)
    _key_kernel(signatures, bands.rows, first, keys)
    return keys


def pair_bucket_mates(keys: Words64) -> Candidates:
    """Return the candidate pairs of one band, or of several: those of one after those of another, a pair as often as it is met.

    keys: uint64 (n,) or (bands, n), by text; several bands at once are for few texts. The upper bits of each key are sorted, with
    the number of its text in the lower bits, so that one sort of plain integers gives buckets whose members rise. Two keys that
    differ only below meet by accident (see `repeats`), which costs a verification each and nothing else.
    """
    if keys.ndim == 1:
        repeated, low_bits = tag_repeated(keys)
        tagged, low = np.sort(repeated), np.uint64(low_bits)
    else:
        n_texts = keys.shape[1]
        low = np.uint64((1 << count_number_bits(n_texts)) - 1)
        tagged = np.sort((keys & ~low) | np.arange(n_texts, dtype=np.uint64))
    return pair_sorted_mates(tagged | low, tagged & low)


def count_number_bits(n_texts: int) -> int:
    """Return how many bits the number of a text takes, which its band keys go without."""
    return max(1, int(n_texts - 1).bit_length())


def pair_sorted_mates(buckets: Words64, texts: Words64) -> Candidates:
    """Return the candidate pairs of texts that stand bucket by bucket, rising in each. Both: uint64 (n,) or (bands, n)."""
    joined = np.flatnonzero(buckets[..., 1:] == buckets[..., :-1])
    joined += joined // max(texts.shape[-1] - 1, 1)  # of several bands each has one place more than it has neighbours
    firsts = np.flatnonzero(np.diff(joined, prepend=-2) != 1)
    sizes = np.diff(firsts, append=len(joined)) + 1
    every = sizes * (sizes - 1) // 2
    wanted = np.where(sizes <= FULL_BUCKET, every, 2 * sizes - 3)
    packed = np.empty(wanted.sum(), np.int64)
    _bucket_kernel(texts.ravel(), joined[firsts], sizes, FULL_BUCKET, packed)
    return Candidates(np.sort(packed), int((every - wanted).sum()))


def merge_candidates(found: Sequence[Candidates], merged: Candidates) -> Candidates:
    """Return the candidates of some bands and those merged before, each pair once; bands find much the same pairs.

    merged: nothing is left of it, for its memory grows instead of there being new one each time.
    """
    packed, filled = merged.packed, len(merged.packed)
    packed.resize(filled + sum(len(candidates.packed) for candidates in found), refcheck=False)
    for candidates in found:
        packed[filled : filled + len(candidates.packed)] = candidates.packed
        filled += len(candidates.packed)
    packed.sort()
    packed.resize(_once_kernel(packed), refcheck=False)
    return Candidates(packed, merged.left_out + sum(candidates.left_out for candidates in found))


@kernel(microseconds=1)
def _key_kernel(signatures, rows, first, keys):
    for i in range(len(signatures)):
        for band in range(len(keys)):
            key = np.uint64(first + band + 1) * np.uint64(0x9E3779B97F4A7C15)
            for k in range(band * rows, band * rows + rows):
                key = (key ^ np.uint64(signatures[i, k])) * np.uint64(0xD6E8FEB86659FD93)
                key ^= key >> np.uint64(32)
            keys[band, i] = key


@kernel(microseconds=1)
def _once_kernel(numbers):
    """Move the distinct ones of rising numbers to the front and return how many they are."""
    filled = min(len(numbers), 1)
    for i in range(1, len(numbers)):
        numbers[filled] = numbers[i]
        filled += numbers[i] != numbers[filled - 1]
    return filled


@kernel(microseconds=2)
def _bucket_kernel(texts, starts, sizes, full, packed):
    filled = 0
    for bucket in range(len(starts)):
        start, size = starts[bucket], sizes[bucket]
        for j in range(start + 1, start + size):
            higher = np.int64(texts[j])
            for i in range(start if size <= full else j - 1, j):
                packed[filled] = np.int64(texts[i]) << 32 | higher
                filled += 1
            if size > full and j - 1 > start:
                packed[filled] = np.int64(texts[start]) << 32 | higher
                filled += 1
