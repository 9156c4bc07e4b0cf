"""Blocks of postings, held against a plain sorted list: whatever goes in and out, what is read is what is left."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from dedup.errors import StoreError
from dedup.settings import Settings, keep_settings
from dedup.store import Contents, Writer, blocks, build, build_store, reader, writer
from dedup.store.blocks import cut_evenly, decode_blocks, encode_blocks
from dedup.store.postings import TEXT_BITS, TEXT_MASK

MOST = (1 << 63) - 1
postings = st.one_of(
    st.integers(1, MOST),
    st.builds(lambda key, text: key << TEXT_BITS | text, st.integers(0, 3), st.integers(1, 40)),
    st.sampled_from([1, TEXT_MASK, TEXT_MASK + 1, MOST - TEXT_MASK, MOST]),
)
sets = st.lists(postings, max_size=60, unique=True)


def column(values) -> np.ndarray:
    return np.array(sorted(values), np.int64)


def make_store(path: Path, held) -> Path:
    build_store(path, keep_settings(Settings()), Contents([], [], [], [], lambda: column(held)))
    return path


def read_rows(path: Path) -> list[blocks.Block]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT first, width, rest FROM posting ORDER BY first").fetchall()


def find_mates(held, keys: list[int], most: int) -> tuple[list[tuple[int, int]], int]:
    """Return what `find_bucket_mates` is to return, read from all postings one by one."""
    buckets = [[one & TEXT_MASK for one in sorted(held) if one >> TEXT_BITS == key >> 28] for key in keys]
    if sum(map(len, buckets)) <= 100 * len(keys):
        most = MOST
    mates = [(row, text) for row, bucket in enumerate(buckets) for text in bucket[:most]]
    return mates, sum(max(len(bucket) - most, 0) for bucket in buckets)


@contextmanager
def cutting(usual: int, most: int, at_once: int) -> Iterator[pytest.MonkeyPatch]:
    """Make blocks of few postings, and read few of them at once."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (blocks, build, writer):
            patch.setattr(module, "USUAL", usual)
        for module in (build, reader, writer):
            patch.setattr(module, "BLOCKS_AT_ONCE", at_once)
        patch.setattr(writer, "POSTINGS_AT_ONCE", 7 * at_once)
        patch.setattr(blocks, "MOST", most)
        yield patch


@given(st.sets(st.integers(0, MOST) | st.integers(5, 600), min_size=1, max_size=300), st.data())
@example({0, MOST}, None)
@example({2**bits + i for bits in range(0, 63, 8) for i in (-1, 0, 1)}, None)
def test_decoded_blocks_are_what_was_encoded_wherever_they_were_cut(some, data):
    rising = column(some)
    cuts = data.draw(st.sets(st.integers(0, len(some) - 1))) if data else set()
    starts = column({0} | cuts)
    rows = list(encode_blocks(rising, starts))
    decoded, sizes = decode_blocks(rows)

    assert (decoded.tolist(), sizes.tolist()) == (rising.tolist(), np.diff([*starts, len(some)]).tolist())
    assert decode_blocks(rows[::-1] + rows[:1])[0].tolist() == [
        one for row in rows[::-1] + rows[:1] for one in decode_blocks([row])[0].tolist()
    ]
    for first, width, rest in rows:
        steps = [int.from_bytes(rest[at : at + width], "little") for at in range(0, len(rest), width)]
        assert rising.tolist()[rising.tolist().index(first) :][: len(steps) + 1] == np.cumsum([first, *steps]).tolist()
        assert max(steps, default=0).bit_length() > 8 * (width - 1) or width == 1


@given(st.lists(st.integers(0, 1000), max_size=20))
def test_blocks_that_have_grown_are_split_evenly_and_no_other(sizes):
    starts = cut_evenly(np.array(sizes, np.int64)).tolist()
    cut = np.diff([*starts, sum(sizes)]).tolist()

    for size in sizes:
        pieces = []
        while sum(pieces) < size:
            pieces.append(cut.pop(0))
        assert (sum(pieces), max(pieces, default=0) - min(pieces, default=0) <= 1) == (size, True)
        assert (
            len(pieces) == min(size, 1)
            if size <= blocks.MOST
            else blocks.USUAL / 1.5 < min(pieces) <= max(pieces) < blocks.USUAL * 1.5
        )
    assert cut == []


