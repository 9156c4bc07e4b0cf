"""What a run found, out of its stages: the tables of the result, the counts, and a report of what has most words.

Nothing is brought to the driver that grows with the corpus: sums, and at most COLLECTED rows of each table.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dedup.band import Bands, choose_bands, find_probability
from dedup.describe import WIDEST_CLUSTER
from dedup.model import (
    DIGITS,
    KINDS,
    SCOPES,
    Cluster,
    Context,
    DocumentFindings,
    Floats,
    Member,
    Nearest,
    Passage,
    Similarity,
    Span,
    Summary,
)
from dedup.read import Problems
from dedup.report import Report
from dedup.report.as_json import SCHEMA_NAME
from dedup.settings import Settings
from dedup.spark.stream import Rows, map_rows, take_ints

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

COLLECTED = 200_000
"""Rows of a table in a report: some 200 MB as objects. What is beyond stands in the result's tables alone."""
COLLECTED_MEMBERS = 1_000
"""Of one cluster, where there are more members than COLLECTED in all."""
FINDINGS = (
    "doc long, document string, source string, paragraphs long, words long, duplicate_paragraphs long, duplicate_ratio double, "
    "nearest_document string, nearest_shared_words long, nearest_a_share double, nearest_b_share double"
)
MEMBER_COLUMNS = (
    "cluster", "kind", "scope", "document", "paragraph", "start", "end", "line", "words", "similarity", "text", "size", "documents",
    "weakest AS similarity_min", "mean AS similarity_mean",
)  # fmt: skip
MEMBER_ORDER = ("-cluster_words", "cluster", "root", "position")
PASSAGE_ORDER = ("-shared", "pid_a", "pid_b", "number")


