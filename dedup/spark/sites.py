"""What a corpus teaches of its sites: which documents are copies of others, and which lines come back but for their figures.

The local engine looks at all paragraphs at once; what it finds in a group of equal ones in one source hangs on that group alone,
so that here the groups are looked at, by the same function, wherever they lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.classify import FEWEST_DOCUMENTS, MOST_VERSIONS, OWN_SHARE, PROSE_WORDS, Places, find_furniture
from dedup.corpus import tell_apart
from dedup.model import FURNITURE
from dedup.spark.ingest import DOCUMENT
from dedup.spark.stream import Rows, map_groups, take_ints

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.spark.work import Work

DOCUMENTS = "doc long, name string, source string, date string, paragraphs long, words long, site long"
COPIED = "doc long"
SITES = f"{DOCUMENTS}, is_copy long, site_documents long"
STANDING = "mask long, pid long"
MASKED = "mask long, text long, tied long"
LIGHT = ("pid", "doc", "ordinal", "words", "mask", "role")
PLACE_BYTES = 100
"""Of a paragraph without its text, in a shuffle."""


def find_documents(read: DataFrame) -> DataFrame:
    """Return all documents. site: the number of the source, its first document."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    documents = read.where(f"kind = {DOCUMENT}").select("doc", "name", "source", "date", "paragraphs", "words")
    sites = documents.groupBy("source").agg(f.min("doc").alias("site"))
    return tell_names_apart(documents).join(sites, "source")


def tell_names_apart(documents: DataFrame) -> DataFrame:
    """Return documents of which those with a name that another has too carry a count, as by `corpus.tell_apart`.

    A counted name ("feed.jsonl#7 (2)") may stand there already; those are held beside the repeated name that they begin with.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    names = documents.groupBy("name").count().where("count > 1").select("name")
    twice = documents.join(names, "name", "left_semi").selectExpr("xxhash64(name) AS stem", "doc", "name", "name AS base")
    counted = documents.select("name", f.regexp_extract("name", r"(?s)^(.*) \([0-9]+\)$", 1).alias("base")).where("base != ''")
    taken = counted.join(names.withColumnRenamed("name", "base"), "base", "left_semi")
    both = twice.union(taken.selectExpr("xxhash64(base) AS stem", "-1L AS doc", "name", "base"))
    told = map_groups(both, ["stem", "doc"], 1, 0, _count_names, "doc long, told string")
    return documents.join(told, "doc", "left").selectExpr(
        "doc", "coalesce(told, name) AS name", "source", "date", "paragraphs", "words"
    )


def find_grouped(repeats: DataFrame, roots: DataFrame) -> DataFrame:
    """Return the paragraphs that share their words, or a cluster, with others: pid, text, root."""
    alone = roots.join(repeats.selectExpr("pid AS text"), "text", "left_anti").selectExpr("text AS pid", "text")
    return repeats.union(alone).join(roots, "text", "left").selectExpr("pid", "text", "coalesce(root, text) AS root")


def find_copied(grouped: DataFrame, paragraphs: DataFrame, documents: DataFrame) -> DataFrame:
    """Return the documents that are copies as a whole: `classify.find_copies`, group by group, then document by document."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    placed = grouped.select("pid", "root").join(paragraphs.select("pid", "doc", "words"), "pid")
    placed = placed.join(documents.selectExpr("doc", "site", "words AS total"), "doc")
    held = placed.groupBy("root", "site", "doc", "total").agg(
        f.sum("words").alias("words"), f.sum(f.expr(f"if(words >= {PROSE_WORDS}, words, 0)")).alias("prose")
    )
    groups = held.groupBy("root", "site").agg(f.min("doc").alias("first"), f.count("*").alias("n"))
    is_common, is_earlier = f"n > {MOST_VERSIONS}", "first < doc"
    sums = (
        held.join(groups, ["root", "site"])
        .groupBy("doc", "total")
        .agg(
            f.sum(f.expr(f"if({is_earlier} AND NOT {is_common}, prose, 0)")).alias("copied"),
            f.sum(f.expr(f"if({is_earlier} OR {is_common}, words, 0)")).alias("shared"),
        )
    )
    own = "(total - shared)"
    return sums.where(f"copied > 0 AND cast({own} AS double) < {OWN_SHARE}D * ({own} + copied)").select("doc")


