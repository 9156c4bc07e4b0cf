"""`dedup clean`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from dedup.cli.options import Share, comparing_options, exact_option, gather_changes, memory_options, reading_options
from dedup.cli.output import print_text, write_out
from dedup.errors import SettingsError
from dedup.policy import DROPPED, Empty, Keep, Order
from dedup.progress import Narrator
from dedup.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from dedup.report.cleaning import Cleaning


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("-o", "--output", "folder", metavar="DIR", help="Folder to write to; never the input.")
@click.option(
    "--drop",
    multiple=True,
    metavar="KIND[:SCOPE]",
    help=f"What goes: caption, paragraph or furniture, also with :within or :across; repeatable.  [{', '.join(DROPPED)}]",
)
@click.option("--keep", type=click.Choice(get_args(Keep)), default="first", show_default=True, help="Which copy stays.")
@click.option(
    "--order",
    type=click.Choice(get_args(Order)),
    default="date",
    show_default=True,
    help="What is first: the earliest, then by name; what is given first; or the first name.",
)
@click.option(
    "--passages",
    type=click.Choice(["keep", "drop"]),
    default="keep",
    show_default=True,
    help="Whether whole sentences that stand in other paragraphs go too.",
)
@click.option("--least-words", type=click.IntRange(0), default=0, help="Paragraphs of fewer words stay, furniture aside.  [0]")
@click.option("--passage-words", type=int, help=f"Words that a copied run has at least.  [{Settings().passage_words}]")
@click.option(
    "--empty",
    type=click.Choice(get_args(Empty)),
    default="drop",
    show_default=True,
    help="What becomes of a document of which nothing stays.",
)
@click.option(
    "--max-removed",
    type=Share(),
    default="50%",
    show_default=True,
    help="Share of the words that may go; nothing is written beyond.",
)
@click.option("--dry-run", is_flag=True, help="Print the plan, write nothing.")
@click.option(
    "--restore", type=click.Path(path_type=Path), metavar="DIR", help="Print the documents that DIR was made of as JSON lines."
)
@comparing_options
@exact_option
@reading_options
@memory_options
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Of the plan.")
@click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help="Sources shown; 0 shows all.")
def clean(
    paths: tuple[str, ...],
    folder: str | None,
    drop: tuple[str, ...],
    keep: Keep,
    order: Order,
    passages: str,
    least_words: int,
    empty: Empty,
    max_removed: float,
    dry_run: bool,
    restore: Path | None,
    format_: str,
    limit: int,
    quiet: bool,
    **options: Any,
) -> int:
    """Write a corpus again without its duplicate paragraphs, and DIR/removed.jsonl: what was taken out, and why.

    PATH is a file or folder as for `dedup audit`. Each file is written below DIR in its own format and compression; what stays is
    byte for byte what it was. HTML pages and web archives come out as JSON lines of their text.
    """
    changes = gather_changes(options) | {"passages": passages == "drop"}
    if restore is not None:
        return _restore(restore, paths, folder)
    if not paths:
        raise click.UsageError("Missing argument 'PATH...'.")
    if folder is None:
        raise click.UsageError("Missing option '-o': the folder to write to.")
    from dedup.clean import clean as run_clean  # noqa: PLC0415  numpy takes a tenth of a second: not for --help
    from dedup.policy import Policy  # noqa: PLC0415  the same

    policy = Policy(drop or DROPPED, keep, order, passages == "drop", least_words, empty, max_removed)
    with Narrator(quiet) as narrator:

        def show(cleaning: Cleaning) -> None:
            narrator.close_reading(cleaning.skipped, cleaning.problems, cleaning.ignored, cleaning.decoded)
            narrator.clear()
            _print_plan(cleaning, format_, limit)

        found = run_clean(
            paths, folder, policy=policy, dry_run=dry_run, progress=narrator.advance, tell=narrator.tell, show=show, **changes
        )
    narrator.close_clean(found, Path(folder))
    return 0


def _print_plan(cleaning: Cleaning, format_: str, limit: int) -> None:
    if format_ == "json":
        write_out(cleaning.to_json().encode())
        return

    def print_it(console: Console) -> None:
        from dedup.report.as_cleaning import print_cleaning  # noqa: PLC0415  rich takes a twentieth of a second

        print_cleaning(cleaning, console, limit)

    print_text(print_it)


def _restore(folder: Path, paths: tuple[str, ...], output: str | None) -> int:
    from dedup.folder import restore  # noqa: PLC0415  see above

    if paths or output is not None:
        raise SettingsError(
            "restore: takes the folder of a clean alone; the documents are printed, so write them with > FILE.jsonl"
        )
    for document in restore(folder):
        row = {"id": document.name, "text": document.text}
        write_out(json.dumps(row, ensure_ascii=sys.stdout.isatty()).encode() + b"\n")  # what moves the cursor is escaped there
    return 0
