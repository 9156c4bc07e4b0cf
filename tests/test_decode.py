"""The bytes of a web page as characters."""

from __future__ import annotations

import pytest
from corpora import write_files
from hypothesis import given
from hypothesis import strategies as st

from dedup.read.html import read_html
from dedup.read.html.decode import _CODECS, _LABELS, decode_page, find_declared, find_encoding, guess_encoding
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.settings import Settings

RUSSIAN = "Последний паром к дальним островам вышел из гавани в пятницу вечером без единого пассажира на борту. "


def no_guess(data):
    return None


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        (b"<p>\xc3\xa9", None, ("<p>é", "utf-8")),
        (b"\xef\xbb\xbf<meta charset=latin1>\xc3\xa9", "koi8-r", ("<meta charset=latin1>é", "utf-8")),
        ("\ufeff<p>é".encode("utf-16-le"), "utf-8", ("<p>é", "utf-16-le")),
        ("\ufeff<p>é".encode("utf-16-be"), None, ("<p>é", "utf-16-be")),
        (b"<meta charset=utf-8>\xe9", "latin1", ("<meta charset=utf-8>é", "windows-1252")),
        (b"<meta charset='windows-1251'>\xcf", None, ("<meta charset='windows-1251'>П", "windows-1251")),
        (b"<META content='text/html; CHARSET = KOI8-R' http-equiv=x>\xf0", "bogus", None),
        (b"<meta charset=shift_jis>\x87\x40", None, ("<meta charset=shift_jis>①", "shift_jis")),
        (b"<meta charset=gb2312>\x80", None, None),
        (b"<meta charset=utf-8>\xe9", "utf-8", None),
        (b"<meta charset=us-ascii>\x81 \xc3\xa9", None, None),
        (b"<meta charset=bogus>\xc3\xa9", None, ("<meta charset=bogus>é", "utf-8")),
        (b"\xe9", "utf-8", None),
    ],
)
def test_encoding_is_the_first_that_is_named_and_fits(data, declared, expected):
    if expected is None and b"KOI8" in data:
        expected = (data[:-1].decode() + "П", "koi8-r")

    assert decode_page(data, declared, no_guess) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"<meta charset=latin1>", "latin1"),
        (b'<meta name=a><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>', "utf-8"),
        (b"<!-- <meta charset=latin1> --><meta charset=koi8-r>", "koi8-r"),
        (b"<?xml version='1.0' encoding='iso-8859-2'?><html>", "iso-8859-2"),
        (b"<meta charset=utf-16>", "utf-8"),
        (b"<metadata charset=latin1>", None),
        (b"charset=latin1", None),
        (b" " * 1010 + b"<meta charset=latin1>", None),
    ],
)
def test_page_names_its_encoding_in_its_first_bytes(data, expected):
    assert find_declared(data) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (" Latin1 ", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("ascii", "windows-1252"),
        ("iso-8859-9", "windows-1254"),
        ("gb2312", "gb18030"),
        ("x-sjis", "shift_jis"),
        ("ks_c_5601-1987", "euc-kr"),
        ("utf8", "utf-8"),
        ("rot13", None),
        ("unicode_escape", None),
        ("utf-7", None),
    ],
)
def test_label_means_what_browsers_take_it_for(label, expected):
    assert find_encoding(label) == expected


@pytest.mark.parametrize("name", [name for name in _LABELS if name not in ("iso-2022-jp",)])
def test_every_encoding_has_a_codec_that_keeps_ascii(name):
    assert b"<p>a".decode(_CODECS.get(name, name)) == "<p>a"


@given(st.binary(max_size=60), st.sampled_from([None, "latin1", "utf-8", "gbk", "utf-16", "no such"]))
def test_decoded_text_holds_every_byte(data, declared):
    """Nothing is replaced: encoded again, the text is the bytes."""
    decoded = decode_page(data, declared, no_guess)

    if decoded:
        text, name = decoded
        mark = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(name, b"")
        encoded = text.encode(_CODECS.get(name, name))
        assert data in (encoded, mark + encoded) or name in ("gb18030", "shift_jis")  # those write some characters in two ways


def test_page_that_does_not_say_is_guessed():
    assert guess_encoding((RUSSIAN * 20).encode("windows-1251")) == (RUSSIAN * 20, "windows-1251")
    assert guess_encoding(bytes(range(256)) * 20) is None


def test_page_in_another_encoding_is_read_and_counted(tmp_path):
    path = write_files(tmp_path, {"a.html": f"<meta charset=windows-1251><p>{RUSSIAN}".encode("cp1251")}) / "a.html"
    problems = Problems()
    records = list(read_html(Input("a.html", path, ".html", ""), Settings(), problems))

    assert ([record.text.decode() for record in records], problems.decoded) == ([RUSSIAN.strip()], {"windows-1251": 1})
