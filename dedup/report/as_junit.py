"""The findings as JUnit XML, for CI systems that show test results: a failed test case a place, a passed one where there is none.

Source: what GitLab and Jenkins read. Jenkins takes one failure a test case, GitLab drops a second case of the same name.
Leaves out: times, so that the same findings give the same text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from dedup.report.places import SHOWN_COPIES, Finding, Spot, describe_repeat, find_line, list_places, name_place
from dedup.report.wording import quote_start

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

NAME = "dedup"
NO_FINDINGS = "no findings"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2: Char


def render_junit(report: Report) -> str:
    """Return the findings as XML with a line end."""
    cases = list(_make_cases(report))
    counts = {"tests": str(len(cases) or 1), "failures": str(len(cases)), "errors": "0"}
    suites = _make_element("testsuites", name=NAME, **counts)
    suite = _make_element("testsuite", name=NAME, **counts, skipped="0")
    suite.extend(cases or [_make_element("testcase", classname=NAME, name=NO_FINDINGS)])
    suites.append(suite)
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _make_cases(report: Report) -> Iterator[ElementTree.Element]:
    """Yield a test case for each place; those of one document and one name are numbered."""
    numbers: Counter[tuple[str, str]] = Counter()
    for finding, place in list_places(report):
        sentence = describe_repeat(finding, place).sentence
        name = f"line {place.line}: {sentence}"
        key = place.document, name
        numbers[key] += 1
        case = _make_case(place, name if numbers[key] == 1 else f"{name} ({numbers[key]})")
        failure = _make_element("failure", message=sentence, type=finding.kind)
        failure.text = _make_valid(_quote_members(finding, place))
        case.append(failure)
        yield case


def _make_case(place: Spot, name: str) -> ElementTree.Element:
    spot = find_line(place)
    line = {} if spot.line is None else {"line": str(spot.line)}
    return _make_element("testcase", classname=place.document, name=name, file=spot.path, **line)


def _quote_members(finding: Finding, place: Spot) -> str:
    """Return how the place and its copies begin, one a line."""
    lines = [f"{name_place(member)}: “{quote_start(member.text)}”" for member in (place, *finding.copies[:SHOWN_COPIES])]
    rest = len(finding.copies) - SHOWN_COPIES
    return "\n".join((*lines, f"… and {rest:,} more") if rest > 0 else lines)


def _make_element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, {name: _make_valid(value) for name, value in attributes.items()})


def _make_valid(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
