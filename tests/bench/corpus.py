"""Make a corpus of any size: `python tests/bench/corpus.py --size 1G [--seed 1] [--truth truth.jsonl] > corpus.jsonl`.

Documents as JSON lines (id, source, date, text) with duplicates planted in them. The same seed gives the same bytes, and a larger
corpus begins with a smaller one: each block of documents is made from the seed and its number alone, and so is each group of
copies, so that copies lie any distance apart and nothing has to be kept.

The truth has a line for each planted paragraph: document, paragraph (from 0), kind, how, group, words, edits. Paragraphs of one
group say the same (how: exact, edited; of furniture also dated, which differs in figures), or hold the same run (lifted).

A tenth of the paragraphs is recycled (four of a group on average; the largest groups grow with the logarithm of the corpus), 3 %
hold a lifted run, 2 % are captions that stand a second time next to themselves, and each document wears the furniture of its
source. Sources grow in number and in size as the corpus does. Words are drawn by Zipf's law, apart from each other (see
`vocabulary`): beyond set phrases, two paragraphs share less than those of one real language and subject do.

A core writes 100 MB a second, 75 with the truth beside it, the half second at the start included (400 MB).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from itertools import count
from pathlib import Path
from statistics import NormalDist
from typing import BinaryIO, NamedTuple

import numpy as np
from furniture import PART, draw_moments, make_site
from numpy.typing import NDArray
from vocabulary import CUES, N_DRAWS, STOP_BITS, Words

from dedup.settings import parse_size

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Draws = NDArray[np.uint32]

N_DOCUMENTS = 256
"""Documents of a block: some 1.5 MB, so that its arrays stay in the cache."""
FRESH, RECYCLED, LIFTED, CAPTION, DOUBLED = range(5)
SHARES = (0.10, 0.03, 0.02)
"""Of a document's paragraphs: recycled ones, those with a lifted run, captions."""
NEW_GROUPS = {RECYCLED: 106, LIFTED: 50, CAPTION: 70}
"""Groups that a block begins; what else it plants belongs to any group so far."""
EDITED = {RECYCLED: 0.5, LIFTED: 0.0, CAPTION: 0.0, DOUBLED: 0.4}
LEAST_EDITED, MOST_EDITED = 0.01, 0.10
"""Share of its words in which a copy is edited: a tenth leaves two thirds of the pairs of words that either side has."""
LEAST_RUN, RUNS = 12, 16
"""Words of the shortest run, and how many lengths there are."""
RUN_SHARE = 4
"""A paragraph is so many times as long as the run that was lifted into it, lest it be alike as a whole."""
CUED = 3
"""One group of captions in so many has a cue."""
PARAGRAPH, BRIEF, BODY = (38, 0.65, 4, 250), (16, 0.4, 7, 40), (13, 0.7, 3, 150)
"""Lognormal lengths (median, spread, least, most): words of a paragraph and of a caption, paragraphs of a document."""
SOURCES, NEW_SOURCES = 8, 1
"""Sources of the first block, and those that each further one adds."""
KINDS = {RECYCLED: ("p", "paragraph"), LIFTED: ("r", "passage"), CAPTION: ("c", "caption"), DOUBLED: ("c", "caption")}


class Slots(NamedTuple):
    """The paragraphs of a block, furniture aside: (n,) each.

    document: rising, within the block; ordinal: within its document; kind; group (-1 for none); key: of its group, from which its
    words follow; is_edited; words: its length, before edits.
    """

    document: Ints
    ordinal: Ints
    kind: Ints
    group: Ints
    key: Keys
    is_edited: NDArray[np.bool_]
    words: Ints


class Made(NamedTuple):
    """A document as a line of JSON, and its truth as lines of JSON."""

    row: bytes
    truth: bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=parse_size, required=True, help="bytes, or with K, M, G")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        truth = stack.enter_context(options.truth.open("wb")) if options.truth else None
        write_corpus(sys.stdout.buffer, options.size, options.seed, truth)


def write_corpus(out: BinaryIO, size: int, seed: int, truth: BinaryIO | None = None) -> None:
    """Write documents until there are at least so many bytes."""
    words, written = Words(), 0
    for block in count():
        for made in make_block(words, seed, block, truth is not None):
            written += out.write(made.row)
            if truth is not None:
                truth.write(made.truth)
            if written >= size:
                return


