"""Runs of words against the oracles: each is the one around a seed, and every verbatim one is found."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_kernel import run_uncompiled
from test_passage import SALLA, SCRIPTS, WORDS, joined, read, repeating, seeds_of, spell, unique

from dedup.align import RESYNC, WIDEST_EDIT, align_seeds
from dedup.passage import GRAM


def runs_of(texts, passage_words=WORDS, groups=None):
    """Return (text a, text b, first and behind the last word in a, in b, words shared) of each run."""
    runs = align_seeds(seeds_of(texts, passage_words, groups).table, *read(texts), passage_words)
    return [tuple(row) for row in np.column_stack((runs.texts, runs.a, runs.b, runs.shared)).tolist()]


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
    compiled = runs_of(texts)
    run_uncompiled(monkeypatch)

    assert compiled
    assert compiled == runs_of(texts)
