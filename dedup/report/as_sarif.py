"""The findings as SARIF 2.1.0, for code scanning: a rule a kind, a result a place, its copies as related locations.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", whose sections are named below.
Leaves out: columns, which a report does not know, and snippets, for the file is at hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from dedup.model import KINDS, PASSAGE, JsonObject
from dedup.report.places import (
    SHOWN_COPIES,
    FileLine,
    Finding,
    Repeat,
    Spot,
    describe_repeat,
    find_line,
    list_places,
    measure_similarity,
)
from dedup.report.wording import clean_text, quote_start
from dedup.version import __version__

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "SRCROOT"
RULE_ORDER = (*KINDS, PASSAGE)
FINGERPRINT = "dedup/cluster/v1"
LEVELS = {"caption": "warning", "paragraph": "warning", "furniture": "note", PASSAGE: "warning"}
RULES = {
    "caption": (
        "Repeated caption",
        "The caption of a picture stands more than once, with the same words or nearly so.",
        "Delete the caption that is there twice. Where two pictures share it, say in each what that picture alone shows.",
    ),
    "paragraph": (
        "Repeated paragraph",
        "A paragraph stands elsewhere too, with the same words or nearly so.",
        "Delete the copy, write it anew, or link to the article that had it first. Where the text may repeat, as a quotation or an "
        "agency's copy does, leave it and let the check pass over it.",
    ),
    "furniture": (
        "Repeated site furniture",
        "Text that belongs to the site and not to the article, such as a banner, byline or footer, stands in the text.",
        "Take the line out of what is read as the article's text, or leave it: it is no fault of the writing.",
    ),
    PASSAGE: (
        "Copied passage",
        "A run of words stands in another paragraph too, which is not alike as a whole.",
        "Write the run anew, or mark it as a quotation and name where it is from. Where it may repeat, let the check pass over it.",
    ),
}

_LINE_END = re.compile("\r\n|\n|\r")
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_DRIVE = re.compile("[A-Za-z]:/")


def render_sarif(report: Report) -> str:
    """Return the findings as indented JSON with a line end; the same findings give the same text."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_describe_run(report)]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _describe_run(report: Report) -> JsonObject:
    return {
        "tool": {"driver": {"name": "dedup", "version": __version__, "rules": [_describe_rule(kind) for kind in RULE_ORDER]}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(_describe_problems(report))}],
        "originalUriBaseIds": {BASE: {"description": {"text": "The folder that dedup was run in."}}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": list(_describe_results(report)),
    }


def _describe_rule(kind: str) -> JsonObject:
    title, description, help_ = RULES[kind]
    return {
        "id": _name_rule(kind),
        "shortDescription": {"text": title},
        "fullDescription": {"text": description},
        "help": {"text": help_},
        "defaultConfiguration": {"level": LEVELS[kind]},
    }


def _name_rule(kind: str) -> str:
    return f"dedup/{kind}"


def _describe_problems(report: Report) -> Iterator[JsonObject]:
    """Yield a notification for each skipped record that is named, and one that counts them all where some are not."""
    messages = list(report.problems)
    total = sum(report.summary.skipped.values())
    if total > len(messages):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in report.summary.skipped.items())
        messages.append(f"records skipped in all: {total:,} ({reasons})")
    for message in messages:
        yield {"level": "warning", "message": {"text": _escape_message(clean_text(message))}}


def _describe_results(report: Report) -> Iterator[JsonObject]:
    """Yield a result for each place; places of a cluster in one file are numbered, so that no two have one fingerprint."""
    numbers: Counter[tuple[str, str]] = Counter()
    for finding, place in list_places(report):
        key = finding.id, find_line(place).path
        numbers[key] += 1
        yield _describe_result(finding, place, f"{finding.id}:{numbers[key]}")


def _describe_result(finding: Finding, place: Spot, fingerprint: str) -> JsonObject:
    similarity = measure_similarity(finding, place)
    known = {} if similarity is None else {"similarity": similarity}
    return {
        "ruleId": _name_rule(finding.kind),
        "ruleIndex": RULE_ORDER.index(finding.kind),
        "level": LEVELS[finding.kind],
        "message": {"text": _write_message(describe_repeat(finding, place))},
        "locations": [_describe_location(place)],
        "relatedLocations": [
            {"id": number, "message": {"text": _escape_message(f"“{quote_start(copy.text)}”")}} | _describe_location(copy)
            for number, copy in enumerate(finding.copies[:SHOWN_COPIES], 1)
        ],
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": known | {"scope": finding.scope, "size": finding.size},
    }


def _write_message(repeat: Repeat) -> str:
    """Return the sentence with the copy's name as a link to the first related location (section 3.11.6)."""
    name = _escape_link(_escape_braces(repeat.copy))
    return f"{repeat.what} [{name}](1) " + _escape_message(f"{repeat.how}: “{repeat.quote}”".removeprefix(": "))


def _escape_message(text: str) -> str:
    """Return text in which nothing is a placeholder or a link; most of what stands in brackets is neither, and stays as it is."""
    text = _escape_braces(text)
    return _escape_link(text) if "](" in text else text


def _escape_braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")  # section 3.11.5


def _escape_link(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")  # section 3.11.6


def _describe_location(member: Spot) -> JsonObject:
    """Return where a member stands: lines and code points of its file, or the file and the row's name."""
    spot = find_line(member)
    artifact = {"artifactLocation": _describe_artifact(spot)}
    if spot.line is None:
        return {"physicalLocation": artifact, "logicalLocations": [{"fullyQualifiedName": member.document}]}
    region = {
        "startLine": spot.line,
        "endLine": spot.line + len(_LINE_END.findall(member.text)),
        "charOffset": member.start,
        "charLength": member.end - member.start,
    }
    return {"physicalLocation": artifact | {"region": region}}


def _describe_artifact(spot: FileLine) -> JsonObject:
    """Return the URI of a file (section 3.4): relative to the base where its path is."""
    if spot.is_on_the_web:
        return {"uri": _quote_address(spot.path)}
    if spot.path.startswith("/"):
        return {"uri": f"file:///{quote(spot.path.lstrip('/'))}"}
    if _DRIVE.match(spot.path):
        return {"uri": f"file:///{quote(spot.path, safe='/:')}"}
    return {"uri": quote(spot.path), "uriBaseId": BASE}


def _quote_address(address: str) -> str:
    """Return an address as a URI; what is percent-encoded stays so."""
    scheme, rest = _LONE_PERCENT.sub("%25", address).split(":", 1)
    parts = [quote(part, safe="%/:?@!$&'()*+,;=") for part in rest.split("#", 1)]
    return f"{scheme.lower()}:{'#'.join(parts)}"
