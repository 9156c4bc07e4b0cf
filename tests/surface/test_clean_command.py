"""`dedup clean`: whole output, whole errors, exit codes."""

from __future__ import annotations

import json

import pytest
from command import run
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, write_files
from test_terminal import COLOUR, run_on_terminal

FILES = {
    "in/herald/ferry.txt": article("Ferry leaves", FERRY, BUDGET, CHESS, CHESS),
    "in/post/ferry.md": article("Nobody aboard", FERRY_EDITED, ORCHARD),
}
PLAN = """\
             before   after   removed
documents         2       2         0    0 %
paragraphs        8       6         2   25 %
words           126      85        41   32 %

WHAT GOES
                                copies   words
caption     within a document        1      19   15 %
paragraph   across documents         1      22   17 %

BY SOURCE
            documents   words before   after   removed
in/post             1             44      22      50 %
in/herald           1             82      63      23 %
"""


@pytest.fixture
def folder(tmp_path):
    return write_files(tmp_path, FILES)


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_plan_is_printed_and_the_files_are_written(folder):
    done = run(folder, "clean", "in", "-o", "out")

    assert done.code == 0
    assert "\n".join(map(str.rstrip, done.out.split("\n"))).startswith(PLAN)
    assert done.out.endswith(
        "PARAGRAPH · across documents, for example\n in/post/ferry.md:3 · 75 % alike\n"
        "   “The last ferry to the outer islands left the harbour on Friday with nobody\n"
        "   aboard but the crew and two grey cats.”\n"
        "   kept in/herald/ferry.txt ¶1 (first by name)\n"
    )
    assert (
        done.err == "dedup: wrote out: files: 2, and removed.jsonl\ndedup: took out 2 paragraphs with 32.5% of the words; S.SS s\n"
    )
    assert files_in(folder / "out") == [".dedup-clean.json", "herald/ferry.txt", "post/ferry.md", "removed.jsonl"]
    assert (folder / "out/herald/ferry.txt").read_text() == article("Ferry leaves", FERRY, BUDGET, CHESS)


def test_entry_tells_what_went_and_for_which_copy(folder):
    run(folder, "clean", "in", "-o", "out")
    entries = [json.loads(line) for line in (folder / "out/removed.jsonl").read_text().splitlines()]

    start = len(article("Nobody aboard")) + 1
    assert entries[1] == {
        "document": "in/post/ferry.md", "file": "in/post/ferry.md", "row": 1, "paragraph": 1, "start": start,
        "end": start + len(FERRY_EDITED), "line": 3, "words": 22, "kind": "paragraph", "scope": "across",
        "cluster": entries[1]["cluster"], "similarity": 0.75,
        "kept": {"document": "in/herald/ferry.txt", "paragraph": 1, "start": 14, "end": 14 + len(FERRY), "line": 3},
        "why": "kept in/herald/ferry.txt ¶1 (first by name)", "before": "", "text": FERRY_EDITED, "after": "\n\n",
    }  # fmt: skip
    assert len(entries[1]["cluster"]) == 16


def test_dry_run_prints_the_same_plan_and_writes_nothing(folder):
    done, written = run(folder, "clean", "in", "-o", "out", "--dry-run"), run(folder, "clean", "in", "-o", "other")

    assert (done.out, done.code) == (written.out, 0)
    assert done.err == "dedup: would take out 2 paragraphs with 32.5% of the words; nothing is written; S.SS s\n"
    assert not (folder / "out").exists()


def test_too_much_is_refused_with_the_plan(folder):
    done = run(folder, "clean", "in", "-o", "out", "--max-removed", "20%")

    assert (done.code, "WHAT GOES" in done.out) == (2, True)
    assert done.err == (
        "dedup: 32.5% of the words would go, more than --max-removed 20%; nothing is written. Look at the plan, and raise "
        "--max-removed if it is right\n"
    )
    assert not (folder / "out").exists()
    dry = run(folder, "clean", "in", "-o", "out", "--max-removed", "20%", "--dry-run")
    assert (dry.code, dry.err.splitlines()[-1]) == (
        0,
        "dedup: that is more than --max-removed 20%: without --dry-run it would be refused",
    )


def test_restored_documents_are_those_that_there_were(folder):
    run(folder, "clean", "in", "-o", "out", "--drop", "paragraph", "--keep", "longest", "--quiet")
    done = run(folder, "clean", "--restore", "out")

    assert (done.err, done.code) == ("", 0)
    assert [json.loads(line) for line in done.out.splitlines()] == [{"id": name, "text": text} for name, text in FILES.items()]


