"""`trailwitness logs`: exit codes, reports, parameters, the profile, and that nothing read is never a pass."""

import csv
import gzip
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.documents import parse_json
from scanner.events.counting.parts import SAMPLE
from scanner.schemas import problems_of

STOPPED = {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "requestParameters": {"name": "main"}}


def record(number: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEUSER00001",
            "arn": "arn:aws:iam::111122223333:user/anna",
            "accountId": "111122223333",
            "userName": "anna",
        },
        "eventTime": f"2026-11-20T07:{number % 60:02d}:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "aws-cli/2.32.0",
        "requestParameters": None,
        "responseElements": None,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        **members,
    }


def log_file(folder: Path, *records: Any, name: str = "trail.json.gz") -> Path:
    path = folder / name
    data = json.dumps({"Records": list(records)}).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def judged(*arguments: str, expect: int, folder: Path) -> dict[str, Any]:
    target = folder / "assessment.json"
    assert run(["logs", *arguments, "-q", "-o", f"json={target}"]) == expect
    assert not problems_of(parse_json(str(target), target.read_text(encoding="utf-8")), "assessment")
    found: dict[str, Any] = json.loads(target.read_bytes())
    return found


def outcomes(assessment: dict[str, Any]) -> dict[str, str]:
    return {finding["rule"]: finding["outcome"] for finding in assessment["findings"]}


def test_a_hit_is_a_failure_with_its_record_as_evidence(tmp_path: Path) -> None:
    path = log_file(tmp_path, record(1), record(2, **STOPPED))
    found = judged(str(path), "--rule", "event.logging-stopped", expect=Exit.FINDINGS, folder=tmp_path)
    (finding,) = found["findings"]
    assert (finding["outcome"], finding["account"], finding["severity"]) == ("fail", "111122223333", "critical")
    assert finding["details"]["hit_count"] == 1
    assert finding["details"]["hits"][0]["event_name"] == "StopLogging"
    assert finding["pointers"] == ["EV-0001#/Records/1"]
    (evidence,) = found["evidence"]
    assert (evidence["id"], evidence["file"], evidence["bytes"]) == ("EV-0001", "trail.json.gz", path.stat().st_size)
    assert found["run"]["sources"][0]["sha256"] == evidence["sha256"]
    assert found["run"]["kind"] == "log-records"


def test_no_hit_passes_and_says_how_many_records_were_looked_at(tmp_path: Path) -> None:
    path = log_file(tmp_path, record(1), record(2), record(2))
    found = judged(str(path), "--rule", "event.logging-stopped", expect=Exit.CLEAN, folder=tmp_path)
    assert outcomes(found) == {"event.logging-stopped": "pass"}
    counted = found["run"]["accounting"]
    assert (counted["records"], counted["duplicates"], counted["events"]) == (3, 1, 2)


@pytest.mark.parametrize("content", [b"", b'{"Records":[]}', b"hello", b"[]"])
@pytest.mark.parametrize("options", [[], ["--allow-incomplete"]])
def test_no_record_at_all_is_never_clean(content: bytes, options: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    found = judged(
        str(tmp_path / "a.json"), "--rule", "event.logging-stopped", *options, expect=Exit.INCOMPLETE, folder=tmp_path
    )
    assert outcomes(found) == {"event.logging-stopped": "unknown"}


def test_a_broken_record_makes_the_evidence_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"Records":[' + json.dumps(record(1)) + ',{"eventName": oops}]}', encoding="utf-8")
    arguments = (str(path), "--rule", "event.logging-stopped")
    found = judged(*arguments, expect=Exit.INCOMPLETE, folder=tmp_path)
    assert found["gaps"]
    assert found["run"]["accounting"]["malformed"] >= 1
    assert found["gaps"][0]["arguments"] == {"source": "a.json"}
    judged(*arguments, "--allow-incomplete", expect=Exit.CLEAN, folder=tmp_path)


