"""Listings against tuples of the same things, and reports of them against reports of tuples."""

from __future__ import annotations

import copy
import csv
import io
import pickle
from itertools import pairwise

import numpy as np
import pytest
from corpora import NEWSROOM
from hypothesis import given
from hypothesis import strategies as st

from dedup import describe, listing, spans
from dedup.audit import audit
from dedup.listing import Listing, Tabled, cut_by_size, cut_evenly, join_all
from dedup.report import as_csv, columns
from dedup.table import Table

SIZES = st.lists(st.integers(0, 9), max_size=30)


def listed(n_things, cuts=None):
    """Return the numbers below n as a listing."""
    return Listing(cut_evenly(n_things) if cuts is None else cuts, lambda first, last: list(range(first, last)))


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(listing, "AT_ONCE", 3)


@given(st.integers(0, 20), st.slices(20))
def test_slice_of_a_listing_is_that_of_a_tuple(n_things, part):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "AT_ONCE", 3)
        things = listed(n_things)

        expected = list(range(n_things))[part]
        assert list(things[part]) == expected
        assert len(things[part]) == len(expected)
        assert [things[part][i] for i in range(len(expected))] == expected


def test_thing_beyond_the_end_is_an_error():
    with pytest.raises(IndexError):
        listed(3)[3]


def test_last_thing_is_found_from_behind():
    assert listed(3)[-1] == 2


def test_only_what_is_asked_for_is_made(small_blocks):
    asked = []

    def make(first, last):
        asked.append((first, last))
        return list(range(first, last))

    things = Listing(cut_evenly(10), make)
    assert (things[4], next(iter(things))) == (4, 0)
    assert asked == [(4, 5), (0, 3)]


@given(SIZES)
def test_blocks_hold_few_parts_or_one_large_thing(sizes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "AT_ONCE", 5)
        cuts = cut_by_size(np.array(sizes, np.int64)).tolist()

        assert (cuts[0], cuts[-1], cuts) == (0, len(sizes), sorted(set(cuts)))
        assert all(sum(sizes[first : last - 1]) <= 5 for first, last in pairwise(cuts))
        assert all(size <= 5 or {i, i + 1} <= set(cuts) for i, size in enumerate(sizes))


@given(st.integers(0, 9), st.integers(0, 9))
def test_joined_listings_hold_one_and_then_the_other(n_ones, n_others):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "AT_ONCE", 3)
        assert tuple(join_all(listed(n_ones), listed(n_others))) == (*range(n_ones), *range(n_others))


def test_copies_of_a_listing_are_tuples():
    assert pickle.loads(pickle.dumps(listed(3))) == copy.deepcopy(listed(3)) == (0, 1, 2)


def test_listing_equals_any_sequence_of_equal_things():
    assert listed(3) == (0, 1, 2)
    assert listed(3) == [0, 1, 2]
    assert listed(3) != (0, 1)
    assert listed(3) != (0, 1, 3)


@pytest.mark.parametrize("keeps", [True, False])
def test_kept_things_are_made_once(small_blocks, keeps):
    things = Tabled(cut_evenly(7), lambda first, last: Table(complex, {"real": np.arange(first, last)}), keeps=keeps)

    assert list(things) == list(things[:]) == [complex(i) for i in range(7)]
    assert (things[6] is things[-1]) == keeps


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_tables_are_written_in_their_order(small_blocks, n_threads):
    things = Tabled(cut_evenly(30), lambda first, last: Table(complex, {"real": np.arange(first, last)}))

    assert [sum(written) for written in things.render(Table.tolist, n_threads)] == [9 * i + 3 for i in range(10)]


@pytest.fixture(scope="module")
def kept():
    return audit([str(NEWSROOM)])


@pytest.fixture(scope="module")
def made(kept):
    """Return the same report with nothing kept, in small blocks, and every cluster of more than two members wide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "AT_ONCE", 2)
        for module in (describe, spans):
            patch.setattr(module, "MOST_KEPT", -1)
        patch.setattr(columns, "ROWS_AT_ONCE", 7)
        report = audit([str(NEWSROOM)])
        assert report.clusters[0] is not report.clusters[0]
        assert any(isinstance(cluster.members, Listing) for cluster in report.clusters)
        yield report


def without_seconds(report, format_):
    return report.render(format_).replace(f'"seconds": {report.summary.seconds}', "")


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv", "sarif", "github", "junit", "html"])
def test_report_that_keeps_nothing_says_the_same(kept, made, format_):
    assert without_seconds(made, format_) == without_seconds(kept, format_)


def test_table_of_a_report_that_keeps_nothing_is_the_same(kept, made, tmp_path):
    made.write(tmp_path / "made.parquet")
    kept.write(tmp_path / "kept.parquet")
    parquet = pytest.importorskip("pyarrow.parquet")

    assert made.to_arrow().to_pylist() == kept.to_arrow().to_pylist()
    assert parquet.read_table(tmp_path / "made.parquet").to_pylist() == kept.to_arrow().to_pylist()
    assert parquet.read_table(tmp_path / "kept.parquet").to_pylist() == kept.to_arrow().to_pylist()


def test_rows_of_a_report_come_in_blocks(made):
    blocks = list(as_csv.render_csv(made))

    assert len(blocks) > 10
    rows = list(csv.reader(io.StringIO(b"".join(blocks).decode())))
    assert len(rows) == 1 + sum(cluster.size for cluster in made.clusters)


def test_text_of_a_report_that_keeps_nothing_is_the_same(kept, made):
    from rich.console import Console

    from dedup.report.as_text import print_report

    said = []
    for report in (kept, made):
        console = Console(file=io.StringIO(), width=120)
        print_report(report, console, 5, ["data/newsroom"])
        said.append(console.file.getvalue())
    assert said[0] == said[1]
