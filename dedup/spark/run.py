"""The order of the stages, each made from those before it or read from the work folder where it is finished."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dedup.band import allow_minima, choose_bands
from dedup.errors import InputError, SettingsError
from dedup.pipeline import Progress, no_progress, state_settings
from dedup.read import Problems, describe_nothing
from dedup.read.problems import SHOWN
from dedup.report import Report
from dedup.settings import NORMALISER_VERSION, Settings, change_settings, describe_settings
from dedup.spark import clusters, components, ingest, pairs, passages, results, sites, texts
from dedup.spark.work import Work, name_inputs
from dedup.version import __version__

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def audit(
    session: SparkSession,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    settings: Settings | None = None,
    work_dir: str | os.PathLike[str] = "dedup-work",
    *,
    progress: Progress | None = None,
    **changes: Any,
) -> Report:
    """Return the report on files and folders that all workers see; the tables of the result are written below `work_dir`/result.

    work_dir: a folder that all workers write to, on any file system that Spark knows; a rerun goes on from what is finished there.
    changes: settings by name, on top of `settings`. The report holds what has most words (see `results.COLLECTED`), the tables all.
    Raises InputError when there is no document at all, SettingsError for settings that make no sense here, and for a work folder
    of another run.
    """
    started = time.perf_counter()
    settings = change_settings(settings or Settings(), changes)
    if settings.exact:
        raise SettingsError("exact: Spark compares by bands alone; drop --exact or --engine spark")
    choose_bands(settings.threshold)
    problems = Problems(settings.strict)
    given = [os.fspath(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    files = ingest.list_files(given, problems)
    if not files:
        raise InputError(describe_nothing(given, problems))
    work = Work(session, os.fspath(work_dir), progress or no_progress)
    inputs = name_inputs([(file.name, file.n_bytes, file.version) for file in files])
    work.claim({"version": __version__, "normaliser": NORMALISER_VERSION, **describe_settings(settings), "inputs": inputs})
    read = work.stage("read", ingest.READ, lambda: ingest.read_files(session, files, settings))
    _take_notes(read, problems)
    if not read.where(f"kind = {ingest.DOCUMENT}").limit(1).count():
        raise InputError(describe_nothing(given, problems))
    result = f"{os.fspath(work_dir).rstrip('/')}/result"
    report = _run(work, read, problems, settings, result)
    summary = replace(report.summary, seconds=round(time.perf_counter() - started, 3))
    report = replace(report, summary=summary, problems=tuple(problems.examples), ignored=dict(problems.ignored))
    results.write_head(report, session, result)
    return report


def _run(work: Work, read: DataFrame, problems: Problems, settings: Settings, result: str) -> Report:
    paragraphs = texts.find_paragraphs(read)
    repeats = work.stage("repeats", texts.REPEATS, lambda: texts.find_repeats(paragraphs))
    distinct = work.stage("texts", texts.TEXTS, lambda: texts.find_texts(paragraphs, repeats))
    most_minima = allow_minima(work.counts["texts"], int(distinct.selectExpr("coalesce(sum(words), 0)").collect()[0][0]))
    found = _find_pairs(work, distinct, most_minima, settings)
    n_pairs = work.counts["pairs"]
    tied = work.stage("tied", components.ROOTS, lambda: components.connect(found, n_pairs, work, "tied"))

    documents = work.stage("documents", sites.DOCUMENTS, lambda: sites.find_documents(read))
    grouped = sites.find_grouped(repeats, tied)
    copied = work.stage("copied", sites.COPIED, lambda: sites.find_copied(grouped, paragraphs, documents))
    known = work.stage("sites", sites.SITES, lambda: sites.count_sites(documents, copied))
    n_paragraphs = work.counts["texts"] + repeats.where("pid != text").count()
    standing = work.stage("standing", sites.STANDING, lambda: sites.find_standing(paragraphs, known, n_paragraphs, work))
    masked = work.stage("masked", sites.MASKED, lambda: sites.tie_masked(standing, repeats))

    edges = work.stage("edges", clusters.EDGES, lambda: clusters.merge_edges(found, masked))
    n_edges = work.counts["edges"]
    roots = work.stage("roots", components.ROOTS, lambda: components.connect(edges, n_edges, work, "roots"))
    grouped = sites.find_grouped(repeats, roots)
    n_grouped = work.counts["repeats"] + work.counts["roots"]
    members = work.stage(
        "members",
        clusters.MEMBERS,
        lambda: clusters.describe_members(grouped, paragraphs, known, edges, masked, n_grouped, work),
    )
    lifted, n_common = _find_passages(work, distinct, members, paragraphs, repeats, roots, known, settings)
    findings = work.stage("findings", results.FINDINGS, lambda: results.describe_documents(members, lifted, known))
    results.write_tables(members, lifted, findings, result)

    counts = work.counts | {"paragraphs": n_paragraphs, "common_runs": n_common}
    listed, (told, around) = results.collect_clusters(members, work.counts["members"]), results.collect_passages(lifted)
    return Report(
        settings=state_settings(settings, most_minima),
        summary=results.summarise(counts, members, documents, found, _sum_candidates(work), problems, most_minima, settings),
        clusters=listed,
        passages=told,
        documents=results.collect_documents(findings),
        findings=(*listed, *told),
        contexts=around,
    )


def _find_pairs(work: Work, distinct: DataFrame, most_minima: int, settings: Settings) -> DataFrame:
    n_texts, bands = work.counts["texts"], choose_bands(settings.threshold, most_minima)
    candidates = work.stage(
        "candidates", pairs.CANDIDATES, lambda: pairs.find_candidates(distinct, n_texts, bands, settings.seed, work)
    )
    n_candidates = work.counts["candidates"]
    return work.stage("pairs", pairs.PAIRS, lambda: pairs.verify_candidates(candidates, distinct, settings, work, n_candidates))


def _sum_candidates(work: Work) -> tuple[int, int]:
    """Return (candidate pairs, those passed over by the bucket rule)."""
    candidates = work.open("candidates", pairs.CANDIDATES)
    row = candidates.selectExpr("count_if(a >= 0)", "coalesce(sum(left_out), 0)").collect()[0]
    return int(row[0]), int(row[1])


def _find_passages(
    work: Work,
    distinct: DataFrame,
    members: DataFrame,
    paragraphs: DataFrame,
    repeats: DataFrame,
    roots: DataFrame,
    known: DataFrame,
    settings: Settings,
) -> tuple[DataFrame, int]:
    """Return (the passages, how many fingerprints stand at too many places to follow)."""
    if not settings.passages:
        return work.stage("passages", passages.PASSAGES, lambda: work.session.createDataFrame([], passages.PASSAGES)), 0
    prints = work.stage(
        "fingerprints", passages.FINGERPRINTS, lambda: passages.fingerprint(distinct, members, paragraphs, roots, settings)
    )
    n_prints = work.counts["fingerprints"]
    seeds = work.stage("seeds", passages.SEEDS, lambda: passages.find_seeds(prints, n_prints, work))
    n_seeds = work.counts["seeds"]
    runs = work.stage("runs", passages.RUNS, lambda: passages.align(seeds, distinct, n_seeds, settings, work))
    n_runs = work.counts["runs"]
    placed = work.stage("placed", passages.PLACED, lambda: passages.choose(runs, repeats, paragraphs, n_runs, work))
    n_placed = work.counts["placed"]
    lifted = work.stage("passages", passages.PASSAGES, lambda: passages.describe(placed, paragraphs, known, n_placed, work))
    return lifted, int(seeds.where(f"a = {passages.COMMON}").selectExpr("coalesce(sum(b), 0)").collect()[0][0])


def _take_notes(read: DataFrame, problems: Problems) -> None:
    """Add what workers had to skip to the account of the run. Raises InputError for the first of it with `strict`."""
    notes = read.where(f"kind = {ingest.NOTE}").select("doc", "reason", "name", "n")
    for row in notes.where("reason = 'error'").orderBy("doc").limit(1).collect():
        raise InputError(row["name"])
    examples = notes.where("reason = 'example'").orderBy("doc", "n").limit(SHOWN).collect()
    problems.examples.extend(row["name"] for row in examples[: SHOWN - len(problems.examples)])
    for row in notes.where("reason LIKE 'skipped:%'").groupBy("reason").sum("n").collect():
        problems.skipped[row[0].removeprefix("skipped:")] += row[1]
    for row in notes.where("reason LIKE 'decoded:%'").groupBy("reason").sum("n").collect():
        problems.decoded[row[0].removeprefix("decoded:")] += row[1]
