"""Documents cut into paragraphs: half-open offsets into the text as it arrived, never a copy of it.

`blank`: blank lines part paragraphs. `line`: each line is one. `auto` does what a reader does:

- Where a document has blank lines, they part paragraphs and the lines of one block are joined, for wire copy and mail are
  hard-wrapped. A line wider than any hard wrap (120 columns) keeps to itself, and so do list items, headings and table rows.
- Where it has none, each line is a paragraph, unless the lines are wrapped at a near-constant width. A break is soft when the
  first word of the next line would not have fitted; four lines or more of which 70 % break softly are wrapped text. Then lines
  are joined, until one stops clearly short, ends its sentence short of the width, or the next is indented.

A line of nothing but ASCII punctuation ("-----", "* * *") parts paragraphs like a blank line.

A document with form feeds has pages, and a page break ends a paragraph, for one that went on would hold the page number. At the
edge of a page a page number parts paragraphs and is no text; a running head or foot, which the next page or the one after repeats
but for figures and spaces, keeps to itself. What stands between two pages does not tell whether blank lines part paragraphs.
Leaves out: whether a paragraph holds a word at all (see `shingle`), markup (the readers do that), pages of text without form
feeds, page numbers in words of other languages, running heads of several lines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernel import Part, kernel
from dedup.linetable import (
    BLANK,
    END,
    END_POINT,
    ENDS,
    FEED,
    FIRST,
    HEADING,
    INDENT,
    ITEM,
    LOOK,
    N_COLUMNS,
    NUMBER,
    PAGE,
    RUNNING,
    START,
    START_POINT,
    WIDEST_WRAP,
    WIDTH,
    decode,
    scan_lines,
)
from dedup.model import Blocks, Bytes, Ints
from dedup.settings import SPLITS

_AUTO, _BY_BLANKS, _BY_LINES = range(3)

SOFT_SHARE = 0.7
"""Greedy wrapping makes every break soft but a paragraph's last (one in four to six); lists of headlines stay near one half."""
FEWEST_WRAPPED = 4
CLEARLY_SHORT = 0.8

_BEHIND_BREAKS = 0x0E  # line feed, form feed and carriage return lie below
_SEPARATORS_LEAD = 0xE2  # U+2028 and U+2029 begin with it


class Paragraphs(NamedTuple):
    """The n paragraphs of a batch, in reading order; all int64 (n,).

    document: number within the batch; start, end: bytes into the batch's text; start_point, end_point: code points
    into the document's text; line: from 1, within the document.
    """

    document: Ints
    start: Ints
    end: Ints
    start_point: Ints
    end_point: Ints
    line: Ints


def split_paragraphs(text: Bytes, offsets: Ints, split: str = "auto") -> Paragraphs:
    """Return the paragraphs of each document text[offsets[i]:offsets[i + 1]].

    text: uint8, valid UTF-8; offsets: int64 (n_documents + 1,); split: one of SPLITS.
    No paragraph is empty, starts or ends with white space, or overlaps another. Time O(bytes).
    """
    most_lines = len(offsets) + int(np.count_nonzero(text < _BEHIND_BREAKS)) + int(np.count_nonzero(text == _SEPARATORS_LEAD))
    found, lines = np.empty((most_lines, 6), np.int64), np.empty((most_lines, N_COLUMNS), np.int64)
    n_found = _split_kernel(text, offsets, SPLITS.index(split), lines, found)
    return Paragraphs(*(np.ascontiguousarray(column) for column in found[:n_found].T))


def place_blocks(text: Bytes, offsets: Ints, blocks: Blocks) -> Paragraphs:
    """Return paragraphs that a document's format tells, with their places in code points and lines. Time O(bytes)."""
    is_end = (text == ord("\n")) | ((text == ord("\r")) & (np.append(text[1:], 0) != ord("\n")))
    n_points, n_lines = (np.append(0, np.cumsum(column)) for column in ((text & 0xC0) != 0x80, is_end))
    first = offsets[blocks.document]
    return Paragraphs(
        document=blocks.document,
        start=blocks.start,
        end=blocks.end,
        start_point=n_points[blocks.start] - n_points[first],
        end_point=n_points[blocks.end] - n_points[first],
        line=n_lines[blocks.start] - n_lines[first] + 1,
    )


