"""Unusual stretches in the calls per minute of one API, against the seven days before.

Windows of one minute to an hour are compared with what the baseline lets expect (see :mod:`tails`). What came at the
same time in one of the last four weeks is rhythm and not unusual. A stretch ends when calls are as usual for ten
minutes, or after a day: then the baseline holds what is new.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate

from scanner.events.insights.tails import Expected

WEEK = 7 * 1440
DAY = 1440
RISING = (1, 5, 15, 60)
"""The lengths of windows, in minutes, in which a rise is looked for."""

FALLING = (5, 15, 60, 360)
"""The lengths of blocks in which a fall is looked for: the shortest in which ENOUGH calls are usual."""

ENOUGH = 20
QUIET = 10
_SHIFT = 60
"""How many minutes earlier or later than in another week something may come that is rhythm."""

_WEEKS_BACK = 4
_LEAST_CALLS = 0.5
"""What a baseline without any call counts as, so that one call of an unused API is not infinitely unusual."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """When something is unusual: up to a ``probability``, from ``floor`` calls on, after ``baseline`` minutes.

    ``close`` is the probability up to which a stretch that began still is unusual.
    """

    probability: float = 1e-8
    floor: int = 2
    baseline: int = WEEK
    close: float = 1e-3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Unusual minutes [start, end), their calls, and the calls and length of the baseline; in minutes since 1970."""

    start: int
    end: int
    count: int
    baseline_count: int
    baseline_minutes: int
    probability: float


