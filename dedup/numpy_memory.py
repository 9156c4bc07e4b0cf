"""Where numpy gets the memory of its arrays: a table of four functions, which a thread can exchange.

Ours are machine code: what is small goes to the C library at once, and Python is asked for the rest, with an error that is on its
way put aside, for arrays are dropped while errors pass through the functions that held them. What is freed is asked for where it
begins at a page, as all does that a source gives itself, and little else. From the interpreter's end on nobody is asked, for then
arrays are freed when the functions that would answer are gone: what begins at a page is left to the system.
Source: NEP 49, "Data allocation strategies in NumPy"; numpy's C API, PyDataMem_SetHandler.
Leaves out: what Python does then (see `arena`).
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from dedup.native import make_machine

_SET_HANDLER = 304
"""The place of PyDataMem_SetHandler in numpy's table of functions, of which none ever moves."""
_NAME = b"mem_handler"
_NEVER = (1 << 64) - 1
"""As large no array is."""

_Address, _Size = ctypes.c_void_p, ctypes.c_size_t


class Source(Protocol):
    """What gives memory; None stands for no memory, on which numpy raises MemoryError.

    least: bytes of an array for which it is asked at all.
    """

    least: int

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


_sources: dict[int, Source] = {}
"""All there ever were, by the address of what their functions are told: some arrays are freed as late as the interpreter ends."""


def make_handler(source: Source) -> Any:
    """Return what `set_handler` takes, for arrays whose memory comes from a source; both are kept for good."""
    least = _Size(source.least)
    _sources[ctypes.addressof(least)] = source
    handler = _Handler(b"dedup", 1, _Allocator(ctypes.addressof(least), *_compile_functions()))
    _keep(handler, least)
    atexit.register(setattr, least, "value", _NEVER)
    make_capsule = ctypes.pythonapi.PyCapsule_New
    make_capsule.restype, make_capsule.argtypes = ctypes.py_object, (_Address, ctypes.c_char_p, _Address)
    return make_capsule(ctypes.addressof(handler), _NAME, None)


def _keep(*things: object) -> None:
    """Keep things beyond the end of the interpreter, which frees what modules hold before the last arrays."""
    for thing in things:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def set_handler(handler: Any) -> Any:
    """Let arrays of this thread come from a handler from now on, and return the one before it."""
    return _find_setter()(handler)


@functools.cache
def _find_setter() -> Callable[[Any], Any]:
    read_capsule = ctypes.pythonapi.PyCapsule_GetPointer
    read_capsule.restype, read_capsule.argtypes = _Address, (ctypes.py_object, ctypes.c_char_p)
    table = ctypes.cast(read_capsule(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(_Address))  # type: ignore[attr-defined]
    return ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(table[_SET_HANDLER])


@functools.cache
def _compile_functions() -> tuple[int, int, int, int]:
    """Return the addresses of numpy's four functions."""
    from llvmlite import binding  # noqa: PLC0415  30 ms, for large inputs only

    callbacks = {
        "ask_allocate": _Asked(lambda at, _, size, answer: _ask(answer, _sources[at].allocate, size)),
        "ask_zeroed": _Asked(lambda at, _, size, answer: _ask(answer, functools.partial(_sources[at].allocate, zeroed=True), size)),
        "ask_resize": _Asked(lambda at, old, size, answer: _ask(answer, _sources[at].resize, old or None, size)),
        "ask_release": _Asked(lambda at, old, _, answer: _ask(answer, _sources[at].release, old or None)),
    }
    of_python = {name: getattr(ctypes.pythonapi, name) for name in _PYTHON}
    for name, function in (callbacks | of_python).items():
        binding.add_symbol(f"dedup_{name}" if name in callbacks else name, ctypes.cast(function, _Address).value)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(_CODE), make_machine())
    engine.finalize_object()
    _keep(callbacks, engine)
    malloc, calloc, realloc, free = (int(engine.get_function_address(f"dedup_{name}")) for name in _NUMPYS)
    return malloc, calloc, realloc, free


def _ask(answer: Any, function: Callable[..., int | None], *told: int | None) -> None:
    with contextlib.suppress(KeyboardInterrupt):  # which would be printed
        answer[0] = function(*told) or 0


_Asked = ctypes.CFUNCTYPE(None, _Size, _Size, _Size, ctypes.POINTER(_Size))
"""Told a source, an address and a size, of which not all ask for both, and where the answer goes."""
_NUMPYS = ("malloc", "calloc", "realloc", "free")
_PYTHON = ("PyGILState_Ensure", "PyGILState_Release", "PyErr_Fetch", "PyErr_Restore", "PyErr_SetInterrupt")


