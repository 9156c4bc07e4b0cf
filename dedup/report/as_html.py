"""The report as one HTML page that needs nothing else: its style, its script, and what was found, packed.

The data are JSON, gzipped and in base64, so that no text of a corpus is ever markup; the script makes every element by itself and
sets text as text. The page's security policy lets nothing in from outside and runs this one script, known by its hash.
Source: W3C, "Content Security Policy Level 3" and "Trusted Types".
Leaves out: what does not fit (see `page`), browsers without DecompressionStream (before 2023), which show the counts alone.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import msgspec

from dedup.report.page import describe_page
from dedup.report.summary import name_report, render_summary

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

SCRIPTS = ("text.js", "diff.js", "data.js", "csv.js", "chart.js", "overview.js", "list.js", "findings.js", "documents.js", "app.js")
"""One script in parts, in the order in which they are put together."""


def render_html(report: Report) -> str:
    """Return the page; the same run gives the same text."""
    style, script = _read("style.css"), "".join(map(_read, SCRIPTS))
    packed = gzip.compress(msgspec.json.encode(describe_page(report)), 6, mtime=0)
    return Template(_read("page.html")).substitute(
        title=escape(f"dedup: {name_report(report)}"),
        policy=escape(_state_policy(style, script)),
        style=style,
        script=script,
        summary=render_summary(report),
        data=b64encode(packed).decode(),
    )


def _state_policy(style: str, script: str) -> str:
    rules = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return (files("dedup.report") / "html" / name).read_text(encoding="utf-8")
