"""Filter policies of subscriptions against the messages that alarms publish."""

import json
from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.alarms.messages import alarm_message, alarm_texts
from scanner.model import CallKey, Gap, GapKind
from scanner.policies.filter_policies import Open
from scanner.policies.filter_policies import lets_through as hears

ALARM: dict[str, Any] = {
    "AlarmName": "trail-changes",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:trail-changes",
    "AlarmDescription": "Severity: HIGH",
    "MetricName": "TrailChanges",
    "Namespace": "LogMetrics",
    "Dimensions": [{"Name": "Team", "Value": "audit"}],
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:alerts", "arn:aws:sns:us-east-1:111122223333:other"],
    "OKActions": [],
    "InsufficientDataActions": [],
    "AlarmRule": None,
}
COMPOSITE = {**ALARM, "AlarmRule": "ALARM(trail-changes)", "MetricName": None}
MATH = {**ALARM, "MetricName": None, "Metrics": [{"Id": "e1"}]}


def told_by(members: dict[str, Any]) -> dict[str, Any]:
    composite = members.get("AlarmRule") is not None
    return alarm_message(read_alarm(members, "111122223333", "us-east-1", composite=composite))


def body(policy: Any, alarm: dict[str, Any] = ALARM) -> bool | None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return hears({"FilterPolicy": text, "FilterPolicyScope": "MessageBody"}, told_by(alarm))


@pytest.mark.parametrize(
    ("policy", "heard"),
    [
        ({"NewStateValue": ["ALARM"]}, True),
        ({"NewStateValue": ["OK"]}, False),
        ({"NewStateValue": ["OK", "ALARM"]}, True),
        ({"NewStateValue": [{"anything-but": ["ALARM"]}]}, False),
        ({"NewStateValue": [{"anything-but": "OK"}]}, True),
        ({"NewStateValue": [{"prefix": "AL"}]}, True),
        ({"NewStateValue": [{"suffix": "ARM"}]}, True),
        ({"NewStateValue": [{"equals-ignore-case": "alarm"}]}, True),
        ({"NewStateValue": [{"exists": False}]}, False),
        ({"OldStateValue": ["OK"]}, None),
        ({"OldStateValue": ["OK", "INSUFFICIENT_DATA"]}, True),
        ({"OldStateValue": ["ALARM"]}, False),
        ({"OldStateValue": [{"anything-but": ["ALARM"]}]}, True),
        ({"OldStateValue": [{"exists": True}]}, True),
        ({"AlarmName": ["trail-changes"]}, True),
        ({"AlarmName": [{"prefix": "trail-"}]}, True),
        ({"AlarmName": [{"anything-but": {"prefix": "trail-"}}]}, False),
        ({"AlarmName": [{"anything-but": {"suffix": ["-x", "-y"]}}]}, True),
        ({"AlarmName": [{"wildcard": "*-changes"}]}, True),
        ({"AlarmName": ["Trail-Changes"]}, False),
        ({"AlarmDescription": [{"prefix": "Severity: HIGH"}]}, True),
        ({"AWSAccountId": ["111122223333"]}, True),
        ({"AWSAccountId": ["444455556666"]}, False),
        ({"Region": ["US East (N. Virginia)"]}, True),
        ({"Region": [{"exists": True}]}, True),
        ({"NewStateReason": [{"prefix": "Threshold Crossed"}]}, None),
        ({"NewStateReason": [{"numeric": [">", 1]}]}, False),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:other"]}, True),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:none"]}, False),
        ({"AlarmActions": [{"anything-but": ["arn:aws:sns:us-east-1:111122223333:other"]}]}, None),
        ({"OKActions": [{"exists": True}]}, None),
        ({"severity": ["high"]}, False),
        ({"severity": [{"exists": False}]}, True),
        ({"Trigger": {"MetricName": ["TrailChanges"]}}, True),
        ({"Trigger": {"MetricName": ["Other"]}}, False),
        ({"Trigger": {"Threshold": [1]}}, None),
        ({"Trigger": {"Threshold": [{"numeric": [">=", 1, "<", 5]}]}}, True),
        ({"Trigger": {"Threshold": [{"numeric": [">", 1]}]}}, False),
        ({"Trigger": {"Dimensions": {"name": ["Team"], "value": ["audit"]}}}, True),
        ({"Trigger": {"Dimensions": {"value": ["sales"]}}}, False),
        ({"Trigger": {"Statistic": ["SUM"]}}, None),
        ({"Trigger": {"Undocumented": ["x"]}}, None),
        ({"NewStateValue": {"deeper": ["x"]}}, False),
        ({"NewStateValue": ["ALARM"], "AlarmName": ["other"]}, False),
        ({"NewStateValue": ["ALARM"], "NewStateReason": ["x"]}, None),
        ({"NewStateValue": ["OK"], "NewStateReason": ["x"]}, False),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": ["trail-changes"]}]}, True),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": ["x"]}]}, False),
        ({"$or": []}, None),
        ({"NewStateValue": [{"someday": "ALARM"}]}, None),
        ({"NewStateValue": [{"prefix": 3}]}, None),
        ({"NewStateValue": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"NewStateValue": [{"cidr": "nonsense"}]}, None),
        ({"NewStateValue": [{"numeric": ["?", 3]}]}, None),
        ({"NewStateValue": [{"anything-but": {"numeric": ["=", 3]}}]}, None),
        ({"NewStateValue": [None]}, False),
        ({"NewStateValue": [True]}, False),
    ],
    ids=str,
)
def test_the_message_of_an_alarm(policy: Any, heard: bool | None) -> None:
    assert body(policy) is heard


