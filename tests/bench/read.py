"""Print how fast each format is read, beside the stages behind: `python tests/bench/read.py ROWS.jsonl[.gz] [--repeat 3]`.

The rows are written once in every format, into a temporary folder; MB are those of their text in UTF-8, the best of some runs.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import feather, ipc, parquet

from dedup import kernel
from dedup.audit import audit
from dedup.model import Batch
from dedup.pipeline import find_pairs, ingest_batches, no_progress
from dedup.read import Problems, find_inputs, read, read_batches
from dedup.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WARMING = '{"text": "The ferry sails at noon.\\n\\nThe ferry sails at noon today, or at one."}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=0)
    options = parser.parse_args()
    kernel.WORTH_COMPILING = kernel.WORTH_STARTING = kernel.WORTH_LOADING = -1
    with tempfile.TemporaryDirectory() as folder:
        documents = [{"id": str(i), "text": document.text} for i, document in enumerate(read([options.rows]))]
        n_bytes = sum(len(document["text"].encode()) for document in documents)
        paths = write_formats(documents, Path(folder))
        warm_up(Path(folder))
        settings = Settings(jobs=options.jobs)
        behind = best(options.repeat, lambda: run_stages(load(paths[0]), settings))
        print(f"{len(documents):,} documents, {n_bytes / 1e6:,.1f} MB of text, {settings.threads} threads")
        print(f"{'stages behind':<14} {n_bytes / behind / 1e6:8.0f} MB/s")
        for path in paths:
            seconds = best(options.repeat, lambda path=path: load(path))  # type: ignore[misc]
            print(f"{path.name:<14} {n_bytes / seconds / 1e6:8.0f} MB/s {behind / seconds:6.1f} times as fast as the stages behind")


def best(repeat: int, work: Callable[[], Any]) -> float:
    """Return the seconds of the fastest of some runs, without what is done before the run itself returns its work."""
    seconds = []
    for _ in range(repeat):
        started = time.perf_counter()
        spent = work()
        seconds.append(spent if isinstance(spent, float) else time.perf_counter() - started)
    return min(seconds)


def load(path: Path) -> list[Batch]:
    """Return the documents of a file or folder."""
    return list(read_batches(find_inputs([path], Problems()), Settings(), Problems()))


def run_stages(batches: list[Batch], settings: Settings) -> float:
    """Return the seconds from batches to verified pairs."""
    started = time.perf_counter()
    with ThreadPoolExecutor(settings.threads) as pool:
        find_pairs(ingest_batches(batches, settings, pool, no_progress), settings, pool, no_progress)
    return time.perf_counter() - started


def warm_up(folder: Path) -> None:
    """Load every kernel and library once."""
    warming = folder / "warming.json"
    warming.write_text(f"[{WARMING}, {WARMING}]")
    audit(warming)
    load(folder / "rows.parquet")


def write_formats(rows: list[dict[str, str]], folder: Path) -> list[Path]:
    """Write the rows in every format; return the files, and the folder of texts."""
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    (folder / "rows.jsonl").write_bytes(lines)
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(lines, 6))
    (folder / "rows.jsonl.zst").write_bytes(zstd.compress(lines))
    (folder / "rows.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1))
    with (folder / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    table = pa.Table.from_pylist(rows)
    parquet.write_table(table, folder / "rows.parquet", compression="zstd")
    feather.write_feather(table, folder / "rows.feather")
    with ipc.new_file(folder / "rows.arrow", table.schema) as writer:
        writer.write_table(table)
    texts = folder / "texts"
    texts.mkdir()
    for row in rows:
        (texts / f"{row['id']}.txt").write_text(row["text"])
    return [*sorted(folder.glob("rows.*")), texts]


if __name__ == "__main__":
    main()
