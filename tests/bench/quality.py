"""Measure how many near-duplicates dedup finds, and how many of its pairs are any, over shingle widths and thresholds.

Usage: python tests/bench/quality.py LABELS [--corpus PATH] [--sample 400] [--aligned 0.7]
LABELS is a table of pairs (.tsv with `id_a id_b kind`; the corpus is paragraphs.jsonl.gz beside it) or a truth file
(NAME.truth.json; the corpus is the folder NAME beside it). Prints Markdown tables. Every pair is found by the product's own
prefix filter (`Settings(exact=True)`), so that the figures are those of the measure and not of the bands.

What is counted of labelled pairs: `edit` is a true pair, `doubt` is left out of both sides, `format` has the same words and
is found by anything. Precision comes twice, over all pairs found in the corpus:
- *labelled*: the pair, or a chain of labelled pairs, ties the two. A lower bound: most duplicates carry no label.
- *aligned*: of a sample, the same at every setting, the share whose words agree in order for at least 70 % of the longer
  paragraph (difflib). It knows no shingles, so that it is fair between widths; but where the best threshold falls hangs
  on the 70 % (--aligned): on web terms at .55 for 60 %, .6 for 70 %, .65 for 80 %. The line above the table says how often
  it agrees with the labels.
F1 is of recall and aligned precision. The truth file belongs to articles that were mended and rules that were tuned with
the default settings in view: its tables show what changes between settings, not how well strange articles would fare.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dedup.audit import audit
from dedup.cluster import connect_texts
from dedup.corpus import Corpus
from dedup.model import Floats, Ints
from dedup.pipeline import find_pairs, ingest_batches
from dedup.read import Problems, find_inputs, read_batches
from dedup.report import Report
from dedup.settings import Settings
from dedup.verify import compare_sets

SHINGLES = (1, 2, 3, 5)
THRESHOLDS = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9)
MIN_WORDS = (0, 1, 2, 3, 4, 5, 6, 8, 10)
ALIGNED = 0.7
"""The labelled edits have as large a share of their characters in common."""

Key = tuple[str, int]
"""Where a paragraph stands: document, line."""


def main() -> None:
    """Print the tables for the labels named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path, help="pairs.tsv or NAME.truth.json")
    parser.add_argument("--corpus", type=Path, help="what the labels speak of, when it is not beside them")
    parser.add_argument("--sample", type=int, default=400, help="pairs to align at each setting (default: 400)")
    parser.add_argument(
        "--aligned", type=float, default=ALIGNED, help=f"words in order from which a pair counts (default: {ALIGNED})"
    )
    options = parser.parse_args()
    if options.labels.suffix == ".json":
        measure_truth(options.labels, options.corpus or options.labels.with_name(options.labels.name.removesuffix(".truth.json")))
    else:
        measure_labels(
            options.labels,
            options.corpus or options.labels.with_name("paragraphs.jsonl.gz"),
            Aligner(options.sample, options.aligned),
        )


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table; floats get three decimals."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{' ---: |' * len(head)}")
    for row in rows:
        print("| " + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row) + " |", flush=True)


def harmonic(a: float, b: float) -> float:
    """Return F1."""
    return 2 * a * b / (a + b) if a + b else 0.0


@dataclass(slots=True)
class Measured:
    """All pairs of a corpus down to the lowest threshold, and the similarity of the labelled pairs."""

    corpus: Corpus
    pairs: Ints
    jaccard: Floats
    edits: Floats
    formats: Floats
    is_doubt: np.ndarray
    is_chained: np.ndarray


@dataclass(slots=True)
class Aligner:
    """Says whether two texts agree in order, and remembers; a sample is the pairs with the lowest mixed numbers."""

    sample: int
    cut: float = ALIGNED
    known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def share(self, corpus: Corpus, pairs: Ints) -> float:
        """Return the share of a sample of the pairs that agree."""
        mixed = pairs.astype(np.uint64) @ np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)
        mixed = (mixed ^ mixed >> np.uint64(32)) * np.uint64(0xD6E8FEB86659FD93)
        chosen = pairs[np.argsort(mixed ^ mixed >> np.uint64(29))[: self.sample]]
        return float(np.mean([self.agrees(corpus, a, b) for a, b in chosen.tolist()])) if len(chosen) else 1.0

    def agrees(self, corpus: Corpus, a: int, b: int) -> bool:
        """Return whether the longest runs of equal words, in order, cover enough of the longer text."""
        if (a, b) not in self.known:
            one, other = (text.casefold().split() for text in corpus.texts_of(corpus.first[[a, b]]))
            runs = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
            self.known[a, b] = sum(run.size for run in runs) >= self.cut * max(len(one), len(other))
        return self.known[a, b]