def test_plan_comes_as_json(folder):
    done = run(
        folder, "clean", "in", "-o", "out", "--format", "json", "--dry-run", "--quiet", "--drop", "caption", "--empty", "keep"
    )
    plan = json.loads(done.out)

    assert (done.err, done.code) == ("", 0)
    assert plan["schema"] == "dedup-clean/1"
    assert plan["policy"] == {
        "drop": ["caption"], "keep": "first", "order": "date", "passages": False, "least_words": 0, "empty": "keep",
        "max_removed": 0.5,
    }  # fmt: skip
    assert plan["before"] == {"documents": 2, "paragraphs": 8, "words": 126}
    assert plan["kinds"] == [{"kind": "caption", "scope": "within", "copies": 1, "words": 19}]
    assert plan["removed_share"] == round(19 / 126, 6)
    assert plan["sources"][0] == {
        "source": "in/herald",
        "documents_before": 1,
        "documents_after": 1,
        "words_before": 82,
        "words_after": 63,
    }


def test_nothing_to_take_out_is_told(tmp_path):
    write_files(tmp_path, {"in/a.txt": article(FERRY, BUDGET)})
    done = run(tmp_path, "clean", "in", "-o", "out")

    assert done.out.endswith("\nNothing goes: there is no repeat of the kinds that are dropped\n")
    assert (
        done.err == "dedup: wrote out: files: 1, and removed.jsonl\ndedup: took out 0 paragraphs with 0.0% of the words; S.SS s\n"
    )


def test_paragraphs_that_are_parted_otherwise_are_counted(tmp_path):
    """A line break within a paragraph of a page parts two of the text that it comes out as."""
    write_files(tmp_path, {"in/a.html": f"<p>{BUDGET}<p>{CHESS}", "in/b.html": f"<p>{BUDGET}<p>{ORCHARD}<br>{FERRY}"})
    plan = run(tmp_path, "clean", "in", "-o", "out", "--dry-run").out

    assert "paragraphs        4       4         0" in plan
    assert "\n What stays is read as 1 paragraph more than before, by the lines that are left\n" in plan


def test_short_talk_is_pointed_out(tmp_path):
    write_files(tmp_path, {"in/a.txt": article("Yes.", FERRY, BUDGET), "in/b.txt": article(ORCHARD, "Yes.", CHESS)})

    hint = " 1 of these paragraphs have fewer than 6 words; --least-words 6 keeps them\n"
    assert hint in run(tmp_path, "clean", "in", "-o", "out", "--dry-run").out
    assert "Nothing goes" in run(tmp_path, "clean", "in", "-o", "out", "--dry-run", "--least-words", "6").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clean", "-o", "out"], "Error: Missing argument 'PATH...'."),
        (["clean", "in"], "Error: Missing option '-o': the folder to write to."),
        (["clean", "in", "-o", "in/out"], "dedup: in/out: lies in in, which is read; name a folder outside of it"),
        (
            ["clean", "in", "-o", "out", "--drop", "passage"],
            "dedup: drop: 'passage' is no kind of finding; there are caption, paragraph",
        ),
        (["clean", "in", "-o", "out", "--max-removed", "half"], "'half' is no share; write 5% or 0.05"),
        (["clean", "in", "-o", "s3://bucket"], "dedup: s3://bucket: is an address; name a folder on this machine, and copy that"),
        (["clean", "-", "-o", "out"], "dedup: -: can be read but once, and a clean reads each input twice; save it as a file"),
        (["clean", "--restore", "in"], "dedup: in: no clean has written it; name the folder that was given to -o"),
        (["clean", "--restore", "out", "-o", "x"], "dedup: restore: takes the folder of a clean alone; the documents are printed"),
    ],
)
def test_what_makes_no_sense_is_refused(folder, arguments, message):
    done = run(folder, *arguments, given=b"One.")

    assert (done.out, done.code) == ("", 2)
    assert message in done.err
    assert not (folder / "out").exists()


def test_settings_file_says_what_goes(folder):
    (folder / "dedup.toml").write_text('drop = ["caption"]\nkeep = "last"\nmax-removed = "10%"\norder = "name"\n')
    done = run(folder, "clean", "in", "-o", "out")

    assert done.code == 2
    assert "15.1% of the words would go, more than --max-removed 10%" in done.err
    again = run(folder, "clean", "in", "-o", "out", "--max-removed", "20%")
    assert "(last in its document)" in again.out


def test_terminal_sees_colours_and_no_trace_of_hostile_text(tmp_path):
    hostile = "\x1b[2J" + FERRY + " \u202e"
    write_files(tmp_path, {"in/a.txt": article(hostile, BUDGET), "in/b.txt": article(hostile, CHESS)})
    out, code = run_on_terminal(tmp_path, "clean", "in", "-o", "out", "--max-removed", "1")

    assert code == 0

    assert COLOUR.search(out)
    assert "\x1b[2J" not in out
    assert "\u202e" not in out
