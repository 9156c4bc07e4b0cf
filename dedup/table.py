"""Tables: things of one kind as columns, of which Python objects are made, or JSON, when they are wanted.

A column is an array of numbers, or one of the classes here; all have `tolist()`, and `len()` is the number of rows.
Leaves out: how columns are filled (see `describe` and `spans`), and how they are written (see `report.json_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dedup.kernel import kernel
from dedup.letters import copy_bytes
from dedup.model import Bytes, Flags, Floats, Ints


class Texts:
    """n strings: string i is data[starts[i]:ends[i]]. data: uint8, UTF-8, which may hold more; starts, ends: int64 (n,)."""

    def __init__(self, data: Bytes, starts: Ints, ends: Ints) -> None:
        self.data, self.starts, self.ends = data, starts, ends

    def __len__(self) -> int:
        return len(self.starts)

    def tolist(self) -> list[str]:
        """Return the strings; equal ones are one object."""
        once: dict[bytes, str] = {}
        return [once.get(text) or once.setdefault(text, text.decode()) for text in self.to_bytes()]

    def to_bytes(self) -> list[bytes]:
        """Return the strings in UTF-8."""
        data = self.data.tobytes()
        return [data[start:end] for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]


def make_texts(sizes: Ints) -> Texts:
    """Return strings of some bytes each, int64 (n,), that are still to be written."""
    ends = np.cumsum(sizes, dtype=np.int64)
    return Texts(np.empty(ends[-1] if len(ends) else 0, np.uint8), ends - sizes, ends)


def copy_texts(rows: Ints, starts: Ints, text: Bytes, texts: Texts) -> None:
    """Write some of the strings, which begin at starts[row] in a text. rows: int64 (k,); starts: int64 (n,), of all strings."""
    n_bytes = int((texts.ends[rows] - texts.starts[rows]).sum())
    _copy_kernel(texts.data[:n_bytes], rows, starts, text, texts.starts, texts.ends, texts.data)


class Choices:
    """n values out of few. codes: integers (n,), the places of values in `values`."""

    def __init__(self, codes: Ints, values: Sequence[Any]) -> None:
        self.codes, self.values = codes, values

    def __len__(self) -> int:
        return len(self.codes)

    def tolist(self) -> list[Any]:
        """Return the values."""
        return [self.values[code] for code in self.codes.tolist()]


class Table:
    """n things. make: takes the columns' values of a thing and returns it; columns: by name, at least one, in that order."""

    def __init__(self, make: Callable[..., Any], columns: dict[str, Column]) -> None:
        self.make, self.columns = make, columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def tolist(self) -> list[Any]:
        """Return the things."""
        return list(map(self.make, *(column.tolist() for column in self.columns.values())))


class Maybe:
    """n things of which some are missing. is_there: bool (n,); what the table has for one that is missing means nothing."""

    def __init__(self, table: Table, is_there: Flags) -> None:
        self.table, self.is_there = table, is_there

    def __len__(self) -> int:
        return len(self.is_there)

    def tolist(self) -> list[Any]:
        """Return the things, None for one that is missing."""
        return [thing if there else None for thing, there in zip(self.table.tolist(), self.is_there.tolist(), strict=True)]


class Lists:
    """n lists of things, none empty: list i is rows offsets[i] to offsets[i + 1] of a table. offsets: int64 (n + 1,), from 0."""

    def __init__(self, table: Table, offsets: Ints) -> None:
        self.table, self.offsets = table, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def tolist(self) -> list[tuple[Any, ...]]:
        """Return the lists, as tuples."""
        things = self.table.tolist()
        return [tuple(things[start:end]) for start, end in pairwise(self.offsets.tolist())]


Column = Ints | Floats | Texts | Choices | Table | Maybe | Lists


@kernel(microseconds=0.5)
def _copy_kernel(much, rows, starts, text, places, ends, data):  # noqa: ARG001  it weighs the call
    """Write the strings of some rows. much: as many bytes as that takes, whatever they are."""
    for row in rows:
        copy_bytes(text, np.uint64(starts[row]), np.uint64(ends[row] - places[row]), data, np.uint64(places[row]))
