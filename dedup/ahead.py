"""Work that threads do ahead of the one who takes its results, in order, and no further than so many things."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")


def map_ahead(pool: Executor, function: Callable[[Thing], Made], things: Iterable[Thing], n_ahead: int) -> Iterator[Made]:
    """Return what a function makes of things, in their order; threads begin at once, and go on as results are taken.

    Unlike `Executor.map` it never holds more than n_ahead results.
    """
    remaining = iter(things)
    ahead: deque[Future[Made]] = deque(pool.submit(function, thing) for thing in islice(remaining, n_ahead))

    def take() -> Iterator[Made]:
        while ahead:
            made = ahead.popleft().result()
            ahead.extend(pool.submit(function, thing) for thing in islice(remaining, 1))
            yield made

    return take()
