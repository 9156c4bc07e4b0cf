"""What is to be taken out of a file, and a text without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dedup.errors import InputError

Ranges = Sequence[tuple[int, int]]
"""Half-open ranges of code points in a document's text, rising and apart."""
Removals = Mapping[int, Ranges | None]
"""What goes of the documents of one file, by their numbers in it, from 1 and rising: ranges of the text, None for the document."""


def cut_text(text: str, ranges: Ranges) -> str:
    """Return a text without some ranges. Raises ValueError for a range beyond its end."""
    if ranges and ranges[-1][1] > len(text):
        raise ValueError(f"a range ends at {ranges[-1][1]}, the text at {len(text)}")
    kept, at = [], 0
    for start, end in ranges:
        kept.append(text[at:start])
        at = end
    return "".join((*kept, text[at:]))


def tell_changed(name: str) -> InputError:
    """Return the error of a file that does not hold what it held when it was first read."""
    return InputError(f"{name}: was changed while it was read; run again when nothing writes to it")
