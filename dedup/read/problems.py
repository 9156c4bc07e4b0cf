"""The account of a run's input: what was read, what was skipped and why. Nothing is left out without a word.

Documents and skipped records together are the records found. What is no record (a file of a kind that no reader knows, an
encoding that had to be guessed) is counted beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from dedup.errors import InputError

SHOWN = 5


class Problems:
    """Counts skipped records by reason and tells of the first few; with `strict`, the first one is an InputError.

    ignored: files of folders that no reader knows, by suffix. decoded: documents read that were not UTF-8, by encoding.
    """

    def __init__(self, strict: bool = False, tell: Callable[[str], None] | None = None) -> None:
        self.skipped: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.decoded: Counter[str] = Counter()
        self.examples: list[str] = []
        self._strict = strict
        self._tell = tell

    def skip(self, where: str, reason: str, detail: str = "") -> None:
        """Count a record that cannot be read. where: `file:line` or `file`; reason: the word it is counted under."""
        message = f"{where}: {reason}" + (f" ({detail})" if detail else "")
        if self._strict:
            raise InputError(f"{message}; without --strict it would be skipped and counted")
        self.skipped[reason] += 1
        if len(self.examples) < SHOWN:
            self.examples.append(message)
            if self._tell:
                self._tell(message)

    def ignore(self, suffix: str) -> None:
        """Count a file of a folder that no reader knows, by its suffix."""
        self.ignored[suffix] += 1

    def note_encoding(self, encoding: str) -> None:
        """Count a document that was read from another encoding than UTF-8."""
        if encoding != "utf-8":
            self.decoded[encoding] += 1
