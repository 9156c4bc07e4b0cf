"""What of a passage goes: the whole sentences of the run, on the side whose copy does not stay.

A run of shared words seldom begins and ends with a sentence. A sentence goes when all of its words stand in runs; what of a run
reaches into other sentences stays. Where nothing of a paragraph would stay, it goes like any other, with the gap beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from dedup.corpus import Corpus
from dedup.ledger import Gone
from dedup.lifts import Lifted
from dedup.model import PASSAGE, Bytes, Flags, Ints
from dedup.passage import locate_words
from dedup.policy import Policy
from dedup.recut import cut_away
from dedup.sentences import find_sentences
from dedup.words import hash_words


class _Side(NamedTuple):
    """A run in a paragraph whose copy goes: the run's number, where it stands in bytes, and where the copy that stays does."""

    run: int
    start: int
    end: int
    kept: int
    kept_points: tuple[int, int]


class _Sentence(NamedTuple):
    """Where a sentence stands in bytes, without the white space behind it, and the run that holds it, None where it stays."""

    start: int
    end: int
    run: _Side | None


class _Row(NamedTuple):
    """Sentences in a row that go for one run: their paragraph, where the cut and what it says begin and end in bytes, the run."""

    paragraph: int
    cut_start: int
    start: int
    end: int
    cut_end: int
    run: _Side


def plan_excerpts(corpus: Corpus, lifted: Lifted, policy: Policy, rank: Ints, is_markdown: Flags) -> Gone | None:
    """Return the sentences that go, None for none. By document: rank, of which the lowest stays; is_markdown."""
    sides = _find_sides(corpus, lifted, policy, rank)
    found = {paragraph: _find_sentences(corpus, paragraph, sides[paragraph]) for paragraph in sorted(sides)}
    whole = [paragraph for paragraph, sentences in found.items() if all(sentence.run for sentence in sentences)]
    cuts = dict(zip(whole, cut_away(corpus, np.array(whole, np.int64), is_markdown).tolist(), strict=True))
    rows = [row for paragraph, sentences in found.items() for row in _cut_sentences(paragraph, sentences, cuts.get(paragraph))]
    if not rows:
        return None
    longer = np.maximum(np.diff(lifted.runs.a), np.diff(lifted.runs.b)).ravel()
    places = np.array([row[:5] for row in rows], np.int64)
    kept = np.array([row.run.kept for row in rows], np.int64)
    return Gone(
        paragraph=places[:, 0],
        start=places[:, 2],
        end=places[:, 3],
        cut_start=places[:, 1],
        cut_end=places[:, 4],
        kept=np.full(len(kept), -1) if policy.keep == "none" else kept,
        kept_points=np.array([row.run.kept_points for row in rows], np.int64),
        kinds=[PASSAGE] * len(rows),
        clusters=[None] * len(rows),
        is_within=corpus.document[places[:, 0]] == corpus.document[kept],
        similarity=(lifted.runs.shared / longer)[[row.run.run for row in rows]],
    )


def _find_sides(corpus: Corpus, lifted: Lifted, policy: Policy, rank: Ints) -> dict[int, list[_Side]]:
    """Return the runs whose copy goes by paragraph, the longest first."""
    paragraphs = lifted.paragraphs
    places = np.stack([_locate(corpus, paragraphs[:, side], words) for side, words in enumerate((lifted.runs.a, lifted.runs.b))], 1)
    words = -corpus.words[paragraphs] if policy.keep == "longest" else np.zeros_like(paragraphs)
    ordinal = -corpus.ordinal[paragraphs] if policy.keep == "last" else corpus.ordinal[paragraphs]
    worth = np.stack((words, rank[corpus.document[paragraphs]], ordinal), axis=2).tolist()
    sides = defaultdict[int, list[_Side]](list)
    for run, (of_a, of_b) in enumerate(worth):
        losers = (0, 1) if policy.keep == "none" else (int(of_a < of_b),)
        for loser in losers:
            points = _count_points(corpus, int(paragraphs[run, 1 - loser]), *places[run, 1 - loser].tolist())
            start, end = places[run, loser].tolist()
            side = _Side(run, start, end, int(paragraphs[run, 1 - loser]), points)
            sides[int(paragraphs[run, loser])].append(side)
    return sides


