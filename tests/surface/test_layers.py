"""Each layer imports only what lies below it (the contracts stand in setup.cfg)."""

from __future__ import annotations

from pathlib import Path

import pytest

cli = pytest.importorskip("importlinter.cli", reason="the layers are checked by import-linter")


def test_layers_are_kept(monkeypatch, capsys):
    monkeypatch.chdir(Path(__file__).parents[2])
    code = cli.lint_imports(no_cache=True)

    assert code == 0, capsys.readouterr().out
