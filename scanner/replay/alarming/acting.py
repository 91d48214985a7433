"""What an alarm does when it goes into ALARM: whom it tells, or what keeps it from telling anybody.

Sources: CloudWatch API reference, ``MetricAlarm`` and ``CompositeAlarm`` (``ActionsEnabled``, ``AlarmActions``,
``ActionsSuppressor``); CloudWatch User Guide, "How alarm mute rules work".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scanner.alarms.alarm import Alarm
from scanner.alarms.counting import counted as number_of
from scanner.alarms.standing import LONG
from scanner.replay.alarming.composites import CompositeLine, CompositeLines
from scanner.replay.alarming.muting import Muted, muted_at
from scanner.replay.alarming.suppressing import suppressed
from scanner.replay.deployment.deployed import Watch
from scanner.replay.evaluation.clock import SECONDS, TOLERANCE, clock
from scanner.replay.reasons import Reason
from scanner.times import parse_time


class Verdict(StrEnum):
    """What a record raised. ``JOINED``: an alarm that had told of others not long ago was still in ALARM."""

    REPORTED = "reported"
    JOINED = "joined"
    UNKNOWN = "unknown"
    SILENT = "silent"


_MOST_MUTES = 1_000
"""How many windows of mute rules are followed that take over from one another."""

BEST_FIRST = (Verdict.REPORTED, Verdict.JOINED, Verdict.UNKNOWN, Verdict.SILENT)


@dataclass(frozen=True, slots=True)
class Onward:
    """What is known of the way on from an alarm or rule that acts: ``SILENT`` when it certainly reaches nobody."""

    verdict: Verdict
    why: str = ""


Onwards = Mapping[str, Onward]
"""By the identity of an alarm, or the ARN of a rule. Without any, whatever acts is taken to tell somebody."""


@dataclass(frozen=True, slots=True)
class Act:
    """What came of going into ALARM: the minute in which somebody was told, by which alarm, or why nobody was."""

    verdict: Verdict
    minute: int
    by: str = ""
    reason: Reason | None = None
    why: str = ""


class Acting:
    """What the alarms of one account and Region do, given their states over time."""

    def __init__(self, watch: Watch, lines: CompositeLines, onwards: Onwards) -> None:
        self._watch = watch
        self._lines = lines
        self._onwards = onwards
        self._composites = {alarm.name: alarm for alarm in watch.alarms if alarm.rule is not None}

    def entered(self, alarm: Alarm, minute: int, leaves: int | None) -> Act:
        """What comes of a metric alarm that goes into ALARM in a minute and ``leaves`` it (None: not any more)."""
        above = [
            self._composite(self._composites[name], alarm, minute, leaves) for name in self._lines.above(alarm.name)
        ]
        tried = [self._acts(alarm, minute, leaves), *above, *self._unread(alarm, minute)]
        best = min(tried, key=lambda act: (BEST_FIRST.index(act.verdict), act.minute))
        alone = tried[0].reason is Reason.NO_ACTION and len(tried) > 1 and best.verdict is Verdict.SILENT
        return max(tried[1:], key=lambda act: act.reason.rank if act.reason else 0) if alone else best

    def shown_since(self, alarm: Alarm, minute: int) -> int | None:
        """Since when an alarm was in ALARM in a minute, where the states at the time of collection show that."""
        since = parse_time(alarm.state_since) if alarm.in_alarm and "StateValue" not in alarm.unknown else None
        first = int(since.timestamp()) // SECONDS if since is not None else minute
        return first if first + TOLERANCE < minute <= self._watch.collected else None

    def shown_untold(self, alarm: Alarm, minute: int) -> str:
        """Why an alarm may have been in ALARM in a minute: the snapshot shows that state and not since when."""
        shown = alarm.in_alarm and "StateValue" not in alarm.unknown and parse_time(alarm.state_since) is None
        if not shown or minute > self._watch.collected:
            return ""
        return f"alarm {alarm.name} was in ALARM when the snapshot was collected, and since when is not told"

    def standing(self, named: str, act: Act, since: int, minute: int) -> Act:
        """What an alarm tells in a minute that has been in ALARM ``since``, when ``act`` came of that: nothing new."""
        already = f"{named} was already in ALARM, since {clock(since)}"
        if act.verdict not in {Verdict.REPORTED, Verdict.JOINED}:
            told = "and told nobody" if act.verdict is Verdict.SILENT else "and may have told nobody"
            return Act(act.verdict, minute, act.by, Reason.IN_ALARM, f"{already}, {told}: {act.why}")
        if timedelta(minutes=minute - min(since, act.minute)) > LONG:
            hours = number_of(LONG // timedelta(hours=1), "hour")
            why = f"{already}, more than {hours} before, and tells nothing new until it has left that state"
            return Act(Verdict.SILENT, minute, act.by, Reason.IN_ALARM, why)
        return Act(Verdict.JOINED, act.minute, act.by, Reason.IN_ALARM, already)

    def _unread(self, alarm: Alarm, minute: int) -> Iterator[Act]:
        """What composite alarms whose rule is not understood may do."""
        for name, fault in self._lines.unread(alarm.name):
            why = f"whether composite alarm {name} goes into ALARM with alarm {alarm.name} is not known: {fault}"
            yield Act(Verdict.UNKNOWN, minute, reason=Reason.COMPOSITE, why=why)

    def _composite(self, composite: Alarm, below: Alarm, minute: int, leaves: int | None) -> Act:
        line, named = self._lines.line(composite.name), f"composite alarm {composite.name}"
        goes = line.enters(minute) if line is not None else None
        if line is None or goes is None:
            why = f"whether {named} goes into ALARM with alarm {below.name} depends on alarms that are not replayed"
            return Act(Verdict.UNKNOWN, minute, reason=Reason.COMPOSITE, why=why)
        shown = self.shown_since(composite, minute)
        if shown is not None and line.at(minute) == "ALARM":
            return self.standing(named, Act(Verdict.REPORTED, shown, composite.identity), shown, minute)
        if goes:
            return self._entered(composite, minute, line)
        since = line.since(minute) if line.at(minute) == "ALARM" else None
        if since is not None:
            return self.standing(named, self._entered(composite, since, line), since, minute)
        later = line.enters_within(minute, leaves)
        if later is not None and line.enters(later) is None:
            why = f"whether {named} goes into ALARM while alarm {below.name} is in ALARM is not known"
            return Act(Verdict.UNKNOWN, minute, reason=Reason.COMPOSITE, why=why)
        if later is not None and self._lines.rests_on(composite.name, below.name, later):
            return self._entered(composite, later, line)
        why = f"{named} does not go into ALARM with alarm {below.name}"
        return Act(Verdict.SILENT, minute, reason=Reason.COMPOSITE, why=why)

    def _entered(self, composite: Alarm, minute: int, line: CompositeLine) -> Act:
        """What comes of a composite alarm that goes into ALARM in a minute."""
        leaves = line.leaves(minute)
        held = suppressed(composite, minute, leaves, self._lines.line(composite.suppressor_name))
        if held.minute is None:
            verdict = Verdict.UNKNOWN if held.doubt else Verdict.SILENT
            return Act(verdict, minute, reason=Reason.SUPPRESSED, why=held.doubt or held.why)
        return self._acts(composite, held.minute, leaves)

    def _acts(self, alarm: Alarm, minute: int, leaves: int | None) -> Act:
        named = f"alarm {alarm.name}"
        for holds, verdict, reason, why in self._refusals(alarm, named):
            if holds:
                return Act(verdict, minute, alarm.identity, reason, why)
        muted = self._muted(alarm, minute, leaves)
        if muted is not None and muted.doubt:
            return Act(Verdict.UNKNOWN, minute, alarm.identity, Reason.MUTED, f"{named}: {muted.doubt}")
        if muted is not None and muted.until is not None:
            if leaves is not None and leaves <= muted.until:
                why = f"{named} goes into ALARM while mute rule {muted.rule} mutes it, and leaves it before that ends"
                return Act(Verdict.SILENT, minute, alarm.identity, Reason.MUTED, why)
            minute = muted.until
        return Act(Verdict.REPORTED, minute, alarm.identity)

    def _muted(self, alarm: Alarm, minute: int, leaves: int | None) -> Muted | None:
        """What mutes an alarm from a minute on, one rule taking over from another; None where nothing does."""
        last: Muted | None = None
        for _ in range(_MOST_MUTES):
            now = last.until if last is not None and last.until is not None else minute
            found = muted_at(alarm.name, now, self._watch.mutes, self._watch.unknown_mutes)
            if found is None or found.doubt or found.until is None:
                return found or last
            last = found
            if leaves is not None and leaves <= found.until:
                break
        return last

    def _unnamed(self, named: str) -> Onward:
        """What follows an alarm of which nothing is said, where anything is said of others."""
        if not self._onwards:
            return Onward(Verdict.REPORTED)
        return Onward(Verdict.UNKNOWN, f"whether {named} reaches somebody was not looked at")

    def _refusals(self, alarm: Alarm, named: str) -> "tuple[tuple[bool, Verdict, Reason, str], ...]":
        onward = self._onwards.get(alarm.identity, self._unnamed(named))
        unheard = alarm.unheard
        hidden = alarm.unknown.get("ActionsEnabled")
        off, told = Reason.ACTIONS_OFF, f"whether the actions of {named} are on is not known"
        return (
            (alarm.acts is False, Verdict.SILENT, off, f"{named} goes into ALARM with its actions switched off"),
            (alarm.acts is None, Verdict.UNKNOWN, off, f"{told}: {hidden.reason}" if hidden else told),
            (
                unheard is not None,
                Verdict.UNKNOWN,
                Reason.NO_ACTION,
                f"what {named} does in ALARM is not known: {unheard.reason if unheard else ''}",
            ),
            (
                not alarm.actions,
                Verdict.SILENT,
                Reason.NO_ACTION,
                f"{named} goes into ALARM and has no action for that",
            ),
            (onward.verdict is not Verdict.REPORTED, onward.verdict, Reason.UNHEARD, onward.why),
        )
