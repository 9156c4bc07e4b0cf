"""Where two texts differ, word by word, for people to read.

Source: Ratcliff and Obershelp's matching of the longest common blocks, as in Python's difflib.
Leaves out: moved words (they show as missing here and added there).
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


class Piece(NamedTuple):
    """A stretch of two texts: the words in the one, and in the other. Equal but for case and accents when `same`."""

    same: bool
    before: list[str]
    after: list[str]


def diff_words(before: str, after: str) -> list[Piece]:
    """Return the two texts as stretches that are alike and stretches that differ, in reading order.

    Words are cut where the comparison cuts them ("non-stop" is two), and punctuation never counts. Time is quadratic in the
    words of long, unlike texts.
    """
    a, b = split_words(before), split_words(after)
    matcher = SequenceMatcher(None, [_fold(word) for word in a], [_fold(word) for word in b], autojunk=False)
    return [Piece(tag == "equal", a[i:j], b[k:m]) for tag, i, j, k, m in matcher.get_opcodes()]


def split_words(text: str) -> list[str]:
    """Return the words of a text, each with what stands between it and the next; Han and the like one by one."""
    starts: list[int] = []
    inside = False
    for i, character in enumerate(text):
        category = unicodedata.category(character)
        if category[0] in "LN":
            is_single = _UNSPACED.match(character) is not None
            if not inside or is_single:
                starts.append(i)
            inside = not is_single
        elif category[0] != "M" and category != "Cf":
            inside = False
    return [text[start:end] for start, end in pairwise((*starts, len(text)))]


def join_words(words: list[str]) -> str:
    """Return words in a row as they stand in their text, without the punctuation behind the last."""
    joined = "".join(words)
    end = len(joined)
    while end and unicodedata.category(joined[end - 1])[0] not in "LNM":
        end -= 1
    return joined[:end]


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return "".join(c for c in decomposed if c.isalnum() or (unicodedata.category(c)[0] == "M" and ord(c) >= 0x900))
