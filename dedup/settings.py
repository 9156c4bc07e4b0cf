"""Every setting with its default, in one place: checked once, read from the command line, `pyproject.toml` or `dedup.toml`."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from dedup.errors import IndexMismatchError, SettingsError

SPLITS = ("auto", "blank", "line")
NORMALISER_VERSION = 2
"""Raised whenever the same text may get other words, shingles or digests: see `normalise` and `shingle`."""
SHOWING: dict[str, tuple[type, ...]] = {
    "allow": (str,), "baseline": (str,), "drop": (list,), "empty": (str,), "fail_on": (list,), "fail_over": (str, float, int),
    "format": (str,), "index": (str,), "keep": (str,), "least_words": (int,), "limit": (int,), "max_findings": (int,),
    "max_ratio": (str, float, int), "max_removed": (str, float, int), "order": (str,), "quiet": (bool,),
}  # fmt: skip
"""What the settings file may say beside settings: how a command weighs and shows what it finds."""
SIZES = ("max_document", "memory")
"""Settings in bytes, which may also be written as `parse_size` reads them."""
LEAST_MEMORY = 512 << 20
"""Python, numpy, the compiler of kernels in a first run, and a few batches of each thread."""
COMMAND_LINE_ONLY = ("config", "output", "write_baseline")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read, compare and judge. The README has the evidence behind `threshold`, `shingle` and `min_words`.

    threshold: exact Jaccard similarity in (0, 1] from which two paragraphs are a pair. shingle: words in a row.
    min_words: paragraphs with fewer words are compared whole. split: how plain text is cut into paragraphs.
    seed: of the MinHash signatures. exact: find all pairs by prefix filter instead of bands.
    jobs: threads, 0 for one a core. text_field, id_field, date_field, source_field: of rows. strict: stop at the first bad record.
    max_document: bytes of the largest document that is read, unpacked; a row of JSON lines with all its fields.
    memory: bytes that may be resident, 0 for 3/4 of what there is; temp_dir: the folder for temporary files (see `spill`).
    passages: look for runs of at least passage_words words in paragraphs that are not alike as a whole.
    """

    threshold: float = 0.6
    shingle: int = 2
    min_words: int = 6
    split: str = "auto"
    seed: int = 1
    exact: bool = False
    jobs: int = 0
    text_field: str | None = None
    id_field: str | None = None
    date_field: str | None = None
    source_field: str | None = None
    strict: bool = False
    max_document: int = 100 << 20
    passages: bool = True
    passage_words: int = 10
    memory: int = 0
    temp_dir: str | None = None

    def __post_init__(self) -> None:
        _require(0.0 < self.threshold <= 1.0, f"threshold: {self.threshold} is not in (0, 1]; try 0.6")
        _require(1 <= self.shingle <= 100, f"shingle: {self.shingle} words are not in 1 to 100; try 2")
        _require(self.min_words >= 0, f"min-words: {self.min_words} is negative; 0 compares by shingles alone")
        _require(self.split in SPLITS, f"split: {self.split!r} is none of {', '.join(SPLITS)}")
        _require(0 <= self.seed < 1 << 32, f"seed: {self.seed} is not an unsigned 32-bit number")
        _require(6 <= self.passage_words <= 1000, f"passage-words: {self.passage_words} words are not in 6 to 1000; try 10")
        _require(self.max_document > 0, f"max-document: {self.max_document} bytes hold no document; try 100M")
        _require(
            self.memory == 0 or self.memory >= LEAST_MEMORY,
            f"memory: {describe_size(self.memory)} is too little to work in; give {describe_size(LEAST_MEMORY)} or more",
        )
        _require(self.jobs >= 0, f"jobs: {self.jobs} is negative; 0 takes every core")

    @property
    def threads(self) -> int:
        """Return the number of threads to work with."""
        return self.jobs or len(os.sched_getaffinity(0))

    def comparing(self) -> dict[str, Any]:
        """Return what decides whether two paragraphs are a pair."""
        names = ("threshold", "shingle", "min_words", "seed")
        return {name: getattr(self, name) for name in names} | {"normaliser": NORMALISER_VERSION}

    def fingerprint(self) -> str:
        """Return a stable name (16 hex digits) for the settings that decide whether two paragraphs are a pair."""
        canonical = json.dumps(self.comparing(), sort_keys=True).encode()
        return hashlib.blake2b(canonical, digest_size=8).hexdigest()


