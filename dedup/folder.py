"""The folder that a clean writes: the files again, `removed.jsonl` beside them, and the way back.

Everything is made whole in a hidden folder within, then renamed into place; a run that is cut off leaves no half file, and the next
one clears away what it left. A folder that holds anything else than an earlier clean is refused.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, cast

import msgspec

from dedup.errors import DedupError, InputError, SettingsError
from dedup.manifest import (
    BY_FILE,
    BY_NUMBER,
    PARTIAL,
    Manifest,
    Written,
    check_contents,
    digest_file,
    put_in_place,
    read_manifest,
    write_manifest,
)
from dedup.model import Document, Ints, Removed
from dedup.read import BATCH_READERS, Problems, is_page, read_batches
from dedup.read.batches import iterate_documents
from dedup.read.find import CLEAN_LOG, CLEAN_MANIFEST, bare_suffix
from dedup.read.remote import is_address
from dedup.read.streams import Input
from dedup.report.cleaning import CLEAN_SCHEMA, Cleaning
from dedup.rewrite import name_output, rewrite
from dedup.rewrite.removals import Removals, tell_changed
from dedup.settings import Settings, change_settings
from dedup.version import __version__

_READING = ("split", "text_field", "id_field", "date_field", "source_field", "max_document")
_RESERVED = (CLEAN_LOG, CLEAN_MANIFEST, PARTIAL)

Stamp = tuple[int, int, int] | None
"""What changes with a file: its inode, size and time; None for one at an address, or one that is gone."""


class Job(NamedTuple):
    """A file that is to be written again: where to below the folder, without what, and how many documents it holds.

    stamp: of the file, before it was read. names, renamed: what its documents are named by, as in `Written`.
    """

    source: Input
    stamp: Stamp
    output: Path
    removals: Removals
    n_documents: int
    names: str
    renamed: dict[int, str]


def check_folder(folder: Path, given: Sequence[str | os.PathLike[str]], files: Sequence[Input]) -> None:
    """Raise SettingsError for a folder that cannot be written to, that lies in what is read, or that holds something else."""
    try:
        _check_place(folder)
        real = Path(os.path.realpath(folder))
        for path in (os.fspath(one) for one in given):
            if not is_address(path) and real.is_relative_to(os.path.realpath(path)):
                raise SettingsError(f"{folder}: lies in {path}, which is read; name a folder outside of it")
        for source in files:
            if source.path and Path(os.path.realpath(source.path)).is_relative_to(real):
                raise SettingsError(f"{folder}: holds {source.name}, which is read; name another folder")
        check_contents(folder)
    except OSError as error:
        raise SettingsError(f"{folder}: cannot be written ({error.strerror}); name another folder") from error


def _check_place(folder: Path) -> None:
    if not folder.exists() and folder.is_symlink():
        raise SettingsError(f"{folder}: is a link that leads nowhere; name another folder")
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder}: is a file; name a folder")
    above = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not above.is_dir():
        raise SettingsError(f"{folder}: lies below {above}, which is a file; name another folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise SettingsError(f"{folder}: the folder {above} may not be written to; name another")


def place_outputs(given: Sequence[str | os.PathLike[str]], files: Sequence[Input]) -> list[Path]:
    """Return where below its folder each file is written: as it lies below what was given, or below what that has in common."""
    roots = [_find_root(os.fspath(path)) for path in given if not is_address(os.fspath(path))]
    base = Path(os.path.commonpath(roots)) if roots else Path()
    places: dict[Path, str] = {}
    for source in files:
        path = PurePosixPath(os.path.abspath(source.path)).relative_to(base) if source.path else _strip_address(source.name)
        place = Path(path.parent, name_output(path.name))
        if place.parts[0] in _RESERVED:
            raise _refuse_place(source.name, place, f"{place.parts[0]} is what a clean writes there itself")
        if place in places:
            raise _refuse_place(source.name, place, f"so would {places[place]}")
        places[place] = source.name
    for place, name in places.items():
        for above in place.parents:
            if above in places:
                raise _refuse_place(name, place, f"{places[above]} as {above}")
    return list(places)


def _refuse_place(name: str, place: Path, why: str) -> InputError:
    return InputError(f"{name}: would be written as {place}, and {why}; clean them apart")


def stamp_file(source: Input) -> Stamp:
    """Return what changes with a file."""
    with suppress(OSError):
        if source.path is not None:
            status = source.path.stat()
            return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def write_folder(folder: Path, jobs: Sequence[Job], found: Cleaning, settings: Settings, pool: Executor, progress: Any) -> int:
    """Write files again, and the account of what was removed; return how many files are left of them.

    Raises DedupError when that fails; nothing is changed then.
    """
    is_new, partial, undone = not folder.exists(), folder / PARTIAL, "nothing is changed"
    try:
        _make_anew(partial)
        digests = _finish([pool.submit(_write_one, job, partial, settings, progress) for job in jobs])
        _write_log(partial / CLEAN_LOG, found.removed)
        manifest = _describe(jobs, digests, found, digest_file(partial / CLEAN_LOG))
        write_manifest(partial / CLEAN_MANIFEST, manifest)
        undone = "the folder is not whole; run again"
        written = [file.output for file in manifest.files if file.output]
        put_in_place(folder, partial, written)
    except OSError as error:
        raise DedupError(
            f"{error.filename2 or error.filename or folder}: cannot be written ({error.strerror}); {undone}"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # it holds what was written
                folder.rmdir()
    return len(written)


def restore(folder: str | os.PathLike[str]) -> Iterator[Document]:
    """Yield the documents of the files that a clean wrote to a folder as they were before, those that came out empty too.

    Their texts are as they were read, code point for code point, and so are their names. Raises InputError when no clean has
    written the folder, or when it was changed since.
    """
    folder = Path(folder)
    manifest, log = read_manifest(folder), folder / CLEAN_LOG
    settings = change_settings(Settings(), manifest.settings)
    entries = groupby(_read_log(log, manifest.account), key=lambda removed: removed.file)
    name, removed = next(entries, ("", iter(())))
    for file in manifest.files:
        mine: dict[int, list[Removed]] = {}
        if name == file.input:
            mine = {row: list(group) for row, group in groupby(removed, key=lambda one: one.row)}
            name, removed = next(entries, ("", iter(())))
        yield from _restore_file(folder, file, mine, settings)


def _find_root(path: str) -> str:
    path = os.path.abspath(path)
    return path if os.path.isdir(path) else os.path.dirname(path)


def _strip_address(name: str) -> PurePosixPath:
    """Return an address as a path below a folder."""
    _, _, rest = name.partition("://")
    return PurePosixPath(*(part for part in rest.partition("?")[0].split("/") if part not in ("", ".", "..")))


def _finish(futures: Sequence[Future[str]]) -> list[str]:
    """Return what all give; where one fails none is begun, and none is still at work."""
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
        wait(futures)


def _make_anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _write_one(job: Job, partial: Path, settings: Settings, progress: Any) -> str:
    """Write one file, unless nothing of it is left; return the digest of what was written."""
    target, digest = partial / job.output, ""
    if not (_is_whole(job.source) and job.removals.get(1, ()) is None):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            rewrite(job.source, job.removals, target, settings)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(partial.parent / job.output)) from error
        digest = digest_file(target)
    if stamp_file(job.source) != job.stamp:
        raise tell_changed(job.source.name)
    progress("Writing", job.n_documents)
    return digest


def _is_whole(source: Input) -> bool:
    """Return whether a file is one document, so that it goes with it."""
    return source.suffix not in (*BATCH_READERS, ".warc")


def _write_log(path: Path, removed: Sequence[Removed]) -> None:
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        file.writelines(encode(one) + b"\n" for one in removed)
        file.flush()
        os.fsync(file.fileno())


def _describe(jobs: Sequence[Job], digests: Sequence[str], found: Cleaning, account: str) -> Manifest:
    files = [
        Written(
            input=job.source.name,
            output=job.output.as_posix() if digest else None,
            source=job.source.source,
            emptied=[row for row, ranges in job.removals.items() if ranges is None],
            names=job.names,
            digest=digest,
            renamed=job.renamed,
        )
        for job, digest in zip(jobs, digests, strict=True)
    ]
    reading = {name: found.settings[name] for name in _READING if found.settings[name] is not None}
    return Manifest(CLEAN_SCHEMA, {"name": "dedup", "version": __version__}, reading, asdict(found.policy), files, account)


def _read_log(path: Path, digest: str) -> Iterator[Removed]:
    decode = msgspec.json.Decoder(Removed).decode
    try:
        if digest_file(path) != digest:
            raise InputError(f"{path}: was changed since it was written; restore it from a copy, or clean the originals again")
        with path.open("rb") as file:
            yield from map(decode, file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); without it nothing can be restored") from error


def _restore_file(folder: Path, file: Written, removed: dict[int, list[Removed]], settings: Settings) -> Iterator[Document]:
    """Yield the documents of one file as they were, in their order."""
    waiting = sorted(file.emptied, reverse=True)
    n_emptied = n_left = 0
    for document, row in _read_left(folder, file, settings) if file.output else ():
        while waiting and waiting[-1] <= row + n_emptied:
            yield _fill(removed[waiting.pop()])
            n_emptied += 1
        n_left += 1
        number = row + n_emptied
        yield replace(document, name=_name(file, document.name, number), text=_put_back(document.text, removed.get(number, [])))
    if file.names == BY_FILE and not n_left and removed:  # an empty file is no document
        waiting = [1]
    while waiting:
        yield _fill(removed[waiting.pop()])


def _name(file: Written, name: str, number: int) -> str:
    names: dict[str, str] = {BY_FILE: file.input, BY_NUMBER: f"{file.input}#{number}"}
    return file.renamed.get(number) or names.get(file.names, name)


def _read_left(folder: Path, file: Written, settings: Settings) -> Iterator[tuple[Document, int]]:
    """Yield the documents that are left of a file, and their numbers in it."""
    path = folder / cast(str, file.output)
    if not path.exists() or digest_file(path) != file.digest:
        raise InputError(f"{path}: is gone or was changed since it was written; clean the originals again")
    if is_page(Input(file.input, None, bare_suffix(file.input), "")):
        settings = replace(settings, date_field="date", source_field=None)
    source = Input(file.input, path, bare_suffix(path.name), file.source)
    for batch in read_batches([source], settings, Problems()):
        yield from zip(iterate_documents([batch]), cast(Ints, batch.numbers).tolist(), strict=True)


def _fill(removed: Sequence[Removed]) -> Document:
    """Return a document of which nothing is left."""
    return Document(removed[0].document, _put_back("", removed))


def _put_back(text: str, removed: Sequence[Removed]) -> str:
    """Return the text of a document with what was removed from it."""
    pieces, at, left = [], 0, 0
    for one in removed:
        start, end = one.cut
        if start < at or left + start - at > len(text):
            raise InputError(f"{one.document}: what was removed from it does not fit what is left of it; clean the originals again")
        pieces += [text[left : left + start - at], one.before, one.text, one.after]
        left, at = left + start - at, end
    return "".join((*pieces, text[left:]))
