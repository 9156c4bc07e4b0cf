"""The text of a row of JSON, cut in its source: what stays keeps its bytes, escapes and white space included.

A row comes here that was read before, so it is gone through by its tokens and not parsed again: neither numbers of any length
nor brackets of any depth are in the way.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

from dedup.read.fields import split_path
from dedup.read.paragraphs import GAP
from dedup.rewrite.removals import Ranges, cut_text

Span = tuple[int, int]

_SIGN = re.compile(r'[][{}"]')
_SCALAR = re.compile(r'[^][{}",:\s]++')
_BETWEEN = re.compile(r"[ \t\r\n,:]*+")
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
"""What stands for one code point; a pair of surrogates is one."""


def cut_row(row: bytes, ranges: Ranges | None, names: Sequence[str]) -> bytes:
    """Return the source of a row without ranges of its text, nothing for None. names: of the text's field, the first that is there.

    Raises ValueError where the row is no document, or a range lies beyond the end of its text.
    """
    source = row.decode(errors="surrogateescape")
    start, end = _find_text(source, names)
    token = source[start:end]
    text = json.loads(token)
    cut = _cut_list(token, text, ranges or ()) if isinstance(text, list) else _cut_string(token, text, ranges or ())
    return b"" if ranges is None else f"{source[:start]}{cut}{source[end:]}".encode(errors="surrogateescape")


def _find_text(source: str, names: Iterable[str]) -> Span:
    """Return where the value of the text's field stands."""
    start = _skip(source, 0)
    if source[start : start + 1] != "{":
        raise ValueError("not an object")
    members, end = _list_members(source, start)
    if source[end:].strip():
        raise ValueError("not JSON")
    found = next((found for name in names if (found := _look_up(source, members, name))), None)
    if found is None:
        raise ValueError("no text")
    return found


def _look_up(source: str, members: dict[str, Span], path: str) -> Span | None:
    """Return where the value at a dotted path stands, as `look_up` in `fields` finds it."""
    for key, rest in split_path(path):
        if key not in members:
            continue
        start, end = members[key]
        if not rest:
            return start, end
        if source[start] == "{" and (found := _look_up(source, _list_members(source, start)[0], rest)):
            return found
    return None


def _list_members(source: str, at: int) -> tuple[dict[str, Span], int]:
    """Return (where the values of an object stand by their keys, of a key that is there twice the last one; its end)."""
    members = {}
    at = _skip(source, at + 1)
    while source[at : at + 1] == '"':
        key, at = scanstring(source, at + 1, False)
        start = _skip(source, at)
        at = _find_end(source, start)
        members[key] = (start, at)
        at = _skip(source, at)
    if source[at : at + 1] != "}":
        raise ValueError("not JSON")
    return members, at + 1


def _list_elements(source: str) -> list[Span]:
    """Return where the elements of an array stand."""
    elements = []
    at = _skip(source, 1)
    while source[at] != "]":
        elements.append((at, _find_end(source, at)))
        at = _skip(source, elements[-1][1])
    return elements


def _skip(source: str, at: int) -> int:
    """Return where the next token begins."""
    found = _BETWEEN.match(source, at)
    return found.end() if found else at


def _find_end(source: str, start: int) -> int:
    """Return where the value that begins at a token ends."""
    depth, at = 0, start
    if source[start : start + 1] not in ("[", "{", '"'):
        scalar = _SCALAR.match(source, start)
        if not scalar:
            raise ValueError("not JSON")
        return scalar.end()
    while sign := _SIGN.search(source, at):
        if sign[0] == '"':
            at = _end_string(source, sign.end())
        else:
            depth += 1 if sign[0] in "[{" else -1
            at = sign.end()
        if depth <= 0:
            return at
    raise ValueError("not JSON")


def _end_string(source: str, at: int) -> int:
    """Return where a string ends; at: behind its first quote."""
    while True:
        quote = source.index('"', at)  # raises ValueError where there is none
        last = quote - 1
        while source[last] == "\\":
            last -= 1
        at = quote + 1
        if (quote - last) % 2:
            return at


def _cut_string(token: str, text: object, ranges: Ranges) -> str:
    """Return the source of a string without ranges of its text."""
    if not isinstance(text, str):
        raise ValueError("not a text")
    text.encode()  # raises what is a ValueError for a lone surrogate
    if ranges and ranges[-1][1] > len(text):
        raise ValueError("a range beyond the end of the text")
    edges = list(_map_positions(token, (edge for one in ranges for edge in one)))
    return "".join(token[start:end] for start, end in zip([0, *edges[1::2]], [*edges[::2], len(token)], strict=True))


def _map_positions(token: str, positions: Iterable[int]) -> Iterator[int]:
    """Yield where in the source of a string rising positions of its text stand."""
    escapes = _ESCAPE.finditer(token)
    escape = next(escapes, None)
    shift = 1  # of the source against the text: its quote, and what escapes are longer than what they stand for
    for position in positions:
        while escape and escape.start() - shift < position:
            shift += len(escape[0]) - 1
            escape = next(escapes, None)
        yield position + shift


def _cut_list(token: str, paragraphs: Sequence[object], ranges: Ranges) -> str:
    """Return the source of a list of paragraphs without ranges of the text that they make (see `join_paragraphs`).

    A paragraph of which no more than white space is left goes as a whole; those that were blank before, and nulls, stay.
    """
    spans = _list_elements(token)
    cuts: list[str | None] = []
    at = 0
    for (start, end), paragraph in zip(spans, paragraphs, strict=True):
        element = token[start:end]
        if paragraph is None or (isinstance(paragraph, str) and not paragraph.strip()):
            cuts.append(element)
            continue
        if not isinstance(paragraph, str):
            raise ValueError("not a text")
        n_chars, lead = len(paragraph.strip()), len(paragraph) - len(paragraph.lstrip())
        here = [(begin - at + lead, stop - at + lead) for begin, stop in _clip(ranges, at, at + n_chars)]
        is_left = not here or cut_text(paragraph, here).strip()
        cuts.append(_cut_string(element, paragraph, here) if is_left else None)
        at += n_chars + len(GAP)
    if ranges and ranges[-1][1] > max(at - len(GAP), 0):
        raise ValueError("a range beyond the end of the text")
    return _join_elements(token, spans, cuts)


def _clip(ranges: Ranges, start: int, end: int) -> Iterator[Span]:
    """Yield what of ranges lies between two positions."""
    for i in range(bisect_right(ranges, start, key=lambda one: one[1]), len(ranges)):
        if ranges[i][0] >= end:
            return
        yield max(ranges[i][0], start), min(ranges[i][1], end)


def _join_elements(token: str, spans: Sequence[Span], elements: Sequence[str | None]) -> str:
    """Return the source of an array with other elements; None for one that goes, with what parts it from the one before."""
    if not spans:
        return token
    made: list[str] = []
    for i, element in enumerate(elements):
        if element is not None:
            made += (token[spans[i - 1][1] : spans[i][0]] if made else "", element)
    return "".join((token[: spans[0][0]], *made, token[spans[-1][1] :]))
