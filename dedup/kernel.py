"""Kernels: one Python source each, run as it stands on small inputs and compiled by numba for large ones.

Starting numba takes a third of a second, and compiling all kernels, once after installing, some 15; one article is through in
less than the one, a folder of fifty in less than the other. So a kernel weighs what a call would take uncompiled against that,
and numba is not even imported until a call is worth it.
Source: numba's `_numba_type_` protocol, by which one compiled function finds another, and the file names of its cache.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import Any

import numpy as np

WORTH_COMPILING, WORTH_STARTING, WORTH_LOADING = 2_000_000, 200_000, 10_000
"""Microseconds of uncompiled work in one call that outweigh compiling the kernel's like for the first time, else starting numba,
and, once numba runs, reading a kernel from its cache."""


class Part:
    """A function that kernels call: plain Python, or compiled into them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run as plain Python."""
        return self.function(*arguments)

    @cached_property
    def compiled(self) -> Any:
        """Return the function as compiled by numba; what was compiled once is read from its cache."""
        from numba import njit  # noqa: PLC0415

        return njit(cache=True, nogil=True)(self.function)

    @property
    def _numba_type_(self) -> Any:
        return self.compiled._numba_type_


class Kernel(Part):
    """A function over arrays that is worth compiling when they are large.

    microseconds: what an element of its arrays costs uncompiled, about. Arithmetic wraps around the same in both ways of running.
    """

    def __init__(self, function: Callable[..., Any], microseconds: float) -> None:
        super().__init__(function)
        self._microseconds = microseconds

    def __call__(self, *arguments: Any) -> Any:
        """Run as plain Python or compiled, whichever is sooner done; the result is the same."""
        n_elements = sum(argument.size for argument in arguments if isinstance(argument, np.ndarray))
        if n_elements * self._microseconds > self._find_worth():
            return self.compiled(*arguments)
        with np.errstate(over="ignore"):
            return self.function(*arguments)

    def _find_worth(self) -> float:
        if "numba" in sys.modules:
            return WORTH_LOADING
        return WORTH_STARTING if self._is_cached else WORTH_COMPILING

    @cached_property
    def _is_cached(self) -> bool:
        source = Path(self.function.__code__.co_filename)
        wanted = f"{source.stem}.{self.function.__qualname__}-*.nbi"
        if any((source.parent / "__pycache__").glob(wanted)):
            return True
        elsewhere = (
            os.environ.get("NUMBA_CACHE_DIR") or Path.home() / ".cache" / "numba"
        )  # the latter where the package is read-only
        return any(Path(elsewhere).rglob(wanted))


def kernel(microseconds: float) -> Callable[[Callable[..., Any]], Kernel]:
    """Make a function a kernel: `@kernel(microseconds=3)`."""
    return lambda function: Kernel(function, microseconds)
