"""Pairs to what is reported: members, similarities, names of clusters, documents and their nearest, counts."""

from __future__ import annotations

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, places

from dedup.audit import audit
from dedup.describe import WIDEST_CLUSTER
from dedup.model import Document, Nearest
from dedup.signatures import shingles

CHAIN = [" ".join(f"w{i}" for i in range(start, start + 20)) for start in (0, 4, 8, 12)]
"""Each text is the next but for four words at either end: 15 of 23 pairs of words are shared, so .65, .41 and .22."""


def audit_texts(*texts, **changes):
    return audit([Document(f"d{i}", text) for i, text in enumerate(texts)], **changes)


def jaccard(a, b):
    first, second = (set(row.tolist()) for row in shingles([a, b]))
    return len(first & second) / len(first | second)


def test_member_is_quoted_with_its_place():
    lead = "\n  A lead of its own.\n\n"
    (cluster,) = audit_texts(lead + article(FERRY), article(FERRY_EDITED)).clusters
    member = cluster.members[0]

    assert (member.document, member.paragraph, member.start, member.end, member.line) == ("d0", 1, 23, 23 + len(FERRY), 4)
    assert (member.text, member.words, member.similarity) == (FERRY, 22, 1.0)


def test_similarity_of_a_member_is_exact_and_to_the_first():
    texts = [FERRY, FERRY_EDITED, FERRY.replace("grey cat", "grey dog"), FERRY.upper()]
    (cluster,) = audit_texts(*texts).clusters

    assert [member.similarity for member in cluster.members] == [round(jaccard(FERRY, text), 6) for text in texts]


def test_chain_shows_in_the_members_and_in_the_least_similarity():
    (cluster,) = audit_texts(*CHAIN, exact=True).clusters

    assert [member.similarity for member in cluster.members] == [round(jaccard(CHAIN[0], text), 6) for text in CHAIN]
    assert min(member.similarity for member in cluster.members) < 0.6 <= cluster.similarity.min
    assert (cluster.similarity.min, cluster.similarity.mean) == (round(15 / 23, 6), round(15 / 23, 6))


def test_further_copies_are_ties_of_the_cluster():
    (cluster,) = audit_texts(FERRY, FERRY, FERRY, FERRY_EDITED).clusters
    similar = jaccard(FERRY, FERRY_EDITED)

    assert (cluster.similarity.min, cluster.similarity.mean) == (round(similar, 6), round((similar + 2) / 3, 6))


def test_cluster_keeps_its_name_in_another_corpus():
    (one,) = audit_texts(article(FERRY), article(FERRY)).clusters
    other = audit_texts(article(BUDGET, FERRY.upper()), article(ORCHARD), article(CHESS, FERRY, BUDGET)).clusters

    assert one.id in {cluster.id for cluster in other}


def test_name_of_a_cluster_is_pinned():
    """Baselines hold it: when it must change, so must NORMALISER_VERSION."""
    (cluster,) = audit_texts(FERRY, FERRY_EDITED).clusters

    assert cluster.id == "6d5633fbf2714e72"


def test_names_of_clusters_differ():
    ids = [cluster.id for cluster in audit_texts(article(FERRY, BUDGET, CHESS), article(FERRY, CHESS, ORCHARD, BUDGET)).clusters]

    assert len(set(ids)) == 3


def test_lines_of_furniture_that_differ_in_figures_alone_are_one_cluster():
    stamps = ["UPDATED: 14:02, 3 May", "UPDATED: 09:41, 7 June", "UPDATED: 23:59, 28 February"]
    bodies = [FERRY, BUDGET, ORCHARD]
    (cluster,) = audit([Document(f"d{i}", article(stamps[i], bodies[i]), "site") for i in range(3)]).clusters

    assert (cluster.kind, cluster.similarity.min) == ("furniture", 1.0)
    assert [member.text for member in cluster.members] == stamps
    assert [member.similarity for member in cluster.members] == [1.0] * 3


