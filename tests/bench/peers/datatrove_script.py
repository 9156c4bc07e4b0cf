"""Near-duplicates with datatrove: its four MinHash stages, each under a LocalPipelineExecutor.

Usage: python datatrove_script.py FOLDER --shingle N --num-perm N --bands B --rows R --threshold T --workers N
FOLDER holds one .jsonl file for each worker, since datatrove shares out whole files. Stages write below the current
folder. The English tokenizer is spaCy's blank pipeline, which needs no model; candidates are not verified.
"""

from __future__ import annotations

import struct
from pathlib import Path

from common import parse_arguments, print_found
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter

MATCH = struct.Struct("<4I")
ROW = struct.Struct("<I")


def run_stage(name: str, tasks: int, workers: int, *steps: PipelineStep) -> None:
    """Run one stage to its end; a failed task raises."""
    LocalPipelineExecutor(list(steps), tasks=tasks, workers=workers, logging_dir=f"logs/{name}").run()


def read_matches() -> set[tuple[int, ...]]:
    """Return the distinct matches (file, row, file, row) that the second stage wrote."""
    return {match for path in Path("buckets").rglob("*.dups") for match in MATCH.iter_unpack(path.read_bytes())}


def count_clusters(matches: set[tuple[int, ...]]) -> int:
    """Return the number of clusters: rows in any match, less the rows taken out."""
    matched = {end for match in matches for end in (match[:2], match[2:])}
    removed = sum(path.stat().st_size // ROW.size for path in Path("remove").rglob("*.remove"))
    return len(matched) - removed


def count_lines(folder: str) -> int:
    """Return the number of rows in a folder of .jsonl files."""
    return sum(path.read_bytes().count(b"\n") for path in Path(folder).rglob("*.jsonl"))


def main() -> None:
    """Run signatures, buckets, clusters and filter one after the other."""
    options = parse_arguments(__doc__)
    config = MinhashConfig(n_grams=options.shingle, num_buckets=options.bands, hashes_per_bucket=options.rows)
    reader, workers = JsonlReader(options.input), options.workers
    run_stage("signatures", workers, workers, reader, MinhashDedupSignature("signatures", config))
    run_stage("buckets", options.bands, workers, MinhashDedupBuckets("signatures", "buckets", config=config))
    run_stage("clusters", 1, 1, MinhashDedupCluster("buckets", "remove", config))
    writer = JsonlWriter("kept", compression=None)
    run_stage("filter", workers, workers, reader, MinhashDedupFilter("remove"), writer)
    matches = read_matches()
    print_found(count_lines(options.input), count_lines("kept"), count_clusters(matches), len(matches))


if __name__ == "__main__":
    main()
