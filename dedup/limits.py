"""What a draft may repeat: which clusters and passages count as findings, how many are too many, and which are known or allowed.

A baseline holds the fingerprints of findings that somebody has seen; only new ones are told of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dedup.errors import InputError, SettingsError
from dedup.files import check_target, write_whole
from dedup.model import KINDS, PASSAGE, Cluster, JsonObject, Passage
from dedup.passage import name_passage
from dedup.policy import check_kinds

BASELINE = "dedup-baseline/1"
QUOTED_CHARACTERS = 120
_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Limits:
    """When a check fails. fail_on: "KIND" or "KIND:SCOPE", what counts as a finding.

    max_findings, max_ratio: how many findings, and what share of the drafts' words in them, still pass; where neither is given,
    none does.
    """

    fail_on: tuple[str, ...] = ("caption", "paragraph", PASSAGE)
    max_findings: int | None = None
    max_ratio: float | None = None

    def __post_init__(self) -> None:
        check_kinds("fail-on", self.fail_on, (*KINDS, PASSAGE))
        if self.max_findings is not None and self.max_findings < 0:
            raise SettingsError(f"max-findings: {self.max_findings} is negative; 0 lets no finding pass")
        if self.max_ratio is not None and not 0.0 <= self.max_ratio <= 1.0:
            raise SettingsError(f"max-ratio: {self.max_ratio} is not in 0 to 1; write 0.05 for 5 %")

    def select_findings(self, clusters: Iterable[Cluster], passages: Iterable[Passage] = ()) -> tuple[Cluster | Passage, ...]:
        """Return the clusters and passages that count."""
        kinds = [(one.kind, one) for one in clusters] + [(PASSAGE, one) for one in passages]
        return tuple(one for kind, one in kinds if {kind, f"{kind}:{one.scope}"} & set(self.fail_on))

    def are_exceeded(self, n_findings: int, ratio: float) -> bool:
        """Return whether so many findings with such a share of the words are too many."""
        if self.max_findings is None and self.max_ratio is None:
            return n_findings > 0
        too_many = self.max_findings is not None and n_findings > self.max_findings
        return too_many or (self.max_ratio is not None and ratio > self.max_ratio)


def count_findings(findings: Iterable[Cluster | Passage]) -> int:
    """Return how many findings there are; a run that a draft has from several places is one."""
    return len({one.repeat if isinstance(one, Passage) else one.id for one in findings})


def read_baseline(path: Path) -> dict[str, JsonObject]:
    """Return the entries of a baseline file by fingerprint. Raises InputError when it is none."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != BASELINE:
            raise InputError(f"{path}: is a baseline of kind {content['schema']!r}, this dedup knows {BASELINE!r}; write it anew")
        entries = {entry["id"]: entry for entry in content["findings"]}
        if not all(isinstance(name, str) for name in entries):
            raise TypeError("a fingerprint is text")
        return entries
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); --write-baseline {path} makes it") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is no baseline; --write-baseline {path} makes one") from error


def write_baseline(
    path: Path,
    findings: Iterable[Cluster | Passage],
    known: Mapping[str, JsonObject] | None = None,
    names: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Write the fingerprints of findings, with what a person needs to tell them apart, and the entries known already.

    names: the fingerprints of a cluster's paragraphs in drafts, by its id; without, the id alone. A draft that holds one of them
    is known whichever other drafts are checked with it.
    """
    entries = dict(known or {})
    own: Iterable[str]
    for found in findings:
        if isinstance(found, Passage):
            kind, own, text = PASSAGE, [name_passage(found)], found.repeat.text
        else:
            kind, own, text = found.kind, (names or {}).get(found.id, (found.id,)), found.members[0].text
        excerpt = " ".join(text.split())[:QUOTED_CHARACTERS]
        for name in own:
            entries[name] = {"id": name, "kind": kind, "scope": found.scope, "text": excerpt}
    content = {"schema": BASELINE, "findings": [entries[name] for name in sorted(entries)]}
    write_whole(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def check_baseline(path: Path) -> None:
    """Raise SettingsError when no baseline can be written there: where there is a file already, it has to be one."""
    check_target(path)
    if path.exists():
        try:
            read_baseline(path)
        except InputError as error:
            raise SettingsError(f"{path}: is there and is no baseline; name another file") from error


def read_allowed(path: Path) -> tuple[str, ...]:
    """Return the texts of a file that may repeat, blank lines between them. Raises InputError when it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); write the texts that may repeat into it") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: invalid UTF-8 at offset {error.start}; save it as UTF-8") from error
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    return tuple(paragraph.strip() for paragraph in _BLANK_LINES.split(normal) if paragraph.strip())
