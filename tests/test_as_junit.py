"""JUnit XML, read back as a CI system reads it."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

import pytest
from corpora import FERRY, FERRY_EDITED, NEWSROOM
from hypothesis import given
from hypothesis import strategies as st
from test_places import NOTHING, draft, published, report_of, tie

from dedup.audit import audit
from dedup.model import Document
from dedup.report.as_junit import render_junit


def parse(report):
    """Return the one suite of a report, after checking its counts."""
    root = ElementTree.fromstring(render_junit(report).encode())
    (suite,) = root
    cases, failures = suite.findall("testcase"), suite.findall("testcase/failure")
    for element in (root, suite):
        assert (element.get("tests"), element.get("failures")) == (str(len(cases)), str(len(failures)))
    return suite


def parse_only(*members, **options):
    """Return the one test case of a finding, and its failure."""
    (case,) = parse(report_of(tie(*members, **options)))
    (failure,) = case
    return case, failure


def test_suite_in_full():
    found = tie(published("herald/ferry.txt", line=9), draft("drafts/a & b.md", FERRY_EDITED, line=7, similarity=0.967))

    assert (
        render_junit(report_of(found))
        == f"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="dedup" tests="1" failures="1" errors="0">
  <testsuite name="dedup" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="drafts/a &amp; b.md" name="line 7: repeats a paragraph of herald/ferry.txt:9 (96 % alike)" \
file="drafts/a &amp; b.md" line="7">
      <failure message="repeats a paragraph of herald/ferry.txt:9 (96 % alike)" type="paragraph">\
drafts/a &amp; b.md:7: “{FERRY_EDITED}”
herald/ferry.txt:9: “{FERRY}”</failure>
    </testcase>
  </testsuite>
</testsuites>
"""
    )


def test_run_without_findings_is_one_passed_case():
    (case,) = parse(NOTHING)

    assert (case.attrib, list(case)) == ({"classname": "dedup", "name": "no findings"}, [])


def test_audit_has_a_case_for_each_copy_but_the_first():
    suite = parse(audit([Document(name, FERRY) for name in "abc"]))

    assert [(case.get("classname"), len(case)) for case in suite] == [("b", 1), ("c", 1)]


def test_places_of_one_document_are_cases_of_one_class():
    suite = parse(report_of(tie(published("old"), draft("new", line=1), draft("new", line=5))))

    assert [(case.get("classname"), case.get("name")[:7]) for case in suite] == [("new", "line 1:"), ("new", "line 5:")]


def test_cases_of_one_name_are_numbered():
    suite = parse(report_of(tie(published("old"), *[draft("new")] * 3)))
    name = "line 1: repeats a paragraph of old:1 (the same words)"

    assert [case.get("name") for case in suite] == [name, f"{name} (2)", f"{name} (3)"]


def test_furniture_fails_like_all_else():
    _, failure = parse_only(published("a"), draft("b"), kind="furniture")

    assert failure.get("type") == "furniture"


def test_row_has_a_file_and_no_line_of_it():
    case, _ = parse_only(published("a"), draft("feed.jsonl#42", line=3))

    assert (case.get("classname"), case.get("file"), case.get("line")) == ("feed.jsonl#42", "feed.jsonl", None)


def test_failure_quotes_twenty_copies_and_counts_the_rest():
    _, failure = parse_only(*[published(f"old{i}") for i in range(30)], draft("new"))
    lines = failure.text.splitlines()

    assert (len(lines), lines[0], lines[20], lines[-1]) == (22, f"new:1: “{FERRY}”", f"old19:1: “{FERRY}”", "… and 10 more")


@pytest.mark.parametrize(
    "text",
    [
        "]]>",
        "<script>alert(1)</script>",
        "\"'&amp;",
        "\n::error::x",
        "\t\r\n",
        "\u2028",
        "<!--",
        "%&<>",
        "a,b:c #1",
        "\x85",
    ],
)
def test_text_comes_through_whole(text):
    hostile = f"start {text} end"
    case, failure = parse_only(published("a"), draft(hostile, hostile))

    assert (case.get("classname"), case.get("file")) == (hostile, hostile)
    assert failure.text.startswith("start ")
    assert len(failure.text.split("\n")) == 2


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x08", "\ufffe", "\uffff", "\ud800"])
def test_what_xml_forbids_is_replaced(character):
    case, failure = parse_only(published("a"), draft(f"a{character}b", f"start{character}end"))

    assert case.get("classname") == "a\ufffdb"
    assert character not in failure.text


@given(st.text(), st.text())
def test_any_name_and_text_is_well_formed(name, text):
    case, failure = parse_only(published(name, text), draft(name, text))
    kept = "".join(c for c in case.get("classname") if c != "\ufffd")

    assert all(unicodedata.category(c) != "Cs" for c in kept)
    assert failure.text.count("“") >= 2


def test_newsroom_has_cases_of_different_names():
    suite = parse(audit(NEWSROOM))
    names = [(case.get("classname"), case.get("name")) for case in suite]

    assert len(set(names)) == len(names) > 100


def test_same_findings_give_the_same_bytes():
    assert render_junit(audit(NEWSROOM)) == render_junit(audit(NEWSROOM))
