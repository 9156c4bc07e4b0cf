"""Encodings that texts come in: what is believed, what is guessed and what is refused."""

from __future__ import annotations

import codecs

import pytest
from corpora import BUDGET, FERRY, write_files
from hypothesis import given
from shapes import many_scripts

from dedup.audit import audit
from dedup.read.encodings import decode_text, explain_failure

FRENCH = "Le dernier bac pour les îles a quitté le port vendredi soir sans passagers : l’équipage et un chat gris étaient à bord."
CZECH = "Poslední přívoz na ostrovy vyplul v pátek večer z přístavu, na palubě byla jen posádka a jedna šedá kočka, řekl kapitán."
POLISH = "Ostatni prom na wyspy opuścił port w piątek wieczorem, a na pokładzie była tylko załoga i jeden szary kot, mówił kapitan."
TURKISH = "Adalara giden son vapur cuma akşamı limandan ayrıldığında gemide yalnızca mürettebat ve gri bir kedi vardı, dedi kaptan."
RUSSIAN = "Последний паром на острова ушёл из гавани в пятницу вечером, на борту были только команда и одна серая кошка."
GREEK = "Το τελευταίο πλοίο για τα νησιά έφυγε από το λιμάνι το βράδυ της Παρασκευής μόνο με το πλήρωμα και μια γκρίζα γάτα."
JAPANESE = "島へ向かう最後のフェリーは金曜日の夜に港を出たが、乗っていたのは乗組員と灰色の猫一匹だけだった。船長はそう語った。"
CHINESE = "开往外岛的最后一班渡轮星期五晚上离开了港口，船上只有船员和一只灰色的猫。船长说，他从来没有见过这样的情形。"
QUOTED = "“Nobody was aboard,” the harbour master said – “only the crew’s cat”, which costs £5 a week to feed."


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@given(many_scripts)
def test_utf8_is_read_as_it_is(mark, text):
    encoded = text.encode()
    if encoded.count(0) * 4 <= len(encoded) and not encoded.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE)):
        assert decode_text(mark + encoded) == (encoded, "utf-8")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@given(many_scripts)
def test_byte_order_mark_tells_the_encoding(encoding, text):
    if text.startswith("\0") and encoding == "utf-16-le":  # its first bytes are UTF-32's mark
        return

    assert decode_text(("\ufeff" + text).encode(encoding)) == (text.encode(), encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        (FRENCH, "cp1252", "windows-1252"),
        (QUOTED, "cp1252", "windows-1252"),
        (FERRY.replace("crew", "café crew"), "latin-1", "windows-1252"),
        (CZECH, "cp1250", "windows-1250"),
        (POLISH, "cp1250", "windows-1250"),
        (TURKISH, "cp1254", "windows-1254"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (GREEK, "cp1253", "windows-1253"),
        (JAPANESE, "cp932", "cp932"),
        (JAPANESE, "euc-jp", "euc-jp"),
        (CHINESE, "gb18030", "gb18030"),
    ],
)
def test_encoding_is_guessed(text, encoding, name):
    assert decode_text(text.encode(encoding)) == (text.encode(), name)


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (FRENCH.encode() + b"\ncaf\xe9\n", (2, "invalid UTF-8", "byte 0xe9 at offset 130")),
        (f"{FERRY}\ncafé ".encode() + b"\xe9t\xe9", (2, "invalid UTF-8", "byte 0xe9 at offset 119")),
        (CHINESE.encode()[:-1], (1, "invalid UTF-8", "byte 0xe3 at offset 156")),
        (b"One.\r\n\xff two", (2, "invalid UTF-8", "byte 0xff at offset 6")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", (1, "invalid UTF-8", "byte 0x89 at offset 0")),
        (codecs.BOM_UTF16_LE + b"a\0b", (1, "invalid UTF-16", "byte 0x62 at offset 4")),
        (codecs.BOM_UTF32_LE + b"a\0\0\0\0\0\x11\0", (1, "invalid UTF-32", "byte 0x00 at offset 8")),
        ("abc".encode("utf-16-le"), (1, "no text", "a quarter of it or more is NUL; UTF-16 needs a byte order mark")),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(content, failure):
    assert (decode_text(content), explain_failure(content)) == (None, failure)


def test_guess_is_made_from_what_is_not_ascii_however_late_it_stands():
    text = f"{FERRY}\n" * 5000 + FRENCH

    assert decode_text(text.encode("cp1252")) == (text.encode(), "windows-1252")


def test_copies_in_other_encodings_are_found_and_counted(tmp_path):
    encodings = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32")
    write_files(tmp_path, {f"{name}.txt": FRENCH.encode(name) for name in encodings})
    report = audit(tmp_path)
    (cluster,) = report.clusters

    assert {(member.start, member.end, member.text) for member in cluster.members} == {(0, len(FRENCH), FRENCH)}
    assert report.summary.decoded == {"utf-16-le": 1, "utf-32-le": 1, "windows-1252": 1}


def test_lines_of_an_old_macintosh_are_lines(tmp_path):
    write_files(tmp_path, {"a.txt": f"{FERRY}\r\r{BUDGET}\r\r{FERRY}\r"})
    (cluster,) = audit(tmp_path / "a.txt").clusters

    assert [member.line for member in cluster.members] == [1, 5]
