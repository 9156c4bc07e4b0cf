"""The report as an object: writing it, and where it refuses to."""

from __future__ import annotations

import os

import pytest
from corpora import FERRY, write_files

from dedup.audit import audit
from dedup.errors import SettingsError
from dedup.model import Document
from dedup.report import check_output


@pytest.fixture(scope="module")
def report():
    return audit([Document("a", FERRY), Document("é", FERRY)])


@pytest.mark.parametrize("name", ["r.json", "R.JSON"])
def test_report_is_written_in_the_format_of_the_suffix(tmp_path, report, name):
    report.write(tmp_path / name)

    assert (tmp_path / name).read_text(encoding="utf-8") == report.to_json()


def test_path_may_be_text(tmp_path, report):
    report.write(f"{tmp_path}/r.json")

    assert (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("r.pdf", "no report has the suffix '.pdf'; name a file ending in .json .jsonl .csv .parquet .sarif .xml .html"),
        ("report", "no report has the suffix '(none)'; name a file ending in .json .jsonl .csv .parquet .sarif .xml .html"),
        ("taken.json", "is a folder; name a file in it"),
        ("gone/r.json", "there is no folder {folder}/gone; make it first"),
        ("taken.json/x/r.json", "there is no folder {folder}/taken.json/x; make it first"),
    ],
)
def test_path_that_no_report_can_be_written_to_is_refused(tmp_path, report, name, message):
    write_files(tmp_path, {"taken.json/a.txt": ""})

    with pytest.raises(SettingsError) as refused:
        report.write(tmp_path / name)

    assert str(refused.value) == f"{tmp_path / name}: {message.format(folder=tmp_path)}"


def test_folder_that_may_not_be_written_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == tmp_path and mode == os.W_OK))

    with pytest.raises(SettingsError, match="may not be written to"):
        check_output(tmp_path / "r.json")


def test_folder_of_a_bare_name_is_the_working_one(tmp_path, monkeypatch, report):
    monkeypatch.chdir(tmp_path)
    report.write("r.json")

    assert os.listdir(tmp_path) == ["r.json"]


def test_words_of_a_cluster_are_those_of_all_copies(report):
    assert [cluster.words for cluster in report.clusters] == [44]
