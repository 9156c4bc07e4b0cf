"""The report for people: nothing hidden, nothing that can touch the terminal, nothing wider than it."""

from __future__ import annotations

import io

import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, NEWSROOM, ORCHARD, article, write_files
from hypothesis import given
from hypothesis import settings as profile
from rich.cells import cell_len
from rich.console import Console
from shapes import many_lines, many_scripts

from dedup.audit import audit
from dedup.model import Document
from dedup.report.as_text import SHOWN_CHANGES, SHOWN_DOCUMENTS, SHOWN_MEMBERS, print_report
from dedup.report.wording import clean_text


def render(report, limit=10, paths=(), width=80):
    """Return the report as it is printed where there is no terminal."""
    console = Console(file=io.StringIO(), width=width, highlight=False, emoji=False, markup=False)
    print_report(report, console, limit, paths)
    return console.file.getvalue()


def render_texts(*texts, **options):
    return render(audit([Document(f"d{i}", text) for i, text in enumerate(texts)]), **options)


def test_corpus_without_copies():
    assert render_texts(FERRY, BUDGET, paths=["corpus"]) == "2 documents · 2 paragraphs · 42 words\nNo paragraph is there twice\n"


def test_one_of_each_is_not_in_the_plural():
    assert render_texts("Hello").splitlines()[0] == "1 document · 1 paragraph · 1 word"


def test_head_counts_sources_where_there_are_several():
    report = audit([Document("a", FERRY, "x"), Document("b", BUDGET, "y")])

    assert render(report).splitlines()[0] == "2 documents from 2 sources · 2 paragraphs · 42 words"


def test_hostile_text_is_shown_as_it_is_and_acts_on_nothing():
    hostile = "\x1b]0;owned\x07 [red]Pay[/red] \u202e[link=file:///etc]at once\x1b[2J to the owner of this corpus"
    report = audit([Document("\x1b[31ma.txt\n[bold]", hostile), Document("b", hostile)])
    printed = render(report, paths=["\x1b[31m", "caf\udce9"])

    assert "\\u001b]0;owned\\u0007 [red]Pay[/red] \\u202e[link=file:///etc]at once\\u001b[2J" in " ".join(printed.split())
    assert "\\u001b[31ma.txt [bold]:1" in printed
    assert [c for c in printed if (c < " " and c != "\n") or c in "\x7f\u202e\udce9"] == []


@profile(max_examples=40)
@given(many_scripts, many_lines)
def test_no_character_of_a_corpus_reaches_the_terminal_unchecked(name, text):
    printed = render(audit([Document(name, text), Document(f"{name}\x1b[1m", text), Document("c", FERRY), Document("d", FERRY)]))

    assert printed == "".join(c if c == "\n" else clean_text(f"x{c}x")[1:-1] for c in printed)
    printed.encode()


def test_what_differs_is_marked_with_the_words_around_it():
    printed = render_texts(FERRY, FERRY_EDITED)

    assert "    d1:1  75 %  … the crew and ‹one›→‹two› grey … grey ‹cat›→‹cats›" in printed.splitlines()


def test_words_added_and_missing_are_marked():
    longer = FERRY.replace("ferry", "old ferry").replace("grey ", "")

    assert {"‹+old›", "‹-grey›"} <= set(render_texts(FERRY, longer).split())


def test_share_is_never_rounded_up_to_the_same():
    words = [f"w{i}" for i in range(400)]
    edited = [*words[:200], "other", *words[201:]]
    printed = render_texts(" ".join(words), " ".join(edited))  # 397 of 401 pairs of words are shared: .990

    assert "2 copies · 99 % alike" in printed
    assert "    d1:1  99 %  … w197 w198 w199 ‹w200›→‹other› w201 w202 w203" in printed.splitlines()


def test_cut_list_of_copies_says_how_many_more():
    lines = render_texts(*[article(FERRY)] * (SHOWN_MEMBERS + 3)).splitlines()

    assert "    … and 2 more copies (-o report.json has all)" in lines
    assert len([line for line in lines if line.endswith("same words")]) == SHOWN_MEMBERS


def test_cut_list_of_one_copy_is_in_the_singular():
    assert "    … and 1 more copy (-o report.json has all)" in render_texts(*[article(FERRY)] * (SHOWN_MEMBERS + 2)).splitlines()


def test_cut_list_of_clusters_says_how_many_more():
    texts = (article(FERRY, BUDGET, CHESS, ORCHARD), article(ORCHARD, CHESS, BUDGET, FERRY))

    assert "  … and 1 more cluster of this kind (--limit 0 shows all)" in render_texts(*texts, limit=3).splitlines()
    assert "more cluster" not in render_texts(*texts, limit=0)
    assert render_texts(*texts, limit=0).count("2 copies") == 4


def test_cut_list_of_changes_says_how_many_more():
    words = [f"w{i}" for i in range(60)]
    edited = [f"x{i}" if i % 10 == 5 else word for i, word in enumerate(words)]
    printed = " ".join(render_texts(" ".join(words), " ".join(edited)).split())

    assert f"… {6 - SHOWN_CHANGES} more changes" in printed
    assert printed.count("→") == SHOWN_CHANGES