def measure_labels(labels: Path, path: Path, aligner: Aligner) -> None:
    """Print recall, precision and F1 for labelled pairs."""
    head = ("shingle", "threshold", "recall", "pairs", "labelled", "aligned", "F1")
    rows: list[tuple[object, ...]] = []
    for shingle in SHINGLES:
        measured = measure_pairs(labels, path, Settings(exact=True, shingle=shingle, threshold=min(THRESHOLDS)))
        if not rows:
            describe_labels(labels, measured, aligner)
        rows += [(shingle, threshold, *score(measured, threshold, aligner)) for threshold in THRESHOLDS]
    print_table("Near-duplicates by shingle and threshold", head, rows)
    default = Settings()
    rows = [
        (m, *score(measure_pairs(labels, path, Settings(exact=True, min_words=m)), default.threshold, aligner)) for m in MIN_WORDS
    ]
    title = f"Near-duplicates by min-words (shingle {default.shingle}, threshold {default.threshold})"
    print_table(title, ("min-words", *head[2:]), rows)


def measure_pairs(labels: Path, path: Path, settings: Settings) -> Measured:
    """Return all pairs at the settings, with what the labels say of them."""
    problems = Problems()
    with ThreadPoolExecutor(settings.threads) as pool:
        batches = read_batches(find_inputs([path], problems), settings, problems)
        corpus = ingest_batches(batches, settings, pool, lambda stage, n_done: None)
        found = find_pairs(corpus, settings, pool, lambda stage, n_done: None)
    texts = load_pairs(labels, corpus)
    chained = connect_texts(len(corpus.first), np.concatenate((texts["edit"], texts["format"])))
    doubts = {(min(pair), max(pair)) for pair in texts["doubt"].tolist()}
    return Measured(
        corpus=corpus,
        pairs=found.pairs,
        jaccard=found.jaccard,
        edits=compare(corpus, texts["edit"]),
        formats=compare(corpus, texts["format"]),
        is_doubt=np.array([(a, b) in doubts for a, b in found.pairs.tolist()], bool),
        is_chained=chained[found.pairs[:, 0]] == chained[found.pairs[:, 1]],
    )


def load_pairs(labels: Path, corpus: Corpus) -> dict[str, Ints]:
    """Return the labelled pairs by kind, as texts: int64 (n, 2). A pair without its paragraphs in the corpus is left out."""
    names = (corpus.names[document].partition("#")[2] for document in corpus.document.tolist())
    numbers = dict(zip(names, corpus.text.tolist(), strict=True))
    pairs: dict[str, list[tuple[int, int]]] = {"edit": [], "format": [], "doubt": []}
    with labels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["id_a"] in numbers and row["id_b"] in numbers:
                pairs[row["kind"]].append((numbers[row["id_a"]], numbers[row["id_b"]]))
    return {kind: np.array(rows, np.int64).reshape(-1, 2) for kind, rows in pairs.items()}


def compare(corpus: Corpus, pairs: Ints) -> Floats:
    """Return the similarity of each pair of texts, 1 for the same text."""
    return np.where(pairs[:, 0] == pairs[:, 1], 1.0, compare_sets(corpus.sets, pairs))


def score(measured: Measured, threshold: float, aligner: Aligner) -> tuple[float, int, float, float, float]:
    """Return recall, pairs found, labelled precision, aligned precision and F1."""
    kept = (measured.jaccard >= threshold) & ~measured.is_doubt
    recall = float(np.mean(measured.edits >= threshold))
    labelled = float(np.mean(measured.is_chained[kept])) if kept.any() else 1.0
    aligned = aligner.share(measured.corpus, measured.pairs[kept])
    return recall, int(kept.sum()), labelled, aligned, harmonic(recall, aligned)


