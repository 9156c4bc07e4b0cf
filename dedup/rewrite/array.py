"""Rows of a .json file without what goes of them: an array stays one, values one after another stay apart.

A row goes with what parts it from the one before, the first of an array with what parts it from the next. What the reader could
not read (a broken row, one that is too long) is copied with all that follows up to the next row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dedup.read.array import SEAM_BYTES, ValueCutter
from dedup.read.fields import choose_fields
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_blocks
from dedup.rewrite.json_text import cut_row
from dedup.rewrite.pending import Pending
from dedup.rewrite.removals import Ranges, Removals
from dedup.settings import Settings

_SEPARATORS = b" \t\r\n,"
_AFTER_BROKEN = re.compile(rb"(?:(?<=[}\]])\s*+,?\s*+|\n)\Z")
"""What parts a broken row from the next: as `NEXT_OBJECT` of the reader found it."""


def rewrite_array(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    """Yield a .json file without what goes of its rows. Raises InputError when they do not stand in it as they did."""
    pending = Pending(source.name, removals)
    return pending.watch(_ArrayWriter(pending, settings).write(read_blocks(source, Problems())))


class _ArrayWriter:
    """Writes the rows of one file. What stays is copied when something changes behind it, or at the end of a block."""

    def __init__(self, pending: Pending, settings: Settings) -> None:
        self._pending, self._limit = pending, settings.max_document
        self._names = choose_fields(settings).text
        self._cutter = ValueCutter(self._limit)
        self._number = 1
        self._source, self._offset = b"", 0  # what is held of the file, and where that begins
        self._copied = 0
        self._kept_until = 0  # up to here the last row is sure to stay
        self._is_behind_gone = self._is_behind_broken = False
        self._is_bare = True  # no row of this array stays before here
        self._spare = b""  # what parted the row that went: for two numbers that nothing else parts
        self._written: list[bytes] = []

    def write(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the new file."""
        for block in blocks:
            self._source += block
            for values in self._cutter.feed(block):
                self._meet_all(values)
            self._settle()
            yield self._flush()
            self._source, self._offset = self._source[self._copied - self._offset :], self._copied
        for values in self._cutter.finish():
            self._meet_all(values)
        self._written.append(self._take(self._offset + len(self._source)))
        yield self._flush()

    def _flush(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written

    def _meet_all(self, values: list[bytes] | None) -> None:
        spans = self._cutter.spans
        if self._pending.next >= self._number + len(spans) and not self._is_behind_gone:
            self._number += len(spans)
            self._keep(*spans[-1])
            return
        for i, (start, end) in enumerate(spans):
            if self._number == self._pending.next:
                self._change(values[i] if values else None, start, end)
            else:
                if self._is_behind_gone:
                    self._pass_gap(start, stays=True)
                self._keep(start, end)
            self._number += 1

    def _keep(self, start: int, end: int) -> None:
        self._is_behind_gone, self._is_behind_broken, self._is_bare = False, self._cutter.is_lost, False
        self._kept_until = start if self._is_behind_broken else end

    def _change(self, value: bytes | None, start: int, end: int) -> None:
        """Write what stays of the row that is to be met next."""
        if value is None:
            raise self._pending.tell_changed()
        try:
            ranges: Ranges | None = self._pending.take()
            written = cut_row(value, ranges, self._names)
        except ValueError as error:
            raise self._pending.tell_changed() from error
        self._pass_gap(start, stays=ranges is not None)
        self._written.append(written)
        self._take(end)
        self._is_behind_gone, self._is_behind_broken = ranges is None, False
        self._is_bare = self._is_bare and ranges is None

    def _pass_gap(self, until: int, stays: bool) -> None:
        """Write what stands before a row: what the reader could not read stays, what parts the row goes with it."""
        piece = self._take(until)
        if self._is_behind_broken:
            found = _AFTER_BROKEN.search(piece, max(len(piece) - SEAM_BYTES, 0))
            rest = piece[: found.start()] if found else piece
        else:
            rest = piece.rstrip(_SEPARATORS)
        gap = piece[len(rest) :]
        is_first = self._number == 1 or rest.endswith(b"[")
        self._is_bare = self._is_bare or is_first
        self._written.append(rest)
        if is_first:
            self._written.append(gap)
        elif stays and not self._is_bare:
            self._written.append(gap or self._spare)
        self._spare = b"" if stays or is_first else self._spare or gap[:1]

    def _settle(self) -> None:
        """Write what is sure to stay of a block, and let go of what is no part of a row that may change."""
        at = self._cutter.offset
        if self._cutter.is_passing:
            self._written.append(self._take(max(at, self._copied)))
        elif not self._is_behind_gone:
            self._written.append(self._take(max(self._kept_until, self._copied)))
        if at - self._copied > self._limit:  # of white space
            self._pass_gap(at, stays=not self._pending.goes(self._number))

    def _take(self, until: int) -> bytes:
        """Return the source up to a place in the file, as copied."""
        taken = self._source[self._copied - self._offset : until - self._offset]
        self._copied = until
        return taken
