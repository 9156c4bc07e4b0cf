"""The index of published documents: made, kept up to date, looked over, and asked whether a draft repeats it.

What happens on `add`: read, segment and shingle the documents as an audit does; make the keys of their texts; write all of it
in one go where there is no index yet, else some documents at a time, in place of those of the same name. A run on Spark has read
them already; its documents are written some at a time in either case.
Leaves out: the tables (see `store`) and what the index has of a draft (see `lookup`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np

from dedup.archive import list_contents, list_documents, make_corpus_keys, make_text_keys
from dedup.errors import InputError, StoreError
from dedup.limits import Limits
from dedup.model import Ints, JsonObject
from dedup.pipeline import Progress, ingest_batches, no_progress, shingle_texts, state_settings
from dedup.read import Inputs, Problems, describe_nothing, list_inputs, make_writable, read_given
from dedup.settings import Settings, agree_settings, change_settings, describe_settings, keep_settings
from dedup.spill import Spill
from dedup.store import (
    FORMAT,
    WAIT_SECONDS,
    Changes,
    MakeKeys,
    Store,
    StoredDocument,
    Verifier,
    Writer,
    build_from_documents,
    build_store,
    is_there,
)

if TYPE_CHECKING:
    from dedup.report import Report

Mode = Literal["r", "w", "c"]
Result = TypeVar("Result")
Opened = TypeVar("Opened", bound=Store)
PARAGRAPHS_AT_ONCE = 2000
"""Written in one transaction, at least: waiting for the disk (10 ms) does not show, and others wait for a fraction of a second."""
MANY_PARAGRAPHS = 50_000
"""Written at once into a file that nobody sees yet: 100 MB of texts and their keys."""


class Added(NamedTuple):
    """What an `add` did: numbers of documents, of records that were skipped by reason, and of encodings."""

    changes: Changes
    skipped: dict[str, int]
    problems: tuple[str, ...]
    ignored: dict[str, int]
    decoded: dict[str, int]


class Index:
    """Published documents in a file. Any number of threads may use one at a time; it keeps nothing between calls."""

    def __init__(self, path: Path, mode: Mode, settings: Settings, wait: float, asked: dict[str, Any]) -> None:
        self.path = path
        self.settings = settings
        self._asked = asked
        self._mode = mode
        self._wait = wait

    @classmethod
    def open(cls, path: str | os.PathLike[str], mode: Mode = "r", *, wait: float = WAIT_SECONDS, **changes: Any) -> Index:
        """Return an index to read ("r"), to write ("w"), or to write and to be made by the first `add` where there is none ("c").

        changes: settings by name; of those that decide what a pair is, only the ones that it was built with. wait: seconds that a
        write waits for another. Raises StoreError when there is no such index, IndexMismatchError for other settings.
        """
        path = Path(path)
        if mode not in ("r", "w", "c"):
            raise StoreError(f"{path}: {mode!r} is no mode; open it with 'r', 'w' or 'c'")
        if mode == "c" and not is_there(path):
            return cls(path, mode, change_settings(Settings(), changes), wait, changes)
        store = Store(path, wait=wait)
        try:
            return cls(path, mode, agree_settings(store.read_meta(), changes, str(path)), wait, changes)
        finally:
            store.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Nothing is held open between calls."""

    def add(self, inputs: Inputs, *, progress: Progress | None = None, tell: Callable[[str], None] | None = None) -> Added:
        """Put documents in, given as files, folders, standard input ("-") or Documents, in place of those of the same name.

        Those that are there unchanged are passed over. What was written before an error stays. Raises InputError when there is no
        document at all.
        """
        self._require_writing()
        problems, given = Problems(self.settings.strict, tell), list_inputs(inputs)
        spill = Spill(self.settings.memory, self.settings.temp_dir or "")
        with spill.guard(), spill.start_pool(self.settings.threads) as pool:
            batches = read_given(given, self.settings, problems)
            corpus = ingest_batches(batches, self.settings, pool, progress or no_progress, spill)
            if not corpus.names:
                raise InputError(describe_nothing(given, problems))
            if self._mode == "c" and not is_there(self.path):
                keys = make_corpus_keys(corpus, self.settings, pool, progress or no_progress)
                build_store(self.path, keep_settings(self.settings), list_contents(corpus, self.settings, keys, pool))
                changes = Changes(added=len(corpus.names))
            else:
                changes = self._replace(list_documents(corpus, self.settings), pool, progress or no_progress)
        return _tell_added(changes, problems)

    def add_from_spark(
        self, folder: str | os.PathLike[str], *, progress: Progress | None = None, tell: Callable[[str], None] | None = None
    ) -> Added:
        """Put the documents of a run on Spark in, as `add` would those files. folder: its work folder, or the address of that.

        A new index takes the settings of the run. Raises IndexMismatchError where the run has others than the index, or than are
        asked for; InputError for a folder without a run that has read all its files.
        """
        from dedup.spark.kept import KeptRun  # noqa: PLC0415  nobody else needs the modules of the engine

        self._require_writing()
        run, problems = KeptRun(os.fspath(folder)), Problems()
        is_new = self._mode == "c" and not is_there(self.path)
        if is_new:
            self.settings = change_settings(change_settings(Settings(), run.usual), self._asked)
        run.require(self.settings, str(self.path))
        documents, spill = run.read_documents(problems), Spill(self.settings.memory, self.settings.temp_dir or "")
        with spill.guard(), spill.start_pool(self.settings.threads) as pool:
            if is_new:
                grouped, keys = _gather(documents, MANY_PARAGRAPHS, progress or no_progress), self._keys(pool)
                changes = build_from_documents(self.path, keep_settings(self.settings), grouped, keys, spill.watch)
            else:
                changes = self._replace(documents, pool, progress or no_progress)
        if tell:
            for message in problems.examples:
                tell(message)
        return _tell_added(changes, problems)

    def remove(self, names: str | Sequence[str]) -> Changes:
        """Take documents out by name, all or none. Raises StoreError for a name that is not there."""
        self._require_writing()
        listed = make_writable([names] if isinstance(names, str) else list(names))
        with ThreadPoolExecutor(1) as pool:
            return self._write(lambda writer: writer.remove_documents(listed, self._keys(pool)))

    def compact(self) -> tuple[int, int]:
        """Give back the room that removed documents left; return the size before and after, in bytes."""
        self._require_writing()

        def compact(writer: Writer) -> tuple[int, int]:
            before = self.path.stat().st_size
            writer.compact()
            return before, self.path.stat().st_size

        return self._write(compact)

    def info(self) -> JsonObject:
        """Return what the index holds, and the settings that it was built with."""
        with closing(self._open(Store)) as store:
            return {"path": str(self.path), "format": FORMAT, **store.count(), "settings": self._state_settings()}

    def verify(self) -> list[str]:
        """Return what is wrong with the index, in words; an empty list when it is sound."""
        with closing(self._open(Verifier)) as verifier, ThreadPoolExecutor(self.settings.threads) as pool:
            return list(verifier.find_faults(self._keys(pool), self._facts))

    def check(
        self,
        inputs: Inputs,
        *,
        limits: Limits | None = None,
        baseline: Collection[str] = (),
        allow: Sequence[str] = (),
        progress: Progress | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> Report:
        """Return the report on drafts held against the index: see `dedup.check`."""
        from dedup.check import check_drafts  # noqa: PLC0415  adding one article need not wait for it (a twentieth of a second)

        rest = (limits or Limits(), frozenset(baseline), allow, progress or no_progress, tell)
        with closing(self._open(Store)) as store:
            return check_drafts(inputs, store, self.settings, *rest)

    def _state_settings(self) -> JsonObject:
        stated, own = state_settings(self.settings), keep_settings(self.settings)
        return {name: value for name, value in stated.items() if name in own or name not in describe_settings(self.settings)}

    def _replace(self, documents: Iterator[StoredDocument], pool: Executor, progress: Progress) -> Changes:
        def replace_some(writer: Writer) -> Changes:
            total = Changes()
            for some in _gather(documents, PARAGRAPHS_AT_ONCE, progress):
                done = writer.replace_documents(some, self._keys(pool))
                total = Changes(*map(sum, zip(total, done, strict=True)))
            return total

        return self._write(replace_some)

    def _write(self, change: Callable[[Writer], Result]) -> Result:
        with closing(self._open(Writer)) as writer:
            return change(writer)

    def _open(self, kind: type[Opened]) -> Opened:
        """Return the file opened, which may be another than the one that was there when this index was opened."""
        store = kind(self.path, writes=kind is Writer, wait=self._wait)
        try:
            asked = {name: value for name, value in keep_settings(self.settings).items() if name != "normaliser"}
            agree_settings(store.read_meta(), asked, str(self.path))
        except BaseException:
            store.close()
            raise
        return store

    def _require_writing(self) -> None:
        if self._mode == "r":
            raise StoreError(f"{self.path}: opened for reading; open it with mode 'w' to change it")

    def _keys(self, pool: Executor) -> MakeKeys:
        return lambda texts: make_text_keys(texts, self.settings, pool)

    def _facts(self, texts: list[str]) -> Ints:
        shingled = shingle_texts(texts, self.settings)
        return np.column_stack((shingled.digests.view(np.int64), shingled.masks.view(np.int64), shingled.n_words))


def _gather(documents: Iterator[StoredDocument], at_once: int, progress: Progress) -> Iterator[list[StoredDocument]]:
    """Yield documents in groups of so many paragraphs, about; each is told of when the next one is asked for."""
    group: list[StoredDocument] = []
    n_paragraphs = 0
    for document in documents:
        group.append(document)
        n_paragraphs += len(document.paragraphs) + 1
        if n_paragraphs >= at_once:
            yield group
            progress("Writing", len(group))
            group, n_paragraphs = [], 0
    if group:
        yield group
        progress("Writing", len(group))


def _tell_added(changes: Changes, problems: Problems) -> Added:
    return Added(changes, dict(problems.skipped), tuple(problems.examples), dict(problems.ignored), dict(problems.decoded))
