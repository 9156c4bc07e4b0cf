"""A corpus as the rows of an index and what its texts are found by, all at once for a new one, else document by document."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from dedup.corpus import Corpus, hash_documents
from dedup.lifts import fingerprint_corpus
from dedup.model import Sets
from dedup.passage import fingerprint_texts
from dedup.pipeline import Progress, join_texts, make_keys, no_progress, shingle_texts
from dedup.settings import Settings
from dedup.store import Contents, Keys, StoredDocument, StoredParagraph, choose_wording, pack_postings, require_room

PARAGRAPHS_AT_ONCE = 50_000

_NO_HASHES, _NO_OWNERS = np.empty(0, np.uint64), np.empty(0, np.int64)


def list_contents(corpus: Corpus, settings: Settings, keys: Keys, pool: Executor) -> Contents:
    """Return the rows of a new index. keys: of the texts."""
    require_room(len(corpus.first))
    postings = pool.submit(pack_postings, keys, np.arange(1, len(corpus.first) + 1))
    numbers = {source: i for i, source in enumerate(dict.fromkeys(corpus.sources), 1)}
    of_documents = (map(numbers.__getitem__, corpus.sources), corpus.dates, hash_documents(corpus.batches, settings.split))
    counts = (corpus.document_paragraphs.tolist(), corpus.document_words.tolist())
    in_source = np.bincount([numbers[source] for source in corpus.sources])
    halves = corpus.digests.view(np.int64)
    bodies = corpus.texts_of(corpus.first, prose=True)
    masks = [mask or None for mask in corpus.masks[corpus.first].view(np.int64).tolist()]
    columns = (halves[:, 0].tolist(), halves[:, 1].tolist(), masks, corpus.words[corpus.first].tolist(), bodies)
    return Contents(
        sources=[(number, source, int(in_source[number])) for source, number in numbers.items()],
        documents=zip(range(1, len(corpus.names) + 1), corpus.names, *of_documents, *counts, strict=True),
        texts=zip(range(1, len(bodies) + 1), *columns, strict=True),
        paragraphs=_list_paragraphs(corpus, bodies),
        postings=postings.result,
    )


def make_corpus_keys(corpus: Corpus, settings: Settings, pool: Executor, progress: Progress) -> Keys:
    """Return what the texts of a corpus are found by: band keys and, where passages are looked for, fingerprints."""
    bands = make_keys(corpus.sets, settings, pool, progress)
    if not settings.passages:
        return Keys(bands, _NO_HASHES, _NO_OWNERS)
    found = fingerprint_corpus(corpus, settings, pool, progress)
    return Keys(bands, found.hashes, found.texts)


def make_text_keys(texts: list[str], settings: Settings, pool: Executor) -> Keys:
    """Return what texts are found by, each taken as one paragraph."""
    shingled = shingle_texts(texts, settings)
    sets = Sets(shingled.shingles, shingled.offsets[:-1], shingled.offsets[1:])
    bands = make_keys(sets, settings, pool, no_progress)
    if not settings.passages:
        return Keys(bands, _NO_HASHES, _NO_OWNERS)
    buffer, offsets = join_texts(texts)
    found = fingerprint_texts(buffer, offsets[:-1], offsets[1:], np.arange(len(texts)), settings.passage_words)
    return Keys(bands, found.hashes, found.texts)


def list_documents(corpus: Corpus, settings: Settings) -> Iterator[StoredDocument]:
    """Yield the documents of a corpus with their paragraphs, as an index keeps them."""
    held = groupby(_list_stored(corpus), itemgetter(0))
    number, rows = next(held, (-1, iter(())))
    described = zip(corpus.names, corpus.sources, corpus.dates, hash_documents(corpus.batches, settings.split), strict=True)
    for i, document in enumerate(described):
        paragraphs = [row for _, row in rows] if i == number else []
        if i == number:
            number, rows = next(held, (-1, iter(())))
        yield StoredDocument(*document, paragraphs)


def _list_paragraphs(corpus: Corpus, bodies: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the table of paragraphs; a body only where it differs from the text's, prose only where from the body."""
    for at in range(0, len(corpus.document), PARAGRAPHS_AT_ONCE):
        some = slice(at, at + PARAGRAPHS_AT_ONCE)
        columns = (corpus.document + 1, corpus.ordinal, corpus.text + 1, corpus.start_point, corpus.line, corpus.roles)
        yield from zip(*(column[some].tolist() for column in columns), *_choose_wordings(corpus, bodies, some), strict=True)


def _choose_wordings(corpus: Corpus, bodies: list[str], some: slice) -> tuple[list[str | None], list[str | None]]:
    """Return (bodies, prose) that are kept of some paragraphs; of one that a text's usual wording is taken from, mostly nothing."""
    texts = corpus.text[some]
    numbers = np.arange(len(corpus.document))[some]
    of_batches = np.array([batch.original is not None for batch in corpus.batches])
    is_other = (corpus.first[texts] != numbers) | of_batches[np.searchsorted(corpus.batch_starts, numbers, "right") - 1]
    others = numbers[is_other]
    bodies_kept: list[str | None] = [None] * len(numbers)
    prose_kept = bodies_kept.copy()
    usual = (bodies[text] for text in texts[is_other].tolist())
    wordings = map(choose_wording, corpus.texts_of(others), corpus.texts_of(others, prose=True), usual)
    for place, (body, prose) in zip(np.flatnonzero(is_other).tolist(), wordings, strict=True):
        bodies_kept[place], prose_kept[place] = body, prose
    return bodies_kept, prose_kept


def _list_stored(corpus: Corpus) -> Iterator[tuple[int, StoredParagraph]]:
    halves = corpus.digests.view(np.int64)
    for at in range(0, len(corpus.document), PARAGRAPHS_AT_ONCE):
        numbers = np.arange(len(corpus.document))[at : at + PARAGRAPHS_AT_ONCE]
        high, low = halves[corpus.text[numbers]].T.tolist()
        masks = [mask or None for mask in corpus.masks[numbers].view(np.int64).tolist()]
        columns = (corpus.words, corpus.start_point, corpus.line, corpus.roles)
        bodies = (corpus.texts_of(numbers), corpus.texts_of(numbers, prose=True))
        rows = (high, low, masks, *(column[numbers].tolist() for column in columns), *bodies)
        yield from zip(corpus.document[numbers].tolist(), map(StoredParagraph, *rows), strict=True)
