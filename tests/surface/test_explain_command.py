"""`dedup explain`: whole output, whole errors, exit codes."""

from __future__ import annotations

import json

import pytest
from command import run
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, write_files
from test_terminal import COLOUR, run_on_terminal

FILES = {
    "herald/ferry.txt": article("Ferry leaves without anyone", FERRY, BUDGET),
    "post/ferry.md": article("Nobody aboard", FERRY_EDITED, CHESS, ORCHARD),
}
PAIR = """\
A PAIR · 75 % alike
Two paragraphs are a pair from 60 % on (--threshold 0.6).

A  herald/ferry.txt:3  paragraph 2 of 3, 22 words
   “The last ferry to the outer islands left the harbour on Friday with nobody
   aboard but the crew and one grey cat.”
B  post/ferry.md:3  paragraph 2 of 4, 22 words
   “The last ferry to the outer islands left the harbour on Friday with nobody
   aboard but the crew and two grey cats.”
   the most alike of 12 pairs of paragraphs, of which 1 reaches the threshold

WHAT DIFFERS · ‹A›→‹B›, ‹-in A alone›, ‹+in B alone›
   … but the crew and ‹one›→‹two› grey ‹cat›→‹cats›

SHINGLES · 2 words in a row, each counted once
   shared      18  The last · last ferry · ferry to · to the · the outer ·
                   outer islands · islands left · left the · …
   A alone      3  and one · one grey · grey cat
   B alone      3  and two · two grey · grey cats
   alike     75 %  Jaccard: 18 of the 24 in either
                   containment: 85 % of A's are in B, 85 % of B's in A

AT OTHER WIDTHS · threshold 0.6 as before
   --shingle 1     80 %  a pair
   --shingle 2     75 %  a pair   as here
   --shingle 3     73 %  a pair
   --shingle 5     71 %  a pair

SIGNATURES · 136 minima, in 34 bands of 4
   minima     101  agree, which estimates 74 % alike
   bands       11  agree (nos. 2, 3, 5, 7, 12, 13, …): they are compared
   chance          the bands see more than 99.9 % of all pairs that are as alike

SHARED RUNS · 10 words or more; no passages: the paragraphs are a pair
   19 words · 86 % of A, 86 % of B
     “The last ferry to the outer islands left the harbour on Friday with nobody
     aboard but the crew and”

TO PART THEM
   --threshold 0.76  and above: they are a pair up to 0.75
"""
NO_PAIR = """\
NO PAIR · compared whole
A has 3 words: with fewer than 6 (--min-words 6) a paragraph pairs with the same
words only.

A  line 1  3 words
   “one grey cat”
B  line 1  7 words
   “one grey cat and two grey cats”

WHAT DIFFERS · ‹A›→‹B›, ‹-in A alone›, ‹+in B alone›
   one grey cat ‹+and two grey cats›

SHINGLES · 2 words in a row, each counted once
   shared       0
   A alone      1  one grey cat
   B alone      6  one grey · grey cat · cat and · and two · two grey ·
                   grey cats
   alike      0 %  Jaccard: 0 of the 7 in either
                   containment: 0 % of A's are in B, 0 % of B's in A

AT OTHER WIDTHS · threshold 0.6 as before
   --shingle 1      0 %  no pair
   --shingle 2      0 %  no pair  as here
   --shingle 3     20 %  no pair
   --shingle 5      0 %  no pair

SIGNATURES · 136 minima, in 34 bands of 4
   minima       0  agree, which estimates 0 % alike
   bands        0  agree: they are compared with --exact alone
   chance          the bands see 0 % of all pairs that are as alike

TO MAKE THEM A PAIR
   --min-words 3  makes them 33 % alike, which is no pair yet
"""


@pytest.fixture
def corpus(tmp_path):
    return write_files(tmp_path, FILES)


def test_pair_for_people(corpus):
    assert run(corpus, "explain", "herald/ferry.txt", "post/ferry.md") == (PAIR, "", 0)


def test_texts_that_are_no_pair(corpus):
    assert run(corpus, "explain", "--text", "one grey cat", "one grey cat and two grey cats") == (NO_PAIR, "", 0)


def test_explanation_for_machines(corpus):
    out, err, code = run(corpus, "explain", "herald/ferry.txt:3", "post/ferry.md:3", "--format=json", "--threshold=0.8")
    told = json.loads(out)

    assert (told["is_pair"], told["reason"], told["choice"], told["pair_up_to"], err, code) == (False, "unlike", None, 0.75, "", 0)


def test_place_that_is_not_there_is_exit_code_2(corpus):
    assert run(corpus, "explain", "herald/fery.txt", "post/ferry.md") == (
        "",
        "dedup: herald/fery.txt: no such file; did you mean herald/ferry.txt?\n",
        2,
    )


def test_rows_of_standard_input(corpus):
    rows = "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate((FERRY, FERRY_EDITED))) + "{\n"
    out, err, code = run(corpus, "explain", "--", "-#0", "-#1", given=rows.encode())

    assert (out.splitlines()[0], err.splitlines()[0][:20], code) == ("A PAIR · 75 % alike", "dedup: skipped -:3: ", 0)


def test_settings_file_counts_and_its_format_does_not(corpus):
    write_files(corpus, {"dedup.toml": 'threshold = 0.9\nformat = "sarif"\n'})

    assert run(corpus, "explain", "herald/ferry.txt", "post/ferry.md").out.startswith(
        "NO PAIR · 75 % alike\nTwo paragraphs are a pair from 90 %"
    )


def test_hostile_text_and_names_cannot_write_to_the_terminal(tmp_path):
    hostile = "\x1b[2Ja.txt"
    write_files(tmp_path, {hostile: f"\x1b]0;owned\x07 {FERRY} \u202e[bold]here[/bold]", "b.txt": FERRY})
    refused = run(tmp_path, "explain", hostile, f"{hostile}:1"), run(tmp_path, "explain", "\x1b[31m.txt", "b.txt")
    shown = run(tmp_path, "explain", hostile, "b.txt"), run(tmp_path, "explain", "--text", f"\x1b[31m {FERRY}", f"{BUDGET} \x07")

    assert [done.code for done in (*refused, *shown)] == [2, 2, 0, 0]
    assert [told for done in (*refused, *shown) for told in done[:2] if {"\x1b", "\x07", "\u202e"} & set(told)] == []


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}])
def test_terminal_gets_colour_unless_none_is_wanted(corpus, environment):
    got, code = run_on_terminal(corpus, "explain", "herald/ferry.txt", "post/ferry.md", **environment)

    assert (bool(COLOUR.search(got)), code) == (not environment, 0)


def test_output_fits_80_columns(corpus):
    long = " ".join(f"Rumpelstilzchen{i}" for i in range(300))
    out = run(corpus, "explain", "--text", long, long.replace("9", "8"), COLUMNS="200").out

    assert max(map(len, out.splitlines())) <= 80
