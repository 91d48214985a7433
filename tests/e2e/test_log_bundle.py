"""The installed command from logs to a bundle and back: a folder, a bucket with a log group, and an interrupted run."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

COMMAND = str(Path(sys.executable).with_name("trailwitness"))
RULE = ("--rule", "event.logging-stopped", "-q")
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def record(number: int, name: str = "DescribeTrails") -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/anna", "accountId": "111122223333"},
        "eventTime": f"2026-11-20T07:{number:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": {"name": "main"},
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }


def packed(*records: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps({"Records": list(records)}).encode())


def command(*arguments: str, cwd: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **ENVIRONMENT, **environment},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_folder_of_logs(tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs"
    folder.mkdir()
    (folder / "loud.json.gz").write_bytes(packed(record(1), record(2, "StopLogging")))
    assert command("logs", "AWSLogs", *RULE, "--bundle", "thin.zip", "--without-logs", cwd=tmp_path)[0] == 1
    assert command("logs", "AWSLogs", *RULE, "--bundle", "bag", cwd=tmp_path)[0] == 1
    code, told = command("verify", "bag", "thin.zip", cwd=tmp_path)
    assert code == 3, told
    assert "bag: verified: " in told
    assert "thin.zip: INCOMPLETE" in told
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "manifest-sha256.txt", "tagmanifest-sha256.txt"],
        cwd=tmp_path / "bag",
        check=False,
    )
    assert checked.returncode == 0
    (tmp_path / "bag/data/logs/EV-0001.json.gz").write_bytes(packed(record(1)))
    code, told = command("verify", "bag", "thin.zip", "--logs", "AWSLogs", cwd=tmp_path)
    assert code == 1
    assert "is not the log that was judged, loud.json.gz" in told
    assert "thin.zip: verified: " in told


def test_a_bucket_and_a_log_group(moto_endpoint: str, tmp_path: Path) -> None:
    """What AWS gave is sealed as it was read; the account is not asked again to verify it."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    s3, logs = (session.client(name, endpoint_url=moto_endpoint) for name in ("s3", "logs"))
    s3.create_bucket(Bucket="sealed-logs")
    stored = packed(record(1), record(2, "StopLogging"))
    folder = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20"
    key = f"{folder}/111122223333_CloudTrail_us-east-1_20261120T0710Z_a.json.gz"
    s3.put_object(Bucket="sealed-logs", Key=key, Body=stored)
    logs.create_log_group(logGroupName="audit")
    logs.create_log_stream(logGroupName="audit", logStreamName="one")
    events = [{"timestamp": int(time.time() * 1000), "message": json.dumps(record(3, "DeleteTrail"))}]
    logs.put_log_events(logGroupName="audit", logStreamName="one", logEvents=events)
    sources = ("s3://sealed-logs/", "--log-group", "audit", "--region", "us-east-1")
    code, told = command(
        "logs", *sources, *RULE, "--bundle", "bag.zip", "--workers", "2", cwd=tmp_path, AWS_ENDPOINT_URL=moto_endpoint
    )
    assert code == 1, told
    code, told = command("verify", "bag.zip", cwd=tmp_path, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert code == 0, told
    subprocess.run([sys.executable, "-m", "zipfile", "-e", "bag.zip", "out"], cwd=tmp_path, check=True)
    (data,) = (tmp_path / "out").glob("*/data")
    listed = {log["source"].split("://")[0]: log for log in json.loads((data / "logs.json").read_bytes())["sources"]}
    assert sorted(listed) == ["log-group", "s3"]
    assert (data / listed["s3"]["file"]).read_bytes() == stored
    assert b"DeleteTrail" in (data / listed["log-group"]["file"]).read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no named pipes")
def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(packed(record(1)))
    os.mkfifo(tmp_path / "pipe")
    process = subprocess.Popen(
        [COMMAND, "logs", "a.json.gz", "pipe", *RULE, "--bundle", "bag"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        env={**os.environ, **ENVIRONMENT},
    )
    try:
        with (tmp_path / "pipe").open("wb"):  # opens when the pipe is being read: a.json.gz is kept by then
            assert [path.name for path in tmp_path.glob(".bag.*/*")] == ["000000"]
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"nothing half-written" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json.gz", "pipe"]
