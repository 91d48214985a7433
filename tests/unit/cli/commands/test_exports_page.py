"""The page about exports: its commands run as they are written, and it names every one of these formats."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from reports.formats import FORMATS
from scanner.cli import run
from scanner.cli.exit_codes import Exit

PAGE = (Path(__file__).parents[4] / "docs" / "exports.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
RECORD = {
    "eventVersion": "1.11",
    "userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"},
    "eventTime": "2026-11-20T06:00:00Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "192.0.2.1",
    "eventID": "00000000-0000-4000-8000-000000000001",
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": "111122223333",
    "eventCategory": "Management",
}


def test_every_command_runs_as_it_is_written(snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    (work / "cloudtrail").mkdir(parents=True)
    (work / "cloudtrail" / "log.json").write_text(json.dumps({"Records": [RECORD]}))
    shutil.copytree(snapshot, work / "snapshot")
    monkeypatch.chdir(work)
    for command in COMMANDS:
        if command.startswith("trailwitness "):
            assert run([*command.split()[1:], "--quiet"]) in {Exit.FINDINGS, Exit.INCOMPLETE}, command
        elif shutil.which("jq"):
            subprocess.run(["/bin/sh", "-c", command], check=True)
    for name in re.findall(r"--output \S+?=(\S+)|> (\S+)", "\n".join(COMMANDS)):
        path = work / "".join(name)
        assert path.exists() or not shutil.which("jq"), path
    if shutil.which("jq"):
        kinds = {each["kind"] for each in json.loads((work / "problems.sarif").read_text())["runs"][0]["results"]}
        assert kinds == {"fail", "open"}
        lines = (work / "findings.ocsf.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(json.loads((work / "findings.ocsf.json").read_text(encoding="utf-8")))


def test_the_page_names_every_format_of_a_standard() -> None:
    rooms = {name: each.write.__module__ for name, each in FORMATS.items()}
    standards = [name for name, module in rooms.items() if module.startswith("reports.formats.standards.")]
    assert len(standards) == 6
    assert all(f"| `{name}` |" in PAGE for name in standards)
