"""Columns that grow against what np.concatenate makes of their parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.column import Column

KINDS = st.sampled_from([np.uint8, np.uint16, np.int32, np.int64])


def joined(parts):
    column = Column()
    for part in parts:
        column.append(part)
    return column.take()


@given(st.lists(st.tuples(KINDS, st.lists(st.integers(0, 255), min_size=1, max_size=40)), min_size=1, max_size=40))
def test_column_holds_its_parts_in_the_widest_of_their_types(given_parts):
    parts = [np.array(values, kind) for kind, values in given_parts]
    expected = np.concatenate(parts)

    assert joined(parts).tolist() == expected.tolist()
    assert joined(parts).dtype == expected.dtype


def test_parts_of_two_dimensions_keep_the_second():
    parts = [np.arange(2 * n, dtype=np.uint64).reshape(n, 2) for n in (0, 3, 0, 5)]

    assert joined(parts).tolist() == np.concatenate(parts).tolist()
    assert joined(parts[:1]).shape == (0, 2)


def test_column_keeps_nothing_once_it_is_taken():
    column = Column()
    column.append(np.arange(3))
    first = column.take()
    column.append(np.arange(3, 5, dtype=np.uint8))

    assert (first.tolist(), column.take().tolist()) == ([0, 1, 2], [3, 4])


@pytest.mark.parametrize("n_parts", [1, 100])
def test_array_has_no_room_to_spare(n_parts):
    values = joined([np.arange(10)] * n_parts)

    assert (values.nbytes, values.flags.owndata) == (80 * n_parts, True)
