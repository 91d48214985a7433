"""Which filter policies let an alarm's message through."""

import json
from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.alarms.messages import alarm_message, trail_message
from scanner.policies.filter_policies import OneOf, Open, Partial, lets_through

ALARM = {
    "AlarmName": "root-usage",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:root-usage",
    "AlarmDescription": "Root was used",
    "OKActions": [],
    "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:alerts"],
    "InsufficientDataActions": [],
    "MetricName": "RootUsage",
    "Namespace": "Audit",
    "Period": 300,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Dimensions": [{"Name": "Account", "Value": "111122223333"}],
}
COMPOSITE = {"AlarmName": "any", "AlarmArn": ALARM["AlarmArn"], "AlarmRule": "ALARM(root-usage)", "AlarmActions": []}


def told_by(members: dict[str, Any]) -> dict[str, Any]:
    composite = members.get("AlarmRule") is not None
    return alarm_message(read_alarm(members, "111122223333", "us-east-1", composite=composite))


def body(policy: Any, message: Any = None) -> bool | None:
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}
    return lets_through(attributes, told_by(ALARM) if message is None else message)


@pytest.mark.parametrize(
    ("attributes", "heard"),
    [
        ({}, True),
        ({"FilterPolicy": ""}, True),
        ({"FilterPolicy": "{}", "FilterPolicyScope": "MessageBody"}, True),
        ({"FilterPolicy": '{"a": [{"exists": false}], "b": ["x", {"exists": false}]}'}, True),
        ({"FilterPolicy": '{"a.b": [{"exists": false}]}'}, True),
        ({"FilterPolicy": '{"a": [{"exists": false}], "b": ["x"]}'}, False),
        ({"FilterPolicy": '{"a": [{"anything-but": ["x"]}]}'}, False),
        ({"FilterPolicy": '{"NewStateValue": ["ALARM"]}'}, False),
        ({"FilterPolicy": '{"a": [{"exists": true}]}', "FilterPolicyScope": "MessageAttributes"}, False),
        ({"FilterPolicy": '{"$or": [{"a": ["x"]}, {"b": [{"exists": false}]}]}'}, True),
        ({"FilterPolicy": '{"$or": [{"a": ["x"]}, {"b": ["y"]}]}'}, False),
        ({"FilterPolicy": '{"$or": [{"a": ["x"]}, {"prefix": ["y"]}]}'}, None),
        ({"FilterPolicy": '{"$or": [{"a": ["x"]}]}'}, None),
        ({"FilterPolicy": '{"a": {"b": ["x"]}}'}, None),
        ({"FilterPolicy": '{"a": "x"}'}, None),
        ({"FilterPolicy": '{"a": []}'}, None),
        ({"FilterPolicy": '{"a": ["x"], "a": [{"exists": false}]}'}, None),
        ({"FilterPolicy": '{"a": ["x"]}', "FilterPolicyScope": "Elsewhere"}, None),
        ({"FilterPolicy": '{"a":' * 25 + '["x"]' + "}" * 25}, None),
        ({"FilterPolicy": '{"a":' * 100_000}, None),
        ({"FilterPolicy": "["}, None),
        ({"FilterPolicy": "[1]"}, None),
        ({"FilterPolicy": 3}, None),
        ({"FilterPolicy": "[" * 5000}, None),
    ],
    ids=lambda value: str(value)[:70],
)
def test_policies_on_attributes_of_which_there_are_none(attributes: dict[str, Any], heard: bool | None) -> None:
    assert lets_through(attributes, told_by(ALARM)) is heard


