"""The report of a check for people at a terminal: the verdict first, then by draft each line that repeats something, and what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from dedup.model import PASSAGE, CheckSummary
from dedup.report import Report
from dedup.report.as_text import list_changes, print_line, print_skipped
from dedup.report.places import Finding, Spot, describe_likeness, list_findings, list_places, name_place, name_subject
from dedup.report.wording import clean_text, pluralise, quote_text

SHOWN_CHANGES = 4
SHOWN_COPIES = 3


class _Line(NamedTuple):
    """A line of a draft that repeats something."""

    place: Spot
    finding: Finding


def print_check(report: Report, console: Console, limit: int = 10) -> None:
    """Print the report of a check. limit: lines shown of each draft, 0 for all."""
    by_draft: dict[str, list[_Line]] = {}
    for line in sorted(_list_lines(report), key=lambda line: (line.place.start, line.finding.id)):
        by_draft.setdefault(line.place.document, []).append(line)
    console.print(_render_verdict(report, len(by_draft)))
    for draft, lines in sorted(by_draft.items()):
        console.print(Text(f"\n{clean_text(draft)}", style="bold"))
        shown = lines[: limit or None]
        for line in shown:
            _print_finding(line, report.dates, console)
        if len(lines) > len(shown):
            rest = len(lines) - len(shown)
            print_line(console, Text(f"… and {rest:,} more {pluralise('line', rest)} (--limit 0 shows all)", style="dim"), 2)
    _print_rest(report, console)
    print_skipped(report, console)


def _list_lines(report: Report) -> Iterator[_Line]:
    for finding, place in list_places(report):
        yield _Line(place, finding)


def _render_verdict(report: Report, n_drafts: int) -> Text:
    count = len(list_findings(report))
    if not count:
        return Text("No findings", style="bold green")
    text = f"{count:,} {pluralise('finding', count)} in {n_drafts:,} of {report.summary.documents:,} "
    text += pluralise("draft", report.summary.documents)
    return Text(text, style="bold red") if report.is_over_limits else Text(f"{text}, within the limits", style="bold")


def _print_finding(line: _Line, dates: dict[str, str], console: Console) -> None:
    place, finding = line
    first, likeness = finding.copies[0], describe_likeness(finding, place)
    head = Text(f"line {place.line:<5}", style="cyan")
    what = f"{name_subject(finding)} lifted" if finding.kind == PASSAGE else f"repeats {name_subject(finding)}"
    head.append(f" {what}", style="bold").append(f" ({likeness})" if likeness else "")
    print_line(console, head.append(f"  {_name_copy(first, place, dates)}", style="cyan"), 2, 12)
    changes = list_changes(first, place)
    if changes:
        shown = Text().join(changes[:SHOWN_CHANGES])
        rest = len(changes) - SHOWN_CHANGES
        print_line(console, shown.append(f"… {rest} more {pluralise('change', rest)}" if rest > 0 else ""), 14)
    else:
        print_line(console, Text(quote_text(place.text)), 14)
    others = finding.copies[1:]
    if others:
        names = ", ".join(_name_copy(copy, place, dates) for copy in others[: SHOWN_COPIES - 1])
        more = f" and {len(others) - SHOWN_COPIES + 1:,} more" if len(others) >= SHOWN_COPIES else ""
        print_line(console, Text(f"also {names}{more}", style="dim"), 14)


def _name_copy(copy: Spot, place: Spot, dates: dict[str, str]) -> str:
    name = f"line {copy.line}" if copy.document == place.document else name_place(copy)
    date = dates.get(copy.document)
    return f"{name}, {date[:10]}" if date and copy.document != place.document else name


def _print_rest(report: Report, console: Console) -> None:
    """Print what was found but does not count, and what was held against what."""
    summary = report.summary
    console.print()
    if not isinstance(summary, CheckSummary):
        return
    counted = set(map(id, report.findings))
    uncounted = [cluster for cluster in report.clusters if id(cluster) not in counted]
    n_passages = sum(id(passage) not in counted for passage in report.passages)
    n_furniture = sum(cluster.kind == "furniture" for cluster in uncounted)
    n_other = len(uncounted) - n_furniture
    notes = [f"{n_furniture:,} {pluralise('piece', n_furniture)} of site furniture"] if n_furniture else []
    notes += [f"{n_other:,} {pluralise('cluster', n_other)} of other kinds"] if n_other else []
    notes += [f"{n_passages:,} {pluralise('passage', n_passages)}"] if n_passages else []
    notes += [f"{summary.baselined:,} known to the baseline"] if summary.baselined else []
    notes += [f"{summary.allowed:,} {pluralise('paragraph', summary.allowed)} allowed"] if summary.allowed else []
    if notes:
        print_line(console, Text(f"Not counted: {', '.join(notes)}", style="dim"), 0)
    against = f"held against {summary.index_documents:,} published {pluralise('document', summary.index_documents)}"
    counts = f"{summary.documents:,} {pluralise('draft', summary.documents)}"
    counts += f" · {summary.paragraphs:,} {pluralise('paragraph', summary.paragraphs)}"
    print_line(console, Text(f"{counts} · {against if summary.index_documents else 'held against each other'}", style="dim"), 0)
