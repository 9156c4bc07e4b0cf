"""The report as JSON lines: a CLUSTER, PASSAGE or DOCUMENT a line, each as in the JSON report and with its `type` in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dedup.listing import Tabled
from dedup.report.as_json import render_members, split_wide
from dedup.report.json_rows import render_lines
from dedup.table import Choices, Table

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
        if isinstance(found, Tabled):
            yield from _render_tables(kind, found, report.n_threads)
        else:
            yield from (b'{"type":"%b",' % kind.encode() + msgspec.json.encode(one)[1:] + b"\n" for one in found)


def _render_tables(kind: str, found: Tabled[Any], n_threads: int) -> Iterator[bytes]:
    def write(table: Table) -> bytes | Table:
        columns = {"type": Choices(np.zeros(len(table), np.int64), [kind]), **table.columns}
        typed = Table(table.make, columns)
        return typed if isinstance(columns.get("members"), Choices) else render_lines(typed).tobytes()

    for written in found.render(write, n_threads):
        if isinstance(written, bytes):
            yield written
        else:
            yield from _render_wide(written, n_threads)


def _render_wide(table: Table, n_threads: int) -> Iterator[bytes]:
    """Yield the line of one cluster, whose members are written some at a time."""
    head, members = split_wide(table)
    yield render_lines(head).tobytes().removesuffix(b"}\n") + b',"members":['
    yield from render_members(members, None, n_threads)
    yield b"]}\n"
