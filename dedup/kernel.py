"""Kernels: one Python source each, run as it stands on small inputs and as native code on large ones.

Compiling all kernels takes some 15 s, once after installing; getting ready to run what is kept of that takes a twentieth of a
second. A kernel weighs what its calls would take as plain Python against that, so that one article never waits for a compiler.

A kernel changes arrays that its caller made and returns an integer or nothing; it neither allocates nor raises (see `native`).
Where the room that it needs cannot be known before, it stops when it runs out and tells how far it has come.
Source: numba's `_numba_type_` protocol, by which one compiled function finds another.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any

import numpy as np

from dedup.native import Native, compile_part, describe_arguments, is_kept, load_native

WORTH_COMPILING, WORTH_STARTING, WORTH_LOADING = 2_000_000, 20_000, 1_500
"""Microseconds of plain Python in a process that outweigh starting numba and compiling the kernel, else starting LLVM, and, once
either runs, making the kernel ready too (the first large run compiles all kernels, so that later runs find them). Starting LLVM
takes 45,000; but where one kernel has that much to do, those after it have more."""


class Part:
    """A function that kernels call: plain Python, or compiled into them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Run as plain Python."""
        return self.function(*arguments)

    @cached_property
    def _compiled(self) -> Any:
        return compile_part(self.function)

    @property
    def _numba_type_(self) -> Any:
        return self._compiled._numba_type_


class Kernel(Part):
    """A function over arrays (the first says how much there is to do) that is worth running as native code when they are large.

    microseconds: what an element of its first array costs in plain Python, about. Arithmetic wraps around the same in both.
    """

    def __init__(self, function: Callable[..., Any], microseconds: float) -> None:
        super().__init__(function)
        self._microseconds = microseconds
        self._spent = 0.0
        self._natives: dict[tuple[str, ...], Native] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Run as plain Python or as native code, whichever is sooner done; what it writes and returns is the same."""
        types = describe_arguments(arguments)
        native = self._natives.get(types)
        if native is None:
            self._spent += arguments[0].size * self._microseconds
            if self._spent <= self._find_worth():
                return self.run_plain(*arguments)
            native = self._natives[types] = load_native(self.function, self._module, types, self._sources)
        return native(*arguments)

    def run_plain(self, *arguments: Any) -> Any:
        """Run as plain Python."""
        with np.errstate(over="ignore"):
            return self.function(*arguments)

    def _find_worth(self) -> float:
        if self._is_kept:
            return WORTH_LOADING if "llvmlite.binding" in sys.modules else WORTH_STARTING
        return WORTH_LOADING if "numba" in sys.modules else WORTH_COMPILING

    @property
    def _module(self) -> str:
        return self.function.__code__.co_filename

    @cached_property
    def _is_kept(self) -> bool:
        return is_kept(self._module, self.function.__name__)

    @property
    def _sources(self) -> bytes:
        """Return all that the compiled code hangs on: of each module with a part of it, the source and the numbers that it uses."""
        seen: dict[str, str] = {}
        parts = [self.function]
        while parts:
            function = parts.pop()
            path, names = function.__code__.co_filename, function.__globals__
            if path not in seen:
                constants = sorted(
                    (name, repr(value)) for name, value in names.items() if isinstance(value, int | float | np.generic)
                )
                seen[path] = f"{linecache.getlines(path)}{constants}"
                parts += [part.function for part in names.values() if isinstance(part, Part)]
        return repr(sorted(seen.values())).encode()


def kernel(microseconds: float) -> Callable[[Callable[..., Any]], Kernel]:
    """Make a function a kernel: `@kernel(microseconds=3)`."""
    return lambda function: Kernel(function, microseconds)
