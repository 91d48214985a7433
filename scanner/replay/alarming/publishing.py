"""The metrics that filters published, minute by minute: what matched, and the default value where nothing did.

Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters": values are published every minute,
the default value for a minute in which log events were ingested and none of them matched, nothing without log events.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from scanner.replay.deployment.deployed import DeployedFilter
from scanner.replay.evaluation.samples import Samples, Values
from scanner.replay.records.caught import NEVER, Entry
from scanner.replay.records.shapes import Datum, Dimensions, Shape

_NONE: Dimensions = ()


class Published:
    """What the filters published; ``doubts`` says by the number of a filter why it may have published more.

    ``swaying`` are the numbers of those of which what more that may be is not known to be 0 or above.
    """

    def __init__(
        self,
        filters: Sequence[DeployedFilter],
        entries: Iterable[Entry],
        shapes: Mapping[int, Shape],
        busy: Mapping[str, Iterable[int]],
    ) -> None:
        self._filters = filters
        self._busy = busy
        self._values: defaultdict[tuple[int, Dimensions], dict[int, Counter[float]]] = defaultdict(dict)
        self._matched: defaultdict[int, set[int]] = defaultdict(set)
        self.doubts: dict[int, str] = {}
        self.swaying: set[int] = set()
        for entry in entries:
            for datum in shapes[entry.shape].published:
                self._add(datum, entry.minute)

    def _add(self, datum: Datum, minute: int) -> None:
        if datum.doubt:
            known = self.doubts.get(datum.filter)
            self.doubts[datum.filter] = datum.doubt if known is None else min(known, datum.doubt)
            each = self._filters[datum.filter]
            if not isinstance(each.value, float | int) or each.value < 0 or each.unknown:
                self.swaying.add(datum.filter)
        elif minute != NEVER and not is_later(self._filters[datum.filter], minute):
            self._matched[datum.filter].add(minute)
            self._values[datum.filter, datum.dimensions].setdefault(minute, Counter())[datum.value] += 1

    def samples(self, series: Iterable[tuple[int, Dimensions]]) -> Samples:
        """What several filters published together, each with the values of its dimensions."""
        minutes: defaultdict[int, Counter[float]] = defaultdict(Counter)
        for number, dimensions in series:
            for minute, values in self._values.get((number, dimensions), {}).items():
                minutes[minute] += values
            for minute in self._quiet(number):
                minutes[minute][self._default(number)] += 1
        return Samples({minute: _ordered(values) for minute, values in minutes.items()})

    def _default(self, number: int) -> float:
        metric = self._filters[number].metric
        return metric.default if metric is not None and metric.default is not None else 0.0

    def _quiet(self, number: int) -> Iterable[int]:
        """The minutes in which a filter published its default value."""
        each = self._filters[number]
        if each.metric is None or each.metric.default is None:
            return ()
        busy = set(self._busy.get(each.group, ())) - self._matched[number]
        return [minute for minute in busy if not is_later(each, minute)]


def is_later(each: DeployedFilter, minute: int) -> bool:
    """Whether a filter was created after a minute; it never looks at what was there before."""
    return each.created is not None and minute < each.created


def _ordered(values: Counter[float]) -> Values:
    return tuple(sorted(values.items()))
