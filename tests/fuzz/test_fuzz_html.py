"""Pages that nobody wrote: whatever the bytes, a page is read or skipped, its paragraphs are valid, in little time.

How long each test goes on is told by `budget`.
"""

from __future__ import annotations

import random
import time

import pytest
from budget import share_seconds
from corpora import NEWSROOM

from dedup.read.batches import Record, gather_batches
from dedup.read.html import parse_html
from dedup.read.html.extract import BLANK
from dedup.read.problems import Problems
from dedup.segment import place_blocks

SECONDS = share_seconds(n_tests=2)
PAGES = sorted((NEWSROOM.parent / "formats").glob("*.htm*"))
TAGS = "p div ul li table tr td caption nav header article pre script style title svg template select"
BROKEN = rb"< > / = \" ' & &# &#x110000; &#xd800; &nbsp <!-- --> -- <! <? </ <![CDATA[ ]]> <br>"
ATTRIBUTES = (b"<p hidden>", b"<img alt='", b"hidden=''", b" alt=x>", b"<meta charset=koi8-r>", b"<meta charset=iso-2022-jp>")
BYTES = (b"\0", b"\xff", b"\xed\xa0\x80", b"\x1b$B", b"\xe2\x80\x8b", b"\xfe\xff", b"word ", b"\n")
PIECES = [b"<%s%s>" % (slash, tag) for tag in TAGS.encode().split() for slash in (b"", b"/")]
PIECES += (*BROKEN.split(), *ATTRIBUTES, *BYTES)


def mutate(draw: random.Random, page: bytes) -> bytes:
    """Return a page with some of its bytes cut out, doubled, moved, or in the place of others."""
    for _ in range(draw.randint(1, 12)):
        at, to = sorted(draw.randint(0, len(page)) for _ in range(2))
        to = min(to, at + draw.choice((1, 10, 300)))
        page = draw.choice(
            (
                page[:at] + page[to:],
                page[:to] + page[at:],
                page[:at] + draw.choice(PIECES) + page[to:],
                page[:at] + bytes(draw.randrange(256) for _ in range(to - at)) + page[to:],
            )
        )
    return page


def check(data: bytes, seed: object) -> None:
    """Read a page and look at what comes of it."""
    problems = Problems()
    is_xml, guess = hash(seed) % 5 == 0, lambda data: (data.decode("latin1"), "latin1")
    records = list(parse_html(Record("a", data, "", None), problems, is_xml=is_xml, guess=guess))

    assert len(records) + problems.skipped.total() == 1, seed
    for batch in gather_batches(records):
        text = batch.text.tobytes().decode()
        assert "\0" not in text or batch.blocks is None, seed
        if batch.blocks is not None:
            placed = place_blocks(batch.text, batch.offsets, batch.blocks)
            found = [text[start:end] for start, end in zip(placed.start_point, placed.end_point, strict=True)]
            assert found == [one for one in (part.strip(BLANK) for part in found) if one], seed
            assert text == "\n\n".join(found), seed


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_mutated_page_is_read_or_skipped(path):
    page, end = path.read_bytes(), time.monotonic() + SECONDS / len(PAGES)
    seed = 0
    while seed < 20 or time.monotonic() < end:
        check(mutate(random.Random(seed), page), seed)
        seed += 1


def test_random_markup_is_read_or_skipped():
    end, seed = time.monotonic() + SECONDS, 0
    while seed < 20 or time.monotonic() < end:
        draw = random.Random(seed)
        check(b"".join(draw.choices(PIECES, k=draw.choice((3, 30, 300)))), seed)
        seed += 1


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_piece_over_and_over_takes_no_longer_than_a_page(piece):
    """A quadratic reader would take minutes."""
    check(piece * 20_000, 1)
    check(b"<p>x" + piece * 20_000 + b"x</p>", 1)
