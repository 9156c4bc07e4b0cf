"""Small corpora for tests: sentences that share nothing, files and folders of them, and what a report says in comparable form."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Any

from dedup.model import Cluster
from dedup.report import Report

NEWSROOM = Path(__file__).parents[1] / "data" / "newsroom"
SHARED = Path(__file__).parents[2] / "shared" / "data"
"""Data that is not part of the project: tests on it are skipped where it is missing."""

FERRY = "The last ferry to the outer islands left the harbour on Friday with nobody aboard but the crew and one grey cat."
FERRY_EDITED = "The last ferry to the outer islands left the harbour on Friday with nobody aboard but the crew and two grey cats."
BUDGET = "Councillors threw out the budget for the third time since spring, and nobody in the chamber seemed surprised by it."
ORCHARD = "An orchard of four hundred plum trees has been planted where the old brickworks stood until the summer before last."
CHESS = "Her opponent offered a draw after eleven moves, took it back after twelve and resigned in tears after thirteen."
SENTENCES = (FERRY, BUDGET, ORCHARD, CHESS)


def write_files(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below a folder, text as UTF-8, and return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def article(*paragraphs: str) -> str:
    """Return paragraphs as one text."""
    return "\n\n".join(paragraphs) + "\n"


def places(cluster: Cluster) -> set[tuple[str, int]]:
    """Return where the members of a cluster stand."""
    return {(member.document, member.paragraph) for member in cluster.members}


def orderless(report: Report) -> list[Any]:
    """Return what a report says of its clusters, but for which member represents each."""
    return sorted(
        (found.id, found.kind, found.scope, found.size, found.documents, *astuple(found.similarity), sorted(places(found)))
        for found in report.clusters
    )
