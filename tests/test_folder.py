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
        (["in"], "full", "full: holds notes.txt, which no clean has written; name a new folder"),
        (["in"], "mixed", "mixed: holds sub, which no clean has written"),
        (["in"], "nowhere", "nowhere: is a link that leads nowhere; name another folder"),
        (["in"], "file/out", "file/out: lies below .*file, which is a file; name another folder"),
        (["in"], "x" * 300, "xx: cannot be written .*; name another folder"),
        (["in"], "s3://bucket/out", "is an address; name a folder on this machine"),
    ],
)
def test_folder_that_would_be_read_or_holds_something_else_is_refused(tmp_path, monkeypatch, given, out, message):
    write_files(tmp_path, {"in/a.txt": FERRY, "in/b/c.txt": FERRY, "file": "x", "full/notes.txt": "mine", "mixed/.keep": ""})
    for link, target in (("link", "in"), ("nowhere", "gone"), ("mixed/sub", "../in/b")):
        (tmp_path / link).symlink_to(target)
    (tmp_path / "mixed/.keep").rename(tmp_path / "in/.keep")
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
        InputError,
        match=r"would be written as removed.jsonl, and removed.jsonl is what a clean writes there itself; clean them apart",
    ):
        clean([tmp_path / "in2"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [".dedup-clean.json", ".dedup-partial", "removed.jsonl/a.txt"])
def test_input_under_a_name_of_ours_is_refused(tmp_path, name):
    write_files(tmp_path, {f"in/{name}": json.dumps([{"text": "Two."}]), "in/b.txt": "Three."})

    with pytest.raises(InputError, match="is what a clean writes there itself"):
        clean([tmp_path / "in" / name, tmp_path / "in/b.txt"], tmp_path / "out")


def test_file_where_a_folder_would_be_is_refused(tmp_path):
    write_files(tmp_path, {"in/a.html": "<p>One", "in/a.html.jsonl/b.txt": "Two."})

    with pytest.raises(InputError, match=r"written as a.html.jsonl/b.txt, and .*in/a.html as a.html.jsonl; clean them apart"):
        clean([tmp_path / "in"], tmp_path / "out")


def test_name_that_is_no_utf8_is_written_and_restored(tmp_path):
    folder = write_files(tmp_path / "in", TWICE)
    try:
        os.rename(os.fsencode(folder / "b/c.txt"), os.fsencode(folder / "b") + b"/\xff\n.txt")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    clean([folder], tmp_path / "out")

    assert os.listdir(os.fsencode(tmp_path / "out/b")) == [b"\xff\n.txt"]
    assert [(document.name.partition("/b/")[2], document.text) for document in restore(tmp_path / "out")] == [
        ("", TWICE["a.txt"]),
        ("\\udcff\n.txt", TWICE["b/c.txt"]),
    ]
    assert clean([folder], tmp_path / "out").files == 2


def test_file_with_several_names_has_the_first_of_them(tmp_path):
    write_files(tmp_path, {"a/1.txt": FERRY, "b/2.txt": CHESS})
    (tmp_path / "b/0.txt").hardlink_to(tmp_path / "a/1.txt")
    for out, folders in (("one", ["a", "b"]), ("two", ["b", "a"])):
        clean([tmp_path / name for name in folders], tmp_path / out)
        assert sorted(path.name for path in (tmp_path / out).rglob("*.txt")) == ["1.txt", "2.txt"]


def test_file_without_a_document_is_written_as_it_lies(tmp_path):
    files = {"a.txt": article(FERRY, BUDGET), "b.txt": b"so \xe9t\xff\x00\xc3\xa9", "c.txt": "", "d.jsonl": "[1]\n", "e.html": ""}
    folder = write_files(tmp_path / "in", files)
    found = clean([folder], tmp_path / "out")

    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("?.*")} == {
        path.name: path.read_bytes() for path in folder.glob("[a-d].*")
    }
    assert (found.files, sum(found.skipped.values())) == (4, 4)
    assert clean([tmp_path / "out"], tmp_path / "again").files == 4


