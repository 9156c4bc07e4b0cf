"""What counts as the same word: the table that normalises each code point.

Every code point is decomposed (NFKD) and case-folded, so that NFC and NFD, full width, ligatures and capitals do not
matter. Letters and digits make words, everything else parts them. Digits of every script become 0-9. Marks (accents,
Arabic vowel signs) and default-ignorable characters (soft hyphen, zero width, BOM) are dropped; marks that a script
cannot do without (Indic vowels, kana voicing, Thai tones) stay with the word before them. Characters of scripts that
write no spaces (Han, Kana, Thai, Lao, Khmer, Myanmar) are words of their own.
Source: Unicode Standard Annex 15 (NFKD), chapter 5.18 (case folding); DerivedCoreProperties (default-ignorables).
Leaves out: stemming, Han variants (simplified and traditional stay apart), transliteration.

The table ships with the package, so that the same text has the same fingerprint under every Python. A change of it raises
`settings.NORMALISER_VERSION`.
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.model import Words32

# What a code point does. An entry of the table is `class << 24 | payload`; payload 0 stands for the code point itself.
PARTS, LETTER, SINGLE, DROPPED, MARK, EXPANDS, HANGUL = range(7)
CLASS_SHIFT = 24
PAYLOAD_MASK = (1 << CLASS_SHIFT) - 1
PAGE_BITS = 8
PAGE_MASK = (1 << PAGE_BITS) - 1
HANGUL_BASE = 0xAC00
HANGUL_TAILS = 28

_DROPPED_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5),
    (0x05C7, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E8),
    (0x06EA, 0x06ED), (0x0711, 0x0711), (0x0730, 0x074A), (0x0898, 0x089F), (0x08CA, 0x08E1), (0x08E3, 0x08FF),
    (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x302A, 0x302D), (0xFB1E, 0xFB1E), (0xFE20, 0xFE2F),
)  # fmt: skip
_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0640, 0x0640), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0x3005, 0x3007), (0x3021, 0x3029),
    (0x3038, 0x303C), (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F), (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x323AF),
)  # fmt: skip


class Tables(NamedTuple):
    """The normaliser as arrays.

    pages: uint32 (n_pages * 256,), entries by low byte; page_of: uint16 (4352,), page by high bits;
    expansions: uint32, for each code point that becomes several: their number, then their entries.
    """

    page_of: np.ndarray[tuple[int], np.dtype[np.uint16]]
    pages: Words32
    expansions: Words32


@functools.cache
def load_tables() -> Tables:
    """Return the table that ships with the package."""
    with np.load(Path(__file__).with_name("normaliser.npz")) as stored:
        return Tables(stored["page_of"], stored["pages"], stored["expansions"])


def build_tables() -> Tables:
    """Return the table made anew from this Python's `unicodedata` (a second or two)."""
    expansions: list[int] = []
    entries = np.fromiter((_entry(code, expansions) for code in range(sys.maxunicode + 1)), np.uint32)
    rows, page_of = np.unique(entries.reshape(-1, 1 << PAGE_BITS), axis=0, return_inverse=True)
    return Tables(page_of.ravel().astype(np.uint16), rows.ravel(), np.array(expansions or [0], np.uint32))


def fold_code_point(code: int) -> str:
    """Return the code points that one code point stands for: NFKD, case-folded, decimal digits as 0-9."""
    folded = chr(code)
    for _ in range(3):  # folding can make something to decompose and the other way round; it settles within three rounds
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold())
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in folded)


def class_of(code: int) -> int:
    """Return what a folded code point does: PARTS, LETTER, SINGLE, DROPPED or MARK."""
    if _within(code, _IGNORABLE) or _within(code, _DROPPED_MARKS):
        return DROPPED
    category = unicodedata.category(chr(code))
    if category[0] == "M":
        return MARK
    if category[0] not in "LN":
        return PARTS
    return SINGLE if _within(code, _UNSPACED) else LETTER


def _entry(code: int, expansions: list[int]) -> int:
    if HANGUL_BASE <= code <= 0xD7A3:
        return HANGUL << CLASS_SHIFT
    if 0xD800 <= code <= 0xDFFF or _within(code, _IGNORABLE):
        return DROPPED << CLASS_SHIFT
    folded = [ord(c) for c in fold_code_point(code)]
    if len(folded) == 1:
        kind = class_of(folded[0])
        keeps_itself = folded[0] == code or kind in (PARTS, DROPPED)
        return kind << CLASS_SHIFT | (0 if keeps_itself else folded[0])
    kept = [(class_of(c) << CLASS_SHIFT) | c for c in folded if class_of(c) != DROPPED]
    if len(kept) == 1:
        return kept[0]
    if not kept:
        return DROPPED << CLASS_SHIFT
    at = len(expansions)
    expansions += [len(kept), *kept]
    return EXPANDS << CLASS_SHIFT | at


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)
