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

from scanner.alarms.alarm import Alarm
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
from scanner.alarms.metric_math import Point, UndecidableMathError, evaluate_math, fills
from scanner.alarms.metrics_insights import RECENT, MetricsInsights
from scanner.alarms.watched import CannotError, Series, UndeterminedError, Watched, read_watched


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

_BANDS = frozenset({"LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"})
"""Comparisons with the band of an anomaly detection model."""

_ADDING = frozenset({"Maximum", "SampleCount", "Sum"})
"""Statistics that no further value above 0 makes smaller."""

_MINUTE, _DAY = 60, 86400

_METRICS = re.compile(r"\bMETRICS\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether the alarm can enter ALARM. ``reason`` is a clause about the alarm ("it needs 2 datapoints …").

    Where it watches one time series for each value of some dimensions, these are ``split_by``, and "can" holds as long
    as there are at most ``most_series`` of them.
    """

    verdict: AlarmVerdict
    reason: str
    warnings: tuple[str, ...] = ()
    split_by: tuple[str, ...] = ()
    most_series: int = 0


@dataclass(frozen=True, slots=True)
class _Threshold:
    """``holds`` says whether a datapoint breaches; ``words`` is ``>= 1``."""

    words: str
    holds: Callable[[float], bool]


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
        watched = read_watched(alarm, burst, tuple(publishers))
        _check_settings(alarm, watched, occurrences, max_period)
        threshold = _threshold(alarm, watched, burst, occurrences)
        quiet = _quiet_points(watched, burst, threshold)
        _check_burst(watched, burst, threshold, occurrences)
        _check_contributors(alarm)
        _check_missing(alarm, quiet, computed=bool(watched.expressions))
        _check_clock(alarm, watched, occurrences)
        _check_units(watched)
        _check_filling(alarm, watched)
        _check_recovery(alarm, watched)
        for series in watched.series:
            _check_query(alarm, series, burst, occurrences)
    except CannotError as error:
        return Reach(AlarmVerdict.CANNOT, str(error))
    except (UndeterminedError, UndecidableMathError, UndecidableStatisticError) as error:
        return Reach(AlarmVerdict.UNDETERMINED, str(error))
    return Reach(
        AlarmVerdict.CAN,
        f"{_events(occurrences)} in one period {'puts' if occurrences == 1 else 'put'} it in ALARM",
        _remarks(alarm),
        *_split(watched),
    )


def _threshold(alarm: Alarm, watched: Watched, burst: PublishedMetric, occurrences: int) -> _Threshold:
    operator, value = _OPERATORS.get(alarm.comparison), alarm.threshold
    if alarm.band or alarm.comparison in _BANDS:
        _check_band(alarm, watched, burst, occurrences)
    if operator is None or value is None:
        raise UndeterminedError("it compares with a band or query result, which these facts do not decide")
    sign, compare = operator
    return _Threshold(f"{sign} {value:g}", lambda point: compare(point, value))


def _check_band(alarm: Alarm, watched: Watched, burst: PublishedMetric, occurrences: int) -> None:
    """What is certain of an alarm on a learned band: that it has data, and is not kept in one state by missing data.

    The band is what a model expects of the metric, learned from up to two weeks of it (CloudWatch User Guide, "Using
    CloudWatch anomaly detection"); how wide it is over a metric that was always 0 is documented nowhere.
    """
    if alarm.comparison == "LessThanLowerThreshold" and _only_rises(watched):
        raise CannotError("it goes to ALARM below the band that it has learned, and events only raise its metric")
    nothing = _Threshold("", lambda _: False)
    quiet = _quiet_points(watched, burst, nothing)
    for scenario in burst_scenarios(watched.groups, burst.group, (occurrences,)):
        if _Points(watched, burst, scenario).result() is None:
            raise CannotError(f"{_give(scenario)} it no datapoint{_unit_hint(watched)}")
    _check_missing(alarm, quiet, computed=bool(watched.expressions))
    raise UndeterminedError(
        "it compares its metric with a band that is learned from the metric's history: whether an event leaves the "
        "band is not decided, and events that become usual do not; an alarm with a fixed threshold would decide it"
    )


def _only_rises(watched: Watched) -> bool:
    """Whether every event adds to what the alarm watches."""
    publishers = [metric for series in watched.series for metric in series.publishers]
    positive = all(
        metric.value > 0 and (metric.default is None or metric.default <= metric.value) for metric in publishers
    )
    return positive and not watched.expressions and all(series.statistic in _ADDING for series in watched.series)


def _check_settings(alarm: Alarm, watched: Watched, occurrences: int, max_period: int | None) -> None:
    """Everything that rules the alarm out whatever the datapoints are."""
    if alarm.evaluation_state == "EVALUATION_ERROR":
        raise CannotError("CloudWatch reports that it cannot be evaluated (EVALUATION_ERROR)")
    longest = alarm.longest_period
    if max_period is not None and longest > max_period:
        raise CannotError(f"its period of {longest} seconds is longer than the {max_period} seconds allowed")
    if alarm.needed is None:
        raise UndeterminedError("it does not say how many datapoints it needs")
    if alarm.needed > 1:
        raise CannotError(f"it needs {alarm.needed} datapoints over its threshold, and a burst gives one")
    for series in watched.series if alarm.ignores_few_samples else ():
        fewest = samples_needed(series.statistic)
        if fewest > occurrences:
            raise CannotError(f"it ignores {series.statistic} of fewer than {fewest} values")


class _Points:
    """The datapoints of one alarm in one scenario, by Id."""

    def __init__(self, watched: Watched, burst: PublishedMetric, scenario: Scenario) -> None:
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
            raise UndeterminedError("it compares something with its threshold that these facts do not decide")
        return compute()

    def _metric(self, series: Series) -> Point:
        if not series.known:
            raise UndeterminedError(f"it also reads a metric ({series.id}) that no audit metric filter publishes")
        if series.query is not None and series.query.groups and series.id != self._watched.result:
            raise UndeterminedError(f"its math expression takes several time series of one query ({series.id})")
        return series_point(series.publishers, self._burst, series.statistic, series.period, self._scenario)

    def _expression(self, name: str) -> Point:
        if name in self._open:
            raise UndecidableMathError(f"the math expression {name} is defined by itself")
        if _METRICS.search(self._watched.expressions[name]) and any(each.query for each in self._watched.series):
            raise UndecidableMathError("whether METRICS() takes in a Metrics Insights query is not documented")
        self._open.append(name)
        point = evaluate_math(self._watched.expressions[name], self._by_id, self._metrics)
        self._open.remove(name)
        return point


def _quiet_points(watched: Watched, burst: PublishedMetric, threshold: _Threshold) -> tuple[Point, ...]:
    """Every datapoint the alarm can see without an occurrence; ``CannotError`` when one keeps it in ALARM."""
    points: list[Point] = []
    for scenario in quiet_scenarios(watched.groups):
        point = _Points(watched, burst, scenario).result()
        if point is not None and threshold.holds(point):
            raise CannotError(f"it is in ALARM without any event: the value {point:g} is {threshold.words} already")
        points.append(point)
        if watched.expressions and not any(scenario.busy.values()):
            points.append(None)  # FILL has nothing to fill while no metric has a single datapoint
    return tuple(points)


def _check_burst(watched: Watched, burst: PublishedMetric, threshold: _Threshold, occurrences: int) -> None:
    """The datapoint of the burst must breach in every scenario, for this many occurrences and for more."""
    counts = (occurrences, occurrences + 1, occurrences + 1000)
    undecided = ""
    for scenario in burst_scenarios(watched.groups, burst.group, counts):
        try:
            _check_point(watched, threshold, scenario, _Points(watched, burst, scenario).result())
        except (UndeterminedError, UndecidableMathError, UndecidableStatisticError) as error:
            undecided = undecided or str(error)
    if undecided:
        raise UndeterminedError(undecided)
    diluted = burst_scenarios(watched.groups, burst.group, counts, diluted=True)
    if not _breaches(watched, burst, threshold, diluted):
        raise UndeterminedError("the filter's default value may dilute its statistic below the threshold")
    for company in (1, 1000):
        joined = burst_scenarios(watched.groups, burst.group, counts, company=company)
        if not _breaches(watched, burst, threshold, joined):
            raise UndeterminedError("other metric filters feed it too, and what they count may hide the events")


def _check_point(watched: Watched, threshold: _Threshold, scenario: Scenario, point: Point) -> None:
    if point is None:
        raise CannotError(f"{_give(scenario)} it no datapoint{_unit_hint(watched)}")
    if not threshold.holds(point):
        raise CannotError(f"{_give(scenario)} {_value(watched, point)}, and it needs {threshold.words}")


def _breaches(watched: Watched, burst: PublishedMetric, threshold: _Threshold, scenarios: Iterable[Scenario]) -> bool:
    """Whether the datapoint breaches in each of these scenarios."""
    points = (_Points(watched, burst, scenario).result() for scenario in scenarios)
    return all(point is not None and threshold.holds(point) for point in points)


def _give(scenario: Scenario) -> str:
    return f"{_events(scenario.occurrences)} {'gives' if scenario.occurrences == 1 else 'give'}"


def _value(watched: Watched, point: float) -> str:
    if watched.expressions:
        return f"its math expression the value {point:g}"
    series = watched.series[0]
    article = "an" if series.statistic[:1] in "AEIO" else "a"
    return f"{article} {series.statistic} of {point:g} over {series.period} seconds"


def _unit_hint(watched: Watched) -> str:
    silent = [series.id for series in watched.series if series.known and not series.publishers]
    return ", because it asks for a unit the filter does not publish" if silent else ""


def _check_missing(alarm: Alarm, quiet: Sequence[Point], *, computed: bool) -> None:
    """What ``TreatMissingData`` does to an alarm whose metric is silent most of the time."""
    silent = [point is None for point in quiet]
    match alarm.missing_data:
        case "breaching":
            _check_breaching(silent, computed=computed)
        case "ignore" if all(silent):
            raise CannotError(
                "it keeps its state when data is missing, so after its first alarm it never leaves ALARM again"
            )
        case "ignore" | "missing" | "notBreaching":
            pass
        case treat:
            raise UndeterminedError(f"it treats missing data in an unknown way ({treat})")


def _check_breaching(silent: Sequence[bool], *, computed: bool) -> None:
    """Whether an alarm that counts missing data as breaching may be in ALARM already when an event arrives.

    A default value is published for the minutes in which log events arrive, and no minute promises one: CloudTrail
    delivers nothing while nothing happens. Sources: CloudWatch Logs User Guide, "Configuring metric values for a metric
    filter"; CloudTrail User Guide, "How CloudTrail works".
    """
    if all(silent):
        raise CannotError("it counts missing data as breaching, so it is in ALARM whenever nothing happens")
    if any(silent) and computed:
        raise UndeterminedError("it counts missing data as breaching, and whether its expression has data is not known")
    if any(silent):
        raise UndeterminedError(
            "it counts missing data as breaching, and a default value is published only while log events arrive, so "
            "that it may be in ALARM already when an event arrives"
        )


def _check_clock(alarm: Alarm, watched: Watched, occurrences: int) -> None:
    """What the length and the beginning of the periods leave open (CloudWatch API reference, ``PutMetricAlarm``)."""
    shortest = min(series.period for series in watched.series)
    if shortest < _MINUTE:
        raise UndeterminedError(
            f"its period of {shortest} seconds is shorter than the minute for which metric filters publish, so that it "
            "often has no data"
        )
    if alarm.by_the_clock and occurrences > 1:
        raise UndeterminedError(
            "its periods follow the clock (WallClockWindow), so that the events of one burst may fall into two of them"
        )


def _check_units(watched: Watched) -> None:
    """An alarm without a unit on a metric of several "behaves unpredictably" (``PutMetricAlarm``, ``Unit``)."""
    for series in watched.series:
        units = sorted({metric.unit for metric in series.publishers})
        if not series.unit and len(units) > 1:
            raise UndeterminedError(
                f"it names no unit and metric filters publish its metric in several ({', '.join(units)}): AWS does not "
                "say what it does then"
            )


def _check_filling(alarm: Alarm, watched: Watched) -> None:
    """A value that is filled in for the latest minute hides the event (CloudWatch User Guide, "Metric math", FILL)."""
    filled = any(map(fills, watched.expressions.values()))
    if filled and (alarm.evaluation_periods or 0) * alarm.longest_period <= _MINUTE:
        raise UndeterminedError(
            "it looks at one minute only, and FILL may give that minute a value before the metric filter does; more "
            "evaluation periods, of which one datapoint is enough, would decide it"
        )


def _check_contributors(alarm: Alarm) -> None:
    """Each of several time series is in ALARM or OK by itself, and exists only while there is data."""
    if alarm.contributors and alarm.missing_data not in {"missing", "notBreaching"}:
        raise UndeterminedError(
            f"it watches several time series and treats missing data as {alarm.missing_data}, and what that does to "
            "each is not documented"
        )


def _check_query(alarm: Alarm, series: Series, burst: PublishedMetric, occurrences: int) -> None:
    """What a Metrics Insights query leaves open (CloudWatch User Guide, the pages on such queries and alarms)."""
    query = series.query
    if query is None:
        return
    if alarm.evaluation_state == "PARTIAL_DATA":
        raise UndeterminedError("its query finds more metrics than are evaluated (PARTIAL_DATA)")
    if (alarm.evaluation_periods or 0) * series.period > RECENT:
        raise UndeterminedError(f"its query sees the latest {RECENT // 3600} hours only, and it looks further back")
    if query.sees(burst) is None:
        raise UndeterminedError("its query asks for a label that the metric does not have, or for tags")
    if not query.one_account and series.statistic not in {"Maximum", "Sum"}:
        raise UndeterminedError(
            "its query takes in metrics of other accounts that share theirs with this one, which may hide the events; "
            "a condition on AWS.AccountId would decide it"
        )
    if query.groups:
        _check_groups(series, query, burst)
    if query.split_by and occurrences > 1:
        raise UndeterminedError(f"{_events(occurrences)} may count in as many time series of its query")


def _check_groups(series: Series, query: MetricsInsights, burst: PublishedMetric) -> None:
    """What the time series of a grouped query leave open: which of them an event counts in, and how many they are."""
    unknown = sorted(set(query.split_by) - (burst.dimensions or {}).keys())
    if unknown:
        raise UndeterminedError(f"its query groups by {', '.join(unknown)}, which the metric does not have")
    if query.split_by and len(series.publishers) > 1:
        raise UndeterminedError("several metric filters feed the time series of its query, and how many is not known")


def _split(watched: Watched) -> tuple[tuple[str, ...], int]:
    """The dimensions by which the result of an alarm is split, and how many time series it may have at most."""
    for series in watched.series:
        if series.query is not None and series.query.split_by:
            return series.query.split_by, series.query.limit
    return (), 0


def _check_recovery(alarm: Alarm, watched: Watched) -> None:
    """An alarm that keeps its state needs a value to leave it, which FILL may not give it while no metric has any."""
    filled = any(map(fills, watched.expressions.values()))
    publishers = (metric for series in watched.series for metric in series.publishers)
    if filled and alarm.missing_data == "ignore" and all(metric.default is None for metric in publishers):
        raise UndeterminedError(
            "it keeps its state when data is missing, and whether FILL gives it a value while its metrics have none is "
            "not documented, so it may never leave ALARM"
        )


def _remarks(alarm: Alarm) -> tuple[str, ...]:
    remarks: list[str] = []
    if (alarm.evaluation_periods or 0) * alarm.longest_period > _DAY:
        remarks.append(
            "it looks over more than a day, so CloudWatch evaluates it only once an hour, and it stays in ALARM as "
            "long after an event and tells nobody of further ones"
        )
    if alarm.evaluation_state in {"PARTIAL_DATA", "EVALUATION_FAILURE"}:
        remarks.append(f"CloudWatch reports trouble evaluating it ({alarm.evaluation_state})")
    return tuple(remarks)


def _events(count: int) -> str:
    return counted(count, "event")
