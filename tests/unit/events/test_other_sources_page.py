"""The page about records of other systems: its files, and its commands over them."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from tests.unit.replay.folders import write_folder

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "other-sources.md"
FILES = re.compile(r"^`([\w./-]+)`:\n\n```(?:json|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODES = [Exit.CLEAN, Exit.FINDINGS, Exit.FINDINGS, Exit.CLEAN]


def record(identity: str, name: str) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventCategory": "Management",
        "eventTime": "2026-11-20T07:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "eventID": identity,
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana"},
    }


CALLS = yaml.safe_load((ROOT / "rules/integration/_core-banking.calls.yaml").read_text(encoding="utf-8"))["calls"]
ANSWERS = [(call["call"], call.get("arguments", {}), call["answer"]) for call in CALLS]


def run_and_read(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    capsys.readouterr()
    run(arguments)
    return capsys.readouterr().out


def test_the_files_and_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.findall(text):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    Path("AWSLogs").mkdir()
    records = [record("a", "AttachUserPolicy"), record("b", "GetUser")]
    Path("AWSLogs/a.json").write_text(json.dumps({"Records": records}), encoding="utf-8")
    block, integrations = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    commands = block.splitlines()
    write_folder(Path("snapshot"), more=ANSWERS)
    assert run(shlex.split(integrations)[1:]) == Exit.CLEAN
    assert "core-banking" in run_and_read(capsys, [*shlex.split(integrations)[1:], "-o", "json"])
    for line, code in zip(commands, CODES, strict=True):
        assert run(shlex.split(line)[1:]) == code, line
    told = json.loads(run_and_read(capsys, [*shlex.split(commands[2])[1:], "-o", "json"]))
    findings = {each["rule"]: each for each in told["findings"]}
    hits = findings["change.ticketed"]["details"]["hits"]
    assert sorted(each["event_name"] for each in hits) == ["AttachUserPolicy", "RaiseLimit"]
    assert {findings[rule]["outcome"] for rule in ("event.unauthorized-api-burst", "event.time-plausible")} == {"pass"}
