"""Where two texts differ, word by word, for people to read.

Source: Ratcliff and Obershelp's matching of the longest common blocks, as in Python's difflib.
Leaves out: moved words (they show as missing here and added there).
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import NamedTuple

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_TOKEN = re.compile(f"[{_UNSPACED}]|[^\\s{_UNSPACED}]+")
_ONE_UNSPACED = re.compile(f"[{_UNSPACED}]")


class Piece(NamedTuple):
    """A stretch of two texts: the words in the one, and in the other. Equal but for case and accents when `same`."""

    same: bool
    before: list[str]
    after: list[str]


def diff_words(before: str, after: str) -> list[Piece]:
    """Return the two texts as stretches that are alike and stretches that differ, in reading order.

    Punctuation between words is left out, for it never counts. Time is quadratic in the words of long, unlike texts.
    """
    a, b = split_words(before), split_words(after)
    matcher = SequenceMatcher(None, [_fold(word) for word in a], [_fold(word) for word in b], autojunk=False)
    return [Piece(tag == "equal", a[i:j], b[k:m]) for tag, i, j, k, m in matcher.get_opcodes()]


def split_words(text: str) -> list[str]:
    """Return the words of a text as they are written, without the punctuation around them; Han and the like one by one."""
    words = (_strip_punctuation(token) for token in _TOKEN.findall(text))
    return [word for word in words if word]


def join_words(words: list[str]) -> str:
    """Return words as text: with spaces, but for scripts that write none."""
    joined = ""
    for word in words:
        joined += word if not joined or (_ONE_UNSPACED.match(word) and _ONE_UNSPACED.match(joined[-1])) else f" {word}"
    return joined


def _strip_punctuation(token: str) -> str:
    start, end = 0, len(token)
    while start < end and not token[start].isalnum():
        start += 1
    while end > start and not (token[end - 1].isalnum() or unicodedata.category(token[end - 1])[0] == "M"):
        end -= 1
    return token[start:end]


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return "".join(c for c in decomposed if c.isalnum() or (unicodedata.category(c)[0] == "M" and ord(c) >= 0x900))
