"""Which texts may have a picture cue, against the oracle; the cues themselves are tried in test_classify."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapes import as_column, many_scripts
from test_classify import CUES, lines_of
from test_kernel import run_uncompiled

from dedup.cues import CUE, HINTS, HINTS_BEYOND, find_hinted, has_cue
from dedup.model import Bytes, Flags

PLAIN = {*map(chr, range(0x100)), *map(chr, range(0x2000, 0x2080))} - {"ß"}
"""Characters that are neither folded to ASCII nor part of a hint that is not ASCII."""

pieces = st.sampled_from(
    [*HINTS, *map(str.upper, HINTS), *lines_of(CUES), "ſ", "\u212a", "ß", "ﬁ", "é", "’", "\t", "a", "(", " ", "ph"]
)
one_text = st.lists(st.one_of(pieces, pieces.map(lambda piece: piece[:-1]), many_scripts), max_size=6).map("".join)


def hinted(texts: list[str]) -> list[bool]:
    buffer, offsets = as_column(texts)
    return find_hinted(buffer, offsets[:-1], offsets[1:]).tolist()


def may_have_cue(text: str) -> bool:
    """Return whether a text has a hint once 32 is added to each character that lacks it, or a character that is not plain."""
    folded = "".join(chr(ord(char) | 32) if char.isascii() else char for char in text)
    return any(hint in folded for hint in HINTS) or not set(text) <= PLAIN


@given(st.lists(one_text, max_size=5))
@example(["pic", "tured", "", "PICTUR", "ap", ")", "im", "imag", "a photo", "A FOTO", "immagin"])
@example(["Straße", "café", "“quoted”", "\u20ac", "фото", "\u212aap)", "é’(AP)"])
def test_hinted_texts_agree_with_the_oracle(texts: list[str]) -> None:
    assert hinted(texts) == [may_have_cue(text) for text in texts]


@given(one_text)
def test_no_text_with_a_cue_is_without_a_hint(text: str) -> None:
    is_cued = CUE.search(text.casefold()) is not None

    assert has_cue(text) == is_cued
    assert hinted([text])[0] >= is_cued


def test_plain_characters_fold_to_no_hint() -> None:
    for char in PLAIN:
        if not char.isascii():
            assert not any(folded.isascii() for folded in char.casefold()), char
            assert not any(char.casefold() in hint for hint in HINTS_BEYOND), char


def test_no_two_hints_begin_alike() -> None:
    beginnings = {tuple(ord(letter) & 31 for letter in hint[:3]) for hint in HINTS}

    assert len(beginnings) == len(HINTS)


def test_compiled_and_uncompiled_search_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{before}{line}" for line in lines_of(CUES) for before in ("", "The ferry – at noon – sails. ", "Å ")] * 20
    buffer, offsets = as_column([text.upper() if i % 2 else text for i, text in enumerate(texts)])

    def search(buffer: Bytes) -> Flags:
        return find_hinted(buffer, offsets[:-1], offsets[1:])

    compiled = search(buffer)
    run_uncompiled(monkeypatch)

    assert np.array_equal(compiled, search(buffer))
