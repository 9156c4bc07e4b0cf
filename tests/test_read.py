"""Paths to documents: which files are read, in which order, and which are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import os
from itertools import pairwise

import pyarrow
import pytest
from corpora import write_files
from pyarrow import parquet

from dedup.errors import InputError
from dedup.model import Document
from dedup.read import Problems, find_inputs, read, read_batches
from dedup.settings import Settings

ROW = '{"text": "One."}\n'
ZSTANDARD = bytes.fromhex("28b52ffd04002100004f6e652e")


def names_in(folder, problems=None):
    """Return the names of the files that a run would read, relative to their folder."""
    return [os.path.relpath(found.name, folder) for found in find_inputs([folder], problems or Problems())]


class StandardInput(io.TextIOWrapper):
    def __init__(self, content):
        super().__init__(io.BufferedReader(io.BytesIO(content)))


def test_known_suffixes_are_read_in_any_case(tmp_path):
    plain, rows = "a.MD c.markdown e.text f.txt g.txt.gz k.htm l.warc.gz", "b.jsonl d.ndjson h.JSONL.bz2 i.csv.zst j.parquet"
    names = sorted(f"{plain} {rows}".split())
    write_files(tmp_path, dict.fromkeys(names, ""))

    assert names_in(tmp_path) == names


def test_folders_are_walked_in_sorted_order(tmp_path):
    write_files(tmp_path, dict.fromkeys(["b/z.txt", "b/a.txt", "a/c/x.txt", "a/y.txt", "z.txt", "c.txt"], ""))

    assert names_in(tmp_path) == ["c.txt", "z.txt", "a/y.txt", "a/c/x.txt", "b/a.txt", "b/z.txt"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    write_files(tmp_path, dict.fromkeys([".a.txt", ".git/b.txt", "c.txt"], ""))

    assert names_in(tmp_path) == ["c.txt"]


def test_hidden_file_is_read_when_it_is_named(tmp_path):
    write_files(tmp_path, {".a.txt": "One."})

    assert [document.text for document in read([tmp_path / ".a.txt"])] == ["One."]


def test_documents_keep_the_order_and_the_names_of_the_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(write_files(tmp_path, {"b.txt": "B", "a.txt": "A", "c/d.txt": "D"}))

    assert [(d.name, d.source) for d in read(["b.txt", "./a.txt", "c/"])] == [("b.txt", "."), ("./a.txt", "."), ("c/d.txt", "c")]


@pytest.mark.parametrize("kind", ["symlink", "hard link"])
def test_file_is_read_once_however_often_it_is_named(tmp_path, kind):
    write_files(tmp_path, {"a.txt": "One."})
    if kind == "symlink":
        (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    else:
        (tmp_path / "b.txt").hardlink_to(tmp_path / "a.txt")

    paths = [tmp_path, tmp_path / "a.txt", tmp_path / "b.txt", f"{tmp_path}/../{tmp_path.name}/a.txt"]

    assert [document.name for document in read(paths)] == [f"{tmp_path}/a.txt"]


def test_files_of_other_kinds_are_counted_by_suffix(tmp_path):
    write_files(tmp_path, dict.fromkeys(["a.png", "b.png.gz", "c.PDF", "README", "d.docx", "e.txt.zst", "f.txt"], ""))
    problems = Problems()

    assert names_in(tmp_path, problems) == ["e.txt.zst", "f.txt"]
    assert problems.ignored == {".png": 2, ".pdf": 1, "(none)": 1, ".docx": 1}


def test_file_of_any_other_suffix_is_text_when_it_is_named(tmp_path):
    write_files(tmp_path, {"README": "One.", "a.rst": "Two."})

    assert [document.text for document in read([tmp_path / "README", tmp_path / "a.rst"])] == ["One.", "Two."]


def test_missing_path_is_refused_before_anything_is_read(tmp_path):
    write_files(tmp_path, {"a.txt": "One."})

    with pytest.raises(InputError) as refused:
        next(read([tmp_path / "a.txt", tmp_path / "gone"]))

    assert str(refused.value) == f"{tmp_path}/gone: no such file or folder"


def test_pipe_and_broken_link_in_a_folder_are_counted_and_not_opened(tmp_path):
    write_files(tmp_path, {"c.txt": "One."})
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
    problems = Problems()

    assert names_in(tmp_path, problems) == ["c.txt"]
    assert problems.examples == [f"{tmp_path}/a.txt: not a file", f"{tmp_path}/b.txt: not a file"]


def test_folder_that_may_not_be_listed_is_counted(tmp_path, monkeypatch):
    write_files(tmp_path, {"closed/a.txt": "One.", "open/b.txt": "Two."})
    scan = os.scandir

    def refuse_closed(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse_closed)
    problems = Problems()

    assert names_in(tmp_path, problems) == ["open/b.txt"]
    assert problems.examples == [f"{tmp_path}/closed: cannot be read (Permission denied)"]


def test_linked_loop_of_folders_ends(tmp_path):
    write_files(tmp_path, {"a/b.txt": "One."})
    (tmp_path / "a" / "again").symlink_to(tmp_path)

    assert names_in(tmp_path) == ["a/b.txt"]


def test_file_name_that_is_not_utf8_is_told_with_escapes(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt"), "w") as file:
        file.write("One.")

    assert [document.name for document in read([tmp_path])] == [f"{tmp_path}/caf\\udce9.txt"]


def test_kinds_of_files_may_be_mixed(tmp_path):
    write_files(tmp_path, {"a.txt": "A", "b.jsonl": ROW * 2, "c.md": "C", "d.ndjson": ROW})

    assert [d.name.rsplit("/", 1)[1] for d in read([tmp_path])] == ["a.txt", "b.jsonl#1", "b.jsonl#2", "c.md", "d.ndjson#1"]


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (b"One.\n\nTwo.", [Document("-", "One.\n\nTwo.")]),
        (b"", []),
        (b'{"text": "One."}\n{"text": "Two."}', [Document("-#1", "One."), Document("-#2", "Two.")]),
        (b'\n  {"text": "One."}\n', [Document("-#2", "One.")]),
        (b'\xef\xbb\xbf{"text": "One."}\n', [Document("-#1", "One.")]),
        (b"[One] is text\n", [Document("-", "[One] is text\n")]),
        (b"{One} is text\n", [Document("-", "{One} is text\n")]),
        (b'[\n  {"text": "One."}]', [Document("-#1", "One.")]),
        (b"<!DOCTYPE html><title>T</title><p>One.<p>Two.", [Document("-", "One.\n\nTwo.")]),
    ],
)
def test_standard_input_is_read_as_what_it_begins_like(monkeypatch, content, documents):
    monkeypatch.setattr("sys.stdin", StandardInput(content))

    assert list(read(["-"])) == documents


@pytest.mark.parametrize(
    ("content", "program"), [(gzip.compress(b"One."), "gzip -dc"), (bz2.compress(b"One."), "bzip2 -dc"), (ZSTANDARD, "zstd -dc")]
)
def test_packed_standard_input_is_refused_with_the_way_out(monkeypatch, content, program):
    monkeypatch.setattr("sys.stdin", StandardInput(content))

    with pytest.raises(InputError, match=f"-: is packed; pipe what `{program}` makes of it, or name the file"):
        list(read(["-"]))


def test_standard_input_is_read_once(monkeypatch):
    monkeypatch.setattr("sys.stdin", StandardInput(b"One."))

    assert list(read(["-", "-"])) == [Document("-", "One.")]


def test_closed_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)

    with pytest.raises(InputError, match="standard input is closed"):
        list(read(["-"]))


def test_strict_reading_stops_at_the_first_problem(tmp_path):
    write_files(tmp_path, {"a.jsonl": ROW + "broken\n" + ROW})

    with pytest.raises(InputError, match=r"a\.jsonl:2: not JSON"):
        list(read([tmp_path], Settings(strict=True)))


def test_reading_without_strict_passes_over_it(tmp_path):
    write_files(tmp_path, {"a.jsonl": ROW + "broken\n" + ROW})

    assert [document.name for document in read([tmp_path])] == [f"{tmp_path}/a.jsonl#1", f"{tmp_path}/a.jsonl#3"]


def test_account_of_a_clean_is_no_document_of_the_folder_that_it_wrote(tmp_path):
    write_files(tmp_path, {"a.txt": "One.", "removed.jsonl": ROW, "b/removed.jsonl": ROW, ".dedup-clean.json": "{}"})
    problems = Problems()

    assert names_in(tmp_path, problems) == ["a.txt", "b/removed.jsonl"]
    assert problems.ignored == {"(account of a clean)": 1}
    assert len(find_inputs([tmp_path / "removed.jsonl"], Problems())) == 1


def test_documents_know_their_file_and_their_number_in_it(tmp_path):
    contents = {
        "a.csv": "text\none\ntwo,more\nthree\n",
        "b.html": "<p>four",
        "c.jsonl": '{"text": "five"}\n\nno row\n{"text": "six"}\n',
        "d.json": '[{"text": "seven"}, 1, {"text": "eight"}]',
        "e.txt": "nine",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    parquet.write_table(pyarrow.table({"text": ["ten", None, "eleven"]}), tmp_path / "f.parquet")
    inputs = find_inputs([tmp_path], Problems())

    places = {}
    for batch in read_batches(inputs, Settings(), Problems()):
        texts = [batch.text[start:end].tobytes().decode() for start, end in pairwise(batch.offsets)]
        found = zip(texts, batch.files.tolist(), batch.numbers.tolist(), strict=True)
        places |= {text: (inputs[file].path.name, number) for text, file, number in found}

    assert places == {
        "one": ("a.csv", 1), "three": ("a.csv", 2), "four": ("b.html", 1), "five": ("c.jsonl", 1), "six": ("c.jsonl", 4),
        "seven": ("d.json", 1), "eight": ("d.json", 3), "nine": ("e.txt", 1), "ten": ("f.parquet", 1), "eleven": ("f.parquet", 3),
    }  # fmt: skip
