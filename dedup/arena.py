"""Arrays in temporary files: mapped, so that they are used as any other, and let go page by page when memory gets full.

A keeper watches how much of the process is resident, and before the bound is reached it lets go of all mapped pages: their content
stays in the file, and what is used again comes back. Files have no name, so that nothing is left behind however the process
ends, and their blocks are taken beforehand, so that a full disk is an error and not a crash.
Source: madvise(2), MADV_DONTNEED on shared mappings.
Leaves out: small arrays and Python objects.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import mmap
import os
import tempfile
import threading
import time
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.numpy_memory import make_handler, set_handler

LARGE = 1 << 20
"""Bytes from which an array may lie in a file: fewer would cost more to map than they take."""
HEAP_SHARE, MOST_FILLED = 0.5, 0.75
"""Of the bound: what may be resident before arrays go into files, and before pages are let go."""
MOST_OVER, OVERSHOOT = 1.25, 280 << 20
"""How far beyond the bound a run may get, and by how much it does where it reads all over its arrays: around each place the system
maps 64 KB, hundreds of megabytes in the hundredth of a second that the keeper may have to wait for its turn."""
POLL_SECONDS = 0.004
FASTEST = 100e9
"""Bytes a second that become resident at most, on many cores: as long as the bound cannot be reached by then, nobody looks."""
ROWS_AT_ONCE = 1024
LEAST_MAPPED = 64 << 20
"""Bytes of files, Python's own among them, that have to be resident for it to be worth letting them go."""

Number = TypeVar("Number", bound=np.generic)

_READ_WRITE, _SHARED, _MAY_MOVE, _DONT_NEED, _RANDOM = 3, 1, 1, 4, 1
_FAILED = ctypes.c_void_p(-1).value


class Arena:
    """Gives memory to the arrays of threads that enter: from the heap, and from files in a folder once much is resident.

    limit: bytes. least: bytes of an array that comes from here. cached: bytes of files that the system can be expected to keep in
    its own memory. failure: why the last file could not be made, or grow. Arrays may outlive the block in which they were made.
    """

    def __init__(self, limit: int, folder: str, cached: int = 1 << 40) -> None:
        self.failure: OSError | None = None
        self.least = LARGE
        self._limit, self._folder, self._cached = limit, folder, cached
        self._mapped: dict[int, tuple[int, int]] = {}  # address -> (bytes, file descriptor)
        self._late: list[int] = []
        self._busy = threading.Lock()
        self._is_closed, self._looks_at = False, 0.0
        self._handler, self._usual = make_handler(self), None
        threading.Thread(target=self._keep, name="keeper of memory", daemon=True).start()

    def enter(self) -> None:
        """Let the arrays of this thread come from here."""
        before = set_handler(self._handler)
        if before is not self._handler:
            self._usual = before

    def leave(self) -> None:
        """Let them come from the heap again; those that are there go back to where they came from."""
        set_handler(self._usual)
        self._is_closed = True

    def is_full(self, size: int = 0) -> bool:
        """Return whether arrays of some bytes go into files by now."""
        return read_resident() + size > HEAP_SHARE * self._limit

    def allocate(self, size: int, *, zeroed: bool = False) -> int | None:
        """Return the address of some bytes, None when there is no room on the disk."""
        if self.is_full(size):
            return self._map(size)
        address: int | None = _libc().calloc(1, size) if zeroed else _libc().malloc(size)
        return address

    def resize(self, address: int | None, size: int) -> int | None:
        """Return the address of the same bytes, of which there are more or fewer now; None when there is no room on the disk."""
        if address in self._mapped:
            return self._remap(address, max(size, 1))
        in_heap = size < self.least or not self.is_full(size)
        new: int | None = _libc().realloc(address, size) if in_heap else self._map(size)
        if new and address and not in_heap:
            ctypes.memmove(new, address, min(size, _libc().malloc_usable_size(address)))
            _libc().free(address)
        return new

    def release(self, address: int | None) -> None:
        """Take bytes back; later, when the keeper is at work: no address may become something else under its hands."""
        if address not in self._mapped:
            _libc().free(address)
        elif self._busy.acquire(blocking=False):
            try:
                self._unmap(address)
            finally:
                self._busy.release()
        else:
            self._late.append(address)

    def relieve(self) -> None:
        """Let go of all mapped pages if much is resident."""
        now = time.monotonic()
        if now < self._looks_at:
            return
        resident, mapped = _read_sizes()
        room = min(MOST_FILLED * self._limit, MOST_OVER * self._limit - OVERSHOOT) - resident
        self._looks_at = now + room / FASTEST
        if room < 0 and mapped > LEAST_MAPPED:
            self._let_go()

    def _map(self, size: int) -> int | None:
        try:
            file = open_nameless(self._folder)
            try:
                os.posix_fallocate(file, 0, size)
                address = _check(_libc().mmap(None, size, _READ_WRITE, _SHARED, file, 0))
            except OSError:
                os.close(file)
                raise
        except OSError as error:
            self.failure = error
            return None
        if size + sum(size for size, _ in tuple(self._mapped.values())) <= self._cached:
            _libc().madvise(address, size, _RANDOM)  # reads nothing ahead, and brings in 64 KB around a place instead of megabytes
        self._mapped[address] = (size, file)
        if not self._is_closed:
            _working.add(self)
        return address

    def _remap(self, address: int, size: int) -> int | None:
        before, file = self._mapped[address]
        new = address
        try:
            if size > before:
                os.posix_fallocate(file, 0, size)
            with self._busy:
                del self._mapped[address]  # before the move: behind it another thread may be given this address
                try:
                    new = _check(_libc().mremap(address, before, size, _MAY_MOVE))
                    before = size
                finally:
                    self._mapped[new] = (before, file)
            if size < os.fstat(file).st_size:
                os.ftruncate(file, size)
        except OSError as error:
            self.failure = error
            return None
        return new

    def _unmap(self, address: int) -> None:
        size, file = self._mapped.pop(address)
        _libc().munmap(address, size)
        os.close(file)

    def _keep(self) -> None:
        pause = threading.Event()
        while self._mapped or not self._is_closed:
            pause.wait(POLL_SECONDS)
            self.relieve()
            if self._late:
                self._release_late()
        _working.discard(self)

    def _let_go(self) -> None:
        with self._busy:
            for address, (size, _) in tuple(self._mapped.items()):
                _libc().madvise(address, size, _DONT_NEED)

    def _release_late(self) -> None:
        with self._busy:
            while self._late:
                self._unmap(self._late.pop())


