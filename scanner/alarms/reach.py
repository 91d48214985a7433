"""Whether an alarm can enter ALARM on a number of occurrences of what a metric filter counts.

The question is decided by trying: every way the metric can look without an occurrence (nothing published, or the
filters' default values) must leave the alarm quiet, and every way it can look with the occurrences in one period
must put the datapoint over the threshold. Sources: CloudWatch User Guide, "Alarm evaluation" and "Configuring how
CloudWatch alarms treat missing data"; CloudWatch API reference, ``MetricAlarm``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from scanner.alarms.alarm import Alarm, MetricQuery, MetricStat
from scanner.alarms.counting import counted
from scanner.alarms.datapoints import (
    Scenario,
    UndecidableStatisticError,
    burst_scenarios,
    quiet_scenarios,
    samples_needed,
    series_point,
)
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.metric_math import Point, UndecidableMathError, evaluate_math


class AlarmVerdict(StrEnum):
    """Whether an alarm can enter ALARM."""

    CAN = "can"
    CANNOT = "cannot"
    UNDETERMINED = "undetermined"


_OPERATORS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": (">=", lambda value, threshold: value >= threshold),
    "GreaterThanThreshold": (">", lambda value, threshold: value > threshold),
    "LessThanThreshold": ("<", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": ("<=", lambda value, threshold: value <= threshold),
}

_MINUTE, _DAY = 60, 86400
_FILL = re.compile(r"\bFILL\s*\(")


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether the alarm can enter ALARM. ``reason`` is a clause about the alarm ("it needs 2 datapoints …")."""

    verdict: AlarmVerdict
    reason: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Series:
    """One metric an alarm reads. ``known``: every filter that could publish it is known here."""

    id: str
    publishers: tuple[PublishedMetric, ...]
    known: bool
    statistic: str
    period: int
    unit: str


@dataclass(frozen=True, slots=True)
class _Watched:
    """What an alarm watches: metrics, expressions by Id, and the Id that is compared with the threshold."""

    series: tuple[_Series, ...]
    expressions: Mapping[str, str]
    result: str

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple({metric.group for series in self.series for metric in series.publishers})


@dataclass(frozen=True, slots=True)
class _Threshold:
    """``holds`` says whether a datapoint breaches; ``words`` is ``>= 1``."""

    words: str
    holds: Callable[[float], bool]


class _UndeterminedError(ValueError):
    """The alarm is of a kind whose state these facts do not decide; the message is a clause about it."""


class _CannotError(ValueError):
    """The alarm cannot enter ALARM; the message is a clause about it."""


def watches(alarm: Alarm, metric: PublishedMetric) -> bool:
    """Whether an alarm reads this metric of its own account, alone or as a metric of its math expression."""
    return any(metric.is_called(named) for named in alarm.own_metrics)


def queries(alarm: Alarm, metric: PublishedMetric) -> bool:
    """Whether the text of a Metrics Insights query (``SELECT … FROM …``) of an alarm names this metric."""
    for query in alarm.queries:
        text = query.expression or ""
        if metric.name in text and metric.namespace in text and text.lstrip().upper().startswith("SELECT"):
            return True
    return False


