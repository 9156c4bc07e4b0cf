"""Rows of .json files written again: arrays stay arrays, and all that does not go stays byte for byte."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from cutting import (
    describe_all,
    draw_ranges,
    draw_removals,
    expect_documents,
    make_stream,
    read_documents,
    read_numbered,
    rewrite,
    spelt,
    write_spelt,
)
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.read.array import ValueCutter, read_array
from dedup.rewrite.array import rewrite_array
from dedup.settings import Settings

LIMIT = 250
LONG = '{"text": "' + "x, " * 100 + '"}'


def write(content, removals, size=1 << 20, **changes):
    return rewrite(rewrite_array, content, removals, ".json", size, **changes)


def write_text(content, removals, **changes):
    return write(content.encode(), removals, **changes).decode()


ONE, TWO, THREE = '{"text": "One."}', '{"text": "Two."}', '{"text": "Three."}'


@pytest.mark.parametrize(
    ("content", "goes", "left"),
    [
        (f"[{ONE}, {TWO},{THREE}]\n", {1}, f"[{TWO},{THREE}]\n"),
        (f"[{ONE}, {TWO},{THREE}]\n", {2}, f"[{ONE},{THREE}]\n"),
        (f"[{ONE}, {TWO},{THREE}]\n", {3}, f"[{ONE}, {TWO}]\n"),
        (f"[{ONE}, {TWO},{THREE}]\n", {1, 2}, f"[{THREE}]\n"),
        (f"[{ONE}, {TWO},{THREE}]\n", {2, 3}, f"[{ONE}]\n"),
        (f"[{ONE}, {TWO},{THREE}]\n", {1, 2, 3}, "[]\n"),
        (f"\ufeff [\n  {ONE},\n  {TWO}\n]\n", {1}, f"\ufeff [\n  {TWO}\n]\n"),
        (f"\ufeff [\n  {ONE},\n  {TWO}\n]\n", {1, 2}, "\ufeff [\n  \n]\n"),
        (f"{ONE}\n{TWO}\n{THREE}\n", {1}, f"{TWO}\n{THREE}\n"),
        (f"{ONE}\n{TWO}\n{THREE}\n", {2, 3}, f"{ONE}\n"),
        (f"{ONE}\n{TWO}\n{THREE}", {3}, f"{ONE}\n{TWO}"),
        (f"{ONE},\n{TWO},\n", {1}, f"{TWO},\n"),
        (f"7 {TWO}8 ", {2}, "7 8 "),
        (f"[{ONE}, {TWO}]\n[{THREE}, {ONE}]", {2, 3}, f"[{ONE}]\n[{ONE}]"),
        (f"[{ONE}, {TWO}]\n[{THREE}, {ONE}]", {1, 2}, f"[]\n[{THREE}, {ONE}]"),
        (f'[{ONE}, {{"text": "cut\t", "n": 1}}, {THREE}, {TWO}]', {3}, f'[{ONE}, {{"text": "cut\t", "n": 1}}, {TWO}]'),
        (f'{ONE}\n{{"n": 1,\n{THREE}\n{TWO}\n', {3}, f'{ONE}\n{{"n": 1,\n{TWO}\n'),
        (f"[{ONE}, {LONG}, {THREE}, {TWO}]", {3}, f"[{ONE}, {LONG}, {TWO}]"),
        (f"[{ONE}, {LONG}, {THREE}, {TWO}]", {1, 3}, f"[{LONG}, {TWO}]"),
    ],
)
@pytest.mark.parametrize("size", [3, 5, 100, 1 << 20])
def test_row_goes_with_what_parts_it(content, goes, left, size):
    removals = dict.fromkeys(sorted(goes))

    assert write(content.encode(), removals, size, max_document=LIMIT) == left.encode()


@pytest.mark.parametrize("size", [3, 7, 1 << 20])
@pytest.mark.parametrize(("ranges", "left"), [([], 'GAP{"text": "Two."}]'), ([(0, 4)], 'GAP{"text": ""}]'), (None, "]")])
def test_gap_that_is_longer_than_the_largest_row_stays_or_goes_with_its_row(size, ranges, left):
    gap = "," + " " * 100
    content = f"[{ONE}{gap}{TWO}]"

    assert write(content.encode(), {2: ranges}, size, max_document=20) == f"[{ONE}{left.replace('GAP', gap)}".encode()


items = st.one_of(
    st.tuples(spelt, st.sampled_from(['{"text": %s}', '{"id": "x", "text":%s, "n": 1.50}', '{"text": 1, "text": %s }'])),
    st.sampled_from(["7", '"a]"', "null", "{}", '{"text": null}', '{"text": ["a"], "n": [{}]}', LONG]),
)
gaps = st.sampled_from(["", " ", "\n  ", "\t\r\n"])


@given(st.lists(st.tuples(items, gaps, gaps), max_size=6), gaps, gaps, st.booleans(), st.data(), st.integers(1, 60))
def test_all_but_what_goes_stays_byte_for_byte(drawn, start, end, is_array, data, size):
    """The rule over again, on rows and gaps that are known: what stays is joined by the gaps before it."""
    sources, cut, removals = [], [], {}
    for number, (item, _, _) in enumerate(drawn, 1):
        if isinstance(item, str):
            sources.append(item)
            cut.append(item)
            continue
        text, form = item
        removals[number] = ranges = data.draw(st.one_of(st.none(), draw_ranges(len(text))))
        sources.append(form % write_spelt(text))
        cut.append(None if ranges is None else form % write_spelt(text, ranges))
    between = [f"{before},{behind}" if is_array else f"{before}\n{behind}" for _, before, behind in drawn]

    def join(rows):
        kept = [(gap, row) for gap, row in zip(between, rows, strict=True) if row is not None]
        joined = "".join(gap + row for gap, row in kept)[len(kept[0][0]) if kept else 0 :]
        return (f"{start}[{start}{joined}{end}]{end}" if is_array else f"{start}{joined}{end}").encode(errors="surrogatepass")

    content = join(sources)
    written = write(content, removals, size, max_document=LIMIT)

    assert written == join(cut)
    assert not is_array or len(json.loads(written)) == len([row for row in cut if row is not None])


SIGNS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ",",
    ", ",
    "\n",
    " ",
    '"',
    "7",
    '{"text": "cut',
    '{"text": "a\t"}',
    '{"a": 1]',
    "nan",
    ":",
    '"b"',
    "\0",
]
pieces = st.sampled_from([ONE, ONE, TWO, THREE, '{"id": "a", "text": "é"}', '{"text": ["A", "B"]}', LONG, *SIGNS])
soups = st.lists(pieces, max_size=12).map("".join).flatmap(lambda soup: st.sampled_from([soup, f"[{soup}]", f"\ufeff{soup}\n"]))


@given(soups, st.integers(3, 80), st.integers(1, 60))
def test_file_of_which_nothing_goes_is_copied_whatever_it_holds(soup, size, limit):
    """Where blocks end decides how many rows a broken one that is too long comes to: both times it is read in the same."""
    content = soup.encode()
    texts = read_numbered(read_array, content, ".json", size, max_document=limit)

    assert write(content, {number: [] for number in texts}, size, max_document=limit) == content


other_rows = st.sampled_from(
    ['{"text": "cut\t"}', '{"text": "a" "b"}', '{"a": 1, {"b": 2}}', '{"text": nope}', '{"text": [7]}', '{"n": 1}', "{}", LONG]
)
rows = st.one_of(
    st.fixed_dictionaries({"text": st.text(max_size=8)}, optional={"id": st.sampled_from(["a", "b"])}).map(json.dumps),
    other_rows,
)


@given(
    st.lists(rows, max_size=6),
    st.sampled_from([("[", ", ", "]"), ("[\n", ",\n", "\n]\n"), ("", "\n", "\n")]),
    st.data(),
    st.integers(3, 80),
)
def test_reader_reads_from_the_new_file_what_is_left(drawn, form, data, size):
    """All rows are objects: of a broken one the reader finds the end by the object behind it, and that one may go."""
    start, comma, end = form
    content = (start + comma.join(drawn) + end).encode()
    texts = read_numbered(read_array, content, ".json", max_document=LIMIT)
    removals = data.draw(draw_removals(texts))
    documents = read_documents(read_array, content, ".json", max_document=LIMIT)
    found = read_documents(read_array, write(content, removals, size, max_document=LIMIT), ".json", max_document=LIMIT)

    assert describe_all(found) == expect_documents(documents, texts, removals)


@given(st.lists(st.one_of(rows, st.just(LONG)), max_size=6), st.sampled_from(["", "\ufeff \n"]), st.integers(3, 60))
def test_cutter_tells_where_in_the_file_values_stand(drawn, start, size):
    content = f"{start}[{', '.join(drawn)}]".encode()
    cutter = ValueCutter(LIMIT)
    for at in range(0, len(content), size):
        for values in cutter.feed(content[at : at + size]):
            spans = cutter.spans
            assert [content[first:last] for first, last in spans] == values or (values is None and len(spans) == 1)
            assert values or content.startswith(LONG.encode(), spans[0][0])
        assert cutter.offset <= at + size


@pytest.mark.parametrize("removals", [{1: [(0, 5)]}, {2: []}, {2: None}, {3: None}, {1: None, 4: []}, {5: []}])
@pytest.mark.parametrize("size", [3, 1 << 20])
def test_file_that_was_changed_is_told(removals, size):
    with pytest.raises(InputError, match=r"^r\.json: was changed while it was read; run again"):
        write(f'[{ONE}, {{"text": 1}}, {LONG}, {{"te'.encode(), removals, size, max_document=LIMIT)


def make_long(kind):
    """Yield an array of 60 MB within which nothing ends: a long row, a broken one, or the gap between two."""
    start, filling, end = {
        "row": ('{"text": "', "x, " * 1000, '"}, '),
        "broken": ('{"text": "cut\t", "rest": "', "x, " * 1000, '"}, '),
        "gap": ('{"n": 1},', " " * 3000, ""),
    }[kind]
    yield f"[{ONE}, {start}".encode()
    for _ in range(60):
        yield (filling * 350).encode()
    yield f"{end}{TWO}, {THREE}]".encode()


@pytest.mark.parametrize("kind", ["row", "broken", "gap"])
def test_of_what_is_long_only_the_limit_and_a_block_are_held(kind):
    tracemalloc.start()
    source = make_stream(lambda: make_long(kind), ".json")
    written, content = rewrite_array(source, {3: None}, Settings(max_document=1 << 20)), make_long(kind)
    n_bytes, end = 0, b""
    for block in written:
        n_bytes += len(block)
        end = (end + block[-50:])[-50:]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    gone = len(f", {TWO}") if kind != "gap" else len(TWO) + 60 * 3000 * 350

    assert end.endswith(f", {THREE}]".encode())
    assert sum(map(len, content)) - gone - n_bytes in (0, 1)
    assert peak < 40 << 20
