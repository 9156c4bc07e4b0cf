"""Groups stay in one place although Spark rewrites joins while it runs them, as it does on corpora larger than those of tests."""

from __future__ import annotations

import numpy as np
import pytest
from test_spark_parity import MADE_FIELDS, compare, make_corpus

SMALL_SIDE = "3KB"
"""A join of what looks larger is planned as a shuffle of both sides; once these are there, and one of them turns out to be smaller,
it is broadcast, and the other one read as it lies. The usual 10 MB do so from some 50 MB of text on."""
THRESHOLD = "spark.sql.autoBroadcastJoinThreshold"


@pytest.fixture
def rewriting(session):
    """Return the session with joins that are rewritten while they run."""
    before = session.conf.get(THRESHOLD)
    session.conf.set(THRESHOLD, SMALL_SIDE)
    yield session
    session.conf.set(THRESHOLD, before)


def test_groups_stay_whole_behind_a_join_on_their_keys(rewriting):
    from pyspark.sql import functions as f

    from dedup.spark.stream import map_groups, take_ints

    def count(tables):
        for table in tables:
            keys, sizes = np.unique(take_ints(table, "key"), return_counts=True)
            yield {"key": keys, "size": sizes}

    rewriting.conf.set("spark.sql.shuffle.partitions", 4)
    rows = rewriting.range(0, 20_000, 1, 5).selectExpr("id % 10 AS key", "id")
    joined = rows.join(rows.groupBy("key").agg(f.count("*").alias("n")).where("n > 2"), "key")

    found = map_groups(joined, ["key", "id"], 1, 0, count, "key long, size long").collect()

    assert sorted(map(tuple, found)) == [(key, 2_000) for key in range(10)]


def test_made_corpus_is_the_same_with_joins_rewritten(rewriting, tmp_path):
    """7,000 paragraphs: lines of furniture that differ in figures stand in groups across all files."""
    report = compare(rewriting, make_corpus(tmp_path / "in", 2_000_000), tmp_path / "work", **MADE_FIELDS)

    assert report.summary.clusters_by_kind["furniture"] > 10
