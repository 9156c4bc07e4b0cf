"""What an audit on Spark takes, and what it would take of a crawl: `python tests/bench/spark_plan.py [--millions 0.1 1]`.

For each size a made corpus (see `corpus`) is audited by two local workers. Core seconds are those that the driver, the JVM and the
Python workers spent; shuffle bytes are what Spark's event log says was written, compressed. The cost of one more paragraph is the
difference of the two largest sizes over their paragraphs, so that starting up counts for nothing.
Extrapolated with that, and what does not grow evenly said beside it. Needs Java and the extra `spark`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from corpus import write_corpus

from dedup.band import MORE_MINIMA, allow_minima, choose_bands
from dedup.settings import Settings

PARAGRAPH_BYTES, PARAGRAPH_WORDS = 268, 46
"""Of a made corpus, with what stands around a paragraph in JSON; of those that are no copy."""
THRESHOLD = Settings().threshold
FILES = 16
WARMING_BYTES = 4_000_000
"""Audited before anything is measured: the first run compiles kernels, and the JVM its own code, for a minute of a core."""
TARGETS = (10**9, 10**11)
CORES = (1_000, 10_000)
POSTING_STAGES = ("candidates",)


class Cost(NamedTuple):
    """Of a stage: core seconds, wall seconds, bytes shuffled, bytes kept, rows."""

    cpu: float
    wall: float
    shuffled: int
    kept: int
    rows: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[0.1, 1.0], help="paragraphs of each corpus, in millions")
    parser.add_argument("--partitions", type=int, default=8)
    options = parser.parse_args()
    measured = {}
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), WARMING_BYTES, options.partitions)
    for millions in sorted(options.millions):
        with tempfile.TemporaryDirectory() as folder:
            n_paragraphs, costs = measure(Path(folder), int(millions * 1e6 * PARAGRAPH_BYTES), options.partitions)
        measured[n_paragraphs] = costs
        print_costs(n_paragraphs, costs)
    if len(measured) > 1:
        extrapolate(measured)


def measure(folder: Path, size: int, partitions: int) -> tuple[int, dict[str, Cost]]:
    """Return (the paragraphs of a made corpus, what each stage of its audit took)."""
    from pyspark.sql import SparkSession

    from dedup import spark
    from dedup.spark.work import Work

    corpus = make_files(folder / "in", size)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    log = folder / "log"
    log.mkdir()
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
    builder = builder.config("spark.eventLog.enabled", "true").config("spark.eventLog.dir", log.as_uri())
    builder = builder.config("spark.sql.shuffle.partitions", partitions).config("spark.ui.showConsoleProgress", "false")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    meter, spent = Meter(), dict[str, tuple[float, float, int]]()
    original = Work.stage

    def stage(self, name, schema, make):
        session.sparkContext.setJobGroup(name, name)
        cpu, wall = meter.read(), time.perf_counter()
        rows = original(self, name, schema, make)
        spent[name] = (meter.read() - cpu, time.perf_counter() - wall, self.counts[name])
        session.sparkContext.setJobGroup("rest", "rest")
        return rows

    Work.stage = stage
    begun, wall = meter.read(), time.perf_counter()
    report = spark.audit(session, [str(corpus)], work_dir=folder / "work", source_field="source", date_field="date")
    total = meter.read() - begun, time.perf_counter() - wall
    Work.stage = original
    session.stop()
    shuffled = read_shuffled(log)
    rest = tuple(whole - sum(cost[i] for cost in spent.values()) for i, whole in enumerate(total))
    costs = {
        name: Cost(cpu, seconds, shuffled[name], count_bytes(folder / "work" / name), rows)
        for name, (cpu, seconds, rows) in spent.items()
    }
    costs["result"] = Cost(*rest, shuffled["rest"], count_bytes(folder / "work" / "result"), report.summary.duplicate_paragraphs)
    return report.summary.paragraphs, costs


def make_files(folder: Path, size: int) -> Path:
    folder.mkdir()
    whole = folder.parent / "whole.jsonl"
    with whole.open("wb") as file:
        write_corpus(file, size, 1)
    lines = whole.read_bytes().splitlines(keepends=True)
    whole.unlink()
    for i in range(FILES):
        (folder / f"{i:02}.jsonl").write_bytes(b"".join(lines[len(lines) * i // FILES : len(lines) * (i + 1) // FILES]))
    return folder


class Meter:
    """Adds up the core seconds of this process and all below it; what has ended counts as when it was last seen."""

    def __init__(self) -> None:
        self._spent: dict[int, int] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def read(self) -> float:
        """Return the core seconds so far."""
        with self._lock:
            parents, now = {}, {}
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    except OSError:
                        continue
                    parents[int(entry.name)], now[int(entry.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
            pending = [os.getpid(), *self._spent]
            while pending:
                process = pending.pop()
                self._spent[process] = max(self._spent.get(process, 0), now.get(process, 0))
                pending += [child for child, parent in parents.items() if parent == process and child not in self._spent]
            return sum(self._spent.values()) / os.sysconf("SC_CLK_TCK")

    def _watch(self) -> None:
        while True:
            time.sleep(0.5)
            self.read()


def read_shuffled(log: Path) -> Counter[str]:
    """Return the bytes that the tasks of each stage of ours wrote to shuffles."""
    group_of, shuffled = {}, Counter[str]()
    for path in sorted(path for path in log.rglob("*") if path.is_file()):
        for line in path.open(encoding="utf-8"):
            event = json.loads(line)
            if event["Event"] == "SparkListenerJobStart":
                name = event.get("Properties", {}).get("spark.jobGroup.id", "rest")
                group_of |= dict.fromkeys(event["Stage IDs"], name)
            elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
                written = event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                shuffled[group_of.get(event["Stage ID"], "rest")] += written
    return shuffled


def count_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def print_costs(n_paragraphs: int, costs: dict[str, Cost]) -> None:
    print(f"\n{n_paragraphs:,} paragraphs; a paragraph:")
    print(f"{'stage':14}{'rows':>12}{'core µs':>10}{'wall s':>8}{'shuffled B':>12}{'kept B':>9}")
    for name, cost in costs.items():
        a_paragraph = (value / n_paragraphs for value in (cost.cpu * 1e6, cost.shuffled, cost.kept))
        cpu, shuffled, kept = a_paragraph
        print(f"{name:14}{cost.rows:12,}{cpu:10.1f}{cost.wall:8.1f}{shuffled:12.1f}{kept:9.1f}")
    total = Cost(*map(sum, zip(*costs.values(), strict=True)))
    print(f"{'all':26}{total.cpu / n_paragraphs * 1e6:10.1f}{total.wall:8.1f}", end="")
    print(f"{total.shuffled / n_paragraphs:12.1f}{total.kept / n_paragraphs:9.1f}", flush=True)


def sum_costs(costs: dict[str, Cost], part: str) -> float:
    """Return a cost of all stages; those that deal with postings cost what they would with as many bands as large corpora have."""
    more = choose_bands(THRESHOLD, MORE_MINIMA).bands / count_bands(costs["texts"].rows)
    return sum(getattr(cost, part) * (more if name in POSTING_STAGES else 1) for name, cost in costs.items())


def count_bands(n_texts: int) -> int:
    return choose_bands(THRESHOLD, allow_minima(n_texts, n_texts * PARAGRAPH_WORDS)).bands


def extrapolate(measured: dict[int, dict[str, Cost]]) -> None:
    """Print what more paragraphs would take, with the arithmetic."""
    few, many = sorted(measured)[-2:]
    more = many - few
    cpu, shuffled, kept = (
        (sum_costs(measured[many], part) - sum_costs(measured[few], part)) / more for part in ("cpu", "shuffled", "kept")
    )
    n_bands = choose_bands(THRESHOLD, MORE_MINIMA).bands
    print(f"\none more paragraph, from the difference of {more:,} (postings as if all sizes had {n_bands} bands):")
    print(f"{cpu * 1e6:.0f} core µs, {shuffled:.0f} bytes shuffled, {kept:.0f} bytes kept in the work folder")
    for target, cores in zip(TARGETS, CORES, strict=True):
        seconds, half = cpu * target, 2  # a stage waits for its last task, and reads and writes disks: half of the cores at work
        print(f"\n{target:.0e} paragraphs, {target * PARAGRAPH_BYTES / 1e12:,.1f} TB of text:")
        print(f"  {cpu * 1e6:.0f} µs * {target:.0e} = {seconds / 3600:,.0f} core hours")
        print(f"  on {cores:,} cores, {1 / half:.0%} of them at work: {seconds * half / 3600 / cores:,.1f} hours")
        print(f"  shuffled {shuffled * target / 1e12:,.1f} TB, {shuffled * target / cores / 1e9:,.1f} GB a core over the run")
        print(f"  kept {kept * target / 1e12:,.1f} TB")
        postings = measured[many]["texts"].rows / many * target * n_bands
        print(f"  partitions of postings at 128 MB: {postings * 28 / (128 << 20):,.0f}")
    one, other = (measured[n]["candidates"].rows / measured[n]["texts"].rows for n in (few, many))
    print(
        f"\nwhat grows faster than the corpus: candidates of a text, {one:.2f} among {few:,} paragraphs, {other:.2f} among {many:,}"
    )


if __name__ == "__main__":
    main()
