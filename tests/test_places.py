"""What the formats for CI systems share: which members they point at, and what they say of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, article

from dedup.audit import audit
from dedup.model import CheckedMember, Cluster, Document, Similarity
from dedup.report.places import FileLine, aim, describe_repeat, find_line, list_findings, measure_similarity

NOTHING = audit([Document("a", FERRY)])
UPDATED = "UPDATED: 14:02, {} February 2024"


def draft(document, text=FERRY, line=1, similarity=1.0):
    """Return a member of a check that stands in a draft."""
    return CheckedMember(document, 0, 0, len(text), line, max(1, len(text.split())), similarity, text, "draft")


def published(document, text=FERRY, line=1, similarity=1.0):
    """Return a member of a check that stands in the index."""
    return replace(draft(document, text, line, similarity), origin="index")


def tie(*members, kind="paragraph", name="00000000000000aa"):
    """Return members as a cluster."""
    n_documents = len({member.document for member in members})
    least = min(member.similarity for member in members)
    scope = "within" if n_documents == 1 else "across"
    return Cluster(name, kind, scope, len(members), n_documents, Similarity(least, least), members)


def report_of(*clusters, **changes):
    """Return a report with these findings."""
    return replace(NOTHING, clusters=clusters, findings=clusters, **changes)


def find(*members, **options):
    """Return members as the only finding of a report."""
    (finding,) = list_findings(report_of(tie(*members, **options)))
    return finding


def say(*members, **options):
    """Return what is said of the first place of a cluster."""
    finding = find(*members, **options)
    return describe_repeat(aim(finding, finding.places[0]), finding.places[0])


def test_audit_points_at_all_members_but_the_representative():
    report = audit([Document(name, FERRY) for name in "abc"])
    (finding,) = list_findings(report)

    assert [member.document for member in finding.places] == ["b", "c"]
    assert [member.document for member in finding.copies] == ["a"]


def test_check_points_at_drafts_and_takes_the_index_for_copies():
    finding = find(published("old"), draft("new"), published("older"), draft("newer"))

    assert [member.document for member in finding.places] == ["new", "newer"]
    assert [member.document for member in finding.copies] == ["old", "older"]


def test_draft_that_represents_its_cluster_is_a_place():
    finding = find(draft("new"), published("old"))

    assert [member.document for member in finding.places] == ["new"]


def test_check_of_drafts_alone_points_at_all_but_the_first():
    finding = find(draft("a"), draft("b"), draft("c"))

    assert [member.document for member in finding.places] == ["b", "c"]
    assert [member.document for member in finding.copies] == ["a"]


def test_findings_keep_their_order():
    report = audit(NEWSROOM)

    assert [finding.subject for finding in list_findings(report) if finding.kind != "passage"] == list(report.clusters)
    assert [finding.size for finding in list_findings(report)][: len(report.clusters)] == [one.size for one in report.clusters]


def test_clusters_that_do_not_count_are_left_out():
    report = replace(audit([Document("a", FERRY), Document("b", FERRY)]), findings=())

    assert list_findings(report) == []


@pytest.mark.parametrize(
    ("kind", "what"),
    [("paragraph", "repeats a paragraph of"), ("caption", "repeats a caption of"), ("furniture", "repeats site furniture of")],
)
def test_sentence_says_the_kind(kind, what):
    assert say(published("old.txt", line=9), draft("new.txt"), kind=kind)[:3] == (what, "old.txt:9", "(the same words)")


def test_sentence_says_how_like_the_two_are_and_quotes_the_draft():
    repeat = say(published("old.txt", line=9), draft("new.txt", FERRY_EDITED, similarity=0.969))

    assert repeat.sentence == "repeats a paragraph of old.txt:9 (96 % alike)"
    assert repeat.full_sentence == f"repeats a paragraph of old.txt:9 (96 % alike): “{FERRY_EDITED}”"


@pytest.mark.parametrize(("similarity", "percent"), [(0.996, "99 %"), (0.57, "57 %"), (0.29, "29 %")])
def test_percentages_are_rounded_down(similarity, percent):
    assert say(published("old"), draft("new", FERRY_EDITED, similarity=similarity)).how == f"({percent} alike)"


@pytest.mark.parametrize(("n_copies", "more"), [(2, " and of 1 more place"), (3, " and of 2 more places"), (1, "")])
def test_sentence_counts_the_other_copies(n_copies, more):
    repeat = say(*[published(f"old{i}") for i in range(n_copies)], draft("new"))

    assert repeat.sentence == f"repeats a paragraph of old0:1 (the same words){more}"


def test_similarity_of_a_representing_draft_is_that_of_the_copy():
    finding = find(draft("new"), published("old", FERRY_EDITED, similarity=0.8))

    assert measure_similarity(finding, finding.places[0]) == 0.8
    assert describe_repeat(finding, finding.places[0]).how == "(80 % alike)"


def test_copy_of_the_very_text_is_named_before_the_others():
    finding = find(published("old", FERRY_EDITED), published("verbatim", similarity=0.8), draft("new", similarity=0.8))

    assert say(*finding.subject.members).sentence == "repeats a paragraph of verbatim:1 (the same words) and of 1 more place"


def test_copies_keep_their_order_where_the_places_differ():
    finding = find(
        published("old"), published("other", CHESS), draft("a", CHESS, similarity=0.9), draft("b", BUDGET, similarity=0.8)
    )

    assert [copy.document for copy in finding.copies] == ["old", "other"]
    assert [measure_similarity(finding, place) for place in finding.places] == [0.9, 0.8]


def test_similarity_is_not_said_where_nobody_measured_it():
    finding = find(draft("first"), draft("second", BUDGET, similarity=0.9), published("old", CHESS, similarity=0.7))

    assert measure_similarity(finding, finding.places[1]) is None
    assert describe_repeat(finding, finding.places[1]).sentence == "repeats a paragraph of old:1"


def test_same_words_are_said_to_be_so_though_nobody_measured_them():
    finding = find(draft("first"), draft("second", "Café, 1", similarity=0.9), published("old", "cafe\u0301 1!", similarity=0.7))

    assert describe_repeat(finding, finding.places[1]).how == "(the same words)"


def test_furniture_with_other_figures_is_not_said_to_be_the_same():
    old, new = published("old", UPDATED.format(6)), draft("new", UPDATED.format(7))

    assert say(old, new, kind="furniture").how == "(the same but for figures and dates)"


@pytest.mark.parametrize(
    ("document", "path", "line"),
    [
        ("herald/ferry.txt", "herald/ferry.txt", 7),
        ("./herald//ferry.txt", "herald/ferry.txt", 7),
        ("../drafts/./a.md", "../drafts/a.md", 7),
        ("/srv/drafts/a.md", "/srv/drafts/a.md", 7),
        ("notes #1.txt", "notes #1.txt", 7),
        ("pages/ferry.html", "pages/ferry.html", None),
        ("pages/ferry.XHTML.gz", "pages/ferry.XHTML.gz", None),
        ("html", "html", 7),
        ("feed.jsonl", "feed.jsonl", 7),
        ("feed.jsonl#42", "feed.jsonl", None),
        ("feed.NDJSON.gz#https://x.example/a.jsonl#b", "feed.NDJSON.gz", None),
        ("a#b.jsonl#3", "a#b.jsonl", None),
        ("feed.jsonl#\n", "feed.jsonl", None),
        ("table.csv#", "table.csv", None),
        ("-", "-", 7),
        ("-#3", "-", None),
        ("https://herald.example//a/../b", "https://herald.example//a/../b", 7),
        ("", "", 7),
    ],
)
def test_spot_is_a_line_of_a_file_or_the_file_of_a_row(document, path, line):
    assert find_line(draft(document, line=7)) == FileLine(path, line)


def test_lines_are_those_of_the_file():
    report = audit([Document("a", article(BUDGET, FERRY)), Document("b", article(CHESS, "x", FERRY))])
    (finding,) = list_findings(report)

    assert [(member.document, member.line) for member in (*finding.places, *finding.copies)] == [("b", 5), ("a", 3)]
