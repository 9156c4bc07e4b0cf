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
    RESYNC,
    WIDEST_EDIT,
    Fingerprints,
    align_seeds,
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


def runs_of(texts, passage_words=WORDS, groups=None):
    """Return (text a, text b, first and behind the last word in a, in b, words shared) of each run."""
    runs = align_seeds(seeds_of(texts, passage_words, groups).table, *read(texts), passage_words)
    return [tuple(row) for row in np.column_stack((runs.texts, runs.a, runs.b, runs.shared)).tolist()]


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


# ----------------------------------------------------------------------------------------------------------------- runs


@given(st.lists(one_text, max_size=5))
@SAME_UNICODE
def test_words_are_read_one_text_after_the_other(texts):
    words, _ = read(texts)

    assert words.tolist() == [naive.word_hash(word) for text in texts for word in naive.words(text)]


@given(repeating, repeating, st.integers(GRAM, 12))
def test_each_run_is_the_one_around_a_seed_and_none_overlaps_another(a, b, passage_words):
    words = a.split(), b.split()
    around = {naive.run_around(*words, i, j) for _, _, i, j in seeds_of([a, b], passage_words).table.tolist()}
    runs = [run[2:] for run in runs_of([a, b], passage_words)]

    assert set(runs) <= {run for run in around if run[-1] >= passage_words}
    for k, one in enumerate(runs):
        for other in runs[:k]:
            assert one[1] <= other[0] or other[1] <= one[0]
            assert one[3] <= other[2] or other[3] <= one[2]


@given(repeating, repeating)
def test_where_two_texts_share_a_long_run_there_is_one(a, b):
    verbatim = naive.verbatim_runs(a.split(), b.split(), WORDS)
    runs = runs_of([a, b])
    common = seeds_of([a, b]).n_common

    assert bool(runs) >= bool(verbatim and not common)
    for i, j, length in verbatim if not common else []:
        assert any((i < end and first < i + length) or (j < behind and k < j + length) for _, _, first, end, k, behind, _ in runs)


edits = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4)


@given(st.lists(st.integers(RESYNC, 12), min_size=1, max_size=5), edits, st.integers(0, 5), st.integers(0, 5))
def test_alignment_agrees_with_the_oracle(lengths, changes, before, behind):
    """Pieces of a shared run between edits of any kind, and the seed anywhere in it."""
    a, b = unique("left", before), unique("start", behind)
    for k, length in enumerate(lengths):
        missing, added = changes[k % len(changes)]
        piece = unique(f"piece{spell(k)}", length)
        a += piece + unique(f"gone{spell(k)}", missing)
        b += piece + unique(f"new{spell(k)}", added)
    words, offsets = read([joined(a), joined(b)])
    for i in range(before, len(a)):
        if a[i] in b:
            run = naive.run_around(a, b, i, b.index(a[i]))
            found = align_seeds(np.array([[0, 1, i, b.index(a[i])]]), words, offsets, RESYNC)
            assert [*found.a[0], *found.b[0], found.shared[0]] == list(run)


@given(st.integers(GRAM, 25), st.integers(0, 30), st.tuples(*[st.integers(0, 40)] * 4))
def test_every_verbatim_run_is_found(passage_words, more, around):
    """The guarantee: a run of k >= passage_words words among words that nothing else holds is found, from end to end."""
    k = passage_words + more
    run, (a, b, c, d) = unique("run", k), (unique(name, n) for name, n in zip("abcd", around, strict=True))
    found = runs_of([joined(a, run, b), joined(c, run, d)], passage_words)

    assert found == [(0, 1, len(a), len(a) + k, len(c), len(c) + k, k)]
    assert naive.verbatim_runs([*a, *run, *b], [*c, *run, *d], passage_words) == [(len(a), len(c), k)]


@given(st.integers(1, WORDS - 1))
def test_run_of_fewer_words_is_no_passage(k):
    run = unique("run", k)

    assert runs_of([joined(unique("a", 20), run, unique("b", 20)), joined(unique("c", 20), run, unique("d", 20))]) == []


@pytest.mark.parametrize("n_edited", range(1, 6))
@pytest.mark.parametrize("kind", ["changed", "missing", "added"])
@pytest.mark.parametrize("at", ["behind", "before"])
def test_edits_of_up_to_three_words_do_not_break_a_run(n_edited, kind, at):
    long, short = unique("long", WORDS), unique("short", RESYNC)
    first, last = (long, short) if at == "behind" else (short, long)
    old = [] if kind == "added" else unique("old", n_edited)
    new = [] if kind == "missing" else unique("new", n_edited)
    a, b = [*unique("a", 5), *first, *old, *last], [*first, *new, *last, *unique("b", 5)]
    whole = (5, len(a), 0, len(b) - 5, WORDS + RESYNC)
    part = (a.index("longa"), a.index("longa") + WORDS, b.index("longa"), b.index("longa") + WORDS, WORDS)

    assert runs_of([joined(a), joined(b)]) == [(0, 1, *(whole if n_edited <= WIDEST_EDIT else part))]


@pytest.mark.parametrize("tail", range(RESYNC + 1))
def test_edit_is_passed_where_three_words_agree_behind_it(tail):
    run, rest = unique("run", WORDS), unique("rest", tail)
    a, b = [*run, "old", *rest], [*run, "new", *rest]
    end, shared = (WORDS + 1 + tail, WORDS + tail) if tail == RESYNC else (WORDS, WORDS)

    assert runs_of([joined(a), joined(b)]) == [(0, 1, 0, end, 0, end, shared)]


def test_longer_run_wins_over_a_shorter_one_that_shares_words_with_it():
    """The first ten words stand twice in b; in a they are the beginning of fifteen."""
    run, more = unique("run", 10), unique("more", 5)
    a = [*unique("a", 20), *run, *more, *unique("b", 20)]
    b = [*unique("c", 20), *run, *unique("d", 20), *run, *more, *unique("e", 20)]

    assert runs_of([joined(a), joined(b)]) == [(0, 1, 20, 35, 50, 65, 15)]


def test_texts_of_one_group_share_no_run():
    run = joined(unique("run", 20))

    assert [row[:2] for row in runs_of([run, run, run], groups=[0, 0, 1])] == [(0, 2), (1, 2)]


@given(st.permutations(range(5)))
def test_order_of_texts_changes_nothing_but_the_order_of_rows(order):
    run, other = unique("run", 12), unique("other", 15)
    texts = [
        joined(unique("a", 5), run, unique("b", 5)),
        joined(run, other),
        joined(unique("c", 9), other[:11]),
        joined(other, unique("d", 3)),
        joined(unique("e", 30)),
    ]

    def sides(order):
        rows = runs_of([texts[i] for i in order])
        return sorted((*sorted([(order[a], i, j), (order[b], k, m)]), shared) for a, b, i, j, k, m, shared in rows)

    assert len(sides(range(5))) == 4
    assert sides(order) == sides(range(5))


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
    return [*(column.tolist() for column in found), seeds_of(texts).table.tolist(), runs_of(texts), located(texts[0], counted)]


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
