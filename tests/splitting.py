"""Three paragraphs, and what `split_paragraphs` makes of one document, as texts that a test can be read by."""

from __future__ import annotations

import textwrap

from shapes import as_column

from dedup.segment import split_paragraphs

FILLER = (
    "The harbour board met on Tuesday to hear why the northern pier, which was opened by the late mayor only nine years ago, "
    "has begun to sink into the mud at a rate of some four millimetres a month, and what it might cost to stop that."
)
OTHER = (
    "Engineers who had warned of soft ground before a single pile was driven sat at the back of the hall and said nothing, "
    "although one of them was seen to smile when the treasurer came to the question of the insurance."
)
THIRD = (
    "Nobody could say how long the repairs would take, and the ferry company has asked for its berth fees to be returned by autumn."
)


def split(text, mode="auto"):
    """Return the paragraphs of one document as (text, line)."""
    buffer, offsets = as_column([text])
    found = split_paragraphs(buffer, offsets, mode)
    return [(text[a:b], line) for a, b, line in zip(found.start_point, found.end_point, found.line, strict=True)]


def texts_of(text, mode="auto"):
    return [paragraph for paragraph, _ in split(text, mode)]


def wrap(text, width=72, **options):
    return textwrap.fill(text, width, **options)
