"""Rows of a .json file: the elements of an array, or values one after another (an object over many lines, JSON lines).

The file is cut into values by its brackets and quotes while it streams by, so that of an array of any size only one row and a
block are in memory. A value that is broken ends where the next object seems to begin (at "}, {", or at the start of a line), so
that one bad row is one.
Leaves out: rows that lie deeper, as in {"articles": [...]}; that is one row, named for its lack of a text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

import numpy as np

from dedup.kernel import kernel
from dedup.model import Batch
from dedup.read.problems import Problems
from dedup.read.rows import RowReader
from dedup.read.streams import BrokenStreamError, Input, explain_size, stream_blocks
from dedup.settings import Settings

DEEPEST = 1000
"""Brackets within brackets, as many as Python's own reader takes."""
MOST_CUTS = 4096
NEXT_OBJECT = re.compile(rb'(?:[}\]]\s{0,1000}+,?\s{0,1000}+|\n)(?=\{\s{0,1000}+")')
SEAM_BYTES = 4096  # more than an end, a comma and a beginning with their white space

# What the scanner knows between two blocks: where it is, how deep, in a string or behind its backslash, the last sign, where the
# value began (-1: none), whether it is too long to be kept, at which depth values lie, and whether it met what is no JSON.
_AT, _DEPTH, _QUOTED, _LAST, _START, _DROPPED, _BASE, _BROKEN = range(8)
# Bytes outside strings.
_WRONG, _SPACE, _COMMA, _OPEN, _CLOSE, _QUOTE, _SIGN = range(7)


def read_array(source: Input, settings: Settings, problems: Problems) -> Iterator[Batch]:
    """Yield the documents of a .json file, an element each; one that is none is skipped and counted."""
    limit = settings.max_document
    reader = RowReader(source, settings, problems, place="row ")
    number, n_skipped, is_empty = 1, problems.skipped.total(), True
    cutter = ValueCutter(limit)
    try:
        for values in cutter.cut(stream_blocks(source)):
            is_empty = False
            if values is None:
                problems.skip(f"{source.name}:row {number}", *explain_size(limit))
                number += 1
                continue
            batch = reader.read_values(values, number)
            number += len(values)
            if len(batch):
                yield batch
    except BrokenStreamError as broken:  # the element in which a file breaks is the one that this counts
        problems.skip(source.name, broken.reason, broken.detail)
        return
    if cutter.is_open:
        problems.skip(f"{source.name}:row {number}", "truncated", "the file ends before its array does")
    elif is_empty and not cutter.is_array and problems.skipped.total() == n_skipped:
        problems.skip(source.name, "empty")


class ValueCutter:
    """Cuts blocks of a file into JSON values. limit: bytes of the longest one that is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._state = np.zeros(8, np.int64)
        self._state[_START] = -1
        self._stack = np.zeros(DEEPEST, np.uint8)
        self._cuts = np.empty((MOST_CUTS, 2), np.int64)
        self._held = b""
        self._taken: list[list[int]] = []
        self._is_lost = self._is_begun = self._is_marked = False
        self.offset = 0
        """How many bytes of the file lie before what is held: of these no value will come."""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Return where in the file the values that came last stand; of one that is too long only the start counts."""
        return [(self.offset + start, self.offset + end) for start, end in self._taken]

    @property
    def is_lost(self) -> bool:
        """Return whether the last value is broken, and where the next one begins is not known."""
        return self._is_lost

    @property
    def is_passing(self) -> bool:
        """Return whether what comes belongs to a value that is broken or too long."""
        return self._is_lost or bool(self._state[_DROPPED])

    @property
    def is_array(self) -> bool:
        """Return whether the file is an array."""
        return bool(self._state[_BASE])

    @property
    def is_open(self) -> bool:
        """Return whether the file ended between two elements of an array."""
        return bool(self._state[_DEPTH] == self._state[_BASE] == 1) and not self._is_lost

    def cut(self, blocks: Iterable[bytes]) -> Iterator[list[bytes] | None]:
        """Yield values in their order, and None for one that is too long; broken ones stand among them, up to where they break."""
        for block in blocks:
            yield from self.feed(block)
        yield from self.finish()

    def feed(self, block: bytes) -> Iterator[list[bytes] | None]:
        """Yield the values that end in the next block, and None for one that grows too long in it."""
        rest = block if self._is_begun else self._strip_start(block)
        if not rest:
            return
        if not self._is_begun:
            self._state[_BASE], self._is_begun = rest.startswith(b"["), True
        self._held += rest
        yield from self._cut_held()

    def finish(self) -> Iterator[list[bytes] | None]:
        """Give what is left: a number at the end of the file, or a value that the file ends in."""
        start = int(self._state[_START])
        if start >= 0 and not self._is_lost and not self._state[_DROPPED]:
            self._taken = [[start, len(self._held)]]
            yield [self._held[start:]]
            self._is_lost = True

    def _strip_start(self, block: bytes) -> bytes:
        """Return a block without a byte order mark and the white space that a file begins with."""
        rest = block if self._is_marked else block.removeprefix(codecs.BOM_UTF8)
        rest, self._is_marked = rest.lstrip(), True
        self.offset += len(block) - len(rest)
        return rest

    def _cut_held(self) -> Iterator[list[bytes] | None]:
        state = self._state
        while self._is_lost or state[_AT] < len(self._held):
            if self._is_lost and not self._find_next():
                return
            n_cuts = _cut_kernel(np.frombuffer(self._held, np.uint8), _CLASSES, state, self._stack, self._cuts)
            yield from self._take(self._cuts[:n_cuts].tolist())
            if state[_BROKEN]:
                yield from self._lose()
            else:
                yield from self._let_go()

    def _take(self, cuts: list[list[int]]) -> Iterator[list[bytes] | None]:
        values: list[bytes] = []
        first = 0
        for i, (start, end) in enumerate(cuts):
            if end - start <= self._limit:
                values.append(self._held[start:end])
                continue
            if values:
                self._taken = cuts[first:i]
                yield values
            self._taken = cuts[i : i + 1]
            yield None
            values, first = [], i + 1
        if values:
            self._taken = cuts[first:]
            yield values

    def _let_go(self) -> Iterator[list[bytes] | None]:
        """Forget what is cut; tell once of a value that is too long, and hold no more of it."""
        state = self._state
        is_within = state[_START] >= 0
        done = int(state[_START] if is_within and not state[_DROPPED] else state[_AT])
        self._forget(done)
        state[_AT] -= done
        if is_within:
            state[_START] = 0
            if state[_AT] > self._limit and not state[_DROPPED]:
                self._taken = [[0, len(self._held)]]
                yield None
                state[_DROPPED], state[_AT] = 1, 0
                self._forget(len(self._held))

    def _lose(self) -> Iterator[list[bytes] | None]:
        """Give a broken value up to where it breaks; what comes next is to be found."""
        state = self._state
        start = int(state[_START] if state[_START] >= 0 else state[_AT])
        self._is_lost = True
        if not state[_DROPPED]:
            yield from self._take([[start, int(state[_AT]) + 1]])
        self._forget(min(start + 1, int(state[_AT])))

    def _find_next(self) -> bool:
        """Return whether the next object was found, and go there; else hold what it may begin in."""
        found = NEXT_OBJECT.search(self._held)
        if not found:
            self._forget(max(len(self._held) - SEAM_BYTES, 0))
            return False
        state, base = self._state, self._state[_BASE]
        state[:] = 0
        state[_AT], state[_DEPTH], state[_BASE], state[_START] = found.end(), base, base, -1
        self._stack[0] = ord("[")
        self._is_lost = False
        return True

    def _forget(self, n_bytes: int) -> None:
        self._held = self._held[n_bytes:]
        self.offset += n_bytes


