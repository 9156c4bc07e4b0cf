"""Documents cut into paragraphs: half-open offsets into the text as it arrived, never a copy of it.

`blank`: blank lines part paragraphs. `line`: each line is one. `auto` does what a reader does:

- Where a document has blank lines, they part paragraphs and the lines of one block are joined, for wire copy and mail are
  hard-wrapped. A line wider than any hard wrap (120 columns) keeps to itself, and so do list items, headings and table rows.
- Where it has none, each line is a paragraph, unless the lines are wrapped at a near-constant width. A break is soft when the
  first word of the next line would not have fitted; four lines or more of which 70 % break softly are wrapped text. Then lines
  are joined, until one stops clearly short, ends its sentence short of the width, or the next is indented.

A line of nothing but ASCII punctuation ("-----", "* * *") parts paragraphs like a blank line.
Leaves out: whether a paragraph holds a word at all (see `shingle`), markup (the readers do that).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernel import Part, kernel
from dedup.model import Blocks, Bytes, Ints
from dedup.settings import SPLITS

AUTO, BLANK, LINE = range(3)

WIDEST_WRAP = 120
"""Columns. Mail wraps at 72, terminals at 80, wide plain-text exports at 100 to 120; unwrapped paragraphs go far beyond."""
SOFT_SHARE = 0.7
"""Greedy wrapping makes every break soft but a paragraph's last (one in four to six); lists of headlines stay near one half."""
FEWEST_WRAPPED = 4
CLEARLY_SHORT = 0.8

_TAB_COLUMNS = 4
_BREAKING_BYTES = (0x0A, 0x0C, 0x0D, 0xE2)  # line feed, form feed, carriage return; U+2028 and U+2029 begin with the last
_WIDE = 0x2E80  # from here on (CJK) a character takes two columns, and a line may break before any of them

# Columns of the table of lines: bytes, code points, line number; columns to the last sign, of the
# first word, before the first sign; whether the line ends a sentence; its look.
_START, _END, _START_POINT, _END_POINT, _NUMBER, _WIDTH, _FIRST, _INDENT, _ENDS, _LOOK = range(10)
# What a line looks like by itself.
_PROSE, _BLANK, _RULE, _ITEM, _HEADING, _ROW = range(6)


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
    most_lines = len(offsets) + sum(int(np.count_nonzero(text == byte)) for byte in _BREAKING_BYTES)
    found, lines = np.empty((most_lines, 6), np.int64), np.empty((most_lines, 10), np.int64)
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
        n_lines = _scan_lines(text, offsets[document], offsets[document + 1], lines)
        has_blank = _has_blank(lines, n_lines)
        width = _wrap_width(lines, n_lines, has_blank) if mode == AUTO else 0
        in_list, in_block = False, False
        for i in range(n_lines):
            if _parts(lines, i):
                in_block = False
                continue
            starts = not in_block or mode == LINE or (mode == AUTO and _starts(lines, n_lines, i, width, has_blank, in_list))
            if starts:
                in_list = lines[i, _LOOK] == _ITEM
                found[n_found, 0] = document
                found[n_found, 1] = lines[i, _START]
                found[n_found, 3] = lines[i, _START_POINT]
                found[n_found, 5] = lines[i, _NUMBER]
                n_found += 1
            found[n_found - 1, 2] = lines[i, _END]
            found[n_found - 1, 4] = lines[i, _END_POINT]
            in_block = True
    return n_found


@Part
def _has_blank(lines, n_lines):
    """Return whether a blank line stands between two lines of text."""
    seen, gap = False, False
    for i in range(n_lines):
        if lines[i, _LOOK] == _BLANK:
            gap = seen
        elif lines[i, _LOOK] != _RULE:
            if gap:
                return True
            seen = True
    return False


