"""Partial reuse: fingerprints that two texts share although the texts as a whole are not alike, and where words stand in a text.

Winnowing keeps, of every window of hashed word 6-grams, the lowest; two texts that share a run of `passage_words` words share a
kept one for certain.
Source: Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for document fingerprinting" (2003).
Leaves out: the runs that lead on from there (see `align`), and fingerprints at so many places that they are set phrases (counted).
"""

from __future__ import annotations

from concurrent.futures import Executor
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import Part, kernel
from dedup.letters import ONE
from dedup.model import Bytes, Flags, Ints, Passage, Words64, is_published
from dedup.order import sort_numbers
from dedup.words import MIX, MOST_WORDS, SEED, hash_words, read_words, word_tables

GRAM = 6
"""Words a fingerprint covers. On 443,000 turns of talk 5 give 1 % more passages for half as much time again (set phrases), 7 give
3 % fewer."""
MOST_PLACES = 32
"""Places at which a fingerprint may stand: 496 pairs; what stands at more is a set phrase, or a sponsor's line."""
GROUPS_AT_ONCE = 1 << 16
"""Of equal fingerprints, that a thread pairs."""
MARKED = 64
"""Fingerprints of which the first one's text is looked up, to find those of the others from there."""
MOST_BITS = 63
"""Of a row of seeds that is sorted as one number, several times as fast as by its columns."""
STRIDE = 64
"""Bytes read at a time to find a word by its number, or more, to the next blank."""
_GRAM = np.uint64(GRAM)


class Fingerprints(NamedTuple):
    """Winnowed fingerprints, text by text: hashes uint64 (n,); places, their first word, uint16 (n,), int32 where one lies beyond.

    numbers: int32 (n_texts,), the texts; ends: int64 (n_texts,), where the fingerprints of each end, those of the next begin.
    """

    hashes: Words64
    places: NDArray[np.integer[Any]]
    numbers: NDArray[np.int32]
    ends: Ints

    @property
    def texts(self) -> NDArray[np.int32]:
        """Return whose fingerprint each is: int32 (n,)."""
        return np.repeat(self.numbers, np.diff(self.ends, prepend=0))


class Seeds(NamedTuple):
    """Fingerprints that two texts share: int64 (n, 4) of text a (read first), text b, and their first word in each, sorted."""

    table: Ints
    n_common: int


def fingerprint_texts(text: Bytes, starts: Ints, ends: Ints, numbers: Ints, passage_words: int) -> Fingerprints:
    """Return the fingerprints of the paragraphs text[starts[i]:ends[i]], which are texts numbers[i].

    text: uint8, UTF-8; starts, ends: int64 (n,), in bytes. A paragraph of fewer words than passage_words has none.
    """
    starts, ends = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
    room, width = len(text) // 4 + 64, int((ends - starts).max(initial=0)) // 2 + MOST_WORDS
    while True:
        hashes, places, filled_to = np.empty(room, np.uint64), np.empty(room, np.int32), np.empty(len(starts), np.int64)
        words, grams = np.empty(width, np.uint64), np.empty(width, np.uint64)
        window = passage_words - GRAM + 1
        filled = _winnow_kernel(text, starts, ends, window, *word_tables(), words, grams, hashes, places, filled_to)
        if filled >= 0:
            kind = np.uint16 if places[:filled].max(initial=0) <= np.iinfo(np.uint16).max else np.int32
            return Fingerprints(hashes[:filled].copy(), places[:filled].astype(kind), numbers.astype(np.int32), filled_to)
        room, width = 2 * room, 2 * width


