"""Paths to documents: finds the files, picks a reader by suffix, and hands on what they hold in columns.

A reader is a generator of `Batch`es that takes an `Input` and tells `Problems` what it had to skip.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path

from dedup.errors import InputError
from dedup.model import Batch, Document
from dedup.read import array, columns, plain, rows, table
from dedup.read.batches import gather_batches, iterate_documents, make_writable
from dedup.read.plain import batch_documents
from dedup.read.problems import Problems
from dedup.read.streams import COMPRESSIONS, Input
from dedup.settings import Settings

__all__ = [
    "SUFFIXES",
    "Inputs",
    "Problems",
    "batch_documents",
    "describe_nothing",
    "find_inputs",
    "list_inputs",
    "make_writable",
    "read",
    "read_batches",
    "read_given",
]

Inputs = str | os.PathLike[str] | Document | Iterable[str | os.PathLike[str] | Document]
"""A path, a Document, or several."""

ROW_READERS: dict[str, Callable[[Input, Settings, Problems], Iterator[Batch]]] = {
    **dict.fromkeys(rows.SUFFIXES, rows.read_rows),
    **dict.fromkeys(array.SUFFIXES, array.read_array),
    **dict.fromkeys(table.SUFFIXES, table.read_table),
    **dict.fromkeys(columns.SUFFIXES, columns.read_columns),
}
"""Readers of files with a document in each row; all other files are one document."""
SUFFIXES = (*plain.SUFFIXES, *ROW_READERS)
FORMATS_TO_COME = (".html", ".htm", ".xhtml", ".warc")
STANDARD_INPUT = "-"


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
    names = ", ".join(item.name if isinstance(item, Document) else os.fspath(item) for item in given) or "no input"
    reasons = [f"{count} skipped: {reason}" for reason, count in sorted(problems.skipped.items())]
    reasons += [f"{count} of kind {suffix}" for suffix, count in sorted(problems.ignored.items())]
    found = f" ({'; '.join(reasons)})" if reasons else ""
    return f"{names}: no document{found}; looked for files ending in {' '.join(SUFFIXES)}, each also with .gz, .bz2 or .zst"


def find_inputs(paths: Iterable[str | os.PathLike[str]], problems: Problems) -> list[Input]:
    """Return the files to read, each once, however often it is named; hidden files of a folder are left out.

    Raises InputError for a path that is not there, before anything is read.
    """
    inputs: list[Input] = []
    seen: set[tuple[int, int]] = set()
    for path in paths:
        for found in _expand(os.fspath(path), problems):
            key = _identify(found)
            if key not in seen:
                seen.add(key)
                inputs.append(found)
    return inputs


def read_batches(inputs: Sequence[Input], settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of the inputs as batches."""
    for are_rows, some in groupby(inputs, key=lambda source: source.suffix in ROW_READERS):
        if are_rows:
            yield from chain.from_iterable(ROW_READERS[source.suffix](source, settings, problems) for source in some)
        else:
            yield from gather_batches(chain.from_iterable(plain.read_plain(source, problems) for source in some))


def _peek_standard_input() -> Input:
    """Return standard input as rows where it begins like a JSON object, else as one text."""
    if sys.stdin is None:
        raise InputError("-: standard input is closed; pipe a text or rows into it")
    start = sys.stdin.buffer.peek(1).removeprefix(codecs.BOM_UTF8).lstrip()[:1]  # type: ignore[union-attr]
    return Input(STANDARD_INPUT, None, rows.SUFFIXES[0] if start == b"{" else "", "")


def _expand(path: str, problems: Problems) -> Iterator[Input]:
    if path == STANDARD_INPUT:
        yield _peek_standard_input()
    elif os.path.isdir(path):
        yield from _walk(path, problems)
    elif os.path.exists(path):
        found = _make_input(path)
        if found.suffix in FORMATS_TO_COME:
            raise InputError(f"{path}: {found.suffix} is not read yet; give it as text, Markdown or JSON lines")
        yield found
    else:
        raise InputError(f"{path}: no such file or folder")


def _walk(folder: str, problems: Problems) -> Iterator[Input]:
    def skip_folder(error: OSError) -> None:
        problems.skip(str(error.filename), "cannot be read", error.strerror or str(error))

    for parent, folders, files in os.walk(folder, onerror=skip_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith("."):
                continue
            path = os.path.join(parent, name)
            found = _make_input(path)
            if found.suffix not in SUFFIXES:
                problems.ignore(found.suffix or "(none)")
            elif os.path.isfile(path):
                yield found
            else:  # a pipe would hang the run, a broken link has nothing to read
                problems.skip(found.name, "not a file")


def _make_input(path: str) -> Input:
    as_path = Path(path)
    bare = as_path.with_suffix("") if as_path.suffix.lower() in COMPRESSIONS else as_path
    return Input(path.replace(os.sep, "/"), as_path, bare.suffix.lower(), as_path.parent.as_posix())


def _identify(source: Input) -> tuple[int, int]:
    if source.path is None:
        return -1, -1
    try:
        status = source.path.stat()
    except OSError:  # a broken link: named when it is read
        return -2, hash(source.path)
    return status.st_dev, status.st_ino
