"""One document out of whatever holds it, by the name under which reports print it, and the paragraphs at a line of it.

`herald/ferry.txt` is a file, `feed.jsonl#7` a row, `crawl.warc.gz#https://...` a page, each also with `:LINE` behind it.
Leaves out: indexes, which hold what is compared but not the documents.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.corpus import Corpus, tell_apart
from dedup.errors import InputError
from dedup.model import Batch, Blocks, Document, Ints
from dedup.read import Problems, describe_nothing, hide_secrets, make_writable, read_given
from dedup.read.find import STANDARD_INPUT
from dedup.read.remote import is_address
from dedup.report.wording import clean_text
from dedup.settings import Settings

SHOWN_NAMES = 3
MOST_NAMES = 20_000
"""Names among which the nearest to a wrong one is looked for: a second's work."""

_LINE = re.compile(r"(.*):([0-9]+)", re.DOTALL)

Given = str | os.PathLike[str] | Document
"""What names a document: where it stands, or itself."""


class Named(NamedTuple):
    """A document by itself: a batch of one, its name, the line asked for, and a key that tells whether two are the same."""

    batch: Batch
    name: str
    line: int | None
    key: Hashable


class _Place(NamedTuple):
    """source: what has to be read; rest: what follows it in what was given ("#7:3", ":9"), empty for nothing."""

    source: str | Document
    rest: str

    @property
    def key(self) -> Hashable:
        """Return the same for what is read from the same place."""
        if isinstance(self.source, Document):
            return id(self.source)
        return self.source if self.source == STANDARD_INPUT or is_address(self.source) else os.path.realpath(self.source)

    @property
    def label(self) -> str:
        """Return how names of documents begin that are read from here."""
        return self.source.name if isinstance(self.source, Document) else hide_secrets(self.source).replace(os.sep, "/")


class _Held(NamedTuple):
    """The names of all documents of a source, and those of them that may be the ones asked for, by their number.

    label: how the names begin; the same file may be given in several ways ("a.txt", "./a.txt").
    """

    label: str
    names: list[str]
    batches: dict[int, Batch]


def read_named(given: Sequence[Given], settings: Settings, problems: Problems) -> list[Named]:
    """Return the documents that are named; what holds several of them is read once.

    Raises InputError, with the nearest right names, for a file or document that is not there, and for a file of several documents
    of which none is named.
    """
    places = [_find_place(one) for one in given]
    held: dict[Hashable, _Held] = {}
    for place in places:
        if place.key not in held:
            wanted = [name for other in places if other.key == place.key for name, _ in _list_meanings(place.label, other.rest)]
            held[place.key] = _read_source(place, wanted, settings, problems)
    return [_pick(place, held[place.key], problems) for place in places]


def find_paragraphs(corpus: Corpus, document: int, named: Named) -> Ints:
    """Return the paragraphs of a document that start at the line asked for, or else hold it; all of them where none was.

    Raises InputError for a document without a word, and for a line without a paragraph.
    """
    mine: Ints = np.flatnonzero(corpus.document == document)
    if not len(mine):
        raise InputError(f"{named.name}: holds no word; name a document that does")
    if named.line is None:
        return mine
    firsts = corpus.line[mine]
    starting: Ints = mine[firsts == named.line]
    if len(starting):
        return starting
    lasts = firsts + [_count_line_ends(text) for text in corpus.texts_of(mine)]
    holding: Ints = mine[(firsts < named.line) & (named.line <= lasts)]
    if len(holding):
        return holding
    before, after = firsts[firsts < named.line].max(initial=0), firsts[firsts > named.line]
    nearest = [int(line) for line in (before, *after[:1]) if line]
    lines = f"line {nearest[0]}" if len(nearest) == 1 else f"lines {nearest[0]} and {nearest[1]}"
    raise InputError(f"{named.name}:{named.line}: no paragraph stands there; the nearest begin at {lines}")