def pair_fingerprints(found: Fingerprints, groups: Ints, wanted: Flags | None = None, pool: Executor | None = None) -> Seeds:
    """Return the fingerprints that texts of different groups share, and how many stand at too many places to be paired.

    groups: int64, by text: those of one group say the same as a whole, and what they share is no passage. wanted: bool, by text:
    of two texts one at least is; None for any. pool: of threads, each of which pairs some. Of `found.hashes` nothing is left.
    """
    rows, sizes = _group_equal(found.hashes, pool)
    few = np.where(sizes <= MOST_PLACES, sizes, 0)
    firsts, rooms = (np.append(0, np.cumsum(counts)) for counts in (sizes, few * (few - 1) // 2))
    table = np.empty((rooms[-1], 4), np.int64)
    marks = np.searchsorted(found.ends, np.arange(0, len(found.places), MARKED), "right")
    anyone = np.empty(0, bool)
    columns = (found.ends, marks, found.numbers, found.places, groups, anyone if wanted is None else wanted)

    def pair(at: int) -> Ints:
        some, last = sizes[at : at + GROUPS_AT_ONCE], min(at + GROUPS_AT_ONCE, len(sizes))
        part = table[rooms[at] : rooms[last]]
        return part[: _pair_kernel(some, rows[firsts[at] :], *columns, np.empty(MOST_PLACES, np.int64), part)]

    filled = 0
    for part in (pool.map if pool else map)(pair, range(0, len(sizes), GROUPS_AT_ONCE)):
        table[filled : filled + len(part)] = part
        filled += len(part)
    return Seeds(_sort_seeds(table[:filled]), int(np.count_nonzero(few == 0)))


def _sort_seeds(table: Ints) -> Ints:
    """Return the rows rising."""
    is_there = np.zeros(int(table[:, :2].max(initial=0)) + 1, bool)
    for texts in table.T[:2]:
        is_there[texts] = True
    rank = np.cumsum(is_there) - 1  # the fewer texts, the likelier a row fits into one number
    columns = [*(rank[texts] for texts in table.T[:2]), *table.T[2:]]
    bits = [int(column.max(initial=0)).bit_length() for column in columns]
    if sum(bits) > MOST_BITS:
        return table[np.lexsort((table[:, 2] << 32 | table[:, 3], table[:, 0] << 32 | table[:, 1]))]
    packed = np.zeros(len(table), np.int64)
    for column, width in zip(columns, bits, strict=True):
        packed = packed << width | column
    packed.sort()
    ordered, known = np.empty_like(table), np.flatnonzero(is_there)
    for number in (3, 2, 1, 0):
        column = packed & (1 << bits[number]) - 1
        ordered[:, number] = known[column] if number < 2 else column
        packed >>= bits[number]
    return ordered


def _group_equal(hashes: Words64, pool: Executor | None) -> tuple[Ints, Ints]:
    """Return (the numbers of the hashes that stand more than once, equal ones side by side; how many are equal each).

    One sort of plain integers, the number of a hash in its lower bits: what meets by accident agrees in no word. It is done in
    place, and so is what follows: of `hashes` nothing is left.
    """
    low = (1 << max(1, (len(hashes) - 1).bit_length())) - 1
    _number_kernel(hashes, low)
    sort_numbers(hashes, pool)  # of all: half of them stand more than once, and to tell which takes longer than to sort the rest
    sizes = np.empty(len(hashes) // 2, np.int64)  # what is not written to takes no memory
    n_groups = _repeat_kernel(hashes, low, sizes)
    sizes = sizes[:n_groups].copy()
    return hashes[: sizes.sum()].view(np.int64), sizes


def read_texts(text: Bytes, starts: Ints, ends: Ints, words: Words64) -> None:
    """Write the hashes of all words of the paragraphs text[starts[i]:ends[i]] to `words`, one paragraph after the other."""
    starts, ends = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
    room = int((ends - starts).max(initial=0)) // 2 + MOST_WORDS
    while _read_kernel(text, starts, ends, *word_tables(), np.empty(room, np.uint64), words) < 0:
        room *= 2


def locate_words(text: Bytes, starts: Ints, ends: Ints, numbers: Ints) -> Ints:
    """Return the byte at which each word begins, by its number in its paragraph; the paragraph's end for one behind the last.

    starts, ends: int64 (n,), the paragraphs; numbers, returns: int64 (n, 2). Time O(bytes) a paragraph, without blanks in it
    O(bytes * log(bytes)).
    """
    starts, ends = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
    places = np.empty_like(numbers)
    words = np.empty((int((ends - starts).max(initial=0)) + 1) * MOST_WORDS // 2, np.uint64)
    _locate_kernel(text, starts, ends, numbers, *word_tables(), words, places)
    return places


def name_passage(passage: Passage) -> str:
    """Return a fingerprint (16 hex digits) of the words that were lifted: as a draft has them, of two drafts the lower one."""
    words = (hash_words(side.text) for side in (passage.a, passage.b) if not is_published(side))
    return min(blake2b(hashes.tobytes(), digest_size=8).hexdigest() for hashes in words)


@kernel(microseconds=5)
def _winnow_kernel(
    text, starts, ends, window, page_of, pages, expansions, words, grams, hashes, places, filled_to
):  # fmt: skip
    """Return how many fingerprints were written, -1 when there was too little room."""
    filled, width = 0, np.uint64(window)
    for i in range(len(starts)):
        total = read_words(text, starts[i], ends[i], page_of, pages, expansions, words)
        if total < 0:
            return -1
        n_grams = total - GRAM + 1
        filled_to[i] = filled
        if n_grams < window:
            continue
        if filled + n_grams > len(hashes):
            return -1
        for k in range(np.uint64(n_grams)):
            folded = SEED
            for j in range(_GRAM):
                folded = (folded ^ words[k + j]) * MIX
                folded ^= folded >> np.uint64(29)
            grams[k] = folded
        lowest, behind = np.uint64(0), np.uint64(0)  # and the place behind it
        for k in range(np.uint64(n_grams - window + 1)):
            if behind <= k:  # the lowest has left the window: look through all of it, the rightmost of equals wins
                lowest, behind = grams[k], k + ONE
                for j in range(k + ONE, k + width):
                    if grams[j] <= lowest:
                        lowest, behind = grams[j], j + ONE
            elif grams[k + width - ONE] <= lowest:
                lowest, behind = grams[k + width - ONE], k + width
            else:
                continue
            hashes[filled], places[filled] = lowest, behind - ONE
            filled += 1
        filled_to[i] = filled
    return filled


@kernel(microseconds=1)
def _number_kernel(hashes, low):
    """Write the number of each hash into its lower bits."""
    for i in range(np.uint64(len(hashes))):
        hashes[i] = (hashes[i] & ~np.uint64(low)) | i


@kernel(microseconds=1)
def _repeat_kernel(tagged, low, sizes):
    """Move the numbers of hashes that stand more than once to the front, write how many are equal and return of how many kinds."""
    filled, n_groups, first = 0, 0, 0
    for i in range(1, len(tagged) + 1):
        if i < len(tagged) and tagged[i] ^ tagged[first] <= np.uint64(low):
            continue
        if i - first > 1:
            for j in range(first, i):
                tagged[filled] = tagged[j] & np.uint64(low)
                filled += 1
            sizes[n_groups] = i - first
            n_groups += 1
        first = i
    return n_groups


@kernel(microseconds=4)
def _pair_kernel(sizes, rows, ends, marks, numbers, places, groups, wanted, texts, table):
    """Return how many pairs were written. rows: of fingerprints, equal ones side by side; marks: the texts of every MARKED-th."""
    filled, first = 0, 0
    for g in range(len(sizes)):
        n_rows = sizes[g] if sizes[g] <= MOST_PLACES else 0
        for i in range(n_rows):
            text = marks[rows[first + i] // MARKED]
            while ends[text] <= rows[first + i]:
                text += 1
            texts[i] = numbers[text]
            for j in range(i):
                a, b = texts[j], texts[i]
                if groups[a] != groups[b] and (len(wanted) == 0 or wanted[a] or wanted[b]):
                    table[filled, 0], table[filled, 1] = a, b
                    table[filled, 2], table[filled, 3] = places[rows[first + j]], places[rows[first + i]]
                    filled += 1
        first += sizes[g]
    return filled


@kernel(microseconds=4)
def _read_kernel(text, starts, ends, page_of, pages, expansions, room, words):
    filled = 0
    for i in range(len(starts)):
        total = read_words(text, starts[i], ends[i], page_of, pages, expansions, room)
        if total < 0:
            return -1
        for k in range(total):
            words[filled + k] = room[k]
        filled += total
    return filled


@kernel(microseconds=10)
def _locate_kernel(text, starts, ends, numbers, page_of, pages, expansions, words, places):
    for p in range(len(starts)):
        for side in range(2):
            number, start, end = numbers[p, side], starts[p], starts[p]
            places[p, side] = ends[p]
            while end < ends[p]:  # from blank to blank, for no word goes beyond one
                start, end = end, min(end + STRIDE, ends[p])
                while end < ends[p] and text[end] != 0x20:
                    end += 1
                here = read_words(text, start, end, page_of, pages, expansions, words)
                if number < here:
                    places[p, side] = _reach_word(text, start, end, number, page_of, pages, expansions, words)
                    break
                number -= here


@Part
def _reach_word(text, start, end, number, page_of, pages, expansions, words):
    """Return the first byte of a word by its number."""
    low, high = start, end  # at `low` too few words are read, at `high` enough
    while True:
        middle = (low + high) >> 1
        while middle > low and text[middle] & np.uint8(0xC0) == 0x80:
            middle -= 1
        if middle == low:
            middle += 1
            while middle < high and text[middle] & np.uint8(0xC0) == 0x80:
                middle += 1
            if middle >= high:
                return low
        if read_words(text, start, middle, page_of, pages, expansions, words) > number:
            high = middle
        else:
            low = middle
