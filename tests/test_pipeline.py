"""From documents to verified pairs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pytest
from corpora import BUDGET, FERRY, FERRY_EDITED, SHARED, article
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from shapes import many_lines

from dedup import band, distinct, pipeline
from dedup.band import Bands, choose_bands, find_probability
from dedup.model import Document
from dedup.pipeline import count_minima, expect_recall, find_pairs, ingest_batches
from dedup.read import Problems, batch_documents, batches, find_inputs, read_batches
from dedup.settings import Settings
from dedup.signatures import shingles

TERMS = SHARED / "terms" / "paragraphs.jsonl.gz"


def ignore_progress(stage, n_done):
    pass


def ingest(texts, settings=None):
    documents = [Document(f"d{i}", text, source="s", date=None) for i, text in enumerate(texts)]
    with ThreadPoolExecutor(2) as pool:
        return ingest_batches(batch_documents(documents, Problems()), settings or Settings(), pool, ignore_progress)


def pairs_of(corpus, settings):
    """Return the pairs as (first paragraph of one text, of the other) -> similarity, and all that was found."""
    with ThreadPoolExecutor(2) as pool:
        found = find_pairs(corpus, settings, pool, ignore_progress)
    return dict(zip(map(tuple, corpus.first[found.pairs].tolist()), found.jaccard.tolist(), strict=True)), found


def test_columns_say_where_each_paragraph_stands():
    corpus = ingest([article(FERRY, BUDGET), "…", "  " + article(BUDGET)])

    assert corpus.document.tolist() == [0, 0, 2]
    assert corpus.ordinal.tolist() == [0, 1, 0]
    assert corpus.start_point.tolist() == [0, len(FERRY) + 2, 2]
    assert corpus.line.tolist() == [1, 3, 1]
    assert corpus.text.tolist() == [0, 1, 1]
    assert corpus.first.tolist() == [0, 1]
    assert corpus.texts_of(np.array([2, 0, 1])) == [BUDGET, FERRY, BUDGET]


def test_run_without_documents_has_no_paragraph():
    corpus = ingest([])

    assert (list(corpus.names), len(corpus.document), len(corpus.first)) == ([], 0, 0)
    assert pairs_of(corpus, Settings())[0] == {}


@given(st.lists(many_lines, max_size=6))
def test_size_of_batches_changes_no_column(texts):
    whole = ingest(texts)
    limit, batches.BATCH_BYTES = batches.BATCH_BYTES, 1
    try:
        split = ingest(texts)
    finally:
        batches.BATCH_BYTES = limit

    for name in ("names", "document", "ordinal", "start_point", "end_point", "line", "words", "text", "first", "digests", "masks"):
        assert np.array_equal(getattr(split, name), getattr(whole, name)), name
    everything = np.arange(len(whole.document))
    assert split.texts_of(everything) == whole.texts_of(everything)


words = st.lists(st.sampled_from(["pine", "oak", "elm", "ash", "yew", "fir", "bay", "fig"]), min_size=1, max_size=14).map(" ".join)


@profile(max_examples=60)
@given(st.lists(words, max_size=14), st.sampled_from([0.3, 0.6, 0.8, 1.0]), st.integers(1, 3), st.booleans())
def test_pairs_are_those_of_the_sets_at_the_threshold(texts, threshold, shingle, exact):
    """Exact mode finds every one; bands find nothing else."""
    settings = Settings(threshold=threshold, shingle=shingle, exact=exact)
    corpus = ingest(texts, settings)
    sets = [set(row.tolist()) for row in shingles(texts, settings)]
    firsts = corpus.first.tolist()
    similarity = {(i, j): len(sets[i] & sets[j]) / len(sets[i] | sets[j]) for i, j in combinations(firsts, 2)}
    expected = {pair: value for pair, value in similarity.items() if value >= threshold}
    found, _ = pairs_of(corpus, settings)

    assert found.items() <= expected.items()
    assert not exact or found == expected


@given(st.lists(words, max_size=30))
def test_pairs_are_the_same_however_many_bands_are_paired_in_one_go(texts):
    corpus = ingest(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "FEW_TEXTS", 0)
        some_at_a_time = pairs_of(corpus, Settings())

    pairs, found = pairs_of(corpus, Settings())
    assert pairs == some_at_a_time[0]
    assert (found.n_candidates, found.n_left_out) == (some_at_a_time[1].n_candidates, some_at_a_time[1].n_left_out)


def test_edited_copy_is_a_pair_with_its_exact_similarity():
    first, second = (set(row.tolist()) for row in shingles([FERRY, FERRY_EDITED]))
    found, _ = pairs_of(ingest([FERRY, BUDGET, FERRY_EDITED]), Settings())

    assert found == {(0, 2): len(first & second) / len(first | second)}


def test_recall_is_expected_from_what_was_found():
    bands = Bands(34, 4)
    found = np.array([1.0, 0.6, 0.8])

    assert expect_recall(found, bands, 0.6) == pytest.approx(3 / sum(1 / find_probability(j, bands) for j in found))


def test_without_pairs_the_worst_recall_is_expected():
    assert expect_recall(np.empty(0), Bands(34, 4), 0.6) == find_probability(0.6, Bands(34, 4))


@pytest.mark.skipif(not TERMS.exists(), reason="the web terms are not part of the project")
@pytest.mark.parametrize("many", [band.MANY_TEXTS, 0])
def test_bands_find_99_percent_of_the_pairs_of_web_terms_and_nothing_else(many, monkeypatch):
    monkeypatch.setattr(band, "MANY_TEXTS", many)
    settings = Settings()
    with ThreadPoolExecutor(2) as pool:
        problems = Problems()
        corpus = ingest_batches(read_batches(find_inputs([TERMS], problems), settings, problems), settings, pool, ignore_progress)
    banded, found = pairs_of(corpus, settings)
    exact, _ = pairs_of(corpus, Settings(exact=True))

    assert len(exact) > 1000
    assert banded.items() <= exact.items()
    assert len(banded) >= 0.99 * len(exact)
    assert found.expected_recall == pytest.approx(len(banded) / len(exact), abs=0.005)
    assert find_probability(settings.threshold, choose_bands(settings.threshold, count_minima(corpus))) >= 0.99


def test_documents_of_one_name_are_told_apart():
    made = batch_documents([Document(name, FERRY) for name in ("a", "b", "a", "a")], Problems())
    with ThreadPoolExecutor(1) as pool:
        corpus = ingest_batches(made, Settings(), pool, lambda *_: None)

    assert list(corpus.names) == ["a", "b", "a (2)", "a (3)"]


NARROW = ("document", "ordinal", "start", "end", "start_point", "end_point", "line", "words", "text")


def test_columns_are_narrow_unless_a_text_is_too_large_for_that(monkeypatch):
    """Batches hold a document each, of which the second alone is too large."""
    texts = [article(FERRY, BUDGET), "\n\n".join([FERRY] * 40), article(BUDGET, FERRY_EDITED)]
    monkeypatch.setattr(batches, "BATCH_BYTES", 1)
    narrow = ingest(texts)
    monkeypatch.setattr(pipeline, "MOST_32", 2000)
    monkeypatch.setattr(distinct, "MOST_32", 2)
    wide = ingest(texts)

    assert {getattr(narrow, name).dtype for name in NARROW} == {np.dtype(np.int32)}
    assert {getattr(wide, name).dtype for name in NARROW} == {np.dtype(np.int64)}
    assert [getattr(wide, name).tolist() for name in NARROW] == [getattr(narrow, name).tolist() for name in NARROW]
    assert pairs_of(wide, Settings())[0] == pairs_of(narrow, Settings())[0]