def test_documents_with_a_duplicate_are_listed_in_the_order_of_the_input():
    report = audit_texts(article(FERRY), article(ORCHARD), article(BUDGET, FERRY), article(CHESS, CHESS))

    assert [(d.document, d.paragraphs, d.duplicate_paragraphs) for d in report.documents] == [
        ("d0", 1, 1),
        ("d2", 2, 1),
        ("d3", 2, 2),
    ]


def test_share_of_a_document_is_of_its_words():
    report = audit_texts(article("one two three four", "five six seven eight nine ten"), article("one two three four"))

    assert [(d.words, d.duplicate_ratio) for d in report.documents] == [(10, 0.4), (4, 1.0)]


def test_nearest_is_the_document_that_shares_most_words():
    report = audit_texts(article(FERRY, BUDGET, CHESS), article(FERRY, "Nothing else of it"), article(BUDGET, FERRY))

    assert [d.nearest for d in report.documents] == [
        Nearest("d2", 42, round(42 / 61, 6), 1.0),
        Nearest("d0", 22, round(22 / 26, 6), round(22 / 61, 6)),
        Nearest("d0", 42, 1.0, round(42 / 61, 6)),
    ]


def test_of_equally_near_documents_the_first_is_named():
    report = audit_texts(article(FERRY), article(FERRY), article(FERRY))

    assert [d.nearest.document for d in report.documents] == ["d1", "d0", "d0"]


def test_fewer_words_of_the_two_sides_are_the_shared_ones():
    report = audit_texts(article(FERRY, FERRY, BUDGET), article(FERRY, ORCHARD))

    assert [d.nearest.shared_words for d in report.documents] == [22, 22]


def test_document_that_only_repeats_itself_has_no_nearest():
    (document,) = audit_texts(article(FERRY, FERRY), article(BUDGET)).documents

    assert document.nearest is None


def test_furniture_makes_no_document_near():
    banner = "Harbour Post – all the news of the islands"
    bodies = [article(body, *[f"{word} {body}" for word in "abc"]) for body in (FERRY, BUDGET, ORCHARD)]
    report = audit([Document(f"d{i}", article(banner, body), "site") for i, body in enumerate(bodies)], threshold=1.0)

    assert [cluster.kind for cluster in report.clusters] == ["furniture"]
    assert [document.nearest for document in report.documents] == [None] * 3


def test_widely_copied_paragraph_still_gives_everyone_a_nearest():
    report = audit([Document(f"d{i}", FERRY, source=f"s{i}") for i in range(WIDEST_CLUSTER + 2)])

    assert [d.nearest.document for d in report.documents] == ["d1"] + ["d0"] * (WIDEST_CLUSTER + 1)


@pytest.fixture(scope="module")
def summary():
    return audit(
        [
            Document("a", article(FERRY, BUDGET, FERRY), "x"),
            Document("b", article(FERRY_EDITED, CHESS, CHESS), "y"),
            Document("c", article(ORCHARD), "y"),
        ]
    ).summary


def test_counts_of_a_run(summary):
    assert (summary.documents, summary.sources, summary.paragraphs, summary.distinct_paragraphs) == (3, 2, 7, 5)


def test_words_of_a_run(summary):
    assert (summary.words, summary.duplicate_words) == (3 * 22 + 20 + 2 * 19 + 20, 3 * 22 + 2 * 19)
    assert summary.duplicate_ratio == round(104 / 144, 6)


def test_clusters_of_a_run(summary):
    assert (summary.clusters, summary.duplicate_paragraphs, summary.verified_pairs) == (2, 5, 1)
    assert summary.clusters_by_kind == {"caption": 1, "paragraph": 1, "furniture": 0}
    assert summary.clusters_by_scope == {"within": 1, "across": 1}


def test_paragraph_is_a_member_of_one_cluster_alone():
    report = audit_texts(*CHAIN, *CHAIN, article(FERRY, BUDGET), article(FERRY_EDITED, BUDGET, FERRY))
    everywhere = [place for cluster in report.clusters for place in places(cluster)]

    assert len(everywhere) == len(set(everywhere)) == report.summary.duplicate_paragraphs
