"""What the tests of writers share: files in memory, what may go of documents, and texts spelt in JSON in every way."""

from __future__ import annotations

import io
import json
from unittest.mock import patch

from hypothesis import strategies as st

from dedup.read import find_inputs, read, streams
from dedup.read.batches import iterate_documents
from dedup.read.blockfile import open_blocks
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.settings import Settings


def make_input(content, suffix):
    return Input(f"r{suffix}", None, suffix, "folder", lambda: io.BytesIO(content))


def make_stream(blocks, suffix):
    """Return an input that a function yields."""
    return Input(f"r{suffix}", None, suffix, "folder", lambda: open_blocks(blocks()))


def rewrite(writer, content, removals, suffix, size=1 << 20, **changes):
    """Return a file as a writer writes it, read in blocks of some size."""
    with patch.object(streams, "BLOCK_BYTES", size):
        return b"".join(writer(make_input(content, suffix), removals, Settings(**changes)))


def read_documents(reader, content, suffix, size=1 << 20, **changes):
    with patch.object(streams, "BLOCK_BYTES", size):
        return list(iterate_documents(reader(make_input(content, suffix), Settings(**changes), Problems())))


def read_numbered(reader, content, suffix, size=1 << 20, **changes):
    """Return the text of each document by its number."""
    found = read_documents(reader, content, suffix, size, **changes | {"id_field": "no such field"})
    return {int(document.name.rpartition("#")[2]): document.text for document in found}


def find_input(path):
    """Return the input that a path is."""
    (source,) = find_inputs([path], Problems())
    return source


def read_file(path, settings=None):
    """Return the documents of a file, read as an audit reads it."""
    return list(read([path], settings))


def draw_ranges(n_chars):
    """Draw ranges of a text of so many code points."""
    edges = st.lists(st.integers(0, n_chars), unique=True, max_size=6).map(sorted)
    return edges.map(lambda found: list(zip(found[::2], found[1::2], strict=False)))


def draw_removals(texts):
    """Draw what goes of documents, given by their numbers."""
    each = [st.one_of(st.just("stays"), st.none(), draw_ranges(len(text))) for text in texts.values()]
    return st.tuples(*each).map(lambda found: {number: what for number, what in zip(texts, found, strict=True) if what != "stays"})


def cut_naively(text, ranges):
    return "".join(sign for i, sign in enumerate(text) if not any(start <= i < end for start, end in ranges))


def expect_documents(documents, texts, removals, cut=lambda _, text, ranges: cut_naively(text, ranges)):
    """Return what is to be read from the new file: the name (None where it is a number), text, source and date of each document."""
    expected = []
    for document, number in zip(documents, texts, strict=True):
        ranges = removals.get(number, [])
        if ranges is not None:
            expected.append((*describe(document), cut(number, document.text, ranges)))
    return expected


def describe(document):
    identity = document.name.rpartition("#")[2]
    return None if identity.isdecimal() else identity, document.source, document.date


def describe_all(documents):
    return [(*describe(document), document.text) for document in documents]


def spell(sign):
    """Draw one way to write a code point within a JSON string."""
    units = sign.encode("utf-16-be").hex()
    escaped = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    ways = [escaped, escaped[:2] + escaped[2:].upper().replace("\\U", "\\u"), json.dumps(sign)[1:-1]]
    if sign == "/":
        ways.append("\\/")
    if sign >= " " and sign not in '"\\':
        ways.append(sign)
    return st.tuples(st.just(sign), st.sampled_from(ways))


signs = st.one_of(st.sampled_from(' a.é😀\n\t"\\/u{}[],:\u2028\x7f'), st.characters(codec="utf-8"))
spelt = st.lists(signs.flatmap(spell), max_size=12)
"""A text as (code point, how it is written) each."""
space = st.sampled_from(["", "", " ", "\t", " \r"])


def write_spelt(text, ranges=()):
    """Return the JSON source of a spelt text without ranges."""
    kept = (written for i, (_, written) in enumerate(text) if not any(start <= i < end for start, end in ranges))
    return f'"{"".join(kept)}"'


def say(text):
    return "".join(sign for sign, _ in text)
