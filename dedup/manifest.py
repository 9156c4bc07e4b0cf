"""What a clean notes of the folder that it writes: which files in it are its own, of what they were made, how they were read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

import msgspec

from dedup.errors import InputError, SettingsError
from dedup.model import JsonObject
from dedup.read.find import CLEAN_LOG, CLEAN_MANIFEST
from dedup.report.cleaning import CLEAN_SCHEMA

PARTIAL = ".dedup-partial"
"""The folder within in which everything is made whole."""
BY_FILE, BY_NUMBER, BY_ROW = "file", "number", "row"
"""Documents are named by their file alone, by their number in it, or by what their rows say."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written again: input, source: as it was named; output: where it lies, None where nothing of it was left.

    emptied: the numbers of its documents of which nothing is left; names: by what its documents are named, one of the three above;
    renamed: the names of those, by number, that have others. digest: of what was written.
    """

    input: str
    output: str | None
    source: str
    emptied: list[int]
    names: str
    digest: str
    renamed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written to a folder. settings: those that it was read with; account: the digest of what was removed."""

    schema: str
    tool: JsonObject
    settings: JsonObject
    policy: JsonObject
    files: list[Written]
    account: str


def tell_naming(file: str, numbers: Sequence[int], own: Sequence[str], names: Sequence[str]) -> tuple[str, dict[int, str]]:
    """Return (by what the documents of a file are named, the names of those, by number, that are named otherwise).

    own: their names as they are read; names: as they are told apart from others that read the same.
    """
    rules = [{file: BY_FILE, f"{file}#{number}": BY_NUMBER}.get(name, BY_ROW) for number, name in zip(numbers, own, strict=True)]
    rule = rules[0] if len(set(rules)) == 1 else BY_ROW
    rows = zip(numbers, rules, own, names, strict=True)
    return rule, {number: name for number, of_row, read, name in rows if of_row != rule or read != name}


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest; names that UTF-8 cannot hold are written with escapes."""
    with path.open("wb") as file:
        file.write(json.dumps(asdict(manifest)).encode())
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """Return what a clean wrote to a folder. Raises InputError when none did, or when that was changed."""
    try:
        content = json.loads((folder / CLEAN_MANIFEST).read_bytes())
        if content["schema"] != CLEAN_SCHEMA:
            raise InputError(f"{folder}: was written by another version of dedup ({content['schema']}); use that")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}: no clean has written it; name the folder that was given to -o") from error
    try:
        manifest = msgspec.convert(content, Manifest, str_keys=True)
    except msgspec.ValidationError as error:
        raise InputError(
            f"{folder / CLEAN_MANIFEST}: was changed since it was written ({error}); restore it from a copy"
        ) from error
    for file in manifest.files:
        place = PurePosixPath(file.output or "")
        if place.is_absolute() or ".." in place.parts:
            raise InputError(f"{folder / CLEAN_MANIFEST}: names {file.output}, which lies outside; restore it from a copy")
    return manifest


def check_contents(folder: Path) -> None:
    """Raise SettingsError for a folder that holds anything but what a clean wrote, or left when it was cut off."""
    ours: set[str] = set()
    if (folder / CLEAN_MANIFEST).exists():
        try:
            ours = {CLEAN_LOG, CLEAN_MANIFEST, *(file.output for file in read_manifest(folder).files if file.output)}
        except InputError as error:
            raise SettingsError(f"{error}, or name a new folder") from error
    for parent, folders, files in os.walk(folder):
        if Path(parent) == folder and PARTIAL in folders:
            folders.remove(PARTIAL)
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in (*files, *links):
            place = Path(parent, name).relative_to(folder).as_posix()
            if place not in ours:
                raise SettingsError(f"{folder}: holds {place}, which no clean has written; name a new folder")


def put_in_place(folder: Path, partial: Path, outputs: Sequence[str]) -> None:
    """Rename what is whole into place; what an earlier clean wrote and this one does not is deleted.

    The manifest is the first in place: should the rest be cut off, it tells what here is ours.
    """
    if (folder / CLEAN_MANIFEST).exists():
        written = set(outputs)
        for file in read_manifest(folder).files:
            if file.output and file.output not in written:
                (folder / file.output).unlink(missing_ok=True)
        for parent, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):  # it holds something
                os.rmdir(parent)
    for name in (CLEAN_MANIFEST, *sorted(outputs), CLEAN_LOG):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial / name, folder / name)


def digest_file(path: Path) -> str:
    """Return a digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
