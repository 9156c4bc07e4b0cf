"""The report for people at a terminal: a summary, then the clusters by kind, most words first, with what differs marked."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup.diff import diff_words, join_words
from dedup.model import KINDS, SCOPES, Cluster, Kind, Member, Nearest, Scope, Span
from dedup.report import Report
from dedup.report.wording import clean_text, format_percent, pluralise, quote_start, quote_text
from dedup.settings import Settings

SHOWN_MEMBERS = 5
SHOWN_CHANGES = 4
LEAST_BESIDE = 24
"""Columns that a place has to leave for what is said of it; a longer one stands out of line."""
CONTEXT_WORDS = 3
QUOTED_CHARACTERS, QUOTED_CHANGE = 320, 60
COPIED_SHARE, COPIED_PARAGRAPHS = 0.5, 2
SHOWN_DOCUMENTS = 8
_UNREADABLE = re.compile(r"-|[a-z][a-z0-9+.-]*://", re.IGNORECASE)
"""Standard input is gone, names that look like options need more than a name, and addresses may have lost their passwords."""
_DECIDING = ("threshold", "shingle", "min_words", "split", "text_field", "id_field")
SCOPE_WORDS = {"within": "within a document", "across": "across documents"}


def print_report(report: Report, console: Console, limit: int = 10, paths: Sequence[str] = ()) -> None:
    """Print a report. limit: clusters shown of each kind and scope, 0 for all; paths: what was audited, for the closing hint."""
    console.print(_render_totals(report))
    if report.clusters:
        groups = _group_clusters(report.clusters, limit)
        console.print()
        console.print(_render_table(report, groups))
        for (kind, scope), group in groups.items():
            console.print(Text(f"\n{kind.upper()} · {SCOPE_WORDS[scope]}", style="bold"))
            _print_clusters(group, console)
    _print_passages(report, console, limit)
    _print_copied(report, console)
    print_skipped(report, console)
    _print_hints(report, console, paths)


def _render_totals(report: Report) -> Text:
    summary = report.summary
    text = Text()
    text.append(f"{summary.documents:,} {pluralise('document', summary.documents)}", style="bold")
    if summary.sources > 1:
        text.append(f" from {summary.sources:,} sources")
    text.append(f" · {summary.paragraphs:,} {pluralise('paragraph', summary.paragraphs)}")
    text.append(f" · {summary.words:,} {pluralise('word', summary.words)}\n")
    if report.clusters:
        text.append(f"{summary.duplicate_ratio:.1%}", style="bold")
        text.append(" of the words stand in a paragraph that is there twice or more")
    else:
        text.append("No paragraph is there twice")
    if summary.skipped:
        skipped = sum(summary.skipped.values())
        text.append(f" · {skipped:,} {pluralise('record', skipped)} skipped (see below)")
    return text


@dataclass(slots=True)
class _Group:
    """The clusters of one kind and scope, counted; shown: the first of them."""

    clusters: int = 0
    copies: int = 0
    words: int = 0
    shown: list[Cluster] = field(default_factory=list)


def _group_clusters(clusters: Iterable[Cluster], limit: int) -> dict[tuple[Kind, Scope], _Group]:
    """Return those groups that have clusters, in the order in which they are printed."""
    groups = {(kind, scope): _Group() for kind in KINDS for scope in SCOPES}
    for cluster in clusters:
        group = groups[cluster.kind, cluster.scope]
        group.clusters += 1
        group.copies += cluster.size
        group.words += cluster.words
        if not limit or len(group.shown) < limit:
            group.shown.append(cluster)
    return {place: group for place, group in groups.items() if group.clusters}


def _render_table(report: Report, groups: dict[tuple[Kind, Scope], _Group]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("", "", "clusters", "copies", "words"):
        table.add_column(column, justify="left" if not column else "right", style="bold" if column == "words" else "")
    for (kind, scope), group in groups.items():
        table.add_row(kind, SCOPE_WORDS[scope], f"{group.clusters:,}", f"{group.copies:,}", f"{group.words:,}")
    if report.passages:
        table.add_row("passages", "", f"{len(report.passages):,}", "", f"{sum(passage.words for passage in report.passages):,}")
    return table


def _print_clusters(group: _Group, console: Console) -> None:
    for number, cluster in enumerate(group.shown, 1):
        console.print(_render_head(number, cluster, console.width))
        first = cluster.members[0]
        widths = (cell_len(_place(member)) for member in cluster.members[: SHOWN_MEMBERS + 1])
        column = max((width for width in widths if width + LEAST_BESIDE <= console.width), default=0)
        print_line(console, Text(f"{_place(first)}  first", style="cyan"), 4)
        print_line(console, Text(quote_text(first.text, QUOTED_CHARACTERS)), 6)
        for member in cluster.members[1 : SHOWN_MEMBERS + 1]:
            place = _place(member)
            line = Text(f"{place}{' ' * (column - cell_len(place))}  ", style="cyan")
            line.append_text(_render_difference(first, member))
            print_line(console, line, 4, 4)
        rest = cluster.size - 1 - SHOWN_MEMBERS
        if rest > 0:
            print_line(console, Text(f"… and {rest:,} more {pluralise('copy', rest)} (-o report.json has all)", style="dim"), 4)
    rest = group.clusters - len(group.shown)
    if rest:
        print_line(
            console, Text(f"… and {rest:,} more {pluralise('cluster', rest)} of this kind (--limit 0 shows all)", style="dim"), 2
        )


def _render_head(number: int, cluster: Cluster, width: int) -> Text:
    least = cluster.similarity.min
    alike = f"{'' if cluster.size == 2 else 'from '}{format_percent(least)} alike"
    if least == 1.0:
        has_other_figures = list_changes(cluster.members[0], cluster.members[-1])
        alike = "the same but for figures and dates" if has_other_figures else "the same words"
    place = f" in {cluster.documents:,} documents" if cluster.documents > 1 and cluster.size > 2 else ""
    text = Text(f"{number:2}  {cluster.size:,} copies{place} · {alike}", style="bold")
    name = f"c:{cluster.id[:8]}"
    text.append(" " * max(2, min(width, 100) - text.cell_len - len(name)))
    text.append(name, style="dim")
    return text


def _render_difference(first: Member, member: Member) -> Text:
    if member.similarity == 1.0:
        return Text("other figures" if list_changes(first, member) else "same words", style="dim")
    text = Text(f"{format_percent(member.similarity)}  ", style="bold")
    changes = list_changes(first, member)
    for change in changes[:SHOWN_CHANGES]:
        text.append_text(change)
    if len(changes) > SHOWN_CHANGES:
        rest = len(changes) - SHOWN_CHANGES
        text.append(f"… {rest} more {pluralise('change', rest)}", style="dim")
    return text


def list_changes(first: Member | Span, member: Member | Span) -> list[Text]:
    """Return each differing stretch with the words around it: ‹old›→‹new›, ‹+added›, ‹-missing›, readable without colour."""
    pieces = diff_words(clean_text(first.text), clean_text(member.text))
    changes = []
    for at, piece in enumerate(pieces):
        if piece.same:
            continue
        text = Text("… ")
        if at:
            text.append(join_words(pieces[at - 1].before[-CONTEXT_WORDS:]) + " ")
        text.append_text(mark_change(join_words(piece.before), join_words(piece.after)))
        if at + 1 < len(pieces):
            text.append(" " + join_words(pieces[at + 1].before[:CONTEXT_WORDS]))
        changes.append(text.append(" "))
    return changes


def mark_change(before: str, after: str) -> Text:
    """Return what differs between two texts: ‹old›→‹new›, ‹+added›, ‹-missing›; at most the start of what is long."""
    before, after = quote_start(before, QUOTED_CHANGE), quote_start(after, QUOTED_CHANGE)
    if before and after:
        return Text(f"‹{before}›", style="red").append("→", style="none").append(f"‹{after}›", style="green")
    return Text(f"‹+{after}›" if after else f"‹-{before}›", style="green" if after else "red")


def _print_passages(report: Report, console: Console, limit: int) -> None:
    if report.passages:
        console.print(Text("\nPASSAGES · copied into other paragraphs", style="bold"))
    shown = report.passages[: limit or None]
    for number, passage in enumerate(shown, 1):
        head = f"{number:2}  {passage.words:,} words · {format_percent(passage.a_share)} of one paragraph, "
        console.print(Text(f"{head}{format_percent(passage.b_share)} of the other", style="bold"))
        print_line(console, Text(f"{clean_text(passage.a.document)}:{passage.a.line}", style="cyan"), 4)
        print_line(console, Text(quote_text(passage.a.text, QUOTED_CHARACTERS)), 6)
        changes = list_changes(passage.a, passage.b)
        shown_changes = Text().join(changes[:SHOWN_CHANGES]) if changes else Text("same words", style="dim")
        line = Text(f"{clean_text(passage.b.document)}:{passage.b.line}  ", style="cyan")
        print_line(console, line.append_text(shown_changes), 4, 4)
    rest = len(report.passages) - len(shown)
    if rest:
        print_line(console, Text(f"… and {rest:,} more {pluralise('passage', rest)} (--limit 0 shows all)", style="dim"), 2)


def _print_copied(report: Report, console: Console) -> None:
    copied = _find_copied(report)
    if copied:
        console.print(Text("\nCOPIED DOCUMENTS", style="bold"))
    for share, document, nearest in copied[:SHOWN_DOCUMENTS]:
        place = f"{clean_text(nearest.document)} ({nearest.shared_words:,} words)"
        print_line(
            console, Text(f"{clean_text(document)}: {format_percent(share)} of it stands, as it is or edited, in {place}"), 4, 4
        )
    if len(copied) > SHOWN_DOCUMENTS:
        print_line(console, Text(f"… and {len(copied) - SHOWN_DOCUMENTS:,} more (-o report.json has all)", style="dim"), 4)


def _find_copied(report: Report) -> list[tuple[float, str, Nearest]]:
    """Return the articles of which most stands in another, each couple once, under the side that is copied the more."""
    articles = [found for found in report.documents if found.nearest and found.paragraphs >= COPIED_PARAGRAPHS]
    rows = [(found.nearest.a_share, found.document, found.nearest) for found in articles if found.nearest]
    copied: dict[frozenset[str], tuple[float, str, Nearest]] = {}
    for row in sorted(rows, key=lambda row: (-row[0], row[1])):
        if row[0] >= COPIED_SHARE:
            copied.setdefault(frozenset((row[1], row[2].document)), row)
    return list(copied.values())


def print_skipped(report: Report, console: Console) -> None:
    """Print what was skipped, if anything."""
    if not report.summary.skipped:
        return
    total = sum(report.summary.skipped.values())
    console.print(Text(f"\nSkipped: {total:,} {pluralise('record', total)}", style="bold"))
    for problem in report.problems:
        print_line(console, Text(clean_text(problem)), 4)
    if total > len(report.problems):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in report.summary.skipped.items())
        print_line(console, Text(f"… in all: {reasons}", style="dim"), 4)


def _print_hints(report: Report, console: Console, paths: Sequence[str]) -> None:
    if not (report.clusters and paths):
        return
    audited = clean_text(" ".join(shlex.quote(path) for path in paths))
    behind = any(path.startswith("-") for path in set(paths) - {"-"})
    console.print()
    written = f"-o report.html -- {audited}" if behind else f"{audited} -o report.html"
    print_line(console, Text(f"Next: dedup audit {written}", style="dim"), 0)
    edited = _find_edited(report, console.width - 12)
    if edited:
        parts = [" ".join(("dedup explain", *_list_options(report))), *edited]
        command = " ".join(parts)
        if cell_len(command) + 6 > console.width:  # cut where a shell goes on reading, so that it can be copied
            command = " \\\n          ".join(parts)
        console.print(Text(f"      {command}", style="dim"), soft_wrap=True)


def _list_options(report: Report) -> list[str]:
    """Return the options without which another command would read or compare otherwise than this run."""
    usual = asdict(Settings())
    changed = {name: report.settings[name] for name in _DECIDING if report.settings[name] != usual[name]}
    return [clean_text(f"--{name.replace('_', '-')} {shlex.quote(str(value))}") for name, value in changed.items()]


def _find_edited(report: Report, room: int) -> list[str]:
    """Return the places of two copies that are not quite alike, as a shell passes them to `dedup explain`; nothing without any.

    Of furniture there are none. room: the columns that a place may take.
    """
    least: tuple[float, str] = (1.0, "")
    found: list[str] = []
    for cluster in report.clusters:
        if cluster.kind != "furniture" and (cluster.similarity.min, cluster.id) < least and (pair := _find_pair(cluster, room)):
            least, found = (cluster.similarity.min, cluster.id), pair
    return found


def _find_pair(cluster: Cluster, room: int) -> list[str]:
    """Return the places of the first member and of one that is not quite like it, nothing without such."""
    first = cluster.members[0]
    for member in cluster.members:
        places = [f"{one.document}:{one.line}" for one in (first, member)]
        can_be_read = all(clean_text(place) == place and not _UNREADABLE.match(place) for place in places)
        quoted = list(map(shlex.quote, places))
        if member.similarity < 1.0 and can_be_read and max(map(cell_len, quoted)) <= room:
            return quoted
    return []


def print_line(console: Console, text: Text, indent: int, hang: int = 0) -> None:
    """Print text wrapped behind an indent, from the second line on a deeper one, without the blanks that would fill its lines."""
    for line in text.wrap(console, max(20, console.width - indent - hang)):
        line.rstrip()
        console.print(Text(" " * indent).append_text(line), soft_wrap=True)
        indent += hang
        hang = 0


def _place(member: Member) -> str:
    return f"{clean_text(member.document)}:{member.line}"
