"""What is written beside a target under a hidden name, and that the next run clears what a killed one left of it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.files.unfinished import clear, unfinished_file, unfinished_folder, workplace

PROGRAM = """
import os, sys, time
from pathlib import Path
from scanner.files.unfinished import unfinished_file, unfinished_folder, workplace
target = Path(sys.argv[1])
with unfinished_folder(target) as folder, unfinished_file(target), workplace() as place:
    (folder / "log").write_text("secret")
    (place / "raw").write_text("secret")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def started(target: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_a_killed_run_is_cleared_by_the_next(
    tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "evidence"
    process = started(target)
    assert len(hidden(tmp_path)) == 2
    assert len(hidden(temporary)) == 1
    assert clear(target) == clear() == []  # it lives
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    log = tmp_path / "a.json"
    log.write_text(json.dumps({"Records": []}), encoding="utf-8")
    assert run(["logs", str(log), "-q", "--bundle", str(target)]) == Exit.INCOMPLETE
    assert hidden(tmp_path) == hidden(temporary) == []
    told = capsys.readouterr().err
    assert told.count("which a run that was killed had left behind") == 3
    assert f"removed {target.parent}/.evidence.unfinished-" in told


def test_nothing_else_is_removed(tmp_path: Path, temporary: Path) -> None:
    for name in (
        ".evidence.original",
        ".evidence.unfinished-toolongname",
        ".other.unfinished-abcdefgh",
        ".evidence.unfinished-",
    ):
        (tmp_path / name).mkdir()
    (tmp_path / ".evidence.unfinished-abcdefgh").symlink_to(tmp_path)
    (temporary / "trailwitness-evidence").mkdir()
    before = hidden(tmp_path)
    assert clear(tmp_path / "evidence") == clear() == []
    assert hidden(tmp_path) == before


def test_what_is_made_is_private_and_gone_at_the_end(tmp_path: Path, temporary: Path) -> None:
    target = tmp_path / "t"
    with unfinished_folder(target) as folder, workplace() as place:
        private = (folder, place, place.parent)
        assert {path.stat().st_mode & 0o777 for path in private} == {0o700}
        assert place.parent.parent == temporary
    with unfinished_file(target) as (descriptor, path):
        os.close(descriptor)
        path.rename(target)
    assert target.is_file()
    assert hidden(tmp_path) == hidden(temporary) == []


def test_a_run_does_not_wait_for_its_own_lock(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with workplace() as place, unfinished_folder(place / "snapshot") as folder:
        assert temporary in folder.parents
    assert not waited


def test_a_guarded_folder_is_not_waited_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("scanner.files.unfinished._PATIENCE", 0.05)
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    begun = time.monotonic()
    with unfinished_folder(tmp_path / "x") as folder:
        assert folder.is_dir()
    assert time.monotonic() - begun < 5
    os.close(held)


@pytest.mark.parametrize("make", [unfinished_folder, unfinished_file])
def test_an_error_is_about_the_path_that_was_given(make: Any, tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "x"
    with pytest.raises(OSError, match="No such file") as caught, make(target):
        pass
    assert caught.value.filename == str(target)