@kernel(microseconds=0.5)
def _cut_kernel(text, classes, state, stack, cuts):
    """Write (start, end) of each value that ends in the text to `cuts`; return how many. Stops when it is full, and at no JSON."""
    depth, quoted, last, start, base = state[_DEPTH], state[_QUOTED], state[_LAST], state[_START], state[_BASE]
    n_cuts, k, is_wrong = 0, state[_AT], False
    while k < len(text) and n_cuts < len(cuts):
        byte = np.int64(text[k])
        end = -1
        if quoted == 2:
            quoted = 1
        elif quoted == 1:
            if byte == 0x22:
                quoted, last = 0, byte
                if depth == base:
                    end = k + 1
            elif byte == 0x5C:
                quoted = 2
            else:
                is_wrong = byte < 0x20
        else:
            look = classes[byte]
            is_scalar = start >= 0 and depth == base
            is_key = depth > base and stack[depth - 1] == 0x7B and last != 0x3A  # where an object has no value yet
            is_outside = depth < base
            if look == _SPACE or look == _COMMA:
                if is_scalar:
                    end = k
                is_wrong = look == _COMMA and is_outside
            elif look == _OPEN:
                is_wrong = is_scalar or is_key or depth == len(stack) or (is_outside and byte != 0x5B)
                if not is_wrong:
                    if depth == base:
                        start = k
                    stack[depth] = byte
                    depth += 1
            elif look == _CLOSE:
                is_wrong = depth == 0 or stack[depth - 1] + 2 != byte
                if not is_wrong:
                    if is_scalar:
                        end = k
                    depth -= 1
                    if depth == base and start >= 0:
                        end = k + 1
            elif look == _QUOTE:
                is_wrong = is_scalar or is_outside
                if not is_wrong:
                    quoted = 1
                    if depth == base:
                        start = k
            elif look == _SIGN:
                is_wrong = is_outside
                if depth == base and start < 0 and not is_wrong:
                    start = k
            else:
                is_wrong = True
            if look != _SPACE:
                last = byte
        if is_wrong:
            break
        if end >= 0:
            if state[_DROPPED] == 0:
                cuts[n_cuts, 0], cuts[n_cuts, 1] = start, end
                n_cuts += 1
            state[_DROPPED] = 0
            start = -1
        k += 1
    state[_AT], state[_DEPTH], state[_QUOTED], state[_LAST], state[_START] = k, depth, quoted, last, start
    state[_BROKEN] = np.int64(is_wrong)
    return n_cuts


def _classify_bytes() -> np.ndarray:
    classes = np.full(256, _WRONG, np.uint8)
    for look, signs in (
        (_SPACE, b" \t\r\n"),
        (_COMMA, b","),
        (_OPEN, b"[{"),
        (_CLOSE, b"]}"),
        (_QUOTE, b'"'),
        (_SIGN, b":+-.0123456789eE" + b"truefalsenullNaNInfinity"),
    ):
        classes[list(signs)] = look
    return classes


_CLASSES = _classify_bytes()