def _count_line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _find_place(given: Given) -> _Place:
    if isinstance(given, Document):
        return _Place(given, "")
    path = os.fspath(given)
    if is_address(path):
        file, mark, rest = path.partition("#")
        line = None if mark else _LINE.fullmatch(file)
        if line and "/" in line[1].partition("://")[2]:  # and no port: "http://host:80"
            return _Place(line[1], f":{line[2]}")
        return _Place(file, mark + rest)
    ends = [len(path), *sorted((match.start() for match in re.finditer("[#:]", path)), reverse=True)]
    end = next((end for end in ends if path[:end] == STANDARD_INPUT or os.path.exists(path[:end])), None)
    if end is None:
        raise InputError(f"{path}: no such file{_suggest_file(path)}")
    if os.path.isdir(path[:end]):
        raise InputError(f"{path[:end]}: is a folder; name a file in it, or a document as reports print it")
    return _Place(path[:end], path[end:])


def _suggest_file(path: str) -> str:
    """Return ("; did you mean ...?") the file of the same folder whose name is nearest, if any is near."""
    bare = Path(re.sub(r"#.*|:[0-9]+$", "", path, flags=re.DOTALL))
    try:
        near = difflib.get_close_matches(bare.name, os.listdir(bare.parent)[:MOST_NAMES], 1)
    except OSError:
        return ""
    return f"; did you mean {bare.parent / near[0]}?" if near else ""


def _list_meanings(label: str, rest: str) -> list[tuple[str, int | None]]:
    """Return what may be meant by what follows a source: (the name of a document, a line), the whole of it as a name first."""
    whole = clean_text(make_writable([label + rest])[0])
    line = _LINE.fullmatch(rest)
    return [(whole, None)] + ([(clean_text(make_writable([label + line[1]])[0]), int(line[2]))] if line else [])


def _read_source(place: _Place, wanted: Sequence[str], settings: Settings, problems: Problems) -> _Held:
    """Return the names in a source; kept are the first document and those that may have one of the wanted names."""
    names: list[str] = []
    batches: dict[int, Batch] = {}
    for batch in read_given([place.source], settings, problems):
        for i, name in enumerate(batch.names):
            cleaned = clean_text(name)
            if not names or any(one == cleaned or one.startswith(f"{cleaned} (") for one in wanted):
                batches[len(names)] = _take_document(batch, i)
            names.append(name)
    return _Held(place.label, tell_apart(names), batches)


def _take_document(batch: Batch, i: int) -> Batch:
    start, end = int(batch.offsets[i]), int(batch.offsets[i + 1])
    blocks, here = batch.blocks, slice(start, end)
    if blocks is not None:
        mine = blocks.document == i
        blocks = Blocks(np.zeros(mine.sum(), np.int64), blocks.start[mine] - start, blocks.end[mine] - start, blocks.role[mine])
    original = None if batch.original is None else batch.original[here]
    offsets = np.array([0, end - start])
    return Batch([batch.names[i]], [batch.sources[i]], [batch.dates[i]], batch.text[here], offsets, original, blocks)


def _pick(place: _Place, held: _Held, problems: Problems) -> Named:
    if not held.names:
        raise InputError(describe_nothing([place.source], problems))
    label, is_single = clean_text(held.label), len(held.names) == 1
    meanings = _list_meanings(held.label, place.rest)
    for name, line in meanings:
        for i, batch in held.batches.items():
            if clean_text(held.names[i]) == name or (is_single and name == label):
                return Named(batch, held.names[i], line, (place.key, i))
    asked, count = meanings[-1][0], "1 document" if is_single else f"{len(held.names):,} documents"
    if asked == label:
        raise InputError(f"{label}: holds {count}; name one of them, such as {held.names[0]}")
    skipped = f" ({problems.skipped.total():,} more could not be read)" if problems.skipped else ""
    near = difflib.get_close_matches(asked, held.names[:MOST_NAMES], SHOWN_NAMES, cutoff=0.0)
    raise InputError(f"{asked}: not among the {count} of {label}{skipped}; nearest: {', '.join(near)}")
