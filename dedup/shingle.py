"""Paragraphs as sets of shingles: normalise, cut into words, hash every run of words. One pass, no copy of the text.

A word is hashed by FNV-1a over its folded code points (64 bits), closed by a multiply-xorshift mix; a shingle folds the
hashes of its words and keeps the upper 32 bits. The digest of a paragraph covers its whole sequence of words (128 bits), its
mask the same words with every figure and date word replaced, so that "UPDATED: 14:02, 3 May" and "UPDATED: 09:41, 7 June"
have the same mask.
Source: Broder, "On the resemblance and containment of documents" (1997); Fowler, Noll, Vo, FNV-1a.
Leaves out: which code points make words (see `normalise`), and sets (a shingle that occurs twice is listed twice).
"""

from __future__ import annotations

import functools
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import Part, kernel
from dedup.model import Bytes, Ints, Words32, Words64
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

MASK_WORDS = 40
"""Longer paragraphs get no mask: furniture with a date in it is short, and prose with the same words but other figures is prose."""

_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX_LOW = np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(0xD6E8FEB86659FD93)
_FIGURE = np.uint64(0x23)  # "#", what a run of figures becomes under the mask
_DATE_WORD = np.uint64(0x40)  # "@", what the name of a month or a day becomes

MOST_WORDS = 20
"""Words that one code point can make (U+FDFA: 18), and some more."""
NO_WORD = 0  # between words; inside one, the state is LETTER or SINGLE
ZERO, NINE = 0x30, 0x39

_MONTHS_AND_DAYS = """
january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct
nov dec monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
am pm gmt utc bst est edt cet
januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag uhr
janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes
sábado domingo
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
понедельник вторник среда четверг пятница суббота воскресенье
يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
"""


Number = TypeVar("Number", np.uint32, np.uint64)


class Shingled(NamedTuple):
    """What one call of `shingle_paragraphs` makes of n paragraphs.

    shingles: uint32 (offsets[-1],) in reading order; offsets: int64 (n + 1,); n_words: int64 (n,);
    digests: uint64 (n, 2), equal when the words are equal; masks: uint64 (n,), 0 where nothing was masked.
    """

    shingles: Words32
    offsets: Ints
    n_words: Ints
    digests: Words64
    masks: Words64


