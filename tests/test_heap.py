"""Memory given back: less of it is resident, and nothing that is held has changed."""

import os
from pathlib import Path

import pytest

from dedup import heap

STATM = Path("/proc/self/statm")


def resident():
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(not STATM.exists() or heap._find_trim() is None, reason="needs /proc and glibc")
def test_freed_memory_below_held_memory_is_given_back():
    freed = [bytes(range(256)) * 64 for _ in range(4000)]
    freed = [one + b"!" for one in freed]
    held = [one + b"?" for one in freed[::40]]
    before = resident()
    del freed
    heap.give_back()

    assert before - resident() > 30_000_000
    assert {one[256 * 64 :] for one in held} == {b"!?"}


def test_nothing_is_done_where_there_is_no_such_function(monkeypatch):
    monkeypatch.setattr(heap, "_find_trim", lambda: None)

    heap.give_back()
