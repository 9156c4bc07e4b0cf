"""JSON lines without what goes of them. Lines that stay are copied as they are, found by counting line ends and never decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

import numpy as np

from dedup.read.fields import choose_fields
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_blocks
from dedup.rewrite.json_text import cut_row
from dedup.rewrite.pending import Pending
from dedup.rewrite.removals import Removals
from dedup.settings import Settings

_LINE_END = re.compile(rb"(?:\r?\n|\r)?\Z")


def rewrite_rows(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    """Yield a file of JSON lines without what goes of its rows. Raises InputError when they do not stand in it as they did."""
    pending = Pending(source.name, removals)
    return pending.watch(_RowWriter(pending, settings).write(read_blocks(source, Problems())))


class _RowWriter:
    """Writes the lines of one file."""

    def __init__(self, pending: Pending, settings: Settings) -> None:
        self._pending, self._limit = pending, settings.max_document
        self._names = choose_fields(settings).text
        self._number = 1
        self._rest = b""  # the beginning of a line that changes
        self._held = b""  # the line end that was to be written last

    def write(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the new file."""
        for block in blocks:
            yield self._hold_end(self._write_lines(block))
        yield self._finish()

    def _write_lines(self, block: bytes) -> bytes:
        """Return the lines of a block without what goes; the last one waits for its end where it changes."""
        pending, first = self._pending, self._number
        self._number += block.count(b"\n")
        if pending.next > self._number:
            return block
        block = self._rest + block
        starts = [0, *(np.flatnonzero(np.frombuffer(block, np.uint8) == 0x0A) + 1).tolist()]
        written: list[bytes] = []
        at = 0
        while pending.next < self._number:
            start, end = starts[pending.next - first : pending.next - first + 2]
            written += (block[at:start], self._change(block[start:end]))
            at = end
        keeps_rest = pending.next != self._number
        until = len(block) if keeps_rest else starts[-1]
        self._rest = block[until:]
        if len(self._rest) > self._limit:
            raise pending.tell_changed()
        return b"".join((*written, block[at:until]))

    def _change(self, line: bytes) -> bytes:
        """Return what stays of the line that is to be met next."""
        mark = codecs.BOM_UTF8 if self._pending.next == 1 and line.startswith(codecs.BOM_UTF8) else b""
        if len(line) > self._limit:
            raise self._pending.tell_changed()
        try:
            return mark + cut_row(line.removeprefix(mark), self._pending.take(), self._names)
        except ValueError as error:
            raise self._pending.tell_changed() from error

    def _hold_end(self, lines: bytes) -> bytes:
        """Return lines but for the end of the last one, which goes too when all behind it went and the file had none at its end."""
        lines = self._held + lines
        found = _LINE_END.search(lines, max(len(lines) - 2, 0))
        self._held = found[0] if found else b""
        return lines[: len(lines) - len(self._held)]

    def _finish(self) -> bytes:
        """Return what is left: a line end, and what stays of a last line that has none."""
        if not self._rest:
            return self._held
        rest = self._change(self._rest)
        return self._held + rest if rest else b""
