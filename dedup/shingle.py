"""Paragraphs as sets of shingles: normalise, cut into words, hash every run of words. One pass, no copy of the text.

A shingle folds the hashes of its words (see `words`) and keeps the upper 32 bits. The digest of a paragraph covers its whole
sequence of words (128 bits), its mask the same words with every figure and date word replaced, so that "UPDATED: 14:02, 3 May"
and "UPDATED: 09:41, 7 June" have the same mask.
Source: Broder, "On the resemblance and containment of documents" (1997).
Leaves out: which code points make words (see `normalise`), and sets (a shingle that occurs twice is listed twice).
"""

from __future__ import annotations

import functools
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import Part, kernel
from dedup.model import Bytes, Ints, Words32, Words64
from dedup.words import FNV_OFFSET, MIX, MOST_WORDS, hash_words, read_words, word_tables

MASK_WORDS = 40
"""Longer paragraphs get no mask: furniture with a date in it is short, and prose with the same words but other figures is prose."""

_MIX_LOW = np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(0xD6E8FEB86659FD93)
_FIGURE = np.uint64(0x23)  # "#", what a run of figures becomes under the mask
_DATE_WORD = np.uint64(0x40)  # "@", what the name of a month or a day becomes

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
        places = (starts, ends, shingle, whole_below, *word_tables(), _date_words())
        done = _shingle_kernel(text, *places, words, shingles, offsets, n_words, digests, masks, done)
        if done < count:
            words, shingles = _double(words), _double(shingles)
    return Shingled(shingles[: offsets[-1]].copy(), offsets, n_words, digests, masks)


@functools.cache
def _date_words() -> Words64:
    return np.unique(hash_words(_MONTHS_AND_DAYS), return_index=True)[0]  # without, it starts numpy.ma: 12 ms


def _double(room: NDArray[Number]) -> NDArray[Number]:
    return np.concatenate((room, np.empty_like(room)))


@kernel(microseconds=4)
def _shingle_kernel(
    text, starts, ends, n, whole_below, page_of, pages, expansions, ascii_letters, date_words,
    words, shingles, offsets, n_words, digests, masks, done,
):  # fmt: skip
    """Go on from paragraph `done` and return how many are done then: fewer than all when `words` or `shingles` has no more room."""
    filled = offsets[done]
    for i in range(done, len(starts)):
        total = read_words(text, starts[i], ends[i], page_of, pages, expansions, ascii_letters, words)
        wanted = min(total, 1) if total < whole_below else total - n + 1
        length = total if total < whole_below else n
        if total < 0 or filled + wanted > len(shingles):
            return i
        n_words[i] = total
        for k in range(wanted):
            folded = MIX
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
    high, low = FNV_OFFSET, MIX
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
    folded, before = FNV_OFFSET, np.uint64(0)
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
