"""Words as hashes: what every stage that looks at words reads them by. One pass over UTF-8, no copy of the text.

A word is hashed (64 bits) over its folded code points in UTF-8, eight bytes at a time, the last ones filled up with zeros: each
eight are mixed in by a multiplication and a shift. It is the same whichever way the word was written, and words of ASCII, nearly
all of most texts, are hashed as they stand (three times as fast as letter by letter).
Leaves out: which code points make words (see `normalise`).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from dedup.kernel import Part, kernel
from dedup.letters import BLOCK, EIGHT, ONE, find_lowest, fold_eight, has_figure, load_eight, mark_letters
from dedup.model import Words64
from dedup.normalise import (
    CLASS_SHIFT,
    DROPPED,
    EXPANDS,
    HANGUL,
    HANGUL_BASE,
    HANGUL_TAILS,
    LETTER,
    MARK,
    PAGE_BITS,
    PAGE_MASK,
    PARTS,
    PAYLOAD_MASK,
    SINGLE,
    load_tables,
)

MOST_WORDS = 20
"""More words than one code point can make: U+FDFA becomes 18 code points."""
SEED = np.uint64(0xCBF29CE484222325)
MIX = np.uint64(0x9E3779B97F4A7C15)

_SIX, _SIX_BITS = np.uint64(6), np.uint64(0x3F)
_LAST = np.uint64(0xD6E8FEB86659FD93)

NO_WORD = 0  # between words; inside one, the state is LETTER or SINGLE
ZERO, NINE = 0x30, 0x39


def hash_words(text: str) -> Words64:
    """Return the hash of each word of a text: uint64 (n_words,); the lowest bit is set in words that hold a figure."""
    encoded = np.frombuffer(text.encode(), np.uint8)
    words = np.empty(MOST_WORDS * (len(text) + 1), np.uint64)
    return words[: _words_kernel(encoded, *word_tables(), words)].copy()


@functools.cache
def word_tables() -> tuple[Any, ...]:
    """Return the tables that `read_words` takes after the place to read: page_of, pages, expansions."""
    return tuple(load_tables())


@kernel(microseconds=4)
def _words_kernel(text, page_of, pages, expansions, words):
    return read_words(text, 0, len(text), page_of, pages, expansions, words)


@Part
def read_words(text, start, end, page_of, pages, expansions, words):
    """Write the hash of each word of text[start:end] to `words` and return their number; -1 when there may be too little room."""
    total, state, figure, folded, block, held = 0, NO_WORD, np.uint64(0), SEED, np.uint64(0), np.uint64(0)
    at, behind, left = np.uint64(start), np.uint64(end), np.uint64(0)
    letters, beyond = left, left  # of the next `left` bytes, a bit each
    while at < behind:
        if left == 0:
            letters, beyond = mark_letters(text, at, behind)
            left = min(behind - at, BLOCK)
        if state == NO_WORD:
            sure = ~np.uint64(0) >> (np.uint64(0) if at + left == behind else BLOCK - left)  # where a word ends, and goes not on
            total, step = _hash_ascii(text, at, letters, beyond, sure, words, total)
            if beyond == 0 and (step != 0 or left != BLOCK):  # what is left of the block is the beginning of a word, or nothing
                at, left = at + min(step, left), np.uint64(0)
                continue
            at, left, letters, beyond = at + step, left - step, letters >> step, beyond >> step
        if beyond & ONE:
            code, step = _decode(text, at)
            if len(words) < total + np.int64(behind - at) // 2 + MOST_WORDS:  # enough for ASCII from here on
                return -1
            total, state, figure, folded, block, held = _feed(
                code, page_of, pages, expansions, words, total, state, figure, folded, block, held
            )
        else:
            step = max(find_lowest(~letters), ONE)
            if state != NO_WORD and (state == SINGLE or letters & ONE == 0):
                words[total] = _close(folded, block, figure)
                total, state, figure, folded, block, held = total + 1, NO_WORD, np.uint64(0), SEED, np.uint64(0), np.uint64(0)
            if letters & ONE:
                figure, folded, block, held = _push_letters(text, at, step, figure, folded, block, held)
                state = LETTER
        at, left = at + step, left - min(step, left)
        if left != 0:
            letters, beyond = letters >> step, beyond >> step
    if state != NO_WORD:
        words[total] = _close(folded, block, figure)
        total += 1
    return total


@Part
def _hash_ascii(text, at, letters, beyond, sure, words, total):
    """Write the words that end where `sure`, and before anything beyond ASCII; all three of the bytes from `at` on, a bit each.

    Return (the number of words written, how many bytes lie before the first that is left, 64 where none is): it is beyond ASCII, or
    begins a word that goes on to something beyond, or to the end of what is marked.
    """
    before = (beyond & (np.uint64(0) - beyond)) - ONE
    starts, ends = letters & ~(letters << ONE) & before, letters << ONE & ~letters & before & sure
    while ends != 0:
        first = find_lowest(starts)
        place, length = at + first, find_lowest(ends) - first
        folded, figure = SEED, np.uint64(0)
        while length > EIGHT:
            eight = load_eight(text, place)
            folded, figure = _mix(folded, fold_eight(eight, EIGHT)), figure | has_figure(eight, EIGHT)
            place, length = place + EIGHT, length - EIGHT
        eight = load_eight(text, place)
        words[total] = _close(folded, fold_eight(eight, length), figure | has_figure(eight, length))
        total, starts, ends = total + 1, starts & (starts - ONE), ends & (ends - ONE)
    return total, find_lowest(beyond if starts == 0 else starts)


@Part
def _push_letters(text, at, count, figure, folded, block, held):
    """Add `count` letters and figures of ASCII to the word being hashed."""
    while count != 0:
        eight, some = load_eight(text, at), min(count, EIGHT)
        figure |= has_figure(eight, some)
        folded, block, held = _push(folded, block, held, fold_eight(eight, some), some)
        at, count = at + some, count - some
    return figure, folded, block, held


@Part
def _decode(text, at):
    """Return (code point, its bytes) of a UTF-8 sequence of two to four bytes."""
    code = np.int64(text[at])
    if code < 0xE0:
        return (code & 0x1F) << 6 | np.int64(text[at + ONE] & np.uint8(0x3F)), ONE + ONE
    size = np.uint64(3) + np.uint64(code >= 0xF0)
    code &= 0x0F
    for k in range(ONE, size):
        code = code << 6 | np.int64(text[at + np.uint64(k)] & np.uint8(0x3F))
    return code, size


@Part
def _feed(code, page_of, pages, expansions, words, total, state, figure, folded, block, held):
    """Feed one code point beyond ASCII to the word being read; return the state of reading after it."""
    entry = np.int64(pages[(np.int64(page_of[code >> PAGE_BITS]) << PAGE_BITS) + (code & PAGE_MASK)])
    first, parts = 0, 1
    if entry >> CLASS_SHIFT == EXPANDS:
        first = (entry & PAYLOAD_MASK) + 1
        parts = np.int64(expansions[first - 1])
    elif entry >> CLASS_SHIFT == HANGUL:
        parts = 3 if (code - HANGUL_BASE) % HANGUL_TAILS else 2
    for part in range(parts):
        piece = entry if entry >> CLASS_SHIFT != EXPANDS else np.int64(expansions[first + part])
        kind, value = piece >> CLASS_SHIFT, piece & PAYLOAD_MASK
        if kind == HANGUL:
            kind, value = LETTER, _jamo(code - HANGUL_BASE, part)
        elif value == 0:
            value = code
        if kind == DROPPED or (kind == MARK and state == NO_WORD):
            continue
        if state != NO_WORD and (kind == PARTS or kind == SINGLE or (kind == LETTER and state == SINGLE)):
            words[total] = _close(folded, block, figure)
            total, state, figure, folded, block, held = total + 1, NO_WORD, np.uint64(0), SEED, np.uint64(0), np.uint64(0)
        if kind != PARTS:
            encoded, size = _encode(np.uint64(value))
            folded, block, held = _push(folded, block, held, encoded, size)
            figure |= np.uint64(ZERO <= value <= NINE)
            if kind != MARK:
                state = kind
    return total, state, figure, folded, block, held


@Part
def _encode(code):
    """Return (the UTF-8 sequence of a code point as a number, the first byte lowest; how many bytes it has)."""
    if code < np.uint64(0x80):
        return code, ONE
    last = np.uint64(0x80) | code & _SIX_BITS
    if code < np.uint64(0x800):
        return np.uint64(0xC0) | code >> _SIX | last << EIGHT, np.uint64(2)
    middle = np.uint64(0x80) | code >> _SIX & _SIX_BITS
    if code < np.uint64(0x10000):
        return np.uint64(0xE0) | code >> _SIX + _SIX | (middle | last << EIGHT) << EIGHT, np.uint64(3)
    second = np.uint64(0x80) | code >> _SIX + _SIX & _SIX_BITS
    return np.uint64(0xF0) | code >> _SIX * np.uint64(3) | (second | (middle | last << EIGHT) << EIGHT) << EIGHT, np.uint64(4)


@Part
def _push(folded, block, held, some, count):
    """Add 1 to 8 bytes to the `held` ones (8 at most) that wait in `block` until another comes behind eight; return all three."""
    if held == EIGHT:
        return _mix(folded, block), some, count
    block |= some << EIGHT * held
    if held + count <= EIGHT:
        return folded, block, held + count
    return _mix(folded, block), some >> EIGHT * (EIGHT - held), held + count - EIGHT


@Part
def _mix(folded, block):
    folded = (folded ^ block) * MIX
    return folded ^ folded >> np.uint64(32)


@Part
def _close(folded, block, figure):
    """Return the hash of a word: its last bytes mixed in, and the lowest bit for a figure."""
    folded = _mix(folded, block) * _LAST
    folded ^= folded >> np.uint64(29)
    return folded & ~ONE | figure


@Part
def _jamo(syllable, part):
    """Return the leading consonant (0), vowel (1) or tail (2) of a Hangul syllable (Unicode standard, chapter 3.12)."""
    if part == 0:
        return 0x1100 + syllable // (21 * HANGUL_TAILS)
    if part == 1:
        return 0x1161 + syllable // HANGUL_TAILS % 21
    return 0x11A7 + syllable % HANGUL_TAILS
