"""Where the sentences of a paragraph begin.

A sentence ends at a full stop, question or exclamation mark, or an ellipsis, with the quotes and brackets that close behind it,
where white space follows and then no small letter. The marks of Chinese, Japanese and Devanagari need no white space. A stop behind
a single letter, or behind an abbreviation that stands before names and figures, ends none: two sentences taken for one do no harm
here, one cut in two does.
Source: Unicode Standard Annex #29, 5 "Sentence Boundaries", rules SB6 to SB11, and a list of abbreviations.
Leaves out: abbreviations of languages other than English, German, French and Spanish.
"""

from __future__ import annotations

import re

_ABBREVIATIONS = (
    "mr mrs ms mx dr prof rev hon pres gov sen rep gen col maj capt lt cmdr sgt cpl pvt st sr jr messrs mmes "
    "no nos vol vols pp p fig figs eq sec ch art para ed eds cf e.g i.e vs v al ca approx est dept univ inc ltd co corp bros "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun "
    "hr fr nr bzw z.b d.h u.a usw str ggf evtl bd s vgl mme mlle mm sra srta sto sta ud uds pág núm"
)
_KNOWN = frozenset(_ABBREVIATIONS.split())
_END = re.compile(  # each mark is looked at once: only the first of several can begin an end
    r"[。！？｡।॥]++[」』）】”’\"']*+\s*+"
    r"|(?<![.!?…؟۔])(?P<marks>[.!?…؟۔]++)[\"'”’»›)\]]*+\s++(?![a-zà-öø-ÿ])"
)
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“‘«]*$")


def find_sentences(text: str) -> list[int]:
    """Return where each sentence of a paragraph begins, in code points; the first is 0.

    >>> find_sentences("Mr. Byrne left. Nobody saw him.")
    [0, 16]
    """
    starts = [0]
    for found in _END.finditer(text):
        if found.end() < len(text) and not _is_abbreviation(text, found):
            starts.append(found.end())
    return starts


def _is_abbreviation(text: str, end: re.Match[str]) -> bool:
    """Return whether a full stop belongs to the word before it; one that a quote closes does not."""
    stop = end.start()
    if end["marks"] != "." or not text[stop + 1].isspace():
        return False
    before = _WORD_BEFORE.search(text, max(0, stop - 20), stop)
    word = before[0].casefold() if before else ""
    return word in _KNOWN or (len(word) == 1 and word.isalpha()) or re.fullmatch(r"(?:\w\.)+\w", word) is not None
