"""The paragraphs of an HTML page: what a reader sees as one, and what the markup says of it.

- A block element parts paragraphs, and so do two line breaks (`<br><br>`); other markup does not even part words. A list item is
  a paragraph, and so is the row of a table, which says one thing of one subject ("Berlin 3.7 million 891 km2"): its cells are
  joined by blanks, unless the lines or blocks in them show that the table only lays out the page.
- White space is one blank (a no-break space too: editors strew them), a line break is one; `pre` keeps its lines, and blank
  ones part paragraphs.
- The line of a picture (figcaption, caption, the alt text of an image) is a caption. An image inside a paragraph does not part it:
  its alt text follows.
- nav, aside, and a header or footer outside of article, main, section and blockquote belong to the site, captions in them
  included: furniture. The ARIA landmarks (role="navigation" and so on) count as the elements that they stand for.
- What is not shown is left out: scripts, styles, templates, drawings, controls, players, elements that are hidden by their
  attributes, and noscript, where lazy loading repeats every image. Only html and body are always read: scripts unveil them. So are
  elements with aria-hidden: they are seen, and an open dialog puts it on the whole article.
- The title of the head is left out: it is nearly always printed again as the headline, and would be a duplicate in every page.

Elements are held on a stack, as the standard's tree construction does, for their roles and for what is hidden; a tag that ends
what is not open is passed over. No tree is built, so time is O(page), however deep the elements are nested.
Source: WHATWG HTML, 13.2.6 "Tree construction", 15.3 "Rendering" and the algorithm of `innerText`.
Leaves out: what style sheets and scripts do, the moving of text out of tables ("foster parenting"), alt texts of image maps.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby
from typing import NamedTuple

import numpy as np

from dedup.model import CAPTION, FURNITURE, PROSE
from dedup.read.batches import Cuts
from dedup.read.dates import parse_date
from dedup.read.html.tokens import TEXT_AT_START, TOKEN, find_raw_end, read_attributes

_BREAK = "\0"  # <br> among the pieces of a paragraph; no page has it in its text, for it is taken out of pages first
BLANK = " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200C)))
"""White space as `segment` takes it at the edge of a paragraph: Unicode's, the zero-width space and the byte order mark."""
_PARTING = "\n\n"

_HIDDEN, _KEEPS_LINES, _IN_ARTICLE, _IS_CAPTION, _IS_FURNITURE = (1 << i for i in range(5))

_BLOCK, _CELL, _RAW, _RULE, _LINE_BREAK, _IMAGE, _META, _TIME, _INLINE = range(9)
_KINDS = {
    _BLOCK: "address article aside blockquote caption center dd details dialog dir div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup legend li listing main menu nav ol p pre search section summary table tbody tfoot thead "
    "tr ul xmp plaintext",
    _CELL: "td th",
    _RAW: "iframe noembed noframes noscript script style textarea title",
    _RULE: "hr",
    _LINE_BREAK: "br",
    _IMAGE: "img amp-img",
    _META: "meta",
    _TIME: "time",
    _INLINE: "a abbr audio b big button canvas cite code datalist del dfn em font i ins kbd label mark math object q s samp select "
    "small span strike strong sub sup svg template tt u var video",
}
_KIND = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_KIND |= {f"/{name}": kind for name, kind in _KIND.items() if kind in (_BLOCK, _CELL, _INLINE)} | {"/br": _LINE_BREAK}
_NOTHING = {"html", "head", "body", "area", "base", "col", "embed", "input", "link", "param", "source", "track", "wbr"}
"""Tags without an end, or of elements that are read whatever they say."""

_SAYING = {
    _HIDDEN: "audio button canvas datalist object select svg template video",
    _KEEPS_LINES: "listing plaintext pre xmp",
    _IN_ARTICLE: "article blockquote main section",
    _IS_CAPTION: "caption figcaption",
    _IS_FURNITURE: "aside footer header nav",
}
_FLAGS = {name: flag for flag, names in _SAYING.items() for name in names.split()}
_LANDMARKS = {
    "article": "article",
    "main": "main",
    "navigation": "nav",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
}
"""ARIA role -> the element that means the same."""
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.IGNORECASE)

_LISTS = ("ul", "ol", "menu", "dir")
_CELLS = ("td", "th", "caption")
_SECTIONS = ("tbody", "thead", "tfoot")
_TABLE_PARTS = {"tr", *_CELLS, *_SECTIONS}
_IMPLIED_ENDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("li",), (*_LISTS, "table")),
    **dict.fromkeys(("dt", "dd"), (("dt", "dd"), ("dl", "table"))),
    **dict.fromkeys(("td", "th"), (_CELLS, ("table",))),
    "tr": (("tr", "caption"), ("table",)),
    **dict.fromkeys(_SECTIONS, ((*_SECTIONS, "tr", "caption"), ("table",))),
}
"""Start tag -> (the elements that it ends if they are open, those inside of which they have to be open)."""

_DATE_NAMES = ("article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created", "pubdate")


