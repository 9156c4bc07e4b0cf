"""Signatures for other programs: equal to datasketch's, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from corpora import FERRY, FERRY_EDITED, SENTENCES
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from shapes import many_scripts

import dedup
from dedup.errors import SettingsError
from dedup.settings import Settings
from dedup.signatures import from_datasketch, shingles, sketch, to_datasketch


def feed(hashes, num_perm=128, seed=1):
    """Return the signature that datasketch makes of shingle hashes."""
    minhash = MinHash(num_perm, seed, scheme="affine32", hashfunc=int)
    minhash.update_batch(hashes.tolist())
    return minhash


@profile(max_examples=40)
@given(st.lists(many_scripts, min_size=1, max_size=4), st.sampled_from([1, 16, 128]), st.sampled_from([0, 1, 42, 2**32 - 1]))
def test_signatures_are_those_of_datasketch(texts, num_perm, seed):
    settings = Settings(seed=seed)
    expected = [feed(hashes, num_perm, seed).hashvalues for hashes in shingles(texts, settings)]

    assert np.array_equal(sketch(texts, settings, num_perm), np.array(expected, np.uint32))


def test_shape_and_type_of_signatures():
    signatures = sketch(SENTENCES)

    assert (signatures.shape, signatures.dtype) == ((4, 128), np.uint32)


def test_no_text_is_no_row():
    assert sketch([]).shape == (0, 128)


def test_text_without_a_word_has_no_shingles_and_a_signature_of_all_ones():
    assert (shingles(["…"])[0].tolist(), set(sketch(["…"])[0].tolist())) == ([], {0xFFFFFFFF})


def test_shingles_are_sorted_and_without_repeats():
    (hashes,) = shingles(["to be or not to be or not to be"])

    assert (len(hashes), hashes.tolist()) == (4, sorted(set(hashes.tolist())))


def test_settings_decide_on_shingles():
    text = "one two three four five"

    assert [len(shingles([text], Settings(shingle=n, min_words=0))[0]) for n in (1, 2, 4, 5)] == [5, 4, 2, 1]
    assert len(shingles([text], Settings(min_words=6))[0]) == 1


def test_signatures_travel_to_datasketch_and_back():
    signatures = sketch(SENTENCES, Settings(seed=7))

    assert np.array_equal(from_datasketch(to_datasketch(signatures, 7)), signatures)


def test_signatures_work_as_any_other_datasketch_objects():
    texts = [FERRY, FERRY_EDITED, *SENTENCES[1:]]
    ours = to_datasketch(sketch(texts))
    theirs = [feed(hashes) for hashes in shingles(texts)]
    lsh = MinHashLSH(threshold=0.6, num_perm=128)
    for i, minhash in enumerate(ours):
        lsh.insert(i, minhash)

    assert [a.jaccard(b) for a, b in zip(ours, theirs, strict=True)] == [1.0] * len(texts)
    assert sorted(lsh.query(theirs[0])) == [0, 1]


def test_object_of_ours_can_be_fed_further():
    (ours,) = to_datasketch(sketch([FERRY]))
    hashes = shingles([FERRY, FERRY_EDITED])
    ours.update_batch(hashes[1].tolist())

    assert np.array_equal(ours.hashvalues, feed(np.concatenate(hashes)).hashvalues)


@pytest.mark.parametrize(
    "other",
    [MinHash(64, 1, scheme="affine32"), MinHash(128, 2, scheme="affine32"), MinHash(128, 1, scheme="affine64")],
    ids=["width", "seed", "scheme"],
)
def test_signatures_that_cannot_be_compared_are_not_mixed(other):
    with pytest.raises(SettingsError, match="cannot be mixed"):
        from_datasketch([*to_datasketch(sketch([FERRY])), other])


def test_signatures_of_another_scheme_are_refused():
    with pytest.raises(SettingsError, match=r'make them with MinHash\(scheme="affine32"\)'):
        from_datasketch([MinHash(128, 1, scheme="affine64")])


def test_signatures_stand_at_the_top_of_the_package():
    assert np.array_equal(dedup.sketch([FERRY]), sketch([FERRY]))
