"""`dedup check` and `dedup index` as a shell runs them: whole output, whole errors, exit codes."""

from __future__ import annotations

import json
import sqlite3

import pytest
from command import run
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, write_files
from jsonschema import Draft202012Validator

from dedup.report import report_schema

PHOTO = "Pictured: the grey cat on the quay on Friday evening (Photo: Harbour Post)"
FILES = {
    "archive/herald/ferry.txt": article("Ferry leaves without anyone", FERRY, PHOTO),
    "archive/post/budget.jsonl": json.dumps({"id": "b1", "text": article(BUDGET, ORCHARD), "date": "2024-02-11"}) + "\n",
    "draft.md": article("# Nobody aboard", FERRY_EDITED, BUDGET),
    "fresh.md": article("# Chess", CHESS),
}
CHECKED = """\
2 findings in 1 of 2 drafts

draft.md
  line 3     repeats a paragraph (75 % alike)
              archive/herald/ferry.txt:3
              … the crew and ‹one›→‹two› grey … grey ‹cat›→‹cats›
  line 5     repeats a paragraph (the same words)
              archive/post/budget.jsonl#b1:1, 2024-02-11
              “Councillors threw out the budget for the third time since spring,
              and nobody in the chamber seemed surprised by it.”

2 drafts · 5 paragraphs · held against 2 published documents
"""
CLOSING = "dedup: drafts read: 2, clusters: 2; S.SS s\n"
INDEX = ("--index", "a.dedup")


@pytest.fixture
def desk(tmp_path):
    """Return a folder with an archive that is indexed and two drafts."""
    write_files(tmp_path, FILES)
    added = run(tmp_path, "index", "add", "a.dedup", "archive", "--date-field", "date")

    assert added == ("", "dedup: a.dedup: 2 added, 0 replaced, 0 unchanged\n", 0)
    return tmp_path


def test_drafts_that_repeat_are_told_with_the_place_and_what_differs(desk):
    assert run(desk, "check", "draft.md", "fresh.md", *INDEX) == (CHECKED, CLOSING, 1)


def test_draft_that_repeats_nothing_passes(desk):
    out, _, code = run(desk, "check", "fresh.md", *INDEX)

    assert (out.splitlines()[0], code) == ("No findings", 0)


def test_json_report_of_a_check_is_valid_and_says_where_members_come_from(desk):
    out, _, code = run(desk, "check", "draft.md", *INDEX, "--format", "json")
    report = json.loads(out)
    Draft202012Validator(report_schema()).validate(report)

    assert code == 1
    assert [[member["origin"] for member in cluster["members"]] for cluster in report["clusters"]] == [["index", "draft"]] * 2
    assert (report["summary"]["findings"], report["summary"]["documents"]) == (2, 1)
    assert [found["document"] for found in report["documents"]] == ["draft.md"]


def test_draft_is_not_held_against_its_own_earlier_state(desk):
    edited = article("Ferry leaves without anyone", FERRY_EDITED, PHOTO)
    write_files(desk, {"archive/herald/ferry.txt": edited})

    assert run(desk, "check", "archive/herald/ferry.txt", *INDEX).code == 0


def test_drafts_alone_are_held_against_each_other(desk):
    write_files(desk, {"twin.md": article("# Twin", FERRY)})
    out, _, code = run(desk, "check", "draft.md", "twin.md")

    assert (code, out.splitlines()[0]) == (1, "1 finding in 1 of 2 drafts")
    assert "draft.md:3" in out
    assert out.endswith("2 drafts · 5 paragraphs · held against each other\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--max-findings", "2"), 0),
        (("--max-findings", "1"), 1),
        (("--max-ratio", "100%"), 0),
        (("--max-ratio", "0.5"), 1),
        (("--fail-on", "caption"), 0),
        (("--fail-on", "paragraph:within"), 0),
        (("--fail-on", "caption", "--fail-on", "paragraph:across"), 1),
    ],
)
def test_limits_decide_the_exit_code(desk, arguments, code):
    assert run(desk, "check", "draft.md", *INDEX, *arguments).code == code


def test_baseline_leaves_out_what_was_seen(desk):
    made = run(desk, "check", "draft.md", *INDEX, "--write-baseline", "seen.json")
    again = run(desk, "check", "draft.md", *INDEX, "--baseline", "seen.json")

    assert (made.code, "dedup: wrote seen.json\n" in made.err) == (0, True)
    assert (again.code, again.out.splitlines()[0]) == (0, "No findings")
    assert "2 known to the baseline" in again.out


