"""Numbers that stand more than once against a count of each."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.repeats import tag_repeated

HASHES = st.lists(st.one_of(st.integers(0, (1 << 64) - 1), st.integers(0, 5).map(lambda n: n << 50 | n)), max_size=60)


@given(HASHES)
def test_numbers_with_equal_upper_bits_are_all_there_in_their_order(values):
    numbers = np.array(values, np.uint64)

    found, low = tag_repeated(numbers)

    upper = [value & ~low for value in values]
    places = [number & low for number in found.tolist()]
    assert low + 1 >= len(values)
    assert places == sorted(set(places))
    assert [number & ~low for number in found.tolist()] == [upper[place] for place in places]
    assert {i for i, value in enumerate(upper) if Counter(upper)[value] > 1} <= set(places)


@pytest.mark.parametrize("n_numbers", [1, 1000, 100_000])
def test_few_numbers_that_are_alone_come_along(n_numbers):
    """At most one in 8 on average; 4 deviations more."""
    numbers = np.random.default_rng(1).integers(0, 1 << 63, n_numbers, np.uint64) * np.uint64(2)

    found, _ = tag_repeated(numbers)

    assert len(found) <= n_numbers / 8 + 4 * np.sqrt(n_numbers / 8) * (n_numbers > 1)
