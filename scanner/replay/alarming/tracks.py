"""The alarms of a deployment over time: each metric alarm on what the filters published, or why it is not replayed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from scanner.alarms.alarm import Alarm, MetricQuery
from scanner.alarms.datapoints import UndecidableStatisticError, samples_needed
from scanner.alarms.metric import NamedMetric, PublishedMetric
from scanner.alarms.metric_math import Point, UndecidableMathError, evaluate_math, fills
from scanner.alarms.watched import UndeterminedError
from scanner.replay.alarming.publishing import Published
from scanner.replay.alarming.warming import WarmUp, warm_up
from scanner.replay.deployment.deployed import DeployedFilter
from scanner.replay.evaluation.missing_data import Treatment, Wanted
from scanner.replay.evaluation.samples import Samples
from scanner.replay.evaluation.timeline import Evaluated, Timeline, timeline
from scanner.replay.records.shapes import Dimensions

OPERATORS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": (">=", lambda value, threshold: value >= threshold),
    "GreaterThanThreshold": (">", lambda value, threshold: value > threshold),
    "LessThanThreshold": ("<", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": ("<=", lambda value, threshold: value <= threshold),
}
"""How each comparison is written, and what it asks."""

_CLOCK = frozenset({60, 300, 3600, 86400})
"""Periods whose windows begin where multiples of them do, counted in UTC from 1970; weeks do not."""

_UTC = frozenset({"", "UTC"})

_UNDECIDED = (UndecidableMathError, UndecidableStatisticError, UndeterminedError)


@dataclass(frozen=True, slots=True)
class Track:
    """A metric alarm over time. ``lines`` are its states by how many datapoints are looked at, the first as asked.

    Without any, ``fault`` is a clause about why it is not replayed. ``near`` are the numbers of the filters whose
    metric it names, ``filters`` those of them whose dimensions and unit it asks for. ``warm`` is when it may have been
    warming up.
    """

    alarm: Alarm
    near: frozenset[int]
    filters: frozenset[int] = frozenset()
    lines: tuple[Timeline, ...] = ()
    samples: Samples = field(default_factory=lambda: Samples({}))
    fault: str = ""
    statistic: str = ""
    warm: WarmUp | None = None

    @property
    def needs(self) -> str:
        """What it asks of a datapoint, such as ``>= 1``."""
        return f"{OPERATORS[self.alarm.comparison][0]} {self.alarm.threshold:g}"


def track(
    alarm: Alarm, filters: Sequence[DeployedFilter], published: Published, begin: int, asked: int | None
) -> Track | None:
    """A metric alarm over time; None for one that reads nothing that a filter of its account and Region publishes.

    ``asked`` is how many datapoints are looked at (None: not said, so it is tried whether it matters).
    """
    near = [number for number, each in enumerate(filters) if _reads(alarm, each)]
    if not near:
        return None
    try:
        evaluated, samples, used = _evaluated(alarm, filters, near, published)
        ranges = [evaluated.range(asked), *(each for each in evaluated.ranges() if each != evaluated.range(asked))]
        lines = [timeline(evaluated, samples.minutes, begin, looked) for looked in ranges]
    except _UNDECIDED as error:
        return Track(alarm, frozenset(near), fault=str(error))
    return Track(alarm, frozenset(near), used, tuple(lines), samples, statistic=_statistic(alarm), warm=warm_up(alarm))


def _reads(alarm: Alarm, each: DeployedFilter) -> bool:
    if each.metric is None or (each.account, each.region) != (alarm.account, alarm.region):
        return False
    return (each.metric.namespace, each.metric.name) in set(alarm.own_names)


def _statistic(alarm: Alarm) -> str:
    stat = alarm.queries[0].stat if len(alarm.queries) == 1 else None
    return stat.statistic if stat is not None else ""


def _evaluated(
    alarm: Alarm, filters: Sequence[DeployedFilter], near: Sequence[int], published: Published
) -> tuple[Evaluated, Samples, frozenset[int]]:
    """What is evaluated of an alarm; ``UndeterminedError`` where that is not known."""
    _check(alarm)
    series = {query.id: tuple(_series(query, filters, near)) for query in alarm.queries if query.stat is not None}
    samples = {name: published.samples(each) for name, each in series.items()}
    every = published.samples(sorted({each for listed in series.values() for each in listed}))
    operator, threshold = OPERATORS[alarm.comparison][1], alarm.threshold
    if threshold is None:
        raise UndeterminedError("its threshold is not a number")
    evaluated = Evaluated(
        Wanted(alarm.evaluation_periods or 1, alarm.needed or 1, Treatment(alarm.missing_data)),
        alarm.longest_period // 60,
        _point(alarm, samples),
        lambda value: operator(value, threshold),
        alarm.by_the_clock,
    )
    return evaluated, every, frozenset(number for listed in series.values() for number, _ in listed)


def _check(alarm: Alarm) -> None:
    """Refuse what is not replayed."""
    refused = next((why for holds, why in _refusals(alarm) if holds), "")
    if refused:
        raise UndeterminedError(refused)


def _refusals(alarm: Alarm) -> Iterator[tuple[bool, str]]:
    unsettled = alarm.unsettled
    broken = alarm.evaluation_state == "EVALUATION_ERROR"
    yield broken, "CloudWatch reports that it cannot be evaluated (EVALUATION_ERROR)"
    yield unsettled is not None, f"a setting of it is not known: {unsettled.reason if unsettled else ''}"
    fault = next((query.fault for query in alarm.queries if query.fault), "")
    yield bool(fault), f"it watches a Metrics Insights query, and {fault}"
    yield any(alarm.insights), "it watches a Metrics Insights query, which is not replayed"
    yield alarm.band or alarm.comparison not in OPERATORS, "it compares with a band, which is not replayed"
    yield not all(query.own for query in alarm.queries), "it also reads metrics of another account"
    periods = {period for query in alarm.queries for period in query.periods}
    yield len(periods) != 1, "its metrics have no period, or several"
    yield any(period % 60 for period in periods), "its period is not a number of minutes, and filters publish by minute"
    yield alarm.needed is None or alarm.threshold is None, "it does not say how many datapoints or which it needs"
    yield alarm.missing_data not in set(Treatment), f"it treats missing data in an unknown way ({alarm.missing_data})"
    window = (alarm.settings.get("EvaluationWindow") or {}).get("WallClockWindow") or {}
    clocked = periods <= _CLOCK and str(window.get("Timezone") or "") in _UTC
    yield alarm.by_the_clock and not clocked, "its periods begin with a clock that is not replayed"
    yield from _unfilled(alarm)
    few = any(query.stat is not None and samples_needed(query.stat.statistic) for query in alarm.queries)
    yield alarm.ignores_few_samples and few, "it ignores percentiles of few samples, which is not replayed"


def _unfilled(alarm: Alarm) -> Iterator[tuple[bool, str]]:
    """What FILL leaves open: the value that it gives a minute may come before what the filters publish of it."""
    filled = any(fills(query.expression) for query in alarm.queries if query.expression is not None)
    minute = (alarm.evaluation_periods or 0) * alarm.longest_period <= 60
    yield filled and minute, "it looks at one minute only, and FILL may give that a value before the metric filter does"
    keeps = alarm.missing_data == Treatment.IGNORE
    yield filled and keeps, "it keeps its state when data is missing, and what FILL gives it then is not documented"


def _series(
    query: MetricQuery, filters: Sequence[DeployedFilter], near: Sequence[int]
) -> Iterator[tuple[int, Dimensions]]:
    """The filters that publish what one query reads, with the values of their dimensions that it names."""
    stat = query.stat
    if stat is None or stat.metric is None:
        return
    found, units = False, set[str]()
    for number in near:
        metric = filters[number].metric
        if metric is None or (metric.namespace, metric.name) != (stat.metric.namespace, stat.metric.name):
            continue
        found = True
        if fits(metric, stat.metric) and stat.unit in {"", metric.unit}:
            units.add(metric.unit)
            yield number, tuple(sorted(stat.metric.dimensions.items()))
    if not found:
        raise UndeterminedError(f"it also reads a metric ({query.id}) that no audit metric filter publishes")
    if len(units) > 1:
        named = ", ".join(sorted(units))
        raise UndeterminedError(f"it names no unit, and metric filters publish its metric in several ({named})")


def fits(metric: PublishedMetric, named: NamedMetric) -> bool:
    """Whether an alarm's name for a metric is the name of this one, whatever the values of its dimensions."""
    return metric.is_called(named)


