"""How texts, shares and counts are written for people."""

from __future__ import annotations

import unicodedata

QUOTED_CHARACTERS = 160


def clean_text(text: str) -> str:
    """Return text as one line, control and bidirectional-override characters made visible."""
    folded = " ".join(text.split())
    if folded.isprintable():
        return folded
    return "".join(c if _is_harmless(c) else f"\\u{ord(c):04x}" for c in folded)


def quote_start(text: str, longest: int = QUOTED_CHARACTERS) -> str:
    """Return the start of a text, cut between words and fit to be shown."""
    cleaned = clean_text(text)
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1].rsplit(" ", 1)[0] + " …"


def quote_text(text: str, longest: int = QUOTED_CHARACTERS) -> str:
    """Return the start of a text between quotation marks, of another kind than it has itself."""
    start = quote_start(text, longest)
    return f"«{start}»" if "“" in start or "”" in start else f"“{start}”"


def format_percent(share: float) -> str:
    """Return a share as a percentage, never rounded up: 99.6 % is not the same."""
    return f"{int(share * 100 + 1e-9)} %"


def pluralise(noun: str, count: int) -> str:
    """Return an English noun as it stands after a count."""
    return noun if count == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _is_harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs") or character in "\u200c\u200d\u00ad"
