"""Paragraphs: where they are cut, by hand and against the oracle; and offsets that never lie."""

import textwrap

import naive_paragraphs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import BREAKS, as_column, many_lines
from splitting import FILLER, OTHER, THIRD, split, texts_of, wrap

from dedup.model import Blocks
from dedup.segment import WIDEST_WRAP, place_blocks, split_paragraphs
from dedup.settings import SPLITS

structured = st.lists(
    st.one_of(
        st.sampled_from(BREAKS),
        st.sampled_from(
            ["    ", "\t", " ", "- ", "12. ", "2019. ", "# ", "| a | b |", "• ", "-\u00a3", "-\u00a0", "a\tb", "-----", "新聞"]
        ),
        st.integers(1, 12).map(lambda n: " ".join(["word"] * n)),
        st.integers(1, 12).map(lambda n: " ".join(["some"] * n) + ".\n"),
        st.sampled_from(
            ["\f", "12\n", "\n- 7 -\n", "PAGE 3 of 30\n", "[xii]\n", "Iv\n", "12345\n", "The Pier 9\n", "10  The Pier\n"]
        ),
        st.sampled_from(["that he said.”\n", "the end)\n", "x" * 130, "記" * 40 + "\n", "word, " * 11 + "\n"]),
    ),
    max_size=14,
).map("".join)


@st.composite
def wrapped_copy(draw):
    """Draw paragraphs of words, wrapped at one width, with or without indents and blank lines."""
    words = st.lists(
        st.sampled_from(["a", "pier", "harbour", "treasurer", "sinks.", "mud,", "said.”", "12."]), min_size=1, max_size=30
    )
    width, indent = draw(st.integers(12, 40)), draw(st.sampled_from(["", "", "  "]))
    paragraphs = [textwrap.fill(" ".join(some), width, initial_indent=indent) for some in draw(st.lists(words, max_size=5))]
    return draw(st.sampled_from(["\n", "\n", "\n\n", "\r\n"])).join(paragraphs)


@st.composite
def paged_copy(draw):
    """Draw wrapped copy on pages of a few lines, with page numbers and running heads at either edge, or neither."""
    lines = draw(wrapped_copy()).splitlines()
    n_lines, gap = draw(st.integers(1, 8)), draw(st.sampled_from(["", "\n"]))
    heads = draw(st.sampled_from([[], ["The Pier"], ["The Pier", "By the Mayor"], ["12", "{}  The Pier"], ["Page {} of 9"]]))
    feet = draw(st.sampled_from([[], ["{}"], ["{}", "The Pier Press"], ["-----", "  - xi -"], ["a{}", "12"]]))
    pages = []
    for number, at in enumerate(range(0, len(lines), n_lines)):
        head = [f"{heads[number % len(heads)].format(number)}\n{gap}"] if heads else []
        foot = [f"{gap}{feet[number % len(feet)].format(number)}\n"] if feet else []
        pages.append("".join([*head, *(f"{line}\n" for line in lines[at : at + n_lines]), *foot]))
    return "\f".join(pages)


def expected_columns(texts, mode):
    rows = []
    for document, text in enumerate(texts):
        base = len("".join(texts[:document]).encode())
        for start, end, line in naive_paragraphs.paragraphs(text, mode):
            rows.append((document, base + len(text[:start].encode()), base + len(text[:end].encode()), start, end, line))
    return rows


@pytest.mark.parametrize("mode", SPLITS)
@given(st.lists(many_lines, max_size=3))
def test_lines_of_any_script_agree_with_the_oracle(mode, texts):
    buffer, offsets = as_column(texts)

    found = split_paragraphs(buffer, offsets, mode)

    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected_columns(texts, mode)


@pytest.mark.parametrize("mode", SPLITS)
@given(st.lists(st.one_of(structured, wrapped_copy(), paged_copy()), max_size=3))
def test_structured_lines_agree_with_the_oracle(mode, texts):
    buffer, offsets = as_column(texts)

    found = split_paragraphs(buffer, offsets, mode)

    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected_columns(texts, mode)


