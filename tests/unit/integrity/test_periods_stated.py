"""`trailwitness assess`: what alarms did, by the histories in the bundles, and what people state of a period."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.audit_path.histories.alarm_history import ACTIONS, ARGUMENTS
from scanner.audit_path.topics import METRIC_DATA
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.stated.statements import read_statements
from scanner.runs.scanning import scan_snapshot, seal_scan
from scanner.runs.selection import select
from tests.unit.audit_path.test_deliveries import asked_about, counted
from tests.unit.replay.folders import write_folder

PERIOD = "2026-11-18..2026-11-20T11:00:00Z"
ROUTE = "route.cloudtrail-config-changes"
TOPIC = "arn:aws:sns:us-east-1:111122223333:security"
RANG = "2026-11-19T09:00:00Z"
HISTORY = "cloudwatch.DescribeAlarmHistory"
RESPONSE = {
    "id": "SEC-412",
    "alarm": "audited-alarm",
    "account": "111122223333",
    "region": "us-east-1",
    "at": RANG,
    "handled": "2026-11-19T09:20:00Z",
    "by": "Jane Doe",
    "outcome": "a drill",
}
TEST = {
    "id": "DRILL-3",
    "route": ROUTE,
    "account": "111122223333",
    "at": RANG,
    "by": "Jane Doe",
    "outcome": "the person on call answered",
}


def item(kind: str, summary: str, at: str = RANG, **data: Any) -> dict[str, str]:
    told = {"AlarmName": "audited-alarm", "AlarmType": "MetricAlarm", "Timestamp": at, "HistoryItemType": kind}
    return {**told, "HistorySummary": summary, "HistoryData": json.dumps(data)}


ENTERED = item("StateUpdate", "Alarm updated from OK to ALARM", newState={"stateValue": "ALARM"})
ACTED = item("Action", f"Successfully executed action {TOPIC}", actionState="Succeeded", notificationResource=TOPIC)
FAILED = item("Action", f"Failed to execute action {TOPIC}", actionState="Failed", notificationResource=TOPIC)


def bundle(
    states: list[dict[str, str]] | None, actions: list[dict[str, str]], delivered: float | None = None, **alarm: str
) -> None:
    """A bundle in ``evidence``, with what alarms did (None: that was not collected), and what the topic delivered.

    ``alarm`` are members of the alarm that differ.
    """
    told = [] if states is None else [(HISTORY, ARGUMENTS, states), (HISTORY, ACTIONS, actions)]
    more = [(name, arguments, {"AlarmHistoryItems": items}) for name, arguments, items in told]
    if delivered is not None:
        more.append((METRIC_DATA, asked_about("security"), {"MetricDataResults": counted(RANG, delivered)}))
    folder = write_folder(Path("snapshot"), more=more, alarm=alarm)
    seal_scan(scan_snapshot(folder, select((), (ROUTE,), (), ())), Path("evidence/one"))


def assessed(*more: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the findings by rule."""
    rules = ("--rule", ROUTE, "--rule", "evidence.alarm-tested", "--rule", "evidence.alarm-response")
    code = run(["assess", "--period", PERIOD, "--bundles", "evidence", *rules, *more, "-o", "json=told.json"])
    told = json.loads(Path("told.json").read_text(encoding="utf-8"))
    return code, {finding["rule"]: finding for finding in told["findings"]}


