"""Rows of JSON lines: which field is what, which rows are skipped, and that the fast way reads what the careful one reads."""

from __future__ import annotations

import gzip
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.errors import InputError
from dedup.read.batches import iterate_documents
from dedup.read.problems import Problems
from dedup.read.rows import parse_rows, read_rows
from dedup.read.streams import Input
from dedup.settings import Settings

SOURCE = Input("r.jsonl", None, ".jsonl", "folder")


def read_blocks(*blocks, **changes):
    """Return (documents, examples of problems) of blocks of lines."""
    problems = Problems()
    found = list(iterate_documents(parse_rows(SOURCE, blocks, Settings(**changes), problems)))
    return found, problems.examples


def read_lines(*rows, **changes):
    """Return (documents, examples of problems) of rows: text as it is, anything else as JSON."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return read_blocks("\n".join([*lines, ""]).encode(errors="surrogatepass"), **changes)


def column(name, *rows, **changes):
    """Return one column of the documents of rows that all are as they should be."""
    documents, problems = read_lines(*rows, **changes)
    assert problems == []
    return [getattr(document, name) for document in documents]


def test_row_is_a_document_named_by_its_number():
    assert column("name", {"text": "One."}, {"text": "Two."}) == ["r.jsonl#1", "r.jsonl#2"]


@pytest.mark.parametrize("field", ["text", "content", "body", "article"])
def test_text_stands_in_the_first_field_of_a_usual_name(field):
    assert column("text", {"title": "No.", "article": "last", field: "One."}) == ["One."]


def test_first_of_the_usual_names_wins_in_each_row():
    assert column("text", {"body": "B", "content": "C"}, {"body": "B"}, {"article": "A", "text": "T"}) == ["C", "B", "T"]


def test_named_text_field_is_the_only_one():
    documents, problems = read_lines({"lead": "L", "text": "T"}, {"text": "T"}, text_field="lead")

    assert [document.text for document in documents] == ["L"]
    assert problems == ["r.jsonl:2: no field 'lead' (fields: text; name one with --text-field)"]


@pytest.mark.parametrize(
    ("row", "identity"),
    [
        ({"id": "x"}, "x"),
        ({"id": 17}, "17"),
        ({"id": 0}, "0"),
        ({"id": 10**30}, "1" + "0" * 30),
        ({"url": "https://a.example/1"}, "https://a.example/1"),
        ({"doc_id": "d", "url": "u"}, "u"),
        ({"doc_id": "d"}, "d"),
        ({"id": None, "doc_id": "d"}, "d"),
        ({"id": "", "doc_id": "d"}, "d"),
        ({"id": True}, "1"),
        ({"id": 1.5}, "1"),
        ({"id": ["a"]}, "1"),
        ({"name": "n"}, "1"),
    ],
)
def test_name_of_a_row(row, identity):
    assert column("name", row | {"text": "One."}) == [f"r.jsonl#{identity}"]


def test_named_id_field_is_the_only_one():
    assert column("name", {"text": "T", "key": "k", "id": "i"}, {"text": "T", "id": "i"}, id_field="key") == [
        "r.jsonl#k",
        "r.jsonl#2",
    ]


def test_rows_of_one_name_are_all_kept():
    assert column("name", {"text": "One.", "id": 7}, {"text": "Two.", "id": 7}) == ["r.jsonl#7", "r.jsonl#7"]


@pytest.mark.parametrize(
    ("row", "source"),
    [
        ({}, "folder"),
        ({"url": "https://News.Example:8080/a"}, "news.example"),
        ({"url": "/a/b"}, "folder"),
        ({"url": "http://[broken"}, "folder"),
        ({"url": 7}, "folder"),
        ({"site": "Herald"}, "Herald"),
        ({"site": 7}, "7"),
        ({"site": "Herald", "url": "https://a.example"}, "Herald"),
        ({"site": "", "url": "https://a.example"}, "a.example"),
        ({"site": None}, "folder"),
    ],
)
def test_source_of_a_row(row, source):
    assert column("source", row | {"text": "One."}, source_field="site") == [source]


def test_source_is_the_host_when_no_field_is_named():
    rows = ({"text": "One.", "url": "https://a.example/1", "site": "Herald"}, {"text": "Two."})

    assert column("source", *rows) == ["a.example", "folder"]


def test_date_of_a_row_stands_in_the_named_field_alone():
    rows = [{"text": "T", "day": day, "date": "2020-01-01"} for day in ("2024-05-03T10:00:00+02:00", 0, "soon", None, True)]

    assert column("date", *rows, date_field="day") == ["2024-05-03T08:00:00", "1970-01-01T00:00:00", None, None, None]
    assert column("date", *rows) == [None] * 5


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ('{"text": "cut', "not JSON (unterminated string starting at, column 10)"),
        ("text", "not JSON (expecting value, column 1)"),
        ('{"text": "a"} {"text": "b"}', "not JSON (extra data, column 15)"),
        ('{"text": "tab\there"}', "not JSON (invalid control character at, column 14)"),
        ("[" * 100_000, "not JSON (nested too deeply)"),
        ('["text"]', "not an object (a row of type list)"),
        ("null", "not an object (a row of type NoneType)"),
        ('{"title": "a", "n": 1}', "no field 'text' (fields: title, n; name one with --text-field)"),
        ("{}", "no field 'text' (fields: ; name one with --text-field)"),
        ('{"text": null}', "field 'text' is null"),
        ('{"text": 7, "body": "b"}', "field 'text' is not text (it is int)"),
        ('{"body": ["b", 7]}', "field 'body' is not text (it is a list with int)"),
        ('{"text": "a\\ud800b"}', "lone surrogate (in field 'text' at character 1)"),
        ('{"text": "a\udc80"}', "invalid UTF-8 (byte 0xed at column 12)"),
    ],
)
def test_row_that_cannot_be_read_is_named_and_the_rest_kept(line, example):
    documents, problems = read_lines({"text": "One."}, line, {"text": "Two."})

    assert [(document.name, document.text) for document in documents] == [("r.jsonl#1", "One."), ("r.jsonl#3", "Two.")]
    assert problems == [f"r.jsonl:2: {example}"]


def read_paragraphs(*rows, **changes):
    """Return the paragraphs of each batch of rows of which some tell theirs."""
    block = "".join(json.dumps(row) + "\n" for row in rows).encode()
    batches = list(parse_rows(SOURCE, [block], Settings(**changes), Problems()))
    return [
        [(int(i), batch.text[start:end].tobytes().decode()) for i, start, end, _ in zip(*batch.blocks, strict=True)]
        for batch in batches
    ]


def test_list_of_strings_is_one_paragraph_each():
    rows = [{"text": [" One.\nTwo.\n\nThree. ", "", " \n", None, "Four."]}, {"text": []}, {"text": ["Five."]}]

    assert read_paragraphs(*rows) == [[(0, "One.\nTwo.\n\nThree."), (0, "Four."), (2, "Five.")]]
    assert column("text", *rows) == ["One.\nTwo.\n\nThree.\n\nFour.", "", "Five."]


def test_text_beside_lists_is_split_as_it_would_be_by_itself():
    rows = [{"text": "One.\n\nTwo."}, {"text": ["Three."]}, {"text": "Four.\nFive."}]

    assert read_paragraphs(*rows, split="blank") == [[(0, "One."), (0, "Two."), (1, "Three."), (2, "Four.\nFive.")]]
    assert read_paragraphs(*rows, split="line")[0][-1] == (2, "Five.")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"a": {"b": "in"}}, "in"),
        ({"a.b": "dot", "a": {"b": "in"}}, "dot"),
        ({"a": {"b": ["in", "out"]}}, "in\n\nout"),
        ({"a": "no", "a.b": "dot"}, "dot"),
    ],
)
@pytest.mark.parametrize("beside", [{"a": {"b": "x"}}, {"a": {"b": "x"}, "n": math.nan}])
def test_field_may_lie_within_an_object_and_a_name_with_a_dot_wins(row, text, beside):
    assert column("text", row, beside, text_field="a.b") == [text, "x"]


def test_deeper_path_may_have_dots_in_any_key():
    rows = [{"a": {"b.c": "1"}}, {"a.b": {"c": "2"}}, {"a": {"b": {"c": "3"}}}, {"a.b": {}, "a": {"b": {"c": "4"}}}]

    assert column("text", *rows, text_field="a.b.c", id_field="none") == ["1", "2", "3", "4"]


def test_id_site_and_date_may_lie_within_objects():
    (document,), _ = read_lines(
        {"text": "T", "meta": {"id": "x", "site": "s", "day": 0}},
        id_field="meta.id",
        source_field="meta.site",
        date_field="meta.day",
    )

    assert (document.name, document.source, document.date) == ("r.jsonl#x", "s", "1970-01-01T00:00:00")


def test_path_that_leads_nowhere_is_told():
    _, problems = read_lines({"a": "no"}, {"a": {"c": 1}}, text_field="a.b")

    assert problems == [f"r.jsonl:{i}: no field 'a.b' (fields: a; name one with --text-field)" for i in (1, 2)]


@pytest.mark.parametrize(
    "other",
    ["[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000],
)
def test_row_nested_too_deeply_is_named_and_the_rest_kept(other):
    """The decoder of blocks raises another error of this than of what is no JSON."""
    documents, problems = read_lines({"text": "One."}, f'{{"text": "no", "x": {other}}}', {"text": "Two."})

    assert [document.text for document in documents] == ["One.", "Two."]
    assert problems == ["r.jsonl:2: not JSON (nested too deeply)"]


def test_number_of_too_many_digits_ends_no_run():
    documents, problems = read_lines({"text": "One."}, f'{{"text": "no", "id": {"7" * 5000}}}')

    assert [document.text for document in documents] == ["One."]
    assert problems == ["r.jsonl:2: not JSON (a number of too many digits)"]


def test_last_of_the_values_of_a_key_counts():
    assert column("text", '{"text": "a", "text": "b"}', '{"text": "c", "text": "d", "n": NaN}') == ["b", "d"]


def test_nul_stays_in_a_text():
    assert column("text", {"text": "a\0b"}) == ["a\0b"]


def test_line_that_is_too_large_is_skipped_and_lines_keep_their_numbers():
    rows = [json.dumps({"text": text}).encode() + b"\n" for text in ("One.", "x" * 101, "Two.")]
    documents, problems = read_blocks(rows[0], rows[1][:50], rows[1][50:] + rows[2], max_document=100)

    assert [(document.name, document.text) for document in documents] == [("r.jsonl#1", "One."), ("r.jsonl#3", "Two.")]
    assert problems == ["r.jsonl:2: too large (more than 100 bytes; raise --max-document)"]


def test_only_the_first_fields_of_a_wide_row_are_listed():
    _, problems = read_lines({f"f{i}": i for i in range(9)})

    assert problems == ["r.jsonl:1: no field 'text' (fields: f0, f1, f2, f3, f4, f5, f6, f7, …; name one with --text-field)"]


def test_strict_stops_at_the_first_bad_row():
    blocks = [b'{"text": "One."}\n[]\n{}\n']

    with pytest.raises(InputError, match=r"^r\.jsonl:2: not an object"):
        list(parse_rows(SOURCE, blocks, Settings(), Problems(strict=True)))


def test_rows_with_numbers_that_json_does_not_know_are_kept():
    """pandas writes NaN; the decoder of blocks refuses it."""
    assert column("text", '{"text": "One.", "score": NaN}', '{"text": "Two.", "score": -Infinity}') == ["One.", "Two."]


def test_bad_surrogate_in_another_field_does_not_cost_the_row():
    assert column("text", '{"title": "\\ud800", "text": "One."}') == ["One."]


def test_id_and_source_that_utf8_cannot_hold_are_written_with_escapes():
    documents, _ = read_lines('{"id": "\\ud800", "site": "\\udfff", "text": "One."}', source_field="site")

    assert [(document.name, document.source) for document in documents] == [("r.jsonl#\\ud800", "\\udfff")]


def test_blank_lines_count_as_lines_and_are_no_rows():
    documents, problems = read_blocks(b'\n{"text": "One."}\n\n \t\r\n{"text": "Two."}')

    assert ([document.name for document in documents], problems) == (["r.jsonl#2", "r.jsonl#5"], [])


@pytest.mark.parametrize("blank", [b"", b" ", b"\r"])
def test_two_rows_on_a_line_are_not_mistaken_for_rows_of_their_own_beside_a_blank_line(blank):
    documents, problems = read_blocks(blank + b'\n{"text": "a"} {"text": "b"}\n{"text": "c"}\n')

    assert [document.name for document in documents] == ["r.jsonl#3"]
    assert problems == ["r.jsonl:2: not JSON (extra data, column 15)"]


def test_row_over_two_lines_is_not_mistaken_for_two():
    documents, problems = read_blocks(b'{"text": "c"}\n{"text":\n"a"} {"text": "b"}\n')

    assert [document.name for document in documents] == ["r.jsonl#1"]
    assert [problem.split(" (")[0] for problem in problems] == ["r.jsonl:2: not JSON", "r.jsonl:3: not JSON"]


def test_rows_may_end_in_carriage_returns():
    documents, problems = read_blocks(b'{"text": "One."}\r\n{"text": "Two."}\r\n')

    assert ([(d.name, d.text) for d in documents], problems) == ([("r.jsonl#1", "One."), ("r.jsonl#2", "Two.")], [])


def test_byte_order_mark_before_the_first_row_is_dropped():
    documents, problems = read_blocks(b'\xef\xbb\xbf{"text": "One."}\n{"text": "Two."}\n')

    assert ([document.text for document in documents], problems) == (["One.", "Two."], [])


def test_last_row_needs_no_line_end():
    documents, _ = read_blocks(b'{"text": "One."}\n{"text": "Two."}')

    assert [document.text for document in documents] == ["One.", "Two."]


def test_lines_are_numbered_through_all_blocks():
    documents, problems = read_blocks(b'{"text": "One."}\n', b'{"text": "Two."}\n\n', b'no\n{"text": "Three."}\n')

    assert [document.name for document in documents] == ["r.jsonl#1", "r.jsonl#2", "r.jsonl#5"]
    assert problems == ["r.jsonl:4: not JSON (expecting value, column 1)"]


def test_file_without_a_row_is_empty():
    assert [read_blocks(*blocks) for blocks in ((), (b"",), (b"\n\n",), (b"\xef\xbb\xbf",))] == [([], ["r.jsonl: empty"])] * 4


def test_rows_before_the_break_of_an_archive_are_kept_and_the_break_counted(tmp_path):
    rows = "".join(json.dumps({"text": f"Row {math.sqrt(i)}."}) + "\n" for i in range(50_000)).encode()
    packed = gzip.compress(rows)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(packed[: len(packed) * 3 // 4])
    problems = Problems()
    found = list(iterate_documents(read_rows(SOURCE._replace(path=path), Settings(), problems)))

    assert len(found) > 1000
    assert [document.text for document in found] == [f"Row {math.sqrt(i)}." for i in range(len(found))]
    assert problems.examples[0] == "r.jsonl: truncated (the compressed data ends too early)"


numbers = st.one_of(st.integers(), st.integers(-(2**70), 2**70), st.floats())
values = st.one_of(many_scripts, st.none(), st.booleans(), numbers, st.lists(st.integers(), max_size=2))
fields = st.sampled_from(["text", "content", "id", "url", "doc_id", "day", "site", "title"])
json_rows = st.dictionaries(fields, values, max_size=6).flatmap(
    lambda row: st.sampled_from([row, row | {"text": "Some text."}, row | {"text": "Text.", "url": "https://a.example/é"}])
)
good_rows = st.tuples(json_rows, many_scripts, st.booleans()).map(lambda t: json.dumps(t[0] | {"text": t[1]}, ensure_ascii=t[2]))
any_rows = st.one_of(
    good_rows,
    good_rows,
    st.tuples(json_rows, st.booleans()).map(lambda t: json.dumps(t[0], ensure_ascii=t[1])),
    st.sampled_from(["", "  ", "no", "{", "[1]", "7", '{"text": "\\ud800"}', '{"text": "a"} {"text": "b"}', '{"text":', '"b"}']),
)


@given(st.lists(any_rows, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_block_of_rows_reads_as_its_lines_do(lines, line_end, ends):
    """One line is read carefully as soon as a broken one stands beside it, so each is read so, and then all at once."""
    changes = {"date_field": "day", "source_field": "site"}
    rows = [f"{line}{line_end}".encode() for line in lines]
    whole = b"".join(rows) if ends else b"".join(rows).removesuffix(line_end.encode())
    careful = []
    for number, row in enumerate(rows, 1):
        blank, broken = b"\n" * (number - 1), b"broken\n"
        careful += read_blocks(blank + row + broken, **changes)[0]

    assert read_blocks(whole, **changes)[0] == careful