_working: set[Arena] = set()


def relieve() -> None:
    """Let go of pages if need be, where so many places are read in so little time that the keeper comes too late.

    Of what is read in a file already in memory the system maps 64 KB around each place.
    """
    for arena in tuple(_working):
        arena.relieve()


def gather(column: NDArray[Number], rows: NDArray[np.integer[Any]]) -> NDArray[Number]:
    """Return column[rows], where arrays spill some at a time, with pages let go in between."""
    if not _working:
        some: NDArray[Number] = column[rows]
        return some
    gathered = np.empty((len(rows), *column.shape[1:]), column.dtype)
    for at in range(0, len(rows), ROWS_AT_ONCE):
        relieve()
        gathered[at : at + ROWS_AT_ONCE] = column[rows[at : at + ROWS_AT_ONCE]]
    return gathered


def read_resident() -> int:
    """Return the bytes of this process that are resident."""
    return _read_sizes()[0]


def _read_sizes() -> tuple[int, int]:
    """Return the bytes that are resident, and those of them that are mapped from files."""
    resident, mapped = os.pread(_open_sizes(os.getpid()), 128, 0).split()[1:3]  # one call: each may wait for other threads
    return int(resident) * mmap.PAGESIZE, int(mapped) * mmap.PAGESIZE


@functools.cache
def _open_sizes(process: int) -> int:  # noqa: ARG001  by which it is kept
    """Return the descriptor of the file that says how large this process is, which another one forked from it would not be."""
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


def open_nameless(folder: str) -> int:
    """Return the descriptor of a new file that has no name: it is gone with its last use. Raises OSError."""
    with contextlib.suppress(OSError):
        return os.open(folder, getattr(os, "O_TMPFILE", 0) | os.O_RDWR | os.O_CLOEXEC, 0o600)
    file, name = tempfile.mkstemp(prefix="dedup-", dir=folder)  # some file systems want a name, if only for a moment
    os.unlink(name)
    return file


def _check(address: int) -> int:
    if address == _FAILED:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return address


@functools.cache
def _libc() -> Any:
    """Return the C library, of which the functions used here are declared."""
    library = ctypes.CDLL(None, use_errno=True)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    for name, result, arguments in (
        ("malloc", address, (size,)),
        ("calloc", address, (size, size)),
        ("realloc", address, (address, size)),
        ("free", None, (address,)),
        ("malloc_usable_size", size, (address,)),
        ("mmap", address, (address, size, number, number, number, ctypes.c_long)),
        ("mremap", address, (address, size, size, number)),
        ("munmap", number, (address, size)),
        ("madvise", number, (address, size, number)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