@pytest.mark.parametrize(
    ("policy", "heard"),
    [
        ({"NewStateValue": ["ALARM"]}, True),
        ({"NewStateValue": ["OK"]}, False),
        ({"NewStateValue": ["OK", "ALARM"]}, True),
        ({"NewStateValue": ["alarm"]}, False),
        ({"NewStateValue": [{"equals-ignore-case": "alarm"}]}, True),
        ({"NewStateValue": [{"anything-but": "OK"}]}, True),
        ({"NewStateValue": [{"anything-but": ["OK", "ALARM"]}]}, False),
        ({"NewStateValue": [{"anything-but": {"prefix": "AL"}}]}, False),
        ({"NewStateValue": [{"anything-but": {"suffix": ["K"]}}]}, True),
        ({"NewStateValue": [{"exists": True}]}, True),
        ({"NewStateValue": [{"exists": False}]}, False),
        ({"NewStateValue": [{"exists": "no"}]}, None),
        ({"NewStateValue": [{"prefix": "AL"}], "AlarmName": ["other"]}, False),
        ({"NewStateValue": [{"prefix": 3}]}, None),
        ({"NewStateValue": [{"sounds-like": "x"}]}, None),
        ({"NewStateValue": [{"prefix": "A", "suffix": "M"}]}, None),
        ({"NewStateValue": [{"numeric": [">", 0]}]}, False),
        ({"NewStateValue": [1, True, None]}, False),
        ({"OldStateValue": ["OK"]}, None),
        ({"OldStateValue": ["OK", "INSUFFICIENT_DATA"]}, True),
        ({"OldStateValue": ["INSUFFICIENT_DATA", {"prefix": "O"}]}, True),
        ({"OldStateValue": ["ALARM", {"prefix": "O"}]}, None),
        ({"OldStateValue": ["ALARM"]}, False),
        ({"OldStateValue": [{"anything-but": "ALARM"}]}, True),
        ({"AlarmName": [{"prefix": "root-"}]}, True),
        ({"AlarmName": [{"suffix": "-usage"}]}, True),
        ({"AlarmName": [{"wildcard": "root*age"}]}, True),
        ({"AlarmName": [{"wildcard": "*vpc*"}]}, False),
        ({"AlarmName": [{"wildcard": "root-usage"}]}, True),
        ({"AlarmName": [{"wildcard": "**"}]}, True),
        ({"AlarmName": [{"wildcard": "r*o*-u*e*"}]}, True),
        ({"AlarmName": [{"wildcard": "*-*-*"}]}, False),
        ({"AlarmName": [{"wildcard": "root-us*sage"}]}, False),
        ({"AlarmName": [{"wildcard": "*root-usage*root-usage"}]}, False),
        ({"AlarmName": [{"wildcard": "root\\*age"}]}, None),
        ({"AWSAccountId": ["111122223333"]}, True),
        ({"AWSAccountId": ["444455556666"]}, False),
        ({"AWSAccountId": [111122223333]}, False),
        ({"Region": ["US East (N. Virginia)"]}, True),
        ({"Region": ["us-east-1"]}, False),
        ({"AlarmDescription": [{"prefix": "Root"}]}, True),
        ({"AlarmArn": [{"prefix": "arn:aws:cloudwatch:eu-"}]}, False),
        ({"AlarmActions": ["arn:aws:sns:us-east-1:111122223333:alerts"]}, True),
        ({"AlarmActions": [{"anything-but": "x"}]}, True),
        ({"OKActions": [{"exists": True}]}, None),
        ({"OKActions": ["x"]}, False),
        ({"NewStateReason": [{"prefix": "Threshold Crossed"}]}, None),
        ({"NewStateReason": [{"exists": True}]}, True),
        ({"NewStateReason": [{"exists": False}]}, False),
        ({"NewStateReason": [7]}, False),
        ({"NewStateReason": [{"cidr": "10.0.0.0/8"}]}, None),
        ({"NewStateReason": [{"cidr": "everywhere"}]}, None),
        ({"AlarmName": [{"cidr": "10.0.0.0/8"}]}, False),
        ({"severity": ["high"]}, False),
        ({"severity": [{"exists": False}]}, True),
        ({"Trigger": {"MetricName": ["RootUsage"], "Namespace": [{"prefix": "Aud"}]}}, True),
        ({"Trigger": {"MetricName": ["Other"]}}, False),
        ({"Trigger": {"Period": [{"numeric": [">=", 60, "<", 600]}]}}, True),
        ({"Trigger": {"Period": [{"numeric": ["=", 60]}]}}, False),
        ({"Trigger": {"Period": [{"numeric": [">=", "60"]}]}}, None),
        ({"Trigger": {"Period": [300]}}, True),
        ({"Trigger": {"Threshold": [1]}}, None),
        ({"Trigger": {"Threshold": [{"numeric": ["=", 1]}]}}, True),
        ({"Trigger": {"StatisticType": ["Statistic"]}}, None),
        ({"Trigger": {"Dimensions": {"name": ["Account"], "value": ["111122223333"]}}}, True),
        ({"Trigger": {"Dimensions": {"name": ["Account"], "value": ["4"]}}}, False),
        ({"Trigger": ["x"]}, False),
        ({"Trigger": [{"exists": True}]}, None),
        ({"Trigger.MetricName": ["RootUsage"]}, None),
        ({"NewStateReason": ["x"], "AlarmName": ["other"]}, False),
        ({"NewStateReason": ["x"], "AlarmName": ["root-usage"]}, None),
        ({"NewStateReason": ["x", {"exists": True}]}, True),
        ({"AlarmName": [{"anything-but": []}]}, None),
        ({"AlarmName": [{"anything-but": [1, 2]}]}, True),
        ({"$or": [{"NewStateReason": ["x"]}, {"AlarmName": ["root-usage"]}]}, True),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": ["root-usage"]}]}, True),
        ({"$or": [{"NewStateValue": ["OK"]}, {"AlarmName": ["other"]}]}, False),
        ({"$or": [{"NewStateReason": ["x"]}, {"AlarmName": ["other"]}]}, None),
        ({"NewStateValue": ["OK"], "$or": [{"AlarmName": ["root-usage"]}, {"Region": ["x"]}]}, False),
    ],
    ids=lambda value: str(value)[:70],
)
def test_policies_on_the_body_of_an_alarm(policy: dict[str, Any], heard: bool | None) -> None:
    assert body(policy) is heard


