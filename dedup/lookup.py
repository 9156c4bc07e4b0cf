"""Drafts held against an index: the texts of the index that pair with theirs, and the paragraphs that hold those.

What happens: digests find texts with the same words; band keys find candidates, which are read and verified; masks find lines that
differ in figures and dates alone, by which furniture is told; fingerprints find texts that may share a run. The paragraphs found
and the drafts then make one corpus, published documents first, of which clusters and passages are made as of any other.
Leaves out: pairs among published documents (an audit finds those).
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dedup.band import choose_bands
from dedup.corpus import Corpus
from dedup.distinct import sort_unique, sort_unique_pairs
from dedup.lifts import fingerprint_corpus
from dedup.model import Batch, Floats, Ints, Sets, Words64
from dedup.passage import MOST_PLACES
from dedup.pipeline import Found, append_sets, expect_recall, join_texts, make_keys, no_progress
from dedup.settings import Settings
from dedup.store import Copy, Published, Store, Text
from dedup.strings import list_dates, list_labels, list_strings
from dedup.verify import Pairs, sort_sets, verify_pairs


class Held(NamedTuple):
    """Drafts with what an index has of them. n_unread: paragraphs of the index left unread; n_documents: of the index.

    common: uint64, fingerprints of drafts at too many places in the index to follow.
    """

    corpus: Corpus
    found: Found
    n_unread: int
    n_documents: int
    common: Words64


class _Matches(NamedTuple):
    """Texts of the index that may be some draft's: `same` as a draft's text by number; others that pair, share a mask or a run.

    sets: of the drafts' texts, then of the others'; weights: by number, how many texts each stands for; sharing: the numbers of
    those that share a fingerprint.
    """

    same: dict[int, int]
    others: dict[int, Text]
    sets: Sets
    pairs: Pairs
    weights: dict[int, float]
    n_candidates: int
    n_left_out: int
    sharing: Ints
    common: Words64


def hold_drafts(drafts: Corpus, found: Found, store: Store, settings: Settings, pool: Executor) -> Held:
    """Return drafts and the pairs found among them, together with what an index has of their texts.

    A document of the index with the name of a draft is that draft's earlier state: nothing is held against it.
    """
    with store.snapshot():
        matches = _find_matches(drafts, store, settings, pool)
        same_names = store.find_names(sorted({spelt for name in drafts.names for spelt in _spell(name)}))
        paired = {int(text) - len(drafts.first) for text in matches.pairs.texts[:, 1]}
        wanted = {number for place, number in enumerate(matches.others) if place in paired}
        wanted |= set(matches.same) | set(matches.weights) | set(matches.sharing.tolist())
        copies, weights, n_unread = _read_copies(sorted(wanted), matches, store, same_names)
        documents = store.read_documents(sorted({copy.document for copy in copies}))
        unread = store.count_sources([*drafts.sources, *(document.source for document in documents)])
        n_documents = store.count_documents() - len(same_names)
    unread.subtract(Counter(document.source for document in documents))
    corpus = _join(drafts, matches, copies, weights, documents)
    corpus = replace(corpus, unread=dict(unread))
    return Held(corpus, _add_pairs(found, matches, settings), n_unread, n_documents, matches.common)


def _spell(name: str) -> set[str]:
    """Return the ways to write a draft's name: "a.md" and "./a.md". What standard input holds has no name of its own."""
    plain = posixpath.normpath(name)
    return set() if name == "-" or name.startswith("-#") else {name, plain, f"./{plain}"}


def _find_matches(drafts: Corpus, store: Store, settings: Settings, pool: Executor) -> _Matches:
    active = sort_unique(drafts.text)
    halves = drafts.digests.view(np.int64)[active]
    same = {text.id: int(active[row]) for row, text in store.find_digests(halves[:, 0]) if text.low == halves[row, 1]}
    sets = Sets(drafts.sets.shingles, drafts.sets.starts[active], drafts.sets.ends[active])
    mates, n_left_out = store.find_bucket_mates(make_keys(sets, settings, pool, no_progress).ravel())
    new = ~np.isin(mates[:, 1], np.fromiter(same, np.int64, len(same)))
    candidates = sort_unique_pairs(np.stack((active[mates[new, 0] % max(len(active), 1)], mates[new, 1]), axis=1))
    sharing, common = _find_sharing(drafts, store, settings, pool)
    texts = {text.id: text for text in store.read_texts(sort_unique(np.concatenate((candidates[:, 1], sharing))))}
    masked, weights = _find_masked(drafts, store)
    others = {number: text for number, text in (texts | masked).items() if number not in same}
    joined = append_sets(drafts.sets, [text.body for text in others.values()], settings)
    place = dict(zip(others, range(len(drafts.first), len(drafts.first) + len(others)), strict=True))
    pairs = np.array([[text, place[number]] for text, number in candidates.tolist()], np.int64).reshape(-1, 2)
    sort_sets(joined, sort_unique(pairs))
    verified = verify_pairs(joined, pairs, settings.threshold)
    return _Matches(same, others, joined, verified, weights, len(pairs), n_left_out, sharing, common)


