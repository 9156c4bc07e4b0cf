"""What an index holds, for people and for machines."""

from __future__ import annotations

import json

from dedup.model import JsonObject
from dedup.report.wording import clean_text

SHOWN_SIMILARITIES = (0.4, 0.5, 0.6, 0.7, 0.8)


def render_info(info: JsonObject, format_: str) -> str:
    """Return an index's description as "text" or "json"."""
    if format_ == "json":
        return json.dumps(info, indent=2) + "\n"
    settings = info["settings"]
    held = f"{info['documents']:,} documents from {info['sources']:,} sources"
    paragraphs = f"{info['paragraphs']:,} paragraphs ({info['distinct_paragraphs']:,} distinct), {info['words']:,} words"
    minima = f"{settings['num_perm']} minima in {settings['bands']} bands of {settings['rows']}"
    runs = f"from {settings['passage_words']} words on" if settings["passages"] else "not kept"
    curve = ", ".join(f"{like:.0%} alike: {chance:.1%}" for like, chance in settings["s_curve"] if like in SHOWN_SIMILARITIES)
    rows = {
        "index": f"{clean_text(info['path'])}, format {info['format']}, {info['bytes'] / 1e6:,.1f} MB",
        "holds": f"{held}; {paragraphs}",
        "settings": f"threshold {settings['threshold']}, shingle {settings['shingle']}, min-words {settings['min_words']}",
        "signatures": f"{minima}, seed {settings['seed']}",
        "passages": runs,
        "fingerprint": f"{settings['fingerprint']} (normaliser {settings['normaliser']})",
        "finds a pair": curve,
    }
    return "".join(f"{name:<13} {value}\n" for name, value in rows.items())
