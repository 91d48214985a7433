"""The page about integrity: its commands run, and what it shows is printed."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.integrity.problems import Kind

PAGE = Path(__file__).parents[3] / "docs" / "integrity.md"
BLOCKS = re.compile(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


def test_the_commands_of_the_page(
    ground: Any, copied: Path, queried: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ground.hours == 24
    assert queried.parent == copied
    monkeypatch.chdir(copied)
    for block in BLOCKS.finditer(PAGE.read_text(encoding="utf-8")):
        for line in block[1].splitlines():
            capsys.readouterr()
            _, *arguments = shlex.split(line)
            if "s3://" in line:  # the bucket is the reader's; the options must exist
                assert run([*arguments, "--help"]) == Exit.CLEAN, line
            else:
                assert run(arguments) == (Exit.INCOMPLETE if "verify" in arguments else Exit.CLEAN), line
        told = capsys.readouterr()
        assert block[2] in {None, f"{told.out}{told.err}"}


def test_the_page_names_every_kind_that_contradicts() -> None:
    text = PAGE.read_text(encoding="utf-8")
    of_unknown = {
        Kind.KEY_UNUSABLE,
        Kind.REDELIVERY,
        Kind.BEGINS,
        Kind.UNREAD,
        Kind.UNPROVEN,
    }
    for kind in set(Kind) - of_unknown:
        assert f"`{kind}`" in text, kind
    for code in Exit:
        assert f"\n| {int(code)} | " in text
