"""An index among processes: killed writers, readers beside a writer, writers that wait, full disks and folders without rights."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from corpora import BUDGET, FERRY, article

from dedup.errors import StoreError
from dedup.index import Index
from dedup.model import Document
from dedup.store import Changes

N_KILLS = 20

COMMON = f"""
import os, sys, time
from dedup import DedupError, Document, Index, audit, index

FERRY, BUDGET = {FERRY!r}, {BUDGET!r}
path = sys.argv[1]

def describe(i, name, n_paragraphs=3):
    own = (f"{{FERRY}} Edition {{i}} {{k}}, as printed on page {{i * k}} of volume {{i + k}}." for k in range(n_paragraphs))
    return Document(name, "\\n\\n".join([BUDGET, *own]), f"source {{i % 3}}")

def attempt(name, verb):
    try:
        verb()
        print(name, "works", flush=True)
    except DedupError as error:
        print(name, "refused:", error, flush=True)
"""

WRITER = """
index = Index.open(path, "c")
for i in range(int(sys.argv[2]), 10**9):
    index.add([describe(i, f"d{i}"), describe(i, "rolling")])
    print("added", i, flush=True)
    if i % 5 == 4:
        index.remove([f"d{i - 2}", f"d{i - 3}"])
        print("removed", i, flush=True)
    if i % 10 == 9:
        index.compact()
"""

BUILDER = """
Index.open(path, "c").add([describe(i, f"d{i}", 20) for i in range(200)])
"""

READER = """
draft, seen, deadline = Document("draft", FERRY + " Edition 0 0, as printed on page 0 of volume 0."), set(), time.time() + 2.5
while time.time() < deadline:
    opened = Index.open(path)
    (cluster,) = [c for c in opened.check(draft).clusters]
    held = {name: {m.text for m in cluster.members if m.document == name} for name in ("a", "b")}
    assert held["a"] == held["b"] != set(), held
    assert opened.info()["documents"] == 2
    assert opened.verify() == []
    seen.add(min(held["a"]))
print(len(seen))
"""

SWAPPER = """
index, deadline, i = Index.open(path, "w"), time.time() + 3, 0
while time.time() < deadline:
    i += 1
    index.add([describe(i, "a"), describe(i, "b")])
    if i % 20 == 0:
        index.compact()
print(i)
"""

RACER = """
build = index.build_store

def build_when_told(*arguments):
    print("ready", flush=True)
    sys.stdin.readline()
    build(*arguments)

index.build_store = build_when_told
attempt("add", lambda: Index.open(path, "c").add([describe(i, f"d{i}") for i in range(50)]))
"""

HOLDER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("holding", flush=True)
sys.stdin.readline()
database.execute("ROLLBACK")
"""

FILLER = """
many = [describe(i, f"d{i}") for i in range(2000)]
attempt("add", lambda: Index.open(path, "w").add(many))
attempt("make", lambda: Index.open(path + ".new", "c").add(many))
attempt("check", lambda: Index.open(path).check(describe(7, "draft")))
"""

LIMITED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
"""

STRANGER = """
audit(describe(0, "a"))  # so that nothing more is loaded, from folders that may be closed to others
if os.getuid() == 0:
    os.setuid(65534)
print(os.access(path, os.R_OK), os.access(os.path.dirname(path), os.W_OK), flush=True)
draft = describe(7, "draft")
attempt("check", lambda: Index.open(path).check(draft))
attempt("info", lambda: Index.open(path).info())
attempt("verify", lambda: Index.open(path).verify())
attempt("add", lambda: Index.open(path, "w").add(draft))
attempt("remove", lambda: Index.open(path, "w").remove("d0"))
attempt("compact", lambda: Index.open(path, "w").compact())
attempt("make", lambda: Index.open(path + ".new", "c").add(draft))
"""


@contextmanager
def running(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a script until it is done with."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run(script: str, *arguments: object) -> list[str]:
    """Run a script to its end and return what it says, line by line."""
    done = subprocess.run([sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def fill_index(path: Path, n_documents: int) -> Path:
    """Build an index of a few documents."""
    Index.open(path, "c").add(
        [Document(f"d{i}", article(FERRY, f"{BUDGET} Part {i} of {i * 7}."), "north") for i in range(n_documents)]
    )
    return path


def list_versions(path: Path) -> tuple[set[int], int]:
    """Return (the numbers of the documents that are there, that of the one that is replaced with each)."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT d.name, coalesce(p.body, t.body) FROM document d JOIN paragraph p ON p.document = d.id"
        rows = database.execute(f"{query} JOIN text t ON t.id = p.text WHERE p.ordinal = 1").fetchall()
    rolling = [int(body.split(" Edition ")[1].split()[0]) for name, body in rows if name == "rolling"]
    return {int(name[1:]) for name, _ in rows if name != "rolling"}, *rolling


