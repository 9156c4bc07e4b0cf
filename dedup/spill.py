"""Memory within a bound: once a run has filled a part of it, large arrays lie in temporary files (see `arena`).

No stage spills by itself: numpy asks for the memory of every array, and gets it from a file where the heap has enough. So reports
are the same with and without spilling.
Leaves out: systems other than Linux, where nothing is bounded.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dedup.arena import Arena, open_nameless, read_resident
from dedup.errors import SettingsError, SpillError

LEAST_FILLED = 0.25
"""Of the bound, from where on arrays come from the arena: what a run reads grows three times as large by its end."""
DEFAULT_SHARE, CACHED_SHARE = 0.75, 0.5
"""Of the memory that there is: what a run may take, and what of its files the system can be expected to hold besides."""
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class Spill:
    """The memory of one run.

    limit: bytes resident at most, 0 for DEFAULT_SHARE of what there is. folder: for temporary files; "" for TMPDIR or /var/tmp,
    which unlike /tmp is seldom memory. Raises SettingsError when no file can be made there.
    """

    def __init__(self, limit: int = 0, folder: str = "") -> None:
        self._arena: Arena | None = None
        self._is_moved = False
        self._limit, self._folder = limit or int(find_memory() * DEFAULT_SHARE), folder or _find_folder()
        if folder:
            _check_folder(folder)

    @property
    def is_on(self) -> bool:
        """Return whether large arrays come from the arena by now."""
        return self._arena is not None

    def watch(self) -> bool:
        """Begin to spill, in this thread, if the time has come; return, once, that what grows is to move into files."""
        if not self.is_on and sys.platform == "linux" and read_resident() > LEAST_FILLED * self._limit:
            self._arena = Arena(self._limit, self._folder, int(find_memory() * CACHED_SHARE))
            self.enter()
        if not self._arena or self._is_moved or not self._arena.is_full():
            return False
        self._is_moved = True
        return True

    def enter(self) -> None:
        """Let the arrays of this thread spill too, if others do."""
        if self._arena:
            self._arena.enter()

    def start_pool(self, n_threads: int) -> Executor:
        """Return threads whose arrays spill too."""
        return _Pool(n_threads, self)

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        """Let the arrays of a block spill. Raises SpillError when there is no room left for them."""
        try:
            yield
        except MemoryError as error:
            if not (self._arena and self._arena.failure):
                raise
            raise SpillError(
                f"{self._folder}: no room for temporary files ({self._arena.failure.strerror}); make some, "
                "name another folder with --temp-dir, or allow more --memory"
            ) from error
        finally:
            if self._arena:
                self._arena.leave()


class _Pool(ThreadPoolExecutor):
    def __init__(self, n_threads: int, spill: Spill) -> None:
        super().__init__(n_threads)
        self._spill = spill

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Wait for what is under way, after an error for nothing that is still to begin."""
        self.shutdown(cancel_futures=kind is not None)

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        def run() -> Any:
            self._spill.enter()
            return function(*arguments, **named)

        return super().submit(run)


def find_memory() -> int:
    """Return the bytes of memory that this process may take: the machine's, or what its control group allows."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in map(Path, _LIMITS):
        with contextlib.suppress(OSError, ValueError):
            sizes.append(int(path.read_text()))
    return min(sizes)


def _find_folder() -> str:
    return os.environ.get("TMPDIR") or ("/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir())


def _check_folder(folder: str) -> None:
    try:
        os.close(open_nameless(folder))
    except OSError as error:
        raise SettingsError(f"temp-dir: {folder}: no file can be made there ({error.strerror}); name another folder") from error
