"""Passages: fingerprints of texts, seeds by equal fingerprints, runs by alignment, and which runs stay; by the local kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dedup.align import Runs, align_seeds
from dedup.lifts import MOST_HOLDERS, Lifted, pick_apart
from dedup.model import FURNITURE, Ints
from dedup.passage import Fingerprints, fingerprint_texts, pair_fingerprints, read_texts
from dedup.settings import Settings
from dedup.spans import describe_lifts
from dedup.spark.clusters import DOCUMENT_COLUMNS
from dedup.spark.part import make_part
from dedup.spark.stream import Rows, map_groups, map_rows, take_binary, take_ints

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.spark.work import Work

FINGERPRINTS = "hash long, text long, place long, root long"
SEEDS = "a long, b long, place_a long, place_b long"
RUNS = "a long, b long, number long, a_start long, a_end long, b_start long, b_end long, shared long"
PLACED = f"{RUNS}, pid_a long, pid_b long"
PASSAGES = (
    "shared long, pid_a long, pid_b long, number long, doc_a long, doc_b long, words long, similarity double, a_share double, "
    "b_share double, "
    + ", ".join(
        f"{side}_document string, {side}_paragraph long, {side}_start long, {side}_end long, {side}_line long, {side}_text string, "
        f"{side}_before string, {side}_behind string"
        for side in "ab"
    )
)
"""Passages with what orders them: words, then the two paragraphs, then their place among the runs of two texts."""
MOST_BITS = 31
"""Of a fingerprint that go, as many as `passage.pair_fingerprints` takes for their numbers. Of more than two billion fingerprints,
which no one machine sorts, too many would meet by accident then, and all bits are compared."""
FINGERPRINT_BYTES, SEED_BYTES, SIDES_BYTES = 50, 50, 1_000
COMMON = -1


def fingerprint(texts: DataFrame, members: DataFrame, paragraphs: DataFrame, roots: DataFrame, settings: Settings) -> DataFrame:
    """Return the fingerprints of all texts that are no furniture, each with its cluster."""
    site = members.where("is_furniture").selectExpr("text_number AS text")
    stated = paragraphs.where(f"role = {FURNITURE}").selectExpr("pid AS text")  # in clusters by their members, else their own first
    wanted = texts.join(site.union(stated).distinct(), "text", "left_anti").join(roots, "text", "left")
    rows = wanted.selectExpr("text", "words", "prose", "coalesce(root, text) AS root")
    return map_rows(
        rows.where(f"words >= {settings.passage_words}"), lambda tables: _winnow(tables, settings.passage_words), FINGERPRINTS
    )


def find_seeds(fingerprints: DataFrame, n_fingerprints: int, work: Work) -> DataFrame:
    """Return the fingerprints that texts of different clusters share, and rows (-1, n, 0, 0): n stand at too many places."""
    bits = max(1, n_fingerprints.bit_length())
    low = (1 << bits) - 1 if bits <= MOST_BITS else 0
    cut = fingerprints.selectExpr(f"hash & ~{low}L AS hash", "text", "place", "root")
    return map_groups(cut, ["hash", "text", "place"], 1, work.partition(n_fingerprints, FINGERPRINT_BYTES), _pair, SEEDS)


def align(seeds: DataFrame, texts: DataFrame, n_seeds: int, settings: Settings, work: Work) -> DataFrame:
    """Return the runs of words that seeds lead to."""
    from pyspark.sql import functions as f  # noqa: PLC0415  pyspark is an extra

    prose, passage_words = texts.select("text", "words", "prose"), settings.passage_words
    places = f.sort_array(f.collect_list(f.struct("place_a", "place_b"))).alias("places")
    into, rows = work.partition(n_seeds, SIDES_BYTES), seeds.where("a >= 0")
    rows = (rows.repartition(into, "a", "b") if into else rows).groupBy("a", "b").agg(places)
    for side in "ab":
        rows = rows.join(prose.withColumnsRenamed({"text": side, "words": f"words_{side}", "prose": f"prose_{side}"}), side)
    return map_rows(rows, lambda tables: _align(tables, passage_words), RUNS)


def choose(runs: DataFrame, repeats: DataFrame, paragraphs: DataFrame, n_runs: int, work: Work) -> DataFrame:
    """Return the runs of every two documents that overlap no longer one, at the first paragraphs that hold its texts."""
    from pyspark.sql import Window  # noqa: PLC0415  pyspark is an extra
    from pyspark.sql import functions as f  # noqa: PLC0415  the same

    lifted = runs.selectExpr("a AS text").union(runs.selectExpr("b AS text")).distinct()
    held = lifted.join(repeats, "text", "left").selectExpr("text", "coalesce(pid, text) AS pid")
    row = f.row_number().over(Window.partitionBy("text").orderBy("pid"))
    held = held.withColumn("row", row).where(f"row <= {MOST_HOLDERS}").drop("row")
    held = held.join(paragraphs.select("pid", "doc"), "pid")
    for side in "ab":
        runs = runs.join(held.withColumnsRenamed({"text": side, "pid": f"pid_{side}", "doc": f"doc_{side}"}), side)
    rows = runs.selectExpr("*", "least(doc_a, doc_b) AS low", "greatest(doc_a, doc_b) AS high", "-shared AS longest")
    keys = ["low", "high", "longest", "pid_a", "pid_b", "number"]
    return map_groups(rows, keys, 2, work.partition(n_runs * MOST_HOLDERS, 2 * FINGERPRINT_BYTES), _choose, PLACED)


def describe(placed: DataFrame, paragraphs: DataFrame, documents: DataFrame, n_placed: int, work: Work) -> DataFrame:
    """Return passages as they stand in their documents, with the words around them."""
    keys = ["pid_a", "pid_b", "number", "side"]
    sides = placed.selectExpr("*", "0L AS side", "pid_a AS pid").union(placed.selectExpr("*", "1L AS side", "pid_b AS pid"))
    known = documents.selectExpr(*DOCUMENT_COLUMNS)
    rows = sides.join(paragraphs.drop("shingles"), "pid").join(known, "doc")
    return map_groups(rows, keys, 2, work.partition(n_placed, SIDES_BYTES), _describe, PASSAGES)


def _winnow(tables: Iterator[Any], passage_words: int) -> Iterator[Rows]:
    for table in tables:
        text, offsets = take_binary(table, "prose")
        found = fingerprint_texts(text, offsets[:-1], offsets[1:], np.arange(table.num_rows), passage_words)
        rows = found.texts
        columns = {name: take_ints(table, name)[rows] for name in ("text", "root")}
        yield {"hash": found.hashes, "place": found.places} | columns


def _pair(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        texts, hashes, places, roots = (take_ints(table, name) for name in ("text", "hash", "place", "root"))
        order = np.lexsort((places, texts))
        known, first, sizes = np.unique(texts[order], return_index=True, return_counts=True)
        found = Fingerprints(
            hashes[order].view(np.uint64), places[order].astype(np.int32), np.arange(len(known), dtype=np.int32), np.cumsum(sizes)
        )
        seeds = pair_fingerprints(found, roots[order][first])
        a, b, place_a, place_b = seeds.table.T
        yield {"a": known[a], "b": known[b], "place_a": place_a.copy(), "place_b": place_b.copy()}
        zero = np.zeros(1, np.int64)
        yield {"a": np.array([COMMON]), "b": np.array([seeds.n_common]), "place_a": zero, "place_b": zero}


def _align(tables: Iterator[Any], passage_words: int) -> Iterator[Rows]:
    for table in tables:
        known, words, offsets = _read_words(table)
        rows, place_a, place_b = _take_places(table)
        a, b = (np.searchsorted(known, take_ints(table, name))[rows] for name in "ab")
        runs = align_seeds(np.stack((a, b, place_a, place_b), axis=1), words, offsets, passage_words)
        pairs = runs.texts
        fresh = np.flatnonzero((np.diff(pairs, axis=0, prepend=-1) != 0).any(axis=1)) if len(pairs) else np.empty(0, np.int64)
        sizes = np.diff(fresh, append=len(pairs))
        yield {
            "a": known[pairs[:, 0]],
            "b": known[pairs[:, 1]],
            "number": np.arange(len(pairs)) - np.repeat(fresh, sizes),
            "a_start": runs.a[:, 0].copy(),
            "a_end": runs.a[:, 1].copy(),
            "b_start": runs.b[:, 0].copy(),
            "b_end": runs.b[:, 1].copy(),
            "shared": runs.shared.copy(),
        }


def _take_places(table: Any) -> tuple[Ints, Ints, Ints]:
    """Return (the row of each seed, its place in both texts)."""
    places = table.column("places").combine_chunks()
    sizes = places.value_lengths().to_numpy()
    seeds = places.flatten()
    a, b = (seeds.field(name).to_numpy() for name in ("place_a", "place_b"))
    return np.repeat(np.arange(len(sizes)), sizes), a, b


def _read_words(table: Any) -> tuple[Ints, Any, Ints]:
    """Return (the texts of seeds, rising, their words as hashes, where each text's begin and the last end)."""
    numbers = np.concatenate((take_ints(table, "a"), take_ints(table, "b")))
    known, rows = np.unique(numbers, return_index=True)
    counts = np.concatenate((take_ints(table, "words_a"), take_ints(table, "words_b")))[rows]
    offsets = np.append(0, np.cumsum(counts))
    words = np.empty(offsets[-1], np.uint64)
    n = table.num_rows
    for side, here in (("prose_a", rows < n), ("prose_b", rows >= n)):
        some = np.flatnonzero(here)
        text, places = take_binary(table.take(rows[some] % n), side)
        part = np.empty(counts[some].sum(), np.uint64)
        read_texts(text, places[:-1], places[1:], part)
        at = np.repeat(offsets[some] - np.append(0, np.cumsum(counts[some]))[:-1], counts[some])
        words[at + np.arange(len(part))] = part
    return known, words, offsets


def _take_runs(table: Any) -> Runs:
    columns = {name: take_ints(table, name) for name in ("a", "b", "a_start", "a_end", "b_start", "b_end", "shared")}
    pairs = (("a", "b"), ("a_start", "a_end"), ("b_start", "b_end"))
    texts, a, b = (np.stack((columns[one], columns[other]), axis=1) for one, other in pairs)
    return Runs(texts, a, b, columns["shared"])


def _choose(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        documents = np.stack((take_ints(table, "doc_a"), take_ints(table, "doc_b")), axis=1)
        kept = table.take(pick_apart(_take_runs(table), documents))
        yield {name: kept.column(name) for name in kept.column_names}


def _describe(tables: Iterator[Any]) -> Iterator[Rows]:
    for table in tables:
        pids = take_ints(table, "pid")
        _, once = np.unique(pids, return_index=True)
        corpus, known = make_part(table.take(once).drop_columns(["text"]) if "text" in table.column_names else table.take(once))
        runs = table.take(np.flatnonzero(take_ints(table, "side") == 0))
        sides = np.stack([np.searchsorted(known, take_ints(runs, name)) for name in ("pid_a", "pid_b")], axis=1)
        passages, contexts = describe_lifts(corpus, Lifted(_take_runs(runs), sides, 0))
        docs = np.array([take_ints(table, "doc")[once][side] for side in sides.T]) if len(sides) else np.empty((2, 0), np.int64)
        rows: Rows = {name: take_ints(runs, name) for name in ("shared", "pid_a", "pid_b", "number")}
        rows |= {"doc_a": docs[0], "doc_b": docs[1]}
        rows |= {name: [getattr(one, name) for one in passages] for name in ("words", "similarity", "a_share", "b_share")}
        for side in "ab":
            spans = [getattr(one, side) for one in passages]
            rows |= {
                f"{side}_{name}": [getattr(span, name) for span in spans]
                for name in ("document", "paragraph", "start", "end", "line", "text")
            }
            around = [getattr(context, side) for context in contexts]
            rows |= {f"{side}_before": [one for one, _ in around], f"{side}_behind": [other for _, other in around]}
        yield rows