@pytest.mark.parametrize(
    "block", [(1, 0, b""), (1, 9, b""), (1, 2, b"abc"), (1, None, b""), (1, 1, None), (1, "a", b""), (1, 1, "a")]
)
def test_what_was_never_written_is_refused(block):
    with pytest.raises(ValueError, match=r"no block|half a difference"):
        decode_blocks([(5, 1, b"ab"), block])


walks = st.lists(st.tuples(sets, st.floats(0, 1), sets), max_size=6)


@profile(max_examples=60)
@given(sets, walks, st.integers(1, 4), st.sampled_from([(2, 4, 1), (3, 6, 4), (32, 64, 8192)]))
def test_any_walk_leaves_the_postings_of_a_sorted_list(tmp_path_factory, held, walk, most_mates, sizes):
    with (
        cutting(*sizes) as patch,
        closing(Writer(path := make_store(tmp_path_factory.mktemp("walk") / "index", held), writes=True)) as index,
    ):
        patch.setattr(reader, "MOST_MATES", most_mates)
        held = set(held)
        for new, share, others in walk:
            gone = sorted(held)[: int(share * len(held))] + others
            index._change_postings(column(new), writer._put_in)
            index._change_postings(column(set(gone)), writer._take_out)
            held = (held | set(new)) - set(gone)
            keys = [one << 1 for one in [*new[:3], *others[:3], *sorted(held)[:3], 0, MOST]]
            mates, n_left_out = index.find_bucket_mates(np.array(keys, np.uint64))
            assert (list(map(tuple, mates.tolist())), n_left_out) == find_mates(held, keys, most_mates)
            rows = read_rows(path)
            assert decode_blocks(rows)[0].tolist() == sorted(held)
            assert max(decode_blocks(rows)[1].tolist(), default=0) <= sizes[1]
        index.compact()
        assert read_rows(path) == read_rows(make_store(path.with_suffix(".built"), held))


@pytest.mark.parametrize("at_once", [1, 3, 8192])
@pytest.mark.parametrize("most_mates", [1, 7, 250, 299, 300, 1000])
def test_crowded_buckets_are_read_in_part_and_the_rest_counted(tmp_path, monkeypatch, at_once, most_mates):
    monkeypatch.setattr(reader, "BLOCKS_AT_ONCE", at_once)
    monkeypatch.setattr(reader, "MOST_MATES", most_mates)
    held = {key << TEXT_BITS | text for key, n in ((2, 300), (3, 5), (5, 250), (7, 64)) for text in range(1, n + 1)}
    keys = [key << 28 | 5 for key in (5, 2, 4, 2)]
    with closing(Writer(make_store(tmp_path / "index", held))) as index:
        mates, n_left_out = index.find_bucket_mates(np.array(keys, np.uint64))

    assert (list(map(tuple, mates.tolist())), n_left_out) == find_mates(held, keys, most_mates)


@pytest.mark.parametrize("broken", ["width = 0", "width = 'x'", "rest = 'x'", "rest = x'ab', width = 3"])
def test_broken_block_is_a_store_error_to_whoever_meets_it(tmp_path, broken):
    path = make_store(tmp_path / "index", range(1, 1000, 3))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE posting SET {broken}")
    with closing(Writer(path, writes=True)) as index:
        for verb in (
            lambda: index.find_bucket_mates(np.array([0], np.uint64)),
            lambda: index._change_postings(column([5]), writer._put_in),
            lambda: index._change_postings(column([5]), writer._take_out),
            index.compact,
        ):
            with pytest.raises(StoreError, match=r"is damaged; `dedup index verify .*` tells how"):
                verb()


def test_blocks_that_run_into_each_other_are_not_compacted(tmp_path):
    path = make_store(tmp_path / "index", range(1, 1000, 3))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE posting SET first = 2 WHERE first = (SELECT max(first) FROM posting)")
    before = read_rows(path)
    with closing(Writer(path, writes=True)) as index, pytest.raises(StoreError, match="is damaged"):
        index.compact()

    assert before == read_rows(path)
