"""`trailwitness logs --workers 2`, killed at work, whole or in part: nothing half-written, no verdict from half of it.

One of the sources is a pipe. It is opened for reading when a worker comes to it, which is how the tests know that the
run is in the middle of its work; and it stays so, because nobody writes.
"""

import errno
import gzip
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs named pipes, process groups and /proc"),
]

PIPE = "middle"
SOURCES = ("early", PIPE, "late")
"""Judged in this order: that of their names."""

FILES = 30
RECORDS = 20
PATIENCE = 60
"""Seconds after which something will not happen any more."""


def record(number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventTime": f"2026-11-20T07:{number % 60:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging" if number % 7 == 0 else "DescribeTrails",
        # Every tenth event is the one before it, delivered again, and every other of these by the next file.
        "eventID": f"{number - 1 if number % 10 == 0 else number}",
        "recipientAccountId": "111122223333",
    }


def log_file(number: int) -> bytes:
    records = [record(number * RECORDS + at) for at in range(RECORDS)]
    return gzip.compress(json.dumps({"Records": records}).encode(), mtime=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two folders of log files and the file of the pipe's name between them."""
    for at, name in enumerate(("early", "late")):
        (tmp_path / name).mkdir()
        for number in range(FILES):
            (tmp_path / name / f"{number:03}.json.gz").write_bytes(log_file(at * (FILES + 1) + number))
    (tmp_path / PIPE).write_bytes(log_file(FILES))
    return tmp_path


def arguments(*more: str) -> list[str]:
    return ["logs", *SOURCES, "--rule", "event.logging-stopped", "-q", "-o", "json=a.json", *more]


@contextmanager
def at_work(folder: Path, program: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The command with two workers, one of which waits for what the pipe will give; all of it is gone on leaving."""
    content = (folder / PIPE).read_bytes()
    (folder / PIPE).unlink()
    os.mkfifo(folder / PIPE)
    process = subprocess.Popen(
        [program, *arguments("--workers", "2")],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        writing = opened_by_a_reader(folder / PIPE, process)
        yield process
        os.close(writing)
    finally:
        # Nobody else is in this group, and those that are left must not outlive the test.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        (folder / PIPE).unlink()
        (folder / PIPE).write_bytes(content)


def opened_by_a_reader(pipe: Path, process: subprocess.Popen[bytes]) -> int:
    """Wait until somebody has opened the pipe to read it; the other end."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.returncode is None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    pytest.fail(f"nobody opened the pipe; exit code {process.returncode}")


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def told(path: Path) -> bytes:
    """An assessment without the times of its run."""
    content = path.read_bytes()
    collected = json.loads(content)["run"]["collected"]
    return content.replace(collected["started"].encode(), b"").replace(collected["finished"].encode(), b"")


def reader(pipe: Path, process: subprocess.Popen[bytes]) -> int:
    """The process other than this one that holds the pipe open."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.returncode is None:
        for held in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):  # the process is gone, or another user's
                if held.readlink() == pipe and int(held.parts[2]) != os.getpid():
                    return int(held.parts[2])
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    pytest.fail(f"nobody holds the pipe; exit code {process.returncode}")


def test_a_run_that_was_killed_is_simply_started_again(
    folder: Path,
    program: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    assert run(arguments()) == 1
    undisturbed = told(folder / "a.json")
    (folder / "a.json").unlink()
    before = listed(folder)
    with at_work(folder, program, environment) as process:
        os.killpg(process.pid, signal.SIGKILL)
        assert process.communicate(timeout=PATIENCE) == (b"", b"")
    assert listed(folder) == before
    again = subprocess.run(
        [program, *arguments("--workers", "2")], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert again.returncode == 1, again.stderr
    assert listed(folder) == sorted([*before, "a.json"])
    assert told(folder / "a.json") == undisturbed
    counted = json.loads(undisturbed)["run"]["accounting"]
    assert (counted["sources"], counted["records"]) == (2 * FILES + 1, (2 * FILES + 1) * RECORDS)
    assert counted["duplicates"] == (2 * FILES + 1) * RECORDS // 10 - 1


def test_a_worker_that_was_killed_ends_the_run_without_a_verdict(
    folder: Path, program: str, environment: dict[str, str]
) -> None:
    before = listed(folder)
    with at_work(folder, program, environment) as process:
        worker = reader(folder / PIPE, process)
        assert worker != process.pid
        os.kill(worker, signal.SIGKILL)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert out == b""
    assert b"No verdict was given." in err
    assert b"Traceback" not in err
    assert listed(folder) == before


@pytest.mark.parametrize(
    ("sent", "to_all", "code"),
    [
        pytest.param(signal.SIGTERM, False, 130, id="asked-to-end"),
        pytest.param(signal.SIGINT, True, 130, id="ctrl-c"),
        pytest.param(signal.SIGKILL, False, -signal.SIGKILL, id="killed-without-its-workers"),
    ],
)
def test_the_whole_run_ends_at_once(
    sent: signal.Signals, to_all: bool, code: int, folder: Path, program: str, environment: dict[str, str]
) -> None:
    before = listed(folder)
    with at_work(folder, program, environment) as process:
        if to_all:
            os.killpg(process.pid, sent)
        else:
            process.send_signal(sent)
        # Workers hold standard error, so its end is also theirs.
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert out == b""
    if sent != signal.SIGKILL:
        assert err.strip() == b"Interrupted; nothing half-written is left behind."
    assert listed(folder) == before
