"""A small deployment, changed for each case, and records that meet it."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.alarms.metric import PublishedMetric
from scanner.files.log_source import HeldSource
from scanner.pattern import JsonPattern, parse, parse_event_pattern
from scanner.replay.alarming.acting import Onwards
from scanner.replay.deployment.deployed import (
    DeployedFilter,
    DeployedGroup,
    DeployedMute,
    DeployedRule,
    DeployedTrail,
    Deployment,
    Watch,
)
from scanner.replay.records.arrival import Arrival
from scanner.replay.records.catching import catch_records
from scanner.replay.records.shapes import Route
from scanner.replay.replaying import Replayed, replay

ACCOUNT, REGION = "111122223333", "us-east-1"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:audit"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
SELECTORS = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}


def pattern(text: str) -> JsonPattern:
    parsed = parse(text)
    assert isinstance(parsed, JsonPattern)
    return parsed


ROUTE = Route("route.trail-changes", "Changes of trails", pattern("{ $.eventName = StopLogging }"))


def alarm(**changes: Any) -> Alarm:
    """An alarm that goes off at one event in five minutes."""
    sound = {
        "AlarmName": "changes",
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{changes.get('AlarmName', 'changes')}",
        "Namespace": "Audit",
        "MetricName": "Changes",
        "Dimensions": [],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
    }
    members = {name: value for name, value in {**sound, **changes}.items() if value is not None}
    return read_alarm(members, ACCOUNT, changes.get("Region", REGION), composite="AlarmRule" in changes)


def a_filter(text: str = "{ $.eventName = StopLogging }", **changes: Any) -> DeployedFilter:
    metric = PublishedMetric("Audit", "Changes", 1.0, group=GROUP)
    return replace(DeployedFilter("stops", GROUP, ACCOUNT, REGION, pattern(text), metric), **changes)


def trail(**changes: Any) -> DeployedTrail:
    arn = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
    return replace(DeployedTrail(arn, "main", ACCOUNT, REGION, GROUP, selectors=SELECTORS), **changes)


def deployed(
    *alarms: Alarm,
    filters: Sequence[DeployedFilter] | None = None,
    trails: Sequence[DeployedTrail] | None = None,
    rules: Sequence[DeployedRule] = (),
    mutes: Sequence[DeployedMute] = (),
    group: Mapping[str, Any] | None = None,
    watch: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Deployment:
    every = tuple(filters if filters is not None else (a_filter(),))
    here = DeployedGroup(GROUP, "audit", ACCOUNT, REGION, every, **(group or {}))
    watching = replace(Watch(ACCOUNT, REGION, alarms or (alarm(),), tuple(mutes)), **(watch or {}))
    found = tuple(trails if trails is not None else (trail(),))
    return replace(Deployment(frozenset({ACCOUNT}), found, (here,), (watching,), tuple(rules)), **changes)


def rule(state: str = "ENABLED", **changes: Any) -> DeployedRule:
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/stops"
    wanted = parse_event_pattern({"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}})
    off = "EventBridge rule stops is disabled" if state == "DISABLED" else ""
    made = DeployedRule(arn, "stops", ACCOUNT, REGION, wanted, reads=state not in {"ENABLED", "DISABLED"}, off=off)
    return replace(made, **changes)


def record(number: int = 1, minute: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "accountId": ACCOUNT, "userName": "anna"},
        "eventTime": f"2026-11-20T{7 + minute // 60:02d}:{minute % 60:02d}:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": REGION,
        "requestParameters": {"name": "main"},
        "eventID": f"00000000-0000-4000-8000-{number:012d}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        "managementEvent": True,
        "eventCategory": "Management",
        **changes,
    }


def log_file(*records: Mapping[str, Any], at: str = "20261120T0705Z", end: str = "a") -> HeldSource:
    name = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/11/20/{ACCOUNT}_CloudTrail_{REGION}_{at}_{end}.json.gz"
    return HeldSource(name, gzip.compress(json.dumps({"Records": records}).encode()))


def replayed(
    deployment: Deployment,
    *sources: HeldSource,
    routes: Sequence[Route] = (ROUTE,),
    lag: int | None = None,
    evaluation_range: int | None = None,
    onwards: Onwards | None = None,
) -> Replayed:
    caught = catch_records(deployment, routes, sources, arrival=Arrival(lag))
    return replay(deployment, routes, caught, evaluation_range=evaluation_range, onwards=onwards)
