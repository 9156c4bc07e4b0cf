"""What goes into an index and comes out of it: rows by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.model import Words64


class Keys(NamedTuple):
    """What n texts are found by: bands, uint64 (bands, n); fingerprints, uint64 (m,), and owners, int (m,), whose each is."""

    bands: Words64
    fingerprints: Words64
    owners: NDArray[np.integer[Any]]


MakeKeys = Callable[[list[str]], Keys]
"""Gives what paragraphs are found by."""


class StoredParagraph(NamedTuple):
    """A paragraph to keep. high, low: the halves of its digest, and its mask, as signed integers; start: in code points.

    role: what the document's format says of it (see `model.Blocks`); body: as it stands; prose: as it is compared.
    """

    high: int
    low: int
    mask: int | None
    words: int
    start: int
    line: int
    role: int
    body: str
    prose: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document to keep; hash: 16 bytes, of all that its paragraphs hang on."""

    name: str
    source: str
    date: str | None
    hash: bytes
    paragraphs: list[StoredParagraph]

    @property
    def words(self) -> int:
        """Return the number of its words."""
        return sum(paragraph.words for paragraph in self.paragraphs)


class Text(NamedTuple):
    """A distinct text of the index: the numbers of its digest and mask, and its words as they are compared in one paragraph."""

    id: int
    high: int
    low: int
    mask: int | None
    words: int
    body: str


class Copy(NamedTuple):
    """A paragraph of the index that holds a text, as it stands, and with what is no prose of it blanked out."""

    document: int
    ordinal: int
    text: int
    start: int
    line: int
    role: int
    body: str
    prose: str


class Published(NamedTuple):
    """A document of the index."""

    id: int
    name: str
    date: str | None
    paragraphs: int
    words: int
    source: str


def choose_wording(body: str, prose: str, usual: str) -> tuple[str | None, str | None]:
    """Return what is kept of a paragraph's wording: its body where its text's usual one is another, its prose where its body is."""
    return None if body == usual else body, None if prose == body else prose


class Changes(NamedTuple):
    """What a write did: numbers of documents."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
