"""The order of numbers by one sort of plain integers, each with its place in the lower bits: 3 to 5 times as fast as argsort.

Leaves out: numbers too large to have a place beside them, which argsort orders.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.model import Ints

_BITS = 63


class Numbered(NamedTuple):
    """first: int64, where each distinct number stands first, by rising number; inverse: int64 (n,), which of these each is."""

    first: Ints
    inverse: Ints


def order_stably(numbers: Ints) -> Ints:
    """Return the places of numbers as they rise, those of equal ones in their order: int64 (n,). numbers: none below 0."""
    bits = len(numbers).bit_length()
    if int(numbers.max(initial=0)) >> _BITS - bits:
        return np.argsort(numbers, kind="stable")
    tagged = numbers.astype(np.int64) << bits | np.arange(len(numbers))
    tagged.sort()
    tagged &= (1 << bits) - 1
    return tagged


def number_distinct(numbers: Ints) -> Numbered:
    """Return which numbers are equal, as np.unique does. numbers: none below 0."""
    order = order_stably(numbers)
    ordered = numbers[order]
    is_first = np.ones(len(order), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.cumsum(is_first) - 1
    return Numbered(order[is_first], inverse)
