"""The report as JSON lines: a CLUSTER, PASSAGE or DOCUMENT a line, each as in the JSON report and with its `type` in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from dedup.listing import AT_ONCE, Listing
from dedup.model import Cluster

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats


def render_jsonl(report: Report) -> Iterator[bytes]:
    """Yield the lines; nothing where nothing was found."""
    kinds: tuple[tuple[str, Sequence[Any]], ...] = (
        ("cluster", report.clusters),
        ("passage", report.passages),
        ("document", report.documents),
    )
    for kind, found in kinds:
        for one in found:
            start = b'{"type":"%b",' % kind.encode()
            if isinstance(one, Cluster) and isinstance(one.members, Listing):
                yield from _render_wide(start, one)
            else:
                yield start + msgspec.json.encode(one)[1:] + b"\n"


def _render_wide(start: bytes, cluster: Cluster) -> Iterator[bytes]:
    """Yield the line of a cluster whose members are made some at a time."""
    yield start + msgspec.json.encode(replace(cluster, members=()))[1:-2]
    for at in range(0, len(cluster.members), AT_ONCE):
        yield b"," * (at > 0) + msgspec.json.encode(list(cluster.members[at : at + AT_ONCE]))[1:-1]
    yield b"]}\n"
