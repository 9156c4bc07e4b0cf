"""Picture cues: what in a short text says that it is a picture's line ("Pictured", "File photo", "(AP)", "Foto:", "写真", ...).

A cue is a regular expression over case-folded text, and few texts hold one. So a kernel looks through all of them first for one of
the hints without which there is no cue, and only what has a hint is decoded, folded and searched (a hundred times as slow).
Leaves out: hints that are not ASCII; a text with letters beyond Latin-1 is searched in any case.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from dedup.kernel import Part, kernel
from dedup.model import Bytes, Flags, Ints

CUED_WORDS = 90
"""Words of the longest text that a cue makes a caption: with an agency's description and credit one seldom passes 80."""

HINTS = (
    "oto", "pictur", "imag", "caption", "credit", "fot.", "bild", "beeld", "immagine", "ap)", "afp", "pa)", "pa media", "reuters",
    "getty", "shutterstock", "alamy",
)  # fmt: skip
"""Without one of these there is no cue: "oto" stands for photo and foto, "imag" for image, imagen and imagem, "pa)" for "epa)"."""
HINTS_BEYOND = (
    "zdjęci", "фото", "снимк", "снимок", "صور", "تصوير", "फोटो", "फ़ोटो", "तस्वीर", "사진", "写真", "撮影", "图", "圖", "照片",
    "摄", "攝",
)  # fmt: skip
"""Those that are not all ASCII, looked for in texts that are not."""
_NOUN = (
    "(?:photo(?:graph|graphy|graphie)?s?|pictures?|images?|caption|fotos?|fotograf[a-zí]*|imagen|imagem|immagine|bild|beeld"
    "|фото(?:графия)?|снимок|(?:ال)?صورة|تصوير|फोटो|फ़ोटो|तस्वीर)"
)
_SIGN = "(?:사진|写真|图片?|圖片?|照片)"
_AGENCY = r"(?:ap|afp|epa|pa|reuters|getty|shutterstock|alamy)(?:\ (?:images|media|photos?))?"
CUE = re.compile(
    rf"""
    \b(?:
        pictured\b(?<!had\ pictured)(?<!have\ pictured)(?<!has\ pictured)
        | (?:file|handout|stock|archive)\ (?:photo|picture|image)\b
        | (?:archiv|symbol)(?:bild|foto)\b | im\ bild\b | na\ (?:zdjęciu|foto)\b
        | foto\ de\ archivo\b | en\ la\ (?:foto|imagen)\b | nella\ foto\b | photo\ d['’]archives?\b
        | архивное\ фото\b | фото\ из\ архива\b | на\ (?:фото|снимке)\b
    )
    | صورة\ أرشيفية | फाइल\ (?:फोटो|फ़ोटो) | 资料图 | 資料写真 | ^[(（\[【]?(?:写真は|图为|圖為)
    | (?:^|[(（\[|]|\.\s|\s[–—-]\s)\s*(?:crédits?\s)?{_NOUN}\s?(?:[:：|]|(?:by|credit|courtesy|von|par|di|por)\b)
    | (?:^|[(（\[【|/。])\s*{_SIGN}\s?[:：|/／=＝)）\]】]
    | (?:^|[(（\[|,.]\s?)(?:credits?\s?:|fot\.\s)
    | [(（](?:[^()（）]*[\s/])?{_AGENCY}(?:/[^()（）]*)?[)）]\W*$
    | (?:撮影|摄|攝)\W*$
    """,
    re.VERBOSE,
)

_LATIN, _SHARP_S = 0xC3, 0x9F
"""Bytes in UTF-8: the last first byte of Latin-1, and the second one of ß, the only letter there that is folded to ASCII."""
_PUNCTUATION, _SECOND, _LAST_SECOND = 0xE2, 0x80, 0x81
"""The first byte of General Punctuation (dashes, quotes), and its second bytes."""


def has_cue(text: str) -> bool:
    """Return whether a text has a picture cue."""
    folded = text.casefold()
    hints = HINTS if folded.isascii() else HINTS + HINTS_BEYOND
    return any(map(folded.__contains__, hints)) and CUE.search(folded) is not None


def find_hinted(text: Bytes, starts: Ints, ends: Ints) -> Flags:
    """Return which of the paragraphs text[starts[i]:ends[i]] may have a picture cue: bool (n,).

    text: uint8, UTF-8; starts, ends: int64 (n,), in bytes. All that `has_cue` holds of are among them. Time O(bytes).
    """
    starts, ends = np.asarray(starts, np.int64), np.asarray(ends, np.int64)
    found = np.zeros(len(starts), np.uint8)
    _hint_kernel(starts, ends, text, *_hint_tables(), found)
    return found.view(bool)


@cache
def _hint_tables() -> tuple[Bytes, Bytes, Ints]:
    """Return (by its first three letters, five bits each, the number of a hint, 0 for none; the hints; where they end)."""
    encoded = [hint.encode() for hint in HINTS]
    hint_of = np.zeros(1 << 15, np.uint8)
    for number, (a, b, c) in enumerate((hint[:3] for hint in encoded), 1):
        hint_of[(a & 31) << 10 | (b & 31) << 5 | c & 31] = number
    return hint_of, np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([0, *map(len, encoded)])


@kernel(microseconds=100)
def _hint_kernel(starts, ends, text, hint_of, hints, hint_ends, found):
    for p in range(len(starts)):
        begins = 0  # the last three letters, five bits each: the same in upper and lower case
        for at in range(starts[p], ends[p]):
            byte = np.int64(text[at])
            if byte >= _LATIN and _may_fold(text, at, byte):
                found[p] = 1
                break
            begins = (begins << 5 | byte & 31) & 0x7FFF
            hint = hint_of[begins]
            if hint and _stands(text, at - 2, ends[p], hints, hint_ends[hint - 1], hint_ends[hint]):
                found[p] = 1
                break


@Part
def _may_fold(text, at, byte):
    """Return whether a character may be folded to ASCII, or be part of a hint that is none."""
    second = text[at + 1]
    if byte == _LATIN:
        return second == _SHARP_S
    return byte != _PUNCTUATION or second < _SECOND or second > _LAST_SECOND


@Part
def _stands(text, at, end, hints, first, last):
    """Return whether hints[first:last] stands in text[at:end] at its beginning, in whatever case."""
    stands = at + last - first <= end
    for k in range(last - first):
        stands = stands and text[at + k] | 0x20 == hints[first + k]
    return stands
