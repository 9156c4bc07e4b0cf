"""Runs within a bound: the same reports with arrays in files, errors that help, and as little resident as was asked."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from corpora import NEWSROOM
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import arena, spill
from dedup.audit import audit
from dedup.check import check
from dedup.errors import SettingsError, SpillError
from dedup.model import Document
from dedup.read import streams
from dedup.spill import Spill

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux alone")

INTERRUPTED = 130
MAKER = Path(__file__).with_name("bench") / "corpus.py"
SENTENCES = [f"The {a} {b} of the old {c} was {d} again today." for a in ["red", "big"] for b in ["cat", "dog"]
             for c in ["town", "mill"] for d in ["seen", "heard"]]  # fmt: skip


def spill_everything(patch):
    """Let every array of a page or more lie in a file, from the first batch on."""
    for module, name, value in ((arena, "LARGE", 4096), (arena, "HEAP_SHARE", 0), (spill, "LEAST_FILLED", 0)):
        patch.setattr(module, name, value)


@pytest.fixture
def everything_spills(monkeypatch):
    spill_everything(monkeypatch)


def told(report):
    """Return a report as JSON, but for how long it took."""
    return replace(report, summary=replace(report.summary, seconds=0.0)).to_json()


def audit_spilling(*arguments, **named):
    with pytest.MonkeyPatch.context() as patch:
        spill_everything(patch)
        return told(audit(*arguments, **named))


@pytest.mark.parametrize("jobs", [1, 3])
def test_report_is_the_same_with_and_without_spilling(jobs):
    assert audit_spilling([str(NEWSROOM)], jobs=jobs) == told(audit([str(NEWSROOM)]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=12).map("\n\n".join), min_size=1, max_size=12))
def test_report_on_any_texts_is_the_same_with_and_without_spilling(texts):
    documents = [Document(f"d{i}", text) for i, text in enumerate(texts)]
    assert audit_spilling(documents) == told(audit(documents))


@pytest.mark.parametrize("asked", [1, 5, 20, 100])
def test_report_is_the_same_where_memory_is_full_only_later(monkeypatch, asked):
    """Arrays of before lie in the heap, and columns of some batches move from there."""
    monkeypatch.setattr(streams, "BLOCK_BYTES", 1 << 14)
    expected, questions = told(audit([str(NEWSROOM)])), count()
    spill_everything(monkeypatch)
    monkeypatch.setattr(arena.Arena, "is_full", lambda *_: next(questions) >= asked)

    assert told(audit([str(NEWSROOM)])) == expected


def test_check_is_the_same_with_and_without_spilling(monkeypatch):
    documents = [Document(f"d{i}", "\n\n".join(SENTENCES)) for i in range(40)]
    expected = told(check(documents))
    spill_everything(monkeypatch)

    assert told(check(documents)) == expected


def test_arrays_of_other_threads_and_times_lie_in_the_heap(everything_spills, tmp_path):
    made = Spill(1 << 40, str(tmp_path))
    with made.guard(), made.start_pool(1) as pool:
        before = pool.submit(np.ones, 100_000).result()
        made.watch()
        held = [before, pool.submit(np.ones, 100_000).result(), np.ones(100_000)]
    held.append(np.ones(100_000))

    assert len(made._arena._mapped) == 2
    assert sum(column.sum() for column in held) == 400_000


def test_nothing_spills_while_there_is_room():
    made = Spill(1 << 50)

    assert (made.watch(), made.is_on) == (False, False)


def test_what_grows_is_to_move_once_there_is_no_more_room_in_the_heap(monkeypatch, tmp_path):
    made = Spill(1 << 40, str(tmp_path))
    monkeypatch.setattr(spill, "LEAST_FILLED", 0)
    with made.guard():
        assert (made.watch(), made.is_on) == (False, True)
        monkeypatch.setattr(arena, "HEAP_SHARE", 0)
        assert (made.watch(), made.watch()) == (True, False)


def test_full_disk_names_the_folder_and_what_to_do(everything_spills, monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(SpillError, match=r"No space left on device.*--temp-dir.*--memory") as raised:
        audit([str(NEWSROOM)], temp_dir=str(tmp_path))

    assert str(tmp_path) in str(raised.value)


def test_memory_error_that_is_not_of_the_disk_stays_one(everything_spills):
    made = Spill()
    with pytest.raises(MemoryError, match=r"^other$"), made.guard():  # noqa: PT012
        made.watch()
        raise MemoryError("other")


def test_folder_where_no_file_can_be_made_is_refused():
    with pytest.raises(SettingsError, match=r"temp-dir: /proc: no file can be made there .*; name another folder"):
        Spill(0, "/proc")


def test_bound_is_three_quarters_of_what_the_control_group_allows(monkeypatch, tmp_path):
    (tmp_path / "limit").write_text("1000000000\n")
    monkeypatch.setattr(spill, "_LIMITS", (str(tmp_path / "none"), str(tmp_path / "limit")))

    assert spill.find_memory() == 1_000_000_000
    assert Spill()._limit == 750_000_000


def test_control_group_without_a_limit_leaves_the_machine_s(monkeypatch, tmp_path):
    (tmp_path / "limit").write_text("max\n")
    monkeypatch.setattr(spill, "_LIMITS", (str(tmp_path / "limit"),))

    assert spill.find_memory() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Return a corpus whose audit takes more than two thirds of a gigabyte."""
    path = tmp_path_factory.mktemp("spill") / "corpus.jsonl"
    with path.open("wb") as file:
        subprocess.run([sys.executable, str(MAKER), "--size", "300M"], stdout=file, check=True)
    return path