def make_block(words: Words, seed: int, block: int, with_truth: bool) -> Iterator[Made]:
    """Yield the documents of a block, without their truth unless it is wanted."""
    rng = np.random.default_rng([seed, 0, block])
    slots = _plan_slots(rng, seed, block)
    draws, ends, edits = _draw_words(rng, slots)
    is_last = np.append(slots.document[1:] != slots.document[:-1], True)
    bodies = words.write(draws, ends, is_last).decode().splitlines()
    n_sources = SOURCES + NEW_SOURCES * block
    sources = (n_sources * rng.random(N_DOCUMENTS) ** 2).astype(np.int64).tolist()
    moments = draw_moments(rng, N_DOCUMENTS)
    truths = _tell_planted(slots, edits) if with_truth else None
    for i, (body, source, moment) in enumerate(zip(bodies, sources, moments, strict=True)):
        site, name = make_site(seed, source), f"d{block * N_DOCUMENTS + i}"
        head, foot, date = site.dress(moment)
        row = f'{{"id":"{name}","source":"s{source}","date":"{date}","text":"{head}{body}{foot}"}}\n'
        told = [*((len(site.head) + at, rest) for at, rest in truths[i]), *site.tell(body.count(PART) + 1)] if truths else []
        yield Made(row.encode(), "".join(f'{{"document":"{name}","paragraph":{at},{rest}}}\n' for at, rest in told).encode())


@cache
def spread_lengths(median: float, spread: float, least: int, most: int) -> Ints:
    """Return 4,096 lengths, rising, as many of each as a lognormal distribution has."""
    curve = NormalDist(float(np.log(median)), spread)
    return np.clip(np.exp([curve.inv_cdf((i + 0.5) / 4096) for i in range(4096)]), least, most).astype(np.int64)


def fill_ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return the numbers starts[i], starts[i] + 1, ... of each range, one range after the other."""
    return np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)


def draw_fresh(rng: np.random.Generator, n: int) -> Draws:
    """Return so many words that no group hangs on."""
    return rng.integers(0, N_DRAWS, n, np.uint32)


def draw_keyed(keys: Keys, words: Ints) -> Draws:
    """Return the first words of each key's text, so many, one text after the other; always the same."""
    mixed = mix(np.repeat(keys, words) + fill_ranges(np.zeros(len(words), np.int64), words).astype(np.uint64))
    return ((mixed >> np.uint64(32)) * np.uint64(N_DRAWS) >> np.uint64(32)).astype(np.uint32)


def edit_texts(rng: np.random.Generator, text: Draws, lengths: Ints, is_edited: NDArray[np.bool_]) -> tuple[Draws, Ints, Ints]:
    """Return (texts with words replaced, left out and put in, their lengths, edits of each); the first word of each stays."""
    starts, shares = np.cumsum(lengths) - lengths, rng.uniform(LEAST_EDITED, MOST_EDITED, len(lengths)) * is_edited
    hit = rng.random(len(text), np.float32) < np.repeat(shares, lengths)
    hit[starts] = False
    at = np.flatnonzero(hit)
    change = rng.integers(-1, 2, len(at))
    counts = np.ones(len(text), np.int64)
    counts[at] += change
    last = np.cumsum(counts)[at[change >= 0]] - 1
    edited = np.repeat(text, counts)
    edited[last] = draw_fresh(rng, len(last))
    return edited, np.add.reduceat(counts, starts), np.add.reduceat(hit, starts, dtype=np.int64)


def mix(numbers: Keys) -> Keys:
    """Return numbers scrambled (the finaliser of SplitMix64: Steele, Lea, Flood, 2014)."""
    numbers = numbers * np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return numbers ^ numbers >> np.uint64(31)


