"""The README's first two commands are the ones that `.ci/run` runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[:2]


def test_readme_begins_with_two_commands():
    assert [command.count("\n") for command in COMMANDS] == [1, 1]


@pytest.mark.parametrize("number", [0, 1])
def test_command_is_run_before_a_change_lands(number):
    assert COMMANDS[number].strip() in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
