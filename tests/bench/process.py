"""One command run as a whole process: its wall time, and the memory of all its processes.

Memory is sampled from /proc over the session of the process, which also holds workers that outlive their parent; where
there is no /proc only the largest process is known, from wait4.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.2  # a sample reads one line of /proc per process: under 2 % of a core
MEGABYTE = 1_000_000
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in


class ProcessError(Exception):
    """A command failed; the message is the last line of its error."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end; memory in MB, of the largest process and summed over the tree.

    cpu_seconds: of all its threads, and of the processes that it waited for.
    """

    seconds: float
    largest_mb: float
    tree_mb: float
    cpu_seconds: float


def sample_session(session: int) -> list[float]:
    """Return the resident MB of each process in a session; an empty list where there is no /proc."""
    sizes = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()  # from the third field of proc(5) on
            if int(fields[3]) == session:
                sizes.append(int(fields[21]) * resource.getpagesize() / MEGABYTE)
    return sizes


class MemoryWatch(threading.Thread):
    """Keep the peaks of a session's memory until told to stop."""

    def __init__(self, session: int) -> None:
        """Watch the session of this id, once started."""
        super().__init__(daemon=True)
        self.session, self.stopped = session, threading.Event()
        self.largest = self.tree = 0.0

    def run(self) -> None:
        """Sample until stopped."""
        while not self.stopped.wait(SAMPLE_SECONDS):
            sizes = sample_session(self.session)
            self.largest = max([self.largest, read_peak(self.session), *sizes])
            self.tree = max(self.tree, sum(sizes))


def read_peak(pid: int) -> float:
    """Return the peak of a process's resident MB so far, 0 where it is not told.

    What wait4 tells counts what the process was before it became the command as well: a copy of this script.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024 / MEGABYTE
    return 0.0


def kill_session(pid: int) -> None:
    """End the process group that this script started under this id."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def run_process(command: list[str], folder: Path, env: dict[str, str], timeout: float) -> Run:
    """Run a command in an empty folder, its output in stdout.txt and stderr.txt there, and measure it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with open(folder / "stdout.txt", "wb") as out, open(folder / "stderr.txt", "wb") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=err, start_new_session=True)
        watch, alarm = MemoryWatch(process.pid), threading.Timer(timeout, kill_session, [process.pid])
        watch.start()
        alarm.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            kill_session(process.pid)
            raise
        finally:
            seconds = time.perf_counter() - start
            alarm.cancel()
            watch.stopped.set()
            watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        late = f" (stopped after {timeout:.0f} s)" if seconds >= timeout else ""
        raise ProcessError(f"exit code {process.returncode}{late}: {last_line(folder)}")
    largest = watch.largest or usage.ru_maxrss * RSS_UNIT / MEGABYTE
    return Run(seconds, largest, max(watch.tree, largest), usage.ru_utime + usage.ru_stime)


def last_line(folder: Path) -> str:
    """Return the last line of a failed command's standard error, else of its standard output."""
    for name in ("stderr.txt", "stdout.txt"):
        lines = (folder / name).read_text(errors="replace").split("\n")
        if written := [line.strip() for line in lines if line.strip()]:
            return written[-1]
    return "no output"
