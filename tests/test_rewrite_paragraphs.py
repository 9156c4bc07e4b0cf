"""Lists of paragraphs without ranges of the text that they make, held against a walk over every letter."""

from __future__ import annotations

import pytest
from cutting import draw_ranges
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.read.paragraphs import join_paragraphs
from dedup.rewrite.paragraphs import cut_paragraphs

paragraph = st.none() | st.sampled_from(["", " \n", " One. ", "\tTwo words.\n", "Three"]) | many_scripts


def cut_slowly(paragraphs, ranges):
    """Return paragraphs without the letters that stand at places in the ranges."""
    gone = {place for start, end in ranges for place in range(start, end)}
    at, kept = 0, []
    for one in paragraphs:
        if not one or one.isspace():
            kept.append(one)
            continue
        first = len(one) - len(one.lstrip())
        last = len(one.rstrip())
        left = "".join(letter for i, letter in enumerate(one) if not (first <= i < last and at + i - first in gone))
        at += last - first + 2
        if left.strip():
            kept.append(left)
    return kept


@given(st.data())
def test_letters_of_the_ranges_go_and_all_others_stay(data):
    paragraphs = data.draw(st.lists(paragraph, max_size=8))
    ranges = data.draw(draw_ranges(len(join_paragraphs(paragraphs)[0].decode())))

    assert cut_paragraphs(paragraphs, ranges) == cut_slowly(paragraphs, ranges)


@pytest.mark.parametrize(
    ("paragraphs", "ranges", "left"),
    [
        (["One.", "Two."], [(0, 6)], ["Two."]),
        (["One.", "Two."], [(4, 10)], ["One."]),
        ([" One. Two. ", None, "", "Three."], [(0, 5)], [" Two. ", None, "", "Three."]),
        (["One.", " ", "Two."], [(2, 8)], ["On", " ", "o."]),
        (["One. "], [(0, 4)], []),
        (["a b"], [(0, 1), (2, 3)], []),
        ([None, ""], [], [None, ""]),
    ],
)
def test_paragraphs_are_cut(paragraphs, ranges, left):
    assert cut_paragraphs(paragraphs, ranges) == left


@pytest.mark.parametrize(("paragraphs", "end"), [(["One.", None, " Two. "], 11), ([], 1), ([None, " "], 1)])
def test_range_beyond_the_text_is_refused(paragraphs, end):
    with pytest.raises(ValueError, match=f"a range ends at {end}, the text at {end - 1}"):
        cut_paragraphs(paragraphs, [(0, end)])
