"""Files as no reader likes them: each is counted and named, none stops the run, and none takes more memory than it may."""

from __future__ import annotations

import bz2
import gzip
import os
import subprocess
import sys
import threading
import zlib

import pytest
from corpora import FERRY, write_files

from dedup.audit import audit
from dedup.errors import InputError
from dedup.read import Problems, find_inputs, read, read_batches
from dedup.read.batches import iterate_documents
from dedup.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MEASURE = """
import resource, sys
from dedup.cli import run
run()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""
MOST = 4096
ROW = b'{"text": "One."}\n'
SOME = ROW * 100

CASES = {
    "cut-off gzip": ("a.txt.gz", gzip.compress(SOME)[:-20], 0, ["a.txt.gz: truncated (the compressed data ends too early)"]),
    "cut-off gzip of rows": (
        "a.jsonl.gz",
        gzip.compress(ROW * 9, 0)[:-20],
        8,
        ["a.jsonl.gz: truncated (the compressed data ends too early)"],
    ),
    "cut-off gzip of an array": (
        "a.json.gz",
        gzip.compress(b"[" + (ROW.strip() + b",") * 9 + b'{"text": "One."}]', 0)[:-20],
        9,
        ["a.json.gz: truncated (the compressed data ends too early)"],
    ),
    "cut-off Zstandard": ("a.txt.zst", zstd.compress(SOME)[:-2], 0, ["a.txt.zst: truncated (the compressed data ends too early)"]),
    "cut-off bzip2": ("a.txt.bz2", bz2.compress(ROW)[:-2], 0, ["a.txt.bz2: truncated (the compressed data ends too early)"]),
    "no gzip": ("a.md.gz", b"One.", 0, ["a.md.gz: not what its suffix says (Not a gzipped file (b'On'))"]),
    "broken row": (
        "a.jsonl",
        ROW + b'{"text": "On\n' + ROW,
        2,
        ["a.jsonl:2: not JSON (unterminated string starting at, column 10)"],
    ),
    "rows of wrong types": (
        "a.jsonl",
        b'{"text": null}\n{"text": 7}\n[1]\n"x"\n' + ROW,
        1,
        [
            "a.jsonl:1: field 'text' is null",
            "a.jsonl:2: field 'text' is not text (it is int)",
            "a.jsonl:3: not an object (a row of type list)",
            "a.jsonl:4: not an object (a row of type str)",
        ],
    ),
    "long row": (
        "a.jsonl",
        ROW + b'{"text": "' + b"x" * MOST + b'"}\n' + b"no\n" + ROW,
        2,
        ["a.jsonl:2: too large (more than 4K; raise --max-document)", "a.jsonl:3: not JSON (expecting value, column 1)"],
    ),
    "long last row without an end": (
        "a.jsonl",
        ROW + b"x" * 5000,
        1,
        ["a.jsonl:2: too large (more than 4K; raise --max-document)"],
    ),
    "long text": ("a.txt", b"x" * (MOST + 1), 0, ["a.txt: too large (more than 4K; raise --max-document)"]),
    "largest text": ("a.txt", b"x" * MOST, 1, []),
    "lone surrogate": (
        "a.jsonl",
        b'{"text": "a\\ud800"}\n' + ROW,
        1,
        ["a.jsonl:1: lone surrogate (in field 'text' at character 1)"],
    ),
    "invalid UTF-8 in a row": ("a.jsonl", b'{"text": "caf\xe9"}\n' + ROW, 1, ["a.jsonl:1: invalid UTF-8 (byte 0xe9 at column 14)"]),
    "mixed encodings": ("a.txt", "Café.\nCaf".encode() + b"\xe9.\n", 0, ["a.txt:2: invalid UTF-8 (byte 0xe9 at offset 10)"]),
    "UTF-16 cut off": ("a.txt", "One.".encode("utf-16")[:-1], 0, ["a.txt:1: invalid UTF-16 (byte 0x2e at offset 8)"]),
    "picture": ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0, ["a.txt:1: invalid UTF-8 (byte 0x89 at offset 0)"]),
    "zeros": ("a.txt", bytes(99), 0, ["a.txt:1: no text (a quarter of it or more is NUL; UTF-16 needs a byte order mark)"]),
    "some NUL": ("a.txt", b"One\0two three.", 1, []),
    "empty": ("a.txt", b"", 0, ["a.txt: empty"]),
    "nothing but a mark": ("a.txt", b"\xef\xbb\xbf\r\n", 0, ["a.txt: empty"]),
    "empty rows": ("a.jsonl", b"\xef\xbb\xbf\n \n", 0, ["a.jsonl: empty"]),
    "empty archive": ("a.warc", b"\r\n", 0, ["a.warc: empty"]),
    "empty gzip": ("a.txt.gz", gzip.compress(b""), 0, ["a.txt.gz: empty"]),
    "no rows": ("a.jsonl", b"", 0, ["a.jsonl: empty"]),
}


def read_folder(folder, **changes):
    """Return (documents, problems) of a folder."""
    problems = Problems()
    batches = read_batches(find_inputs([folder], problems), Settings(max_document=MOST, **changes), problems)
    return list(iterate_documents(batches)), problems


@pytest.mark.parametrize("case", CASES)
def test_bad_record_is_named_and_the_rest_read(tmp_path, monkeypatch, case):
    name, content, n_read, examples = CASES[case]
    monkeypatch.chdir(write_files(tmp_path, {f"in/{name}": content, "in/z.txt": "Last."}))
    documents, problems = read_folder("in")

    assert ([f"in/{example}" for example in examples], problems.skipped.total()) == (problems.examples, len(examples))
    assert (len(documents), documents[-1].text) == (n_read + 1, "Last.")


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][3]])
def test_strict_run_stops_at_each(tmp_path, monkeypatch, case):
    name, content, _, examples = CASES[case]
    monkeypatch.chdir(write_files(tmp_path, {name: content}))

    with pytest.raises(InputError) as refused:
        list(read([name], Settings(max_document=MOST, strict=True)))

    assert str(refused.value) == f"{examples[0]}; without --strict it would be skipped and counted"


def test_documents_and_skipped_records_are_all_records(tmp_path):
    write_files(
        tmp_path, {"a.jsonl": ROW * 3 + b"no\n[]\n", "b.txt": b"\xff", "c.txt": "Two.", "d.txt": "", "e.txt.gz": b"x", "f.png": b""}
    )
    summary = audit(tmp_path).summary

    assert (summary.documents, summary.skipped, summary.documents + sum(summary.skipped.values())) == (
        4,
        {"empty": 1, "invalid UTF-8": 1, "not JSON": 1, "not an object": 1, "not what its suffix says": 1},
        9,
    )


def test_file_that_vanishes_is_counted(tmp_path):
    write_files(tmp_path, {"a.txt": "One.", "b.txt": "Two."})
    problems = Problems()
    inputs = find_inputs([tmp_path], problems)
    (tmp_path / "a.txt").unlink()

    assert [document.text for document in iterate_documents(read_batches(inputs, Settings(), problems))] == ["Two."]
    assert problems.examples == [f"{tmp_path}/a.txt: cannot be read (No such file or directory)"]


def test_file_that_may_not_be_read_is_counted(tmp_path):
    write_files(tmp_path, {"a.txt": "One.", "b.txt": "Two."})
    (tmp_path / "a.txt").chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    problems = Problems()
    inputs = find_inputs([tmp_path], problems)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # for root may read everything
    try:
        texts = [document.text for document in iterate_documents(read_batches(inputs, Settings(), problems))]
    finally:
        os.seteuid(user)

    assert (texts, problems.examples) == (["Two."], [f"{tmp_path}/a.txt: cannot be read (Permission denied)"])


def test_circle_of_links_is_no_file(tmp_path):
    write_files(tmp_path, {"c.txt": "One."})
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    documents, problems = read_folder(tmp_path)

    assert (len(documents), problems.skipped) == (1, {"not a file": 2})
    with pytest.raises(InputError, match=r"a\.txt: no such file or folder"):
        list(read([tmp_path / "a.txt"]))


def test_linked_folder_is_left_out_and_counted_but_read_when_it_is_named(tmp_path):
    write_files(tmp_path, {"there/a.txt": "One.", "here/b.txt": "Two."})
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there")
    documents, problems = read_folder(tmp_path / "here")

    assert ([document.text for document in documents], problems.ignored) == (["Two."], {"(linked folder)": 1})
    assert [document.text for document in read([tmp_path / "here" / "link"])] == ["One."]


@pytest.mark.parametrize(("content", "names"), [(b"One.\n\nTwo.", ["p"]), (ROW * 2, ["p#1", "p#2"])])
def test_pipe_that_is_named_is_read(tmp_path, monkeypatch, content, names):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("p")
    writing = threading.Thread(target=lambda: (tmp_path / "p").write_bytes(content))
    writing.start()
    found = [document.name for document in read(["p"])]
    writing.join()

    assert found == names


def test_folder_in_which_nothing_can_be_read_is_refused_with_the_reasons(tmp_path):
    write_files(tmp_path, {"a.txt": b"\xff", "b.png": b"", "c.txt.gz": b"x"})

    with pytest.raises(
        InputError, match=r"no document \(1 skipped: invalid UTF-8; 1 skipped: not what its suffix says; 1 of kind \.png\)"
    ):
        audit(tmp_path)


@pytest.mark.parametrize(("name", "n_gigabytes"), [("bomb.txt.gz", 10), ("bomb.jsonl.gz", 0.25)])
def test_bomb_takes_no_more_memory_than_the_largest_document(tmp_path, name, n_gigabytes):
    """Zeros, packed a thousand to one: of text none is read beyond --max-document, of rows no line is kept beyond it."""
    packer = zlib.compressobj(wbits=31)
    member = packer.compress(bytes(64 << 20)) + packer.flush()
    write_files(tmp_path, {name: member * int(n_gigabytes * 16), "a.txt": FERRY})
    _, small = measure_audit(tmp_path, "a.txt")
    told, large = measure_audit(tmp_path, ".")

    where = f"./{name}:1" if "jsonl" in name else f"./{name}"
    assert f"dedup: skipped {where}: too large (more than 20M; raise --max-document)" in told
    assert large - small < 2.5 * 20  # the document and the last blocks of it


def test_bomb_that_is_no_parquet_is_not_unpacked(tmp_path):
    """Parquet is unpacked as a whole, up to a gigabyte, if it begins like Parquet."""
    packer = zlib.compressobj(wbits=31)
    write_files(tmp_path, {"bomb.parquet.gz": (packer.compress(bytes(64 << 20)) + packer.flush()) * 8, "a.txt": FERRY})
    write_files(tmp_path, {"small/a.parquet.gz": gzip.compress(bytes(64)), "small/b.txt": FERRY})
    _, small = measure_audit(tmp_path, "small")
    told, large = measure_audit(tmp_path, ".")

    assert any("bomb.parquet.gz: not what its suffix says" in line for line in told)
    assert large - small < 2.5 * 20


def test_archive_of_errors_alone_says_what_servers_answered(tmp_path):
    page = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>Gone"
    head = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.b/c\r\nContent-Type: application/http; msgtype=response\r\n"
    )
    write_files(tmp_path, {"a.warc": (head + b"Content-Length: %d\r\n\r\n%s\r\n\r\n" % (len(page), page)) * 3})

    with pytest.raises(InputError, match=r"no document \(3 answered with HTTP 404\)"):
        audit(tmp_path)


def measure_audit(folder, path):
    """Return (the lines on standard error, the peak of memory in MB) of an audit of documents up to 20 MB."""
    command = [sys.executable, "-c", MEASURE, "audit", path, "--max-document=20M"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    *told, peak = done.stderr.splitlines()
    return told, int(peak) / 1024


def test_nul_parts_words(tmp_path):
    write_files(tmp_path, {"a.txt": FERRY.replace(" ", "\0", 3), "b.txt": FERRY})

    assert [cluster.size for cluster in audit(tmp_path).clusters] == [2]