class Page(NamedTuple):
    """What is read of a page: its paragraphs as text, joined by blank lines, where they stand, and its date (see `parse_date`)."""

    text: bytes
    cuts: Cuts
    date: str | None


def extract_page(html: str, is_xml: bool = False) -> Page:
    """Return the text of a page; it is empty where there is none. is_xml: whether `<p/>` is a whole element. Time O(len(html))."""
    reader = _PageReader(is_xml)
    reader.read(html.replace(_BREAK, ""))
    encoded = [paragraph.encode() for paragraph in reader.paragraphs]
    end = np.cumsum([len(paragraph) + len(_PARTING) for paragraph in encoded], dtype=np.int64) - len(_PARTING)
    start = end - np.fromiter(map(len, encoded), np.int64, len(encoded))
    cuts = Cuts(start, end, np.array(reader.roles, np.uint8))
    return Page(_PARTING.encode().join(encoded), cuts, reader.find_date())


def is_markup(html: str) -> bool:
    """Return whether there is any tag of HTML in a page at all."""
    tags = (token[1].lower() for token in TOKEN.finditer(html) if token[1])
    return any(tag in _KIND or tag in _NOTHING for tag in tags)


class _PageReader:
    """Walks the tokens of a page and gathers its paragraphs."""

    def __init__(self, is_xml: bool) -> None:
        self._is_xml = is_xml
        self.paragraphs: list[str] = []
        self.roles: list[int] = []
        self._pieces: list[str] = []
        self._has_break = False
        self._captions: list[tuple[str, int]] = []
        self._flags = 0
        self._stack: list[tuple[str, int]] = []  # an open element, and the flags outside of it
        self._places: dict[str, list[int]] = {}  # name -> where on the stack elements of that name are
        self._dates: dict[str, str] = {}

    def read(self, page: str) -> None:
        """Gather the paragraphs of a page."""
        start = TEXT_AT_START.match(page)
        at = start.end() if start else 0
        self._pieces.append(page[:at])
        while at < len(page):
            at = self._read_tokens(page, at)
        self._end_paragraph()

    def find_date(self) -> str | None:
        """Return the date of publication that the page tells: of its head, else of its first time element that is no furniture."""
        given = (self._dates.get(name) for name in (*_DATE_NAMES, "time"))
        return next(filter(None, map(parse_date, given)), None)

    def _read_tokens(self, page: str, at: int) -> int:
        """Read on to the next element in which markup means nothing, or to the end; return where that is."""
        pieces, kind_of = self._pieces, _KIND
        for token in TOKEN.finditer(page, at):
            tag, attributes, text = token.groups()
            if tag is not None:
                kind = kind_of.get(tag)
                if kind is None:
                    tag = tag.lower()
                    kind = _INLINE if tag in _NOTHING else kind_of.get(tag, _INLINE)
                if kind == _INLINE:
                    if (attributes and _may_tell(attributes)) or self._flags & _HIDDEN or tag in _FLAGS:
                        self._read_inline(tag, attributes)
                elif kind == _RAW:
                    if not self._is_closed(attributes):
                        return find_raw_end(page, tag, token.end(2))
                else:
                    self._read_tag(tag, kind, attributes)
                    if self._is_xml and kind in (_BLOCK, _CELL) and attributes.endswith("/"):
                        self._close(tag)
            if text and not self._flags & _HIDDEN:
                pieces.append(text)
        return len(page)

    def _read_tag(self, tag: str, kind: int, attributes: str) -> None:
        if kind in (_BLOCK, _CELL):
            if tag[0] == "/":
                self._close(tag[1:])
            else:
                self._read_start(tag, kind, attributes)
        elif kind == _LINE_BREAK:
            self._has_break = True
            self._pieces.append("\n" if self._flags & _KEEPS_LINES else _BREAK)
        elif kind == _IMAGE:
            self._read_image(attributes)
        elif kind == _META:
            self._read_meta(attributes)
        elif kind == _TIME:
            self._read_time(attributes)
        elif kind == _RULE:
            self._end_paragraph()

    def _read_inline(self, tag: str, attributes: str) -> None:
        """Note an inline element if it hides what is in it, or stands in what is hidden (to find the end that belongs to it)."""
        if tag[0] == "/":
            self._close(tag[1:])
        elif tag in _NOTHING or self._is_closed(attributes, tag):
            return
        elif (flags := self._flags | self._flags_of(tag, attributes)) & _HIDDEN:
            self._push(tag, flags)

    def _read_start(self, tag: str, kind: int, attributes: str) -> None:
        if tag in _TABLE_PARTS and "table" not in self._places:
            return  # no such thing outside of a table
        if kind == _BLOCK or self._has_break:
            self._end_paragraph()
        else:
            self._pieces.append(" ")
        self._open(tag, attributes)

    def _read_image(self, attributes: str) -> None:
        if self._flags & _HIDDEN or "alt" not in attributes.lower():
            return
        known = read_attributes(attributes)
        if (alt := known.get("alt")) and not _is_hidden(known):
            self._captions.append((alt, FURNITURE if self._flags & _IS_FURNITURE else CAPTION))

    def _read_meta(self, attributes: str) -> None:
        known = read_attributes(attributes)
        for key in ("property", "name", "itemprop"):
            if (name := known.get(key, "").lower()) in _DATE_NAMES:
                self._dates.setdefault(name, known.get("content", ""))

    def _read_time(self, attributes: str) -> None:
        if "datetime" in attributes.lower() and not self._flags & (_IS_FURNITURE | _HIDDEN):
            self._dates.setdefault("time", read_attributes(attributes).get("datetime", ""))
        self._read_inline("time", attributes)

    def _is_closed(self, attributes: str, tag: str = "") -> bool:
        """Return whether a tag ends its own element: in XML, and in drawings."""
        return attributes.endswith("/") and (self._is_xml or tag == "svg" or "svg" in self._places)

    def _open(self, tag: str, attributes: str) -> None:
        if "p" in self._places and self._is_open("p", _CELLS):
            self._pop_to("p")
        if tag in _IMPLIED_ENDS:
            ended, inside = _IMPLIED_ENDS[tag]
            for name in ended:
                if self._is_open(name, inside):
                    self._pop_to(name)
        self._push(tag, self._flags | self._flags_of(tag, attributes))

    def _close(self, name: str) -> None:
        """Leave an element; what is not open cannot be left, but that `</p>` is a whole paragraph then, without a text."""
        inside = ("table",) if name in _TABLE_PARTS else () if name == "table" else _CELLS
        is_open = self._is_open(name, inside)
        if (is_open and (_KIND.get(name) == _BLOCK or (name in _CELLS and self._has_break))) or name == "p":
            self._end_paragraph()
        if is_open:
            self._pop_to(name)

    def _flags_of(self, tag: str, attributes: str) -> int:
        """Return what a tag and its attributes say of the text in it."""
        flags = 0
        if tag == "dialog" or (attributes and _may_tell(attributes)):
            known = read_attributes(attributes)
            flags = _HIDDEN if _is_hidden(known) or (tag == "dialog" and "open" not in known) else 0
            tag = _LANDMARKS.get(known.get("role", "").lower(), tag)
        if tag in ("header", "footer") and self._flags & _IN_ARTICLE:
            return flags  # the headline and the byline of an article
        return flags | _FLAGS.get(tag, 0)

    def _is_open(self, name: str, inside: tuple[str, ...]) -> bool:
        """Return whether an element is open, and no element of some others is between."""
        places = self._places.get(name)
        if not places:
            return False
        if places[-1] == len(self._stack) - 1:
            return True
        return all(places[-1] > self._places[other][-1] for other in inside if other in self._places and other != name)

    def _push(self, name: str, flags: int) -> None:
        self._places.setdefault(name, []).append(len(self._stack))
        self._stack.append((name, self._flags))
        self._flags = flags

    def _pop_to(self, wanted: str) -> None:
        name = ""
        while name != wanted:
            name, self._flags = self._stack.pop()
            places = self._places[name]
            places.pop()
            if not places:
                del self._places[name]

    def _end_paragraph(self) -> None:
        """Take the pieces gathered so far as one paragraph (or several, where blank lines part them), then the captions."""
        if self._pieces:
            role = FURNITURE if self._flags & _IS_FURNITURE else CAPTION if self._flags & _IS_CAPTION else PROSE
            self._add("".join(self._pieces), role, bool(self._flags & _KEEPS_LINES))
            self._pieces.clear()
            self._has_break = False
        if self._captions:
            for text, role in self._captions:
                self._add(text, role, False)
            self._captions.clear()

    def _add(self, text: str, role: int, keeps_lines: bool) -> None:
        if not text or text.isspace():
            return
        for paragraph in _lay_out(unescape(text), keeps_lines):
            self.paragraphs.append(paragraph)
            self.roles.append(role)


def _lay_out(text: str, keeps_lines: bool) -> list[str]:
    """Return the paragraphs of a run of text without block markup in it."""
    if not keeps_lines and _BREAK not in text:
        is_plain = text.isprintable() and "  " not in text  # of all white space only single blanks: nearly all there is
        paragraph = text.strip(" ") if is_plain else " ".join(text.split()).strip(" \u200b\ufeff")
        return [paragraph] if paragraph else []
    if keeps_lines:
        lines = [line.rstrip(BLANK) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    else:
        lines = [" ".join(line.split()).strip(" \u200b\ufeff") for line in text.split(_BREAK)]
    joined = ("\n".join(run).strip(BLANK) for has_text, run in groupby(lines, bool) if has_text)
    return [paragraph for paragraph in joined if paragraph]


def _may_tell(attributes: str) -> bool:
    """Return whether attributes are worth taking apart: few say anything of what is hidden or of a landmark."""
    lower = attributes.lower()
    return "hidden" in lower or "none" in lower or "role" in lower


def _is_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("hidden", "until-found").lower() != "until-found" or bool(_HIDING.search(attributes.get("style", "")))
