"""Letters and figures of ASCII against Python's own idea of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.letters import copy_bytes, find_lowest, find_unprintable, fold_eight, has_figure, load_eight, mark_letters

SIGNS = st.lists(st.one_of(st.integers(0x20, 0x7F), st.integers(0, 0xFF)), min_size=1, max_size=90).map(bytes)


def as_text(signs):
    return np.frombuffer(signs, np.uint8)


def bits(flags):
    return sum(1 << k for k, flag in enumerate(flags) if flag)


@given(SIGNS, st.data())
def test_marks_are_of_letters_and_figures_and_of_what_is_no_ascii(signs, data):
    at = data.draw(st.integers(0, len(signs) - 1))
    behind = data.draw(st.integers(at + 1, len(signs)))
    block = signs[at:behind][:64]

    with np.errstate(over="ignore"):
        letters, beyond = mark_letters(as_text(signs), np.uint64(at), np.uint64(behind))

    assert int(letters) == bits(sign < 0x80 and chr(sign).isalnum() for sign in block)
    assert int(beyond) == bits(sign >= 0x80 for sign in block)


@given(SIGNS, st.data())
def test_eight_bytes_are_a_number_also_behind_the_end(signs, data):
    at = data.draw(st.integers(0, len(signs)))

    assert int(load_eight(as_text(signs), np.uint64(at))) == int.from_bytes(signs[at : at + 8], "little")


@given(SIGNS, st.data())
def test_first_sign_that_is_no_printable_ascii_is_found(signs, data):
    at = data.draw(st.integers(0, len(signs)))
    end = data.draw(st.integers(at, len(signs)))
    places = (place for place in range(at, end) if not 32 <= signs[place] <= 126)

    with np.errstate(over="ignore"):
        assert int(find_unprintable(as_text(signs), np.uint64(at), np.uint64(end))) == next(places, end)


@given(st.from_regex(r"\A[0-9A-Za-z]{1,8}\Z"), st.binary(max_size=7))
def test_some_of_eight_letters_are_folded_and_searched_for_figures(word, behind):
    eight = load_eight(as_text((word.encode() + behind)[:8]), np.uint64(0))

    assert int(fold_eight(eight, np.uint64(len(word)))) == int.from_bytes(word.lower().encode(), "little")
    assert int(has_figure(eight, np.uint64(len(word)))) == any(sign.isdigit() for sign in word)


@pytest.mark.parametrize(
    ("number", "lowest"), [(0, 64), (1, 0), (2, 1), (0b1100, 2), (1 << 63, 63), ((1 << 64) - 1, 0), (0xFF << 40, 40)]
)
def test_lowest_bit_is_found(number, lowest):
    with np.errstate(over="ignore"):
        assert int(find_lowest(np.uint64(number))) == lowest


@given(SIGNS, st.data())
def test_bytes_are_copied_and_no_other_is_touched(signs, data):
    at = data.draw(st.integers(0, len(signs)))
    count = data.draw(st.integers(0, len(signs) - at))
    place = data.draw(st.integers(0, 9))
    room = np.full(len(signs) + 9, 7, np.uint8)
    copy_bytes(as_text(signs), *map(np.uint64, (at, count)), room, np.uint64(place))

    assert room.tobytes() == bytes([7] * place) + signs[at : at + count] + bytes([7] * (len(room) - place - count))
