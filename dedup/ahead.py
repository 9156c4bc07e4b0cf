"""Work that threads do ahead of the one who wants its results: no further than so many things, or all that there is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from threading import Lock
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


def hand_on(
    pool: Executor, function: Callable[[Thing], Made], things: Iterable[Thing], take: Callable[[Made], None]
) -> Callable[[], None]:
    """Hand what a function makes of things to `take`, one at a time and in their order; return what waits until all is taken.

    Threads do both at once, and hold no more results than wait for one before them.
    """
    turn, waiting, n_taken = Lock(), dict[int, Made](), 0

    def work(number: int, thing: Thing) -> None:
        nonlocal n_taken
        made = function(thing)
        with turn:
            waiting[number] = made
            while n_taken in waiting:
                take(waiting.pop(n_taken))
                n_taken += 1

    futures = [pool.submit(work, number, thing) for number, thing in enumerate(things)]

    def wait() -> None:
        for future in futures:
            future.result()

    return wait
