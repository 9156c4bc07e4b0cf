"""One slow, obvious oracle per kernel: Python ints, sets and loops, importing nothing that it checks.

Reading order: words, shingles, paragraphs (in `naive_paragraphs`), exact copies, signatures, bands, pairs, clusters.
Leaves out: marks and format characters of scripts that no test here writes in (see `kind_of`).
"""

from __future__ import annotations

import math
import unicodedata
from fractions import Fraction
from itertools import combinations, pairwise

M32, M64 = (1 << 32) - 1, (1 << 64) - 1
SEED = 0xCBF29CE484222325
MIX, MIX_LOW, FOLD = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93

# ---------------------------------------------------------------------------------------------------------------- words

UNSPACED = (
    *("CJK", "IDEOGRAPHIC", "VERTICAL IDEOGRAPHIC", "HANGZHOU", "MASU", "HIRAGANA", "KATAKANA"),
    *("THAI", "LAO", "KHMER", "MYANMAR"),
)
DROPPED_MARKS = ("COMBINING", "ARABIC", "HEBREW", "SYRIAC", "IDEOGRAPHIC")
DROPPED_NAMES = ("VARIATION SELECTOR", "GRAPHEME JOINER", "FILLER", "VOWEL INHERENT", "ARABIC TATWEEL", "SMALL WAW", "SMALL YEH")
SIGNS_BEFORE_FIGURES = ("ARABIC", "SYRIAC", "INTERLINEAR")


def fold(char: str) -> str:
    """Return what a character stands for: decomposed, case-folded, its digits as 0-9."""
    before, folded = "", char
    while before != folded:
        before, folded = folded, unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold())
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in folded)


def kind_of(char: str) -> str:
    """Return what a folded character does in a text: it parts words, is dropped, or is a mark, a single or a letter."""
    category, name = unicodedata.category(char), unicodedata.name(char, "")
    if any(dropped in name for dropped in DROPPED_NAMES):
        return "dropped"
    if category == "Cf":
        return "parts" if name.startswith(SIGNS_BEFORE_FIGURES) and name != "ARABIC LETTER MARK" else "dropped"
    if category[0] == "M":
        return "dropped" if name.startswith(DROPPED_MARKS) and "KATAKANA-HIRAGANA" not in name else "mark"
    if category[0] not in "LN":
        return "parts"
    return "single" if name.startswith(UNSPACED) else "letter"


def words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    found, word, single = [], "", False
    for part in (part for char in text for part in fold(char)):
        kind = kind_of(part)
        if kind == "mark":
            word += part if word else ""
        elif kind != "dropped":
            if word and (kind != "letter" or single):
                found.append(word)
                word = ""
            word += "" if kind == "parts" else part
            single = kind == "single"
    return [*found, word] if word else found


def word_hash(word: str) -> int:
    """Return eight bytes after eight of a word's UTF-8 mixed, with the lowest bit set when there is a figure in the word."""
    folded, encoded = SEED, word.encode()
    for at in range(0, len(encoded), 8):
        folded = (folded ^ int.from_bytes(encoded[at : at + 8], "little")) * MIX & M64
        folded ^= folded >> 32
    folded = folded * FOLD & M64
    folded ^= folded >> 29
    return folded & ~1 | has_figure(word)


def has_figure(word: str) -> bool:
    return any(char in "0123456789" for char in word)


# ------------------------------------------------------------------------------------------------------------- shingles


def shingle_hash(some_words: list[str]) -> int:
    folded = MIX
    for word in some_words:
        folded = (folded ^ word_hash(word)) * FOLD & M64
        folded ^= folded >> 29
    return folded >> 32


def shingles(all_words: list[str], n: int, min_words: int) -> list[int]:
    """Return the hash of every n words in a row; of all words when they are too few; nothing when there is no word."""
    if len(all_words) < max(n, min_words):
        return [shingle_hash(all_words)] if all_words else []
    return [shingle_hash(all_words[k : k + n]) for k in range(len(all_words) - n + 1)]


def digest(all_words: list[str]) -> tuple[int, int]:
    high, low = SEED, MIX
    for word in all_words:
        high = (high ^ word_hash(word)) * FOLD & M64
        high ^= high >> 31
        low = (low + word_hash(word)) * MIX_LOW & M64
        low ^= low >> 29
    return high, low


