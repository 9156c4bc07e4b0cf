"""Where the findings of a report stand, and what is said of each: what the formats for CI systems share.

A finding is a cluster that counts. Its members are parted into places, which a format points at, and copies, which the
places repeat. A row of a file (`feed.jsonl#42`) stands on no line that a report knows of, so that its file alone is named.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dedup.model import CheckedMember, Cluster, Kind, Member
from dedup.report.wording import clean_text, format_percent, quote_start

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

SHOWN_COPIES = 20
NOUNS: dict[Kind, str] = {"caption": "a caption", "paragraph": "a paragraph", "furniture": "site furniture"}

_WEB = re.compile("https?://", re.IGNORECASE)
_ROW = re.compile(
    r"(-|.*?\.(?:jsonl|ndjson|json|csv|tsv|parquet|arrow|feather|warc)(?:\.(?:gz|bz2|zst))?)#", re.IGNORECASE | re.DOTALL
)


class Finding(NamedTuple):
    """A cluster with the members to point at and those that they repeat; the first of the copies is the one to name."""

    cluster: Cluster
    places: tuple[Member, ...]
    copies: tuple[Member, ...]


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


class Spot(NamedTuple):
    """A file and a line in it; no line where the document is a row of the file."""

    path: str
    line: int | None

    @property
    def is_on_the_web(self) -> bool:
        """Return whether the path is an address."""
        return _WEB.match(self.path) is not None


def list_findings(report: Report) -> list[Finding]:
    """Return the findings of a report with their places and copies, in the report's order."""
    return [_part_members(cluster) for cluster in report.findings]


def _part_members(cluster: Cluster) -> Finding:
    """Return drafts as places of what the index holds; where it holds none of them, the first member is what the rest repeat."""
    is_copy = [isinstance(member, CheckedMember) and member.origin == "index" for member in cluster.members]
    if not any(is_copy):
        return Finding(cluster, cluster.members[1:], cluster.members[:1])
    members = list(zip(cluster.members, is_copy, strict=True))
    places = tuple(member for member, copied in members if not copied)
    return Finding(cluster, places, tuple(member for member, copied in members if copied))


def list_places(report: Report) -> Iterator[tuple[Finding, Member]]:
    """Yield each place with its finding, as `aim` turns it to the place."""
    for finding in list_findings(report):
        for place in finding.places:
            yield aim(finding, place), place


def aim(finding: Finding, place: Member) -> Finding:
    """Return a finding with copies of a place's very text in front, for the first is the one that is named."""
    return finding._replace(copies=tuple(sorted(finding.copies, key=lambda copy: copy.text != place.text)))


def describe_repeat(finding: Finding, place: Member) -> Repeat:
    """Return what is said of a place: it repeats the first of the copies."""
    copy, n_more = finding.copies[0], len(finding.copies) - 1
    likeness = describe_likeness(finding, place)
    more = f"and of {n_more:,} more {'place' if n_more == 1 else 'places'}" if n_more else ""
    return Repeat(
        what=f"repeats {NOUNS[finding.cluster.kind]} of",
        copy=name_place(copy),
        how=" ".join(filter(None, (f"({likeness})" if likeness else "", more))),
        quote=quote_start(place.text),
    )


def measure_similarity(finding: Finding, place: Member) -> float | None:
    """Return how like a place is to the first of the copies; None where neither is the member that others were compared with."""
    first, copy = finding.cluster.members[0], finding.copies[0]
    if copy.text == place.text:
        return 1.0
    if copy is first:
        return place.similarity
    return copy.similarity if place is first else None


def describe_likeness(finding: Finding, place: Member) -> str:
    """Return how like a place is to the first of the copies, in words; nothing where that was not measured."""
    similarity = measure_similarity(finding, place)
    if _fold(place.text) == _fold(finding.copies[0].text):
        return "the same words"
    if similarity == 1.0:  # furniture is compared with its figures and dates masked
        return "the same but for figures and dates" if finding.cluster.kind == "furniture" else "the same words"
    return f"{format_percent(similarity)} alike" if similarity is not None else ""


def _fold(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def name_place(member: Member) -> str:
    """Return the document and line of a member, fit to be shown."""
    return f"{clean_text(member.document)}:{member.line}"


def find_spot(member: Member) -> Spot:
    """Return the file that holds a member, its path without "./" and the like, and the line, unless its document is a row."""
    row = _ROW.match(member.document)
    path = row[1] if row else member.document
    if path and not _WEB.match(path):
        path = posixpath.normpath(path)
    return Spot(path, None if row else member.line)
