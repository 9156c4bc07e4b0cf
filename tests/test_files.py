"""Files that are whole or not there."""

from __future__ import annotations

import os
import stat

import pytest
from corpora import write_files

from dedup.files import write_blocks, write_whole


def test_content_stands_in_the_file_and_nothing_beside_it(tmp_path):
    write_whole(tmp_path / "r.json", b"new")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"r.json": b"new"}


def test_file_that_is_there_is_replaced(tmp_path):
    write_files(tmp_path, {"r.json": "old and longer"})
    write_whole(tmp_path / "r.json", b"new")

    assert (tmp_path / "r.json").read_bytes() == b"new"


@pytest.mark.parametrize("failing", ["fsync", "chmod", "replace"])
def test_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, failing):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    write_files(tmp_path, {"r.json": "old"})
    monkeypatch.setattr(os, failing, fail)

    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "r.json", b"new")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"r.json": b"old"}


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "r.json", b"new")

    assert list(tmp_path.iterdir()) == []


def test_file_is_not_there_before_it_is_whole(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append((tmp_path / "r.json").exists()))
    write_whole(tmp_path / "r.json", b"new")

    assert (seen, (tmp_path / "r.json").exists()) == ([False], True)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_permissions_are_those_of_any_new_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "r.json", b"new")
        after = os.umask(mask)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o666 & ~mask
    assert after == mask


def test_blocks_are_written_one_after_another(tmp_path):
    write_blocks(tmp_path / "r.json", iter([b"a", b"", b"bc"]))

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"r.json": b"abc"}


def test_blocks_that_cannot_all_be_made_leave_the_old_file_and_nothing_beside_it(tmp_path):
    def make_blocks():
        yield b"new"
        raise ValueError("no more")

    write_files(tmp_path, {"r.json": "old"})

    with pytest.raises(ValueError, match="no more"):
        write_blocks(tmp_path / "r.json", make_blocks())

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"r.json": b"old"}


def test_name_may_be_as_long_as_names_can_be(tmp_path):
    name = "é" * 127
    write_whole(tmp_path / name, b"new")

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: b"new"}
