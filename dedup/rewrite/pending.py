"""The removals of a file that its writer has yet to meet: all of them have to be, before the last of the new file is written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from dedup.errors import InputError
from dedup.rewrite.removals import Ranges, Removals, tell_changed

NONE_LEFT = sys.maxsize


class Pending:
    """Removals in their order. next: the number of the document that is to be met next, NONE_LEFT behind the last."""

    def __init__(self, name: str, removals: Removals) -> None:
        self._name, self._removals = name, removals
        self._numbers = iter(removals)
        self.next = next(self._numbers, NONE_LEFT)

    def goes(self, number: int) -> bool:
        """Return whether the document of a number, the next to be met or one before it, goes as a whole."""
        return number == self.next and self._removals[number] is None

    def take(self) -> Ranges | None:
        """Return what goes of the document that is met, and wait for the one behind it."""
        met, self.next = self.next, next(self._numbers, NONE_LEFT)
        return self._removals[met]

    def watch(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the blocks of the new file; raise InputError before the last one where a document was not met."""
        last = b""
        for block in blocks:
            if last and block:
                yield last
            last = block or last
        if self.next != NONE_LEFT:
            raise self.tell_changed()
        if last:
            yield last

    def tell_changed(self) -> InputError:
        """Return the error of a file in which a document does not stand as it did."""
        return tell_changed(self._name)