@Part
def _wrap_width(lines, n_lines, has_blank):
    """Return the columns at which the lines are wrapped; 0 when each line is a paragraph."""
    width, widest, n_texts = 0, 0, 0
    for i in range(n_lines):
        if _parts(lines, i):
            continue
        n_texts += 1
        widest = max(widest, lines[i, _WIDTH])
        if lines[i, _WIDTH] <= WIDEST_WRAP:
            width = max(width, lines[i, _WIDTH])
    if has_blank:
        return width
    soft, breaks = 0, 0
    for i in range(1, n_lines):
        if not _parts(lines, i - 1) and not _parts(lines, i):
            breaks += 1
            soft += np.int64(not _fits(lines, i, width))
    return width if n_texts >= FEWEST_WRAPPED and widest == width and soft >= SOFT_SHARE * breaks else 0


@Part
def _parts(lines, i):
    """Return whether line i is blank or a rule: it parts paragraphs and is no text."""
    return lines[i, _LOOK] == _BLANK or lines[i, _LOOK] == _RULE


@Part
def _fits(lines, i, width):
    """Return whether the first word of line i would have fitted on the line before it."""
    return lines[i - 1, _WIDTH] + 1 + lines[i, _FIRST] <= width


@Part
def _starts(lines, n_lines, i, width, has_blank, in_list):
    """Return whether line i starts a paragraph, although the line before it is no blank line."""
    before, here = lines[i - 1], lines[i]
    if width == 0 or before[_WIDTH] > WIDEST_WRAP or here[_WIDTH] > WIDEST_WRAP:
        return True
    if before[_LOOK] == _HEADING or here[_LOOK] == _HEADING or before[_LOOK] == _ROW or here[_LOOK] == _ROW:
        return True
    if here[_LOOK] == _ITEM:  # or a wrapped line that happens to begin with a dash or a year
        return in_list or _fits(lines, i, width)
    if in_list:
        return False
    if here[_INDENT] > before[_INDENT] and (i + 1 == n_lines or here[_INDENT] > lines[i + 1, _INDENT]):
        return True
    return not has_blank and (before[_WIDTH] < CLEARLY_SHORT * width or (before[_ENDS] == 1 and _fits(lines, i, width)))


@Part
def _scan_lines(text, start, end, lines):
    """Write the table of lines of text[start:end] and return their number."""
    n_lines, number, point, at = 0, 1, 0, start
    while at < end:
        first, last, first_point, last_point = -1, at, point, point
        column, width, indent = 0, 0, 0
        line_number = number
        while at < end:
            run = at
            while run < end and 32 <= text[run] <= 126:  # printable ASCII, nearly all there is, a run at a time
                run += 1
            if run > at:
                begin, stop = at, run
                while begin < run and text[begin] == 32:
                    begin += 1
                while stop > begin and text[stop - 1] == 32:
                    stop -= 1
                if begin < stop:
                    if first < 0:
                        first, first_point, indent = begin, point + begin - at, column + begin - at
                    width, last, last_point = column + stop - at, stop, point + stop - at
                column, point, at = column + run - at, point + run - at, run
                continue
            code, after = _decode(text, at)
            point += 1
            if code == 10 or code == 12 or code == 13 or code == 0x2028 or code == 0x2029:
                at = after
                if code == 13 and at < end and text[at] == 10:
                    at += 1
                    point += 1
                number += np.int64(code == 10 or code == 13)
                break
            if _is_space(code):
                column += _TAB_COLUMNS if code == 9 else 1
            else:
                if first < 0:
                    first, first_point, indent = at, point - 1, column
                column += 2 if code >= _WIDE else 1
                width, last, last_point = column, after, point
            at = after
        lines[n_lines, _START] = first
        lines[n_lines, _END] = last
        lines[n_lines, _START_POINT] = first_point
        lines[n_lines, _END_POINT] = last_point
        lines[n_lines, _NUMBER] = line_number
        lines[n_lines, _WIDTH] = width
        lines[n_lines, _FIRST] = _first_width(text, first, last)
        lines[n_lines, _INDENT] = indent
        lines[n_lines, _ENDS] = _ends_sentence(text, first, last)
        lines[n_lines, _LOOK] = _BLANK if first < 0 else (_RULE if _is_rule(text, first, last) else _look_of(text, first, last))
        n_lines += 1
    return n_lines


