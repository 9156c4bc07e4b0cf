"""Rows of CSV and TSV without what goes of them: of a row that changes only the text's cell is written anew, quoted as it was."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from dedup.read.fields import choose_fields
from dedup.read.problems import Problems
from dedup.read.streams import Input, read_blocks
from dedup.read.table import Lines, TableReader
from dedup.rewrite.pending import Pending
from dedup.rewrite.removals import Removals, cut_text
from dedup.settings import Settings

WRITTEN_CHARS = 1 << 20
_LINE_END = re.compile(r"(?:\r?\n|\r)?\Z")


def rewrite_table(source: Input, removals: Removals, settings: Settings) -> Iterator[bytes]:
    """Yield a file of CSV or TSV without what goes of its rows. Raises InputError when they do not stand in it as they did."""
    pending = Pending(source.name, removals)
    return pending.watch(_TableWriter(pending, settings).write(source))


class _TableWriter:
    """Writes the rows of one file."""

    def __init__(self, pending: Pending, settings: Settings) -> None:
        self._pending, self._limit, self._fields = pending, settings.max_document, choose_fields(settings)
        self._written: list[str] = []
        self._n_chars = 0
        self._ends_open = False  # whether the line that came last went, and had no line end

    def write(self, source: Input) -> Iterator[bytes]:
        """Yield the new file."""
        blocks = read_blocks(source, Problems())
        start = next(blocks, b"")
        if start.startswith(codecs.BOM_UTF8):
            yield codecs.BOM_UTF8
        lines = Lines(chain([start], blocks), self._limit, self._keep)
        reader = TableReader(source, lines, Problems())
        header = reader.read_header(self._fields)
        column = next((header.index(name) for name in self._fields.text if name in header), -1)
        number = 0
        for _, cells in reader.read_any():
            number += len(cells) == len(header)
            if number == self._pending.next and len(cells) == len(header):
                lines.row = self._change(lines.row, cells, column, reader.delimiter)
            if self._n_chars > WRITTEN_CHARS:
                yield self._flush()
        last = "".join(self._written[-1:])
        if self._ends_open:
            last = _LINE_END.sub("", last)
        yield self._flush() + _encode(last)

    def _keep(self, lines: list[str]) -> None:
        self._written += lines
        self._n_chars += sum(map(len, lines))

    def _flush(self) -> bytes:
        """Return what is written but the last line, whose end goes when all behind it went and the file had none at its end."""
        written = "".join(self._written[:-1])
        self._written, self._n_chars = self._written[-1:], 0
        return _encode(written)

    def _change(self, lines: list[str], cells: list[str], column: int, delimiter: str) -> list[str]:
        """Return what stays of the row that is to be met next."""
        ranges = self._pending.take()
        try:
            if column < 0 or len(cells[column].encode()) > self._limit:
                raise ValueError("no text")
            text = cut_text(cells[column], ranges or ())
        except ValueError as error:
            raise self._pending.tell_changed() from error
        row = "".join(lines)
        if ranges is None:
            self._ends_open = row[-1] not in "\r\n"
            return []
        return [_replace_cell(row, column, text, delimiter, must_show=len(cells) == 1)]


def _replace_cell(row: str, column: int, text: str, delimiter: str, must_show: bool) -> str:
    """Return a row with another text in a cell. must_show: whether nothing but quotes tells an empty cell from a blank line."""
    start, end = find_cell(row, column, delimiter)
    if row.startswith('"', start) or text.startswith('"') or (must_show and not text):
        text = '"' + text.replace('"', '""') + '"'
    return row[:start] + text + row[end:]


def find_cell(row: str, column: int, delimiter: str) -> tuple[int, int]:
    """Return where a cell stands in a row, as Python's csv module finds it: what follows a closing quote still belongs to it."""
    cell = re.compile(rf'(?:"(?:[^"]++|"")*+"?+)?[^{re.escape(delimiter)}\r\n]*+')
    start = end = -1
    for _ in range(column + 1):
        start = end + 1
        found = cell.match(row, start)
        end = found.end() if found else start
    return start, end


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogateescape")
