"""Fingerprints, seeds, runs and places of words against the oracles, and winnowing's guarantee."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import naive
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapes import as_column, many_scripts
from test_kernel import run_uncompiled

from dedup import passage
from dedup.passage import (
    GRAM,
    MOST_PLACES,
    Fingerprints,
    fingerprint_texts,
    locate_words,
    pair_fingerprints,
    read_texts,
)

WORDS = 10
SAME_UNICODE = pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="the shipped table is of Unicode 14.0.0")
SALLA = "\ufdfa"
"""One character of four words."""
SCRIPTS = (
    "The ferry's crew – all 11 of them – left; nobody waved.",
    "Le café était fermé, l'e\u0301te\u0301 passe\u0301\u0327 aussi.",
    "ледокол освободил изо льда ё й четыреста кораблей",
    "وعدت إدارة المِيناءِ بألّا يفقد أي عاملٍ وظيفته",
    f"{SALLA} قال {SALLA}{SALLA} ثم",
    "初步检查显示船壳没有漏水,但舵叶弯曲。",
    "殻の直径が五十五ミリに満たないウニは、その場で海に戻し",
    "배는 금요일에 항구를 떠났다 ᄒ\u1161\u11ab글",
    "रूस की सेना ने क़िला छोड़ा",
    "เรือออกจากท่าเมื่อวันศุกร์ ภาษา\u0e44\u0e17\u0e22",
    "👩‍👩‍👧 family 🚢 sails 🇳🇴 north ❤️ again",
    "5㎏ of fish at 3℃ in 20㎡, ½ price ™",
    "a\u200bb soft\u00adhyphen tab\tand\u00a0space \u0301mark",
    "\U0001d400\U0001d401 \U00020000\U00020001 ﬁne ﬀ",
)


def spell(number):
    """Return a word of letters alone, another for each number."""
    return "".join("abcdefghij"[int(figure)] for figure in str(number))


def unique(name, n):
    return [f"{name}{spell(i)}" for i in range(n)]


def fingerprinted(texts, passage_words=WORDS):
    buffer, offsets = as_column(texts)
    return fingerprint_texts(buffer, offsets[:-1], offsets[1:], np.arange(len(texts)), passage_words)


def of_text(found, i):
    mine = found.texts == i
    return list(zip(found.hashes[mine].tolist(), found.places[mine].tolist(), strict=True))


def read(texts):
    """Return the hashes of the words of all texts, and where those of each begin."""
    buffer, offsets = as_column(texts)
    n_words = np.array([len(naive.words(text)) for text in texts], np.int64)
    words = np.empty(sum(n_words), np.uint64)
    read_texts(buffer, offsets[:-1], offsets[1:], words)
    return words, np.cumsum([0, *n_words], dtype=np.int64)


def seeds_of(texts, passage_words=WORDS, groups=None):
    return pair_fingerprints(
        fingerprinted(texts, passage_words), np.arange(len(texts)) if groups is None else np.array(groups, np.int64)
    )


def joined(*parts):
    return " ".join(word for part in parts for word in part)


def located(text, numbers):
    """Return the characters at which words begin."""
    buffer, offsets = as_column([text])
    numbers = np.array(numbers, np.int64).reshape(-1, 2)
    ends = [np.repeat(side, len(numbers)) for side in (offsets[:-1], offsets[1:])]
    return [[len(bytes(buffer[:byte]).decode()) for byte in row] for row in locate_words(buffer, *ends, numbers).tolist()]


few_words = st.lists(st.sampled_from([*"abc", "de", "f7", "船", SALLA, "é", "🚢", "؟"]), max_size=40).map(" ".join)
repeating = st.lists(st.sampled_from("abcd"), max_size=60).map(" ".join)
one_text = st.one_of(many_scripts, few_words, repeating)

# -------------------------------------------------------------------------------------------------------- fingerprints


@SAME_UNICODE
@given(st.lists(one_text, max_size=4), st.integers(GRAM, 14))
@example([], WORDS)
@example(["", "one", joined(unique("w", 9)), joined(unique("w", 10)), joined(unique("w", 11))], WORDS)
@example(["same " * 40, "a b " * 20, "a b c d e f " * 9], WORDS)
@example([SALLA * 3, SALLA * 30, "x " + SALLA * 30], GRAM)
def test_fingerprints_agree_with_the_oracle(texts, passage_words):
    found = fingerprinted(texts, passage_words)

    assert [of_text(found, i) for i in range(len(texts))] == [
        naive.winnow(naive.words(text), GRAM, passage_words) for text in texts
    ]


@pytest.mark.parametrize(("n_words", "n_fingerprints"), [(0, 0), (1, 0), (GRAM, 0), (WORDS - 1, 0), (WORDS, 1)])
def test_text_of_fewer_words_than_a_passage_has_no_fingerprint(n_words, n_fingerprints):
    assert len(fingerprinted([joined(unique("w", n_words))]).hashes) == n_fingerprints


@pytest.mark.parametrize("text", ["a " * 3000, joined(unique("w", 2000)), SALLA * 900, "船" * 900, "é " * 3000])
@pytest.mark.parametrize("passage_words", [GRAM, WORDS])
def test_room_grows_until_everything_fits(text, passage_words):
    assert of_text(fingerprinted(["x", text], passage_words), 1) == naive.winnow(naive.words(text), GRAM, passage_words)


def test_passages_as_long_as_a_gram_keep_every_gram():
    assert [place for _, place in of_text(fingerprinted([joined(unique("w", 30))], GRAM), 0)] == list(range(31 - GRAM))


def test_texts_keep_the_numbers_they_are_given():
    buffer, offsets = as_column([joined(unique("a", 12)), "short", joined(unique("b", 12))])
    found = fingerprint_texts(buffer, offsets[:-1], offsets[1:], np.array([40, 7, 90]), WORDS)

    assert sorted(set(found.texts.tolist())) == [40, 90]


# --------------------------------------------------------------------------------------------------------------- seeds


def pairs_by_definition(found, groups):
    rows = list(zip(found.hashes.tolist(), found.texts.tolist(), found.places.tolist(), strict=True))
    places = {value: [row for row in rows if row[0] == value] for value, _, _ in rows}
    pairs = {
        (a, b, i, j)
        for held in places.values()
        if len(held) <= MOST_PLACES
        for _, a, i in held
        for _, b, j in held
        if a < b and groups[a] != groups[b]
    }
    return sorted(pairs), sum(len(held) > MOST_PLACES for held in places.values())


@given(st.lists(repeating, max_size=8), st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_seeds_are_the_fingerprints_that_texts_of_different_groups_share(texts, groups):
    found = fingerprinted(texts)
    expected = pairs_by_definition(found, groups)
    seeds = pair_fingerprints(found, np.array(groups))

    assert (list(map(tuple, seeds.table.tolist())), seeds.n_common) == expected


def test_seeds_are_the_same_where_threads_pair_some_each(monkeypatch):
    texts = ["a b c d " * 10, "b c d a " * 12, "c d a b " * 9, "x " * 30, *["y z " * 12] * 40]
    expected = seeds_of(texts)
    monkeypatch.setattr(passage, "GROUPS_AT_ONCE", 1)
    with ThreadPoolExecutor(2) as pool:
        found = pair_fingerprints(fingerprinted(texts), np.arange(len(texts)), pool=pool)

    assert (len(expected.table) > 10, expected.n_common > 0) == (True, True)
    assert (found.table.tolist(), found.n_common) == (expected.table.tolist(), expected.n_common)


def test_seeds_of_many_texts_of_which_most_are_empty():
    words = unique("w", 300)
    texts = [joined(words[first : first + 40]) if i % 7 == 0 else "" for i, first in enumerate(range(0, 260, 2))]
    found = fingerprinted(texts)
    expected = pairs_by_definition(found, range(len(texts)))
    seeds = pair_fingerprints(found, np.arange(len(texts)))

    assert len(expected[0]) > len(found.ends)
    assert (list(map(tuple, seeds.table.tolist())), seeds.n_common) == expected


def test_seeds_whose_numbers_do_not_fit_into_one_are_sorted_too(monkeypatch):
    texts = ["a b c d " * 10, "b c d a " * 12, "c d a b " * 9, "x " * 30]
    expected = seeds_of(texts).table
    monkeypatch.setattr(passage, "MOST_BITS", 0)

    assert len(expected) > 10
    assert np.array_equal(seeds_of(texts).table, expected)


def test_only_seeds_of_a_wanted_text_are_made():
    texts = [joined(unique("w", 20))] * 4
    seeds = pair_fingerprints(fingerprinted(texts), np.arange(4), np.array([False, False, True, False]))

    assert {(a, b) for a, b, _, _ in seeds.table.tolist()} == {(0, 2), (1, 2), (2, 3)}


def test_places_beyond_16_bits_are_kept():
    tail = unique("w", 30)
    found = fingerprinted(["a " * 70_000 + joined(tail)])

    assert {(value, 70_000 + place) for value, place in naive.winnow(tail, GRAM, WORDS)} <= set(of_text(found, 0))


@pytest.mark.parametrize(("n_texts", "n_common"), [(2, 0), (MOST_PLACES, 0), (MOST_PLACES + 1, 1), (100, 1)])
def test_fingerprint_at_too_many_places_is_counted_and_left_out(n_texts, n_common):
    hashes, numbers = np.full(n_texts, 1 << 63, np.uint64), np.arange(n_texts)
    found = Fingerprints(hashes, np.zeros(n_texts, np.uint16), numbers.astype(np.int32), numbers + 1)
    seeds = pair_fingerprints(found, np.arange(n_texts))

    assert (len(seeds.table), seeds.n_common) == (0 if n_common else n_texts * (n_texts - 1) // 2, n_common)


def test_no_fingerprints_make_no_seeds():
    seeds = pair_fingerprints(fingerprinted([]), np.empty(0, np.int64))

    assert (seeds.table.shape, seeds.n_common) == ((0, 4), 0)


# ---------------------------------------------------------------------------------------------------------------- words


@given(st.lists(one_text, max_size=5))
@SAME_UNICODE
def test_words_are_read_one_text_after_the_other(texts):
    words, _ = read(texts)

    assert words.tolist() == [naive.word_hash(word) for text in texts for word in naive.words(text)]


# --------------------------------------------------------------------------------------------------------------- places


def places_by_definition(text):
    return [*naive.word_starts(text), len(text)]


@SAME_UNICODE
@pytest.mark.parametrize("text", SCRIPTS)
def test_words_begin_where_a_search_over_all_prefixes_finds_them(text):
    expected = places_by_definition(text)
    numbers = [[i, len(expected) - 1 - i] for i in range(len(expected))]

    assert located(text, numbers) == [[expected[i], expected[j]] for i, j in numbers]


@SAME_UNICODE
@given(one_text)
@example("")
@example("\u0301\u0301")
def test_words_of_any_script_begin_where_the_oracle_says(text):
    expected = places_by_definition(text)

    assert located(text, [[i, i] for i in range(len(expected))]) == [[at, at] for at in expected]


@SAME_UNICODE
@given(st.lists(st.one_of(one_text, st.sampled_from(SCRIPTS), st.sampled_from(["a" * 70, "三" * 30, "\u0301 "])), max_size=12))
def test_words_of_a_long_text_are_found_from_blank_to_blank(texts):
    text = " ".join(texts)
    expected = places_by_definition(text)

    assert located(text, [[i, i] for i in range(len(expected))]) == [[at, at] for at in expected]


def test_words_are_located_in_their_own_paragraph():
    texts = ["one two", "", "三四 five", "six"]
    buffer, offsets = as_column(texts)
    places = locate_words(buffer, offsets[:-1], offsets[1:], np.array([[0, 1], [0, 0], [1, 2], [1, 1]]))

    assert (places - offsets[:-1, None]).tolist() == [[0, 4], [0, 0], [3, 7], [3, 3]]


# ----------------------------------------------------------------------------------------------------------------- both


def everything(texts):
    found = fingerprinted(texts)
    counted = [[i, min(i + 7, len(naive.words(texts[0])))] for i in range(0, len(naive.words(texts[0])), 5)]
    return [*(column.tolist() for column in found), seeds_of(texts).table.tolist(), located(texts[0], counted)]


def test_compiled_and_plain_kernels_give_the_same(monkeypatch):
    run = unique("run", 14)
    texts = [
        joined(SCRIPTS, run[:7], ["x"], run[7:]),
        joined(unique("a", 20), run, SCRIPTS[3:8]),
        "",
        "a b a b a b " * 8,
        "b a b a c a " * 8,
        SALLA * 40,
    ]
    compiled = everything(texts)
    run_uncompiled(monkeypatch)

    assert compiled[4]
    assert compiled == everything(texts)
