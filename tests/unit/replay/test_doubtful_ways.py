"""What keeps events from filters, values from alarms and alarms from people, where a whole route would tell."""

from dataclasses import replace
from typing import Any

import pytest

from scanner.alarms.alarm import Alarm
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.muting.rules import read_mute_rule
from scanner.replay.alarming.acting import Verdict
from scanner.replay.deployment.deployed import DeployedMute, Deployment, Watch
from scanner.replay.evaluation.clock import clock
from scanner.replay.reasons import Reason
from scanner.times import read_time
from tests.unit.replay.deployments import GROUP, REGION, a_filter, alarm, deployed, log_file, record, replayed, trail

AFAR = "444455556666"
LATER = int(read_time("2026-11-20T08:00:00Z").timestamp()) // 60
FAILED = "trail main cannot deliver to CloudWatch Logs: AccessDenied"
PERHAPS = "trail main may not deliver to CloudWatch Logs"
PIPED = "telemetry pipeline p may change the events"


def verdict(deployment: Deployment, *more: Any) -> tuple[Verdict | None, Reason | None, str]:
    (route,) = replayed(deployment, log_file(record()), *more).routes
    found = route.silences[0] if route.silences else None
    return route.verdict, found.reason if found else None, found.why if found else ""


def test_a_trail_that_cannot_deliver_tells_nobody() -> None:
    found = verdict(deployed(trails=[trail(undelivered=FAILED)]))
    assert found == (Verdict.SILENT, Reason.UNDELIVERED, FAILED)
    beside = trail(name="second", arn=f"{trail().arn}2")
    assert verdict(deployed(trails=[trail(undelivered=FAILED), beside]))[0] is Verdict.REPORTED


def test_each_trail_brings_the_event_to_the_log_group_by_itself() -> None:
    second = trail(name="second", arn=f"{trail().arn}2")
    twice = alarm(Threshold=2.0)
    assert verdict(deployed(twice))[1] is Reason.THRESHOLD
    assert verdict(deployed(twice, trails=[trail(), second]))[0] is Verdict.REPORTED
    for other in (replace(second, group=""), replace(second, undelivered=FAILED)):
        assert verdict(deployed(twice, trails=[trail(), other]))[1] is Reason.THRESHOLD
    assert verdict(deployed(twice, trails=[trail(), replace(second, unknown="denied")]))[0] is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("deployment", "why"),
    [
        (deployed(trails=[trail(undelivered_perhaps=PERHAPS)]), PERHAPS),
        (deployed(group={"piped": PIPED}), PIPED),
        (deployed(group={"piped": PIPED}, filters=[]), PIPED),
    ],
    ids=["overdue", "a pipeline", "a pipeline without a filter"],
)
def test_what_may_not_arrive_is_not_known(deployment: Deployment, why: str) -> None:
    found, _, told = verdict(deployment)
    assert (found, told) == (Verdict.UNKNOWN, why)


ZERO = PublishedMetric("Audit", "Changes", 1.0, default=0.0, group=GROUP)
OF_A_FIELD = a_filter("{ $.eventName = * }", name="bytes", value=("additionalEventData", "bytes"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Statistic": "Maximum"}, Verdict.REPORTED),
        ({"Statistic": "SampleCount"}, Verdict.REPORTED),
        ({"Statistic": "Sum"}, Verdict.UNKNOWN),  # a value below 0 takes away
        ({"Statistic": "Average"}, Verdict.UNKNOWN),
        ({"Statistic": "Minimum"}, Verdict.UNKNOWN),
        ({"ComparisonOperator": "LessThanOrEqualToThreshold", "Statistic": "Maximum"}, Verdict.UNKNOWN),
    ],
)
def test_a_value_that_is_not_known_may_hide_others(changes: dict[str, Any], expected: Verdict) -> None:
    assert verdict(deployed(alarm(**changes), filters=[a_filter(), OF_A_FIELD]))[0] is expected


