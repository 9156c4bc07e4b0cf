"""The oracle of `segment`: paragraphs by regular expressions and lists of lines, importing nothing that it checks."""

from __future__ import annotations

import re
from itertools import pairwise

SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + "\u200b\ufeff"
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}
ITEM = re.compile(r"([-*+·•‣⁃◦▪●–—]|[0-9]{1,3}[.)])[ \u00a0]")


class Line:
    """One line of a text, without its margins: where it lies, how wide it is, what it looks like."""

    def __init__(self, content: str, start: int, number: int, feeds: bool):
        self.text = content.strip(SPACES)
        self.start = start + len(content) - len(content.lstrip(SPACES))
        self.end = self.start + len(self.text)
        self.number = number
        margin = content[: self.start - start]
        self.indent = columns(margin) if self.text else 0
        self.width = columns(margin + self.text) if self.text else 0
        self.first = columns(first_word(self.text))
        self.ends_sentence = self.text.rstrip(SPACES + "\"')]’”»").endswith(tuple(".!?:…。！？।۔؟"))
        self.skeleton = re.sub("[ 0-9]", "", self.text)
        self.is_blank = not self.text
        self.is_rule = bool(self.text) and all(char in PUNCTUATION + SPACES for char in self.text)
        self.feeds = feeds
        self.is_page_number = self.is_running = False
        self.is_heading = bool(re.match("#{1,6} ", self.text))
        self.is_row = self.text[:1] == "|" or (self.text[:1] != "#" and "\t" in self.text)
        self.is_item = not self.is_row and bool(ITEM.match(self.text))

    @property
    def parts(self) -> bool:
        return self.is_blank or self.is_rule or self.is_page_number

    @property
    def is_alone(self) -> bool:
        return self.is_heading or self.is_row or self.is_running

    @property
    def is_common(self) -> bool:
        return not self.parts and not self.is_running


def columns(text: str) -> int:
    return sum(4 if char == "\t" else 2 if char >= "\u2e80" and char not in SPACES else 1 for char in text)


def first_word(text: str) -> str:
    """Return what a wrapping editor would have moved up: characters before the first space, or one wide character."""
    for at, char in enumerate(text):
        if char in SPACES or char >= "\u2e80":
            return text[: max(at, 1)]
    return text


def lines(text: str) -> list[Line]:
    found, start, number = [], 0, 1
    for end in [*re.finditer("\r\n|[\n\r\f\u2028\u2029]", text), None]:
        feeds = bool(end) and end.group() == "\f"
        found.append(Line(text[start : end.start() if end else len(text)], start, number, feeds))
        if end:
            start, number = end.end(), number + (end.group() in ("\n", "\r", "\r\n"))
    return found


def pages(table: list[Line]) -> list[list[Line]]:
    """Return the lines of each page; none where no form feed stands between two."""
    found: list[list[Line]] = [[]]
    for line in table:
        found[-1].append(line)
        if line.feeds:
            found.append([])
    return found if len(found) > 1 else []


def mark_edges(table: list[Line]) -> None:
    """Tell page numbers and running heads and feet from text."""
    edges = []
    for page in pages(table):
        edges.append([find_edge(page), find_edge(page[::-1])])
        for side, step in enumerate((1, -1)):
            here = edges[-1][side]
            for other in (before[side] for before in edges[-3:-1]):
                if here and other and is_same(here, other) and not is_same(beside(table, here, step), beside(table, other, step)):
                    here.is_running = other.is_running = True
                    here.is_page_number = other.is_page_number = False


def beside(table: list[Line], line: Line, step: int) -> Line | None:
    at = table.index(line) + step
    return table[at] if 0 <= at < len(table) else None


def is_same(one: Line | None, other: Line | None) -> bool:
    return one is not None and other is not None and one.skeleton == other.skeleton != ""


