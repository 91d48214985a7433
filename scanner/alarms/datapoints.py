"""The datapoints a published metric can show: without an occurrence, and with a burst of them.

A filter's default value is published for every minute in which its log group received events and none matched, so
what a period holds depends on how busy the group was. A ``Scenario`` fixes that; ``series_point`` computes the
datapoint.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from scanner.alarms.metric import PublishedMetric

Samples = Sequence[tuple[float, int]]
"""Values with how often each was published in the period."""

SILENT, ONE_MINUTE, EVERY_MINUTE = 0, 1, -1
"""In how many minutes of the period a log group received other events; -1 stands for all of them."""

_MOST_GROUPS = 4

_SHARE = r"(?:\d+(?:\.\d+)?%)?"
_WITHIN_EQUALS = re.compile(
    rf"p\d+(?:\.\d+)?|iqm|(?:tm|wm)\d+(?:\.\d+)?|(?:tm|wm)\({_SHARE}:{_SHARE}\)", re.IGNORECASE | re.ASCII
)
"""Statistics that are the value itself where all values are equal: percentiles, and means over a share of the values.

Bounds without a percent sign are values and not shares: a trimmed mean leaves out what lies beyond them.
"""


class UndecidableStatisticError(ValueError):
    """The statistic of these samples is not known here; the message is a clause about it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """How busy each log group was, and how many occurrences fell into one minute of the period.

    ``company`` is how often each other filter on the metrics matched as well. ``diluted`` means that the minute of
    the burst also holds a default value of the burst's own filter, which the documentation rules out but distributed
    ingestion may show.
    """

    busy: Mapping[str, int]
    occurrences: int = 0
    diluted: bool = False
    company: int = 0


def quiet_scenarios(groups: Sequence[str]) -> Iterator[Scenario]:
    """Every way the log groups can look without an occurrence."""
    for busy in _busy(groups):
        yield Scenario(busy)


def burst_scenarios(
    groups: Sequence[str], group: str, counts: Sequence[int], *, diluted: bool = False, company: int = 0
) -> Iterator[Scenario]:
    """Every way the log groups can look when ``group`` received a burst of each of these sizes."""
    for busy, count in product(_busy(groups), counts):
        if busy.get(group) != SILENT:
            yield Scenario(busy, count, diluted, company)


def _busy(groups: Sequence[str]) -> Iterator[Mapping[str, int]]:
    distinct = sorted(set(groups))
    if len(distinct) > _MOST_GROUPS:
        raise UndecidableStatisticError(f"its metrics come from {len(distinct)} log groups, too many to try every case")
    for states in product((SILENT, ONE_MINUTE, EVERY_MINUTE), repeat=len(distinct)):
        yield dict(zip(distinct, states, strict=True))


def series_point(
    publishers: Sequence[PublishedMetric], burst: PublishedMetric, name: str, period: int, scenario: Scenario
) -> float | None:
    """The datapoint of a metric in a scenario; None when nothing is published in the period.

    ``publishers`` publish the metric; the first that equals ``burst`` is the one whose filter matched. ``name`` is
    a statistic, ``period`` in seconds.
    """
    minutes = max(1, period // 60)
    bursting = publishers.index(burst) if scenario.occurrences and burst in publishers else -1
    samples: list[tuple[float, int]] = []
    for index, publisher in enumerate(publishers):
        state = scenario.busy.get(publisher.group, SILENT)
        silent_minutes = minutes if state == EVERY_MINUTE else state
        if index == bursting:
            samples.append((publisher.value, scenario.occurrences))
            silent_minutes += 0 if scenario.diluted else -1
        elif scenario.company:
            samples.append((publisher.value, scenario.company))
        if publisher.default is not None and silent_minutes > 0:
            samples.append((publisher.default, silent_minutes))
    return statistic(name, samples)


def statistic(name: str, samples: Samples) -> float | None:
    """A CloudWatch statistic of samples; None without any.

    Source: CloudWatch User Guide, "Statistics definitions". ``UndecidableStatisticError`` for a percentile-like
    statistic of unequal samples (its interpolation is not documented) and for unknown statistics.
    """
    if not samples:
        return None
    values = [value for value, _ in samples]
    if any(math.isnan(value) for value in values) and name != "SampleCount":
        raise UndecidableStatisticError("a metric filter feeds it with values of which these facts say nothing")
    count = sum(times for _, times in samples)
    total = math.fsum(value * times for value, times in samples)
    known = {
        "Sum": total,
        "SampleCount": float(count),
        "Average": total / count,
        "Minimum": min(values),
        "Maximum": max(values),
    }
    if name in known:
        return known[name]
    if _WITHIN_EQUALS.fullmatch(name):
        if len(set(values)) == 1:
            return values[0]
        raise UndecidableStatisticError(f"its statistic {name} over unequal values is not decided by these facts")
    raise UndecidableStatisticError(f"its statistic {name or '(none)'} is not decided by these facts")


def samples_needed(name: str) -> int:
    """How many samples a percentile needs to count as significant (0 for other statistics).

    Source: CloudWatch User Guide, "Percentile-based alarms and low data samples": 10/(1-p) for p of 0.5 and more,
    10/p below.
    """
    if not name.lower().startswith("p") or name.lower().startswith("pr"):
        return 0
    try:
        share = float(name[1:]) / 100
    except ValueError:
        return 0
    rest = 1 - share if share >= 0.5 else share
    return math.ceil(round(10 / rest, 6)) if rest > 0 else 0