def can_enter_alarm(
    alarm: Alarm,
    burst: PublishedMetric,
    publishers: Sequence[PublishedMetric] = (),
    *,
    occurrences: int = 1,
    max_period: int | None = None,
) -> Reach:
    """Whether the alarm enters ALARM when ``burst``'s filter matches ``occurrences`` events (or more) in one period.

    ``alarm`` is a metric alarm; ``publishers`` are all metrics published by metric filters of its account and Region
    (``burst`` may be among them); ``max_period`` bounds the alarm's period in seconds. A burst gives one datapoint,
    so an alarm that needs two never counts, whatever CloudWatch may do early with missing data. "can" is only said
    when proven.
    """
    if alarm.unsettled is not None:
        return Reach(AlarmVerdict.UNDETERMINED, f"a setting of it is not known: {alarm.unsettled.reason}")
    try:
        threshold = _threshold(alarm)
        watched = _watched(alarm, burst, tuple(publishers))
        _check_settings(alarm, watched, occurrences, max_period)
        quiet = _quiet_points(watched, burst, threshold)
        _check_burst(watched, burst, threshold, occurrences)
        warnings = (*_check_missing(alarm, quiet, computed=bool(watched.expressions)), *_remarks(alarm))
        _check_clock(alarm, watched, occurrences)
        _check_units(watched)
        _check_filling(alarm, watched)
    except _CannotError as error:
        return Reach(AlarmVerdict.CANNOT, str(error))
    except (_UndeterminedError, UndecidableMathError, UndecidableStatisticError) as error:
        return Reach(AlarmVerdict.UNDETERMINED, str(error))
    return Reach(
        AlarmVerdict.CAN,
        f"{_events(occurrences)} in one period {'puts' if occurrences == 1 else 'put'} it in ALARM",
        warnings,
    )


def _watched(alarm: Alarm, burst: PublishedMetric, publishers: tuple[PublishedMetric, ...]) -> _Watched:
    if not watches(alarm, burst):
        raise _CannotError(f"it does not watch the metric {burst.namespace}/{burst.name}")
    everyone = publishers if burst in publishers else (burst, *publishers)
    series: list[_Series] = []
    expressions: dict[str, str] = {}
    for query in alarm.queries:
        if query.stat is not None:
            series.append(_series(query, query.stat, everyone))
        elif query.expression is not None:
            expressions[query.id] = query.expression
    results = [query.id for query in alarm.queries if query.returned]
    if len(results) != 1 or alarm.band:
        raise _UndeterminedError("it compares with a band or with several results, which these facts do not decide")
    return _Watched(tuple(series), expressions, results[0])


def _series(query: MetricQuery, stat: MetricStat, everyone: tuple[PublishedMetric, ...]) -> _Series:
    if stat.period is None:
        raise _UndeterminedError("it names no period")
    named = stat.metric if query.own else None
    publishers = [metric for metric in everyone if named is not None and metric.is_called(named)]
    return _Series(
        id=query.id,
        # An alarm that names a unit sees only what was published with that unit.
        publishers=tuple(metric for metric in publishers if stat.unit in {"", metric.unit}),
        known=bool(publishers),
        statistic=stat.statistic,
        period=stat.period,
        unit=stat.unit,
    )


def _threshold(alarm: Alarm) -> _Threshold:
    operator, value = _OPERATORS.get(alarm.comparison), alarm.threshold
    if operator is None or value is None:
        raise _UndeterminedError("it compares with a band or query result, which these facts do not decide")
    sign, compare = operator
    return _Threshold(f"{sign} {value:g}", lambda point: compare(point, value))


def _check_settings(alarm: Alarm, watched: _Watched, occurrences: int, max_period: int | None) -> None:
    """Everything that rules the alarm out whatever the datapoints are."""
    if alarm.evaluation_state == "EVALUATION_ERROR":
        raise _CannotError("CloudWatch reports that it cannot be evaluated (EVALUATION_ERROR)")
    longest = alarm.longest_period
    if max_period is not None and longest > max_period:
        raise _CannotError(f"its period of {longest} seconds is longer than the {max_period} seconds allowed")
    if alarm.needed is None:
        raise _UndeterminedError("it does not say how many datapoints it needs")
    if alarm.needed > 1:
        raise _CannotError(f"it needs {alarm.needed} datapoints over its threshold, and a burst gives one")
    for series in watched.series if alarm.ignores_few_samples else ():
        fewest = samples_needed(series.statistic)
        if fewest > occurrences:
            raise _CannotError(f"it ignores {series.statistic} of fewer than {fewest} values")


