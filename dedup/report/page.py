"""What the HTML report holds, as plain lists for its script: texts and documents by number, each once.

Leaves out: clusters and passages after the first that fit (those with most words come first), members after the first 500 of one
cluster, and how long the run took, so that the same run gives the same file.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from dedup.model import CheckedMember, CheckedSpan, Cluster, Context, DocumentFindings, JsonObject, Member, Passage, Span
from dedup.passage import name_passage
from dedup.report.overview import describe_overview
from dedup.report.summary import list_facts
from dedup.version import __version__

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

MOST_CHARACTERS = 48_000_000
"""Of clusters, and of passages: a browser unpacks and reads so much in a second or two."""
MOST_MEMBERS = 500
MOST_DOCUMENTS = 50_000
MEMBER_CHARACTERS = 60
"""Of a member but for its text, about."""


class _Numbers(dict[str, int]):
    """A number for each text, in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]


class _All:
    """What holds everything: in an audit all that is found counts."""

    def __contains__(self, _: object) -> bool:
        return True


def describe_page(report: Report) -> JsonObject:
    """Return everything that the page shows; `left_out` counts what it does not list."""
    names, texts = _Numbers(), _Numbers()
    counting = set(map(id, report.findings)) if report.is_check else _All()
    documents = [_describe_document(found, names) for found in report.documents[:MOST_DOCUMENTS]]
    clusters, passages = _keep_clusters(report), _keep_passages(report)
    return {
        "version": __version__,
        "is_check": report.is_check,
        "is_over_limits": report.is_over_limits,
        "summary": {name: getattr(report.summary, name) for name in ("documents", "paragraphs", "words", "duplicate_words")}
        | {"duplicate_ratio": report.summary.duplicate_ratio, "findings": getattr(report.summary, "findings", None)},
        "threshold": report.settings.get("threshold"),
        "facts": list_facts(report),
        "overview": describe_overview(report),
        "documents": documents,
        "clusters": [_describe_cluster(cluster, id(cluster) in counting, names, texts) for cluster in clusters],
        "passages": [_describe_passage(one, id(one) in counting, around, names, texts) for one, around in passages],
        "left_out": {
            "clusters": len(report.clusters) - len(clusters),
            "passages": len(report.passages) - len(passages),
            "documents": len(report.documents) - len(documents),
        },
        "dates": [[names[name], date] for name, date in report.dates.items() if name in names],
        "names": list(names),
        "texts": list(texts),
    }


def _keep_clusters(report: Report) -> list[Cluster]:
    kept: list[Cluster] = []
    left = MOST_CHARACTERS
    for cluster in report.clusters:
        left -= sum(MEMBER_CHARACTERS + len(member.text) for member in cluster.members[:MOST_MEMBERS])
        if left < 0 and kept:
            break
        kept.append(cluster)
    return kept


def _keep_passages(report: Report) -> list[tuple[Passage, Context | None]]:
    kept: list[tuple[Passage, Context | None]] = []
    left = MOST_CHARACTERS
    for passage, context in zip_longest(report.passages, report.contexts):
        left -= 2 * MEMBER_CHARACTERS + len(passage.a.text) + len(passage.b.text)
        if left < 0 and kept:
            break
        kept.append((passage, context))
    return kept


def _describe_document(found: DocumentFindings, names: _Numbers) -> list[Any]:
    nearest = found.nearest and [
        names[found.nearest.document],
        found.nearest.shared_words,
        found.nearest.a_share,
        found.nearest.b_share,
    ]
    counts = [found.paragraphs, found.words, found.duplicate_paragraphs, found.duplicate_ratio]
    return [names[found.document], found.source, *counts, nearest]


def _describe_cluster(cluster: Cluster, counts: bool, names: _Numbers, texts: _Numbers) -> list[Any]:
    members = [_describe_member(member, names, texts) for member in cluster.members[:MOST_MEMBERS]]
    similarity = cluster.similarity
    about = [cluster.id, cluster.kind, cluster.scope, cluster.size, cluster.documents, similarity.min, similarity.mean]
    return [*about, cluster.words, int(counts), members]


def _describe_member(member: Member, names: _Numbers, texts: _Numbers) -> list[Any]:
    place = [names[member.document], member.paragraph, member.start, member.end, member.line]
    origin = [member.origin] if isinstance(member, CheckedMember) else []
    return [*place, member.words, member.similarity, texts[member.text], *origin]


def _describe_passage(passage: Passage, counts: bool, around: Context | None, names: _Numbers, texts: _Numbers) -> list[Any]:
    a = _describe_span(passage.a, passage.a_share, around.a if around else ("", ""), names, texts)
    b = _describe_span(passage.b, passage.b_share, around.b if around else ("", ""), names, texts)
    return [name_passage(passage), passage.words, passage.similarity, int(counts), a, b]


def _describe_span(span: Span, share: float, around: tuple[str, str], names: _Numbers, texts: _Numbers) -> list[Any]:
    place = [names[span.document], span.paragraph, span.start, span.end, span.line]
    origin = [span.origin] if isinstance(span, CheckedSpan) else []
    return [*place, share, texts[span.text], *around, *origin]
