"""`dedup index`: the library's verbs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.options import comparing_options, gather_changes, memory_options, passage_options, reading_options
from dedup.cli.output import write_out
from dedup.progress import Narrator

if TYPE_CHECKING:
    from dedup.index import Index, Mode

_path = click.argument("path", metavar="INDEX", type=click.Path(path_type=Path))


@click.group()
def index() -> None:
    """Make and keep an index of published documents, for `dedup check`."""


@index.command()
@_path
@click.argument("inputs", nargs=-1, metavar="PATH...")
@click.option("--from-spark", metavar="DIR", help="Instead of PATH..., the work folder of an audit with --engine spark.")
@comparing_options
@passage_options
@reading_options
@memory_options
def add(path: Path, inputs: tuple[str, ...], from_spark: str | None, quiet: bool, **options: Any) -> int:
    """Put documents into INDEX, in place of those of the same name; INDEX is made when it is missing.

    Documents that are there unchanged are passed over. PATH is a file or folder as for `dedup audit`.
    """
    if bool(inputs) == bool(from_spark):
        raise click.UsageError("PATH... and --from-spark exclude each other." if inputs else "Missing argument 'PATH...'.")
    with Narrator(quiet) as narrator:
        opened = _open(path, "c", **gather_changes(options))
        if from_spark:
            added = opened.add_from_spark(from_spark, progress=narrator.advance, tell=narrator.tell)
        else:
            added = opened.add(inputs, progress=narrator.advance, tell=narrator.tell)
    narrator.close_reading(added.skipped, added.problems, added.ignored, added.decoded)
    changes = added.changes
    narrator.say(f"{path}: {changes.added:,} added, {changes.replaced:,} replaced, {changes.unchanged:,} unchanged")
    return 0


@index.command()
@_path
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--quiet", is_flag=True, help="Nothing on standard error but errors.")
def remove(path: Path, names: tuple[str, ...], quiet: bool) -> int:
    """Take documents out of INDEX by name: all, or none when one of them is not there."""
    removed = _open(path, "w").remove(names).removed
    Narrator(quiet).say(f"{path}: {removed:,} removed")
    return 0


@index.command()
@_path
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def info(path: Path, format_: str) -> int:
    """Tell what INDEX holds and what it was built with."""
    from dedup.report.as_info import render_info  # noqa: PLC0415

    write_out(render_info(_open(path, "r").info(), format_).encode())
    return 0


@index.command()
@_path
@click.option("--quiet", is_flag=True, help="Nothing on standard error but errors.")
def verify(path: Path, quiet: bool) -> int:
    """Look INDEX over: the file, its tables, and its postings against keys made anew. Exits with 2 when something is wrong."""
    from dedup.errors import StoreError  # noqa: PLC0415

    faults = _open(path, "r").verify()
    if faults:
        write_out("".join(f"{fault}\n" for fault in faults).encode())
        raise StoreError(f"{path}: is damaged; restore it from a copy, or build it anew with `dedup index add`")
    Narrator(quiet).say(f"{path}: sound")
    return 0


@index.command()
@_path
@click.option("--quiet", is_flag=True, help="Nothing on standard error but errors.")
def compact(path: Path, quiet: bool) -> int:
    """Give back the room that removed and replaced documents left in INDEX."""
    before, after = _open(path, "w").compact()
    Narrator(quiet).say(f"{path}: {before:,} bytes before, {after:,} now")
    return 0


def _open(path: Path, mode: Mode, **changes: Any) -> Index:
    from dedup.index import Index  # noqa: PLC0415  numpy takes a tenth of a second: not for --help

    return Index.open(path, mode, **changes)
