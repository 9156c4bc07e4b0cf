"""A check of drafts as the library gives it: what is a finding, what is counted, and what is refused."""

from __future__ import annotations

import json
import warnings

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article, orderless, places, write_files
from jsonschema import Draft202012Validator

import dedup
from dedup.audit import audit
from dedup.check import check
from dedup.errors import InputError, SettingsError, StoreError
from dedup.index import Index
from dedup.model import CheckedMember, Document
from dedup.read import read
from dedup.report import report_schema

ARCHIVE = [Document("old/1", article(FERRY, BUDGET), "old", "2024-05-03"), Document("old/2", article(ORCHARD, FERRY), "old")]
DRAFT = Document("draft", article(CHESS, FERRY_EDITED), "desk")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "index.dedup"
    Index.open(path, "c").add(ARCHIVE)
    return path


def without_seconds(report):
    said = json.loads(report.to_json())
    del said["summary"]["seconds"]
    return said


def test_without_an_index_drafts_are_held_against_each_other_and_themselves():
    report = check([Document("a", article(FERRY, BUDGET, BUDGET)), Document("b", article(CHESS, FERRY_EDITED))])
    found = {frozenset(places(cluster)): (cluster.kind, cluster.scope) for cluster in report.clusters}

    assert found == {
        frozenset({("a", 0), ("b", 1)}): ("paragraph", "across"),
        frozenset({("a", 1), ("a", 2)}): ("caption", "within"),
    }
    assert {member.origin for cluster in report.clusters for member in cluster.members} == {"draft"}
    assert (report.summary.index_documents, report.summary.findings, report.is_over_limits) == (0, 2, True)


def test_without_an_index_the_clusters_are_those_of_an_audit():
    assert orderless(check(NEWSROOM)) == orderless(audit(NEWSROOM))


def test_with_an_index_it_says_what_the_open_index_says(path):
    assert (
        without_seconds(check(DRAFT, path))
        == without_seconds(check([DRAFT], str(path)))
        == without_seconds(Index.open(path).check(DRAFT))
    )
    assert places(check(DRAFT, path).clusters[0]) == {("draft", 1), ("old/1", 0), ("old/2", 1)}


def test_all_pairs_of_drafts_may_be_compared_but_not_of_an_index(path):
    drafts = [DRAFT, *ARCHIVE]
    refusal = r"^exact: an index finds pairs by its bands; check without --index to compare all pairs of the drafts$"

    assert orderless(check(drafts, exact=True)) == orderless(check(drafts))
    assert check(drafts, exact=True).summary.expected_recall == 1.0
    with pytest.raises(SettingsError, match=refusal):
        check(DRAFT, path, exact=True)
    with pytest.raises(SettingsError, match=refusal):
        Index.open(path, exact=True).check(DRAFT)


def test_nothing_to_check_is_refused(path, tmp_path):
    write_files(tmp_path, {"a.png": ""})

    for index in (None, path):
        with pytest.raises(InputError, match=r"no document \(1 of kind \.png\)"):
            check(tmp_path, index)
        with pytest.raises(InputError, match="no input: no document"):
            check([], index)


def test_index_or_draft_that_is_not_there_is_refused(path, tmp_path):
    with pytest.raises(StoreError, match="there is no such index"):
        check(DRAFT, tmp_path / "no.dedup")
    with pytest.raises(InputError, match="no such file or folder"):
        check(tmp_path / "no.txt", path)


def test_setting_that_makes_no_sense_is_refused(path):
    for index in (None, path):
        with pytest.raises(SettingsError, match="did you mean 'threshold'"):
            check(DRAFT, index, treshold=0.6)


def test_summary_counts_drafts_alone(path):
    summary = check([DRAFT, Document("b", article(FERRY, ORCHARD, "Good evening"), "wire")], path).summary
    n_words = [len(text.split()) for text in (CHESS, FERRY_EDITED, FERRY, ORCHARD, "Good evening")]

    assert (summary.documents, summary.sources, summary.paragraphs, summary.distinct_paragraphs) == (2, 2, 5, 5)
    assert (summary.words, summary.duplicate_paragraphs, summary.duplicate_words) == (sum(n_words), 3, sum(n_words[1:4]))
    assert summary.duplicate_ratio == pytest.approx(sum(n_words[1:4]) / sum(n_words), abs=1e-6)
    assert (summary.clusters, summary.findings, summary.index_documents, summary.unread_copies) == (2, 2, 2, 0)


def test_clusters_with_most_words_of_drafts_come_first(tmp_path):
    """However often the index has a text."""
    Index.open(tmp_path / "index.dedup", "c").add([Document(f"old/{i}", CHESS) for i in range(9)])
    drafts = [
        Document("a", article(CHESS, FERRY)),
        Document("b", article(FERRY, "Good evening everybody", "Good evening everybody")),
    ]
    texts = [cluster.members[-1].text for cluster in check(drafts, tmp_path / "index.dedup").clusters]

    assert texts == [FERRY, CHESS, "Good evening everybody"]