def follow(said: list[str]) -> tuple[set[int], int]:
    """Return the same of what a writer announced."""
    there, last = set(), -1
    for line in said:
        verb, number = line.split()
        last = max(last, int(number))
        there = there | {last} if verb == "added" else there - {last - 2, last - 3}
    return there, last


def test_kill_loses_nothing_committed_and_leaves_a_sound_index(tmp_path):
    """After each kill of a writer that adds, replaces, removes and compacts, at most one more change is there than it told."""
    path, said = tmp_path / "index.dedup", []
    for _ in range(N_KILLS):
        with running(COMMON + WRITER, path, follow(said)[1] + 1) as process:
            said.append(process.stdout.readline())
            time.sleep(random.uniform(0, 0.15))
            process.kill()
            said += process.stdout.readlines()
        faults, (there, last) = Index.open(path).verify(), list_versions(path)
        if last > follow(said)[1]:
            said.append(f"added {last}")
        elif there != follow(said)[0]:
            said.append(f"removed {last}")

        assert ((there, last), []) == (follow(said), faults)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_killed_build_leaves_a_whole_index_or_none(tmp_path):
    outcomes = set()
    for i in range(5):
        path = tmp_path / f"{i}.dedup"
        with running(COMMON + "print('begins', flush=True)" + BUILDER, path) as process:
            process.stdout.readline()
            time.sleep(random.uniform(0, 0.3))
        outcomes.add((Index.open(path).info()["documents"], *Index.open(path).verify()) if path.exists() else None)

    assert outcomes <= {None, (200,)}


def test_readers_work_while_another_process_writes_and_see_whole_changes(tmp_path):
    path = tmp_path / "index.dedup"
    run(COMMON + 'Index.open(path, "c").add([describe(0, "a"), describe(0, "b")])', path)
    with running(COMMON + SWAPPER, path) as writer, running(COMMON + READER, path) as one, running(COMMON + READER, path) as other:
        seen = [int(reader.communicate()[0] or 0) for reader in (one, other)]
        written = int(writer.communicate()[0])

    assert (min(seen) > 1, written > 1, writer.returncode) == (True, True, 0)


def test_second_writer_waits_and_is_told_why_when_that_is_too_long(tmp_path):
    path = fill_index(tmp_path / "index.dedup", 3)
    new = Document("new", FERRY)
    with running(HOLDER, path) as holder:
        holder.stdout.readline()
        started = time.monotonic()
        for change in (lambda index: index.add(new), lambda index: index.remove("d0"), lambda index: index.compact()):
            with pytest.raises(StoreError) as refused:
                change(Index.open(path, "w", wait=0.3))
            assert f"{path}: another process is writing to it; try again when that is done" == str(refused.value)
        waited = time.monotonic() - started
        report = Index.open(path, wait=0.3).check(new)

    assert (0.9 <= waited < 5, len(report.clusters[0].members), Index.open(path).info()["documents"]) == (True, 4, 3)


def test_second_writer_goes_on_when_the_first_is_done(tmp_path):
    path = fill_index(tmp_path / "index.dedup", 3)
    with running(HOLDER, path) as holder, ThreadPoolExecutor(1) as pool:
        holder.stdout.readline()
        adding = pool.submit(Index.open(path, "w", wait=30).add, Document("new", FERRY))
        time.sleep(0.3)
        waits = not adding.done()
        holder.stdin.write("\n")
        holder.stdin.flush()
        added = adding.result().changes

    assert (waits, added) == (True, Changes(added=1))


def test_of_two_that_build_the_same_index_one_wins_and_the_other_is_told(tmp_path):
    path = tmp_path / "index.dedup"
    with running(COMMON + RACER, path) as one, running(COMMON + RACER, path) as other:
        for process in (one, other):
            process.stdout.readline()
        for process in (one, other):
            process.stdin.write("\n")
            process.stdin.flush()
        said = sorted(process.stdout.read() for process in (one, other))

    told = f"add refused: {path}: was made by another process meanwhile; run the same command again to add to it\n"
    assert [told, "add works\n"] == said
    assert ([], [path]) == (Index.open(path).verify(), [one for one in tmp_path.iterdir() if one.suffix == ".dedup"])


def test_file_that_may_not_grow_is_told_and_stays_sound(tmp_path):
    path = fill_index(tmp_path / "index.dedup", 20)
    added, made, checked = run(COMMON + LIMITED + FILLER, path)

    assert [f"add refused: {path}:", f"make refused: {path}.new:"] == [" ".join(said.split()[:3]) for said in (added, made)]
    assert (checked, Index.open(path).verify()) == ("check works", [])
    assert not [one for one in tmp_path.iterdir() if ".new" in one.name]


