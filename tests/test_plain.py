"""Plain text: one document a file."""

from __future__ import annotations

import gzip

import pytest
from corpora import write_files

from dedup.audit import audit
from dedup.model import Document
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
        (b"\xff\xfeO\0\n\0\x00\xd8x\0", "2: invalid UTF-16 (byte 0x00 at offset 6)"),
        (b"old\rMac\rcaf\xff", "3: invalid UTF-8 (byte 0xff at offset 11)"),
        (b"O\0n\0e\0", "1: no text (a quarter of it or more is NUL; UTF-16 needs a byte order mark)"),
        (b"\n\n\ncut off \xe6\x96", "4: invalid UTF-8 (byte 0xe6 at offset 11)"),
        (b"\xef\xbb\xbf\xed\xa0\x80", "1: invalid UTF-8 (byte 0xed at offset 3)"),
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


MARKDOWN = """---
title: The ferry
date: 2024-02-11
---
# Nobody aboard

The last ferry [left the harbour](https://example.org/a) on Friday.

```
The last ferry left the harbour on Friday.
```
"""


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "A.MD", "a.md.gz"])
def test_markdown_is_compared_by_its_prose_and_shown_as_it_is(tmp_path, name):
    content = MARKDOWN.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    (tmp_path / "b.txt").write_text("The last ferry left the harbour on Friday.\n")
    report = audit([tmp_path / name, tmp_path / "b.txt"])
    shown = next(member for member in report.clusters[0].members if member.document.endswith(name))

    assert (len(report.clusters), report.summary.paragraphs) == (1, 3)
    assert (shown.line, shown.text) == (7, "The last ferry [left the harbour](https://example.org/a) on Friday.")
    assert MARKDOWN[shown.start : shown.end] == shown.text


def test_markdown_document_is_read_whole_with_the_date_of_its_front_matter(tmp_path):
    (tmp_path / "a.md").write_text(MARKDOWN)

    assert list(read([tmp_path / "a.md"])) == [
        Document(str(tmp_path / "a.md"), MARKDOWN, str(tmp_path), "2024-02-11T00:00:00"),
    ]


def test_code_in_plain_text_is_text(tmp_path):
    (tmp_path / "a.txt").write_text(MARKDOWN)

    assert audit([tmp_path / "a.txt"]).summary.paragraphs == 4