class _Points:
    """The datapoints of one alarm in one scenario, by Id."""

    def __init__(self, watched: _Watched, burst: PublishedMetric, scenario: Scenario) -> None:
        self._burst = burst
        self._scenario = scenario
        self._watched = watched
        self._metrics = tuple(series.id for series in watched.series)
        self._open: list[str] = []
        self._by_id: dict[str, Callable[[], Point]] = {}
        for series in watched.series:
            self._by_id[series.id] = partial(self._metric, series)
        for name in watched.expressions:
            self._by_id[name] = partial(self._expression, name)

    def result(self) -> Point:
        """What the alarm compares with its threshold."""
        compute = self._by_id.get(self._watched.result)
        if compute is None:
            raise _UndeterminedError("it compares something with its threshold that these facts do not decide")
        return compute()

    def _metric(self, series: _Series) -> Point:
        if not series.known:
            raise _UndeterminedError(f"it also reads a metric ({series.id}) that no audit metric filter publishes")
        return series_point(series.publishers, self._burst, series.statistic, series.period, self._scenario)

    def _expression(self, name: str) -> Point:
        if name in self._open:
            raise UndecidableMathError(f"the math expression {name} is defined by itself")
        self._open.append(name)
        point = evaluate_math(self._watched.expressions[name], self._by_id, self._metrics)
        self._open.remove(name)
        return point


def _quiet_points(watched: _Watched, burst: PublishedMetric, threshold: _Threshold) -> tuple[Point, ...]:
    """Every datapoint the alarm can see without an occurrence; ``_CannotError`` when one keeps it in ALARM."""
    points: list[Point] = []
    for scenario in quiet_scenarios(watched.groups):
        point = _Points(watched, burst, scenario).result()
        if point is not None and threshold.holds(point):
            raise _CannotError(f"it is in ALARM without any event: the value {point:g} is {threshold.words} already")
        points.append(point)
        if watched.expressions and not any(scenario.busy.values()):
            points.append(None)  # FILL has nothing to fill while no metric has a single datapoint
    return tuple(points)


def _check_burst(watched: _Watched, burst: PublishedMetric, threshold: _Threshold, occurrences: int) -> None:
    """The datapoint of the burst must breach in every scenario, for this many occurrences and for more."""
    counts = (occurrences, occurrences + 1, occurrences + 1000)
    undecided = ""
    for scenario in burst_scenarios(watched.groups, burst.group, counts):
        try:
            _check_point(watched, threshold, scenario, _Points(watched, burst, scenario).result())
        except (_UndeterminedError, UndecidableMathError, UndecidableStatisticError) as error:
            undecided = undecided or str(error)
    if undecided:
        raise _UndeterminedError(undecided)
    diluted = burst_scenarios(watched.groups, burst.group, counts, diluted=True)
    if not _breaches(watched, burst, threshold, diluted):
        raise _UndeterminedError("the filter's default value may dilute its statistic below the threshold")
    for company in (1, 1000):
        joined = burst_scenarios(watched.groups, burst.group, counts, company=company)
        if not _breaches(watched, burst, threshold, joined):
            raise _UndeterminedError("other metric filters feed it too, and what they count may hide the events")


def _check_point(watched: _Watched, threshold: _Threshold, scenario: Scenario, point: Point) -> None:
    if point is None:
        raise _CannotError(f"{_give(scenario)} it no datapoint{_unit_hint(watched)}")
    if not threshold.holds(point):
        raise _CannotError(f"{_give(scenario)} {_value(watched, point)}, and it needs {threshold.words}")


def _breaches(watched: _Watched, burst: PublishedMetric, threshold: _Threshold, scenarios: Iterable[Scenario]) -> bool:
    """Whether the datapoint breaches in each of these scenarios."""
    points = (_Points(watched, burst, scenario).result() for scenario in scenarios)
    return all(point is not None and threshold.holds(point) for point in points)


def _give(scenario: Scenario) -> str:
    return f"{_events(scenario.occurrences)} {'gives' if scenario.occurrences == 1 else 'give'}"


