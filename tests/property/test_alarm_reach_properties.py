"""An alarm that counts as ringing rings in a simulation, minute by minute, however busy its log group is.

The simulation publishes what CloudWatch Logs publishes each minute and evaluates the alarm as CloudWatch documents it:
over a window that slides by a minute, with missing data as "Configuring how CloudWatch alarms treat missing data" says.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.alarms.datapoints import UndecidableStatisticError, statistic
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.reach import AlarmVerdict, can_enter_alarm

GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
MINUTES = 40
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
STATISTICS = ("Sum", "Average", "Maximum", "Minimum", "SampleCount", "p50", "p99", "IQM", "tm90", "TM(2:9)", "PR(1:9)")
HALVES = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0])

metrics = st.builds(
    PublishedMetric,
    namespace=st.just("Audit"),
    name=st.just("Changes"),
    value=st.sampled_from([0.5, 1.0, 1.0, 2.0]),
    default=st.one_of(st.none(), HALVES),
    group=st.just(GROUP),
)


@st.composite
def alarms(draw: st.DrawFn) -> Alarm:
    name, periods = draw(st.sampled_from(STATISTICS)), draw(st.integers(1, 4))
    plain = name in {"Sum", "Average", "Maximum", "Minimum", "SampleCount"}
    told: dict[str, Any] = {
        "AlarmName": "changes",
        "Namespace": "Audit",
        "MetricName": "Changes",
        "Statistic" if plain else "ExtendedStatistic": name,
        "Period": draw(st.sampled_from([60, 180, 300])),
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": draw(st.one_of(st.just(1), st.integers(1, periods))),
        "Threshold": draw(HALVES),
        "ComparisonOperator": draw(st.sampled_from(sorted(COMPARED))),
        "TreatMissingData": draw(st.sampled_from(["missing", "ignore", "breaching", "notBreaching"])),
    }
    return read_alarm(told, "111122223333", "us-east-1")


def state_after(points: Sequence[bool | None], alarm: Alarm, state: str) -> str:
    """The state of an alarm after its evaluation range, oldest first: breaching, not breaching or missing."""
    wanted, needed = alarm.evaluation_periods or 1, alarm.needed or 1
    real = [point for point in points if point is not None]
    if len(real) >= wanted:
        return "ALARM" if sum(real[-wanted:]) >= needed else "OK"
    if alarm.missing_data in {"breaching", "notBreaching"}:
        filled = wanted - len(real) if alarm.missing_data == "breaching" else 0
        return "ALARM" if sum(real) + filled >= needed else "OK"
    if not real:
        return "INSUFFICIENT_DATA" if alarm.missing_data == "missing" else state
    if sum(real) >= needed:
        return "ALARM"
    if not all(real):
        return "OK"
    age = len(points) - points.index(True)
    return "ALARM" if age >= needed and alarm.missing_data == "missing" else state


def published(metric: PublishedMetric, minutes: Sequence[int | None]) -> list[list[tuple[float, int]]]:
    """What a filter publishes in each minute in which it matches so many events; None: no log events at all."""
    default = [(metric.default, 1)] if metric.default is not None else []
    return [[(metric.value, count)] if count else default if count is not None else [] for count in minutes]


def ringing(alarm: Alarm, minutes: Sequence[Sequence[tuple[float, int]]], moment: int) -> tuple[str, bool]:
    """The state just before an event at a moment, and whether it is in ALARM while the event is in its period."""
    query = alarm.queries[0].stat
    assert query is not None
    assert query.period is not None
    length, look_back = query.period // 60, (alarm.evaluation_periods or 1) + 2
    state, before, compare = "INSUFFICIENT_DATA", "", COMPARED[alarm.comparison]
    for now in range(length * look_back, len(minutes)):
        before = state if now == moment else before
        points: list[bool | None] = []
        for back in range(look_back, 0, -1):
            window = minutes[now - back * length + 1 : now - (back - 1) * length + 1]
            value = statistic(query.statistic, [sample for minute in window for sample in minute])
            points.append(None if value is None else compare(value, alarm.threshold or 0.0))
        state = state_after(points, alarm, state)
        if moment <= now < moment + length and state == "ALARM":
            return before, True
    return before, False


minutes = st.lists(st.sampled_from([None, 0, 0, 1, 4]), min_size=MINUTES, max_size=MINUTES)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(alarms(), metrics, st.one_of(st.none(), metrics), minutes, st.integers(30, 33))
def test_an_alarm_that_counts_rings(
    alarm: Alarm, metric: PublishedMetric, other: PublishedMetric | None, active: list[int | None], moment: int
) -> None:
    publishers = (metric, other) if other is not None else (metric,)
    found = can_enter_alarm(alarm, metric, publishers, max_period=3600)
    assume(found.verdict is AlarmVerdict.CAN)
    own = [1 if minute == moment else None if count is None else 0 for minute, count in enumerate(active)]
    samples = published(metric, own)
    if other is not None:
        beside = [0 if minute == moment and count is None else count for minute, count in enumerate(active)]
        pairs = zip(samples, published(other, beside), strict=True)
        samples = [[*mine, *its] for mine, its in pairs]
    try:
        before, rings = ringing(alarm, samples, moment)
    except UndecidableStatisticError:
        return
    assert rings or before == "ALARM", (before, found)
    if alarm.missing_data != "breaching" and other is None:
        assert before != "ALARM", found
