"""The command as a shell runs it: whole standard output, whole standard error, exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

DEDUP = (sys.executable, "-m", "dedup")
HINT = "dedup: preparing: the first large run after installing compiles the kernels, some 15 s\n"
"""Told when three seconds pass before the first document; whether they do is the machine's affair."""

_SECONDS = re.compile(r"\b\d+\.\d\d s$", re.MULTILINE)
_STYLING = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "TERM", "COLORTERM", "PYTHONIOENCODING")


class Done(NamedTuple):
    """What a run left behind; the seconds it took are written S.SS s."""

    out: str
    err: str
    code: int


def make_environment(**more: str) -> dict[str, str]:
    """Return the environment without anything that styles output, and with more."""
    return {name: value for name, value in os.environ.items() if name not in _STYLING} | {"LC_ALL": "C.UTF-8"} | more


def run(folder: Path, *arguments: str, given: bytes = b"", command: tuple[str, ...] = DEDUP, **environment: str) -> Done:
    """Run dedup in a folder."""
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        env=make_environment(**environment),
        timeout=120,
        check=False,
    )
    return Done(done.stdout.decode(), mask(done.stderr.decode()), done.returncode)


def mask(told: str) -> str:
    """Return what was told with the seconds masked and the hint on slow machines left out."""
    return _SECONDS.sub("S.SS s", told.replace(HINT, ""))
