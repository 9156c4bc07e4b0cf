"""Freed memory given back to the system: the C library keeps it, thread by thread, where the next stage may not find it."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from typing import Any


def give_back() -> None:
    """Give back what is free; does nothing where the C library is not glibc. Takes some milliseconds a gigabyte."""
    trim = _find_trim()
    if trim:
        trim(0)


@functools.cache
def _find_trim() -> Callable[[int], Any] | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
