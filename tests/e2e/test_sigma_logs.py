"""The installed command with Sigma rules: its hits beside those of our own, and what it could not turn into a rule."""

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]

STOPPED = """title: Trail Stopped
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
    condition: selection
level: high
"""
UNSAYABLE = """title: Same Name
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {userIdentity.arn|fieldref: requestParameters.userName}
    condition: selection
level: low
"""


def record(number: int, name: str) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "eventTime": f"2026-11-20T07:{number:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": "111122223333",
    }


@pytest.fixture(autouse=True)
def rules(tmp_path: Path) -> Path:
    """A folder with a Sigma rule that can be turned into one of ours and one that cannot."""
    pytest.importorskip("sigma")
    folder = tmp_path / "sigma"
    folder.mkdir()
    (folder / "stopped.yml").write_text(STOPPED, encoding="utf-8")
    (folder / "unsayable.yml").write_text(UNSAYABLE, encoding="utf-8")
    (tmp_path / "AWSLogs").mkdir()
    return folder


def log_file(folder: Path, name: str, *records: dict[str, Any]) -> None:
    (folder / "AWSLogs" / name).write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))


def test_a_hit_is_named_and_what_is_left_out_is_said(trailwitness: Trailwitness, tmp_path: Path) -> None:
    log_file(tmp_path, "a.json.gz", record(1, "DescribeTrails"))
    log_file(tmp_path, "b.json.gz", record(2, "DescribeTrails"), record(3, "StopLogging"))
    done = trailwitness("logs", "AWSLogs", "--sigma", "sigma", "-o", "json=a.json", "-o", "text=-")
    assert done.returncode == 1, done.stderr
    assert b"left out: sigma/unsayable.yml:4:" in done.stderr
    assert b"Same Name: it compares 'userIdentity.arn' with another field" in done.stderr
    assessment = json.loads((tmp_path / "a.json").read_bytes())
    (failed,) = (finding for finding in assessment["findings"] if finding["rule"].startswith("event.sigma-"))
    assert (failed["outcome"], failed["severity"], failed["details"]["hit_count"]) == ("fail", "high", 1)
    assert failed["details"]["hits"][0]["source"] == "b.json.gz"
    assert failed["pointers"] == ["EV-0002#/Records/1"]
    assert failed["rule"].encode() in done.stdout
    assert {rule["id"] for rule in assessment["rules"]} >= {failed["rule"], "event.logging-stopped"}


def test_what_is_left_out_makes_a_clean_run_incomplete(rules: Path, trailwitness: Trailwitness, tmp_path: Path) -> None:
    log_file(tmp_path, "a.json.gz", record(1, "DescribeTrails"))
    arguments = ("logs", "AWSLogs", "--sigma", "sigma", "--rule", "event.logging-stopped", "-q", "-o", "json=a.json")
    done = trailwitness(*arguments)
    assert done.returncode == 3, done.stderr
    outcomes = {finding["outcome"] for finding in json.loads((tmp_path / "a.json").read_bytes())["findings"]}
    assert outcomes == {"pass"}
    (rules / "unsayable.yml").unlink()
    whole = trailwitness(*arguments)
    assert (whole.returncode, b"left out" in whole.stderr) == (0, False)
