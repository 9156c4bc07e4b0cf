"""Settings: their defaults, their bounds, their fingerprint, and the files they come from."""

from __future__ import annotations

import pytest
from corpora import write_files

from dedup.errors import SettingsError
from dedup.settings import Settings, change_settings, describe_settings, describe_size, load_settings, load_showing, parse_size

DEFAULT_FINGERPRINT = "c68ddb00683baaed"


def test_defaults():
    assert describe_settings(Settings()) == {
        "threshold": 0.6,
        "shingle": 2,
        "min_words": 6,
        "split": "auto",
        "seed": 1,
        "exact": False,
        "text_field": None,
        "id_field": None,
        "date_field": None,
        "source_field": None,
        "max_document": 104857600,
        "passages": True,
        "passage_words": 10,
    }


def test_fingerprint_is_the_same_on_every_machine():
    assert Settings().fingerprint() == DEFAULT_FINGERPRINT


@pytest.mark.parametrize("change", [{"threshold": 0.7}, {"shingle": 3}, {"min_words": 0}, {"seed": 2}])
def test_fingerprint_changes_with_what_decides_on_pairs(change):
    assert Settings(**change).fingerprint() != DEFAULT_FINGERPRINT


@pytest.mark.parametrize("change", [{"jobs": 7}, {"strict": True}, {"exact": True}, {"text_field": "body"}, {"split": "line"}])
def test_fingerprint_ignores_what_does_not(change):
    assert Settings(**change).fingerprint() == DEFAULT_FINGERPRINT


def test_fingerprints_of_all_settings_differ():
    changed = [
        Settings(threshold=t, shingle=s, min_words=m, seed=r) for t in (0.5, 0.6) for s in (1, 2) for m in (2, 3) for r in (1, 2)
    ]

    assert len({settings.fingerprint() for settings in changed}) == 16


def test_report_leaves_out_what_cannot_change_it():
    assert {"jobs", "strict"}.isdisjoint(describe_settings(Settings(jobs=3, strict=True)))


def test_jobs_of_zero_take_a_thread_for_each_core(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 5})

    assert (Settings().threads, Settings(jobs=2).threads) == (3, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": 0.0}, "threshold: 0.0 is not in (0, 1]; try 0.6"),
        ({"threshold": 1.01}, "threshold: 1.01 is not in (0, 1]; try 0.6"),
        ({"threshold": float("nan")}, "threshold: nan is not in (0, 1]; try 0.6"),
        ({"shingle": 0}, "shingle: 0 words are not in 1 to 100; try 2"),
        ({"shingle": 101}, "shingle: 101 words are not in 1 to 100; try 2"),
        ({"min_words": -1}, "min-words: -1 is negative; 0 compares by shingles alone"),
        ({"split": "page"}, "split: 'page' is none of auto, blank, line"),
        ({"seed": 1 << 32}, "seed: 4294967296 is not an unsigned 32-bit number"),
        ({"jobs": -1}, "jobs: -1 is negative; 0 takes every core"),
        ({"memory": 100 << 20}, "memory: 100M is too little to work in; give 512M or more"),
    ],
)
def test_value_out_of_range_is_refused(change, message):
    with pytest.raises(SettingsError) as refused:
        Settings(**change)

    assert str(refused.value) == message


def test_bounds_are_allowed():
    settings = Settings(threshold=1.0, shingle=100, min_words=0, seed=(1 << 32) - 1)

    assert (settings.threshold, settings.shingle, settings.min_words, settings.seed) == (1.0, 100, 0, 4294967295)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"treshold": 0.5}, "here: no setting 'treshold'; did you mean 'threshold'?"),
        ({"textfield": "body"}, "here: no setting 'textfield'; did you mean 'text-field'?"),
        ({"minwords": 3}, "here: no setting 'minwords'; did you mean 'min-words'?"),
        ({"threshold": "0.5"}, "here: threshold wants int or float, not '0.5'"),
        ({"threshold": True}, "here: threshold wants int or float, not True"),
        ({"shingle": True}, "here: shingle wants int, not True"),
        ({"shingle": 2.0}, "here: shingle wants int, not 2.0"),
        ({"exact": 1}, "here: exact wants bool, not 1"),
        ({"text_field": 3}, "here: text_field wants str, not 3"),
        ({"split": ["auto"]}, "here: split wants str, not ['auto']"),
        ({"shingle": 0}, "here: shingle: 0 words are not in 1 to 100; try 2"),
    ],
)
def test_change_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(SettingsError) as refused:
        change_settings(Settings(), change, "here")

    assert str(refused.value) == message


def test_unknown_name_that_is_like_none_is_answered_with_all_there_are():
    with pytest.raises(SettingsError, match=r"no setting 'ξ'; there are allow, baseline, date-field, drop, .*threshold$"):
        change_settings(Settings(), {"ξ": 1})


def test_option_that_is_no_setting_is_named_as_such():
    with pytest.raises(SettingsError, match="no setting 'output'; it is given on the command line only"):
        change_settings(Settings(), {"output": "r.json"})


