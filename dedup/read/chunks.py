"""Arrow columns to documents: the text's buffers are taken as they are, never as Python strings.

Of a row only the columns that are asked for are looked at. A text may be a string of any of Arrow's kinds, bytes that are UTF-8,
or a list of strings, one paragraph each. An identity may be a string, an integer or a UUID; a date also a date or a timestamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.model import Batch, Bytes, Ints
from dedup.read.arrow import Fault, find_path, is_list, is_textual, list_dates, list_values, take_bytes, take_column, take_lists
from dedup.read.batches import make_batch, make_writable
from dedup.read.fields import choose_fields, encode_texts, explain_missing, find_sources, name_rows
from dedup.read.problems import Problems
from dedup.read.streams import Input, explain_size
from dedup.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 4096
CHUNK_BYTES = 4 << 20


class ChunkReader:
    """Reads the rows of one file, a chunk at a time. row: how many it has passed; columns: what it reads, as dotted paths."""

    def __init__(self, source: Input, settings: Settings, problems: Problems) -> None:
        self.row = 0
        self._source, self._problems, self._split = source, problems, settings.split
        self._fields, self._limit = choose_fields(settings), settings.max_document
        self._paths: dict[str, tuple[str, ...]] = {}
        self._text_field = ""

    @property
    def columns(self) -> list[str]:
        """Return the dotted path of each column that is read."""
        return [".".join(path) for path in self._paths.values()]

    @property
    def tops(self) -> set[str]:
        """Return the outermost columns that are read."""
        return {path[0] for path in self._paths.values()}

    def choose_columns(self, schema: pa.Schema, n_rows: int | None = None) -> bool:
        """Find the columns; return whether a text is among them, and tell if not. n_rows: of the file, where that is known."""
        found = {name: column for name in self._fields.all_names() if (column := find_path(schema, name))}
        text_field = next((name for name in self._fields.text if name in found), None)
        lost = "none of its rows is read" if n_rows is None else f"none of its {n_rows:,} rows is read"
        if text_field is None:
            reason, detail = explain_missing(self._fields, schema.names, "columns")
            self._problems.skip(self._source.name, reason, f"{detail}; {lost}")
            return False
        kind = found[text_field][1]
        if not is_textual(kind) and not is_list(kind):
            self._problems.skip(self._source.name, f"field '{text_field}' is not text", f"it is {kind}; {lost}")
            return False
        wanted = {text_field, *self._fields.identity, "url", self._fields.source, self._fields.date}
        self._paths = {name: path for name, (path, _) in found.items() if name in wanted}
        self._text_field = text_field
        return True

    def lose_rows(self, until: int, reason: str, detail: str) -> None:
        """Skip the rows up to a number: all are counted, the first is named."""
        n_rows = until - self.row
        if n_rows > 0:
            where = f"{self._source.name}:row {self.row + 1}"
            self._problems.skip(where, reason, f"{detail}; {n_rows:,} rows are lost from here on")
            self._problems.skipped[reason] += n_rows - 1
        self.row = max(self.row, until)

    def read(self, rows: pa.RecordBatch) -> Iterator[Batch]:
        """Yield the documents of the next rows."""
        for start in range(0, rows.num_rows, MOST_ROWS):
            chunk = rows.slice(start, MOST_ROWS)
            text = take_column(chunk, self._paths[self._text_field])
            batches = self._read_lists(chunk, text) if is_list(text.type) else self._read_strings(chunk, text)
            yield from batches
            self.row += chunk.num_rows

    def _read_strings(self, rows: pa.RecordBatch, column: pa.Array) -> Iterator[Batch]:
        text, offsets, is_null, faults = take_bytes(column)
        sizes = np.diff(offsets)
        kept = self._skip_faults(is_null, sizes, faults)
        ends = np.cumsum(sizes[kept])
        first = 0
        while first < len(kept):
            begin = int(ends[first - 1]) if first else 0
            until = max(first + 1, int(np.searchsorted(ends, begin + CHUNK_BYTES, "right")))
            names, sources, dates = self._describe(rows, kept[first:until])
            pieces = _join(text, offsets, kept[first:until])
            numbers = kept[first:until] + self.row + 1
            yield Batch(make_writable(names), make_writable(sources), dates, *pieces, numbers=numbers)
            first = until

    def _read_lists(self, rows: pa.RecordBatch, column: pa.Array) -> Iterator[Batch]:
        lists, faults = take_lists(column)
        is_null = np.array([one is None for one in lists], bool)
        is_null[[row for row, _, _ in faults]] = False
        sizes = np.array([sum(len(paragraph or "") for paragraph in one or ()) for one in lists], np.int64)
        kept = self._skip_faults(is_null, sizes, faults)
        texts, cuts = encode_texts([lists[row] or [] for row in kept], self._split)
        if len(kept):
            yield make_batch(texts=texts, cuts=cuts or (), numbers=kept + self.row + 1, **self._describe(rows, kept)._asdict())

    def _skip_faults(self, is_null: np.ndarray, sizes: Ints, faults: list[Fault]) -> Ints:
        """Tell of the rows without a text that can be read, in their order; return the others."""
        faults = [
            *faults,
            *((int(row), f"field '{self._text_field}' is null", "") for row in np.flatnonzero(is_null)),
            *((int(row), *explain_size(self._limit)) for row in np.flatnonzero(sizes > self._limit)),
        ]
        for row, reason, detail in sorted(faults):
            self._problems.skip(f"{self._source.name}:row {self.row + row + 1}", reason, detail)
        return np.setdiff1d(np.arange(len(sizes)), [row for row, _, _ in faults])

    def _describe(self, rows: pa.RecordBatch, kept: Ints) -> _Described:
        """Return the names, sources and dates of some rows; kept: int64, which of them, rising."""
        first, last = int(kept[0]), int(kept[-1]) + 1
        rows, wanted = rows.slice(first, last - first), (kept - first).tolist()

        def values(name: str | None, make_list: Callable[[pa.Array], list[Any]] = list_values) -> list[Any] | None:
            if name not in self._paths:
                return None
            found = make_list(take_column(rows, self._paths[name]))
            return found if len(found) == len(wanted) else [found[row] for row in wanted]

        numbers = (kept + self.row + 1).tolist()
        identities = [found for name in self._fields.identity if (found := values(name)) is not None]
        return _Described(
            names=name_rows(self._source.name, numbers, identities),
            sources=find_sources(len(kept), values(self._fields.source), values("url"), self._source.source),
            dates=values(self._fields.date, list_dates) or [None] * len(kept),
        )


class _Described(NamedTuple):
    names: list[str]
    sources: list[str]
    dates: list[str | None]


def _join(text: Bytes, offsets: Ints, rows: Ints) -> tuple[Bytes, Ints]:
    """Return some of the texts as a buffer of their own with its offsets; a copy, so that what was read can be let go."""
    starts, ends = offsets[rows], offsets[rows + 1]
    made = np.append(0, np.cumsum(ends - starts))
    if made[-1] == ends[-1] - starts[0]:  # none was left out between them
        return text[starts[0] : ends[-1]].copy(), made
    return np.concatenate([text[start:end] for start, end in zip(starts, ends, strict=True)]), made
