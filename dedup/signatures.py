"""Signatures for other programs: texts to MinHash rows, and rows to datasketch objects and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dedup.errors import SettingsError
from dedup.model import Ints, Sets, Words32
from dedup.pipeline import shingle_texts
from dedup.settings import Settings
from dedup.sketch import SCHEME, draw_permutations, sketch_sets

if TYPE_CHECKING:
    from datasketch import MinHash

NUM_PERM = 128


def shingles(texts: Iterable[str], settings: Settings | None = None) -> list[Words32]:
    """Return the shingle hashes of each text, each taken as one paragraph: sorted, without repeats, uint32.

    A text without a word has none.
    """
    hashes, offsets = _shingle(texts, settings or Settings())
    return [np.unique(hashes[offsets[i] : offsets[i + 1]]) for i in range(len(offsets) - 1)]


def sketch(texts: Iterable[str], settings: Settings | None = None, num_perm: int = NUM_PERM) -> Words32:
    """Return the signature of each text, each taken as one paragraph: uint32 (n, num_perm).

    Equal bit for bit to datasketch.MinHash(num_perm, settings.seed, scheme="affine32") fed with `shingles(texts)`; a text
    without a word gets all-ones, as an empty MinHash does.

    >>> a, b = sketch(["The ferry sails at noon today.", "The ferry sails at noon, today!"])
    >>> bool((a == b).all())
    True
    """
    settings = settings or Settings()
    hashes, offsets = _shingle(texts, settings)
    return sketch_sets(Sets(hashes, offsets[:-1], offsets[1:]), draw_permutations(num_perm, settings.seed))


def to_datasketch(signatures: Words32, seed: int = Settings().seed) -> list[MinHash]:
    """Return signatures, uint32 (n, num_perm), as datasketch objects that compare, merge and index as any other."""
    from datasketch import MinHash  # noqa: PLC0415  half a second: it pulls in scipy

    permutations = np.array(draw_permutations(signatures.shape[1], seed))
    return [
        MinHash(num_perm=len(row), seed=seed, scheme=SCHEME, hashvalues=row, permutations=permutations, hashfunc=_as_is)
        for row in signatures
    ]


def from_datasketch(minhashes: Sequence[MinHash]) -> Words32:
    """Return datasketch objects as signatures, uint32 (n, num_perm).

    Raises SettingsError for another scheme, or for objects of different seeds or widths: their rows cannot be compared.
    """
    kinds = {(minhash.scheme, minhash.seed, len(minhash.hashvalues)) for minhash in minhashes}
    if len(kinds) > 1:
        raise SettingsError(f"signatures of different (scheme, seed, num_perm) cannot be mixed: {sorted(kinds)}")
    if any(scheme != SCHEME for scheme, _, _ in kinds):
        raise SettingsError(f'signatures of scheme {kinds.pop()[0]!r}; make them with MinHash(scheme="{SCHEME}")')
    return np.array([minhash.hashvalues for minhash in minhashes], np.uint32)


def _shingle(texts: Iterable[str], settings: Settings) -> tuple[Words32, Ints]:
    shingled = shingle_texts(list(texts), settings)
    return shingled.shingles, shingled.offsets


def _as_is(value: int) -> int:
    return int(value)