def mask(all_words: list[str], date_words: set[str]) -> int:
    """Return the hash of words with runs of figures as "#" and date words as "@"; 0 when long, without figures or all figures."""
    figures = [has_figure(word) for word in all_words]
    if len(all_words) > 40 or not any(figures) or all(figures):
        return 0
    masked: list[int] = []
    for word, figure in zip(all_words, figures, strict=True):
        value = ord("#") if figure else ord("@") if word in date_words else word_hash(word)
        if value != ord("#") or not masked or masked[-1] != ord("#"):
            masked.append(value)
    folded = SEED
    for value in masked:
        folded = (folded ^ value) * FOLD & M64
        folded ^= folded >> 29
    return folded


# --------------------------------------------------------------------------------------------------------- exact copies


def collapse(keys: list) -> tuple[list[int], list[int]]:
    """Return (number of each key, by first appearance; where each number appears first)."""
    distinct = list(dict.fromkeys(keys))
    return [distinct.index(key) for key in keys], [keys.index(key) for key in distinct]


# ----------------------------------------------------------------------------------------------------------- signatures


def mix32(value: int) -> int:
    """Return MurmurHash3's finaliser of a 32-bit number."""
    value ^= value >> 16
    value = value * 0x85EBCA6B & M32
    value ^= value >> 13
    value = value * 0xC2B2AE35 & M32
    return value ^ value >> 16


def signature(some_shingles: list[int], permutations: list[tuple[int, int]]) -> list[int]:
    return [min(((a * mix32(h) + b) & M32 for h in some_shingles), default=M32) for a, b in permutations]


# ---------------------------------------------------------------------------------------------------------------- bands


def s_curve(similarity: float, b: int, r: int) -> float:
    return 1 - (1 - similarity**r) ** b


def band_keys(row: list[int], b: int, r: int) -> list[int]:
    keys = []
    for band in range(b):
        key = (band + 1) * MIX & M64
        for minimum in row[band * r : band * r + r]:
            key = (key ^ minimum) * FOLD & M64
            key ^= key >> 32
        keys.append(key)
    return keys


def bucket_pairs(keys: list[int], full: int) -> tuple[set[tuple[int, int]], int]:
    """Return (pairs, number left out): all pairs of equal keys; in a bucket above `full` only those with the first or the next."""
    found, possible = set(), 0
    for key in set(keys):
        bucket = [i for i, other in enumerate(keys) if other == key]
        everything = set(combinations(bucket, 2))
        star_and_chain = {(bucket[0], other) for other in bucket[1:]} | set(pairwise(bucket))
        found |= everything if len(bucket) <= full else star_and_chain
        possible += len(everything)
    return found, possible - len(found)


# ---------------------------------------------------------------------------------------------------------------- pairs


def jaccard(a: set[int], b: set[int]) -> Fraction:
    return Fraction(len(a & b), len(a | b)) if a | b else Fraction(0)


def all_pairs(sets: list[set[int]], threshold: Fraction) -> dict[tuple[int, int], Fraction]:
    """Return every pair whose similarity is at least the threshold, by brute force."""
    similar = {(i, j): jaccard(sets[i], sets[j]) for i, j in combinations(range(len(sets)), 2)}
    return {pair: similarity for pair, similarity in similar.items() if similarity >= threshold}


# ------------------------------------------------------------------------------------------------------------- clusters


def components(n: int, pairs: list[tuple[int, int]]) -> list[int]:
    """Return the lowest member of each one's component: walk from each to all that can be reached."""
    lowest = []
    for i in range(n):
        reached, grown = set(), {i}
        while reached != grown:
            reached = set(grown)
            grown |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
        lowest.append(min(reached))
    return lowest


def ties(roots: list[int], pairs: list[tuple[int, int]], similarities: list[float], n_copies: list[int]) -> dict[int, list[float]]:
    """Return the similarities of all ties of each component, by its root; a further copy of a text is a tie of 1."""
    found: dict[int, list[float]] = {root: [] for root in roots}
    for (a, _), similarity in zip(pairs, similarities, strict=True):
        found[roots[a]].append(similarity)
    for text, copies in enumerate(n_copies):
        found[roots[text]] += [1.0] * copies
    return found