def test_an_alarm_without_a_description_says_null() -> None:
    bare = {name: value for name, value in ALARM.items() if name != "AlarmDescription"}
    assert body({"AlarmDescription": [None]}, bare) is True
    assert body({"AlarmDescription": [{"prefix": "S"}]}, bare) is False


def test_composite_and_math_alarms_tell_other_things() -> None:
    assert body({"AlarmRule": [{"prefix": "ALARM("}]}, COMPOSITE) is True
    assert body({"Trigger": {"MetricName": ["TrailChanges"]}}, COMPOSITE) is False
    assert body({"AlarmRule": [{"exists": False}]}, MATH) is True
    assert body({"Trigger": {"MetricName": ["TrailChanges"]}}, MATH) is None
    assert body({"NewStateValue": ["ALARM"]}, COMPOSITE) is body({"NewStateValue": ["ALARM"]}, MATH) is True


def test_of_an_unknown_message_only_an_empty_policy_is_decided() -> None:
    def heard(policy: Any) -> bool | None:
        return hears({"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}, Open.ANYTHING)

    assert heard({}) is True
    assert heard({"a": ["x"]}) is heard({"a": {"b": [{"exists": True}]}}) is heard({"a": [{"exists": False}]}) is None


def test_what_is_not_known_of_an_alarm_may_be_anything_in_its_message() -> None:
    told = {name: value for name, value in ALARM.items() if name not in {"AlarmDescription", "OKActions"}}
    gap = Gap(
        key=CallKey("1", "r", "cloudwatch.DescribeAlarms"), kind=GapKind.NOT_KNOWN, reason="a plan leaves it open"
    )
    unknown = dict.fromkeys(("AlarmDescription", "OKActions"), gap)
    message = alarm_message(read_alarm(told, "111122223333", "us-east-1", unknown=unknown))
    assert (message["AlarmDescription"], message["OKActions"]) == (Open.ANYTHING, Open.ANYTHING)


def test_little_is_known_of_the_message_of_a_log_alarm() -> None:
    log = {**ALARM, "MetricName": None, "ScheduledQueryConfiguration": {"QueryString": "fields @message"}}
    assert body({"NewStateValue": ["OK"]}, log) is False
    assert body({"NewStateValue": ["ALARM"]}, log) is True
    assert body({"Trigger": {"MetricName": ["TrailChanges"]}}, log) is None
    assert body({"LogLines": [{"exists": True}]}, log) is None


GROUPED = {"Id": "q1", "Expression": "SELECT SUM(x) FROM y GROUP BY z", "Period": 300, "ReturnData": True}


@pytest.mark.parametrize(
    "members",
    [
        {**ALARM, "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}},
        {**COMPOSITE, "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": True}}},
        {**MATH, "Metrics": [GROUPED]},
    ],
)
def test_a_message_that_may_hold_more(members: dict[str, Any]) -> None:
    assert body({"NewStateValue": ["ALARM"]}, members) is True
    assert body({"Tags": [{"exists": False}]}, members) is None
    assert body({"Tags": [{"exists": False}]}, {**members, "ActionConfiguration": {}, "Metrics": []}) is True
    assert alarm_texts(read_alarm(members, "111122223333", "us-east-1")) is None
    assert alarm_texts(read_alarm(ALARM, "111122223333", "us-east-1")) is not None


def test_what_one_of_several_time_series_was_before_is_not_told() -> None:
    assert body({"OldStateValue": ["OK", "INSUFFICIENT_DATA"]}, {**MATH, "Metrics": [GROUPED]}) is None
    assert body({"Trigger": {"MetricName": ["x"]}}, {**MATH, "Metrics": [GROUPED]}) is None
