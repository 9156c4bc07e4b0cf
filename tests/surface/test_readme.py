"""The README's first two commands are the ones that `.ci/run` runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import run

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[:2]


def test_readme_begins_with_two_commands():
    assert [command.count("\n") for command in COMMANDS] == [1, 1]


@pytest.mark.parametrize("number", [0, 1])
def test_command_is_run_before_a_change_lands(number):
    assert COMMANDS[number].strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_sample_output_is_what_the_command_prints():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sample = re.search(r"^\$ dedup audit data/newsroom\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL).group(1)
    printed = run(ROOT, "audit", "data/newsroom").out.splitlines()
    quoted = [line for line in sample.splitlines() if line not in ("", " …")]

    assert len(quoted) > 30
    assert [line for line in quoted if line not in printed] == []


def test_sample_plan_is_what_the_command_prints():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sample = re.search(r"^\$ dedup clean data/newsroom -o cleaned\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL).group(1)
    printed = [line.rstrip() for line in run(ROOT, "clean", "data/newsroom", "-o", "cleaned", "--dry-run").out.splitlines()]
    quoted = [line for line in sample.splitlines() if line not in ("", " …")]

    assert len(quoted) > 12
    assert [line for line in quoted if line not in printed] == []


def test_library_example_runs(tmp_path, monkeypatch):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"^```python\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL).group(1)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "newsroom").symlink_to(ROOT / "data" / "newsroom")
    exec(example, {})

    assert (tmp_path / "report.json").stat().st_size > 100_000
