"""Keys and texts packed into one integer each, so that a bucket is a range of rising integers.

A text is found by its band keys and by its fingerprints, both of them hashes in one space: what meets by accident is verified.
"""

from __future__ import annotations

import numpy as np

from dedup.errors import StoreError
from dedup.model import Ints, Words64
from dedup.store.records import Keys

TEXT_BITS = 27
"""134 million texts. Of a key 36 bits remain: held against that many texts in 34 bands, one of 15 keys meets a
stranger's by accident, which costs a verification."""
TEXT_MASK = (1 << TEXT_BITS) - 1
_DROPPED_BITS = np.uint64(64 - 63 + TEXT_BITS)


def require_room(n_texts: int) -> None:
    """Raise StoreError when an index cannot number so many texts."""
    if n_texts > TEXT_MASK:
        raise StoreError(f"an index holds {TEXT_MASK:,} different paragraphs; divide the documents among several")


def pack_keys(keys: Words64, out: Words64 | None = None) -> Ints:
    """Return the first posting that a key can have: int64, of the same shape, written to `out` where it is given."""
    packed = np.right_shift(keys, _DROPPED_BITS, out=out)
    packed <<= np.uint64(TEXT_BITS)
    return packed.view(np.int64)


def pack_postings(keys: Keys, texts: Ints) -> Ints:
    """Return the postings of texts, rising, each once: int64. texts: int64 (n,), their numbers.

    Memory: once that of the keys.
    """
    room, n_bands = np.empty(keys.bands.size + len(keys.fingerprints), np.uint64), keys.bands.size
    of_bands = pack_keys(keys.bands, out=room[:n_bands].reshape(keys.bands.shape))
    of_bands |= texts
    of_fingerprints = pack_keys(keys.fingerprints, out=room[n_bands:])
    of_fingerprints |= texts[keys.owners]
    packed = room.view(np.int64)
    packed.sort()
    is_new = packed[1:] != packed[:-1]
    return packed if is_new.all() else packed[np.append(True, is_new)]