def test_documents_told_of_are_drafts_and_their_nearest_may_be_published(path):
    report = check([DRAFT, Document("clean", "Nothing of this was ever printed before in any paper.")], path)
    (listed,) = report.documents

    assert (listed.document, listed.source, listed.paragraphs, listed.duplicate_paragraphs) == ("draft", "desk", 2, 1)
    assert (listed.nearest.document, listed.nearest.shared_words) == ("old/1", len(FERRY.split()))
    assert listed.nearest.b_share == pytest.approx(len(FERRY.split()) / len(f"{FERRY} {BUDGET}".split()), abs=1e-6)


def test_name_of_a_finding_stays_while_the_index_grows(tmp_path):
    path, names = tmp_path / "index.dedup", []
    for i in range(4):
        Index.open(path, "c").add(Document(f"old/{i}", FERRY.replace("grey", ["grey", "black", "white", "red"][i])))
        names += [cluster.id for cluster in check(DRAFT, path).clusters]

    assert ([names[0]] * 4, 5) == (names, check(DRAFT, path).clusters[0].size)
    assert names[0] not in {cluster.id for cluster in audit(ARCHIVE).clusters}


def test_draft_given_by_its_path_is_not_held_against_its_published_state(tmp_path):
    folder = write_files(tmp_path / "site", {"a.txt": article(FERRY, BUDGET), "b.txt": article(CHESS, FERRY)})
    Index.open(tmp_path / "index.dedup", "c").add(folder)
    (cluster,) = check(folder / "a.txt", tmp_path / "index.dedup").clusters

    assert places(cluster) == {(f"{folder}/a.txt", 0), (f"{folder}/b.txt", 1)}
    assert [(m.origin, m.document.rpartition("/")[2]) for m in cluster.members] == [("index", "b.txt"), ("draft", "a.txt")]


def test_earliest_copy_represents_be_it_draft_or_published(path):
    early, late = (Document("draft", FERRY_EDITED, "desk", date) for date in ("2023-01-01", "2025-01-01"))
    orders = [[member.document for member in check(draft, path).clusters[0].members] for draft in (early, late, DRAFT)]

    assert orders == [["draft", "old/1", "old/2"], ["old/1", "draft", "old/2"], ["old/1", "old/2", "draft"]]
    assert check(late, path).dates == {"draft": "2025-01-01T00:00:00", "old/1": "2024-05-03T00:00:00"}


def test_members_say_where_they_are_from(path):
    members = check(DRAFT, path).clusters[0].members

    assert [type(member) for member in members] == [CheckedMember] * 3
    assert [member.origin for member in members] == ["index", "index", "draft"]


def test_drafts_without_a_word_are_no_trouble(path):
    drafts = [Document("twice", article(CHESS, CHESS)), Document("empty", ""), Document("dots", "...\n\n—")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reports = [check(drafts, index) for index in (None, path)]
        nothing = check(drafts[1:], path)

    assert [[places(cluster) for cluster in report.clusters] for report in reports] == [[{("twice", 0), ("twice", 1)}]] * 2
    assert (nothing.clusters, nothing.documents, nothing.summary.words, nothing.summary.duplicate_ratio) == ((), (), 0, 0.0)


def test_index_without_a_paragraph_or_a_document_is_no_trouble(tmp_path):
    path = tmp_path / "index.dedup"
    Index.open(path, "c").add(Document("empty", "..."))
    before = check([DRAFT, DRAFT], path)
    Index.open(path, "w").remove("empty")
    after = check([DRAFT, DRAFT], path)

    assert [(len(report.clusters), report.summary.index_documents) for report in (before, after)] == [(2, 1), (2, 0)]


def test_progress_and_skipped_records_are_told(path, tmp_path):
    write_files(tmp_path, {"a.jsonl": json.dumps({"id": 1, "text": FERRY}) + "\nno\n"})
    told, done = [], []
    report = check(tmp_path, path, tell=told.append, progress=lambda stage, n_done: done.append((stage, n_done)))

    assert (told, report.summary.skipped) == (list(report.problems), {"not JSON": 1})
    assert done[0] == ("Reading", 1)


CHECKS = {
    "repeats": [DRAFT, Document("b", FERRY)],
    "nothing": [Document("clean", "Nothing of this was ever printed before in any paper.")],
    "wordless": [Document("", ""), Document("…", "…")],
    "broken": [Document("a", "\ud800"), Document("\ud800", FERRY, "\udfff")],
    "scripts": [Document("新聞", "写真は、東京の空を飛ぶ飛行機。"), Document("\n", "写真は、東京の空を飛ぶ飛行機!")],
    "newsroom": list(read([NEWSROOM]))[:9],
}


@pytest.mark.parametrize("has_index", [True, False])
@pytest.mark.parametrize("name", CHECKS)
def test_schema_describes_the_report(path, name, has_index):
    report = json.loads(check(CHECKS[name], path if has_index else None).to_json())
    counts = {"findings", "baselined", "allowed", "index_documents", "unread_copies"}

    Draft202012Validator(report_schema()).validate(report)
    assert counts <= set(report["summary"])
    assert {m["origin"] for c in report["clusters"] for m in c["members"]} <= {"draft", "index"}


def test_it_is_a_verb_of_the_library(path):
    limits = dedup.Limits(fail_on=("furniture",))

    assert (dedup.check(DRAFT, path, limits=limits).is_over_limits, dedup.check(DRAFT, path).is_over_limits) == (False, True)
