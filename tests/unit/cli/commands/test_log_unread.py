"""`trailwitness logs`: what was not read is never passed over, and is told apart from what a rule did not see."""

import gzip
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from scanner.cli import run
from scanner.cli.exit_codes import Exit

RULE = ("--rule", "event.logging-stopped")
LOG_NAME = "111122223333_CloudTrail_us-east-1_20260501T12{:02d}Z_AbCdEfGhIjKlMnOp.json.gz"
Output = pytest.CaptureFixture[str]


def record(number: int = 1, name: str = "DescribeTrails", **members: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/anna", "accountId": "111122223333"},
        "eventTime": f"2026-05-01T12:{number % 60:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        **members,
    }


def packed(*records: Any) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "good.json.gz").write_bytes(packed(record(1), record(2)))
    return folder


def judged(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    target = tmp_path / "a.json"
    target.unlink(missing_ok=True)
    code = run(["logs", *arguments, "-q", "-o", f"json={target}"])
    return code, json.loads(target.read_bytes())


DESTROYED = {
    LOG_NAME.format(5): bytes(range(256)) * 9,
    LOG_NAME.format(10): b"All your logs are mine. Pay.\n",
    LOG_NAME.format(15): b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n",
    LOG_NAME.format(20): b"",
    "trail.tar": b"\0" * 257 + b"ustar\x0000" + b"\0" * 247,
    "trail.7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "notes.md": b"# notes\n",
    "other.json": b'{"payload": "{}"}',
}


@pytest.mark.parametrize("name", DESTROYED)
def test_what_is_not_read_is_named_everywhere_and_is_no_pass(
    name: str, logs: Path, tmp_path: Path, capsys: Output
) -> None:
    (logs / name).write_bytes(DESTROYED[name])
    code, found = judged(tmp_path, str(logs), *RULE)
    assert code == Exit.INCOMPLETE
    (finding,) = found["findings"]
    assert (finding["outcome"], finding["details"]["unknown_because"]) == ("unknown", ["unread"])
    (gap,) = found["gaps"]
    assert gap["reason"].startswith(f"{name} was not read: ")
    (line,) = (line for line in found["run"]["sources"] if line["source"] == name)
    assert line["unread_count"] == 1
    assert found["run"]["accounting"]["incomplete"] == 1
    capsys.readouterr()
    assert run(["logs", str(logs), *RULE]) == Exit.INCOMPLETE
    assert name in capsys.readouterr().out
    assert run(["profile", str(logs)]) == Exit.INCOMPLETE
    assert name in capsys.readouterr().err


def test_sealing_and_verifying_makes_nothing_green(logs: Path, tmp_path: Path, capsys: Output) -> None:
    for name, data in DESTROYED.items():
        (logs / name).write_bytes(data)
    bundle = tmp_path / "bundle"
    assert run(["logs", str(logs), *RULE, "-q", "--bundle", str(bundle)]) == Exit.INCOMPLETE
    capsys.readouterr()
    assert run(["verify", str(bundle)]) == Exit.CLEAN  # nothing was changed
    told = capsys.readouterr()
    assert "the run in this bundle is incomplete; it is not a pass" in told.out + told.err
    for name in DESTROYED:
        assert f"not read whole: {name}" in told.out + told.err
    inside = json.loads((bundle / "data/assessment.json").read_bytes())
    assert {finding["outcome"] for finding in inside["findings"]} == {"unknown"}


def test_excluded_sources_are_recorded(logs: Path, tmp_path: Path, capsys: Output) -> None:
    (logs / "notes.md").write_bytes(b"# notes\n")
    (logs / "deep").mkdir()
    (logs / "deep/other.json").write_bytes(b'{"payload": "{}"}')
    options = ("--exclude", "*.md", "--exclude", "deep/*.json")
    code, found = judged(tmp_path, str(logs), *RULE, *options)
    assert code == Exit.CLEAN
    assert found["run"]["scope"]["excluded"] == ["*.md", "deep/*.json"]
    assert found["run"]["accounting"]["passed_over"] == [
        {"source": "deep/other.json", "why": "left out by --exclude deep/*.json"},
        {"source": "notes.md", "why": "left out by --exclude *.md"},
    ]
    bundle = tmp_path / "bundle"
    assert run(["logs", str(logs), *RULE, *options, "-q", "--bundle", str(bundle)]) == Exit.CLEAN
    assert "--exclude *.md" in (bundle / "data/summary.txt").read_text(encoding="utf-8")
    assert json.loads((bundle / "data/run.json").read_bytes())["excluded"] == ["*.md", "deep/*.json"]
    assert run(["verify", str(bundle)]) == Exit.CLEAN
    capsys.readouterr()
    code, _ = judged(tmp_path, str(logs), *RULE, "--exclude", "*")
    assert code == Exit.INCOMPLETE
    assert "No record was read" in capsys.readouterr().err


SEEN = """\
id: mine.objects-read
title: No object is read by strangers
severity: high
description: Objects of the archive were read.
rationale: They are evidence.
remediation: Find out who it was.
references: ["https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html"]
check: log-events
polarity: must_not
events: '{ ($.eventName = "GetObject") }'
seen: '{ ($.eventCategory = "Data") }'
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "objects-read.yaml").write_text(SEEN, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("unread", "options", "code"),
    [
        (False, [], Exit.INCOMPLETE),
        (False, ["--allow-unseen"], Exit.CLEAN),
        (False, ["--allow-unread"], Exit.INCOMPLETE),
        (False, ["--allow-incomplete"], Exit.CLEAN),
        (True, [], Exit.INCOMPLETE),
        (True, ["--allow-unseen"], Exit.INCOMPLETE),
        (True, ["--allow-unread"], Exit.INCOMPLETE),
        (True, ["--allow-unread", "--allow-unseen"], Exit.CLEAN),
        (True, ["--allow-incomplete"], Exit.CLEAN),
    ],
)
def test_unread_and_unseen_are_told_apart(
    unread: bool, options: list[str], code: Exit, logs: Path, rules: Path, tmp_path: Path, capsys: Output
) -> None:
    if unread:
        (logs / "notes.md").write_bytes(b"# notes\n")
    junit = tmp_path / "j.xml"
    arguments = (str(logs), "--rules", str(rules), "--rule", "mine.objects-read", *options)
    found = judged(tmp_path, *arguments, "-o", f"junit={junit}")
    assert found[0] == code
    because = ["unread", "unseen"] if unread else ["unseen"]
    assert found[1]["findings"][0]["details"]["unknown_because"] == because
    errors = [error.get("type") for error in ET.parse(junit).getroot().iter("error")]
    assert errors == ([] if code is Exit.CLEAN else ["-".join(because)])
    capsys.readouterr()
    run(["logs", *arguments])
    told = " ".join(capsys.readouterr().out.split())
    assert ("it holds none of the records these rules judge by" in told) is not unread
    assert ("could not be read whole" in told) is unread


@pytest.mark.parametrize("options", [["--allow-unread", "--allow-unseen"], ["--allow-incomplete"]])
def test_no_record_at_all_is_never_clean(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(b'{"Records":[]}')
    assert judged(tmp_path, str(tmp_path / "log.json"), *RULE, *options)[0] == Exit.INCOMPLETE


def test_one_event_in_three_wrappers_is_one_hit(logs: Path, tmp_path: Path) -> None:
    stopped = json.dumps(record(9, "StopLogging"))
    for name, wrapped in (
        ("splunk.json", {"result": {"_raw": stopped}}),
        ("elastic.json", {"@timestamp": "x", "event": {"original": stopped}}),
        ("fluentbit.json", {"date": 1, "log": stopped}),
    ):
        (logs / name).write_text(json.dumps(wrapped), encoding="utf-8")
    code, found = judged(tmp_path, str(logs), *RULE)
    assert (code, found["findings"][0]["details"]["hit_count"]) == (Exit.FINDINGS, 1)
    assert found["run"]["accounting"]["duplicates"] == 2


def test_every_destroyed_log_file_is_a_gap(logs: Path, tmp_path: Path) -> None:
    destroyed = [name for name in DESTROYED if "_CloudTrail_" in name]
    for name in destroyed:
        (logs / name).write_bytes(DESTROYED[name])
    code, found = judged(tmp_path, str(logs), *RULE)
    assert (code, len(found["gaps"])) == (Exit.INCOMPLETE, len(destroyed))
    assert len(destroyed) == 4
