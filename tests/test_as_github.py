"""Annotations of GitHub Actions, read back as the runner reads them."""

from __future__ import annotations

import re

import pytest
from corpora import BUDGET, FERRY, FERRY_EDITED, NEWSROOM, article
from hypothesis import given
from hypothesis import strategies as st
from test_places import NOTHING, draft, published, report_of, tie

from dedup.audit import audit
from dedup.model import Document
from dedup.report.as_github import render_github
from dedup.report.places import list_findings

DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def unescape(text, escapes):
    """Return text as the runner decodes it."""
    for escaped, character in escapes:
        text = text.replace(escaped, character)
    return text


def parse_commands(log):
    """Return the commands that the runner finds in a log, as (name, properties, message); see its ActionCommand.TryParseV2."""
    found = []
    for line in re.split("\r\n|\r|\n", log):
        if line.lstrip().startswith("::"):
            head, message = line.lstrip()[2:].split("::", 1)
            name, _, written = head.partition(" ")
            pairs = [pair.split("=", 1) for pair in written.strip().split(",")]
            found.append((name, {key: unescape(value, PROPERTY) for key, value in pairs}, unescape(message, DATA)))
    return found


def parse_only(*members, **options):
    """Return the one command of a finding."""
    (command,) = parse_commands(render_github(report_of(tie(*members, **options))))
    return command


def test_annotation_in_full():
    found = tie(published("herald/ferry.txt", line=9), draft("draft.md", FERRY_EDITED, line=7, similarity=0.967))

    assert render_github(report_of(found)) == (
        "::warning file=draft.md,line=7,title=Repeated paragraph::"
        f"repeats a paragraph of herald/ferry.txt:9 (96 %25 alike): “{FERRY_EDITED}”\n"
    )


def test_nothing_is_printed_where_there_is_no_finding():
    assert render_github(NOTHING) == ""


def test_audit_has_an_annotation_for_each_copy_but_the_first():
    report = audit([Document("a", article(BUDGET, FERRY)), Document("b", FERRY), Document("c", FERRY)])

    assert [(name, found["file"], found["line"]) for name, found, _ in parse_commands(render_github(report))] == [
        ("warning", "b", "1"),
        ("warning", "c", "1"),
    ]


@pytest.mark.parametrize(
    ("kind", "name", "title"),
    [
        ("caption", "warning", "Repeated caption"),
        ("paragraph", "warning", "Repeated paragraph"),
        ("furniture", "notice", "Repeated furniture"),
    ],
)
def test_furniture_is_a_notice(kind, name, title):
    command, properties, _ = parse_only(published("a"), draft("b"), kind=kind)

    assert (command, properties["title"]) == (name, title)


def test_annotations_come_in_the_order_of_the_findings():
    short, long = tie(published("a"), draft("short")), tie(published("a"), draft("long"))
    commands = parse_commands(render_github(report_of(long, short)))

    assert [properties["file"] for _, properties, _ in commands] == ["long", "short"]


def test_row_is_named_and_stands_on_no_line():
    _, properties, message = parse_only(published("a"), draft("feed.jsonl#42", line=3))

    assert properties == {"file": "feed.jsonl", "title": "Repeated paragraph"}
    assert message.startswith("feed.jsonl#42:3 repeats a paragraph of a:1 ")


@pytest.mark.parametrize(
    "text",
    [
        "\n::error file=x::owned",
        "\r::set-output name=x::owned",
        "\r\n##[error]owned",
        "\u2028::error::owned",
        "%0A::error::owned",
        "::stop-commands::x",
        "]]><script>alert(1)</script>",
        "\x1b[31m\0\x07",
        'quote " comma , colon :',
    ],
)
def test_text_starts_no_command_of_its_own(text):
    hostile = f"start{text}"
    log = render_github(report_of(tie(published(hostile, hostile), draft(hostile, hostile))))
    ((name, properties, message),) = parse_commands(log)

    assert len(log.splitlines()) == 1
    assert (name, list(properties)) == ("warning", ["file", "line", "title"])
    assert message.startswith("repeats a paragraph of start")


@pytest.mark.parametrize(
    "name",
    ["a,b:c.txt", "50 % off.txt", "100%25.txt", "a b#c.txt", "x=y.txt", "新聞　四.txt", "new\nline", "cr\rhere", "::error::x"],
)
def test_file_name_comes_through_whole(name):
    _, properties, _ = parse_only(published("a"), draft(name))

    assert properties["file"] == name


def test_control_characters_of_a_file_name_are_made_visible():
    _, properties, _ = parse_only(published("a"), draft("\x1b[2Jevil\u2028.txt"))

    assert properties["file"] == "\\u001b[2Jevil\\u2028.txt"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"])))
def test_every_annotation_is_one_command_on_one_line(name, text):
    log = render_github(report_of(tie(published(name, text), draft(name, text))))

    assert (len(log.splitlines()), log.endswith("\n")) == (1, True)
    assert [command for command, *_ in parse_commands(log)] == ["warning"]


def test_newsroom_has_a_command_a_line():
    report = audit(NEWSROOM)
    log = render_github(report)

    assert len(parse_commands(log)) == len(log.splitlines()) == sum(len(found.places) for found in list_findings(report))
