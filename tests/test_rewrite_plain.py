"""Plain text without some ranges: what stays is byte for byte what it was, in any encoding that is read."""

from __future__ import annotations

import codecs
import gzip

import pytest
from cutting import draw_ranges, find_input, read_file
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_lines
from test_encodings import CHINESE, CZECH, FRENCH, GREEK, JAPANESE, POLISH, RUSSIAN, TURKISH

from dedup.errors import InputError
from dedup.read.encodings import _CANDIDATES, _name_for_people, decode_text
from dedup.read.streams import Input
from dedup.rewrite.plain import find_places, rewrite_plain
from dedup.rewrite.removals import cut_text
from dedup.settings import Settings

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
LANGUAGES = [
    (FRENCH, "cp1252"),
    (CZECH, "cp1250"),
    (POLISH, "cp1250"),
    (TURKISH, "cp1254"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8-r"),
    (GREEK, "cp1253"),
    (JAPANESE, "cp932"),
    (JAPANESE, "euc-jp"),
    (CHINESE, "gb18030"),
]


def list_codes(encoding):
    """Return every code of one or two bytes that is a letter, and those that the letter is not encoded in."""
    codes = [bytes([high]) for high in range(256)] + [bytes([high, low]) for high in range(128, 256) for low in range(256)]
    found, other = [], []
    for code in codes:
        try:
            letter = code.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(letter) == 1:
            found.append(code)
            if letter.encode(encoding, "ignore") != code:
                other.append(code)
    return found, other


CODES = {encoding: list_codes(encoding) for encoding in ("cp932", "euc_jp", "gb18030", "big5", "cp949")}
WITH_TWO_CODES = ["cp932", "big5"]


def rewrite(path, removals):
    return b"".join(rewrite_plain(find_input(path), removals, Settings()))


@pytest.mark.parametrize("encoding", list(MARKS))
@given(st.data())
def test_what_stays_is_the_text_without_the_ranges_in_the_same_bytes(tmp_path_factory, encoding, data):
    text = data.draw(many_lines)
    mark = data.draw(st.sampled_from([b"", MARKS["utf-8"]])) if encoding == "utf-8" else MARKS[encoding]
    content = mark + text.encode(encoding)
    decoded = decode_text(content)
    if not text.strip() or decoded is None or decoded.text != text.encode():  # "\0" behind a mark makes another mark of it
        return
    path = tmp_path_factory.getbasetemp() / f"{encoding}.txt"
    path.write_bytes(content)
    ranges = data.draw(draw_ranges(len(text)))
    left = cut_text(text, ranges)
    written = rewrite(path, {1: ranges})

    again = decode_text(mark + left.encode(encoding))
    is_told = again is not None and again.text == left.encode()
    assert written == (mark + left.encode(encoding) if is_told or not left.strip() else left.encode())
    if left.strip() and not {"\0", "\ufeff"} & set(left):
        path.write_bytes(written)
        assert [document.text for document in read_file(path)] == [left]


@pytest.mark.parametrize(("paragraph", "encoding"), LANGUAGES)
def test_guessed_encoding_is_kept(tmp_path, paragraph, encoding):
    text = f"{paragraph}\r\n\r\nOne.\r\n\r\n{paragraph}\n"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    ranges = [(0, len(paragraph) + 4)]
    written = rewrite(tmp_path / "a.txt", {1: ranges})
    (tmp_path / "a.txt").write_bytes(written)

    assert written == cut_text(text, ranges).encode(encoding)
    assert [document.text for document in read_file(tmp_path / "a.txt")] == [cut_text(text, ranges)]


@pytest.mark.parametrize("encoding", list(CODES))
@given(st.data())
def test_places_are_found_among_letters_that_have_two_codes(encoding, data):
    known, other = CODES[encoding]
    pieces = data.draw(st.lists(st.sampled_from(known) | st.sampled_from(other or known), min_size=1, max_size=40))
    text = b"".join(pieces).decode(encoding)
    ranges = data.draw(draw_ranges(len(pieces)))

    assert len(text) == len(pieces)
    assert find_places(b"".join(pieces), text, encoding, ranges) == [
        sum(map(len, pieces[:place])) for pair in ranges for place in pair
    ]


@pytest.mark.parametrize("encoding", WITH_TWO_CODES)
def test_encoding_again_would_change_bytes_that_stay(encoding):
    """So the tests above can fail."""
    _, other = CODES[encoding]

    assert other


@pytest.mark.parametrize("code", [b"\x81\x35\xf4\x37", b"\xa8\xbc", b"\x90\x30\x81\x30"])
def test_letters_of_gb18030_are_measured_whatever_their_length(code):
    data = b"a" + code + b"b"
    text = data.decode("gb18030")

    assert find_places(data, text, "gb18030", [(0, 2)]) == [0, 1 + len(code)]


def test_letter_with_another_code_stays_as_it_is_in_a_file(tmp_path):
    other = b"\x87\x90"  # NEC's, which is written 81 E0
    content = JAPANESE.encode("cp932") + b"\n\n" + other + JAPANESE.encode("cp932") + b"\n\nOne."
    (tmp_path / "a.txt").write_bytes(content)

    assert other.decode("cp932").encode("cp932") != other
    assert decode_text(content).encoding == "cp932"
    assert rewrite(tmp_path / "a.txt", {1: [(0, len(JAPANESE) + 2)]}) == content[len(JAPANESE.encode("cp932")) + 2 :]
    assert rewrite(tmp_path / "a.txt", {1: [(len(JAPANESE) * 2 + 3, len(JAPANESE) * 2 + 9)]}) == content[:-6]


@pytest.mark.parametrize("encoding", _CANDIDATES)
def test_python_knows_each_encoding_by_the_name_for_people(encoding):
    assert codecs.lookup(_name_for_people(encoding)).name == codecs.lookup(encoding).name


def test_markdown_is_cut_by_the_offsets_of_the_file(tmp_path):
    text = "---\ndate: 2024-01-01\n---\n# One\n\n```\ncode\n```\n\nTwo é.\n\nThree.\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    start = text.index("Two")

    assert rewrite(tmp_path / "a.md", {1: [(start, start + 8)]}) == text.replace("Two é.\n\n", "").encode()


def test_packed_file_is_yielded_without_its_packing(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"One.\n\nTwo.\n"))

    assert rewrite(tmp_path / "a.txt.gz", {1: [(0, 6)]}) == b"Two.\n"


