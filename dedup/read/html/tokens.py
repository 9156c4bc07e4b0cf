"""HTML markup as tokens: a tag or comment, and the text behind it.

The rules are those of the standard's tokenizer, as one pattern whose every branch ends at the latest where the page does, so that
no page, however broken, takes longer than its length.
Source: WHATWG HTML, 13.2.5 "Tokenization".
Leaves out: scripts with a script inside a comment inside them ("script data double escaped"), CDATA in drawings and formulas.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape

_VALUE = r"""=[ \t\n\f\r]*+(?:"[^"]*+"?|'[^']*+'?|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?"""

TOKEN = re.compile(
    rf"""<(?:
        (/?[a-zA-Z][^ \t\n\f\r/>]*+) ((?:[^>=]++="[^"]*+"|[^>=]++|{_VALUE})*+) >?
      | !--(?:-?>|[^-]*+(?:-(?!-!?>)[^-]*+)*+(?:--!?>)?)
      | (?:[!?]|/[^a-zA-Z>])[^>]*+>?
      | />
      )([^<]*+(?:<(?![a-zA-Z/!?])[^<]*+)*+)""",
    re.VERBOSE,
)
"""Groups: the tag's name (with a leading slash in an end tag; None for a comment), its attributes, and the text behind the tag."""

TEXT_AT_START = re.compile(r"[^<]*+(?:<(?![a-zA-Z/!?])[^<]*+)*+")

_ATTRIBUTE = re.compile(rf"""([^ \t\n\f\r/>=][^ \t\n\f\r/>=]*+)(?:[ \t\n\f\r]*+({_VALUE}))?""")


def read_attributes(source: str) -> dict[str, str]:
    """Return the attributes of a tag, names in lower case, values unescaped; the first of a name counts, as in browsers."""
    attributes: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(source):
        attributes.setdefault(name.lower(), unescape(_unquote(value[1:].lstrip(" \t\n\f\r"))))
    return attributes


def find_raw_end(page: str, name: str, at: int) -> int:
    """Return where the end tag of an element stands in which markup means nothing (a script); the page's end without one."""
    end = _raw_end(name).search(page, at)
    return end.start() if end else len(page)


@cache
def _raw_end(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE)


def _unquote(value: str) -> str:
    return value[1:].removesuffix(value[0]) if value[:1] in ('"', "'") and value else value
