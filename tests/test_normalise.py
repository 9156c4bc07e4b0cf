"""Which characters make words, and what does not matter: the shipped table against `unicodedata`."""

import sys
import unicodedata

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import SCRIPTS, is_assigned, many_scripts, one_script

from dedup import kernel
from dedup.normalise import PAGE_BITS, build_tables, fold_code_point, load_tables
from dedup.words import hash_words

TABLE_UNICODE = "14.0.0"
"""The Unicode version of the Python that made dedup/normaliser.npz."""

needs_unicode_of_table = pytest.mark.skipif(
    unicodedata.unidata_version != TABLE_UNICODE,
    reason=f"the table was made from Unicode {TABLE_UNICODE}, this Python knows {unicodedata.unidata_version}",
)


def hashes(text):
    return hash_words(text).tolist()


def expected_hashes(text):
    return [naive.word_hash(word) for word in naive.words(text)]


@needs_unicode_of_table
def test_shipped_table_is_the_one_that_the_code_builds():
    shipped, built = load_tables(), build_tables()

    for of_shipped, of_built in zip(shipped, built, strict=True):
        np.testing.assert_array_equal(of_shipped, of_built)
        assert of_shipped.dtype == of_built.dtype


def test_table_has_an_entry_for_every_code_point():
    tables = load_tables()

    assert len(tables.page_of) << PAGE_BITS == sys.maxunicode + 1
    assert tables.page_of.max() == (len(tables.pages) >> PAGE_BITS) - 1


@needs_unicode_of_table
@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_every_character_of_a_script_agrees_with_the_oracle(script):
    first, last = SCRIPTS[script]
    texts = [f"a{chr(code)}b {chr(code)}{chr(code)}1" for code in range(first, last + 1) if is_assigned(code)]

    actual = {text: hashes(text) for text in texts}

    assert actual == {text: expected_hashes(text) for text in texts}


@given(one_script)
@needs_unicode_of_table
def test_text_of_one_script_agrees_with_the_oracle(text):
    assert hashes(text) == expected_hashes(text)


@given(many_scripts)
@needs_unicode_of_table
def test_text_of_many_scripts_agrees_with_the_oracle(text):
    assert hashes(text) == expected_hashes(text)


LONG_WORDS = st.text(st.characters(codec="ascii", categories=["L", "Nd"]), max_size=150)
SIGNS = st.sampled_from((" ", "-", "’", "\u0301", "é", "ß", "新", "\u00ad"))
MIXED = st.lists(st.one_of(LONG_WORDS, many_scripts, SIGNS), max_size=12)


@given(MIXED.map("".join))
@needs_unicode_of_table
@pytest.mark.parametrize("is_native", [False, True])
def test_words_across_blocks_and_beside_other_scripts_agree_with_the_oracle(is_native, text):
    """Both ways of running the kernel; ASCII is read 64 bytes at a time, and a word may begin and end anywhere."""
    with pytest.MonkeyPatch.context() as patch:
        if is_native:
            for worth in ("WORTH_COMPILING", "WORTH_STARTING", "WORTH_LOADING"):
                patch.setattr(kernel, worth, -1)
        else:
            patch.setattr(kernel.Kernel, "__call__", kernel.Kernel.run_plain)

        assert hashes(text) == expected_hashes(text)


@given(st.text())
def test_arbitrary_text_has_words_that_are_no_more_than_it_can_expand_to(text):
    words = hash_words(text)

    assert words.dtype == np.uint64
    assert len(words) <= len(unicodedata.normalize("NFKD", text))


@given(st.lists(one_script, max_size=5))
def test_composed_and_decomposed_text_has_the_same_words(parts):
    text = " ".join(parts)

    composed = hashes(unicodedata.normalize("NFC", text))

    assert composed == hashes(unicodedata.normalize("NFD", text))


def test_every_hangul_syllable_has_the_words_of_its_jamo():
    syllables = "".join(map(chr, range(0xAC00, 0xD7A4)))
    texts = [syllables[at : at + 28] for at in range(0, len(syllables), 28)]

    actual = [hashes(text) for text in texts]

    assert actual == [hashes(unicodedata.normalize("NFD", text)) for text in texts]


