"""Candidate pairs by buckets of band keys, and the exact similarity of each: the kernels of the local engine on some texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.band import Bands, count_number_bits, key_bands, pair_sorted_mates
from dedup.model import Ints, Sets, Words64
from dedup.settings import Settings
from dedup.sketch import draw_permutations, sketch_sets
from dedup.spark.stream import Rows, map_groups, map_rows, read_sets_binary, take_binary, take_ints
from dedup.verify import verify_pairs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.spark.work import Work

POSTING_BYTES = 28
"""Of a posting in a shuffle: two numbers, and what Spark keeps of a row."""
PAIR_BYTES = 600
"""Of a candidate on its way to its second text: two numbers and the shingles of a paragraph of 100 words."""
BAND_BITS, MOST_BITS = 8, 27
"""A band's number takes up to 8 bits. Of up to 134 million texts keys lose as many bits as on one machine; of more, too many would
meet by accident then, and keys lose those of the band's number alone."""
CANDIDATES = "a long, b long, left_out long"
PAIRS = "a long, b long, jaccard double"


def find_candidates(texts: DataFrame, n_texts: int, bands: Bands, seed: int, work: Work) -> DataFrame:
    """Return the candidate pairs, each once, lower text first; and a row (-1, -1) with how many the bucket rule passed over.

    Band keys lose as many of their lower bits as the local engine takes for the numbers of texts (see `band.pair_bucket_mates`), so
    that the same texts meet by accident; the number of the band stands there instead.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    bits = max(count_number_bits(n_texts), BAND_BITS) if count_number_bits(n_texts) <= MOST_BITS else BAND_BITS
    posted = map_rows(texts.select("text", "shingles"), lambda tables: _post(tables, bands, bits, seed), "bucket long, text long")
    n_partitions = work.partition(n_texts * bands.bands, POSTING_BYTES)
    met = map_groups(posted, ["bucket", "text"], 1, n_partitions, _pair_mates, CANDIDATES)
    return met.groupBy("a", "b").agg(f.sum("left_out").alias("left_out"))


def verify_candidates(candidates: DataFrame, texts: DataFrame, settings: Settings, work: Work, n_candidates: int) -> DataFrame:
    """Return the pairs at the threshold, with their similarity."""
    threshold, sets = settings.threshold, texts.select("text", "shingles")
    into = work.partition(n_candidates, PAIR_BYTES)
    met = candidates.where("a >= 0").select("a", "b")
    met = met.repartition(into, "a") if into else met
    with_a = met.join(sets.withColumnsRenamed({"text": "a", "shingles": "shingles_a"}), "a")
    with_both = with_a.join(sets.withColumnsRenamed({"text": "b", "shingles": "shingles_b"}), "b")
    return map_rows(with_both, lambda tables: _verify(tables, threshold), PAIRS)


def make_sets(table: Any, *columns: str) -> Sets:
    """Return the sets of shingles of some columns, those of one after those of the other."""
    parts = [read_sets_binary(*take_binary(table, column)) for column in columns]
    bases = np.cumsum([0] + [len(shingles) for shingles, _ in parts])
    starts: list[Ints] = [offsets[:-1] + base for (_, offsets), base in zip(parts, bases.tolist(), strict=False)]
    ends: list[Ints] = [offsets[1:] + base for (_, offsets), base in zip(parts, bases.tolist(), strict=False)]
    return Sets(np.concatenate([shingles for shingles, _ in parts]), np.concatenate(starts), np.concatenate(ends))


def _post(tables: Iterator[Any], bands: Bands, bits: int, seed: int) -> Iterator[Rows]:
    permutations, low = draw_permutations(bands.bands * bands.rows, seed), np.uint64((1 << bits) - 1)
    for table in tables:
        keys: Words64 = key_bands(sketch_sets(make_sets(table, "shingles"), permutations), bands)
        buckets = keys & ~low | np.arange(bands.bands, dtype=np.uint64)[:, None]
        yield {"bucket": buckets.ravel(), "text": np.tile(take_ints(table, "text"), bands.bands)}


def _pair_mates(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        known, numbers = np.unique(take_ints(table, "text"), return_inverse=True)
        found = pair_sorted_mates(take_ints(table, "bucket").view(np.uint64), numbers.astype(np.uint64))
        packed = np.unique(found.packed)
        yield {"a": known[packed >> 32], "b": known[packed & 0xFFFFFFFF], "left_out": np.zeros(len(packed), np.int64)}
        yield {"a": np.array([-1]), "b": np.array([-1]), "left_out": np.array([found.left_out])}


def _verify(tables: Iterator[Any], threshold: float) -> Iterator[Rows]:
    for table in tables:
        n, sets = table.num_rows, make_sets(table, "shingles_a", "shingles_b")
        found = verify_pairs(sets, np.stack((np.arange(n), np.arange(n) + n), axis=1), threshold)
        rows = found.texts[:, 0]
        yield {"a": take_ints(table, "a")[rows], "b": take_ints(table, "b")[rows], "jaccard": found.jaccard}
