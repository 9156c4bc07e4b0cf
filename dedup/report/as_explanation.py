"""An explanation for people at a terminal, the verdict first and what would change it last; and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dedup.diff import join_words, split_words
from dedup.report.as_text import QUOTED_CHARACTERS, mark_change, print_line
from dedup.report.explanation import Choice, Explanation, Side, Stretch, Width
from dedup.report.wording import clean_text, format_percent, pluralise, quote_start, quote_text
from dedup.version import __version__

SCHEMA_NAME = "dedup-explanation/1"
SHOWN_STRETCHES = 41
"""Twenty changes with what stands between them; more is a text rewritten."""
WHOLE_STRETCH, CONTEXT_WORDS = 12, 4
"""A stretch that is alike is shown whole up to so many words, else so many of either end."""
SHOWN_BANDS = 6
SHOWN_RUNS = 5
ROW_INDENT = 19
LOWEST_THRESHOLD = 0.04
"""For less there are too few minima (see `band.choose_bands`)."""
LOOSE_THRESHOLD = 0.3
"""From here on down a third of all pairs have little in common (see the README's table)."""


def render_explanation(found: Explanation) -> str:
    """Return an explanation as indented JSON with a line end."""
    head = {"schema": SCHEMA_NAME, "tool": {"name": "dedup", "version": __version__}}
    body = {field.name: getattr(found, field.name) for field in fields(found)}
    return msgspec.json.format(msgspec.json.encode(head | body), indent=2).decode() + "\n"


def print_explanation(found: Explanation, console: Console) -> None:
    """Print an explanation."""
    _print_verdict(found, console)
    _print_sides(found, console)
    _print_difference(found, console)
    _print_shingles(found, console)
    _print_widths(found, console)
    _print_signatures(found, console)
    _print_runs(found, console)
    _print_ways_out(found, console)


def _print_verdict(found: Explanation, console: Console) -> None:
    like = "the same words" if found.reason == "same words" else f"{format_percent(found.similarity.jaccard)} alike"
    if found.reason == "compared whole":
        like = "compared whole"
    head = Text("A PAIR" if found.is_pair else "NO PAIR", style="bold green" if found.is_pair else "bold red")
    console.print(head.append(f" · {like}", style="bold"))
    for sentence in _give_reasons(found):
        print_line(console, Text(sentence), 0)


def _give_reasons(found: Explanation) -> Iterator[str]:
    threshold = found.settings["threshold"]
    if found.reason == "same words":
        if found.a.text != found.b.text:
            yield "Case, punctuation, white space, accents and Unicode forms never count."
    elif found.reason == "compared whole":
        yield _explain_whole(found)
    else:
        yield f"Two paragraphs are a pair from {threshold * 100:g} % on (--threshold {threshold:g})."
    if found.reason == "alike" and found.similarity.jaccard == 1.0:
        yield "The same shingles, but the words come in another order or more often."
    if found.is_pair and not found.is_found:
        yield "The bands miss it: dedup audit finds this pair with --exact alone."
    if found.same_but_figures:
        yield (
            "They are the same but for figures and dates: an audit ties such lines all the same where they stand as furniture "
            "in their site, which two texts cannot show."
        )


def _explain_whole(found: Explanation) -> str:
    shingle, min_words = found.settings["shingle"], found.settings["min_words"]
    option = f"--min-words {min_words}" if min_words >= shingle else f"--shingle {shingle}"
    least = max(shingle, min_words)
    short = [(name, side.words) for name, side in (("A", found.a), ("B", found.b)) if side.words < least]
    counts = " and ".join(f"{name} has {words:,} {pluralise('word', words)}" for name, words in short)
    return f"{counts}: with fewer than {least} ({option}) a paragraph pairs with the same words only."


def _print_sides(found: Explanation, console: Console) -> None:
    console.print()
    for name, side in (("A", found.a), ("B", found.b)):
        place = f"{clean_text(side.document)}:{side.line}" if side.document != name else f"line {side.line:,}"
        head = Text(f"{name}  ", style="bold").append(place, style="cyan")
        print_line(console, head.append(f"  {_count_side(side)}", style="dim"), 0, 3)
        print_line(console, Text(quote_text(side.text, QUOTED_CHARACTERS)), 3)
    if found.choice:
        print_line(console, Text(_describe_choice(found.choice), style="dim"), 3)


def _describe_choice(choice: Choice) -> str:
    reach = f"{choice.pairs:,} reach" if choice.pairs > 1 else f"{choice.pairs or 'none'} reaches"
    return f"the most alike of {choice.compared:,} pairs of paragraphs, of which {reach} the threshold"


def _count_side(side: Side) -> str:
    words = f"{side.words:,} {pluralise('word', side.words)}"
    return f"paragraph {side.paragraph + 1:,} of {side.paragraphs:,}, {words}" if side.paragraphs > 1 else words


def _print_difference(found: Explanation, console: Console) -> None:
    if all(stretch.same for stretch in found.diff):
        return
    _print_heading(console, "WHAT DIFFERS", "‹A›→‹B›, ‹-in A alone›, ‹+in B alone›")
    if not any(stretch.same for stretch in found.diff):
        print_line(console, Text("not a word in the same place"), 3)
        return
    text = Text(" ").join(_render_stretch(found.diff, at) for at in range(len(found.diff[:SHOWN_STRETCHES])))
    rest = sum(not stretch.same for stretch in found.diff[SHOWN_STRETCHES:])
    print_line(console, text.append(f" … {rest} more {pluralise('change', rest)}" if rest else "", style="dim"), 3)


def _render_stretch(diff: tuple[Stretch, ...], at: int) -> Text:
    """Return a stretch with its change marked; of a long one that is alike, what stands next to changes."""
    stretch = diff[at]
    if not stretch.same:
        return mark_change(stretch.a, stretch.b)
    words = split_words(clean_text(stretch.a))
    if len(words) <= WHOLE_STRETCH:
        return Text(join_words(words))
    start = join_words(words[:CONTEXT_WORDS]) + " " if at else ""
    end = " " + join_words(words[-CONTEXT_WORDS:]) if at + 1 < len(diff) else ""
    return Text(f"{start}…{end}")


def _print_shingles(found: Explanation, console: Console) -> None:
    shingles, similarity, width = found.shingles, found.similarity, found.settings["shingle"]
    total = shingles.shared + shingles.a_only + shingles.b_only
    _print_heading(console, "SHINGLES", f"{width} {pluralise('word', width)} in a row, each counted once")
    rows = (
        ("shared", shingles.shared, shingles.shared_examples),
        ("A alone", shingles.a_only, shingles.a_examples),
        ("B alone", shingles.b_only, shingles.b_examples),
    )
    figures = max(len(f"{count:,}") for _, count, _ in rows)
    for name, count, examples in rows:
        quoted = [quote_start(example, 40) for example in examples] + ["…"] * (count > len(examples))
        _print_row(console, name, f"{count:>{figures},}", _wrap_items(quoted, console.width - ROW_INDENT))
    _print_row(console, "alike", format_percent(similarity.jaccard), f"Jaccard: {shingles.shared:,} of the {total:,} in either")
    contained = (
        f"{format_percent(similarity.a_containment)} of A's are in B, {format_percent(similarity.b_containment)} of B's in A"
    )
    _print_row(console, "", "", f"containment: {contained}")


def _print_widths(found: Explanation, console: Console) -> None:
    if len({width.jaccard for width in found.widths}) == 1:
        return
    _print_heading(console, "AT OTHER WIDTHS", f"threshold {found.settings['threshold']:g} as before")
    for width in found.widths:
        mine = "  as here" if width.shingle == found.settings["shingle"] else ""
        verdict = "a pair" if width.is_pair else "no pair"
        line = Text(f"--shingle {width.shingle:<3}  {format_percent(width.jaccard):>5}  ")
        line.append(f"{verdict:<7}", style="green" if width.is_pair else "red")
        print_line(console, line.append(mine, style="dim"), 3)


def _print_signatures(found: Explanation, console: Console) -> None:
    bands = found.bands
    _print_heading(console, "SIGNATURES", f"{bands.bands * bands.rows} minima, in {bands.bands} bands of {bands.rows}")
    _print_row(console, "minima", f"{bands.minima}", f"agree, which estimates {format_percent(found.similarity.estimate)} alike")
    shown = ", ".join(str(band + 1) for band in bands.agreeing[:SHOWN_BANDS])
    which = f" ({'no.' if len(bands.agreeing) == 1 else 'nos.'} {shown}{', …' if len(bands.agreeing) > SHOWN_BANDS else ''})"
    met = f"agree{which}: they are compared" if bands.agreeing else "agree: they are compared with --exact alone"
    _print_row(console, "bands", f"{len(bands.agreeing)}", met)
    _print_row(console, "chance", "", f"the bands see {_format_chance(bands.chance)} of all pairs that are as alike")


def _format_chance(chance: float) -> str:
    percent = chance * 100
    if 0.0 < percent < 0.1:
        return "less than 0.1 %"
    if 99.9 < percent < 100.0:
        return "more than 99.9 %"
    return f"{percent:.1f} %" if 0.0 < percent < 100.0 else f"{percent:.0f} %"


def _print_runs(found: Explanation, console: Console) -> None:
    if not found.passages:
        return
    why = "no passages: the paragraphs are a pair" if found.is_found else "passages of a report"
    _print_heading(console, "SHARED RUNS", f"{found.settings['passage_words']} words or more; {why}")
    for passage in found.passages[:SHOWN_RUNS]:
        shares = f"{format_percent(passage.a_share)} of A, {format_percent(passage.b_share)} of B"
        print_line(console, Text(f"{passage.words:,} words · {shares}"), 3)
        print_line(console, Text(quote_text(passage.a.text, QUOTED_CHARACTERS), style="dim"), 5)
    rest = len(found.passages) - SHOWN_RUNS
    if rest > 0:
        print_line(console, Text(f"… and {rest:,} more (--format json has all)", style="dim"), 3)


def _print_ways_out(found: Explanation, console: Console) -> None:
    ways = list(_list_ways_out(found))
    if ways:
        _print_heading(console, "TO PART THEM" if found.is_pair else "TO MAKE THEM A PAIR", "")
    widest = max((len(option) for option, _ in ways), default=0)
    for option, effect in ways:
        _print_hanging(console, Text(f"   {option:<{widest}}  ", style="bold"), effect)


def _list_ways_out(found: Explanation) -> Iterator[tuple[str, str]]:
    """Yield what would turn the verdict round: (option, what it does)."""
    if found.reason == "same words":
        yield "--allow FILE", "of dedup check: FILE has the texts that may repeat; nothing else parts the same words"
        return
    if found.is_pair:
        if found.dropped_from is not None:
            yield f"--threshold {found.dropped_from:g}", f"and above: they are a pair up to {found.pair_up_to:g}"
    elif found.pair_up_to is not None and found.pair_up_to >= LOWEST_THRESHOLD:
        loose = ", where much is tied that has little in common" if found.pair_up_to <= LOOSE_THRESHOLD else ""
        yield f"--threshold {found.pair_up_to:g}", f"and below{loose}"
    if found.unshortened:
        yield f"--min-words {found.unshortened.min_words}", _describe_unshortened(found.unshortened)
    for width in found.widths:
        if width.is_pair != found.is_pair and width.shingle != found.settings["shingle"]:
            yield f"--shingle {width.shingle}", f"makes them {format_percent(width.jaccard)} alike"


def _describe_unshortened(width: Width) -> str:
    return f"makes them {format_percent(width.jaccard)} alike{'' if width.is_pair else ', which is no pair yet'}"


def _print_heading(console: Console, heading: str, note: str) -> None:
    console.print()
    print_line(console, Text(heading, style="bold").append(f" · {note}" if note else "", style="not bold dim"), 0)


def _print_row(console: Console, name: str, figure: str, text: str) -> None:
    _print_hanging(console, Text(f"   {name:<8}{figure:>6}  "), text)


def _print_hanging(console: Console, head: Text, text: str) -> None:
    """Print a head and a text behind it, wrapped so that its lines stand below each other."""
    lines = Text(text).wrap(console, max(20, console.width - head.cell_len))
    for line in lines or [Text()]:
        whole = head + line
        whole.rstrip()
        console.print(whole, soft_wrap=True)
        head = Text(" " * head.cell_len)


def _wrap_items(items: list[str], width: int) -> str:
    """Return items with dots between, no item broken where it fits a line."""
    lines: list[str] = []
    for item in items:
        if lines and cell_len(f"{lines[-1]} · {item} ·") <= width:
            lines[-1] += f" · {item}"
        else:
            lines.append(item)
    return " ·\n".join(lines)