@needs_unicode_of_table
@pytest.mark.parametrize("case", [str.upper, str.lower, str.casefold])
def test_case_does_not_matter(case):
    """Dotless i is left out: its capital is the capital of i, so that case alone decides."""
    letters = [chr(c) for c in range(sys.maxunicode + 1) if is_assigned(c) and chr(c) != case(chr(c)) and chr(c) != "ı"]
    texts = [f"a{letter}b" for letter in letters]

    actual = [hashes(case(text)) for text in texts]

    assert len(letters) > 1000
    assert actual == [hashes(text) for text in texts]


@pytest.mark.parametrize(
    "dropped",
    list("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f\u034f\u200e\u202b\u2066\u0640\U000e0100"),
    ids=unicodedata.name,
)
@pytest.mark.parametrize("text", ["newspaper", "خبر", "газета", "新聞", "ข่าว", "신문", "a1"])
def test_invisible_characters_do_not_matter(text, dropped):
    assert hashes(dropped + dropped.join(text) + dropped) == hashes(text)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ＷＩＲＥ　２０２４", "wire 2024"),
        ("ｶﾞｷﾞｸﾞ", "ガギグ"),
        ("ﬁnal oﬀer", "final offer"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("naïve café", "naive cafe"),
        ("Ёлка", "елка"),
        ("İstanbul", "istanbul"),
        ("كِتَابٌ", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("٢٠٢٤ and २०२४ and ๒๐๒๔", "2024 and 2024 and 2024"),
        ("x² ①", "x2 1"),
        ("don’t", "don't"),
        ("one\u00a0two\u3000three—four", "one two three four"),
        ("𝐁𝐨𝐥𝐝 𝒎𝒂𝒕𝒉", "bold math"),
        ("\u3000新\u3000聞", "新聞"),
        ("👍🏽 good 👍", "good"),
        ("בית־ספר", "בית ספר"),
        ("סוף׃התחלה", "סוף התחלה"),
        ("قل۝هو", "قل هو"),
    ],
)
def test_texts_that_say_the_same_have_the_same_words(text, other):
    assert hashes(text) == hashes(other)


@pytest.mark.parametrize(
    ("text", "other"),
    [("か", "が"), ("कल", "काल"), ("ไก", "ไก่"), ("は", "ば"), ("新闻", "新聞"), ("ay", "a y"), ("ı", "i"), ("12", "1 2")],
)
def test_texts_that_differ_have_different_words(text, other):
    assert hashes(text) != hashes(other)


@pytest.mark.parametrize(
    ("text", "n_words"),
    [
        ("", 0),
        ("\ufeff", 0),
        ("-- * -- … €", 0),
        ("\u0301\u0e48\u093f", 0),
        ("新聞社", 3),
        ("ニュース", 4),
        ("ข่าว", 3),
        ("BBC新聞2024年", 5),
        ("신문 기사", 2),
        ("समाचार पत्र", 2),
        ("\ufdfa", 4),
        ("3.14", 2),
        ("½", 2),
    ],
)
def test_words_are_counted_by_script(text, n_words):
    assert len(hash_words(text)) == n_words


@pytest.mark.parametrize(
    ("word", "has_figure"), [("1999", 1), ("b52", 1), ("５", 1), ("٧", 1), ("x²", 1), ("ten", 0), ("十", 0), ("Ⅷ", 0)]
)
def test_lowest_bit_of_a_word_tells_a_figure(word, has_figure):
    assert [h & 1 for h in hashes(word)] == [has_figure]


@pytest.mark.parametrize("repeats", [1, 7, 40, 5000])
def test_text_that_expands_most_fits_into_the_room_for_words(repeats):
    """U+FDFA is 3 bytes and 18 characters, every Han character a word of its own, and "1 " a word of two bytes."""
    text = "\ufdfa新1 a "

    assert hashes(text * repeats) == expected_hashes(text) * repeats


def test_folding_settles():
    """What a character stands for stands for itself."""
    codes = [code for code in range(sys.maxunicode + 1) if is_assigned(code)]

    moved = [code for code in codes if any(fold_code_point(ord(part)) != part for part in set(fold_code_point(code)))]

    assert moved == []
