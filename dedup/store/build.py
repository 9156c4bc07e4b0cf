"""A new index in one go: a file that nobody sees yet, which gets its name when it is whole.

It is filled from columns, in key order without a journal; or document by document, where no memory holds them all, which takes
longer and gives the same rows. Nothing is left behind when it fails.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup.column import Column
from dedup.errors import StoreError
from dedup.model import Ints, JsonObject
from dedup.store.blocks import INSERT, USUAL, encode_blocks
from dedup.store.database import Database, create_database, explaining, finish_database
from dedup.store.records import Changes, MakeKeys, StoredDocument
from dedup.store.writer import Writer, make_postings

BLOCKS_AT_ONCE = 1 << 13


class Contents(NamedTuple):
    """All rows of a new index, as its tables have them; postings: gives them, int64 (n,), rising, once the others are written."""

    sources: Iterable[tuple[Any, ...]]
    documents: Iterable[tuple[Any, ...]]
    texts: Iterable[tuple[Any, ...]]
    paragraphs: Iterable[tuple[Any, ...]]
    postings: Callable[[], Ints]


_NO_CONTENTS = Contents((), (), (), (), lambda: np.empty(0, np.int64))


def build_store(path: Path, meta: JsonObject, contents: Contents) -> None:
    """Write a new index. Raises StoreError when there is one of that name by the time it is whole, or it cannot be written."""
    with _make_unseen(path) as temporary:
        _fill(temporary, meta, contents)


def build_from_documents(
    path: Path,
    meta: JsonObject,
    documents: Iterable[Sequence[StoredDocument]],
    make_keys: MakeKeys,
    is_short: Callable[[], bool],
) -> Changes:
    """Write a new index of documents that come some at a time, in their order; their names differ.

    is_short: asked between them whether memory has just got short; what grows, 8 bytes a posting, moves to new memory then.
    Raises StoreError as `build_store` does.
    """
    n_documents = 0
    with _make_unseen(path) as temporary:
        _fill(temporary, meta, _NO_CONTENTS)
        with closing(_Filler(temporary, path)) as filler:
            for some in documents:
                n_documents += filler.replace_documents(some, make_keys).added
                if is_short():
                    filler.postings.move()
            filler.finish()
    return Changes(added=n_documents)


class _Filler(Writer):
    """A writer of a file that nobody sees yet: without a journal, and with all postings put in at last, in their order."""

    def __init__(self, temporary: Path, path: Path) -> None:
        super().__init__(temporary, writes=True)
        self.path = path  # of which errors speak
        self.postings: Column[np.int64] = Column()
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-65536"):
            self._ask(f"PRAGMA {pragma}")

    def finish(self) -> None:
        """Write the postings, and all tables anew, without room between rows that came in no order."""
        postings = self.postings.take().astype(np.int64, copy=False)
        postings.sort()
        with self._transaction():
            _fill_postings(self._database, postings)
        self._ask("VACUUM")
        for pragma in ("locking_mode=NORMAL", "journal_mode=WAL"):
            self._ask(f"PRAGMA {pragma}")

    def _insert_postings(self, texts: dict[int, str], make_keys: MakeKeys) -> None:
        self.postings.append(make_postings(texts, make_keys))


@contextmanager
def _make_unseen(path: Path) -> Iterator[Path]:
    """Give the path of a file to fill, which then gets the name of a new index."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made ({error.strerror}); name a folder that can be written to") from error
    os.close(handle)
    try:
        with explaining(path):
            yield Path(temporary)
        _publish(temporary, path)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(temporary + suffix).unlink(missing_ok=True)


def _fill(path: Path, meta: JsonObject, contents: Contents) -> None:
    database = create_database(path)
    try:
        database.execute("BEGIN")
        database.execute("INSERT INTO meta VALUES ('settings', ?)", (json.dumps(meta, sort_keys=True),))
        database.executemany("INSERT INTO source VALUES (?, ?, ?)", contents.sources)
        database.executemany("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)", contents.documents)
        database.executemany("INSERT INTO text VALUES (?, ?, ?, ?, ?, ?)", contents.texts)
        database.executemany("INSERT INTO paragraph VALUES (?, ?, ?, ?, ?, ?, ?, ?)", contents.paragraphs)
        _fill_postings(database, contents.postings())
        database.execute("COMMIT")
        finish_database(database)
    finally:
        database.close()


def _fill_postings(database: Database, postings: Ints) -> None:
    step = BLOCKS_AT_ONCE * USUAL
    for at in range(0, len(postings), step):
        some = postings[at : at + step]
        database.executemany(INSERT, encode_blocks(some, np.arange(0, len(some), USUAL)))


def _publish(temporary: str, path: Path) -> None:
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    os.chmod(temporary, 0o644)
    try:
        os.link(temporary, path)  # unlike a rename, it fails where there is such a file by now
    except FileExistsError as error:
        raise StoreError(f"{path}: was made by another process meanwhile; run the same command again to add to it") from error
    except OSError:  # a file system without hard links
        os.replace(temporary, path)
