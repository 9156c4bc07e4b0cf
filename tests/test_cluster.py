"""Components of the graph of pairs, what ties them together, and who represents them."""

from itertools import pairwise

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import as_pairs

from dedup.cluster import connect_texts, group_members, measure_ties


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 25))
    return n, draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30))


@st.composite
def weighed_graphs(draw):
    n, pairs = draw(graphs())
    jaccard = draw(st.lists(st.floats(0.1, 1.0), min_size=len(pairs), max_size=len(pairs)))
    return n, pairs, jaccard, draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))


def connect(n, pairs):
    return connect_texts(n, as_pairs(pairs)).tolist()


def group(roots, rank):
    clusters = group_members(np.array(roots, np.int64), np.array(rank, np.int64))
    return [clusters[i].tolist() for i in range(len(clusters))]


@given(graphs())
def test_components_agree_with_the_oracle(graph):
    assert connect(*graph) == naive.components(*graph)


@given(graphs(), st.randoms())
def test_order_of_pairs_and_of_their_sides_does_not_matter(graph, random):
    n, pairs = graph
    shuffled = [pair if random.random() < 0.5 else pair[::-1] for pair in pairs]
    random.shuffle(shuffled)

    assert connect(n, shuffled) == connect(n, pairs)


@given(graphs())
def test_root_is_the_lowest_text_of_its_component(graph):
    roots = connect(*graph)

    assert all(roots[root] == root <= text for text, root in enumerate(roots))
    assert all(roots[a] == roots[b] for a, b in graph[1])


def test_texts_without_pairs_are_their_own_roots():
    assert connect(0, []) == []
    assert connect(3, []) == [0, 1, 2]


@pytest.mark.parametrize("order", [1, -1])
def test_long_chain_is_one_component(order):
    chain = list(pairwise(range(50_000)))[::order]

    assert set(connect(50_000, chain)) == {0}


def test_components_joined_late_share_the_lowest_root():
    """Roots that were final before the last pair must follow."""
    assert connect(8, [(4, 5), (6, 7), (5, 7), (2, 3), (3, 6), (1, 7)]) == [0, 1, 1, 1, 1, 1, 1, 1]


@given(weighed_graphs())
def test_ties_agree_with_the_oracle(graph):
    n, pairs, jaccard, n_copies = graph
    roots = connect(n, pairs)

    weakest, mean = measure_ties(np.array(roots), as_pairs(pairs), np.array(jaccard), np.array(n_copies))

    for root, ties in naive.ties(roots, pairs, jaccard, n_copies).items():
        assert weakest[root] == min(ties, default=1.0)
        assert mean[root] == pytest.approx(sum(ties) / max(len(ties), 1))


def test_weakest_and_mean_similarity_are_over_pairs_and_further_copies():
    """0-1-2 by two pairs with one more copy of text 2; 3-4 by one pair; 5 has two more copies of itself; 6 is alone."""
    roots, pairs = np.array([0, 0, 0, 3, 3, 5, 6]), as_pairs([(0, 1), (1, 2), (3, 4)])

    weakest, mean = measure_ties(roots, pairs, np.array([0.75, 0.65, 0.8]), np.array([0, 0, 1, 0, 0, 2, 0]))

    assert weakest[[0, 3, 5]].tolist() == [0.65, 0.8, 1.0]
    assert mean[[0, 3, 5]].tolist() == pytest.approx([(0.75 + 0.65 + 1) / 3, 0.8, 1.0])


def test_no_texts_have_no_ties():
    weakest, mean = measure_ties(np.empty(0, np.int64), as_pairs([]), np.empty(0), np.empty(0, np.int64))

    assert (len(weakest), len(mean)) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), max_size=30))
def test_groups_agree_with_the_oracle(paragraphs):
    roots, rank = [root for root, _ in paragraphs], [rank for _, rank in paragraphs]

    assert group(roots, rank) == naive.groups(roots, rank)


def test_lowest_rank_represents_and_the_others_follow_by_rank():
    assert group([0, 0, 0, 0], [7, 2, 9, 4]) == [[1, 3, 0, 2]]


def test_paragraphs_of_equal_rank_keep_their_order():
    assert group([0, 0, 0, 0], [1, 0, 1, 0]) == [[1, 3, 0, 2]]


def test_paragraph_alone_is_no_cluster():
    assert group([0, 1, 2], [0, 0, 0]) == []
    assert group([0, 1, 0], [0, 0, 0]) == [[0, 2]]
    assert group([], []) == []


def test_clusters_are_in_the_order_of_their_roots():
    assert group([5, 2, 5, 2, 9], [0, 1, 2, 3, 4]) == [[1, 3], [0, 2]]
