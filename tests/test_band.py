"""Bands, keys and buckets: recall at the threshold, and which texts of a bucket become candidates."""

import naive
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapes import as_sets
from test_sketch import overlapping_sets

from dedup import band
from dedup.band import (
    Bands,
    Candidates,
    allow_minima,
    choose_bands,
    describe_bands,
    find_probability,
    key_bands,
    merge_candidates,
    no_candidates,
    pair_bucket_mates,
)
from dedup.errors import SettingsError
from dedup.sketch import draw_permutations, sketch_sets

KEYS = st.lists(st.integers(0, 6).map(lambda key: key * naive.MIX & naive.M64), max_size=40)
"""Keys that differ in their upper bits, for the number of the text takes the place of the lower ones."""


def pairs_of(keys):
    found = pair_bucket_mates(np.array(keys, np.uint64))
    return list(map(tuple, found.pairs.tolist())), found.left_out


def candidates(*pairs, left_out=0):
    return Candidates(np.sort(np.array([a << 32 | b for a, b in pairs], np.int64)), left_out)


@pytest.mark.parametrize("threshold", [round(0.05 * step, 2) for step in range(1, 21)] + [0.333, 0.667, 0.99])
def test_bands_find_99_percent_at_the_threshold_and_one_row_more_would_not_fit(threshold):
    bands, rows = choose_bands(threshold)

    assert bands * rows <= band.MOST_MINIMA
    assert naive.s_curve(threshold, bands, rows) >= 0.99
    assert bands == 1 or naive.s_curve(threshold, bands - 1, rows) < 0.99
    more = [naive.s_curve(threshold, band.MOST_MINIMA // r, r) for r in range(rows + 1, band.MOST_MINIMA + 1)]
    assert [recall for recall in more if recall >= 0.99] == []


@pytest.mark.parametrize(("threshold", "expected"), [(0.5, (35, 3)), (0.6, (34, 4)), (0.7, (26, 5)), (1.0, (1, 144))])
def test_bands_of_usual_thresholds(threshold, expected):
    assert choose_bands(threshold) == expected


@pytest.mark.parametrize(("threshold", "few", "many"), [(0.5, (35, 3), (72, 4)), (0.6, (34, 4), (57, 5)), (0.7, (26, 5), (37, 6))])
def test_large_corpora_have_one_row_more_at_the_same_recall(threshold, few, many):
    words = 9  # of a text
    sizes = (0, words * band.MANY_TEXTS, words * band.MANY_TEXTS + 1)
    chosen = [choose_bands(threshold, allow_minima(n_texts, n_texts * words)) for n_texts in sizes]

    assert chosen == [few, few, many]
    assert choose_bands(threshold, allow_minima(sizes[-1], sizes[-1] * (words + 1))) == few
    assert find_probability(threshold, Bands(*many)) >= 0.99
    assert describe_bands(threshold, band.MORE_MINIMA) == many


@given(st.floats(0.04, 1.0), st.integers(120, 300))
def test_bands_never_take_more_minima_than_allowed(threshold, most_minima):
    bands = choose_bands(threshold, most_minima)

    assert 1 <= bands.bands * bands.rows <= most_minima
    assert find_probability(threshold, bands) >= 0.99


def test_threshold_that_no_bands_can_find_is_refused_with_the_way_out():
    with pytest.raises(SettingsError, match=r"threshold: 0\.02 needs more than 144 minima .* raise it, or .* --exact"):
        choose_bands(0.02)


@given(st.floats(0.0, 1.0), st.integers(1, 50), st.integers(1, 20))
def test_find_probability_is_the_s_curve(similarity, b, r):
    assert find_probability(similarity, Bands(b, r)) == pytest.approx(naive.s_curve(similarity, b, r), abs=1e-12)
    assert find_probability(np.array([0.0, 1.0]), Bands(b, r)).tolist() == [0.0, 1.0]


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 3), st.integers(0, 8), st.integers(0, 99))
def test_keys_agree_with_the_oracle(b, r, unused, n, seed):
    """Minima beyond bands * rows are left out."""
    signatures = np.random.default_rng(seed).integers(0, 1 << 32, (n, b * r + unused), np.uint32)

    keys = key_bands(signatures, Bands(b, r))

    assert keys.T.tolist() == [naive.band_keys(row, b, r) for row in signatures.tolist()]
    assert (keys.shape, keys.dtype, keys.flags.c_contiguous) == ((b, n), np.uint64, True)


@given(st.lists(st.lists(st.integers(0, 1), min_size=6, max_size=6), max_size=8))
def test_keys_are_equal_where_the_whole_band_is_equal(rows):
    keys = key_bands(np.array(rows, np.uint32).reshape(-1, 6), Bands(2, 3))

    minima = [(at, *row[3 * at : 3 * at + 3]) for at in range(2) for row in rows]
    assert naive.collapse(keys.ravel().tolist()) == naive.collapse(minima)


@given(KEYS, st.sampled_from([2, 3, 5, 256]))
def test_bucket_mates_agree_with_the_oracle(keys, full):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(band, "FULL_BUCKET", full)
        pairs, left_out = pairs_of(keys)

    expected, expected_left_out = naive.bucket_pairs(keys, full)
    assert pairs == sorted(expected)
    assert left_out == expected_left_out


