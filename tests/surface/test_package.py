"""The wheel: all that a user needs, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from dedup.version import __version__

pytest.importorskip("build", reason="the wheel is made by `build`")
pytest.importorskip("setuptools", minversion="77", reason="the wheel is made by setuptools 77 or newer")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return a wheel built from a copy, so that nothing is left beside the source."""
    folder = tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder / "source", ignore=ignore)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", folder / "source"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel):
    return zipfile.ZipFile(wheel).namelist()


def test_wheel_runs_on_any_machine(wheel):
    assert wheel.name == f"dedup-{__version__}-py3-none-any.whl"


def test_wheel_holds_the_package_and_nothing_beside_it(names):
    assert {name.split("/")[0] for name in names} == {"dedup", f"dedup-{__version__}.dist-info"}


def test_wheel_holds_every_module(names):
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dedup").rglob("*.py")}

    assert modules == {name for name in names if name.endswith(".py")}


def test_wheel_holds_tables_types_and_license(names):
    assert {"dedup/normaliser.npz", "dedup/py.typed", f"dedup-{__version__}.dist-info/licenses/LICENSE"} <= set(names)


def test_wheel_holds_the_parts_of_the_page(names):
    parts = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dedup" / "report" / "html").iterdir()}

    assert parts == {name for name in names if name.startswith("dedup/report/html/")}


def test_wheel_works_by_itself(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import dedup.normalise as n; n.load_tables(); print(n.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(tmp_path / "dedup" / "normalise.py")


def test_installed_version_is_that_of_the_source():
    assert version("dedup") == __version__
