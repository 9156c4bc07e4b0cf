"""Inputs in the shapes that kernels take, and texts in many scripts for hypothesis to draw."""

from __future__ import annotations

import unicodedata

import numpy as np
from hypothesis import strategies as st

from dedup.model import Bytes, Ints, Sets

SCRIPTS = {
    "latin": (0x20, 0x24F),
    "latin additional": (0x1E00, 0x1EFF),
    "marks": (0x300, 0x36F),
    "greek": (0x370, 0x3FF),
    "greek extended": (0x1F00, 0x1FFF),
    "cyrillic": (0x400, 0x4FF),
    "hebrew": (0x590, 0x5FF),
    "arabic": (0x600, 0x6FF),
    "devanagari": (0x900, 0x97F),
    "tamil": (0xB80, 0xBFF),
    "thai": (0xE00, 0xE7F),
    "lao": (0xE80, 0xEFF),
    "myanmar": (0x1000, 0x109F),
    "khmer": (0x1780, 0x17FF),
    "jamo": (0x1100, 0x11FF),
    "punctuation": (0x2000, 0x206F),
    "superscripts": (0x2070, 0x209F),
    "letterlike": (0x2100, 0x218F),
    "enclosed": (0x2460, 0x24FF),
    "kana": (0x3000, 0x30FF),
    "han": (0x4E00, 0x9FFF),
    "hangul": (0xAC00, 0xD7A3),
    "presentation forms": (0xFB00, 0xFDFF),
    "full and half width": (0xFF00, 0xFFEF),
    "mathematical": (0x1D400, 0x1D7FF),
    "emoji": (0x1F300, 0x1F64F),
    "han extension b": (0x20000, 0x2A6DF),
}
"""Blocks of the Unicode Standard, first and last code point."""

BREAKS = ("\n", "\n\n", "\r\n", "\r", "\f", "\u2028", "\n \n", "\n\u00a0\n", "\n---\n")
CONTROLS = ("\0", "\t", "\x0b", "\x1c", "\x7f", "\x85", "\u00ad", "\u200b", "\u200d", "\ufeff", "\ufffd", "\ue000", "\U0010ffff")


def in_script(name: str) -> st.SearchStrategy[str]:
    """Draw text of one script with spaces in it."""
    first, last = SCRIPTS[name]
    return st.text(st.one_of(st.characters(min_codepoint=first, max_codepoint=last, codec="utf-8"), st.just(" ")), max_size=30)


one_script = st.sampled_from(sorted(SCRIPTS)).flatmap(in_script)
many_scripts = st.lists(st.one_of(one_script, one_script, st.sampled_from(CONTROLS)), max_size=6).map("".join)
many_lines = st.lists(st.one_of(many_scripts, st.sampled_from(BREAKS), st.text(max_size=5)), max_size=12).map("".join)


def is_assigned(code: int) -> bool:
    return unicodedata.category(chr(code)) not in ("Cn", "Cs")


def as_column(texts: list[str]) -> tuple[Bytes, Ints]:
    """Return texts as one buffer of UTF-8 and its offsets."""
    encoded = [text.encode() for text in texts]
    return np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([0, *map(len, encoded)], dtype=np.int64)


def as_sets(lists: list[list[int]]) -> Sets:
    """Return lists of shingles as `Sets`, as they are: neither sorted nor without repeats."""
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    return Sets(np.array([h for one in lists for h in one], np.uint32), offsets[:-1].copy(), offsets[1:].copy())


def as_pairs(pairs: list[tuple[int, int]]) -> Ints:
    return np.array(pairs, np.int64).reshape(-1, 2)
