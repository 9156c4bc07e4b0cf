"""The bytes of a web page as characters, by the encoding that the page, or the server that sent it, says.

Source: WHATWG HTML 13.2.3.2 "Determining the character encoding", WHATWG Encoding 4.2 "Names and labels".
Leaves out: the encodings replaced by the standard (ISO-2022-KR, HZ), UTF-7, and x-user-defined.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from dedup.read.encodings import decode_text

Guess = Callable[[bytes], "tuple[str, str] | None"]
"""Takes bytes; returns them as text and the encoding that they are likely in, None where none fits."""

_PRESCANNED = 1024
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"""<meta[\s/][^>]*?charset\s*=\s*["']?\s*([\w.:+-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']\s*([\w.:+-]+)""", re.IGNORECASE)

_LABELS = {
    "utf-8": "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "windows-1252": "ansi_x3.4-1968 ascii us-ascii cp819 ibm819 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 "
    "iso-ir-100 l1 latin1 csisolatin1 cp1252 x-cp1252",
    "windows-1250": "cp1250 x-cp1250",
    "windows-1251": "cp1251 x-cp1251",
    "windows-1253": "cp1253 x-cp1253",
    "windows-1254": "cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 l5 latin5 csisolatin5",
    "windows-1255": "cp1255 x-cp1255",
    "windows-1256": "cp1256 x-cp1256",
    "windows-1257": "cp1257 x-cp1257",
    "windows-1258": "cp1258 x-cp1258",
    "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620",
    "iso-8859-2": "csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso-8859-3": "csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso-8859-4": "csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso-8859-5": "csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso-8859-6": "arabic asmo-708 csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6",
    "iso-8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso8859-7 iso88597 iso_8859-7 sun_eu_greek",
    "iso-8859-8": "csisolatinhebrew hebrew iso-8859-8-e iso-8859-8-i iso-ir-138 iso8859-8 iso88598 iso_8859-8 logical visual",
    "iso-8859-10": "csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso-8859-13": "iso8859-13 iso885913",
    "iso-8859-14": "iso8859-14 iso885914",
    "iso-8859-15": "csisolatin9 iso8859-15 iso885915 iso_8859-15 l9",
    "iso-8859-16": "",
    "koi8-r": "cskoi8r koi koi8 koi8_r",
    "koi8-u": "koi8-ru",
    "macintosh": "csmacintosh mac x-mac-roman",
    "x-mac-cyrillic": "x-mac-ukrainian",
    "ibm866": "866 cp866 csibm866",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
    "big5": "big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese x-euc-jp",
    "iso-2022-jp": "csiso2022jp",
    "shift_jis": "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis",
    "euc-kr": "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
}
_ENCODINGS = {label: name for name, labels in _LABELS.items() for label in (name, *labels.split())}
_CODECS = {"big5": "big5hkscs", "shift_jis": "cp932", "euc-kr": "cp949", "windows-874": "cp874", "x-mac-cyrillic": "mac_cyrillic"}
"""The codec of an encoding, where Python's of the same name knows fewer characters than browsers do."""


def guess_encoding(data: bytes) -> tuple[str, str] | None:
    """Return bytes as text in the encoding that they are likely in, and its name; None where none fits."""
    found = decode_text(data)
    return (found.text.decode(), found.encoding) if found else None


def decode_page(data: bytes, declared: str | None = None, guess: Guess = guess_encoding) -> tuple[str, str] | None:
    """Return the text of a page and the name of its encoding; None where it is in none that is known.

    In order: a byte order mark; `declared`, the label of a header; what the page says in its first 1024 bytes; UTF-8; a guess. An
    encoding that does not fit every byte is passed over, for a replacement character would pass as text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark) and (text := _decode(data[len(mark) :], encoding)) is not None:
            return text, encoding
    for label in (declared, find_declared(data), "utf-8"):
        found = find_encoding(label) if label else None
        if found and (text := _decode(data, found)) is not None:
            return text, found
    return guess(data)


def find_declared(data: bytes) -> str | None:
    """Return the label of the encoding that a page names in its first bytes."""
    start = data[:_PRESCANNED]
    found = _XML.match(start) or _META.search(_COMMENT.sub(b"", start))
    label = found[1].decode("ascii", "replace") if found else None
    return "utf-8" if label and label.lower().startswith("utf-16") else label  # it could not have been read so far


def find_encoding(label: str) -> str | None:
    """Return the name of the encoding that browsers take a label for ("latin1" is windows-1252); None for one that is not known."""
    label = label.strip(" \t\n\f\r\"'").lower()
    return {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}.get(label) or _ENCODINGS.get(label)


def _decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError:
        return None
