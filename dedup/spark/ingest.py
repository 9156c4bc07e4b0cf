"""Files to paragraphs, a task some files: read, segmented and shingled by the functions of the local engine.

A paragraph's number is `file << 36 | its place in the file`, and so is a document's: they rise as a run on one machine reads them,
on which its results hang (which copy comes first, which text is lower), and no task has to know of another.
Leaves out: cutting a file in parts; one file is one task.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.corpus import Corpus, hash_documents
from dedup.distinct import pack_sets
from dedup.errors import InputError
from dedup.model import Batch, Ints
from dedup.pipeline import ingest_batches, no_progress
from dedup.read import Problems, find_inputs, read_batches
from dedup.read.find import STANDARD_INPUT
from dedup.read.remote import describe_version
from dedup.read.streams import Input
from dedup.settings import Settings
from dedup.spark.stream import Rows, map_rows, slice_binary
from dedup.verify import sort_sets

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE_SHIFT = 36
"""Places of a file: 68 billion paragraphs; files: 134 million."""
LEAST_TASK_BYTES, TASK_BYTES = 1 << 20, 64 << 20
DOCUMENT, PARAGRAPH, NOTE = range(3)
READ = (
    "kind int, pid long, doc long, ordinal int, start_point long, end_point long, line int, words long, mask long, role int, "
    "digest_a long, digest_b long, shingles binary, prose binary, shown binary, "
    "name string, source string, date string, paragraphs long, hash binary, reason string, n long"
)
"""Rows of one pass: documents (kind 0), paragraphs (1) and what was skipped (2); of a kind the other columns are null.

shingles: sorted and distinct, uint32, of the first of equal paragraphs in a batch; shown: the text where it is not `prose`;
hash: as an index keeps it (see `corpus.hash_documents`).
"""


class File(NamedTuple):
    """An input as it travels to a worker: its number, and what makes it an `Input` there.

    path: None for an address; version: what differs when the file is changed, size aside.
    """

    number: int
    name: str
    path: str | None
    suffix: str
    source: str
    n_bytes: int
    version: str


def list_files(paths: Sequence[str], problems: Problems) -> list[File]:
    """Return the files to read, each once. Raises InputError for a path that is not there, and for standard input."""
    if STANDARD_INPUT in paths:
        raise InputError("-: Spark's workers cannot read standard input; write it to a file that they all see")
    files: list[File] = []
    for found in find_inputs(paths, problems):
        if found.path is not None and not found.path.is_file():
            raise InputError(f"{found.name}: is a pipe; Spark's workers need a file that they all see")
        files.append(_describe(len(files), found))
    return files


def read_files(session: SparkSession, files: Sequence[File], settings: Settings) -> DataFrame:
    """Return the rows of all files, as READ says."""
    parts = part_files(files, int(session.conf.get("spark.sql.shuffle.partitions")))

    def read(tables: Iterator[Any]) -> Iterator[Rows]:
        for table in tables:
            for part in table.column("id").to_pylist():
                for file in parts[part]:
                    yield from _read_file(file, settings)

    return map_rows(session.range(0, len(parts), 1, len(parts)), read, READ)


def part_files(files: Sequence[File], usual_tasks: int) -> list[Sequence[File]]:
    """Return the files of each task, about as many bytes each; as many tasks as usual, unless they were too small or large."""
    sizes = np.cumsum([max(file.n_bytes, 1) for file in files])
    least, most = (int(sizes[-1]) // n_bytes + 1 for n_bytes in (TASK_BYTES, LEAST_TASK_BYTES))
    n_parts = min(len(files), max(least, min(most, usual_tasks)))
    cuts = np.searchsorted(sizes, sizes[-1] * np.arange(1, n_parts) / n_parts)
    return [files[start:end] for start, end in pairwise(np.unique([0, *cuts, len(files)]).tolist())]


def _read_file(file: File, settings: Settings) -> Iterator[Rows]:
    problems = Problems(settings.strict)
    base = file.number << FILE_SHIFT
    n_paragraphs = n_documents = 0
    try:
        inputs = find_inputs([file.name], problems) if file.path is None else [_make_input(file)]
        with ThreadPoolExecutor(1) as pool:
            for batch in read_batches(inputs, settings, problems):
                corpus = ingest_batches([batch], settings, pool, no_progress)
                yield _list_paragraphs(corpus, batch, base + n_paragraphs, base + n_documents)
                yield _list_documents(corpus, batch, base + n_documents, settings.split)
                n_paragraphs, n_documents = n_paragraphs + len(corpus.document), n_documents + len(batch)
    except InputError as error:  # with --strict; told by the driver, of several the first
        yield _list_notes(base, [("error", str(error), 0)])
    notes = [(f"skipped:{reason}", "", count) for reason, count in problems.skipped.items()]
    notes += [(f"decoded:{encoding}", "", count) for encoding, count in problems.decoded.items()]
    notes += [("example", message, i) for i, message in enumerate(problems.examples)]
    if notes:
        yield _list_notes(base, notes)


def _describe(number: int, found: Input) -> File:
    if found.path is None:
        return File(number, found.name, None, found.suffix, found.source, TASK_BYTES, describe_version(found.name))
    told = found.path.stat()
    return File(number, found.name, str(found.path.resolve()), found.suffix, found.source, told.st_size, str(told.st_mtime_ns))


def _make_input(file: File) -> Input:
    return Input(file.name, Path(file.path or ""), file.suffix, file.source)


def _list_paragraphs(corpus: Corpus, batch: Batch, first_pid: int, first_doc: int) -> Rows:
    n, text, sets = len(corpus.document), corpus.text, corpus.sets
    sort_sets(sets, np.arange(len(sets.starts)))
    packed = pack_sets(sets)
    shingles = np.full(n, None, object)
    shingles[corpus.first] = slice_binary(packed.shingles.view(np.uint8), packed.starts * 4, packed.ends * 4)
    prose = slice_binary(batch.text, corpus.start, corpus.end)
    shown: list[bytes | None] | None = None
    if batch.original is not None:
        both = zip(slice_binary(batch.original, corpus.start, corpus.end), prose, strict=True)
        shown = [None if one == other else one for one, other in both]
    digests = corpus.digests[text]
    return {
        "kind": np.full(n, PARAGRAPH),
        "pid": first_pid + np.arange(n),
        "doc": first_doc + corpus.document.astype(np.int64),
        "ordinal": corpus.ordinal,
        "start_point": corpus.start_point,
        "end_point": corpus.end_point,
        "line": corpus.line,
        "words": corpus.words,
        "mask": corpus.masks,
        "role": corpus.roles,
        "digest_a": digests[:, 0].copy(),
        "digest_b": digests[:, 1].copy(),
        "shingles": shingles.tolist(),
        "prose": prose,
        "shown": shown,
    }


def _list_documents(corpus: Corpus, batch: Batch, first_doc: int, split: str) -> Rows:
    return {
        "kind": np.full(len(batch), DOCUMENT),
        "doc": first_doc + np.arange(len(batch)),
        "name": batch.names,
        "source": batch.sources,
        "date": batch.dates,
        "paragraphs": corpus.document_paragraphs,
        "words": corpus.document_words,
        "hash": list(hash_documents([batch], split)),
    }


def _list_notes(base: int, notes: Sequence[tuple[str, str, int]]) -> Rows:
    reasons, texts, counts = map(list, zip(*notes, strict=True))
    numbers: Ints = np.full(len(notes), base)
    return {"kind": np.full(len(notes), NOTE), "doc": numbers, "reason": reasons, "name": texts, "n": np.array(counts)}