def test_second_run_replaces_what_the_first_wrote(tmp_path):
    folder, out = write_files(tmp_path / "in", TWICE), tmp_path / "out"
    clean([folder], out)
    (folder / "a.txt").unlink()
    clean([folder], out)

    assert list_files(out) == [".dedup-clean.json", "b/c.txt", "removed.jsonl"]
    assert (out / "b/c.txt").read_text() == TWICE["b/c.txt"]
    assert [document.text for document in restore(out)] == [TWICE["b/c.txt"]]


def test_second_run_touches_nothing_that_the_first_did_not_write(tmp_path):
    folder, out = write_files(tmp_path / "in", TWICE), tmp_path / "out"
    clean([folder], out)
    write_files(tmp_path, {"out/n.txt": "mine", "in/n.txt": CHESS})

    with pytest.raises(SettingsError, match=r"out: holds n.txt, which no clean has written; name a new folder"):
        clean([folder], out)
    assert (out / "n.txt").read_text() == "mine"


def test_folder_takes_the_place_of_a_file_and_a_file_that_of_a_folder(tmp_path):
    out = tmp_path / "out"
    for names in (["a.txt/x.txt"], ["a.txt"], ["a.txt/y/x.txt"]):
        shutil.rmtree(tmp_path / "in", ignore_errors=True)
        clean([write_files(tmp_path / "in", dict.fromkeys(names, FERRY))], out)
        assert list_files(out) == [".dedup-clean.json", *names, "removed.jsonl"]


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


def test_file_that_changes_before_it_is_written_is_refused(tmp_path):
    """Also when what it holds then is as long, so that what goes would be cut elsewhere."""
    folder = write_files(tmp_path / "in", TWICE)

    def change(_):
        (folder / "b/c.txt").write_text(article(FERRY.upper(), CHESS.upper()))

    with pytest.raises(InputError, match=r"c.txt: was changed while it was read; run again when nothing writes to it"):
        clean([folder], tmp_path / "out", show=change)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("failing", range(1, 5))
@pytest.mark.parametrize("error", [OSError(13, "Permission denied"), KeyboardInterrupt()])
def test_run_that_ends_while_files_are_put_in_place_can_be_repeated(tmp_path, monkeypatch, failing, error):
    folder, out = write_files(tmp_path / "in", TWICE), tmp_path / "out"
    replace, calls = os.replace, []

    def fail(source, target):
        calls.extend([target] if ".dedup-partial" not in str(target) else [])
        if len(calls) == failing:
            raise error
        replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fail)
        with pytest.raises(DedupError if isinstance(error, OSError) else KeyboardInterrupt):
            clean([folder], out)
    if failing > 1:
        with pytest.raises(InputError):
            list(restore(out))
    clean([folder], out)
    assert [document.text for document in restore(out)] == list(TWICE.values())


@pytest.mark.parametrize("damage", ["text", "gone", "entry", "cut", "account", "manifest", "field", "outside", "other"])
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
        case "cut":
            (out / "removed.jsonl").write_text("")
        case "account":
            (out / "removed.jsonl").unlink()
        case "manifest":
            (out / ".dedup-clean.json").write_text("[]")
        case "field" | "outside":
            manifest = json.loads((out / ".dedup-clean.json").read_text())
            manifest["files"][0]["output"] = "../in/a.txt" if damage == "outside" else 5
            (out / ".dedup-clean.json").write_text(json.dumps(manifest))
        case "other":
            shutil.rmtree(out)

    with pytest.raises(InputError, match="out"):
        list(restore(out))
    if damage in ("manifest", "field", "outside"):
        with pytest.raises(SettingsError, match="or name a new folder"):
            clean([folder], out)
        assert contents_of(folder) == {name: text.encode() for name, text in TWICE.items()}


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
