"""A check of drafts against an index finds of their paragraphs what an audit of drafts and archive together finds.

Which paragraphs are pairs is worked out here by brute force. An audit ties more: two published paragraphs that pair with each
other are no business of a check, so that chains over them are missing from it.
"""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import combinations

import naive
import naive_paragraphs
import pytest
from corpora import NEWSROOM, article, orderless
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from dedup.audit import audit
from dedup.index import Index
from dedup.model import Document, Sets
from dedup.pipeline import make_keys, no_progress, shingle_texts
from dedup.read import read
from dedup.settings import Settings

Place = tuple[str, int]
Pairs = set[tuple[Place, Place]]


def cut_paragraphs(documents: list[Document]) -> dict[Place, str]:
    """Return the paragraphs of documents that hold a word."""
    found = {}
    for one in documents:
        texts = [one.text[start:end] for start, end, _ in naive_paragraphs.paragraphs(one.text, "auto")]
        found |= {(one.name, ordinal): text for ordinal, text in enumerate(filter(naive.words, texts))}
    return found


def pair_up(paragraphs: dict[Place, str]) -> Pairs:
    """Return all pairs of paragraphs, both ways round, that have the same words or an exact Jaccard at the threshold."""
    words = {text: tuple(naive.words(text)) for text in set(paragraphs.values())}
    sets = {said: set(naive.shingles(list(said), Settings().shingle, Settings().min_words)) for said in set(words.values())}
    similar = {(said, said) for said in sets}
    for (a, of_a), (b, of_b) in combinations(sets.items(), 2):
        if not of_a.isdisjoint(of_b) and naive.jaccard(of_a, of_b) >= Fraction(6, 10):
            similar |= {(a, b), (b, a)}
    holding: dict[tuple[str, ...], list[Place]] = {said: [] for said in sets}
    for place, text in paragraphs.items():
        holding[words[text]].append(place)
    return {(one, other) for a, b in similar for one in holding[a] for other in holding[b] if one != other}


def list_ties(report, drafts: list[Document]) -> Pairs:
    """Return each paragraph of drafts with each other paragraph of its cluster."""
    names = {one.name for one in drafts}
    groups = [[(member.document, member.paragraph) for member in cluster.members] for cluster in report.clusters]
    return {(one, other) for group in groups for one in group for other in group if one != other and one[0] in names}


def list_lifts(report, drafts: list[Document]) -> dict[frozenset[tuple[str, int, int]], tuple[int, float]]:
    """Return the passages with a side in drafts: both sides, with the words that agree and their share."""
    names = {one.name for one in drafts}
    sides = {frozenset((side.document, side.start, side.end) for side in (one.a, one.b)): one for one in report.passages}
    return {where: (one.words, one.similarity) for where, one in sides.items() if {one.a.document, one.b.document} & names}


def build(path, documents, **changes):
    Index.open(path, "c").add(documents)
    return Index.open(path, **changes)


def grow(path, documents):
    for one in documents:
        Index.open(path, "c").add(one)
    return Index.open(path)


def without_seconds(report):
    said = json.loads(report.to_json())
    del said["summary"]["seconds"]
    return said


@pytest.fixture(scope="module")
def articles():
    return list(read([NEWSROOM]))


@pytest.fixture(scope="module")
def audited(articles):
    return audit(articles)


@pytest.fixture(scope="module")
def similar(articles):
    return pair_up(cut_paragraphs(articles))


@pytest.fixture(scope="module")
def checked(articles, tmp_path_factory):
    """Check each article against an index of all others, and a few handfuls against the rest."""
    folder = tmp_path_factory.mktemp("others")
    some = [random.Random(seed).sample(articles, seed) for seed in (3, 10, 26, 45)]
    some += [[one for one in articles if one.source == source] for source in sorted({one.source for one in articles})]
    reports = []
    for i, drafts in enumerate([*([one] for one in articles), *some]):
        index = build(folder / f"{i}.dedup", [one for one in articles if one not in drafts])
        reports.append((drafts, index.check(drafts)))
    return reports


def test_every_pair_of_a_draft_is_tied_in_its_check_as_in_the_audit(articles, checked, audited, similar):
    wrong = {}
    for drafts, report in checked:
        names = {one.name for one in drafts}
        wanted = {(a, b) for a, b in similar if a[0] in names}
        if not wanted == list_ties(report, drafts) & similar == list_ties(audited, drafts) & similar:
            wrong[tuple(names)] = wanted ^ list_ties(report, drafts)

    assert wrong == {}
    assert sum(len(drafts) == 1 for drafts, _ in checked) == len(articles) == 52


def test_check_ties_nothing_that_the_audit_does_not(checked, audited):
    assert [(drafts, report) for drafts, report in checked if not list_ties(report, drafts) <= list_ties(audited, drafts)] == []


def test_passages_are_those_of_the_audit(checked, audited):
    wrong = {}
    for drafts, report in checked:
        told, wanted = list_lifts(report, drafts), list_lifts(audited, drafts)
        if told != wanted:
            wrong[tuple(one.name for one in drafts)] = set(told.items()) ^ set(wanted.items())

    assert wrong == {}
    assert sum(len(report.passages) for _, report in checked) > 100


