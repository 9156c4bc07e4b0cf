"""Paragraphs out of a text: which white space goes with them, so that what stays reads as if they had never been there.

A paragraph of plain text goes with its lines (the mark before a quotation, the row of equals signs under a heading included) and
with the lighter one of the two gaps beside it; the gap with more line breaks, or with the end of a page, stays and parts what
stays. Of paragraphs in a row the heaviest of their gaps stays, the first of several. At an end of the text its own white space
stays; a text of which no letter would stay goes as a whole.

Both gaps stay where one of them, a mere line break, would not part what stood around them: in a text with blank lines, before a
line that would go on from the one that comes to stand above it. In Markdown a row of dashes under a heading goes with it, and a
rule that would begin the text, and be taken for front matter, keeps the gap above it.
Leaves out: what else stands between paragraphs (rules, page numbers, code), which stays and is part of no gap.
"""

from __future__ import annotations

import numpy as np

from dedup.kernel import Part, kernel
from dedup.linetable import HEADING, PROSE, WIDEST_WRAP, decode, is_space, look_of
from dedup.model import Bytes, Flags, Ints

_PAGE_END = 1000
"""A form feed weighs more than any number of blank lines that people write."""

# Of each paragraph that goes: its own bytes, where the gap before it begins and the one behind it ends, and what both weigh.
_FIRST, _LAST, _BEFORE, _BEHIND, _WEIGHT_BEFORE, _WEIGHT_BEHIND = range(6)


def cut_paragraphs(
    text: Bytes,
    offsets: Ints,
    document: Ints,
    start: Ints,
    end: Ints,
    gone: Ints,
    *,
    in_lines: bool = True,
    is_markdown: Flags | None = None,
) -> Ints:
    """Return the bytes that go with each of some paragraphs: int64 (n_gone, 2), half-open, rising and apart.

    text: uint8, as it stands in the documents text[offsets[i]:offsets[i + 1]]; document, start, end: int64 (n,), of all their
    paragraphs in reading order; gone: int64, rising, which of them go; in_lines: whether each has its lines to itself, as in plain
    text; is_markdown: bool, by document, False for all when it is left out. Time O(bytes of what goes and of the gaps), and of
    the texts in which a line would come to stand right below another.
    """
    document, start, end = (np.asarray(column, np.int64) for column in (document, start, end))
    cuts = np.empty((len(gone), 2), np.int64)
    table = np.empty((len(gone), 6), np.int64)
    marks = np.zeros(len(offsets) - 1, np.int64) if is_markdown is None else is_markdown.astype(np.int64)
    _cut_kernel(gone, text, offsets, document, start, end, np.int64(in_lines), marks, table, cuts)
    return cuts


@kernel(microseconds=20)
def _cut_kernel(gone, text, offsets, document, start, end, in_lines, is_markdown, table, cuts):
    for i in range(len(gone)):
        _measure(text, offsets, document, start, end, gone[i], in_lines, is_markdown[document[gone[i]]], table[i])
    first, seen, has_blank = 0, -1, False
    while first < len(gone):
        last = first
        while last + 1 < len(gone) and _follows(document, gone, table, last):
            last += 1
        home = document[gone[first]]
        floor, ceiling = offsets[home], offsets[home + 1]
        above, below = table[first, _BEFORE], table[last, _BEHIND]
        keeps_both = False
        if in_lines and below < ceiling and above > floor and _weigh_most(table, first, last) == 1:
            if seen != home:
                seen, has_blank = home, _has_blank(text, floor, ceiling)
            keeps_both = has_blank and _goes_on(text, floor, above, below, ceiling, is_markdown[home])
        elif in_lines and is_markdown[home] and below < ceiling and table[first, _FIRST] == floor:
            keeps_both = table[last, _WEIGHT_BEHIND] > 0 and _begins_front_matter(text, below, ceiling)
        if keeps_both:
            _cut_between(table, first, last, cuts)
        else:
            _cut_run(floor, ceiling, table, first, last, cuts)
        first = last + 1