def test_document_that_goes_leaves_nothing(tmp_path):
    (tmp_path / "a.txt").write_bytes(codecs.BOM_UTF8 + b"One.")

    assert rewrite(tmp_path / "a.txt", {1: None}) == b""


def test_file_of_which_nothing_goes_is_as_it_was_whatever_is_in_it(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\0 no text")

    assert rewrite(tmp_path / "a.txt", {}) == b"\xff\0 no text"


@pytest.mark.parametrize(
    ("content", "removals"),
    [
        (b"One.", {1: [(0, 5)]}),
        (b"One.", {2: [(0, 1)]}),
        (b"One.", {2: None}),
        (b"One \xff", {1: None}),
        (b" \n", {1: None}),
        (b"", {1: [(0, 1)]}),
        (b"One." * 30, {1: [(0, 1)]}),
    ],
)
def test_file_that_does_not_hold_what_it_held_is_told(tmp_path, content, removals):
    (tmp_path / "a.txt").write_bytes(content)

    with pytest.raises(InputError, match="changed while it was read"):
        list(rewrite_plain(find_input(tmp_path / "a.txt"), removals, Settings(max_document=100)))


def test_text_that_would_be_taken_for_another_encoding_is_written_in_utf8(tmp_path):
    polish = "Zażółć gęślą jaźń, powiedział łódzki wójt, a potem poszedł spać, bo było już późno."
    text = f"{polish}\n\nKrótko.\n"
    content = text.encode("cp1250")
    assert decode_text(content).encoding == "windows-1250"
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    source = Input("a.txt", path, ".txt", "")

    left = b"".join(rewrite_plain(source, {1: [(0, len(polish) + 2)]}, Settings()))
    assert decode_text(left).text.decode() == "Krótko.\n"
    assert b"".join(rewrite_plain(source, {1: [(len(polish), len(text) - 1)]}, Settings())) == f"{polish}\n".encode("cp1250")
