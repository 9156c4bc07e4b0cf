"""Web archives: one document for every page or plain text that a crawler was answered with."""

from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib

import pytest
from corpora import write_files
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.read.warc import _join_chunks, _Stream, read_warc
from dedup.settings import Settings

ZLIB = "Error -3 while decompressing data: unknown compression method"
NO_RECORD = "not a WARC record (no WARC header with a length, so the rest of the file cannot be read)"
CHUNKED = "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n"
PAGE = b"<html><nav>Menu</nav><p>One page.</p></html>"


def write_record(block, kind="response", uri="https://example.org/a", extra="", date="2024-05-03T10:00:00Z"):
    """Return a record of an archive."""
    head = f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: {date}\r\n{extra}Content-Length: {len(block)}"
    return head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def answer(body=PAGE, headers="Content-Type: text/html\r\n", status="200 OK"):
    """Return an HTTP response."""
    return f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + body


def packed(body, coding):
    return answer(body, f"Content-Type: text/html\r\nContent-Encoding: {coding}\r\n")


def chunked(body, size=7):
    """Return a body in chunks."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%X; a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def read_archive(folder, content, strict=False, most_bytes=1 << 20):
    """Return (records, problems) of an archive."""
    name = "a.warc.gz" if content.startswith(b"\x1f\x8b") else "a.warc"
    path = write_files(folder, {name: content}) / name
    problems = Problems(strict)
    return list(read_warc(Input(name, path, ".warc", "folder"), Settings(max_document=most_bytes), problems)), problems


def test_page_is_a_document_named_by_its_address_and_dated_by_its_record(tmp_path):
    (record,), problems = read_archive(tmp_path, write_record(answer()))

    assert record[:5] == ("a.warc#https://example.org/a", b"Menu\n\nOne page.", "example.org", "2024-05-03T10:00:00", None)
    assert ([column.tolist() for column in record.cuts], problems.skipped) == ([[0, 6], [4, 15], [2, 0]], {})


@pytest.mark.parametrize(
    ("record", "name", "source", "date", "text"),
    [
        (write_record(PAGE, "resource", extra="Content-Type: text/html\r\n"), "https://example.org/a", "example.org", True, None),
        (write_record(answer(), uri="<http://b.example:8080/?q=1>"), "http://b.example:8080/?q=1", "b.example", True, None),
        (write_record(answer(), uri="http://[broken"), "http://[broken", "folder", True, None),
        (write_record(answer(), date="yesterday"), "https://example.org/a", "example.org", False, None),
        (write_record(answer().replace(b"\r", b"")).replace(b"\r", b""), "https://example.org/a", "example.org", True, None),
        (write_record(answer(b"A <b> text.\n\nTwo.", "Content-Type: text/plain\r\n")), None, None, True, b"A <b> text.\n\nTwo."),
        (write_record(answer(b"<p>\xe9", "content-type: Text/HTML ;Charset='latin1'\r\n")), None, None, True, "é".encode()),
        (write_record(answer(b"<p/>a<div/>b", "Content-Type: application/xhtml+xml\r\n")), None, None, True, b"a\n\nb"),
        (write_record(answer(b"<meta name=date content=2023-01-01><p>a")), None, None, None, b"a"),
    ],
    ids=["resource", "brackets", "host", "date", "lines", "plain", "charset", "xhtml", "own-date"],
)
def test_record_is_read_by_its_headers(tmp_path, record, name, source, date, text):
    (found,), problems = read_archive(tmp_path, record)
    dates = {True: "2024-05-03T10:00:00", False: None, None: "2023-01-01T00:00:00"}

    assert (found.name, found.source) == (f"a.warc#{name or 'https://example.org/a'}", source or "example.org")
    assert (found.date, found.text, problems.skipped) == (dates[date], text or b"Menu\n\nOne page.", {})


def brotli_of(data):
    return pytest.importorskip("brotli").compress(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: packed(gzip.compress(PAGE), "gzip"),
        lambda: packed(gzip.compress(PAGE), "X-GZIP"),
        lambda: packed(zlib.compress(PAGE), "deflate"),
        lambda: packed(zlib.compress(PAGE)[2:-4], "deflate"),
        lambda: packed(brotli_of(PAGE), "br"),
        lambda: packed(gzip.compress(zlib.compress(PAGE)), "deflate, gzip"),
        lambda: packed(PAGE, "identity"),
        lambda: answer(chunked(PAGE), CHUNKED),
        lambda: answer(
            chunked(gzip.compress(PAGE)), "Content-Type: text/html\r\nTransfer-Encoding: Chunked\r\nContent-Encoding: gzip\r\n"
        ),
    ],
    ids=["gzip", "x-gzip", "deflate", "raw-deflate", "br", "two", "identity", "chunked", "chunked-gzip"],
)
def test_packed_body_is_unpacked(tmp_path, make):
    records, problems = read_archive(tmp_path, write_record(make()) + write_record(answer(), uri="b"))

    assert ([record.text for record in records], problems.skipped) == ([b"Menu\n\nOne page."] * 2, {})


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_body_that_only_its_header_calls_packed_is_taken_as_it_is(tmp_path, coding):
    headers = f"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {coding}\r\n"
    (record,), _ = read_archive(tmp_path, write_record(answer(PAGE, headers)))

    assert record.text == b"Menu\n\nOne page."


def test_what_was_not_looked_for_is_counted_by_its_kind(tmp_path):
    records = [
        write_record(answer(status="404 Not Found")),
        write_record(answer(status="301 Moved")),
        write_record(answer(headers="Content-Type: image/png\r\n")),
        write_record(answer(headers="")),
        write_record(b"x", "request"),
        write_record(b"x", "warcinfo"),
        write_record(b"x", "revisit"),
    ]
    found, problems = read_archive(tmp_path, b"".join(records))

    assert (found, problems.skipped) == ([], {})
    assert problems.ignored == {"HTTP 404": 1, "HTTP 301": 1, "image/png": 1, "no media type": 1}


@pytest.mark.parametrize(
    ("block", "extra", "problem"),
    [
        (answer(), "WARC-Truncated: length\r\n", "truncated (by the crawler: length)"),
        (packed(gzip.compress(PAGE)[:-12], "gzip"), "", "truncated (the packed body is cut off)"),
        (packed(zlib.compress(PAGE)[:-8], "deflate"), "", "truncated (the packed body is cut off)"),
        (packed(b"\x1f\x8bxxxxxxxxxxxxxx", "gzip"), "", f"cannot be unpacked ({ZLIB})"),
        (packed(b"\0\0", "zstd"), "", "cannot be unpacked (content encoding zstd)"),
        (answer(chunked(PAGE)[:-9], CHUNKED), "", "truncated (the last chunk of the body is cut off)"),
        (answer(chunked(PAGE)[:-5], CHUNKED), "", "truncated (the last chunk of the body is missing)"),
        (b"SSH-2.0", "", "not HTTP (the record does not begin with a status line)"),
        (answer(b"  "), "", "empty"),
    ],
)  # fmt: skip
def test_record_that_cannot_be_read_is_named_and_the_next_one_read(tmp_path, block, extra, problem):
    content = write_record(block, extra=extra) + write_record(answer(), uri="http://b.example/")
    records, problems = read_archive(tmp_path, content)

    assert [record.name for record in records] == ["a.warc#http://b.example/"]
    assert problems.examples == [f"a.warc#https://example.org/a: {problem}"]


@pytest.mark.parametrize(
    ("content", "examples"),
    [
        (write_record(answer())[:-20], ["a.warc#https://example.org/a: truncated (16 bytes are missing)"]),
        (write_record(b"x" * 99, "request")[:-20], ["a.warc#https://example.org/a: truncated (16 bytes are missing)"]),
        (b"no archive\n\n", [f"a.warc:record 1: {NO_RECORD}"]),
        (write_record(answer())[:50], [f"a.warc:record 1: {NO_RECORD}"]),
        (write_record(b"").replace(b"Content-Length: 0", b"Content-Length: -1"), [f"a.warc:record 1: {NO_RECORD}"]),
        (gzip.compress(write_record(answer()))[:-30], ["a.warc.gz:record 1: truncated (the compressed data ends too early)"]),
        (b"", ["a.warc: empty"]),
    ],
)  # fmt: skip
def test_damaged_archive_is_named(tmp_path, content, examples):
    records, problems = read_archive(tmp_path, content)

    assert (records, problems.examples[:1]) == ([], examples)


def test_records_before_the_damage_are_read(tmp_path):
    content = b"".join(gzip.compress(write_record(answer(), uri=f"http://a.example/{i}")) for i in range(3))
    records, problems = read_archive(tmp_path, content[:-40])

    assert [record.name[-1] for record in records] == ["0", "1"]
    assert problems.skipped == {"truncated": 1}


def test_strict_stops_at_the_first_record_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="truncated"):
        read_archive(tmp_path, write_record(answer(), extra="WARC-Truncated: time\r\n"), strict=True)


def test_body_that_unpacks_to_far_too_much_is_skipped(tmp_path):
    content = write_record(packed(gzip.compress(b"<p>" + b"x" * 5000), "gzip"))
    records, problems = read_archive(tmp_path, content, most_bytes=1000)

    assert (records, problems.skipped) == ([], {"too large": 1})


def test_record_that_is_far_too_long_is_passed_over(tmp_path):
    content = write_record(answer(b"x" * 5000)) + write_record(answer(), uri="b")
    records, problems = read_archive(tmp_path, content, most_bytes=1000)

    assert ([record.name for record in records], problems.skipped) == (["a.warc#b"], {"too large": 1})


def test_bodies_that_need_brotli_are_named_without_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "brotli", None)
    _, problems = read_archive(tmp_path, write_record(packed(b"\x0b\x02", "br")))

    assert problems.examples[0].endswith("(content encoding br; install brotli: pip install 'dedup[warc]')")


def test_memory_does_not_grow_with_the_archive(tmp_path):
    """An archive of 80 MB is read in less than 25 MB: a block, the piece before it, and a page."""
    record = write_record(answer(b"<p>" + b"word " * 200_000))
    path = tmp_path / "a.warc.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(80):
            file.write(record)
    tracemalloc.start()
    n_read = sum(1 for _ in read_warc(Input("a", path, ".warc", ""), Settings(), Problems()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (n_read, peak < 25e6) == (80, True)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_chunks_are_joined_to_what_they_were_made_of(body, size):
    assert _join_chunks(chunked(body, size)) == body


@given(st.lists(st.binary(max_size=30), max_size=8), st.lists(st.integers(0, 40), max_size=12))
def test_stream_reads_on_where_it_stopped(blocks, sizes):
    stream, whole, at = _Stream(block for block in blocks if block), b"".join(blocks), 0
    for i, size in enumerate(sizes):
        taken = stream.read(size) if i % 2 else whole[at : at + stream.skip(size)]

        assert taken == whole[at : at + size]
        at += size
