"""What alarms did and how evidence buckets keep reports, with values replaced: a period is judged the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.audit_path.histories.alarm_history import ACTIONS, ARGUMENTS
from scanner.audit_path.topics import METRIC_DATA
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from tests.unit.audit_path.test_deliveries import asked_about, counted
from tests.unit.replay.folders import write_folder

KEY = "0123456789abcdef0123"
ALARM, NEW = "audited-alarm", 'zoë "on call"'
RANG = "2026-11-19T09:00:00Z"
ROUTE = "route.cloudtrail-config-changes"
HISTORY = "cloudwatch.DescribeAlarmHistory"
TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
BUCKET = {"Bucket": "audit-reports"}
ASSESSED = ("assess", "--period", "2026-11-18..2026-11-20T11:00:00Z", "--rule", ROUTE, "-o", "json=told.json")
RULES = ("--rule", "evidence.alarm-tested", "--rule", "evidence.store-retained")


def item(name: str, kind: str, summary: str, **data: Any) -> dict[str, str]:
    published = json.dumps({"default": json.dumps({"AlarmName": name})})
    told = {"AlarmName": name, "AlarmType": "MetricAlarm", "Timestamp": RANG, "HistoryItemType": kind}
    return {**told, "HistorySummary": summary, "HistoryData": json.dumps({**data, "publishedMessage": published})}


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Writes a snapshot with an alarm of a name and its history, and with an evidence bucket."""
    monkeypatch.chdir(tmp_path)
    Path("evidence").mkdir()
    monkeypatch.setenv("TRAILWITNESS_REDACT_KEY", KEY)
    return recorded


def recorded(name: str) -> Path:
    entered = item(name, "StateUpdate", "Alarm updated from OK to ALARM", newState={"stateValue": "ALARM"})
    acted = item(
        name, "Action", f"Successfully executed action {TOPIC}", actionState="Succeeded", notificationResource=TOPIC
    )
    locked = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 2192}}}
    more: list[tuple[str, dict[str, Any], Any]] = [
        (HISTORY, dict(ARGUMENTS), {"AlarmHistoryItems": [entered]}),
        (HISTORY, dict(ACTIONS), {"AlarmHistoryItems": [acted]}),
        (METRIC_DATA, asked_about("security"), {"MetricDataResults": counted(RANG, 2.0)}),
        ("s3.GetBucketVersioning", BUCKET, {"Status": "Enabled"}),
        ("s3.GetObjectLockConfiguration", BUCKET, {"ObjectLockConfiguration": locked}),
        ("s3.GetBucketLifecycleConfiguration", BUCKET, {"Rules": []}),
    ]
    named = {"AlarmName": name, "AlarmArn": f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"}
    return write_folder(Path("snapshot"), more=more, alarm=named, asked={"evidence_buckets": ["audit-reports"]})


def redacted(snapshot: Path, *places: str) -> int:
    rules = []
    for each in places:
        call, place = each.split(" ")
        rules.append({"at": f"/pages/*/{place}", "call": call})
    Path("redaction.yaml").write_text(json.dumps({"redact": rules}), encoding="utf-8")
    wanted = ("--rule", ROUTE, "--redact", "redaction.yaml", "--bundle", "evidence/one", "-q")
    return run(["scan", "--snapshot", str(snapshot), *wanted])


@pytest.mark.parametrize("name", [NEW, "root"])
def test_a_period_is_judged_the_same_and_no_value_is_left(record: Callable[[str], Path], name: str) -> None:
    """A name of four letters is replaced where it is a whole text, and stays in the ARN of the alarm."""
    recorded = record(name)
    assert redacted(recorded, "cloudwatch.DescribeAlarms MetricAlarms/*/AlarmName", "s3.X Y") == Exit.CLEAN
    written = b"".join(path.read_bytes() for path in Path("evidence/one/data/raw").rglob("*.json"))
    assert b"on call" not in written
    assert b"zo\\u00eb" not in written
    Path("stated.json").write_text('{"tests": []}', encoding="utf-8")
    wanted = (*RULES, "--bundles", "evidence", "--bundle", "sealed", "--statements", "stated.json", "-q")
    assert run([*ASSESSED, *wanted]) == Exit.CLEAN
    told = json.loads(Path("told.json").read_text(encoding="utf-8"))
    assert {each["outcome"] for each in told["findings"]} == {"pass"}
    assert run(["verify", "evidence/one"]) == Exit.CLEAN
    assert run(["verify", "sealed"]) == Exit.CLEAN


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (
            (f"{HISTORY} AlarmHistoryItems/*/HistoryData", f"{HISTORY} AlarmHistoryItems/*/HistorySummary"),
            "would change what is known of the alarms in 111122223333/us-east-1",
        ),
        (
            ("s3.GetObjectLockConfiguration ObjectLockConfiguration/Rule/DefaultRetention/Mode",),
            "would change what is known of evidence bucket audit-reports",
        ),
    ],
)
def test_what_would_tell_something_else_is_refused(
    record: Callable[[str], Path], capsys: pytest.CaptureFixture[str], places: tuple[str, ...], words: str
) -> None:
    assert redacted(record(NEW), *places) == Exit.ERROR
    assert words in capsys.readouterr().err
    assert list(Path("evidence").iterdir()) == []
