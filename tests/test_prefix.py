"""The prefix filter misses no pair: what the verifier keeps of it are exactly the pairs of brute force."""

from fractions import Fraction
from itertools import combinations

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import as_pairs, as_sets

from dedup.model import Sets
from dedup.prefix import pair_sharing_prefix
from dedup.verify import sort_sets, verify_pairs

SETS = st.lists(st.sets(st.one_of(st.integers(0, 12), st.integers(0, 60), st.just(naive.M32)), max_size=14), max_size=14)
THRESHOLDS = st.sampled_from([Fraction(p, q) for q in range(1, 11) for p in range(1, q + 1)])


def candidates(some_sets, threshold):
    return pair_sharing_prefix(as_sets([sorted(one) for one in some_sets]), threshold)


def found_pairs(some_sets, threshold):
    sets = as_sets([sorted(one) for one in some_sets])
    verified = verify_pairs(sets, pair_sharing_prefix(sets, threshold), threshold)
    return dict(zip(map(tuple, verified.texts.tolist()), verified.jaccard.tolist(), strict=True))


def near_copies(rng, n_families, copies, size):
    """Return families of sets that differ by no shingle, a few or many, drawn from common and rare ones."""
    found = []
    for _ in range(n_families):
        first = (rng.zipf(1.3, size) % (1 << 32)).tolist()
        for _ in range(copies):
            edits = rng.integers(0, rng.choice([1, 3, 20], 2))
            found.append({*first[edits[0] :], *rng.integers(0, 500, edits[1]).tolist()})
    return found


@given(SETS, THRESHOLDS)
def test_pairs_are_exactly_those_of_brute_force(some_sets, threshold):
    expected = {pair: float(j) for pair, j in naive.all_pairs(some_sets, threshold).items()}

    assert found_pairs(some_sets, float(threshold)) == expected


@given(SETS, st.floats(0.01, 1.0))
def test_any_threshold_finds_the_pairs_of_brute_force(some_sets, threshold):
    similar = {pair: float(j) for pair, j in naive.all_pairs(some_sets, Fraction(0)).items()}

    assert found_pairs(some_sets, threshold) == {pair: j for pair, j in similar.items() if j >= threshold}


@pytest.mark.parametrize(
    "threshold", [Fraction(3, 10), Fraction(1, 2), Fraction(3, 5), Fraction(7, 10), Fraction(9, 10), Fraction(1)]
)
def test_near_copies_of_long_texts_are_all_found(threshold):
    some_sets = near_copies(np.random.default_rng(7), n_families=25, copies=6, size=60)

    expected = {pair: float(j) for pair, j in naive.all_pairs(some_sets, threshold).items()}

    assert found_pairs(some_sets, float(threshold)) == expected
    assert len(expected) >= 10


@given(SETS, THRESHOLDS)
def test_candidates_are_sorted_and_listed_once_with_the_lower_set_first(some_sets, threshold):
    pairs = list(map(tuple, candidates(some_sets, float(threshold)).tolist()))

    assert pairs == sorted(set(pairs) & set(combinations(range(len(some_sets)), 2)))


@given(SETS, THRESHOLDS)
def test_sets_of_too_different_sizes_are_no_candidates(some_sets, threshold):
    for i, j in candidates(some_sets, float(threshold)).tolist():
        small, large = sorted((len(some_sets[i]), len(some_sets[j])))

        assert small >= threshold * large


def test_sets_that_share_only_common_shingles_are_no_candidates():
    """0 and 1 are in every set and outside its prefix: 3 of 5 shingles at a threshold of .6."""
    some_sets = [{0, 1, 10 * i, 10 * i + 1, 10 * i + 2} for i in range(1, 30)]

    assert candidates(some_sets, 0.6).tolist() == []


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_sets_have_no_pair(n):
    assert candidates([{1, 2}] * n, 0.5).shape == (0, 2)


def test_empty_sets_are_no_candidates():
    assert candidates([set(), set(), {1}, set()], 0.5).tolist() == []


@pytest.mark.parametrize("threshold", [0.1, 0.6, 1.0])
def test_equal_sets_are_all_pairs_and_room_for_them_grows(threshold):
    pairs = candidates([{1, 2, 3}] * 60, threshold)

    assert pairs.tolist() == [list(pair) for pair in combinations(range(60), 2)]


@pytest.mark.parametrize(
    ("a", "b", "threshold"),
    [(3, 5, 0.6), (7, 10, 0.7), (2, 3, 2 / 3), (9, 10, 0.9), (1, 10, 0.1), (29, 100, 0.29), (55, 100, 0.55), (7, 100, 0.07)],
)
def test_pair_exactly_at_the_threshold_is_a_candidate(a, b, threshold):
    """Whatever the product rounds to: 0.29 * 100 is below 29, 0.55 * 100 above 55."""
    assert found_pairs([set(range(a)), set(range(b))], threshold) == {(0, 1): threshold}


def test_sets_may_lie_anywhere_in_the_array():
    """As distinct texts do, after repeats were taken out: with gaps and out of order."""
    sets = Sets(np.array([5, 6, 7, 7, 1, 2, 5, 6, 7, 8], np.uint32), np.array([6, 0, 4]), np.array([10, 4, 6]))
    sort_sets(sets, np.arange(3))

    assert pair_sharing_prefix(sets, 0.6).tolist() == as_pairs([(0, 1)]).tolist()
