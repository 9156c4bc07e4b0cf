"""Which numbers stand more than once, without a sort of all: a table of bits tells those that are alone.

Source: Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), with one hash, the upper bits of the number.
Leaves out: grouping what is left, of which a few are alone (see `band`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernel import kernel
from dedup.model import Words64

SLOT_BITS, MOST_SLOT_BITS = 3, 26
"""So many bits more than places in the array take: one number in 8 to 16 shares its slot by accident, for 2 to 4 bytes of tables a
number. Fewer let more through to the sort, more fall out of the cache; so 16 MB are the most, which let half of 50 million numbers
through and all of 300 million."""
_WORD_BITS = 6
_ONCE, _AGAIN = 0, 1


class Tagged(NamedTuple):
    """numbers: uint64 (n,), each with its place among those given in the bits of `low`; two of equal upper bits are both there."""

    numbers: Words64
    low: int


def tag_repeated(numbers: Words64) -> Tagged:
    """Return the numbers whose upper bits others have too, in their order.

    numbers: uint64 (n,), hashes. Of n numbers 64 - log2(n) bits are compared: those that differ only below meet by accident about
    n**3 / 2**65 times.
    """
    bits = max(1, (len(numbers) - 1).bit_length())
    slot_bits = min(max(bits + SLOT_BITS, _WORD_BITS), MOST_SLOT_BITS)
    seen = np.zeros((1 << slot_bits - _WORD_BITS, 2), np.uint64)
    low, room = (1 << bits) - 1, np.empty_like(numbers)
    return Tagged(room[: _tag_kernel(numbers, low, 64 - slot_bits, seen, room)], low)


@kernel(microseconds=2)
def _tag_kernel(numbers, low, shift, seen, room):
    """Return how many were written. seen: a bit for each value of the bits from `shift` on: once at least, and again.

    Both lie in one line of the cache: among millions of numbers that saves a third of the time.
    """
    for i in range(len(numbers)):
        slot = numbers[i] >> np.uint64(shift)
        place, bit = slot >> np.uint64(_WORD_BITS), np.uint64(1) << (slot & np.uint64(63))
        seen[place, _AGAIN] |= seen[place, _ONCE] & bit
        seen[place, _ONCE] |= bit
    filled = 0
    for i in range(len(numbers)):
        slot = numbers[i] >> np.uint64(shift)
        room[filled] = (numbers[i] & ~np.uint64(low)) | np.uint64(i)
        filled += np.int64(seen[slot >> np.uint64(_WORD_BITS), _AGAIN] >> (slot & np.uint64(63)) & np.uint64(1))
    return filled
