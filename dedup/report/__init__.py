"""What a run found, and its ways out: a page and text for people, JSON, rows and the formats of CI systems for machines."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.errors import SettingsError
from dedup.files import check_target, write_blocks
from dedup.model import CheckSummary, Cluster, Context, DocumentFindings, JsonObject, Passage, Summary
from dedup.report.as_json import render_json, report_schema

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FORMATS_BY_SUFFIX", "Report", "report_schema"]

FORMATS_BY_SUFFIX = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".sarif": "sarif",
    ".xml": "junit",
    ".html": "html",
}


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `audit` found, in the terms of the JSON report.

    clusters, passages, documents, findings and contexts: what is in them is made when it is asked for, and of a large audit not
    kept; pickled or copied deeply, they are tuples; until then a report holds on to the texts it tells of. problems: the first few
    skipped records, named; ignored: files of a folder that no reader knows, by suffix. findings: the clusters and passages that
    count, in their order, of an audit all; is_over_limits: whether they are too many; dates: of documents named in clusters, where
    known; names: the fingerprints of a cluster's paragraphs in drafts, by its id; contexts: what stands around the sides of each
    passage, in their order; n_threads: of those that write it.
    """

    settings: JsonObject
    summary: Summary
    clusters: Sequence[Cluster]
    passages: Sequence[Passage]
    documents: Sequence[DocumentFindings]
    problems: tuple[str, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    findings: Sequence[Cluster | Passage] = ()
    is_over_limits: bool = False
    dates: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    contexts: Sequence[Context] = ()
    n_threads: int = field(default=1, compare=False)

    def __repr__(self) -> str:
        from dedup.report.summary import name_report  # noqa: PLC0415  for a person who looks

        return f"<Report: {name_report(self)}>"

    def _repr_html_(self) -> str:
        """Return the counts as a table for notebooks."""
        from dedup.report.summary import render_summary  # noqa: PLC0415  for a person who looks

        return render_summary(self)

    def to_json(self) -> str:
        """Return the report as JSON, schema "dedup-report/1"; the same run gives the same text but for `summary.seconds`."""
        return self.render("json")

    def write(self, path: str | Path) -> None:
        """Write the report in the format that the path's suffix names; the file appears when it is whole.

        Raises SettingsError for a suffix that names none, OSError when the file cannot be written.
        """
        path = Path(path)
        check_output(path)
        write_blocks(path, self.render_blocks(FORMATS_BY_SUFFIX[path.suffix.lower()]))

    def render(self, format_: str) -> str:
        """Return the report as "json", "jsonl", "csv", "sarif", "github" (workflow commands), "junit" (XML) or "html"."""
        return b"".join(self.render_blocks(format_)).decode()

    def render_blocks(self, format_: str) -> Iterable[bytes]:
        """Return what `render` returns in UTF-8, in blocks of which one at a time has to be held."""
        if format_ == "json":
            return render_json(self.settings, self.summary, self.clusters, self.passages, self.documents, self.n_threads)
        module = importlib.import_module(f"dedup.report.as_{format_}")
        rendered: str | bytes | Iterable[bytes] = getattr(module, f"render_{format_}")(self)
        if isinstance(rendered, str):
            return (rendered.encode(),)
        return (rendered,) if isinstance(rendered, bytes) else rendered

    def to_arrow(self) -> pyarrow.Table:
        """Return the members of all clusters as a table, a row each."""
        from dedup.report.as_parquet import make_table  # noqa: PLC0415  pyarrow takes a fifth of a second

        return make_table(self)

    def to_pandas(self) -> Any:
        """Return the members of all clusters as a DataFrame, a row each. Raises ImportError without pandas."""
        return self.to_arrow().to_pandas()

    @property
    def is_check(self) -> bool:
        """Return whether drafts were held against something, and not a corpus audited."""
        return isinstance(self.summary, CheckSummary)


def check_output(path: Path) -> None:
    """Raise SettingsError when no report can be written to a path of this name."""
    if path.suffix.lower() not in FORMATS_BY_SUFFIX:
        known = " ".join(FORMATS_BY_SUFFIX)
        raise SettingsError(f"{path}: no report has the suffix {path.suffix or '(none)'!r}; name a file ending in {known}")
    check_target(path)
