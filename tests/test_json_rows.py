"""Rows of tables as JSON and as objects, against msgspec's JSON of the same objects."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernel import Kernel
from dedup.report import json_rows
from dedup.report.json_rows import render_lines, render_rows
from dedup.table import Choices, Lists, Maybe, Table, Texts, copy_texts

STRINGS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('\\"/\n\x00\x1f\x7f ßé漢🙂')), max_size=40)
SHARES = st.floats(0, 1).map(lambda share: round(share, 6))


def objects(fields):
    """Return a strategy of dicts with keys in one order."""
    return st.fixed_dictionaries(fields).map(lambda found: {name: found[name] for name in fields})


ROW = objects(
    {
        "text": STRINGS,
        "number": st.integers(0, 2**63 - 1),
        "share": SHARES,
        "choice": st.sampled_from(["within", 'a "quoted" one', "…"]),
        "inner": objects({"line": st.integers(0, 20), "text": STRINGS}),
        "nearest": st.none() | objects({"text": STRINGS, "share": SHARES}),
        "list": st.lists(objects({"text": STRINGS, "share": SHARES}), min_size=1, max_size=4),
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=6)


def make_texts(strings):
    encoded = [string.encode() for string in strings]
    ends = np.cumsum([0, *map(len, encoded)])
    return Texts(np.frombuffer(b"".join(encoded), np.uint8), ends[:-1], ends[1:])


def make_table(rows):
    """Return a table of dicts, whose rows are dicts again."""
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        if name == "text":
            columns[name] = make_texts(values)
        elif name in ("number", "line"):
            columns[name] = np.array(values, np.int64)
        elif name == "share":
            columns[name] = np.array(values, np.float64)
        elif name == "choice":
            known = sorted(set(values))
            columns[name] = Choices(np.array([known.index(value) for value in values]), known)
        elif name == "inner":
            columns[name] = make_table(values)
        elif name == "nearest":
            other = {"text": "not there", "share": 0.5}
            columns[name] = Maybe(
                make_table([value or other for value in values]), np.array([value is not None for value in values])
            )
        else:
            offsets = np.cumsum([0, *map(len, values)])
            columns[name] = Lists(make_table([one for value in values for one in value]), offsets)
    names = tuple(rows[0])
    return Table(lambda *values: dict(zip(names, values, strict=True)), columns)


def as_lists(thing):
    if isinstance(thing, dict):
        return {name: as_lists(value) for name, value in thing.items()}
    return [as_lists(one) for one in thing] if isinstance(thing, tuple | list) else thing


@given(ROWS)
def test_things_of_a_table_are_those_it_was_made_of(rows):
    assert as_lists(make_table(rows).tolist()) == rows


@pytest.mark.parametrize("plain", [True, False])
@given(rows=ROWS)
def test_rows_on_a_line_are_those_of_msgspec(rows, plain):
    with pytest.MonkeyPatch.context() as patch:
        if plain:
            patch.setattr(json_rows, "_render_kernel", json_rows._render_kernel.run_plain)
        assert render_lines(make_table(rows)).tobytes() == b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


@given(ROWS)
def test_indented_rows_are_those_of_msgspec(rows):
    whole = msgspec.json.format(msgspec.json.encode({"list": rows}), indent=2)

    found = render_rows(make_table(rows), 2)

    assert b'{\n  "list": [' + found.data.tobytes()[1:] + b"\n  ]\n}" == whole
    assert found.ends[-1] == len(found.data)
    each = [found.data[start:end].tobytes() for start, end in zip(found.starts, found.ends, strict=True)]
    assert [msgspec.json.decode(row.removeprefix(b",")) for row in each] == rows


def test_strings_that_grow_sixfold_find_room():
    rows = [{"text": "\x01" * 5000}, {"text": ""}]

    assert render_lines(make_table(rows)).tobytes() == b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def test_strings_between_others_are_left_out():
    texts = make_texts(["first", "second", "third"])
    some = Texts(texts.data, texts.starts[1:2], texts.ends[1:2])

    assert some.tolist() == ["second"]
    assert render_lines(Table(str, {"text": some})).tobytes() == b'{"text":"second"}\n'


def test_long_strings_weigh_more_than_short_ones(monkeypatch):
    """Or they would be written as plain Python, a hundred times as slowly."""
    sizes = []
    monkeypatch.setattr(Kernel, "__call__", lambda self, *arguments: sizes.append(arguments[0].size) or self.run_plain(*arguments))

    for length in (10, 1000):
        render_lines(Table(str, {"text": make_texts(["x" * length])}))
        room = Texts(np.empty(length, np.uint8), np.zeros(1, np.int64), np.array([length]))
        copy_texts(np.arange(1), np.zeros(1, np.int64), np.zeros(length, np.uint8), room)

    rendered, copied, rendered_long, copied_long = sizes
    assert (copied, copied_long) == (10, 1000)
    assert rendered_long - rendered > 900
