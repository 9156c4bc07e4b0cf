"""A file written again in its place: which writer, which name, and what is left behind when something goes wrong."""

from __future__ import annotations

import gzip
import io
import os

import pytest
from corpora import NEWSROOM, write_files
from cutting import find_input, read_file

from dedup.errors import InputError
from dedup.read import SUFFIXES, Problems, find_inputs
from dedup.read.streams import Input
from dedup.rewrite import PAGES, WRITERS, name_output, rewrite
from dedup.rewrite.removals import cut_text
from dedup.settings import Settings

FORMATS = NEWSROOM.parent / "formats"


def list_files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrow", "rows.feather", "crawl.warc", "parom.htm", "notes.txt", "notes"])
def test_file_is_written_by_its_format(tmp_path, out, name):
    content = b"One.\n\nTwo.\n\nThree.\n" if name.startswith("notes") else None
    if name == "crawl.warc":
        content = gzip.decompress((FORMATS / "crawl.warc.gz").read_bytes())
    path = write_files(tmp_path, {name: content or (FORMATS / name).read_bytes()}) / name
    before = read_file(path)
    rewrite(find_input(path), {1: [(2, 5)]}, out / name_output(name), Settings())
    texts = [document.text for document in before]

    assert list(list_files(out)) == [name_output(name)]
    assert [document.text for document in read_file(out / name_output(name))] == [cut_text(texts[0], [(2, 5)]), *texts[1:]]


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.jsonl", "a.csv.zst", "a.parquet", "a.json.bz2"])
def test_file_of_which_nothing_goes_is_copied_as_it_lies(tmp_path, out, name):
    content = os.urandom(9_000_000)
    write_files(tmp_path, {name: content})
    rewrite(find_input(tmp_path / name), {}, out / name, Settings())

    assert list_files(out) == {name: content}


def test_file_at_an_address_is_copied_as_it_lies(out):
    fsspec = pytest.importorskip("fsspec", reason="addresses are read by fsspec")
    content = gzip.compress(b"One.")
    fsspec.filesystem("memory").pipe("/rewritten/a.txt.gz", content)
    (source,) = find_inputs(["memory://rewritten/a.txt.gz"], Problems())
    rewrite(source, {}, out / "a.txt.gz", Settings())

    assert list_files(out) == {"a.txt.gz": content}


def test_page_comes_out_as_rows_though_nothing_goes(tmp_path, out):
    write_files(tmp_path, {"a.html": "<p>One."})
    rewrite(find_input(tmp_path / "a.html"), {}, out / "a.html.jsonl", Settings())

    assert list_files(out) == {"a.html.jsonl": b'{"id":"a.html","text":"One."}\n'}


@pytest.mark.parametrize("problem", ["changed", "gone", "broken"])
def test_failure_leaves_what_was_there_and_nothing_beside_it(tmp_path, out, problem):
    name = {"changed": "rows.parquet", "gone": "parom.htm", "broken": "rows.arrow"}[problem]
    content = (FORMATS / name).read_bytes()
    write_files(tmp_path, {name: content[: len(content) // 2] if problem == "broken" else content})
    write_files(out, {"result": "old"})
    source = find_input(tmp_path / name)
    if problem == "gone":
        (tmp_path / name).unlink()

    with pytest.raises(InputError, match=f"{name}: "):
        rewrite(source, {2: None, 99: None} if problem == "changed" else {1: None}, out / "result", Settings())

    assert list_files(out) == {"result": b"old"}


class FailingFile(io.BytesIO):
    """A file of which no more can be read than its first bytes."""

    def read1(self, size=-1):
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read1(20)


def test_what_cannot_be_read_is_told_with_its_reason(out):
    source = Input("a.arrow", None, ".arrow", "", lambda: FailingFile((FORMATS / "rows.arrow").read_bytes()))

    with pytest.raises(InputError, match=r"^a\.arrow: cannot be read \(Input/output error\); mend it or leave it out$"):
        rewrite(source, {1: None}, out / "a.arrow", Settings())

    assert list_files(out) == {}


def test_standard_input_is_refused(out):
    with pytest.raises(InputError, match=r"^-: can be read but once; write it to a file and name that$"):
        rewrite(Input("-", None, ".jsonl", ""), {}, out / "a", Settings())

    assert list_files(out) == {}


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("page.html", "page.html.jsonl"),
        ("page.XHTML", "page.XHTML.jsonl"),
        ("crawl.warc.gz", "crawl.warc.jsonl.gz"),
        ("site/a.htm.ZST", "site/a.htm.jsonl.ZST"),
        ("notes.txt", "notes.txt"),
        ("rows.jsonl.gz", "rows.jsonl.gz"),
        ("html", "html"),
        ("html.gz", "html.gz"),
    ],
)
def test_name_says_what_comes_out(name, output):
    assert name_output(name) == output


def test_every_format_that_is_read_is_written():
    plain = {".txt", ".text", ".md", ".markdown"}

    assert set(SUFFIXES) - plain == set(WRITERS)
    assert set(PAGES) < set(WRITERS)