@Part
def _measure(text, offsets, document, start, end, paragraph, in_lines, is_markdown, row):
    """Write what is known of a paragraph by itself to its row of the table."""
    floor, ceiling = offsets[document[paragraph]], offsets[document[paragraph] + 1]
    low, high = floor, ceiling
    if paragraph > 0 and document[paragraph - 1] == document[paragraph]:
        low = end[paragraph - 1]
    if paragraph + 1 < len(start) and document[paragraph + 1] == document[paragraph]:
        high = start[paragraph + 1]
    first, last = start[paragraph], end[paragraph]
    if in_lines:
        first, last = _find_line_start(text, first, low, floor), _find_line_end(text, last, high, ceiling)
        last = _skip_underline(text, first, last, high, is_markdown)
    weight, at = 0, first
    while at > floor:
        before = _step_back(text, at)
        code, _ = decode(text, before)
        if not (is_space(code) or _breaks(code)):
            break
        weight += _weigh(text, code, at)
        at = before
    row[_FIRST], row[_LAST], row[_BEFORE], row[_WEIGHT_BEFORE] = first, last, at, weight
    weight, at, behind = 0, last, last
    while at < ceiling:
        code, after = decode(text, at)
        if not (is_space(code) or _breaks(code)):
            break
        found = _weigh(text, code, after)
        weight += found
        at = after
        if found or code == 13:
            behind = at
    row[_BEHIND], row[_WEIGHT_BEHIND] = ceiling if at >= ceiling else behind, weight


@Part
def _follows(document, gone, table, i):
    """Return whether the paragraph that goes next stands right behind, with nothing but white space between."""
    return (
        gone[i + 1] == gone[i] + 1
        and document[gone[i + 1]] == document[gone[i]]
        and table[i + 1, _BEFORE] <= table[i, _LAST]
    )  # fmt: skip


@Part
def _cut_run(floor, ceiling, table, first, last, cuts):
    """Write the cuts of paragraphs in a row: gap i stands before paragraph i, gap last + 1 behind the last; one of them stays."""
    is_first, is_last = table[first, _BEFORE] <= floor, table[last, _BEHIND] >= ceiling
    stays, weight = first, table[first, _WEIGHT_BEFORE]
    for i in range(first, last + 1):
        if table[i, _WEIGHT_BEHIND] > weight:
            stays, weight = i + 1, table[i, _WEIGHT_BEHIND]
    if is_last:
        stays = last + 1
    elif is_first:
        stays = first
    for i in range(first, last + 1):
        if i < stays:
            cuts[i, 0], cuts[i, 1] = table[i, _BEFORE] if i == first else table[i - 1, _LAST], table[i, _LAST]
        else:
            cuts[i, 0], cuts[i, 1] = table[i, _FIRST], table[i, _BEHIND]
    if is_first and is_last:
        cuts[first, 0], cuts[last, 1] = floor, ceiling


@Part
def _find_line_start(text, at, low, floor):
    """Return where the line begins that `at` lies on; `at` itself when a paragraph that ends at `low` lies on it too."""
    begin = at
    while begin > low:
        before = _step_back(text, begin)
        code, _ = decode(text, before)
        if _breaks(code):
            return begin
        begin = before
    return begin if low == floor else at


@Part
def _find_line_end(text, at, high, ceiling):
    """Return where the line ends that `at` lies on, without its break; `at` itself when a paragraph at `high` lies on it too."""
    end = at
    while end < high:
        code, after = decode(text, end)
        if _breaks(code):
            return end
        end = after
    return end if high == ceiling else at


