"""Rows of CSV and TSV: one document a row, found by the names in the header.

Read by Python's own csv module, not by pyarrow: it tells the line of each row, takes rows of any length, and goes on behind what
it cannot read. It reads 140 MB of text a second, pyarrow 560, the stages behind a third of the former.
Source: RFC 4180, but that the line may end in any way and a quote within a field stands for itself.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress

from dedup.model import Batch
from dedup.read import batches
from dedup.read.batches import make_batch
from dedup.read.blockfile import open_blocks
from dedup.read.fields import Fields, choose_fields, explain_missing, find_dates, find_sources, name_rows
from dedup.read.problems import Problems
from dedup.read.streams import Input, explain_size, read_blocks
from dedup.settings import Settings

DELIMITERS = {".csv": ",;\t|", ".tsv": "\t,;|"}
"""By suffix, in the order in which they are tried: spreadsheets of half of Europe write semicolons."""
MOST_REREADS = 100
"""Quotes without an end that cost one line each; after that, all that such a quote has swallowed is lost at once."""

Row = tuple[int, list[str]]
"""The line where a row begins, and its cells: none of a line that is blank or cannot be read."""


def read_table(source: Input, settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of a file with a header, a row each; one that cannot be read is skipped and counted."""
    n_skipped = problems.skipped.total()
    fields = choose_fields(settings)
    reader = TableReader(source, Lines(read_blocks(source, problems), settings.max_document), problems)
    header = reader.read_header(fields)
    text_field = next((name for name in fields.text if name in header), None)
    if text_field is not None:
        for rows in _gather(reader.read_rows(len(header)), header.index(text_field)):
            batch = reader.make_batch(rows, header, fields, text_field)
            if len(batch):
                yield batch
    elif header:
        reason, detail = explain_missing(fields, header, "columns")
        problems.skip(source.name, reason, f"{detail}; none of its rows is read")
    elif problems.skipped.total() == n_skipped:
        problems.skip(source.name, "empty")


class _TooLongError(Exception):
    """A row is longer than the largest document."""


class Lines:
    """The lines of a file, for a csv reader, and which of them its present row takes.

    limit: characters of the longest row. keep: is given all lines in their order, when the row that they belong to is done with:
    what `row` holds then, which may be other lines than were read.
    """

    def __init__(self, blocks: Iterable[bytes], limit: int, keep: Callable[[list[str]], None] | None = None) -> None:
        self.limit = limit
        self.number, self.is_ended = 0, False
        self.row: list[str] = []
        self._file = io.TextIOWrapper(open_blocks(blocks), "utf-8-sig", "surrogateescape", newline="")
        self._keep = keep
        self._n_chars, self._long = 0, ""
        self._again: deque[str] = deque()

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        """Return the next line; raise _TooLongError when the row is longer than the limit with it."""
        line = self._again.popleft() if self._again else self._file.readline(self.limit + 1)
        if not line:
            self.is_ended = True
            raise StopIteration
        if len(line) > self.limit:
            if len(self.row) > 1:  # the row is given up for its first line, so that this one comes again behind the second
                self._again.appendleft(line)
                raise _TooLongError
            self._long = line
        else:
            self.row.append(line)
        self.number += 1
        self._n_chars += len(line)
        if self._n_chars > self.limit:
            raise _TooLongError
        return line

    def pass_long(self) -> bool:
        """Pass over some of a line that is too long; return whether there was any."""
        if not self._long:
            return False
        self.row.append(self._long)
        self._finish_row()
        self._long = "" if self._long[-1] in "\r\n" else self._file.readline(1 << 20)
        return True

    def start_row(self) -> int:
        """Begin a row; return the number of its first line."""
        self._finish_row()
        self._n_chars = 0
        return self.number + 1

    def _finish_row(self) -> None:
        if self._keep:
            self._keep(self.row)
        self.row = []

    def reread_row(self) -> None:
        """Go back to the second line of the present row."""
        self._again.extendleft(reversed(self.row[1:]))
        self.number -= len(self.row) - 1
        del self.row[1:]
        self.is_ended = False


