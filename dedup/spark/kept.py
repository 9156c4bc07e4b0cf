"""A run on Spark as it is kept in its work folder: its settings, and its documents as an index stores them. Needs no Spark.

The rows of the reading stage are gone through file by file, in the order in which a run on one machine reads them, a few thousand
at a time. Names that stood twice have the count that the run gave them.
Leaves out: what the run found (an index makes its own keys), and file systems that fsspec does not know.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from dedup.errors import IndexMismatchError, InputError
from dedup.model import JsonObject
from dedup.read import Problems, hide_secrets
from dedup.read.problems import SHOWN
from dedup.read.remote import connect, is_address
from dedup.settings import NORMALISER_VERSION, Settings, keep_settings
from dedup.spark.ingest import DOCUMENT, PARAGRAPH
from dedup.spark.work import FORMAT, LEDGER
from dedup.store import StoredDocument, StoredParagraph

ROWS_AT_ONCE = 4096
BUFFER_BYTES = 1 << 20
"""Of a column's pages in memory, where a file would be read by groups of rows of 128 MB."""
STAGES = ("read", "documents")
ROW_COLUMNS = (
    "kind", "pid", "doc", "start_point", "line", "words", "mask", "role", "digest_a", "digest_b", "prose", "shown", "name",
    "source", "date", "hash", "reason", "n",
)  # fmt: skip

_COUNTED = re.compile(r" \([0-9]+\)$")
_PART = re.compile(r"part-([0-9]+)")

Row = dict[str, Any]
Part = tuple[str, Callable[[], Any]]
"""The name of a file of Parquet, and what opens it."""


class KeptRun:
    """A run whose reading is finished. folder: a path or an address. Raises InputError when there is none, or it cannot be used."""

    def __init__(self, folder: str) -> None:
        self.folder, self.name = folder.rstrip("/"), hide_secrets(folder)
        written = next((row["content"] for row in self._read("run", ("content",))), None)
        if written is None:
            raise InputError(f"{self.name}: holds no run on Spark; name the work folder of a finished `dedup audit --engine spark`")
        self.settings: JsonObject = json.loads(written)
        if self.settings.get("format") != FORMAT or self.settings.get("normaliser") != NORMALISER_VERSION:
            raise InputError(f"{self.name}: is the run of another version of dedup; audit again with this one, into another folder")
        self._require_stages()

    @property
    def usual(self) -> JsonObject:
        """Return the settings of the run that an index keeps."""
        return {name: self.settings[name] for name in keep_settings(Settings()) if name != "normaliser"}

    def require(self, settings: Settings, where: str) -> None:
        """Raise IndexMismatchError where settings differ by which texts are compared, or cut; passages are looked for in either."""
        wanted = keep_settings(settings)
        for name in ("threshold", "shingle", "min_words", "seed", "split"):
            if wanted[name] != self.settings[name]:
                option, value = name.replace("_", "-"), wanted[name]
                raise IndexMismatchError(
                    f"{where}: has {option}={value}, the run in {self.name} {option}={self.settings[name]}; "
                    "audit again with what the index has, or name another index"
                )

    def read_documents(self, problems: Problems) -> Iterator[StoredDocument]:
        """Yield the documents in their order; what the run had to skip is added to the account.

        Raises InputError when rows are not in the order in which they were read.
        """
        told = self._read_counted_names()
        paragraphs: dict[int, list[StoredParagraph]] = defaultdict(list)
        last = {DOCUMENT: -1, PARAGRAPH: -1}
        for row in self._read("read", ROW_COLUMNS):
            kind = row["kind"]
            if kind not in last:
                _take_note(row, problems)
                continue
            number = row["pid"] if kind == PARAGRAPH else row["doc"]
            if number <= last[kind]:
                raise InputError(f"{self.name}/read: its rows are not in the order in which Spark wrote them; audit again")
            last[kind] = number
            if kind == PARAGRAPH:
                paragraphs[row["doc"]].append(_store(row))
            else:
                held = paragraphs.pop(number, [])
                name = told[number] if number in told else row["name"]
                yield StoredDocument(name, row["source"], row["date"] or None, row["hash"], held)

    def _read_counted_names(self) -> dict[int, str]:
        """Return the names that end in a count, by document: all that a repeated name was told apart by are among them."""
        names = self._read("documents", ("doc", "name"))
        return {row["doc"]: row["name"] for row in names if _COUNTED.search(row["name"])}

    def _require_stages(self) -> None:
        finished = {row["name"]: row["n_rows"] for row in self._read(LEDGER, ("name", "n_rows"))}
        for stage in STAGES:
            if stage not in finished:
                raise InputError(f"{self.name}: the run is not finished; repeat the same audit, which goes on from where it is")
            n_rows = sum(self._count_rows(part) for part in self._list_parts(stage))
            if n_rows != finished[stage]:
                raise InputError(
                    f"{self.name}/{stage}: has {n_rows:,} rows of {finished[stage]:,}; delete that folder and repeat the same audit"
                )

    def _read(self, stage: str, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the rows of a stage, none where it is missing."""
        for part in self._list_parts(stage):
            with self._open_part(part) as file:
                for batch in file.iter_batches(ROWS_AT_ONCE, columns=list(columns)):
                    yield from batch.to_pylist()

    def _count_rows(self, part: Part) -> int:
        with self._open_part(part) as file:
            return int(file.metadata.num_rows)

    @contextmanager
    def _open_part(self, part: Part) -> Iterator[Any]:
        """Give a file of Parquet. Raises InputError where it cannot be read."""
        import pyarrow as pa  # noqa: PLC0415  for such folders only
        from pyarrow import parquet  # noqa: PLC0415  the same

        name, open_part = part
        try:
            with open_part() as source:
                yield parquet.ParquetFile(source, buffer_size=BUFFER_BYTES)
        except (OSError, pa.ArrowException) as error:
            where = f"{self.name}/{name.partition('/')[0]}"
            raise InputError(
                f"{where}: cannot be read ({type(error).__name__}); delete that folder and repeat the same audit"
            ) from error

    def _list_parts(self, stage: str) -> list[Part]:
        """Return the files of a stage, by the number of the task that wrote each."""
        pattern = f"{stage}/part-*.parquet"
        if is_address(self.folder):
            system, root = connect(self.folder, self.name)
            paths = [str(path) for path in system.glob(f"{root.rstrip('/')}/{pattern}")]
            parts: list[Part] = [(path.rpartition("/")[2], partial(system.open, path, "rb")) for path in paths]
        else:
            parts = [(path.name, partial(path.open, "rb")) for path in Path(self.folder).glob(pattern)]
        return sorted(((f"{stage}/{name}", open_part) for name, open_part in parts), key=_number_part)


def _number_part(part: Part) -> tuple[int, str]:
    found = _PART.search(part[0])
    return int(found[1]) if found else 0, part[0]


def _store(row: Row) -> StoredParagraph:
    prose = row["prose"].decode()
    body = prose if row["shown"] is None else row["shown"].decode()
    numbers = (row["digest_a"], row["digest_b"], row["mask"] or None, row["words"], row["start_point"], row["line"], row["role"])
    return StoredParagraph(*numbers, body, prose)


def _take_note(row: Row, problems: Problems) -> None:
    """Add what the run skipped, or read from another encoding, to an account."""
    account, _, reason = row["reason"].partition(":")
    if account == "skipped":
        problems.skipped[reason] += row["n"]
    elif account == "decoded":
        problems.decoded[reason] += row["n"]
    elif account == "example" and len(problems.examples) < SHOWN:
        problems.examples.append(row["name"])