def state(name: str, **stated: Any) -> tuple[str, str]:
    Path(name).write_text(json.dumps(stated), encoding="utf-8")
    return "--statements", name


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with ``evidence``."""
    (tmp_path / "evidence").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_alarm_that_told_its_topic_and_was_answered_passes_and_is_verified(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle([ENTERED], [ACTED], delivered=2.0)
    code, found = assessed(*state("stated.yaml", responses=[RESPONSE]), "--bundle", "sealed")
    assert (code, {each["outcome"] for each in found.values()}) == (Exit.CLEAN, {"pass"})
    told = f"alarm audited-alarm in us-east-1 went into ALARM at {RANG} and told {TOPIC}, which delivered 2 notif"
    assert told in found["evidence.alarm-tested"]["reason"]
    assert run(["verify", "sealed"]) == Exit.CLEAN
    sealed = here / "sealed" / "data" / "period" / "statements.yaml"
    assert sealed.read_bytes() == (here / "stated.yaml").read_bytes()
    sealed.write_text(json.dumps({"responses": []}), encoding="utf-8")
    capsys.readouterr()
    assert run(["verify", "sealed"]) == Exit.FINDINGS


def test_an_alarm_that_is_in_alarm_when_it_is_collected_is_on_its_route_all_the_same() -> None:
    bundle([ENTERED], [ACTED], delivered=2.0, StateValue="ALARM", StateTransitionedTimestamp=RANG)
    _, found = assessed(*state("stated.yaml", responses=[RESPONSE]))
    assert (found["evidence.alarm-tested"]["outcome"], found[ROUTE]["outcome"]) == ("pass", "fail")


@pytest.mark.parametrize(
    ("delivered", "outcome", "sentence"),
    [
        (0.0, "fail", f"at {RANG} and published to {TOPIC}, and 0 notifications were delivered from {RANG}"),
        (None, "unknown", "older versions of Trailwitness did not do"),
    ],
)
def test_an_alarm_whose_topic_delivered_nothing_told_nobody(
    delivered: float | None, outcome: str, sentence: str
) -> None:
    bundle([ENTERED], [ACTED], delivered)
    _, found = assessed(*state("stated.yaml", tests=[], responses=[RESPONSE]))
    assert found["evidence.alarm-tested"]["outcome"] == outcome
    assert sentence in found["evidence.alarm-tested"]["reason"]


def test_an_action_that_failed_told_nobody_and_a_stated_test_counts_by_somebodys_word() -> None:
    bundle([ENTERED], [FAILED])
    code, found = assessed(*state("stated.yaml", tests=[], responses=[]))
    assert code == Exit.FINDINGS
    assert {rule: each["outcome"] for rule, each in found.items()} == {
        ROUTE: "pass",
        "evidence.alarm-tested": "fail",
        "evidence.alarm-response": "fail",
    }
    _, found = assessed(*state("stated.yaml", tests=[TEST]))
    assert found["evidence.alarm-tested"]["outcome"] == "pass"
    assert "Jane Doe states a test" in found["evidence.alarm-tested"]["reason"]
    assert found["evidence.alarm-response"]["outcome"] == "unknown"


def test_without_a_history_and_without_statements_nothing_is_known() -> None:
    bundle(None, [])
    code, found = assessed()
    assert code == Exit.INCOMPLETE
    reasons = {found[f"evidence.{name}"]["reason"] for name in ("alarm-tested", "alarm-response")}
    assert all("no statements were given (--statements)" in each for each in reasons)
    _, found = assessed(*state("stated.yaml", tests=[], responses=[RESPONSE]))
    reasons = {found[f"evidence.{name}"]["reason"] for name in ("alarm-tested", "alarm-response")}
    assert all("collect with --with alarm-history" in each for each in reasons)


FRAMEWORK = """\
id: own-1.0
title: Our own
version: "1.0"
source: https://example.com
notes: Nothing else.
controls:
  - {id: "1", title: Changes reach a person, coverage: full, notes: All., rules: [route.cloudtrail-config-changes]}
"""
DECLARED = """\
declared_routes:
  - id: siem
    watched_by: the security operations team
    events: all
    through: {firehose: "arn:aws:firehose:us-east-1:111122223333:deliverystream/to-siem"}
    attestation: {owner: {team: Security}, proof: {ticket: SEC-1}, reviewed: 2026-05-04, expires: 2027-05-04}
