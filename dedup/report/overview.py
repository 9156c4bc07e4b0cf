"""What the charts of the HTML report show, counted over the whole report, whatever of it the page can list.

Of a check, words in charts of kinds and sources are those of drafts, as in its summary; what is published has the source "(index)".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from dedup.model import KINDS, SCOPES, Cluster, JsonObject, Passage, is_published

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

SHOWN_SOURCES = 12
"""Rows of a chart of sources, and of the heat map: more do not fit a page."""
SHOWN_PAIRS = 15
BINS = 20
SIZES = ((2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, None))
"""Copies in a cluster, from and to, as they are counted together."""
PUBLISHED = "(index)"


def describe_overview(report: Report) -> JsonObject:
    """Return the counts behind each chart, by its name."""
    sources = {found.document: found.source for found in report.documents}
    words = _count_by_source(report.clusters, sources)
    shown = [source for source, _ in sorted(words.items(), key=lambda item: (-item[1].total(), item[0]))[:SHOWN_SOURCES]]
    return {
        "kinds": _count_kinds(report.clusters),
        "sources": [[source, *(words[source][kind] for kind in KINDS)] for source in shown],
        "more_sources": len(words) - len(shown),
        "more_source_words": sum(counts.total() for source, counts in words.items() if source not in shown),
        "similarities": _count_similarities(report.clusters),
        "sizes": _count_sizes(report.clusters),
        "heat": _share_words(report, sources, shown),
        "pairs": _list_pairs(report),
    }


def _count_kinds(clusters: Iterable[Cluster]) -> list[JsonObject]:
    """Return clusters, copies and words of each kind and scope that there is."""
    counts = {(kind, scope): [0, 0, 0] for kind in KINDS for scope in SCOPES}
    for cluster in clusters:
        count = counts[cluster.kind, cluster.scope]
        count[0] += 1
        for member in cluster.members:
            if not is_published(member):
                count[1] += 1
                count[2] += member.words
    return [
        {"kind": kind, "scope": scope, "clusters": clusters_, "copies": copies, "words": words}
        for (kind, scope), (clusters_, copies, words) in counts.items()
        if clusters_
    ]


def _count_by_source(clusters: Iterable[Cluster], sources: dict[str, str]) -> dict[str, Counter[str]]:
    """Return the words of duplicates of each source, by kind."""
    words: dict[str, Counter[str]] = {}
    for cluster in clusters:
        for member in cluster.members:
            if not is_published(member):
                words.setdefault(sources.get(member.document, ""), Counter())[cluster.kind] += member.words
    return words


def _count_similarities(clusters: Iterable[Cluster]) -> list[int]:
    """Return how many copies are so like the first of their cluster: in steps of 5 %, and last those with the same words."""
    counts = [0] * (BINS + 1)
    for cluster in clusters:
        for member in cluster.members[1:]:
            counts[int(member.similarity * BINS + 1e-9)] += 1
    return counts


def _count_sizes(clusters: Iterable[Cluster]) -> list[JsonObject]:
    counts = Counter(next(i for i, (_, most) in enumerate(SIZES) if most is None or cluster.size <= most) for cluster in clusters)
    return [{"least": least, "most": most, "clusters": counts[i]} for i, (least, most) in enumerate(SIZES)]


def _share_words(report: Report, sources: dict[str, str], shown: list[str]) -> JsonObject:
    """Return the words that every two sources share: of a cluster, the fewer that either has of it, and those of passages.

    Within one source they are the words that stand there again. With a published side, the source is the index.
    """
    names = [*shown[: SHOWN_SOURCES - 1], PUBLISHED] if report.is_check else shown
    numbers = {name: i for i, name in enumerate(names)}

    def find(spot: object) -> int | None:
        return numbers.get(PUBLISHED if is_published(spot) else sources.get(spot.document, ""))  # type: ignore[arg-type,attr-defined]

    shared: Counter[tuple[int, int]] = Counter()
    for cluster in report.clusters:
        held: Counter[int] = Counter()
        first: dict[int, int] = {}
        for member in cluster.members:
            if (number := find(member)) is not None:
                held[number] += member.words
                first.setdefault(number, member.words)
        for a, b in combinations_with_replacement(sorted(held), 2):
            shared[a, b] += held[a] - first[a] if a == b else min(held[a], held[b])
    for passage in report.passages:
        ends = [number for number in map(find, _list_sides(passage)) if number is not None]
        if len(ends) == 2:
            shared[min(ends), max(ends)] += passage.words
    return {"sources": names, "words": [[shared[min(i, j), max(i, j)] for j in range(len(names))] for i in range(len(names))]}


def _list_sides(passage: Passage) -> tuple[object, object]:
    return passage.a, passage.b


def _list_pairs(report: Report) -> list[JsonObject]:
    """Return the pairs of documents that share most words, each once."""
    pairs: dict[frozenset[str], JsonObject] = {}
    for found in sorted(report.documents, key=lambda found: -(found.nearest.shared_words if found.nearest else 0)):
        nearest = found.nearest
        if nearest is None or len(pairs) == SHOWN_PAIRS:
            break
        pair = {"a": found.document, "b": nearest.document, "words": nearest.shared_words}
        pairs.setdefault(
            frozenset((found.document, nearest.document)), pair | {"a_share": nearest.a_share, "b_share": nearest.b_share}
        )
    return list(pairs.values())
