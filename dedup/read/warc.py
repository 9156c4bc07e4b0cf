"""Web archives: one document for every page or plain text that a crawler was answered with.

- Read are `response` records, and `resource` records (a page as it lay, without HTTP), of text/html, application/xhtml+xml or
  text/plain. A document is named by its target URI, dated by its page, else by WARC-Date; its source is the host.
- What was not looked for is counted by kind, apart from errors: answers other than 2xx, and other media types. Requests, metadata
  and revisits hold no page; they are passed over without a count.
- A record that is cut off, that the crawler cut (WARC-Truncated), or whose body cannot be unpacked is skipped and named.
- A body that its header calls packed or chunked and that is not is taken as it is: many crawlers unpack and keep the header.

An archive is read as a stream, of which no more than a block and one page are in memory.
Source: ISO 28500:2017 (WARC/1.1); RFC 9110, 8.4 and RFC 9112, 7.1 for bodies.
Leaves out: pages in several records (WARC-Segment-Number), trailers behind chunks, the digests of records.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from dedup.read.batches import Record
from dedup.read.dates import parse_date
from dedup.read.html import parse_html
from dedup.read.problems import Problems
from dedup.read.streams import BrokenStreamError, Input, explain_size, stream_blocks
from dedup.settings import Settings

_MOST_HEADER_BYTES = 64 << 10

_XHTML = "application/xhtml+xml"
_MEDIA_TYPES = ("text/html", _XHTML, "text/plain")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")


class _UnreadableError(Exception):
    """A record that cannot be read: the reason, and the detail."""


class _TooLargeError(_UnreadableError):
    """A record of more bytes than may be read, packed or unpacked."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(*explain_size(most_bytes))


class _Body(NamedTuple):
    """A page as it came: its bytes, its media type, and the encoding that its header names."""

    data: bytes
    media_type: str
    charset: str | None


def read_warc(source: Input, settings: Settings, problems: Problems) -> Iterator[Record]:
    """Yield the documents of an archive."""
    stream = _Stream(stream_blocks(source))
    number = 0
    try:
        while stream.skip_blank():
            number += 1
            headers = _read_headers(stream)
            length = headers.get("content-length", "")
            if headers.get("", "").startswith("WARC/") and length.isascii() and length.isdigit():
                yield from _read_record(stream, headers, number, source, settings.max_document, problems)
            else:
                detail = "no WARC header with a length, so the rest of the file cannot be read"
                problems.skip(f"{source.name}:record {number}", "not a WARC record", detail)
                return
    except BrokenStreamError as broken:  # the record in which an archive breaks is the one that this counts
        problems.skip(f"{source.name}:record {number}" if number else source.name, broken.reason, broken.detail)
        return
    if not number:
        problems.skip(source.name, "empty")


def _read_record(
    stream: _Stream, headers: dict[str, str], number: int, source: Input, most_bytes: int, problems: Problems
) -> Iterator[Record]:
    kind, length = headers.get("warc-type", "").lower(), int(headers["content-length"])
    uri = headers.get("warc-target-uri", "").strip("<>")  # older versions of Wget write the brackets
    name = f"{source.name}#{uri}" if uri else f"{source.name}:record {number}"
    is_page = kind in ("response", "resource")
    is_large = length > most_bytes
    block = stream.read(length) if is_page and not is_large else b""
    missing = length - (len(block) or stream.skip(length))
    try:
        if missing:
            raise _UnreadableError("truncated", f"{missing} bytes are missing")
        if is_page and is_large:
            raise _TooLargeError(most_bytes)
        body = _find_body(block, headers, kind == "response", most_bytes, problems) if is_page else None
    except _UnreadableError as error:
        problems.skip(name, *error.args)
        return
    if body:
        page = Record(name, body.data, _find_host(uri) or source.source, parse_date(headers.get("warc-date")))
        yield from parse_html(page, problems, body.charset, body.media_type == _XHTML, is_plain=body.media_type == "text/plain")


def _find_body(block: bytes, headers: dict[str, str], is_response: bool, most_bytes: int, problems: Problems) -> _Body | None:
    """Return the page in the block of a record; None, and counted, where it is none."""
    body, given = block, headers
    if is_response:
        end = _BLANK_LINE.search(block)
        given = _parse_headers(block[: end.start()] if end else block)
        status = given.get("", "").split(maxsplit=2)
        if len(status) < 2 or not status[0].startswith("HTTP/"):
            raise _UnreadableError("not HTTP", "the record does not begin with a status line")
        if not status[1].startswith("2"):
            problems.ignore(f"HTTP {status[1][:3]}")
            return None
        body = block[end.end() :] if end else b""
    media_type, charset = _read_media_type(given.get("content-type", ""))
    if media_type not in _MEDIA_TYPES:
        problems.ignore(media_type or "no media type")
        return None
    if "warc-truncated" in headers:
        raise _UnreadableError("truncated", f"by the crawler: {headers['warc-truncated']}")
    return _Body(_unpack(body, given, most_bytes) if is_response else body, media_type, charset)


