"""How long it took to look, for CI servers that show it: read off the recorded calls, never off a clock.

No time is measured for one finding: it rests on calls that others rest on too. A place has the time from its first call
to its last, and its cases have equal shares of that, so that a server that adds them up has the place's. Records of
logs name no place that was asked: all their places share the time of the run.
"""

from collections.abc import Mapping

from scanner.model import Assessment
from scanner.times import parse_time, rfc3339

Place = tuple[str, str]
"""An account and a Region; "" for the Region of an account as a whole."""


class Durations:
    """The durations of a run and of its places, in milliseconds."""

    def __init__(self, assessment: Assessment, cases: Mapping[Place, int]) -> None:
        """``cases`` is how many there are in each place."""
        collected = assessment.run.collected
        self.run = _between(collected.started, collected.finished)
        self._cases, self._all = cases, sum(cases.values())
        self._started = collected.started
        self._spans: dict[Place, tuple[str, str]] = {}
        for item in assessment.evidence:
            if item.account:
                self._add((item.account, item.region), item.started)
                self._add((item.account, ""), item.started)

    def _add(self, place: Place, started: str) -> None:
        moment = started.removesuffix("Z")  # without it, a fraction of a second is greater than none
        first, last = self._spans.get(place, (moment, moment))
        self._spans[place] = (min(first, moment), max(last, moment))

    def of(self, place: Place) -> int:
        """From the first call in a place to the last; of log records, its share of the run."""
        if place in self._spans:
            return _between(*self._spans[place])
        return 0 if self._spans else self.run * self._cases[place] // self._all

    def started(self, place: Place) -> str:
        """When the first call was made in a place, else when the run began ("" where the run does not say)."""
        first, _ = self._spans.get(place, (self._started, ""))
        moment = parse_time(first)
        return rfc3339(moment) if moment else ""


def share(whole: int, number: int, cases: int) -> int:
    """What of a duration the case ``number``, counted from 0, has: the shares of all ``cases`` add up to it."""
    return whole * (number + 1) // cases - whole * number // cases


def seconds(milliseconds: int) -> str:
    """A duration as both schemas take it: in seconds, with three decimals."""
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}"


def _between(first: str, last: str) -> int:
    start, end = parse_time(first), parse_time(last)
    return max(0, round((end - start).total_seconds() * 1000)) if start and end else 0
