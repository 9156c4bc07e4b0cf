"""Sequences of things that are described when they are asked for: what a report lists may be more than memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar, overload

import numpy as np

from dedup.model import Ints

Found = TypeVar("Found")

MOST_KEPT = 100_000
"""Things that a report keeps: described, a member takes some 400 bytes."""
AT_ONCE = 256


class Listing(Sequence[Found]):
    """n things, made some at a time and not kept.

    cuts: int64, rising from 0 to n, where one block ends and the next begins; make: returns those from a number to before another.
    """

    def __init__(self, cuts: Ints, make: Callable[[int, int], Sequence[Found]]) -> None:
        self._cuts, self._make = cuts, make

    def __len__(self) -> int:
        return int(self._cuts[-1])

    def __iter__(self) -> Iterator[Found]:
        for first, last in pairwise(self._cuts.tolist()):
            yield from self._make(first, last)

    @overload
    def __getitem__(self, at: int) -> Found: ...
    @overload
    def __getitem__(self, at: slice) -> Listing[Found]: ...
    def __getitem__(self, at: int | slice) -> Found | Listing[Found]:
        """Return a thing, or those of a slice without a step as another listing."""
        if isinstance(at, int):
            number = range(len(self))[at]
            return self._make(number, number + 1)[0]
        start, stop, _ = at.indices(len(self))
        inner = self._cuts[(self._cuts > start) & (self._cuts < stop)]
        cuts = np.concatenate(([start], inner, [max(stop, start)])) - start
        return Listing(cuts, lambda first, last: self._make(first + start, last + start))


def cut_evenly(n_things: int) -> Ints:
    """Return cuts after every AT_ONCE things."""
    return np.append(np.arange(0, n_things, AT_ONCE), n_things) if n_things else np.zeros(1, np.int64)


def cut_by_size(sizes: Ints) -> Ints:
    """Return cuts between things of some sizes, int64 (n,), so that blocks of several stay within AT_ONCE in all."""
    ends = np.cumsum(sizes)
    block = (ends - sizes) // AT_ONCE
    return np.concatenate(([0], np.flatnonzero(np.diff(block)) + 1, [len(sizes)])) if len(sizes) else np.zeros(1, np.int64)


def join_all(ones: Sequence[Found], others: Sequence[Found]) -> Sequence[Found]:
    """Return things and others behind them, as a tuple where both are."""
    if isinstance(ones, tuple) and isinstance(others, tuple):
        return (*ones, *others)
    n_ones = len(ones)
    cuts = np.concatenate((cut_evenly(n_ones), cut_evenly(len(others))[1:] + n_ones))
    return Listing(cuts, lambda first, last: ones[first:last] if first < n_ones else others[first - n_ones : last - n_ones])


def keep_few(things: Listing[Found], n_parts: int) -> Sequence[Found]:
    """Return things as a tuple where they are few. n_parts: what they have in all, such as members."""
    return tuple(things) if n_parts <= MOST_KEPT else things
