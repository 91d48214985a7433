"""Composite alarms over time, by the states of the alarms below them; what is not replayed may be in any state.

Source: CloudWatch User Guide, "Composite alarms".
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

from scanner.alarms.alarm import Alarm
from scanner.alarms.composite_rule import STATES, AlarmRule, State, composite_states, rule_alarms
from scanner.replay.alarming.warming import WarmUp
from scanner.replay.evaluation.timeline import Timeline

_MOST_OPEN = 4
"""Alarms that are not replayed whose states are all tried: 81 mixtures."""


@dataclass(frozen=True, slots=True)
class CompositeLine:
    """The states of a composite alarm: from each minute on, None where the rule does not decide."""

    minutes: tuple[int, ...]
    states: tuple[State | None, ...]

    def at(self, minute: int) -> State | None:
        """The state in a minute."""
        place = bisect_right(self.minutes, minute) - 1
        return self.states[max(place, 0)]

    def leaves(self, minute: int) -> int | None:
        """When it leaves the state that it has in a minute; None when it never does."""
        state, place = self.at(minute), bisect_right(self.minutes, minute)
        later = zip(self.minutes[place:], self.states[place:], strict=True)
        return next((moment for moment, after in later if after != state), None)

    def since(self, minute: int) -> int | None:
        """When it entered the state that it has in a minute; None when that was before the first."""
        state, place = self.at(minute), bisect_right(self.minutes, minute) - 1
        while place > 0 and self.states[place - 1] == state:
            place -= 1
        return self.minutes[place] if place > 0 else None

    def enters_within(self, first: int, end: int | None) -> int | None:
        """The first minute after ``first`` and before ``end`` (None: any) in which it goes into ALARM, or may."""
        later = (minute for minute in self.minutes if minute > first and (end is None or minute < end))
        return next((minute for minute in later if self.enters(minute) is not False), None)

    def held(self, first: int, last: int) -> int | None:
        """The first of these minutes in which it is in ALARM, or may be; None where there is none."""
        moments = (first, *(minute for minute in self.minutes if first < minute <= last))
        return next((minute for minute in moments if self.at(minute) in {None, "ALARM"}), None)

    def enters(self, minute: int) -> bool | None:
        """Whether it goes into ALARM in a minute; None when that is not known."""
        before, after = self.at(minute - 1), self.at(minute)
        if after == "ALARM" and before is not None:
            return before != "ALARM"
        return None if after in {None, "ALARM"} and before != "ALARM" else False


class CompositeLines:
    """The composite alarms of an account and Region over the timelines of its metric alarms.

    ``warm`` says by name when metric alarms may have been warming up: in which state they were then is not known.
    """

    def __init__(
        self,
        composites: Sequence[Alarm],
        lines: Mapping[str, Timeline],
        begin: int,
        warm: Mapping[str, WarmUp] | None = None,
    ) -> None:
        self._lines = lines
        self._warm = warm or {}
        self._begin = begin
        self._rules: dict[str, AlarmRule] = {}
        self._unread = [alarm for alarm in composites if alarm.rule is not None and alarm.rule.parsed is None]
        for alarm in composites:
            if alarm.rule is not None and alarm.rule.parsed is not None:
                self._rules[alarm.name] = alarm.rule.parsed
        self._known: dict[str, CompositeLine] = {}

    def line(self, name: str) -> CompositeLine | None:
        """The states of an alarm of this name, composite or not; None for one that is not replayed."""
        if name in self._lines:
            minutes = tuple(sorted(self._moments({name})))
            return CompositeLine(minutes, tuple(self._seen(name, minute) for minute in minutes))
        if name not in self._rules:
            return None
        if name not in self._known:
            self._known[name] = self._computed(name)
        return self._known[name]

    def above(self, name: str) -> list[str]:
        """The composite alarms that look at an alarm, directly or through others."""
        return [each for each in self._rules if each != name and name in self._below(each)]

    def rests_on(self, name: str, below: str, minute: int) -> bool:
        """Whether a composite alarm would not be in ALARM in a minute if the alarm ``below`` it were OK."""
        leaves = self._below(name) - self._rules.keys() - {below}
        unseen = [leaf for leaf in sorted(leaves) if self._seen(leaf, minute) is None]
        if len(unseen) > _MOST_OPEN or name in self._below(name):
            return False
        without = (partial(_state_with, base, below) for base in self._bases(minute, unseen))
        return all(composite_states(self._rules, base)(name) != "ALARM" for base in without)

    def unread(self, name: str) -> Iterator[tuple[str, str]]:
        """The composite alarms that may look at an alarm and whose rule is not understood, with why that is so."""
        for each in self._unread:
            if each.rule is not None and (not each.rule.text or name in each.rule.text):
                yield each.name, each.rule.fault

    def _below(self, name: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            rule = self._rules.get(waiting.pop())
            further = set(rule_alarms(rule)) - found if rule is not None else set()
            found |= further
            waiting += further
        return frozenset(found)

    def _computed(self, name: str) -> CompositeLine:
        leaves = self._below(name) - self._rules.keys()
        minutes = tuple(sorted(self._moments(leaves)))
        return CompositeLine(minutes, tuple(self._state(name, minute, leaves) for minute in minutes))

    def _moments(self, names: Iterable[str]) -> set[int]:
        """The minutes in which the states of metric alarms may change."""
        moments = {self._begin}
        for name in names:
            line = self._lines.get(name)
            moments.update(change.minute for change in (line.changes if line is not None else ()))
            warm = self._warm.get(name)
            moments.update(minute for minute in ((warm.first, warm.end) if warm else ()) if minute > self._begin)
        return moments

    def _seen(self, name: str, minute: int) -> State | None:
        """The state of a metric alarm in a minute; None when that is not known."""
        line, warm = self._lines.get(name), self._warm.get(name)
        return None if line is None or (warm is not None and warm.holds(minute)) else line.state_at(minute)

    def _state(self, name: str, minute: int, leaves: Iterable[str]) -> State | None:
        unseen = sorted(leaf for leaf in leaves if self._seen(leaf, minute) is None)
        if len(unseen) > _MOST_OPEN or name in self._below(name):
            return None
        found = {composite_states(self._rules, base)(name) for base in self._bases(minute, unseen)}
        return found.pop() if len(found) == 1 else None

    def _bases(self, minute: int, unseen: Sequence[str]) -> Iterator[Callable[[str], State]]:
        """Every way the alarms below can be in a minute."""
        seen: dict[str, State] = {name: line.state_at(minute) for name, line in self._lines.items()}
        for states in product(STATES, repeat=len(unseen)):
            known: dict[str, State] = {**seen, **dict(zip(unseen, states, strict=True))}
            yield partial(_state_of, known)


def _state_of(known: Mapping[str, State], name: str) -> State:
    return known.get(name, "OK")


def _state_with(base: Callable[[str], State], quiet: str, name: str) -> State:
    return "OK" if name == quiet else base(name)