def describe_documents(members: DataFrame, passages: DataFrame, documents: DataFrame) -> DataFrame:
    """Return what was found in each document with a duplicate or a passage, as `describe.describe_documents` does."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    held = members.groupBy("doc").agg(f.count("*").alias("n"), f.sum("words").alias("duplicate_words"))
    lifted = passages.selectExpr("doc_a AS doc").union(passages.selectExpr("doc_b AS doc")).distinct()
    known = documents.select("doc", "name", "source", "paragraphs", "words")
    listed = held.join(lifted, "doc", "full").join(known, "doc").fillna({"n": 0, "duplicate_words": 0})
    nearest = _find_nearest(_share_words(members, passages))
    other = documents.selectExpr("doc AS other", "name AS other_name", "words AS other_words")
    rows = listed.join(nearest.join(other, "other"), "doc", "left").fillna({"shared": 0, "other_words": 0})
    return map_rows(rows, _describe, FINDINGS)


def summarise(
    counts: dict[str, int],
    members: DataFrame,
    documents: DataFrame,
    pairs: DataFrame,
    candidates: tuple[int, int],
    problems: Problems,
    most_minima: int,
    settings: Settings,
) -> Summary:
    """Return the counts of a run.

    counts: rows of stages, and what they counted; candidates: found, and passed over; most_minima: that signatures may have.
    """
    totals = documents.selectExpr("count(*)", "count(DISTINCT source)", "coalesce(sum(words), 0)").collect()[0]
    held = members.selectExpr("count(*)", "coalesce(sum(words), 0)").collect()[0]
    heads = members.where("position = 0").groupBy("kind", "scope").count().collect()
    kinds = {kind: sum(row[2] for row in heads if row[0] == kind) for kind in KINDS}
    scopes = {scope: sum(row[2] for row in heads if row[1] == scope) for scope in SCOPES}
    words, duplicate_words, bands = int(totals[2]), int(held[1]), choose_bands(settings.threshold, most_minima)
    return Summary(
        documents=totals[0],
        sources=totals[1],
        paragraphs=counts["paragraphs"],
        words=words,
        distinct_paragraphs=counts["texts"],
        duplicate_paragraphs=held[0],
        duplicate_words=duplicate_words,
        duplicate_ratio=round(duplicate_words / words, DIGITS) if words else 0.0,
        clusters=sum(row[2] for row in heads),
        clusters_by_kind={kind: kinds[kind] for kind in KINDS},
        clusters_by_scope={scope: scopes[scope] for scope in SCOPES},
        passages=counts["passages"],
        common_runs=counts["common_runs"],
        candidate_pairs=candidates[0],
        left_out_pairs=candidates[1],
        verified_pairs=counts["pairs"],
        expected_recall=round(_expect_recall(pairs, counts["pairs"], bands, settings.threshold), DIGITS),
        skipped=dict(sorted(problems.skipped.items())),
        decoded=dict(sorted(problems.decoded.items())),
        seconds=0.0,
    )


def collect_clusters(members: DataFrame, n_members: int) -> tuple[Cluster, ...]:
    """Return the clusters with most words; all of them, with all members, where these are no more than COLLECTED."""
    if n_members > COLLECTED:
        members = members.where(f"position < {COLLECTED_MEMBERS}")
    rows = _order(members, MEMBER_ORDER).drop("date").limit(COLLECTED).collect()
    clusters = []
    for _, group in itertools.groupby(rows, lambda row: row["root"]):
        some = list(group)
        head = some[0]
        similarity = Similarity(head["weakest"], head["mean"])
        names = ("document", "paragraph", "start", "end", "line", "words", "similarity", "text")
        described = tuple(Member(*(row[name] for name in names)) for row in some)
        clusters.append(
            Cluster(head["cluster"], head["kind"], head["scope"], head["size"], head["documents"], similarity, described)
        )
    return tuple(clusters)


def collect_passages(passages: DataFrame) -> tuple[tuple[Passage, ...], tuple[Context, ...]]:
    """Return the longest passages, and what stands around them."""
    rows = _order(passages, PASSAGE_ORDER).limit(COLLECTED).collect()
    names = ("document", "paragraph", "start", "end", "line", "text")
    found = []
    for row in rows:
        a, b = (Span(*(row[f"{side}_{name}"] for name in names)) for side in "ab")
        found.append(Passage(row["words"], row["similarity"], a, b, row["a_share"], row["b_share"]))
    around = [Context(*((row[f"{side}_before"], row[f"{side}_behind"]) for side in "ab")) for row in rows]
    return tuple(found), tuple(around)


def collect_documents(findings: DataFrame) -> tuple[DocumentFindings, ...]:
    """Return what was found in the first documents."""
    found = []
    for row in findings.orderBy("doc").limit(COLLECTED).collect():
        near = None
        if row["nearest_document"] is not None:
            near = Nearest(*(row[f"nearest_{name}"] for name in ("document", "shared_words", "a_share", "b_share")))
        columns = ("document", "source", "paragraphs", "words", "duplicate_paragraphs", "duplicate_ratio")
        found.append(DocumentFindings(**{name: row[name] for name in columns}, nearest=near))
    return tuple(found)


def write_head(report: Report, session: SparkSession, folder: str) -> None:
    """Write the settings and the counts of a report as one line of JSON."""
    head = {"schema": SCHEMA_NAME, "settings": report.settings, "summary": report.summary}
    rows = session.createDataFrame([(msgspec.json.encode(head).decode(),)], "value string").coalesce(1)
    rows.write.mode("overwrite").text(f"{folder}/summary")


def write_tables(members: DataFrame, passages: DataFrame, findings: DataFrame, folder: str) -> None:
    """Write the tables of the result in the order of the report: clusters (a member a row), passages, documents."""
    hidden = ("shared", "pid_a", "pid_b", "number", "doc_a", "doc_b", "a_before", "a_behind", "b_before", "b_behind")
    tables = {
        "clusters": _order(members, MEMBER_ORDER).selectExpr(*MEMBER_COLUMNS),
        "passages": _order(passages, PASSAGE_ORDER).drop(*hidden),
        "documents": findings.orderBy("doc").drop("doc"),
    }
    for name, rows in tables.items():
        rows.write.mode("overwrite").option("compression", "zstd").parquet(f"{folder}/{name}")


def _order(rows: DataFrame, keys: Sequence[str]) -> DataFrame:
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    return rows.orderBy(*(f.expr(key) for key in keys))


def _share_words(members: DataFrame, passages: DataFrame) -> DataFrame:
    """Return the words that two documents share in clusters, furniture aside, and in passages: low, high, shared."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    counted = members.where("scope = 'across' AND kind != 'furniture'")
    held = counted.groupBy("root", "doc", "documents").agg(f.sum("words").alias("words"))
    firsts = counted.where("position = 0").selectExpr("root", "doc AS first")
    ones, others = (held.selectExpr("root", "documents", f"doc AS {side}", f"words AS words_{side}") for side in "ab")
    narrow = ones.where(f"documents <= {WIDEST_CLUSTER}").join(others.drop("documents"), "root").where("a < b")
    wide = ones.where(f"documents > {WIDEST_CLUSTER}").join(firsts, "root").where("a = first").drop("first")
    wide = wide.join(others.drop("documents"), "root").where("a != b")
    shared = narrow.unionByName(wide).selectExpr(
        "least(a, b) AS low", "greatest(a, b) AS high", "least(words_a, words_b) AS shared"
    )
    lifted = passages.where("doc_a != doc_b").selectExpr("least(doc_a, doc_b) AS low", "greatest(doc_a, doc_b) AS high", "shared")
    return shared.union(lifted).groupBy("low", "high").agg(f.sum("shared").alias("shared"))