def describe_labels(labels: Path, measured: Measured, aligner: Aligner) -> None:
    """Print how many labels there are, and how often alignment says the same."""
    texts = load_pairs(labels, measured.corpus)
    print(f"{len(measured.corpus.document):,} paragraphs; " + ", ".join(f"{len(rows):,} {kind}" for kind, rows in texts.items()))
    print(f"formats found at similarity 1: {np.mean(measured.formats == 1.0):.3f}")
    agreeing = {kind: aligner.share(measured.corpus, texts[kind]) for kind in ("edit", "doubt")}
    print("aligned: " + ", ".join(f"{share:.3f} of {kind} pairs" for kind, share in agreeing.items()))


def measure_truth(truth: Path, folder: Path) -> None:
    """Print how many relations of a truth file are found, by setting and by kind."""
    relations = json.loads(truth.read_text(encoding="utf-8"))["relations"]
    head = ("recall", "tied wrongly", "unexplained", "clusters", "precision", "F1")
    rows: list[tuple[object, ...]] = []
    by_how: dict[float, Outcome] = {}
    for shingle in SHINGLES:
        for threshold in THRESHOLDS:
            outcome = judge(relations, folder, Settings(exact=True, shingle=shingle, threshold=threshold))
            rows.append((shingle, threshold, *total(outcome)))
            if shingle == Settings().shingle:
                by_how[threshold] = outcome
    print_table("Relations found, by shingle and threshold", ("shingle", "threshold", *head), rows)
    cells = [
        (*name, len(by_how[threshold].of[name]), *(sum(by_how[t].of[name]) for t in THRESHOLDS))
        for name in sorted(by_how[threshold].of)
    ]
    columns = ("kind", "how", "expected", "relations", *(f"at {threshold}" for threshold in THRESHOLDS))
    print_table(f"Relations found as expected (shingle {Settings().shingle})", columns, cells)
    rows = [(m, *total(judge(relations, folder, Settings(exact=True, min_words=m)))) for m in MIN_WORDS]
    title = f"Relations found, by min-words (shingle {Settings().shingle}, threshold {Settings().threshold})"
    print_table(title, ("min-words", *head), rows)


@dataclass(slots=True)
class Outcome:
    """Whether each relation came out as expected, by (kind, how, expect), and the clusters that no relation explains."""

    of: dict[tuple[str, str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    n_clusters: int = 0
    n_unexplained: int = 0


def judge(relations: list[dict[str, Any]], folder: Path, settings: Settings) -> Outcome:
    """Return how the relations fare: one cluster of all members, or (passage, nothing) no two members in one cluster."""
    clusters = place_members(audit(folder, settings), folder)
    outcome = Outcome(n_clusters=len(set(clusters.values())))
    explained: dict[Key, set[str]] = defaultdict(set)
    places = {r["id"]: [(m["document"], m["line"]) for m in r["members"]] for r in relations}
    for relation in relations:
        if relation["expect"] == "cluster":
            for place in places[relation["id"]]:
                explained[place].add(relation["id"])
    held: dict[int, list[Key]] = defaultdict(list)
    for place, cluster in clusters.items():
        held[cluster].append(place)
    outcome.n_unexplained = sum(not set.intersection(*(explained[place] for place in members)) for members in held.values())
    for relation in relations:
        found = [(clusters.get(place), place) for place in places[relation["id"]]]
        if relation["expect"] == "cluster":
            as_expected = len({cluster for cluster, _ in found}) == 1 and found[0][0] is not None
        else:
            ties = Counter(cluster for cluster, place in found if cluster is not None and not explained[place])
            as_expected = max(ties.values(), default=0) < 2
        outcome.of[relation["kind"], relation["how"], relation["expect"]].append(as_expected)
    return outcome


def place_members(report: Report, folder: Path) -> dict[Key, int]:
    """Return the number of the cluster that each duplicate is in, by where it stands."""
    start = len(str(folder)) + 1
    return {(m.document[start:], m.line): i for i, cluster in enumerate(report.clusters) for m in cluster.members}


def total(outcome: Outcome) -> tuple[float, int, int, int, float, float]:
    """Return recall, relations tied wrongly, clusters unexplained, clusters, precision (explained clusters) and F1."""
    wanted = [found for (_, _, expect), of in outcome.of.items() if expect == "cluster" for found in of]
    tied = sum(not found for (_, _, expect), of in outcome.of.items() if expect != "cluster" for found in of)
    recall = sum(wanted) / len(wanted)
    precision = 1 - outcome.n_unexplained / max(outcome.n_clusters, 1)
    return recall, tied, outcome.n_unexplained, outcome.n_clusters, precision, harmonic(recall, precision)


if __name__ == "__main__":
    main()
