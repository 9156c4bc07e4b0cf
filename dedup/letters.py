"""Letters and figures of ASCII, many bytes at a time: where in a text they stand, and eight of them as one number.

Source: Langdale, Lemire, "Parsing gigabytes of JSON per second" (2019), for bytes as bits of a mask; Warren, "Hacker's Delight",
for tests of all bytes of a number at once. LLVM makes one load of eight, and one instruction of a count.
Leaves out: all other scripts (see `words`).
"""

from __future__ import annotations

import numpy as np

from dedup.kernel import Part

BLOCK, EIGHT, ONE = np.uint64(64), np.uint64(8), np.uint64(1)

_TWO, _THREE, _FOUR, _FIVE, _SIX, _SEVEN = (np.uint64(k) for k in range(2, 8))
_EACH = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x80) * _EACH
_CASE = np.uint64(0x20) * _EACH
_FROM_A, _BEHIND_Z = np.uint64(0x80 - 0x61) * _EACH, np.uint64(0x80 - 0x7B) * _EACH
_FROM_0, _BEHIND_9 = np.uint64(0x80 - 0x30) * _EACH, np.uint64(0x80 - 0x3A) * _EACH
_TOP = np.uint64(56)
_FOURTEEN, _TWENTY_EIGHT = np.uint64(14), np.uint64(28)
_SINGLES, _PAIRS, _FOURS = np.uint64(0x00AA00AA00AA00AA), np.uint64(0x0000CCCC0000CCCC), np.uint64(0x00000000F0F0F0F0)
_IN_PAIRS, _IN_FOURS, _IN_BYTES = (np.uint64(byte) * _EACH for byte in (0x55, 0x33, 0x0F))


@Part
def load_eight(text, at):
    """Return text[at:at + 8] as a number, the first byte lowest, 0 for what lies behind the end; at: uint64."""
    return _load_eight(text, at) if at + EIGHT <= np.uint64(len(text)) else _load_last(text, at)


@Part
def _load_eight(text, at):
    low = np.uint64(text[at]) | np.uint64(text[at + ONE]) << EIGHT
    low |= np.uint64(text[at + _TWO]) << EIGHT * _TWO | np.uint64(text[at + _THREE]) << EIGHT * _THREE
    high = np.uint64(text[at + _FOUR]) << EIGHT * _FOUR | np.uint64(text[at + _FIVE]) << EIGHT * _FIVE
    return low | high | np.uint64(text[at + _SIX]) << EIGHT * _SIX | np.uint64(text[at + _SEVEN]) << EIGHT * _SEVEN


@Part
def _load_last(text, at):
    eight, shift = np.uint64(0), np.uint64(0)
    while at < np.uint64(len(text)):
        eight |= np.uint64(text[at]) << shift
        at, shift = at + ONE, shift + EIGHT
    return eight


@Part
def copy_bytes(text, at, count, room, place):
    """Write text[at:at + count] to a room from a place on. at, count, place: uint64, so that many go at once."""
    for k in range(count):
        room[place + k] = text[at + k]


@Part
def mark_letters(text, at, behind):
    """Return (bit k set where text[at + k] is a letter or a figure, where it is no ASCII), k below 64 and before `behind`.

    at < behind, returns: uint64.
    """
    letters, beyond, place, count = np.uint64(0), np.uint64(0), np.uint64(0), min(behind - at, BLOCK)
    if at + BLOCK <= np.uint64(len(text)):
        while place < BLOCK:
            eight, shift = _load_eight(text, at + place), _SEVEN - (place >> _THREE)
            letters, beyond = letters | _find_letters(eight) >> shift, beyond | (eight & _HIGH) >> shift
            place += EIGHT
    else:
        while place < count:
            eight, shift = load_eight(text, at + place), _SEVEN - (place >> _THREE)
            letters, beyond = letters | _find_letters(eight) >> shift, beyond | (eight & _HIGH) >> shift
            place += EIGHT
    here = ~np.uint64(0) >> (BLOCK - count)
    return _transpose(letters) & here, (_transpose(beyond) & here if beyond else beyond)


@Part
def _find_letters(eight):
    """Return eight bytes of which the highest bit is set where a letter or a figure stood, and no other."""
    plain = eight & ~_HIGH
    lower = plain | _CASE
    found = ((lower + _FROM_A) & ~(lower + _BEHIND_Z)) | ((plain + _FROM_0) & ~(plain + _BEHIND_9))
    return found & ~eight & _HIGH


@Part
def _transpose(bits):
    """Return eight rows of eight bits with rows and columns exchanged: bit k of byte j becomes bit j of byte k."""
    for shift, mask in ((_SEVEN, _SINGLES), (_FOURTEEN, _PAIRS), (_TWENTY_EIGHT, _FOURS)):
        changed = (bits ^ bits >> shift) & mask
        bits ^= changed ^ changed << shift
    return bits


@Part
def find_unprintable(text, at, end):
    """Return the first place of text[at:end] where no printable ASCII (32 to 126) stands, else the end; all uint64."""
    while at < end:
        eight = load_eight(text, at)
        found = (eight | (eight - _CASE) | (eight + _EACH)) & _HIGH  # the lowest is right, for what is carried goes up
        if found != 0:
            return min(at + (find_lowest(found) >> _THREE), end)
        at += EIGHT
    return end


@Part
def fold_eight(eight, count):
    """Return the first `count` (1 to 8) of eight letters and figures in lower case, the rest 0; count: uint64."""
    return (eight | _CASE) & _keep_first(count)


@Part
def has_figure(eight, count):
    """Return 1 when one of the first `count` (1 to 8) letters and figures is a figure, else 0: uint64."""
    return np.uint64(~eight & _keep_first(count) & (_CASE + _CASE) != 0)


@Part
def find_lowest(bits):
    """Return the number of the lowest bit that is set, 64 for none: uint64."""
    return count_bits(~bits & (bits - ONE))


@Part
def count_bits(bits):
    """Return how many bits are set: uint64."""
    bits -= bits >> ONE & _IN_PAIRS
    bits = (bits & _IN_FOURS) + (bits >> _TWO & _IN_FOURS)
    return ((bits + (bits >> _FOUR)) & _IN_BYTES) * _EACH >> _TOP


@Part
def _keep_first(count):
    return ~np.uint64(0) >> EIGHT * (EIGHT - count)
