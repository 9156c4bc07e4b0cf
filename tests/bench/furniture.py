"""What made sites put around every document: banner, dates, newsletter line, links and a footer, the same for one source."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from vocabulary import list_words

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
STAMPS = (
    "PUBLISHED: {time}, {day} {month} {year} UPDATED: {later}, {day} {month} {year}",
    "Last updated {day} {month} {year} at {time}",
    "{month} {day}, {year} {time}",
)
FIRST_YEAR, N_YEARS = 2010, 15
MOST_LINKS = 6
PART = "\\n\\n"
"""Between paragraphs, as JSON writes it."""


class Line(NamedTuple):
    """A paragraph of furniture; is_dated: whether its figures differ from document to document."""

    text: str
    is_dated: bool


class Dressed(NamedTuple):
    """The furniture of one document, as it stands in its JSON, and its date."""

    head: str
    foot: str
    date: str


class Site(NamedTuple):
    """The furniture of one source, and what the truth says of each line."""

    head: tuple[Line, ...]
    foot: tuple[Line, ...]
    truth: tuple[str, ...]

    def dress(self, moment: Sequence[int]) -> Dressed:
        """Return the furniture of a document of a moment (year, month, day, hour, minute)."""
        year, month, day, hour, minute = moment
        values = {"time": f"{hour:02}:{minute:02}", "later": f"{hour + 1:02}:{59 - minute:02}", "day": day, "year": year}
        values["month"] = MONTHS[month - 1]
        head = "".join((line.text.format_map(values) if line.is_dated else line.text) + PART for line in self.head)
        foot = "".join(PART + line.text for line in self.foot)
        return Dressed(head, foot, f"{year}-{month:02}-{day:02}")

    def tell(self, n_body: int) -> list[tuple[int, str]]:
        """Return where furniture stands in a document of so many other paragraphs: (paragraph, the rest of its truth)."""
        places = [*range(len(self.head)), *range(len(self.head) + n_body, len(self.head) + n_body + len(self.foot))]
        return list(zip(places, self.truth, strict=True))


def draw_moments(rng: np.random.Generator, n: int) -> list[list[int]]:
    """Return so many moments (year, month, day, hour, minute)."""
    ranges = ((FIRST_YEAR, FIRST_YEAR + N_YEARS), (1, 13), (1, 29), (5, 22), (0, 60))
    return np.stack([rng.integers(*bounds, n) for bounds in ranges], axis=1).tolist()


@cache
def make_site(seed: int, source: int) -> Site:
    """Return the furniture of a source, by its number."""
    rng, words = np.random.default_rng([seed, 1, source]), _list_common_words()

    def phrase(least: int, most: int) -> str:
        return " ".join(words[i] for i in rng.integers(0, len(words), rng.integers(least, most + 1)).tolist()).capitalize()

    name = " ".join(words[i].capitalize() for i in rng.integers(0, len(words), 2).tolist()) + f" {source}"
    head = [Line(f"The {name}: {phrase(2, 5)}", is_dated=False)]
    if rng.random() < 0.8:
        head.append(Line(STAMPS[rng.integers(0, len(STAMPS))], is_dated=True))
    foot = [f"Sign up for the {name} newsletter and {phrase(4, 7).lower()}."]
    foot += [f"- {phrase(3, 7)}" for _ in range(rng.integers(0, MOST_LINKS + 1))]
    foot.append(f"Copyright {name}. All rights reserved. {phrase(3, 9)}.")
    lines = [*head, *(Line(text, is_dated=False) for text in foot)]
    return Site(tuple(lines[: len(head)]), tuple(lines[len(head) :]), tuple(_tell(source, i, line) for i, line in enumerate(lines)))


def _tell(source: int, number: int, line: Line) -> str:
    how, words = "dated" if line.is_dated else "exact", len(line.text.split())
    return f'"kind":"furniture","how":"{how}","group":"f{source}.{number}","words":{words},"edits":0'


@cache
def _list_common_words() -> list[str]:
    return [word for word in list_words()[:3000] if len(word) > 3 and " " not in word and "'" not in word]
