"""Band keys and texts packed into one integer each, so that a bucket is a range of a table that is nothing but its keys."""

from __future__ import annotations

import numpy as np

from dedup.errors import StoreError
from dedup.model import Ints, Words64

TEXT_BITS = 27
"""134 million texts. Of a key 36 bits remain: held against that many texts in 34 bands, one of 15 keys meets a
stranger's by accident, which costs a verification."""
TEXT_MASK = (1 << TEXT_BITS) - 1
_DROPPED_BITS = np.uint64(64 - 63 + TEXT_BITS)


def require_room(n_texts: int) -> None:
    """Raise StoreError when an index cannot number so many texts."""
    if n_texts > TEXT_MASK:
        raise StoreError(f"an index holds {TEXT_MASK:,} different paragraphs; divide the documents among several")


def pack_keys(keys: Words64) -> Ints:
    """Return the first posting that a key can have: int64, of the same shape."""
    return ((keys >> _DROPPED_BITS) << np.uint64(TEXT_BITS)).astype(np.int64)


def pack_postings(keys: Words64, texts: Ints) -> Ints:
    """Return the postings of texts, rising, each once. keys: uint64 (bands, n); texts: int64 (n,)."""
    packed: Ints = np.sort((pack_keys(keys) | texts).ravel())
    distinct: Ints = packed[np.diff(packed, prepend=-1) != 0]
    return distinct
