"""What of a Markdown file is prose, and the date in its front matter."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.read.markdown import BLANKS, mask_markdown, read_front_matter_date
from dedup.segment import split_paragraphs
from dedup.shingle import hash_words, shingle_paragraphs


def mask(text):
    return mask_markdown(text.encode()).decode()


def hide(text, *parts):
    """Return the ASCII text with spaces in the place of each part, at its first occurrence behind the part before."""
    at = 0
    for part in parts:
        at = text.index(part, at)
        text = text[:at] + "".join(sign if sign in "\r\n" else " " for sign in part) + text[at + len(part) :]
    return text


def kept_words(text):
    """Return the kept words, for texts whose other signs do not matter."""
    return mask(text).split()


@pytest.mark.parametrize(
    "front",
    [
        *("---\ntitle: A title\n---\n", "---  \ntitle: A title\n--- \n", "---\ntitle: A title\n...\n"),
        *("---\r\ntitle: A title\r\n---\r\n", "---\rtitle: A title\r---\r", "---\n---\n", '+++\ntitle = "A title"\n+++\n'),
    ],
)
def test_front_matter_is_masked(front):
    assert mask(front + "Prose.\n") == hide(front, front) + "Prose.\n"


@pytest.mark.parametrize(
    "text",
    [
        *("---\ntitle: A title\n\nProse.\n", "---\ntitle: A title\n+++\nProse.\n", "+++\ntitle: A title\n---\nProse.\n"),
        *("----\ntitle: A title\n----\n", "\n---\ntitle: A title\n---\n", "Prose.\n\n---\n\nMore prose.\n\n---\n"),
        "--- Prose.\n---\n",
    ],
)
def test_rules_are_no_front_matter(text):
    assert mask(text) == text


def test_front_matter_ends_with_its_first_closing_line():
    text = "---\na: b\n---\nProse.\n---\n"

    assert mask(text) == hide(text, "---\na: b\n---\n")


@pytest.mark.parametrize(
    "code",
    [
        *("```\ncode\n```\n", "```python title='a'\ncode\n```\n", "~~~\ncode\n~~~\n", "~~~ `info` ~~~\ncode\n~~~\n"),
        *("````\n```\ncode\n```\n````\n", "```\ncode\n`````\n", "```\n~~~\n```\n", "```\ncode\n``` no closing\n```\n"),
        *("   ```\n   code\n  ```  \n", "```\ncode\n    ```\n```\n", "```\n\n\ncode\n\n```\n", "```\r\ncode\r\n```\r\n"),
        "~~~\n[a]: b <!-- c\n~~~\n",
    ],
)
def test_fenced_code_is_masked_with_its_fences(code):
    assert mask(f"Before.\n{code}After.\n") == hide(f"Before.\n{code}After.\n", code)


def test_fence_that_is_not_closed_runs_to_the_end():
    assert kept_words("Before.\n\n```\ncode\n\nmore code\n~~~\n") == ["Before."]


def test_fence_in_a_block_quote_ends_with_the_quote():
    assert kept_words("> Quoted.\n> ```\n> code\nProse.\n") == [">", "Quoted.", "Prose."]
    assert kept_words("> ```\n> code\n> ```\n> Quoted.\n") == [">", "Quoted."]
    assert kept_words("```\n> code\n```\nProse.\n") == ["Prose."]


def test_quoted_fence_is_not_closed_by_one_of_a_deeper_quote():
    assert kept_words("> ```\n> > ```\n> code\n> ```\nProse.\n") == ["Prose."]


@pytest.mark.parametrize(
    "text",
    [
        *("- Item.\n\n  ```\n  code\n  ```\n\n  Prose.\n", "1. Item.\n\n    ```\n    code\n    ```\n\n   Prose.\n"),
        "10. Item.\n    - Nested.\n\n      ~~~\n      code\n      ~~~\n\n    Prose.\n",
        *("- ```\n  code\n  ```\n\n  Prose.\n", "1. > ```\n   > code\n   > ```\n\n   Prose.\n"),
        *("- Item.\n\n\t```\n\tcode\n\t```\n\n\tProse.\n", "1. Item.\n\n    ```\nunindented code\n    ```\n\nProse.\n"),
    ],
)
def test_fence_in_a_list_item_is_masked(text):
    assert "code" not in mask(text)
    assert "```" not in mask(text)
    assert mask(text).endswith("Prose.\n")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("A [link](https://example.org) here.", "(https://example.org)"),
        ('A [link](/a "The title") here.', '(/a "The title")'),
        ("A [link](/a 'The \"title\"') here.", "(/a 'The \"title\"')"),
        ("A [link](/a (The title)) here.", "(/a (The title))"),
        ("A [link]( /a ) here.", "( /a )"),
        ("A [link]() here.", "()"),
        ("A [link](</a b> 'c') here.", "(</a b> 'c')"),
        ("A [link](/a_(b)_(c(d))) here.", "(/a_(b)_(c(d)))"),
        (r"A [link](/a\)b) here.", r"(/a\)b)"),
        (r"A [li\]nk](/a) here.", "(/a)"),
        ("A [link with [brackets] within](/a) here.", "(/a)"),
        ("A [link *with `code]` within*](/a) here.", "(/a)"),
        ("An ![image](/a.png) here.", "(/a.png)"),
        ("A [link over\ntwo lines](/a) here.", "(/a)"),
        ("A [link][label] here.", "[label]"),
        ("A [link][The label, with `code`] here.", "[The label, with `code`]"),
        ("A [link][a](/b) here.", "[a](/b)"),
    ],
)
def test_target_of_a_link_is_masked(text, hidden):
    assert mask(text) == hide(text, hidden)


def test_linked_image_loses_both_targets():
    text = "[![The alt text](/a.png)](/b) and ![alt [nested](/c)](/d)"

    assert mask(text) == hide(text, "(/a.png)", "(/b)", "(/c)", "(/d)")


@pytest.mark.parametrize(
    "text",
    [
        *("Write `[text](target)` for a link.", "Write ``[`text`](target)`` for a link."),
        "Write `<https://example.org>` or `[text][label]` or\n`<!-- comment -->` or `[^1]` so.",
        *("A `code span over\nlines [text](target)` so.", r"A `backslash \` and a `[link](/a)` so."),
    ],
)
def test_code_spans_are_left_as_they_stand(text):
    assert mask(text) == text


def test_backtick_that_no_other_closes_is_no_code():
    assert mask("A `b [link](/a) here.\n\nAnd ` there.") == "A `b [link]     here.\n\nAnd ` there."


@pytest.mark.parametrize(
    "definition",
    [
        *("[label]: https://example.org\n", '[label]: https://example.org "The title"\n'),
        *("[The label]:   <https://example.org>  'The title'  \n", "  [label]:/url\r\n", "[label]: /url\n  'The title'\n"),
        *("[a]: /b\n[c]: /d\n", "> [label]: /url\n", "[label]: /url"),
    ],
)
def test_definition_is_masked_as_a_whole_line(definition):
    assert mask(f"A [label].\n\n{definition}") == hide(f"A [label].\n\n{definition}", definition)


def test_line_behind_a_definition_is_kept_unless_it_is_a_title():
    assert kept_words('[a]: /b "c"\n"A quotation."\n') == ['"A', 'quotation."']
    assert kept_words('[a]: /b\n"A quotation," he said.\n') == ['"A', 'quotation,"', "he", "said."]


def test_footnote_loses_its_mark_and_keeps_its_prose():
    text = "A claim[^1], another.[^two][^3]\n\n[^1]: The first [source](/a).\n[^two]: The second.\n"

    assert mask(text) == hide(text, "[^1]", "[^two]", "[^3]", "[^1]:", "(/a)", "[^two]:")


@pytest.mark.parametrize(
    "link", ["<https://example.org/a?b=c>", "<mailto:someone@example.org>", "<someone@example.org>", "<x-y:[>"]
)
def test_autolink_is_masked(link):
    assert mask(f"See {link} (there).") == hide(f"See {link} (there).", link)


@pytest.mark.parametrize(
    "comment",
    ["<!-- comment -->", "<!-- over\ntwo lines -->", "<!-->", "<!--->", "<!---->", "<!-- a -- b > [c](d) -->", "<!-- `a -->"],
)
def test_comment_in_a_paragraph_is_masked(comment):
    text = f"Before {comment}\nand after."

    assert mask(text) == hide(text, comment)


@pytest.mark.parametrize("comment", ["<!-- comment -->", "<!--\n\n```\nof paragraphs\n\n[a](b)\n-->", "<!-- `a`\n\nb -->"])
def test_comment_of_its_own_is_masked_with_its_blank_lines(comment):
    text = f"Before.\n\n{comment}\nAfter, [b](c).\n"

    assert mask(text) == hide(text, comment, "(c)")


def test_comment_that_is_not_closed_is_kept():
    assert mask("A <!-- b.\n\n<!-- C.\n") == "A <!-- b.\n\n<!-- C.\n"
    assert mask("A <!-- b.\n\nC --> d.\n") == "A <!-- b.\n\nC --> d.\n"


def test_text_behind_a_comment_over_lines_begins_no_list():
    """The last signs of such a comment stay."""
    assert mask("<!-- a\nb -->- [c](d)") == "      \n   ->- [c]   "


@pytest.mark.parametrize(
    "text",
    [
        *("``` not `a` fence\nProse.\n", "``\nProse.\n``\n", "~~struck~~ prose\n", "Prose ``` and more.\n"),
        *("    ```\n    indented code\n    ```\n", "    indented prose\n\n\tand more\n", "\\```\nProse.\n"),
        *("He said [sic] (see below) so.", "He said [sic](see below) so.", "Let f(x) be x[1] (as above)."),
        *("An [open bracket (and a parenthesis).", "A closed](/a) bracket.", r"An escaped \[bracket](/a)."),
        *(r"An escaped [bracket\](/a).", "A [link](/a (b) here.", "A [link](/a 'b) here.", "A [link](/a\nb) here."),
        *("A [short reference], a [collapsed one][].", "A [bracket\n\nnot closed](/a) here."),
        *("- A [bracket\n- not closed](/a) here.", "# A [bracket\nnot closed](/a) here."),
        *("| a [bracket |\n| not closed](/a) |", "[ ] To do.\n\n- [x] Done.\n"),
        *("[Editor's note]: this is prose.\n", "[Editor]:\n\nProse.\n", "    [label]: /url\n", "A [label]: /url\n"),
        "*[HTML]: Hypertext Markup Language\n",
        *("x^[An inline note.]", "[^ a]", "[^]", "[^a b]: c"),
        *("If a <b and c> d.", "A <https://example.org with a blank> so.", r"A \<https://example.org> so."),
        *('A <a href="x">tag</a> and <br/> <http> so.', "https://example.org stays."),
    ],
)
def test_what_only_looks_like_markdown_is_kept(text):
    assert mask(text) == text


def test_what_masks_parts_words_and_is_none():
    blanks = b"".join(BLANKS).decode()

    assert [len(blank) for blank in BLANKS] == [1, 2, 3, 4]
    assert len(hash_words(blanks)) == 0
    for blank in blanks:
        np.testing.assert_array_equal(hash_words(f"one{blank}two"), hash_words("one two"))


def test_punctuation_of_markdown_parts_words():
    text = "# An _emphasised_, **bold** and ~~struck~~ `code` [link][label]\n\n> - quoted"

    np.testing.assert_array_equal(hash_words(mask(text)), hash_words("An emphasised bold and struck code link quoted"))


def test_paragraphs_of_a_masked_text_lie_where_they_lay():
    text = "---\ntitle: é\n---\n\nThe [först](/é/😀) one.\n\n```\nx = '😀'\n```\n\nThe second[^1].\n\n[^1]: A note.\n"
    masked = np.frombuffer(mask_markdown(text.encode()), np.uint8)
    paragraphs = split_paragraphs(masked, np.array([0, len(masked)]))
    n_words = shingle_paragraphs(masked, paragraphs.start, paragraphs.end, 2, 1).n_words
    rows = zip(paragraphs.start_point, paragraphs.end_point, paragraphs.line, n_words, strict=True)
    found = [(text[start:end], line, n) for start, end, line, n in rows if n]

    assert found == [("The [först](/é/😀) one.", 5, 3), ("The second[^1].", 11, 2), ("A note.", 13, 2)]


PIECES = [
    *"[]()<>`aé€😀\\!^:|*\"'\r\n\n\t \f\u00a0\u2028",
    *(
        "\n\n",
        "\r\n",
        "   ",
        "    ",
        "``",
        "```",
        "```\n",
        "~~~",
        "````",
        "---",
        "---\n",
        "+++",
        "+++\n",
        "...",
        "- ",
        "1. ",
        "> ",
        "# ",
    ),
    *("[^1]", "[^é]:", "[a]:", "[a]: b", "[a](b)", "[a][b]", '(b "t")', "<!--", "-->", "<http://x>", "<a@b>"),
]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.text())


@given(texts)
def test_masked_text_has_the_size_and_the_line_breaks_of_the_text(text):
    masked = mask(text)

    assert len(masked.encode()) == len(text.encode())
    assert len(masked) == len(text)
    assert [(i, sign) for i, sign in enumerate(masked) if sign in "\r\n"] == [(i, s) for i, s in enumerate(text) if s in "\r\n"]


@given(texts)
def test_every_sign_is_kept_or_blank(text):
    blanks = [blank.decode() for blank in BLANKS]
    masked = mask(text)

    assert all(new in (old, blanks[len(old.encode()) - 1]) for old, new in zip(text, masked, strict=True))


@given(texts)
def test_masking_twice_is_masking_once(text):
    masked = mask(text)

    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        *("- ```\n  ```\n\n    ```a``` [b](c)", "- a\n[^1]```\nb [c](d)", "> a [b\n[c]: d\ne](f)"),
        *("--- <https://a.b>\nc\n---", "[a](b <https://c.d> )", "[a]: b <https://c.d>", "``` [a](`)\nb"),
        *("a `\n<https://b.c>\n[d]: e `", "*[^1](b 't')~~~~(", "[^1] # `[a](b)\n` c", "`\n<!--` a <!-- ` --> [b](c)\n-->"),
        "a ```\n<!-- ``` b\n```<!--\n<!-->    c",
    ],
)
def test_what_masking_exposes_means_nothing_new(text):
    assert mask(mask(text)) == mask(text)


@given(st.text(st.characters(exclude_characters="[]<`~+-", exclude_categories=["Cs"])))
def test_text_without_signs_of_markdown_comes_back_as_it_is(text):
    assert mask(text) == text


@given(texts)
def test_line_ends_of_windows_change_nothing(text):
    text = text.replace("\r", "")

    assert mask(text.replace("\n", "\r\n")) == mask(text).replace("\n", "\r\n")


HOSTILE = [
    *("(", "]", "<", "~", "\\", "![", "[](", "[](<", '[](a "', "[x](y)", "[](\\", "[a][", "[^", "[^1]:", "[a]:", "[a]: b '"),
    *("<a:", "<a@", "<!--", "<!-", "<!--a@b-->", "- ", "> ", "[\n", "```\n", "- ```\n", "\n<!--", "\n[a]: b\n'", "`` ` "),
]


@pytest.mark.parametrize(("unit", "size"), [("[", 10**6), ("`", 10**6), ("(", 10**6), *((unit, 10**5) for unit in HOSTILE)])
@pytest.mark.parametrize("head", ["", "[](x[](x[]("])
def test_no_text_takes_long(head, unit, size):
    """A few microseconds a sign. What took time with the square of the size would take minutes."""
    text = (head + unit * (size // len(unit))).encode()
    started = time.process_time()
    mask_markdown(text)

    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("front", "date"),
    [
        ("---\ntitle: A\ndate: 2024-05-03\n---\n", "2024-05-03T00:00:00"),
        ("---\r\ndate: '2024-05-03'\r\n---\r\n", "2024-05-03T00:00:00"),
        ('---\n"date": "2024-05-03T10:00:00+02:00"  # noon\n...\n', "2024-05-03T08:00:00"),
        ("---\ndate: 2024-05-03 10:00:00 +0200\n---\n", "2024-05-03T08:00:00"),
        ("---\ndate: 2024-05-03 10:00 UTC\n---\n", "2024-05-03T10:00:00"),
        ("---\ndate: 2024-05-03 # a comment\n---\n", "2024-05-03T00:00:00"),
        ("+++\ndate = 2024-05-03T10:00:00Z\n[params]\ndate = 1999-01-01\n+++\n", "2024-05-03T10:00:00"),
        ("---\npublished: 2024-05-03\n---\n", "2024-05-03T00:00:00"),
        ("---\npublishDate: 2024-05-03\n---\n", "2024-05-03T00:00:00"),
        ("---\nCreated: 2024-05-03\n---\n", "2024-05-03T00:00:00"),
        ("---\ncreated: 2023-01-01\ndate: 2024-05-03\n---\n", "2024-05-03T00:00:00"),
        ("---\ndate:\npublished: true\ncreated: 2024-05-03\n---\n", "2024-05-03T00:00:00"),
    ],
)
def test_date_is_that_of_the_front_matter(front, date):
    assert read_front_matter_date(f"{front}\ndate: 1999-01-01\n".encode()) == date


@pytest.mark.parametrize(
    "text",
    [
        *("", "date: 2024-05-03\n", "---\ndate: 2024-05-03\n", "---\ntitle: A\n---\ndate: 2024-05-03\n"),
        *("---\ndate: soon\n---\n", "---\nupdate: 2024-05-03\nlastmod: 2024-05-03\n---\n"),
        *("---\nseries:\n  date: 2024-05-03\n---\n", "+++\n[params]\ndate = 2024-05-03\n+++\n"),
    ],
)
def test_text_whose_front_matter_tells_no_date_has_none(text):
    assert read_front_matter_date(text.encode()) is None


def test_rule_at_the_top_with_prose_behind_it_is_no_front_matter():
    text = b"---\nThe ferry sails at noon.\n\n---\n\nIt sails at one.\n"

    assert mask_markdown(text) == text
