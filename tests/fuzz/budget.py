"""How long fuzzing takes: DEDUP_FUZZ_SECONDS for all targets together, a few seconds by default."""

from __future__ import annotations

import os

N_TARGETS = 4
"""Files of targets: plain text, rows, pages, archives."""
SECONDS = float(os.environ.get("DEDUP_FUZZ_SECONDS", "8"))


def share_seconds(n_tests: int = 1) -> float:
    """Return how long each of so many tests of a target may take."""
    return SECONDS / N_TARGETS / n_tests


def count_examples(per_second: int, n_tests: int = 1) -> int:
    """Return how many examples each of so many tests of a target may draw that draws so many in a second."""
    return max(20, int(share_seconds(n_tests) * per_second))