@Part
def _skip_underline(text, first, at, high, is_markdown):
    """Return where the row of equals signs right below a line ends; `at`, the end of the line, when there is none.

    first: where the paragraph begins. In Markdown it may be dashes too, but not below a list, a quotation, a heading or a table.
    """
    below = at
    if below < high and text[below] == 13:
        below += 1
    if below < high and text[below] == 10:
        below += 1
    lead = first
    while lead < at and text[lead] == 32:
        lead += 1
    is_text = lead < at and text[lead] != 0x3E and look_of(text, lead, at) == PROSE
    end = below
    while end < high and text[end] == 32:
        end += 1
    n_signs = 0
    if is_markdown and is_text:
        while end < high and text[end] == 0x2D:
            n_signs, end = n_signs + 1, end + 1
    if n_signs == 0:
        while end < high and (text[end] == 0x3D or text[end] == 32):
            n_signs, end = n_signs + np.int64(text[end] == 0x3D), end + 1
    while end < high and text[end] == 32:
        end += 1
    is_line = end >= high
    if not is_line:
        code, _ = decode(text, end)
        is_line = _breaks(code)
    return end if below > at and n_signs > 0 and is_line else at


@Part
def _weigh_most(table, first, last):
    """Return what the heaviest gap of paragraphs in a row weighs; 0 when one of those at their ends has no line break."""
    most = table[first, _WEIGHT_BEFORE]
    for i in range(first, last + 1):
        most = max(most, table[i, _WEIGHT_BEHIND])
    return most if table[first, _WEIGHT_BEFORE] > 0 and table[last, _WEIGHT_BEHIND] > 0 else 0


@Part
def _has_blank(text, floor, ceiling):
    """Return whether a blank line stands between two lines of a page of a text."""
    at, n_breaks, seen = floor, 0, False
    while at < ceiling:
        code, after = decode(text, at)
        if code == 12:
            n_breaks, seen = 0, False
        elif is_space(code) or _breaks(code):
            n_breaks += _weigh(text, code, after)
        elif seen and n_breaks > 1:
            return True
        else:
            seen, n_breaks = True, 0
        at = after
    return False


@Part
def _goes_on(text, floor, above, below, ceiling, is_markdown):
    """Return whether the line that begins at `below` would be taken for more of the one that ends at `above`."""
    lead, at, n_above, n_below = above, above, 0, 0
    while at > floor:
        before = _step_back(text, at)
        code, _ = decode(text, before)
        if _breaks(code):
            break
        lead = lead if is_space(code) else before
        at, n_above = before, n_above + 1
    first, last, at, n_points = -1, below, below, 0
    while at < ceiling:
        code, after = decode(text, at)
        if _breaks(code):
            break
        n_points += 1
        if not is_space(code):
            first, last, n_below = at if first < 0 else first, after, n_points
        at = after
    if first < 0 or look_of(text, first, last) != PROSE:
        return False
    look = look_of(text, lead, above)
    return look != HEADING if is_markdown else look < HEADING and max(n_above, n_below) <= WIDEST_WRAP


@Part
def _begins_front_matter(text, at, ceiling):
    """Return whether front matter would begin with the line at a place, if it were the first of its text."""
    if at + 3 > ceiling:
        return False
    sign = text[at]
    return (sign == 0x2D or sign == 0x2B) and text[at + 1] == sign and text[at + 2] == sign


@Part
def _cut_between(table, first, last, cuts):
    """Write the cuts of paragraphs in a row of which both the gap before them and the one behind them stay."""
    for i in range(first, last + 1):
        cuts[i, 0], cuts[i, 1] = table[i, _FIRST] if i == first else table[i - 1, _LAST], table[i, _LAST]


@Part
def _step_back(text, at):
    """Return where the code point before `at` begins."""
    at -= 1
    while text[at] & 0xC0 == 0x80:
        at -= 1
    return at


@Part
def _breaks(code):
    return code == 10 or code == 12 or code == 13 or code == 0x2028 or code == 0x2029


@Part
def _weigh(text, code, after):
    """Return what a character of white space weighs, before `after`: a line break 1, both halves of one together."""
    if code == 12:
        return _PAGE_END
    is_half = code == 13 and after < len(text) and text[after] == 10
    return np.int64(_breaks(code) and not is_half)