def find_edge(page: list[Line]) -> Line | None:
    """Return the first line of text of a page behind one page number, which is marked."""
    shown = [line for line in page if not line.is_blank and not line.is_rule]
    if shown and is_page_number(shown[0].text):
        shown[0].is_page_number = True
    return next((line for line in shown if not line.is_page_number), None)


def is_page_number(text: str) -> bool:
    """Return whether a text is one or two numbers among signs, with "page" and "of" at most."""
    words = [word for word in re.split("[^0-9A-Za-z]+", text) if word]
    numbers = [word for word in words if is_number(word)]
    rest = {word.lower() for word in words if word not in numbers}
    return len(numbers) in (1, 2) and rest <= {"page", "of"} and set(re.sub("[0-9A-Za-z]", "", text)) <= set(" ()*-/[]|~·–—")


def is_number(word: str) -> bool:
    if word.isdigit():
        return len(word) <= 4
    if word not in (word.lower(), word.upper()) or not set(word.lower()) <= set(ROMAN):
        return False
    values = [ROMAN[letter] for letter in word.lower()]
    return all(b <= a or b in (5 * a, 10 * a) for a, b in pairwise(values))


def paragraphs(text: str, split: str) -> list[tuple[int, int, int]]:
    """Return (start, end, line) of each paragraph, in code points; split: blank, line or auto."""
    table = lines(text)
    mark_edges(table)
    has_blank, width = lies_apart(table), wrap_width(table)
    blocks: list[list[Line]] = []
    last = -1
    for i, line in enumerate(table):
        if line.parts:
            continue
        begins = last < 0 or split == "line" or i > last + 1 or table[last].feeds
        if begins or (split == "auto" and starts(table, i, blocks[-1], width, has_blank)):
            blocks.append([])
        blocks[-1].append(line)
        last = i
    return [(block[0].start, block[-1].end, block[0].number) for block in blocks]


def lies_apart(table: list[Line]) -> bool:
    """Return whether a blank line stands somewhere between two lines of text of one page."""
    for page in pages(table) or [table]:
        texts = [i for i, line in enumerate(page) if line.is_common]
        if texts and any(line.is_blank for line in page[texts[0] : texts[-1]]):
            return True
    return False


def wrap_width(table: list[Line]) -> int:
    texts = [line for line in table if line.is_common]
    width = max((line.width for line in texts if line.width <= 120), default=0)
    breaks = [(a, b) for a, b in pairwise(table) if a.is_common and b.is_common]
    soft = sum(a.width + 1 + b.first > width for a, b in breaks)
    wrapped = len(texts) >= 4 and all(line.width <= 120 for line in texts) and soft >= 0.7 * len(breaks)
    return width if lies_apart(table) or wrapped else 0


def starts(table: list[Line], i: int, block: list[Line], width: int, has_blank: bool) -> bool:
    before, here = table[i - 1], table[i]
    would_fit = before.width + 1 + here.first <= width
    in_list = block[0].is_item
    if width == 0 or max(before.width, here.width) > 120 or before.is_alone or here.is_alone:
        return True
    if here.is_item:
        return in_list or would_fit
    if not in_list and here.indent > before.indent and (i + 1 == len(table) or here.indent > table[i + 1].indent):
        return True
    return not has_blank and (before.width < 0.8 * width or (before.ends_sentence and would_fit))


def goes_on(text: str, above: int, below: int, is_markdown: bool) -> bool:
    """Return whether the line that begins at `below` would be read as more of the one that ends at `above`."""
    upper = Line(re.split("[\n\f\r\u2028\u2029]", text[:above])[-1], 0, 1, False)
    lower = Line(re.split("[\n\f\r\u2028\u2029]", text[below:])[0], 0, 1, False)
    if lower.is_item or lower.is_heading or lower.is_row:
        return False
    if is_markdown:
        return not upper.is_heading
    return not upper.is_heading and not upper.is_row and max(upper.end, lower.end) <= 120


