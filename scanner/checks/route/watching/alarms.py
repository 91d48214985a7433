"""The alarm link: which alarms watch the filter's metric, and whether they can enter ALARM as a rule wants.

Source: CloudWatch User Guide, "Alarm evaluation"; the deciding itself is ``scanner.alarms.reach``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.alarms.alarm import Alarm
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.reach import AlarmVerdict, Reach, can_enter_alarm, queries, watches
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.links import ALARM, JudgedLink
from scanner.errors import PatternError
from scanner.model import Outcome
from scanner.pattern import Compare, JsonPattern, Text, parse
from scanner.recording.recorded_events import EVERYTHING, Condition, both

_VERDICTS: Mapping[AlarmVerdict, Outcome] = {
    AlarmVerdict.CAN: Outcome.PASS,
    AlarmVerdict.CANNOT: Outcome.FAIL,
    AlarmVerdict.UNDETERMINED: Outcome.UNKNOWN,
}

_QUERY = Reach(AlarmVerdict.UNDETERMINED, "it watches a Metrics Insights query, which these facts do not decide")


@dataclass(frozen=True, slots=True)
class JudgedAlarm:
    """An alarm over a filter's metric.

    ``sees`` limits the matches to those whose dimensions the alarm names. ``at_once`` says that one event sets it off.
    """

    listed: ListedAlarm
    link: JudgedLink
    sees: Condition
    at_once: bool


@dataclass(frozen=True, slots=True)
class Firing:
    """When a rule wants alarms to be able to fire: at ``occurrences`` events, over at most ``period`` seconds."""

    occurrences: int
    period: int


def judged_alarms(
    metric: PublishedMetric, alarms: Sequence[ListedAlarm], publishers: Sequence[PublishedMetric], firing: Firing
) -> list[JudgedAlarm]:
    """The alarms that watch a metric, judged; none when no alarm does.

    ``alarms`` are the metric alarms and ``publishers`` the metrics of the filter's account and Region.
    """
    judged: list[JudgedAlarm] = []
    for listed in alarms:
        if watches(listed.alarm, metric):
            judged.append(_judged(listed, metric, publishers, firing))
        elif queries(listed.alarm, metric):
            judged.append(JudgedAlarm(listed, _link(listed, _QUERY), EVERYTHING, at_once=False))
    return judged


def _judged(
    listed: ListedAlarm, metric: PublishedMetric, publishers: Sequence[PublishedMetric], firing: Firing
) -> JudgedAlarm:
    alarm = listed.alarm
    reach = can_enter_alarm(alarm, metric, publishers, occurrences=firing.occurrences, max_period=firing.period)
    first = reach if firing.occurrences == 1 else can_enter_alarm(alarm, metric, publishers)
    link = _link(listed, reach)
    sees, unclear = _dimensions(alarm, metric)
    if unclear and link.verdict is Outcome.PASS:
        link = replace(link, verdict=Outcome.UNKNOWN, reason=f"alarm {alarm.name}: {unclear}")
    return JudgedAlarm(listed, link, sees, at_once=first.verdict is AlarmVerdict.CAN)


def _link(listed: ListedAlarm, reach: Reach) -> JudgedLink:
    name = listed.alarm.name
    unsettled = listed.alarm.unsettled
    sources = (listed.source,) if unsettled is None else (listed.source, unsettled.source)
    return JudgedLink(ALARM, _VERDICTS[reach.verdict], f"alarm {name}: {reach.reason}", name, sources, reach.warnings)


def _dimensions(alarm: Alarm, metric: PublishedMetric) -> tuple[Condition, str]:
    """What an event must hold to be counted under an alarm's dimensions, and why that is unclear ("" if it is not)."""
    if not metric.dimensions:
        return EVERYTHING, ""
    named = [each.dimensions for each in alarm.metrics if metric.is_called(each)]
    if any(values != named[0] for values in named):
        return EVERYTHING, "it reads its metric under several dimensions"
    conditions: list[Condition] = []
    for dimension, value in sorted(named[0].items()):
        text = metric.dimensions[dimension]
        comparison = _comparison(text, value)
        if comparison is None:
            return EVERYTHING, f"which events have the value {value!r} of the dimension {dimension} is not known"
        conditions.append(comparison)
    return both(*conditions), ""


def _comparison(selector: str, value: str) -> Condition | None:
    """``selector = value``; None when the selector is not one of the JSON patterns or the value holds a wildcard."""
    if not selector.startswith("$.") or "*" in value:
        return None
    try:
        pattern = parse(f"{{ {selector} = x }}")
    except PatternError:
        return None
    if isinstance(pattern, JsonPattern) and isinstance(pattern.expr, Compare):
        return Compare(pattern.expr.selector, "=", Text(value))
    return None


def no_alarm(metric: PublishedMetric, alarms: Sequence[ListedAlarm], region: str) -> JudgedLink:
    """The alarm link of a metric that no alarm watches, naming the nearest miss."""
    reason = f"no alarm in {region} watches the metric {metric.namespace}/{metric.name}"
    near = [(each, named) for each in alarms for named in each.alarm.metrics if named.name == metric.name]
    if not near:
        return JudgedLink(ALARM, Outcome.FAIL, reason)
    # An alarm on the right metric with other dimensions is nearer than one in another namespace.
    listed, named = min(near, key=lambda pair: pair[1].namespace != metric.namespace)
    alarm = listed.alarm.name
    if named.namespace != metric.namespace:
        miss = f"alarm {alarm} watches {named.namespace}/{metric.name}"
    else:
        miss = f"alarm {alarm} names other dimensions than the filter publishes and sees no data"
    return JudgedLink(ALARM, Outcome.FAIL, f"{reason}: {miss}", alarm, (listed.source,))
