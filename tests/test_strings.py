"""Columns of strings against lists of the same strings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import strings
from dedup.strings import LabelsColumn, Strings, StringsColumn, list_dates, list_labels

PARTS = st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=8), max_size=8)


def column_of(parts):
    column = StringsColumn()
    for number, part in enumerate(parts):
        if number == 2:
            column.move()
        column.extend(part)
    return Strings(*column.take())


@given(PARTS, st.slices(20))
def test_column_holds_its_strings(parts, part):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings, "AT_ONCE", 3)
        expected, column = [one for some in parts for one in some], column_of(parts)

        assert list(column) == expected
        assert [column[i] for i in range(len(column))] == expected
        assert column[part] == expected[part]


@given(st.lists(st.text("ab", max_size=4), max_size=6))
def test_strings_are_distinct_when_no_two_are_equal(some):
    assert column_of([some]).are_distinct() == (len(set(some)) == len(some))


def test_last_string_is_found_from_behind():
    assert column_of([["a", "", "bé"]])[-1] == "bé"


def test_string_beyond_the_end_is_an_error():
    with pytest.raises(IndexError):
        column_of([["a"]])[1]


@given(st.lists(st.text("ab\u00e9\u4e2d", max_size=4), min_size=1))
def test_strings_sort_as_bytes_as_they_do(given_strings):
    order = np.argsort(column_of([given_strings]).to_bytes(), kind="stable")

    assert [given_strings[i] for i in order] == sorted(given_strings)


@given(st.lists(st.none() | st.dates().map(str)))
def test_dates_are_dates_or_none(given_dates):
    dates = list_dates(given_dates)

    assert list(dates) == given_dates
    assert [dates[i] for i in range(len(dates))] == given_dates
    assert dates[1:] == given_dates[1:]


@given(st.lists(st.lists(st.sampled_from(["site", "", "b", "é"]))))
def test_labels_hold_their_strings_and_each_once(parts):
    column = LabelsColumn()
    for part in parts:
        column.extend(part)
        column.move()
    labels, expected = column.take(), [one for some in parts for one in some]

    assert list(labels) == expected
    assert [labels[i] for i in range(len(labels))] == expected
    assert labels[1:] == expected[1:]
    assert labels.labels == list(dict.fromkeys(expected))
    assert list_labels(expected).labels == labels.labels
