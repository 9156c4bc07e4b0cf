"""A column that grows at its end, part by part, so that the parts and the whole are never there at once."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

ROOM = 16
"""A column that is full grows by a sixteenth at least. Where the C library moves pages (glibc), nothing is copied even then."""


class Column(Generic[Number]):
    """Numbers of one type, or of the widest of the types that come."""

    def __init__(self) -> None:
        self._values: NDArray[Any] = np.empty(0, np.bool_)
        self._filled = 0

    def append(self, part: NDArray[Number]) -> None:
        """Add a part; of parts of several dimensions all but the first are the same in each."""
        if not self._filled:
            self._values = np.empty((0, *part.shape[1:]), part.dtype)
        kind, filled = np.promote_types(self._values.dtype, part.dtype), self._filled + len(part)
        if kind != self._values.dtype:
            self._values = self._values.astype(kind)
        if filled > len(self._values):
            self._resize(max(filled, self._filled + self._filled // ROOM))
        self._values[self._filled : filled] = part
        self._filled = filled

    def move(self) -> None:
        """Copy what there is into new memory, from where new arrays get theirs now."""
        self._values = self._values.copy()

    def take(self) -> NDArray[Number]:
        """Return the column as an array, and keep nothing."""
        self._resize(self._filled)
        values, self._values, self._filled = self._values, np.empty(0, np.bool_), 0
        return values

    def _resize(self, length: int) -> None:
        self._values.resize((length, *self._values.shape[1:]), refcheck=False)
