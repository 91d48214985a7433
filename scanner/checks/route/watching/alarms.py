"""The alarm link: which alarms watch the filter's metric, and whether they can enter ALARM as a rule wants.

Source: CloudWatch User Guide, "Alarm evaluation"; the deciding itself is ``scanner.alarms.reach``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.alarms.alarm import Alarm
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.metrics_insights import MetricsInsights
from scanner.alarms.reach import AlarmVerdict, Reach, can_enter_alarm
from scanner.alarms.watched import misread, watches
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.links import ALARM, JudgedLink
from scanner.errors import PatternError
from scanner.model import Outcome
from scanner.pattern import (
    And,
    Compare,
    CoverageVerdict,
    Expr,
    JsonPattern,
    Or,
    Pattern,
    Selector,
    Text,
    covers,
    parse,
)
from scanner.recording.recorded_events import EVERYTHING, Condition, Whole, both

_VERDICTS: Mapping[AlarmVerdict, Outcome] = {
    AlarmVerdict.CAN: Outcome.PASS,
    AlarmVerdict.CANNOT: Outcome.FAIL,
    AlarmVerdict.UNDETERMINED: Outcome.UNKNOWN,
}


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
    metric: PublishedMetric,
    alarms: Sequence[ListedAlarm],
    publishers: Sequence[PublishedMetric],
    firing: Firing,
    pattern: Pattern | None = None,
) -> list[JudgedAlarm]:
    """The alarms that watch a metric, judged; none when no alarm does.

    ``alarms`` are the metric alarms and ``publishers`` the metrics of the filter's account and Region; ``pattern`` is
    what the filter matches.
    """
    judged: list[JudgedAlarm] = []
    for listed in alarms:
        if watches(listed.alarm, metric):
            judged.append(_judged(listed, metric, publishers, firing, pattern))
        elif fault := misread(listed.alarm, metric):
            link = _link(listed, Reach(AlarmVerdict.UNDETERMINED, fault))
            judged.append(JudgedAlarm(listed, link, EVERYTHING, at_once=False))
    return judged


def _judged(
    listed: ListedAlarm,
    metric: PublishedMetric,
    publishers: Sequence[PublishedMetric],
    firing: Firing,
    pattern: Pattern | None,
) -> JudgedAlarm:
    alarm = listed.alarm
    reach = can_enter_alarm(alarm, metric, publishers, occurrences=firing.occurrences, max_period=firing.period)
    if alarm.contributors and reach.verdict is AlarmVerdict.UNDETERMINED:
        # Several events may count in several time series: one event of its own has to be enough for each.
        single = can_enter_alarm(alarm, metric, publishers, max_period=firing.period)
        reach = single if single.verdict is AlarmVerdict.CAN else reach
    first = reach if firing.occurrences == 1 else can_enter_alarm(alarm, metric, publishers)
    link = _link(listed, reach)
    sees, unclear = _dimensions(alarm, metric)
    unclear = unclear or _too_many(reach, metric, pattern) or _dimensionless(alarm, metric, pattern)
    if unclear and link.verdict is Outcome.PASS:
        link = replace(link, verdict=Outcome.UNKNOWN, reason=f"alarm {alarm.name}: {unclear}")
    return JudgedAlarm(listed, link, sees, at_once=first.verdict is AlarmVerdict.CAN)


def _link(listed: ListedAlarm, reach: Reach) -> JudgedLink:
    name = listed.alarm.name
    unsettled = listed.alarm.unsettled
    sources = (listed.source,) if unsettled is None else (listed.source, unsettled.source)
    reason = reach.reason
    if listed.band and reach.verdict is AlarmVerdict.UNDETERMINED:
        reason, sources = f"{reason}; {listed.band}", (*sources, *listed.beside)
    return JudgedLink(ALARM, _VERDICTS[reach.verdict], f"alarm {name}: {reason}", name, sources, reach.warnings)


def _dimensions(alarm: Alarm, metric: PublishedMetric) -> tuple[Condition, str]:
    """What an event must hold to be counted under an alarm's dimensions, and why that is unclear ("" if it is not)."""
    if not metric.dimensions:
        return EVERYTHING, ""
    named = [each.dimensions for each in alarm.metrics if metric.is_called(each)]
    queries = [each for each in alarm.own_insights if each.sees(metric) is not False]
    if queries:
        return _queried(queries, metric.dimensions, alone=not named)
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


def _queried(
    queries: Sequence[MetricsInsights], dimensions: Mapping[str, str], *, alone: bool
) -> tuple[Condition, str]:
    """What an event must hold to be counted by a query, and why that is unclear."""
    if len(queries) > 1 or not alone:
        return EVERYTHING, "it reads its metric in several ways"
    conditions: list[Condition] = []
    for each in queries[0].conditions:
        if each.label not in dimensions:
            continue
        comparison = _comparison(dimensions[each.label], each.value or "", "=" if each.equal else "!=")
        if comparison is None:
            return EVERYTHING, f"which events have the value {each.value!r} of the dimension {each.label} is not known"
        conditions.append(comparison)
    return both(*conditions), ""


