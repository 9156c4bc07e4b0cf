"""Arrays in temporary files: they hold what arrays of the heap hold, whatever happens to their pages, and leave nothing behind."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import arena
from dedup.arena import Arena

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux alone")


@pytest.fixture
def mapping(monkeypatch, tmp_path):
    """Yield an arena that maps every array of a page or more."""
    monkeypatch.setattr(arena, "LARGE", 4096)
    monkeypatch.setattr(arena, "HEAP_SHARE", 0)
    made = Arena(1 << 40, str(tmp_path))
    made.enter()
    yield made
    made.leave()


def test_large_array_lies_in_a_file_without_a_name_and_a_small_one_does_not(mapping, tmp_path):
    large, small = np.arange(100_000), np.arange(100)

    assert [size for size, _ in mapping._mapped.values()] == [800_000]
    assert (large.sum(), small.sum()) == (4_999_950_000, 4950)
    assert list(tmp_path.iterdir()) == []


def test_array_within_the_share_of_the_heap_is_not_mapped(mapping, monkeypatch):
    monkeypatch.setattr(arena, "HEAP_SHARE", 1)
    held = np.ones(100_000)

    assert (len(mapping._mapped), held.sum()) == (0, 100_000)


def test_zeros_are_zeros(mapping):
    assert not np.zeros(50_000).any()


def test_nobody_looks_as_long_as_the_bound_cannot_be_reached(mapping, monkeypatch):
    looks = []
    monkeypatch.setattr(arena, "_read_sizes", lambda: looks.append(1) or (0, 0))
    for _ in range(100):
        mapping.relieve()

    assert len(looks) < 2  # the keeper may have been first


def test_full_arena_is_looked_after_each_time(monkeypatch, tmp_path):
    let_go = []
    monkeypatch.setattr(Arena, "_keep", lambda _: None)
    monkeypatch.setattr(arena, "_read_sizes", lambda: (1 << 50, 1 << 50))
    made = Arena(1 << 40, str(tmp_path))
    monkeypatch.setattr(made, "_let_go", lambda: let_go.append(1))
    for _ in range(3):
        made.relieve()

    assert len(let_go) == 3


def test_file_goes_with_its_array(mapping):
    held = np.ones(100_000)
    files = [file for _, file in mapping._mapped.values()]
    del held

    assert len(mapping._mapped) == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(files[0])


def test_array_outlives_the_block_that_made_it(mapping):
    held = np.arange(100_000)
    mapping.leave()
    elsewhere = np.ones(100_000)
    mapping._let_go()

    assert len(mapping._mapped) == 1
    assert (held[-1], elsewhere.sum()) == (99_999, 100_000)


@given(
    st.lists(
        st.tuples(st.sampled_from(["make", "grow", "drop", "write", "let go"]), st.integers(0, 9), st.integers(0, 40_000)),
        max_size=40,
    )
)
def test_arrays_hold_what_heap_arrays_hold(steps):
    made = Arena(1 << 40, tempfile.gettempdir())
    held: dict[int, np.ndarray] = {}
    expected: dict[int, list[int]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arena, "LARGE", 4096)
        patch.setattr(arena, "HEAP_SHARE", 0)
        made.enter()
        try:
            for number, (step, place, size) in enumerate(steps):
                if step == "make":
                    held[place], expected[place] = np.full(size, number), [number] * size
                elif step == "let go":
                    made._let_go()
                elif place in held and step == "drop":
                    del held[place], expected[place]
                elif place in held and step == "write":
                    held[place][size:] = number
                    expected[place][size:] = [number] * len(expected[place][size:])
                elif place in held:
                    held[place].resize(size, refcheck=False)
                    expected[place] = expected[place][:size] + [0] * (size - len(expected[place]))
            assert {place: column.tolist() for place, column in held.items()} == expected
        finally:
            made.leave()


def test_pages_that_are_let_go_are_not_resident_and_come_back(mapping):
    held = np.ones(20_000_000)
    before = arena.read_resident()
    mapping._let_go()
    after = arena.read_resident()

    assert before - after > 150_000_000
    assert held.sum() == 20_000_000


def test_array_dropped_while_pages_are_let_go_is_freed_afterwards(mapping):
    held = [np.ones(1000), np.ones(1000)]
    with mapping._busy:
        del held[0]
        gc.collect()
        assert len(mapping._mapped) == 2
    mapping._release_late()

    assert len(mapping._mapped) == 1
    assert held[0].sum() == 1000


@pytest.mark.parametrize("grow", [False, True])
def test_full_disk_is_a_memory_error_that_is_remembered(mapping, monkeypatch, grow):
    held = np.ones(1000)

    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(MemoryError):
        held.resize(100_000, refcheck=False) if grow else np.ones(100_000)

    assert mapping.failure.errno == errno.ENOSPC
    assert (len(mapping._mapped), held.sum()) == (1, 1000)


def test_file_is_nameless_where_the_file_system_wants_a_name(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "O_TMPFILE")
    monkeypatch.setattr(os, "O_TMPFILE", 0, raising=False)  # opening a folder for writing fails
    file = arena.open_nameless(str(tmp_path))
    os.write(file, b"held")

    assert os.pread(file, 4, 0) == b"held"
    assert list(Path(tmp_path).iterdir()) == []
    os.close(file)


def test_array_that_gets_the_place_of_one_that_moved_is_known(mapping, monkeypatch):
    held, others = np.ones(100_000), []
    library = arena._libc()
    move = library.mremap

    def move_and_map(*arguments):
        moved = move(*arguments)
        others.extend(mapping._map(800_000) for _ in range(20))  # as other threads may, before this one goes on
        return moved

    monkeypatch.setattr(library, "mremap", move_and_map)
    held.resize(10_000_000, refcheck=False)

    assert len(mapping._mapped) == 21
    assert held[:100_000].sum() == 100_000
    for address in others:
        mapping.release(address)


def test_nobody_is_asked_once_the_interpreter_ends(tmp_path):
    """What would answer may be gone by then; an error in it would be printed."""
    script = f"""
import atexit
import numpy as np
from dedup import arena

arena.LARGE, arena.HEAP_SHARE = 4096, 0
made = arena.Arena(1 << 40, {str(tmp_path)!r})
made.enter()
held = [np.ones(1000) for _ in range(600)]  # of which some begin at a page by chance once they lie in the heap
atexit._run_exitfuncs()
made.allocate = made.resize = made.release = None
held += [np.ones(1000) for _ in range(600)]
held[0] = None
held.clear()
print(len(made._mapped))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("600\n", "")


def test_error_is_not_lost_when_it_drops_an_array(mapping):
    with pytest.raises(TypeError, match="only"):
        int(np.ones(100_000))

    assert len(mapping._mapped) == 0


def test_threads_that_grow_and_drop_arrays_do_not_meet(mapping):
    def work(number):
        mapping.enter()
        held = {}
        rng = np.random.default_rng(number)
        for step in range(600):
            place, size = int(rng.integers(4)), int(rng.integers(1000, 60_000))
            if place in held and step % 3:
                held[place].resize(size, refcheck=False)
                held[place][:] = number
            else:
                held[place] = np.full(size, number)
            assert all((one == number).all() for one in held.values())
        return True

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, number) for number in range(4)]
        while not all(one.done() for one in done):
            mapping._let_go()
        assert all(one.result() for one in done)
    mapping._release_late()
    assert len(mapping._mapped) == 0
