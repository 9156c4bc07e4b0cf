"""A report as a table: a row a member of a cluster, for spreadsheets, DuckDB, pandas and the like.

Leaves out: passages and documents, which JSON and JSON lines have too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dedup.model import CheckedMember

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

OF_CLUSTER = ("cluster", "kind", "scope")
OF_MEMBER = ("document", "paragraph", "start", "end", "line", "words", "similarity")


def list_columns(report: Report) -> dict[str, list[Any]]:
    """Return the columns by name, of equal length: the cluster's id, kind and scope, then what JSON says of the member.

    A check has `origin` too; the text comes last.
    """
    rows = [(cluster, member) for cluster in report.clusters for member in cluster.members]
    columns: dict[str, list[Any]] = {
        "cluster": [cluster.id for cluster, _ in rows],
        "kind": [cluster.kind for cluster, _ in rows],
        "scope": [cluster.scope for cluster, _ in rows],
    }
    columns |= {name: [getattr(member, name) for _, member in rows] for name in OF_MEMBER}
    if report.is_check:
        columns["origin"] = [member.origin if isinstance(member, CheckedMember) else None for _, member in rows]
    return columns | {"text": [member.text for _, member in rows]}
