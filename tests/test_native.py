"""Native kernels: what is compiled equals plain Python, is kept whole or not at all, and needs no numba once it is kept."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dedup import native
from dedup.native import KernelError, describe_arguments, load_native


def scale(values, factor, shift, out):
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            out[i, j] = np.float64(values[i, j]) * factor + shift
    return values.size


def reverse(values):
    for i in range(len(values) // 2):
        values[i], values[-1 - i] = values[-1 - i], values[i]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEDUP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    compile_kernel = native._compile
    monkeypatch.setattr(native, "_compile", lambda *described: done.append(described[2]) or compile_kernel(*described))
    return done


def test_arrays_integers_and_floats_go_in_and_an_integer_comes_out(cache: Path) -> None:
    values, out = np.arange(6, dtype=np.uint32).reshape(2, 3), np.zeros((2, 3))
    arguments = (values, 0.5, 3, out)

    assert describe_arguments(arguments) == ("u4/2", "f", "i", "f8/2")
    assert load_native(scale, __file__, describe_arguments(arguments), b"1")(*arguments) == 6
    assert out.tolist() == [[3, 3.5, 4], [4.5, 5, 5.5]]


def test_a_kernel_without_a_result_returns_0(cache: Path) -> None:
    values = np.arange(5)
    assert load_native(reverse, __file__, ("i8/1",), b"1")(values) == 0
    assert values.tolist() == [4, 3, 2, 1, 0]


def test_other_types_and_other_sources_are_compiled_anew_and_the_same_is_not(cache: Path, compilations: list[str]) -> None:
    for types, sources in [(("u1/1",), b"1"), (("u2/1",), b"1"), (("u1/1",), b"2"), (("u1/1",), b"1")]:
        load_native(reverse, __file__, types, sources)
    assert len(compilations) == len(set(compilations)) == 3


def test_what_is_kept_runs_in_another_process_without_numba(cache: Path) -> None:
    code = """
        import sys, numpy as np, test_native
        from dedup.native import load_native
        values = np.arange(4)
        load_native(test_native.reverse, test_native.__file__, ("i8/1",), b"1")(values)
        print(values.tolist(), "numba" in sys.modules)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    outputs = [
        subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]
    assert outputs == ["[3, 2, 1, 0] True\n", "[3, 2, 1, 0] False\n"]


@pytest.mark.parametrize("damage", [lambda kept: kept[:100], lambda kept: kept[:-1] + b"\x99", lambda kept: b""])
def test_a_damaged_file_is_compiled_anew(cache: Path, compilations: list[str], damage) -> None:
    load_native(reverse, __file__, ("i4/1",), b"1")
    (kept,) = cache.iterdir()
    kept.write_bytes(damage(kept.read_bytes()))

    load_native(reverse, __file__, ("i4/1",), b"1")
    assert len(compilations) == 2
    load_native(reverse, __file__, ("i4/1",), b"1")
    assert len(compilations) == 2


def test_without_a_folder_to_write_to_kernels_run_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DEDUP_CACHE_DIR", str(tmp_path / "file"))
    values = np.arange(3, dtype=np.int16)
    load_native(reverse, __file__, ("i2/1",), b"1")(values)
    assert values.tolist() == [2, 1, 0]


def test_the_users_cache_serves_where_the_package_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEDUP_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__pycache__").write_text("in the way, as a read-only folder is")
    load_native(reverse, str(tmp_path / "package" / "module.py"), ("i8/1",), b"1")
    assert [path.suffix for path in (tmp_path / "home" / "dedup").iterdir()] == [".o"]
    assert native.is_kept(str(tmp_path / "package" / "module.py"), "reverse")
    assert not native.is_kept(str(tmp_path / "package" / "module.py"), "scale")


def test_many_threads_compile_once(cache: Path, compilations: list[str]) -> None:
    def load(_: int) -> int:
        return load_native(reverse, __file__, ("f4/1",), b"1")(np.zeros(3, np.float32))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(load, range(8))) == [0] * 8
    assert len(compilations) == 1


def test_a_kernel_that_allocates_or_raises_is_refused(cache: Path) -> None:
    def allocate(values):
        return len(np.empty(len(values)))

    def complain(values):
        if len(values) > 3:
            raise ValueError("too long")

    for function in (allocate, complain):
        with pytest.raises(
            KernelError, match=rf"^{function.__name__}: a kernel may neither allocate nor raise, this one calls \w+$"
        ):
            load_native(function, __file__, ("i8/1",), b"1")


def test_arrays_that_are_not_contiguous_are_refused(cache: Path) -> None:
    with pytest.raises(ValueError, match="contiguous"):
        load_native(reverse, __file__, ("i8/1",), b"1")(np.arange(10)[::2])
