"""The installed command over files and over a bucket: what it prints, writes and answers with."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

BUCKET = "audit-logs-111122223333"
PREFIX = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def record(number: int, name: str = "DescribeTrails", minute: int = 5) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEUSER00001",
            "arn": "arn:aws:iam::111122223333:user/anna",
            "accountId": "111122223333",
            "userName": "anna",
        },
        "eventTime": f"2026-11-20T07:{minute:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.10",
        "requestParameters": {"name": "main"},
        "responseElements": None,
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }


def log_file(*records: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode())


def command(*arguments: str, cwd: Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = Path(sys.executable).parent / "trailwitness"
    return subprocess.run(
        [str(program), *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **ENVIRONMENT, **environment},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "AWSLogs"
    inner.mkdir()
    (inner / "quiet.json.gz").write_bytes(log_file(record(1), record(2)))
    (inner / "loud.json.gz").write_bytes(log_file(record(3, "StopLogging"), record(1)))
    return tmp_path


def test_files(folder: Path) -> None:
    done = command("logs", "AWSLogs", "-o", "json=a.json", "-o", "text=-", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert b"event.logging-stopped" in done.stdout
    assessment = json.loads((folder / "a.json").read_bytes())
    counted = assessment["run"]["accounting"]
    assert (counted["sources"], counted["records"], counted["duplicates"]) == (2, 4, 1)
    failed = [finding["rule"] for finding in assessment["findings"] if finding["outcome"] == "fail"]
    assert failed == ["event.logging-stopped"]


def test_standard_input_and_exit_codes(folder: Path) -> None:
    rule = ("--rule", "event.logging-stopped", "-q")
    assert command("logs", "-", *rule, cwd=folder, stdin=log_file(record(1))).returncode == 0
    assert command("logs", "-", *rule, cwd=folder, stdin=log_file(record(1, "DeleteTrail"))).returncode == 1
    assert command("logs", "-", *rule, cwd=folder, stdin=b"").returncode == 3
    assert command("logs", *rule, cwd=folder).returncode == 2
    cut = log_file(*(record(number) for number in range(50)))[:-40]
    done = command("logs", "-", *rule, cwd=folder, stdin=cut)
    assert done.returncode == 3, done.stderr


def test_profile(folder: Path) -> None:
    done = command("profile", "AWSLogs", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert b"4 records of 2 sources: 3 events, 1 repeat, 0 unreadable" in done.stdout
    assert b"cloudtrail.amazonaws.com StopLogging" in done.stdout


def test_a_bucket(moto_endpoint: str, tmp_path: Path) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=moto_endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_bucket(Bucket=BUCKET)
    files = {"0710Z_aaaaaaaaaaaaaaaa": record(1), "0725Z_bbbbbbbbbbbbbbbb": record(2, "StopLogging", minute=20)}
    for name, each in files.items():
        key = f"{PREFIX}111122223333_CloudTrail_us-east-1_20261120T{name}.json.gz"
        client.put_object(Bucket=BUCKET, Key=key, Body=log_file(each))
    client.put_object(Bucket=BUCKET, Key=PREFIX.replace("CloudTrail", "CloudTrail-Digest") + "d.json.gz", Body=b"x")
    arguments = ("logs", f"s3://{BUCKET}/", "--rule", "event.logging-stopped", "-q", "-o", "json=a.json")
    done = command(*arguments, cwd=tmp_path, AWS_ENDPOINT_URL=moto_endpoint)
    assert done.returncode == 1, done.stderr
    assessment = json.loads((tmp_path / "a.json").read_bytes())
    assert assessment["run"]["accounting"]["records"] == 2
    assert assessment["findings"][0]["details"]["hits"][0]["source"].startswith(f"s3://{BUCKET}/{PREFIX}")
    early = command(
        *arguments,
        *("--since", "2026-11-20T07:00:00Z", "--until", "2026-11-20T07:10:00Z"),
        cwd=tmp_path,
        AWS_ENDPOINT_URL=moto_endpoint,
    )
    assert early.returncode == 0, early.stderr
    absent = command("logs", "s3://no-such-bucket-anywhere/", "-q", cwd=tmp_path, AWS_ENDPOINT_URL=moto_endpoint)
    assert absent.returncode in {2, 3}, absent.stderr
    assert b"Traceback" not in absent.stderr
