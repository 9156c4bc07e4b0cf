"""Why two paragraphs are a pair or not, in figures: what `explain` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dedup.model import JsonObject, Passage, Span

Reason = Literal["same words", "alike", "compared whole", "unlike"]


@dataclass(frozen=True, slots=True)
class Side(Span):
    """One of the two paragraphs. words, shingles (distinct): its own; paragraphs: those of its document."""

    words: int
    shingles: int
    paragraphs: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a and b are the most alike of several: how many pairs of paragraphs were compared, and how many of them are pairs."""

    compared: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """Exact Jaccard; containments, the share of each one's shingles that the other has; the Jaccard that signatures estimate."""

    jaccard: float
    a_containment: float
    b_containment: float
    estimate: float


@dataclass(frozen=True, slots=True)
class Shingles:
    """How many shingles both have, or one alone, and the words of the first few."""

    shared: int
    a_only: int
    b_only: int
    shared_examples: tuple[str, ...]
    a_examples: tuple[str, ...]
    b_examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BandsSeen:
    """agreeing: numbers, from 0, of the bands on which the signatures agree; any one makes the two a candidate.

    minima: how many minima are equal, of bands * rows; chance: that two texts of this similarity agree on some band.
    """

    bands: int
    rows: int
    minima: int
    agreeing: tuple[int, ...]
    chance: float


@dataclass(frozen=True, slots=True)
class Width:
    """The similarity at another setting, and whether that makes a pair at the same threshold."""

    shingle: int
    min_words: int
    jaccard: float
    is_pair: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the word diff: what stands in a and in b; `same` when the words are equal but for case and accents."""

    same: bool
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two paragraphs are a pair or not.

    is_pair: whether their Jaccard reaches the threshold, or their words are the same. is_found: whether `audit` sees that, for the
    bands may miss a pair. reason: "same words"; "alike"; "compared whole", no pair, since one is shorter than min_words and the
    words are not the same; "unlike". same_but_figures: the words are the same once figures and dates are masked: lines that
    differ like that are tied where they stand as furniture, which two texts alone cannot tell. choice: None where a and b were
    named by their lines, or are all that there is. pair_up_to: the highest threshold, in hundredths, at which they are a pair,
    None where there is none; dropped_from: the lowest at which they are not. widths: at other shingles; unshortened: where one is
    compared whole, the same with min_words low enough for both. passages: runs of words that both have, longest first; a report
    has them as passages only where the paragraphs are not in one cluster.
    """

    settings: JsonObject
    is_pair: bool
    is_found: bool
    reason: Reason
    same_but_figures: bool
    a: Side
    b: Side
    choice: Choice | None
    similarity: Likeness
    shingles: Shingles
    bands: BandsSeen
    pair_up_to: float | None
    dropped_from: float | None
    widths: tuple[Width, ...]
    unshortened: Width | None
    diff: tuple[Stretch, ...]
    passages: tuple[Passage, ...]

    def to_json(self) -> str:
        """Return the explanation as JSON, schema "dedup-explanation/1": these names, after `schema` and `tool`."""
        from dedup.report.as_explanation import render_explanation  # noqa: PLC0415  it imports this module

        return render_explanation(self)
