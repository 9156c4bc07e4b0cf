"""Paragraphs that a row tells by itself: a text that is a list of strings holds one in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedup.model import PROSE
from dedup.read.batches import Cuts
from dedup.segment import split_paragraphs

GAP = b"\n\n"


def join_paragraphs(paragraphs: Sequence[str | None]) -> tuple[bytes, Cuts]:
    """Return (one text with blank lines between paragraphs, where each stands); white space at their ends, and empty ones, go."""
    kept = [paragraph.strip().encode() for paragraph in paragraphs if paragraph and not paragraph.isspace()]
    sizes = np.array([len(paragraph) for paragraph in kept], np.int64)
    end = np.cumsum(sizes + len(GAP)) - len(GAP)
    return GAP.join(kept), Cuts(end - sizes, end, np.full(len(kept), PROSE, np.uint8))


def split_text(text: bytes, split: str) -> tuple[bytes, Cuts]:
    """Return (a plain text as it is, its paragraphs), so that it can stand in a batch beside texts that tell theirs."""
    found = split_paragraphs(np.frombuffer(text, np.uint8), np.array([0, len(text)]), split)
    return text, Cuts(found.start, found.end, np.full(len(found.start), PROSE, np.uint8))
