"""Where runs of words stand in their paragraphs, against slices of the paragraphs' text."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import spans
from dedup.spans import locate_runs
from dedup.table import Texts

WORDS = st.sampled_from(["alpha", "Köln", "b2", "漢", "naïve", "cafe\u0301", "Ферма", "x"])
BETWEEN = st.sampled_from([" ", ", ", "\n", "\r\n", "\r", " … ", "! ", " 🙂 ", "\n\r"])


@st.composite
def runs(draw):
    """Return (a paragraph, the numbers of the first word of a run in it and of the word behind, where the run begins and ends)."""
    words = draw(st.lists(WORDS, min_size=1, max_size=8))
    paragraph, places = draw(st.sampled_from(["", "“", "… "])), []
    for word in words:
        places.append((len(paragraph), len(paragraph) + len(word)))
        paragraph += word + draw(BETWEEN)
    first = draw(st.integers(0, len(words) - 1))
    behind = draw(st.integers(first + 1, len(words)))
    return paragraph, (first, behind), (places[first][0], places[behind - 1][1])


@pytest.mark.parametrize("plain", [True, False])
@given(some=st.lists(runs(), min_size=1, max_size=4))
def test_run_begins_with_its_first_word_and_ends_with_its_last(some, plain):
    encoded = [paragraph.encode() for paragraph, _, _ in some]
    ends = np.cumsum([0, *map(len, encoded)])
    texts = Texts(np.frombuffer(b"".join(encoded), np.uint8), ends[:-1], ends[1:])
    corpus = SimpleNamespace(take_texts=lambda _, prose=False: texts)
    with pytest.MonkeyPatch.context() as patch:
        if plain:
            patch.setattr(spans, "_count_kernel", spans._count_kernel.run_plain)
        found = locate_runs(corpus, np.arange(len(some)), np.array([words for _, words, _ in some]))

    for i, (paragraph, _, (start, end)) in enumerate(some):
        before = paragraph[:start]
        assert bytes(texts.data[found.start[i] : found.end[i]]).decode() == paragraph[start:end]
        assert (found.before[i], found.points[i]) == (start, end - start)
        assert found.lines[i] == before.count("\n") + before.count("\r") - before.count("\r\n")
