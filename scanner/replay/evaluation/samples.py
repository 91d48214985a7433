"""What is published of a metric, minute by minute, and the statistic of any stretch of it.

Minutes are counted from 1970. Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters".
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from scanner.alarms.datapoints import statistic

Values = tuple[tuple[float, int], ...]
"""Values with how often each was published."""

_ADDED = frozenset({"SampleCount", "Sum"})


class Samples:
    """The samples of one metric; ``minutes`` has those of each minute in which there are any."""

    def __init__(self, minutes: Mapping[int, Values]) -> None:
        self._values = {minute: values for minute, values in sorted(minutes.items()) if values}
        self.minutes: Sequence[int] = tuple(self._values)
        self._counts = [0, *accumulate(map(_how_many, self._values.values()))]
        self._totals = self._added_up()

    def _added_up(self) -> Sequence[int] | None:
        """The running total, for values that add up exactly: whole numbers."""
        totals = [0]
        for values in self._values.values():
            if not all(math.isfinite(value) and value == int(value) for value, _ in values):
                return None
            totals.append(totals[-1] + sum(int(value) * times for value, times in values))
        return totals

    def within(self, first: int, end: int) -> Sequence[int]:
        """The minutes from ``first`` up to, and without, ``end`` that have samples."""
        return self.minutes[bisect_left(self.minutes, first) : bisect_left(self.minutes, end)]

    def count(self, first: int, end: int) -> int:
        """How many samples there are from the minute ``first`` up to, and without, the minute ``end``."""
        return self._counts[bisect_left(self.minutes, end)] - self._counts[bisect_left(self.minutes, first)]

    def point(self, name: str, first: int, end: int) -> float | None:
        """The statistic ``name`` of these minutes; None without a sample.

        Raises ``UndecidableStatisticError`` for a statistic that the samples do not decide.
        """
        start, stop = bisect_left(self.minutes, first), bisect_left(self.minutes, end)
        if start == stop:
            return None
        if self._totals is not None and name in _ADDED:
            added = self._counts if name == "SampleCount" else self._totals
            return float(added[stop] - added[start])
        return statistic(name, list(self._between(start, stop)))

    def _between(self, start: int, stop: int) -> Iterator[tuple[float, int]]:
        for minute in self.minutes[start:stop]:
            yield from self._values[minute]


def _how_many(values: Values) -> int:
    return sum(times for _, times in values)