def _point(alarm: Alarm, samples: Mapping[str, Samples]) -> Callable[[int, int], Point]:
    """What gives the value that an alarm compares with its threshold, for a stretch of minutes."""
    returned = [query for query in alarm.queries if query.returned]
    if len(returned) != 1:
        raise UndeterminedError("it compares several results with its threshold")
    (result,) = returned
    statistics = {query.id: query.stat.statistic for query in alarm.queries if query.stat is not None}
    if result.expression is None:
        return partial(samples[result.id].point, statistics[result.id])
    expressions = {query.id: query.expression for query in alarm.queries if query.expression is not None}
    return _Math(expressions, result.id, samples, statistics).point


@dataclass(frozen=True, slots=True)
class _Math:
    """Math expressions over series, evaluated for one stretch of minutes."""

    expressions: Mapping[str, str]
    result: str
    samples: Mapping[str, Samples]
    statistics: Mapping[str, str]

    def point(self, first: int, end: int) -> Point:
        """The value of the result."""
        by_id: dict[str, Callable[[], Point]] = {
            name: partial(each.point, self.statistics[name], first, end) for name, each in self.samples.items()
        }
        opened: list[str] = []

        def expression(name: str) -> Point:
            if name in opened:
                raise UndecidableMathError(f"the math expression {name} is defined by itself")
            opened.append(name)
            value = evaluate_math(self.expressions[name], by_id, tuple(self.samples))
            opened.remove(name)
            return value

        by_id.update({name: partial(expression, name) for name in self.expressions})
        return by_id[self.result]()
