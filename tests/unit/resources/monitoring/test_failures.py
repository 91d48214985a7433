"""Whether anybody learns when SNS cannot deliver what is published to a topic."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.facts.rows import Row
from scanner.model import GapKind
from scanner.resources.monitoring.failures import with_failures
from scanner.snapshot.answers import CallError, Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT, SECURITY, REGION = "111122223333", "444455556666", "us-east-1"
ALARMS = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
FAILED = {
    "AlarmName": "failed",
    "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{SECURITY}:alarm:failed",
    "ActionsEnabled": True,
    "AlarmActions": [f"arn:aws:sns:{REGION}:{SECURITY}:operations"],
    "Namespace": "AWS/SNS",
    "MetricName": "NumberOfNotificationsFailed",
    "Dimensions": [{"Name": "TopicName", "Value": "alerts"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def topic(account: str, region: str = REGION, **data: Any) -> Row:
    arn = f"arn:aws:sns:{region}:{account}:alerts"
    return Row("sns.audit_topic", ACCOUNT, region, arn, {"Subscriptions": [], "Attributes": {}, **data})


def listed(*alarms: Mapping[str, Any], region: str = REGION) -> Any:
    return (region, "cloudwatch.DescribeAlarms", ALARMS, {"MetricAlarms": list(alarms), "CompositeAlarms": []})


def test_the_alarms_of_the_topics_own_account_count(make_snapshot: SnapshotOf) -> None:
    snapshot = make_snapshot(listed(), others={SECURITY: [listed(FAILED)]})
    assert with_failures(snapshot, topic(SECURITY)).data["FailureAlarms"] == ["failed"]
    assert with_failures(snapshot, topic(ACCOUNT)).data["FailureAlarms"] == []
    row = with_failures(make_snapshot(listed(FAILED)), topic(SECURITY))
    assert "belong to account 444455556666, which was not looked at" in row.gaps["FailureAlarms"].reason
    assert with_failures(make_snapshot(), topic(ACCOUNT)).gaps["FailureAlarms"].kind is GapKind.NOT_COLLECTED


def test_alarms_are_looked_for_in_the_topics_region(make_snapshot: SnapshotOf) -> None:
    snapshot = make_snapshot(listed(), listed(FAILED, region="eu-west-1"), regions=(REGION, "eu-west-1"))
    assert with_failures(snapshot, topic(ACCOUNT)).data["FailureAlarms"] == []
    assert with_failures(snapshot, topic(ACCOUNT, "eu-west-1")).data["FailureAlarms"] == ["failed"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["failed"]),
        ({"Statistic": "Average", "Threshold": 0.5}, None),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, []),
        ({"Threshold": 1}, []),
        ({"Unit": "Seconds"}, []),
        ({"TreatMissingData": "breaching"}, []),
        ({"Dimensions": []}, []),
        ({"Namespace": "Audit"}, []),
    ],
)
def test_an_alarm_counts_that_goes_off_at_one_failure(
    make_snapshot: SnapshotOf, changes: dict[str, Any], expected: list[str] | None
) -> None:
    row = with_failures(make_snapshot(listed({**FAILED, **changes})), topic(ACCOUNT))
    assert row.data.get("FailureAlarms") == expected
    assert ("FailureAlarms" in row.gaps) is (expected is None)


def test_refused_alarms_are_a_gap(make_snapshot: SnapshotOf) -> None:
    denied = (REGION, "cloudwatch.DescribeAlarms", ALARMS, CallError(GapKind.DENIED, "AccessDenied", ""))
    row = with_failures(make_snapshot(denied), topic(ACCOUNT))
    assert {row.gaps[name].kind for name in ("FailureAlarms", "FailureNotes")} == {GapKind.DENIED}


def test_protocols_that_the_topic_could_log(make_snapshot: SnapshotOf) -> None:
    used = [
        {"Protocol": name, "Confirmed": True, "SubscriptionArn": name} for name in ("sqs", "https", "email", "http")
    ]
    pending = {"Protocol": "lambda", "Confirmed": False, "SubscriptionArn": "PendingConfirmation"}
    logs = {"SQSFailureFeedbackRoleArn": "arn:aws:iam::111122223333:role/feedback", "HTTPSuccessFeedbackRoleArn": "x"}
    row = with_failures(make_snapshot(listed()), topic(ACCOUNT, Subscriptions=[*used, pending], Attributes=logs))
    assert row.data["Unlogged"] == ["http", "https"]
    assert row.data["PlainHttp"] == ["http"]
