"""The plan of a clean for people at a terminal: how much there was and will be, what goes by kind and by source, and examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedup.model import KINDS, PASSAGE, SCOPES, Removed
from dedup.report.as_text import SCOPE_WORDS, print_line
from dedup.report.cleaning import Cleaning
from dedup.report.wording import clean_text, format_percent, pluralise, quote_text

SHOWN_EXAMPLES = 3
SHORT_WORDS = 6
"""Below which paragraphs are compared whole, unless --min-words says otherwise."""
QUOTED_CHARACTERS = 240


def print_cleaning(cleaning: Cleaning, console: Console, limit: int = 10) -> None:
    """Print a plan. limit: sources shown, 0 for all."""
    console.print(_render_sizes(cleaning))
    if not cleaning.removed:
        console.print(Text("\nNothing goes: there is no repeat of the kinds that are dropped"))
        return
    console.print(Text("\nWHAT GOES", style="bold"))
    console.print(_render_kinds(cleaning))
    _print_hint(cleaning, console)
    if len(cleaning.sources) > 1:
        console.print(Text("\nBY SOURCE", style="bold"))
        console.print(_render_sources(cleaning, limit))
        rest = len(cleaning.sources) - limit if limit else 0
        if rest > 0:
            console.print(Text(f"  … and {rest:,} more {pluralise('source', rest)} (--limit 0 shows all)", style="dim"))
    for heading, examples in _group_examples(cleaning.removed):
        console.print(Text(f"\n{heading}", style="bold"))
        for one in examples:
            _print_example(one, console)


def _render_sizes(cleaning: Cleaning) -> Table:
    table = _make_table("", "before", "after", "removed", "")
    for name, before, after in zip(cleaning.before._fields, cleaning.before, cleaning.after, strict=True):
        share = format_percent((before - after) / before) if before else "0 %"
        table.add_row(name, f"{before:,}", f"{after:,}", f"{before - after:,}", share)
    return table


def _render_kinds(cleaning: Cleaning) -> Table:
    table = _make_table("", "", "copies", "words", "")
    counts = cleaning.count_kinds()
    for kind in (*KINDS, PASSAGE):
        for scope in SCOPES:
            if (kind, scope) in counts:
                copies, words = counts[kind, scope]
                share = format_percent(words / cleaning.before.words)
                table.add_row(kind, SCOPE_WORDS[scope], f"{copies:,}", f"{words:,}", share)
    return table


def _print_hint(cleaning: Cleaning, console: Console) -> None:
    """Tell of short paragraphs, which in talk ("Yes, exactly.") repeat without being copies, and of such as are parted anew."""
    prose = [one.words for one in cleaning.removed if one.kind == "paragraph"]
    n_short = sum(words < SHORT_WORDS for words in prose)
    if n_short * 4 >= len(prose) > 0:
        hint = f"{n_short:,} of these paragraphs have fewer than {SHORT_WORDS} words; --least-words {SHORT_WORDS} keeps them"
        console.print()
        print_line(console, Text(hint, style="dim"), 1)
    n_more = len(cleaning.removed) - (cleaning.before.paragraphs - cleaning.after.paragraphs)
    if n_more and all(one.kind != PASSAGE for one in cleaning.removed):
        hint = f"{abs(n_more):,} {pluralise('paragraph', abs(n_more))} {'more' if n_more > 0 else 'fewer'}"
        console.print()
        print_line(console, Text(f"What stays is read as {hint} than before, by the lines that are left", style="dim"), 1)


def _render_sources(cleaning: Cleaning, limit: int) -> Table:
    table = _make_table("", "documents", "words before", "after", "removed")
    order = sorted(cleaning.sources, key=lambda one: (one.words_after - one.words_before, one.source))
    for one in order[: limit or None]:
        documents = f"{one.documents_after:,}"
        if one.documents_after != one.documents_before:
            documents = f"{one.documents_before:,} → {documents}"
        share = format_percent((one.words_before - one.words_after) / one.words_before) if one.words_before else "0 %"
        table.add_row(clean_text(one.source), documents, f"{one.words_before:,}", f"{one.words_after:,}", share)
    return table


def _group_examples(removed: Sequence[Removed]) -> Iterator[tuple[str, list[Removed]]]:
    """Yield for each kind and scope some of what goes, of different clusters, the longest texts first."""
    for kind in (*KINDS, PASSAGE):
        for scope in SCOPES:
            mine = [one for one in removed if (one.kind, one.scope) == (kind, scope)]
            mine.sort(key=lambda one: (-one.words, one.document, one.start))
            examples = {one.cluster or f"{one.document} {one.start}": one for one in reversed(mine)}
            if examples:
                yield f"{kind.upper()} · {SCOPE_WORDS[scope]}, for example", list(reversed(examples.values()))[:SHOWN_EXAMPLES]


def _print_example(one: Removed, console: Console) -> None:
    alike = f" · {format_percent(one.similarity)} alike" if one.kept and one.similarity < 1.0 else ""
    print_line(console, Text(f"{clean_text(one.document)}:{one.line}", style="cyan").append(alike, style="bold"), 1)
    print_line(console, Text(quote_text(one.text, QUOTED_CHARACTERS)), 3)
    print_line(console, Text(clean_text(one.why), style="dim"), 3)


def _make_table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 1))
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 or (not column and i == 1) else "right", overflow="fold")
    return table
