"""Work done ahead: in its order, from the beginning, and not too far."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dedup.ahead import hand_on, map_ahead


@pytest.mark.parametrize("n_ahead", [1, 2, 7, 100])
def test_results_come_in_the_order_of_the_things(n_ahead):
    with ThreadPoolExecutor(3) as pool:
        assert list(map_ahead(pool, lambda i: (time.sleep(0.001 * (i % 3)), i * i)[1], range(20), n_ahead)) == [
            i * i for i in range(20)
        ]


def test_no_more_is_begun_than_was_taken_and_so_many_more():
    begun = []
    with ThreadPoolExecutor(1) as pool:
        made = map_ahead(pool, begun.append, range(20), 3)
        pool.submit(int).result()  # behind what was begun at once
        assert begun == [0, 1, 2]
        next(made), next(made)
        pool.submit(int).result()

        assert begun == [0, 1, 2, 3, 4]


def test_error_of_a_thing_comes_when_its_result_is_taken():
    with ThreadPoolExecutor(2) as pool:
        made = map_ahead(pool, [0, 1].__getitem__, range(5), 2)
        assert [next(made), next(made)] == [0, 1]
        with pytest.raises(IndexError):
            next(made)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_all_that_is_made_is_taken_in_the_order_of_the_things(n_threads):
    taken = []
    with ThreadPoolExecutor(n_threads) as pool:
        wait = hand_on(pool, lambda i: (time.sleep(0.001 * (i % 3)), i * i)[1], range(20), taken.append)
        wait()

        assert taken == [i * i for i in range(20)]


def test_what_is_made_waits_for_the_one_before_it():
    taken, may_go_on = [], threading.Event()
    with ThreadPoolExecutor(2) as pool:
        wait = hand_on(pool, lambda i: (i or may_go_on.wait(), i)[1], range(4), taken.append)
        assert taken == []
        may_go_on.set()
        wait()

    assert taken == [0, 1, 2, 3]


def test_error_of_a_thing_comes_each_time_all_is_waited_for():
    with ThreadPoolExecutor(2) as pool:
        wait = hand_on(pool, [0, 1].__getitem__, range(5), [].append)
        for _ in range(2):
            with pytest.raises(IndexError):
                wait()


def test_error_of_what_takes_comes_when_all_is_waited_for_and_nothing_is_taken_behind_it():
    taken = []

    def take(number):
        if number == 2:
            raise MemoryError
        taken.append(number)

    with ThreadPoolExecutor(2) as pool, pytest.raises(MemoryError):
        hand_on(pool, int, range(5), take)()

    assert taken == [0, 1]
