"""Where numpy gets the memory of its arrays: a table of four functions, which a thread can exchange.

Source: NEP 49, "Data allocation strategies in NumPy"; numpy's C API, PyDataMem_SetHandler.
Leaves out: what the functions do (see `arena`).
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

_SET_HANDLER = 304
"""The place of PyDataMem_SetHandler in numpy's table of functions, of which none ever moves."""
_NAME = b"mem_handler"

_Address, _Size = ctypes.c_void_p, ctypes.c_size_t


class Source(Protocol):
    """What gives memory; None stands for no memory, on which numpy raises MemoryError."""

    def allocate(self, size: int, *, zeroed: bool = False) -> int | None:
        """Return the address of some bytes."""

    def resize(self, address: int | None, size: int) -> int | None:
        """Return the address of the same bytes, of which there are more or fewer now."""

    def release(self, address: int | None) -> None:
        """Take bytes back."""


class _Allocator(ctypes.Structure):
    _fields_ = tuple((name, _Address) for name in ("context", "malloc", "calloc", "realloc", "free"))


class _Handler(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("allocator", _Allocator))


def make_handler(source: Source) -> Any:
    """Return what `set_handler` takes, for arrays whose memory comes from a source; it and the source are never freed.

    Some arrays are freed as late as the interpreter ends, and then still call the source.
    """
    functions = (
        ctypes.CFUNCTYPE(_Address, _Address, _Size)(lambda _, size: source.allocate(size)),
        ctypes.CFUNCTYPE(_Address, _Address, _Size, _Size)(lambda _, count, size: source.allocate(count * size, zeroed=True)),
        ctypes.CFUNCTYPE(_Address, _Address, _Address, _Size)(lambda _, address, size: source.resize(address, size)),
        ctypes.CFUNCTYPE(None, _Address, _Address, _Size)(lambda _, address, _size: source.release(address)),
    )
    addresses = (ctypes.cast(function, _Address) for function in functions)
    handler = _Handler(b"dedup", 1, _Allocator(None, *addresses))
    for kept in (source, functions, handler):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
    make_capsule = ctypes.pythonapi.PyCapsule_New
    make_capsule.restype, make_capsule.argtypes = ctypes.py_object, (_Address, ctypes.c_char_p, _Address)
    return make_capsule(ctypes.addressof(handler), _NAME, None)


def set_handler(handler: Any) -> Any:
    """Let arrays of this thread come from a handler from now on, and return the one before it."""
    return _find_setter()(handler)


@functools.cache
def _find_setter() -> Callable[[Any], Any]:
    read_capsule = ctypes.pythonapi.PyCapsule_GetPointer
    read_capsule.restype, read_capsule.argtypes = _Address, (ctypes.py_object, ctypes.c_char_p)
    table = ctypes.cast(read_capsule(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(_Address))  # type: ignore[attr-defined]
    return ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(table[_SET_HANDLER])
