"""Runs that break off, go on, or are refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from corpora import BUDGET, FERRY, FERRY_EDITED, ORCHARD, article, write_files
from pyarrow import parquet
from test_spark_parity import compare, write_as_one

from dedup.errors import InputError, SettingsError
from dedup.read import Problems, find_inputs

NEWSROOM = Path(__file__).parents[2] / "data" / "newsroom"
HERALD = NEWSROOM / "herald"


def test_run_goes_on_where_stages_are_missing(session, tmp_path):
    from dedup import spark

    work = tmp_path / "work"
    before = compare(session, [HERALD], work)
    written = {path.name: path.stat().st_mtime_ns for path in work.iterdir()}
    for name in ("candidates", "members"):
        shutil.rmtree(work / name)

    after = spark.audit(session, [str(HERALD)], work_dir=work)

    assert write_as_one(after) == write_as_one(before)
    made = {path.name for path in work.iterdir() if path.stat().st_mtime_ns != written[path.name]}
    assert made == {"candidates", "members", "finished", "result"}


def test_folder_of_another_run_is_refused(session, tmp_path):
    from dedup import spark

    write_files(tmp_path, {"in/a.txt": article(FERRY, BUDGET), "other/b.txt": article(ORCHARD, FERRY_EDITED)})
    spark.audit(session, str(tmp_path / "in"), work_dir=tmp_path / "work", passages=False)

    with pytest.raises(SettingsError, match=r"threshold: 0.6 there, 0.7 here\); name another folder"):
        spark.audit(session, str(tmp_path / "in"), work_dir=tmp_path / "work", passages=False, threshold=0.7)
    with pytest.raises(SettingsError, match="inputs: "):
        spark.audit(session, str(tmp_path / "other"), work_dir=tmp_path / "work", passages=False)
    write_files(tmp_path, {"in/a.txt": article(FERRY, BUDGET).upper()})
    with pytest.raises(SettingsError, match="inputs: "):
        spark.audit(session, str(tmp_path / "in"), work_dir=tmp_path / "work", passages=False)


def test_killed_worker_changes_nothing(session, tmp_path, monkeypatch):
    """The first task of each of some stages kills its own worker; Spark runs it again."""
    from dedup.spark import stream

    fallen, original, calls = tmp_path / "fallen", stream.apply, []
    fallen.mkdir()

    def apply_once_killed(rows, run, schema):
        calls.append(schema)
        mark = str(fallen / str(len(calls)))

        def run_or_fall(batches):
            if not os.path.exists(mark):
                open(mark, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            yield from run(batches)

        return original(rows, run_or_fall, schema)

    monkeypatch.setattr(stream, "apply", apply_once_killed)
    compare(session, [HERALD], tmp_path / "work")

    assert len(list(fallen.iterdir())) > 10  # of those that Spark does not leave out because there are no rows


def test_bucket_of_100_000_texts_is_paired_as_by_the_local_engine(session, tmp_path):
    from dedup.band import choose_bands, pair_bucket_mates
    from dedup.pipeline import no_progress
    from dedup.settings import Settings
    from dedup.spark.pairs import find_candidates
    from dedup.spark.work import Work

    n, numbers = 100_000, np.arange(100_000) * 7 + (5 << 36)
    shingles = np.array([3, 5, 8], np.uint32).tobytes()
    parquet.write_table(pa.table({"text": numbers, "shingles": pa.array([shingles] * n, pa.binary())}), tmp_path / "texts.parquet")
    work = Work(session, str(tmp_path / "work"), no_progress)

    bands = choose_bands(Settings().threshold)
    met = find_candidates(session.read.parquet(str(tmp_path / "texts.parquet")), n, bands, Settings().seed, work)
    met.write.parquet(str(tmp_path / "met"))

    found = parquet.read_table(tmp_path / "met").to_pandas()
    pairs = found[found["a"] >= 0].sort_values(["a", "b"])
    local = pair_bucket_mates(np.zeros(n, np.uint64))
    np.testing.assert_array_equal(pairs[["a", "b"]].to_numpy(), numbers[local.pairs])
    assert found[found["a"] < 0]["left_out"].tolist() == [bands.bands * local.left_out]


def test_tables_of_the_result_hold_the_report(session, tmp_path):
    report = compare(session, [HERALD], tmp_path / "work")

    members = parquet.read_table(tmp_path / "work" / "result" / "clusters").to_pylist()
    passages = parquet.read_table(tmp_path / "work" / "result" / "passages").to_pylist()
    documents = parquet.read_table(tmp_path / "work" / "result" / "documents").to_pylist()
    listed = report.to_arrow().to_pylist()
    assert [{name: row[name] for name in listed[0]} for row in members] == listed
    assert [(row["words"], row["a_text"], row["b_line"]) for row in passages] == [
        (one.words, one.a.text, one.b.line) for one in report.passages
    ]
    assert [row["document"] for row in documents] == [one.document for one in report.documents]
    summary = json.loads(next((tmp_path / "work" / "result" / "summary").glob("part-*")).read_text())
    assert summary["summary"]["clusters"] == len(report.clusters)


def test_files_named_twice_are_read_once():
    from dedup.spark.ingest import list_files

    listed = list_files([str(HERALD), str(NEWSROOM), str(HERALD / "")], Problems())

    assert [file.name for file in listed] == [found.name for found in find_inputs([HERALD, NEWSROOM], Problems())]
    assert [file.number for file in listed] == list(range(len(listed)))


@pytest.mark.parametrize(
    ("paths", "changes", "error", "message"),
    [
        (["-"], {}, InputError, "workers cannot read standard input"),
        (["missing"], {}, InputError, "no such file or folder"),
        ([HERALD], {"exact": True}, SettingsError, "by bands alone"),
        ([HERALD], {"threshold": 0.001}, SettingsError, "raise it"),
    ],
)
def test_what_spark_cannot_do_is_refused_at_once(tmp_path, paths, changes, error, message):
    from dedup import spark

    with pytest.raises(error, match=message):
        spark.audit(None, list(map(str, paths)), work_dir=tmp_path / "work", **changes)


def test_folder_without_a_document_is_refused(session, tmp_path):
    from dedup import spark

    write_files(tmp_path, {"in/rows.jsonl": "{broken\n"})

    with pytest.raises(InputError, match=r"no document.*1 skipped: not JSON"):
        spark.audit(session, str(tmp_path / "in"), work_dir=tmp_path / "work")


def test_strict_stops_at_the_first_bad_row(session, tmp_path):
    from dedup import spark

    write_files(tmp_path, {"in/a.jsonl": '{"text": "a b"}\n', "in/b.jsonl": "{broken\n", "in/c.jsonl": "{broken too\n"})

    with pytest.raises(InputError, match=r"b\.jsonl:1: not JSON.*without --strict"):
        spark.audit(session, str(tmp_path / "in"), work_dir=tmp_path / "work", strict=True)


def test_command_line_runs_on_a_cluster_of_processes(spark_installed, tmp_path):
    """Two executors in processes of their own, with a shuffle over the network."""
    write_files(tmp_path, {f"in/{i}.txt": article((FERRY, FERRY_EDITED)[i % 2], (BUDGET, ORCHARD)[i // 2]) for i in range(4)})
    command = [sys.executable, "-m", "dedup", "audit", "in", "--format", "json"]
    cluster = ["--engine", "spark", "--master", "local-cluster[2,1,1024]", "--work-dir", str(tmp_path / "work")]
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    environment["PYSPARK_SUBMIT_ARGS"] = "--conf spark.sql.shuffle.partitions=2 --conf spark.ui.enabled=false pyspark-shell"

    local = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    spread = subprocess.run([*command, *cluster], cwd=tmp_path, check=False, capture_output=True, env=environment)

    assert spread.returncode == 0, spread.stderr.decode()[-2000:]
    ours, theirs = (json.loads(run.stdout) for run in (spread, local))
    ours["summary"]["seconds"] = theirs["summary"]["seconds"]
    assert ours == theirs
