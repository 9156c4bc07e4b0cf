"""The members of clusters as CSV: a header, then a row a member.

Source: RFC 4180, with plain line ends; OWASP, "CSV Injection", for the cells that a spreadsheet would take for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.report.columns import list_columns

if TYPE_CHECKING:
    from dedup.report import Report  # the report imports the formats

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render_csv(report: Report) -> Iterator[bytes]:
    """Yield the members as CSV. What would be a formula gets an apostrophe in front, as spreadsheets write text themselves."""
    for number, columns in enumerate(list_columns(report)):
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        if number == 0:
            writer.writerow(columns)
        safe = ([_guard(cell) if isinstance(cell, str) else cell for cell in column] for column in columns.values())
        writer.writerows(zip(*safe, strict=True))
        yield written.getvalue().encode()


def _guard(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
