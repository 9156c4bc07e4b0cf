"""`dedup audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dedup.cli.engine import engine_options, run_spark
from dedup.cli.options import (
    Share,
    comparing_options,
    exact_option,
    gather_changes,
    memory_options,
    passage_options,
    reading_options,
    showing_options,
)
from dedup.cli.output import print_report, refuse_overwriting, write_reports
from dedup.progress import Narrator


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@comparing_options
@exact_option
@passage_options
@reading_options
@memory_options
@engine_options
@showing_options
@click.option("--fail-over", type=Share(), help="Exit with 1 when more of the words are duplicates (5% or 0.05).")
def audit(
    paths: tuple[str, ...],
    format_: str,
    outputs: tuple[Path, ...],
    limit: int,
    fail_over: float | None,
    quiet: bool,
    engine: str,
    master: str | None,
    work_dir: str | None,
    **options: Any,
) -> int:
    """Find repeated captions, recycled paragraphs, site furniture and copied passages in a corpus.

    PATH is a text, Markdown or HTML file, rows (JSON lines, JSON, CSV, TSV, Parquet, Arrow, Feather), a web archive, each also
    packed (.gz, .bz2, .zst), a folder of them, an address (s3://...), or - for standard input.
    """
    if engine == "local" and (master or work_dir):
        raise click.UsageError("--master and --work-dir are for --engine spark; add it, or leave them out")
    from dedup.audit import audit as run_audit  # noqa: PLC0415  numpy takes a tenth of a second: not for --help
    from dedup.report import check_output  # noqa: PLC0415

    changes = gather_changes(options)
    for output in outputs:
        check_output(output)
    refuse_overwriting(outputs, paths)
    with Narrator(quiet) as narrator:
        if engine == "spark":
            report = run_spark(paths, master, work_dir, narrator, changes)
        else:
            report = run_audit(paths, progress=narrator.advance, tell=narrator.tell, **changes)
    write_reports(report, outputs)
    narrator.close_run(report, outputs)

    def print_text(console: Any) -> None:
        from dedup.read import hide_secrets  # noqa: PLC0415
        from dedup.report.as_text import print_report as print_audit  # noqa: PLC0415

        print_audit(report, console, limit, list(map(hide_secrets, paths)))

    print_report(report, format_, print_text)
    return int(fail_over is not None and report.summary.duplicate_ratio > fail_over)
