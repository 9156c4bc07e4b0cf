"""A part of a corpus as a `Corpus`, so that the functions of the local engine work on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.corpus import Corpus
from dedup.model import NO_SETS, Batch, Bytes, Ints, Sets
from dedup.spark.stream import read_sets_binary, take_binary, take_ints
from dedup.strings import list_dates, list_labels, list_strings


def make_part(table: Any) -> tuple[Corpus, Ints]:
    """Return (the rows of a table as the paragraphs of a corpus, the texts by their numbers in it).

    table: rows rise by `pid` and are as `texts.find_paragraphs` has them; those to be compared have their text too, and its first
    paragraph the shingles. Of its document each has name, source, date, document_paragraphs, document_words.
    """
    pids = take_ints(table, "pid")
    texts, text = np.unique(take_ints(table, "text") if "text" in table.column_names else pids, return_inverse=True)
    first = np.searchsorted(pids, texts).clip(max=max(len(pids) - 1, 0))
    _, rows, document = np.unique(take_ints(table, "doc"), return_index=True, return_inverse=True)
    prose, offsets = take_binary(table, "prose")
    names, sources, dates = (table.column(name).take(rows).to_pylist() for name in ("name", "source", "date"))
    batch = Batch(names, sources, dates, prose, np.zeros(len(rows) + 1, np.int64), _take_shown(table))
    digests = np.stack([take_ints(table, name).view(np.uint64)[first] for name in ("digest_a", "digest_b")], axis=1)
    columns: dict[str, Any] = {name: take_ints(table, name) for name in ("ordinal", "start_point", "end_point", "line", "words")}
    corpus = Corpus(
        batches=[batch],
        batch_starts=np.array([0, len(pids)]),
        names=list_strings(names),
        sources=list_labels(sources),
        dates=list_dates(dates),
        document_paragraphs=take_ints(table, "document_paragraphs")[rows],
        document_words=take_ints(table, "document_words")[rows],
        document=document,
        start=offsets[:-1],
        end=offsets[1:],
        masks=take_ints(table, "mask").view(np.uint64),
        roles=take_ints(table, "role").astype(np.uint8),
        text=text,
        first=first,
        digests=digests,
        sets=_take_sets(table, first),
        **columns,
    )
    return corpus, texts


def _take_shown(table: Any) -> Bytes | None:
    from pyarrow import compute  # noqa: PLC0415  on workers only

    shown = table.column("shown")
    if shown.null_count == len(shown):
        return None
    whole = table.drop_columns(["shown"]).append_column("shown", compute.coalesce(shown, table.column("prose")))
    return take_binary(whole, "shown")[0]


def _take_sets(table: Any, first: Ints) -> Sets:
    if "shingles" not in table.column_names:
        return NO_SETS
    shingles, offsets = read_sets_binary(*take_binary(table, "shingles"))
    return Sets(shingles, offsets[:-1][first], offsets[1:][first])
