"""A folder as docs/api.md describes it: a recorded account in ``snapshot``, a log file in ``logs``."""

import json
from pathlib import Path

import pytest

ACCOUNT = "111122223333"


def record(number: int, name: str) -> dict[str, object]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/anna", "accountId": ACCOUNT},
        "eventTime": f"2026-11-20T07:0{number}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "eventID": f"00000000-0000-4000-8000-00000000000{number}",
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "readOnly": False,
        "eventCategory": "Management",
        "recipientAccountId": ACCOUNT,
    }


@pytest.fixture
def workplace(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the snapshot of an account with one trail, without log file validation, and two records."""
    folder = snapshot.parent
    (folder / "logs").mkdir()
    records = [record(1, "StopLogging"), record(2, "StartLogging")]
    (folder / "logs" / "trail.json").write_text(json.dumps({"Records": records}), encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder
