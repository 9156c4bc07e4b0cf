"""`dedup audit --engine spark`: the options, and the only session of Spark that dedup makes by itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.options import add_options
from dedup.errors import DedupError
from dedup.progress import Narrator

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from dedup.report import Report

WORK_DIR = "dedup-work"


def engine_options(command: Any) -> Any:
    """Add the options that say what runs an audit, and where."""
    return add_options(
        click.option("--engine", type=click.Choice(("local", "spark")), default="local", show_default=True, help="What runs it."),
        click.option("--master", metavar="URL", help="Spark's master (local[4], yarn, spark://...), or sc://... of a server."),
        click.option("--work-dir", metavar="DIR", help=f"Folder of Spark's stages, from which a rerun goes on.  [{WORK_DIR}]"),
    )(command)


def run_spark(
    paths: Sequence[str], master: str | None, work_dir: str | None, narrator: Narrator, changes: dict[str, Any]
) -> Report:
    """Return the report of an audit on Spark, and say where its tables are."""
    with _open_session(master) as session:
        from dedup.spark import audit  # noqa: PLC0415  numpy takes a tenth of a second: not for --help

        report = audit(session, paths, work_dir=work_dir or WORK_DIR, progress=narrator.advance, **changes)
    narrator.say(f"wrote the tables of the result below {(work_dir or WORK_DIR).rstrip('/')}/result")
    n_told = len(report.clusters)
    if n_told < report.summary.clusters:
        narrator.say(f"this report has the {n_told:,} clusters with most words of {report.summary.clusters:,}; the tables have all")
    return report


@contextmanager
def _open_session(master: str | None) -> Iterator[SparkSession]:
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415  pyspark is an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415  the same
    except ImportError as error:
        raise DedupError("--engine spark: needs the package pyspark; pip install 'dedup[spark]'") from error
    builder = SparkSession.builder.appName("dedup audit").config("spark.ui.showConsoleProgress", "false")
    if master and master.startswith("sc://"):
        builder = builder.remote(master)
    elif master:
        builder = builder.master(master)
    if not master or master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers of this machine have what this process has
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        session = builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise DedupError(f"--engine spark: no session of Spark ({error}); is Java 17 there, and is --master right?") from error
    try:
        yield session
    finally:
        session.stop()
