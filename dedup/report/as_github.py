"""The findings as annotations of GitHub Actions: a workflow command a place, on the line of its file.

Source: actions/toolkit, packages/core/src/command.ts, for the escaping.
Leaves out: what is over the ten warnings and ten notices that GitHub shows of a step. Most words come first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dedup.model import PASSAGE
from dedup.report.places import Finding, Spot, describe_repeat, find_line, list_places, name_place

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

COMMANDS = {"caption": "warning", "paragraph": "warning", "furniture": "notice", PASSAGE: "warning"}
TITLES = {
    "caption": "Repeated caption",
    "paragraph": "Repeated paragraph",
    "furniture": "Repeated furniture",
    PASSAGE: "Copied passage",
}

_UNSEEN = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")  # line feed and carriage return are escaped


def render_github(report: Report) -> str:
    """Return the annotations, one a line; nothing where there is no finding."""
    return "".join(f"{_render_command(found, place)}\n" for found, place in list_places(report))


def _render_command(finding: Finding, place: Spot) -> str:
    spot, kind = find_line(place), finding.kind
    properties = {"file": _make_visible(spot.path), "line": spot.line, "title": TITLES[kind]}
    written = ",".join(f"{name}={_escape_property(str(value))}" for name, value in properties.items() if value is not None)
    message = describe_repeat(finding, place).full_sentence
    if spot.line is None:  # the file alone does not say which row
        message = f"{name_place(place)} {message}"
    return f"::{COMMANDS[kind]} {written}::{_escape_data(message)}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _make_visible(path: str) -> str:
    """Return a path in which nothing moves a cursor or ends a line for those that read the log."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", path)
