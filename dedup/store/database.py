"""The file of an index: its tables, how it is opened, and what is said when SQLite refuses. The only place that knows sqlite3.

Source: SQLite's documentation on WAL, URI file names, `WITHOUT ROWID` and result codes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from dedup.errors import StoreError

FORMAT = 3
APPLICATION = 0x64656475
"""PRAGMA application_id: "dedu"."""
PAGE_BYTES = 8192
WAIT_SECONDS = 10.0
WRITER_CACHE_KB, READER_CACHE_KB = 32768, 1024
"""Of a connection. A check reads a page hardly ever twice, and the system keeps it anyway: to fetch 11 MB of pages into memory used
again and again takes two thirds of the time that fresh memory for each takes."""

SCHEMA = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, documents INTEGER NOT NULL);
CREATE TABLE document(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, source INTEGER NOT NULL, date TEXT, hash BLOB NOT NULL,
    paragraphs INTEGER NOT NULL, words INTEGER NOT NULL);
CREATE TABLE text(id INTEGER PRIMARY KEY, high INTEGER NOT NULL, low INTEGER NOT NULL, mask INTEGER, words INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE paragraph(document INTEGER NOT NULL, ordinal INTEGER NOT NULL, text INTEGER NOT NULL, start INTEGER NOT NULL,
    line INTEGER NOT NULL, role INTEGER NOT NULL, body TEXT, prose TEXT, PRIMARY KEY(document, ordinal)) WITHOUT ROWID;
CREATE TABLE posting(first INTEGER PRIMARY KEY, width INTEGER NOT NULL, rest BLOB NOT NULL);
"""
INDEXES = """
CREATE INDEX text_by_digest ON text(high);
CREATE INDEX text_by_mask ON text(mask) WHERE mask IS NOT NULL;
CREATE INDEX paragraph_by_text ON paragraph(text);
"""

_CANNOT_WRITE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")

Database = sqlite3.Connection


def open_database(path: Path, writes: bool, wait: float) -> Database:
    """Return a connection to an index; where no file can be made beside it, one that reads it as it is.

    Raises StoreError for a file that is no index, or one of another format.
    """
    if not is_there(path):
        raise StoreError(f"{path}: there is no such index; `dedup index add {path} PATH...` makes one")
    with explaining(path):
        try:
            return _check_format(path, _connect(path, "mode=rw", wait, writes), writes)
        except sqlite3.OperationalError as error:
            if writes or not _name(error).startswith(_CANNOT_WRITE) or is_there(Path(f"{path}-wal")):
                raise
            return _check_format(path, _connect(path, "mode=ro&immutable=1", wait, writes), writes)


def is_there(path: Path) -> bool:
    """Return whether there is a file of this name. Raises StoreError where that cannot be told, or it is a folder."""
    try:
        if path.is_dir():
            raise StoreError(f"{path}: is a folder; name a file in it")
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: is no file; name another")
        return path.exists()
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error.strerror}); name another") from error


def create_database(path: Path) -> Database:
    """Return a connection to a new index without any table's indexes, for one fast build: it is lost if the build is."""
    database = sqlite3.connect(path, isolation_level=None)
    pragmas = (f"page_size={PAGE_BYTES}", "journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-65536")
    try:
        for pragma in (*pragmas, f"application_id={APPLICATION}", f"user_version={FORMAT}"):
            database.execute(f"PRAGMA {pragma}")
        database.executescript(SCHEMA)
    except BaseException:
        database.close()
        raise
    return database


def finish_database(database: Database) -> None:
    """Add the tables' indexes and close a new index, ready to be read while it is written."""
    database.executescript(INDEXES)
    database.execute("PRAGMA locking_mode=NORMAL")
    database.execute("PRAGMA journal_mode=WAL")
    database.close()


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file into what to do about it: a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_explain(error)}") from error


def _connect(path: Path, how: str, wait: float, writes: bool) -> Database:
    uri = f"file:{quote(os.fsencode(path.absolute()))}?{how}"
    database = sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA synchronous=FULL")
    database.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KB if writes else READER_CACHE_KB}")
    return database


def _check_format(path: Path, database: Database, writes: bool) -> Database:
    try:
        database.execute(f"PRAGMA query_only={not writes:d}")
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION:
            raise StoreError(f"{path}: is an SQLite file, but no index of dedup's; name another")
        _require_whole(path, *database.execute("PRAGMA page_size").fetchone())
        if version != FORMAT:
            raise StoreError(
                f"{path}: has format {version}, this dedup knows {FORMAT}; use the dedup that made it, or build the index anew"
            )
        database.execute("SELECT count(*) FROM meta").fetchone()
    except BaseException:
        database.close()
        raise
    return database


def _require_whole(path: Path, page_bytes: int) -> None:
    """Raise StoreError for a file that ends within a page: SQLite reads what is missing of it as zeros.

    The file is never opened but by SQLite, for to close it anywhere in a process drops the process's locks on it.
    """
    if path.stat().st_size % page_bytes:
        raise StoreError(f"{path}: is cut off; restore it from a copy, or build it anew")


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "")


def _explain(error: sqlite3.Error) -> str:
    name = _name(error)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another process is writing to it; try again when that is done"
    if name.startswith("SQLITE_IOERR"):
        return f"the disk is full or broken ({error}); nothing of a change was kept, make room and repeat it"
    if name.startswith("SQLITE_FULL"):
        return "the disk is full; nothing of this change was kept, make room and repeat it"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"is damaged or no index ({error}); restore it from a copy, or build it anew"
    if name.startswith("SQLITE_READONLY"):
        return "may not be written to; make it writable, or name another"
    if name.startswith("SQLITE_CANTOPEN"):
        return "cannot be opened; look at the rights of the file and of its folder"
    return f"SQLite refuses: {error}"
