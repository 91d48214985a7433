"""What topics delivered when alarms published to them: asked for once, at points that CloudWatch still keeps."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.audit_path.histories.alarm_history import ACTIONS
from scanner.audit_path.histories.deliveries import ALARM_DELIVERIES, Delivered, deliveries
from scanner.audit_path.topics import METRIC_DATA
from scanner.collect.targets import targets
from scanner.facts.uses import Look
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.folder import read_snapshot
from scanner.times import read_time
from tests.unit.replay.folders import ACCOUNT, REGION, write_folder

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:security"
THEIRS = f"arn:aws:sns:{REGION}:444455556666:security"
RANG = "2026-11-19T09:00:12Z"
METRICS = {
    "delivered": "NumberOfNotificationsDelivered",
    "published": "NumberOfMessagesPublished",
    "failed": "NumberOfNotificationsFailed",
}


def asked_about(*topics: str, since: str = "", until: str = "", period: int = 60) -> dict[str, Any]:
    """The arguments that ask about topics around one moment, as AWS documents them."""
    queries = []
    for number, topic in enumerate(topics):
        for name, metric in METRICS.items():
            dimensions = [{"Name": "TopicName", "Value": topic}]
            stat = {"Namespace": "AWS/SNS", "MetricName": metric, "Dimensions": dimensions}
            queries.append({"Id": f"{name}{number}", "MetricStat": {"Metric": stat, "Period": period, "Stat": "Sum"}})
    return {
        "MetricDataQueries": queries,
        "StartTime": since or "2026-11-19T09:00:00Z",
        "EndTime": until or "2026-11-19T09:06:00Z",
    }


def counted(at: str, delivered: float | None, failed: float | None = None, number: int = 0) -> list[dict[str, Any]]:
    """What CloudWatch answers of one topic: one message was published where anything is known."""
    values = {"delivered": delivered, "published": None if delivered is None else 1.0, "failed": failed}
    return [
        {
            "Id": f"{name}{number}",
            "Timestamps": [] if value is None else [at],
            "Values": [] if value is None else [value],
            "StatusCode": "Complete",
        }
        for name, value in values.items()
    ]


def acted(at: str = RANG, target: str = TOPIC, alarm: str = "audited-alarm") -> dict[str, str]:
    return {
        "AlarmName": alarm,
        "Timestamp": at,
        "HistoryItemType": "Action",
        "HistorySummary": f"Successfully executed action {target}",
        "HistoryData": json.dumps({"actionState": "Succeeded", "notificationResource": target}),
    }


def snapshot_of(folder: Path, actions: Sequence[dict[str, str]], *more: tuple[str, dict[str, Any], Any]) -> Snapshot:
    told = ("cloudwatch.DescribeAlarmHistory", ACTIONS, {"AlarmHistoryItems": list(actions)})
    return read_snapshot(write_folder(folder / "snapshot", more=[told, *more]))


def asked(snapshot: Snapshot, *others: str) -> list[dict[str, Any]]:
    return [dict(each.arguments) for each in targets(ALARM_DELIVERIES, Look(snapshot, ACCOUNT, others))]


def test_every_action_of_an_alarm_that_may_watch_is_asked_about_in_one_call_for_each_resolution(tmp_path: Path) -> None:
    actions = [
        acted(),
        acted("2026-11-19T09:59:59Z", TOPIC.replace("security", "on-call")),
        acted("2026-11-01T03:07:00Z"),
        acted(alarm="of-nobody"),
        acted(target="arn:aws:lambda:us-east-1:111122223333:function:page"),
        acted(target=THEIRS),
    ]
    fine = asked_about("security", "on-call", until="2026-11-19T10:05:00Z")
    coarse = asked_about("security", since="2026-11-01T03:05:00Z", until="2026-11-01T03:15:00Z", period=300)
    snapshot = snapshot_of(tmp_path, actions)
    assert sorted(asked(snapshot), key=lambda each: each["StartTime"]) == [coarse, fine]
    look = Look(snapshot, ACCOUNT, {"444455556666"})
    (theirs,) = look.elsewhere(ALARM_DELIVERIES.per)
    assert (theirs.owner, theirs.besides) == ("444455556666", asked_about("security"))


def test_without_actions_nothing_is_asked(tmp_path: Path) -> None:
    assert asked(snapshot_of(tmp_path, [])) == []


def told(
    folder: Path, results: Sequence[dict[str, Any]] | None, at: str = RANG, since: str = "", until: str = ""
) -> Delivered:
    answers = (
        []
        if results is None
        else [(METRIC_DATA, asked_about("security", since=since, until=until), {"MetricDataResults": results})]
    )
    (found,) = deliveries(snapshot_of(folder, [acted(at)], *answers), ACCOUNT, REGION)
    assert (found.topic, found.at) == (TOPIC, read_time(at))
    return found


@pytest.mark.parametrize(
    ("results", "notifications", "unknown"),
    [
        (counted("2026-11-19T09:00:00Z", 2.0), 2, ""),
        (counted("2026-11-19T09:05:00Z", 1.0), 1, ""),
        (counted("2026-11-19T09:01:00Z", 0.0), 0, ""),
        (counted("2026-11-19T09:06:00Z", 2.0), None, "CloudWatch holds no datapoint of the topic of that time"),
        (counted("2026-11-19T08:59:00Z", 2.0), None, "CloudWatch holds no datapoint of the topic of that time"),
        (counted("2026-11-19T09:00:00Z", None, failed=3.0), 0, ""),
        (counted("2026-11-19T09:00:00Z", None), None, "CloudWatch holds no datapoint of the topic of that time"),
        (counted("2026-11-19T09:00:00Z", 2.0)[:2], None, "NumberOfNotificationsFailed: nothing"),
        (
            [{**each, "StatusCode": "PartialData"} for each in counted("2026-11-19T09:00:00Z", 0.0)],
            None,
            "did not answer whole about NumberOfNotificationsDelivered: PartialData",
        ),
        (None, None, "its metrics were not collected with the history"),
    ],
)
def test_what_was_delivered_in_the_minutes_after_the_action(
    tmp_path: Path, results: list[dict[str, Any]] | None, notifications: int | None, unknown: str
) -> None:
    found = told(tmp_path, results)
    assert found.notifications == notifications
    assert unknown in found.unknown
    assert bool(found.unknown) == (notifications is None)


def test_what_had_not_been_counted_yet_is_not_known_unless_something_was_delivered(tmp_path: Path) -> None:
    moment = {"since": "2026-11-20T11:52:00Z", "until": "2026-11-20T11:58:00Z"}
    for number, delivered in enumerate((0.0, 1.0)):
        results = counted("2026-11-20T11:53:00Z", delivered)
        found = told(tmp_path / str(number), results, "2026-11-20T11:52:30Z", **moment)
        assert found.notifications == (1 if delivered else None)
    assert "had not been counted" in told(tmp_path / "3", counted(RANG, 0.0), "2026-11-20T11:52:30Z", **moment).unknown


def test_a_topic_of_an_account_that_was_not_looked_at_is_not_known(tmp_path: Path) -> None:
    (found,) = deliveries(snapshot_of(tmp_path, [acted(target=THEIRS)]), ACCOUNT, REGION)
    assert found.unknown == "the topic belongs to account 444455556666, which was not looked at: scan that account too"
