"""Candidates that cannot be pairs, against the exact similarity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.model import Sets
from dedup.screen import MARKS, MOST_SIZE, mark_sets, screen_pairs

hashes = st.integers(0, 2**32 - 1)
some_hashes = st.lists(hashes, max_size=40)


def make_sets(*members):
    ends = np.cumsum([len(one) for one in members])
    shingles = np.array([hash_ for one in members for hash_ in one], np.uint32)
    return Sets(shingles, ends - [len(one) for one in members], ends)


def screen(sets, pairs, threshold):
    marks = np.zeros((len(sets.starts), 2), np.uint64)
    with np.errstate(over="ignore"):
        mark_sets(sets, np.arange(len(marks)), marks)
        return screen_pairs(marks, np.array(pairs, np.int64).reshape(-1, 2), threshold).tolist()


def measure(a, b):
    return len(set(a) & set(b)) / len(set(a) | set(b)) if a or b else 0.0


@given(some_hashes, some_hashes, some_hashes, st.floats(0.01, 1))
def test_no_pair_at_the_threshold_is_lost(shared, one, other, threshold):
    a, b = shared + one, other + shared
    sets, similarity = make_sets(a, b), measure(a, b)

    assert similarity < threshold or screen(sets, [(0, 1)], threshold) == [True]
    assert not similarity or screen(sets, [(0, 1)], similarity) == [True]


@pytest.mark.parametrize("size", [8, 40, 70])
def test_most_of_what_shares_nothing_is_told(size):
    numbers = np.random.default_rng(size)
    sets = make_sets(*numbers.integers(0, 2**32, (400, size)).tolist())
    may_be = screen(sets, [(i, i + 1) for i in range(0, 400, 2)], 0.6)

    assert sum(may_be) <= 20


def test_sets_too_large_to_be_told_are_worth_a_look():
    """70,000 members under one bit, and 70 more under bits of their own: that the size is cut off must not make these too many."""
    apart = [(k << 32) // MARKS + 1 for k in range(1, 71)]
    many = list(range(MOST_SIZE + 4465))
    one, other = many, many + apart

    assert measure(one, other) >= 0.999
    assert screen(make_sets(one, other), [(0, 1)], 0.999) == [True]
    assert screen(make_sets(one[:60_000], one[:60_000] + apart), [(0, 1)], 0.9999) == [False]


def test_no_candidate_is_no_pair():
    assert screen(make_sets([1], [2]), [], 0.6) == []
