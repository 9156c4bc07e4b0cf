"""Records and documents gathered into columns."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shapes import many_scripts

from dedup.model import Document
from dedup.read import batches
from dedup.read.batches import Cuts, Record, gather_batches, iterate_documents, make_batch
from dedup.read.plain import batch_documents
from dedup.read.problems import Problems

documents = st.builds(Document, many_scripts, many_scripts, many_scripts, st.one_of(st.none(), st.just("2024-05-03T00:00:00")))


@given(st.lists(documents, max_size=6))
def test_documents_come_back_as_they_went_in(given_documents):
    assert list(iterate_documents(batch_documents(given_documents, Problems()))) == given_documents


@given(st.lists(st.integers(0, 25), max_size=12))
def test_batch_is_closed_by_the_document_that_fills_it(sizes):
    limit, batches.BATCH_BYTES = batches.BATCH_BYTES, 40
    try:
        made = list(gather_batches(Record(str(i), b"x" * size, "", None) for i, size in enumerate(sizes)))
    finally:
        batches.BATCH_BYTES = limit

    assert [name for batch in made for name in batch.names] == [str(i) for i in range(len(sizes))]
    assert all(len(batch.text) >= 40 and batch.offsets[-2] < 40 for batch in made[:-1])
    assert all(batch.offsets[-2] < 40 for batch in made)


def test_columns_are_of_one_length():
    batch = make_batch(["a", "b"], [b"one", b""], ["x", "y"], [None, "2024-05-03T00:00:00"])

    assert (len(batch), batch.offsets.tolist(), batch.text.tobytes()) == (2, [0, 3, 3], b"one")


def test_lone_surrogate_in_a_text_is_skipped_and_counted():
    problems = Problems()
    read = iterate_documents(batch_documents([Document("a", "one \ud800"), Document("b", "two")], problems))

    assert list(read) == [Document("b", "two")]
    assert problems.examples == ["a: lone surrogate (at character 4)"]


def test_name_that_utf8_cannot_hold_is_written_with_escapes():
    read = iterate_documents(batch_documents([Document("caf\udce9", "one", "\ud800.org"), Document("é", "two")], Problems()))

    assert [(document.name, document.source) for document in read] == [("caf\\udce9", "\\ud800.org"), ("é", "")]


def test_date_of_a_document_is_told_in_universal_time():
    read = iterate_documents(batch_documents([Document("a", "one", date="2024-05-03T10:00:00+02:00")], Problems()))

    assert next(read).date == "2024-05-03T08:00:00"


def test_no_document_is_no_batch():
    assert list(batch_documents([], Problems())) == []


def test_documents_with_and_without_cuts_are_batches_of_their_own():
    cuts = Cuts(np.array([0, 5]), np.array([3, 8]), np.array([0, 1], np.uint8))
    records = [
        Record("a", b"one\n\ntwo", "", None, None, cuts),
        Record("b", b"four. six", "", None, None, cuts),
        Record("c", b"x", "", None),
    ]

    first, second = gather_batches(records)

    assert (first.names, second.names, second.blocks) == (["a", "b"], ["c"], None)
    assert [column.tolist() for column in first.blocks] == [[0, 0, 1, 1], [0, 5, 8, 13], [3, 8, 11, 16], [0, 1, 0, 1]]
