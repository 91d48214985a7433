"""The composite alarms of an account and Region: which of them look at an alarm, and whether they go off with it.

Source: CloudWatch User Guide, "Composite alarms"; CloudWatch API reference, ``CompositeAlarm`` (``ActionsSuppressor``).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from scanner.alarms.alarm import Alarm
from scanner.alarms.composite_rule import AlarmRule, State, composite_states, quiet_alarms, rule_alarms

_QUIET: tuple[State, ...] = ("OK", "INSUFFICIENT_DATA")
_MOST_MIXED = 8
"""Alarms whose mixtures of quiet states are tried: 256 mixtures."""


class Follows(StrEnum):
    """Whether a composite alarm acts when one other alarm goes to ALARM."""

    YES = "yes"
    NO = "no"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Following:
    """Whether a composite alarm follows another alarm; ``reason`` is a clause that names both."""

    verdict: Follows
    reason: str


class Composites:
    """The composite alarms of one account and Region, with their rules by name."""

    def __init__(self, alarms: Iterable[Alarm]) -> None:
        self.alarms = tuple(alarms)
        self._rules: dict[str, AlarmRule] = {}
        for alarm in self.alarms:
            if alarm.rule is not None and alarm.rule.parsed is not None:
                self._rules[alarm.name] = alarm.rule.parsed
        self._below: dict[str, frozenset[str]] = {}

    @property
    def unread(self) -> tuple[str, ...]:
        """The names of those whose rule is not understood."""
        return tuple(alarm.name for alarm in self.alarms if alarm.name not in self._rules)

    def over(self, names: Collection[str]) -> list[Alarm]:
        """Those that look at one of the alarms of these names, directly or through each other.

        One whose rule is not understood is among them: it may look at any.
        """
        known, waiting = set(names), list(self.alarms)
        found: list[Alarm] = []
        while True:
            added = [alarm for alarm in waiting if self._looks_at(alarm, known)]
            if not added:
                return found
            found += added
            known |= {alarm.name for alarm in added}
            waiting = [alarm for alarm in waiting if alarm.name not in known]

    def _looks_at(self, alarm: Alarm, known: Collection[str]) -> bool:
        rule = self._rules.get(alarm.name)
        return rule is None or any(name in known for name in rule_alarms(rule))

    def actions_on(self, alarm: str) -> list[str]:
        """The targets of every composite alarm that goes to ALARM when this alarm alone does, and not without it.

        A composite alarm does not act while its suppressor is in ALARM too.
        """
        after = composite_states(self._rules, lambda name: "ALARM" if name == alarm else "OK")
        found: set[str] = set()
        for each in self.acting_on(alarm):
            if not each.suppressor or after(each.suppressor_name) != "ALARM":
                found.update(action.target for action in each.actions)
        return sorted(found)

    def acting_on(self, alarm: str) -> list[Alarm]:
        """The composite alarms, with their actions on, that go to ALARM when this alarm alone does, and not without it.

        All other alarms are taken to be OK, and nothing is said of suppressors.
        """
        before = composite_states(self._rules, lambda _: "OK")
        after = composite_states(self._rules, lambda name: "ALARM" if name == alarm else "OK")
        return [
            each
            for each in self.alarms
            if each.name in self._rules
            and each.acts is True
            and before(each.name) != "ALARM"
            and after(each.name) == "ALARM"
        ]

    def following(self, alarm: str) -> list[tuple[Alarm, Following]]:
        """The composite alarms above an alarm, each with whether it acts when that alarm alone goes to ALARM.

        Those come first whose rule is not understood and holds the alarm's name.
        """
        found: list[tuple[Alarm, Following]] = []
        for each in self.alarms:
            if each.rule is not None and each.rule.parsed is None and alarm in each.rule.text:
                reason = f"whether composite alarm {each.name} follows alarm {alarm} is not known: {each.rule.fault}"
                found.append((each, Following(Follows.UNDETERMINED, reason)))
        for each in self.alarms:
            if each.name in self._rules and alarm in self._under(each.name):
                followed = self._followed(each.name, alarm)
                silenced = self._silenced(each, alarm) if followed.verdict is Follows.YES else None
                found.append((each, silenced or followed))
        return found

    def held_back(self, composite: str, alarm: str, ringing: Collection[str]) -> tuple[str, ...]:
        """Those of ``ringing``, alarms in ALARM, that keep a composite alarm out of ALARM when ``alarm`` enters it.

        All others are taken to be OK. The alarms between the two are not among them: they follow the alarm.
        """
        others = self._under(composite) & frozenset(ringing) - self._rules.keys() - {alarm}
        if not others or self._rings(composite, alarm, "ALARM", dict.fromkeys(others, "ALARM")):
            return ()
        return tuple(sorted(others))

    def _under(self, composite: str) -> frozenset[str]:
        """Every alarm that a composite alarm looks at, directly or through others."""
        if composite not in self._below:
            found: set[str] = set()
            waiting = [composite]
            while waiting:
                rule = self._rules.get(waiting.pop())
                further = set(rule_alarms(rule)) - found if rule is not None else set()
                found |= further
                waiting += further
            self._below[composite] = frozenset(found)
        return self._below[composite]

    def _followed(self, composite: str, alarm: str) -> Following:
        """Whether a composite goes to ALARM when only this alarm does, and is quiet before.

        Alarms on rare events are as often without data as they are OK, so every mixture of both is tried for all others
        whose quiet state a rule can tell.
        """
        looked_at = self._under(composite) | {composite}
        if any(name in self._under(name) for name in looked_at & self._rules.keys()):
            reason = f"what composite alarm {composite} does is not known: its rule refers to itself"
            return Following(Follows.UNDETERMINED, reason)
        mixtures = self._mixtures(looked_at, alarm)
        if not mixtures:
            reason = (
                f"whether composite alarm {composite} follows alarm {alarm} cannot be decided: "
                f"it depends on more than {_MOST_MIXED} alarms"
            )
            return Following(Follows.UNDETERMINED, reason)
        fires = [self._rings(composite, alarm, "ALARM", quiet) for quiet in mixtures]
        already = [self._rings(composite, alarm, own, quiet) for own, quiet in product(_QUIET, mixtures)]
        if not any(fires):
            return Following(Follows.NO, f"composite alarm {composite} needs more than alarm {alarm} to go to ALARM")
        if all(already):
            return Following(Follows.NO, f"composite alarm {composite} is in ALARM whether or not alarm {alarm} is")
        if not all(fires) or any(already):
            reason = f"whether composite alarm {composite} follows alarm {alarm} depends on which alarms have data"
            return Following(Follows.UNDETERMINED, reason)
        return Following(Follows.YES, f"composite alarm {composite} goes to ALARM with alarm {alarm}")

    def _silenced(self, composite: Alarm, alarm: str) -> Following | None:
        """What the suppressor of a composite alarm does to it when this alarm goes off; None when it lets it act."""
        if not composite.suppressor:
            return None
        name, suppressor = composite.name, composite.suppressor_name
        mixtures = self._mixtures(self._under(suppressor) | {suppressor}, alarm)
        silent = [self._rings(suppressor, alarm, "ALARM", quiet) for quiet in mixtures]
        if silent and all(silent):
            reason = f"composite alarm {name} does not act: its suppressor {suppressor} is in ALARM too"
            return Following(Follows.NO, reason)
        if not silent or any(silent):
            reason = f"whether the suppressor {suppressor} silences composite alarm {name} is not known"
            return Following(Follows.UNDETERMINED, reason)
        return None

    def _rings(self, name: str, alarm: str, own: State, others: Mapping[str, State]) -> bool:
        """Whether an alarm is in ALARM while ``alarm`` is in the state ``own``, all others as given, else OK."""

        def base(other: str) -> State:
            return own if other == alarm else others.get(other, "OK")

        return composite_states(self._rules, base)(name) == "ALARM"

    def _mixtures(self, looked_at: Iterable[str], alarm: str) -> Sequence[Mapping[str, State]]:
        """Every mixture of the quiet states that matter, all OK first; none when too many alarms have one."""
        named: set[str] = set()
        for name in looked_at:
            if name in self._rules:
                named.update(quiet_alarms(self._rules[name]))
        varied = sorted(named - self._rules.keys() - {alarm})
        if len(varied) > _MOST_MIXED:
            return []
        return [dict(zip(varied, states, strict=True)) for states in product(_QUIET, repeat=len(varied))]
