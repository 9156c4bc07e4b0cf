"""From words that two texts share to the whole run: an alignment that goes to both sides of them.

It passes small edits: up to three words changed, missing or added, behind which three words agree again.
Source: seed and extend, as in Altschul and others, "Basic local alignment search tool" (1990), with the smallest edit that fits.
Leaves out: runs in other order, paraphrase, and where seeds come from (see `passage`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernel import Part, kernel
from dedup.model import Ints, Words64

WIDEST_EDIT, RESYNC = 3, 3
"""Words that an edit may change, and words that have to agree behind it."""


class Runs(NamedTuple):
    """Shared runs of words: texts int64 (n, 2); a, b: int64 (n, 2), first word and the word behind the last; shared: int64 (n,)."""

    texts: Ints
    a: Ints
    b: Ints
    shared: Ints


def align_seeds(seeds: Ints, words: Words64, offsets: Ints, passage_words: int) -> Runs:
    """Return the runs of at least passage_words shared words that seeds lead to; none overlaps another of the same two texts.

    seeds: int64 (n, 4), as in `Seeds`; words, offsets: the words of text t are words[offsets[t]:offsets[t + 1]].
    """
    runs = np.empty((len(seeds), 7), np.int64)
    runs = runs[: _align_kernel(seeds, words, offsets, passage_words, runs)]
    return Runs(runs[:, :2], runs[:, 2:4], runs[:, 4:6], runs[:, 6])


@kernel(microseconds=20)
def _align_kernel(seeds, words, offsets, passage_words, runs):
    filled, first = 0, 0
    for s in range(len(seeds)):
        a, b = seeds[s, 0], seeds[s, 1]
        if s == 0 or a != seeds[s - 1, 0] or b != seeds[s - 1, 1]:
            first = filled
        start_a, end_a, start_b, end_b = offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]
        i, j = start_a + seeds[s, 2], start_b + seeds[s, 3]
        if _is_covered(runs, first, filled, i - start_a, j - start_b):
            continue
        right_a, right_b, n_right = _follow(words, i, j, end_a, end_b, 1)
        left_a, left_b, n_left = _follow(words, i - 1, j - 1, start_a - 1, start_b - 1, -1)
        if n_left + n_right < passage_words:
            continue
        runs[filled, 0], runs[filled, 1] = a, b
        runs[filled, 2], runs[filled, 3] = left_a + 1 - start_a, right_a - start_a
        runs[filled, 4], runs[filled, 5] = left_b + 1 - start_b, right_b - start_b
        runs[filled, 6] = n_left + n_right
        filled = _drop_overlapping(runs, first, filled)
    return filled


@Part
def _is_covered(runs, first, filled, i, j):
    """Return whether a run of the two texts at hand passes word i of one and word j of the other."""
    covered = False
    for r in range(first, filled):
        covered = covered or (runs[r, 2] <= i < runs[r, 3] and runs[r, 4] <= j < runs[r, 5])
    return covered


@Part
def _drop_overlapping(runs, first, filled):
    """Keep the newest run, at `filled`, unless it overlaps a longer one, and none that it overlaps; return their new number."""
    for r in range(first, filled):
        apart_a = runs[r, 3] <= runs[filled, 2] or runs[filled, 3] <= runs[r, 2]
        apart_b = runs[r, 5] <= runs[filled, 4] or runs[filled, 5] <= runs[r, 4]
        if not (apart_a and apart_b) and runs[r, 6] >= runs[filled, 6]:
            return filled
    kept = first
    for r in range(first, filled):
        apart_a = runs[r, 3] <= runs[filled, 2] or runs[filled, 3] <= runs[r, 2]
        apart_b = runs[r, 5] <= runs[filled, 4] or runs[filled, 5] <= runs[r, 4]
        if apart_a and apart_b:
            for c in range(7):
                runs[kept, c] = runs[r, c]
            kept += 1
    for c in range(7):
        runs[kept, c] = runs[filled, c]
    return kept + 1


@Part
def _follow(words, i, j, end_i, end_j, step):
    """Follow two texts from words i and j on, forwards (step 1) or backwards (-1), to before end_i and end_j.

    Return (the place behind the last word that agrees in one text, in the other, how many words agree).
    """
    last_i, last_j, shared = i, j, 0
    while True:
        while i != end_i and j != end_j and words[i] == words[j]:
            i, j, shared = i + step, j + step, shared + 1
            last_i, last_j = i, j
        edit = _find_edit(words, i, j, end_i, end_j, step)
        if edit < 0:
            return last_i, last_j, shared
        i += step * (edit // (WIDEST_EDIT + 1))
        j += step * (edit % (WIDEST_EDIT + 1))


@Part
def _find_edit(words, i, j, end_i, end_j, step):
    """Return the smallest edit behind which RESYNC words agree, as words of one * (WIDEST_EDIT + 1) + words of the other; or -1."""
    for size in range(1, 2 * WIDEST_EDIT + 1):
        for skip_i in range(max(0, size - WIDEST_EDIT), min(size, WIDEST_EDIT) + 1):
            skip_j = size - skip_i
            left_i, left_j = (end_i - i) * step - skip_i, (end_j - j) * step - skip_j
            if left_i < RESYNC or left_j < RESYNC:
                continue
            agrees = True
            for k in range(RESYNC):
                agrees = agrees and words[i + step * (skip_i + k)] == words[j + step * (skip_j + k)]
            if agrees:
                return skip_i * (WIDEST_EDIT + 1) + skip_j
    return -1
