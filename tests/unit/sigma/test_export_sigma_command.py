"""`trailwitness rules export-sigma`: where the documents go, what is said of the others, and the exit codes."""

from pathlib import Path

import pytest
import yaml

from scanner.cli import run
from scanner.cli.exit_codes import Exit

STOPPED, BURST, REVIEWED = "event.logging-stopped", "event.unauthorized-api-burst", "event.audit-logs-reviewed"
COMMAND = ["rules", "export-sigma"]


def test_one_rule_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--rule", STOPPED, "--parameter", f"{STOPPED}.approved_events=one,two"]) == Exit.CLEAN
    captured = capsys.readouterr()
    document = yaml.safe_load(captured.out)
    assert document["author"] == "Trailwitness"
    assert {"eventID": ["one", "two"]} in [
        {"eventID": part.get("eventID|cased")} for part in document["detection"]["filter"]
    ]
    assert captured.err == "1 of 1 rule for log records became Sigma rules\n"


def test_a_folder_holds_a_file_for_each_rule_and_is_written_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "sigma"
    arguments = [*COMMAND, "--rule", STOPPED, "--rule", BURST, "--output", str(target)]
    assert run(arguments) == Exit.INCOMPLETE
    assert [path.name for path in target.iterdir()] == ["aws_cloudtrail_event_logging_stopped.yml"]
    told = capsys.readouterr()
    assert told.out == ""
    assert f"left out: {BURST}: it counts 20 records that hold 5 different values of eventName" in told.err
    assert "1 of 2 rules for log records became Sigma rules" in told.err
    assert run(arguments) == Exit.ERROR
    assert "cannot be written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["sigma"]


def test_what_is_written_in_part_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*COMMAND, "--rule", "event.kms-key-disabled-or-deleted"]
    assert run(arguments) == Exit.ERROR
    assert "it looks into documents inside records" in capsys.readouterr().err
    assert run([*arguments, "--partial"]) == Exit.INCOMPLETE
    captured = capsys.readouterr()
    assert "in part: event.kms-key-disabled-or-deleted: records that it reports" in captured.err
    assert "This is a part of it" in " ".join(yaml.safe_load(captured.out)["description"].split())


def test_one_file_holds_all_rules(tmp_path: Path) -> None:
    target = tmp_path / "rules.yml"
    rules = [STOPPED, "event.console-login-failures-burst"]
    assert run([*COMMAND, *(word for rule in rules for word in ("--rule", rule)), "-o", str(target)]) == Exit.CLEAN
    documents = list(yaml.safe_load_all(target.read_text(encoding="utf-8")))
    assert [sorted({"correlation", "detection"} & each.keys()) for each in documents] == [
        ["detection"],
        ["correlation"],
        ["correlation"],
        ["detection"],
    ]


def test_nothing_is_written_when_no_rule_can_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--rule", REVIEWED, "-o", str(tmp_path / "sigma")]) == Exit.ERROR
    assert list(tmp_path.iterdir()) == []
    assert "Nothing was written." in capsys.readouterr().err


def test_rules_about_facts_are_no_sigma_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--rule", "trail.kms-encrypted"]) == Exit.ERROR
    assert "this is judged over the configuration of an account" in capsys.readouterr().err


def test_rules_of_a_folder_state_no_author(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "log-events", "event.mine", "--rules", str(tmp_path)]) == Exit.CLEAN
    capsys.readouterr()
    assert run([*COMMAND, "--rules", str(tmp_path), "--rule", "event.mine"]) == Exit.CLEAN
    document = yaml.safe_load(capsys.readouterr().out)
    assert "author" not in document
    assert "event.mine" in document["description"]
