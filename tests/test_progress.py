"""What a person is told on standard error."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from corpora import FERRY

from dedup import progress
from dedup.audit import audit
from dedup.model import Document
from dedup.progress import Narrator, make_visible


@pytest.fixture
def told(capsys):
    """Return a function that returns what was told so far on a standard error that is no terminal."""
    return lambda: capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def drawn(monkeypatch):
    """Return a function that returns what was drawn on a terminal, one string a drawing."""
    terminal = Terminal()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=terminal))
    return lambda: terminal.getvalue().split("\r\x1b[K")


@pytest.fixture(scope="module")
def report():
    found = audit([Document("a", FERRY), Document("b", FERRY)])
    return replace(found, summary=replace(found.summary, seconds=1.234))


def test_closing_line_sums_up_a_clean_run(told, report):
    with Narrator(quiet=False) as narrator:
        narrator.close_run(report, [])

    assert told() == "dedup: documents read: 2, clusters: 1; 1.23 s\n"


def test_closing_lines_sum_up_what_was_skipped_and_written(told, report):
    summary = replace(report.summary, documents=12345, skipped={"not JSON": 6, "truncated": 1})
    run = replace(report, summary=summary, problems=("a:1: not JSON",) * 5, ignored={".png": 1200, ".css": 1})
    with Narrator(quiet=False) as narrator:
        narrator.close_run(run, [Path("r.json"), Path("s.json")])

    assert told().splitlines() == [
        "dedup: skipped 2 more records; in all: 6 not JSON, 1 truncated",
        "dedup: left out files of other kinds: 1 .css, 1,200 .png",
        "dedup: wrote r.json",
        "dedup: wrote s.json",
        "dedup: documents read: 12,345, records skipped: 7, clusters: 1; 1.23 s",
    ]


def test_pairs_that_the_bucket_rule_passed_over_are_told(told, report):
    with Narrator(quiet=False) as narrator:
        narrator.close_run(replace(report, summary=replace(report.summary, left_out_pairs=12345)), [])

    assert told().splitlines()[0] == "dedup: passed over 12,345 candidate pairs of crowded buckets; --exact compares all"


def test_skipped_records_that_were_all_named_are_not_summed_up_again(told, report):
    run = replace(report, summary=replace(report.summary, skipped={"not JSON": 1}), problems=("a:1: not JSON",))
    with Narrator(quiet=False) as narrator:
        narrator.tell("a:1: not JSON")
        narrator.close_run(run, [])

    assert told() == "dedup: skipped a:1: not JSON\ndedup: documents read: 2, records skipped: 1, clusters: 1; 1.23 s\n"


def test_quiet_narrator_says_nothing(drawn, report):
    with Narrator(quiet=True) as narrator:
        narrator.advance("Reading", 3)
        narrator.tell("a:1: not JSON")
        narrator.close_run(report, [Path("r.json")])

    assert drawn() == [""]


def test_bars_are_drawn_on_a_terminal_alone(told):
    with Narrator(quiet=False) as narrator:
        narrator.advance("Reading", 3)

    assert told() == ""


def test_bars_add_up_and_are_wiped_in_the_end(drawn):
    with Narrator(quiet=False) as narrator:
        narrator.advance("Reading", 1200)
        narrator.advance("Reading", 34)
        narrator.advance("Comparing", 5)
        narrator.tell("a:1: not JSON")

    assert drawn() == [
        "",
        "Reading 1,200 documents",
        "Reading 1,234 documents",
        "Reading 1,234 documents · Comparing 5 pairs",
        "dedup: skipped a:1: not JSON\n",
        "",
    ]


def test_counts_fit_on_one_line_for_a_line_that_wraps_cannot_be_wiped(drawn, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    with Narrator(quiet=False) as narrator:
        narrator.advance("Reading", 1000)
        narrator.advance("Sketching", 2000)
        narrator.clear()
        narrator.advance("Writing", 3)

    assert drawn() == ["", "Reading 1,000 documents", "…ents · Sketching 2,000 texts", "", "Writing 3 documents", ""]


def test_long_wait_before_the_first_document_is_explained(told, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.01)
    with Narrator(quiet=False) as narrator:
        narrator._hint.join(5)

    assert told() == "dedup: preparing: the first large run after installing compiles the kernels, some 15 s\n"


def test_wait_is_not_explained_once_the_work_goes_on(told, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.05)
    with Narrator(quiet=False) as narrator:
        narrator.advance("Reading", 1)
        narrator._hint.join(5)

    assert told() == ""


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("plain é 新", "plain é 新"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\nb\r", "a\\u000ab\\u000d"),
        ("\u202egnp\u200b", "\\u202egnp\\u200b"),
        ("caf\udce9", "caf\\udce9"),
    ],
)
def test_message_cannot_move_the_cursor(message, shown):
    assert make_visible(message) == shown


def test_encodings_that_were_guessed_are_told(told, report):
    summary = replace(report.summary, decoded={"windows-1252": 1203, "utf-16-le": 1})
    with Narrator(quiet=False) as narrator:
        narrator.close_check(replace(report, summary=summary), [])

    assert told().splitlines()[0] == "dedup: read from other encodings than UTF-8: 1 utf-16-le, 1,203 windows-1252"
