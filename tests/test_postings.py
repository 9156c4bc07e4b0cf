"""Postings: a key and a text in one integer, and a bucket as a range of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import StoreError
from dedup.store import Keys
from dedup.store.postings import TEXT_MASK, pack_keys, pack_postings, require_room

keys = st.integers(0, (1 << 64) - 1)
NO_FINGERPRINTS = (np.empty(0, np.uint64), np.empty(0, np.int64))


@given(keys, st.integers(1, TEXT_MASK))
def test_posting_holds_the_upper_bits_of_its_key_and_its_text(key, text):
    (posting,) = pack_postings(Keys(np.array([[key]], np.uint64), *NO_FINGERPRINTS), np.array([text])).tolist()

    assert posting == (key >> 28) << 27 | text
    assert int(pack_keys(np.array([key], np.uint64))[0]) <= posting <= int(pack_keys(np.array([key], np.uint64))[0]) + TEXT_MASK


@given(st.lists(keys, min_size=1, max_size=20), st.integers(1, 4), st.lists(st.tuples(keys, st.integers(0, 19)), max_size=20))
def test_postings_of_bands_and_fingerprints_rise_and_stand_once(some, n_bands, fingerprints):
    found = [(key, owner % len(some)) for key, owner in fingerprints]
    hashes, owners = (np.array([one[i] for one in found], kind) for i, kind in enumerate((np.uint64, np.int32)))
    made = pack_postings(Keys(np.array([some] * n_bands, np.uint64), hashes, owners), np.arange(1, len(some) + 1)).tolist()

    pairs = {(key, text) for text, key in enumerate(some, 1)} | {(key, owner + 1) for key, owner in found}
    assert made == sorted({(key >> 28) << 27 | text for key, text in pairs})


def test_more_texts_than_can_be_numbered_are_refused():
    require_room(TEXT_MASK)
    with pytest.raises(StoreError, match="holds 134,217,727 different paragraphs"):
        require_room(TEXT_MASK + 1)
