"""The work folder of a run on Spark: each stage a folder of Parquet, an account of those that are finished, and whose run it is.

A rerun reads what is finished and makes the rest. A folder of another run (other settings, other inputs) is refused.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dedup.errors import DedupError, SettingsError
from dedup.progress import make_visible

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FORMAT = "dedup-spark/2"
PARTITION_BYTES = 128 << 20
"""Of a shuffle: what a task sorts in memory with the usual 4 GB and 4 cores an executor."""
LEDGER = "finished"
_LEDGER_SCHEMA = "name string, n_rows long, seconds double"


class Work:
    """A folder on any file system that Spark knows, and the session that writes to it."""

    def __init__(self, session: SparkSession, folder: str, progress: Callable[[str, int], None]) -> None:
        self.session, self._folder, self._progress = session, folder.rstrip("/"), progress
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, int] = {}

    def claim(self, belongs: dict[str, Any]) -> None:
        """Write whose run it is, or raise SettingsError when another's is there. belongs: what decides what the stages hold."""
        mine = {"format": FORMAT} | belongs
        there = self._read("run", "content string")
        if there is None:
            self._write(self.session.createDataFrame([(json.dumps(mine),)], "content string"), "run")
            return
        differing = _compare(json.loads(there.collect()[0][0]), mine)
        if differing:
            raise SettingsError(f"{make_visible(self._folder)}: holds the stages of another run ({differing}); name another folder")
        for name, n_rows, seconds in self._finished():
            self.counts[name], self.seconds[name] = n_rows, seconds

    def stage(self, name: str, schema: str, make: Callable[[], DataFrame]) -> DataFrame:
        """Return the rows of a stage, made unless it is finished."""
        if name in self.counts:
            rows = self._read(name, schema)
            if rows is not None:
                return rows
        started = time.perf_counter()
        made = make()
        self._write(made.select(*[field.split()[0] for field in schema.split(", ")]), name)
        rows = self.open(name, schema)
        self.counts[name], self.seconds[name] = rows.count(), time.perf_counter() - started
        account = self.session.createDataFrame([(name, self.counts[name], self.seconds[name])], _LEDGER_SCHEMA)
        account.coalesce(1).write.mode("append").parquet(f"{self._folder}/{LEDGER}")
        self._progress("Stages", 1)
        return rows

    def open(self, name: str, schema: str) -> DataFrame:
        """Return the rows of a finished stage. Raises DedupError when it is gone."""
        rows = self._read(name, schema)
        if rows is None:
            raise DedupError(
                f"{make_visible(self._folder)}/{name}: was written and is not there; is the folder one that all share?"
            )
        return rows

    def partition(self, n_rows: int, row_bytes: int) -> int:
        """Return into how many partitions so many rows of a size are shuffled; 0 where Spark's own number will do.

        To that number Spark keeps by itself, and joins small partitions; of its own accord it makes no more.
        """
        wanted = -(-n_rows * row_bytes // PARTITION_BYTES)
        return wanted if wanted > int(self.session.conf.get("spark.sql.shuffle.partitions")) else 0

    def _finished(self) -> list[tuple[str, int, float]]:
        rows = self._read(LEDGER, _LEDGER_SCHEMA)
        return [] if rows is None else [(row[0], row[1], row[2]) for row in rows.collect()]

    def _write(self, rows: DataFrame, name: str) -> None:
        rows.write.mode("overwrite").option("compression", "zstd").parquet(f"{self._folder}/{name}")

    def _read(self, name: str, schema: str) -> DataFrame | None:
        from pyspark.errors import AnalysisException  # noqa: PLC0415  pyspark is an extra

        try:
            rows = self.session.read.schema(schema).parquet(f"{self._folder}/{name}")
            return rows if rows.columns else None  # asked at once, for Connect looks no earlier
        except AnalysisException as error:
            if "PATH_NOT_FOUND" in str(error):
                return None
            raise


def name_inputs(inputs: list[tuple[str, int, str]]) -> str:
    """Return a fingerprint of files by name, size and version, in their order."""
    return hashlib.blake2b(json.dumps(inputs).encode(), digest_size=16).hexdigest()


def _compare(there: dict[str, Any], mine: dict[str, Any]) -> str:
    """Return what differs between two runs, empty where nothing does."""
    keys = sorted(there.keys() | mine.keys())
    return "; ".join(f"{key}: {there.get(key)} there, {mine.get(key)} here" for key in keys if there.get(key) != mine.get(key))
