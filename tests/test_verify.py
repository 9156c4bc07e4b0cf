"""Exact Jaccard of candidate pairs: nothing estimated, nothing lost by stopping early."""

from fractions import Fraction
from itertools import combinations, product

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import as_pairs, as_sets

from dedup.model import Sets
from dedup.verify import compare_sets, sort_sets, verify_pairs

SHINGLES = st.one_of(st.integers(0, 25), st.sampled_from([naive.M32, 1 << 31]))
LISTS = st.lists(st.lists(SHINGLES, max_size=40), max_size=8)
THRESHOLDS = st.sampled_from([Fraction(p, q) for q in range(1, 12) for p in range(1, q + 1)])


def sorted_sets(lists):
    sets = as_sets([list(shingles) for shingles in lists])
    sort_sets(sets, np.arange(len(lists)))
    return sets


def set_of(sets, i):
    return sets.shingles[sets.starts[i] : sets.ends[i]].tolist()


def verified(lists, pairs, threshold):
    found = verify_pairs(sorted_sets(lists), as_pairs(pairs), threshold)
    return dict(zip(map(tuple, found.texts.tolist()), found.jaccard.tolist(), strict=True))


@given(LISTS)
def test_sorting_leaves_each_shingle_once_and_rising(lists):
    sets = sorted_sets(lists)

    assert [set_of(sets, i) for i in range(len(lists))] == [sorted(set(shingles)) for shingles in lists]


@pytest.mark.parametrize("size", [0, 1, 2, 23, 24, 25, 26, 1000])
@pytest.mark.parametrize("order", ["falling", "equal", "shuffled"])
def test_sets_of_any_size_are_sorted(size, order):
    """Short sets are sorted by insertion, longer ones by numpy."""
    rng = np.random.default_rng(size)
    drawn = {"falling": np.arange(size)[::-1], "equal": np.full(size, 7), "shuffled": rng.integers(0, 2 * size + 1, size)}
    shingles = drawn[order].tolist()

    assert set_of(sorted_sets([[3], shingles, [4]]), 1) == sorted(set(shingles))


def test_sets_that_are_not_wanted_stay_as_they_are():
    lists = [[3, 1, 1], [9, 8, 9], [5, 4, 5]]
    sets = as_sets(lists)

    sort_sets(sets, np.array([2, 0]))

    assert [set_of(sets, i) for i in range(3)] == [[1, 3], [9, 8, 9], [4, 5]]
    assert sets.starts.tolist() == [0, 3, 6]


@given(LISTS, THRESHOLDS)
def test_pairs_at_the_threshold_agree_with_the_oracle(lists, threshold):
    pairs = list(combinations(range(len(lists)), 2))

    expected = naive.all_pairs([set(shingles) for shingles in lists], threshold)
    assert verified(lists, pairs, float(threshold)) == {pair: float(j) for pair, j in expected.items()}


@given(st.sets(st.integers(0, 400), max_size=300), st.sets(st.integers(0, 400), max_size=300), st.integers(1, 100))
def test_stopping_early_loses_no_pair_of_large_sets(a, b, percent):
    j = naive.jaccard(a, b)

    expected = {(0, 1): float(j)} if j >= Fraction(percent, 100) else {}
    assert verified([a, b], [(0, 1)], percent / 100) == expected


@given(LISTS)
def test_comparison_gives_the_exact_similarity_however_low(lists):
    pairs = list(product(range(len(lists)), repeat=2))

    actual = compare_sets(sorted_sets(lists), as_pairs(pairs)).tolist()

    assert actual == [float(naive.jaccard(set(lists[i]), set(lists[j]))) for i, j in pairs]


@pytest.mark.parametrize("shared", [1, 2, 3, 5, 7, 10, 29, 100])
def test_similarity_is_kept_at_itself_and_dropped_just_above(shared):
    """Whatever the fraction rounds to, and however the shingles that are not shared are dealt out."""
    for alone in range(1, 50):
        similarity = shared / (shared + alone)
        for mine in {0, 1, alone // 2, alone}:
            pair = [range(shared + mine), [*range(shared), *range(shared + mine, shared + alone)]]

            assert verified(pair, [(0, 1)], similarity) == {(0, 1): similarity}
            assert verified(pair, [(0, 1)], float(np.nextafter(similarity, 2))) == {}


@pytest.mark.parametrize(
    ("a", "b", "threshold", "kept"),
    [
        ({1, 2, 3, 4}, {1, 2, 3, 5}, 0.6, True),
        ({1, 2, 3, 4}, {1, 2, 3, 5}, 0.61, False),
        ({1, 2, 3}, {1, 2}, 2 / 3, True),
        ({1, 2, 3}, {1, 2}, 0.67, False),
        (range(7), range(10), 0.7, True),
        (range(7), range(10), 0.71, False),
        ({1, 2}, {1, 2}, 1.0, True),
        (range(999), range(1000), 1.0, False),
        ({1}, {2}, 0.01, False),
    ],
)
def test_threshold_is_hit_exactly(a, b, threshold, kept):
    assert bool(verified([a, b], [(0, 1)], threshold)) == kept


def test_pair_of_empty_sets_has_no_similarity():
    assert compare_sets(sorted_sets([[], [], [1]]), as_pairs([(0, 1), (0, 2)])).tolist() == [0.0, 0.0]
    assert verified([[], []], [(0, 1)], 0.01) == {}


def test_no_pairs_give_no_pairs():
    found = verify_pairs(sorted_sets([[1]]), as_pairs([]), 0.5)

    assert (found.texts.shape, found.jaccard.shape) == ((0, 2), (0,))


def test_order_of_pairs_is_kept():
    found = verify_pairs(sorted_sets([[1, 2], [1, 2], [9], [1, 2]]), as_pairs([(1, 3), (0, 2), (0, 1)]), 0.5)

    assert found.texts.tolist() == [[1, 3], [0, 1]]


def test_sets_may_lie_anywhere_in_the_array():
    sets = Sets(np.array([5, 6, 7, 0, 0, 6, 7, 8], np.uint32), np.array([5, 0]), np.array([8, 3]))

    assert compare_sets(sets, as_pairs([(0, 1)])).tolist() == [0.5]
