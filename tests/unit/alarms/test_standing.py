"""How alarms act as they are at the time of collection: stuck, warming up, suppressed, or ready."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.alarms.standing import States
from scanner.model import CallKey, Gap, GapKind

NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
GAP = Gap(key=CallKey("1", "r", "cloudwatch.DescribeAlarms"), kind=GapKind.NOT_KNOWN, reason="a plan leaves it open")


def metric(name: str = "changes", **members: Any) -> Alarm:
    facts = {"AlarmName": name, "MetricName": "m", "Namespace": "n", "Period": 300, "StateValue": "OK", **members}
    return read_alarm(facts, "1", "r")


def composite(**members: Any) -> Alarm:
    facts = {"AlarmName": "above", "AlarmRule": "ALARM(changes)", "ActionsSuppressor": "mute", "StateValue": "OK"}
    return read_alarm({**facts, **members}, "1", "r", composite=True)


def stands(alarm: Alarm, *others: Alarm) -> tuple[str, str]:
    found = States([alarm, *others], NOW).standing(alarm, metric())
    return str(found.verdict), found.reason


@pytest.mark.parametrize(
    ("members", "verdict"),
    [
        ({"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-11-19T06:59:59Z"}, "no"),
        ({"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-11-19T07:00:00Z"}, "yes"),
        ({"StateValue": "ALARM", "StateUpdatedTimestamp": "2026-01-01T07:00:00Z"}, "no"),
        ({"StateValue": "ALARM", "StateTransitionedTimestamp": "soon"}, "undetermined"),
        ({"StateValue": "ALARM"}, "undetermined"),
        ({"StateValue": "OK", "StateTransitionedTimestamp": "2026-01-01T07:00:00Z"}, "yes"),
        ({}, "yes"),
    ],
)
def test_an_alarm_that_stays_in_alarm_tells_nobody_of_further_events(members: dict[str, Any], verdict: str) -> None:
    assert stands(metric(**members))[0] == verdict


def test_the_reason_says_since_when() -> None:
    _, reason = stands(metric(StateValue="ALARM", StateTransitionedTimestamp="2026-11-01T07:00:00Z"))
    assert reason == (
        "alarm changes has been in ALARM since 2026-11-01T07:00:00Z, more than 24 hours, and tells nobody of further "
        "events until it has left that state"
    )


WARM = {"WarmUpPeriodDurationInMinutes": 120, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}


@pytest.mark.parametrize(
    ("members", "verdict"),
    [
        ({"WarmUpConfiguration": WARM, "AlarmConfigurationUpdatedTimestamp": "2026-11-20T05:01:00Z"}, "no"),
        ({"WarmUpConfiguration": WARM, "AlarmConfigurationUpdatedTimestamp": "2026-11-20T05:00:00Z"}, "yes"),
        ({"WarmUpConfiguration": WARM}, "yes"),
        (
            {
                "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 120},
                "AlarmConfigurationUpdatedTimestamp": "2026-11-20T06:00:00Z",
            },
            "undetermined",
        ),
        ({"AlarmConfigurationUpdatedTimestamp": "2026-11-20T06:00:00Z"}, "yes"),
    ],
)
def test_an_alarm_that_warms_up_does_not_act(members: dict[str, Any], verdict: str) -> None:
    assert stands(metric(StateValue="INSUFFICIENT_DATA", **members))[0] == verdict
    assert stands(metric(StateValue="OK", **members))[0] == "yes"


@pytest.mark.parametrize(
    ("only_after", "verdict", "reason"),
    [
        (True, "no", "alarm changes is in its warm-up period and does not act before that ends"),
        (
            False,
            "undetermined",
            "alarm changes is in its warm-up period; whether an event ends it earlier is not known",
        ),
    ],
)
def test_an_alarm_that_aws_says_warms_up_does(only_after: bool, verdict: str, reason: str) -> None:
    told = {"WarmUpPeriodDurationInMinutes": 5, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": only_after}
    members = {"EvaluationState": "IN_WARM_UP", "AlarmConfigurationUpdatedTimestamp": "2026-11-20T06:00:00Z"}
    alarm = metric(StateValue="INSUFFICIENT_DATA", WarmUpConfiguration=told, **members)
    assert stands(alarm) == (verdict, reason)


def test_whether_an_alarm_warms_up_may_not_be_known() -> None:
    facts = {"AlarmName": "changes", "StateValue": "INSUFFICIENT_DATA"}
    alarm = read_alarm(facts, "1", "r", unknown={"WarmUpConfiguration": GAP})
    assert stands(alarm) == (
        "undetermined",
        "whether alarm changes is in a warm-up period is not known: a plan leaves it open",
    )


@pytest.mark.parametrize(
    ("above", "mute", "verdict", "words"),
    [
        ({}, {}, "yes", ""),
        ({}, {"StateValue": "INSUFFICIENT_DATA"}, "yes", ""),
        ({}, {"StateValue": "ALARM"}, "no", "composite alarm above does not act: its suppressor mute is in ALARM"),
        (
            {},
            {"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-11-20T06:00:00Z"},
            "no",
            "its suppressor mute is in ALARM, since 2026-11-20T06:00:00Z",
        ),
        ({"ActionsSuppressorWaitPeriod": 300}, {}, "yes", ""),
        (
            {"ActionsSuppressorWaitPeriod": 301},
            {},
            "undetermined",
            "it waits 301 seconds for its suppressor, longer than",
        ),
        (
            {"ActionsSuppressorExtensionPeriod": 3600},
            {"StateTransitionedTimestamp": "2026-11-20T06:30:00Z"},
            "undetermined",
            "mute may have been in ALARM until 2026-11-20T06:30Z, and it waits 3600 seconds after that",
        ),
        ({"ActionsSuppressorExtensionPeriod": 60}, {}, "undetermined", "mute may have been in ALARM until lately"),
        (
            {"ActionsSuppressorExtensionPeriod": 3600},
            {"StateTransitionedTimestamp": "2026-11-20T06:00:00Z"},
            "yes",
            "",
        ),
    ],
)
def test_a_suppressor(above: dict[str, Any], mute: dict[str, Any], verdict: str, words: str) -> None:
    found, reason = stands(composite(**above), metric("mute", **mute))
    assert (found, words in reason) == (verdict, True)


def test_a_suppressor_that_is_not_seen_may_be_in_alarm() -> None:
    reason = "whether composite alarm above acts cannot be told: the state of its suppressor mute is not known"
    assert stands(composite()) == ("undetermined", reason)
    hidden = read_alarm({"AlarmName": "mute"}, "1", "r", unknown={"StateValue": GAP})
    assert stands(composite(), hidden) == ("undetermined", reason)


def test_what_certainly_silences_outweighs_what_may() -> None:
    stuck = composite(StateValue="ALARM", StateTransitionedTimestamp="2026-11-01T07:00:00Z")
    assert stands(stuck)[0] == "no"


@pytest.mark.parametrize(
    ("state", "moved", "since"),
    [
        ("INSUFFICIENT_DATA", "2026-11-01T07:00:00Z", "2026-11-01T07:00:00Z"),
        ("INSUFFICIENT_DATA", "2026-11-20T06:00:00Z", ""),
        ("INSUFFICIENT_DATA", None, "a time that is not told"),
        ("OK", "2026-11-01T07:00:00Z", ""),
    ],
)
def test_since_when_an_alarm_has_had_no_data(state: str, moved: str | None, since: str) -> None:
    alarm = metric(StateValue=state, StateTransitionedTimestamp=moved)
    assert States([], NOW).without_data_since(alarm) == since
