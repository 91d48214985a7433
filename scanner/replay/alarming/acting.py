"""What an alarm does when it goes into ALARM: whom it tells, or what keeps it from telling anybody.

Sources: CloudWatch API reference, ``MetricAlarm`` and ``CompositeAlarm`` (``ActionsEnabled``, ``AlarmActions``,
``ActionsSuppressor``); CloudWatch User Guide, "How alarm mute rules work".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner.alarms.alarm import Alarm
from scanner.replay.alarming.composites import CompositeLines
from scanner.replay.alarming.muting import muted_at
from scanner.replay.deployment.deployed import Watch
from scanner.replay.reasons import Reason


class Verdict(StrEnum):
    """What a record raised. ``JOINED``: an alarm that had told of others not long ago was still in ALARM."""

    REPORTED = "reported"
    JOINED = "joined"
    UNKNOWN = "unknown"
    SILENT = "silent"


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
        above = [self._composite(self._composites[name], alarm, minute) for name in self._lines.above(alarm.name)]
        tried = [self._acts(alarm, minute, leaves), *above]
        best = min(tried, key=lambda act: (BEST_FIRST.index(act.verdict), act.minute))
        alone = tried[0].reason is Reason.NO_ACTION and len(tried) > 1 and best.verdict is Verdict.SILENT
        return max(tried[1:], key=lambda act: act.reason.rank if act.reason else 0) if alone else best

    def _composite(self, composite: Alarm, below: Alarm, minute: int) -> Act:
        enters, named = self._lines.line(composite.name), f"composite alarm {composite.name}"
        goes = enters.enters(minute) if enters is not None else None
        if goes is None:
            why = f"whether {named} goes into ALARM with alarm {below.name} depends on alarms that are not replayed"
            return Act(Verdict.UNKNOWN, minute, reason=Reason.COMPOSITE, why=why)
        if not goes:
            why = f"{named} does not go into ALARM with alarm {below.name}"
            return Act(Verdict.SILENT, minute, reason=Reason.COMPOSITE, why=why)
        held = self._suppressed(composite, minute)
        return held or self._acts(composite, minute, enters.leaves(minute) if enters is not None else None)

    def _suppressed(self, composite: Alarm, minute: int) -> Act | None:
        if not composite.suppressor:
            return None
        line = self._lines.line(composite.suppressor_name)
        state = line.at(minute) if line is not None else None
        named = f"composite alarm {composite.name}"
        if state is None:
            why = f"whether {named} acts is not known: its suppressor {composite.suppressor_name} is not replayed"
            return Act(Verdict.UNKNOWN, minute, reason=Reason.SUPPRESSED, why=why)
        if state == "ALARM":
            why = f"{named} does not act: its suppressor {composite.suppressor_name} is in ALARM"
            return Act(Verdict.SILENT, minute, reason=Reason.SUPPRESSED, why=why)
        return None

    def _acts(self, alarm: Alarm, minute: int, leaves: int | None) -> Act:
        named = f"alarm {alarm.name}"
        for holds, verdict, reason, why in self._refusals(alarm, named):
            if holds:
                return Act(verdict, minute, alarm.identity, reason, why)
        muted = muted_at(alarm.name, minute, self._watch.mutes, self._watch.unknown_mutes)
        if muted is not None and muted.doubt:
            return Act(Verdict.UNKNOWN, minute, alarm.identity, Reason.MUTED, f"{named}: {muted.doubt}")
        if muted is not None and muted.until is not None:
            if leaves is not None and leaves <= muted.until:
                why = f"{named} goes into ALARM while mute rule {muted.rule} mutes it, and leaves it before that ends"
                return Act(Verdict.SILENT, minute, alarm.identity, Reason.MUTED, why)
            minute = muted.until
        return Act(Verdict.REPORTED, minute, alarm.identity)

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
