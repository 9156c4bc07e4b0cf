"""Rows of .json files: arrays, values one after another, and what is broken in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.errors import InputError
from dedup.read.array import ValueCutter, read_array
from dedup.read.batches import iterate_documents
from dedup.read.problems import Problems
from dedup.read.streams import Input
from dedup.settings import Settings


def read_json(tmp_path, content, **changes):
    """Return ((id, text) of each document, examples of problems) of a .json file."""
    path = tmp_path / "r.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems()
    found = iterate_documents(read_array(Input("r.json", path, ".json", ""), Settings(**changes), problems))
    return [(document.name.removeprefix("r.json#"), document.text) for document in found], problems.examples


def cut(content, size=1 << 20, limit=1 << 20):
    """Return the values that a file is cut into, block by block of some size."""
    cutter = ValueCutter(limit)
    return [
        value for values in cutter.cut(content[at : at + size] for at in range(0, len(content), size)) for value in values or [None]
    ]


ONE, TWO = {"text": "One."}, {"text": "Two."}
BOTH = [("1", "One."), ("2", "Two.")]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=4),
        "\ufeff \n" + json.dumps([ONE, TWO]) + "\n\n",
        '[{"text":"One."},{"text":"Two."}]',
        '{"text": "One."}\n{"text": "Two."}\n',
        '{"text": "One."}\r\n{"text": "Two."}',
        json.dumps(ONE, indent=2) + "\n" + json.dumps(TWO, indent=2),
        '[{"text": "One."}]\n[{"text": "Two."}]',
        '{"text": "One."},\n{"text": "Two."},\n',
    ],
)
def test_array_and_values_one_after_another_are_a_row_each(tmp_path, content):
    assert read_json(tmp_path, content) == (BOTH, [])


def test_single_object_is_one_row(tmp_path):
    assert read_json(tmp_path, json.dumps(ONE, indent=2)) == ([("1", "One.")], [])


def test_brackets_and_quotes_in_texts_part_nothing(tmp_path):
    text = 'a ] } { [ "quoted" \\ \\" , end\\'

    assert read_json(tmp_path, json.dumps([{"text": text}, {"x": [[{"y": "}]"}]], "text": text}]))[0] == [("1", text), ("2", text)]


@pytest.mark.parametrize(
    ("broken", "example"),
    [
        ('{"text": "cut\t', "not JSON (invalid control character at, column 14)"),
        ('{"text": "a" "b"}', "not JSON (expecting ',' delimiter, column 14)"),
        ('{"text": "a"]', "not JSON (expecting ',' delimiter, column 13)"),
        ('{"text": }', "not JSON (expecting value, column 10)"),
        ('{"text": "a", {"b": 1}}', "not JSON (expecting property name enclosed in double quotes, column 15)"),
        ('{"text": nope}', "not JSON (expecting value, column 10)"),
        ('{"a": ' + "[" * 2000, "not JSON (nested too deeply)"),
        ("7", "not an object (a row of type int)"),
        ('"text"', "not an object (a row of type str)"),
        ("nan", "not JSON (expecting value, column 1)"),
        ('["text"]', "not an object (a row of type list)"),
        ('{"text": null}', "field 'text' is null"),
        ('{"title": "a"}', "no field 'text' (fields: title; name one with --text-field)"),
        ('{"text": "\\ud800"}', "lone surrogate (in field 'text' at character 0)"),
        (b'{"text": "a\xff"}', "invalid UTF-8 (byte 0xff at column 12)"),
    ],
)
@pytest.mark.parametrize("ends", [("[", ",\n", "]"), ("", "\n", "")])
def test_broken_element_is_named_by_its_row_and_the_rest_kept(tmp_path, broken, example, ends):
    start, comma, end = (text.encode() for text in ends)
    rows = [b'{"text": "One."}', broken if isinstance(broken, bytes) else broken.encode(), b'{"text": "Two."}']
    documents, problems = read_json(tmp_path, start + comma.join(rows) + end)

    assert documents == [("1", "One."), ("3", "Two.")]
    assert problems == [f"r.json:row 2: {example}"]


def test_string_that_never_ends_on_a_file_of_one_line_costs_one_row(tmp_path):
    content = '[{"text": "One."}, {"text": "cut}, {"text": "Two."}, {"text": "Three."}]'
    documents, problems = read_json(tmp_path, content)

    assert documents == [("1", "One."), ("3", "Two."), ("4", "Three.")]
    assert len(problems) == 1
    assert problems[0].startswith("r.json:row 2: not JSON")


@pytest.mark.parametrize(
    ("content", "documents", "problems"),
    [
        ("", [], ["r.json: empty"]),
        (" \n", [], ["r.json: empty"]),
        ("[]", [], []),
        ('[{"text": "One."}', [("1", "One.")], ["r.json:row 2: truncated (the file ends before its array does)"]),
        ('[{"text": "One."},', [("1", "One.")], ["r.json:row 2: truncated (the file ends before its array does)"]),
        ('[{"text": "One."}, {"te', [("1", "One.")], ["r.json:row 2: not JSON (unterminated string starting at, column 2)"]),
        ("plain text", [], ["r.json:row 1: not JSON (expecting value, column 1)"]),
        ('[{"text": "One."}] x', [("1", "One.")], ["r.json:row 2: not JSON (expecting value, column 1)"]),
    ],
)
def test_file_that_is_no_whole_array_is_told(tmp_path, content, documents, problems):
    assert read_json(tmp_path, content) == (documents, problems)


def test_element_that_is_too_large_is_skipped_and_not_held(tmp_path):
    content = json.dumps([ONE, {"text": "x" * 101}, TWO, {"text": "y" * 10**7}, ONE])
    documents, problems = read_json(tmp_path, content, max_document=100)

    assert documents == [("1", "One."), ("3", "Two."), ("5", "One.")]
    assert [problem.split(" (")[0] for problem in problems] == ["r.json:row 2: too large", "r.json:row 4: too large"]


def test_of_an_element_that_is_too_large_no_more_than_the_limit_is_held():
    cutter, held = ValueCutter(1000), []

    def blocks():
        for block in (b'[{"text": "', *[b"x" * 100] * 500, b'"}, {"text": "One."}]'):
            held.append(len(cutter._held))
            yield block

    assert list(cutter.cut(blocks())) == [None, [b'{"text": "One."}']]
    assert max(held) <= 1000


def test_strict_stops_at_the_first_bad_element(tmp_path):
    (tmp_path / "r.json").write_text("[7]")
    source = Input("r.json", tmp_path / "r.json", ".json", "")

    with pytest.raises(InputError, match=r"^r\.json:row 1: not an object"):
        list(read_array(source, Settings(), Problems(strict=True)))


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), many_scripts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(many_scripts, inner, max_size=3)),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=6), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 40))
def test_array_is_cut_into_its_elements_wherever_blocks_end(values, indent, is_ascii, size):
    content = json.dumps(values, indent=indent, ensure_ascii=is_ascii).encode()

    assert [json.loads(value) for value in cut(content, size)] == values


@given(
    st.lists(st.dictionaries(many_scripts, json_values, max_size=3), min_size=1, max_size=5),
    st.sampled_from(["", " ", "\n", "\r\n"]),
)
def test_values_one_after_another_are_cut_where_they_end(values, between):
    content = between.join(json.dumps(value, indent=1) for value in values).encode()

    assert [json.loads(value) for value in cut(content, 7)] == values
