"""An open index: what a check asks of it.

Lists of keys go to SQLite as one JSON array, which it joins with its tables in C.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dedup.errors import SettingsError, StoreError
from dedup.model import Ints, JsonObject, Words64
from dedup.settings import Settings, change_settings
from dedup.store.blocks import Block, decode_blocks
from dedup.store.database import WAIT_SECONDS, explaining, open_database
from dedup.store.postings import TEXT_BITS, TEXT_MASK, pack_keys
from dedup.store.records import Copy, Published, Text

MOST_COPIES = 256
"""Paragraphs read of one text, and texts read of one mask: enough to show, and to tell furniture by."""
BLOCKS_AT_ONCE = 1 << 13
"""Blocks of postings in memory: 4 MB."""
MOST_MATES = 1000
"""Texts read of one bucket, once all buckets of a check together hold more than 100 a key."""


class Store:
    """An open index. For one thread at a time; any number may be open on one file."""

    def __init__(self, path: str | os.PathLike[str], writes: bool = False, wait: float = WAIT_SECONDS) -> None:
        self.path = Path(path)
        self._database = open_database(self.path, writes, wait)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See one state in all that is read within, whatever others write; what SQLite refuses is a StoreError."""
        with explaining(self.path):
            self._database.execute("BEGIN")
            try:
                yield
            finally:
                self._database.rollback()

    def read_meta(self) -> JsonObject:
        """Return what the index was built with."""
        with explaining(self.path):
            rows = self._ask("SELECT value FROM meta WHERE name = 'settings'")
        try:
            settings: JsonObject = json.loads(rows[0][0])
            change_settings(Settings(), {name: value for name, value in settings.items() if name != "normaliser"})
        except (LookupError, TypeError, ValueError, AttributeError, SettingsError) as error:
            raise StoreError(f"{self.path}: is damaged (its settings cannot be read); build it anew") from error
        return settings

    def count(self) -> dict[str, int]:
        """Return the numbers of documents, sources, paragraphs, words and distinct texts, and the size in bytes."""
        with explaining(self.path):
            sums = "count(*), coalesce(sum(paragraphs), 0), coalesce(sum(words), 0)"
            documents, paragraphs, words = self._ask(f"SELECT {sums} FROM document")[0]
            (sources,), (texts,) = self._ask("SELECT count(*) FROM source")[0], self._ask("SELECT count(*) FROM text")[0]
            (pages,), (page_bytes,) = self._ask("PRAGMA page_count")[0], self._ask("PRAGMA page_size")[0]
        return {
            "documents": documents,
            "sources": sources,
            "paragraphs": paragraphs,
            "distinct_paragraphs": texts,
            "words": words,
            "bytes": pages * page_bytes,
        }

    def count_documents(self) -> int:
        """Return the number of documents."""
        return int(self._ask("SELECT coalesce(sum(documents), 0) FROM source")[0][0])

    def find_names(self, names: Sequence[str]) -> list[int]:
        """Return the numbers of the documents of some names."""
        return [number for name in names for (number,) in self._ask("SELECT id FROM document WHERE name = ?", name)]

    def find_digests(self, high: Ints) -> list[tuple[int, Text]]:
        """Return (row, text) for each text with the high half of a row's digest. high: int64 (n,)."""
        rows = self._join("SELECT j.key, t.* FROM json_each(?) j JOIN text t ON t.high = j.value", high.tolist())
        return [(row[0], Text(*row[1:])) for row in rows]

    def find_bucket_mates(self, keys: Words64) -> tuple[Ints, int]:
        """Return ((number of a key, number of a text) pairs, and how many texts of crowded buckets were left out).

        keys: uint64 (n,); the pairs are int64 (m, 2).
        """
        order = np.argsort(keys)  # keys in the order of the table: the pages on the way to a block are those of the last one
        starts, n_mates = pack_keys(keys[order]), 0
        parts, n_left_out = [np.empty((0, 2), np.int64)], 0
        for mates in self._stream_mates(starts):
            parts.append(mates)
            n_mates += len(mates)
            if n_mates > 100 * len(starts):
                parts, n_left_out = self._find_some_mates(starts)
                break
        mates = np.concatenate(parts)
        mates[:, 0] = order[mates[:, 0]]
        return mates[np.argsort(mates[:, 0], kind="stable")], n_left_out

    def _find_some_mates(self, starts: Ints) -> tuple[list[Ints], int]:
        parts, n_seen = [], np.zeros(len(starts), np.int64)
        for mates in self._stream_mates(starts):
            n_here = np.bincount(mates[:, 0], minlength=len(starts))
            place_here = np.arange(len(mates)) - (np.cumsum(n_here) - n_here)[mates[:, 0]]
            parts.append(mates[n_seen[mates[:, 0]] + place_here < MOST_MATES])
            n_seen += n_here
        return parts, int(np.maximum(n_seen - MOST_MATES, 0).sum())

    def _stream_mates(self, starts: Ints) -> Iterator[Ints]:
        """Yield (number of a bucket, number of a text) pairs in their order, int64 (m, 2). starts: int64 (n,), rising."""
        query = "SELECT j.key, p.first, p.width, p.rest FROM json_each(?) j CROSS JOIN posting p WHERE p.first BETWEEN"
        query += " coalesce((SELECT max(first) FROM posting WHERE first <= j.value), j.value)"
        query += f" AND j.value + {TEXT_MASK}"
        blocks = self._database.execute(query, (encode_list(starts.tolist()),))
        while some := blocks.fetchmany(BLOCKS_AT_ONCE):
            postings, sizes = self._decode([row[1:] for row in some])
            buckets = np.fromiter([row[0] for row in some], np.int64, len(some))
            places = np.flatnonzero((postings ^ np.repeat(starts[buckets], sizes)) >> TEXT_BITS == 0)
            held_by = np.searchsorted(np.cumsum(sizes), places, "right")
            yield np.column_stack((buckets[held_by], postings[places] & TEXT_MASK))

    def _decode(self, blocks: Sequence[Block]) -> tuple[Ints, Ints]:
        """Return (postings, how many each block holds). Raises StoreError for a block that is none."""
        try:
            return decode_blocks(blocks)
        except ValueError as error:
            raise self._report_damage() from error

    def find_masked(self, mask: int) -> tuple[list[Text], int]:
        """Return (the first texts under a mask, how many there are)."""
        rows = self._ask(f"SELECT * FROM text WHERE mask = ? ORDER BY id LIMIT {MOST_COPIES}", mask)
        full = len(rows) == MOST_COPIES
        count = self._ask("SELECT count(*) FROM text WHERE mask = ?", mask)[0][0] if full else len(rows)
        return [Text(*row) for row in rows], count

    def read_texts(self, numbers: Ints) -> list[Text]:
        """Return texts by number, in the order of the numbers."""
        query = "SELECT t.* FROM json_each(?) j JOIN text t ON t.id = j.value"
        return [Text(*row) for row in self._require_all(self._join(query, numbers.tolist()), len(numbers))]

    def read_copies(self, text: int, leaving_out: Sequence[int] = ()) -> tuple[list[Copy], int]:
        """Return (the first paragraphs that hold a text, how many do), without those of some documents."""
        columns = "p.document, p.ordinal, p.text, p.start, p.line, p.role, coalesce(p.body, t.body)"
        held = "p.text = ? AND p.document NOT IN (SELECT value FROM json_each(?))"
        columns += ", coalesce(p.prose, p.body, t.body)"
        query = f"SELECT {columns} FROM paragraph p JOIN text t ON t.id = p.text WHERE {held}"
        left_out = encode_list(leaving_out)
        rows = self._ask(f"{query} ORDER BY p.document, p.ordinal LIMIT {MOST_COPIES}", text, left_out)
        full = len(rows) == MOST_COPIES
        count = self._ask(f"SELECT count(*) FROM paragraph p WHERE {held}", text, left_out)[0][0] if full else len(rows)
        return [Copy(*row) for row in rows], count

    def read_documents(self, numbers: Sequence[int]) -> list[Published]:
        """Return documents by number, in the order of the numbers."""
        columns = "d.id, d.name, d.date, d.paragraphs, d.words, s.name"
        query = f"SELECT {columns} FROM json_each(?) j JOIN document d ON d.id = j.value JOIN source s ON s.id = d.source"
        return [Published(*row) for row in self._require_all(self._join(query, numbers), len(numbers))]

    def count_sources(self, names: Iterable[str]) -> Counter[str]:
        """Return how many documents some sources have."""
        query = "SELECT name, documents FROM source WHERE name = ?"
        return Counter(dict(row for name in set(names) for row in self._ask(query, name)))

    def _require_all(self, rows: list[Any], count: int) -> list[Any]:
        """Return rows that other rows name. Raises StoreError when some are missing."""
        if len(rows) < count:
            raise self._report_damage()
        return rows

    def _report_damage(self) -> StoreError:
        return StoreError(f"{self.path}: is damaged; `dedup index verify {self.path}` tells how")

    def _ask(self, query: str, *values: Any) -> list[Any]:
        return self._database.execute(query, values).fetchall()

    def _join(self, query: str, values: Iterable[Any]) -> list[Any]:
        """Return the rows of a query over a list: in it, j.key is the place in the list, j.value what stands there."""
        return self._ask(query, encode_list(values))

    def require_document(self, names: Sequence[str]) -> None:
        """Raise StoreError when one of the names is no document's."""
        for name in names:
            if not self.find_names([name]):
                raise StoreError(f"{self.path}: has no document {name!r}{self._suggest(name)}; nothing was changed")

    def _suggest(self, name: str) -> str:
        end = name.rpartition("/")[2]
        near = self._ask("SELECT name FROM document WHERE substr(name, -length(?1)) = ?1 ORDER BY length(name) LIMIT 1", end)
        return f", did you mean {near[0][0]!r}?" if near else ""


def encode_list(values: Iterable[Any]) -> str:
    """Return a list as SQLite's json_each takes it."""
    return json.dumps(list(values))