def test_cut_list_of_copied_documents_says_how_many_more():
    report = audit([Document(f"d{i:02}", f"{FERRY}\n\n{i} {i + 100} own words", f"s{i}") for i in range(SHOWN_DOCUMENTS + 2)])
    lines = render(report).splitlines()
    start = lines.index("COPIED DOCUMENTS")

    assert lines[start + 1] == "    d00: 84 % of it stands, as it is or edited, in d01 (22 words)"
    assert lines[start + SHOWN_DOCUMENTS + 1] == "    … and 1 more (-o report.json has all)"


def test_couple_of_copied_documents_is_shown_once_and_rows_of_one_paragraph_are_none():
    article = f"{FERRY}\n\nTwo own words"

    assert render(audit([Document("a", article, "x"), Document("b", article, "y")])).count("of it stands") == 1
    assert "COPIED" not in render(audit([Document("a", FERRY, "x"), Document("b", FERRY, "y")]))


def test_long_text_is_cut_with_a_sign():
    text = " ".join(f"word{i}" for i in range(200))
    printed = render_texts(text, text)

    assert ("word0 word1" in printed, " …”" in printed, "word199" in printed) == (True, True, False)


def test_skipped_records_are_named_and_the_rest_counted(tmp_path):
    write_files(tmp_path, {"a.jsonl": '{"text": "One."}\n' + "no\n" * 6 + "[]\n"})
    report = audit(tmp_path)
    lines = [line.replace(str(tmp_path), "") for line in render(report, width=200).splitlines()]

    assert lines[1] == "No paragraph is there twice · 7 records skipped (see below)"
    assert lines[3:] == [
        "Skipped: 7 records",
        *[f"    /a.jsonl:{line}: not JSON (expecting value, column 1)" for line in range(2, 7)],
        "    … in all: 6 not JSON, 1 not an object",
    ]


def test_next_step_names_what_was_audited_as_the_shell_wants_it():
    assert render_texts(FERRY, FERRY, paths=["my texts", "b"]).splitlines()[-1] == "Next: dedup audit 'my texts' b -o report.html"


JAPANESE = "写真は、東京の空を飛ぶ飛行機と、それを見上げる子どもたち。撮影した記者によると、この日は朝から風が強かったという。"
LONG_WORD = "https://example.org/" + "x" * 200


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize(
    "texts",
    [
        (FERRY, FERRY_EDITED),
        (JAPANESE * 2, JAPANESE * 2 + "また。", JAPANESE * 2),
        (JAPANESE.replace("。", ""), "ABC" + JAPANESE.replace("東京", "大阪")),
        (f"Read {LONG_WORD} and this", f"Read {LONG_WORD} or this"),
        ("한국어 문장은 띄어쓰기를 하므로 낱말마다 나뉜다. " * 6,) * 3,
    ],
    ids=["latin", "japanese", "mixed", "long word", "korean"],
)
def test_no_line_is_wider_than_it_may_be(texts, width):
    lines = render_texts(*texts, width=width).splitlines()

    assert [line for line in lines if cell_len(line) > width] == []


def test_no_line_of_the_newsroom_is_wider_than_80_columns(monkeypatch):
    monkeypatch.chdir(NEWSROOM.parents[1])
    lines = render(audit("data/newsroom"), limit=0).splitlines()

    assert len(lines) > 500
    assert [line for line in lines if cell_len(line) > 80] == []


def list_commands(report, **options):
    """Return the commands that a report closes with, as a shell reads them."""
    closing = render(report, paths=["corpus"], **options).partition("Next: ")[2]
    return [" ".join(command.split()) for command in closing.replace("\\\n", "").splitlines()]


def test_report_closes_with_commands_that_can_be_copied():
    here, there = Document("a b.jsonl#7", FERRY), Document("post/ferry.txt", article(CHESS, FERRY_EDITED))
    first = "dedup audit corpus -o report.html"

    assert list_commands(audit([here, there])) == [first, "dedup explain 'a b.jsonl#7:1' post/ferry.txt:3"]
    assert list_commands(audit([here, there], threshold=0.5, text_field="my body"), width=60) == [
        first,
        "dedup explain --threshold 0.5 --text-field 'my body' 'a b.jsonl#7:1' post/ferry.txt:3",
    ]


@pytest.mark.parametrize("name", ["-", "https://example.org/a.txt", "a\x1b.txt", f"{'long' * 20}.txt"])
def test_name_that_no_command_could_read_is_not_offered(name):
    report = audit([Document(name, FERRY), Document("b", FERRY_EDITED)])

    assert list_commands(report) == ["dedup audit corpus -o report.html"]


def test_quotation_is_quoted_by_other_marks():
    said = f"“{FERRY}”"
    printed = render_texts(said, said)

    assert ("      «“The last" in printed, "““" in printed) == (True, False)


def test_long_place_does_not_push_the_others_to_the_edge():
    long = "c" * 90
    lines = render(audit([Document(name, FERRY) for name in ("a", "b", long, "de")])).splitlines()

    assert [line for line in lines if line.endswith("same words") and long[:9] not in line] == [
        "    b:1   same words",
        "    de:1  same words",
    ]
