"""Where two texts differ, word by word."""

from __future__ import annotations

import pytest
from hypothesis import given
from shapes import many_scripts

from dedup.diff import Piece, diff_words, join_words, split_words


def changes(before, after):
    """Return what differs, as text."""
    return [(join_words(piece.before), join_words(piece.after)) for piece in diff_words(before, after) if not piece.same]


def test_one_changed_word_is_one_stretch():
    assert diff_words("the old grey cat", "the new grey cat") == [
        Piece(True, ["the "], ["the "]),
        Piece(False, ["old "], ["new "]),
        Piece(True, ["grey ", "cat"], ["grey ", "cat"]),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a b c", []),
        ("a b c", "a x b c", [("", "x")]),
        ("a b c", "a c", [("b", "")]),
        ("", "a b", [("", "a b")]),
        ("a b", "", [("a b", "")]),
        ("", "", []),
        ("a b c d", "c d a b", [("", "c d"), ("c d", "")]),
        ("The Café, closed!", "the cafe closed", []),
        ("Straße", "STRASSE", []),
        ("„Quoted“ – and (so) on …", "quoted and so on", []),
        ("the vote's result", "the votes result", [("vote's", "votes")]),
        ("a non-stop train", "a non stop train", []),
        ("a non-stop train", "a nonstop train", [("non-stop", "nonstop")]),
        ("20,000 men", "20 000 men", []),
        ("新聞記者", "新聞読者", [("記", "読")]),
        ("東京 2024", "東京2024", []),
        ("रोशनी", "रोशन", [("रोशनी", "रोशन")]),
    ],
)
def test_what_differs(before, after, expected):
    assert changes(before, after) == expected


def test_frequent_words_of_a_long_text_are_matched_too():
    """difflib takes words that make up more than 1 % of a long text for noise, unless it is told not to."""
    before = ["the", "a", "of"] * 100

    assert changes(" ".join(before), " ".join([*before[:150], "new", *before[150:]])) == [("", "new")]


def test_words_are_written_as_they_stand():
    words = split_words("“Très” bien, (l'été) 3,5 % — …")

    assert words == ["Très” ", "bien, (", "l'", "été) ", "3,", "5 % — …"]
    assert join_words(words) == "Très” bien, (l'été) 3,5"


def test_scripts_without_spaces_are_cut_by_character():
    assert split_words("写真は、ABC社") == ["写", "真", "は、", "ABC", "社"]


@given(many_scripts, many_scripts)
def test_stretches_hold_all_words_of_both_texts_in_order(before, after):
    pieces = diff_words(before, after)

    assert [word for piece in pieces for word in piece.before] == split_words(before)
    assert [word for piece in pieces for word in piece.after] == split_words(after)
    assert [a.same for a in pieces[1:]] == [not a.same for a in pieces[:-1]]


@given(many_scripts)
def test_text_does_not_differ_from_itself(text):
    assert changes(text, text) == []
