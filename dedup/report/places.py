"""Where the findings of a report stand, and what is said of each: what the formats for CI systems share.

A finding is a cluster that counts, or the passages that count and end at one place. Its members are parted into places, which a
format points at, and copies, which the places repeat. A row of a file (`feed.jsonl#42`) stands on no line that a report knows of,
so that its file alone is named.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dedup.model import PASSAGE, CheckedMember, Cluster, Member, Passage, Scope, Span
from dedup.passage import name_passage
from dedup.report.wording import clean_text, format_percent, quote_start

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

SHOWN_COPIES = 20
NOUNS = {"caption": "a caption", "paragraph": "a paragraph", "furniture": "site furniture"}

_WEB = re.compile("https?://", re.IGNORECASE)
_ROW = re.compile(
    r"(-|.*?\.(?:jsonl|ndjson|json|csv|tsv|parquet|arrow|feather|warc)(?:\.(?:gz|bz2|zst))?)#", re.IGNORECASE | re.DOTALL
)
_PAGE = re.compile(r".*\.(?:html?|xhtml)(?:\.(?:gz|bz2|zst))?", re.IGNORECASE | re.DOTALL)


Spot = Member | Span
"""Where something stands."""


class Finding(NamedTuple):
    """A cluster, or the longest passage at a place, with what to point at and what that repeats.

    The first of the copies is the one to name.
    """

    subject: Cluster | Passage
    places: tuple[Spot, ...]
    copies: tuple[Spot, ...]

    @property
    def kind(self) -> str:
        """Return the kind of the cluster, or "passage"."""
        return PASSAGE if isinstance(self.subject, Passage) else self.subject.kind

    @property
    def id(self) -> str:
        """Return a fingerprint, the same in every run."""
        return name_passage(self.subject) if isinstance(self.subject, Passage) else self.subject.id

    @property
    def scope(self) -> Scope:
        """Return whether all of it lies in one document."""
        return self.subject.scope

    @property
    def size(self) -> int:
        """Return the number of places and copies."""
        return len(self.places) + len(self.copies)


class Repeat(NamedTuple):
    """What is said of a place, in parts: "repeats a paragraph of", "herald/ferry.txt:9", "(96 % alike)", and how it begins."""

    what: str
    copy: str
    how: str
    quote: str

    @property
    def sentence(self) -> str:
        """Return the parts in a row, without the quoted text."""
        return " ".join(filter(None, (self.what, self.copy, self.how)))

    @property
    def full_sentence(self) -> str:
        """Return the parts in a row."""
        return f"{self.sentence}: “{self.quote}”"


class FileLine(NamedTuple):
    """A file and a line in it; no line where the document is a row of the file, or a page, whose text has lines of its own."""

    path: str
    line: int | None

    @property
    def is_on_the_web(self) -> bool:
        """Return whether the path is an address."""
        return _WEB.match(self.path) is not None


def list_findings(report: Report) -> list[Finding]:
    """Return the findings of a report with their places and copies, in the report's order."""
    found = []
    by_place: dict[Span, list[Passage]] = {}
    for one in report.findings:
        if isinstance(one, Passage):
            by_place.setdefault(one.repeat, []).append(one)
        else:
            found.append(_part_members(one))
    return found + [Finding(some[0], (place,), tuple(one.source for one in some)) for place, some in by_place.items()]


def _part_members(cluster: Cluster) -> Finding:
    """Return drafts as places of what the index holds; where it holds none of them, the first member is what the rest repeat."""
    is_copy = [isinstance(member, CheckedMember) and member.origin == "index" for member in cluster.members]
    if not any(is_copy):
        return Finding(cluster, tuple(cluster.members[1:]), tuple(cluster.members[:1]))
    members = list(zip(cluster.members, is_copy, strict=True))
    places = tuple(member for member, copied in members if not copied)
    return Finding(cluster, places, tuple(member for member, copied in members if copied))


def list_places(report: Report) -> Iterator[tuple[Finding, Spot]]:
    """Yield each place with its finding, as `aim` turns it to the place."""
    for finding in list_findings(report):
        for place in finding.places:
            yield aim(finding, place), place


def aim(finding: Finding, place: Spot) -> Finding:
    """Return a finding with copies of a place's very text in front, for the first is the one that is named.

    Of passages the longest stays in front.
    """
    if isinstance(finding.subject, Passage):
        return finding
    return finding._replace(copies=tuple(sorted(finding.copies, key=lambda copy: copy.text != place.text)))


def describe_repeat(finding: Finding, place: Spot) -> Repeat:
    """Return what is said of a place: it repeats the first of the copies."""
    n_more = len(finding.copies) - 1
    likeness = describe_likeness(finding, place)
    more = f"and of {n_more:,} more {'place' if n_more == 1 else 'places'}" if n_more else ""
    return Repeat(
        what=f"repeats {name_subject(finding)} of",
        copy=name_place(finding.copies[0]),
        how=" ".join(filter(None, (f"({likeness})" if likeness else "", more))),
        quote=quote_start(place.text),
    )


def name_subject(finding: Finding) -> str:
    """Return what is repeated: "a paragraph", "28 words"."""
    return f"{finding.subject.words:,} words" if isinstance(finding.subject, Passage) else NOUNS[finding.kind]


def measure_similarity(finding: Finding, place: Spot) -> float | None:
    """Return how like a place is to the first of the copies; None where neither is the member that others were compared with."""
    if isinstance(finding.subject, Passage):
        return finding.subject.similarity
    first, copy = finding.subject.members[0], finding.copies[0]
    if copy.text == place.text:
        return 1.0
    compared = place if copy == first else copy if place == first else None
    return compared.similarity if isinstance(compared, Member) else None


def describe_likeness(finding: Finding, place: Spot) -> str:
    """Return how like a place is to the first of the copies, in words; nothing where that was not measured."""
    if isinstance(finding.subject, Passage):
        return f"{format_percent(finding.subject.share)} of the paragraph"
    similarity = measure_similarity(finding, place)
    if _fold(place.text) == _fold(finding.copies[0].text):
        return "the same words"
    if similarity == 1.0:  # furniture is compared with its figures and dates masked
        return "the same but for figures and dates" if finding.kind == "furniture" else "the same words"
    return f"{format_percent(similarity)} alike" if similarity is not None else ""


def _fold(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def name_place(spot: Spot) -> str:
    """Return the document and line of something, fit to be shown."""
    return f"{clean_text(spot.document)}:{spot.line}"


def find_line(spot: Spot) -> FileLine:
    """Return the file that holds something, its path without "./" and the like, and the line, unless it is in a row or page."""
    row = _ROW.match(spot.document)
    path = row[1] if row else spot.document
    if path and not _WEB.match(path):
        path = posixpath.normpath(path)
    return FileLine(path, None if row or _PAGE.fullmatch(path) else spot.line)
