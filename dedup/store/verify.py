"""Is an index sound? SQLite's own checks, then every promise of its tables, its postings made again from its texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from dedup.model import Ints
from dedup.store.blocks import are_sound, decode_blocks
from dedup.store.postings import pack_postings
from dedup.store.reader import BLOCKS_AT_ONCE, Store
from dedup.store.records import MakeKeys

TEXTS_AT_ONCE = 20_000

_PROMISES = {
    "paragraphs without a document": "SELECT count(*) FROM paragraph WHERE document NOT IN (SELECT id FROM document)",
    "paragraphs without a text": "SELECT count(*) FROM paragraph WHERE text NOT IN (SELECT id FROM text)",
    "texts without a paragraph": "SELECT count(*) FROM text WHERE id NOT IN (SELECT text FROM paragraph)",
    "texts that are there twice": "SELECT count(*) FROM (SELECT 1 FROM text GROUP BY high, low HAVING count(*) > 1)",
    "documents with another number of paragraphs than they say": "SELECT count(*) FROM document d WHERE paragraphs <>"
    " (SELECT count(*) FROM paragraph p WHERE p.document = d.id)",
    "documents with another number of words than they say": "SELECT count(*) FROM document d WHERE words <>"
    " (SELECT coalesce(sum(t.words), 0) FROM paragraph p JOIN text t ON t.id = p.text WHERE p.document = d.id)",
    "sources with another number of documents than they say": "SELECT count(*) FROM source s WHERE documents <>"
    " (SELECT count(*) FROM document d WHERE d.source = s.id)",
    "documents without a source": "SELECT count(*) FROM document WHERE source NOT IN (SELECT id FROM source)",
}

Facts = Callable[[list[str]], Ints]
"""Gives what the index keeps of the texts of paragraphs: the halves of the digest, the mask, the words; int64 (n, 4)."""


class Verifier(Store):
    """An index that is looked over."""

    def find_faults(self, make_keys: MakeKeys, make_facts: Facts) -> Iterator[str]:
        """Yield what is wrong, in words; nothing for a sound index."""
        with self.snapshot():
            faults = [row[0] for row in self._ask("PRAGMA integrity_check")]
            if faults != ["ok"]:
                yield from (f"SQLite: {fault}" for fault in faults)
                return
            for promise, query in _PROMISES.items():
                ((count,),) = self._ask(query)
                if count:
                    yield f"{count:,} {promise}"
            yield from self._compare_texts(make_keys, make_facts)

    def _compare_texts(self, make_keys: MakeKeys, make_facts: Facts) -> Iterator[str]:
        columns = "id, body, high, low, coalesce(mask, 0), words"
        made, n_wrong, last = [], 0, -1
        while texts := self._ask(f"SELECT {columns} FROM text WHERE id > ? ORDER BY id LIMIT {TEXTS_AT_ONCE}", last):
            numbers, bodies, *kept = (list(column) for column in zip(*texts, strict=True))
            last = numbers[-1]
            n_wrong += int((make_facts(bodies) != np.array(kept, np.int64).T).any(axis=1).sum())
            made.append(pack_postings(make_keys(bodies), np.array(numbers, np.int64)))
        if n_wrong:
            yield f"{n_wrong:,} texts whose words are not those that their digest, mask and count were made of"
        wanted = np.sort(np.concatenate([*made, np.empty(0, np.int64)]))
        n_broken: Counter[str] = Counter()
        there = np.concatenate([*self._read_postings(n_broken), np.empty(0, np.int64)])
        yield from (f"{count:,} blocks of postings that {what}" for what, count in n_broken.items() if count)
        there = np.unique(there) if n_broken.total() else there
        for few, many, what in ((there, wanted, "missing"), (wanted, there, "too many")):
            n_missing = int((~np.isin(many, few, assume_unique=True)).sum()) if not np.array_equal(few, many) else 0
            if n_missing:
                yield f"{n_missing:,} postings are {what}"

    def _read_postings(self, n_broken: Counter[str]) -> Iterator[Ints]:
        """Yield all postings in the order of their blocks, int64; count the blocks that break a promise, by promise."""
        last = -1
        rows = self._database.execute("SELECT first, width, rest FROM posting ORDER BY first")
        while some := rows.fetchmany(BLOCKS_AT_ONCE):
            sound = some if are_sound(some) else [block for block in some if are_sound([block])]
            n_broken["cannot be read"] += len(some) - len(sound)
            postings, sizes = decode_blocks(sound)
            is_late = postings <= np.append(last, postings[:-1])
            last = int(postings[-1]) if len(postings) else last
            n_broken["do not rise, or not from the one before"] += len(np.unique(np.repeat(np.arange(len(sizes)), sizes)[is_late]))
            yield postings
