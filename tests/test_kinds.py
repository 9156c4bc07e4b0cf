"""Kinds of many clusters at a time, against the oracle and against clusters told one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import naive_kinds
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import findings
from dedup.classify import Places, find_kinds
from dedup.cues import CUE, CUED_WORDS, has_cue
from dedup.findings import read_kinds, tie_clusters
from dedup.model import CAPTION, FURNITURE, PROSE
from dedup.pipeline import find_pairs, ingest_batches, no_progress
from dedup.read import Problems, find_inputs, read_batches
from dedup.settings import Settings

NEWSROOM = Path(__file__).parents[1] / "data" / "newsroom"
LINES = (
    "By Sigrid Almquist",
    "Von Jutta Wernes und Karl-Heinz Moor",
    "- Bridge toll to rise",
    "3. Bridge toll to rise",
    "(AP)",
    "Politics today",
)

one_line = st.builds(
    naive_kinds.Line,
    text=st.sampled_from(LINES),
    document=st.integers(0, 2),
    ordinal=st.sampled_from((0, 3, 4, 5, 30)),
    from_end=st.sampled_from((3, 11, 12)),
    words=st.sampled_from((2, 4, 5, 25, 26, 60, 61, 91)),
    is_furniture=st.sampled_from((False, False, False, False, True)),
    role=st.sampled_from((PROSE, PROSE, PROSE, PROSE, CAPTION, FURNITURE)),
)
alike = st.tuples(one_line, st.integers(2, 5), st.integers(1, 5)).map(
    lambda drawn: [drawn[0]._replace(document=i // drawn[2], ordinal=drawn[0].ordinal + i % drawn[2]) for i in range(drawn[1])]
)
one_cluster = st.one_of(alike, alike, st.lists(one_line, min_size=2, max_size=5, unique_by=lambda line: line[1:3]))


@given(st.lists(one_cluster, max_size=12), st.booleans())
def test_kinds_agree_with_the_oracle(clusters: list[list[naive_kinds.Line]], has_roles: bool) -> None:
    clusters = [sorted(lines, key=lambda line: line[1:3]) for lines in clusters]
    if not has_roles:
        clusters = [[line._replace(role=PROSE) for line in lines] for lines in clusters]
    lines = [line for cluster in clusters for line in cluster]
    columns = {
        name: np.array([getattr(line, name) for line in lines], np.int64) for name in ("document", "ordinal", "from_end", "words")
    }
    none, roles = np.empty(0, np.int64), np.array([line.role for line in lines], np.uint8)
    places = Places(**columns, source=none, is_copy=none > 0, source_documents=none, roles=roles if has_roles else None)
    kinds = find_kinds(
        np.cumsum([0, *map(len, clusters)]),
        np.array([line.is_furniture for line in lines], bool),
        np.array([line.words <= CUED_WORDS and has_cue(line.text) for line in lines], bool),
        places,
        lambda rows: [lines[row].text for row in rows],
    )

    assert kinds == [naive_kinds.find_kind(cluster, has_cue) for cluster in clusters]


def test_kinds_of_the_newsroom_agree_with_the_oracle_in_parts_and_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one part the few texts are searched one by one; of many, by several threads, those that a kernel finds."""
    settings, inputs = Settings(), find_inputs([NEWSROOM], Problems())
    with ThreadPoolExecutor(2) as pool:
        corpus = ingest_batches(read_batches(inputs, settings, Problems()), settings, pool, no_progress)
        tied = tie_clusters(corpus, find_pairs(corpus, settings, pool, no_progress))
        places, lines, roles = tied.places, [], np.zeros(len(corpus.document), np.uint8)
        for members in tied.clustered:
            columns = [corpus.texts_of(members)]
            columns += [column[members].tolist() for column in (places.document, places.ordinal, places.from_end, places.words)]
            columns += [tied.is_furniture[members].tolist(), roles[members].tolist()]
            lines.append([naive_kinds.Line(*line) for line in zip(*columns, strict=True)])
        expected = [naive_kinds.find_kind(cluster, lambda text: bool(CUE.search(text.casefold()))) for cluster in lines]
        in_one = read_kinds(corpus, tied)
        monkeypatch.setattr(findings, "MEMBERS_AT_ONCE", 20)
        monkeypatch.setattr(findings, "FEW_TEXTS", 0)
        in_parts = read_kinds(corpus, tied, pool)

    assert len(set(expected)) == 3
    assert in_one == expected
    assert in_parts == expected
