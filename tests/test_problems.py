"""The account of what was skipped."""

from __future__ import annotations

import pytest

from dedup.errors import InputError
from dedup.read.problems import Problems


def test_problems_are_counted_by_reason():
    problems = Problems()
    for where, reason in (("a:1", "not JSON"), ("a:2", "truncated"), ("b:1", "not JSON")):
        problems.skip(where, reason)

    assert problems.skipped == {"not JSON": 2, "truncated": 1}


def test_first_five_are_told_as_they_happen():
    told = []
    problems = Problems(tell=told.append)
    for number in range(7):
        problems.skip(f"a:{number}", "not JSON", "column 2")

    assert told == [f"a:{number}: not JSON (column 2)" for number in range(5)]
    assert problems.examples == told


def test_problem_without_detail_has_no_brackets():
    problems = Problems()
    problems.skip("a", "not a file")

    assert problems.examples == ["a: not a file"]


def test_strict_stops_at_the_first():
    problems = Problems(strict=True)

    with pytest.raises(InputError) as refused:
        problems.skip("a:3", "not JSON", "column 2")

    assert str(refused.value) == "a:3: not JSON (column 2); without --strict it would be skipped and counted"


def test_ignored_files_are_counted_by_suffix_and_are_no_problem():
    problems = Problems(strict=True)
    for suffix in (".png", ".css", ".png"):
        problems.ignore(suffix)

    assert (problems.ignored, problems.skipped) == ({".png": 2, ".css": 1}, {})