def _dimensionless(alarm: Alarm, metric: PublishedMetric, pattern: Pattern | None) -> str:
    """Why a query may not count events that lack a field which gives a dimension; "" when all have them.

    What a metric filter publishes of such an event is documented nowhere.
    """
    if not any(query.sees(metric) for query in alarm.own_insights):
        return ""
    for dimension, selector in sorted((metric.dimensions or {}).items()):
        there = _compared(selector, "=", "*")
        if selector and (there is None or pattern is None or not _all_have(pattern, there)):
            return (
                f"whether events without the field {selector} count in its query (dimension {dimension}) is not known"
            )
    return ""


def _all_have(pattern: Pattern, there: Condition) -> bool:
    found = _pattern_of(there)
    return found is not None and covers(pattern, [found], realistic=True).verdict is CoverageVerdict.COVERED


def _pattern_of(condition: Condition) -> Pattern | None:
    """A pattern for what meets a condition; None for one that everything or nothing meets."""
    return None if isinstance(condition, Whole) else JsonPattern(condition)


def _too_many(reach: Reach, metric: PublishedMetric, pattern: Pattern | None) -> str:
    """Why an alarm may not see each of the time series into which the metric is split; "" when it does."""
    series = 1
    for label in reach.split_by:
        selector = _compared((metric.dimensions or {})[label], "=", "x")
        named = values_of(pattern, selector.selector) if isinstance(selector, Compare) else None
        if named is None:
            kept = f"its query returns a time series for each value of {label}, at most {reach.most_series} of them"
            return f"{kept}, and the filter's pattern does not list the values"
        series *= max(1, len(named))
    if reach.split_by and series > reach.most_series:
        return f"its query returns at most {reach.most_series} time series, and there may be {series}"
    return ""


def values_of(pattern: Pattern | None, selector: Selector) -> frozenset[str] | None:
    """Every value that a field has in the events a pattern matches; None when the pattern does not list them."""
    return _values(pattern.expr, selector) if isinstance(pattern, JsonPattern) else None


def _values(expr: Expr, selector: Selector) -> frozenset[str] | None:
    if isinstance(expr, Compare):
        listed = (
            expr.selector == selector and expr.op == "=" and isinstance(expr.value, Text) and "*" not in expr.value.text
        )
        return frozenset({expr.value.text}) if listed and isinstance(expr.value, Text) else None
    if not isinstance(expr, And | Or):
        return None
    parts = [_values(part, selector) for part in expr.parts]
    known = [part for part in parts if part is not None]
    if isinstance(expr, And):
        return min(known, key=len, default=None)
    return frozenset().union(*known) if len(known) == len(parts) else None


def _comparison(selector: str, value: str, op: str = "=") -> Condition | None:
    """``selector = value``; None when the selector is not one of the JSON patterns or the value holds a wildcard."""
    return None if "*" in value else _compared(selector, op, value)


def _compared(selector: str, op: str, value: str) -> Condition | None:
    if not selector.startswith("$."):
        return None
    try:
        pattern = parse(f"{{ {selector} = x }}")
    except PatternError:
        return None
    if isinstance(pattern, JsonPattern) and isinstance(pattern.expr, Compare):
        return Compare(pattern.expr.selector, op, Text(value))
    return None


def _asks_for(alarm: Alarm, name: str) -> bool:
    return any(query.name == name for query in alarm.insights)


def _alike(one: str, other: str) -> bool:
    """Whether one name may have been meant for the other: letter case and blanks are easily got wrong."""
    return one.strip().lower() == other.strip().lower()


def _accounts(alarm: Alarm) -> str:
    """The other accounts whose metrics an alarm reads, in words."""
    accounts = sorted(alarm.foreign_accounts)
    return f"account{'s' if len(accounts) > 1 else ''} {' and '.join(accounts)}" if accounts else "another account"


def no_alarm(metric: PublishedMetric, alarms: Sequence[ListedAlarm], region: str) -> JudgedLink:
    """The alarm link of a metric that no alarm watches, naming the nearest miss."""
    reason = f"no alarm in {region} watches the metric {metric.namespace}/{metric.name}"
    near = [(each, named) for each in alarms for named in each.alarm.metrics if _alike(named.name, metric.name)]
    asking = [each for each in alarms if _asks_for(each.alarm, metric.name)]
    if asking and not near:
        name = asking[0].alarm.name
        miss = f"the query of alarm {name} asks for another namespace, account or set of dimensions"
        return JudgedLink(ALARM, Outcome.FAIL, f"{reason}: {miss}", name, (asking[0].source,))
    if not near:
        return JudgedLink(ALARM, Outcome.FAIL, reason)
    # An alarm on the right metric with other dimensions is nearer than one in another namespace.
    listed, named = min(near, key=lambda pair: (pair[1].name != metric.name, pair[1].namespace != metric.namespace))
    alarm = listed.alarm.name
    if (named.namespace, named.name) != (metric.namespace, metric.name):
        miss = f"alarm {alarm} watches {named.namespace}/{named.name}"
    elif metric.is_called(named):
        miss = f"alarm {alarm} reads the metric of that name in {_accounts(listed.alarm)}"
    else:
        miss = f"alarm {alarm} names other dimensions than the filter publishes and sees no data"
    return JudgedLink(ALARM, Outcome.FAIL, f"{reason}: {miss}", alarm, (listed.source,))