def _plan_slots(rng: np.random.Generator, seed: int, block: int) -> Slots:
    sizes = rng.choice(spread_lengths(*BODY), N_DOCUMENTS)
    n, ordinal = int(sizes.sum()), fill_ranges(np.zeros(N_DOCUMENTS, np.int64), sizes)
    kind = 1 + np.searchsorted(np.cumsum(SHARES), rng.random(n), "right")
    captions = np.flatnonzero((kind[:-1] == CAPTION) & (ordinal[1:] > 0))
    kind[kind >= CAPTION] = FRESH
    captions = captions[np.diff(captions, prepend=-2) > 1]
    kind[captions], kind[captions + 1] = CAPTION, DOUBLED
    group, is_edited, key = np.full(n, -1), np.zeros(n, bool), np.zeros(n, np.uint64)
    for one, n_new in NEW_GROUPS.items():
        at = np.flatnonzero(kind == one)
        group[at], is_first = _draw_groups(rng, len(at), n_new, block)
        is_edited[at] = ~is_first & (rng.random(len(at)) < EDITED[one])
        key[at] = mix(np.uint64((seed << 2 | one) << 32) + group[at].astype(np.uint64))
    group[captions + 1], key[captions + 1] = group[captions], key[captions]
    is_edited[captions + 1] = rng.random(len(captions)) < EDITED[DOUBLED]
    document = np.repeat(np.arange(N_DOCUMENTS), sizes)
    return Slots(document, ordinal, kind, group, key, is_edited, _choose_lengths(rng, kind, key))


def _draw_groups(rng: np.random.Generator, n: int, n_new: int, block: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return (n groups: each new one of the block once, then any so far; which of them begin a group), in random order."""
    order, n_so_far = rng.permutation(n), (block + 1) * n_new
    groups = np.append(block * n_new + np.arange(n_new), rng.integers(0, n_so_far, max(n - n_new, 0)))[order]
    return groups, order < n_new


def _choose_lengths(rng: np.random.Generator, kind: Ints, key: Keys) -> Ints:
    body, brief, drawn = spread_lengths(*PARAGRAPH), spread_lengths(*BRIEF), key >> np.uint64(52)
    words = rng.choice(body, len(kind))
    words[kind == RECYCLED] = body[drawn[kind == RECYCLED]]
    words[kind >= CAPTION] = brief[drawn[kind >= CAPTION]]
    return np.where(kind == LIFTED, np.maximum(words, RUN_SHARE * _measure_runs(key)), words)


def _measure_runs(key: Keys) -> Ints:
    return LEAST_RUN + (key % np.uint64(RUNS)).astype(np.int64)


def _draw_words(rng: np.random.Generator, slots: Slots) -> tuple[Draws, Ints, Ints]:
    """Return (the words of all slots, where each slot's end, how many edits are in each)."""
    at = np.flatnonzero(slots.kind != FRESH)
    is_lifted, key = slots.kind[at] == LIFTED, slots.key[at]
    before = np.where(is_lifted, _measure_runs(key), slots.words[at])
    text = draw_keyed(key, before)
    cued = np.flatnonzero((slots.kind[at] >= CAPTION) & (slots.group[at] % CUED == 0))
    text[(np.cumsum(before) - before)[cued]] = N_DRAWS + ((slots.group[at[cued]] // CUED % len(CUES) + 1) << STOP_BITS) - 1
    text, after, n_edits = edit_texts(rng, text, before, slots.is_edited[at])
    words, edits = slots.words.copy(), np.zeros_like(slots.words)
    words[at] += after - before
    edits[at] = n_edits
    ends = np.cumsum(words)
    draws = draw_fresh(rng, int(ends[-1]))
    offsets = np.where(is_lifted, rng.integers(0, words[at] - after + 1), 0)
    draws[fill_ranges(ends[at] - words[at] + offsets, after)] = text
    return draws, ends, edits


def _tell_planted(slots: Slots, edits: Ints) -> list[list[tuple[int, str]]]:
    """Return the planted paragraphs of each document: (ordinal, the rest of its truth)."""
    told: list[list[tuple[int, str]]] = [[] for _ in range(N_DOCUMENTS)]
    at = np.flatnonzero(slots.kind != FRESH)
    columns = (slots.document, slots.ordinal, slots.kind, slots.group, slots.words, edits)
    for document, ordinal, kind, group, words, n_edits in zip(*(column[at].tolist() for column in columns), strict=True):
        letter, name = KINDS[kind]
        how = "lifted" if kind == LIFTED else "edited" if n_edits else "exact"
        rest = f'"kind":"{name}","how":"{how}","group":"{letter}{group}","words":{words},"edits":{n_edits}'
        told[document].append((ordinal, rest))
    return told


if __name__ == "__main__":
    main()
