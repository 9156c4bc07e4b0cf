"""Shingles, digests and masks of paragraphs against the oracle."""

import unicodedata

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import as_column, many_scripts, one_script

from dedup.normalise import load_tables
from dedup.shingle import MASK_WORDS, shingle_paragraphs
from dedup.words import hash_words

DATE_WORDS = {"may", "june", "monday", "pm", "gmt", "lunes", "января", "मई", "mai"}
MASKED = st.lists(st.sampled_from([*sorted(DATE_WORDS), "7", "14", "b52", "updated", "at", "新"]), max_size=45)


def shingled(texts, shingle=2, min_words=3):
    buffer, offsets = as_column(texts)
    return shingle_paragraphs(buffer, offsets[:-1], offsets[1:], shingle, min_words)


def shingles_of(result, i):
    return result.shingles[result.offsets[i] : result.offsets[i + 1]].tolist()


def mask_of(text):
    return int(shingled([text]).masks[0])


@given(st.lists(many_scripts, max_size=4), st.integers(1, 5), st.integers(0, 8))
@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="the shipped table is of Unicode 14.0.0")
def test_shingles_and_digests_agree_with_the_oracle(texts, shingle, min_words):
    words = [naive.words(text) for text in texts]

    result = shingled(texts, shingle, min_words)

    assert [shingles_of(result, i) for i in range(len(texts))] == [naive.shingles(w, shingle, min_words) for w in words]
    assert result.n_words.tolist() == [len(w) for w in words]
    assert list(map(tuple, result.digests.tolist())) == [naive.digest(w) for w in words]


@given(MASKED)
def test_masks_agree_with_the_oracle(words):
    assert mask_of(" ".join(words)) == naive.mask(words, DATE_WORDS)


@given(st.lists(st.text(), max_size=5), st.integers(1, 4))
def test_arbitrary_text_has_one_shingle_a_run_of_words(texts, shingle):
    result = shingled(texts, shingle, 0)

    assert np.diff(result.offsets).tolist() == [max(n - shingle + 1, min(n, 1)) for n in result.n_words.tolist()]
    assert result.shingles.dtype == np.uint32
    assert len(result.shingles) == result.offsets[-1]


@given(st.lists(one_script, min_size=1, max_size=4))
def test_composed_and_decomposed_text_has_the_same_digest_and_shingles(parts):
    text = " ".join(parts)

    result = shingled([unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)])

    assert result.digests[0].tolist() == result.digests[1].tolist()
    assert shingles_of(result, 0) == shingles_of(result, 1)


def test_no_paragraph_gives_nothing():
    result = shingled([])

    assert result.offsets.tolist() == [0]
    assert (len(result.shingles), len(result.n_words), result.digests.shape, len(result.masks)) == (0, 0, (0, 2), 0)


@pytest.mark.parametrize("text", ["", "   ", "-- … --", "\ufeff\u200b", "👍🏽"])
def test_paragraph_without_words_has_no_shingle(text):
    result = shingled([text, "two words", text])

    assert np.diff(result.offsets).tolist() == [0, 1, 0]
    assert result.n_words.tolist() == [0, 2, 0]


@pytest.mark.parametrize(
    ("n_words", "shingle", "min_words", "n_shingles"),
    [
        (1, 1, 0, 1),
        (1, 2, 0, 1),
        (2, 2, 0, 1),
        (2, 2, 3, 1),
        (3, 2, 3, 2),
        (3, 5, 0, 1),
        (5, 5, 0, 1),
        (6, 5, 0, 2),
        (9, 2, 10, 1),
        (10, 2, 10, 9),
    ],
)
def test_short_paragraph_is_one_shingle(n_words, shingle, min_words, n_shingles):
    words = [f"w{k}" for k in range(n_words)]

    result = shingled([" ".join(words)], shingle, min_words)

    assert len(result.shingles) == n_shingles
    assert shingles_of(result, 0) == naive.shingles(words, shingle, min_words)


def test_shingle_that_occurs_twice_is_listed_twice():
    shingles = shingles_of(shingled(["la la la la"]), 0)

    assert shingles == [shingles[0]] * 3


def test_paragraphs_are_cut_out_of_the_text_by_their_offsets():
    """Bytes around a paragraph, and paragraphs out of order or over each other, change nothing."""
    buffer, _ = as_column(["öne two three — FOUR five six"])
    starts, ends = np.array([19, 0, 5, 3]), np.array([32, 14, 8, 3])

    result = shingle_paragraphs(buffer, starts, ends, 2, 0)

    expected = ["four five six", "one two three", "two", ""]
    assert [shingles_of(result, i) for i in range(4)] == [naive.shingles(text.split(), 2, 0) for text in expected]


@pytest.mark.parametrize("n_words", [3, 1_000, 30_000])
@pytest.mark.parametrize("word", ["a", "新", "word", "слово"])
def test_room_for_shingles_grows_with_the_paragraph(n_words, word):
    joined = "" if word == "新" else " "

    result = shingled([joined.join([word] * n_words)] * 2)

    assert result.n_words.tolist() == [n_words, n_words]
    assert result.shingles.tolist() == naive.shingles([word] * 3, 2, 3)[:1] * (2 * n_words - 2)


def test_order_of_words_changes_the_digest():
    result = shingled(["one two three", "three two one", "ONE, two: three!"])

    assert result.digests[0].tolist() != result.digests[1].tolist()
    assert result.digests[0].tolist() == result.digests[2].tolist()


def test_words_joined_and_words_apart_have_different_digests():
    result = shingled(["news paper", "newspaper"])

    assert result.digests[0].tolist() != result.digests[1].tolist()


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("UPDATED: 14:02, 3 May", "UPDATED: 09:41, 7 June"),
        ("Updated Monday 3 pm", "UPDATED Tuesday 12 AM"),
        ("Page 1", "Page 2"),
        ("Photo 1 of 12", "Photo 11 of 30"),
        ("Published 2024-05-01", "Published 5.1.24"),
        ("Veröffentlicht am 3. März", "Veröffentlicht am 14. Dezember"),
        ("Обновлено 3 мая", "Обновлено 12 июня"),
        ("第１２頁", "第3頁"),
    ],
)
def test_lines_that_differ_in_dates_and_figures_have_the_same_mask(text, other):
    assert mask_of(text) != 0
    assert mask_of(text) == mask_of(other)


@pytest.mark.parametrize(
    ("text", "other"),
    [("Page 1", "Side 1"), ("Photo 1 of 12", "Photo 12"), ("3 May", "May 3"), ("Updated 3 May", "Updated 3 maybe"), ("a 1", "1 a")],
)
def test_lines_that_differ_in_other_words_have_different_masks(text, other):
    assert mask_of(text) != mask_of(other)


@pytest.mark.parametrize("text", ["", "no figure in May", "2024", "14:02 03/05/2024", "Ⅷ"])
def test_line_without_figures_or_of_nothing_else_has_no_mask(text):
    assert mask_of(text) == 0


def test_long_paragraph_has_no_mask():
    at_limit = "word " * (MASK_WORDS - 1) + "7"

    assert mask_of(at_limit) != 0
    assert mask_of(at_limit + " more") == 0


def test_hashing_twice_gives_the_same():
    """Words do not depend on what the room for them held before."""
    texts = ["a long line of many words " * 300, "short", "新聞 " * 900, "short"]

    result = shingled(texts)

    assert shingles_of(result, 1) == shingles_of(result, 3) == [naive.shingle_hash(["short"])]
    assert hash_words("short").tolist() == [naive.word_hash("short")]
    assert load_tables() is load_tables()
