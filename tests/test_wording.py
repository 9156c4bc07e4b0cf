"""How texts, shares and counts are written for people."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from shapes import many_lines

from dedup.report.wording import clean_text, format_percent, pluralise, quote_start


@given(many_lines)
def test_clean_text_is_one_line_without_anything_that_moves_a_cursor(text):
    shown = clean_text(text)

    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert clean_text(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m"),
        ("one\n\ttwo\r\nthree", "one two three"),
        ("\u202eevil\u202c", "\\u202eevil\\u202c"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("bell\x07 back\x08 nul\0 del\x7f", "bell\\u0007 back\\u0008 nul\\u0000 del\\u007f"),
        ("\x9b31m", "\\u009b31m"),
        ("caf\udce9", "caf\\udce9"),
        ("soft\u00adhyphen", "soft\u00adhyphen"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("[bold]x[/bold] :smile:", "[bold]x[/bold] :smile:"),
    ],
)
def test_text_is_made_fit_for_a_terminal(text, shown):
    assert clean_text(text) == shown


def test_quote_is_cut_between_words():
    assert quote_start("one two three", 13) == "one two three"
    assert quote_start("one two three", 9) == "one two …"
    assert len(quote_start("word " * 100)) <= 162


@pytest.mark.parametrize(("share", "shown"), [(1.0, "100 %"), (0.999, "99 %"), (0.29, "29 %"), (0.0, "0 %")])
def test_percentage_is_never_rounded_up(share, shown):
    assert format_percent(share) == shown


@pytest.mark.parametrize(
    ("noun", "count", "shown"), [("copy", 1, "copy"), ("copy", 2, "copies"), ("draft", 0, "drafts"), ("draft", 1, "draft")]
)
def test_noun_after_a_count(noun, count, shown):
    assert pluralise(noun, count) == shown
