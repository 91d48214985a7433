"""The command line's frame: help stays light, every error is one clear message and exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from scanner import __version__
from scanner.cli import COMMANDS, run
from scanner.cli.exit_codes import Exit


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom scanner.cli import run\ncode = run(['--help'])\n"
        "heavy = {'boto3', 'botocore', 'yaml', 'jinja2', 'jsonschema', 'jmespath', 'rich', 'junit_xml'}\n"
        "heavy &= set(sys.modules)\n"
        "assert code == 0 and not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == Exit.CLEAN
    assert "Usage: trailwitness" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == Exit.CLEAN
    assert capsys.readouterr().out == f"trailwitness {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["nonsense"], "No such command"),
        (["scan", "--framework", "pci-dss-4.0.2"], "pci-dss-4.0.1"),
        (["scan", "--rule", "trail.log-file-validatoin"], "trail.log-file-validation"),
        (["scan", "--output", "junt=x.xml"], "Did you mean junit?"),
        (["scan", "--output", "text", "--output", "json"], "Two reports would go to standard output"),
        (["scan", "--output", "junit=/nowhere/out.xml"], "does not exist"),
        (["scan", "--output", "junit="], "the path is empty"),
        (["scan", "--external-id", "x", "--rule", "trail.log-file-validation"], "--role-arn"),
        (["scan", "--bucket-owner", "audit", "--rule", "trail.log-file-validation"], "12 digits"),
        (["scan", "--bucket-owner", "111122223333", "--snapshot", "."], "together with AWS options"),
        (["scan", "--parameter", "route.vpc-changes.nothing=1"], "nothing"),
        (["pattern", "test", "{ $.a == 1 }", "--message", "x"], "^"),
        (["pattern", "covers", "--required", "{ $.a = 1 }", "--deployed", "{ $.a = 'x' }"], "--deployed"),
    ],
)
def test_usage_errors_exit_2(arguments: list[str], expected: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.ERROR
    shown = capfd.readouterr()
    assert shown.out == ""
    assert expected in shown.err
    assert "Traceback" not in shown.err


def test_internal_error_is_never_a_verdict(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("hostile \x1b[31m text")

    monkeypatch.setattr("scanner.cli.options.content.select", broken)
    assert run(["collect", "-o", "never"]) == Exit.ERROR
    shown = capfd.readouterr().err
    assert "Internal error: RuntimeError" in shown
    assert "\x1b" not in shown
    assert not Path("never").exists()


def test_commands_in_the_help_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    assert "\n    trailwitness scan --framework pci-dss-4.0.1\n" in capsys.readouterr().out