@kernel(microseconds=2)
def _split_kernel(text, offsets, mode, lines, found):
    n_found = 0
    for document in range(len(offsets) - 1):
        n_lines = scan_lines(text, offsets[document], offsets[document + 1], lines)
        _mark_edges(text, lines, n_lines)
        has_blank = _has_blank(lines, n_lines)
        width = _wrap_width(lines, n_lines, has_blank) if mode == _AUTO else 0
        in_list, last = False, -1
        for i in range(n_lines):
            if _parts(lines, i):
                continue
            starts = last < 0 or mode == _BY_LINES or i > last + 1 or lines[last, FEED] == 1
            if starts or (mode == _AUTO and _starts(lines, n_lines, i, width, has_blank, in_list)):
                in_list = lines[i, LOOK] == ITEM
                found[n_found, 0] = document
                found[n_found, 1] = lines[i, START]
                found[n_found, 3] = lines[i, START_POINT]
                found[n_found, 5] = lines[i, NUMBER]
                n_found += 1
            found[n_found - 1, 2] = lines[i, END]
            found[n_found - 1, 4] = lines[i, END_POINT]
            last = i
    return n_found


@Part
def _has_blank(lines, n_lines):
    """Return whether a blank line stands between two lines of text of one page."""
    seen, gap = False, False
    for i in range(n_lines):
        if lines[i, LOOK] == BLANK:
            gap = seen
        elif lines[i, LOOK] < RUNNING:
            if gap:
                return True
            seen = True
        if lines[i, FEED] == 1:
            seen, gap = False, False
    return False


@Part
def _wrap_width(lines, n_lines, has_blank):
    """Return the columns at which the lines are wrapped; 0 when each line is a paragraph."""
    width, widest, n_texts = 0, 0, 0
    for i in range(n_lines):
        if lines[i, LOOK] >= RUNNING:
            continue
        n_texts += 1
        widest = max(widest, lines[i, WIDTH])
        if lines[i, WIDTH] <= WIDEST_WRAP:
            width = max(width, lines[i, WIDTH])
    if has_blank:
        return width
    soft, breaks = 0, 0
    for i in range(1, n_lines):
        if lines[i - 1, LOOK] < RUNNING and lines[i, LOOK] < RUNNING:
            breaks += 1
            soft += np.int64(not _fits(lines, i, width))
    return width if n_texts >= FEWEST_WRAPPED and widest == width and soft >= SOFT_SHARE * breaks else 0


@Part
def _parts(lines, i):
    """Return whether line i is blank, a rule or a page number: it parts paragraphs and is no text."""
    return lines[i, LOOK] >= BLANK


@Part
def _fits(lines, i, width):
    """Return whether the first word of line i would have fitted on the line before it."""
    return lines[i - 1, WIDTH] + 1 + lines[i, FIRST] <= width


@Part
def _starts(lines, n_lines, i, width, has_blank, in_list):
    """Return whether line i starts a paragraph, although the line before it is no blank line and ends no page."""
    before, here = lines[i - 1], lines[i]
    if width == 0 or before[WIDTH] > WIDEST_WRAP or here[WIDTH] > WIDEST_WRAP:
        return True
    if before[LOOK] >= HEADING or here[LOOK] >= HEADING:
        return True
    if here[LOOK] == ITEM:  # or a wrapped line that happens to begin with a dash or a year
        return in_list or _fits(lines, i, width)
    if not in_list and here[INDENT] > before[INDENT] and (i + 1 == n_lines or here[INDENT] > lines[i + 1, INDENT]):
        return True
    return not has_blank and (before[WIDTH] < CLEARLY_SHORT * width or (before[ENDS] == 1 and _fits(lines, i, width)))


@Part
def _mark_edges(text, lines, n_lines):
    """Give page numbers and running heads their looks: the first and the last line of text of each page, where there are pages."""
    head, head_before, foot, foot_before, top = -1, -1, -1, -1, 0
    for i in range(n_lines):
        if lines[i, FEED] == 0 and (i + 1 < n_lines or top == 0):
            continue
        first = _find_edge(text, lines, top, i + 1, 1)
        last = _find_edge(text, lines, i, top - 1, -1)
        _mark_running(text, lines, n_lines, first, head, 1)
        _mark_running(text, lines, n_lines, first, head_before, 1)
        _mark_running(text, lines, n_lines, last, foot, -1)
        _mark_running(text, lines, n_lines, last, foot_before, -1)
        head, head_before, foot, foot_before, top = first, head, last, foot, i + 1