@pytest.mark.parametrize("mode", SPLITS)
@given(st.lists(st.one_of(st.text(), many_lines, structured), max_size=3))
def test_offsets_cut_out_whole_clean_paragraphs(mode, texts):
    """Bytes and code points agree; no paragraph is empty, has outer white space or overlaps; only spaces, rules and page numbers
    are left out."""
    buffer, offsets = as_column(texts)

    found = split_paragraphs(buffer, offsets, mode)

    for number, text in enumerate(texts):
        mine = found.document == number
        points = list(zip(found.start_point[mine].tolist(), found.end_point[mine].tolist(), strict=True))
        cut = [text[a:b] for a, b in points]
        in_bytes = zip(found.start[mine].tolist(), found.end[mine].tolist(), strict=True)
        assert [buffer[a:b].tobytes().decode() for a, b in in_bytes] == cut
        assert all(paragraph and paragraph == paragraph.strip(naive_paragraphs.SPACES) for paragraph in cut)
        bounds = [0, *(point for pair in points for point in pair), len(text)]
        assert bounds == sorted(bounds)
        between = [line for a, b in zip(bounds[::2], bounds[1::2], strict=True) for line in naive_paragraphs.lines(text[a:b])]
        assert all(line.is_blank or line.is_rule or naive_paragraphs.is_page_number(line.text) for line in between)
        assert "\f" in text or all(line.is_blank or line.is_rule for line in between)


@given(st.lists(st.one_of(many_lines, structured), max_size=5), st.sampled_from(SPLITS))
def test_documents_of_a_batch_do_not_touch_each_other(texts, mode):
    buffer, offsets = as_column(texts)

    found = split_paragraphs(buffer, offsets, mode)

    actual = [(int(d), texts[d][a:b]) for d, a, b in zip(found.document, found.start_point, found.end_point, strict=True)]
    assert actual == [(d, paragraph) for d, text in enumerate(texts) for paragraph in texts_of(text, mode)]


@given(st.one_of(many_lines, structured, wrapped_copy()), st.sampled_from(["\n", "\n\n", "\r\n \r\n", "\u00a0\n", "\n-----\n"]))
def test_blank_and_rule_lines_around_a_document_change_nothing(text, edge):
    assert texts_of(edge + text + edge) == texts_of("\n" + text + "\n")


@given(st.one_of(many_lines, structured), st.sampled_from(SPLITS))
def test_kind_of_line_break_changes_nothing(text, mode):
    unix = text.replace("\r\n", "\n").replace("\r", "\n")

    expected = [(paragraph.split("\n"), line) for paragraph, line in split(unix, mode)]

    assert [(p.split("\r\n"), line) for p, line in split(unix.replace("\n", "\r\n"), mode)] == expected
    assert [(p.split("\r"), line) for p, line in split(unix.replace("\n", "\r"), mode)] == expected


def test_no_document_gives_no_paragraph():
    found = split_paragraphs(*as_column([]))

    assert [(len(column), column.dtype) for column in found] == [(0, np.int64)] * 6


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\ufeff", "\u00a0\n\u3000\n\t", "-----", "* * *\n\n***", "\r\n"])
def test_document_without_text_has_no_paragraph(text):
    assert texts_of(text) == []


def test_wire_copy_wrapped_at_72_is_joined_between_blank_lines():
    wire = [wrap(FILLER), wrap(OTHER), wrap(THIRD)]

    assert split("\n\n".join(wire)) == [(wire[0], 1), (wire[1], 6), (wire[2], 10)]


def test_wrapped_copy_without_blank_lines_ends_a_paragraph_at_a_short_last_line():
    wire = [wrap(FILLER, 66), wrap(OTHER, 66), wrap(THIRD, 66)]

    assert [len(paragraph.splitlines()[-1]) < 0.8 * 66 for paragraph in wire[:2]] == [True, True]
    assert texts_of("\n".join(wire)) == wire


@pytest.mark.parametrize("margin", ["  ", "    ", "\t", "\u3000"])
def test_wrapped_copy_without_blank_lines_starts_a_paragraph_at_an_indent(margin):
    """Each paragraph but the last fills its last line, so that nothing else shows where it ends."""
    full = "\n".join(["northern pier is sinking slowly"] * 5)
    text = "\n".join([full, margin + full, margin + full])

    assert texts_of(text) == [full, full, full]


@pytest.mark.parametrize("after", ["", "\n", "\n\n"])
def test_indented_last_line_is_a_paragraph_whatever_follows(after):
    full = "\n".join(["northern pier is sinking slowly"] * 5)

    assert texts_of(full + "\n   A last one." + after) == [full, "A last one."]


@pytest.mark.parametrize(("line", "ends_paragraph"), [("x" * 7, True), ("x" * 8, False), ("x" * 9 + ".", False)])
def test_line_of_wrapped_text_ends_a_paragraph_only_when_clearly_short(line, ends_paragraph):
    """Below .8 of the width of 10; a sentence may as well end where the line is full."""
    full = "\n".join(["harbourage"] * 4)

    assert texts_of(f"{full}\n{line}\n{full}") == ([f"{full}\n{line}", full] if ends_paragraph else [f"{full}\n{line}\n{full}"])


