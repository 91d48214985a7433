"""The manual page says what the help says, and groff reads it."""

import re
import shutil
import subprocess

import pytest

from scanner.cli import COMMANDS, cli, run
from scanner.cli.commands.setup.manual import manual
from scanner.cli.exit_codes import Exit
from scanner.cli.helping import EXAMPLES


def test_every_command_and_example_is_in_it() -> None:
    text = manual(cli).replace(r"\-", "-").replace(r"\e", "\\")
    sections = re.findall(r"^\.SS trailwitness (.*)$", text, re.MULTILINE)
    for name in COMMANDS:
        assert any(section.startswith(name) for section in sections)
    for examples in EXAMPLES.values():
        for example in examples:
            assert example.split("\n", maxsplit=1)[0] in text
    assert [section for section in sections if section.startswith("logs ")] == [
        "logs [OPTIONS] [SOURCES]...",
        "logs contributors [OPTIONS] [SOURCES]...",
    ]
    assert r"\fB\-h, \-\-help\fR" in manual(cli)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_reads_it_without_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["manual"]) == Exit.CLEAN
    page = capfd.readouterr().out
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-cbou"], input=page.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == b""
    shown = done.stdout.decode()
    assert "trailwitness scan --framework pci-dss-4.0.1\n" in shown
    assert "\\" not in re.sub(r"\\$", "", shown, flags=re.MULTILINE)
