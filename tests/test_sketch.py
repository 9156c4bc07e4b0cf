"""Signatures against the oracle, against datasketch bit for bit, and against the theory of MinHash."""

import naive
import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st
from shapes import as_sets

from dedup.model import Sets
from dedup.sketch import SCHEME, Permutations, draw_permutations, sketch_sets

HASHES = st.one_of(st.integers(0, naive.M32), st.sampled_from([0, 1, naive.M32, 1 << 31]))
LISTS = st.lists(st.lists(HASHES, max_size=20), max_size=5)


def datasketch_signature(shingles, num_perm, seed):
    sketch = MinHash(num_perm=num_perm, seed=seed, scheme=SCHEME, hashfunc=lambda value: value)
    for shingle in shingles:
        sketch.update(shingle)
    return sketch.hashvalues


def overlapping_sets(rng, shared, alone):
    """Return two random sets of 32-bit hashes that share `shared` and have `alone` each to themselves."""
    drawn = rng.choice(1 << 32, shared + 2 * alone, replace=False).astype(np.uint32).tolist()
    return drawn[: shared + alone], drawn[:shared] + drawn[shared + alone :]


@given(LISTS, st.integers(1, 9), st.integers(0, naive.M32))
def test_signatures_agree_with_the_oracle(lists, num_perm, seed):
    permutations = draw_permutations(num_perm, seed)
    pairs = list(zip(*(column.tolist() for column in permutations), strict=True))

    signatures = sketch_sets(as_sets(lists), permutations)

    assert signatures.tolist() == [naive.signature(shingles, pairs) for shingles in lists]
    assert (signatures.dtype, signatures.shape) == (np.uint32, (len(lists), num_perm))


@given(LISTS, st.sampled_from([0, 1, 42, 2**31, 2**32 - 1]))
def test_signatures_equal_those_of_datasketch(lists, seed):
    signatures = sketch_sets(as_sets(lists), draw_permutations(128, seed))

    for row, shingles in zip(signatures, lists, strict=True):
        np.testing.assert_array_equal(row, datasketch_signature(shingles, 128, seed))


@pytest.mark.parametrize("num_perm", [1, 128, 144, 256])
@pytest.mark.parametrize("seed", [0, 1, 7, 123_456_789, 2**32 - 1])
def test_permutations_equal_those_of_datasketch(num_perm, seed):
    drawn = draw_permutations(num_perm, seed)

    theirs = MinHash(num_perm=num_perm, seed=seed, scheme=SCHEME).permutations
    np.testing.assert_array_equal(np.stack(drawn), theirs)
    assert [column.dtype for column in drawn] == [np.uint32, np.uint32]


def test_permutations_that_all_runs_share_cannot_be_changed():
    for numbers in draw_permutations(8, 1):
        with pytest.raises(ValueError, match="read-only"):
            numbers[0] = 1


def test_multipliers_are_odd():
    """Only an odd multiplier makes a bijection modulo 2**32."""
    assert set((draw_permutations(1000, 1).multipliers & 1).tolist()) == {1}


def test_large_set_equals_that_of_datasketch():
    shingles = np.random.default_rng(1).integers(0, 1 << 32, 20_000).tolist()

    (row,) = sketch_sets(as_sets([shingles]), draw_permutations(128, 1))

    np.testing.assert_array_equal(row, datasketch_signature(shingles, 128, 1))


def test_set_without_shingles_has_a_signature_of_all_ones():
    assert sketch_sets(as_sets([[], [5], []]), draw_permutations(4, 1))[[0, 2]].tolist() == [[naive.M32] * 4] * 2


def test_no_set_has_no_signature():
    assert sketch_sets(as_sets([]), draw_permutations(4, 1)).shape == (0, 4)


@given(st.lists(HASHES, min_size=1, max_size=10), st.randoms())
def test_order_and_repeats_of_shingles_do_not_matter(shingles, random):
    shuffled = shingles * 2
    random.shuffle(shuffled)

    plain, mixed = sketch_sets(as_sets([shingles, shuffled]), draw_permutations(16, 3)).tolist()

    assert plain == mixed


def test_sets_may_lie_anywhere_in_the_array():
    """Out of order, over each other, and with gaps, as distinct texts lie among all shingles."""
    shingles = np.arange(10, dtype=np.uint32)
    sets = Sets(shingles, np.array([6, 0, 2]), np.array([9, 4, 7]))

    expected = sketch_sets(as_sets([[6, 7, 8], [0, 1, 2, 3], [2, 3, 4, 5, 6]]), draw_permutations(8, 1))
    np.testing.assert_array_equal(sketch_sets(sets, draw_permutations(8, 1)), expected)


def test_product_wraps_modulo_two_to_the_32():
    permutations = Permutations(np.array([naive.M32], np.uint32), np.array([naive.M32], np.uint32))

    assert sketch_sets(as_sets([[3]]), permutations).tolist() == [[(naive.M32 * naive.mix32(3) + naive.M32) % 2**32]]


@pytest.mark.parametrize(("shared", "alone"), [(0, 40), (10, 45), (30, 35), (60, 20), (90, 5), (99, 1), (50, 0)])
@pytest.mark.parametrize("num_perm", [128, 1024])
def test_share_of_equal_minima_is_the_similarity_of_the_sets(shared, alone, num_perm):
    j = shared / (shared + 2 * alone)
    pair = overlapping_sets(np.random.default_rng(shared), shared, alone)

    a, b = sketch_sets(as_sets(pair), draw_permutations(num_perm, 1))

    assert abs(np.mean(a == b) - j) <= naive.tolerance(j, num_perm)


@pytest.mark.parametrize(("shared", "alone"), [(10, 20), (10, 5), (45, 5)])
def test_share_of_equal_minima_has_no_bias(shared, alone):
    """Over many pairs and as many seeds, the mean comes as close as so many independent draws must."""
    j, n = shared / (shared + 2 * alone), 200
    rng = np.random.default_rng(5)

    shares = []
    for seed in range(n):
        a, b = sketch_sets(as_sets(overlapping_sets(rng, shared, alone)), draw_permutations(128, seed))
        shares.append(np.mean(a == b))

    assert abs(np.mean(shares) - j) <= naive.tolerance(j, 128 * n)
