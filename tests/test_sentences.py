"""Where sentences begin: at the ends that readers see, and not behind what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from shapes import many_lines

from dedup.sentences import find_sentences


def sentences(text):
    starts = find_sentences(text)
    return [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


@pytest.mark.parametrize(
    "parts",
    [
        ["The ferry left.", "Nobody saw it."],
        ["“Who is there?” she asked.", "“I am.”"],
        ["Mr. Byrne met Dr. Aalto at 5 p.m. on Friday.", "They spoke."],
        ["J. R. Hartley wrote it.", "He did!", "Did he?"],
        ["It cost 3.50 crowns.", "It was worth 2."],
        ["He said “no.”", "She left (in tears).", "[Then] it rained."],
        ["See fig. 3 and no. 4.", "They differ."],
        ["It was at ... the end of the line.", "Or so."],
        ["海が荒れた。", "船は出なかった。", "「なぜ？」", "と彼は聞いた。"],
        ["यह पहला वाक्य है।", "यह दूसरा है।"],
        ["Паром ушёл.", "Никто не видел."],
        ["One line\nwrapped.", "Another."],
        ["no end at all"],
        ["e.g. this and i.e. that.", "End."],
    ],
)
def test_sentences_are_those_that_a_reader_sees(parts):
    joined = "".join(part if part[-1] in "。」" else part + " " for part in parts)

    assert sentences(joined.rstrip()) == parts


@given(many_lines)
def test_sentences_hold_the_whole_text_in_order(text):
    starts = find_sentences(text)

    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert len(starts) == 1 or starts[-1] < len(text)


def test_a_paragraph_of_stops_is_read_in_linear_time():
    assert len(find_sentences(". " * 200_000)) == 200_000
    assert find_sentences("." * 200_000 + '"' * 200_000) == [0]
