"""Other people's ``scanner`` and ``reports``: one sentence and exit code 2, or no harm at all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trailwitness

HOME = Path(trailwitness.__file__).parents[1]
WAYS = {
    "command": ["-c", "from trailwitness.__main__ import main; main()", "--version"],
    "module": ["-m", "trailwitness", "--version"],
    "import": ["-c", "import trailwitness"],
}


def python(arguments: list[str], cwd: Path, *path: Path) -> subprocess.CompletedProcess[str]:
    found = os.pathsep.join(map(str, (*path, HOME)))
    environment = {**os.environ, "PYTHONPATH": found}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def package(folder: Path, name: str, text: str = "") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["scanner", "reports"])
def test_a_folder_on_the_path_that_hides_ours(way: str, name: str, tmp_path: Path) -> None:
    package(tmp_path / "theirs", name)
    (tmp_path / "here").mkdir()
    done = python(WAYS[way], tmp_path / "here", tmp_path / "theirs")
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / "theirs" / name) in done.stderr
    assert f"take {tmp_path / 'theirs'} off PYTHONPATH" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lost", ["overwritten", "removed"])
def test_a_package_that_another_distribution_wrote_over(way: str, lost: str, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(HOME / "trailwitness", site / "trailwitness")
    package(site, "scanner", '"""Trailwitness"""\n')
    package(site, "reports", "def report(): ...\n")
    if lost == "removed":
        (site / "reports" / "__init__.py").unlink()
        (site / "reports" / "text.py").touch()
    # Without -S the checkout would be found on the path of the environment that runs the tests.
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-S", *WAYS[way]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"its package 'reports' at {site / 'reports'} is not its own" in done.stderr
    assert "virtual environment of its own" in done.stderr
    assert done.stderr.count("\n") == 1


def test_whoever_catches_import_errors_goes_on(tmp_path: Path) -> None:
    package(tmp_path / "theirs", "reports")
    code = "try:\n    import trailwitness\nexcept ImportError as error:\n    print(error.name)\nraise KeyError('own')"
    done = python(["-c", code], tmp_path, tmp_path / "theirs")
    assert (done.returncode, done.stdout) == (1, "reports\n")
    assert "KeyError" in done.stderr


@pytest.mark.parametrize("name", ["scanner", "reports"])
def test_the_module_runs_in_a_folder_that_holds_other_packages(name: str, tmp_path: Path) -> None:
    package(tmp_path, name, "raise SystemExit('not ours')\n")
    done = python(["-m", "trailwitness", "pattern", "explain", '{ $.a = "b" }'], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_module_inside_ours_that_was_written_over(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from scanner.cli import run

    monkeypatch.setitem(sys.modules, "scanner.pattern", type(sys)("scanner.pattern"))
    assert run(["pattern", "explain", "x"]) == 2
    shown = capfd.readouterr().err
    # Which of its modules is asked for first is of no account.
    assert re.search(r"module scanner\.pattern(\.\w+)* cannot be loaded", shown)
    assert "virtual environment of its own" in shown
    assert "Internal error" not in shown
