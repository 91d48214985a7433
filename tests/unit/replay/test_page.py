"""Every command of the page about replaying works, and the page names every reason there is."""

import re
import shlex
from pathlib import Path

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.replay.reasons import Reason
from tests.unit.replay.deployments import log_file, record
from tests.unit.replay.folders import write_folder

PAGE = Path(__file__).parents[3] / "docs" / "replay.md"
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("trailwitness replay")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    write_folder(folder / "snapshot")
    (folder / "AWSLogs").mkdir()
    source = log_file(record())
    (folder / "AWSLogs" / Path(source.name).name).write_bytes(source.data)
    return folder


@pytest.mark.parametrize("line", COMMANDS)
def test_commands(folder: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(folder)
    assert run(shlex.split(line)[1:]) == Exit.CLEAN


def test_every_reason_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"`{reason}`" not in text and reason is not Reason.UNTOLD] == []
