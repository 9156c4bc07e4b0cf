"""Print how long each stage of an audit takes, its CPU time, which a busy machine distorts less, and how much of that is serial.

Usage: `python tests/bench/stages.py PATH... [--threshold .6] [--shingle 2] [--jobs 0]`. Kernels are loaded beforehand on two small
documents, so that compiling them does not count.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dedup import kernel
from dedup.audit import audit
from dedup.describe import count_duplicates, describe_clusters, describe_documents, order_clusters, summarise
from dedup.findings import list_furniture, read_kinds, tie_clusters
from dedup.lifts import find_lifts, fingerprint_corpus
from dedup.model import Document
from dedup.pipeline import find_pairs, ingest_batches, no_progress
from dedup.read import Problems, find_inputs, read_batches
from dedup.report import Report
from dedup.settings import Settings
from dedup.spans import describe_lifts

Result = TypeVar("Result")
WARMING = "The ferry sails at noon. The ferry sails at noon.\n\nThe ferry sails at one o'clock today.\n\nIt sails at one today."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--threshold", type=float, default=Settings().threshold)
    parser.add_argument("--shingle", type=int, default=Settings().shingle)
    parser.add_argument("--jobs", type=int, default=0)
    options = parser.parse_args()
    settings = Settings(threshold=options.threshold, shingle=options.shingle, jobs=options.jobs)
    kernel.WORTH_COMPILING = kernel.WORTH_STARTING = kernel.WORTH_LOADING = -1
    audit([Document("a", WARMING), Document("b", WARMING + " Again.")], settings)
    for stage, (seconds, cpu_seconds, serial_seconds) in time_stages(options.paths, settings).items():
        print(f"{stage:<40} {seconds:8.3f} s {cpu_seconds:8.3f} s of CPU {serial_seconds:8.3f} s in the main thread", flush=True)


def time_stages(paths: list[str], settings: Settings) -> dict[str, tuple[float, float, float]]:
    """Return the seconds of each stage, of CPU, and of CPU in the main thread.

    Reading and segmenting are apart here, though an audit overlaps them.
    """
    taken: dict[str, tuple[float, float, float]] = {}

    def timed(stage: str, work: Callable[[], Result]) -> Result:
        started, cpu_started, serial_started = time.perf_counter(), time.process_time(), time.thread_time()
        result = work()
        taken[stage] = time.perf_counter() - started, time.process_time() - cpu_started, time.thread_time() - serial_started
        return result

    with ThreadPoolExecutor(settings.threads) as pool:
        batches = timed("read", lambda: list(read_batches(find_inputs(paths, Problems()), settings, Problems())))
        corpus = timed("segment, shingle, collapse", lambda: ingest_batches(batches, settings, pool, no_progress))
        found = timed("sketch, band, verify", lambda: find_pairs(corpus, settings, pool, no_progress))
        tied = timed("cluster, learn furniture", lambda: tie_clusters(corpus, found))
        kinds = timed("classify clusters", lambda: read_kinds(corpus, tied, pool))
        furniture = list_furniture(corpus, tied, kinds)
        winnowed = timed("winnow", lambda: fingerprint_corpus(corpus, settings, pool, no_progress))
        lifted = timed("find passages", lambda: find_lifts(corpus, lambda: winnowed, tied.roots, furniture, settings, pool))
    clusters = timed("describe clusters", lambda: describe_clusters(corpus, tied, kinds, order_clusters(corpus, tied)))
    passages, _ = timed("describe passages", lambda: describe_lifts(corpus, lifted))
    documents = timed("describe documents", lambda: describe_documents(corpus, tied, kinds, lifted))
    summary = summarise(corpus, found, tied, kinds, count_duplicates(corpus, tied), lifted, Problems(), 0.0)
    timed("write JSON", lambda: Report({}, summary, clusters, passages, documents, n_threads=settings.threads).to_json())
    seconds, cpu_seconds, serial_seconds = map(sum, zip(*taken.values(), strict=True))
    return {f"{summary.documents:,} documents, {summary.paragraphs:,} paragraphs": (seconds, cpu_seconds, serial_seconds)} | taken


if __name__ == "__main__":
    main()
