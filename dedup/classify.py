"""What a cluster is: a caption, a piece of site furniture, or a recycled paragraph; and whether it stays within one document.

Furniture is learned from the corpus, source by source, because nothing in a line says that it belongs to the site and not to
the article: only its coming back does. The numbers below were set on data/newsroom (see the README's table of kinds).
Source: Henzinger, "Finding near-duplicate web pages" (2006), on telling pages of one site apart.
Leaves out: roles that a format states outright (figcaption, nav); plain text has none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.model import Ints, Kind, Scope

Flags = NDArray[np.bool_]

FEWEST_DOCUMENTS = 3
"""Two documents that share a line may be one article printed twice; three that are no copies of each other share a site."""
COMMON_SHARE = 0.5
LONG_COMMON_WORDS, LONG_COMMON_DOCUMENTS = 40, 6
EDGE = 5
"""Paragraphs from either end: banner, menu, headline, byline and timestamp are five; newsletter line, links and footer likewise."""
LEAST_PARAGRAPHS = 8
"""In a shorter document every paragraph stands near an edge, so that its place says nothing."""
PLACED_SHARE = 0.8
PLACED_WORDS = 25
WORDS_PER_DOCUMENT = 5
LINK_WORDS, LINK_EDGE = 25, 12
PROSE_WORDS = 20
OWN_PROSE = 0.25
CAPTION_WORDS = 60
CUED_WORDS = 90
NEIGHBOURS = 1

_LIST_ITEM = re.compile(r"(?:[-*+•·–]|\d{1,2}[.)])\s")
_BYLINE = re.compile(r"(?:By|Von|Par|Por|Di|От|Автор:?)\s+[^\W\d_]+(?:[\s,.-]+[^\W\d_]+){1,11}$")
_CUE = re.compile(
    r"""
    \b(?:pictured|file\ (?:photo|picture|image)|handout\ (?:photo|picture|image)|stock\ (?:photo|image))\b
    | [(\[|—–-]\s*(?:photo|photograph|picture|image|credit|foto|bild|archivbild|фото|صورة|تصوير|फ़?ोटो|写真|図|图|圖|照片)\b
    | ^\W*(?:photo|photograph|picture|image|caption|foto|bild|archivbild|symbolbild|фото|на\ (?:фото|снимке)|صورة|फोटो|तस्वीर|写真|图|圖|资料图|資料写真)\s*[:：|（(]
    | (?:图为|圖為|写真は|資料写真|资料图片?|архивное\ фото|фото\ из\ архива|archivfoto|صورة\ أرشيفية|फाइल\ फोटो)
    | \((?:[^()]*[\s/])?(?:AP|AFP|EPA|PA|Reuters|Getty(?:\ Images)?|Shutterstock|Alamy)(?:\ (?:photo|images?))?(?:/[^()]*)?\)\W*$
    | \((?:photo|picture|image|credit)s?\b[^()]*\)\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Places(NamedTuple):
    """Where the n paragraphs of a run stand; int64 (n,) but for the last two, which are by document.

    document; ordinal and from_end: counted from either end of the document; words; source: number of the document's source,
    by document; is_copy: whether the document is a copy of others as a whole, by document.
    """

    document: Ints
    ordinal: Ints
    from_end: Ints
    words: Ints
    source: Ints
    is_copy: Flags


def find_copies(document: Ints, words: Ints, is_shared: Flags, n_documents: int) -> Flags:
    """Return which documents are copies as a whole: less than a quarter of their prose is their own.

    is_shared: whether a paragraph has a copy in another document. Prose is paragraphs of PROSE_WORDS and more, so that pages of
    many short lines are no copies of each other. Three versions of one article would otherwise make a site of their own, and
    everything in them its furniture.
    """
    prose = np.where(words >= PROSE_WORDS, words, 0)
    total = np.bincount(document, prose, n_documents)
    own = np.bincount(document, np.where(is_shared, 0, prose), n_documents)
    return (total > 0) & (own < OWN_PROSE * total)


def find_furniture(group: Ints, places: Places) -> Flags:
    """Return which paragraphs stand as furniture in their source: bool (n,).

    group: int64 (n,), paragraphs with the same number say the same, -1 for none. In one source, copied documents aside, a
    group is furniture when
    - it is common: in at least 3 documents and half of all; beyond 40 words (a press release is longer than a banner) in 6; or
    - it keeps its place: in at least 3 documents (one more for each 5 words beyond 15, up to 25 words) it stands, in at
      least 80 % of them, among the five paragraphs from the head or the tail of a document of 8 or more.
    """
    counted = np.flatnonzero((group >= 0) & ~places.is_copy[places.document])
    document = places.document[counted]
    at_edge = np.minimum(places.ordinal[counted], places.from_end[counted]) < EDGE
    at_edge &= _is_long(places, counted)
    order = np.lexsort((~at_edge, document, group[counted]))
    mine, document, at_edge = group[counted][order], document[order], at_edge[order]
    once = np.ones(len(mine), bool)
    once[1:] = (mine[1:] != mine[:-1]) | (document[1:] != document[:-1])
    counted, mine, at_edge, source = counted[order][once], mine[once], at_edge[once], places.source[document[once]]

    n_sources = int(places.source.max(initial=0)) + 1
    keys, inverse = np.unique(mine * n_sources + source, return_inverse=True)
    n_holding = np.bincount(inverse, minlength=len(keys))
    n_placed = np.bincount(inverse, at_edge, len(keys))
    words = np.bincount(inverse, places.words[counted], len(keys)) / np.maximum(n_holding, 1)
    size = np.bincount(places.source[~places.is_copy], minlength=n_sources)[keys % n_sources]
    common = (n_holding >= FEWEST_DOCUMENTS) & (n_holding >= COMMON_SHARE * size)
    common &= (words <= LONG_COMMON_WORDS) | (n_holding >= LONG_COMMON_DOCUMENTS)
    placed = (n_holding >= np.maximum(FEWEST_DOCUMENTS, words / WORDS_PER_DOCUMENT)) & (words <= PLACED_WORDS)
    placed &= n_placed >= PLACED_SHARE * n_holding
    return (group >= 0) & np.isin(group * n_sources + places.source[places.document], keys[common | placed])


def find_scope(documents: Ints) -> Scope:
    """Return "within" when all members lie in one document, else "across"."""
    return "within" if (documents == documents[0]).all() else "across"


def find_kind(texts: Sequence[str], members: Ints, is_furniture: Flags, places: Places) -> Kind:
    """Return the kind of a cluster from its members: paragraphs by number, their texts beside them.

    - furniture: at least half of the members stand as furniture in their source (`find_furniture`); or it is a byline ("By
      ...", at most 12 words, at the head of each document); or it is a line of a list of links (at least half of the members are
      list items of at most 25 words within 12 paragraphs of the end, in more than one document).
    - caption: a member has a picture cue ("Pictured", "File photo", "(AP)", "Foto:", "写真", ...) and at most 90 words; or two
      members of at most 60 words stand next to each other in one document, as scrapers print alt text and figcaption.
      The longest caption of the seed article has 47 words; an agency's with its credit seldom passes 80.
    - paragraph: the rest.
    """
    documents = places.document[members]
    if 2 * np.count_nonzero(is_furniture[members]) >= len(members) or _is_byline(texts, places.ordinal[members]):
        return "furniture"
    if find_scope(documents) == "across" and _is_link(texts, members, places):
        return "furniture"
    return "caption" if _is_caption(texts, documents, places.ordinal[members], places.words[members]) else "paragraph"


def _is_byline(texts: Sequence[str], ordinals: Ints) -> bool:
    return bool((ordinals < EDGE).all()) and all(_BYLINE.match(text) for text in texts)


def _is_link(texts: Sequence[str], members: Ints, places: Places) -> bool:
    at_end = (places.from_end[members] < LINK_EDGE) & _is_long(places, members)
    candidates = np.flatnonzero(at_end & (places.words[members] <= LINK_WORDS))
    return 2 * sum(bool(_LIST_ITEM.match(texts[i])) for i in candidates) >= len(texts)


def _is_long(places: Places, paragraphs: Ints) -> Flags:
    """Return whether each paragraph's document is long enough for a place in it to mean something."""
    return places.ordinal[paragraphs] + places.from_end[paragraphs] + 1 >= LEAST_PARAGRAPHS


def _is_caption(texts: Sequence[str], documents: Ints, ordinals: Ints, words: Ints) -> bool:
    if any(words[i] <= CUED_WORDS and _CUE.search(text) for i, text in enumerate(texts)):
        return True
    short = words <= CAPTION_WORDS
    order = np.lexsort((ordinals[short], documents[short]))
    documents, ordinals = documents[short][order], ordinals[short][order]
    return bool(((documents[1:] == documents[:-1]) & (ordinals[1:] - ordinals[:-1] == NEIGHBOURS)).any())
