"""Plain text, Markdown and any other text, without what goes; what stays is byte for byte what it was.

A letter has two codes in some encodings of Chinese and Japanese, so a text is not encoded again: the bytes of what stays are found.
Where what went was what told the encoding, so that a reader would take what stays for another, it is written in UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator

from dedup.read.encodings import decode_text, find_mark
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_whole, stream_blocks
from dedup.rewrite.removals import Ranges, Removals, cut_text, tell_changed
from dedup.settings import Settings

_MOST_BYTES_A_LETTER = 4


def rewrite_plain(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    """Yield a text file without some ranges of its one document, nothing where all of it goes."""
    if not removals:
        yield from stream_blocks(source)
        return
    content = read_whole(source, settings.max_document, Problems())
    decoded = decode_text(content) if content is not None else None
    if content is None or decoded is None or not decoded.text.strip() or set(removals) != {1}:
        raise tell_changed(source.name)
    ranges = removals[1]
    if ranges is not None:
        mark, _ = find_mark(content)
        data = content[len(mark) :]
        try:
            places = find_places(data, decoded.text.decode(), decoded.encoding, ranges)
        except ValueError as error:
            raise tell_changed(source.name) from error
        left = mark + b"".join(data[start:end] for start, end in zip([0, *places[1::2]], [*places[::2], len(data)], strict=True))
        text = cut_text(decoded.text.decode(), ranges).encode()
        yield left if not text.strip() or _is_read_as(left, text) else text


def _is_read_as(content: bytes, text: bytes) -> bool:
    decoded = decode_text(content)
    return decoded is not None and decoded.text == text


def find_places(data: bytes, text: str, encoding: str, ranges: Ranges) -> list[int]:
    """Return where each range begins and ends in the bytes that a text was decoded from. Raises ValueError for one beyond its end.

    Time O(bytes); of what is encoded in other bytes than it came from, O(bytes * log letters).
    """
    if ranges and ranges[-1][1] > len(text):
        raise ValueError(f"a range ends at {ranges[-1][1]}, the text at {len(text)}")
    places: list[int] = []
    at = letter = 0
    for place in (place for pair in ranges for place in pair):
        at += _measure(text[letter:place], data, at, encoding)
        letter = place
        places.append(at)
    return places


def _measure(text: str, data: bytes, at: int, encoding: str) -> int:
    """Return how many bytes a text takes that begins at a place of the data."""
    encoded = _encode(text, encoding)
    if encoded is not None and data.startswith(encoded, at):
        return len(encoded)
    if len(text) == 1:
        return next(size for size in range(1, _MOST_BYTES_A_LETTER + 1) if _is_letter(data[at : at + size], text, encoding))
    half = len(text) // 2
    size = _measure(text[:half], data, at, encoding)
    return size + _measure(text[half:], data, at + size, encoding)


def _encode(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:  # a letter that is read and never written
        return None


def _is_letter(data: bytes, letter: str, encoding: str) -> bool:
    try:
        return data.decode(encoding) == letter
    except UnicodeDecodeError:
        return False
