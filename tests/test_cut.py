"""Paragraphs out of texts: what goes with them, what stays, and that what stays is still what it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_paragraphs import SPACES
from naive_paragraphs import cut_paragraphs as cut_naively
from shapes import many_lines
from splitting import texts_of

from dedup import kernel
from dedup.cut import cut_paragraphs
from dedup.segment import split_paragraphs


def cut(text, gone, is_markdown=False, mode="auto"):
    """Return (the text without some of its paragraphs, what was cut for each)."""
    data = text.encode()
    buffer, offsets = np.frombuffer(data, np.uint8), np.array([0, len(data)])
    found = split_paragraphs(buffer, offsets, mode)
    gone = np.array(gone, np.int64)
    marks = np.array([is_markdown])
    cuts = cut_paragraphs(buffer, offsets, found.document, found.start, found.end, gone, is_markdown=marks).tolist()
    kept, at = [], 0
    for start, end in cuts:
        kept.append(data[at:start])
        at = end
    return b"".join((*kept, data[at:])).decode(), [data[start:end].decode() for start, end in cuts]


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("One.\n\nTwo.\n\nThree.\n", [1], "One.\n\nThree.\n"),
        ("One.\n\nTwo.\n\nThree.\n", [0], "Two.\n\nThree.\n"),
        ("One.\n\nTwo.\n\nThree.\n", [2], "One.\n\nTwo.\n"),
        ("One.\n\nTwo.\n\nThree.", [2], "One.\n\nTwo."),
        ("One.\n\nTwo.\n\nThree.\n", [0, 1], "Three.\n"),
        ("One.\n\nTwo.\n\nThree.\n", [1, 2], "One.\n"),
        ("\n\nOne.\n\nTwo.\n", [0], "\n\nTwo.\n"),
        ("\n\nOne.\n\n\n", [0], ""),
        ("- One.\n- Two.\n\n\nThree.", [1], "- One.\n\n\nThree."),
        ("One.\n\n\n- Two.\n- Three.", [1], "One.\n\n\n- Three."),
        ("One.\r\n\r\nTwo.\r\n\r\nThree.\r\n", [1], "One.\r\n\r\nThree.\r\n"),
        ("One.\n\n    Two is\n    wrapped.\n\nThree.\n", [1], "One.\n\nThree.\n"),
        ("One.\n\n* * *\n\nTwo.\n\n* * *\n\nThree.\n", [1], "One.\n\n* * *\n\n* * *\n\nThree.\n"),
        ("One.\n\nHeading\n=======\n\nTwo.\n", [1], "One.\n\nTwo.\n"),
        ("One.\n\nHeading\n=======\u2028Two.\n", [1], "One.\n\nTwo.\n"),
        ("One.\n\fTwo.\n\nThree.\n", [1], "One.\n\fThree.\n"),
        ("One.\n\nTwo.\n\fThree.\n", [1], "One.\n\fThree.\n"),
        ("One.\n\u00a0\nTwo.\n\u00a0\nThree.\n", [1], "One.\n\u00a0\nThree.\n"),
    ],
)
def test_lighter_gap_goes_with_a_paragraph(text, gone, left):
    assert cut(text, gone)[0] == left


WIDE = "word " * 30 + "end."


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("One.\n\n- Two.\n# Three\nFour.\n", [2], "One.\n\n- Two.\n\nFour.\n"),
        ("One.\n\nTwo.\n# Three\nFour.\n", [2], "One.\n\nTwo.\n\nFour.\n"),
        ("One.\n\nTwo.\n# Three\n- Four.\n", [2], "One.\n\nTwo.\n- Four.\n"),
        ("One.\n\n| Two\n| Three\n| Four\n", [2], "One.\n\n| Two\n| Four\n"),
        (f"One.\n\nTwo.\n{WIDE}\nFour.\n", [2], "One.\n\nTwo.\n\nFour.\n"),
        (f"One.\n\n{WIDE}\n# Three\n{WIDE}\n", [2], f"One.\n\n{WIDE}\n{WIDE}\n"),
        ("One.\nTwo.\nThree.\n", [1], "One.\nThree.\n"),
        ("One.\n\nHeading\n-------\nTwo.\n", [1], "One.\n\n-------\nTwo.\n"),
        ("One.\n\n---\n\nTwo.\n", [0], "---\n\nTwo.\n"),
    ],
)
def test_gaps_stay_where_one_would_not_part_what_is_left(text, gone, left):
    assert cut(text, gone)[0] == left


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        (f"One.\n\n{WIDE}\n# Three\n{WIDE}\n", [2], f"One.\n\n{WIDE}\n\n{WIDE}\n"),
        ("One.\n\n| Two\n# Three\nFour.\n", [2], "One.\n\n| Two\n\nFour.\n"),
        ("One.\n\nHeading\n-------\n\nTwo.\n", [1], "One.\n\nTwo.\n"),
        ("One.\n\nHeading\r\n  --- \r\nTwo.\n", [1], "One.\n\nTwo.\n"),
        ("One.\n\n- Item\n---\nTwo.\n", [1], "One.\n\n---\nTwo.\n"),
        ("One.\n\n> Said\n---\nTwo.\n", [1], "One.\n\n---\nTwo.\n"),
        ("One.\n\nTwo.\n- - -\nThree.\n", [1], "One.\n\n- - -\nThree.\n"),
        ("Banner\n\n---\n\nOne.\n\n---\n", [0], "\n\n---\n\nOne.\n\n---\n"),
        ("Banner\n\nDate\n\n+++\nOne.\n", [0, 1], "\n\n+++\nOne.\n"),
        ("Banner\n---\nOne.\n", [0], "One.\n"),
        ("Banner\n\n- One.\n", [0], "- One.\n"),
    ],
)
def test_markdown_that_is_left_means_what_it_meant(text, gone, left):
    assert cut(text, gone, is_markdown=True)[0] == left


texts = st.lists(
    st.sampled_from(["One", "Two words", "# Three, no less.", "- item", "=====", "---", "* * *", "| a", "> b"]), max_size=6
)
gaps = st.sampled_from(["\n", "\n\n", "\n \n\n", "\r\n", "\r\n\r\n", "\f", "\n\f", "\r", "\u2028", "\n\u00a0\n", "\n\n\n  ", " \n"])
laid_out = st.lists(st.tuples(texts.map(" ".join), gaps), max_size=9).map(lambda pairs: "".join(map("".join, pairs)))


@given(laid_out | many_lines, st.booleans(), st.data())
def test_cuts_are_those_of_plain_python(text, is_markdown, data):
    found = texts_of(text)
    gone = [i for i in range(len(found)) if data.draw(st.booleans())]

    assert cut(text, gone, is_markdown) == cut_naively(text, gone, is_markdown)


@given(laid_out | many_lines, st.booleans(), st.data())
def test_what_stays_is_what_it_was_and_what_goes_is_white_space_besides(text, is_markdown, data):
    found = texts_of(text)
    gone = [i for i in range(len(found)) if data.draw(st.booleans())]
    left, cuts = cut(text, gone, is_markdown)

    at = 0
    for i, paragraph in enumerate(found):
        if i in gone:
            assert paragraph in cuts[gone.index(i)]
            assert set(cuts[gone.index(i)].replace(paragraph, "", 1)) <= {*SPACES, *"=-"}
        else:
            at = left.index(paragraph, at) + len(paragraph)
    assert len(left) + sum(map(len, cuts)) == len(text)


@given(st.lists(st.tuples(st.sampled_from(["One two", "Three\nfour", "Five."]), st.booleans()), min_size=1, max_size=9))
def test_paragraphs_between_blank_lines_stay_the_paragraphs_that_they_were(parts):
    text = "\n\n".join(words for words, _ in parts) + "\n\nlast\n\nof all"
    left, _ = cut(text, [i for i, (_, goes) in enumerate(parts) if goes])

    assert texts_of(left) == [words for words, goes in parts if not goes] + ["last", "of all"]


def test_text_of_which_nothing_would_stay_goes_as_a_whole():
    assert cut(" \n\nOne.\n\nTwo.\n \n", [0, 1]) == ("", [" \n\nOne.", "\n\nTwo.\n \n"])


def test_documents_of_a_batch_are_cut_apart():
    data = b"One.\n\nTwo.One.\n\nTwo."
    buffer, offsets = np.frombuffer(data, np.uint8), np.array([0, 10, 20])
    found = split_paragraphs(buffer, offsets)
    cuts = cut_paragraphs(buffer, offsets, found.document, found.start, found.end, np.array([1, 2]))

    assert cuts.tolist() == [[4, 10], [10, 16]]


def test_mark_before_a_quotation_goes_with_its_lines_and_stays_beside_a_block():
    text, offsets = np.frombuffer(b"one\n\n> two\n\nthree", np.uint8), np.array([0, 17])
    where = (np.zeros(3, np.int64), np.array([0, 7, 12]), np.array([3, 10, 17]))

    assert cut_paragraphs(text, offsets, *where, np.array([1])).tolist() == [[5, 12]]
    assert cut_paragraphs(text, offsets, *where, np.array([1]), in_lines=False).tolist() == [[6, 10]]


def test_paragraphs_on_one_line_are_cut_apart():
    text, offsets = np.frombuffer(b"one two\n\nthree", np.uint8), np.array([0, 14])
    where = (np.zeros(3, np.int64), np.array([0, 4, 9]), np.array([3, 7, 14]))

    assert cut_paragraphs(text, offsets, *where, np.array([1])).tolist() == [[3, 7]]
    assert cut_paragraphs(text, offsets, *where, np.array([0])).tolist() == [[0, 3]]


def test_native_cuts_are_those_of_plain_python(monkeypatch):
    laid = ["One is here.", "- Two\n- and three", "Heading\n====", "> Four\n> and five", "\f Six", "seven\r\n\r\neight"] * 40
    text = "\n\n".join(laid)
    gone = [i for i in range(len(texts_of(text))) if i % 7 not in (0, 3)]
    monkeypatch.setattr(kernel, "WORTH_COMPILING", 0)
    monkeypatch.setattr(kernel, "WORTH_STARTING", 0)

    assert cut(text, gone) == cut_naively(text, gone)