def _write_asking(name: str, *, again: bool = True) -> str:
    """Return LLVM's text of a function that asks Python, with an error that is on its way put aside.

    What interrupts the one who is asked would be lost there; so it is asked again, and the interrupt comes afterwards. To take
    bytes back is not asked again: they may be gone already.
    """
    return f"""
declare void @dedup_ask_{name}(i64, i64, i64, ptr)
define internal i64 @{name}(i64 %source, i64 %address, i64 %size) {{
  %kind = alloca i64
  %value = alloca i64
  %trace = alloca i64
  %answer = alloca i64
  store i64 -1, ptr %answer
  %state = call i32 @PyGILState_Ensure()
  call void @PyErr_Fetch(ptr %kind, ptr %value, ptr %trace)
  call void @dedup_ask_{name}(i64 %source, i64 %address, i64 %size, ptr %answer)
  %first = load i64, ptr %answer
  %is_broken = icmp eq i64 %first, -1
  br i1 %is_broken, label %{"again" if again else "interrupt"}, label %end
again:
  call void @dedup_ask_{name}(i64 %source, i64 %address, i64 %size, ptr %answer)
  %second = load i64, ptr %answer
  %is_failed = icmp eq i64 %second, -1
  br i1 %is_failed, label %fail, label %interrupt
fail:
  store i64 0, ptr %answer
  br label %end
interrupt:
  call void @PyErr_SetInterrupt()
  br label %end
end:
  %found = load i64, ptr %answer
  %kind_was = load i64, ptr %kind
  %value_was = load i64, ptr %value
  %trace_was = load i64, ptr %trace
  call void @PyErr_Restore(i64 %kind_was, i64 %value_was, i64 %trace_was)
  call void @PyGILState_Release(i32 %state)
  ret i64 %found
}}"""


_CODE = f"""
declare i32 @PyGILState_Ensure()
declare void @PyGILState_Release(i32)
declare void @PyErr_Fetch(ptr, ptr, ptr)
declare void @PyErr_Restore(i64, i64, i64)
declare i64 @malloc(i64)
declare i64 @calloc(i64, i64)
declare void @free(i64)
declare void @PyErr_SetInterrupt()
{_write_asking("allocate")}
{_write_asking("zeroed")}
{_write_asking("resize")}
{_write_asking("release", again=False)}
define i64 @dedup_malloc(i64 %source, i64 %size) {{
  %told = inttoptr i64 %source to ptr
  %least = load i64, ptr %told
  %small = icmp ult i64 %size, %least
  br i1 %small, label %heap, label %ask
heap:
  %near = call i64 @malloc(i64 %size)
  ret i64 %near
ask:
  %found = call i64 @allocate(i64 %source, i64 0, i64 %size)
  ret i64 %found
}}
define i64 @dedup_calloc(i64 %source, i64 %count, i64 %each) {{
  %size = mul i64 %count, %each
  %told = inttoptr i64 %source to ptr
  %least = load i64, ptr %told
  %small = icmp ult i64 %size, %least
  br i1 %small, label %heap, label %ask
heap:
  %near = call i64 @calloc(i64 %count, i64 %each)
  ret i64 %near
ask:
  %found = call i64 @zeroed(i64 %source, i64 0, i64 %size)
  ret i64 %found
}}
define i64 @dedup_realloc(i64 %source, i64 %address, i64 %size) {{
  %told = inttoptr i64 %source to ptr
  %least = load i64, ptr %told
  %ends = icmp eq i64 %least, -1
  br i1 %ends, label %none, label %ask
none:
  ret i64 0
ask:
  %found = call i64 @resize(i64 %source, i64 %address, i64 %size)
  ret i64 %found
}}
define void @dedup_free(i64 %source, i64 %address, i64 %size) {{
  %within = and i64 %address, 4095
  %own = icmp eq i64 %within, 0
  br i1 %own, label %large, label %heap
heap:
  call void @free(i64 %address)
  ret void
large:
  %told = inttoptr i64 %source to ptr
  %least = load i64, ptr %told
  %ends = icmp eq i64 %least, -1
  br i1 %ends, label %leave, label %ask
leave:
  ret void
ask:
  %none = call i64 @release(i64 %source, i64 %address, i64 0)
  ret void
}}
"""
"""LLVM's text, in which addresses are plain integers."""
