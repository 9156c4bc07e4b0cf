"""The account of what was taken out: each paragraph with its place in the document as it was, and the copy that is kept for it.

A clean takes out what it finds, and looks again at what is left, until nothing is found: to take out a line changes what stands
beside others, and with it their kind. So a copy that was kept at first may go later; what went for its sake is then booked to the
copy that is kept for it in turn, and under its kind.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dedup.corpus import Corpus
from dedup.model import DIGITS, Flags, Floats, Ints, Place, Removed, Scope, Sets
from dedup.pipeline import shingle_texts
from dedup.plan import explain_choice
from dedup.policy import Policy
from dedup.recut import Range, Trace
from dedup.settings import Settings
from dedup.verify import compare_sets, sort_sets
from dedup.words import hash_words

_Kept = tuple[int, int, str]
"""A copy that is kept: the number of its document, where it starts there, its text."""


class Gone(NamedTuple):
    """What goes in one pass: n paragraphs or parts of such, in reading order.

    paragraph: int64 (n,); start, end, cut_start, cut_end: int64 (n,), bytes into the text of its batch, without and with the white
    space that goes along. kept: int64 (n,), the paragraph that stays, -1 for none; kept_points: int64 (n, 2), what of it is the
    copy, in code points of its document. kinds, clusters, is_within, similarity: as in `Removed`.
    """

    paragraph: Ints
    start: Ints
    end: Ints
    cut_start: Ints
    cut_end: Ints
    kept: Ints
    kept_points: Ints
    kinds: Sequence[str]
    clusters: Sequence[str | None]
    is_within: Flags
    similarity: Floats


class Origin(NamedTuple):
    """The documents as they were read, and their paragraphs.

    names, dates, files, numbers: of each document, its file's name and its number there. firsts: (n_documents + 1,), the first
    paragraph of each; start_point, line: of each paragraph, as in `Corpus`. All three are views, whose items are read one by one.
    """

    names: list[str]
    dates: list[str | None]
    files: list[str]
    numbers: list[int]
    firsts: memoryview
    start_point: memoryview
    line: memoryview

    def find_paragraph(self, document: int, start: int) -> tuple[int, int]:
        """Return the paragraph in which a place of a document lies, or before which it lies, and its number in the document."""
        first, last = self.firsts[document], self.firsts[document + 1]
        at = max(first, bisect_right(self.start_point, start, first, last) - 1)
        return at, at - first


class _Text(NamedTuple):
    """What goes of a paragraph, the white space around that goes with it, and what of the paragraph leads to it."""

    lead: str
    before: str
    text: str
    after: str


class Ledger:
    """Books what goes, pass by pass. trace: where the texts of documents stood at first."""

    def __init__(self, origin: Origin, policy: Policy, settings: Settings) -> None:
        self.trace = Trace()
        self._origin, self._policy, self._settings = origin, policy, settings
        self._removed: list[Removed] = []
        self._documents: list[int] = []
        self._kept: list[_Kept | None] = []

    def book(self, corpus: Corpus, documents: Ints, gone: Gone) -> None:
        """Book what goes in a pass. documents: int64, which of the first corpus each document of this one is."""
        texts = _read_texts(corpus, gone)
        kept_texts = _read_kept(corpus, gone)
        columns = (
            documents[corpus.document[gone.paragraph]].tolist(),
            corpus.start_point[gone.paragraph].tolist(),
            np.where(gone.kept < 0, -1, documents[corpus.document[gone.kept]]).tolist(),
            gone.kept.tolist(),
            gone.kept_points.tolist(),
        )
        is_whole = (gone.start == corpus.start[gone.paragraph]) & (gone.end == corpus.end[gone.paragraph])
        words = np.where(is_whole, corpus.words[gone.paragraph], -1).tolist()
        said = (gone.kinds, gone.clusters, gone.is_within.tolist(), np.round(gone.similarity, DIGITS).tolist(), words)
        fresh, places = [], dict[tuple[int, int, int], Place]()
        for text, (document, point, kept_document, kept, points), about in zip(
            texts, zip(*columns, strict=True), zip(*said, strict=True), strict=True
        ):
            place, key = None, None
            if kept >= 0:
                where = (kept_document, *points)
                place = places.get(where) or places.setdefault(where, self._place(*where))
                key = (kept_document, place.start, kept_texts[kept])
            start = point + len(text.lead)
            fresh.append((document, start - len(text.before), start + len(text.text) + len(text.after)))
            for entry in self._describe(fresh[-1], text, about, place, key):
                self._removed.append(entry)
                self._documents.append(document)
                self._kept.append(key)
        self.trace.add(fresh)

    def close(self) -> list[Removed]:
        """Return all entries by document and place, each with the copy that was kept in the end."""
        order = sorted(range(len(self._removed)), key=lambda i: (self._documents[i], self._removed[i].start))
        starts = [(self._documents[i], self._removed[i].start) for i in order]
        entries = []
        for i in order:
            last = i
            while (kept := self._kept[last]) and (heir := self._find_heir(kept, order, starts)) is not None:
                last = heir
            one = self._removed[i]
            entries.append(one if last == i else self._rebook(one, self._documents[i], self._removed[last], self._kept[last]))
        return entries

    def _find_heir(self, kept: _Kept, order: Sequence[int], starts: Sequence[tuple[int, int]]) -> int | None:
        """Return the entry by which a copy that was kept went in the end, None for one that is still there."""
        at = bisect_right(starts, kept[:2]) - 1
        if at < 0 or starts[at][0] != kept[0] or self._removed[order[at]].end <= kept[1]:
            return None
        return order[at]

    def _describe(
        self,
        cut: tuple[int, int, int],
        text: _Text,
        about: tuple[str, str | None, bool, float, int],
        kept: Place | None,
        key: _Kept | None,
    ) -> Sequence[Removed]:
        """Return the entries for a range of a document's present text: one, or more where other lines stood in it at first."""
        kind, cluster, is_within, similarity, words = about
        pieces = self.trace.locate(*cut)
        start, end = pieces[0][0] + len(text.before), pieces[-1][1] - len(text.after)
        document = cut[0]
        at, ordinal = self._origin.find_paragraph(document, start)
        entry = Removed(
            document=self._origin.names[document],
            file=self._origin.files[document],
            row=self._origin.numbers[document],
            paragraph=ordinal,
            start=start,
            end=end,
            line=self._origin.line[at] + text.lead.count("\n"),
            words=len(hash_words(text.text)) if words < 0 else words,
            kind=kind,
            scope="within" if is_within else "across",
            cluster=cluster,
            similarity=similarity,
            kept=kept,
            why=self._explain(kept, key, is_within, kind),
            before=text.before,
            text=text.text,
            after=text.after,
        )
        return [entry] if len(pieces) == 1 else self._part(entry, document, pieces, text.before + text.text + text.after)

    def _part(self, removed: Removed, document: int, pieces: Sequence[Range], text: str) -> list[Removed]:
        """Return an entry in pieces, where other lines stood between its own when the document was read."""
        entries, at = [], 0
        for start, end in pieces:
            piece = text[at : at + end - start]
            place = self._place(document, start, end)
            at += end - start
            entries.append(
                replace(
                    removed,
                    paragraph=place.paragraph,
                    start=start,
                    end=end,
                    line=place.line,
                    words=len(hash_words(piece)),
                    before="",
                    text=piece,
                    after="",
                )
            )
        return entries

    def _place(self, document: int, start: int, end: int) -> Place:
        """Return where a range of a document's present text stood at first."""
        pieces = self.trace.locate(document, start, end)
        at, ordinal = self._origin.find_paragraph(document, pieces[0][0])
        return Place(self._origin.names[document], ordinal, pieces[0][0], pieces[-1][1], self._origin.line[at])

    def _rebook(self, removed: Removed, document: int, heir: Removed, key: _Kept | None) -> Removed:
        """Return an entry for whose copy `heir` went later, and the copy kept for that."""
        if heir.kept is None or key is None:
            return replace(removed, kind=heir.kind, scope=heir.scope, kept=None, why=heir.why)
        shingled = shingle_texts([removed.text, key[2]], self._settings)
        sets = Sets(shingled.shingles, shingled.offsets[:-1], shingled.offsets[1:])
        sort_sets(sets, np.arange(2))
        similarity = round(float(compare_sets(sets, np.array([[0, 1]]))[0]), DIGITS)
        is_within = document == key[0]
        why = self._explain(heir.kept, key, is_within, heir.kind)
        scope: Scope = "within" if is_within else "across"
        return replace(removed, kind=heir.kind, scope=scope, kept=heir.kept, similarity=similarity, why=why)

    def _explain(self, kept: Place | None, key: _Kept | None, is_within: bool, kind: str) -> str:
        if kept is None or key is None:
            return "kept nowhere: furniture of the site" if kind == "furniture" else "kept nowhere, as asked"
        words = len(hash_words(key[2])) if self._policy.keep == "longest" else 0
        return (
            f"kept {kept.document} ¶{kept.paragraph} ({explain_choice(self._policy, is_within, self._origin.dates[key[0]], words)})"
        )


def _read_kept(corpus: Corpus, gone: Gone) -> dict[int, str]:
    paragraphs = np.unique(gone.kept[gone.kept >= 0])
    return dict(zip(paragraphs.tolist(), corpus.texts_of(paragraphs), strict=True))


def _read_texts(corpus: Corpus, gone: Gone) -> Iterator[_Text]:
    batches = np.searchsorted(corpus.batch_starts, gone.paragraph, "right") - 1
    views = [corpus.batches[i].shown.data for i in batches.tolist()]

    def read(start: Ints, end: Ints) -> list[str]:
        places = zip(views, start.tolist(), end.tolist(), strict=True)
        return [str(view[a:b], "utf-8") if a < b else "" for view, a, b in places]

    lead, before = read(corpus.start[gone.paragraph], gone.start), read(gone.cut_start, gone.start)
    return map(_Text, lead, before, read(gone.start, gone.end), read(gone.end, gone.cut_end))