def groups(roots: list[int], rank: list[int]) -> list[list[int]]:
    """Return the members of each component of two or more, the lowest rank first, then by number."""
    found = [sorted((i for i, r in enumerate(roots) if r == root), key=lambda i: (rank[i], i)) for root in sorted(set(roots))]
    return [group for group in found if len(group) > 1]


def tolerance(p: float, n: int) -> float:
    """Return four standard deviations of the mean of n draws that are 1 with chance p."""
    return 4 * math.sqrt(p * (1 - p) / n)


# ------------------------------------------------------------------------------------------------------------- passages

WIDEST_EDIT, RESYNC = 3, 3


def gram_hash(some_words: list[str]) -> int:
    folded = SEED
    for word in some_words:
        folded = (folded ^ word_hash(word)) * MIX & M64
        folded ^= folded >> 29
    return folded


def winnow(all_words: list[str], n: int, passage_words: int) -> list[tuple[int, int]]:
    """Return (hash, first word) of the lowest n-gram among all that passage_words words hold, the rightmost of equals."""
    grams = [gram_hash(all_words[k : k + n]) for k in range(len(all_words) - n + 1)]
    chosen = set()
    for first in range(len(all_words) - passage_words + 1):
        places = range(first, first + passage_words - n + 1)
        lowest = min(grams[k] for k in places)
        chosen.add(max(k for k in places if grams[k] == lowest))
    return [(grams[k], k) for k in sorted(chosen)]


def verbatim_runs(a: list, b: list, least: int) -> list[tuple[int, int, int]]:
    """Return (first word in a, first word in b, words) of every common run of at least `least` words that cannot be widened."""
    found = []
    for i in range(len(a)):
        for j in range(len(b)):
            length = 0
            while i + length < len(a) and j + length < len(b) and a[i + length] == b[j + length]:
                length += 1
            can_be_widened = i > 0 and j > 0 and a[i - 1] == b[j - 1]
            if length >= least and not can_be_widened:
                found.append((i, j, length))
    return found


def follow(a: list, b: list) -> tuple[int, int, int]:
    """Return (words of a passed, of b passed, words that agree) of two texts that are read from their first words on.

    Where they part, the smallest edit is jumped behind which three words agree; of equally small ones that with fewer words of a.
    What is jumped at the end is not passed.
    """
    i, j, passed, shared = 0, 0, (0, 0), 0
    while True:
        while i < len(a) and j < len(b) and a[i] == b[j]:
            i, j, shared = i + 1, j + 1, shared + 1
            passed = (i, j)
        edits = [(skip, other) for skip in range(WIDEST_EDIT + 1) for other in range(WIDEST_EDIT + 1) if skip + other]
        agreeing = []
        for skip, other in edits:
            behind = a[i + skip : i + skip + RESYNC]
            if len(behind) == RESYNC and behind == b[j + other : j + other + RESYNC]:
                agreeing.append((skip, other))
        if not agreeing:
            return *passed, shared
        skip, other = min(agreeing, key=lambda edit: (sum(edit), edit))
        i, j = i + skip, j + other


def run_around(a: list, b: list, i: int, j: int) -> tuple[int, int, int, int, int]:
    """Return (first, behind the last) word of the run through words i and j in a, the same in b, and how many words agree."""
    right_a, right_b, right = follow(a[i:], b[j:])
    left_a, left_b, left = follow(a[:i][::-1], b[:j][::-1])
    return i - left_a, i + right_a, j - left_b, j + right_b, left + right


def runs_apart(runs: list[tuple[tuple, tuple]]) -> list[int]:
    """Return which runs overlap none before them that is kept; a run has two sides: (document, text, first, behind the last) each.

    Runs meet only between the same two documents, there in the same text.
    """
    kept: list[int] = []
    for number, run in enumerate(runs):
        rivals = [runs[other] for other in kept if {side[0] for side in runs[other]} == {side[0] for side in run}]
        overlapping = [
            (mine, other)
            for rival in rivals
            for mine in run
            for other in rival
            if mine[1] == other[1] and mine[2] < other[3] and other[2] < mine[3]
        ]
        kept += [] if overlapping else [number]
    return kept


def word_starts(text: str) -> list[int]:
    """Return the number of the character with which each word begins: the first by which there are so many words."""
    counts = [len(words(text[:end])) for end in range(len(text) + 1)]
    return [end - 1 for end in range(1, len(text) + 1) for _ in range(counts[end] - max(counts[:end]))]