@pytest.mark.parametrize(
    ("size", "n_pairs", "left_out"),
    [
        (0, 0, 0),
        (1, 0, 0),
        (2, 1, 0),
        (255, 255 * 127, 0),
        (256, 128 * 255, 0),
        (257, 2 * 257 - 3, 257 * 128 - 511),
        (5000, 9997, 5000 * 4999 // 2 - 9997),
    ],
)
def test_bucket_gives_all_pairs_up_to_256_and_star_with_chain_above(size, n_pairs, left_out):
    pairs, actual_left_out = pairs_of([77] * size)

    assert (len(pairs), actual_left_out) == (n_pairs, left_out)
    assert len(set(pairs)) == n_pairs
    if size > band.FULL_BUCKET:
        star, chain = {(0, other) for other in range(1, size)}, {(i, i + 1) for i in range(size - 1)}
        assert set(pairs) == star | chain


@given(KEYS, st.randoms())
def test_order_of_texts_only_renumbers_the_candidates(keys, random):
    order = list(range(len(keys)))
    random.shuffle(order)

    pairs, left_out = pairs_of([keys[i] for i in order])

    assert (sorted(tuple(sorted((order[a], order[b]))) for a, b in pairs), left_out) == pairs_of(keys)


def test_large_bucket_gives_the_same_whatever_lies_between_its_members():
    """The rule knows the sorted bucket and nothing else: other buckets only renumber its members."""
    rng = np.random.default_rng(1)
    keys = rng.integers(1, 1 << 63, 2000, np.uint64)
    members = np.sort(rng.choice(2000, 300, replace=False))
    keys[members] = 5 << 50

    alone, left_out = pairs_of([5 << 50] * 300)

    assert pairs_of(keys) == ([(members[a], members[b]) for a, b in alone], left_out)


def test_pairing_leaves_the_keys_as_they_are():
    keys = np.array([9, 3, 9, 3], np.uint64) << np.uint64(40)
    before = keys.copy()

    pair_bucket_mates(keys)

    np.testing.assert_array_equal(keys, before)


def test_keys_that_differ_only_in_the_place_of_the_number_may_meet():
    """Four texts take two bits of the key; candidates by accident are sorted out by the verifier."""
    assert pairs_of([0b1_01, 0b1_10, 0b10_00, 0b11_00])[0] == [(0, 1)]


@given(st.integers(0, 12).flatmap(lambda n: st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=1, max_size=6)))
@example([[1, 1, 1]] * 4)  # buckets at both ends of every band, which are no neighbours
def test_bands_paired_in_one_go_meet_as_one_by_one(rows):
    keys = np.array(rows, np.uint64).reshape(len(rows), -1) * np.uint64(naive.MIX)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(band, "FULL_BUCKET", 3)
        one_by_one = merge_candidates(list(map(pair_bucket_mates, keys)), no_candidates())
        at_once = merge_candidates([pair_bucket_mates(keys)], no_candidates())

    assert at_once.packed.tolist() == one_by_one.packed.tolist()
    assert at_once.left_out == one_by_one.left_out


@given(st.lists(st.tuples(st.sets(st.tuples(st.integers(0, 5), st.integers(6, 9)), max_size=9), st.integers(0, 3)), max_size=20))
def test_merging_lists_each_pair_once_and_adds_what_was_left_out(found):
    parts = [candidates(*pairs, left_out=left_out) for pairs, left_out in found]
    merged = no_candidates()
    for at in range(0, len(parts), 3):
        merged = merge_candidates(parts[at : at + 3], merged)

    assert list(map(tuple, merged.pairs.tolist())) == sorted(set().union(*(pairs for pairs, _ in found)))
    assert merged.left_out == sum(left_out for _, left_out in found)
    assert merged.packed.dtype == np.int64


@pytest.mark.parametrize(("shared", "alone"), [(20, 20), (30, 20), (40, 20), (60, 20)])
def test_share_of_pairs_that_meet_follows_the_s_curve(shared, alone):
    """Few bands, so that the curve is far from 0 and 1; every pair is sketched with permutations of its own."""
    bands, n, rng = Bands(6, 3), 400, np.random.default_rng(shared)
    expected = naive.s_curve(shared / (shared + 2 * alone), *bands)

    met = 0
    for seed in range(n):
        keys = key_bands(sketch_sets(as_sets(overlapping_sets(rng, shared, alone)), draw_permutations(18, seed)), bands)
        met += len(merge_candidates(list(map(pair_bucket_mates, keys)), no_candidates()).packed)

    assert abs(met / n - expected) <= naive.tolerance(expected, n)


@pytest.mark.parametrize("threshold", [0.001, 0.02, 0.04, 0.6, 1.0])
def test_bands_told_of_are_those_chosen_or_the_most_that_there_can_be(threshold):
    told = describe_bands(threshold)

    assert told == (choose_bands(threshold) if threshold >= 0.04 else (144, 1))
