"""The states of an alarm over time: evaluated whenever its datapoints can have changed.

An evaluation of unchanged datapoints changes no state, so the minutes in between need none. Sources: CloudWatch User
Guide, "Alarm evaluation" (every minute, over a window that slides; alarms over more than a day hourly, with the data up
to the hour) and "Alarm evaluation window".
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scanner.alarms.composite_rule import State
from scanner.replay.evaluation.missing_data import Wanted, counted, next_state

HOUR, DAY = 60, 1440
"""In minutes."""

AFTER_THE_HOUR = 3
"""How many minutes past the hour an alarm over more than a day changes its state, in the example of the user guide."""

EXTRA = 2
"""How many datapoints more than it evaluates an alarm looks at. Documented is 5 for an alarm that evaluates 3."""

_ALTERNATIVES = (1, EXTRA, 3, 9)
"""Further numbers of additional datapoints with which it is tried whether a verdict depends on them."""

_MOST_KNOWN = 100_000
"""How many datapoints are remembered, so that windows that slide over the same ones need not add up anew."""

Span = tuple[int, int]
"""The minutes from the first up to, and without, the second."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that goes from one state to another in a minute; ``causes`` are the minutes of breaching datapoints."""

    minute: int
    before: State
    after: State
    causes: tuple[Span, ...] = ()

    def caused_by(self, minute: int) -> bool:
        """Whether what was published in a minute is part of a datapoint for which the alarm changed."""
        return any(first <= minute < end for first, end in self.causes)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What is evaluated: ``point`` gives the datapoint of a stretch of minutes, ``breaches`` whether a value breaches.

    ``period`` is in minutes. ``aligned`` says that windows begin with the clock instead of sliding.
    """

    wanted: Wanted
    period: int
    point: Callable[[int, int], float | None]
    breaches: Callable[[float], bool]
    aligned: bool = False

    @property
    def hourly(self) -> bool:
        """Whether it is evaluated once an hour, because it looks at more than a day."""
        return self.wanted.periods * self.period > DAY

    def range(self, asked: int | None = None) -> int:
        """How many datapoints are looked at: ``asked``, but never fewer than are evaluated."""
        return max(self.wanted.periods, asked if asked is not None else self.wanted.periods + EXTRA)

    def ranges(self) -> tuple[int, ...]:
        """Ranges that are as likely as the one that is taken, since AWS documents none.

        Of windows that begin with the clock AWS says how long they are and nothing of data beyond them.
        """
        exact = (self.wanted.periods,) if self.aligned else ()
        return (*exact, *(self.wanted.periods + extra for extra in _ALTERNATIVES))


@dataclass(frozen=True, slots=True)
class Look:
    """One evaluation: the end of its newest datapoint, and the datapoints, the newest last."""

    end: int
    values: tuple[float | None, ...]


class Timeline:
    """The states of an alarm from the minute ``begin`` on."""

    def __init__(self, evaluated: Evaluated, begin: int, first: State, looked: int) -> None:
        self.evaluated = evaluated
        self.begin = begin
        self.first = first
        self.looked = looked
        self.changes: list[Change] = []

    def state_at(self, minute: int) -> State:
        """The state in a minute, after its evaluation."""
        last = self._last(minute)
        return last.after if last is not None else self.first

    def since(self, minute: int) -> int | None:
        """When it entered the state that it has in a minute; None when that was before ``begin``."""
        last = self._last(minute)
        return last.minute if last is not None else None

    def _last(self, minute: int) -> Change | None:
        place = self._place(minute)
        return self.changes[place - 1] if place else None

    def entered(self) -> list[Change]:
        """Each time that it went into ALARM."""
        return [change for change in self.changes if change.after == "ALARM"]

    def caused_by(self, minute: int) -> list[Change]:
        """Each time that it went into ALARM for a datapoint with what was published in a minute."""
        last = minute + self.looked * self.evaluated.period + HOUR + AFTER_THE_HOUR
        first, end = self._place(minute), self._place(last)
        return [each for each in self.changes[first:end] if each.after == "ALARM" and each.caused_by(minute)]

    def leaves(self, minute: int) -> int | None:
        """When it leaves the state that it has in a minute; None when it never does."""
        place = self._place(minute)
        return self.changes[place].minute if place < len(self.changes) else None

    def _place(self, minute: int) -> int:
        """How many changes there are up to a minute."""
        return bisect_right(self.changes, minute, key=lambda change: change.minute)

    def spans(self, end: int) -> list[Span]:
        """The windows of an evaluation with data up to ``end``, the newest last."""
        period = self.evaluated.period
        return [(end - (back + 1) * period, end - back * period) for back in reversed(range(self.looked))]

    def look(self, end: int) -> Look:
        """What an evaluation with data up to ``end`` sees."""
        return Look(end, tuple(self.evaluated.point(*span) for span in self.spans(end)))

    def breaches(self, look: Look) -> list[bool | None]:
        """Which of its datapoints breach."""
        return [None if value is None else self.evaluated.breaches(value) for value in look.values]

    def ends_over(self, minute: int) -> range:
        """The ends of data at which a newest datapoint holds what was published in a minute."""
        period = self.evaluated.period
        if self.evaluated.aligned:
            end = (minute // period + 1) * period
            end = -(-end // HOUR) * HOUR if self.evaluated.hourly else end
            return range(end, end + 1)
        if self.evaluated.hourly:
            first = -(-(minute + 1) // HOUR) * HOUR
            return range(first, minute + period + 1, HOUR)
        return range(minute + 1, minute + period + 1)


def timeline(evaluated: Evaluated, minutes: Sequence[int], begin: int, looked: int | None = None) -> Timeline:
    """The states from ``begin`` on, where something was published in these ``minutes``.

    At ``begin`` it is in the state of an alarm that has seen nothing. ``looked`` is how many datapoints are looked at.
    Raises what ``evaluated.point`` raises.
    """
    reach = evaluated.range(looked)
    made = Timeline(evaluated, begin, next_state([None] * reach, evaluated.wanted, "INSUFFICIENT_DATA"), reach)
    known: dict[Span, bool | None] = {}
    now = made.first
    for end in _ends(evaluated, minutes, begin, reach):
        spans = made.spans(end)
        for span in spans:
            if span not in known:
                value = evaluated.point(*span)
                known[span] = None if value is None else evaluated.breaches(value)
        points = [known[span] for span in spans]
        after = next_state(points, evaluated.wanted, now)
        if after != now:
            causes = [spans[place] for place in counted(points, evaluated.wanted) if points[place]]
            moment = end + AFTER_THE_HOUR if evaluated.hourly else end
            made.changes.append(Change(moment, now, after, tuple(causes) if after == "ALARM" else ()))
            now = after
        if len(known) > _MOST_KNOWN:
            known = {span: point for span, point in known.items() if span[1] > end - reach * evaluated.period}
    return made


def _ends(evaluated: Evaluated, minutes: Iterable[int], begin: int, reach: int) -> list[int]:
    """The ends of data at which the datapoints can differ from those one evaluation earlier, ascending."""
    period = evaluated.period
    step = HOUR if evaluated.hourly else 1
    ends = {begin}
    for minute in minutes:
        if evaluated.aligned:
            closing = ((minute // period + 1 + back) * period for back in range(reach + 1))
            ends.update(-(-end // HOUR) * HOUR if evaluated.hourly else end for end in closing)
        else:
            ends.update(-(-(minute + 1 + back * period) // step) * step for back in range(reach + 1))
    return sorted(end for end in ends if end >= begin)
