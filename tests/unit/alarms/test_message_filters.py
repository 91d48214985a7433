"""Filter policies of subscriptions against what an alarm publishes when it goes to ALARM."""

import json
from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.alarms.messages import alarm_message
from scanner.policies.filter_policies import lets_through

ALARM = {
    "AlarmName": "prod-root-usage",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:prod-root-usage",
    "AlarmDescription": "Root was used",
    "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:security-alerts"],
    "MetricName": "RootUsage",
    "Namespace": "Audit",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
MESSAGE = alarm_message(read_alarm(ALARM, "111122223333", "us-east-1"))


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"NewStateValue": ["ALARM"]}, True),
        ({"NewStateValue": ["OK", "INSUFFICIENT_DATA"]}, False),
        ({"NewStateValue": [{"anything-but": ["OK"]}]}, True),
        ({"NewStateValue": [{"anything-but": "ALARM"}]}, False),
        ({"NewStateValue": [{"equals-ignore-case": "alarm"}]}, True),
        ({"NewStateValue": ["alarm"]}, False),
        ({"OldStateValue": ["OK"]}, None),
        ({"OldStateValue": ["OK", "INSUFFICIENT_DATA"]}, True),
        ({"OldStateValue": ["ALARM"]}, False),
        ({"AlarmName": [{"prefix": "prod-"}]}, True),
        ({"AlarmName": [{"prefix": "test-"}]}, False),
        ({"AlarmName": [{"suffix": "-usage"}]}, True),
        ({"AlarmName": [{"wildcard": "prod-*-usage"}]}, True),
        ({"AlarmName": [{"wildcard": "*-login"}]}, False),
        ({"AlarmName": [{"anything-but": {"prefix": "prod-"}}]}, False),
        ({"AlarmName": [{"anything-but": {"suffix": "-login"}}]}, True),
        ({"AlarmName": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"AlarmName": [{"numeric": [">", 0]}]}, False),
        ({"AlarmName": [{"exists": True}]}, True),
        ({"Severity": [{"exists": True}]}, False),
        ({"Severity": [{"exists": False}]}, True),
        ({"Severity": ["high"]}, False),
        ({"Trigger": {"Threshold": [{"numeric": [">=", 1, "<", 2]}]}}, True),
        ({"Trigger": {"Threshold": [{"numeric": [">", 1]}]}}, False),
        ({"Trigger": {"Period": [300]}}, True),
        ({"Trigger": {"Period": [300.0]}}, None),
        ({"Trigger": {"Period": ["300"]}}, False),
        ({"Trigger": {"MetricName": ["RootUsage"], "Namespace": ["Other"]}}, False),
        ({"Trigger": {"Unit": ["Count"]}}, None),
        ({"AWSAccountId": ["111122223333"]}, True),
        ({"AWSAccountId": [111122223333]}, False),
        ({"Region": ["us-east-1"]}, False),
        ({"Region": ["US East (N. Virginia)"]}, True),
        ({"NewStateReason": [{"prefix": "Threshold"}]}, None),
        ({"NewStateReason": [1]}, False),
        ({"AlarmActions": [{"suffix": ":security-alerts"}]}, True),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": [{"prefix": "prod-"}]}]}, True),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": [{"prefix": "test-"}]}]}, False),
        ({"NewStateValue": ["ALARM"], "AlarmName": ["other"]}, False),
        ({"AlarmName": [{"new-operator": "x"}]}, None),
    ],
    ids=str,
)
def test_a_policy_on_the_body_meets_the_message_of_an_alarm(policy: dict[str, Any], expected: bool | None) -> None:
    text = json.dumps(policy)
    assert lets_through({"FilterPolicy": text, "FilterPolicyScope": "MessageBody"}, MESSAGE) is expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"NewStateValue": ["ALARM"]}, False),
        ({"team": [{"exists": False}]}, True),
        ({"team": [{"anything-but": ["x"]}]}, False),
        ({"$or": [{"team": ["x"]}, {"team": [{"exists": False}]}]}, True),
        ({}, True),
    ],
    ids=str,
)
@pytest.mark.parametrize("scope", [{}, {"FilterPolicyScope": "MessageAttributes"}])
def test_a_policy_on_attributes_meets_none(policy: dict[str, Any], expected: bool, scope: dict[str, str]) -> None:
    assert lets_through({"FilterPolicy": json.dumps(policy), **scope}, MESSAGE) is expected


def test_neither_raw_delivery_nor_a_dead_letter_queue_keeps_a_message_back() -> None:
    redrive = '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:dead"}'
    assert lets_through({"RawMessageDelivery": "true", "RedrivePolicy": redrive}, MESSAGE) is True
