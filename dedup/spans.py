"""Passages as a report lists them: both sides as they stand in their documents, and what stands around them.

Leaves out: how runs are found and chosen (see `lifts`).
"""

from __future__ import annotations

import functools
import unicodedata
from typing import NamedTuple

import numpy as np

from dedup.arena import gather
from dedup.corpus import Corpus
from dedup.kernel import kernel
from dedup.lifts import Lifted, keep_lifts
from dedup.listing import MOST_KEPT, Listing, Tabled, cut_by_size, weigh_bytes
from dedup.model import DIGITS, Bytes, CheckedSpan, Context, Ints, Origin, Passage, Span
from dedup.passage import locate_words
from dedup.table import Choices, Column, Table, Texts
from dedup.words import hash_words

CONTEXT_CHARACTERS = 120
"""Of the words shown on either side of a run: a line or two."""
SIZE_OF_PASSAGE = 4
"""Members that take as much memory as a passage."""
MOST_BYTES = 4
"""Of a code point in UTF-8."""
ASCII = 128
ORIGINS: tuple[Origin, ...] = ("draft", "index")


class Located(NamedTuple):
    """Where n runs of words stand: start, end: int64 (n,), bytes into the texts of their paragraphs, `shown`.

    before, lines: int64 (n,), the code points and the line ends of the paragraph before the run; points: those of the run.
    """

    shown: Texts
    start: Ints
    end: Ints
    before: Ints
    lines: Ints
    points: Ints


def describe_lifts(corpus: Corpus, lifted: Lifted) -> tuple[Tabled[Passage], Listing[Context]]:
    """Return the passages with both sides as they stand in their documents, and what stands around these in their paragraphs."""
    n_bytes = (gather(corpus.end, lifted.paragraphs.ravel()) - gather(corpus.start, lifted.paragraphs.ravel())).reshape(-1, 2)

    def tabulate(first: int, last: int) -> Table:
        return _tabulate_lifts(corpus, keep_lifts(lifted, slice(first, last)))

    def describe_contexts(first: int, last: int) -> list[Context]:
        some = keep_lifts(lifted, slice(first, last))
        sides = ((some.paragraphs[:, 0], some.runs.a), (some.paragraphs[:, 1], some.runs.b))
        return list(map(Context, *(_list_contexts(locate_runs(corpus, *side)) for side in sides)))

    cuts = cut_by_size(weigh_bytes(n_bytes.sum(axis=1)))
    return Tabled(cuts, tabulate, keeps=SIZE_OF_PASSAGE * len(n_bytes) <= MOST_KEPT), Listing(cuts, describe_contexts)


def _tabulate_lifts(corpus: Corpus, lifted: Lifted) -> Table:
    runs, paragraphs = lifted.runs, lifted.paragraphs
    longer = np.maximum(runs.a[:, 1] - runs.a[:, 0], runs.b[:, 1] - runs.b[:, 0])
    shares = np.round(runs.shared[:, None] / corpus.words[paragraphs], DIGITS)
    columns: dict[str, Column] = {
        "words": runs.shared,
        "similarity": np.round(runs.shared / longer, DIGITS),
        "a": _tabulate_spans(corpus, paragraphs[:, 0], runs.a),
        "b": _tabulate_spans(corpus, paragraphs[:, 1], runs.b),
        "a_share": shares[:, 0],
        "b_share": shares[:, 1],
    }
    return Table(Passage, columns)


def locate_runs(corpus: Corpus, paragraphs: Ints, words: Ints) -> Located:
    """Return where runs of words stand in their paragraphs. paragraphs: int64 (n,); words: int64 (n, 2), as in `Runs`."""
    prose, shown = corpus.take_texts(paragraphs, prose=True), corpus.take_texts(paragraphs)
    places = locate_words(prose.data, prose.starts, prose.ends, words)
    counts = np.empty((len(paragraphs), 3), np.int64)
    _count_kernel(prose.data, prose.starts, shown.data, _plain_words(), places, counts)
    for row in np.flatnonzero(counts[:, 2] < 0).tolist():
        start, end = places[row].tolist()
        places[row, 1] = start + _find_length(prose.data[start:end].tobytes())
        counts[row, 2] = len(shown.data[start : places[row, 1]].tobytes().decode())
    return Located(shown, places[:, 0].copy(), places[:, 1].copy(), *counts.T.copy())