def _find_nearest(shared: DataFrame) -> DataFrame:
    """Return the document that shares most words with each; of equals the one that was read first."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    both = shared.selectExpr("low AS doc", "high AS other", "shared").union(
        shared.selectExpr("high AS doc", "low AS other", "shared")
    )
    best = both.groupBy("doc").agg(f.max(f.struct("shared", f.expr("-other AS minus"))).alias("best"))
    return best.selectExpr("doc", "best.shared AS shared", "-best.minus AS other")


def _describe(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        words, other_words = take_ints(table, "words"), take_ints(table, "other_words")
        shared = np.minimum(take_ints(table, "shared"), np.minimum(words, other_words))
        names = [
            name if count else None for name, count in zip(table.column("other_name").to_pylist(), shared.tolist(), strict=True)
        ]
        shares = [np.round(shared / np.maximum(side, 1), DIGITS).tolist() for side in (words, other_words)]
        is_near = (shared > 0).tolist()
        columns: Rows = {name: table.column(name) for name in ("doc", "source", "paragraphs", "words")}
        yield columns | {
            "document": table.column("name"),
            "duplicate_paragraphs": table.column("n"),
            "duplicate_ratio": np.round(take_ints(table, "duplicate_words") / words, DIGITS),
            "nearest_document": names,
            "nearest_shared_words": [count if near else None for count, near in zip(shared.tolist(), is_near, strict=True)],
            "nearest_a_share": [share if near else None for share, near in zip(shares[0], is_near, strict=True)],
            "nearest_b_share": [share if near else None for share, near in zip(shares[1], is_near, strict=True)],
        }


def _expect_recall(pairs: DataFrame, n_pairs: int, bands: Bands, threshold: float) -> float:
    """Return what `pipeline.expect_recall` does, from sums over parts."""
    if not n_pairs:
        return float(find_probability(threshold, bands))

    def weigh(tables: Iterator[Any]) -> Iterator[Rows]:
        for table in tables:
            jaccard: Floats = table.column("jaccard").to_numpy()
            yield {"stands_for": np.array([np.sum(1.0 / find_probability(jaccard, bands))])}

    rows = map_rows(pairs.select("jaccard"), weigh, "stands_for double").groupBy().sum("stands_for").collect()
    return float(n_pairs / math.fsum(row[0] for row in rows))
