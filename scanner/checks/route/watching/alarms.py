"""The alarm link: which alarms watch the filter's metric, and whether they can enter ALARM as a rule wants.

Source: CloudWatch User Guide, "Alarm evaluation"; the deciding itself is ``scanner.alarms.reach``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.alarms.metric import PublishedMetric, dimension_values
from scanner.alarms.reach import AlarmVerdict, Reach, can_enter_alarm, metric_queries, queries, watches
from scanner.checks.route.links import ALARM, Step
from scanner.errors import PatternError
from scanner.facts.rows import Row
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

    row: Row
    step: Step
    sees: Condition
    at_once: bool


@dataclass(frozen=True, slots=True)
class Firing:
    """When a rule wants alarms to be able to fire: at ``occurrences`` events, over at most ``period`` seconds."""

    occurrences: int
    period: int


def judged_alarms(
    metric: PublishedMetric, alarms: Sequence[Row], publishers: Sequence[PublishedMetric], firing: Firing
) -> list[JudgedAlarm]:
    """The alarms that watch a metric, judged; none when no alarm does.

    ``alarms`` are the metric alarms and ``publishers`` the metrics of the filter's account and Region.
    """
    judged: list[JudgedAlarm] = []
    for row in alarms:
        if watches(row.data, metric):
            reach = can_enter_alarm(
                row.data, metric, publishers, occurrences=firing.occurrences, max_period=firing.period
            )
            first = reach if firing.occurrences == 1 else can_enter_alarm(row.data, metric, publishers)
            judged.append(_judged(row, metric, reach, at_once=first.verdict is AlarmVerdict.CAN))
        elif queries(row.data, metric):
            judged.append(_judged(row, metric, _QUERY, at_once=False))
    return judged


def _judged(row: Row, metric: PublishedMetric, reach: Reach, *, at_once: bool) -> JudgedAlarm:
    name = str(row.data.get("AlarmName") or row.id)
    verdict, reason = _VERDICTS[reach.verdict], f"alarm {name}: {reach.reason}"
    sees, unclear = _dimensions(row.data, metric)
    if unclear and verdict is Outcome.PASS:
        verdict, reason = Outcome.UNKNOWN, f"alarm {name}: {unclear}"
    step = Step(ALARM, verdict, reason, name, row.sources, reach.warnings)
    return JudgedAlarm(row, step, sees, at_once)


def _dimensions(alarm: Mapping[str, Any], metric: PublishedMetric) -> tuple[Condition, str]:
    """What an event must hold to be counted under the dimensions an alarm names, and why that is unclear ("" if not)."""
    if not metric.dimensions or not watches(alarm, metric):
        return EVERYTHING, ""
    named = [
        dimension_values(item.get("Dimensions"))
        for item in _named_metrics(alarm)
        if metric.watched_by(item.get("Namespace"), item.get("MetricName"), item.get("Dimensions"))
    ]
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


def no_alarm(metric: PublishedMetric, alarms: Sequence[Row], region: str) -> Step:
    """The alarm link of a metric that no alarm watches, naming the nearest miss."""
    reason = f"no alarm in {region} watches the metric {metric.namespace}/{metric.name}"
    near = [(row, item) for row in alarms for item in _named_metrics(row.data) if item.get("MetricName") == metric.name]
    if not near:
        return Step(ALARM, Outcome.FAIL, reason)
    # An alarm on the right metric with other dimensions is nearer than one in another namespace.
    row, item = min(near, key=lambda pair: pair[1].get("Namespace") != metric.namespace)
    alarm = str(row.data.get("AlarmName") or row.id)
    if item.get("Namespace") != metric.namespace:
        miss = f"alarm {alarm} watches {item.get('Namespace')}/{metric.name}"
    else:
        miss = f"alarm {alarm} names other dimensions than the filter publishes and sees no data"
    return Step(ALARM, Outcome.FAIL, f"{reason}: {miss}", alarm, row.sources)


def _named_metrics(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every metric an alarm names, as AWS's ``Metric``."""
    stats = [query.get("MetricStat") for query in metric_queries(alarm)]
    named = [stat.get("Metric") for stat in stats if isinstance(stat, Mapping)]
    return [item for item in named if isinstance(item, Mapping)]