class TableReader:
    """Reads the rows of one file, and names those that cannot be."""

    def __init__(self, source: Input, lines: Lines, problems: Problems) -> None:
        self._source, self._lines, self._problems = source, lines, problems
        self.delimiter = DELIMITERS[source.suffix][0]
        self._n_rereads = 0
        self._number = 1
        csv.field_size_limit(max(csv.field_size_limit(), lines.limit))  # of the whole process; ours bounds rows before it does

    def read_header(self, fields: Fields) -> list[str]:
        """Return the names of the columns; take the delimiter by which one of them is the text, if there is any."""
        for _, cells in self.read_any():
            if not cells:
                continue
            lines = list(self._lines.row)
            for delimiter in DELIMITERS[self._source.suffix]:
                names = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter))]
                if not set(names).isdisjoint(fields.text):
                    self.delimiter = delimiter
                    return names
            return [name.strip() for name in cells]
        return []

    def read_rows(self, n_columns: int) -> Iterator[Row]:
        """Yield the rows that have as many cells as the header."""
        for line, cells in self.read_any():
            if len(cells) == n_columns:
                yield line, cells
            elif cells:
                self._skip(line, "ragged row", f"{len(cells)} cells, the header has {n_columns}")

    def make_batch(self, rows: Sequence[Row], header: Sequence[str], fields: Fields, text_field: str) -> Batch:
        """Return the documents of the next rows."""
        cells = zip(*(cells for _, cells in rows), strict=True)
        columns = dict(reversed(list(zip(header, cells, strict=True))))  # the first of columns with one name
        texts = [self._encode(line, text, text_field) for (line, _), text in zip(rows, columns[text_field], strict=True)]
        is_kept = [text is not None for text in texts]

        def pick(name: str | None) -> list[str] | None:
            return list(compress(columns[name], is_kept)) if name in columns else None

        numbers = list(compress(range(self._number, self._number + len(rows)), is_kept))
        self._number += len(rows)
        name = self._source.name
        return make_batch(
            names=name_rows(name, numbers, [column for field in fields.identity if (column := pick(field)) is not None]),
            texts=[text for text in texts if text is not None],
            sources=find_sources(len(numbers), pick(fields.source), pick("url"), self._source.source),
            dates=find_dates(len(numbers), pick(fields.date)),
            numbers=numbers,
        )

    def _encode(self, line: int, text: str, text_field: str) -> bytes | None:
        """Return a text in UTF-8, None for one that was none or is too large."""
        try:
            encoded = text.encode()
        except UnicodeEncodeError as error:
            byte = ord(text[error.start]) & 0xFF
            self._skip(line, "invalid UTF-8", f"byte 0x{byte:02x} in field '{text_field}'")
            return None
        if len(encoded) <= self._lines.limit:
            return encoded
        self._skip(line, *explain_size(self._lines.limit))
        return None

    def read_any(self) -> Iterator[Row]:
        """Yield rows as they come, without cells what is blank or cannot be read. Of a quote that never ends one line is lost."""
        lines = self._lines
        reader = csv.reader(lines, delimiter=self.delimiter)
        while True:
            line = lines.start_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _TooLongError:
                self._give_up(line)
                while lines.pass_long():
                    yield line, []
                reader = csv.reader(lines, delimiter=self.delimiter)
            except csv.Error as error:
                self._skip(line, "not CSV", str(error))
                yield line, []
            else:
                if lines.is_ended:  # a row that only the end of the file ends is one with an open quote
                    self._give_up(line)
                    reader = csv.reader(lines, delimiter=self.delimiter)
                    cells = []
                yield line, cells

    def _give_up(self, line: int) -> None:
        """Skip a row that does not end, and go back to its second line."""
        lines = self._lines
        if len(lines.row) <= 1 and not lines.is_ended:
            self._skip(line, *explain_size(lines.limit))
            return
        self._n_rereads += 1
        if self._n_rereads <= MOST_REREADS:
            self._skip(line, "not CSV", "a quote that never ends")
            lines.reread_row()
        else:
            self._skip(line, "not CSV", f"a quote that never ends, as {MOST_REREADS} before; {len(lines.row)} lines are lost")

    def _skip(self, line: int, reason: str, detail: str) -> None:
        self._problems.skip(f"{self._source.name}:{line}", reason, detail)


def _gather(rows: Iterator[Row], text_column: int) -> Iterator[list[Row]]:
    """Yield rows with about a batch of text."""
    gathered: list[Row] = []
    n_chars = 0
    for row in rows:
        gathered.append(row)
        n_chars += len(row[1][text_column])
        if n_chars >= batches.BATCH_BYTES:
            yield gathered
            gathered, n_chars = [], 0
    if gathered:
        yield gathered
