"""Files at addresses."""

from __future__ import annotations

import functools
import gzip
import http.server
import sys
import threading

import pytest
from corpora import FERRY, write_files

from dedup.errors import InputError
from dedup.read import Problems, find_inputs, read, read_batches
from dedup.read.batches import iterate_documents
from dedup.read.remote import describe_version, hide_secrets
from dedup.settings import Settings

fsspec = pytest.importorskip("fsspec", reason="addresses are read by fsspec")

ROW = '{"text": "One."}\n'


@pytest.fixture
def memory():
    system = fsspec.filesystem("memory")
    yield lambda files: [system.pipe(f"/{name}", content) for name, content in files.items()]
    system.store.clear()
    system.pseudo_dirs[:] = [""]


@pytest.fixture
def server(tmp_path):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    pytest.importorskip("aiohttp", reason="fsspec reads http:// by aiohttp")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path))) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def test_folder_is_walked_in_sorted_order(memory):
    memory(
        {"c/z.txt": b"Z", "c/b/x.jsonl.gz": gzip.compress(ROW.encode()), "c/.hidden/h.txt": b"H", "c/a.md": b"A", "c/p.png": b""}
    )
    problems = Problems()
    inputs = find_inputs(["memory://c"], problems)
    found = list(iterate_documents(read_batches(inputs, Settings(), problems)))

    assert [(document.name, document.source, document.text) for document in found] == [
        ("memory://c/a.md", "memory://c", "A"),
        ("memory://c/b/x.jsonl.gz#1", "memory://c/b", "One."),
        ("memory://c/z.txt", "memory://c", "Z"),
    ]
    assert (problems.ignored, problems.skipped) == ({".png": 1}, {})


def test_file_is_read_once_under_the_address_it_was_given_by(memory):
    memory({"c/a.txt": b"A"})

    assert [document.name for document in read(["memory://c/a.txt", "memory://c/a.txt"])] == ["memory://c/a.txt"]


@pytest.mark.parametrize("address", ["memory://gone", "memory://gone.txt"])
def test_address_with_nothing_there_is_refused(memory, address):
    with pytest.raises(InputError, match=rf"^{address}: no such file or folder$"):
        list(read([address]))


def test_file_of_a_web_server_comes_from_its_host(server, tmp_path):
    write_files(tmp_path, {"a.jsonl.gz": gzip.compress(ROW.encode()), "b.txt": FERRY * 50_000})
    found = list(read([f"{server}/a.jsonl.gz", f"{server}/b.txt?id=7&token=geheim"]))

    assert [(document.name, document.source, len(document.text)) for document in found] == [
        (f"{server}/a.jsonl.gz#1", "127.0.0.1", 4),
        (f"{server}/b.txt?id=7", "127.0.0.1", len(FERRY) * 50_000),
    ]


def test_file_that_a_web_server_does_not_have_is_counted_without_its_token(server):
    problems = Problems()
    list(read_batches(find_inputs([f"{server}/gone.txt?token=geheim"], problems), Settings(), problems))

    assert problems.examples == [f"{server}/gone.txt: cannot be read (No such file or directory)"]


def test_folder_of_a_web_server_is_refused():
    with pytest.raises(InputError, match=r"^https://example\.org/a/: a web server does not list its folders; name the files$"):
        list(read(["https://example.org/a/"]))


def test_missing_fsspec_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(InputError, match=r"^s3://b/a\.txt: needs the package fsspec; pip install 'dedup\[remote\]'$"):
        list(read(["s3://b/a.txt"]))


def test_missing_driver_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)

    with pytest.raises(InputError, match=r"^s3://b/a\.txt: needs a driver that is not installed; install s3fs to access S3$"):
        list(read(["s3://user:geheim@b/a.txt"]))


def test_unknown_protocol_is_told():
    with pytest.raises(InputError, match=r"^nowhere://a: cannot be read \(protocol not known: nowhere\)$"):
        list(read(["nowhere://a"]))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("s3://bucket/a b/c.txt", "s3://bucket/a b/c.txt"),
        ("https://user:geheim@host:8080/a.txt", "https://host:8080/a.txt"),
        ("https://geheim@host", "https://host"),
        ("https://host/a@b.txt", "https://host/a@b.txt"),
        ("https://host/a?id=7&page=2", "https://host/a?id=7&page=2"),
        ("https://host/a?X-Amz-Date=1&X-Amz-Signature=geheim&id=7", "https://host/a?id=7"),
        ("https://host/a?sv=2022&se=1&sig=geheim", "https://host/a"),
        ("https://host/a?q=0123456789abcdef0&geheim", "https://host/a"),
        ("https://host/a#access=geheim", "https://host/a"),
        ("a.txt?token=geheim", "a.txt?token=geheim"),
    ],
)
def test_secrets_are_no_part_of_a_name(address, shown):
    assert hide_secrets(address) == shown


def test_version_of_a_file_differs_when_it_is_changed():
    system = fsspec.filesystem("memory")
    seen = set()
    for content in (b"one", b"two"):
        system.pipe("/versions/a.txt", content)
        seen.add(describe_version("memory://versions/a.txt"))

    assert len(seen) == 2
    assert describe_version("memory://versions/a.txt") in seen
    assert describe_version("memory://versions/missing.txt") == ""
