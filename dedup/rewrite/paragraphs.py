"""A text that is a list of strings, without what goes of the text that they make together (see `dedup.read.paragraphs`)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, takewhile

from dedup.read.paragraphs import GAP
from dedup.rewrite.removals import Ranges, cut_text


def cut_paragraphs(paragraphs: Sequence[str | None], ranges: Ranges) -> list[str | None]:
    """Return a list of paragraphs without some ranges of their text. Raises ValueError for a range beyond its end.

    A paragraph of which no more than white space is left is taken out; the white space around what is left of one stays, and so do
    paragraphs that are no part of the text: null and blank ones.
    """
    kept: list[str | None] = []
    end, first = -len(GAP), 0
    for paragraph in paragraphs:
        said = paragraph.strip() if paragraph else ""
        if not paragraph or not said:
            kept.append(paragraph)
            continue
        start = end + len(GAP)
        end = start + len(said)
        while first < len(ranges) and ranges[first][1] <= start:
            first += 1
        here = takewhile(lambda cut, end=end: cut[0] < end, islice(ranges, first, None))  # type: ignore[misc]
        left = cut_text(said, [(max(a, start) - start, min(b, end) - start) for a, b in here])
        if left.strip():
            indent = len(paragraph) - len(paragraph.lstrip())
            kept.append(paragraph[:indent] + left + paragraph[indent + len(said) :])
    if ranges and ranges[-1][1] > max(end, 0):
        raise ValueError(f"a range ends at {ranges[-1][1]}, the text at {max(end, 0)}")
    return kept
