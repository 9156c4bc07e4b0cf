"""Batches without what was cut, and where what is left stood at first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.model import CAPTION, PROSE
from dedup.read.batches import Cuts as Paragraphs
from dedup.read.batches import make_batch
from dedup.recut import Cuts, Trace, cut_batch, merge_ranges


def make_cuts(*rows):
    return Cuts(*np.array(rows, np.int64).reshape(-1, 3).T)


def texts_of(batch):
    return [batch.shown[start:end].tobytes().decode() for start, end in pairwise(batch.offsets.tolist())]


def flags(*values):
    return np.array(values, bool)


def test_documents_of_which_nothing_is_left_go_with_all_that_is_said_of_them():
    batch = make_batch(
        ["a", "b", "c"], [b"one two", b"three", b""], ["x", "y", "z"], [None, "2024", None], (), (), [0, 0, 1], [1, 2, 1]
    )
    again, is_empty = cut_batch(batch, make_cuts((0, 3, 7), (1, 7, 12)), flags(0, 0, 0), False, flags(0, 0, 0))

    assert (again.names, again.sources, again.dates) == (["a", "c"], ["x", "z"], [None, None])
    assert (texts_of(again), again.files.tolist(), again.numbers.tolist()) == (["one", ""], [0, 1], [1, 1])
    assert is_empty.tolist() == [False, True, False]


def test_emptied_document_stays_where_it_is_to_be_kept():
    batch = make_batch(["a", "b"], [b"one", b"two"], ["x", "x"], [None, None])
    again, is_empty = cut_batch(batch, make_cuts((0, 0, 3)), flags(0, 0), False, flags(1, 0))

    assert (again.names, texts_of(again), is_empty.tolist()) == (["a", "b"], ["", "two"], [True, False])


def test_markdown_is_masked_again():
    text = b"Look [here](https://example.org).\n\n<!-- two -->\n\nthree"
    batch = make_batch(["a.md", "b"], [b" " * len(text), b"`four`"], ["x", "x"], [None, None], [text, None])
    again, _ = cut_batch(batch, make_cuts((0, 33, 47)), flags(1, 0), False, flags(0, 0))

    assert texts_of(again) == ["Look [here](https://example.org).\n\nthree", "`four`"]
    assert b"example" not in again.text.tobytes()
    assert again.text.tobytes().endswith(b"three`four`")


def test_blocks_move_with_their_text_and_pages_become_plain_text():
    cuts = Paragraphs(np.array([0, 5]), np.array([3, 8]), np.array([PROSE, CAPTION], np.uint8))
    batch = make_batch(["a", "b"], [b"one\n\ntwo"] * 2, ["x", "x"], [None, None], (), [cuts, cuts])
    gone = make_cuts((0, 0, 5))

    again, _ = cut_batch(batch, gone, flags(0, 0), False, flags(0, 0))
    assert [column.tolist() for column in again.blocks] == [[0, 1, 1], [0, 3, 8], [3, 6, 11], [CAPTION, PROSE, CAPTION]]
    assert cut_batch(batch, gone, flags(0, 0), True, flags(0, 0))[0].blocks is None


texts = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=5)


@given(texts, st.data())
def test_cut_batch_holds_what_is_left_of_each_text(contents, data):
    batch = make_batch(
        [str(i) for i in range(len(contents))], [text.encode() for text in contents], [""] * len(contents), [None] * len(contents)
    )
    rows, left = [], []
    for i, text in enumerate(contents):
        goes = [data.draw(st.booleans()) for _ in text]
        at = int(batch.offsets[i])
        for sign, gone in zip(text, goes, strict=True):
            size = len(sign.encode())
            rows += [(i, at, at + size)] if gone else []
            at += size
        left.append("".join(sign for sign, gone in zip(text, goes, strict=True) if not gone))
    again, _ = cut_batch(batch, make_cuts(*rows), flags(*[0] * len(contents)), False, flags(*[1] * len(contents)))

    assert texts_of(again) == left


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), max_size=4), max_size=4),
    st.integers(0, 30),
    st.integers(1, 12),
)
def test_trace_finds_what_stood_where_a_range_stands(passes, start, size):
    first = [(document, place) for document in range(2) for place in range(40)]
    present, trace = {0: list(range(40)), 1: list(range(40))}, Trace()
    for cuts in passes:
        rows, free = [], 0
        for place, length in sorted(cuts):
            begin, end = max(place, free), min(place + length, len(present[0]))
            if begin < end:
                rows.append((0, begin, end))
                free = end
        trace.add(rows)
        present[0] = [place for i, place in enumerate(present[0]) if not any(a <= i < b for _, a, b in rows)]

    for document in (0, 1):
        wanted = present[document][start : start + size]
        if len(wanted) == size:
            pieces = trace.locate(document, start, start + size)
            assert [place for a, b in pieces for place in range(a, b)] == wanted
            assert all(before[1] < after[0] for before, after in pairwise(pieces))
    gone = [place for document, place in first if document == 0 and place not in present[0]]
    assert [place for a, b in trace.list_gone(0) for place in range(a, b)] == gone
    assert trace.list_gone(1) == []


def test_ranges_that_touch_are_one():
    assert merge_ranges([(5, 7), (1, 3), (3, 4), (6, 6)]) == [(1, 4), (5, 7)]
