"""An alarm that may have been in its warm-up period: what it would have told of then is not known."""

from typing import Any

import pytest

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.model import CallKey, Gap, GapKind
from scanner.replay.alarming.acting import Verdict
from scanner.replay.alarming.warming import warm_up
from scanner.replay.evaluation.clock import clock
from scanner.replay.reasons import Reason
from tests.unit.replay.deployments import TOPIC, alarm, deployed, log_file, record, replayed

HOURS_2 = {"WarmUpPeriodDurationInMinutes": 120}
CONFIGURED = {"AlarmConfigurationUpdatedTimestamp": "2026-11-20T06:10:30Z"}
"""Records of these tests arrive at 07:05, and the alarm goes into ALARM at 07:06."""

GAP = Gap(key=CallKey("1", "r", "cloudwatch.DescribeAlarms"), kind=GapKind.NOT_KNOWN, reason="a plan leaves it open")


WHY = "it may have been in its warm-up period from 2026-11-20T06:10Z to 2026-11-20T08:10Z, in which it tells nobody"


def warm(**changes: Any) -> Alarm:
    return alarm(**{"WarmUpConfiguration": HOURS_2, **CONFIGURED, **changes})


def outcome(*alarms: Alarm, at: str = "20261120T0705Z") -> tuple[Verdict | None, Reason | None, str]:
    (route,) = replayed(deployed(*alarms), log_file(record(), at=at)).routes
    found = next(iter(route.silences), None)
    return route.verdict, found.reason if found else None, found.why if found else ""


def test_what_an_alarm_tells_while_it_may_warm_up_is_not_known() -> None:
    assert outcome(warm()) == (
        Verdict.UNKNOWN,
        Reason.WARM_UP,
        f"alarm changes: {WHY}",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"WarmUpConfiguration": None},
        {"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 10}},  # over before the record arrives
        {"AlarmConfigurationUpdatedTimestamp": "2026-11-20T09:00:00Z"},  # begins after it
        {"StateValue": "OK", "StateTransitionedTimestamp": "2026-11-20T07:00:00Z"},
        {"StateValue": "OK", "StateTransitionedTimestamp": "2026-11-01T07:00:00Z"},  # an update began none
    ],
)
def test_before_and_after_it_tells(changes: dict[str, Any]) -> None:
    assert outcome(warm(**changes))[0] is Verdict.REPORTED


@pytest.mark.parametrize(
    "changes",
    [
        {"AlarmConfigurationUpdatedTimestamp": None},
        {"WarmUpConfiguration": {"OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}},
        {"StateValue": "INSUFFICIENT_DATA", "StateTransitionedTimestamp": "2026-11-20T06:30:00Z"},
    ],
)
def test_what_is_not_told_of_a_warm_up_period_leaves_it_open(changes: dict[str, Any]) -> None:
    assert outcome(warm(**changes))[:2] == (Verdict.UNKNOWN, Reason.WARM_UP)


def test_a_warm_up_period_that_is_not_known_may_be_at_any_time() -> None:
    found = warm_up(read_alarm({"AlarmName": "changes"}, "1", "r", unknown={"WarmUpConfiguration": GAP}))
    assert found is not None
    assert found.meets(29_000_000, 29_000_001)
    assert found.why == "whether it has a warm-up period is not known: a plan leaves it open"


def test_what_certainly_tells_nobody_stays_silent() -> None:
    assert outcome(warm(ActionsEnabled=False))[:2] == (Verdict.SILENT, Reason.ACTIONS_OFF)
    assert outcome(warm(Threshold=5.0))[:2] == (Verdict.SILENT, Reason.THRESHOLD)


def test_an_alarm_that_went_off_in_its_warm_up_period_may_have_told_nobody_of_what_joins() -> None:
    sources = (log_file(record()), log_file(record(2, 6), at="20261120T0707Z", end="b"))
    (route,) = replayed(deployed(warm(WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 56})), *sources).routes
    assert route.counts == {Verdict.UNKNOWN: 2}


def test_an_alarm_in_alarm_from_the_beginning_may_leave_it_by_warming_up() -> None:
    assert outcome(warm(TreatMissingData="breaching"))[:2] == (Verdict.UNKNOWN, Reason.WARM_UP)


def test_a_composite_alarm_over_one_that_may_warm_up_is_not_known_either() -> None:
    above = alarm(AlarmName="above", AlarmRule="ALARM(changes) AND NOT ALARM(second)")
    below, other = alarm(AlarmActions=[]), warm(AlarmName="second", AlarmActions=[TOPIC])
    verdict, reason, _ = outcome(below, warm(AlarmName="second", AlarmActions=[]), above)
    assert (verdict, reason) == (Verdict.UNKNOWN, Reason.COMPOSITE)
    assert outcome(below, other, above)[0] is Verdict.UNKNOWN


def test_an_alarm_that_cannot_be_evaluated_tells_nothing_for_certain() -> None:
    verdict, reason, why = outcome(alarm(EvaluationState="EVALUATION_ERROR"))
    assert (verdict, reason) == (Verdict.UNKNOWN, Reason.UNTOLD)
    assert why == "alarm changes: CloudWatch reports that it cannot be evaluated (EVALUATION_ERROR)"


def test_the_minutes_are_rounded_outwards() -> None:
    found = warm_up(warm(AlarmConfigurationUpdatedTimestamp="2026-11-20T06:10:30.500Z"))
    assert found is not None
    assert (clock(found.first), clock(found.end)) == ("2026-11-20T06:10Z", "2026-11-20T08:11Z")