def _tabulate_spans(corpus: Corpus, paragraphs: Ints, words: Ints) -> Table:
    found, documents = locate_runs(corpus, paragraphs, words), gather(corpus.document, paragraphs)
    start = gather(corpus.start_point, paragraphs) + found.before
    columns: dict[str, Column] = {
        "document": corpus.names.take(documents),
        "paragraph": gather(corpus.ordinal, paragraphs),
        "start": start,
        "end": start + found.points,
        "line": gather(corpus.line, paragraphs) + found.lines,
        "text": Texts(found.shown.data, found.start, found.end),
    }
    if corpus.n_published is None:
        return Table(Span, columns)
    return Table(CheckedSpan, columns | {"origin": tell_origins(corpus, documents)})


def tell_origins(corpus: Corpus, documents: Ints) -> Choices:
    """Return where documents of a check come from. documents: int64 (n,)."""
    return Choices((documents < (corpus.n_published or 0)).astype(np.int64), ORIGINS)


def _list_contexts(found: Located) -> list[tuple[str, str]]:
    """Return the words before and behind each run."""
    data, contexts = found.shown.data.tobytes(), []
    bounds = (found.shown.starts, found.start, found.end, found.shown.ends)
    for first, start, end, last in zip(*(column.tolist() for column in bounds), strict=True):
        behind = data[end : min(last, end + MOST_BYTES * (CONTEXT_CHARACTERS + 1))].decode(errors="ignore")
        contexts.append(_cut_context(data[first:start].decode(), behind))
    return contexts


def _cut_context(before: str, behind: str) -> tuple[str, str]:
    if len(before) > CONTEXT_CHARACTERS:
        before = "… " + before[-CONTEXT_CHARACTERS:].split(" ", 1)[-1]
    if len(behind) > CONTEXT_CHARACTERS:
        behind = behind[:CONTEXT_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return before, behind


def _find_length(run: bytes) -> int:
    """Return where the last word of a run ends, in bytes."""
    text = run.decode()
    end = len(text)
    while end and not (unicodedata.category(text[end - 1])[0] == "M" or _is_word(text[end - 1])):
        end -= 1
    return len(text[:end].encode())


@functools.cache
def _is_word(character: str) -> bool:
    return len(hash_words(character)) > 0


@functools.cache
def _plain_words() -> Bytes:
    """Return which characters of ASCII stand in words: uint8 (128,)."""
    return np.array([_is_word(chr(point)) for point in range(ASCII)], np.uint8)


@kernel(microseconds=2)
def _count_kernel(prose, starts, shown, plain, places, counts):
    """Write for each run its (code points before it, lines before it, code points), and pull its end to that of its last word.

    The last count is -1 where the last character is not of ASCII; its end stays then.
    """
    for i in range(len(starts)):
        first, end, points, lines = places[i, 0], places[i, 1], 0, 0
        for at in range(starts[i], first):
            points += np.int64(shown[at] & 0xC0 != 0x80)
            is_pair = shown[at] == 0x0A and at > starts[i] and shown[at - 1] == 0x0D
            lines += np.int64(shown[at] == 0x0D or (shown[at] == 0x0A and not is_pair))
        while end > first and prose[end - 1] < ASCII and plain[prose[end - 1]] == 0:
            end -= 1
        counts[i, 0], counts[i, 1], counts[i, 2] = points, lines, -1
        if end == first or prose[end - 1] < ASCII:
            places[i, 1], points = end, 0
            for at in range(first, end):
                points += np.int64(shown[at] & 0xC0 != 0x80)
            counts[i, 2] = points
