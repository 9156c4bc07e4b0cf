"""The table of lines of a document: where each lies, how wide it is and what it looks like by itself.

A line ends at a line feed, a carriage return or both, a form feed, U+2028 or U+2029; its margins are left out.
Leaves out: vertical tab and U+0085, which are white space here as in most editors.
"""

from __future__ import annotations

import numpy as np

from dedup.kernel import Part
from dedup.letters import find_unprintable

N_COLUMNS = 11
START, END, START_POINT, END_POINT, NUMBER, WIDTH, FIRST, INDENT, ENDS, FEED, LOOK = range(N_COLUMNS)
"""Columns of the table: bytes, code points, line number; columns to the last sign, of the first word, before the first sign;
whether the line ends a sentence, and with a form feed; its look."""
PROSE, ITEM, HEADING, ROW, RUNNING, BLANK, RULE, PAGE = range(8)
"""Looks: the last three are no text, the three before them keep to themselves. RUNNING and PAGE show on the whole (`segment`)."""

WIDEST_WRAP = 120
"""Columns. Mail wraps at 72, terminals at 80, wide plain-text exports at 100 to 120; unwrapped paragraphs go far beyond."""
_TAB_COLUMNS = 4
_WIDE = 0x2E80  # from here on (CJK) a character takes two columns, and a line may break before any of them


@Part
def scan_lines(text, start, end, lines):
    """Write the table of lines of text[start:end] and return their number."""
    n_lines, number, point, at = 0, 1, 0, start
    while at < end:
        first, last, first_point, last_point = -1, at, point, point
        column, width, indent, feed = 0, 0, 0, 0
        line_number, tab, last_tab = number, -1, -1
        while at < end:
            run = np.int64(find_unprintable(text, np.uint64(at), np.uint64(end)))
            if run > at:  # printable ASCII, nearly all there is, a run at a time
                begin, stop = at, run
                while begin < run and text[begin] == 32:
                    begin += 1
                while stop > begin and text[stop - 1] == 32:
                    stop -= 1
                if begin < stop:
                    if first < 0:
                        first, first_point, indent = begin, point + begin - at, column + begin - at
                    width, last, last_point, tab = column + stop - at, stop, point + stop - at, last_tab
                column, point, at = column + run - at, point + run - at, run
                continue
            code, after = decode(text, at)
            point += 1
            if code == 10 or code == 12 or code == 13 or code == 0x2028 or code == 0x2029:
                at = after
                if code == 13 and at < end and text[at] == 10:
                    at += 1
                    point += 1
                number += np.int64(code == 10 or code == 13)
                feed = np.int64(code == 12)
                break
            if is_space(code):
                column += _TAB_COLUMNS if code == 9 else 1
                last_tab = at if code == 9 else last_tab
            else:
                if first < 0:
                    first, first_point, indent = at, point - 1, column
                column += 2 if code >= _WIDE else 1
                width, last, last_point, tab = column, after, point, last_tab
            at = after
        lines[n_lines, START] = first
        lines[n_lines, END] = last
        lines[n_lines, START_POINT] = first_point
        lines[n_lines, END_POINT] = last_point
        lines[n_lines, NUMBER] = line_number
        lines[n_lines, WIDTH] = width
        lines[n_lines, FIRST] = _first_width(text, first, last)
        lines[n_lines, INDENT] = indent
        lines[n_lines, ENDS] = _ends_sentence(text, first, last)
        lines[n_lines, FEED] = feed
        lines[n_lines, LOOK] = BLANK if first < 0 else (RULE if is_rule(text, first, last) else _look(text, first, last, tab))
        n_lines += 1
    return n_lines


@Part
def decode(text, at):
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
        code, after = decode(text, at)
        if code >= _WIDE and not is_space(code):
            return max(width, 2)
        if is_space(code):
            break
        width, at = width + 1, after
    return width


@Part
def is_space(code):
    """Return whether a code point is white space at the edge of a paragraph: Unicode's White_Space, zero-width space and BOM."""
    if code < 0x80:
        return code == 32 or 9 <= code <= 13 or 28 <= code <= 31
    if code < 0x1680:
        return code == 0x85 or code == 0xA0
    return 0x2000 <= code <= 0x200B or code == 0x1680 or code == 0x202F or code == 0x205F or code == 0x3000 or code == 0xFEFF


@Part
def is_rule(text, first, last):
    """Return whether text[first:last] is ASCII punctuation and white space alone."""
    at = first
    while at < last:
        code, at = decode(text, at)
        punctuation = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
        if not punctuation and not is_space(code):
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
        code = decode(text, at)[0]
        if not (code == 0x22 or code == 0x27 or code == 0x29 or code == 0x5D or code == 0x2019 or code == 0x201D or code == 0xBB):
            return (
                code == 0x2E or code == 0x21 or code == 0x3F or code == 0x3A or code == 0x2026
                or code == 0x3002 or code == 0xFF01 or code == 0xFF1F or code == 0x0964 or code == 0x06D4 or code == 0x061F
            )  # fmt: skip
    return False


@Part
def look_of(text, first, last):
    """Return what text[first:last], a line without its margins, looks like: an item, a heading, a table row or prose."""
    tab = last - 1
    while tab > first and text[tab] != 9:
        tab -= 1
    return _look(text, first, last, tab)


@Part
def _look(text, first, last, tab):
    """Return what a line looks like; tab: the place of the last tab in it, none where that lies before it."""
    lead = text[first]
    if lead == 0x7C:  # |
        return ROW
    at = first
    if lead == 0x23:  # #
        while at < last and text[at] == 0x23:
            at += 1
        return HEADING if at < last and text[at] == 32 and at - first <= 6 else PROSE
    if tab > first:
        return ROW
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
        return PROSE
    return ITEM if text[at] == 32 or (text[at] == 0xC2 and text[at + 1] == 0xA0) else PROSE  # a space, or a no-break space