def test_what_may_be_recorded_beside_only_adds_to_a_sum() -> None:
    second = trail(name="second", arn=f"{trail().arn}2", unknown="what trail second records is not known: denied")
    other = log_file(record(2, recipientAccountId=AFAR), end="b")
    reads = [trail(), replace(second, members=frozenset({AFAR}))]
    assert verdict(deployed(trails=reads), other)[0] is Verdict.UNKNOWN  # the worst of two records
    (route,) = replayed(deployed(trails=reads), log_file(record()), other).routes
    assert route.counts[Verdict.REPORTED] == 1
    (route,) = replayed(deployed(alarm(Statistic="Average"), trails=reads), log_file(record()), other).routes
    assert Verdict.REPORTED not in route.counts


def math(expression: str, **changes: Any) -> Alarm:
    named = {"Namespace": "Audit", "MetricName": "Changes"}
    told = {"Id": "m1", "MetricStat": {"Metric": named, "Period": changes.pop("every", 300), "Stat": "Sum"}}
    single = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period", "Dimensions"))
    listed = [{**told, "ReturnData": False}, {"Id": "e", "Expression": expression, "ReturnData": True}]
    return alarm(**single, Metrics=listed, **changes)


@pytest.mark.parametrize(
    ("watching", "filters", "why"),
    [
        (math("FILL(m1, 0)", every=60), [a_filter()], "looks at one minute only, and FILL may give that a value"),
        (math("FILL(m1, 0)", TreatMissingData="ignore"), [a_filter()], "what FILL gives it then is not documented"),
        (
            alarm(),
            [a_filter(), a_filter(name="counts", metric=replace(ZERO, unit="Count"))],
            "it names no unit, and metric filters publish its metric in several (Count, None)",
        ),
    ],
    ids=["one minute", "ignore", "units"],
)
def test_what_aws_leaves_open_is_not_told(watching: Alarm, filters: list[Any], why: str) -> None:
    found, _, told = verdict(deployed(watching, filters=filters))
    assert found is Verdict.UNKNOWN
    assert why in told
    assert verdict(deployed(math("FILL(m1, 0)")))[0] is Verdict.REPORTED


def afar(**changes: Any) -> Alarm:
    """An alarm of another account on a metric of this one."""
    metric = {"Namespace": "Audit", "MetricName": changes.pop("metric", "Changes")}
    stat = {"Metric": metric, "Period": 300, "Stat": "Sum"}
    single = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period", "Dimensions"))
    query = {"Id": "m1", "AccountId": "111122223333", "MetricStat": stat, "ReturnData": True}
    made = alarm(AlarmName="afar", AlarmArn=f"arn:aws:cloudwatch:{REGION}:{AFAR}:alarm:afar", **single, Metrics=[query])
    return replace(made, account=AFAR)


@pytest.mark.parametrize(
    ("watch", "watching", "expected"),
    [
        ({"seen_from": frozenset({AFAR})}, afar(), Verdict.UNKNOWN),
        ({"seen_from": frozenset({AFAR})}, afar(metric="Others"), Verdict.SILENT),
        ({}, afar(), Verdict.SILENT),
        ({"seen_perhaps": "account 111122223333 shares its metrics with another"}, afar(), Verdict.UNKNOWN),
    ],
    ids=["seen", "another metric", "not shared", "not looked at"],
)
def test_an_alarm_of_another_account_may_tell(watch: dict[str, Any], watching: Alarm, expected: Verdict) -> None:
    here = deployed(alarm(MetricName="Unread"), watch=watch)
    both = replace(here, watches=(*here.watches, Watch(AFAR, REGION, (watching,))))
    assert verdict(both)[0] is expected
    told = replace(both, watches=(replace(both.watches[0], alarms=(alarm(),)), *both.watches[1:]))
    assert verdict(told)[0] is Verdict.REPORTED


