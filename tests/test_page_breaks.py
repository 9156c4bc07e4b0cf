"""Plain text in pages: what stands beside a form feed, by hand (the oracle is in `test_segment`)."""

from __future__ import annotations

import pytest
from splitting import FILLER, OTHER, texts_of, wrap


@pytest.mark.parametrize("turn", ["\f", "\n\f", "\r\n\f", "\n\f\n", "\n\n\f\n\n", "\n12\n\f", "\n\f- xii -\n\n"])
@pytest.mark.parametrize("mode", ["auto", "blank"])
def test_page_break_ends_a_paragraph(turn, mode):
    """Whatever stands there: else the paragraph would hold it."""
    lines = wrap(FILLER, 60).splitlines()
    pages = ["\n".join(lines[:2]), "\n".join(lines[2:])]

    assert texts_of(turn.join(pages), mode) == pages


NUMBERS = ("12", "1999", "- 12 -", "– 12 –", "[12]", "(xii)", "Page 12 of 30", "PAGE 3", "12/30", "xii", "IV", "* 7 *", "12 | Page")
NO_NUMBERS = ("12.", "12345", "Page", "of", "1 2 3", "12 men", "a12", "xIi", "civil", "mix", "ill", "$12", "１２", "No 12")


def lay_out(number, gap, at_foot):
    """Return wrapped copy on two pages with a line at the foot of the first or the head of the second; and its parts."""
    one, other = wrap(FILLER, 60), wrap(OTHER, 60)
    first, second = (f"{one}\n{gap}{number}\n", other) if at_foot else (f"{one}\n", f"{number}\n{gap}{other}")
    return f"{first}\f{second}", [one, other]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("gap", ["", "\n", "\n \n-----\n"])
@pytest.mark.parametrize("at_foot", [True, False])
@pytest.mark.parametrize("mode", ["auto", "blank"])
def test_page_number_beside_a_form_feed_is_no_text(number, gap, at_foot, mode):
    text, expected = lay_out(number, gap, at_foot)

    assert texts_of(text, mode) == expected


@pytest.mark.parametrize("line", NO_NUMBERS)
def test_line_beside_a_form_feed_that_is_no_page_number_is_text(line):
    text, _ = lay_out(line, "", at_foot=True)

    assert line in "\n".join(texts_of(text))


@pytest.mark.parametrize("number", NUMBERS)
def test_lone_number_away_from_any_form_feed_is_text(number):
    one, other = wrap(FILLER, 60), wrap(OTHER, 60)

    assert texts_of(f"{one}\n\n{number}\n\n{other}") == [one, number, other]
    assert texts_of(f"{one}\n\n{number}\n\n{other}\n\n{other}\n\f{one}\n\n{one}")[:3] == [one, number, other]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_running_heads_and_feet_keep_to_themselves(gap):
    """Left and right pages have heads of their own, with the number of the page on either side."""
    heads = ["10   THE PIER", "On Mud     11", "12   THE PIER", "On Mud     13"]
    copies = [wrap(f"{number} {text}", 60) for number, text in zip("abcd", (FILLER, OTHER, OTHER, FILLER), strict=True)]
    foot = "Harbour Press"
    text = "\n\f".join(f"{head}{gap}{copy}{gap}{foot}" for head, copy in zip(heads, copies, strict=True))

    assert texts_of(text) == [part for head, copy in zip(heads, copies, strict=True) for part in (head, copy, foot)]


def test_first_and_last_line_of_a_letter_printed_twice_are_no_running_heads():
    letter = wrap(FILLER, 60)

    assert texts_of(f"{letter}\n\f{letter}\n\f{letter}") == [letter] * 3


def test_blank_lines_at_the_edges_of_pages_do_not_join_the_lines_between():
    """Pages of headlines, each a line, with room above and below."""
    pages = [
        "Pier sinks\nMayor denies that she knew of it\nFerry fees\nWeather",
        "Cup final\nStorm warning for the coast\nSport\nTides",
    ]

    assert texts_of("\n\n12\n\f\n\n".join(pages)) == "\n".join(pages).splitlines()
