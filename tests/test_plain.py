"""Plain text: one document a file."""

from __future__ import annotations

import gzip

import pytest
from corpora import write_files

from dedup.read import Problems, find_inputs, read, read_batches
from dedup.read.batches import iterate_documents
from dedup.settings import Settings


def read_with_problems(folder):
    """Return (problems, texts) of a folder."""
    problems = Problems()
    batches = read_batches(find_inputs([folder], problems), Settings(), problems)
    return problems, [document.text for document in iterate_documents(batches)]


def test_whole_file_is_one_document(tmp_path):
    path = write_files(tmp_path, {"site/a.txt": "One.\n\nTwo.\r\n"}) / "site" / "a.txt"

    (document,) = read([path])

    assert (document.name, document.text, document.source, document.date) == (str(path), "One.\n\nTwo.\r\n", str(path.parent), None)


def test_byte_order_mark_is_no_part_of_the_text(tmp_path):
    write_files(tmp_path, {"a.txt": b"\xef\xbb\xbfOne."})

    assert [document.text for document in read([tmp_path])] == ["One."]


def test_empty_file_is_skipped_and_counted(tmp_path):
    write_files(tmp_path, {"a.txt": "", "b.txt": " \n\n", "c.txt": "One."})
    problems = Problems()
    batches = list(read_batches(find_inputs([tmp_path], problems), Settings(), problems))

    assert ([len(batch) for batch in batches], problems.skipped) == ([1], {"empty": 2})


@pytest.mark.parametrize(
    ("content", "example"),
    [
        (b"One.\nTwo \xff three.\n", "2: invalid UTF-8 (byte 0xff at offset 9)"),
        (b"\xff\xfeO\0n\0e\0", "1: invalid UTF-8 (byte 0xff at offset 0)"),
        (b"\n\n\ncut off \xe6\x96", "4: invalid UTF-8 (byte 0xe6 at offset 11)"),
        (b"\xef\xbb\xbf\xed\xa0\x80", "1: invalid UTF-8 (byte 0xed at offset 0)"),
    ],
)
def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path, content, example):
    write_files(tmp_path, {"a.txt": content, "b.txt": "Two."})
    problems, texts = read_with_problems(tmp_path)

    assert (texts, problems.examples) == (["Two."], [f"{tmp_path}/a.txt:{example}"])


def test_text_cut_off_by_a_broken_archive_is_left_out_as_a_whole(tmp_path):
    """Half of an article would look like an edited one."""
    packed = gzip.compress(b"".join(b"Line %d of an article.\n" % i for i in range(9000)))
    write_files(tmp_path, {"a.txt.gz": packed[: len(packed) // 2], "b.txt": "Two."})
    problems, texts = read_with_problems(tmp_path)

    assert (texts, problems.examples) == (["Two."], [f"{tmp_path}/a.txt.gz: truncated (the compressed data ends too early)"])
