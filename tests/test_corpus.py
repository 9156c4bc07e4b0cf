"""Where the texts of a corpus lie."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.corpus import NO_DOCUMENTS, find_segments
from dedup.model import Batch
from dedup.pipeline import ingest_batches
from dedup.settings import Settings

texts = st.lists(
    st.lists(st.sampled_from(["pine", "öl", "ash", "漢字", "\n\n"]), max_size=9).map(" ".join), min_size=1, max_size=12
)


def ingest(batches, pool, monkeypatch, segment_bytes, spill=None):
    monkeypatch.setattr("dedup.corpus.SEGMENT_BYTES", segment_bytes)
    return ingest_batches(batches, Settings(), pool, lambda stage, n_done: None, spill)


class Inline:
    """Stands for threads: does at once what it is given."""

    def submit(self, function, *arguments):
        made = function(*arguments)
        return type("Made", (), {"done": lambda self: True, "result": lambda self: made})()


def make_batch(i, text, original=None):
    encoded = np.frombuffer(text.encode(), np.uint8)
    shown = None if original is None else np.frombuffer(original.encode(), np.uint8)
    return Batch([f"d{i}"], ["s"], [None], encoded, np.array([0, len(encoded)]), shown)


@given(texts, st.integers(1, 60))
def test_texts_are_the_same_however_they_lie(texts, segment_bytes):
    with pytest.MonkeyPatch.context() as patch:
        corpus = ingest([make_batch(i, text) for i, text in enumerate(texts)], Inline(), patch, segment_bytes)
    everything = np.arange(len(corpus.document))
    expected = [
        texts[document].encode()[start:end].decode()
        for document, start, end in zip(corpus.document, corpus.start, corpus.end, strict=True)
    ]

    assert corpus.texts_of(everything) == expected
    assert corpus.texts_of(everything[::-1]) == expected[::-1]
    assert replace(corpus, prose=None, shown=None).texts_of(everything) == expected


def test_what_is_shown_lies_beside_what_is_compared(monkeypatch):
    batches = [make_batch(0, "one two", "1ne two"), make_batch(1, "three four"), make_batch(2, "five six", "f1ve six")]
    corpus = ingest(batches, Inline(), monkeypatch, 64)

    assert corpus.texts_of(np.arange(3)) == ["1ne two", "three four", "f1ve six"]
    assert corpus.texts_of(np.arange(3), prose=True) == ["one two", "three four", "five six"]


def test_many_small_texts_lie_in_one_array(monkeypatch):
    corpus = ingest([make_batch(i, "one two three") for i in range(50)], Inline(), monkeypatch, 1 << 20)

    assert len(corpus.prose.whole) == 2  # the first, which may be the only one, stays where it is
    assert corpus.shown is corpus.prose


def test_first_text_moves_too_once_texts_spill(monkeypatch):
    spill = SimpleNamespace(is_on=True, watch=lambda: False)
    batches = [make_batch(0, "one two three"), make_batch(1, "four five")]
    corpus = ingest(batches, Inline(), monkeypatch, 64, spill)

    assert len(corpus.prose.whole) == 1
    assert corpus.texts_of(np.arange(2)) == ["one two three", "four five"]


def test_text_that_is_part_of_something_else_is_an_array_of_its_own():
    numbers = np.arange(6, dtype=np.int64)
    parts = [numbers.view(np.uint8)[8:16], np.frombuffer(b"abc", np.uint8)[1:], np.empty(0, np.uint8)]
    segments = find_segments(parts)

    for text, code, offset in zip(parts, segments.codes, segments.offsets, strict=True):
        assert segments.whole[code][offset : offset + len(text)].tobytes() == text.tobytes()


def test_corpus_without_a_document_has_no_text():
    with pytest.MonkeyPatch.context() as patch:
        corpus = ingest([], Inline(), patch, 64)

    assert corpus.batches == [NO_DOCUMENTS]
    assert corpus.texts_of(np.empty(0, np.int64)) == []
