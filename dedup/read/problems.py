"""The account of a run's input: what was read, what was skipped and why. Nothing is left out without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from dedup.errors import InputError

SHOWN = 5


class Problems:
    """Counts skipped records by reason and tells of the first few; with `strict`, the first one is an InputError."""

    def __init__(self, strict: bool = False, tell: Callable[[str], None] | None = None) -> None:
        self.skipped: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
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
