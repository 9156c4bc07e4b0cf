"""The oracle of `classify.find_kinds`: one cluster after the other, rule after rule, importing nothing that it checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

CAPTION = 1
"""The role of a picture's line."""
LIST_ITEM = re.compile(r"(?:[-*+•·–]|\d{1,2}[.)])\s")
BYLINE = re.compile(r"(?:By|Von|Par|Por|Di|От|Автор:?)\s+[^\W\d_]+(?:[\s,.-]+[^\W\d_]+){1,11}$")


class Line(NamedTuple):
    """One member of a cluster, and where it stands."""

    text: str
    document: int
    ordinal: int
    from_end: int
    words: int
    is_furniture: bool
    role: int

    @property
    def is_long(self) -> bool:
        return self.ordinal + self.from_end + 1 >= 8

    @property
    def is_link(self) -> bool:
        return bool(LIST_ITEM.match(self.text)) and self.from_end < 12 and self.is_long and self.words <= 25


def find_kind(lines: list[Line], has_cue: Callable[[str], bool]) -> str:
    """Return the kind of a cluster. has_cue: tells of a text whether it has a picture cue."""
    if 2 * sum(line.role == CAPTION for line in lines) >= len(lines):
        return "caption"
    if any(line.words <= 90 and has_cue(line.text) for line in lines):
        return "caption"
    if 2 * sum(line.is_furniture for line in lines) >= len(lines):
        return "furniture"
    is_across = len({line.document for line in lines}) > 1
    if all(line.ordinal < 5 for line in lines):
        if all(BYLINE.match(line.text) for line in lines):
            return "furniture"
        if is_across and all(line.words <= 4 and line.is_long for line in lines):
            return "furniture"
    if 2 * sum(line.is_link for line in lines) >= len(lines) and (is_across or any(line.ordinal < 5 for line in lines)):
        return "furniture"
    short = {(line.document, line.ordinal) for line in lines if 3 <= line.words <= 60}
    return "caption" if any((document, ordinal + 1) in short for document, ordinal in short) else "paragraph"