class Counts:
    """The calls per minute of one API, to be asked for the calls of any stretch."""

    def __init__(self, counts: Mapping[int, int], heard: AbstractSet[int]) -> None:
        """``heard`` are the hours since 1970, at least one, in which the account has any record in the Region."""
        self.minutes = sorted(counts)
        self.heard = heard
        self.first, self.last = min(heard) * 60, (max(heard) + 1) * 60
        self._days = {hour // 24 for hour in heard}
        self._sums = [0, *accumulate(counts[minute] for minute in self.minutes)]
        self._squares = {width: self._blocks(counts, width) for width in {*RISING, *FALLING}}

    @staticmethod
    def _blocks(counts: Mapping[int, int], width: int) -> tuple[list[int], list[int]]:
        blocks: dict[int, int] = {}
        for minute, count in counts.items():
            blocks[minute // width] = blocks.get(minute // width, 0) + count
        ordered = sorted(blocks)
        return ordered, [0, *accumulate(blocks[block] ** 2 for block in ordered)]

    def within(self, start: int, end: int) -> int:
        """The calls in [start, end)."""
        return self._sums[bisect_left(self.minutes, end)] - self._sums[bisect_left(self.minutes, start)]

    def baseline(self, end: int) -> tuple[int, int]:
        """The calls and the minutes of the baseline that ends there: up to seven days."""
        start = max(self.first, end - WEEK)
        return self.within(start, end), end - start

    def is_covered(self, end: int) -> bool:
        """Whether there are records of every whole day of the baseline that ends there: else nothing is usual."""
        return _is_covered(self._days, self.first, end)

    def expected(self, end: int, width: int) -> Expected:
        """What the baseline before ``end`` lets expect in a window of ``width`` minutes."""
        count, minutes = self.baseline(end)
        mean = max(count, _LEAST_CALLS) / minutes * width
        ordered, sums = self._squares[width]
        low, high = bisect_left(ordered, (end - minutes) // width), bisect_left(ordered, end // width)
        return Expected(mean, (sums[high] - sums[low]) * width / minutes - mean**2)

    def in_other_weeks(self, start: int, width: int) -> Iterator[int]:
        """The calls of such windows at about the same time in the weeks before, as far as there are records."""
        for weeks in range(1, _WEEKS_BACK + 1):
            there = start - weeks * WEEK
            begin, end = max(self.first, there - _SHIFT), there + _SHIFT
            if end <= self.first:
                return
            yield self.within(begin, begin + width)
            low, high = bisect_left(self.minutes, begin), bisect_left(self.minutes, end)
            for at in range(low, high):
                minute = self.minutes[at]
                yield self.within(minute, minute + width)
                yield self.within(minute + 1, minute + 1 + width)


def _is_covered(days: AbstractSet[int], first: int, end: int) -> bool:
    """Whether there are records of every whole day of the seven days before ``end``, from the minute ``first`` on."""
    start = max(first, end - WEEK)
    return set(range(-(-start // DAY), end // DAY)) <= days


def compares(heard: AbstractSet[int], baseline: int) -> bool:
    """Whether anything is compared where there are records of these hours since 1970, at least one."""
    first, days = min(heard) * 60, {hour // 24 for hour in heard}
    later = (max(hour * 60, first + baseline) for hour in heard if (hour + 1) * 60 > first + baseline)
    return any(_is_covered(days, first, minute) for minute in later)


def rises(counts: Counts, asked: Sensitivity) -> Iterator[Stretch]:
    """The stretches in which there were more calls than usual, ascending."""
    at = bisect_left(counts.minutes, counts.first + asked.baseline)
    while at < len(counts.minutes):
        start = counts.minutes[at]
        found = _rise(counts, start, asked)
        if found is None or not counts.is_covered(start):
            at += 1
            continue
        width, probability = found
        end = _end_of_rise(counts, start, width, asked)
        calls, minutes = counts.baseline(start)
        yield Stretch(start, end, counts.within(start, end), calls, minutes, probability)
        at = bisect_left(counts.minutes, end)


def _rise(counts: Counts, start: int, asked: Sensitivity) -> tuple[int, float] | None:
    """The length of the window in which calls are unusual from ``start`` on, and their probability."""
    for width in RISING:
        count = counts.within(start, start + width)
        if count < asked.floor:
            continue
        probability = counts.expected(start, width).at_least(count, asked.probability)
        if probability <= asked.probability and all(2 * usual < count for usual in counts.in_other_weeks(start, width)):
            return width, probability
    return None


def _end_of_rise(counts: Counts, start: int, width: int, asked: Sensitivity) -> int:
    usual = counts.expected(start, width)
    last = start
    for minute in counts.minutes[bisect_left(counts.minutes, start) :]:
        if minute - last > max(QUIET, width) or minute >= start + DAY:
            break
        begin = max(start, minute - width + 1)
        if usual.at_least(counts.within(begin, begin + width), asked.close) <= asked.close:
            last = minute
    return last + 1


def falls(counts: Counts, asked: Sensitivity) -> Iterator[Stretch]:
    """The stretches in which there were fewer calls than usual, though the account had records in the Region.

    Where it had none, logs are missing and not calls.
    """
    at = counts.first + asked.baseline
    while at < counts.last:
        calls, minutes = counts.baseline(at)
        width = next((each for each in FALLING if calls * each >= ENOUGH * minutes), 0)
        if not width:
            at += max(FALLING) * (1 if calls else _steps_to_a_call(counts, at))
            continue
        begin = -(-at // width) * width
        end = _end_of_fall(counts, begin, width, asked)
        if end > begin and counts.is_covered(begin):
            calls, minutes = counts.baseline(begin)
            count = counts.within(begin, end)
            probability = counts.expected(begin, width).at_most(counts.within(begin, begin + width), 1.0)
            yield Stretch(begin, end, count, calls, minutes, probability)
        at = max(end, begin + width)


def _steps_to_a_call(counts: Counts, at: int) -> int:
    """How many of the longest blocks from ``at`` on have no call: records may be millennia apart, by mistake."""
    place = bisect_left(counts.minutes, at)
    until = counts.minutes[place] if place < len(counts.minutes) else counts.last
    return max(1, (until - at) // max(FALLING))


def _end_of_fall(counts: Counts, begin: int, width: int, asked: Sensitivity) -> int:
    """Where the unusual blocks that begin there end: ``begin`` itself where there are none."""
    usual, allowed, end = counts.expected(begin, width), asked.probability, begin
    while end + width <= min(counts.last, begin + DAY):
        count = counts.within(end, end + width)
        if not set(range(end // 60, (end + width) // 60 + 1)) <= counts.heard:
            break
        if usual.at_most(count, allowed) > allowed or _is_rhythm(counts, end, width, count):
            break
        end, allowed = end + width, asked.close
    return end


def _is_rhythm(counts: Counts, start: int, width: int, count: int) -> bool:
    return any(usual <= 2 * count + QUIET for usual in counts.in_other_weeks(start, width))
