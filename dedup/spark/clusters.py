"""Clusters and their members: each whole cluster in one place, described by the functions of the local engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.findings import name_clusters, read_kinds, tie_pairs, write_names
from dedup.model import DIGITS
from dedup.spark.part import make_part
from dedup.spark.sites import place_rows
from dedup.spark.stream import Rows, map_groups, slice_binary, take_ints

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.spark.work import Work

MEMBERS = (
    "root long, position long, pid long, text_number long, doc long, is_furniture boolean, cluster_words long, cluster string, "
    "kind string, scope string, size long, documents long, weakest double, mean double, document string, date string, "
    "paragraph long, start long, end long, line long, words long, similarity double, text string"
)
MEMBER_BYTES = 1_200
"""Of a member in a shuffle: a paragraph of 60 words, its shingles, its document's name."""
EDGES = "a long, b long, jaccard double, masked long"
DOCUMENT_COLUMNS = (
    "doc", "name", "source", "date", "paragraphs", "paragraphs AS document_paragraphs", "words AS document_words", "site",
    "is_copy", "site_documents",
)  # fmt: skip


def merge_edges(pairs: DataFrame, masked: DataFrame) -> DataFrame:
    """Return what ties texts: verified pairs, and lines of furniture that differ in figures alone, which are alike as 1."""
    ties = masked.where("text != tied").selectExpr("least(text, tied) AS a", "greatest(text, tied) AS b").distinct()
    return (
        pairs.join(ties, ["a", "b"], "left_anti")
        .selectExpr("a", "b", "jaccard", "0L AS masked")
        .union(ties.selectExpr("a", "b", "1.0D AS jaccard", "1L AS masked"))
    )


def describe_members(
    grouped: DataFrame, paragraphs: DataFrame, documents: DataFrame, edges: DataFrame, masked: DataFrame, n_members: int, work: Work
) -> DataFrame:
    """Return the members of all clusters, each with what is said of its cluster."""
    known = documents.selectExpr(*DOCUMENT_COLUMNS)
    tying = masked.selectExpr("mask", "1L AS tying").distinct()
    members = grouped.join(paragraphs, "pid").join(known, "doc").join(tying, "mask", "left")
    members = members.selectExpr("*", "0L AS row", "0L AS other", "coalesce(tying, 0L) AS ties").drop("tying")
    roots = grouped.select("text", "root").distinct()
    ties = edges.join(roots.withColumnRenamed("text", "a"), "a").selectExpr(
        "root", "1L AS row", "a AS pid", "b AS other", "jaccard", "masked"
    )
    rows = members.unionByName(ties, allowMissingColumns=True)
    n_partitions = work.partition(n_members, MEMBER_BYTES)
    return map_groups(rows, ["root", "row", "pid", "other"], 1, n_partitions, _describe, MEMBERS)


def _describe(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        is_edge = take_ints(table, "row") > 0
        rows, edges = np.flatnonzero(~is_edge), table.take(np.flatnonzero(is_edge))
        yield _describe_some(table.take(rows[np.argsort(take_ints(table, "pid")[rows])]), edges)


def _describe_some(table: Any, edges: Any) -> Rows:
    """Return the members of whole clusters. table: their paragraphs, by pid; edges: what ties them."""
    corpus, texts = make_part(table)
    ends = np.stack((take_ints(edges, "pid"), take_ints(edges, "other")), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0], take_ints(edges, "masked")))  # in which means are added up
    pairs, jaccard = np.searchsorted(texts, ends[order]), take_ints(edges, "jaccard")[order].astype(np.float64)
    masks = np.unique(corpus.masks[take_ints(table, "ties") > 0])
    tied = tie_pairs(corpus, pairs, jaccard, place_rows(table), masks)
    kinds, names = read_kinds(corpus, tied), name_clusters(corpus, tied)

    members, offsets = tied.clustered.members, tied.clustered.offsets
    sizes = np.diff(offsets)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    words = np.add.reduceat(corpus.words[members], offsets[:-1]) if len(members) else sizes
    is_furniture = np.array([kind == "furniture" for kind in kinds], bool)[cluster] | tied.is_furniture[members]
    scopes = np.where(tied.n_documents == 1, "within", "across")
    document, shown = corpus.document[members], corpus.batches[0].shown
    columns = {
        "paragraph": corpus.ordinal,
        "start": corpus.start_point,
        "end": corpus.end_point,
        "line": corpus.line,
        "words": corpus.words,
    }
    return {
        "root": take_ints(table, "root")[members],
        "position": np.arange(len(members)) - offsets[cluster],
        "pid": take_ints(table, "pid")[members],
        "text_number": texts[corpus.text[members]],
        "doc": take_ints(table, "doc")[members],
        "is_furniture": is_furniture,
        "cluster_words": words[cluster],
        "cluster": write_names(names[cluster]).tolist(),
        "kind": [kinds[i] for i in cluster.tolist()],
        "scope": scopes[cluster].tolist(),
        "size": sizes[cluster],
        "documents": tied.n_documents[cluster],
        "weakest": np.round(tied.weakest, DIGITS)[cluster],
        "mean": np.round(tied.mean, DIGITS)[cluster],
        "document": [corpus.names[i] for i in document.tolist()],
        "date": [corpus.dates[i] for i in document.tolist()],
        "similarity": np.round(tied.similarity, DIGITS),
        "text": [text.decode() for text in slice_binary(shown, corpus.start[members], corpus.end[members])],
    } | {name: column[members] for name, column in columns.items()}
