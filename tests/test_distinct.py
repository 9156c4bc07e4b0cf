"""Paragraphs with the same digest collapse to one text."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.distinct import collapse_exact, pack_sets, sort_unique, sort_unique_pairs
from dedup.model import Sets

# Halves that meet in one slot of the hash table (equal lower bits), in the first or last slot, and in either half alone.
HALVES = st.sampled_from([0, 1, 15, 16, 1 << 20, 1 << 63, (1 << 64) - 1])
DIGESTS = st.lists(st.tuples(HALVES, HALVES), max_size=60)


def collapse(digests):
    found = collapse_exact(np.array(digests, np.uint64).reshape(-1, 2))
    return found.text_of.tolist(), found.first.tolist()


@given(DIGESTS)
def test_collapse_agrees_with_the_oracle(digests):
    assert collapse(digests) == naive.collapse(digests)


@given(DIGESTS)
def test_texts_are_numbered_in_the_order_of_their_first_paragraph(digests):
    text_of, first = collapse(digests)

    assert first == sorted(set(first))
    assert [text_of[paragraph] for paragraph in first] == list(range(len(first)))


@pytest.mark.parametrize(
    ("digests", "expected"),
    [
        ([], ([], [])),
        ([(5, 6)], ([0], [0])),
        ([(5, 6), (6, 5), (5, 5), (5, 6)], ([0, 1, 2, 0], [0, 1, 2])),
        ([(7, 7)] * 1000, ([0] * 1000, [0])),
    ],
    ids=["none", "one", "halves swapped", "all equal"],
)
def test_collapse_of_edge_shapes(digests, expected):
    assert collapse(digests) == expected


@pytest.mark.parametrize("n", [7, 8, 9, 16, 17, 5000])
def test_distinct_digests_that_meet_in_one_slot_stay_apart(n):
    digests = [((i << 32) + 15, 0) for i in range(n)]

    assert collapse(digests * 2) == ([*range(n), *range(n)], list(range(n)))


@given(st.lists(HALVES, max_size=40), st.sampled_from([np.uint64, np.int64]))
def test_sort_unique_gives_each_number_once_and_rising(numbers, dtype):
    array = np.array(numbers, np.uint64).astype(dtype)

    unique = sort_unique(array)

    assert unique.tolist() == sorted(set(array.tolist()))
    assert unique.dtype == dtype


@given(st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(0, 9), max_size=30)), max_size=20))
def test_packed_sets_lie_side_by_side_in_their_order(gaps_and_sets):
    """Each set stands behind a gap of some numbers that no set holds."""
    shingles = np.array([99] + [value for gap, one in gaps_and_sets for value in ([99] * gap + one)], np.uint32)
    ends = np.cumsum([gap + len(one) for gap, one in gaps_and_sets], dtype=np.int64) + 1
    starts = ends - np.array([len(one) for _, one in gaps_and_sets], np.int64)

    packed = pack_sets(Sets(shingles, starts, ends))

    places = zip(packed.starts.tolist(), packed.ends.tolist(), strict=True)
    assert [packed.shingles[start:end].tolist() for start, end in places] == [one for _, one in gaps_and_sets]
    assert packed.shingles.tolist() == [value for _, one in gaps_and_sets for value in one]


@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2, (1 << 31) - 1])] * 2), max_size=40))
def test_distinct_pairs_rise(pairs):
    found = sort_unique_pairs(np.array(pairs, np.int64).reshape(-1, 2))

    assert list(map(tuple, found.tolist())) == sorted(set(pairs))
    assert (found.dtype, found.shape[1]) == (np.int64, 2)
