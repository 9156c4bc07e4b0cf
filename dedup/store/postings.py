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
    packed = keys >> _DROPPED_BITS
    packed <<= np.uint64(TEXT_BITS)
    return packed.view(np.int64)


def pack_postings(keys: Words64, texts: Ints) -> Ints:
    """Return the postings of texts, rising, each once: int64. keys: uint64 (bands, n); texts: int64 (n,).

    Memory: once that of the keys.
    """
    packed = pack_keys(keys)
    packed |= texts
    packed = packed.reshape(-1)
    packed.sort()
    is_new = packed[1:] != packed[:-1]
    return packed if is_new.all() else packed[np.append(True, is_new)]
