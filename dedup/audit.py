"""Audit a corpus: find every repeated caption, recycled paragraph and piece of site furniture, and say what it is.

What happens: read documents in batches -> segment and shingle each -> collapse exact copies -> sketch and band the distinct
texts -> verify candidates -> learn the furniture of each source -> tie pairs into clusters -> classify -> report.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dedup.band import choose_bands, find_probability
from dedup.errors import InputError
from dedup.findings import describe_clusters, describe_documents, summarise, tie_clusters
from dedup.model import Batch, Document, JsonObject
from dedup.pipeline import Progress, find_pairs, ingest_batches
from dedup.read import SUFFIXES, Problems, batch_documents, find_inputs, read_batches
from dedup.report import Report
from dedup.settings import NORMALISER_VERSION, Settings, change_settings, describe_settings
from dedup.sketch import SCHEME

Inputs = Iterable[str | os.PathLike[str] | Document]


def audit(
    inputs: str | os.PathLike[str] | Inputs,
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
    given: list[str | os.PathLike[str] | Document] = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    with ThreadPoolExecutor(settings.threads) as pool:
        corpus = ingest_batches(_read(given, settings, problems), settings, pool, progress or _no_progress)
        if not corpus.names:
            raise InputError(_describe_nothing(given, problems))
        found = find_pairs(corpus, settings, pool, progress or _no_progress)
    tied = tie_clusters(corpus, found)
    clusters = describe_clusters(corpus, tied)
    listed = tuple(sorted(clusters, key=lambda cluster: (-cluster.words, cluster.id)))
    return Report(
        settings=_state_settings(settings),
        summary=summarise(corpus, found, clusters, dict(problems.skipped), time.perf_counter() - started),
        clusters=listed,
        passages=(),
        documents=describe_documents(corpus, tied, clusters),
        problems=tuple(problems.examples),
        ignored=dict(problems.ignored),
        findings=listed,
    )


def _read(given: list[str | os.PathLike[str] | Document], settings: Settings, problems: Problems) -> Iterator[Batch]:
    paths = [item for item in given if not isinstance(item, Document)]
    documents = [item for item in given if isinstance(item, Document)]
    yield from read_batches(find_inputs(paths, problems), settings, problems)
    yield from batch_documents(documents, problems)


def _describe_nothing(given: list[str | os.PathLike[str] | Document], problems: Problems) -> str:
    names = ", ".join(item.name if isinstance(item, Document) else os.fspath(item) for item in given) or "no input"
    reasons = [f"{count} skipped: {reason}" for reason, count in sorted(problems.skipped.items())]
    reasons += [f"{count} of kind {suffix}" for suffix, count in sorted(problems.ignored.items())]
    found = f" ({'; '.join(reasons)})" if reasons else ""
    return f"{names}: no document{found}; looked for files ending in {' '.join(SUFFIXES)}, each also with .gz or .bz2"


def _state_settings(settings: Settings) -> JsonObject:
    bands = choose_bands(settings.threshold)
    curve = [[tenth / 10, round(float(find_probability(tenth / 10, bands)), 6)] for tenth in range(1, 11)]
    sketching = {"num_perm": bands.bands * bands.rows, "bands": bands.bands, "rows": bands.rows, "scheme": SCHEME, "s_curve": curve}
    return describe_settings(settings) | sketching | {"normaliser": NORMALISER_VERSION, "fingerprint": settings.fingerprint()}


def _no_progress(stage: str, n_done: int) -> None:
    """Show nothing."""
