"""The view of metric filters with the alarms on what they count."""

from collections.abc import Callable
from typing import Any

from scanner.model import Source
from scanner.resources.monitoring.watched_filters import watched_filter_view
from scanner.snapshot.answers import Snapshot

SnapshotOf = Callable[..., Snapshot]
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:g"


def _alarm(name: str, metric: str) -> dict[str, Any]:
    arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
    return {"AlarmName": name, "AlarmArn": arn, "Namespace": "Audit", "MetricName": metric, "Period": 300}


def _cited(snapshot_of: SnapshotOf, *alarms: dict[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the fields about alarms rest on, as operation and JSON Pointer."""
    trail = {
        "Name": "main",
        "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
        "HomeRegion": "us-east-1",
        "S3BucketName": "b",
        "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
    }
    group = {"logGroupName": "g", "arn": f"{GROUP}:*", "logGroupArn": GROUP}
    counts = {"metricName": "Stops", "metricNamespace": "Audit", "metricValue": "1"}
    kept = {"filterName": "stops", "filterPattern": "StopLogging", "metricTransformations": [counts]}
    kinds = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]}
    snapshot = snapshot_of(
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]}),
        ("logs.DescribeLogGroups", {"logGroupNamePrefix": "g"}, {"logGroups": [group]}),
        ("logs.DescribeMetricFilters", {"logGroupName": "g"}, {"metricFilters": [kept]}),
        ("cloudwatch.DescribeAlarms", kinds, {"MetricAlarms": list(alarms)}),
    )
    (row,) = watched_filter_view(snapshot, "111122223333").rows
    return {name: tuple(map(_spelled, sources)) for name, sources in row.cites.items()}


def _spelled(source: Source) -> tuple[str, str]:
    return source.call.operation, source.pointer


def test_a_metric_with_an_alarm_rests_on_the_alarms_that_read_it(snapshot_of: SnapshotOf) -> None:
    alarms = (("cloudwatch.DescribeAlarms", "/pages/0/MetricAlarms/1"),)
    cited = _cited(snapshot_of, _alarm("other", "Other"), _alarm("stops", "Stops"))
    assert cited == {"Alarms": alarms, "Unalarmed": alarms}


def test_a_metric_without_an_alarm_rests_on_the_whole_listing(snapshot_of: SnapshotOf) -> None:
    listing = (("cloudwatch.DescribeAlarms", ""),)
    assert _cited(snapshot_of, _alarm("other", "Other")) == {"Alarms": listing, "Unalarmed": listing}
