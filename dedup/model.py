"""The nouns that the rest of dedup speaks in.

Glossary
--------
document    a text with a name, a source (its site) and perhaps a date.
paragraph   a run of a document's text, cut out by half-open code-point offsets; it holds at least one word.
word        a token of the normalised text: a run of letters and digits, or one Han, Kana, Thai, Lao, Khmer or Myanmar character.
shingle     `shingle` words in a row, as a 32-bit hash; a paragraph is compared as its set of shingles.
text        what is left of a paragraph after normalising: two paragraphs with the same words are the same text.
signature   the row of minima that MinHash leaves of a set of shingles; making it is sketching.
band        some minima of a signature, as one key; a bucket is the texts that share the key of a band.
candidate   two texts that met in a bucket; nothing is known of them yet.
pair        two texts whose exact Jaccard similarity was computed and is at least the threshold.
cluster     texts tied by a chain of pairs, with all paragraphs that hold them: its members.
passage     a run of words that two paragraphs of different clusters share: partial reuse.
duplicate   a paragraph that is a member of a cluster.
draft       a document that is not published yet, held against those that are.
index       the published documents, kept in a file so that a draft is held against them at once.
finding     a cluster or passage with a paragraph of a draft in it, which counts against the limits of a check.
furniture   text that belongs to the site and not to the article: banner, menu, byline, timestamp, footer.
fingerprint a stable name for a text or for settings, the same in every run and on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kind = Literal["caption", "furniture", "paragraph"]
Scope = Literal["within", "across"]
Origin = Literal["draft", "index"]
KINDS: tuple[Kind, ...] = ("caption", "paragraph", "furniture")
SCOPES: tuple[Scope, ...] = ("within", "across")
PASSAGE = "passage"
"""What a passage is called where kinds of clusters are named."""

PROSE, CAPTION, FURNITURE = range(3)
"""What a document's format says of a paragraph: nothing, the line of a picture, or a part of the site (a menu, a footer)."""

DIGITS = 6
"""Decimal places of a reported similarity or share."""

Bytes = NDArray[np.uint8]
Words32 = NDArray[np.uint32]
Words64 = NDArray[np.uint64]
Ints = NDArray[np.signedinteger[Any]]
"""int64; columns of a corpus are int32 where that holds them."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Document:
    """One article: its name, its text, the site it comes from and, where known, its date (ISO 8601)."""

    name: str
    text: str
    source: str = ""
    date: str | None = None


class Blocks(NamedTuple):
    """The n paragraphs of documents whose format says where they stand, in reading order, apart from each other.

    document, start, end: int64 (n,), the number in the batch, and bytes into its text; role: uint8 (n,), PROSE, CAPTION, FURNITURE.
    """

    document: Ints
    start: Ints
    end: Ints
    role: Bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Some documents as columns: one UTF-8 buffer with offsets, and a name, source and date for each document.

    text: uint8 (offsets[-1],); offsets: int64 (n + 1,), rising; names, sources, dates: length n. original: the same text where a
    reader blanked out of `text` what is no prose; of the same length, None where nothing was. blocks: the paragraphs, where the
    documents' format tells them; None for plain text, which has to be split. files, numbers: int64 (n,), which of the run's inputs
    a document stands in and which of its documents it is, from 1; None for documents that stand in no file.
    """

    names: list[str]
    sources: list[str]
    dates: list[str | None]
    text: Bytes
    offsets: Ints
    original: Bytes | None = None
    blocks: Blocks | None = None
    files: Ints | None = None
    numbers: Ints | None = None

    @property
    def shown(self) -> Bytes:
        """Return the text as it stands in the documents."""
        return self.text if self.original is None else self.original

    def __len__(self) -> int:
        return len(self.names)


class Sets(NamedTuple):
    """Sets of shingles in one array: set i is shingles[starts[i]:ends[i]]. shingles: uint32; starts, ends: int64 (n,)."""

    shingles: Words32
    starts: Ints
    ends: Ints


