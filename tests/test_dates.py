"""Dates in one form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.read.dates import parse_date


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-05-03", "2024-05-03T00:00:00"),
        ("20240503", "2024-05-03T00:00:00"),
        (" 2024-05-03 ", "2024-05-03T00:00:00"),
        ("2024-05-03T10:00:00Z", "2024-05-03T10:00:00"),
        ("2024-05-03T10:00:00+02:00", "2024-05-03T08:00:00"),
        ("2024-05-03T00:30:00.25-08:00", "2024-05-03T08:30:00.250000"),
        ("2024-05-03 10:00", "2024-05-03T10:00:00"),
        (0, "1970-01-01T00:00:00"),
        (1714730400, "2024-05-03T10:00:00"),
        (1714730400.5, "2024-05-03T10:00:00.500000"),
        (-86400, "1969-12-31T00:00:00"),
    ],
)
def test_date_is_told_in_universal_time(value, date):
    assert parse_date(value) == date


@pytest.mark.parametrize(
    "value",
    [
        *("", "yesterday", "2024-13-01", "2024", "Fri, 03 May 2024 10:00:00 GMT", "0001-01-01T00:00+05:00"),
        *(None, True, [2024], {}, 10**15, 10**400, float("nan"), float("inf")),
    ],
)
def test_anything_else_is_no_date(value):
    assert parse_date(value) is None


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=offsets)


@given(moments, moments)
def test_dates_sort_as_text_as_they_do_in_time(a, b):
    texts = [parse_date(moment.isoformat()) for moment in (a, b)]

    assert (texts[0] < texts[1], texts[0] == texts[1]) == (a < b, a == b)


@given(moments)
def test_date_that_was_parsed_stays_as_it_is(moment):
    date = parse_date(moment.isoformat())

    assert parse_date(date) == date
    assert datetime.fromisoformat(date) == moment.astimezone(UTC).replace(tzinfo=None)
