"""The words that made corpora are written with, and how draws become text.

Words and set phrases are those of data/newsroom, by how often they stand there; the rarer ones are made of the beginning of one
and the ending of another ("lighthouse" and "council": "lighthouncil"), so that the same seed gives the same bytes wherever the
repository is. A draw is 32 random bits: the upper 20 choose a word by Zipf's law, the lower 12 what stands behind it.
Leaves out: grammar, and all but Latin letters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import kernel

Ints = NDArray[np.int64]
Draws = NDArray[np.uint32]

NEWSROOM = Path(__file__).parents[2] / "data" / "newsroom"
N_WORDS = 200_000
WORD_BITS, STOP_BITS = 20, 12
LONGEST, WIDTH = 15, 20
"""Bytes of a word, and of one with what stands behind it, padded."""
PHRASE_WORDS, PHRASE_COUNT = (2, 3), 5
"""Set phrases ("in the", "more than"), which texts share more often than chance: drawn as if they were one word."""
OFFSET = 2.7
"""Of Mandelbrot's law, by which a word has the share 1 / (rank + offset): the first ones are not as common as Zipf's would be."""
STOPS, COMMAS = 256, 640
"""Of 4,096 draws so many end a sentence (16 words on average), and so many, less those, a part of one."""
ENDINGS = (b" ", b", ", b". ", b".\\n\\n", b".\n")
"""Behind a word; a paragraph ends as JSON writes it, a document at a real end of line."""
INSIDE, COMMA, SENTENCE, PARAGRAPH, DOCUMENT = range(5)
N_ENDINGS = len(ENDINGS)
CUES = ("Pictured:", "File photo:", "(AP)")
CUE_PARTS = ("pictur", "photo", "image", "caption", "credit")
"""A word with one of these would make a caption of what it stands in."""
N_DRAWS = ((1 << WORD_BITS) - len(CUES)) << STOP_BITS
"""Draws below are words, those from here on cues."""


class Words:
    """A vocabulary as tables: the word of each draw, and the bytes of each word with each ending, in lower case and capitalised."""

    def __init__(self) -> None:
        words = list_words()
        weights = np.cumsum(1.0 / (np.arange(len(words)) + 1 + OFFSET))
        places = (np.arange(N_DRAWS >> STOP_BITS) + 0.5) / (N_DRAWS >> STOP_BITS)
        drawn = np.searchsorted(weights, places * weights[-1])
        self._table = np.append(drawn, len(words) + np.arange(len(CUES))).astype(np.int32)
        self._forms, self._sizes = _make_forms([*words, *CUES])

    def write(self, draws: Draws, ends: Ints, ends_document: NDArray[np.bool_]) -> bytes:
        """Return the paragraphs draws[:ends[0]], draws[ends[0]:ends[1]], ... as text, every document as a line.

        ends_document: of each paragraph, whether it is the last of its document.
        """
        endings = np.where(ends_document, DOCUMENT, PARAGRAPH)
        text = np.empty(len(draws) * WIDTH, np.uint8)
        return text[: _write_kernel(draws, ends, endings, self._table, self._forms, self._sizes, text)].tobytes()


@kernel(microseconds=5)
def _write_kernel(draws, ends, endings, table, forms, sizes, text):
    filled, paragraph, form = 0, 0, PARAGRAPH
    for i in range(len(draws)):
        stop = draws[i] & np.uint32(0xFFF)
        capital = N_ENDINGS if form >= SENTENCE else 0
        form = SENTENCE if stop < STOPS else COMMA if stop < COMMAS else INSIDE
        if i + 1 == ends[paragraph]:
            form = endings[paragraph]
            paragraph += 1
        row = np.int64(table[draws[i] >> np.uint32(STOP_BITS)]) * 2 * N_ENDINGS + capital + form
        for k in range(WIDTH):  # always so many, for a loop of unknown length takes three times as long
            text[filled + k] = forms[row, k]
        filled += np.int64(sizes[row])
    return filled


@cache
def list_words() -> tuple[str, ...]:
    """Return words and set phrases, the most common first, then made ones."""
    paragraphs = dict.fromkeys(p for path in sorted(NEWSROOM.rglob("*.txt")) for p in path.read_text("utf-8").split("\n\n"))
    runs = [re.findall(r"[a-z]+(?:'[a-z]+)?", paragraph.lower()) for paragraph in paragraphs]
    singles = Counter(word for run in runs for word in run)
    phrases = Counter(" ".join(run[i : i + n]) for run in runs for n in PHRASE_WORDS for i in range(len(run) - n + 1))
    counts = singles + Counter({phrase: count for phrase, count in phrases.items() if count >= PHRASE_COUNT})
    usable = (word for word in counts if len(word) <= LONGEST and not any(part in word for part in CUE_PARTS))
    real = sorted(usable, key=lambda word: (-counts[word], word))
    return (*real, *_make_words([word for word in real if " " not in word], N_WORDS - len(real)))


def _make_words(words: Sequence[str], wanted: int) -> list[str]:
    """Return words that are not there yet, each of the beginning of one and the ending of another."""
    seams = [(word, match.start() + 1) for word in words for match in re.finditer("[aeiouy][^aeiouy']", word)]
    beginnings = list(dict.fromkeys(word[:at] for word, at in seams if at > 1))
    endings = list(dict.fromkeys(word[at:] for word, at in seams if at < len(word) - 1))
    rng, made, known = np.random.default_rng(1), dict[str, None](), set(words)
    while len(made) < wanted:
        pairs = zip(rng.integers(0, len(beginnings), wanted).tolist(), rng.integers(0, len(endings), wanted).tolist(), strict=True)
        new = (beginnings[i] + endings[j] for i, j in pairs)
        made |= dict.fromkeys(word for word in new if word not in known and len(word) <= LONGEST)
    return list(made)[:wanted]


def _make_forms(words: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return (every word with every ending, in lower case, then capitalised: N_ENDINGS rows each; the bytes of each row)."""
    plain = np.array([word.encode() for word in words], f"S{WIDTH}")
    lengths, at = np.char.str_len(plain), np.arange(len(words))
    forms = np.empty((len(words), 2, N_ENDINGS, WIDTH), np.uint8)
    forms[:] = plain.view(np.uint8).reshape(-1, 1, 1, WIDTH)
    for i, ending in enumerate(ENDINGS):
        for k, byte in enumerate(ending):
            forms[at, :, i, lengths + k] = byte
    first = forms[:, 1, :, 0]
    first[(first >= ord("a")) & (first <= ord("z"))] -= 32
    sizes = np.add.outer(np.repeat(lengths, 2), [len(ending) for ending in ENDINGS])
    return forms.reshape(-1, WIDTH), sizes.ravel().astype(np.uint8)