@pytest.fixture
def on_a_small_disk():
    """Return how to run a script with its own file system of 600 kB below the folder that it is told."""
    mounting = ["unshare", "--mount", "--map-root-user", "sh", "-c", 'mount -t tmpfs -o size=600k tmpfs "$0" && exec "$@"']
    with tempfile.TemporaryDirectory() as folder:
        if not shutil.which("unshare") or subprocess.run([*mounting, folder, "true"], capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here")

        def run_there(script: str) -> list[str]:
            command = [*mounting, folder, sys.executable, "-c", script, f"{folder}/index.dedup"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
            return [line.replace(f"{folder}/", "") for line in done.stdout.splitlines()]

        yield run_there


def test_full_disk_is_told_and_nothing_half_written(on_a_small_disk):
    few = 'Index.open(path, "c").add([describe(i, f"d{i}") for i in range(3)])\n'
    after = 'print(Index.open(path).verify(), Index.open(path).info()["documents"], *os.listdir(os.path.dirname(path)))'
    added, made, checked, *rest = on_a_small_disk(COMMON + few + FILLER + after)
    told = "the disk is full; nothing of this change was kept, make room and repeat it"

    assert (f"add refused: index.dedup: {told}", f"make refused: index.dedup.new: {told}") == (added, made)
    assert (checked, rest[0].split()[:2], "new" in rest[0]) == ("check works", ["[]", "3"], False)


FULL = """
Index.open(path, "c").add([describe(i, f"d{i}") for i in range(3)])
try:
    with open(path + ".rest", "wb", buffering=0) as rest:
        while rest.write(bytes(512)):
            pass
except OSError:
    pass
attempt("add", lambda: Index.open(path, "w").add(describe(7, "new")))
attempt("check", lambda: Index.open(path).check(describe(7, "draft")))
"""


def test_disk_without_a_single_byte_left_is_told_to_be_full(on_a_small_disk):
    """A reader needs 32 kB beside the index, which it does without when there is no room, or says so."""
    added, checked = on_a_small_disk(COMMON + FULL)

    assert ("disk is full" in added, checked == "check works" or "disk is full" in checked) == (True, True), (added, checked)


@pytest.fixture
def closed_folder():
    """Give a folder with an index in it; neither may be written to, and any user may read them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "closed"
        folder.mkdir()
        fill_index(folder / "index.dedup", 3).chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def ask_as_stranger(path: Path) -> list[str]:
    rights, *said = run(COMMON + STRANGER, path)
    if rights.endswith("True"):
        pytest.skip("permission bits bind nobody here, or the folder of temporary files is closed to others")
    return said


def test_read_only_folder_is_read_and_changes_are_refused(closed_folder):
    path = closed_folder / "index.dedup"
    told = f"refused: {path}: may not be written to; make it writable, or name another"

    assert ask_as_stranger(path) == [
        "check works", "info works", "verify works", f"add {told}", f"remove {told}", f"compact {told}",
        f"make refused: {path}.new: cannot be made (Permission denied); name a folder that can be written to",
    ]  # fmt: skip
    assert [path] == list(closed_folder.iterdir())


def test_folder_that_may_not_be_looked_into_is_refused(closed_folder):
    closed_folder.chmod(0o700)
    said = ask_as_stranger(closed_folder / "index.dedup")

    assert [line for line in said if f" refused: {closed_folder}" not in line] == []


def test_reading_leaves_no_file_beside_the_index(tmp_path):
    path = fill_index(tmp_path / "index.dedup", 3)
    Index.open(path).check(Document("draft", FERRY))

    assert [path] == list(tmp_path.iterdir())


def test_new_index_is_readable_by_others(tmp_path):
    assert stat.S_IMODE(fill_index(tmp_path / "index.dedup", 3).stat().st_mode) == 0o644


def test_path_that_is_no_utf_8_is_a_path_like_any(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9 %41?#.dedup")
    try:
        path.touch()
    except OSError:
        pytest.skip("file names are UTF-8 here")
    path.unlink()
    fill_index(path, 3)

    assert len(Index.open(path).check(Document("draft", FERRY)).clusters) == 1


@pytest.mark.parametrize("mode", ["r", "c"])
def test_path_that_is_too_long_is_refused(tmp_path, mode):
    path = tmp_path / ("x" * 300)

    with pytest.raises(StoreError, match="x" * 300):
        Index.open(path, mode).add(Document("a", FERRY))