@Part
def _decode(text, at):
    """Return (code point, place behind it) of the UTF-8 sequence at a place."""
    code = np.int64(text[at])
    if code < 0x80:
        return code, at + 1
    size = 2 + np.int64(code >= 0xE0) + np.int64(code >= 0xF0)
    code &= 0x7F >> size
    for k in range(1, size):
        code = code << 6 | np.int64(text[at + k] & np.uint8(0x3F))
    return code, at + size


@Part
def _first_width(text, first, last):
    """Return the columns of the first word of text[first:last]; two where a line may break behind its first character."""
    width, at = 0, max(first, 0)
    while at < last:
        code, after = _decode(text, at)
        if code >= _WIDE and not _is_space(code):
            return max(width, 2)
        if _is_space(code):
            break
        width, at = width + 1, after
    return width


@Part
def _is_space(code):
    """Return whether a code point is white space at the edge of a paragraph: Unicode's White_Space, zero-width space and BOM."""
    if code < 0x80:
        return code == 32 or 9 <= code <= 13 or 28 <= code <= 31
    if code < 0x1680:
        return code == 0x85 or code == 0xA0
    return 0x2000 <= code <= 0x200B or code == 0x1680 or code == 0x202F or code == 0x205F or code == 0x3000 or code == 0xFEFF


@Part
def _is_rule(text, first, last):
    """Return whether text[first:last] is ASCII punctuation and white space alone."""
    at = first
    while at < last:
        code, at = _decode(text, at)
        punctuation = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
        if not punctuation and not _is_space(code):
            return False
    return True


@Part
def _ends_sentence(text, first, last):
    """Return whether text[first:last] ends with a full stop or its like, closing quotes and brackets aside."""
    at = last
    while at > first >= 0:
        at -= 1
        while at > first and text[at] & np.uint8(0xC0) == 0x80:
            at -= 1
        code = _decode(text, at)[0]
        if not (code == 0x22 or code == 0x27 or code == 0x29 or code == 0x5D or code == 0x2019 or code == 0x201D or code == 0xBB):
            return (
                code == 0x2E or code == 0x21 or code == 0x3F or code == 0x3A or code == 0x2026
                or code == 0x3002 or code == 0xFF01 or code == 0xFF1F or code == 0x0964 or code == 0x06D4 or code == 0x061F
            )  # fmt: skip
    return False


@Part
def _look_of(text, first, last):
    """Return what text[first:last], a line without its margins, looks like: an item, a heading, a table row or prose."""
    lead = text[first]
    if lead == 0x7C:  # |
        return _ROW
    at = first
    if lead == 0x23:  # #
        while at < last and text[at] == 0x23:
            at += 1
        return _HEADING if at < last and text[at] == 32 and at - first <= 6 else _PROSE
    for k in range(first, last):
        if text[k] == 9:
            return _ROW
    if lead == 0x2D or lead == 0x2A or lead == 0x2B:  # - * +
        at = first + 1
    elif lead == 0xC2 and text[first + 1] == 0xB7:  # middle dot
        at = first + 2
    elif lead == 0xE2 and last - first > 2:  # bullets (2022 2023 2043 25E6 25AA 25CF) and dashes (2013 2014)
        code = (np.int64(text[first + 1]) & 0x3F) << 6 | (np.int64(text[first + 2]) & 0x3F)
        for bullet in (0x022, 0x023, 0x043, 0x5E6, 0x5AA, 0x5CF, 0x013, 0x014):
            if code == bullet:
                at = first + 3
    else:
        while at < last and at - first < 3 and 48 <= text[at] <= 57:
            at += 1
        at = at + 1 if first < at < last and (text[at] == 0x2E or text[at] == 0x29) else first
    if not first < at < last:
        return _PROSE
    return _ITEM if text[at] == 32 or (text[at] == 0xC2 and text[at + 1] == 0xA0) else _PROSE  # a space, or a no-break space
