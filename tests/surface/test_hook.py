"""The pre-commit hook, run by pre-commit itself in a repository of drafts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from corpora import FERRY, FERRY_EDITED, ORCHARD, article, write_files

import dedup

pytest.importorskip("pre_commit", reason="the hook is run by pre-commit")

ROOT = Path(__file__).parents[2]
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
CONFIG = """\
repos:
- repo: {repository}
  rev: {revision}
  hooks:
  - id: dedup-check
    args: [--index, archive.dedup, --quiet]
"""

if shutil.which("git") is None:
    pytest.skip("the hook needs git", allow_module_level=True)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit_all(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All", "--no-verify")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def drafts(tmp_path_factory):
    """Return a repository of drafts with an index, whose configuration names a copy of this repository."""
    folder = tmp_path_factory.mktemp("hook")
    ignore = shutil.ignore_patterns(
        ".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist", "tests"
    )
    shutil.copytree(ROOT, folder / "dedup", ignore=ignore)
    revision = commit_all(folder / "dedup")
    with dedup.Index.open(folder / "drafts.dedup", "c") as index:
        index.add([dedup.Document("herald/ferry.txt", article(FERRY, ORCHARD), "herald", "2024-02-11")])
    (folder / "drafts").mkdir()
    shutil.move(folder / "drafts.dedup", folder / "drafts" / "archive.dedup")
    write_files(folder / "drafts", {".pre-commit-config.yaml": CONFIG.format(repository=folder / "dedup", revision=revision)})
    commit_all(folder / "drafts")
    return folder / "drafts"


def run_hook(drafts: Path) -> subprocess.CompletedProcess[str]:
    git(drafts, "add", "--all")
    environment = os.environ | {"PRE_COMMIT_HOME": str(drafts.parent / "pre-commit"), "PRE_COMMIT_COLOR": "never"}
    command = [sys.executable, "-m", "pre_commit", "run", "--color=never"]
    return subprocess.run(command, cwd=drafts, env=environment, capture_output=True, text=True, timeout=600, check=False)


def test_draft_that_repeats_a_published_paragraph_is_not_committed_and_one_that_does_not_is(drafts):
    write_files(drafts, {"new.md": article("# Ferry", FERRY_EDITED)})
    repeating = run_hook(drafts)

    assert (repeating.returncode, "dedup check" in repeating.stdout, "Failed" in repeating.stdout) == (1, True, True)
    assert [part in repeating.stdout for part in ("line 3", "herald/ferry.txt:1", "2024-02-11")] == [True] * 3

    write_files(
        drafts, {"new.md": article("# Ferry", "A harbour pilot of thirty years explains what fog does to the sound of a bell.")}
    )
    fresh = run_hook(drafts)

    assert (fresh.returncode, "Passed" in fresh.stdout) == (0, True)
