"""Options that several commands share, and what they and the settings file say together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dedup.settings import SPLITS, Settings, change_settings, describe_size, load_changes, load_showing

FORMATS = ("text", "json", "jsonl", "csv", "sarif", "github", "junit", "html")


class Share(click.ParamType[float]):
    """A share written as 5% or 0.05."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share as a float in [0, 1]."""
        try:
            share = float(value[:-1]) / 100 if str(value).endswith("%") else float(value)
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:
            self.fail(f"{value!r} is no share; write 5% or 0.05", param, ctx)
        return share


def add_options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a decorator that adds options to a command, in their order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def reading_options(command: Any) -> Any:
    """Add the options that say how to read documents; those not given come from the settings file."""
    return add_options(
        click.option("--split", type=click.Choice(SPLITS), help=f"What parts paragraphs in plain text.  [{Settings().split}]"),
        click.option(
            "--text-field", help="Field of a row with its text, by a dotted path if it lies deeper.  [text, content, body, article]"
        ),
        click.option("--id-field", help="Field of a row with its name.  [id, url, doc_id]"),
        click.option("--date-field", help="Field of a row with its date (ISO 8601): the earliest copy represents a cluster."),
        click.option("--source-field", help="Field of a row with its site.  [the host of its url, else the folder]"),
        click.option("--strict", is_flag=True, default=None, help="Stop at the first record that cannot be read."),
        click.option(
            "--max-document",
            metavar="SIZE",
            help=f"Largest document that is read, unpacked (500K, 1G).  [{describe_size(Settings().max_document)}]",
        ),
        click.option("--jobs", type=int, help="Threads.  [one a core]"),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            is_eager=True,
            callback=_take_defaults,
            help="Settings file.  [nearest dedup.toml or pyproject.toml]",
        ),
        click.option("--quiet", is_flag=True, help="Nothing on standard error but errors."),
    )(command)


def memory_options(command: Any) -> Any:
    """Add the options that say how much memory a run may take."""
    return add_options(
        click.option("--memory", metavar="SIZE", help="Memory to work in (1G); beyond it files.  [3/4 of what there is]"),
        click.option(
            "--temp-dir", type=click.Path(exists=True, file_okay=False), help="Folder for temporary files.  [TMPDIR, else /var/tmp]"
        ),
    )(command)


def comparing_options(command: Any) -> Any:
    """Add the options that say what a pair is; those not given come from the settings file."""
    usual = Settings()
    threshold = f"Exact Jaccard similarity from which two paragraphs are a pair.  [{usual.threshold}]"
    return add_options(
        click.option("--threshold", type=float, help=threshold),
        click.option("--shingle", type=int, help=f"Words in a row that are compared.  [{usual.shingle}]"),
        click.option("--min-words", type=int, help=f"Paragraphs with fewer words are compared whole.  [{usual.min_words}]"),
    )(command)


exact_option = click.option("--exact", is_flag=True, default=None, help="Compare all pairs: slower, finds every one.")


def passage_options(command: Any) -> Any:
    """Add the options of the search for runs of words in paragraphs that are not alike as a whole."""
    words = f"Words that a copied run has at least.  [{Settings().passage_words}]"
    return add_options(
        click.option("--passages/--no-passages", default=None, help="Look for runs of words copied into other paragraphs.  [on]"),
        click.option("--passage-words", type=int, help=words),
    )(command)


def showing_options(command: Any) -> Any:
    """Add the options that say how a report is shown."""
    limit_help = "Clusters shown of each kind, or lines of each draft; 0 shows all."
    return add_options(
        click.option(
            "--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="On standard output."
        ),
        click.option(
            "-o",
            "--output",
            "outputs",
            multiple=True,
            type=click.Path(path_type=Path),
            help="Also write a report: FILE.json, .jsonl, .csv, .parquet, .sarif, .xml (JUnit) or .html (a page to browse).",
        ),
        click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help=limit_help),
    )(command)


def _take_defaults(context: click.Context, _: click.Parameter, config: Path | None) -> Path | None:
    """Let the settings file say how results are shown where the command line does not."""
    defaults = load_showing(config)
    context.default_map = {"format_" if name == "format" else name: value for name, value in defaults.items()}
    return config


def gather_changes(options: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that the settings file and the command line name, by name; the command line wins."""
    changes = load_changes(options.pop("config"))
    given = {name: value for name, value in options.items() if value is not None}
    settings = change_settings(change_settings(Settings(), changes), given, "command line")
    return {name: getattr(settings, name) for name in changes | given}
