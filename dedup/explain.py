"""Explain why two paragraphs are a pair or not: their similarity, what they share, and what the bands make of them.

What happens: read both documents -> segment and shingle as an audit does -> where more than two paragraphs are left, compare all
and take the two most alike -> sketch, band and verify them by the very kernels of an audit -> compare at other settings.
Leaves out: what only a corpus can tell (furniture and its masks, kinds, clusters by way of a third text, crowded buckets).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from dedup.align import Runs, align_seeds
from dedup.band import choose_bands, find_probability, key_bands
from dedup.corpus import Corpus
from dedup.diff import diff_words, join_words
from dedup.errors import InputError
from dedup.lifts import Lifted
from dedup.model import DIGITS, Ints, Passage, Sets, Span, Words32
from dedup.named import Given, Named, find_paragraphs, read_named
from dedup.passage import fingerprint_texts, locate_words, pair_fingerprints, read_texts
from dedup.pipeline import ingest_batches, join_texts, no_progress, shingle_texts, state_settings
from dedup.read import Problems
from dedup.report.explanation import BandsSeen, Choice, Explanation, Likeness, Reason, Shingles, Side, Stretch, Width
from dedup.settings import Settings, change_settings
from dedup.shingle import Shingled
from dedup.sketch import draw_permutations, sketch_sets
from dedup.spans import describe_lifts
from dedup.verify import compare_sets, sort_sets, verify_pairs

WIDTHS = (1, 2, 3, 5)
SHOWN_SHINGLES = 8
CHUNK_PAIRS = 1 << 18

_BOTH = np.array([[0, 1]])


class _Chosen(NamedTuple):
    """Two paragraphs; how many pairs were compared, and how many of them reach the threshold; the similarity of the two."""

    paragraphs: tuple[int, int]
    n_compared: int
    n_pairs: int
    jaccard: float


class _Compared(NamedTuple):
    """Two texts compared: their sets sorted and without repeats; whether the exact similarity makes them a pair."""

    shingled: Shingled
    sets: Sets
    jaccard: float
    is_pair: bool

    @property
    def a(self) -> Words32:
        """Return the distinct shingles of the first, sorted."""
        return self.sets.shingles[self.sets.starts[0] : self.sets.ends[0]]

    @property
    def b(self) -> Words32:
        """Return the distinct shingles of the second, sorted."""
        return self.sets.shingles[self.sets.starts[1] : self.sets.ends[1]]


def explain(
    a: Given, b: Given, settings: Settings | None = None, *, tell: Callable[[str], None] | None = None, **changes: Any
) -> Explanation:
    """Return why two paragraphs are a pair or not.

    a, b: Documents, or what reports print: a file ("herald/ferry.txt"), a row ("feed.jsonl#7"), each also with a line (":9"), which
    names the paragraph that stands there. Of several paragraphs the two that are most alike are explained. changes: settings by
    name, as for `audit`; tell: told of records that had to be skipped.
    Raises InputError, with the nearest right name, for what is not there.

    >>> one, other = (Document("a", "The ferry sails at noon today."), Document("b", "The ferry sails at one today."))
    >>> found = explain(one, other)
    >>> found.is_pair, found.reason, round(found.similarity.jaccard, 3)
    (False, 'unlike', 0.429)
    """
    settings = change_settings(settings or Settings(), changes)
    named = read_named([a, b], settings, Problems(settings.strict, tell))
    corpus = _ingest(named, settings)
    paragraphs_a, paragraphs_b = (find_paragraphs(corpus, i, one) for i, one in enumerate(named))
    is_same = named[0].key == named[1].key
    chosen = _choose(corpus, paragraphs_a, paragraphs_b, is_same, settings.threshold)
    if chosen.n_compared > 1 and chosen.jaccard == 0.0:  # by single words, for there is no better
        plain = change_settings(settings, {"shingle": 1, "min_words": 0})
        by_words = _choose(_ingest(named, plain), paragraphs_a, paragraphs_b, is_same, settings.threshold)
        chosen = chosen._replace(paragraphs=by_words.paragraphs)
    return _explain_pair(corpus, [one.name for one in named], chosen, settings)


def _ingest(named: Sequence[Named], settings: Settings) -> Corpus:
    with ThreadPoolExecutor(1) as pool:
        return ingest_batches([one.batch for one in named], settings, pool, no_progress)


def _choose(corpus: Corpus, a: Ints, b: Ints, is_same: bool, threshold: float) -> _Chosen:
    """Return the two paragraphs most alike, of equals those with most words, then the first; none is held against itself."""
    sort_sets(corpus.sets, np.arange(len(corpus.first)))
    once = is_same and len(a) > 1 and corpus.ordinal[a].tolist() == corpus.ordinal[b].tolist()
    best, n_compared, n_pairs = (-1.0, 0, -1, -1), 0, 0
    step = max(1, CHUNK_PAIRS // len(b))
    for at in range(0, len(a), step):
        i, j = (side.ravel() for side in np.meshgrid(a[at : at + step], b, indexing="ij"))
        if is_same:
            apart = corpus.ordinal[i] < corpus.ordinal[j] if once else corpus.ordinal[i] != corpus.ordinal[j]
            i, j = i[apart], j[apart]
        if not len(i):
            continue
        texts = np.stack((corpus.text[i], corpus.text[j]), axis=1, dtype=np.int64)
        jaccard = np.where(texts[:, 0] == texts[:, 1], 1.0, compare_sets(corpus.sets, texts))
        words = np.minimum(corpus.words[i], corpus.words[j])
        top = np.lexsort((-np.arange(len(i)), words, jaccard))[-1]
        best = max(best, (float(jaccard[top]), int(words[top]), int(i[top]), int(j[top])), key=lambda found: found[:2])
        n_compared, n_pairs = n_compared + len(i), n_pairs + int((jaccard >= threshold).sum())
    if not n_compared:
        raise InputError(f"{corpus.names[0]}: A and B are the same paragraph, and no other is named; name another line")
    return _Chosen(best[2:], n_compared, n_pairs, best[0])


def _explain_pair(corpus: Corpus, names: Sequence[str], chosen: _Chosen, settings: Settings) -> Explanation:
    pair = np.array(chosen.paragraphs)
    texts = corpus.texts_of(pair, prose=True)
    compared = _compare(texts, settings)
    same_words = bool(corpus.text[pair[0]] == corpus.text[pair[1]])
    bands = _see_bands(compared, settings)
    is_pair = same_words or compared.is_pair
    masks = corpus.masks[pair]
    least = int(corpus.words[pair].min())
    return Explanation(
        settings=state_settings(settings),
        is_pair=is_pair,
        is_found=same_words or (is_pair and (settings.exact or bool(bands.agreeing))),
        reason=_find_reason(same_words, is_pair, least, settings),
        same_but_figures=not same_words and bool(masks[0] == masks[1] != 0),
        a=_describe_side(corpus, names[0], chosen.paragraphs[0], len(compared.a)),
        b=_describe_side(corpus, names[1], chosen.paragraphs[1], len(compared.b)),
        choice=Choice(chosen.n_compared, chosen.n_pairs) if chosen.n_compared > 1 else None,
        similarity=_measure(compared, bands),
        shingles=_show_shingles(texts, compared),
        bands=bands,
        pair_up_to=_round_down(compared.jaccard),
        dropped_from=_find_dropping(compared.jaccard),
        widths=tuple(_measure_width(texts, settings, shingle=n) for n in sorted({*WIDTHS, settings.shingle})),
        unshortened=_measure_width(texts, settings, min_words=least) if settings.shingle <= least < settings.min_words else None,
        diff=tuple(Stretch(piece.same, join_words(piece.before), join_words(piece.after)) for piece in diff_words(*texts)),
        passages=_find_runs(corpus, pair, texts, settings) if settings.passages and not same_words else (),
    )


def _compare(texts: Sequence[str], settings: Settings) -> _Compared:
    shingled = shingle_texts(texts, settings)
    sets = Sets(shingled.shingles.copy(), shingled.offsets[:-1].copy(), shingled.offsets[1:].copy())
    sort_sets(sets, np.arange(2))
    is_pair = len(verify_pairs(sets, _BOTH, settings.threshold).texts) > 0
    return _Compared(shingled, sets, float(compare_sets(sets, _BOTH)[0]), is_pair)


def _find_reason(same_words: bool, is_pair: bool, least: int, settings: Settings) -> Reason:
    if same_words:
        return "same words"
    if is_pair:
        return "alike"
    return "compared whole" if least < max(settings.shingle, settings.min_words) else "unlike"


def _describe_side(corpus: Corpus, name: str, paragraph: int, n_shingles: int) -> Side:
    place = Span(
        document=name,
        paragraph=int(corpus.ordinal[paragraph]),
        start=int(corpus.start_point[paragraph]),
        end=int(corpus.end_point[paragraph]),
        line=int(corpus.line[paragraph]),
        text=corpus.texts_of(np.array([paragraph]))[0],
    )
    n_paragraphs = int(corpus.document_paragraphs[corpus.document[paragraph]])
    return Side(**asdict(place), words=int(corpus.words[paragraph]), shingles=n_shingles, paragraphs=n_paragraphs)


def _see_bands(compared: _Compared, settings: Settings) -> BandsSeen:
    bands = choose_bands(settings.threshold)
    signatures = sketch_sets(compared.sets, draw_permutations(bands.bands * bands.rows, settings.seed))
    keys = key_bands(signatures, bands)
    agreeing = tuple(np.flatnonzero(keys[:, 0] == keys[:, 1]).tolist())
    chance = round(float(find_probability(compared.jaccard, bands)), DIGITS)
    return BandsSeen(bands.bands, bands.rows, int((signatures[0] == signatures[1]).sum()), agreeing, chance)


def _measure(compared: _Compared, bands: BandsSeen) -> Likeness:
    n_shared = len(np.intersect1d(compared.a, compared.b, assume_unique=True))
    shares = (compared.jaccard, n_shared / len(compared.a), n_shared / len(compared.b), bands.minima / (bands.bands * bands.rows))
    return Likeness(*(round(share, DIGITS) for share in shares))


def _show_shingles(texts: Sequence[str], compared: _Compared) -> Shingles:
    shared = np.intersect1d(compared.a, compared.b, assume_unique=True)
    a_only, b_only = np.setdiff1d(compared.a, shared), np.setdiff1d(compared.b, shared)
    sources = ((texts[0], 0, shared), (texts[0], 0, a_only), (texts[1], 1, b_only))
    examples = (_quote_shingles(text, compared.shingled, i, wanted) for text, i, wanted in sources)
    return Shingles(len(shared), len(a_only), len(b_only), *examples)


def _quote_shingles(text: str, shingled: Shingled, i: int, wanted: Words32) -> tuple[str, ...]:
    """Return the words of the first few wanted shingles of a text, in reading order."""
    mine = shingled.shingles[shingled.offsets[i] : shingled.offsets[i + 1]]
    width = int(shingled.n_words[i]) - len(mine) + 1
    first = np.unique(mine, return_index=True)[1]
    places = np.sort(first[np.isin(mine[first], wanted)])[:SHOWN_SHINGLES]
    content = text.encode()
    starts, ends = np.zeros(len(places), np.int64), np.full(len(places), len(content))
    spans = locate_words(np.frombuffer(content, np.uint8), starts, ends, np.stack((places, places + width), axis=1))
    return tuple(join_words([content[start:end].decode()]) for start, end in spans.tolist())


def _measure_width(texts: Sequence[str], settings: Settings, **changes: int) -> Width:
    settings = change_settings(settings, changes)
    compared = _compare(texts, settings)
    return Width(settings.shingle, settings.min_words, round(compared.jaccard, DIGITS), compared.is_pair)


def _round_down(jaccard: float) -> float | None:
    """Return the highest threshold in hundredths that a similarity reaches, None for 0."""
    hundredths = math.floor(jaccard * 100)
    hundredths += (hundredths + 1) / 100 <= jaccard  # .29 * 100 is 28.999999999999996
    return hundredths / 100 or None


def _find_dropping(jaccard: float) -> float | None:
    """Return the lowest threshold in hundredths that a similarity does not reach, None for 1."""
    if jaccard >= 1.0:
        return None
    return round((_round_down(jaccard) or 0.0) * 100 + 1) / 100


def _find_runs(corpus: Corpus, pair: Ints, texts: Sequence[str], settings: Settings) -> tuple[Passage, ...]:
    """Return the runs that an audit follows in two texts, longest first."""
    buffer, offsets = join_texts(texts)
    places = (buffer, offsets[:-1], offsets[1:])
    sizes = corpus.words[pair]
    words = np.empty(sizes.sum(), np.uint64)
    read_texts(*places, words)
    seeds = pair_fingerprints(fingerprint_texts(*places, np.arange(2), settings.passage_words), np.arange(2)).table
    runs = align_seeds(seeds, words, np.append(0, np.cumsum(sizes)), settings.passage_words)
    order = np.argsort(-runs.shared, kind="stable")
    passages, _ = describe_lifts(corpus, Lifted(Runs(*(column[order] for column in runs)), np.tile(pair, (len(order), 1)), 0))
    return tuple(passages)