@Part
def _find_edge(text, lines, at, stop, step):
    """Return the line of text at the edge of a page, behind its page number, which is marked; -1 when there is none."""
    may_be_number = True
    while at != stop:
        if not _parts(lines, at):
            if not (may_be_number and _is_page_number(text, lines[at, START], lines[at, END])):
                return at
            lines[at, LOOK] = PAGE
        may_be_number &= lines[at, LOOK] != PAGE
        at += step
    return -1


@Part
def _mark_running(text, lines, n_lines, one, other, step):
    """Mark the lines at the same edge of two pages as running when they are the same; step: 1 at the head, -1 at the foot.

    Not when the next lines are the same too: of pages that are copies of each other the first line is text.
    """
    if one < 0 or other < 0 or not _is_same(text, lines, one, other):
        return
    one_next, other_next = one + step, other + step
    if min(one_next, other_next) >= 0 and max(one_next, other_next) < n_lines and _is_same(text, lines, one_next, other_next):
        return
    lines[one, LOOK] = lines[other, LOOK] = RUNNING


@Part
def _is_same(text, lines, one, other):
    """Return whether two lines hold the same signs, figures and spaces aside, and some."""
    if lines[one, LOOK] == BLANK or lines[other, LOOK] == BLANK:  # which lie nowhere
        return False
    at, end, other_at, other_end = lines[one, START], lines[one, END], lines[other, START], lines[other, END]
    n_equal = 0
    while True:
        while at < end and (text[at] == 32 or 48 <= text[at] <= 57):
            at += 1
        while other_at < other_end and (text[other_at] == 32 or 48 <= text[other_at] <= 57):
            other_at += 1
        if at >= end or other_at >= other_end:
            return at >= end and other_at >= other_end and n_equal > 0
        if text[at] != text[other_at]:
            return False
        at, other_at, n_equal = at + 1, other_at + 1, n_equal + 1


@Part
def _is_page_number(text, first, last):
    """Return whether a line is one or two numbers, among signs, "page" and "of" at most: "12", "- xii -", "Page 3 of 30"."""
    n_numbers, at = 0, first
    while at < last:
        code, after = decode(text, at)
        if not (48 <= code <= 57 or 65 <= code <= 90 or 97 <= code <= 122):
            if not (code == 32 or _is_page_sign(code)):
                return False
            at = after
            continue
        while after < last and (48 <= text[after] <= 57 or 65 <= text[after] <= 90 or 97 <= text[after] <= 122):
            after += 1
        if _is_number(text, at, after):
            n_numbers += 1
        elif not _is_page_word(text, at, after):
            return False
        at = after
    return 1 <= n_numbers <= 2


@Part
def _is_page_sign(code):
    """Return whether a sign stands beside page numbers: ( ) * - / [ ] | ~, a middle dot, a dash."""
    ascii_sign = (
        0x28 <= code <= 0x2A or code == 0x2D or code == 0x2F or code == 0x5B or code == 0x5D or code == 0x7C or code == 0x7E
    )
    return ascii_sign or code == 0xB7 or code == 0x2013 or code == 0x2014


@Part
def _is_page_word(text, first, last):
    """Return whether text[first:last], letters of ASCII, is "page" or "of"."""
    n = last - first
    if n == 2:
        return text[first] | 32 == 0x6F and text[first + 1] | 32 == 0x66
    return (
        n == 4 and text[first] | 32 == 0x70 and text[first + 1] | 32 == 0x61
        and text[first + 2] | 32 == 0x67 and text[first + 3] | 32 == 0x65
    )  # fmt: skip


@Part
def _is_number(text, first, last):
    """Return whether text[first:last] is up to four figures, or a Roman number below 90 in letters of one case."""
    n_figures, before = 0, 0
    for k in range(first, last):
        n_figures += np.int64(48 <= text[k] <= 57)
    if n_figures > 0:
        return n_figures == last - first <= 4
    for k in range(first, last):
        if text[k] & 32 != text[first] & 32:
            return False
        letter = text[k] | 32
        value = 0
        if letter == 0x69:
            value = 1
        elif letter == 0x76:
            value = 5
        elif letter == 0x78:
            value = 10
        elif letter == 0x6C:
            value = 50
        if value == 0 or (before > 0 and value > before and value != 5 * before and value != 10 * before):
            return False
        before = value
    return True
