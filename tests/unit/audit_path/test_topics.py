"""What judging takes for a topic of the audit path is always among those that calls are made for."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.audit_path.topics import ALARM_TOPICS, TOPICS
from scanner.audit_path.watching import audit_alarms
from scanner.facts.uses import Look
from scanner.resources import RESOURCES
from scanner.snapshot.answers import Snapshot

AUDIT_TOPIC = RESOURCES["sns.audit_topic"]
"""Imported before the clock runs: what is imported late would count into the first example."""

Make = Callable[..., Snapshot]
ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
ALARMS = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}


def topic(name: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"


def stat(name: str, **besides: str) -> Mapping[str, Any]:
    return query({"Namespace": "audit", "MetricName": name}, **besides)


def query(metric: Mapping[str, Any], **besides: str) -> Mapping[str, Any]:
    return {"Metrics": [{"Id": "m", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, **besides}]}


def incoming(group: str) -> Mapping[str, Any]:
    dimensions = [{"Name": "LogGroupName", "Value": group}]
    return {"Namespace": "AWS/Logs", "MetricName": "IncomingLogEvents", "Dimensions": dimensions}


WATCHING: tuple[Mapping[str, Any], ...] = (
    {"Namespace": "audit", "MetricName": "changes"},
    {"Namespace": "audit", "MetricName": "nothing"},
    stat("changes"),
    stat("changes", AccountId=ACCOUNT),
    stat("changes", AccountId=OTHER),
    incoming("audit"),
    incoming("central"),
    query(incoming("central"), AccountId=OTHER),
    incoming("other"),
    {},
)
RULES = ("ALARM(a0)", "ALARM(a1) OR ALARM(c0)", "ALARM(c1) AND NOT ALARM(a2)", "ALARM(elsewhere)", "odd (", "")


def account_with(make_snapshot: Make, metric: list[Mapping[str, Any]], composite: list[str]) -> Snapshot:
    def trail(name: str, group: str, owner: str) -> Mapping[str, str]:
        destination = f"arn:aws:logs:{REGION}:{owner}:log-group:{group}:*"
        arn = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{name}"
        return {"Name": name, "TrailARN": arn, "HomeRegion": REGION, "CloudWatchLogsLogGroupArn": destination}

    def alarm(name: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"AlarmName": name, "AlarmActions": [topic(name)], **members}

    trails = [trail("own", "audit", ACCOUNT), trail("foreign", "central", OTHER)]
    changes = {"metricNamespace": "audit", "metricName": "changes", "metricValue": "1"}
    plain = [alarm(f"a{number}", members) for number, members in enumerate(metric)]
    above = [alarm(f"c{number}", {"AlarmRule": rule}) for number, rule in enumerate(composite)]
    return make_snapshot(
        (REGION, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": trails}),
        (
            REGION,
            "logs.DescribeMetricFilters",
            {"logGroupName": "audit"},
            {"metricFilters": [{"filterName": "f", "metricTransformations": [changes]}]},
        ),
        (REGION, "cloudwatch.DescribeAlarms", ALARMS, {"MetricAlarms": plain, "CompositeAlarms": above}),
    )


def asked(snapshot: Snapshot) -> set[str]:
    return {thing.facts["topic"] for thing in ALARM_TOPICS.found(Look(snapshot, ACCOUNT))}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.sampled_from(WATCHING), max_size=4), st.lists(st.sampled_from(RULES), max_size=4))
def test_the_topics_of_every_alarm_that_is_judged_are_asked_about(
    make_snapshot: Make, metric: list[Mapping[str, Any]], composite: list[str]
) -> None:
    snapshot = account_with(make_snapshot, metric, composite)
    for alarm, _ in audit_alarms(snapshot, ACCOUNT).notifying():
        assert {action.target for action in alarm.actions} <= asked(snapshot)
    judged = {row.id for row in AUDIT_TOPIC.view(snapshot, ACCOUNT).rows}
    assert judged <= {thing.facts["topic"] for thing in TOPICS.found(Look(snapshot, ACCOUNT))}


@pytest.mark.parametrize("number", range(len(WATCHING)))
def test_alarms_that_may_notify(make_snapshot: Make, number: int) -> None:
    """Those of other accounts too, when their metric or log group is called as one of the audit path."""
    assert bool(asked(account_with(make_snapshot, [WATCHING[number]], []))) is (number in {0, 2, 3, 4, 5, 6, 7})


def test_every_composite_alarm_may_notify(make_snapshot: Make) -> None:
    assert asked(account_with(make_snapshot, [], ["ALARM(elsewhere)"])) == {topic("c0")}


def test_the_topic_of_a_trail_whose_arn_is_not_one(make_snapshot: Make) -> None:
    """Judging takes such a trail for the account's own, so its topic is asked about."""
    trails = {"trailList": [{"TrailARN": "main", "HomeRegion": REGION, "SnsTopicARN": topic("files")}]}
    listing = (REGION, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, trails)
    snapshot = make_snapshot(listing)
    assert [row.id for row in RESOURCES["sns.audit_topic"].view(snapshot, ACCOUNT).rows] == [topic("files")]
    assert [thing.facts["topic"] for thing in TOPICS.found(Look(snapshot, ACCOUNT))] == [topic("files")]