def _value(watched: _Watched, point: float) -> str:
    if watched.expressions:
        return f"its math expression the value {point:g}"
    series = watched.series[0]
    article = "an" if series.statistic[:1] in "AEIO" else "a"
    return f"{article} {series.statistic} of {point:g} over {series.period} seconds"


def _unit_hint(watched: _Watched) -> str:
    silent = [series.id for series in watched.series if series.known and not series.publishers]
    return ", because it asks for a unit the filter does not publish" if silent else ""


def _check_missing(alarm: Alarm, quiet: Sequence[Point], *, computed: bool) -> tuple[str, ...]:
    """What ``TreatMissingData`` does to an alarm whose metric is silent most of the time."""
    silent = [point is None for point in quiet]
    match alarm.missing_data:
        case "breaching":
            return _breaching(silent, computed=computed)
        case "ignore" if all(silent):
            raise _CannotError(
                "it keeps its state when data is missing, so after its first alarm it never leaves ALARM again"
            )
        case "ignore" | "missing" | "notBreaching":
            return ()
        case treat:
            raise _UndeterminedError(f"it treats missing data in an unknown way ({treat})")


def _breaching(silent: Sequence[bool], *, computed: bool) -> tuple[str, ...]:
    """The remark on an alarm that counts missing data as breaching, when it can enter ALARM nevertheless."""
    if all(silent):
        raise _CannotError("it counts missing data as breaching, so it is in ALARM whenever nothing happens")
    if any(silent) and computed:
        raise _UndeterminedError(
            "it counts missing data as breaching, and whether its expression has data is not known"
        )
    if any(silent):
        return ("missing data counts as breaching: it also goes to ALARM when the log group falls silent",)
    return ()


def _check_clock(alarm: Alarm, watched: _Watched, occurrences: int) -> None:
    """What the length and the beginning of the periods leave open (CloudWatch API reference, ``PutMetricAlarm``)."""
    shortest = min(series.period for series in watched.series)
    if shortest < _MINUTE:
        raise _UndeterminedError(
            f"its period of {shortest} seconds is shorter than the minute for which metric filters publish, so that it "
            "often has no data"
        )
    if alarm.by_the_clock and occurrences > 1:
        raise _UndeterminedError(
            "its periods follow the clock (WallClockWindow), so that the events of one burst may fall into two of them"
        )


def _check_units(watched: _Watched) -> None:
    """An alarm without a unit on a metric of several "behaves unpredictably" (``PutMetricAlarm``, ``Unit``)."""
    for series in watched.series:
        units = sorted({metric.unit for metric in series.publishers})
        if not series.unit and len(units) > 1:
            raise _UndeterminedError(
                f"it names no unit and metric filters publish its metric in several ({', '.join(units)}): AWS does not "
                "say what it does then"
            )


def _check_filling(alarm: Alarm, watched: _Watched) -> None:
    """A value that is filled in for the latest minute hides the event (CloudWatch User Guide, "Metric math", FILL)."""
    filled = any(_FILL.search(text) for text in watched.expressions.values())
    if filled and (alarm.evaluation_periods or 0) * alarm.longest_period <= _MINUTE:
        raise _UndeterminedError(
            "it looks at one minute only, and FILL may give that minute a value before the metric filter does; more "
            "evaluation periods, of which one datapoint is enough, would decide it"
        )


def _remarks(alarm: Alarm) -> tuple[str, ...]:
    remarks: list[str] = []
    if (alarm.evaluation_periods or 0) * alarm.longest_period > _DAY:
        remarks.append("it looks over more than a day, so CloudWatch evaluates it only once an hour")
    if alarm.evaluation_state in {"PARTIAL_DATA", "EVALUATION_FAILURE"}:
        remarks.append(f"CloudWatch reports trouble evaluating it ({alarm.evaluation_state})")
    return tuple(remarks)


def _events(count: int) -> str:
    return counted(count, "event")
