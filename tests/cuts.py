"""Ranges to cut out of texts, and files to cut them out of, for hypothesis and for tests of what is written again."""

from __future__ import annotations

from hypothesis import strategies as st

from dedup.read import Problems, find_inputs, read_batches
from dedup.read.batches import iterate_documents
from dedup.settings import Settings


def ranges_in(length: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Draw ranges of a text of so many code points, rising and apart."""
    places = st.lists(st.integers(0, length), unique=True, max_size=8).map(sorted)
    return places.map(lambda drawn: list(zip(drawn[::2], drawn[1::2], strict=False)))


def read_documents(path, settings=None):
    """Return the documents of a file, read as an audit reads it."""
    problems = Problems()
    return list(iterate_documents(read_batches(find_inputs([path], problems), settings or Settings(), problems)))


def find_input(path):
    """Return the input that a path is."""
    (source,) = find_inputs([path], Problems())
    return source
