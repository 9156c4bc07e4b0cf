"""What a clean takes out, in the terms of its plan: counts by kind and by source, and every paragraph."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import msgspec

from dedup.model import JsonObject, Removed
from dedup.policy import Policy

CLEAN_SCHEMA = "dedup-clean/1"


class Size(NamedTuple):
    """How much text there is."""

    documents: int
    paragraphs: int
    words: int


class SourceSize(NamedTuple):
    """How much there is of one source, before and after."""

    source: str
    documents_before: int
    documents_after: int
    words_before: int
    words_after: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What was taken out of a corpus, or would be.

    removed: every paragraph, by document and place. emptied: documents of which nothing stays. skipped, decoded: as in `Summary`;
    problems, ignored: as in `Report`. files: how many were written, None for a plan.
    """

    settings: JsonObject
    policy: Policy
    before: Size
    after: Size
    sources: tuple[SourceSize, ...]
    removed: tuple[Removed, ...]
    emptied: int
    skipped: dict[str, int] = field(default_factory=dict)
    decoded: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    files: int | None = None
    seconds: float = 0.0

    @property
    def removed_share(self) -> float:
        """Return the share of the words that goes."""
        return 1.0 - self.after.words / self.before.words if self.before.words else 0.0

    def count_kinds(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return (how many, their words) of what goes by kind and scope, in the order of their names."""
        copies, words = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for removed in self.removed:
            copies[removed.kind, removed.scope] += 1
            words[removed.kind, removed.scope] += removed.words
        return {key: (copies[key], words[key]) for key in sorted(copies)}

    def to_json(self) -> str:
        """Return the plan as JSON, schema "dedup-clean/1"; what goes itself stands in removed.jsonl."""
        kinds = [
            {"kind": kind, "scope": scope, "copies": copies, "words": words}
            for (kind, scope), (copies, words) in self.count_kinds().items()
        ]
        content = {
            "schema": CLEAN_SCHEMA,
            "settings": self.settings,
            "policy": asdict(self.policy),
            "before": self.before._asdict(),
            "after": self.after._asdict(),
            "removed_share": round(self.removed_share, 6),
            "emptied": self.emptied,
            "kinds": kinds,
            "sources": [source._asdict() for source in self.sources],
            "skipped": self.skipped,
            "decoded": self.decoded,
            "seconds": self.seconds,
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"
