"""Kernels as object code: compiled once by numba, kept in a file, and from then on loaded by LLVM without numba.

Starting numba and what it kept takes .4 s, as long as an audit of five megabytes; loading these kernels takes .06 s with LLVM's
start. That works because a kernel neither allocates nor raises: all its memory is handed to it, so that its object code calls
nobody (which is checked when it is compiled). Arrays go in as address and shape, so they have to be contiguous.
Source: numba's `cfunc` and its LLVM text; llvmlite's MCJIT, by which numba runs its own functions as well.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import numpy as np

Native = Callable[..., int]

_DIGEST_BYTES = 16
_HARMLESS = ("llvm.", "mem", "ceil", "floor")
"""What object code may call: LLVM's own, memset and memcpy, rounding; all in the C library of every process."""
_SCALARS = {"i": ctypes.c_int64, "f": ctypes.c_double}

_lock = threading.Lock()


class KernelError(Exception):
    """A kernel is written in a way that cannot be compiled to code that stands alone: a fault of ours."""


def describe_arguments(arguments: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the type of each argument: "u4/1" (uint32, one dimension), "i" (an integer) or "f" (a float)."""
    return tuple(
        f"{argument.dtype.str[1:]}/{argument.ndim}"
        if isinstance(argument, np.ndarray)
        else ("f" if isinstance(argument, float | np.floating) else "i")
        for argument in arguments
    )


def is_kept(module: str, name: str) -> bool:
    """Return whether any object code of a kernel is kept, of whatever types and age."""
    return any(any(folder.glob(f"{Path(module).stem}.{name}-*.o")) for folder in _folders(module))


def load_native(function: Callable[..., Any], module: str, types: tuple[str, ...], sources: bytes) -> Native:
    """Return a kernel as a native function over arguments of these types, which returns an integer (0 where it returns nothing).

    module: the file that it is written in; sources: all that its code hangs on. What is kept is loaded; else it is compiled
    (a second or two) and kept, where a folder can be written to.
    """
    with _lock:
        symbol = "dedup_" + blake2b(sources + f"{types} {_target()}".encode(), digest_size=12).hexdigest()
        file_name = f"{Path(module).stem}.{function.__name__}-{symbol}.o"
        code = next(filter(None, (_read(folder / file_name) for folder in _folders(module))), None)
        if code is None:
            code = _compile(function, types, symbol)
            _keep(_folders(module), file_name, code)
        address = _load(code, symbol)
    entry = ctypes.CFUNCTYPE(ctypes.c_int64, *_parameters(types))(address)
    return functools.partial(_call, entry)


def _call(entry: Callable[..., int], *arguments: Any) -> int:
    flat: list[Any] = []
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            if not argument.flags.c_contiguous:
                raise ValueError("a kernel takes contiguous arrays only")
            flat += (argument.ctypes.data, *argument.shape)
        else:
            flat.append(argument)
    return entry(*flat)


def _parameters(types: tuple[str, ...]) -> list[Any]:
    parameters: list[Any] = []
    for kind in types:
        _, _, dimensions = kind.partition("/")
        parameters += [ctypes.c_void_p] + [ctypes.c_int64] * int(dimensions) if dimensions else [_SCALARS[kind]]
    return parameters


def _folders(module: str) -> list[Path]:
    chosen = os.environ.get("DEDUP_CACHE_DIR")
    if chosen:
        return [Path(chosen)]
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [Path(module).parent / "__pycache__", users / "dedup"]


def _read(path: Path) -> bytes | None:
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, code = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
    return code if blake2b(code, digest_size=_DIGEST_BYTES).digest() == digest else None


def _keep(folders: list[Path], file_name: str, code: bytes) -> None:
    for folder in folders:
        whole, half = folder / file_name, folder / f"{file_name}.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(blake2b(code, digest_size=_DIGEST_BYTES).digest() + code)
            half.replace(whole)
        except OSError:
            continue
        return


@functools.cache
def _target() -> tuple[str, str, str]:
    """Return (LLVM's version, processor, its features)."""
    import llvmlite  # noqa: PLC0415
    from llvmlite import binding  # noqa: PLC0415

    try:
        features = binding.get_host_cpu_features().flatten()
    except RuntimeError:  # not known of every kind of processor
        features = ""
    return llvmlite.__version__, binding.get_host_cpu_name(), features


def make_machine() -> Any:
    """Return LLVM's description of this machine, to make code for."""
    from llvmlite import binding  # noqa: PLC0415

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    _, processor, features = _target()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(processor, features, opt=3, reloc="default", codemodel="jitdefault", jit=True)


@functools.cache
def _engine() -> Any:
    from llvmlite import binding  # noqa: PLC0415

    machine = make_machine()
    return binding.create_mcjit_compiler(binding.parse_assembly(""), machine)


@functools.cache
def _load(code: bytes, symbol: str) -> int:
    from llvmlite import binding  # noqa: PLC0415

    engine = _engine()
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return int(engine.get_function_address(symbol))


def _compile(function: Callable[..., Any], types: tuple[str, ...], symbol: str) -> bytes:
    from llvmlite import binding  # noqa: PLC0415
    from numba import cfunc  # noqa: PLC0415

    entry = cfunc(_signature(types))(_write_entry(function, types))
    module = binding.parse_assembly(entry.inspect_llvm())
    for part in (*module.functions, *module.global_variables):
        if part.name == entry.native_name:
            part.name = symbol
        elif not part.is_declaration:
            part.linkage = "internal"  # nobody else uses it: LLVM may drop what never happens, such as errors
    machine = make_machine()
    passes = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)
    for part in (*module.functions, *module.global_variables):
        if part.is_declaration and not part.name.startswith(_HARMLESS):
            raise KernelError(f"{function.__name__}: a kernel may neither allocate nor raise, this one calls {part.name}")
    return bytes(machine.emit_object(module))


def _signature(types: tuple[str, ...]) -> Any:
    """Return numba's signature of the entry: an address and a shape for each array."""
    from numba import from_dtype  # noqa: PLC0415
    from numba import types as numba_types  # noqa: PLC0415

    parameters: list[Any] = []
    for kind in types:
        dtype, _, dimensions = kind.partition("/")
        if dimensions:
            address = numba_types.CPointer(from_dtype(np.dtype(dtype)))  # type: ignore[no-untyped-call]
            parameters += [address, *[numba_types.int64] * int(dimensions)]
        else:
            parameters.append(numba_types.float64 if kind == "f" else numba_types.int64)
    return numba_types.int64(*parameters)


def _write_entry(function: Callable[..., Any], types: tuple[str, ...]) -> Callable[..., int]:
    """Return a function over addresses and shapes that calls the kernel over arrays."""
    from numba import carray, njit  # type: ignore[attr-defined]  # noqa: PLC0415

    parameters, arguments = [], []
    for i, kind in enumerate(types):
        dimensions = int(kind.partition("/")[2] or 0)
        shape = [f"n{i}_{dimension}" for dimension in range(dimensions)]
        parameters += [f"a{i}", *shape]
        arguments.append(f"carray(a{i}, ({', '.join(shape)},))" if shape else f"a{i}")
    source = f"def entry({', '.join(parameters)}):\n    return as_integer(kernel({', '.join(arguments)}))"
    names = {"carray": carray, "kernel": compile_part(function), "as_integer": njit(_as_integer)}
    exec(source, names)
    return cast("Callable[..., int]", names["entry"])


def _as_integer(value):  # type: ignore[no-untyped-def]
    if value is None:
        return 0
    return value


def compile_part(function: Callable[..., Any]) -> Any:
    """Return a function as compiled by numba, for kernels to call."""
    from numba import njit  # noqa: PLC0415

    return njit(nogil=True, error_model="numpy")(function)