def run_audit(corpus, out, *options):
    command = [sys.executable, "-m", "dedup", "audit", str(corpus), "-o", str(out), "--quiet", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def find_peak(process):
    """Return the most bytes that a run had resident, when it has ended."""
    peak = 0
    while process.poll() is None:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        peak = max([peak, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.02)
    assert process.returncode == 0
    return peak


def test_memory_stays_within_what_was_asked(corpus, tmp_path):
    free_peak = find_peak(run_audit(corpus, tmp_path / "free.jsonl", "--memory", "8G"))
    bound_peak = find_peak(run_audit(corpus, tmp_path / "bound.jsonl", "--memory", "512M"))

    assert (tmp_path / "free.jsonl").read_bytes() == (tmp_path / "bound.jsonl").read_bytes()
    assert free_peak > 1.25 * (512 << 20)
    assert bound_peak < 1.25 * (512 << 20)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_run_that_is_ended(corpus, tmp_path, how):
    process = run_audit(corpus, tmp_path.with_suffix(".jsonl"), "--memory", "512M", "--temp-dir", str(tmp_path))
    maps = Path(f"/proc/{process.pid}/maps")
    while str(tmp_path) not in maps.read_text():
        assert process.poll() is None
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []
    process.send_signal(how)
    process.communicate()

    assert process.returncode == (INTERRUPTED if how == signal.SIGINT else -how)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_ends_a_run_with_2(corpus, tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "dedup", "audit", str(corpus), "--quiet", "--memory", "512M", "--temp-dir", str(tmp_path)],
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000_000, 20_000_000)),
        check=False,
    )

    assert process.returncode == 2
    assert f"dedup: {tmp_path}: no room for temporary files (File too large)".encode() in process.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_has_not_begun_when_an_error_comes_is_left():
    begun, gate = [], threading.Event()

    def work(number):
        begun.append(number)
        gate.wait(10)

    threading.Timer(0.2, gate.set).start()
    with contextlib.suppress(KeyboardInterrupt), Spill().start_pool(1) as pool:
        for number in range(5):
            pool.submit(work, number)
        raise KeyboardInterrupt

    assert len(begun) <= 1
