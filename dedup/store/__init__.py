"""The persistent index: published documents, their paragraphs, and what their texts are found by, in one SQLite file.

Tables: `document` and its `paragraph`s (which text, where); `text`, each once, with its digest, its mask and its words as they
are compared; `posting` (see `postings` and `blocks`); `source`; `meta`. Signatures and shingles are not kept: making those of a few
candidates again takes less time than reading them would.
Readers see the state of one moment while another process writes; writers take turns; what is committed survives kill -9.
Leaves out: what a pair is and how keys are made (see `index` and `lookup`); network file systems, where SQLite's WAL does not work.
"""

from dedup.store.build import Contents, build_from_documents, build_store
from dedup.store.database import FORMAT, WAIT_SECONDS, is_there
from dedup.store.postings import pack_postings, require_room
from dedup.store.reader import Store
from dedup.store.records import Changes, Copy, Keys, MakeKeys, Published, StoredDocument, StoredParagraph, Text, choose_wording
from dedup.store.verify import Verifier
from dedup.store.writer import Writer

__all__ = [
    "FORMAT",
    "WAIT_SECONDS",
    "Changes",
    "Contents",
    "Copy",
    "Keys",
    "MakeKeys",
    "Published",
    "Store",
    "StoredDocument",
    "StoredParagraph",
    "Text",
    "Verifier",
    "Writer",
    "build_from_documents",
    "build_store",
    "choose_wording",
    "is_there",
    "pack_postings",
    "require_room",
]