def change_settings(settings: Settings, changes: dict[str, Any], where: str = "settings") -> Settings:
    """Return settings with some values changed; names may be written with dashes.

    Raises SettingsError for an unknown name (with the nearest right one), a wrong type, or a value out of range.
    """
    types = {field.name: _types_of(getattr(Settings(), field.name)) for field in fields(Settings)}
    wanted = {name.replace("-", "_"): value for name, value in changes.items()}
    for name in SIZES:
        if isinstance(wanted.get(name), str):
            wanted[name] = _parse_size_at(wanted[name], f"{where}: {name.replace('_', '-')}")
    for name, value in wanted.items():
        if name not in types:
            raise SettingsError(f"{where}: no setting {name.replace('_', '-')!r}; {_suggest(name, list(types))}")
        if not isinstance(value, types[name]) or (isinstance(value, bool) and bool not in types[name]):
            raise SettingsError(f"{where}: {name} wants {' or '.join(t.__name__ for t in types[name])}, not {value!r}")
        if isinstance(value, int) and float in types[name]:
            wanted[name] = float(value)
    try:
        return replace(settings, **wanted)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def parse_size(written: str) -> int:
    """Return bytes written as a number, or with K, M or G for powers of 1024 ("100M"). Raises ValueError for anything else."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([KMG]?)(?:i?B)?", written.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f"{written!r} is no size; write 500K, 100M or 1G")
    return int(float(match[1]) * 1024 ** " KMG".index(match[2].upper() or " "))


def describe_size(n_bytes: int) -> str:
    """Return bytes as `parse_size` reads them."""
    for unit, size in (("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)):
        if n_bytes % size == 0:
            return f"{n_bytes // size}{unit}"
    return f"{n_bytes} bytes"


def keep_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that an index keeps: what decides what a pair is, what a paragraph, and which passages are found."""
    return settings.comparing() | {name: getattr(settings, name) for name in ("split", "passages", "passage_words")}


def agree_settings(built: dict[str, Any], asked: dict[str, Any], where: str) -> Settings:
    """Return the settings for an index: those that it was built with, and what is asked for beside them.

    built: as `keep_settings` gives them. Raises IndexMismatchError when something else is asked for than it was built with.
    """
    version = built.get("normaliser")
    if version != NORMALISER_VERSION:
        raise IndexMismatchError(
            f"{where}: built with normaliser {version}, this dedup has {NORMALISER_VERSION}; build the index anew"
        )
    settings = change_settings(Settings(), asked)
    kept = {name: value for name, value in built.items() if name != "normaliser"}
    named = {name.replace("-", "_") for name in asked}
    if "passages" in named and not settings.passages:
        kept["passages"] = False  # what the index has need not be looked for
    for name, value in kept.items():
        wanted = getattr(settings, name)
        if name in named and wanted != value:
            option = name.replace("_", "-")
            raise IndexMismatchError(
                f"{where}: built with {option}={value}, asked for {option}={wanted}; drop {option} or build a new index"
            )
    return replace(settings, **kept)


def load_settings(config: Path | None = None, start: Path | None = None) -> Settings:
    """Return the settings of a file: `config`, else the nearest `dedup.toml` or `pyproject.toml` with [tool.dedup] from `start` up.

    In `dedup.toml` the keys stand at the top. Raises SettingsError when the file is not TOML or has an unknown key.
    """
    return change_settings(Settings(), load_changes(config, start))


def load_changes(config: Path | None = None, start: Path | None = None) -> dict[str, Any]:
    """Return the settings that the same file names, each checked, and no other."""
    table, where = _find_table(config, start)
    changes = {name.replace("-", "_"): value for name, value in table.items() if name.replace("-", "_") not in SHOWING}
    settings = change_settings(Settings(), changes, where)
    return {name: getattr(settings, name) for name in changes}


def load_showing(config: Path | None = None, start: Path | None = None) -> dict[str, Any]:
    """Return what the same file says of how to weigh and show results, by the names in SHOWING. Raises SettingsError for a type."""
    table, where = _find_table(config, start)
    showing = {name.replace("-", "_"): value for name, value in table.items() if name.replace("-", "_") in SHOWING}
    for name, value in showing.items():
        if not isinstance(value, SHOWING[name]) or (isinstance(value, bool) and bool not in SHOWING[name]):
            types = " or ".join(kind.__name__ for kind in SHOWING[name])
            raise SettingsError(f"{where}: {name.replace('_', '-')} wants {types}, not {value!r}")
    return showing


def describe_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that a report states: all that can change what it says."""
    return {name: value for name, value in asdict(settings).items() if name not in ("jobs", "strict", "memory", "temp_dir")}


def _find_table(config: Path | None, start: Path | None) -> tuple[dict[str, Any], str]:
    """Return (the table of the file that applies, its path); an empty one where there is none."""
    if config is not None:
        return _read_table(config), str(config)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        for name in ("dedup.toml", "pyproject.toml"):
            path = folder / name
            table = _read_table(path) if path.is_file() else {}
            if table:
                return table, str(path)
    return {}, ""


def _read_table(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  6 ms, and most folders have no settings file

    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); name another with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML ({error})") from error
    if "tool" not in content:
        return content if path.name != "pyproject.toml" else {}
    table = content["tool"].get("dedup", {}) if isinstance(content["tool"], dict) else None
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: tool.dedup is not a table; write its settings below [tool.dedup]")
    return table


def _parse_size_at(written: str, where: str) -> int:
    try:
        return parse_size(written)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from error


def _suggest(name: str, names: list[str]) -> str:
    if name in COMMAND_LINE_ONLY:
        return "it is given on the command line only"
    import difflib  # noqa: PLC0415  for mistakes only

    names = [*names, *SHOWING]
    near = difflib.get_close_matches(name, names, 1)
    known = ", ".join(sorted(name.replace("_", "-") for name in names))
    return f"did you mean {near[0].replace('_', '-')!r}?" if near else f"there are {known}"


def _types_of(default: object) -> tuple[type, ...]:
    if default is None:
        return (str,)
    return (int, float) if isinstance(default, float) else (type(default),)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise SettingsError(message)
