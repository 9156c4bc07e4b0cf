"""An index that is written to: documents in and out, each change whole or not at all.

A text goes with the last paragraph that holds it, and its postings with it: their keys are made again from its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from dedup.model import Flags, Ints
from dedup.store.blocks import INSERT, USUAL, Block, cut_evenly, encode_blocks
from dedup.store.database import explaining
from dedup.store.postings import pack_postings, require_room
from dedup.store.reader import BLOCKS_AT_ONCE, Store, encode_list
from dedup.store.records import Changes, MakeKeys, StoredDocument, StoredParagraph, choose_wording

POSTINGS_AT_ONCE = 1 << 16
"""Put in or taken out at once: as many blocks are read at most, 30 MB."""

_NO_POSTINGS = np.empty(0, np.int64)


class Writer(Store):
    """An index open for writing."""

    def replace_documents(self, documents: Sequence[StoredDocument], make_keys: MakeKeys) -> Changes:
        """Put documents in, in place of those of the same name, all or none; what is there unchanged is passed over."""
        with self._transaction():
            query = "SELECT name, id, hash FROM document WHERE name = ?"
            known = {name: row for one in documents for name, *row in self._ask(query, one.name)}
            fresh = [one for one in documents if one.name not in known or known[one.name][1] != one.hash]
            numbers = [known[one.name][0] for one in fresh if one.name in known]
            dropped = self._drop_documents(numbers)
            added = {text: body for one in fresh for text, body in self._insert_document(one)}
            self._insert_postings(added, make_keys)
            self._drop_orphans(dropped, make_keys)
        return Changes(added=len(fresh) - len(numbers), replaced=len(numbers), unchanged=len(documents) - len(fresh))

    def remove_documents(self, names: Sequence[str], make_keys: MakeKeys) -> Changes:
        """Take documents out, all or none. Raises StoreError for a name that is not there."""
        with self._transaction():
            self.require_document(names)
            numbers = self.find_names(list(dict.fromkeys(names)))
            self._drop_orphans(self._drop_documents(numbers), make_keys)
        return Changes(removed=len(numbers))

    def compact(self) -> None:
        """Write the file anew without the room that removed documents left, the postings in full blocks."""
        with self._transaction():
            self._fill_blocks()
        with explaining(self.path):
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explaining(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.rollback()
                raise

    def _insert_document(self, document: StoredDocument) -> Iterator[tuple[int, str]]:
        """Insert a document with its paragraphs; yield (number, words) of each text that is new."""
        row = (document.name, self._count_source(document.source), document.date, document.hash)
        counts = (len(document.paragraphs), document.words)
        query = "INSERT INTO document(name, source, date, hash, paragraphs, words) VALUES (?, ?, ?, ?, ?, ?)"
        number = self._database.execute(query, (*row, *counts)).lastrowid
        rows = []
        for ordinal, paragraph in enumerate(document.paragraphs):
            text, body = self._find_text(paragraph)
            if text is None:
                text, body = self._insert_text(paragraph), paragraph.prose
                yield text, body
            own = choose_wording(paragraph.body, paragraph.prose, body)
            rows.append((number, ordinal, text, paragraph.start, paragraph.line, paragraph.role, *own))
        self._database.executemany("INSERT INTO paragraph VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _find_text(self, paragraph: StoredParagraph) -> tuple[int | None, str]:
        rows = self._ask("SELECT id, body FROM text WHERE high = ? AND low = ?", paragraph.high, paragraph.low)
        return rows[0] if rows else (None, "")

    def _insert_text(self, paragraph: StoredParagraph) -> int:
        query = "INSERT INTO text(high, low, mask, words, body) VALUES (?, ?, ?, ?, ?)"
        return int(self._database.execute(query, (*paragraph[:4], paragraph.prose)).lastrowid or 0)

    def _count_source(self, name: str) -> int:
        """Return the number of a source, with one document more."""
        query = "INSERT INTO source(name, documents) VALUES (?, 1) ON CONFLICT(name) DO UPDATE SET documents = documents + 1"
        self._database.execute(query, (name,))
        return int(self._ask("SELECT id FROM source WHERE name = ?", name)[0][0])

    def _insert_postings(self, texts: dict[int, str], make_keys: MakeKeys) -> None:
        self._change_postings(make_postings(texts, make_keys), _put_in)

    def _drop_documents(self, numbers: Sequence[int]) -> set[int]:
        """Delete documents with their paragraphs; return the texts that these held."""
        listed = encode_list(numbers)
        within = "IN (SELECT value FROM json_each(?))"
        texts = {text for (text,) in self._ask(f"SELECT text FROM paragraph WHERE document {within}", listed)}
        self._ask(f"DELETE FROM paragraph WHERE document {within}", listed)
        counts = f"(SELECT source, count(*) AS n FROM document WHERE id {within} GROUP BY source) AS gone"
        self._ask(f"UPDATE source SET documents = documents - gone.n FROM {counts} WHERE source.id = gone.source", listed)
        self._ask("DELETE FROM source WHERE documents = 0")
        self._ask(f"DELETE FROM document WHERE id {within}", listed)
        return texts

    def _drop_orphans(self, texts: set[int], make_keys: MakeKeys) -> None:
        """Delete those of some texts that no paragraph holds any more."""
        query = "SELECT t.id, t.body FROM json_each(?) j JOIN text t ON t.id = j.value"
        query += " WHERE NOT EXISTS (SELECT 1 FROM paragraph p WHERE p.text = t.id)"
        orphans = dict(self._join(query, sorted(texts)))
        self._change_postings(make_postings(orphans, make_keys), _take_out)
        self._ask("DELETE FROM text WHERE id IN (SELECT value FROM json_each(?))", encode_list(orphans))

    def _change_postings(self, changed: Ints, join: Callable[[Ints, Ints], Ints]) -> None:
        """Write the blocks that rising postings fall into again, joined with these. changed: int64 (n,).

        What lies before the first block goes into that.
        """
        query = "SELECT first, width, rest FROM posting WHERE first IN (SELECT coalesce((SELECT max(first) FROM posting"
        query += " WHERE first <= j.value), (SELECT min(first) FROM posting)) FROM json_each(?) j) ORDER BY first"
        for at in range(0, len(changed), POSTINGS_AT_ONCE):
            some = changed[at : at + POSTINGS_AT_ONCE]
            firsts, postings = self._decode_rising(self._join(query, some.tolist()))
            joined = join(postings, some)
            held_by = np.searchsorted(np.array(firsts[1:], np.int64), joined, "right")
            self._replace_blocks(firsts, joined, cut_evenly(np.bincount(held_by)))

    def _fill_blocks(self) -> None:
        """Cut all postings anew into blocks of the usual size, some at a time.

        What would begin a block beyond the last one read is taken on to the next ones, or it would be read again.
        """
        carried, last = _NO_POSTINGS, -1
        query = "SELECT first, width, rest FROM posting WHERE first > ? ORDER BY first LIMIT ?"
        while blocks := self._ask(query, last, BLOCKS_AT_ONCE):
            firsts, postings = self._decode_rising(blocks, carried)
            n_full = np.searchsorted(postings, firsts[-1], "right") // USUAL * USUAL
            self._replace_blocks(firsts, postings[:n_full], np.arange(0, n_full, USUAL))
            carried, last = postings[n_full:], firsts[-1]
        self._replace_blocks([], carried, np.arange(0, len(carried), USUAL))

    def _decode_rising(self, blocks: Sequence[Block], before: Ints = _NO_POSTINGS) -> tuple[list[int], Ints]:
        """Return (the firsts of blocks, postings before them and theirs, int64). Raises StoreError when these do not rise."""
        postings = np.append(before, self._decode(blocks)[0])
        if (postings[1:] <= postings[:-1]).any():
            raise self._report_damage()
        return [first for first, *_ in blocks], postings

    def _replace_blocks(self, firsts: Sequence[int], postings: Ints, starts: Ints) -> None:
        """Write rising postings, cut where blocks are to begin, in place of the blocks of some firsts."""
        self._ask("DELETE FROM posting WHERE first IN (SELECT value FROM json_each(?))", encode_list(firsts))
        self._database.executemany(INSERT, encode_blocks(postings, starts))


def make_postings(texts: dict[int, str], make_keys: MakeKeys) -> Ints:
    """Return the postings of texts, given by number, rising: int64 (n,)."""
    if not texts:
        return _NO_POSTINGS
    require_room(max(texts))
    return pack_postings(make_keys(list(texts.values())), np.fromiter(texts, np.int64))


def _put_in(postings: Ints, some: Ints) -> Ints:
    """Return postings with some more. Both rise."""
    places, is_there = _find(postings, some)
    return np.insert(postings, places[~is_there], some[~is_there])


def _take_out(postings: Ints, some: Ints) -> Ints:
    """Return postings without some, which may not be there. Both rise."""
    places, is_there = _find(postings, some)
    return np.delete(postings, places[is_there])


def _find(postings: Ints, some: Ints) -> tuple[Ints, Flags]:
    """Return (where some stand or would stand among postings, whether they are there), int64 and bool."""
    places = np.searchsorted(postings, some)
    return places, np.append(postings, -1)[places] == some
