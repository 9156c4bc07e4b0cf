"""Rows of Arrow without what goes of their texts: of a column in any layout only the rows that change are made anew."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.read.arrow import find_path, is_list, is_textual, take_bytes, take_column, take_lists
from dedup.read.chunks import MOST_ROWS
from dedup.read.fields import choose_fields
from dedup.rewrite.paragraphs import cut_paragraphs
from dedup.rewrite.removals import Ranges, Removals, cut_text, tell_changed
from dedup.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

Text = str | list[str | None]
"""The text of a row as Python has it: a string, or a list of paragraphs."""


def find_text(schema: pa.Schema, settings: Settings) -> tuple[tuple[str, ...], pa.DataType] | None:
    """Return (the fields that lead to the text of a file's rows, its type), None where there is none."""
    found = next(filter(None, (find_path(schema, name) for name in choose_fields(settings).text)), None)
    return found if found and (is_textual(found[1]) or is_list(found[1])) else None


class RowCutter:
    """Takes out of the rows of one file, batch after batch, what goes of them. row: how many it has passed.

    path: the fields that lead to the text. dictionary: for a file that has but one, a column of no rows with all texts left in it.
    """

    def __init__(self, name: str, removals: Removals, path: tuple[str, ...], dictionary: pa.Array | None = None) -> None:
        self.row = 0
        self._name, self._removals, self._path, self._dictionary = name, removals, path, dictionary
        self._numbers = sorted(removals)

    def cut(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Return the next rows without what goes of them."""
        first, until = (bisect_left(self._numbers, number + 1) for number in (self.row, self.row + rows.num_rows))
        ours = {number - self.row - 1: self._removals[number] for number in self._numbers[first:until]}
        self.row += rows.num_rows
        if not ours and self._dictionary is None:
            return rows
        import pyarrow as pa  # noqa: PLC0415  60 MB of libraries, for columnar files only

        top = rows.schema.names.index(self._path[0])
        columns = list(rows.columns)
        texts = take_column(rows, self._path)
        columns[top] = _change_leaf(columns[top], self._path[1:], lambda leaf: self._cut_column(leaf, texts, ours))
        kept = _list_kept(rows.num_rows, [row for row, ranges in ours.items() if ranges is None])
        if kept != [(0, rows.num_rows)]:
            columns = [pa.concat_arrays([column.slice(start, end - start) for start, end in kept]) for column in columns]
        columns[top] = _change_leaf(columns[top], self._path[1:], self._fit_dictionary)
        return pa.RecordBatch.from_arrays(columns, schema=rows.schema)

    def close(self) -> None:
        """Raise InputError when a row of which something was to go did not come."""
        if self._numbers and not (self._numbers[0] >= 1 and self._numbers[-1] <= self.row):
            raise tell_changed(self._name)

    def _cut_column(self, column: pa.Array, texts: pa.Array, ours: Mapping[int, Ranges | None]) -> pa.Array:
        """Return a column without what goes of some rows; a row that goes as a whole is left in. texts: null where a struct is."""
        import pyarrow as pa  # noqa: PLC0415  see cut

        column, pieces, at = drop_unused(column), list[pa.Array](), 0
        rows = list(ours)
        for begin in range(0, len(rows), MOST_ROWS):
            some = rows[begin : begin + MOST_ROWS]
            found = _list_texts(pa.concat_arrays([texts.slice(row, 1) for row in some]))
            left = {row: self._cut_text(text, ours[row]) for row, text in zip(some, found, strict=True)}
            changed = {row: text for row, text in left.items() if text is not None}
            made = make_array(list(changed.values()), column.type)
            for i, row in enumerate(changed):
                pieces += [column.slice(at, row - at), made.slice(i, 1)]
                at = row + 1
        return pa.concat_arrays([*pieces, column.slice(at)])

    def _fit_dictionary(self, column: pa.Array) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415  see cut

        column = drop_unused(column)
        return column if self._dictionary is None else pa.concat_arrays([self._dictionary, column])

    def _cut_text(self, text: Text | None, ranges: Ranges | None) -> Text | None:
        """Return what is left of a text, None where nothing of it stays. Raises InputError where there is none."""
        try:
            if text is not None:
                cut: Callable[..., Text] = cut_text if isinstance(text, str) else cut_paragraphs
                return None if ranges is None else cut(text, ranges)
        except ValueError as error:
            raise tell_changed(self._name) from error
        raise tell_changed(self._name)


def find_leaf(rows: pa.RecordBatch, path: tuple[str, ...]) -> pa.Array:
    """Return the column at the end of a path as it lies in the structs on the way."""
    column = rows.column(rows.schema.names.index(path[0]))
    for key in path[1:]:
        column = column.field(list(column.type.names).index(key))
    return column


def make_array(texts: Sequence[Text], kind: pa.DataType) -> pa.Array:
    """Return texts as a column of a type that `is_textual` or `is_list` holds of."""
    import pyarrow as pa  # noqa: PLC0415  see RowCutter.cut

    if hasattr(kind, "storage_type"):
        return pa.ExtensionArray.from_storage(kind, make_array(texts, kind.storage_type))
    if pa.types.is_run_end_encoded(kind):
        ends = pa.array(range(1, len(texts) + 1), kind.run_end_type)
        return pa.RunEndEncodedArray.from_arrays(ends, make_array(texts, kind.value_type), kind)
    if pa.types.is_dictionary(kind):
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        indices = pa.array([places[text] for text in texts], kind.index_type)
        return pa.DictionaryArray.from_arrays(indices, make_array(list(places), kind.value_type), ordered=kind.ordered)
    if pa.types.is_fixed_size_list(kind):  # what is taken out of it leaves a gap
        gap = None if kind.value_field.nullable else ""
        texts = [[*text, *[gap] * (kind.list_size - len(text))] for text in texts]
    return pa.array(texts, kind)


def drop_unused(column: pa.Array) -> pa.Array:
    """Return a column whose dictionary holds what is used and no null, for what went must not stay in it; any other as it is."""
    import pyarrow as pa  # noqa: PLC0415  see RowCutter.cut

    if not pa.types.is_dictionary(column.type):
        return column
    is_null = column.is_null().to_numpy(zero_copy_only=False)
    indices = column.indices.fill_null(0).to_numpy()
    if column.dictionary.null_count:
        is_null = is_null | column.dictionary.is_null().to_numpy(zero_copy_only=False)[indices]
    used = np.unique(indices[~is_null])
    if len(used) == len(column.dictionary):
        return column
    places = pa.array(np.searchsorted(used, indices) * ~is_null, mask=is_null).cast(column.type.index_type)
    values = pa.concat_arrays([column.dictionary.slice(int(i), 1) for i in used] or [column.dictionary.slice(0, 0)])
    return pa.DictionaryArray.from_arrays(places, values, ordered=column.type.ordered)


def _change_leaf(column: pa.Array, path: Sequence[str], change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Return a column of structs with a change at the end of a path in it, of no path the changed column itself."""
    import pyarrow as pa  # noqa: PLC0415  see RowCutter.cut

    if not path:
        return change(column)
    fields = list(column.type)
    values = [column.field(i) for i in range(len(fields))]
    at = [field.name for field in fields].index(path[0])
    values[at] = _change_leaf(values[at], path[1:], change)
    return pa.StructArray.from_arrays(values, fields=fields, mask=column.is_null() if column.null_count else None)


def _list_texts(column: pa.Array) -> list[Any]:
    """Return a column of texts as Python has them, None for null and for what is not UTF-8."""
    if is_list(column.type):
        return take_lists(column)[0]
    text, offsets, is_null, faults = take_bytes(column)
    is_null[[row for row, _, _ in faults]] = True
    places = zip(is_null.tolist(), offsets.tolist(), offsets[1:].tolist(), strict=False)
    return [None if none else str(text[start:end].data, "utf-8") for none, start, end in places]


def _list_kept(n_rows: int, gone: Iterable[int]) -> list[tuple[int, int]]:
    """Return the runs of rows between those that go, half-open; an empty one where none stays."""
    kept, at = [], 0
    for row in (*gone, n_rows):
        if row > at:
            kept.append((at, row))
        at = row + 1
    return kept or [(0, 0)]
