"""Which copies go: by kind, by the scope of the repeat, and by which of them stays."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cluster import Clustered
from dedup.errors import SettingsError
from dedup.model import KINDS, SCOPES
from dedup.plan import explain_choice, plan_removals, rank_documents
from dedup.policy import Policy

DROPS = [*KINDS, *(f"{kind}:{scope}" for kind in KINDS for scope in SCOPES)]


def plan(clusters, kinds, policy, rank, from_end=100):
    """Return {paragraph: (paragraph that stays, scope)}; clusters: lists of (document, ordinal, words), numbered as they come.

    from_end: how many paragraphs follow each.
    """
    flat = [member for cluster in clusters for member in cluster]
    columns = np.array(flat, np.int64).reshape(-1, 3)
    corpus = SimpleNamespace(document=columns[:, 0], ordinal=columns[:, 1], words=columns[:, 2], names=[""] * len(rank))
    clustered = Clustered(np.arange(len(flat)), np.cumsum([0] + [len(cluster) for cluster in clusters]))
    n_documents = np.array([len({document for document, _, _ in cluster}) for cluster in clusters], np.int64)
    places = SimpleNamespace(ordinal=columns[:, 1], from_end=np.zeros(len(flat), np.int64) + from_end)
    tied = SimpleNamespace(clustered=clustered, n_documents=n_documents, places=places)
    planned = plan_removals(corpus, tied, kinds, policy, np.array(rank, np.int64))
    assert planned.gone.tolist() == sorted(planned.gone.tolist())
    scopes = ["within" if within else "across" for within in planned.is_within.tolist()]
    return dict(zip(planned.gone.tolist(), zip(planned.kept.tolist(), scopes, strict=True), strict=True))


def plan_naively(clusters, kinds, policy, rank):
    """Return the same, cluster by cluster and document by document."""
    gone, number = {}, 0
    for cluster, kind in zip(clusters, kinds, strict=True):
        members = {number + i: member for i, member in enumerate(cluster)}
        number += len(cluster)

        def worth(i, members=members):
            document, ordinal, words = members[i]
            lead = -words if policy.keep == "longest" else 0
            return lead, rank[document], -ordinal if policy.keep == "last" else ordinal

        documents = {}
        for i in sorted(members, key=worth):
            documents.setdefault(members[i][0], []).append(i)
        scope = "across" if len(documents) > 1 else "within"
        best = min(members, key=worth)
        if kind == "furniture":
            if policy.drops(kind, scope):
                gone |= dict.fromkeys(members, (-1, scope))
            continue
        short = {i for i, (_, _, words) in members.items() if words < policy.least_words}
        for mine in documents.values():
            if policy.drops(kind, "across") and best not in mine:
                gone |= dict.fromkeys(mine, (best, "across"))
            elif policy.drops(kind, "within"):
                gone |= dict.fromkeys(mine[1:], (mine[0], "within"))
        if policy.keep == "none":
            for mine in documents.values():
                if policy.drops(kind, "across") and scope == "across":
                    gone |= dict.fromkeys(mine, (-1, "across"))
                elif policy.drops(kind, "within") and len(mine) > 1:
                    gone |= dict.fromkeys(mine, (-1, "within"))
        gone = {i: how for i, how in gone.items() if i not in short}
    return gone


members = st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 4))
some_clusters = st.lists(st.lists(members, min_size=2, max_size=7, unique_by=lambda member: member[:2]), max_size=5)


@given(
    some_clusters,
    st.data(),
    st.lists(st.sampled_from(DROPS), unique=True, max_size=4),
    st.sampled_from(["first", "last", "longest", "none"]),
    st.permutations(range(4)),
    st.integers(0, 3),
)
def test_plan_is_that_of_plain_python(clusters, data, drop, keep, rank, least_words):
    kinds = [data.draw(st.sampled_from(KINDS)) for _ in clusters]
    policy = Policy(tuple(drop), keep, least_words=least_words)

    assert plan(clusters, kinds, policy, rank) == plan_naively(clusters, kinds, policy, rank)


TWO_ARTICLES = [[(0, 3, 9), (0, 4, 9), (1, 5, 9), (1, 6, 9)]]


def test_caption_that_stands_twice_in_two_articles_goes_once_from_each():
    assert plan(TWO_ARTICLES, ["caption"], Policy(), range(2)) == {1: (0, "within"), 3: (2, "within")}


def test_paragraph_stays_in_the_first_article_however_often_it_stands_there():
    assert plan(TWO_ARTICLES, ["paragraph"], Policy(), range(2)) == {2: (0, "across"), 3: (0, "across")}


def test_furniture_goes_in_all_its_copies():
    assert plan(TWO_ARTICLES, ["furniture"], Policy(), range(2)) == dict.fromkeys(range(4), (-1, "across"))


def test_headline_that_other_pages_link_to_stays():
    headline_and_links = [[(0, 2, 9), (1, 30, 9), (2, 41, 9)]]
    goes = {1: (-1, "across"), 2: (-1, "across")}

    assert plan(headline_and_links, ["furniture"], Policy(), range(3), [40, 5, 3]) == goes
    assert plan([[(0, 2, 9), (0, 60, 9)]], ["furniture"], Policy(), range(1), [60, 2]) == {1: (-1, "within")}


@pytest.mark.parametrize(
    ("members", "from_end"),
    [
        ([(0, 0, 9), (1, 1, 9), (2, 30, 9)], [40, 40, 3]),  # a banner that once stands at the end
        ([(0, 0, 9), (1, 30, 9), (2, 41, 9)], [5, 3, 2]),  # a short document has no beginning
    ],
)
def test_other_furniture_at_the_beginning_goes(members, from_end):
    gone = plan([members], ["furniture"], Policy(), range(3), from_end)

    assert gone == dict.fromkeys(range(3), (-1, "across"))


def test_all_copies_go_when_none_is_kept():
    assert plan(TWO_ARTICLES, ["paragraph"], Policy(keep="none"), range(2)) == dict.fromkeys(range(4), (-1, "across"))
    assert plan(TWO_ARTICLES, ["caption"], Policy(keep="none"), range(2)) == dict.fromkeys(range(4), (-1, "within"))


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        (Policy(), ["b9", "a10", "a2", "c"]),
        (Policy(keep="last"), ["a10", "b9", "c", "a2"]),
        (Policy(order="name"), ["a2", "a10", "b9", "c"]),
        (Policy(order="name", keep="last"), ["c", "b9", "a10", "a2"]),
        (Policy(order="input"), ["a10", "a2", "c", "b9"]),
        (Policy(order="input", keep="last"), ["b9", "c", "a2", "a10"]),
    ],
)
def test_documents_are_ranked_by_date_then_by_name_as_people_sort(policy, order):
    names = ["a10", "a2", "c", "b9"]
    rank = rank_documents(names, ["2024-02-11T00:00:00", None, None, "2023-01-01T00:00:00"], policy)

    assert [names[i] for i in np.argsort(rank)] == order


@given(st.permutations(["a", "b1", "b01", "b2", "B2", "b10", "10", "9", "", "b", "b1a", "b1.5", "\u0662"]))
def test_rank_hangs_on_no_order_of_documents(names):
    rank = rank_documents(names, [None] * len(names), Policy())

    ordered = ["", "9", "10", "B2", "a", "b", "b01", "b1", "b1.5", "b1a", "b2", "b10", "\u0662"]
    assert [names[i] for i in np.argsort(rank)] == ordered


@pytest.mark.parametrize(
    ("policy", "is_within", "date", "words"),
    [
        (Policy(), False, "2024-02-11T08:00:00", "earliest, 2024-02-11"),
        (Policy(), False, None, "first by name"),
        (Policy(), True, "2024-02-11", "first in its document"),
        (Policy(keep="last"), False, "2024-02-11", "latest, 2024-02-11"),
        (Policy(keep="last", order="name"), False, "2024-02-11", "last by name"),
        (Policy(keep="last", order="input"), False, None, "last of the input"),
        (Policy(keep="longest"), False, None, "longest, 1,234 words"),
    ],
)
def test_choice_is_told_in_words(policy, is_within, date, words):
    assert explain_choice(policy, is_within, date, 1234) == words


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"drop": ("passage",)}, "drop: 'passage' is no kind of finding"),
        ({"drop": ("caption:everywhere",)}, "drop: 'caption:everywhere'"),
        ({"keep": "best"}, "keep: 'best' is unknown; there are first, last, longest, none"),
        ({"order": "size"}, "order: 'size' is unknown"),
        ({"empty": "maybe"}, "empty: 'maybe' is unknown"),
        ({"max_removed": 50.0}, "max-removed: 50.0 is not in 0 to 1; write 0.5 for 50 %"),
    ],
)
def test_policy_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(SettingsError, match=message):
        Policy(**wrong)
