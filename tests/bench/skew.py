"""Made corpora in which many paragraphs are copies of a few, each beside as many that are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from corpus import PARAGRAPH, Ints, Keys, draw_fresh, draw_keyed, edit_texts, fill_ranges, mix, spread_lengths
from numpy.typing import NDArray
from vocabulary import Words

CHUNK = 20_000
"""Paragraphs made at a time."""
VERSION_PARAGRAPHS, N_VERSIONS = 20, 50
"""Of a document that is there in so many versions."""
EDITED_SHARE = 0.4
"""Of the paragraphs of a version."""


class Copies(NamedTuple):
    """Of n paragraphs: key, from which their words follow; is_edited."""

    key: Keys
    is_edited: NDArray[np.bool_]


class Case(NamedTuple):
    """A kind of skew: how the copies of a chunk are drawn (None for none), and the paragraphs of a document.

    is_mixed: whether copies stand in one document with what is no copy, one beside the other.
    """

    draw_copies: Callable[[np.random.Generator, Ints], Copies] | None
    size: int
    is_mixed: bool


def repeat_one(rng: np.random.Generator, numbers: Ints) -> Copies:
    """Return the same paragraph again and again."""
    return Copies(np.full(len(numbers), np.uint64(1) << np.uint64(63)), np.zeros(len(numbers), bool))


def edit_one(rng: np.random.Generator, numbers: Ints) -> Copies:
    """Return near-copies of one paragraph."""
    return Copies(np.full(len(numbers), np.uint64(1) << np.uint64(63)), np.ones(len(numbers), bool))


def make_versions(rng: np.random.Generator, numbers: Ints) -> Copies:
    """Return documents in many versions one after the other, of which each has some paragraphs edited."""
    document, ordinal = np.divmod(numbers, VERSION_PARAGRAPHS)
    keys = mix((document // N_VERSIONS * VERSION_PARAGRAPHS + ordinal).astype(np.uint64))
    return Copies(keys, rng.random(len(numbers)) < EDITED_SHARE)


CASES = {
    "different": Case(None, 2, is_mixed=True),
    "one again and again": Case(repeat_one, 2, is_mixed=True),
    "near-copies of one": Case(edit_one, 2, is_mixed=True),
    "versions": Case(make_versions, VERSION_PARAGRAPHS, is_mixed=False),
}


def write_skewed(path: Path, case: Case, n_copies: int, seed: int) -> None:
    """Write so many copies, and as many different paragraphs."""
    words = Words()
    with path.open("wb") as file:
        for start in range(0, 2 * n_copies, CHUNK):
            rows = np.arange(start, min(start + CHUNK, 2 * n_copies))
            for number, body in enumerate(_make_bodies(words, case, rows, seed), start // case.size):
                file.write(b'{"id":"d%d","text":"%b"}\n' % (number, body))


def _make_bodies(words: Words, case: Case, rows: Ints, seed: int) -> list[bytes]:
    rng = np.random.default_rng([seed, 2, int(rows[0])])
    lengths = rng.choice(spread_lengths(*PARAGRAPH), len(rows))
    at, copies = np.empty(0, np.int64), np.empty(0, np.uint32)
    after = np.empty(0, np.int64)
    if case.draw_copies:
        is_copy = rows % 2 == 1 if case.is_mixed else rows // case.size % 2 == 1
        at, before_chunk = np.flatnonzero(is_copy), int(rows[0]) // 2
        key, is_edited = case.draw_copies(rng, before_chunk + np.arange(len(at)))
        lengths[at] = spread_lengths(*PARAGRAPH)[key >> np.uint64(52)]
        copies, after, _ = edit_texts(rng, draw_keyed(key, lengths[at]), lengths[at], is_edited)
        lengths[at] = after
    ends = np.cumsum(lengths)
    draws = draw_fresh(rng, int(ends[-1]))
    draws[fill_ranges(ends[at] - lengths[at], after)] = copies
    is_last = np.arange(len(rows)) % case.size == case.size - 1
    return words.write(draws, ends, is_last).splitlines()
