"""Where reports go: pipes and devices stay, evidence stays untouched, a closed pipe changes no verdict."""

import os
import stat
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.printing import wants_colour

RULE = ["--rule", "trail.log-file-validation"]


def scan(snapshot: Path, *arguments: str) -> int:
    return run(["scan", "--snapshot", str(snapshot), *RULE, "--quiet", *arguments])


def test_a_link_is_followed(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("report.json")
    assert scan(snapshot, "--output", f"json={tmp_path / 'link.json'}") == Exit.FINDINGS
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "report.json").read_bytes().startswith(b"{")


def test_a_pipe_is_written_to(snapshot: Path, tmp_path: Path) -> None:
    """What stands for a device: /dev/null must never become a report."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert scan(snapshot, "--output", f"json={pipe}") == Exit.FINDINGS
    reader.join(timeout=30)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert read[0].startswith(b"{")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "json=report", "-o", "csv={folder}/report"], "the same file"),
        (["-o", "json=snapshot/run.json"], "into the evidence"),
        (["-o", "json=snapshot/raw/report.json"], "into the evidence"),
        (["--bundle", "empty", "-o", "json=empty/report.json"], "into the evidence"),
        (["--bundle", "bag.zip", "-o", "json={folder}/bag.zip"], "into the evidence"),
        (["--bundle", "snapshot/bag"], "into"),
        (["--bundle", "{folder}/snapshot.txt/bag"], "snapshot.txt is not a folder"),
        (["-o", "json={folder}/snapshot.txt/x.json"], "snapshot.txt is not a folder"),
    ],
)
def test_evidence_is_never_written_over(
    arguments: list[str],
    words: str,
    snapshot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "snapshot.txt").write_text("no folder", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert scan(snapshot, *(text.format(folder=tmp_path) for text in arguments)) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def command(*arguments: str, stdout: int, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
        text=True,
        check=False,
    )


def test_a_closed_pipe_changes_no_verdict(snapshot: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = command("scan", "--snapshot", str(snapshot), *RULE, "--fail-on", "critical", stdout=writing)
    assert done.returncode == Exit.CLEAN, done.stderr
    told = done.stderr
    for arguments in (
        ["rules", "list"],
        ["rules", "show", RULE[1]],
        ["frameworks", "list"],
        ["rules", "policy", *RULE],
    ):
        listed = command(*arguments, stdout=writing)
        assert listed.returncode == Exit.CLEAN, listed.stderr
        told += listed.stderr
    os.close(writing)
    assert "Traceback" not in told
    assert "Broken" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        done = command("rules", "list", stdout=full.fileno())
    assert done.returncode == Exit.ERROR
    assert "No space left on device" in done.stderr
    assert "Internal error" not in done.stderr


def test_a_terminal_without_signs_gets_words(snapshot: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scanner", "scan", "--snapshot", str(snapshot), "--rule", "route", "-v"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.stdout.isascii()
    assert b"->" in done.stdout


def test_no_colour_on_a_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour()
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour()


def closing(snapshot: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["scan", "--snapshot", str(snapshot), *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_one_line_says_why_the_exit_code_is_not_0(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = "1 fail, 0 unknown, 0 pass, 0 not applicable. Exit code 1: 1 finding failed at or above --fail-on low.\n"
    assert closing(snapshot, capsys, *RULE, "-q") == (Exit.FINDINGS, "", failed)
    code, out, err = closing(snapshot, capsys, *RULE)
    assert (code, err) == (Exit.FINDINGS, failed)
    assert "What failed, and what puts it right" in out
    assert "Failed (1)" in closing(snapshot, capsys, *RULE, "--verbose")[1]
    sound = (
        "1 fail, 0 unknown, 0 pass, 0 not applicable. "
        "Exit code 0: nothing failed at or above --fail-on critical, and everything in scope was looked at.\n"
    )
    assert closing(snapshot, capsys, *RULE, "-q", "--fail-on", "critical") == (Exit.CLEAN, "", sound)
    assert closing(snapshot, capsys, *RULE, "--fail-on", "critical")[2] == sound


def test_quiet_is_one_line_whatever_is_written(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = [
        "-o",
        f"json={tmp_path / 'a.json'}",
        "-o",
        f"junit={tmp_path / 'a.xml'}",
        "--bundle",
        str(tmp_path / "bag"),
    ]
    code, out, err = closing(snapshot, capsys, *RULE, "-q", *written)
    assert (code, out, err.count("\n")) == (Exit.FINDINGS, "", 1)
    assert (tmp_path / "a.xml").exists()
    assert (tmp_path / "bag").is_dir()
    again = [text.replace("a.", "b.").replace("bag", "case") for text in written]
    assert closing(snapshot, capsys, *RULE, *again)[2].count("wrote ") == 3


def test_one_line_says_what_is_missing(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unknown = ["--rule", "trail.s3-delivery-fresh", "-q"]
    code, out, err = closing(snapshot, capsys, *unknown)
    assert (code, out) == (Exit.INCOMPLETE, "")
    assert err.count("\n") == 1
    assert "Exit code 3: nothing failed at or above --fail-on low, but not everything could be looked at." in err
    code, out, err = closing(snapshot, capsys, *unknown, "--allow-incomplete")
    assert (code, out, err.count("\n")) == (Exit.CLEAN, "", 1)
    assert "Exit code 0" in err


def test_junit_is_as_red_as_the_exit_code(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "junit.xml"

    def marks(*arguments: str) -> tuple[int, str, str, str]:
        code = run(["scan", "--snapshot", str(snapshot), "-q", "-o", f"junit={target}", *arguments])
        root = ET.parse(target).getroot()
        skipped = sum(1 for _ in root.iter("skipped"))
        return code, str(root.get("failures")), str(root.get("errors")), str(skipped)

    both = [*RULE, "--rule", "trail.s3-delivery-fresh"]
    assert marks(*both) == (Exit.FINDINGS, "1", "1", "0")
    assert marks(*both, "--fail-on", "critical") == (Exit.INCOMPLETE, "0", "1", "1")
    assert marks(*both, "--fail-on", "critical", "--allow-incomplete") == (Exit.CLEAN, "0", "0", "2")
    messages = [str(mark.get("message")) for mark in ET.parse(target).getroot().iter("skipped")]
    assert any(text.startswith("fail, but its severity") and "below --fail-on critical" in text for text in messages)
    assert any(text.startswith("unknown, but --allow-incomplete is given") for text in messages)


def test_a_report_of_several_files_goes_to_a_new_folder(snapshot: Path, tmp_path: Path) -> None:
    folder = tmp_path / "asff"
    assert scan(snapshot, "--output", f"asff={folder}") == Exit.FINDINGS
    written = sorted(path.name for path in folder.iterdir())
    assert written
    assert all(name.endswith(".0001.json") for name in written)


def test_files_of_an_earlier_run_are_not_mixed_with_those_of_this_one(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "asff"
    folder.mkdir()
    (folder / "earlier.json").write_text("{}")
    assert scan(snapshot, "--output", f"asff={folder}") == Exit.ERROR
    assert "name a new folder" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["earlier.json"]


def test_a_format_that_is_about_files_is_refused_for_an_account(
    snapshot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report.sarif"
    assert scan(snapshot, "--output", f"sarif={target}") == Exit.ERROR
    said = capsys.readouterr().err
    assert "sarif tells what was found in files, and what is judged here is the configuration of an account" in said
    assert "sarif" not in said.partition("Formats: ")[2]
    assert not target.exists()
