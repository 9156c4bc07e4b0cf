"""Paths to documents: finds the files, picks a reader by suffix, and hands on what they hold in columns.

A reader is a generator of `Batch`es that takes an `Input` and tells `Problems` what it had to skip.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, TypeVar

import numpy as np

from dedup.model import Batch, Document
from dedup.read import plain
from dedup.read.batches import Record, gather_batches, iterate_documents, make_writable
from dedup.read.find import find_files
from dedup.read.plain import batch_documents, is_markdown
from dedup.read.problems import Problems
from dedup.read.remote import hide_secrets
from dedup.read.streams import COMPRESSIONS, Input
from dedup.settings import Settings

__all__ = [
    "BATCH_READERS",
    "SUFFIXES",
    "Inputs",
    "Problems",
    "batch_documents",
    "describe_nothing",
    "find_inputs",
    "hide_secrets",
    "is_markdown",
    "is_page",
    "list_inputs",
    "make_writable",
    "read",
    "read_batches",
    "read_given",
]

Inputs = str | os.PathLike[str] | Document | Iterable[str | os.PathLike[str] | Document]
"""A path, a Document, or several."""
Found = TypeVar("Found")


Reader = Callable[[Input, Settings, Problems], Iterator[Found]]


def _load_later(module: str, name: str) -> Callable[[Input, Settings, Problems], Iterator[Any]]:
    """Return a reader whose module is loaded when a file of its format comes: the patterns and libraries of others cost nothing."""

    def read_later(source: Input, settings: Settings, problems: Problems) -> Iterator[Any]:
        reader = getattr(importlib.import_module(f"dedup.read.{module}"), name)
        found: Iterator[Any] = reader(source, settings, problems)
        return found

    return read_later


RECORD_READERS: dict[str, Reader[Record]] = {
    **dict.fromkeys(plain.SUFFIXES, plain.read_plain),
    **dict.fromkeys((".html", ".htm", ".xhtml"), _load_later("html", "read_html")),
    ".warc": _load_later("warc", "read_warc"),
}
"""Formats of one document or a few in a file, by suffix; their records are gathered into batches. Any other is plain text."""
BATCH_READERS: dict[str, Reader[Batch]] = {
    **dict.fromkeys((".jsonl", ".ndjson"), _load_later("rows", "read_rows")),
    ".json": _load_later("array", "read_array"),
    **dict.fromkeys((".csv", ".tsv"), _load_later("table", "read_table")),
    **dict.fromkeys((".parquet", ".arrow", ".feather"), _load_later("columns", "read_columns")),
}
"""Formats of many documents in a file, by suffix."""
SUFFIXES = (*RECORD_READERS, *BATCH_READERS)


def is_page(source: Input) -> bool:
    """Return whether an input holds pages, whose markup tells their paragraphs."""
    return source.suffix in RECORD_READERS and source.suffix not in plain.SUFFIXES


def read(paths: Iterable[str | os.PathLike[str]], settings: Settings | None = None) -> Iterator[Document]:
    """Yield the documents of files, folders and standard input ("-"), in sorted order within a folder.

    Records that cannot be read are passed over; with `settings.strict` the first one is an InputError.
    Raises InputError for a path that is not there.
    """
    settings = settings or Settings()
    return iterate_documents(read_batches(find_inputs(paths, Problems()), settings, Problems(settings.strict)))


def list_inputs(inputs: Inputs) -> list[str | os.PathLike[str] | Document]:
    """Return what is given as a list: one path, one Document, or several."""
    return [inputs] if isinstance(inputs, str | os.PathLike | Document) else list(inputs)


def read_given(given: Sequence[str | os.PathLike[str] | Document], settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of paths, then the Documents themselves, as batches."""
    paths = [item for item in given if not isinstance(item, Document)]
    documents = [item for item in given if isinstance(item, Document)]
    yield from read_batches(find_inputs(paths, problems), settings, problems)
    yield from batch_documents(documents, problems)


def describe_nothing(given: Sequence[str | os.PathLike[str] | Document], problems: Problems) -> str:
    """Return the error of a run whose inputs gave no document at all: what was looked for, and what was found instead."""
    names = ", ".join(item.name if isinstance(item, Document) else hide_secrets(os.fspath(item)) for item in given) or "no input"
    reasons = [f"{count} skipped: {reason}" for reason, count in sorted(problems.skipped.items())]
    reasons += [
        f"{count} {'answered with' if kind.startswith('HTTP ') else 'of kind'} {kind}"
        for kind, count in sorted(problems.ignored.items())
    ]
    found = f" ({'; '.join(reasons)})" if reasons else ""
    packed = f"{', '.join(COMPRESSIONS[:-1])} or {COMPRESSIONS[-1]}"
    return f"{names}: no document{found}; looked for files ending in {' '.join(SUFFIXES)}, each also with {packed}"


def find_inputs(paths: Iterable[str | os.PathLike[str]], problems: Problems) -> list[Input]:
    """Return the files to read, each once, however often it is named; hidden files of a folder are left out.

    Raises InputError for a path that is not there, before anything is read.
    """
    return find_files(paths, SUFFIXES, problems)


def read_batches(inputs: Sequence[Input], settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of the inputs as batches; their `files` are places in this sequence."""
    for is_many, some in groupby(enumerate(inputs), key=lambda numbered: numbered[1].suffix in BATCH_READERS):
        if is_many:
            for file, source in some:
                for batch in BATCH_READERS[source.suffix](source, settings, problems):
                    yield replace(batch, files=np.full(len(batch), file))
        else:
            yield from gather_batches(_read_records(some, settings, problems))


def _read_records(inputs: Iterable[tuple[int, Input]], settings: Settings, problems: Problems) -> Iterator[Record]:
    for file, source in inputs:
        reader = RECORD_READERS.get(source.suffix, plain.read_plain)
        for number, record in enumerate(reader(source, settings, problems), 1):
            yield record._replace(file=file, number=number)
