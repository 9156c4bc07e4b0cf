"""Any bytes as a text file: read or counted, never a crash, never a letter that was not there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from budget import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.read import Problems, find_inputs, read_batches
from dedup.read.batches import iterate_documents
from dedup.read.encodings import decode_text, explain_failure
from dedup.segment import split_paragraphs
from dedup.settings import SPLITS, Settings

LETTERS = "aeé ñß“łžы中の\n\r\t\f\x00\ufeff\ufffd\u2028\U0001f600 .,-12"
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "cp1250", "cp1251", "gb18030", "cp932", "utf-16", "utf-16-le", "utf-32-be", "utf-7")
texts = st.text(st.one_of(st.sampled_from(LETTERS), st.characters(exclude_categories=["Cs"])), max_size=200)
encoded = st.tuples(texts, st.sampled_from(ENCODINGS)).map(lambda pair: pair[0].encode(pair[1], "ignore"))
any_bytes = st.one_of(st.binary(max_size=300), encoded, st.tuples(encoded, st.binary(max_size=3), encoded).map(b"".join))


@settings(max_examples=count_examples(400, n_tests=3))
@given(any_bytes)
def test_bytes_are_decoded_or_refused(content):
    decoded = decode_text(content)
    if decoded is None:
        failure = explain_failure(content)

        assert failure.line >= 1
    else:
        replaced = decoded.text.decode().count("\ufffd")
        is_from_unicode = decoded.encoding.startswith(("utf", "gb18030"))

        assert replaced == 0 or (is_from_unicode and len(decoded.text) >= 3 * replaced)
        assert content.decode(decoded.encoding).removeprefix("\ufeff").encode() == decoded.text


@settings(max_examples=count_examples(400, n_tests=3))
@given(any_bytes, st.sampled_from(SPLITS))
def test_what_is_decoded_is_split_into_paragraphs_of_it(content, split):
    decoded = decode_text(content)
    if decoded is None:
        return
    found = split_paragraphs(np.frombuffer(decoded.text, np.uint8), np.array([0, len(decoded.text)]), split)
    text = decoded.text.decode()
    for start, end, first, last in zip(found.start, found.end, found.start_point, found.end_point, strict=True):
        assert decoded.text[start:end].decode() == text[first:last] != ""


@settings(max_examples=count_examples(250, n_tests=3))
@given(any_bytes, st.sampled_from([".txt", ".md", ".jsonl", ".txt.gz", ".txt.bz2", ".jsonl.zst"]), st.integers(1, 400))
def test_file_of_any_bytes_is_a_document_or_counted(content, suffix, most_bytes):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"a{suffix}").write_bytes(content)
        problems = Problems()
        batches = read_batches(find_inputs([folder], problems), Settings(max_document=most_bytes), problems)
        documents = list(iterate_documents(batches))

    if ".jsonl" in suffix:
        assert len(documents) + problems.skipped.total() <= content.count(b"\n") + 1
    else:
        assert len(documents) + problems.skipped.total() == 1