def _locate(corpus: Corpus, paragraphs: Ints, words: Ints) -> Ints:
    """Return where runs of words stand, in bytes of their batches: int64 (n, 2)."""
    places = np.empty((len(paragraphs), 2), np.int64)
    batches = np.searchsorted(corpus.batch_starts, paragraphs, "right") - 1
    for number in np.unique(batches).tolist():
        rows = np.flatnonzero(batches == number)
        starts, ends = corpus.start[paragraphs[rows]], corpus.end[paragraphs[rows]]
        places[rows] = locate_words(corpus.batches[number].text, starts, ends, words[rows])
    return places


def _cut_sentences(paragraph: int, sentences: list[_Sentence], whole: Sequence[int] | None) -> Iterator[_Row]:
    """Yield what goes of a paragraph, in parts by run. whole: what goes with all of it; None where some of it stays."""
    n_left = max((i + 1 for i, sentence in enumerate(sentences) if sentence.run is None), default=0)
    for run, group in groupby(range(len(sentences)), key=lambda i: sentences[i].run):
        first, *_, last = [*group] * 2
        start, end = sentences[first].start, sentences[last].end
        is_last = last + 1 == len(sentences)
        behind = end if is_last else sentences[last + 1].start
        if whole is not None:
            cut = (start if first else whole[0], whole[1] if is_last else behind)
        else:  # the white space goes that is not needed to part what stays
            cut = (sentences[first - 1].end, end) if first >= n_left else (start, behind)
        if run is not None:
            yield _Row(paragraph, cut[0], start, end, cut[1], run)


def _find_sentences(corpus: Corpus, paragraph: int, sides: list[_Side]) -> list[_Sentence]:
    batch = corpus.batches[int(np.searchsorted(corpus.batch_starts, paragraph, "right")) - 1]
    found = []
    for start, end in _split(batch.text, int(corpus.start[paragraph]), int(corpus.end[paragraph])):
        is_plain = bytes(batch.text[start:end]) == bytes(batch.shown[start:end])  # else there is markup in it
        run = next((side for side in sides if _covers(batch.text, start, end, side)), None) if is_plain else None
        found.append(_Sentence(start, end, run))
    return found


def _split(text: Bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Return where the sentences of a paragraph stand, in bytes, without the white space behind them."""
    paragraph = str(text[start:end].data, "utf-8")
    begins = find_sentences(paragraph)
    spans = []
    for begin, behind in zip(begins, [*begins[1:], len(paragraph)], strict=True):
        size = len(paragraph[begin:behind].rstrip().encode())
        spans.append((start, start + size))
        start += len(paragraph[begin:behind].encode())
    return spans


def _covers(text: Bytes, start: int, end: int, side: _Side) -> bool:
    """Return whether all words of a sentence stand in a run."""
    if not (side.start < end and side.end > start):
        return False
    outside = (text[start : side.start], text[side.end : end])
    return not any(len(hash_words(str(part.data, "utf-8"))) for part in outside)


def _count_points(corpus: Corpus, paragraph: int, start: int, end: int) -> tuple[int, int]:
    """Return bytes of a paragraph's batch as code points of its document."""
    batch = corpus.batches[int(np.searchsorted(corpus.batch_starts, paragraph, "right")) - 1]
    first, begins = int(corpus.start[paragraph]), int(corpus.start_point[paragraph])
    before, run = (str(batch.shown[a:b].data, "utf-8") for a, b in ((first, start), (start, end)))
    return begins + len(before), begins + len(before) + len(run.rstrip())
