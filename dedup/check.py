"""The check before publishing: hold drafts against an index, against each other and against themselves.

What happens: read and shingle the drafts -> leave out what may repeat -> pair them among themselves -> look up their texts in the
index -> tie, classify and describe as an audit does, and follow runs of words -> leave out what the baseline knows -> weigh the
findings against the limits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import fields, replace
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from dedup.corpus import Corpus
from dedup.describe import count_duplicates, describe_clusters, describe_documents, name_paragraphs, summarise
from dedup.distinct import sort_unique
from dedup.errors import InputError, SettingsError
from dedup.findings import Tied, keep_clusters, list_furniture, read_kinds, tie_clusters
from dedup.lifts import Lifted, count_lifted, find_lifts, keep_lifts, winnow_corpus
from dedup.limits import Limits, count_findings
from dedup.lookup import Held, hold_drafts
from dedup.model import CheckSummary, Cluster, Context, Ints, Passage, is_published
from dedup.passage import name_passage
from dedup.pipeline import Progress, append_sets, find_pairs, ingest_batches, no_progress, state_settings
from dedup.read import Inputs, Problems, describe_nothing, list_inputs, make_writable, read_given
from dedup.report import Report
from dedup.settings import Settings, agree_settings, change_settings
from dedup.spans import describe_lifts
from dedup.spill import Spill
from dedup.store import Store
from dedup.verify import sort_sets, verify_pairs
from dedup.words import hash_words

WORD_BYTES = 8
PAIRS_AT_ONCE = 1 << 20


def check(
    inputs: Inputs,
    index: str | os.PathLike[str] | None = None,
    *,
    limits: Limits | None = None,
    baseline: Collection[str] = (),
    allow: Sequence[str] = (),
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
    **changes: Any,
) -> Report:
    """Return the report on drafts, given as files, folders, standard input ("-") or Documents.

    index: a file of published documents to hold them against. limits: what counts, and how much of it is too much. baseline:
    fingerprints of findings to leave out. allow: texts that may repeat, and what is as like them as a pair is. changes: settings
    by name. progress, tell: as in `audit`.
    Raises InputError when there is no draft at all, StoreError for an index that cannot be used, SettingsError for a setting that
    makes no sense.
    """
    rest = (limits or Limits(), frozenset(baseline), allow, progress or no_progress, tell)
    if index is None:
        return check_drafts(inputs, None, change_settings(Settings(), changes), *rest)
    store = Store(index)
    try:
        return check_drafts(inputs, store, agree_settings(store.read_meta(), changes, str(index)), *rest)
    finally:
        store.close()


def check_drafts(
    inputs: Inputs,
    store: Store | None,
    settings: Settings,
    limits: Limits,
    baseline: frozenset[str],
    allow: Sequence[str],
    progress: Progress,
    tell: Callable[[str], None] | None,
) -> Report:
    """Return the report on drafts held against an open index, or against each other alone."""
    started = time.perf_counter()
    if store and settings.exact:
        raise SettingsError("exact: an index finds pairs by its bands; check without --index to compare all pairs of the drafts")
    problems = Problems(settings.strict, tell)
    given, spill = list_inputs(inputs), Spill(settings.memory, settings.temp_dir or "")
    with spill.guard(), spill.start_pool(settings.threads) as pool:
        drafts = ingest_batches(read_given(given, settings, problems), settings, pool, progress, spill)
        if not drafts.names:
            raise InputError(describe_nothing(given, problems))
        counted, n_allowed = _leave_out_allowed(drafts, make_writable(list(allow)), settings)
        held = _hold(counted, store, settings, pool, progress)
        everything = _tell_all(held, settings, pool, progress, allow)
    names = name_paragraphs(held.corpus, everything.tied, everything.clusters)
    reported = _leave_out_known(everything, names, baseline)
    tied, clusters, lifted, passages, _ = reported
    listed = tuple(sorted(clusters, key=lambda cluster: (-_count_draft_words(cluster), cluster.id)))
    findings = limits.select_findings(listed, passages)
    n_findings, n_words = count_findings(findings), _count_words(held.corpus, reported, findings)
    kinds, duplicates = [cluster.kind for cluster in clusters], count_duplicates(held.corpus, tied)
    summary = summarise(drafts, held.found, tied, kinds, duplicates, lifted, problems, time.perf_counter() - started)
    return Report(
        settings=state_settings(settings),
        summary=CheckSummary(
            **{field.name: getattr(summary, field.name) for field in fields(summary)},
            findings=n_findings,
            baselined=len(everything.clusters) - len(clusters) + len(everything.passages) - len(passages),
            allowed=n_allowed,
            index_documents=held.n_documents,
            unread_copies=held.n_unread,
        ),
        clusters=listed,
        passages=passages,
        documents=describe_documents(held.corpus, tied, kinds, lifted),
        problems=tuple(problems.examples),
        ignored=dict(problems.ignored),
        findings=findings,
        is_over_limits=limits.are_exceeded(n_findings, n_words / max(summary.words, 1)),
        contexts=reported.contexts,
        names={cluster.id: of_cluster for cluster, of_cluster in zip(everything.clusters, names, strict=True)},
        dates={name: date for name, date in zip(held.corpus.names, held.corpus.dates, strict=True) if date},
    )


class _Told(NamedTuple):
    """Clusters and passages as arrays, and described, in one order."""

    tied: Tied
    clusters: tuple[Cluster, ...]
    lifted: Lifted
    passages: tuple[Passage, ...]
    contexts: tuple[Context, ...]

    def keep_passages(self, kept: Sequence[bool]) -> _Told:
        """Return the same with some of the passages."""
        return self._replace(
            lifted=keep_lifts(self.lifted, kept),
            passages=tuple(compress(self.passages, kept)),
            contexts=tuple(compress(self.contexts, kept)),
        )


def _tell_all(held: Held, settings: Settings, pool: Executor, progress: Progress, allow: Sequence[str]) -> _Told:
    winnowed = winnow_corpus(held.corpus, settings, pool, progress)
    tied = tie_clusters(held.corpus, held.found)
    kinds = read_kinds(held.corpus, tied, pool)
    clusters, furniture = tuple(describe_clusters(held.corpus, tied, kinds)), list_furniture(held.corpus, tied, kinds)
    lifted = find_lifts(held.corpus, winnowed, tied.roots, furniture, settings, pool, held.common)
    passages, contexts = describe_lifts(held.corpus, lifted)
    told = _Told(tied, clusters, lifted, tuple(passages), tuple(contexts))
    if not allow:
        return told
    allowed = [hash_words(text).tobytes() for text in allow]
    return told.keep_passages([not _holds_words(allowed, passage.repeat.text) for passage in told.passages])


def _leave_out_known(told: _Told, names: Sequence[tuple[str, ...]], baseline: frozenset[str]) -> _Told:
    pairs = zip(told.clusters, names, strict=True)
    is_new = [cluster.id not in baseline and not baseline.issuperset(of_cluster) for cluster, of_cluster in pairs]
    is_fresh = [not baseline or name_passage(passage) not in baseline for passage in told.passages]
    fewer = told.keep_passages(is_fresh)
    return fewer._replace(tied=keep_clusters(told.tied, is_new), clusters=tuple(compress(told.clusters, is_new)))


def _holds_words(texts: Sequence[bytes], run: str) -> bool:
    """Return whether one of some texts, given as the hashes of its words, holds the words of a run in a row."""
    words = hash_words(run).tobytes()
    return any(text[at : at + len(words)] == words for text in texts for at in range(0, len(text), WORD_BYTES))


def _count_words(corpus: Corpus, told: _Told, findings: Sequence[Cluster | Passage]) -> int:
    """Return the words of drafts that stand in findings, each once."""
    counting = set(map(id, findings))
    in_drafts = corpus.document >= (corpus.n_published or 0)
    in_clusters = np.zeros(len(in_drafts), bool)
    for number in (i for i, cluster in enumerate(told.clusters) if id(cluster) in counting):
        in_clusters[told.tied.clustered[number]] = True
    lifted = keep_lifts(told.lifted, [id(passage) in counting for passage in told.passages])
    return int(corpus.words[in_clusters & in_drafts].sum()) + count_lifted(lifted, in_drafts & ~in_clusters)


def _count_draft_words(cluster: Cluster) -> int:
    """Return the words of a cluster that stand in drafts."""
    return sum(member.words for member in cluster.members if not is_published(member))


def _hold(drafts: Corpus, store: Store | None, settings: Settings, pool: Executor, progress: Progress) -> Held:
    found = find_pairs(drafts, settings, pool, progress)
    present = np.isin(found.pairs, drafts.text).all(axis=1)
    found = found._replace(pairs=found.pairs[present], jaccard=found.jaccard[present])
    if store is None:
        return Held(replace(drafts, n_published=0), found, 0, 0, np.empty(0, np.uint64))
    return hold_drafts(drafts, found, store, settings, pool)


def _leave_out_allowed(drafts: Corpus, allow: Sequence[str], settings: Settings) -> tuple[Corpus, int]:
    """Return (drafts without the paragraphs that may repeat, how many those are)."""
    if not allow:
        return drafts, 0
    allowed = _find_allowed(drafts, allow, settings)
    kept = ~np.isin(drafts.text, allowed)
    columns = ("document", "ordinal", "start", "end", "start_point", "end_point", "line", "words", "masks", "roles", "text")
    fewer: dict[str, Any] = {name: getattr(drafts, name)[kept] for name in columns}
    first = np.full(len(drafts.first), -1)
    first[fewer["text"][::-1]] = np.arange(len(fewer["text"]))[::-1]  # of several paragraphs the first is written last
    starts = np.append(0, np.cumsum(kept))[drafts.batch_starts]
    return replace(drafts, batch_starts=starts, first=first, **fewer), int(np.count_nonzero(~kept))


def _find_allowed(drafts: Corpus, allow: Sequence[str], settings: Settings) -> Ints:
    """Return the texts of drafts that are as like an allowed text as a pair is."""
    n_texts, sets = len(drafts.first), append_sets(drafts.sets, allow, settings)
    sort_sets(sets, np.arange(len(sets.starts)))
    found = [np.empty(0, np.int64)]
    for first in range(n_texts, len(sets.starts), step := max(1, PAIRS_AT_ONCE // max(n_texts, 1))):
        some = np.arange(first, min(first + step, len(sets.starts)))
        pairs = np.stack((np.repeat(np.arange(n_texts), len(some)), np.tile(some, n_texts)), axis=1)
        found.append(verify_pairs(sets, pairs, settings.threshold).texts[:, 0])
    return sort_unique(np.concatenate(found))