def _unpack(body: bytes, headers: dict[str, str], most_bytes: int) -> bytes:
    """Return a body without its transfer and content encodings."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _join_chunks(body)
    for coding in reversed(headers.get("content-encoding", "").lower().split(",")):
        match coding.strip():
            case "gzip" | "x-gzip":
                body = _inflate(body, 31, most_bytes) if body.startswith(b"\x1f\x8b") else body
            case "deflate":
                body = _inflate_either(body, most_bytes)
            case "br":
                body = _unpack_brotli(body, most_bytes)
            case "" | "identity" | "none":
                pass
            case other if not _looks_unpacked(body):
                raise _UnreadableError("cannot be unpacked", f"content encoding {other}")
    return body


def _join_chunks(body: bytes) -> bytes:
    pieces: list[bytes] = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if not size:
            return b"".join(pieces)
        piece = body[head.end() : head.end() + size]
        if len(piece) < size:
            raise _UnreadableError("truncated", "the last chunk of the body is cut off")
        pieces.append(piece)
        at = head.end() + size
        at += 2 if body.startswith(b"\r\n", at) else body.startswith(b"\n", at)
    if pieces:
        raise _UnreadableError("truncated", "the last chunk of the body is missing")
    return body


def _inflate(body: bytes, window: int, most_bytes: int) -> bytes:
    """Return zlib data unpacked. window: as in `zlib.decompressobj`, 31 for gzip, 15 for zlib, -15 for neither's header."""
    unpacker = zlib.decompressobj(window)
    try:
        unpacked = unpacker.decompress(body, most_bytes)
    except zlib.error as error:
        raise _UnreadableError("cannot be unpacked", str(error)) from error
    if unpacker.unconsumed_tail:
        raise _TooLargeError(most_bytes)
    if not unpacker.eof:
        raise _UnreadableError("truncated", "the packed body is cut off")
    return unpacked


def _inflate_either(body: bytes, most_bytes: int) -> bytes:
    """Return "deflate" data unpacked, which is zlib's by the standard and without zlib's header from some servers."""
    if _looks_unpacked(body):
        return body
    try:
        return _inflate(body, zlib.MAX_WBITS, most_bytes)
    except _UnreadableError as error:
        if error.args[0] != "cannot be unpacked":
            raise
    return _inflate(body, -zlib.MAX_WBITS, most_bytes)


def _unpack_brotli(body: bytes, most_bytes: int) -> bytes:
    if _looks_unpacked(body):
        return body
    try:
        import brotli  # noqa: PLC0415  an extra, for bodies that crawlers leave packed
    except ImportError as error:
        raise _UnreadableError("cannot be unpacked", "content encoding br; install brotli: pip install 'dedup[warc]'") from error
    unpacker = brotli.Decompressor()
    try:
        unpacked = unpacker.process(body, output_buffer_limit=most_bytes)
    except brotli.error as error:
        raise _UnreadableError("cannot be unpacked", "content encoding br; the body is none") from error
    if len(unpacked) >= most_bytes:
        raise _TooLargeError(most_bytes)
    if not unpacker.is_finished():
        raise _UnreadableError("truncated", "the packed body is cut off")
    return bytes(unpacked)


def _looks_unpacked(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _read_headers(stream: _Stream) -> dict[str, str]:
    """Return the headers of the record that a stream stands before; none where they do not end."""
    found = stream.read_to(_BLANK_LINE, _MOST_HEADER_BYTES)
    return _parse_headers(found) if found else {}


def _parse_headers(lines: bytes) -> dict[str, str]:
    """Return headers by their names in lower case, the first of a name; the first line under ""."""
    first, *rest = lines.decode("utf-8", "replace").split("\n")
    headers = {"": first.strip()}
    for line in rest:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _read_media_type(value: str) -> tuple[str, str | None]:
    charset = _CHARSET.search(value)
    return value.partition(";")[0].strip().lower(), charset[1] if charset else None


def _find_host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:  # "http://[broken"
        return None


class _Stream:
    """Blocks of bytes, read as one stream that holds no more than a block and what was asked for."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._block = b""
        self._at = 0

    def skip_blank(self) -> bool:
        """Go past line ends; return whether anything is left."""
        while True:
            while self._at < len(self._block) and self._block[self._at] in b"\r\n":
                self._at += 1
            if self._at < len(self._block):
                return True
            if not self._next():
                return False

    def read_to(self, mark: re.Pattern[bytes], most: int) -> bytes | None:
        """Return the bytes before a mark and go behind it; None where it does not come within `most` bytes."""
        while not (found := mark.search(self._block, self._at, self._at + most)):
            rest = self._block[self._at :]
            if len(rest) >= most or not self._next():
                return None
            self._block = rest + self._block
        before = self._block[self._at : found.start()]
        self._at = found.end()
        return before

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer only at the end."""
        return b"".join(self._take(size))

    def skip(self, size: int) -> int:
        """Go past bytes; return how many there were."""
        return sum(map(len, self._take(size)))

    def _take(self, size: int) -> Iterator[bytes]:
        while size > 0 and (self._at < len(self._block) or self._next()):
            piece = self._block[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            yield piece

    def _next(self) -> bool:
        self._block, self._at = next(self._blocks, b""), 0
        return bool(self._block)
