"""`dedup check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

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
@click.argument("paths", nargs=-1, required=True, metavar="DRAFT...")
@click.option(
    "--index", type=click.Path(path_type=Path), help="Hold the drafts against this index; without it, against each other."
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="KIND[:SCOPE]",
    help="What counts as a finding: caption, paragraph, passage or furniture, also with :within or :across; repeatable."
    "  [everything but furniture]",
)
@click.option("--max-findings", type=click.IntRange(0), help="Findings that still pass.")
@click.option("--max-ratio", type=Share(), help="Share of the words in findings that still passes (5% or 0.05).")
@click.option("--baseline", type=click.Path(path_type=Path), help="Leave out the findings of this file.")
@click.option("--write-baseline", type=click.Path(path_type=Path), help="Write the findings to a baseline file, and exit with 0.")
@click.option("--allow", type=click.Path(path_type=Path), help="Texts that may repeat, blank lines between.")
@comparing_options
@passage_options
@exact_option
@reading_options
@memory_options
@showing_options
def check(
    paths: tuple[str, ...],
    index: Path | None,
    fail_on: tuple[str, ...],
    max_findings: int | None,
    max_ratio: float | None,
    baseline: Path | None,
    write_baseline: Path | None,
    allow: Path | None,
    format_: str,
    outputs: tuple[Path, ...],
    limit: int,
    quiet: bool,
    **options: Any,
) -> int:
    """Hold drafts against an index of published documents, against each other and against themselves.

    DRAFT is a file or folder as for `dedup audit`. Exits with 1 on findings over the limits: without --max-findings and
    --max-ratio, on any.
    """
    from dedup.check import check as run_check  # noqa: PLC0415  numpy takes a tenth of a second: not for --help
    from dedup.limits import Limits, check_baseline, read_allowed, read_baseline  # noqa: PLC0415
    from dedup.limits import write_baseline as write_findings  # noqa: PLC0415
    from dedup.report import check_output  # noqa: PLC0415

    changes = gather_changes(options)
    for output in outputs:
        check_output(output)
    if write_baseline:
        check_baseline(write_baseline)
    refuse_overwriting([*outputs, *filter(None, [write_baseline])], [*paths, *filter(None, [index])])
    limits = Limits(fail_on or Limits().fail_on, max_findings, max_ratio)
    known = read_baseline(baseline) if baseline else {}
    allowed = read_allowed(allow) if allow else ()
    with Narrator(quiet) as narrator:
        report = run_check(
            paths,
            index,
            limits=limits,
            baseline=known,
            allow=allowed,
            progress=narrator.advance,
            tell=narrator.tell,
            **changes,
        )
    write_reports(report, outputs)
    if write_baseline:
        write_findings(write_baseline, report.findings, known, report.names)
    narrator.close_check(report, (*outputs, *filter(None, [write_baseline])))

    def print_text(console: Any) -> None:
        from dedup.report.as_check import print_check  # noqa: PLC0415

        print_check(report, console, limit)

    print_report(report, format_, print_text)
    return int(report.is_over_limits and not write_baseline)