def test_allowed_texts_may_repeat_also_when_edited(desk):
    write_files(desk, {"allowed.txt": f"{FERRY}\n\n{BUDGET}\n"})
    out, _, code = run(desk, "check", "draft.md", *INDEX, "--allow", "allowed.txt")

    assert (code, "2 paragraphs allowed" in out) == (0, True)


def test_settings_file_names_the_index_and_the_limits(desk):
    write_files(desk, {"dedup.toml": 'index = "a.dedup"\nfail-on = ["paragraph"]\nmax-findings = 1\nquiet = true\n'})

    assert run(desk, "check", "draft.md")[1:] == ("", 1)
    assert run(desk, "check", "draft.md", "--max-findings", "2").code == 0


@pytest.mark.parametrize("format_", ["sarif", "github", "junit"])
def test_formats_for_ci_name_the_line_of_the_draft(desk, format_):
    out, _, code = run(desk, "check", "draft.md", *INDEX, "--format", format_)

    assert (code, "draft.md" in out, "archive/herald/ferry.txt" in out) == (1, True, True)


def test_reports_are_written_to_files_by_suffix(desk):
    names = ["r.json", "r.sarif", "r.xml"]
    run(desk, "check", "draft.md", *INDEX, *(part for name in names for part in ("-o", name)))

    assert [(desk / name).read_text()[:1] for name in names] == ["{", "{", "<"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("check", "draft.md", "--index", "none.dedup"),
            "none.dedup: there is no such index; `dedup index add none.dedup PATH...`",
        ),
        (("check", "draft.md", "--index", "draft.md"), "draft.md: is damaged or no index"),
        (("check", "draft.md", *INDEX, "--threshold", "0.8"), "a.dedup: built with threshold=0.6, asked for threshold=0.8"),
        (("check", "draft.md", *INDEX, "--exact"), "exact: an index finds pairs by its bands"),
        (("check", "draft.md", "--fail-on", "captoin"), "fail-on: 'captoin' is no kind of finding"),
        (("check", "draft.md", "--baseline", "none.json"), "none.json: cannot be read"),
        (("check", "none.md"), "none.md: no such file or folder"),
        (
            ("index", "remove", "a.dedup", "ferry.txt"),
            "a.dedup: has no document 'ferry.txt', did you mean 'archive/herald/ferry.txt'?",
        ),
        (("index", "info", "none.dedup"), "none.dedup: there is no such index"),
        (("index", "add", "a.dedup", "archive", "--shingle", "3"), "a.dedup: built with shingle=2, asked for shingle=3"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(desk, arguments, message):
    out, err, code = run(desk, *arguments)

    assert (out, code, err.count("\n")) == ("", 2, 1)
    assert err.startswith(f"dedup: {message}")


def test_index_is_kept_up_to_date(desk):
    write_files(desk, {"archive/herald/ferry.txt": article(CHESS)})

    assert run(desk, "index", "add", "a.dedup", "archive", "--date-field", "date").err == (
        "dedup: a.dedup: 0 added, 1 replaced, 1 unchanged\n"
    )
    assert run(desk, "index", "verify", "a.dedup") == ("", "dedup: a.dedup: sound\n", 0)
    assert run(desk, "check", "fresh.md", *INDEX).code == 1
    assert run(desk, "index", "remove", "a.dedup", "archive/herald/ferry.txt").err == "dedup: a.dedup: 1 removed\n"
    assert run(desk, "check", "fresh.md", *INDEX).code == 0
    assert run(desk, "index", "compact", "a.dedup").code == 0


def test_index_tells_what_it_holds(desk):
    out, err, code = run(desk, "index", "info", "a.dedup")
    told = json.loads(run(desk, "index", "info", "a.dedup", "--format", "json").out)

    assert (err, code, out.splitlines()[1]) == (
        "",
        0,
        "holds         2 documents from 2 sources; 5 paragraphs (5 distinct), 79 words",
    )
    assert (told["documents"], told["format"], told["settings"]["bands"]) == (2, 3, 34)


def test_damaged_index_is_named_and_the_faults_listed(desk):
    with sqlite3.connect(desk / "a.dedup") as database:
        first = "(SELECT min(first) FROM posting)"
        database.execute(f"UPDATE posting SET rest = substr(rest, 1, length(rest) - 2 * width) WHERE first = {first}")
    out, err, code = run(desk, "index", "verify", "a.dedup")

    assert (out, code) == ("2 postings are missing\n", 2)
    assert err.startswith("dedup: a.dedup: is damaged; ")


def test_check_of_one_article_loads_nothing_that_only_larger_or_other_runs_need(desk):
    _, err, _ = run(desk, "check", "draft.md", *INDEX, "--quiet", PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[1].strip() for line in err.splitlines()}
    slow = {"numba", "pyarrow", "datasketch", "scipy", "numpy.random", "numpy.ma", "msgspec", "tomllib"}

    assert loaded & (slow | {"sqlite3"}) == {"sqlite3"}


@pytest.mark.parametrize("cut", [1, 3000, 8191])
def test_index_that_is_cut_off_within_a_page_is_refused(desk, cut):
    whole = (desk / "a.dedup").read_bytes()
    (desk / "a.dedup").write_bytes(whole[:-cut])
    commands = [("check", "draft.md", *INDEX), ("index", "info", "a.dedup"), ("index", "add", "a.dedup", "archive")]

    assert {run(desk, *command) for command in commands} == {
        ("", "dedup: a.dedup: is cut off; restore it from a copy, or build it anew\n", 2)
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--write-baseline", "no/b.json"), "no/b.json: there is no folder no"),
        (("--write-baseline", "archive"), "archive: is a folder"),
        (("--write-baseline", "draft.md"), "draft.md: is there and is no baseline"),
        (("--write-baseline", "a.dedup"), "a.dedup: is there and is no baseline"),
        (("-o", f"{'x' * 300}.json"), f"{'x' * 300}.json: cannot be written"),
    ],
)
def test_output_that_cannot_be_written_is_refused_before_the_work(desk, arguments, message):
    out, err, code = run(desk, "check", "draft.md", *INDEX, *arguments)

    assert (out, code, err.startswith(f"dedup: {message}")) == ("", 2, True)


