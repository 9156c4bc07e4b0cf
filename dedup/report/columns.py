"""A report as a table: a row a member of a cluster, for spreadsheets, DuckDB, pandas and the like.

Leaves out: passages and documents, which JSON and JSON lines have too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from dedup.model import CheckedMember, Cluster, Member

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

OF_CLUSTER = ("cluster", "kind", "scope")
OF_MEMBER = ("document", "paragraph", "start", "end", "line", "words", "similarity")
ROWS_AT_ONCE = 1 << 16


def list_columns(report: Report) -> Iterator[dict[str, list[Any]]]:
    """Yield some rows at a time, once at least, as columns: the cluster's id, kind and scope, then what JSON says of a member.

    A check has `origin` too; the text comes last.
    """
    rows = ((cluster, member) for cluster in report.clusters for member in cluster.members)
    some = list(islice(rows, ROWS_AT_ONCE))
    while True:
        yield _turn_to_columns(some, report.is_check)
        if not (some := list(islice(rows, ROWS_AT_ONCE))):
            return


def _turn_to_columns(rows: list[tuple[Cluster, Member]], is_check: bool) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        "cluster": [cluster.id for cluster, _ in rows],
        "kind": [cluster.kind for cluster, _ in rows],
        "scope": [cluster.scope for cluster, _ in rows],
    }
    columns |= {name: [getattr(member, name) for _, member in rows] for name in OF_MEMBER}
    if is_check:
        columns["origin"] = [member.origin if isinstance(member, CheckedMember) else None for _, member in rows]
    return columns | {"text": [member.text for _, member in rows]}
