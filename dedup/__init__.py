"""Find text that is there twice: repeated captions, recycled paragraphs and site furniture, verified and explained.

Public names are imported on first use, so that `import dedup` costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from dedup.version import __version__

if TYPE_CHECKING:
    from dedup.audit import audit
    from dedup.check import check
    from dedup.clean import clean
    from dedup.errors import DedupError, IndexMismatchError, InputError, SettingsError, StoreError
    from dedup.explain import explain
    from dedup.folder import restore
    from dedup.index import Index
    from dedup.limits import Limits
    from dedup.model import Cluster, Document, Member, Summary
    from dedup.policy import Policy
    from dedup.read import read
    from dedup.report import Report
    from dedup.report.cleaning import Cleaning
    from dedup.report.explanation import Explanation
    from dedup.settings import Settings
    from dedup.signatures import from_datasketch, shingles, sketch, to_datasketch

_HOMES = {
    "audit": "dedup.audit",
    "Cluster": "dedup.model",
    "DedupError": "dedup.errors",
    "Document": "dedup.model",
    "Explanation": "dedup.report.explanation",
    "Index": "dedup.index",
    "IndexMismatchError": "dedup.errors",
    "InputError": "dedup.errors",
    "Limits": "dedup.limits",
    "Member": "dedup.model",
    "Policy": "dedup.policy",
    "Report": "dedup.report",
    "Settings": "dedup.settings",
    "SettingsError": "dedup.errors",
    "StoreError": "dedup.errors",
    "Summary": "dedup.model",
    "check": "dedup.check",
    "clean": "dedup.clean",
    "Cleaning": "dedup.report.cleaning",
    "explain": "dedup.explain",
    "from_datasketch": "dedup.signatures",
    "read": "dedup.read",
    "restore": "dedup.folder",
    "shingles": "dedup.signatures",
    "sketch": "dedup.signatures",
    "to_datasketch": "dedup.signatures",
}

__all__ = [
    "Cleaning",
    "Cluster",
    "DedupError",
    "Document",
    "Explanation",
    "Index",
    "IndexMismatchError",
    "InputError",
    "Limits",
    "Member",
    "Policy",
    "Report",
    "Settings",
    "SettingsError",
    "StoreError",
    "Summary",
    "__version__",
    "audit",
    "check",
    "clean",
    "explain",
    "from_datasketch",
    "read",
    "restore",
    "shingles",
    "sketch",
    "to_datasketch",
]


class _Package(ModuleType):
    """Keeps `dedup.audit`, `dedup.read` and `dedup.sketch` the functions: the import system would bind the modules of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    """Import a public name from its module (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dedup' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
