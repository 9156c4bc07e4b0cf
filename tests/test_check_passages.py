"""Passages of drafts: runs of words that they have from what is published, from each other and from themselves."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from corpora import CHESS, FERRY, NEWSROOM, article
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dedup.audit import audit
from dedup.check import check
from dedup.errors import IndexMismatchError
from dedup.index import Index
from dedup.limits import Limits, read_baseline, write_baseline
from dedup.model import CheckedSpan, Document
from dedup.read import read
from dedup.report import report_schema
from dedup.report.places import describe_repeat, list_places

RUN = "the toll will rise by two crowns in each of the next five years whatever the traffic"


def words(name, n):
    """Return n words that no other name has."""
    return " ".join(f"{name}{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(n))


def around(name, run=RUN, n=15):
    """Return a paragraph that holds a run and is not like any of another name as a whole."""
    return f"{words(f'{name}x', n)} {run} {words(f'{name}y', n)}"


TOLLS = Document("old/tolls", article(FERRY, around("old")), "old", "2023-05-03")
DRAFT = Document("draft", article(CHESS, around("new")), "desk")


@pytest.fixture
def index(tmp_path):
    index = Index.open(tmp_path / "archive.dedup", "c")
    index.add([TOLLS, Document("old/other", article(CHESS, words("o", 40)), "old")])
    return index


def sides(passage):
    return (passage.a.document, passage.a.paragraph), (passage.b.document, passage.b.paragraph)


def test_run_from_a_published_paragraph_is_found_and_placed(index):
    (passage,) = index.check(DRAFT).passages

    assert (passage.words, passage.a.text, passage.b.text, sides(passage)) == (17, RUN, RUN, (("draft", 1), ("old/tolls", 1)))
    assert (passage.a.origin, passage.b.origin, passage.a.line, passage.b.line) == ("draft", "index", 3, 3)
    assert (DRAFT.text[passage.a.start : passage.a.end], TOLLS.text[passage.b.start : passage.b.end]) == (RUN, RUN)
    assert passage.a_share == passage.b_share == round(17 / 47, 6)


def test_draft_is_the_first_side_even_where_its_paragraph_is_published_too(index):
    index.add(Document("older/copy", article(around("new")), "older"))
    report = index.check(DRAFT)

    assert [cluster.size for cluster in report.clusters if cluster.members[0].text == around("new")] == [2]
    assert [sides(passage) for passage in report.passages] == [(("draft", 1), ("old/tolls", 1))]


def test_runs_among_published_paragraphs_are_no_business_of_a_check(index):
    index.add(Document("old/again", article(around("again")), "old"))

    assert len(audit([TOLLS, Document("old/again", article(around("again")), "old")]).passages) == 1
    assert index.check(Document("draft", article(words("d", 40)), "desk")).passages == ()


def test_drafts_are_held_against_each_other_and_themselves_as_in_an_audit():
    drafts = [Document("a", article(around("one"), CHESS, around("two"))), Document("b", article(around("three")))]
    report = check(drafts)

    assert {sides(passage) for passage in report.passages} == {sides(passage) for passage in audit(drafts).passages}
    assert {type(side) for passage in report.passages for side in (passage.a, passage.b)} == {CheckedSpan}
    assert {passage.scope for passage in report.passages} == {"within", "across"}


def test_earlier_state_of_a_draft_is_not_held_against_it(index):
    assert index.check(Document(TOLLS.name, article(around("new")))).passages == ()
    assert len(index.check(Document("other", article(around("new")))).passages) == 1


def test_run_in_markdown_is_placed_in_the_wording_that_stands_there(tmp_path):
    shown = RUN.replace("two crowns", "[two crowns](https://harbour.example/rates?a=long&list=of-words)")
    markdown = Document("old/tolls.md", article("# Tolls", around("old", shown)))
    index = Index.open(tmp_path / "archive.dedup", "c")
    index.add([Document("old/plain", article(around("old").upper())), markdown])
    passages = {passage.b.document: passage for passage in index.check(DRAFT).passages}

    assert {name: (passage.words, passage.b.text) for name, passage in passages.items()} == {
        "old/plain": (17, RUN.upper()),
        "old/tolls.md": (17, shown),
    }
    assert passages["old/tolls.md"].b.text == markdown.text[passages["old/tolls.md"].b.start : passages["old/tolls.md"].b.end]
    assert index.verify() == []


def test_removed_document_leaves_no_fingerprint(index):
    index.remove(TOLLS.name)

    assert (index.check(DRAFT).passages, index.verify()) == ((), [])


def test_fingerprint_at_too_many_places_is_counted_and_not_followed(tmp_path):
    index = Index.open(tmp_path / "archive.dedup", "c")
    published = [Document(f"old/{name}", article(around(name))) for name in words("old", 40).split()]
    index.add(published)
    report, everything = index.check([DRAFT, Document("draft2", article(around("newer")))]), audit([*published, DRAFT])

    assert (report.passages, everything.passages) == ((), ())
    assert report.summary.common_runs == everything.summary.common_runs > 0


def test_passages_can_be_left_out(index):
    report = check([DRAFT], index.path, passages=False)

    assert (report.passages, report.settings["passages"], report.summary.findings) == ((), False, len(report.clusters))


def test_index_without_fingerprints_finds_no_passages_and_says_so_when_asked(tmp_path):
    path = tmp_path / "archive.dedup"
    Index.open(path, "c", passages=False).add(TOLLS)

    assert (check([DRAFT], path).passages, Index.open(path).verify()) == ((), [])
    with pytest.raises(IndexMismatchError, match="built with passages=False, asked for passages=True; drop"):
        check([DRAFT], path, passages=True)


def test_length_of_a_run_is_the_indexes(tmp_path):
    path = tmp_path / "archive.dedup"
    Index.open(path, "c", passage_words=20).add(TOLLS)

    assert check([DRAFT], path).passages == ()
    with pytest.raises(IndexMismatchError, match="built with passage-words=20, asked for passage-words=10"):
        check([DRAFT], path, passage_words=10)


def test_run_counts_as_a_finding_and_its_words_once(index):
    index.add(Document("old/again", article(around("again")), "old"))
    report = index.check(DRAFT, limits=Limits(max_ratio=0.5))
    share = 17 / report.summary.words

    assert (len(report.passages), report.summary.findings, len(report.findings)) == (
        2,
        1 + len(report.clusters),
        2 + len(report.clusters),
    )
    for ratio, is_over in ((share * 1.01, False), (share * 0.99, True)):
        assert index.check(DRAFT, limits=Limits(("passage",), max_ratio=ratio)).is_over_limits is is_over


@pytest.mark.parametrize(
    ("fail_on", "n_findings"),
    [(("passage",), 1), (("passage:across",), 1), (("passage:within",), 0), (("paragraph", "caption"), 0)],
)
def test_passages_count_when_they_are_named(index, fail_on, n_findings):
    report = index.check(Document("draft", article(around("new")), "desk"), limits=Limits(fail_on))

    assert (report.summary.findings, report.is_over_limits, len(report.passages)) == (n_findings, n_findings > 0, 1)


def test_words_of_a_counted_paragraph_are_not_counted_again_for_its_runs(index):
    index.add(Document("old/copy", article(around("new")), "old"))
    report = index.check(Document("draft", article(around("new")), "desk"), limits=Limits(max_ratio=1.0))

    assert (len(report.clusters), len(report.passages)) == (1, 1)
    assert not report.is_over_limits


def test_baseline_knows_a_run_in_spite_of_new_words_around_it(index, tmp_path):
    path = tmp_path / "baseline.json"
    first = index.check(DRAFT)
    write_baseline(path, first.findings)
    moved = Document("draft", article(words("n", 30), around("newer")), "desk")
    known, unknown = (index.check(moved, baseline=read) for read in (read_baseline(path), ()))

    assert [(len(one.passages), one.summary.findings, one.summary.baselined) for one in (known, unknown)] == [(0, 0, 1), (1, 1, 0)]
    assert known.summary.passages == 0
    assert {"kind": "passage", "scope": "across", "text": RUN}.items() <= next(
        entry for entry in read_baseline(path).values() if entry["kind"] == "passage"
    ).items()


def test_run_within_an_allowed_text_may_repeat(index):
    allowed = f"As the minister said: {RUN.upper()}, and nothing else."

    assert [len(index.check(DRAFT, allow=[text]).passages) for text in (allowed, RUN[:-8], words("z", 20))] == [0, 1, 1]


def test_nearest_counts_the_words_of_runs(index):
    report = index.check(Document("draft", article(around("new")), "desk"))

    assert [(one.nearest.document, one.nearest.shared_words) for one in report.documents] == [("old/tolls", 17)]


def test_formats_point_at_the_draft_and_name_what_it_repeats(index):
    index.add(Document("old/zz", article(around("again")), "old"))
    report = index.check(Document("draft.txt", article(around("new")), "desk"))
    ((finding, place),) = list_places(report)

    assert describe_repeat(finding, place).full_sentence == (
        f"repeats 17 words of old/tolls:3 (36 % of the paragraph) and of 1 more place: “{RUN}”"
    )
    assert report.render("github") == (
        "::warning file=draft.txt,line=1,title=Copied passage::"
        f"repeats 17 words of old/tolls:3 (36 %25 of the paragraph) and of 1 more place: “{RUN}”\n"
    )
    (result,) = json.loads(report.render("sarif"))["runs"][0]["results"]
    assert (result["ruleId"], result["ruleIndex"], len(result["relatedLocations"])) == ("dedup/passage", 3, 2)
    assert 'type="passage"' in report.render("junit")


def test_schema_describes_a_check_with_passages(index):
    report = json.loads(index.check(DRAFT).to_json())

    Draft202012Validator(report_schema()).validate(report)
    assert [side["origin"] for passage in report["passages"] for side in (passage["a"], passage["b"])] == ["draft", "index"]


def test_order_in_which_the_index_grew_changes_no_passage(tmp_path):
    articles = list(read([NEWSROOM]))
    drafts, published = articles[::8], [one for i, one in enumerate(articles) if i % 8]
    told = []
    for i, batches in enumerate(([published], [[one] for one in published], [[one] for one in reversed(published)])):
        index = Index.open(tmp_path / f"{i}.dedup", "c")
        for batch in batches:
            index.add(batch)
        told.append(sorted(map(repr, index.check(drafts).passages)))

    assert len(told[0]) > 5
    assert all(one == other for one, other in pairwise(told))


@st.composite
def corpora_of_lifts(draw):
    """Documents of paragraphs that hold some of three runs, whole or with a word changed, between words of their own."""
    documents = []
    for i in range(draw(st.integers(2, 5))):
        paragraphs = []
        for k in range(draw(st.integers(1, 3))):
            pieces = [words(f"d{'abcde'[i]}{'abc'[k]}{'xyz'[n]}", draw(st.integers(12, 20))) for n in range(2)]
            run = words(draw(st.sampled_from(["ra", "rb", "rc"])), draw(st.integers(8, 16))).split()
            if draw(st.booleans()):
                run[draw(st.integers(0, len(run) - 1))] = "changed"
            paragraphs.append(" ".join((pieces[0], *run, pieces[1])))
        documents.append(Document(f"d{i}", article(*paragraphs), f"s{i}"))
    return documents


@profile(max_examples=60, deadline=None)
@given(corpora_of_lifts(), st.integers(1, 2), st.booleans())
def test_passages_of_small_corpora_are_those_of_an_audit(tmp_path_factory, documents, n_drafts, grown):
    drafts, others = documents[:n_drafts], documents[n_drafts:] or [Document("other", "")]
    index = Index.open(tmp_path_factory.mktemp("small") / "archive.dedup", "c")
    for batch in [[one] for one in others] if grown else [others]:
        index.add(batch)
    audited = audit([*others, *drafts])
    names = {one.name for one in drafts}

    def list_lifts(report):
        pairs = [(one, {(side.document, side.start, side.end) for side in (one.a, one.b)}) for one in report.passages]
        return sorted((sorted(both), one.words) for one, both in pairs if {name for name, *_ in both} & names)

    assert list_lifts(index.check(drafts)) == list_lifts(audited)