def test_kinds_are_those_of_the_audit(checked, audited):
    """Furniture is told by what an index has of a draft's texts: one cluster in a hundred may lack what would tell it."""
    kinds = {(m.document, m.paragraph): cluster.kind for cluster in audited.clusters for m in cluster.members}
    clusters = [cluster for _, report in checked for cluster in report.clusters]
    pairs = [(cluster.kind, kinds[cluster.members[0].document, cluster.members[0].paragraph]) for cluster in clusters]
    differing = [pair for pair in pairs if len(set(pair)) > 1]

    assert len(differing) <= len(pairs) / 100, differing
    assert {kind for pair in pairs for kind in pair} == {"caption", "furniture", "paragraph"}


def test_similarities_and_texts_are_those_of_the_audit(checked, audited):
    """Where both have the same representative."""
    of_audit = {}
    for cluster in audited.clusters:
        first = (cluster.members[0].document, cluster.members[0].paragraph)
        of_audit |= {
            (first, m.document, m.paragraph): (m.start, m.end, m.line, m.words, m.similarity, m.text) for m in cluster.members
        }
    compared = 0
    for _, report in checked:
        for cluster in report.clusters:
            first = (cluster.members[0].document, cluster.members[0].paragraph)
            for m in cluster.members:
                wanted = of_audit.get((first, m.document, m.paragraph))
                compared += wanted is not None
                assert wanted in (None, (m.start, m.end, m.line, m.words, m.similarity, m.text))

    assert compared > 1000


@pytest.mark.parametrize("seed", range(3))
def test_growing_the_index_in_the_same_order_gives_the_same_report(tmp_path, articles, seed):
    drafts = random.Random(seed).sample(articles, 3)
    others = [one for one in articles if one not in drafts]

    assert without_seconds(build(tmp_path / "built", others).check(drafts)) == without_seconds(
        grow(tmp_path / "grown", others).check(drafts)
    )


@pytest.mark.parametrize("seed", range(3))
def test_growing_the_index_in_another_order_changes_nothing_but_who_represents(tmp_path, articles, seed):
    """And the similarities of furniture, which hang on the text that masked lines are tied to: the first one read."""

    def describe(report):
        return [said[:5] + said[-1:] if said[1] == "furniture" else said for said in orderless(report)]

    drafts = random.Random(seed).sample(articles, 3)
    others = [one for one in articles if one not in drafts]
    grown = grow(tmp_path / "grown", random.Random(seed).sample(others, len(others)))
    built = build(tmp_path / "built", others)

    assert describe(built.check(drafts)) == describe(grown.check(drafts))


def test_number_of_threads_changes_nothing(tmp_path, articles):
    drafts, others = articles[::4], [one for i, one in enumerate(articles) if i % 4]
    build(tmp_path / "index", others)
    reports = [without_seconds(Index.open(tmp_path / "index", jobs=jobs).check(drafts)) for jobs in (1, 2, 5)]

    assert reports == [reports[0]] * 3


def test_markdown_has_the_same_pairs_in_check_and_audit(tmp_path, articles):
    """Targets of links are no words, of a draft as little as of the index."""
    linked = [
        Document(f"{i}.md", one.text.replace(" the ", f" [the](https://example.org/{'/'.join(one.name.split('-'))}/of/no/matter) "))
        for i, one in enumerate(articles)
    ]
    drafts, others = linked[::5], [one for i, one in enumerate(linked) if i % 5]
    of_check = list_ties(build(tmp_path / "index", others).check(drafts), drafts)

    assert of_check == list_ties(audit(linked), drafts) != set()


words = st.sampled_from(["pine", "oak", "elm", "ash", "yew", "fir", "bay", "fig"])
sentences = st.lists(words, min_size=3, max_size=12).map(" ".join)


@st.composite
def small_corpora(draw):
    """Draw documents of a few sentences, many of them edited forms of the same ones."""
    originals = draw(st.lists(sentences, min_size=1, max_size=4))
    texts = []
    for _ in range(draw(st.integers(2, 7))):
        paragraphs = []
        for original in draw(st.lists(st.sampled_from(originals), max_size=4)):
            edited = original.split()
            for _ in range(draw(st.integers(0, 2))):
                edited[draw(st.integers(0, len(edited) - 1))] = draw(words)
            paragraphs.append(" ".join(edited))
        texts.append(article(*paragraphs))
    return [Document(f"d{i}", text, f"s{i % 2}") for i, text in enumerate(texts)]


def keep_seen(paragraphs: dict[Place, str], similar: Pairs) -> Pairs:
    """Return the pairs that share a band key: of those at the threshold one in a hundred does not, and only a chain ties it."""
    shingled = shingle_texts(list(paragraphs.values()), Settings())
    with ThreadPoolExecutor(1) as pool:
        sets = Sets(shingled.shingles, shingled.offsets[:-1], shingled.offsets[1:])
        keys = dict(zip(paragraphs, make_keys(sets, Settings(), pool, no_progress).T, strict=True))
    return {(a, b) for a, b in similar if (keys[a] == keys[b]).any()}


@profile(max_examples=60)
@given(small_corpora(), st.integers(1, 2), st.booleans())
def test_small_corpora_have_the_same_pairs_in_check_and_audit(tmp_path_factory, documents, n_drafts, grown):
    drafts, others = documents[:n_drafts], documents[n_drafts:] or [Document("other", "")]
    index = (grow if grown else build)(tmp_path_factory.mktemp("small") / "index", others)
    paragraphs = cut_paragraphs([*drafts, *others])
    names = {one.name for one in drafts}
    seen = {pair for pair in keep_seen(paragraphs, pair_up(paragraphs)) if pair[0][0] in names}
    of_check, of_audit = (list_ties(report, drafts) for report in (index.check(drafts), audit([*others, *drafts])))

    assert seen <= of_check <= of_audit
