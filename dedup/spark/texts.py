"""Exact first: which paragraphs have the same words, and the distinct texts that go on.

A text's number is that of its first paragraph, so that texts rise as those of the local engine do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.spark.ingest import PARAGRAPH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

REPEATS = "pid long, text long"
TEXTS = "text long, words long, shingles binary, prose binary"


def find_paragraphs(read: DataFrame) -> DataFrame:
    """Return the rows of paragraphs."""
    columns = ("pid", "doc", "ordinal", "start_point", "end_point", "line", "words", "mask", "role", "digest_a", "digest_b")
    return read.where(f"kind = {PARAGRAPH}").select(*columns, "shingles", "prose", "shown")


def find_repeats(paragraphs: DataFrame) -> DataFrame:
    """Return the paragraphs whose words stand more than once, each with its text.

    A digest of millions of copies is counted in parts, before any row travels.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    digests = ["digest_a", "digest_b"]
    repeated = paragraphs.groupBy(*digests).agg(f.min("pid").alias("text"), f.count("*").alias("n")).where("n > 1").drop("n")
    return paragraphs.select("pid", *digests).join(repeated, digests).select("pid", "text")


def find_texts(paragraphs: DataFrame, repeats: DataFrame) -> DataFrame:
    """Return the first paragraph of each text."""
    later = repeats.where("pid != text").select("pid")
    return paragraphs.join(later, "pid", "left_anti").selectExpr("pid AS text", "words", "shingles", "prose")
