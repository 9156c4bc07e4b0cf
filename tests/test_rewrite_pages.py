"""Pages and archives without what goes of them: JSON lines of their text."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import pytest
from corpora import NEWSROOM, write_files
from cutting import draw_ranges, find_input, read_file
from hypothesis import given
from hypothesis import strategies as st
from test_warc import answer, write_record

from dedup.errors import InputError
from dedup.rewrite.pages import rewrite_pages
from dedup.rewrite.removals import cut_text
from dedup.settings import Settings

FORMATS = NEWSROOM.parent / "formats"
PAGE = "<html lang=fr><meta name=date content=2023-01-01><nav>Menu</nav><p>Un café.<p>Two.</html>"


def rewrite(path, removals):
    """Return the rows of a file that is written again."""
    written = b"".join(rewrite_pages(find_input(path), removals, Settings()))
    assert written == b"" or written.endswith(b"\n")
    return [json.loads(line) for line in written.split(b"\n")[:-1]]


def plain(text, uri):
    return write_record(answer(text.encode(), "Content-Type: text/plain\r\n"), uri=uri)


def test_page_comes_out_as_a_row_with_the_name_of_its_file(tmp_path):
    write_files(tmp_path, {"site/a.html": PAGE})
    (source,) = [find_input(tmp_path / "site" / "a.html")]

    assert b"".join(rewrite_pages(source, {1: [(6, 16)]}, Settings())) == (
        '{"id":"a.html","date":"2023-01-01T00:00:00","text":"Menu\n\nTwo."}\n'.replace("\n\n", "\\n\\n").encode()
    )


def test_text_is_not_escaped(tmp_path):
    write_files(tmp_path, {"a.xhtml": PAGE.replace("<meta name=date content=2023-01-01>", "").replace("é", "é“𝄞")})

    assert "Un café“𝄞.".encode() in b"".join(rewrite_pages(find_input(tmp_path / "a.xhtml"), {}, Settings()))


def test_records_of_an_archive_come_out_with_their_addresses(tmp_path):
    records = plain("One.\n\nTwo.", "https://a.example/1") + plain("Three.", "https://a.example/1") + plain("Four.", "")
    write_files(tmp_path, {"a.warc.gz": gzip.compress(records)})

    assert rewrite(tmp_path / "a.warc.gz", {1: [(0, 6)], 2: None}) == [
        {"id": "https://a.example/1", "url": "https://a.example/1", "date": "2024-05-03T10:00:00", "text": "Two."},
        {"id": "record 3", "date": "2024-05-03T10:00:00", "text": "Four."},
    ]


def test_number_of_a_document_counts_those_that_are_read(tmp_path):
    records = write_record(answer(status="404 Not Found")) + plain(" ", "b") + plain("One.", "c") + plain("Two.", "d")
    write_files(tmp_path, {"a.warc": records})

    assert [row["text"] for row in rewrite(tmp_path / "a.warc", {1: [(0, 3)]})] == [".", "Two."]


def test_document_that_goes_alone_leaves_nothing(tmp_path):
    write_files(tmp_path, {"a.html": PAGE})

    assert rewrite(tmp_path / "a.html", {1: None}) == []


@pytest.mark.parametrize("name", ["crawl.warc.gz", "parom.htm", "budget.html"])
@given(st.data())
def test_rows_are_read_as_the_documents_without_what_went(tmp_path_factory, name, data):
    before = read_file(FORMATS / name)
    removals = {
        number: data.draw(st.none() | draw_ranges(len(document.text)))
        for number, document in enumerate(before, 1)
        if data.draw(st.booleans())
    }
    path = tmp_path_factory.getbasetemp() / f"{name}.jsonl"
    path.write_bytes(b"".join(rewrite_pages(find_input(FORMATS / name), removals, Settings())))
    kept = [(document, removals.get(number, ())) for number, document in enumerate(before, 1)]
    after = read_file(path, Settings(date_field="date"))

    assert [(found.name.partition("#")[2], found.text, found.date) for found in after] == [
        (document.name.removeprefix(str(FORMATS / name))[1:] or name, cut_text(document.text, ranges), document.date)
        for document, ranges in kept
        if ranges is not None
    ]


def test_name_that_utf8_cannot_hold_is_written_with_escapes(tmp_path):
    path = tmp_path / "caf\udce9.html"
    path.write_text(PAGE)

    assert rewrite(path, {})[0]["id"] == "caf\\udce9.html"


@pytest.mark.parametrize("removals", [{2: None}, {1: [(0, 99)]}, {0: None}, {3: [(0, 1)]}])
def test_file_that_does_not_hold_what_it_held_is_told(tmp_path, removals):
    write_files(tmp_path, {"a.html": PAGE})
    blocks = rewrite_pages(find_input(tmp_path / "a.html"), removals, Settings())

    with pytest.raises(InputError, match="changed while it was read"):
        next(blocks)


def test_archive_of_any_size_takes_little_memory(tmp_path):
    record = plain("A line of a page.\n" * 5000, "https://a.example/")
    write_files(tmp_path, {"a.warc": record * 400})
    source = find_input(tmp_path / "a.warc")
    tracemalloc.start()
    size = sum(map(len, rewrite_pages(source, {400: [(0, 2)]}, Settings())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size > 36_000_000
    assert peak < 24_000_000
