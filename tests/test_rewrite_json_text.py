"""The text of a row of JSON, cut in its source."""

from __future__ import annotations

import json

import pytest
from cutting import cut_naively, draw_ranges, say, space, spell, spelt, write_spelt
from hypothesis import given
from hypothesis import strategies as st

from dedup.read.fields import look_up
from dedup.read.paragraphs import join_paragraphs
from dedup.rewrite.json_text import cut_row

DEEP = "[" * 5000 + "]" * 5000
OTHERS = ["NaN", "-Infinity", "1.50e+07", "7" * 5000, "true", '"\\ud800"', '"]}\\" {"', "[ ]", '{"text": "x", "b": [{}]}', DEEP]


def cut(row, ranges, *names):
    return cut_row(row.encode(), ranges, names or ("text",)).decode()


@given(spelt, st.data(), space, st.lists(st.sampled_from(OTHERS), max_size=2), st.lists(st.sampled_from(OTHERS), max_size=2))
def test_all_but_what_goes_stays_as_it_is_spelt(text, data, white, before, behind):
    ranges = data.draw(draw_ranges(len(text)))

    def write(ranges):
        members = [f'"a{i}"{white}:{other}' for i, other in enumerate(before)]
        members += [f'{white}"text"{white}:{white}{write_spelt(text, ranges)}{white}']
        members += [f'"b{i}":{white}{other}' for i, other in enumerate(behind)]
        return f"{white}{{{','.join(members)}{white}}}{white}\n"

    assert cut(write([]), ranges) == write(ranges)
    assert cut(write([]), None) == ""


paragraphs = st.lists(
    st.one_of(spelt, spelt, st.none(), st.lists(st.sampled_from(" \n\u2003").flatmap(spell), max_size=2)), max_size=5
)


def cut_paragraphs(texts, ranges):
    """Return for each paragraph which of its code points go, sign by sign, and "gone" where nothing is left."""
    goes, at = [], 0
    for text in texts:
        if text is None or not text.strip():
            goes.append([])
            continue
        start = at - (len(text) - len(text.lstrip()))
        here = [(i, i + 1) for i in range(len(text)) if at <= start + i < at + len(text.strip())]
        here = [(i, j) for i, j in here if any(begin <= start + i < end for begin, end in ranges)]
        goes.append(here if cut_naively(text, here).strip() or not here else "gone")
        at += len(text.strip()) + 2
    return goes


@given(paragraphs, st.data(), space)
def test_of_a_list_whole_paragraphs_go_with_a_separator_and_parts_by_themselves(spelt_ones, data, white):
    texts = [None if one is None else say(one) for one in spelt_ones]
    ranges = data.draw(draw_ranges(len(join_paragraphs(texts)[0].decode())))
    goes = cut_paragraphs(texts, ranges)

    def write(goes):
        kept = [
            (f"{white},{' ' * i}", "null" if one is None else write_spelt(one, gone))
            for i, (one, gone) in enumerate(zip(spelt_ones, goes, strict=True))
            if gone != "gone"
        ]
        return (
            f'{{"text":[{white}{"".join(before + one for before, one in kept).removeprefix(kept[0][0] if kept else "")}{white}]}}'
        )

    assert cut(write([[]] * len(goes)), ranges) == write(goes)


def test_list_of_which_only_whole_paragraphs_go_reads_as_the_text_without_them():
    row = '{"text": [" One. ", null, "Two.\\n", "", "Three."]}'  # read as "One.\n\nTwo.\n\nThree."

    assert cut(row, [(0, 6)]) == '{"text": [null, "Two.\\n", "", "Three."]}'
    assert cut(row, [(6, 12)]) == '{"text": [" One. ", null, "", "Three."]}'
    assert cut(row, [(4, 10)]) == '{"text": [" One. ", null, "", "Three."]}'
    assert cut(row, [(12, 18)]) == '{"text": [" One. ", null, "Two.\\n", ""]}'
    assert cut(row, [(0, 18)]) == '{"text": [null, ""]}'
    assert cut(row, [(4, 6)]) == row


keys = st.sampled_from(["a", "b", "a.b", "b.c", "a.b.c", "\\u0061", "x"])
trees = st.recursive(
    st.sampled_from(["1", "null"]),
    lambda inner: st.lists(st.tuples(keys, inner), max_size=4).map(
        lambda pairs: "{" + ", ".join(f'"{key}": {value}' for key, value in pairs) + "}"
    ),
    max_leaves=12,
)


@given(
    st.lists(st.tuples(keys, trees), max_size=5), st.lists(st.sampled_from(["a", "a.b", "a.b.c", "x.a.b"]), min_size=1, max_size=2)
)
def test_text_stands_where_the_reader_finds_it(pairs, names):
    """Every scalar is a text of its own, so that the one which changes is known."""
    pieces = ("{" + ", ".join(f'"{key}": {value}' for key, value in pairs) + "}").replace("null", "1").split(" 1")
    row = pieces[0] + "".join(f' "text {i}"{piece}' for i, piece in enumerate(pieces[1:]))
    found = next((found for name in names if (found := look_up(json.loads(row), name, None)) is not None), None)

    if isinstance(found, str):
        assert cut(row, [(0, len(found))], *names) == row.replace(f'"{found}"', '""')
    else:
        with pytest.raises(ValueError, match=r"no.* text|Expecting|not a text"):
            cut(row, [], *names)


@pytest.mark.parametrize(
    "row",
    [
        "",
        "[]",
        "7",
        "{",
        '{"text"',
        '{"text": ',
        '{"text": "a"',
        '{"text": "a"} {',
        '{"text": "a',
        '{"text": 7}',
        '{"text": {}}',
        '{"text": null}',
        '{"text": }',
        '{"text": [7]}',
        '{"text": ["a", ["b"]]}',
        '{"text": "\\ud800"}',
        '{"text": "a\tb"}',
        '{"body": 7, "article": "a"}',
        '{"title": "a"}',
    ],
)
@pytest.mark.parametrize("ranges", [None, [], [(0, 1)]])
def test_row_that_is_no_document_is_refused(row, ranges):
    with pytest.raises(ValueError, match=r".+"):
        cut(row, ranges, "text", "body", "article")


@pytest.mark.parametrize(
    ("row", "end", "left"),
    [
        ('{"text": "\\u00e9\\n"}', 2, '{"text": ""}'),
        ('{"text": ["\\n ", "é", " b", null]}', 4, '{"text": ["\\n ", null]}'),
        ('{"text": []}', 0, '{"text": []}'),
    ],
)
def test_range_beyond_the_end_is_refused(row, end, left):
    assert cut(row, [(0, end)] if end else []) == left
    with pytest.raises(ValueError, match="beyond the end"):
        cut(row, [(0, end + 1)])


def test_bytes_that_are_no_utf8_stay_beside_the_text():
    assert (
        cut_row(b'{"x": "\xff", "text": "a\xc3\xa9b", "y\xfe": 1}', [(1, 2)], ["text"])
        == b'{"x": "\xff", "text": "ab", "y\xfe": 1}'
    )
    with pytest.raises(ValueError, match="surrogates"):
        cut_row(b'{"text": "\xff"}', [], ["text"])