def test_failures_win_over_missing_evidence(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"Records":[' + json.dumps(record(1, **STOPPED)) + ",{]}", encoding="utf-8")
    judged(str(path), "--rule", "event.logging-stopped", expect=Exit.FINDINGS, folder=tmp_path)


def test_fail_on(tmp_path: Path) -> None:
    root = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "principalId": "1", "accountId": "111122223333"}
    path = log_file(tmp_path, record(1, userIdentity=root))
    rule = ("--rule", "event.root-activity")
    judged(str(path), *rule, "--fail-on", "high", expect=Exit.FINDINGS, folder=tmp_path)
    judged(str(path), *rule, "--fail-on", "critical", expect=Exit.CLEAN, folder=tmp_path)


def test_parameters_are_in_force_and_recorded(tmp_path: Path) -> None:
    stopped = record(1, **STOPPED)
    path = log_file(tmp_path, stopped)
    found = judged(
        str(path),
        *("--rule", "event.logging-stopped"),
        *("--parameter", f"event.logging-stopped.approved_events={stopped['eventID']}"),
        expect=Exit.CLEAN,
        folder=tmp_path,
    )
    assert found["run"]["parameters"]["event.logging-stopped"]["approved_events"] == {
        "value": [stopped["eventID"]],
        "origin": "flag",
    }


def test_a_window_of_time(tmp_path: Path) -> None:
    path = log_file(tmp_path, record(1), record(30, **STOPPED), record(50))
    rule = ("--rule", "event.logging-stopped")
    found = judged(str(path), *rule, "--until", "2026-11-20T07:29:59Z", expect=Exit.CLEAN, folder=tmp_path)
    assert found["run"]["accounting"]["records"] == 1
    assert found["run"]["sources"][0]["notes"] == ["2 records outside the time asked for"]
    judged(str(path), *rule, "--since", "2026-11-20T07:30:00Z", expect=Exit.FINDINGS, folder=tmp_path)
    judged(str(path), *rule, "--since", "2026-11-21", expect=Exit.INCOMPLETE, folder=tmp_path)


def test_the_result_does_not_depend_on_workers_and_order(tmp_path: Path) -> None:
    for number in range(4):
        log_file(tmp_path, record(number), record(number + 10, **STOPPED), record(99), name=f"{number}.json.gz")
    here = judged(str(tmp_path), expect=Exit.FINDINGS, folder=tmp_path / "..")
    spread = judged(str(tmp_path), "--workers", "2", expect=Exit.FINDINGS, folder=tmp_path / "..")
    assert spread["findings"] == here["findings"]
    assert spread["run"]["accounting"] == here["run"]["accounting"]
    assert here["run"]["accounting"]["duplicates"] == 3


def test_controls_of_log_rules_only(tmp_path: Path) -> None:
    path = log_file(tmp_path, record(1))
    found = judged(str(path), "--framework", "cis-aws-5.0.0", expect=Exit.CLEAN, folder=tmp_path)
    assert [(c["id"], c["coverage"], c["outcome"]) for c in found["controls"]] == [("1.6", "supporting", "pass")]
    assert outcomes(found) == {"event.root-activity": "pass"}


def test_reports_show_the_hits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log_file(tmp_path, *(record(number, **STOPPED) for number in range(30)))
    junit, table = tmp_path / "a.xml", tmp_path / "a.csv"
    arguments = ["logs", str(path), "--rule", "event.logging-stopped", "-o", f"junit={junit}", "-o", f"csv={table}"]
    assert run(arguments) == Exit.FINDINGS
    text = " ".join(capsys.readouterr().out.split())
    hit = "StopLogging of cloudtrail.amazonaws.com by arn:aws:iam::111122223333:user/anna"
    assert text.count(hit) == 1
    assert "30 records, 1 finding: 111122223333" in text
    assert "30 records: 30 events, 0 delivered again" in text
    failure = ET.parse(junit).getroot().find(".//failure")
    assert failure is not None
    assert (failure.text or "").count("Hit: ") == SAMPLE + 1
    assert f"{30 - SAMPLE} further records match" in (failure.text or "")
    (row,) = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))
    assert row["hit_count"] == "30"
    assert "StopLogging" in row["hits"]
    assert run([*arguments[:4], "--verbose"]) == Exit.FINDINGS
    whole = " ".join(capsys.readouterr().out.split())
    assert whole.count(hit) == SAMPLE
    assert f"{30 - SAMPLE} further records match" in whole


