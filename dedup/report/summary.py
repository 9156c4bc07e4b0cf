"""The counts of a report in a few lines: for notebooks, and for the HTML page where no script runs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dedup.model import KINDS, CheckSummary
from dedup.report.wording import clean_text, pluralise

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats


def name_report(report: Report) -> str:
    """Return what a report holds as one phrase: "52 documents, 180 clusters, 34 passages, 41.3% duplicate words"."""
    summary = report.summary
    counts = [_count(summary.documents, "draft" if report.is_check else "document")]
    if isinstance(summary, CheckSummary):
        counts.append(_count(summary.findings, "finding") + (" over the limits" if report.is_over_limits else ""))
    counts += [_count(summary.clusters, "cluster"), _count(summary.passages, "passage")]
    return ", ".join((*counts, f"{summary.duplicate_ratio:.1%} duplicate words"))


def list_facts(report: Report) -> list[tuple[str, str]]:
    """Return the counts of a report, each with its name, as text of which nothing is markup yet."""
    summary = report.summary
    kinds = [f"{summary.clusters_by_kind[kind]:,} {kind}" for kind in KINDS if summary.clusters_by_kind[kind]]
    facts = [
        ("drafts" if report.is_check else "documents", f"{summary.documents:,} from {_count(summary.sources, 'source')}"),
        ("paragraphs", f"{summary.paragraphs:,}, {summary.duplicate_paragraphs:,} of them duplicates"),
        ("words", f"{summary.words:,}, {summary.duplicate_words:,} of them in duplicates ({summary.duplicate_ratio:.1%})"),
        ("clusters", f"{summary.clusters:,}" + (f" ({', '.join(kinds)})" if kinds else "")),
        ("passages", f"{summary.passages:,}"),
    ]
    if isinstance(summary, CheckSummary):
        verdict = "over the limits" if report.is_over_limits else "within the limits"
        facts.insert(0, ("findings", f"{summary.findings:,}, {verdict}"))
        facts.append(("held against", _count(summary.index_documents, "published document")))
    if summary.skipped:
        reasons = ", ".join(f"{count:,} {clean_text(reason)}" for reason, count in summary.skipped.items())
        facts.append(("skipped", f"{_count(sum(summary.skipped.values()), 'record')} ({reasons})"))
    return facts


def render_summary(report: Report) -> str:
    """Return the counts as an HTML table, everything in it escaped."""
    rows = (f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in list_facts(report))
    return f"<table><caption>dedup report</caption><tbody>{''.join(rows)}</tbody></table>"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {pluralise(noun, number)}"
