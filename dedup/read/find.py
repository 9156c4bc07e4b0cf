"""Paths to inputs: files, folders, pipes, standard input and addresses, each file once."""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
from collections.abc import Collection, Hashable, Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import cast

from dedup.errors import InputError
from dedup.read.problems import Problems
from dedup.read.remote import expand_address, is_address
from dedup.read.streams import COMPRESSIONS, Input

STANDARD_INPUT = "-"
PEEKED_BYTES = 1024
CLEAN_LOG, CLEAN_MANIFEST = "removed.jsonl", ".dedup-clean.json"
"""What `dedup clean` writes beside the files: text that is no longer part of the corpus."""

_PACKED = {b"\x1f\x8b": "gzip -dc", b"BZh": "bzip2 -dc", b"\x28\xb5\x2f\xfd": "zstd -dc"}
_BEGINNINGS = (
    (re.compile(rb"\{\s*[\"}]"), ".jsonl"),
    (re.compile(rb"\[\s*\{\s*[\"}]"), ".json"),
    (re.compile(rb"WARC/\d"), ".warc"),
    (re.compile(rb"<(?:!doctype\s+html|html[\s>])", re.IGNORECASE), ".html"),
)


def find_files(paths: Iterable[str | os.PathLike[str]], known: Collection[str], problems: Problems) -> list[Input]:
    """Return the files to read, each once, however often it is named; of folders those whose suffix is known and not the hidden.

    Raises InputError for a path that is not there, before anything is read.
    """
    inputs: list[Input] = []
    seen: set[Hashable] = set()
    for path in paths:
        for found in _expand(os.fspath(path), known, problems):
            key = _identify(found)
            if key not in seen:
                seen.add(key)
                inputs.append(found)
    return inputs


def bare_suffix(name: str) -> str:
    """Return the suffix of a file's name in lower case, without that of its compression."""
    path = Path(name)
    return (path.with_suffix("") if path.suffix.lower() in COMPRESSIONS else path).suffix.lower()


def _expand(path: str, known: Collection[str], problems: Problems) -> Iterator[Input]:
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("-: standard input is closed; pipe a text or rows into it")
        yield Input(path, None, _tell_suffix(cast(BufferedReader, sys.stdin.buffer), path), "")
    elif is_address(path):
        yield from expand_address(path, known, bare_suffix, problems)
    elif os.path.isdir(path):
        yield from _walk(path, known, problems)
    elif os.path.exists(path):
        yield _make_input(path) if _is_file(path) else _open_pipe(path)
    else:
        raise InputError(f"{path}: no such file or folder")


def _is_file(path: str) -> bool:
    return stat.S_ISREG(os.stat(path).st_mode)


def _open_pipe(path: str) -> Input:
    """Return a pipe ("<(zcat a.gz)" of a shell is one), opened at once: what it holds can be told by reading only, and but once."""
    try:
        file = open(path, "rb")  # noqa: SIM115  closed by whoever reads it
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name another") from error
    found = _make_input(path)
    suffix = found.suffix if found.suffix or found.compression else _tell_suffix(file, path)
    return found._replace(path=None, suffix=suffix, stream=lambda: file)


def _tell_suffix(file: BufferedReader, name: str) -> str:
    """Return the suffix of what a pipe's first bytes begin like, "" for one text. Raises InputError for what is packed."""
    start = file.peek(PEEKED_BYTES)[:PEEKED_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, program in _PACKED.items():
        if start.startswith(mark):
            raise InputError(f"{name}: is packed; pipe what `{program}` makes of it, or name the file")
    return next((suffix for pattern, suffix in _BEGINNINGS if pattern.match(start)), "")


def _walk(folder: str, known: Collection[str], problems: Problems) -> Iterator[Input]:
    def skip_folder(error: OSError) -> None:
        problems.skip(str(error.filename), "cannot be read", error.strerror or str(error))

    for parent, folders, files in os.walk(folder, onerror=skip_folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):  # it may lead round in a circle, so it is not followed
                problems.ignore("(linked folder)")
        for name in sorted(files):
            if name.startswith("."):
                continue
            path = os.path.join(parent, name)
            found = _make_input(path)
            if name == CLEAN_LOG and CLEAN_MANIFEST in files:
                problems.ignore("(account of a clean)")
            elif found.suffix not in known:
                problems.ignore(found.suffix or "(none)")
            elif os.path.isfile(path):
                yield found
            else:  # a pipe would hang the run, a broken link has nothing to read
                problems.skip(found.name, "not a file")


def _make_input(path: str) -> Input:
    return Input(path.replace(os.sep, "/"), Path(path), bare_suffix(path), Path(path).parent.as_posix())


def _identify(source: Input) -> Hashable:
    if source.path is None:
        return source.name
    try:
        status = source.path.stat()
    except OSError:  # gone meanwhile: named when it is read
        return source.path
    return status.st_dev, status.st_ino
