"""What is read of an index: enough to find a draft's repeats and to tell furniture, however often a text stands there."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from string import ascii_lowercase

import pytest
from corpora import BUDGET, FERRY, FERRY_EDITED, ORCHARD, article, places

from dedup.audit import audit
from dedup.index import Index
from dedup.model import Document
from dedup.store import reader

BANNER = "Island Times – news from the outer islands"
N_PAGES = 12


def fill(name: str, n_paragraphs: int) -> list[str]:
    """Return paragraphs of words that no other name's share."""
    rng = random.Random(name)
    return [" ".join("".join(rng.choices(ascii_lowercase, k=7)) for _ in range(14)) for _ in range(n_paragraphs)]


def print_page(number: int, *, source: str = "site", footer: str = "") -> Document:
    stamp = f"UPDATED: {number}:02, {number + 3} May 2024"
    return Document(f"site/{number}", article(BANNER, stamp, *fill(f"site/{number}", 8), footer), source)


def build(path, documents, **changes):
    with Index.open(path, "c", **changes) as index:
        index.add(documents)
    return index


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("site") / "index.dedup", [print_page(i) for i in range(N_PAGES)])


@pytest.fixture(scope="module")
def versions():
    """Give 450 versions of a paragraph of 98 words, each with another word put into it."""
    words = " ".join(fill("long", 7)).split()
    return [
        " ".join([*words[: i % 90], 3 * ascii_lowercase[i // 26] + ascii_lowercase[i % 26], *words[i % 90 :]]) for i in range(450)
    ]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory, versions):
    documents = [Document(f"v{i}", text) for i, text in enumerate(versions)]
    return build(tmp_path_factory.mktemp("crowded") / "index.dedup", [*documents, Document("other", FERRY)])


def test_crowded_buckets_are_read_whole_while_they_hold_a_thousand_texts(crowded, versions):
    report = crowded.check([Document("draft", article(versions[7] + " more", FERRY_EDITED))])

    assert ([cluster.size for cluster in report.clusters], report.summary.left_out_pairs) == ([451, 2], 0)


def test_more_crowded_buckets_are_read_in_part_and_what_is_left_out_counted(crowded, versions, monkeypatch):
    monkeypatch.setattr(reader, "MOST_MATES", 10)
    report = crowded.check([Document("draft", article(versions[7] + " more", FERRY_EDITED))])
    crowd, other = report.clusters

    assert places(other) == {("draft", 1), ("other", 0)}
    assert 10 < crowd.size < 50
    assert report.summary.left_out_pairs > 34 * 200
    assert min(member.similarity for member in crowd.members) >= 0.6


def test_exact_repeat_is_found_in_any_crowd(crowded, versions, monkeypatch):
    monkeypatch.setattr(reader, "MOST_MATES", 1)
    (cluster,) = crowded.check([Document("draft", versions[-1])]).clusters

    assert {("draft", 0), ("v449", 0)} <= places(cluster)


def test_text_that_stands_too_often_is_read_in_part_and_the_rest_counted(site, monkeypatch):
    monkeypatch.setattr(reader, "MOST_COPIES", 5)
    report = site.check(Document("draft", article(BANNER, FERRY)))
    (cluster,) = report.clusters

    assert (cluster.kind, cluster.size, report.summary.unread_copies) == ("furniture", 6, N_PAGES - 5)
    assert places(cluster) == {("draft", 0)} | {(f"site/{i}", 0) for i in range(5)}


@pytest.mark.parametrize("number", [0, 4, 5, 11])
def test_own_earlier_state_is_neither_read_nor_counted_as_unread(site, monkeypatch, number):
    monkeypatch.setattr(reader, "MOST_COPIES", 5)
    report = site.check(Document(f"site/{number}", article(BANNER, FERRY), "site"))
    (cluster,) = report.clusters

    assert (cluster.size, report.summary.unread_copies) == (6, N_PAGES - 1 - 5)
    assert [m.origin for m in cluster.members if m.document == f"site/{number}"] == ["draft"]


def test_line_with_figures_that_stands_too_often_is_told_to_be_furniture(site, monkeypatch):
    monkeypatch.setattr(reader, "MOST_COPIES", 5)
    (cluster,) = site.check(Document("draft", article("UPDATED: 23:59, 24 May 2024", *fill("draft", 8)), "site")).clusters

    assert (cluster.kind, cluster.size, cluster.similarity.min) == ("furniture", 6, 1.0)


def test_line_with_figures_is_no_repeat_in_a_draft_of_another_source(site):
    assert site.check(Document("draft", article("UPDATED: 23:59, 24 May 2024", *fill("draft", 8)), "desk")).clusters == ()


@pytest.mark.parametrize("year", [2020, 2030])
def test_furniture_is_tied_with_similarity_one_when_its_words_are_alike_as_well(tmp_path, year):
    pages = [print_page(i, footer="© 2024 Meridian Wire. Click for restrictions.") for i in range(5)]
    draft = Document("draft", article(*fill("draft", 8), f"© {year} Meridian Wire. Click for restrictions."), "site")
    (of_check,) = build(tmp_path / "index.dedup", pages).check(draft).clusters
    of_audit = next(one for one in audit([*pages, draft]).clusters if "Click" in one.members[0].text)

    assert (of_check.kind, of_check.size, of_check.similarity.min) == ("furniture", 6, 1.0)
    assert (of_audit.similarity, places(of_audit)) == (of_check.similarity, places(of_check))


def test_line_that_few_of_many_pages_have_is_no_furniture(tmp_path):
    """How many pages a source has is told by the index, of which only those with the line are read."""
    line = "Chess is played in the town hall"
    pages = [Document(f"p{i}", article(*fill(f"p{i}", 20), line if i < 3 else "", *fill(f"q{i}", 20)), "site") for i in range(9)]
    draft, path = Document("draft", article(FERRY, line, BUDGET), "desk"), tmp_path / "index.dedup"
    (few,) = build(path, pages).check(draft).clusters
    Index.open(path, "w").remove([page.name for page in pages[4:]])
    (many,) = Index.open(path).check(draft).clusters

    assert (few.kind, many.kind) == ("paragraph", "furniture")
    assert [audit([*some, draft]).clusters[0].kind for some in (pages, pages[:4])] == ["paragraph", "furniture"]


def test_texts_with_half_a_digest_in_common_are_told_apart(tmp_path):
    index = build(tmp_path / "index.dedup", [Document("a", FERRY), Document("b", BUDGET)])
    with closing(sqlite3.connect(index.path)) as database, database:
        database.execute("UPDATE text SET high = (SELECT high FROM text WHERE id = 1) WHERE id = 2")
    (cluster,) = index.check(Document("draft", FERRY)).clusters

    assert places(cluster) == {("a", 0), ("draft", 0)}


DECIDING = [({"threshold": 0.6}, 1), ({"threshold": 0.9}, 0), ({"shingle": 20}, 0), ({"seed": 7}, 1)]


@pytest.mark.parametrize(("changes", "n_clusters"), DECIDING)
def test_settings_of_the_index_decide_what_a_pair_is(tmp_path, changes, n_clusters):
    index = build(tmp_path / "index.dedup", [Document("a", article(FERRY, ORCHARD))], **changes)

    assert n_clusters == len(Index.open(index.path).check(Document("draft", FERRY_EDITED)).clusters)


def test_published_paragraphs_that_only_resemble_each_other_are_not_read(tmp_path):
    """A chain over two published paragraphs is for an audit to find."""
    words, end = FERRY.split(), ["but", "four", "other", "words"]
    archive = [
        Document("near", " ".join([*words[:-4], *end])),
        Document("far", " ".join(["Now", "come", "four", "more", *words[4:-4], *end])),
    ]
    draft = Document("draft", FERRY)
    (of_check,) = build(tmp_path / "index.dedup", archive).check(draft).clusters
    (of_audit,) = audit([*archive, draft]).clusters

    assert places(of_check) == {("draft", 0), ("near", 0)} == places(of_audit) - {("far", 0)}