NO_SETS = Sets(np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Member:
    """One copy in a cluster: where it stands and how like the representative it is (exact Jaccard)."""

    document: str
    paragraph: int
    start: int
    end: int
    line: int
    words: int
    similarity: float
    text: str


@dataclass(frozen=True, slots=True)
class CheckedMember(Member):
    """A member that `check` found: in a draft, or in the index that drafts are held against."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class Similarity:
    """The weakest and the mean exact Jaccard over the pairs that tie a cluster together."""

    min: float
    mean: float


@dataclass(frozen=True, slots=True)
class Cluster:
    """Paragraphs that say the same; the first member is the representative.

    members: a tuple, of very many a sequence that makes them when they are asked for.
    """

    id: str
    kind: Kind
    scope: Scope
    size: int
    documents: int
    similarity: Similarity
    members: Sequence[Member]

    @property
    def words(self) -> int:
        """Return the words of all copies together."""
        return sum(member.words for member in self.members)


@dataclass(frozen=True, slots=True)
class Span:
    """One side of a passage: where the run stands."""

    document: str
    paragraph: int
    start: int
    end: int
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class CheckedSpan(Span):
    """A side of a passage that `check` found: in a draft, or in the index that drafts are held against."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words that two paragraphs share which are not alike as a whole.

    words: those that agree; similarity: their share of the longer side of the run; a_share, b_share: of each paragraph's words.
    a: what stands first; of a draft and what is published, the draft.
    """

    words: int
    similarity: float
    a: Span
    b: Span
    a_share: float
    b_share: float

    @property
    def scope(self) -> Scope:
        """Return whether both sides lie in one document."""
        return "within" if self.a.document == self.b.document else "across"

    @property
    def repeat(self) -> Span:
        """Return the side that repeats the other."""
        return self.a if is_published(self.b) else self.b

    @property
    def source(self) -> Span:
        """Return the side that the other repeats: what is published, else what stands first."""
        return self.b if is_published(self.b) else self.a

    @property
    def share(self) -> float:
        """Return the share of the words of the paragraph that repeats."""
        return self.a_share if is_published(self.b) else self.b_share


class Context(NamedTuple):
    """The words before and behind each side of a passage in its paragraph; long ones are cut, and begin or end with "…"."""

    a: tuple[str, str]
    b: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The document that shares most words with another, and the share of each side."""

    document: str
    shared_words: int
    a_share: float
    b_share: float


@dataclass(frozen=True, slots=True)
class DocumentFindings:
    """What was found in one document."""

    document: str
    source: str
    paragraphs: int
    words: int
    duplicate_paragraphs: int
    duplicate_ratio: float
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a run.

    skipped: a reason -> the number of records left out for it; with `documents` these are all records found. decoded: an encoding
    other than UTF-8 -> the number of documents read from it.
    """

    documents: int
    sources: int
    paragraphs: int
    words: int
    distinct_paragraphs: int
    duplicate_paragraphs: int
    duplicate_words: int
    duplicate_ratio: float
    clusters: int
    clusters_by_kind: dict[str, int]
    clusters_by_scope: dict[str, int]
    passages: int
    common_runs: int
    candidate_pairs: int
    left_out_pairs: int
    verified_pairs: int
    expected_recall: float
    skipped: dict[str, int]
    decoded: dict[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckSummary(Summary):
    """The counts of a check: of its drafts, and how they fared.

    findings: what counts against the limits, runs at one place once; baselined: clusters and passages left out because the
    baseline knows them; allowed: paragraphs of drafts left out because they may repeat; index_documents: what was held against;
    unread_copies: paragraphs of the index left unread because there are too many of one text.
    """

    findings: int
    baselined: int
    allowed: int
    index_documents: int
    unread_copies: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paragraph stands; all as in `Member`."""

    document: str
    paragraph: int
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Removed:
    """A paragraph, or some sentences of one, that was taken out of its document, and the copy for which it was.

    start, end, line: where `text` stood in the document as it was; before, after: the white space that went with it. file, row: the
    document's file and its number in it. scope: "within" when the copy that is kept stands in the same document; cluster: the id of
    the cluster, None for sentences of a passage; similarity: to the copy that is kept, else to the representative; kept: that copy,
    None where none is; why: in words.
    """

    document: str
    file: str
    row: int
    paragraph: int
    start: int
    end: int
    line: int
    words: int
    kind: str
    scope: Scope
    cluster: str | None
    similarity: float
    kept: Place | None
    why: str
    before: str
    text: str
    after: str

    @property
    def cut(self) -> tuple[int, int]:
        """Return the range of the document's text that went, white space included."""
        return self.start - len(self.before), self.end + len(self.after)


JsonObject = dict[str, Any]


def is_published(found: Member | Span) -> bool:
    """Return whether a member or span is from the index that drafts are held against."""
    return isinstance(found, CheckedMember | CheckedSpan) and found.origin == "index"
