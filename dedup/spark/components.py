"""Connected components of a graph of pairs: the local union-find where one worker holds them, else rounds of large-star/small-star.

Each round ties every text to the lowest one that it or its neighbours know of; when nothing changes any more, each is tied to the
lowest of its component, as by `cluster.connect_texts`. It takes O(log(longest path)) rounds or so.
Source: Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii, "Connected components in MapReduce and beyond" (2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.cluster import connect_texts
from dedup.errors import DedupError
from dedup.spark.stream import Rows, map_groups, take_ints

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.spark.work import Work

LOCAL_EDGES = 20_000_000
"""So many are tied by one worker: 320 MB of them, and as much again for numbering texts."""
MOST_ROUNDS = 60
ROOTS = "text long, root long"
EDGES = "a long, b long"


def connect(edges: DataFrame, n_edges: int, work: Work, name: str, local_edges: int = LOCAL_EDGES) -> DataFrame:
    """Return the lowest text of the component of each text with an edge. edges: a and b, different from each other."""
    if n_edges <= local_edges:
        return connect_in_one(edges)
    stars, before = work.stage(f"{name}-0", EDGES, lambda: _turn_down(edges)), (-1, -1)
    for number in range(1, MOST_ROUNDS + 1):
        stars = work.stage(f"{name}-{number}", EDGES, partial(_star, stars))
        now = _sign(stars)
        if now == before:
            return stars.selectExpr("a AS text", "b AS root").union(stars.selectExpr("b AS text", "b AS root").distinct())
        before = now
    raise DedupError(f"components: {MOST_ROUNDS} rounds did not settle {n_edges:,} edges; please report this as a fault of dedup's")


def connect_in_one(edges: DataFrame) -> DataFrame:
    """Return the same by the union-find of the local engine, in one task."""
    return map_groups(edges.selectExpr("a", "b", "0L AS one"), ["one"], 1, 1, _tie, ROOTS)


def large_star(edges: DataFrame) -> DataFrame:
    """Return edges by which each text's higher neighbours are tied to the lowest of the text and its neighbours."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    both = edges.select("a", "b").union(edges.selectExpr("b AS a", "a AS b"))
    lowest = both.groupBy("a").agg(f.least(f.col("a"), f.min("b")).alias("low"))
    return both.where("b > a").join(lowest, "a").selectExpr("b AS a", "low AS b").distinct()


def small_star(edges: DataFrame) -> DataFrame:
    """Return edges by which each text and its lower neighbours are tied to the lowest of them. edges: a the higher."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    lowest = edges.groupBy("a").agg(f.min("b").alias("low"))
    tied = edges.join(lowest, "a").where("b != low").selectExpr("b AS a", "low AS b")
    return tied.union(lowest.selectExpr("a", "low AS b")).distinct()


def _star(edges: DataFrame) -> DataFrame:
    return small_star(large_star(edges))


def _turn_down(edges: DataFrame) -> DataFrame:
    return edges.selectExpr("greatest(a, b) AS a", "least(a, b) AS b").where("a != b").distinct()


def _sign(edges: DataFrame) -> tuple[int, int]:
    """Return (how many edges, a checksum of them)."""
    row = edges.selectExpr("count(*)", "coalesce(sum(xxhash64(a, b) % 1000000007), 0)").collect()[0]
    return int(row[0]), int(row[1])


def _tie(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        ends = np.stack((take_ints(table, "a"), take_ints(table, "b")), axis=1)
        known, numbers = np.unique(ends, return_inverse=True)
        roots = connect_texts(len(known), numbers.reshape(ends.shape))
        yield {"text": known, "root": known[roots]}