def test_what_a_composite_alarm_says_beside_its_configuration_is_open() -> None:
    message = told_by(COMPOSITE)
    assert body({"NewStateValue": ["ALARM"], "AlarmRule": [{"prefix": "ALARM("}]}, message) is True
    assert body({"NewStateValue": ["OK"]}, message) is False
    assert body({"Trigger": {"MetricName": ["x"]}}, message) is False
    assert body({"TriggeringChildren": {"Arn": ["x"]}}, message) is None
    assert body({"AlarmDescription": [None]}, message) is True
    assert body({"AlarmDescription": [{"exists": True}]}, message) is None
    assert body({"AlarmDescription": [{"anything-but": "x"}]}, message) is None


def test_alarms_over_expressions_and_in_other_regions() -> None:
    math = {"AlarmName": "m", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:m", "Metrics": []}
    assert body({"Trigger": {"MetricName": ["x"]}}, told_by(math)) is None
    assert body({"Region": ["Europe (Ireland)"]}, told_by(math)) is None
    assert body({"Region": ["eu-west-1"]}, told_by(math)) is False
    assert body({"Region": [{"suffix": "(Ireland)"}]}, told_by(math)) is True
    assert body({"AlarmActions": ["x"]}, told_by(math)) is None
    assert body({"Region": ["Nowhere"]}, told_by({})) is None


def test_many_wildcards_are_decided_quickly() -> None:
    assert body({"AlarmDescription": [{"wildcard": "*a" * 200 + "b"}]}, {"AlarmDescription": "a" * 10_000}) is False


def test_what_trails_and_event_rules_publish() -> None:
    message = trail_message({"S3BucketName": "logs"})
    assert body({"s3Bucket": ["logs"]}, message) is True
    assert body({"s3Bucket": ["other"]}, message) is False
    assert body({"s3ObjectKey": [{"prefix": "AWSLogs/"}]}, message) is None
    assert body({"s3Bucket": ["logs"]}, trail_message({})) is None
    assert body({"detail": {"eventName": ["x"]}}, Open.ANYTHING) is None
    assert body({}, Open.ANYTHING) is True


def test_arrays_are_decided_where_aws_leaves_no_doubt() -> None:
    apart = {"d": [{"n": "a", "v": "1"}, {"n": "b", "v": "2"}]}
    assert body({"d": {"n": ["a"], "v": ["1"]}}, apart) is True
    assert body({"d": {"n": ["a"], "v": ["2"]}}, apart) is None
    assert body({"d": {"n": ["a"], "v": ["3"]}}, apart) is False
    assert body({"d": {"n": [{"anything-but": "a"}]}}, apart) is None
    assert body({"d": {"x": [{"exists": False}]}}, apart) is True
    assert body({"d": {"x": [{"exists": False}]}}, {"d": []}) is None
    assert body({"d": {"n": ["a"]}}, {"d": []}) is False
    assert body({"d": [{"anything-but": "a"}]}, {"d": ["a", "b"]}) is None
    assert body({"d": [{"anything-but": "c"}]}, {"d": ["a", "b"]}) is True
    assert body({"d": ["a"]}, {"d": ["a", {"n": 1}]}) is True
    assert body({"d": [{"exists": True}]}, {"d": [{"n": 1}]}) is None
    assert body({"d": [{"anything-but": "a"}]}, {"d": {"n": 1}}) is None
    assert body({"d": {"n": ["a"]}}, {"d": OneOf(("x", {"n": "a"}))}) is None
    assert body({"d": {"n": ["a"]}}, {"d": Partial()}) is None
