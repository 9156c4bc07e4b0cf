"""Audit a corpus: find every repeated caption, recycled paragraph and piece of site furniture, and say what it is.

What happens: read documents in batches -> segment and shingle each -> collapse exact copies -> sketch and band the distinct
texts -> verify candidates -> learn the furniture of each source -> tie pairs into clusters -> classify -> follow runs of words
that paragraphs of different clusters share -> report.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from dedup.corpus import Corpus
from dedup.describe import count_duplicates, describe_clusters, describe_documents, order_clusters, summarise
from dedup.errors import InputError
from dedup.findings import list_furniture, read_kinds, tie_clusters
from dedup.heap import give_back
from dedup.lifts import find_lifts, winnow_corpus
from dedup.listing import join_all
from dedup.model import NO_SETS
from dedup.pipeline import Progress, count_minima, find_pairs, ingest_batches, no_progress, state_settings
from dedup.read import Inputs, Problems, describe_nothing, list_inputs, read_given
from dedup.report import Report
from dedup.settings import Settings, change_settings
from dedup.spans import describe_lifts
from dedup.spill import Spill


def audit(
    inputs: Inputs,
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
    **changes: Any,
) -> Report:
    """Return the report on files, folders, standard input ("-") or Documents.

    changes: settings by name, on top of `settings` (`audit(["corpus"], threshold=0.7)`). progress: told how much of each stage is
    done, from several threads. tell: told of the first few records that had to be skipped, as it happens.
    Raises InputError when there is no document at all, SettingsError for a setting that makes no sense.
    """
    started = time.perf_counter()
    settings = change_settings(settings or Settings(), changes)
    problems = Problems(settings.strict, tell)
    given, spill = list_inputs(inputs), Spill(settings.memory, settings.temp_dir or "")
    with spill.guard(), spill.start_pool(settings.threads) as pool:
        batches = read_given(given, settings, problems)
        corpus = ingest_batches(batches, settings, pool, progress or no_progress, spill, text_only=True)
        if not corpus.names:
            raise InputError(describe_nothing(given, problems))
        return _report(corpus, settings, problems, pool, progress or no_progress, started)


def _report(corpus: Corpus, settings: Settings, problems: Problems, pool: Executor, progress: Progress, started: float) -> Report:
    give_back()
    found = find_pairs(corpus, settings, pool, progress)
    give_back()
    winnowed = winnow_corpus(corpus, settings, pool, progress)  # from here on, while clusters are made
    tied = tie_clusters(corpus, found)
    corpus = replace(corpus, sets=NO_SETS)  # from here on words alone are compared
    give_back()
    kinds = read_kinds(corpus, tied, pool)
    lifted = find_lifts(corpus, winnowed, tied.roots, list_furniture(corpus, tied, kinds), settings, pool)
    give_back()
    clusters = describe_clusters(corpus, tied, kinds, order_clusters(corpus, tied))
    passages, contexts = describe_lifts(corpus, lifted)
    documents = describe_documents(corpus, tied, kinds, lifted)
    duplicates = count_duplicates(corpus, tied)
    return Report(
        settings=state_settings(settings, count_minima(corpus)),
        summary=summarise(corpus, found, tied, kinds, duplicates, lifted, problems, time.perf_counter() - started),
        clusters=clusters,
        passages=passages,
        documents=documents,
        problems=tuple(problems.examples),
        ignored=dict(problems.ignored),
        findings=join_all(clusters, passages),
        contexts=contexts,
        n_threads=settings.threads,
    )