def test_output_over_an_input_is_refused(desk):
    index = (desk / "a.dedup").rename(desk / "a.json").read_bytes()
    refused = run(desk, "check", "draft.md", "--index", "a.json", "-o", "a.json")

    assert refused == ("", "dedup: a.json: is read by this very command; write to another file\n", 2)
    assert (desk / "a.json").read_bytes() == index


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("index = 5", "index wants str, not 5"),
        ('fail-on = "caption"', "fail-on wants list, not 'caption'"),
        ("max-findings = true", "max-findings wants int, not True"),
        ("fail-ons = []", "no setting 'fail-ons'; did you mean 'fail-on'?"),
    ],
)
def test_settings_file_that_makes_no_sense_is_named(desk, line, message):
    write_files(desk, {"dedup.toml": f"{line}\n"})
    out, err, code = run(desk, "check", "draft.md")

    assert (out, code, "dedup.toml" in err, message in err) == ("", 2, True, True)


def test_baseline_of_all_drafts_holds_for_each_alone(desk):
    write_files(desk, {"twin.md": article(FERRY.replace("Friday", "Monday")), "old.json": ""})
    run(desk, "check", "draft.md", "twin.md", *INDEX, "--write-baseline", "seen.json")

    assert [run(desk, "check", name, *INDEX, "--baseline", "seen.json").code for name in ("draft.md", "twin.md")] == [0, 0]


def test_copy_of_the_very_words_is_the_one_that_is_named(desk):
    write_files(desk, {"archive/herald/more.txt": article(FERRY_EDITED)})
    run(desk, "index", "add", "a.dedup", "archive", "--date-field", "date")

    assert (
        "repeats a paragraph (the same words)\n              archive/herald/more.txt:1"
        in run(desk, "check", "draft.md", *INDEX).out
    )


def test_draft_is_the_same_however_its_path_is_spelt(desk):
    write_files(desk, {"a.md": article(CHESS)})
    run(desk, "index", "add", "a.dedup", "a.md")

    assert [run(desk, "check", name, *INDEX).code for name in ("a.md", "./a.md", ".//a.md")] == [0, 0, 0]


def test_draft_without_a_word_passes_also_beside_allowed_texts(desk):
    write_files(desk, {"rule.md": "* * *\n", "allowed.txt": FERRY})

    assert run(desk, "check", "rule.md", *INDEX, "--allow", "allowed.txt").code == 0


@pytest.mark.parametrize("table", ["text", "source", "document"])
def test_index_with_rows_missing_is_said_to_be_damaged(desk, table):
    with sqlite3.connect(desk / "a.dedup") as database:
        database.execute(f"DELETE FROM {table}")
    out, err, code = run(desk, "check", "draft.md", *INDEX)

    assert (out, code, err) == ("", 2, "dedup: a.dedup: is damaged; `dedup index verify a.dedup` tells how\n")
