"""How long fuzzing takes: DEDUP_FUZZ_SECONDS for all targets together, a few seconds by default."""

from __future__ import annotations

import os

N_TARGETS = 3
SECONDS = float(os.environ.get("DEDUP_FUZZ_SECONDS", "3"))


def count_examples(per_second: int) -> int:
    """Return how many examples a target may draw that draws so many in a second."""
    return max(20, int(SECONDS / N_TARGETS * per_second))
