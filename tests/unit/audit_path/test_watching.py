"""What watches the log groups of trails."""

from typing import Any

import pytest

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.audit_path.watching import heartbeat_groups


def read(members: dict[str, Any]) -> Alarm:
    return read_alarm(members, "111122223333", "us-east-1")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, {"audit"}),
        ({"MetricName": "IncomingBytes"}, {"audit"}),
        ({"MetricName": "ForwardedLogEvents"}, set()),
        ({"Namespace": "Mine"}, set()),
        ({"Dimensions": []}, set()),
        ({"Dimensions": "odd"}, set()),
        ({"Dimensions": [{"Name": "LogGroupName", "Value": {"odd": 1}}]}, {"{'odd': 1}"}),
    ],
)
def test_what_an_alarm_hears_the_heartbeat_of(members: dict[str, Any], expected: set[str]) -> None:
    dimensions = [{"Name": "LogGroupName", "Value": "audit"}]
    heard = {"Namespace": "AWS/Logs", "MetricName": "IncomingLogEvents", "Dimensions": dimensions, **members}
    assert heartbeat_groups(read(heard)) == expected
    query = {"Id": "m", "MetricStat": {"Metric": heard, "Period": 60, "Stat": "Sum"}}
    assert heartbeat_groups(read({"Metrics": [query, "odd", {"Id": "e", "Expression": "m"}]})) == expected
    assert heartbeat_groups(read({"Metrics": [{**query, "AccountId": "999988887777"}]})) == set()
    assert heartbeat_groups(read({"Metrics": [{**query, "AccountId": {"odd": 1}}]})) == set()
