"""What a cluster is: a caption, a piece of site furniture or a recycled paragraph.

Furniture is learned from the corpus, source by source, because nothing in a line says that it belongs to the site and not to
the article: only its coming back does. The numbers below were set on data/newsroom and held against talk and web terms.
Source: Henzinger, "Finding near-duplicate web pages" (2006), on telling pages of one site apart.
A role that a format states outright (figcaption, nav) is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from dedup.arena import gather
from dedup.model import CAPTION, FURNITURE, PROSE, Bytes, Flags, Floats, Ints, Kind
from dedup.order import number_distinct, order_stably

FEWEST_DOCUMENTS = 3
"""Two documents that share a line may be one article printed twice; three that are no copies of each other share a site."""
COMMON_SHARE = 0.5
"""Furniture changes when a site does: of a crawl over some years half of the pages have the latest."""
SHORT_WORDS = 15
"""A menu line or slogan stays within 15 words; what is longer may be background that a few follow-ups share."""
SURE_DOCUMENTS = 6
"""More than the follow-ups of one story that carry the same background."""
HEAD = 5
"""Banner, menu, headline, byline and timestamp are five paragraphs."""
TAIL = 12
"""A newsletter line, ten links and a footer; in a document of fewer than 36 paragraphs its last third, but five at least."""
LEAST_PARAGRAPHS = 8
"""In a shorter document every paragraph stands near an edge, so that its place says nothing."""
PLACED_SHARE = 0.8
"""One in five may have moved: a longer head, a link list left out."""
PLACED_WORDS, WORDS_PER_DOCUMENT = 25, 5
"""The longer a line, the likelier it is an opening or closing paragraph that a few articles share."""
LABEL_WORDS = 4
"""A name of four parts; a headline has five words or more."""
LINK_WORDS = 25
PROSE_WORDS = 20
"""Menu lines, labels and links are shorter, and any two pages of a site share them."""
OWN_SHARE = 0.25
"""An update adds a few paragraphs; an article that quotes a wire report has most of its words to itself."""
MOST_VERSIONS = 10
"""Few stories are updated ten times; terms, disclaimers and appeals stand on every page."""
LEAST_CAPTION_WORDS, CAPTION_WORDS = 3, 60
"""The longest caption of the seed article has 47 words."""

_KINDS: tuple[Kind, ...] = ("paragraph", "caption", "furniture")
"""By the number of the role that says the same: PROSE, CAPTION, FURNITURE."""

_LIST_ITEM = re.compile(r"(?:[-*+•·–]|\d{1,2}[.)])\s")
_BYLINE = re.compile(r"(?:By|Von|Par|Por|Di|От|Автор:?)\s+[^\W\d_]+(?:[\s,.-]+[^\W\d_]+){1,11}$")


class Places(NamedTuple):
    """Where the n paragraphs of a run stand; int64 (n,) where nothing else is said.

    document; ordinal and from_end: counted from either end of the document; words; source: number of the document's source,
    by document; is_copy: whether the document is a copy of others as a whole, bool by document; source_documents: how many
    documents a source has, copies aside, by source; weights: float64 (n,), how many paragraphs each stands for, or None for one;
    roles: uint8 (n,), what the documents' format says of them, or None for nothing.
    """

    document: Ints
    ordinal: Ints
    from_end: Ints
    words: Ints
    source: Ints
    is_copy: Flags
    source_documents: Ints
    weights: Floats | None = None
    roles: Bytes | None = None

    def select(self, paragraphs: Ints) -> Places:
        """Return where some paragraphs stand; by document and source the same."""
        columns = {name: gather(getattr(self, name), paragraphs) for name in ("document", "ordinal", "from_end", "words")}
        roles = None if self.roles is None else gather(self.roles, paragraphs)
        return self._replace(**columns, roles=roles, weights=None if self.weights is None else self.weights[paragraphs])


def find_copies(group: Ints, document: Ints, words: Ints, source: Ints, total: Ints) -> Flags:
    """Return which documents are copies as a whole of earlier ones: bool, by document.

    group: int64 (n,), paragraphs with the same number say the same; document (rising), words: int64 (n,); source and total (its
    words): by document.
    A copy has less than a quarter of its words to itself; the rest is prose (paragraphs of 20 words and more) that an earlier
    document of its source has too. Three versions of one article would otherwise make a site of their own, and everything in
    them its furniture; so each article counts once. Short lines, and prose in more than 10 documents, are no sign of a copy:
    a site's pages share them.
    """
    n_documents, n_sources = len(source), int(source.max(initial=0)) + 1
    repeated = np.flatnonzero(np.bincount(group)[group] > 1)
    document, words = document[repeated], words[repeated]
    firsts, inverse = number_distinct(group[repeated] * n_sources + source[document])
    holding = inverse[number_distinct(inverse * n_documents + document).first]
    is_boilerplate = np.bincount(holding, minlength=len(firsts))[inverse] > MOST_VERSIONS
    is_earlier = document[firsts][inverse] < document
    copied = np.bincount(document, words * (is_earlier & (words >= PROSE_WORDS) & ~is_boilerplate), n_documents)
    own = total - np.bincount(document, words * (is_earlier | is_boilerplate), n_documents)
    return (copied > 0) & (own < OWN_SHARE * (own + copied))


def find_furniture(group: Ints, places: Places) -> Flags:
    """Return which paragraphs stand as furniture in their source: bool (n,).

    group: int64 (n,), paragraphs with the same number say the same, -1 for none. A paragraph is furniture when its document's
    format says so. In one source, copied documents aside, a group is furniture when
    - it is common: in at least 3 documents and half of all; beyond 15 words, in at least 6 documents and half of all; or
    - it keeps its place: in at least 3 documents (one more for each 5 words beyond 15, up to 25 words) it stands, in at
      least 80 % of them, among the first five paragraphs of a document of 8 or more or in its last third, at most 12.
    """
    counted = np.flatnonzero((group >= 0) & ~places.is_copy[places.document])
    if places.weights is None:
        groups = group[counted]
        counted = counted[np.bincount(groups)[groups] >= FEWEST_DOCUMENTS]  # the rest stands in fewer
    document = places.document[counted]
    at_edge = _is_at_edge(places, counted)
    order = order_stably((group[counted] * len(places.source) + document) * 2 + ~at_edge)
    mine, document, at_edge = group[counted][order], document[order], at_edge[order]
    once = np.ones(len(mine), bool)
    once[1:] = (mine[1:] != mine[:-1]) | (document[1:] != document[:-1])
    counted, mine, at_edge, source = counted[order][once], mine[once], at_edge[once], places.source[document[once]]

    n_sources = int(places.source.max(initial=0)) + 1
    firsts, inverse = number_distinct(mine * n_sources + source)
    keys = (mine * n_sources + source)[firsts]
    weights = np.ones(len(counted)) if places.weights is None else places.weights[counted]
    n_holding = np.bincount(inverse, weights, len(keys))
    n_placed = np.bincount(inverse, weights * at_edge, len(keys))
    words = np.bincount(inverse, weights * places.words[counted], len(keys)) / np.maximum(n_holding, 1)
    size = places.source_documents[keys % n_sources]
    enough = np.where(words <= SHORT_WORDS, FEWEST_DOCUMENTS, SURE_DOCUMENTS)
    common = (n_holding >= enough) & (n_holding >= COMMON_SHARE * size)
    placed = (n_holding >= np.maximum(FEWEST_DOCUMENTS, words / WORDS_PER_DOCUMENT)) & (words <= PLACED_WORDS)
    placed &= n_placed >= PLACED_SHARE * n_holding
    standing = keys[common | placed]
    is_standing = np.zeros(int(group.max(initial=-1)) + 2, bool)  # somewhere; the last is for none
    is_standing[standing // n_sources] = True
    some = np.flatnonzero(is_standing[group])
    stands = np.zeros(len(group), bool)
    stands[some] = np.isin(group[some] * n_sources + places.source[places.document[some]], standing)
    return stands if places.roles is None else stands | ((group >= 0) & (places.roles == FURNITURE))


def find_kinds(
    offsets: Ints, is_furniture: Flags, is_cued: Flags, places: Places, read: Callable[[Ints], Sequence[str]]
) -> list[Kind]:
    """Return the kind of each of c clusters, from its members, of which there are n in all.

    offsets: int64 (c + 1,), where the members of each begin; is_furniture: bool (n,), which of them stand as furniture; is_cued:
    bool (n,), which have at most 90 words and a picture cue; places: where they stand, those of one document side by side and in
    its order; read: returns the texts of some, by their numbers among the n.

    The first rule that fits:
    - caption: the format says so of at least half of the members; or one has a picture cue ("Pictured", "File photo", "(AP)",
      "Foto:", "写真", ...; see `cues`), which says more than a place: a stock picture's line stands under many articles.
    - furniture: at least half of the members stand as furniture in their source (`find_furniture`); or each stands among the
      first five paragraphs and is a byline ("By ...", at most 12 words) or, in several documents of 8 paragraphs or more, a
      label of at most 4 words (an author, a section, a day); or they are a line of a list of links: at least half are list
      items of at most 25 words within 12 paragraphs of the end, in several documents or beside the headline they name.
    - caption: two members of 3 to 60 words ("No." is talk) stand next to each other in one document, as scrapers print alt
      text and figcaption.
    - paragraph: the rest.
    """
    sizes, starts = np.diff(offsets), offsets[:-1]

    def count(flags: Flags) -> Ints:
        return np.add.reduceat(flags, starts, dtype=np.int64)

    is_captioned = count(is_cued) > 0
    if places.roles is not None:
        is_captioned |= 2 * count(places.roles == CAPTION) >= sizes
    is_sited = 2 * count(is_furniture) >= sizes
    is_open = ~(is_captioned | is_sited)  # from here on texts are looked at, of as few as can be

    n_in_head, is_long = count(places.ordinal < HEAD), _is_long(places, slice(None))
    is_across = count(places.document != np.repeat(places.document[starts], sizes)) > 0
    is_label = is_across & (count(is_long & (places.words <= LABEL_WORDS)) == sizes)
    rows = np.flatnonzero(np.repeat(is_open & (n_in_head == sizes) & ~is_label, sizes))
    is_heading = (n_in_head == sizes) & (is_label | (count(_match(_BYLINE, rows, len(is_cued), read)) == sizes))
    at_end = is_long & (places.from_end < TAIL) & (places.words <= LINK_WORDS)
    may_link = is_open & ~is_heading & (is_across | (n_in_head > 0)) & (2 * count(at_end) >= sizes)
    rows = np.flatnonzero(np.repeat(may_link, sizes) & at_end)
    is_link = 2 * count(_match(_LIST_ITEM, rows, len(is_cued), read)) >= sizes

    rules = [is_captioned, is_sited | is_heading | is_link, count(_is_doubled(places, starts)) > 0]
    return [_KINDS[number] for number in np.select(rules, [CAPTION, FURNITURE, CAPTION], PROSE).tolist()]


def _match(expression: re.Pattern[str], rows: Ints, n_rows: int, read: Callable[[Ints], Sequence[str]]) -> Flags:
    """Return which of some rows' texts match: bool (n_rows,), False for all others."""
    matches = np.zeros(n_rows, bool)
    matches[rows] = [expression.match(text) is not None for text in read(rows)]
    return matches


def _is_doubled(places: Places, starts: Ints) -> Flags:
    """Return whether each member is short and stands right behind one that is, the member before it: bool (n,)."""
    short = (places.words >= LEAST_CAPTION_WORDS) & (places.words <= CAPTION_WORDS)
    doubled = short.copy()
    doubled[1:] &= short[:-1] & (places.document[1:] == places.document[:-1]) & (np.diff(places.ordinal) == 1)
    doubled[starts] = False
    return doubled


def _is_at_edge(places: Places, paragraphs: Ints) -> Flags:
    """Return whether each paragraph stands near an end of a document that is long enough to have ends."""
    ordinal, from_end = places.ordinal[paragraphs], places.from_end[paragraphs]
    tail = np.clip((ordinal + from_end + 1) // 3, HEAD, TAIL)
    is_at_edge: Flags = (ordinal < HEAD) | (from_end < tail)
    return is_at_edge & _is_long(places, paragraphs)


def _is_long(places: Places, paragraphs: Ints | slice) -> Flags:
    """Return whether each paragraph's document is long enough for a place in it to mean something."""
    return places.ordinal[paragraphs] + places.from_end[paragraphs] + 1 >= LEAST_PARAGRAPHS
