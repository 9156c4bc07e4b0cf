"""Orders and numbers of equal numbers against sorted() and lists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import order
from dedup.order import number_distinct, order_stably, sort_numbers

small = st.lists(st.integers(0, 5), max_size=20)
large = st.lists(st.integers(0, (1 << 63) - 1), max_size=9)


@given(st.one_of(small, large))
@example([])
@example([1 << 62, 0, 1 << 62])
@example([(1 << 60) - 1] * 7 + [0])
@example([1 << 60] * 7 + [0])
def test_order_is_that_of_a_stable_sort(numbers: list[int]) -> None:
    assert order_stably(np.array(numbers, np.int64)).tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)


@given(st.one_of(small, large))
def test_equal_numbers_have_one_number_and_a_first_place(numbers: list[int]) -> None:
    first, inverse = number_distinct(np.array(numbers, np.int64))
    distinct = sorted(set(numbers))

    assert first.tolist() == [numbers.index(one) for one in distinct]
    assert inverse.tolist() == [distinct.index(one) for one in numbers]


def test_narrow_integers_are_ordered_too() -> None:
    numbers = np.arange(100_000, dtype=np.int32)[::-1] + (1 << 30)

    assert np.array_equal(order_stably(numbers), np.arange(100_000)[::-1])


@given(st.one_of(small, large), st.booleans())
def test_numbers_are_sorted_in_place_by_one_thread_or_several(numbers: list[int], threaded: bool) -> None:
    column = np.array(numbers, np.uint64)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(order, "FEW_NUMBERS", 1)
        sort_numbers(column, pool if threaded else None)

    assert column.tolist() == sorted(numbers)


def test_many_numbers_are_sorted_by_threads() -> None:
    numbers = np.random.default_rng(1).integers(0, 1 << 20, 300_001)
    expected = np.sort(numbers)
    with ThreadPoolExecutor(2) as pool:
        sort_numbers(numbers, pool)

    assert np.array_equal(numbers, expected)
