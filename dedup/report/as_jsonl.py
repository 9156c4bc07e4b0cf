"""The report as JSON lines: a CLUSTER, PASSAGE or DOCUMENT a line, each as in the JSON report and with its `type` in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats


def render_jsonl(report: Report) -> Iterator[bytes]:
    """Yield the lines; nothing where nothing was found."""
    kinds: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("cluster", report.clusters),
        ("passage", report.passages),
        ("document", report.documents),
    )
    for kind, found in kinds:
        for one in found:
            yield b'{"type":"%b",%b\n' % (kind.encode(), msgspec.json.encode(one)[1:])