def _find_sharing(drafts: Corpus, store: Store, settings: Settings, pool: Executor) -> tuple[Ints, Words64]:
    """Return (texts of the index that share a fingerprint with a draft's, fingerprints that are too common to follow)."""
    if not settings.passages:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    found = fingerprint_corpus(drafts, settings, pool, no_progress)
    hashes = sort_unique(found.hashes)
    mates, _ = store.find_bucket_mates(hashes)
    is_common = np.bincount(mates[:, 0], minlength=len(hashes)) > MOST_PLACES
    return sort_unique(mates[~is_common[mates[:, 0]], 1]), hashes[is_common]


def _find_masked(drafts: Corpus, store: Store) -> tuple[dict[int, Text], dict[int, float]]:
    """Return the texts under the masks of drafts, and how many texts under its mask each stands for."""
    texts: dict[int, Text] = {}
    weights: dict[int, float] = {}
    for mask in sort_unique(drafts.masks[drafts.masks != 0]).view(np.int64).tolist():
        some, count = store.find_masked(mask)
        texts |= {text.id: text for text in some}
        weights |= {text.id: count / len(some) for text in some}
    return texts, weights


def _read_copies(
    texts: Sequence[int], matches: _Matches, store: Store, leaving_out: Sequence[int]
) -> tuple[list[Copy], Floats, int]:
    """Return (paragraphs of the index that hold some texts, in reading order, how many each stands for, how many were unread)."""
    read: list[tuple[Copy, float]] = []
    n_unread = 0
    for text in texts:
        copies, count = store.read_copies(text, leaving_out)
        n_unread += count - len(copies)
        weight = matches.weights.get(text, 1.0) * count / max(len(copies), 1)
        read += [(copy, weight) for copy in copies]
    read.sort()
    return [copy for copy, _ in read], np.array([weight for _, weight in read]), n_unread


def _join(drafts: Corpus, matches: _Matches, copies: list[Copy], weights: Floats, documents: list[Published]) -> Corpus:
    """Return one corpus of paragraphs of the index and drafts, the index's documents first."""
    prose, offsets = join_texts([copy.prose for copy in copies])
    body, _ = join_texts([copy.body for copy in copies])
    n_texts, n_copies, others = len(drafts.first), len(copies), matches.others.values()
    place = matches.same | {text.id: n_texts + i for i, text in enumerate(others)}
    number = {document.id: i for i, document in enumerate(documents)}
    text = np.array([place[copy.text] for copy in copies], np.int64)
    words, masks = np.zeros(n_texts, np.int64), np.zeros(n_texts, np.uint64)
    words[drafts.text], masks[drafts.text] = drafts.words, drafts.masks
    words = np.append(words, np.array([other.words for other in others], np.int64))
    masks = np.append(masks, np.array([other.mask or 0 for other in others], np.int64).view(np.uint64))
    halves = np.array([(other.high, other.low) for other in others], np.int64).reshape(-1, 2).view(np.uint64)

    first = np.append(np.where(drafts.first < 0, -1, drafts.first + n_copies), np.full(len(matches.others), -1))
    held = np.flatnonzero(first[text] < 0)[::-1]
    first[text[held]] = held  # of several copies the first is written last

    def join(of_copies: Sequence[int] | Ints, of_drafts: Ints) -> Ints:
        return np.concatenate((np.asarray(of_copies, np.int64), of_drafts))

    return Corpus(
        batches=[Batch([], [], [], prose, offsets, body), *drafts.batches],
        batch_starts=join([0], drafts.batch_starts + n_copies),
        names=list_strings([*(document.name for document in documents), *drafts.names]),
        sources=list_labels([*(document.source for document in documents), *drafts.sources]),
        dates=list_dates([*(document.date for document in documents), *drafts.dates]),
        document_paragraphs=join([document.paragraphs for document in documents], drafts.document_paragraphs),
        document_words=join([document.words for document in documents], drafts.document_words),
        document=join([number[copy.document] for copy in copies], drafts.document + len(documents)),
        ordinal=join([copy.ordinal for copy in copies], drafts.ordinal),
        start=join(offsets[:-1], drafts.start),
        end=join(offsets[1:], drafts.end),
        start_point=join([copy.start for copy in copies], drafts.start_point),
        end_point=join([copy.start + len(copy.body) for copy in copies], drafts.end_point),
        line=join([copy.line for copy in copies], drafts.line),
        words=join(words[text], drafts.words),
        masks=np.concatenate((masks[text], drafts.masks)),
        roles=np.concatenate((np.array([copy.role for copy in copies], np.uint8), drafts.roles)),
        text=join(text, drafts.text),
        first=first,
        digests=np.concatenate((drafts.digests, halves)),
        sets=matches.sets,
        n_published=len(documents),
        weights=np.concatenate((weights, np.ones(len(drafts.document)))),
    )


def _add_pairs(found: Found, matches: _Matches, settings: Settings) -> Found:
    jaccard = np.concatenate((found.jaccard, matches.pairs.jaccard))
    return Found(
        pairs=np.concatenate((found.pairs, matches.pairs.texts)),
        jaccard=jaccard,
        n_candidates=found.n_candidates + matches.n_candidates,
        n_left_out=found.n_left_out + matches.n_left_out,
        expected_recall=expect_recall(jaccard, choose_bands(settings.threshold), settings.threshold),
    )
