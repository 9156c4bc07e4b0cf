"""JSON lines written again: what goes, and that all else stays byte for byte."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from unittest.mock import patch

import pytest
from cutting import (
    describe_all,
    draw_ranges,
    draw_removals,
    expect_documents,
    make_input,
    make_stream,
    read_documents,
    read_numbered,
    rewrite,
    say,
    spelt,
    write_spelt,
)
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.read import streams
from dedup.read.rows import read_rows
from dedup.rewrite.rows import rewrite_rows
from dedup.settings import Settings

OTHERS = [
    b"",
    b" \t",
    b"broken",
    b'{"text": 7}',
    b"{}",
    b'{"text": "\xff"}',
    b'{"text": "' + b"x" * 300 + b'"}',
    b'{"text": "a"} {}',
    b"\xff",
]
LIMIT = 250


def write(content, removals, size=1 << 20, **changes):
    return rewrite(rewrite_rows, content, removals, ".jsonl", size, **changes)


def test_row_that_stays_is_copied_and_one_that_goes_takes_its_line_end():
    content = b'\xef\xbb\xbf{"text": "One."}\r\n\n{ "text" : "Tw\\u006f.\\n\\nTwo." , "n": 1.0}\nbroken\n{"text": "Three."}\n'

    assert write(content, {}) == content
    assert write(content, {1: None}) == b"\xef\xbb\xbf" + content.partition(b"\n")[2]
    assert write(content, {3: [(0, 6)]}) == content.replace(b"Tw\\u006f.\\n\\n", b"")
    assert write(content, {1: [], 3: None, 5: None}) == b'\xef\xbb\xbf{"text": "One."}\r\n\nbroken\n'


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_file_ends_as_it_did_when_its_last_row_goes(line_end):
    rows = ['{"text": "One."}', '{"text": "Two."}', '{"text": "Three."}']
    content = line_end.join(rows).encode()

    assert write(content, {3: None}, 3) == line_end.join(rows[:2]).encode()
    assert write(content, {2: None, 3: None}, 3) == rows[0].encode()
    assert write(content, {1: None, 2: None, 3: None}, 3) == b""
    assert write(content, {3: [(0, 6)]}, 3) == content.replace(b"Three.", b"")
    assert write(content + line_end.encode(), {3: None}, 3) == (line_end.join(rows[:2]) + line_end).encode()


rows = st.one_of(
    st.tuples(spelt, st.sampled_from(['{"text": %s}', ' {"id": "x%%", "text":%s, "n": NaN}\r', '{"text": 1, "text": %s}'])),
    st.sampled_from(OTHERS),
)


@given(st.lists(rows, max_size=7), st.data(), st.booleans(), st.booleans(), st.integers(1, 60))
def test_all_but_what_goes_stays_byte_for_byte(drawn, data, has_mark, has_end, size):
    removals = {}
    lines, expected = [], []
    for number, row in enumerate(drawn, 1):
        if isinstance(row, bytes):
            lines.append(row)
            expected.append(row)
            continue
        text, form = row
        ranges = data.draw(st.one_of(st.none(), draw_ranges(len(text))))
        lines.append((form % write_spelt(text)).encode(errors="surrogatepass"))
        if ranges is not None:
            expected.append((form % write_spelt(text, ranges)).encode(errors="surrogatepass"))
        removals[number] = ranges
    mark = b"\xef\xbb\xbf" * has_mark
    ends = b"\n" * (has_end and bool(lines))
    content = mark + b"\n".join(lines) + ends
    gone = mark + b"\n".join(expected) + ends * bool(expected)
    if not has_end and removals.get(len(drawn), ()) is None:  # the line end before the last row goes with it
        gone = gone.removesuffix(b"\r")

    assert write(content, removals, size, max_document=LIMIT) == gone
    stays = {number: [] for number in read_numbered(read_rows, content, ".jsonl", max_document=LIMIT)}
    assert write(content, stays, size, max_document=LIMIT) == content


members = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b", 7, None]),
        "url": st.sampled_from(["https://a.example/x", None]),
        "day": st.sampled_from(["2024-05-03", 0]),
        "body": spelt.map(say),
        "text": st.one_of(spelt.map(say), st.integers()),
        "meta": st.fixed_dictionaries({}, optional={"text": spelt.map(say)}),
        "meta.text": spelt.map(say),
    },
)
lines = st.one_of(
    st.tuples(members, st.booleans()).map(lambda t: json.dumps(t[0], ensure_ascii=t[1]).encode()), st.sampled_from(OTHERS)
)


@given(st.lists(lines, max_size=8), st.data(), st.sampled_from([None, "meta.text"]), st.integers(1, 80))
def test_reader_reads_from_the_new_file_what_is_left(drawn, data, text_field, size):
    changes = {"text_field": text_field, "date_field": "day", "max_document": LIMIT}
    content = b"\n".join(drawn)
    texts = read_numbered(read_rows, content, ".jsonl", **changes)
    removals = data.draw(draw_removals(texts))
    documents = read_documents(read_rows, content, ".jsonl", **changes)
    found = read_documents(read_rows, write(content, removals, size, **changes), ".jsonl", **changes)

    assert describe_all(found) == expect_documents(documents, texts, removals)


@pytest.mark.parametrize(
    "removals",
    [
        {1: [(0, 5)]},
        {1: [], 2: None},
        {2: []},
        {3: [(1, 2), (3, 7)]},
        {4: None},
        {5: None},
        {3: None, 6: []},
    ],
)
@pytest.mark.parametrize("has_end", [True, False])
@pytest.mark.parametrize("size", [7, 1 << 20])
def test_file_that_was_changed_is_told(removals, has_end, size):
    long = b'{"text": "' + b"x" * LIMIT + b'"}'
    content = b'{"text": "One."}\nno\n{"text": ["Three."]}\n{"text": null}\n' + long + b"\n" * has_end

    with pytest.raises(InputError, match=r"^r\.jsonl: was changed while it was read; run again"):
        write(content, removals, size, max_document=LIMIT)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("content", [b'{"text": "One."}\n\n', b'{"text": "One."}'])
def test_last_block_waits_until_all_is_met(content, size):
    written = []
    with patch.object(streams, "BLOCK_BYTES", size), pytest.raises(InputError, match="changed"):
        written.extend(rewrite_rows(make_input(content, ".jsonl"), {4: []}, Settings()))

    assert content.startswith(b"".join(written))
    assert content != b"".join(written)


def test_file_that_breaks_is_written_up_to_the_break(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "One."}\n' * 1000)[:-9])
    source = make_input(b"", ".jsonl")._replace(path=path, stream=None)

    readable = b"".join(rewrite_rows(source, {}, Settings()))
    assert len(readable) > 3000
    assert b"".join(rewrite_rows(source, {2: None}, Settings())) == readable[17:]
    with pytest.raises(InputError, match="changed"):
        list(rewrite_rows(source, {1001: None}, Settings()))


@pytest.mark.parametrize("start", [b"", b'{"text": "One."}\n'])
def test_of_a_line_that_is_too_long_only_a_block_is_held(start):
    def read_blocks():
        yield start
        for _ in range(60):
            yield bytes(1 << 20)
        yield b'\n{"text": "Two."}\n'

    tracemalloc.start()
    number = start.count(b"\n") + 2
    written = rewrite_rows(make_stream(read_blocks, ".jsonl"), {number: [(0, 4)]}, Settings(max_document=1 << 20))
    n_bytes = sum(map(len, written))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert n_bytes == len(start) + (60 << 20) + len(b'\n{"text": ""}\n')
    assert peak < 30 << 20
