"""The folder that a clean writes: where it may lie, what it holds, and that nothing is there by half."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from corpora import BUDGET, CHESS, FERRY, NEWSROOM, ORCHARD, article, write_files

from dedup import folder as folder_module
from dedup.clean import clean
from dedup.errors import DedupError, InputError, SettingsError
from dedup.folder import restore
from dedup.policy import Policy

ALL = Policy(max_removed=1.0)
TWICE = {"a.txt": article(FERRY, BUDGET), "b/c.txt": article(FERRY, CHESS)}


def list_files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def contents_of(folder):
    return {name: (folder / name).read_bytes() for name in list_files(folder)}


def test_files_lie_below_the_folder_as_below_what_was_given(tmp_path):
    write_files(tmp_path, {"in/x/a.txt": FERRY, "in/y/a.txt": BUDGET, "in/y/z/b.md": CHESS, "in/c.txt": ORCHARD})
    given = {"one": [tmp_path / "in"], "two": [tmp_path / "in/x", tmp_path / "in/y/z"], "file": [tmp_path / "in/y/a.txt"]}
    for name, paths in given.items():
        clean(paths, tmp_path / name)

    beside = [".dedup-clean.json", "removed.jsonl"]
    assert list_files(tmp_path / "one") == sorted([*beside, "c.txt", "x/a.txt", "y/a.txt", "y/z/b.md"])
    assert list_files(tmp_path / "two") == sorted([*beside, "x/a.txt", "y/z/b.md"])
    assert list_files(tmp_path / "file") == sorted([*beside, "a.txt"])


def test_relative_paths_and_links_lead_to_the_same(tmp_path, monkeypatch):
    write_files(tmp_path, {"in/a.txt": FERRY, "in/b/c.txt": BUDGET})
    (tmp_path / "link").symlink_to("in")
    monkeypatch.chdir(tmp_path / "in" / "b")
    clean(["..", "."], "../../one")
    clean(["../../link"], "../../two")

    assert (
        list_files(tmp_path / "one") == list_files(tmp_path / "two") == [".dedup-clean.json", "a.txt", "b/c.txt", "removed.jsonl"]
    )


@pytest.mark.parametrize(
    ("given", "out", "message"),
    [
        (["in"], "in", "in: lies in in, which is read; name a folder outside of it"),
        (["in"], "in/out", "in/out: lies in in, which is read"),
        (["in/a.txt"], "in", "in: holds in/a.txt, which is read; name another folder"),
        (["in/b"], "in", "in: holds in/b/c.txt, which is read"),
        (["link"], "in/out", "in/out: lies in link, which is read"),
        (["in"], "file", "file: is a file; name a folder"),
        (["in"], "full", "full: holds files that no clean has written; name a new folder"),
        (["in"], "s3://bucket/out", "is an address; name a folder on this machine"),
    ],
)
def test_folder_that_would_be_read_or_holds_something_else_is_refused(tmp_path, monkeypatch, given, out, message):
    write_files(tmp_path, {"in/a.txt": FERRY, "in/b/c.txt": FERRY, "file": "x", "full/notes.txt": "mine"})
    (tmp_path / "link").symlink_to("in")
    monkeypatch.chdir(tmp_path)
    before = contents_of(tmp_path)

    with pytest.raises(SettingsError, match=message):
        clean(given, out, policy=ALL)
    assert contents_of(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_may_not_be_written_to_is_refused(tmp_path):
    write_files(tmp_path, {"in/a.txt": FERRY})
    (tmp_path / "out").mkdir(mode=0o500)

    with pytest.raises(SettingsError, match="may not be written to"):
        clean([tmp_path / "in"], tmp_path / "out/put")


def test_two_inputs_under_one_name_are_refused(tmp_path):
    write_files(
        tmp_path, {"in/a.html": "<p>One", "in/a.html.jsonl": '{"text": "Two."}\n', "in2/removed.jsonl": '{"text": "Two."}\n'}
    )

    with pytest.raises(InputError, match=r"would be written as a.html.jsonl, and so would .*in/a.html; clean them apart"):
        clean([tmp_path / "in"], tmp_path / "out")
    with pytest.raises(
        InputError, match=r"would be written as removed.jsonl, and the account of what was removed is removed.jsonl"
    ):
        clean([tmp_path / "in2"], tmp_path / "out")


def test_second_run_replaces_what_the_first_wrote_and_nothing_else(tmp_path):
    folder, out = write_files(tmp_path / "in", TWICE), tmp_path / "out"
    clean([folder], out)
    (out / "mine.txt").write_text("not ours")
    (folder / "a.txt").unlink()
    clean([folder], out)

    assert list_files(out) == [".dedup-clean.json", "b/c.txt", "mine.txt", "removed.jsonl"]
    assert (out / "b/c.txt").read_text() == TWICE["b/c.txt"]
    assert [document.text for document in restore(out)] == [TWICE["b/c.txt"]]


def test_failure_changes_nothing(tmp_path, monkeypatch):
    folder, out = write_files(tmp_path / "in", TWICE), tmp_path / "out"

    def fail(*_):
        raise OSError(28, "No space left on device", "out/a.txt")

    monkeypatch.setattr(folder_module, "rewrite", fail)
    with pytest.raises(DedupError, match=r"out/a.txt: cannot be written \(No space left on device\); nothing is changed"):
        clean([folder], out)
    assert not out.exists()

    monkeypatch.undo()
    clean([folder], out)
    before = contents_of(out)
    monkeypatch.setattr(folder_module, "_write_log", fail)
    with pytest.raises(DedupError):
        clean([folder], out, policy=Policy(drop=()))
    assert contents_of(out) == before


def test_file_that_changes_meanwhile_is_refused(tmp_path, monkeypatch):
    folder = write_files(tmp_path / "in", TWICE)
    rewrite = folder_module.rewrite

    def change(source, *rest):
        rewrite(source, *rest)
        source.path.write_text(article(CHESS, FERRY))

    monkeypatch.setattr(folder_module, "rewrite", change)
    with pytest.raises(InputError, match=r"a.txt: was changed while it was read; run again when nothing writes to it"):
        clean([folder], tmp_path / "out", jobs=1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("damage", ["text", "gone", "entry", "account", "manifest", "other"])
def test_what_was_changed_since_is_not_restored(tmp_path, damage):
    folder, out = write_files(tmp_path / "in", TWICE), tmp_path / "out"
    clean([folder], out)
    match damage:
        case "text":
            (out / "b/c.txt").write_text("other")
        case "gone":
            (out / "b/c.txt").unlink()
        case "entry":
            (out / "removed.jsonl").write_text("{}\n")
        case "account":
            (out / "removed.jsonl").unlink()
        case "manifest":
            (out / ".dedup-clean.json").write_text("[]")
        case "other":
            shutil.rmtree(out)

    with pytest.raises(InputError, match="out"):
        list(restore(out))


def test_packed_files_come_out_packed(tmp_path):
    rows = "".join(json.dumps({"text": text}) + "\n" for text in (FERRY, FERRY, CHESS))
    write_files(tmp_path, {"in/a.jsonl.gz": gzip.compress(rows.encode()), "in/b.txt.gz": gzip.compress(BUDGET.encode())})
    clean([tmp_path / "in"], tmp_path / "out")

    assert gzip.decompress((tmp_path / "out/a.jsonl.gz").read_bytes()).decode().splitlines() == rows.splitlines()[::2]
    assert (tmp_path / "out/b.txt.gz").read_bytes() == (tmp_path / "in/b.txt.gz").read_bytes()
    assert [(document.name[-2:], document.text) for document in restore(tmp_path / "out")][:3] == [
        ("#1", FERRY),
        ("#2", FERRY),
        ("#3", CHESS),
    ]


CODE = """
import sys
from dedup.clean import clean
from dedup.policy import Policy
clean([sys.argv[1]], sys.argv[2], policy=Policy(max_removed=1.0))
"""


def test_killed_run_leaves_no_half_file_and_can_be_repeated(tmp_path):
    out, whole = tmp_path / "out", tmp_path / "whole"
    clean([NEWSROOM], whole, policy=ALL)
    expected = contents_of(whole)
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", CODE, NEWSROOM, out], check=True)
    seconds = time.monotonic() - started
    assert contents_of(out) == expected
    shutil.rmtree(out)

    for moment in range(8):
        process = subprocess.Popen([sys.executable, "-c", CODE, NEWSROOM, out])
        time.sleep(seconds * (0.5 + moment / 16))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = {
            name: content for name, content in (contents_of(out) if out.exists() else {}).items() if ".dedup-partial" not in name
        }
        assert all(expected[name] == content for name, content in found.items())
    subprocess.run([sys.executable, "-c", CODE, NEWSROOM, out], check=True)
    assert contents_of(out) == expected
