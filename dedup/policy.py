"""What a person asks for by kind and scope, and what of a corpus a clean takes out and what stays."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from dedup.errors import SettingsError

if TYPE_CHECKING:
    from dedup.model import Kind

DROPPED = ("caption:within", "paragraph:across", "furniture")
"""What goes unless a person says otherwise."""
Keep = Literal["first", "last", "longest", "none"]
Order = Literal["date", "input", "name"]
Empty = Literal["drop", "keep"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What is taken out of a corpus, and what stays.

    drop: "KIND" or "KIND:SCOPE". keep: which copy of several stays; "longest" is that of most words. order: what comes first; by
    date the dated come before the rest, and equals follow by name. passages: whether sentences that stand in other paragraphs go
    too. least_words: paragraphs of fewer words stay, furniture aside. empty: what becomes of a document of which
    nothing stays. max_removed: the share of the words that may go.
    """

    drop: tuple[str, ...] = DROPPED
    keep: Keep = "first"
    order: Order = "date"
    passages: bool = False
    least_words: int = 0
    empty: Empty = "drop"
    max_removed: float = 0.5

    def __post_init__(self) -> None:
        from dedup.model import KINDS  # noqa: PLC0415  with it comes numpy, a tenth of a second: not for --help

        check_kinds("drop", self.drop, KINDS)
        for name, value, known in (("keep", self.keep, Keep), ("order", self.order, Order), ("empty", self.empty, Empty)):
            if value not in get_args(known):
                raise SettingsError(f"{name}: {value!r} is unknown; there are {', '.join(get_args(known))}")
        if self.least_words < 0:
            raise SettingsError(f"least-words: {self.least_words} is negative; 0 lets the shortest go")
        if not 0.0 <= self.max_removed <= 1.0:
            raise SettingsError(f"max-removed: {self.max_removed} is not in 0 to 1; write 0.5 for 50 %")

    def drops(self, kind: Kind, scope: str) -> bool:
        """Return whether repeats of a kind and scope go."""
        return kind in self.drop or f"{kind}:{scope}" in self.drop


def check_kinds(option: str, entries: Iterable[str], kinds: Collection[str]) -> None:
    """Raise SettingsError for an entry that is neither a kind nor "KIND:SCOPE"."""
    from dedup.model import SCOPES  # noqa: PLC0415  see above

    for entry in entries:
        kind, _, scope = entry.partition(":")
        if kind not in kinds or (scope or SCOPES[0]) not in SCOPES or entry.endswith(":"):
            known = f"{', '.join(kinds)}, each alone or with {' or '.join(f':{scope}' for scope in SCOPES)}"
            raise SettingsError(f"{option}: {entry!r} is no kind of finding; there are {known}")
