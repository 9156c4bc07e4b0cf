"""What of a Markdown file is prose: everything else becomes white space, and every offset stays as it was.

Left out are front matter, fenced code, link and image targets, reference labels and definitions, autolinks, footnote marks and
HTML comments. One pass walks the lines, for code and definitions are a matter of lines; the paragraphs between them are scanned
for brackets, code spans and the rest.
Source: CommonMark 0.31.2 (4.5 fences, 4.7 definitions, 6.1 code spans, 6.3 links, 6.5 autolinks); footnotes as GitHub has them.

Masking twice is masking once: what is masked must not change what the rest means. So a line that begins like a fence or a
definition and is none is left as it stands; a definition may follow on a line of prose; a label counts whether it is defined or
not; a link within a link's text counts; three blanks in a row (a hole) are no part of a label or target. Of lists only the first
marker matters: behind it a fence may be indented at will, and it ends where it is closed, not with its item.
Leaves out: indented code (scraped prose is often indented), HTML other than comments, bare URLs, and labels, targets and
definitions over several lines (but a definition's title may have its own).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from dedup.read.dates import parse_date

Span = tuple[int, int]
Pattern = re.Pattern[bytes]
Match = re.Match[bytes]

BLANKS = (b" ", "\u00a0".encode(), "\u2003".encode(), "\U00010100".encode())
"""What masks a code point of 1, 2, 3 or 4 bytes. No white space has four: the Aegean word separator at least parts words."""
DATE_KEYS = ("date", "published", "publishdate", "created")

# What a line does: it is masked, left as it stands, a paragraph of its own, the first of a paragraph or any other.
MASKED, LEFT, ALONE, FIRST, OTHER = range(5)

_SIGNS = (b"[", b"<", b"`", b"~")
_BEFORE_TARGET = (b"(", b"[")
_WIDEST_LEAD = 40  # how far to look back for the start of a footnote's line, which may be a megabyte away
_TAB = 4
_MOST_INDENT = 3
_BLANK_BYTES = bytes(byte if byte in b"\r\n" or byte >= 0x80 else 0x20 for byte in range(256))

# Every repeat either is possessive or can be cut in one way only, so that no text is read again and again.
_STOP, _BREAK = rb"(?=[\r\n]|\Z)", rb"(?:\r\n?|\n|\Z)"
_MARKER = rb"(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t\r\n<\[]|\Z)"  # "<" and "[" are often blank once masked
_AUTOLINK = rb"<(?!!--)(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20\x7f<>]*+|[\w.!#$%&'*+/=?^`{|}~-]++@[A-Za-z0-9.-]++)>"
_COMMENT = rb"<!(?=--)[^\r\n-]*+(?:-(?!->)[^\r\n-]*+)*-->"
_NOTE = rb"\[\^[^\s\[\]]++\]"
_LABEL = rb"\[(?!\^)(?:[^\[\]\\\r\n]|\\[^\r\n]){1,999}\]"
_ANGLED = rb"<[^<>\\\r\n]*+(?:\\[^\r\n][^<>\\\r\n]*+)*>"
_QUOTED = rb"%b[^%b\\\r\n]*+(?:\\[^\r\n][^%b\\\r\n]*+)*%b"
_TITLE = rb"(?:%b|%b|%b)" % (_QUOTED % ((b'"',) * 4), _QUOTED % ((b"'",) * 4), _QUOTED % (rb"\(", b"()", b"()", rb"\)"))


def _nest(depth: int) -> bytes:
    """Return the pattern of a target without blanks whose parentheses are balanced and at most so deep."""
    plain, escape = rb"[^()\\\x00-\x20\x7f]*+", rb"\\(?:[()\\]|(?![()\\]))"
    return rb"%b(?:(?:%b%b)%b)*" % (plain, escape, rb"|\(%b\)" % _nest(depth - 1) if depth else b"", plain)


_TARGET = rb"(?:%b|(?=[^\s<])%b)" % (_ANGLED, _nest(3))  # as deep as CommonMark asks for
_LINKED = rb"\([ \t]{0,2}(?:%b(?:[ \t]{1,2}%b)?[ \t]{0,2})?\)" % (_TARGET, _TITLE)

_PERHAPS = re.compile(rb"[\[<`~]|\A(?:---|\+\+\+)")
_FRONT = re.compile(rb"(?:---|\+\+\+)[ \t]{0,3}" + _BREAK)
_KEY = re.compile(rb"(?:[ \t]*+(?:#[^\r\n]*+)?(?:\r\n?|\n))*+(?:[\"']?[\w.-]++[\"']?[ \t]*+[:=]|\[|---|\.\.\.|\+\+\+)")
_FRONT_END = {
    b"-": re.compile(rb"(?<=[\r\n])(?:---|\.\.\.)[ \t]{0,3}" + _BREAK),
    b"+": re.compile(rb"(?<=[\r\n])\+\+\+[ \t]{0,3}" + _BREAK),
}
_PLAIN_LINES = re.compile(rb"(?:[A-Za-z\"'(\xc3-\xe1\xe3-\xef][^\r\n]*+%b)*" % _BREAK)  # most lines, dealt with at once
_LINE = re.compile(rb"(?!\Z)((?:[ \t>]++|%b)*)[^\r\n]*+%b" % (_MARKER, _BREAK))
_REST = re.compile(rb"[^\r\n]*+" + _BREAK)
_SHALLOW = re.compile(rb" {0,3}(?:(?:>|[-+*]|[0-9]{1,9}[.)]) {0,3})*")
_LIST = re.compile(rb" {0,3}(?:> {0,3})*[-+*0-9]")
_EMPTY = re.compile(rb"(?:[ \t>=*_-]++|%b)*%b" % (b"|".join(BLANKS[1:]), _STOP))
_ALONE = re.compile(rb"#{1,6}(?=[ \t\r\n<\[]|\Z)|\|")
_FENCE = re.compile(rb"(?:`{3,}+(?=[^`\r\n]*+%b)|~{3,}+)" % _STOP)
_FENCE_LINE = re.compile(rb"(?!\Z)([ \t>]*+)(?:(`{3,}+|~{3,}+)[ \t]*+%b)?[^\r\n]*+%b" % (_STOP, _BREAK))
_LIKE_FENCE = re.compile(rb"(?:[ \t>]++|%b|%b|%b|%b(?::|%b)?)*(?:```|~~~)" % (_MARKER, _AUTOLINK, _COMMENT, _NOTE, _LINKED))
_LIKE_DEFINITION = re.compile(_LABEL + rb":")
_DEFINITION = re.compile(
    rb"[ \t]*+%b(?:[ \t]++%b[ \t]*+%b|[ \t]*+%b(?:(?:\r\n?|\n)[ \t]*+%b[ \t]*+%b)?)%b"
    % (_TARGET, _TITLE, _STOP, _STOP, _TITLE, _STOP, _BREAK)
)
_COMMENT_LINE = re.compile(_COMMENT)
_TOKEN = re.compile(rb"\\[!-/:-@\[-`{-~]|``*+|<!--|%b|\[\[*+|\]\]*+" % _AUTOLINK)
_TICKS = re.compile(rb"``*+")
_FOOTNOTE = re.compile(_NOTE)
_FOOTNOTE_LEAD = re.compile(rb"(?:\A|[\r\n])[ \t>]*+\Z")
_LINK = re.compile(_LINKED)
_REFERENCE = re.compile(_LABEL)
_HOLE = re.compile(rb"(?:%b){3}" % b"|".join(BLANKS))
_OVER_LINES = re.compile(rb"[\r\n]")
_BLANK_REST = re.compile(rb"[ \t]*+" + _STOP)
_WIDE = tuple(re.compile(lead + rb"[\x80-\xbf]+") for lead in (rb"[\xc2-\xdf]", rb"[\xe0-\xef]", rb"[\xf0-\xf4]"))

_DATE_LINE = re.compile(r"""["']?(\w+)["']?[ \t]*[:=][ \t]*(?:"([^"]*)"|'([^']*)'|([^#]*))""")
_BEFORE_ZONE = re.compile(r" +(?=(?:[+-]\d\d:?\d\d|Z)$)")


def mask_markdown(text: bytes) -> bytes:
    r"""Return a Markdown text with white space in the place of everything that is not prose.

    text: valid UTF-8. The result has as many bytes, code points before each byte that is kept, and line breaks as the text has.
    Time O(bytes).

    >>> mask_markdown(b"A [link](https://example.org).")
    b'A [link]                     .'
    """
    if not _PERHAPS.search(text):
        return text
    masked = bytearray(text)
    for start, end in _find_spans(text):
        masked[start:end] = _blank_out(text[start:end])
    return bytes(masked)


def read_front_matter_date(text: bytes) -> str | None:
    r"""Return the date that a Markdown text's front matter tells, as `parse_date` does; None where it tells none.

    The first of DATE_KEYS that holds a date counts, for `published: true` is common. Keys within another key do not count.

    >>> read_front_matter_date(b"---\ntitle: A\ndate: 2024-05-03\n---\n")
    '2024-05-03T00:00:00'
    """
    dates: dict[str, str | None] = {}
    for line in text[: _end_of_front_matter(text)].decode().splitlines():
        if line.startswith("["):  # from here on TOML's keys are those of a table
            break
        if (found := _DATE_LINE.match(line)) and found[1].lower() in DATE_KEYS:
            value = next(group for group in found.group(2, 3, 4) if group is not None).strip()
            dates.setdefault(found[1].lower(), parse_date(_BEFORE_ZONE.sub("", value.replace("UTC", "Z"))))
    return next((dates[key] for key in DATE_KEYS if dates.get(key)), None)


def _blank_out(text: bytes) -> bytes:
    """Return white space of the same code points' sizes, with the line breaks of the text."""
    if not text.isascii():
        for wide, blank in zip(_WIDE, BLANKS[1:], strict=True):
            text = wide.sub(blank, text)
    return text.translate(_BLANK_BYTES)


def _end_of_front_matter(text: bytes) -> int:
    """Return where the front matter ends; a rule at the top with prose behind it begins none."""
    first = _FRONT.match(text)
    if first is None or not _KEY.match(text, first.end()):
        return 0
    last = _FRONT_END[text[:1]].search(text, first.end())
    return last.end() if last else 0


def _match_end(pattern: Pattern, text: bytes, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _find_spans(text: bytes) -> Iterator[Span]:
    """Yield the spans that are not prose. They may overlap; none begins or ends within a code point."""
    at = paragraph = _end_of_front_matter(text)
    yield 0, at
    in_list, last_comment = False, text.rfind(b"-->")
    while line := _LINE.match(text, _match_end(_PLAIN_LINES, text, at)):
        lead = line[1].expandtabs(_TAB)
        in_list = in_list or _LIST.match(lead) is not None
        look, at = _look_at_line(text, line, lead, in_list)
        if look <= FIRST:
            yield from _scan_paragraph(text, paragraph, line.start())
            paragraph = line.start() if look == FIRST else at
        if look == MASKED:
            yield line.start(), at
        elif look == ALONE:
            yield from _scan_paragraph(text, line.start(), at)
        elif look >= FIRST and (comment := line.end(1)) < last_comment and _SHALLOW.fullmatch(lead):
            closed = text.find(b"-->", comment) + len(b"-->") if text.startswith(b"<!--", comment) else 0
            if closed > at or (closed and _BLANK_REST.match(text, closed)):  # such a comment may hold blank lines
                yield from _scan_paragraph(text, paragraph, comment)
                yield comment, _keep_sign(text, comment, closed)
                paragraph, at = closed, _match_end(_REST, text, closed)
    yield from _scan_paragraph(text, paragraph, len(text))


def _look_at_line(text: bytes, line: Match, lead: bytes, in_list: bool) -> tuple[int, int]:
    """Return what a line does, and where it ends together with the lines that belong to it.

    lead: its indent, quote marks and list markers, without tabs.
    """
    content, end = line.end(1), line.end()
    sign, is_item = text[content : content + 1], bool(lead.strip(b" >"))
    if sign in _SIGNS:
        shallow = _SHALLOW.fullmatch(lead) is not None
        if (shallow or in_list) and (fence := _FENCE.match(text, content)):
            return MASKED, _end_of_fence(text, end, lead, fence.group(), in_list)
        if _LIKE_FENCE.match(text, line.start()):
            return LEFT, end
        label = _LIKE_DEFINITION.match(text, content) if shallow and not is_item else None
        if label and not _HOLE.search(label.group()):
            definition = _DEFINITION.match(text, label.end())
            return (MASKED, definition.end()) if definition else (LEFT, end)
        comment = _COMMENT_LINE.match(text, content) if shallow else None
        if comment and b"`" in comment.group() and not _BLANK_REST.match(text, comment.end()):
            return LEFT, end
    elif _EMPTY.match(text, content):
        return LEFT, end
    elif _ALONE.match(text, content) and _SHALLOW.fullmatch(lead):
        return ALONE, end
    return (FIRST if is_item else OTHER), end


def _end_of_fence(text: bytes, at: int, opening: bytes, fence: bytes, in_list: bool) -> int:
    """Return where a fenced code block ends: behind its closing fence, with its block quote, or with the text."""
    n_quotes = opening.count(b">")
    while line := _FENCE_LINE.match(text, at):
        lead = line[1].expandtabs(_TAB)
        if lead.count(b">") < n_quotes:
            return at
        at = line.end()
        closes = line[2] and line[2].startswith(fence) and lead.count(b">") == n_quotes
        if closes and (_SHALLOW.fullmatch(lead) or (in_list and len(lead) <= len(opening) + _MOST_INDENT)):
            return at
    return at


def _scan_paragraph(text: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield the spans of text[start:end] that are not prose; code spans are left as they stand."""
    openers: list[int] = []
    ticks: dict[int, list[int]] = {}
    at, comment_end = start, start
    while token := _TOKEN.search(text, at, end):
        (begin, at), sign = token.span(), token.group()[:1]
        if sign == b"`":
            ticks = ticks or _find_ticks(text, begin, end)
            at = _end_of_code(ticks, at, at - begin)
        elif sign == b"[":
            openers.extend(range(begin, at))
        elif sign == b"]":
            for close in range(begin, min(at, begin + len(openers))):
                opener = openers.pop()
                if text[close + 1 : close + 2] in _BEFORE_TARGET or text.startswith(b"[^", opener):
                    span = _find_target(text, opener, close, end)
                    yield span
                    at = max(at, span[1])
        elif token.group() == b"<!--":
            if comment_end < begin + len(b"<!-->"):
                closed = text.find(b"-->", begin + len(b"<!"), end)
                comment_end = closed + len(b"-->") if closed >= 0 else end + 1
            if comment_end <= end:
                yield begin, _keep_sign(text, begin, comment_end)
                at = comment_end
        elif sign == b"<":
            yield begin, at


def _find_ticks(text: bytes, start: int, end: int) -> dict[int, list[int]]:
    """Return where the runs of backticks begin, by their length."""
    ticks: dict[int, list[int]] = {}
    for run in _TICKS.finditer(text, start, end):
        ticks.setdefault(run.end() - run.start(), []).append(run.start())
    return ticks


def _end_of_code(ticks: dict[int, list[int]], at: int, length: int) -> int:
    """Return where the code span ends that a run of backticks, which ends at `at`, opens; `at` when none closes it."""
    runs = ticks.get(length, [])
    following = bisect_left(runs, at)
    return runs[following] + length if following < len(runs) else at


def _find_target(text: bytes, opener: int, close: int, end: int) -> Span:
    """Return the label or target behind a bracketed text, with the text itself when it is a footnote's mark; perhaps empty."""
    start = behind = close + 1
    if text.startswith(b"[^", opener) and (note := _FOOTNOTE.match(text, opener)) and note.end() == behind:
        start = opener
        if text.startswith(b":", behind) and _FOOTNOTE_LEAD.search(text[max(opener - _WIDEST_LEAD, 0) : opener]):
            return start, behind + 1
    elif text.startswith(b"[", behind) and (label := _REFERENCE.match(text, behind, end)) and not _HOLE.search(label.group()):
        behind = label.end()
    if text.startswith(b"(", behind) and (link := _LINK.match(text, behind, end)) and not _HOLE.search(link.group()):
        behind = link.end()
    return start, behind


def _keep_sign(text: bytes, start: int, end: int) -> int:
    """Return where to stop masking a comment: short of "->" when text follows on its last line, which would come to begin it."""
    return end - len(b"->") if _OVER_LINES.search(text, start, end) and not _BLANK_REST.match(text, end) else end