def test_records_without_an_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = record(1, **STOPPED)
    del bare["recipientAccountId"], bare["userIdentity"]
    odd = record(2, recipientAccountId="<script>", **STOPPED)
    path = log_file(tmp_path, bare, odd)
    found = judged(str(path), "--rule", "event.logging-stopped", expect=Exit.FINDINGS, folder=tmp_path)
    assert {(f["account"], f["resource"]) for f in found["findings"]} == {("", ""), ("", "<script>")}
    assert run(["logs", str(path), "--rule", "event.logging-stopped"]) == Exit.FINDINGS
    assert "no account" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["logs"], "No source of log records"),
        (["logs", "missing.json"], "no file or folder"),
        (["logs", "x", "--rule", "trail.log-file-validation"], "trailwitness scan"),
        (["logs", "x", "--rule", "event.nothing"], "event.nothing"),
        (["logs", "x", "--since", "whenever"], "this is not a time"),
        (["logs", "x", "--workers", "0"], "--workers"),
        (["logs", "x", "--parameter", "event.root-activity.nothing=1"], "nothing"),
        (["scan", "--rule", "event.root-activity", "--snapshot", "."], "trailwitness logs"),
        (["profile"], "No source of log records"),
    ],
)
def test_usage_errors(arguments: list[str], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.ERROR
    shown = capfd.readouterr()
    assert words in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which nobody may write, root included")
@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_that_cannot_be_written_is_refused_by_its_own_name(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = log_file(tmp_path, record(1))
    assert run(["logs", str(path), "--bundle", f"/proc/{name}"]) == Exit.ERROR
    told = capfd.readouterr().err
    assert f"--bundle /proc/{name} cannot be written: " in told
    assert "unfinished" not in told


def test_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log_file(tmp_path, record(1), record(2, errorCode="AccessDenied"), record(2))
    assert run(["profile", str(path), "--json"]) == Exit.CLEAN
    told = json.loads(capsys.readouterr().out)
    assert (told["records"], told["events"], told["duplicates"], told["sources"]) == (3, 2, 1, 1)
    assert told["counts"]["event"]["most_frequent"] == [{"name": "ec2.amazonaws.com DescribeInstances", "events": 2}]
    assert run(["profile", str(path)]) == Exit.CLEAN
    assert "3 records of 1 source: 2 events, 1 repeat, 0 unreadable" in capsys.readouterr().out


def test_profile_of_nothing_and_of_broken_sources(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_bytes(b"")
    assert run(["profile", str(tmp_path / "a.json")]) == Exit.INCOMPLETE
    broken = tmp_path / "b.json"
    broken.write_text('{"Records":[' + json.dumps(record(1)) + ",{]}", encoding="utf-8")
    assert run(["profile", str(broken)]) == Exit.INCOMPLETE
    assert "not read whole: b.json" in capfd.readouterr().err


def test_a_source_called_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["logs", "profile", "x.json"]) == Exit.ERROR
    assert "`trailwitness profile`" in capsys.readouterr().err
    log_file(tmp_path, record(1), name="profile")
    judged("profile", "--rule", "event.logging-stopped", expect=Exit.CLEAN, folder=tmp_path)


def test_own_rules_and_their_cases_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "rules" / "mine"
    folder.mkdir(parents=True)
    (folder / "no-instances.yaml").write_text(
        """\
id: mine.no-instances
title: Nobody lists instances
severity: low
description: The records hold no call that lists instances, because nobody should need to.
rationale: Listing instances is what somebody does first who does not know the account.
remediation: Ask the caller what the list of instances was needed for, and take the right away.
references: [https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html]
check: log-events
events: '{ $.eventName = DescribeInstances }'
""",
        encoding="utf-8",
    )
    path = log_file(tmp_path, record(1))
    found = judged(
        *(str(path), "--rules", str(tmp_path / "rules"), "--rule", "mine.no-instances"),
        expect=Exit.FINDINGS,
        folder=tmp_path,
    )
    assert outcomes(found) == {"mine.no-instances": "fail"}
    assert run(["rules", "lint", "--rules", str(tmp_path / "rules")]) == Exit.FINDINGS
    problems = capsys.readouterr().out
    for kind in ("records that are hits", "records that are not hits", "without records", "called decoy"):
        assert kind in problems
