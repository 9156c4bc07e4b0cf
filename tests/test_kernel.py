"""Kernels run uncompiled on small inputs: the same source must give the same result both ways."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dedup import kernel
from dedup.audit import audit
from dedup.report import Report

NEWSROOM = Path(__file__).parents[1] / "data" / "newsroom"


def comparable(report: Report) -> str:
    return report.to_json().replace(f'"seconds": {report.summary.seconds}', "")


def run_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.Kernel, "__call__", kernel.Kernel.run_plain)


@pytest.mark.parametrize("settings", [{}, {"exact": True}, {"shingle": 3, "threshold": 0.5, "split": "line"}])
def test_compiled_and_uncompiled_kernels_give_the_same_report(monkeypatch: pytest.MonkeyPatch, settings: dict[str, object]) -> None:
    articles = [*sorted(NEWSROOM.glob("*/world-*.txt")), *sorted(NEWSROOM.glob("*/f*.txt"))]
    compiled = audit(articles, **settings)
    run_uncompiled(monkeypatch)
    uncompiled = audit(articles, **settings)

    assert len(articles) >= 12
    assert comparable(compiled) == comparable(uncompiled)


def test_one_article_is_audited_without_numba(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ferry sails at noon today.\n\nThe ferry sails at noon today.\n")
    code = f"import sys; from dedup.audit import audit; print(len(audit({str(tmp_path)!r}).clusters), 'numba' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1 False\n"


@pytest.mark.parametrize(
    ("is_kept", "running", "limit"),
    [(False, "", 2000), (False, "llvmlite.binding", 2000), (False, "numba", 10), (True, "", 200), (True, "llvmlite.binding", 10)],
)
def test_what_is_worth_compiling_hangs_on_what_has_been_done_already(
    monkeypatch: pytest.MonkeyPatch, is_kept: bool, running: str, limit: int
) -> None:
    for worth, value in (("WORTH_COMPILING", 2000), ("WORTH_STARTING", 200), ("WORTH_LOADING", 10)):
        monkeypatch.setattr(kernel, worth, value)
    monkeypatch.setattr(kernel, "is_kept", lambda module, name: is_kept)
    monkeypatch.setattr(kernel, "load_native", lambda *described: lambda values, others: "native")
    for name in ("llvmlite.binding", "numba"):
        monkeypatch.setitem(sys.modules, name, sys) if running == name else monkeypatch.delitem(sys.modules, name, raising=False)

    @kernel.kernel(microseconds=1)
    def add(values: object, others: object) -> str:
        return "plain"

    large = np.zeros(5000)  # only the first array is weighed
    assert [add(np.zeros(n), large) for n in (1, limit - 1, 1)] == ["plain", "plain", "native"]  # all calls together
    assert add(np.zeros(1), large) == "native"  # what is loaded is always used


def test_arithmetic_of_an_uncompiled_kernel_wraps_in_silence(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    run_uncompiled(monkeypatch)

    @kernel.kernel(microseconds=1)
    def square(value: np.uint64) -> np.uint64:
        return value * value

    assert square(np.uint64(1 << 40)) == np.uint64((1 << 80) % (1 << 64))
    assert not recwarn.list