"""


def test_settings_declared_routes_and_controls_of_the_configuration_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle([ENTERED], [ACTED])
    (here / "own-1.0.yaml").write_text(FRAMEWORK, encoding="utf-8")
    (here / "routes.yaml").write_text(DECLARED, encoding="utf-8")
    settings = "region: [eu-west-1]\nassess: {bundles: evidence, framework: own-1.0.yaml, rule: evidence.config-held}\n"
    (here / ".trailwitness.yaml").write_text(settings, encoding="utf-8")
    wanted = ("--period", PERIOD, "--declared-routes", "routes.yaml", "--bundle", "sealed", "-o", "json=told.json")
    assert run(["assess", *wanted]) == Exit.INCOMPLETE
    assert "region of" in capsys.readouterr().err
    told = json.loads((here / "told.json").read_text(encoding="utf-8"))
    assert [each["id"] for each in told["run"]["declared_routes"]] == ["siem"]
    (control,) = told["controls"]
    assert (control["over"], control["outcome"]) == ({"configuration": "pass", "period": "unknown"}, "unknown")
    assert run(["verify", "sealed"]) == Exit.CLEAN


def test_statements_of_nothing_that_is_judged_are_noted(capsys: pytest.CaptureFixture[str]) -> None:
    bundle(None, [])
    other = {**TEST, "id": "DRILL-4", "route": "route.cloudtrail-config-change"}
    late = {**RESPONSE, "id": "SEC-413", "at": "2026-10-19T09:00:00Z", "handled": "2026-10-19T09:20:00Z"}
    theirs = {**RESPONSE, "id": "SEC-414", "account": "444455556666"}
    assessed(*state("s.json", tests=[TEST, other], responses=[RESPONSE, late, theirs]))
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert [note.removesuffix(". Is that as it was meant?") for note in notes] == [
        "note: statement SEC-413 (alarm) is of 2026-10-19T09:00:00Z, which is not in the period",
        "note: statement DRILL-4 (test) is of route route.cloudtrail-config-change, and no such route was judged",
        "note: statement SEC-414 (alarm) is of account 444455556666, of which there is no bundle",
    ]


def test_the_statements_of_the_page_are_sound(here: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "assess.md"
    (example,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (here / "stated.yaml").write_text(example, encoding="utf-8")
    found = read_statements(here / "stated.yaml", "stated.yaml")
    assert [each.id for each in found.responses.responses] == ["DRILL-3", "SEC-412", "INC-7"]
    assert [each.signed_by for each in found.reviews or ()] == ["Jane Doe"]


def test_a_snapshot_has_no_history_beside_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_folder(here / "snapshot")
    assert run(["scan", "--snapshot", str(folder), "--with", "alarm-history"]) == Exit.ERROR
    assert "a snapshot is judged as it is" in capsys.readouterr().err


def test_the_history_of_another_account_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:cloudwatch:us-east-1:444455556666:alarm:audited-alarm"
    bundle([item("StateUpdate", "Alarm updated from OK to ALARM", alarmArn=arn)], [])
    wanted = ("--rule", ROUTE, "--rule", "evidence.alarm-response")
    assert run(["assess", "--period", PERIOD, "--bundles", "evidence", *wanted]) == Exit.ERROR
    assert "is of account 444455556666" in capsys.readouterr().err


TODAY = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
QUERY = "arn:aws:logs:us-east-1:111122223333:scheduled-query:daily"
GROUP = "audit/cloudtrail"


def kept(**retention: Any) -> list[tuple[str, dict[str, Any], Any]]:
    """What S3 says of a bucket that keeps reports, with a default retention."""
    rule = {"Rule": {"DefaultRetention": retention}} if retention else {}
    bucket = {"Bucket": "audit-reports"}
    return [
        ("s3.GetBucketVersioning", bucket, {"Status": "Enabled"}),
        (
            "s3.GetObjectLockConfiguration",
            bucket,
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **rule}},
        ),
        ("s3.GetBucketLifecycleConfiguration", bucket, {"Rules": []}),
    ]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (kept(Mode="COMPLIANCE", Days=2192), "pass"),
        (kept(Mode="COMPLIANCE", Years=5), "fail"),
        (kept(), "fail"),
        (kept(Mode="COMPLIANCE", Days=2192)[1:], "unknown"),
    ],
)
def test_the_bucket_of_reports_is_judged_by_the_newest_bundle(
    here: Path, answers: list[tuple[str, dict[str, Any], Any]], outcome: str
) -> None:
    folder = write_folder(here / "snapshot", more=answers, asked={"evidence_buckets": ["audit-reports"]})
    seal_scan(scan_snapshot(folder, select((), (ROUTE,), (), ())), Path("evidence/one"))
    _, found = assessed("--rule", "evidence.store-retained", "--bundle", "sealed")
    assert found["evidence.store-retained"]["outcome"] == outcome
    assert run(["verify", "sealed"]) in {Exit.CLEAN, Exit.INCOMPLETE}


def test_runs_of_scheduled_queries_and_stated_reviews_are_reviews(here: Path) -> None:
    listed = {"scheduledQueries": [{"scheduledQueryArn": QUERY, "name": "daily"}]}
    told = {"name": "daily", "state": "ENABLED", "logGroupIdentifiers": [GROUP], "scheduledQueryArn": QUERY}
    window = {"startTime": TODAY - 7 * 86400, "endTime": TODAY + 86400}
    runs = [
        {"executionStatus": status, "triggeredTimestamp": TODAY - 2 * 86400 + day * 86400}
        for day, status in enumerate(("Complete", "Failed", "Complete"))
    ]
    more: list[tuple[str, dict[str, Any], Any]] = [
        ("logs.ListScheduledQueries", {}, listed),
        ("logs.GetScheduledQuery", {"identifier": QUERY}, told),
        ("logs.GetScheduledQueryHistory", {"identifier": QUERY, **window}, {"triggerHistory": runs}),
    ]
    folder = write_folder(here / "snapshot", more=more)
    seal_scan(scan_snapshot(folder, select((), (ROUTE,), (), ())), Path("evidence/one"))
    asked = ("--rule", "evidence.daily-review", "--bundle")
    _, found = assessed(*asked, "b1", *state("none.json", reviews=[]))
    assert found["evidence.daily-review"]["outcome"] == "fail"
    assert "on 1 of 3 days nobody reviewed the logs: 2026-11-19" in found["evidence.daily-review"]["reason"]
    review = {"day": "2026-11-19", "by": "Jane Doe", "what": "the SIEM"}
    _, found = assessed(*asked, "b2", *state("one.json", reviews=[review]))
    assert found["evidence.daily-review"]["outcome"] == "pass"
    assert run(["verify", "b2"]) == Exit.CLEAN


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ({}, "must hold tests, responses, outages or reviews"),
        ({"reviews": [{"day": "2026-02-30", "by": "x", "what": "y"}]}, "day: there is no day 2026-02-30; write"),
        ({"reponses": []}, "reponses"),
        ({"tests": [{**TEST, "at": "2026-11-19"}]}, "must be a time with its zone"),
        ({"tests": [{**TEST, "at": "2026-11-19T09:00:00"}]}, "at: must be a time with its zone"),
        ({"tests": [TEST, TEST]}, "DRILL-3 is here a second time"),
        ({"tests": [{**TEST, "outcome": ""}]}, "outcome"),
        ({"responses": [{**RESPONSE, "handled": "2026-11-18T09:20:00Z"}]}, "handled is before the alarm went off"),
        (
            {"responses": [{**RESPONSE, "until": "2026-11-18T09:20:00Z"}]},
            "until (2026-11-18T09:20:00Z) is before the beginning",
        ),
        ({"responses": [{**RESPONSE, "until": "2026-11-29T09:20:00Z"}]}, "until is more than a day after at"),
    ],
)
def test_a_wrong_statement_is_told_with_its_place(
    capsys: pytest.CaptureFixture[str], stated: dict[str, Any], sentence: str
) -> None:
    bundle(None, [])
    options = ("--rule", "evidence", *state("stated.json", **stated))
    assert run(["assess", "--period", PERIOD, "--bundles", "evidence", *options]) == Exit.ERROR
    told = capsys.readouterr().err
    assert sentence in told
    assert "stated.json:1:" in told
