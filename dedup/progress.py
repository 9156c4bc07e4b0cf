"""What a person is told while a run goes on: bars on a terminal, skipped records, a closing line; all on standard error."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedup.model import Summary
    from dedup.report import Report
    from dedup.report.cleaning import Cleaning

PATIENCE_SECONDS = 3.0
UNITS = {
    "Reading": "documents",
    "Sketching": "texts",
    "Comparing": "pairs",
    "Winnowing": "texts",
    "Checking": "documents",
    "Writing": "documents",
}


class Narrator:
    """Tells of one run on standard error; with `quiet`, of nothing."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._done: dict[str, int] = {}
        self._lock = threading.Lock()
        self._shows_bars = sys.stderr.isatty() and not quiet
        self._hint = threading.Timer(PATIENCE_SECONDS, self._explain_wait)

    def __enter__(self) -> Narrator:
        if not self._quiet:
            self._hint.daemon = True
            self._hint.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._hint.cancel()
        with self._lock:
            self._wipe()

    def advance(self, stage: str, n_done: int) -> None:
        """Show that more of a stage is done."""
        self._hint.cancel()
        with self._lock:
            self._done[stage] = self._done.get(stage, 0) + n_done
            if self._shows_bars:
                counts = " · ".join(f"{name} {count:,} {UNITS.get(name, '')}".rstrip() for name, count in self._done.items())
                sys.stderr.write(f"\r\x1b[K{_fit(counts, shutil.get_terminal_size().columns - 1)}")
                sys.stderr.flush()

    def tell(self, message: str) -> None:
        """Name a record that was skipped."""
        self.say(f"skipped {message}")

    def close_run(self, report: Report, outputs: Sequence[Path]) -> None:
        """Sum up an audit: what was skipped and written, and how long it took."""
        summary = report.summary
        skipped = self.close_reading(summary.skipped, report.problems, report.ignored, summary.decoded)
        if summary.left_out_pairs:
            self.say(f"passed over {summary.left_out_pairs:,} candidate pairs of crowded buckets; --exact compares all")
        self._name_outputs(outputs)
        records = f"documents read: {summary.documents:,}" + (f", records skipped: {skipped:,}" if skipped else "")
        self.say(f"{records}, {_count_found(summary)}; {summary.seconds:.2f} s")

    def close_check(self, report: Report, outputs: Sequence[Path]) -> None:
        """Sum up a check: what was skipped, left unread and written."""
        summary = report.summary
        self.close_reading(summary.skipped, report.problems, report.ignored, summary.decoded)
        if summary.left_out_pairs:
            self.say(f"passed over {summary.left_out_pairs:,} candidates that share a crowded bucket")
        self._name_outputs(outputs)
        self.say(f"drafts read: {summary.documents:,}, {_count_found(summary)}; {summary.seconds:.2f} s")

    def close_clean(self, cleaning: Cleaning, folder: Path) -> None:
        """Sum up a clean: what was written, or would be."""
        size = f"{len(cleaning.removed):,} paragraphs with {cleaning.removed_share:.1%} of the words"
        emptied = f", {cleaning.emptied:,} documents came out empty" if cleaning.emptied else ""
        if cleaning.files is not None:
            self.say(f"wrote {folder}: files: {cleaning.files:,}, and removed.jsonl")
            self.say(f"took out {size}{emptied}; {cleaning.seconds:.2f} s")
        else:
            self.say(f"would take out {size}{emptied}; nothing is written; {cleaning.seconds:.2f} s")
            if cleaning.removed_share > cleaning.policy.max_removed:
                self.say(
                    f"that is more than --max-removed {cleaning.policy.max_removed:.0%}: without --dry-run it would be refused"
                )

    def clear(self) -> None:
        """Wipe the counts off the terminal, for something else to be printed, and begin anew."""
        with self._lock:
            self._wipe()
            self._done.clear()

    def close_reading(
        self, skipped: Mapping[str, int], problems: Sequence[str], ignored: Mapping[str, int], decoded: Mapping[str, int]
    ) -> int:
        """Sum up what was skipped beyond the `problems` told of already; return how many records that is in all."""
        total = sum(skipped.values())
        if total > len(problems):
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items())
            self.say(f"skipped {total - len(problems):,} more records; in all: {reasons}")
        if ignored:
            kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in sorted(ignored.items()))
            self.say(f"left out files of other kinds: {kinds}")
        if decoded:
            encodings = ", ".join(f"{count:,} {encoding}" for encoding, count in sorted(decoded.items()))
            self.say(f"read from other encodings than UTF-8: {encodings}")
        return total

    def _name_outputs(self, outputs: Sequence[Path]) -> None:
        for output in outputs:
            self.say(f"wrote {output}")

    def _explain_wait(self) -> None:
        self.say("preparing: the first large run after installing compiles the kernels, some 15 s")

    def say(self, message: str) -> None:
        """Tell a line."""
        if self._quiet:
            return
        with self._lock:
            self._wipe()
            sys.stderr.write(f"dedup: {make_visible(message)}\n")
            sys.stderr.flush()

    def _wipe(self) -> None:
        if self._shows_bars:
            sys.stderr.write("\r\x1b[K")


def _fit(counts: str, columns: int) -> str:
    """Return the end of a line that may not wrap: where it did, it could not be wiped."""
    return counts if len(counts) <= columns else f"…{counts[1 - columns :]}"


def _count_found(summary: Summary) -> str:
    passages = f", passages: {summary.passages:,}" if summary.passages else ""
    return f"clusters: {summary.clusters:,}{passages}"


def make_visible(message: str) -> str:
    """Return a message as one line in which nothing can move the cursor or hide: file names and rows come from anywhere."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in message)
