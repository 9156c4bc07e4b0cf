"""Reports on their way out: files, standard output, and the closing lines on standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.errors import DedupError

if TYPE_CHECKING:
    from rich.console import Console

    from dedup.report import Report


def refuse_overwriting(outputs: Sequence[Path], inputs: Sequence[str | Path]) -> None:
    """Raise DedupError when an output is one of the inputs."""
    for output in outputs:
        for given in map(Path, inputs):
            if output.exists() and given.exists() and output.samefile(given):
                raise DedupError(f"{output}: is read by this very command; write to another file")


def write_reports(report: Report, outputs: Sequence[Path]) -> None:
    """Write a report to files, each in the format of its suffix."""
    for output in outputs:
        try:
            report.write(output)
        except OSError as error:
            raise DedupError(f"{output}: cannot be written ({error.strerror})") from error


def print_report(report: Report, format_: str, print_for_people: Callable[[Console], None]) -> None:
    """Print a report to standard output; print_for_people does it for people."""
    if format_ == "text":
        print_text(print_for_people)
    else:
        write_blocks_out(report.render_blocks(format_))


def print_text(print_for_people: Callable[[Console], None]) -> None:
    """Print to standard output by a console as wide as the terminal; 80 columns where there is none."""
    from rich.console import Console  # noqa: PLC0415  a twentieth of a second

    _require_output()
    printed = io.StringIO()
    console = Console(file=printed, force_terminal=sys.stdout.isatty() or None, highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = 80
    print_for_people(console)
    write_out(printed.getvalue().encode(sys.stdout.encoding, "backslashreplace"))


def write_out(content: bytes) -> None:
    """Write a result to standard output; a reader that has seen enough (`dedup audit ... | head`) is no error."""
    write_blocks_out((content,))


def write_blocks_out(blocks: Iterable[bytes]) -> None:
    """Write a result as `write_out` does, from blocks of which one at a time is held."""
    _require_output()
    try:
        sys.stdout.buffer.writelines(blocks)
        sys.stdout.buffer.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would flush the rest at exit, and fail again
        if not isinstance(error, BrokenPipeError):
            raise DedupError(f"standard output: cannot be written ({error.strerror})") from error


def _require_output() -> None:
    if sys.stdout is None:
        raise DedupError("standard output: is closed; open it, or write to a file with -o")
