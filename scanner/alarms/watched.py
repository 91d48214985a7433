"""What an alarm watches of what metric filters publish: the series, the expressions over them, and which result counts.

Sources: CloudWatch API reference, ``MetricAlarm``, ``MetricDataQuery`` and ``PutMetricAlarm`` (``ThresholdMetricId``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.alarms.alarm import Alarm, MetricQuery, MetricStat
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.metrics_insights import MetricsInsights


class UndeterminedError(ValueError):
    """The alarm is of a kind whose state these facts do not decide; the message is a clause about it."""


class CannotError(ValueError):
    """The alarm cannot enter ALARM; the message is a clause about it."""


@dataclass(frozen=True, slots=True)
class Series:
    """One metric an alarm reads, or one Metrics Insights query.

    ``known``: every filter that could publish it is known here. ``unit`` is "" when samples of any unit count.
    ``query`` is the query that takes its metrics together; None for a single metric.
    """

    id: str
    publishers: tuple[PublishedMetric, ...]
    known: bool
    statistic: str
    period: int
    unit: str
    query: MetricsInsights | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What an alarm watches: metrics, expressions by Id, and the Id that is compared with the threshold."""

    series: tuple[Series, ...]
    expressions: Mapping[str, str]
    result: str

    @property
    def groups(self) -> tuple[str, ...]:
        """The log groups whose filters publish what it watches."""
        return tuple({metric.group for series in self.series for metric in series.publishers})


def watches(alarm: Alarm, metric: PublishedMetric) -> bool:
    """Whether an alarm reads this metric of its own account: alone, for its math expression or by a query."""
    queries = (query.sees(metric) is not False for query in alarm.own_insights)
    return any(metric.is_called(named) for named in alarm.own_metrics) or any(queries)


def misread(alarm: Alarm, metric: PublishedMetric) -> str:
    """Why it is not known whether a Metrics Insights query of an alarm reads this metric, which its text names.

    A clause about the alarm; "" when there is no such query.
    """
    for query in alarm.queries:
        if query.fault and metric.name in (query.expression or "") and metric.namespace in (query.expression or ""):
            return f"it watches a Metrics Insights query, and {query.fault}"
    return ""


def read_watched(alarm: Alarm, burst: PublishedMetric, publishers: Sequence[PublishedMetric]) -> Watched:
    """What an alarm watches that is asked about the metric ``burst``, one of what ``publishers`` publish or beside it.

    ``CannotError`` and ``UndeterminedError`` where that is nothing or not known.
    """
    if not watches(alarm, burst):
        raise CannotError(f"it does not watch the metric {burst.namespace}/{burst.name}")
    everyone = publishers if burst in publishers else (burst, *publishers)
    band = alarm.settings.get("ThresholdMetricId")
    series: list[Series] = []
    expressions: dict[str, str] = {}
    for query in alarm.queries:
        if query.fault:
            raise UndeterminedError(f"it also watches a Metrics Insights query, and {query.fault}")
        if query.insights is not None:
            series.append(_queried(query, query.insights, everyone))
        elif query.stat is not None:
            series.append(_series(query, query.stat, everyone))
        elif query.expression is not None and query.id != band:
            expressions[query.id] = query.expression
    results = [query.id for query in alarm.queries if query.returned and query.id != band]
    if len(results) != 1:
        raise UndeterminedError("it compares several results with its threshold, which these facts do not decide")
    return Watched(tuple(series), expressions, results[0])


def _series(query: MetricQuery, stat: MetricStat, everyone: Sequence[PublishedMetric]) -> Series:
    if stat.period is None:
        raise UndeterminedError("it names no period")
    named = stat.metric if query.own else None
    publishers = [metric for metric in everyone if named is not None and metric.is_called(named)]
    return Series(
        id=query.id,
        # An alarm that names a unit sees only what was published with that unit.
        publishers=tuple(metric for metric in publishers if stat.unit in {"", metric.unit}),
        known=bool(publishers),
        statistic=stat.statistic,
        period=stat.period,
        unit=stat.unit,
    )


def _queried(query: MetricQuery, insights: MetricsInsights, everyone: Sequence[PublishedMetric]) -> Series:
    if query.period is None:
        raise UndeterminedError("it names no period")
    seen = tuple(metric for metric in everyone if query.own and insights.sees(metric) is not False)
    return Series(
        id=query.id,
        publishers=seen,
        known=bool(seen),
        statistic=insights.statistic,
        period=query.period,
        unit="",
        query=insights,
    )