@pytest.mark.parametrize(
    ("end", "ends_paragraph"), [(".", True), ("?”", True), (".)", True), ("…", True), ("", False), (",", False), ("”", False)]
)
def test_sentence_that_ends_short_of_the_width_ends_a_paragraph(end, ends_paragraph):
    """Its line is too long to be clearly short, but the next word would have fitted."""
    full = "\n".join([" ".join(["piers"] * 8)] * 2)
    before = f"{full}\n{' '.join(['piers'] * 7)}{end}"
    after = f"One{' piers' * 7}\n{full}"

    assert texts_of(f"{before}\n{after}") == ([before, after] if ends_paragraph else [f"{before}\n{after}"])


def test_unwrapped_lines_without_blank_lines_are_paragraphs():
    assert texts_of("\n".join([FILLER, OTHER, THIRD, FILLER, OTHER])) == [FILLER, OTHER, THIRD, FILLER, OTHER]


def test_list_of_headlines_is_not_taken_for_wrapped_text():
    headlines = [
        "Pier sinks",
        "Mayor denies that she knew of it",
        "Ferry fees",
        "Storm warning for the whole coast",
        "Cup final",
        "Weather",
    ]

    assert texts_of("\n".join(headlines)) == headlines


def test_three_wrapped_lines_are_too_few_to_tell():
    lines = wrap(THIRD, 50).splitlines()

    assert len(lines) == 3
    assert texts_of("\n".join(lines)) == lines


@pytest.mark.parametrize("before", ["", "\n", "\n\n\n", "-----\n", "\ufeff\n"])
@pytest.mark.parametrize("after", ["", "\n\n\n\n", "\n-----", "\n \n\u00a0\n"])
def test_blank_lines_at_the_ends_do_not_hide_wrapped_text(before, after):
    wire = wrap(THIRD, 40)

    assert texts_of(before + wire + after) == [wire]


def test_rule_wider_than_the_text_does_not_hide_wrapped_text():
    wire = wrap(OTHER, 60)

    assert texts_of("\n".join([wire, "=" * 78, wire])) == [wire, wire]


def test_blank_line_before_a_closing_rule_does_not_join_headlines():
    assert texts_of("Pier sinks\nMayor denies it\n\n-----\n") == ["Pier sinks", "Mayor denies it"]


