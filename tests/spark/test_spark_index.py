"""An index of a run on Spark against one of the same files: every row of every table, and what is refused."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pytest
from corpora import BUDGET, CHESS, FERRY, FERRY_EDITED, ORCHARD, article, write_files
from pyarrow import parquet
from test_spark_parity import NEWSROOM, PAGE

from dedup import index as index_module
from dedup.errors import IndexMismatchError, InputError
from dedup.index import Index
from dedup.model import Document

TABLES = ("meta", "source", "document", "text", "paragraph", "posting")
DRAFT = Document("draft", article(FERRY_EDITED, BUDGET.upper(), f"{CHESS} {ORCHARD}"), "desk", "2024-06-09")


def dump(path):
    """Return all rows of an index."""
    with closing(sqlite3.connect(path)) as database:
        return {table: database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES}


def write_mixed(folder):
    """Write pages, Markdown beside plain text, rows of repeated names, an old encoding, and records that cannot be read."""
    texts = [FERRY, FERRY_EDITED, BUDGET, ORCHARD, CHESS, f"{BUDGET} {FERRY} {ORCHARD}"]
    files = {f"site/{i}.html": PAGE.format("News", texts[i % 3], texts[i % 4], texts[i % 6]) for i in range(5)}
    files |= {f"notes/{i}.md": f"---\ndate: 2024-0{i + 1}-02\n---\n# {CHESS}\n\n{texts[i]}\n\n`code`\n" for i in range(3)}
    files |= {"notes/plain.txt": article(BUDGET, "UPDATED: 14:02, 3 May 2024"), "empty.txt": "…\n", "left.xyz": "out"}
    names = ("x", "x (2)", "x", "y", "x")
    rows = [json.dumps({"id": name, "text": f"{texts[i]}\nUPDATED: 1{i}:0{i}"}) for i, name in enumerate(names)]
    files |= {"feed.jsonl.gz": gzip.compress("\n".join([*rows[:2], "{broken", '{"id": 4}', *rows[2:]]).encode() + b"\n")}
    files |= {"old.txt": f"{ORCHARD} Köln.".encode("latin-1") + b"\n"}
    return write_files(folder, files)


class EnoughError(Exception):
    """A run has come as far as an index needs it."""


def read_files(session, files, work, **changes):
    """Have a run on Spark read files and name their documents, several tasks at once."""
    from dedup import spark
    from dedup.spark import ingest, run, sites

    def go_on(work, read, *_):
        work.stage("documents", sites.DOCUMENTS, lambda: sites.find_documents(read))
        raise EnoughError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "LEAST_TASK_BYTES", 1)
        patch.setattr(run, "_run", go_on)
        with pytest.raises(EnoughError):
            spark.audit(session, files, work_dir=work, **changes)


@pytest.fixture(scope="module")
def run(session, tmp_path_factory):
    """Return (files, the work folder of a run on them)."""
    folder = tmp_path_factory.mktemp("run")
    files = str(write_mixed(folder / "in"))
    read_files(session, files, folder / "work", passages=False)
    return files, folder / "work"


def test_index_of_a_run_is_that_of_its_files(run, tmp_path):
    files, work = run
    paths = [tmp_path / name for name in ("ours", "theirs")]

    ours = Index.open(paths[0], "c", passages=True).add_from_spark(work)
    theirs = Index.open(paths[1], "c").add(files)

    assert dump(paths[0]) == dump(paths[1])
    assert (ours.changes, ours.skipped, ours.decoded) == (theirs.changes, theirs.skipped, theirs.decoded)
    assert sorted(ours.problems) == sorted(theirs.problems)
    opened = [Index.open(path) for path in paths]
    assert [index.verify() for index in opened] == [[], []]
    reports = [replace(report, summary=replace(report.summary, seconds=0.0)) for report in (one.check(DRAFT) for one in opened)]
    assert reports[0].to_json() == reports[1].to_json()
    assert opened[0].info() | {"path": ""} == opened[1].info() | {"path": ""}


def test_index_of_the_newsroom_takes_the_settings_of_its_run(session, tmp_path, monkeypatch):
    """Written in many transactions, and with memory short, as a large one is."""
    changes = {"threshold": 0.5, "shingle": 3, "min_words": 4, "seed": 7, "passage_words": 8}
    monkeypatch.setattr(index_module, "MANY_PARAGRAPHS", 100)
    monkeypatch.setattr(index_module.Spill, "watch", lambda _: True)
    read_files(session, str(NEWSROOM), tmp_path / "work", **changes)

    Index.open(tmp_path / "ours", "c").add_from_spark(tmp_path / "work")
    monkeypatch.undo()
    Index.open(tmp_path / "theirs", "c", **changes).add(str(NEWSROOM))

    assert dump(tmp_path / "ours") == dump(tmp_path / "theirs")


def test_index_that_is_there_is_brought_up_to_date(run, tmp_path):
    """Some documents are there in another version, some as they are, some not at all, and some that the run does not have."""
    files, work = run
    earlier = [Document(f"{files}/notes/plain.txt", article(FERRY, CHESS), "notes"), Document("elsewhere", BUDGET, "other")]
    paths = [tmp_path / name for name in ("ours", "theirs")]
    for path in paths:
        Index.open(path, "c").add([f"{files}/site", *earlier])

    ours = Index.open(paths[0], "w").add_from_spark(work)
    theirs = Index.open(paths[1], "w").add(files)

    assert ours.changes == theirs.changes
    assert ours.changes.replaced == 1
    assert dump(paths[0]) == dump(paths[1])
    assert Index.open(paths[0], "w").add_from_spark(work).changes.unchanged == sum(ours.changes)


@pytest.mark.parametrize(
    ("built", "asked", "told"),
    [
        (None, {"shingle": 3}, "has shingle=3, the run in .* shingle=2; audit again"),
        (None, {"split": "line"}, "has split=line, the run in .* split=auto"),
        ({"threshold": 0.7}, {}, "has threshold=0.7, the run in .* threshold=0.6"),
        ({"seed": 2}, {}, "has seed=2, the run in .* seed=1"),
        ({"min_words": 3}, {"min_words": 4}, "built with min-words=3, asked for min-words=4"),
    ],
)
def test_run_with_other_settings_is_refused(run, tmp_path, built, asked, told):
    path = tmp_path / "index"
    if built:
        Index.open(path, "c", **built).add(Document("a", FERRY))

    with pytest.raises(IndexMismatchError, match=told):
        Index.open(path, "c", **asked).add_from_spark(run[1])

    assert path.exists() == bool(built)


def lose_file(work):
    next((work / "read").glob("part-*.parquet")).unlink()


def cut_file_off(work):
    path = next((work / "documents").glob("part-*.parquet"))
    path.write_bytes(path.read_bytes()[:50])


def swap_files(work):
    """Let two tasks have the number of each other."""
    paths = sorted((work / "read").glob("part-*.parquet"))[:2]
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, contents[::-1], strict=True):
        path.write_bytes(content)


def age(work):
    """Let another dedup have made the run."""
    path = next(path for path in (work / "run").glob("part-*.parquet") if parquet.read_metadata(path).num_rows)
    content = json.loads(parquet.read_table(path)["content"][0].as_py())
    parquet.write_table(pa.table({"content": [json.dumps(content | {"normaliser": 1})]}), path)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda work: shutil.rmtree(work / "run"), "holds no run on Spark; name the work folder"),
        (age, "is the run of another version of dedup; audit again"),
        (lambda work: shutil.rmtree(work / "finished"), "the run is not finished; repeat the same audit"),
        (lose_file, "work/read: has .* rows of .*; delete that folder"),
        (cut_file_off, "work/documents: cannot be read .*; delete that folder"),
        (swap_files, "work/read: its rows are not in the order"),
    ],
)
def test_folder_without_a_whole_run_is_refused(run, tmp_path, spoil, told):
    work = tmp_path / "work"
    shutil.copytree(run[1], work)
    spoil(work)

    with pytest.raises(InputError, match=told):
        Index.open(tmp_path / "index", "c").add_from_spark(work)

    assert {path.name for path in tmp_path.iterdir()} == {"work"}


def test_run_is_read_from_an_address(run, tmp_path):
    fsspec = pytest.importorskip("fsspec", reason="addresses are read by fsspec")
    files, work = run
    system = fsspec.filesystem("memory")
    for stage in ("run", "finished", "read", "documents"):
        for path in (work / stage).glob("*.parquet"):
            system.pipe(f"/jobs/{stage}/{path.name}", path.read_bytes())

    Index.open(tmp_path / "ours", "c", passages=True).add_from_spark("memory://jobs")
    Index.open(tmp_path / "theirs", "c").add(files)

    assert dump(tmp_path / "ours") == dump(tmp_path / "theirs")


WITHOUT_SPARK = """
import sys
sys.modules["pyspark"] = None
from dedup.cli import main
main()
"""


def test_command_line_adds_a_run_without_spark(run, tmp_path):
    command = [sys.executable, "-c", WITHOUT_SPARK, "index", "add", "archive.dedup"]

    done = subprocess.run([*command, "--from-spark", str(run[1])], cwd=tmp_path, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "")
    told = done.stderr.splitlines()
    assert "archive.dedup: 16 added, 0 replaced, 0 unchanged" in told[-1]
    assert sum(": not JSON" in line or ": no field" in line for line in told) == 2
    both = subprocess.run([*command, "in", "--from-spark", "work"], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (both.returncode, both.stderr.splitlines()[-1]) == (2, "Error: PATH... and --from-spark exclude each other.")


FALLING = """
import os, signal, sys
from dedup import index, store
index.PARAGRAPHS_AT_ONCE, original, calls = 20, store.Writer.replace_documents, []
def fall(self, *arguments):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, *arguments)
store.Writer.replace_documents = fall
index.Index.open(sys.argv[1], "c").add_from_spark(sys.argv[2])
"""


def test_killed_writer_loses_nothing_committed(run, tmp_path):
    path, files = tmp_path / "index", run[0]
    Index.open(path, "c").add(Document("elsewhere", BUDGET, "other"))

    killed = subprocess.run([sys.executable, "-c", FALLING, str(path), str(run[1])], check=False)

    assert killed.returncode == -9
    index = Index.open(path, "w")
    assert index.verify() == []
    assert 1 < index.info()["documents"] < 17
    again = index.add_from_spark(run[1])
    assert again.changes.unchanged > 0
    assert index.info()["documents"] == 17
    Index.open(tmp_path / "other", "c").add(Document("elsewhere", BUDGET, "other"))
    Index.open(tmp_path / "other", "w").add(files)
    for one in (path, tmp_path / "other"):
        Index.open(one, "w").compact()
    assert dump(path) == dump(tmp_path / "other")
