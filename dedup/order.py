"""The order of numbers by one sort of plain integers, each with its place in the lower bits: 3 to 5 times as fast as argsort.

Leaves out: numbers too large to have a place beside them, which argsort orders.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.model import Ints

PARTS = 8
"""In which threads sort numbers."""
FEW_NUMBERS = 1 << 16
"""Are sorted by one thread sooner than threads are told to."""

_BITS = 63


class Numbered(NamedTuple):
    """first: int64, where each distinct number stands first, by rising number; inverse: int64 (n,), which of these each is."""

    first: Ints
    inverse: Ints


def sort_numbers(numbers: NDArray[Any], pool: Executor | None) -> None:
    """Sort numbers in place, over threads if there are some: cut into lower and upper halves, as a quicksort begins."""
    parts = [numbers]
    while pool and len(parts) < PARTS and len(parts[0]) > FEW_NUMBERS:
        list(pool.map(lambda part: part.partition(len(part) // 2), parts))
        parts = [half for part in parts for half in (part[: len(part) // 2], part[len(part) // 2 :])]
    list((pool.map if pool else map)(np.ndarray.sort, parts))


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