def test_line_wider_than_any_wrap_keeps_to_itself():
    wide = "wide " * (WIDEST_WRAP // 5) + "w"

    assert texts_of(f"one\n\ntwo\n{wide}\nthree\nfour") == ["one", "two", wide, "three\nfour"]
    assert texts_of(f"one\n\ntwo\n{wide[:-2]}\nthree") == ["one", f"two\n{wide[:-2]}\nthree"]


@pytest.mark.parametrize(
    "bullets",
    [
        ("- ", "- ", "- "),
        ("* ", "+ ", "- "),
        ("• ", "– ", "— "),
        ("1. ", "2. ", "10. "),
        ("1) ", "2) ", "3) "),
        ("·\u00a0", "▪ ", "‣ "),
    ],
)
def test_list_items_keep_to_themselves_with_their_further_lines(bullets):
    items = [f"{bullets[0]}the northern pier", f"{bullets[1]}the southern pier\n  and its crane", f"{bullets[2]}the ferry"]

    assert texts_of("What sinks:\n\n" + "\n".join(items)) == ["What sinks:", *items]


@pytest.mark.parametrize("line", ["-5 degrees", "-£5 million", "2019. The year", "1.5 metres", "*bold*", "–", "12", "a) b", "—“"])
def test_line_that_only_begins_like_an_item_is_joined(line):
    text = f"Some words of\n{line} more"

    assert texts_of(f"First.\n\n{text}") == ["First.", text]


def test_wrapped_line_that_happens_to_begin_like_an_item_is_joined():
    """Its first word would not have fitted on the line before it; in a list it begins an item all the same."""
    lines = "The pier stood for years until August\n12. Then it sank into the harbour mud."

    assert texts_of(f"First.\n\n{lines}") == ["First.", lines]
    assert texts_of(f"First.\n\n11. {lines}") == ["First.", *f"11. {lines}".split("\n")]


def test_headings_keep_to_themselves():
    paragraphs = ["# Title", "Some text\nof two lines", "## Part", "more"]

    assert texts_of("\n".join(paragraphs) + "\n\nlast") == [*paragraphs, "last"]


@pytest.mark.parametrize("line", ["#hashtag of the day", "####### seven"])
def test_hashtag_is_no_heading(line):
    expected = ["first", f"some text\n{line} x\nmore"]

    assert texts_of(f"first\n\n{expected[1]}") == expected


def test_table_rows_keep_to_themselves():
    text = "Scores\n\n| a | b |\n|---|---|\n| 1 | 2 |\nx\ty\nafter\nwards"

    assert texts_of(text) == ["Scores", "| a | b |", "| 1 | 2 |", "x\ty", "after\nwards"]


@pytest.mark.parametrize("rule", ["-----", "* * *", "===", "~", "  ***  ", "-- --", "#"])
def test_rule_parts_paragraphs_and_is_none(rule):
    assert texts_of(f"one\ntwo\n{rule}\nthree\n\nfour") == ["one\ntwo", "three", "four"]
    assert texts_of(f"one\n{rule}\ntwo", "blank") == ["one", "two"]
    assert texts_of(f"one\n{rule}\ntwo", "line") == ["one", "two"]


def test_blank_mode_joins_whatever_stands_between_blank_lines():
    block = f"# Title\n- item\n| row |\n    {FILLER}"

    assert split(f"\n{block}\n \u00a0\t\nlast", "blank") == [(block, 2), ("last", 7)]


def test_line_mode_parts_every_line():
    assert split("\n".join(["one", "", "  two ", "- three", "\ufeff"]), "line") == [("one", 1), ("two", 3), ("- three", 4)]


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u200b", "\ufeff", "\t", "\u2003", "\x1f", "\x0b", "\x85"])
def test_line_of_unusual_spaces_is_blank(space):
    assert texts_of(f"one\ntwo\n{space}{space}\n{space}three{space}\nfour") == ["one\ntwo", f"three{space}\nfour"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\nc", [1, 2, 4]),
        ("a\r\nb\r\n\r\nc", [1, 2, 4]),
        ("a\rb\r\rc", [1, 2, 4]),
        ("a\n\r\nb\r\r\nc", [1, 3, 5]),
        ("\n\n\na", [4]),
        ("a\fb\nc", [1, 1, 2]),
        ("a\u2028b\u2029c\nd", [1, 1, 1, 2]),
        ("a\x0bb\x85c\nd", [1, 2]),
    ],
)
def test_lines_are_numbered_as_an_editor_counts(text, expected):
    assert [line for _, line in split(text, "line")] == expected


def test_list_in_wrapped_copy_without_blank_lines_ends_with_its_last_item():
    item, copy = wrap(f"2. {THIRD}", 60), wrap(FILLER, 60)

    assert texts_of(f"{wrap(f'1. {OTHER}', 60)}\n{item}\n{copy}")[1:] == [item, copy]


def test_form_feed_parts_lines_like_a_line_break():
    assert texts_of("one\ntwo\n\f\nthree") == ["one", "two", "three"]


def test_cjk_text_wrapped_at_a_width_is_joined():
    """A line may break before any wide character, so that every break in the block is soft."""
    text = "港湾委員会は火曜日に会合を開き、北桟橋がなぜ沈み始めたのかについて説明を受けた。専門家は軟弱な地盤を警告していた。"
    wrapped = [text[at : at + 15] for at in range(0, len(text), 15)]

    assert len(wrapped) >= 4
    assert texts_of("\n".join(wrapped)) == ["\n".join(wrapped)]


def test_cjk_lines_of_their_own_are_paragraphs():
    lines = ["港湾委員会は会合を開いた。", "専門家は警告。", "修理の費用は不明である。", "秋までに返還。", "以上。"]

    assert texts_of("\n".join(lines)) == lines


def test_table_of_lines_grows_with_the_document():
    texts = ["\n".join(f"line {i}" for i in range(n)) for n in (3, 5000, 1)]

    buffer, offsets = as_column(texts)
    found = split_paragraphs(buffer, offsets, "line")

    assert np.bincount(found.document).tolist() == [3, 5000, 1]
    assert found.line.tolist() == [*range(1, 4), *range(1, 5001), 1]


@given(st.lists(structured.map(lambda text: text.replace("\f", "").replace("\u2028", "").replace("\u2029", "")), max_size=4))
def test_blocks_that_a_format_tells_are_placed_like_those_that_are_found(texts):
    text, offsets = as_column(texts)
    found = split_paragraphs(text, offsets, "blank")

    placed = place_blocks(text, offsets, Blocks(found.document, found.start, found.end, np.zeros(len(found.start), np.uint8)))

    assert all(np.array_equal(one, other) for one, other in zip(placed, found, strict=True))