def cut_paragraphs(text: str, gone: list[int], is_markdown: bool = False) -> tuple[str, list[str]]:
    """Return (a text without some of its paragraphs, what goes for each), by the lines of the text."""
    spans = [(start, end) for start, end, _ in paragraphs(text, "auto")]
    lines = [match.span(1) for match in re.finditer("([^\n\f\r\u2028\u2029]*)(?:\r\n|[\n\f\r\u2028\u2029]|$)", text)]

    def own_lines(i: int) -> tuple[int, int]:
        start, end = spans[i]
        first = max(begin for begin, _ in lines if begin <= start)
        number = next(n for n, (_, stop) in enumerate(lines) if stop >= end)
        last = lines[number][1]
        below = text[slice(*lines[number + 1])] if number + 1 < len(lines) else ""
        own = Line(text[first:last], 0, 1, False)
        is_text = not (own.is_item or own.is_heading or own.is_row or own.text.startswith(">"))
        is_row = re.fullmatch(" *-+ *", below) if is_markdown and is_text else None
        if text[last : last + 1] in ("\n", "\r") and (set(below) in ({"="}, {"=", " "}) or is_row):
            last = lines[number + 1][1]
        return first, last

    def gap_before(at: int) -> int:
        return next((k + 1 for k in range(at - 1, -1, -1) if text[k] not in SPACES), 0)

    def gap_behind(at: int) -> int:
        stop = next((k for k in range(at, len(text)) if text[k] not in SPACES), len(text))
        return stop if stop == len(text) else max([at, *(begin for begin, _ in lines if at <= begin <= stop)])

    def weight(gap: str) -> int:
        joined = gap.replace("\r\n", "\n")
        return sum({"\f": 1000}.get(sign, 1) for sign in joined if sign in "\n\r\f\u2028\u2029")

    has_blank = any(
        weight(gap) > 1 for page in text.split("\f") for gap in re.findall(f"[{SPACES}]+", page.strip(SPACES + "\u2028\u2029"))
    )
    own = {i: own_lines(i) for i in gone}
    runs: list[list[int]] = []
    for i in gone:
        joins = runs and runs[-1][-1] == i - 1 and gap_before(own[i][0]) <= own[i - 1][1]
        runs[-1].append(i) if joins else runs.append([i])
    cuts: dict[int, tuple[int, int]] = {}
    for run in runs:
        begins, ends = gap_before(own[run[0]][0]), gap_behind(own[run[-1]][1])
        rims = [begins, *(own[i][1] for i in run)]
        behind = next((k for k in range(rims[-1], len(text)) if text[k] not in SPACES), len(text))
        gaps = [text[rim:head] for rim, head in zip(rims, [*(own[i][0] for i in run), behind], strict=True)]
        stays = max(range(len(gaps)), key=lambda k: (weight(gaps[k]), -k))
        if begins == 0:
            stays = 0
        if ends == len(text):
            stays = len(run)
        weights = [weight(gap) for gap in gaps]
        is_between = begins > 0 and ends < len(text) and max(weights) == weights[0] == weights[-1] == 1
        if (is_between and has_blank and goes_on(text, begins, ends, is_markdown)) or (
            is_markdown and own[run[0]][0] == 0 and weights[-1] and text[ends : ends + 3] in ("---", "+++")
        ):
            for k, i in enumerate(run):
                cuts[i] = (rims[k] if k else own[i][0], own[i][1])
            continue
        for k, i in enumerate(run):
            cuts[i] = (rims[k], own[i][1]) if k < stays else (own[i][0], gap_behind(own[i][1]))
        if begins == 0 and ends == len(text):
            cuts[run[0]] = (0, cuts[run[0]][1])
            cuts[run[-1]] = (cuts[run[-1]][0], len(text))
    left = "".join(sign for k, sign in enumerate(text) if not any(start <= k < end for start, end in cuts.values()))
    return left, [text[start:end] for _, (start, end) in sorted(cuts.items())]