def count_sites(documents: DataFrame, copied: DataFrame) -> DataFrame:
    """Return documents with what is known of each: whether it is a copy, and how many documents its source has beside copies."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    known = documents.join(copied.selectExpr("doc", "1L AS is_copy"), "doc", "left").fillna({"is_copy": 0})
    sizes = known.groupBy("site").agg(f.sum(f.expr("1 - is_copy")).alias("site_documents"))
    return known.join(sizes, "site")


def find_standing(paragraphs: DataFrame, documents: DataFrame, n_paragraphs: int, work: Work) -> DataFrame:
    """Return the masked paragraphs that stand as furniture in their source but for figures and dates, each with its mask."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    masked = paragraphs.where("mask != 0").select(*LIGHT)
    known = documents.selectExpr("doc", "site", "paragraphs", "is_copy", "site_documents")
    placed = masked.join(known, "doc")
    counts = placed.groupBy("mask", "site").agg(f.count("*").alias("n"), f.max("role").alias("most"))
    enough = counts.where(f"n >= {FEWEST_DOCUMENTS} OR most = {FURNITURE}").select("mask", "site")
    some = placed.join(enough, ["mask", "site"])
    return map_groups(some, ["mask", "site", "pid"], 2, work.partition(n_paragraphs // 4, PLACE_BYTES), _stand, STANDING)


def tie_masked(standing: DataFrame, repeats: DataFrame) -> DataFrame:
    """Return each mask that stands, with the text of its first paragraph, and the texts that are tied to that one."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    texts = standing.join(repeats, "pid", "left").selectExpr("mask", "pid", "coalesce(text, pid) AS tied")
    firsts = texts.groupBy("mask").agg(f.min(f.struct("pid", "tied")).alias("first")).selectExpr("mask", "first.tied AS text")
    return texts.select("mask", "tied").distinct().join(firsts, "mask").select("mask", "text", "tied")


def place_rows(table: Any) -> Places:
    """Return where the paragraphs of a table stand. The table has what `count_sites` says of documents."""
    _, rows, document = np.unique(take_ints(table, "doc"), return_index=True, return_inverse=True)
    sites, source = np.unique(take_ints(table, "site")[rows], return_inverse=True)
    source_documents = np.zeros(len(sites), np.int64)
    source_documents[source] = take_ints(table, "site_documents")[rows]
    ordinal = take_ints(table, "ordinal").astype(np.int64)
    return Places(
        document=document,
        ordinal=ordinal,
        from_end=take_ints(table, "paragraphs") - 1 - ordinal,
        words=take_ints(table, "words"),
        source=source,
        is_copy=take_ints(table, "is_copy")[rows] > 0,
        source_documents=source_documents,
        roles=take_ints(table, "role").astype(np.uint8),
    )


def _stand(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        masks, pids = take_ints(table, "mask"), take_ints(table, "pid")
        standing = find_furniture(np.unique(masks, return_inverse=True)[1], place_rows(table))
        yield {"mask": masks[standing], "pid": pids[standing]}


def _count_names(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        by_base: dict[str, list[tuple[int, str]]] = {}
        for doc, name, base in zip(*(table.column(name).to_pylist() for name in ("doc", "name", "base")), strict=True):
            by_base.setdefault(base, []).append((doc, name))
        for base, rows in by_base.items():
            taken = {name for doc, name in rows if doc < 0}
            docs = [doc for doc, _ in rows if doc >= 0]
            told = tell_apart([*taken, *[base] * len(docs)])
            yield {"doc": docs, "told": told[len(taken) :]}