def test_how_results_are_shown_stands_beside_the_settings(tmp_path):
    (tmp_path / "dedup.toml").write_text('threshold = 0.7\nformat = "json"\nfail-over = "5%"\n')

    assert load_settings(start=tmp_path) == Settings(threshold=0.7)
    assert load_showing(start=tmp_path) == {"format": "json", "fail_over": "5%"}


def test_dedup_toml_may_hold_the_table_of_pyproject(tmp_path):
    (tmp_path / "dedup.toml").write_text("[tool.dedup]\nthreshold = 0.7\n")

    assert load_settings(start=tmp_path) == Settings(threshold=0.7)


def test_names_may_be_written_with_dashes():
    assert change_settings(Settings(), {"min-words": 5, "text-field": "body"}) == Settings(min_words=5, text_field="body")


def test_whole_number_is_a_share():
    settings = change_settings(Settings(), {"threshold": 1})

    assert (settings.threshold, type(settings.threshold)) == (1.0, float)


def test_change_keeps_the_rest():
    assert change_settings(Settings(shingle=4), {"seed": 9}) == Settings(shingle=4, seed=9)


def test_nearest_file_upward_wins(tmp_path):
    write_files(tmp_path, {"dedup.toml": "shingle = 5", "a/pyproject.toml": "[tool.dedup]\nshingle = 4", "a/b/c/empty.txt": ""})

    assert load_settings(start=tmp_path / "a" / "b" / "c") == Settings(shingle=4)


def test_project_file_without_a_section_is_passed_over(tmp_path):
    write_files(tmp_path, {"dedup.toml": "shingle = 5", "a/pyproject.toml": "[tool.other]\nshingle = 4", "a/b/x": ""})

    assert load_settings(start=tmp_path / "a" / "b") == Settings(shingle=5)


def test_own_file_goes_before_the_project_file_beside_it(tmp_path):
    write_files(tmp_path, {"dedup.toml": "shingle = 5", "pyproject.toml": "[tool.dedup]\nshingle = 4"})

    assert load_settings(start=tmp_path) == Settings(shingle=5)


def test_without_a_file_settings_are_the_defaults(tmp_path):
    assert load_settings(start=tmp_path) == Settings()


def test_search_starts_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(write_files(tmp_path, {"dedup.toml": "seed = 7"}))

    assert load_settings() == Settings(seed=7)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dedup.toml", "seed = 7"),
        ("pyproject.toml", "[tool.dedup]\nseed = 7"),
        ("any.toml", "seed = 7"),
        ("any.toml", "[tool.dedup]\nseed = 7"),
    ],
)
def test_named_file_is_the_only_one_read(tmp_path, name, content):
    write_files(tmp_path, {f"named/{name}": content, "dedup.toml": "seed = 8\nshingle = 9"})

    assert load_settings(tmp_path / "named" / name, start=tmp_path) == Settings(seed=7)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool.dedup]\nminwords = 2", "no setting 'minwords'; did you mean 'min-words'?"),
        ("[tool.dedup]\nthreshold = 2", "threshold: 2.0 is not in (0, 1]; try 0.6"),
        ("[tool.dedup\n", "not TOML (Expected ']' at the end of a table declaration (at line 1, column 12))"),
        (b"a = '\xff'", "not TOML ('utf-8' codec can't decode byte 0xff in position 5: invalid start byte)"),
        ("tool = 3", "tool.dedup is not a table; write its settings below [tool.dedup]"),
        ("[tool]\ndedup = 3", "tool.dedup is not a table; write its settings below [tool.dedup]"),
    ],
)
def test_broken_file_is_named(tmp_path, content, message):
    write_files(tmp_path, {"pyproject.toml": content})

    with pytest.raises(SettingsError) as refused:
        load_settings(start=tmp_path)

    assert str(refused.value) == f"{tmp_path / 'pyproject.toml'}: {message}"


def test_named_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path / "gone.toml")

    assert str(refused.value) == f"{tmp_path / 'gone.toml'}: cannot be read (No such file or directory); name another with --config"


@pytest.mark.parametrize(
    ("written", "n_bytes"),
    [("500", 500), ("500K", 512000), ("100m", 100 << 20), ("1.5G", 3 << 29), ("2 MiB", 2 << 20), (" 7B ", 7)],
)
def test_size_is_written_with_a_unit(written, n_bytes):
    assert change_settings(Settings(), {"max-document": written}).max_document == n_bytes


@pytest.mark.parametrize("written", ["", "much", "-1M", "1T", "1e3", "M"])
def test_size_that_is_none_is_refused(written):
    with pytest.raises(SettingsError) as refused:
        change_settings(Settings(), {"max_document": written}, "here")

    assert str(refused.value) == f"here: max-document: {written!r} is no size; write 500K, 100M or 1G"


def test_largest_document_of_no_bytes_is_refused():
    with pytest.raises(SettingsError, match="max-document: 0 bytes hold no document"):
        Settings(max_document=0)


@pytest.mark.parametrize("written", ["1G", "100M", "3K", "1500 bytes"])
def test_size_is_described_as_it_is_written(written):
    assert describe_size(parse_size(written.removesuffix(" bytes"))) == written
