"""The command line: parses, calls one library function, renders what it returns, and gives the exit code.

0 clean or done, 1 findings over the limit, 2 could not run, 3 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dedup.errors import DedupError
from dedup.progress import Narrator, make_visible
from dedup.settings import SPLITS, Settings, change_settings, load_settings, load_showing
from dedup.version import __version__

if TYPE_CHECKING:
    from dedup.report import Report

DONE, FINDINGS, REFUSED, FAULT, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> None:
    """Run the command line and end the process, which is ours alone: what only costs time in it is switched off.

    Nearly all that a run makes lives to its end, so that looking for cycles finds none (a tenth of the time), and taking it
    apart at exit is work for nothing (another tenth): the process ends as soon as everything is written.
    """
    gc.disable()
    code = run()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def run() -> int:
    """Run the command line and return its exit code; the one place where errors become messages and codes."""
    try:
        code: int | None = dedup.main(standalone_mode=False)
    except click.exceptions.Exit as stopped:
        code = stopped.exit_code
    except click.ClickException as error:
        error.show()
        code = REFUSED
    except DedupError as error:
        click.echo(f"dedup: {make_visible(str(error))}", err=True)
        code = REFUSED
    except (KeyboardInterrupt, click.Abort):
        click.echo("dedup: interrupted", err=True)
        code = INTERRUPTED
    except Exception:  # whatever it is, it is our fault, and the traceback says where
        sys.excepthook(*sys.exc_info())
        click.echo("dedup: this is a fault of dedup's; please report it with the lines above", err=True)
        code = FAULT
    return code or DONE


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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dedup")
def dedup() -> None:
    """Find text that is there twice: repeated captions, recycled paragraphs, site furniture."""


def comparing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how to read and compare; those not given come from the configuration file."""
    usual = Settings()
    options = (
        click.option(
            "--threshold", type=float, help=f"Exact Jaccard similarity from which two paragraphs are a pair.  [{usual.threshold}]"
        ),
        click.option("--shingle", type=int, help=f"Words in a row that are compared.  [{usual.shingle}]"),
        click.option("--min-words", type=int, help=f"Paragraphs with fewer words are compared whole.  [{usual.min_words}]"),
        click.option("--split", type=click.Choice(SPLITS), help=f"What parts paragraphs in plain text.  [{usual.split}]"),
        click.option("--exact", is_flag=True, default=None, help="Compare all pairs: slower, finds every one."),
        click.option("--text-field", help="Field of a row with its text.  [text, content, body, article]"),
        click.option("--id-field", help="Field of a row with its name.  [id, url, doc_id]"),
        click.option("--date-field", help="Field of a row with its date (ISO 8601): the earliest copy represents a cluster."),
        click.option("--source-field", help="Field of a row with its site.  [the host of its url, else the folder]"),
        click.option("--strict", is_flag=True, default=None, help="Stop at the first record that cannot be read."),
        click.option("--jobs", type=int, help="Threads.  [one a core]"),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            is_eager=True,
            callback=_take_defaults,
            help="Settings file.  [nearest dedup.toml or pyproject.toml]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _take_defaults(context: click.Context, _: click.Parameter, config: Path | None) -> Path | None:
    """Let the settings file say how results are shown where the command line does not."""
    defaults = load_showing(config)
    context.default_map = {"format_" if name == "format" else name: value for name, value in defaults.items()}
    return config


@dedup.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@comparing_options
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="On standard output."
)
@click.option("-o", "--output", "outputs", multiple=True, type=click.Path(path_type=Path), help="Also write a report: FILE.json.")
@click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help="Clusters shown of each kind; 0 shows all.")
@click.option("--fail-over", type=Share(), help="Exit with 1 when more of the words are duplicates (5% or 0.05).")
@click.option("--quiet", is_flag=True, help="Nothing on standard error but errors.")
def audit(
    paths: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    limit: int,
    fail_over: float | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Find repeated captions, recycled paragraphs and site furniture in a corpus.

    PATH is a text, Markdown or JSON-lines file (also .gz and .bz2), a folder of them, or - for standard input.
    """
    from dedup.audit import audit as run_audit  # noqa: PLC0415  numpy takes a tenth of a second: not for --help
    from dedup.report import check_output  # noqa: PLC0415

    settings = _gather_settings(options)
    for output in outputs:
        check_output(output)
    with Narrator(quiet) as narrator:
        report = run_audit(paths, settings, progress=narrator.advance, tell=narrator.tell)
    for output in outputs:
        try:
            report.write(output)
        except OSError as error:
            raise DedupError(f"{output}: cannot be written ({error.strerror})") from error
    narrator.close_run(report, outputs)
    _print_report(report, format_, limit, paths)
    return FINDINGS if fail_over is not None and report.summary.duplicate_ratio > fail_over else DONE


@dedup.command()
def schema() -> int:
    """Print the JSON Schema of the report."""
    from dedup.report import report_schema  # noqa: PLC0415

    _write_out(json.dumps(report_schema(), indent=2).encode() + b"\n")
    return DONE


def _gather_settings(options: dict[str, Any]) -> Settings:
    config = options.pop("config")
    given = {name: value for name, value in options.items() if value is not None}
    return change_settings(load_settings(config), given, "command line")


def _print_report(report: Report, format_: str, limit: int, paths: tuple[str, ...]) -> None:
    if format_ == "json":
        _write_out(report.to_json().encode())
        return
    from rich.console import Console  # noqa: PLC0415  a twentieth of a second

    from dedup.report.as_text import print_report  # noqa: PLC0415

    printed = io.StringIO()
    console = Console(file=printed, force_terminal=sys.stdout.isatty() or None, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = 80
    print_report(report, console, limit, paths)
    _write_out(printed.getvalue().encode(sys.stdout.encoding, "backslashreplace"))


def _write_out(content: bytes) -> None:
    """Write a result to standard output; a reader that has seen enough (`dedup audit ... | head`) is no error."""
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would flush the rest at exit, and fail again
        if not isinstance(error, BrokenPipeError):
            raise DedupError(f"standard output: cannot be written ({error.strerror})") from error
