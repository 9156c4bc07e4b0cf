"""The command line: parses, calls one library function, renders what it returns, and gives the exit code.

0 clean or done, 1 findings over the limit, 2 could not run, 3 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys

import click

from dedup.cli.audit import audit
from dedup.cli.check import check
from dedup.cli.clean import clean
from dedup.cli.explain import explain
from dedup.cli.index import index
from dedup.cli.output import write_out
from dedup.errors import DedupError
from dedup.progress import make_visible
from dedup.version import __version__

DONE, FINDINGS, REFUSED, FAULT, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> None:
    """Run the command line and end the process, which is ours alone: what only costs time in it is switched off.

    Nearly all that a run makes lives to its end, so that looking for cycles finds none (a tenth of the time), and taking it
    apart at exit is work for nothing (another tenth): the process ends as soon as everything is written. No matrices are
    multiplied, and the threads that numpy would start for that take a fifth of its own start.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dedup")
def dedup() -> None:
    """Find text that is there twice: repeated captions, recycled paragraphs, site furniture."""


dedup.add_command(audit)
dedup.add_command(check)
dedup.add_command(clean)
dedup.add_command(index)
dedup.add_command(explain)


@dedup.command()
def schema() -> int:
    """Print the JSON Schema of the report."""
    from dedup.report import report_schema  # noqa: PLC0415

    write_out(json.dumps(report_schema(), indent=2).encode() + b"\n")
    return DONE