SHOWN: dict[str, Any] = {"watch": {"collected": LATER}}
"""What is collected an hour after the records arrive."""


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2026-11-01T07:00:00Z", Verdict.SILENT),
        ("2026-11-20T01:00:00Z", Verdict.JOINED),
        ("2026-11-20T07:05:30Z", Verdict.REPORTED),  # for this very record
        ("2026-11-20T07:30:00Z", Verdict.REPORTED),
    ],
)
def test_an_alarm_that_is_shown_in_alarm_since_before_tells_nothing_new(since: str, expected: Verdict) -> None:
    states = {"StateValue": "ALARM", "StateTransitionedTimestamp": since}
    found, reason, _ = verdict(deployed(alarm(**states), **SHOWN))
    assert (found, reason is Reason.IN_ALARM) == (expected, expected is not Verdict.REPORTED)
    assert verdict(deployed(alarm(**states)))[0] is Verdict.REPORTED  # collected before the records
    quiet = alarm(**states, Threshold=5.0)
    assert verdict(deployed(quiet, **SHOWN))[1] is Reason.THRESHOLD
    above = alarm(AlarmName="above", MetricName=None, Namespace=None, AlarmRule="ALARM(changes)", **states)
    assert verdict(deployed(alarm(AlarmActions=[]), above, **SHOWN))[0] is expected


def test_an_alarm_that_is_shown_in_alarm_since_an_unknown_time_may_tell_nothing_new() -> None:
    found = verdict(deployed(alarm(StateValue="ALARM"), **SHOWN))
    told = "alarm changes was in ALARM when the snapshot was collected, and since when is not told"
    assert found == (Verdict.UNKNOWN, Reason.IN_ALARM, told)
    assert verdict(deployed(alarm(StateValue="ALARM")))[0] is Verdict.REPORTED  # collected before the records
    assert verdict(deployed(alarm(StateValue="ALARM", ActionsEnabled=False), **SHOWN))[1] is Reason.ACTIONS_OFF


def test_what_joins_an_alarm_that_is_shown_in_alarm_is_no_better() -> None:
    states = {"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-11-01T07:00:00Z"}
    second = log_file(record(2, 2), at="20261120T0707Z", end="b")
    (route,) = replayed(deployed(alarm(**states), **SHOWN), log_file(record()), second).routes
    assert route.counts == {Verdict.SILENT: 2}


def mute(name: str, hour: int, duration: str) -> DeployedMute:
    said = {"Rule": {"Schedule": {"Expression": f"cron(0 {hour} * * *)", "Duration": duration, "Timezone": "UTC"}}}
    targets = {"MuteTargets": {"AlarmNames": ["changes"]}, "Status": "SCHEDULED"}
    made = read_mute_rule(name, {**said, **targets}, read_time("2026-11-20T12:00:00Z"))
    assert made is not None
    return DeployedMute(made)


def test_one_mute_rule_takes_over_from_another() -> None:
    mutes = [mute("first", 7, "PT2H"), mute("second", 8, "PT3H")]
    (route,) = replayed(deployed(alarm(TreatMissingData="ignore"), mutes=mutes), log_file(record())).routes
    assert [clock(each.minute) for each in route.notifications] == ["2026-11-20T11:00Z"]


OF_B = PublishedMetric("Audit", "B", 1.0, group=GROUP)
BOTH = [
    a_filter('{ $.eventName = StopLogging && $.sourceIPAddress = "1.*" }'),
    a_filter('{ $.eventName = StopLogging && $.sourceIPAddress = "2.*" }', name="b", metric=OF_B),
]


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        ("ALARM(changes) AND ALARM(b)", {Verdict.REPORTED: 2}),  # the first waits for the second
        ("ALARM(b)", {Verdict.REPORTED: 1, Verdict.SILENT: 1}),
        ("ALARM(b) AND (ALARM(changes) OR NOT ALARM(changes))", {Verdict.REPORTED: 1, Verdict.SILENT: 1}),
    ],
)
def test_a_composite_alarm_tells_of_what_it_waited_with(rule: str, counts: dict[Verdict, int]) -> None:
    below = alarm(AlarmActions=[]), alarm(AlarmName="b", MetricName="B", AlarmActions=[])
    above = alarm(AlarmName="above", MetricName=None, Namespace=None, AlarmRule=rule)
    first = log_file(record(sourceIPAddress="1.0.0.1"))
    second = log_file(record(2, 2, sourceIPAddress="2.0.0.2"), at="20261120T0707Z", end="b")
    (route,) = replayed(deployed(*below, above, filters=BOTH), first, second).routes
    assert route.counts == counts
