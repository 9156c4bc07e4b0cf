"""Words as hashes: what every stage that looks at words reads them by. One pass over UTF-8, no copy of the text.

A word is hashed by FNV-1a over its folded code points (64 bits), closed by a multiply-xorshift mix.
Source: Fowler, Noll, Vo, FNV-1a.
Leaves out: which code points make words (see `normalise`).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from dedup.kernel import Part, kernel
from dedup.model import Bytes, Words64
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
FNV_OFFSET = np.uint64(0xCBF29CE484222325)
MIX = np.uint64(0x9E3779B97F4A7C15)

_FNV_PRIME = np.uint64(0x100000001B3)

NO_WORD = 0  # between words; inside one, the state is LETTER or SINGLE
ZERO, NINE = 0x30, 0x39


def hash_words(text: str) -> Words64:
    """Return the hash of each word of a text: uint64 (n_words,); the lowest bit is set in words that hold a figure."""
    encoded = np.frombuffer(text.encode(), np.uint8)
    words = np.empty(MOST_WORDS * (len(text) + 1), np.uint64)
    return words[: _words_kernel(encoded, *word_tables(), words)].copy()


@functools.cache
def word_tables() -> tuple[Any, ...]:
    """Return the tables that `read_words` takes after the place to read: page_of, pages, expansions, ascii_letters."""
    return (*load_tables(), _fold_ascii())


def _fold_ascii() -> Bytes:
    """Return what each ASCII character becomes inside a word, 0 where it parts words: uint8 (128,)."""
    tables, codes = load_tables(), np.arange(128)
    entries = tables.pages[(int(tables.page_of[0]) << PAGE_BITS) + codes]
    folded = np.where(entries & PAYLOAD_MASK, entries & PAYLOAD_MASK, codes)
    return np.where(entries >> CLASS_SHIFT == LETTER, folded, 0).astype(np.uint8)


@kernel(microseconds=4)
def _words_kernel(text, page_of, pages, expansions, ascii_letters, words):
    return read_words(text, 0, len(text), page_of, pages, expansions, ascii_letters, words)


@Part
def read_words(text, start, end, page_of, pages, expansions, ascii_letters, words):
    """Write the hash of each word of text[start:end] to `words` and return their number; -1 when there may be too little room."""
    total, state, figure, folded, at = 0, NO_WORD, np.uint64(0), FNV_OFFSET, start
    while at < end:
        code = text[at]
        if code >= 0x80:
            code, at = _decode(text, at)
            if len(words) < total + (end - at) // 2 + MOST_WORDS:  # enough for ASCII from here on
                return -1
            total, state, figure, folded = _feed(code, page_of, pages, expansions, words, total, state, figure, folded)
            continue
        at += 1
        value = ascii_letters[code]
        if value:
            if state == SINGLE:
                words[total] = _close(folded, figure)
                total, figure, folded = total + 1, np.uint64(0), FNV_OFFSET
            folded = (folded ^ np.uint64(value)) * _FNV_PRIME
            figure |= np.uint64(value <= NINE)
            state = LETTER
        elif state != NO_WORD:
            words[total] = _close(folded, figure)
            total, state, figure, folded = total + 1, NO_WORD, np.uint64(0), FNV_OFFSET
    if state != NO_WORD:
        words[total] = _close(folded, figure)
        total += 1
    return total


@Part
def _decode(text, at):
    """Return (code point, place behind it) of a UTF-8 sequence of two to four bytes."""
    code = np.int64(text[at])
    more = 1 + np.int64(code >= 0xE0) + np.int64(code >= 0xF0)
    code &= 0x3F >> more
    for k in range(1, more + 1):
        code = code << 6 | np.int64(text[at + k] & np.uint8(0x3F))
    return code, at + more + 1


@Part
def _feed(code, page_of, pages, expansions, words, total, state, figure, folded):
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
            words[total] = _close(folded, figure)
            total, state, figure, folded = total + 1, NO_WORD, np.uint64(0), FNV_OFFSET
        if kind != PARTS:
            folded = (folded ^ np.uint64(value)) * _FNV_PRIME
            figure |= np.uint64(ZERO <= value <= NINE)
            if kind != MARK:
                state = kind
    return total, state, figure, folded


@Part
def _close(folded, figure):
    folded ^= folded >> np.uint64(32)
    folded *= MIX
    folded ^= folded >> np.uint64(29)
    return folded & ~np.uint64(1) | figure


@Part
def _jamo(syllable, part):
    """Return the leading consonant (0), vowel (1) or tail (2) of a Hangul syllable (Unicode standard, chapter 3.12)."""
    if part == 0:
        return 0x1100 + syllable // (21 * HANGUL_TAILS)
    if part == 1:
        return 0x1161 + syllable // HANGUL_TAILS % 21
    return 0x11A7 + syllable % HANGUL_TAILS