def shingle_paragraphs(text: Bytes, starts: Ints, ends: Ints, shingle: int, min_words: int) -> Shingled:
    """Return the shingles, digest and mask of each paragraph text[starts[i]:ends[i]].

    text: uint8, UTF-8; starts, ends: int64 (n,), in bytes. A paragraph with fewer words than `shingle` or `min_words` is
    one shingle as a whole; one without a word has none.
    Time O(bytes), temporary memory of the longest paragraph.
    """
    count = len(starts)
    offsets, n_words = np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    digests, masks = np.empty((count, 2), np.uint64), np.empty(count, np.uint64)
    shingles = np.empty(len(text) // 2 + count, np.uint32)  # what is not written to takes no memory
    words = np.empty(int((ends - starts).max(initial=0)) // 2 + MOST_WORDS, np.uint64)
    whole_below, done = max(shingle, min_words), 0
    while done < count:
        places = (starts, ends, shingle, whole_below, *load_tables(), _ascii_letters(), _date_words())
        done = _shingle_kernel(text, *places, words, shingles, offsets, n_words, digests, masks, done)
        if done < count:
            words, shingles = _double(words), _double(shingles)
    return Shingled(shingles[: offsets[-1]].copy(), offsets, n_words, digests, masks)


def hash_words(text: str) -> Words64:
    """Return the hash of each word of a text: uint64 (n_words,); the lowest bit is set in words that hold a figure."""
    encoded = np.frombuffer(text.encode(), np.uint8)
    words = np.empty(MOST_WORDS * (len(text) + 1), np.uint64)
    return words[: _words_kernel(encoded, *load_tables(), _ascii_letters(), words)].copy()


@functools.cache
def _date_words() -> Words64:
    return np.unique(hash_words(_MONTHS_AND_DAYS))


@functools.cache
def _ascii_letters() -> Bytes:
    """Return what each ASCII character becomes inside a word, 0 where it parts words: uint8 (128,)."""
    tables, codes = load_tables(), np.arange(128)
    entries = tables.pages[(int(tables.page_of[0]) << PAGE_BITS) + codes]
    folded = np.where(entries & PAYLOAD_MASK, entries & PAYLOAD_MASK, codes)
    return np.where(entries >> CLASS_SHIFT == LETTER, folded, 0).astype(np.uint8)


def _double(room: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate((room, np.empty_like(room)))


@kernel(microseconds=4)
def _words_kernel(text, page_of, pages, expansions, ascii_letters, words):
    return _hash_words(text, 0, len(text), page_of, pages, expansions, ascii_letters, words)


@kernel(microseconds=4)
def _shingle_kernel(
    text, starts, ends, n, whole_below, page_of, pages, expansions, ascii_letters, date_words,
    words, shingles, offsets, n_words, digests, masks, done,
):  # fmt: skip
    """Go on from paragraph `done` and return how many are done then: fewer than all when `words` or `shingles` has no more room."""
    filled = offsets[done]
    for i in range(done, len(starts)):
        total = _hash_words(text, starts[i], ends[i], page_of, pages, expansions, ascii_letters, words)
        wanted = min(total, 1) if total < whole_below else total - n + 1
        length = total if total < whole_below else n
        if total < 0 or filled + wanted > len(shingles):
            return i
        n_words[i] = total
        for k in range(wanted):
            folded = _MIX
            for j in range(k, k + length):
                folded = (folded ^ words[j]) * _FOLD
                folded ^= folded >> np.uint64(29)
            shingles[filled + k] = np.uint32(folded >> np.uint64(32))
        filled += wanted
        offsets[i + 1] = filled
        digests[i, 0], digests[i, 1] = _digest(words, total)
        masks[i] = _mask(words, total, date_words) if total <= MASK_WORDS else np.uint64(0)
    return len(starts)


@Part
def _digest(words, total):
    high, low = _FNV_OFFSET, _MIX
    for k in range(total):
        high = (high ^ words[k]) * _FOLD
        high ^= high >> np.uint64(31)
        low = (low + words[k]) * _MIX_LOW
        low ^= low >> np.uint64(29)
    return high, low


@Part
def _mask(words, total, date_words):
    """Hash the words with runs of figures as one "#" and date words as "@"; 0 when there is no figure, or nothing else."""
    figures = 0
    for k in range(total):
        figures += np.int64(words[k] & np.uint64(1))
    if figures == 0 or figures == total:
        return np.uint64(0)
    folded, before = _FNV_OFFSET, np.uint64(0)
    for k in range(total):
        word = words[k]
        if word & np.uint64(1):
            word = _FIGURE
        else:
            low, high = 0, len(date_words)
            while low < high:
                middle = (low + high) >> 1
                if date_words[middle] < word:
                    low = middle + 1
                else:
                    high = middle
            if low < len(date_words) and date_words[low] == word:
                word = _DATE_WORD
        if word != _FIGURE or before != _FIGURE:
            folded = (folded ^ word) * _FOLD
            folded ^= folded >> np.uint64(29)
        before = word
    return folded


@Part
def _hash_words(text, start, end, page_of, pages, expansions, ascii_letters, words):
    """Write the hash of each word of text[start:end] to `words` and return their number; -1 when there may be too little room."""
    total, state, figure, folded, at = 0, NO_WORD, np.uint64(0), _FNV_OFFSET, start
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
                total, figure, folded = total + 1, np.uint64(0), _FNV_OFFSET
            folded = (folded ^ np.uint64(value)) * _FNV_PRIME
            figure |= np.uint64(value <= NINE)
            state = LETTER
        elif state != NO_WORD:
            words[total] = _close(folded, figure)
            total, state, figure, folded = total + 1, NO_WORD, np.uint64(0), _FNV_OFFSET
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
            total, state, figure, folded = total + 1, NO_WORD, np.uint64(0), _FNV_OFFSET
        if kind != PARTS:
            folded = (folded ^ np.uint64(value)) * _FNV_PRIME
            figure |= np.uint64(ZERO <= value <= NINE)
            if kind != MARK:
                state = kind
    return total, state, figure, folded


@Part
def _close(folded, figure):
    folded ^= folded >> np.uint64(32)
    folded *= _MIX
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
