"""Columns of strings: one buffer with offsets, or numbers into the few that there are, and no object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dedup.column import Column
from dedup.kernel import kernel
from dedup.model import Bytes, Ints
from dedup.table import Choices, Texts, copy_texts, make_texts

AT_ONCE = 4096

_SEED, _MIX = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)


class Strings(Sequence[str]):
    """n strings. data: uint8, UTF-8; ends: int64 (n,), where each ends in it."""

    def __init__(self, data: Bytes, ends: Ints) -> None:
        self._data, self._ends = data, ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, at: Any) -> Any:
        """Return a string, or those of a slice as a list."""
        if isinstance(at, slice):
            return [self[i] for i in range(len(self))[at]]
        number = range(len(self))[at]
        start = int(self._ends[number - 1]) if number else 0
        return str(self._data[start : self._ends[number]].data, "utf-8")

    def __iter__(self) -> Iterator[str]:
        start = 0
        for at in range(0, len(self), AT_ONCE):
            ends = self._ends[at : at + AT_ONCE].tolist()
            some, first = self._data[start : ends[-1]].tobytes(), start
            for end in ends:
                yield some[start - first : end - first].decode()
                start = end

    def take(self, numbers: Ints) -> Texts:
        """Return some of the strings."""
        starts = np.where(numbers > 0, self._ends[numbers - 1], 0)
        taken = make_texts(self._ends[numbers] - starts)
        copy_texts(np.arange(len(numbers)), starts, self._data, taken)
        return taken

    def are_distinct(self) -> bool:
        """Return whether no two strings have one hash (64 bits), which take a tenth of the memory of a set of them."""
        hashes = np.empty(len(self), np.uint64)
        _hash_kernel(self._data, self._ends, hashes)
        hashes.sort()
        return not (hashes[1:] == hashes[:-1]).any()

    def to_bytes(self) -> Any:
        """Return the strings as numpy's fixed-width bytes, which sort as they do: dtype S (n,)."""
        sizes = np.diff(self._ends, prepend=0)
        width = int(sizes.max(initial=1))
        padded = np.zeros((len(sizes), width), np.uint8)
        padded[np.arange(width) < sizes[:, None]] = self._data[: sizes.sum()]
        return padded.view(f"S{width}").ravel()


class Dates(Strings):
    """n dates, None for each that is empty."""

    def __getitem__(self, at: Any) -> Any:
        """Return a date, or those of a slice as a list."""
        found = super().__getitem__(at)
        return [date or None for date in found] if isinstance(at, slice) else found or None

    def __iter__(self) -> Iterator[Any]:
        return (date or None for date in super().__iter__())


class Labels(Sequence[str]):
    """n strings out of few. codes: int32 (n,), their places in `labels`, which stand in the order in which they first come."""

    def __init__(self, codes: Ints, labels: list[str]) -> None:
        self.codes, self.labels = codes, labels

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, at: Any) -> Any:
        """Return a string, or those of a slice as a list."""
        codes = self.codes[at].tolist()
        return [self.labels[code] for code in codes] if isinstance(at, slice) else self.labels[codes]

    def __iter__(self) -> Iterator[str]:
        return map(self.labels.__getitem__, self.codes.tolist())

    def take(self, numbers: Ints) -> Choices:
        """Return some of the strings."""
        used, codes = np.unique(self.codes[numbers], return_inverse=True)  # of a crawl there may be as many as documents
        return Choices(codes, [self.labels[code] for code in used.tolist()])


class StringsColumn:
    """A column of strings that grows at its end."""

    def __init__(self) -> None:
        self._data: Column[np.uint8] = Column()
        self._ends: Column[np.int64] = Column()
        self._filled = 0

    def extend(self, strings: Sequence[str | None]) -> None:
        """Add strings; None is kept as an empty one."""
        encoded = [string.encode() if string else b"" for string in strings]
        ends = np.cumsum(list(map(len, encoded)), dtype=np.int64) + self._filled
        self._data.append(np.frombuffer(b"".join(encoded), np.uint8))
        self._ends.append(ends)
        self._filled = int(ends[-1]) if len(ends) else self._filled

    def move(self) -> None:
        """Copy what there is into new memory."""
        self._data.move()
        self._ends.move()

    def take(self) -> tuple[Bytes, Ints]:
        """Return what `Strings` takes, and keep nothing."""
        return self._data.take(), self._ends.take().astype(np.int64, copy=False)


class LabelsColumn:
    """A column of few different strings that grows at its end."""

    def __init__(self) -> None:
        self._codes: Column[np.int32] = Column()
        self._numbers: dict[str, int] = {}

    def extend(self, strings: Sequence[str]) -> None:
        """Add strings."""
        for string in dict.fromkeys(strings):
            self._numbers.setdefault(string, len(self._numbers))
        self._codes.append(np.fromiter(map(self._numbers.__getitem__, strings), np.int32, len(strings)))

    def move(self) -> None:
        """Copy what there is into new memory."""
        self._codes.move()

    def take(self) -> Labels:
        """Return the column, and keep nothing."""
        return Labels(self._codes.take().astype(np.int32, copy=False), list(self._numbers))


def list_labels(strings: Sequence[str]) -> Labels:
    """Return strings as labels."""
    column = LabelsColumn()
    column.extend(strings)
    return column.take()


def list_strings(strings: Sequence[str]) -> Strings:
    """Return strings as a column."""
    column = StringsColumn()
    column.extend(strings)
    return Strings(*column.take())


def list_dates(dates: Sequence[str | None]) -> Dates:
    """Return dates as a column."""
    column = StringsColumn()
    column.extend(dates)
    return Dates(*column.take())


@kernel(microseconds=2)
def _hash_kernel(data, ends, hashes):
    start = 0
    for i in range(len(ends)):
        folded = _SEED
        for at in range(start, ends[i]):
            folded = (folded ^ np.uint64(data[at])) * _MIX
            folded ^= folded >> np.uint64(32)
        hashes[i], start = folded, ends[i]
