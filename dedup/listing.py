"""Sequences of things that are described when they are asked for: what a report lists may be more than memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar, overload

import numpy as np

from dedup.ahead import map_ahead
from dedup.model import Ints
from dedup.table import Table

Found = TypeVar("Found")
Written = TypeVar("Written")

MOST_KEPT = 100_000
"""Things that a report keeps: described, a member takes some 400 bytes."""
AT_ONCE = 4096
"""Things, or members of clusters, that are described at a time: some megabytes."""


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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self):,}>"

    def __eq__(self, other: object) -> bool:
        """Return whether another sequence has equal things in the same order."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_are_equal, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make a copy, or to unpickle one: as a tuple of the things."""
        return tuple, (tuple(self),)

    @overload
    def __getitem__(self, at: int) -> Found: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Found]: ...
    def __getitem__(self, at: int | slice) -> Found | Sequence[Found]:
        """Return a thing, or those of a slice."""
        if isinstance(at, int):
            number = range(len(self))[at]
            return self._make(number, number + 1)[0]
        start, stop, step = at.indices(len(self))
        if step != 1:
            return tuple(self[i] for i in range(start, stop, step))
        inner = self._cuts[(self._cuts > start) & (self._cuts < stop)]
        cuts = np.concatenate(([start], inner, [max(stop, start)])) - start
        return Listing(cuts, lambda first, last: self._make(first + start, last + start))


class Tabled(Listing[Found]):
    """n things that are there as tables. tabulate: returns the table of those from a number to before another.

    keeps: whether the things are kept once they were asked for, as a tuple.
    """

    def __init__(self, cuts: Ints, tabulate: Callable[[int, int], Table], keeps: bool = False) -> None:
        super().__init__(cuts, lambda first, last: tabulate(first, last).tolist())
        self._tabulate, self._keeps, self._kept = tabulate, keeps, tuple[Found, ...]()

    def render(self, write: Callable[[Table], Written], n_threads: int) -> Iterator[Written]:
        """Yield what a function makes of the things, of one table of them after the other, none empty; threads make some ahead."""
        parts = pairwise(self._cuts.tolist())
        with ThreadPoolExecutor(n_threads) as pool:
            yield from map_ahead(pool, lambda part: write(self._tabulate(*part)), parts, n_threads + 1)

    def __iter__(self) -> Iterator[Found]:
        return iter(self._keep()) if self._keeps else super().__iter__()

    @overload
    def __getitem__(self, at: int) -> Found: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Found]: ...
    def __getitem__(self, at: int | slice) -> Found | Sequence[Found]:
        """Return a thing, or those of a slice."""
        return self._keep()[at] if self._keeps else super().__getitem__(at)

    def _keep(self) -> tuple[Found, ...]:
        self._kept = self._kept or tuple(super().__iter__())
        return self._kept


def cut_evenly(n_things: int) -> Ints:
    """Return cuts after every AT_ONCE things."""
    return np.append(np.arange(0, n_things, AT_ONCE), n_things) if n_things else np.zeros(1, np.int64)


def weigh_bytes(n_bytes: Ints) -> Ints:
    """Return as how many things such count that hold so many bytes: int64 (n,); one, or one for each kilobyte."""
    weights: Ints = np.maximum(n_bytes >> 10, 1)
    return weights


def cut_by_size(sizes: Ints) -> Ints:
    """Return cuts between things of some sizes, int64 (n,): of more than AT_ONCE alone, else up to AT_ONCE and one thing more."""
    if not len(sizes):
        return np.zeros(1, np.int64)
    is_wide = sizes > AT_ONCE
    is_next = np.diff((np.cumsum(sizes) - sizes) // AT_ONCE) != 0
    return np.concatenate(([0], np.flatnonzero(is_next | is_wide[1:] | is_wide[:-1]) + 1, [len(sizes)]))


def join_all(ones: Sequence[Found], others: Sequence[Found]) -> Sequence[Found]:
    """Return things and others behind them."""
    n_ones = len(ones)
    cuts = np.concatenate((cut_evenly(n_ones), cut_evenly(len(others))[1:] + n_ones))
    return Listing(cuts, lambda first, last: ones[first:last] if first < n_ones else others[first - n_ones : last - n_ones])


def _are_equal(one: Any, other: Any) -> bool:
    return bool(one == other)
