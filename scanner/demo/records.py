"""Log records of the seeded account, as its trail delivers them: of changes, and of a sign-in at night."""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

REGION = "us-east-1"

_WINDOW = ZoneInfo("Europe/Zurich")
_SUNDAY = 6
_DELIVERY = timedelta(minutes=5)

_SIGN_IN: Mapping[str, Any] = {
    "eventSource": "signin.amazonaws.com",
    "eventName": "ConsoleLogin",
    "eventType": "AwsConsoleSignIn",
    "responseElements": {"ConsoleLogin": "Success"},
    "additionalEventData": {"MFAUsed": "No"},
}
_CHANGES: tuple[Mapping[str, Any], ...] = (
    {"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy"},
    {"eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy"},
    {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"},
    {"eventSource": "cloudtrail.amazonaws.com", "eventName": "DeleteTrail"},
)


def write_records(folder: Path, account: str, now: datetime) -> None:
    """Write the log files of the week before ``now`` into a new folder.

    Somebody signs in on Sunday at night, in the window of the account's mute rule, and changes things the day before.
    """
    sunday = _sunday_night(now)
    folder.mkdir()
    changes = [_record(number, each, account, sunday - timedelta(hours=18)) for number, each in enumerate(_CHANGES)]
    _write(folder, account, sunday - timedelta(hours=18), *changes)
    _write(folder, account, sunday, _record(len(changes), _SIGN_IN, account, sunday))


def _sunday_night(now: datetime) -> datetime:
    """Five past two of the last Sunday that is over, where the mute rule has its clock."""
    local = now.astimezone(_WINDOW)
    day = local.date() - timedelta(days=(local.weekday() - _SUNDAY) % 7 or 7)
    return datetime(day.year, day.month, day.day, 2, 5, tzinfo=_WINDOW).astimezone(UTC)


def _record(number: int, event: Mapping[str, Any], account: str, time: datetime) -> Mapping[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEANNA00001",
            "arn": f"arn:aws:iam::{account}:user/anna",
            "accountId": account,
            "userName": "anna",
        },
        "eventTime": f"{time + timedelta(seconds=20 * number):%Y-%m-%dT%H:%M:%SZ}",
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.10",
        "requestParameters": None,
        "responseElements": None,
        "eventID": f"7d3c1a52-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        **event,
    }


def _write(folder: Path, account: str, time: datetime, *records: Mapping[str, Any]) -> None:
    delivered = f"{time + _DELIVERY:%Y%m%dT%H%MZ}"
    name = f"{account}_CloudTrail_{REGION}_{delivered}_4nn0tAt1oN4d3m0X.json.gz"
    (folder / name).write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), mtime=0))
