"""When a metric alarm may have been warming up: it is in INSUFFICIENT_DATA then, is not evaluated and does not act.

A snapshot tells when an alarm was last configured, and not whether that was when it was created, which alone begins a
warm-up period; nor whether data ended it early. So what the alarm does in that time is not known. Sources: CloudWatch
User Guide, "Alarm warm-up periods"; CloudWatch API reference, ``WarmUpConfiguration``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scanner.alarms.alarm import Alarm
from scanner.alarms.standing import warm_up_ends
from scanner.replay.evaluation.clock import SECONDS
from scanner.times import parse_time

_ALWAYS = (0, 1 << 40)
"""The minutes of a warm-up period of which no bounds are known."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The minutes from ``first`` up to, and without, ``end`` in which an alarm may warm up; ``why`` is a clause."""

    first: int
    end: int
    why: str

    def holds(self, minute: int) -> bool:
        """Whether a minute is one of them."""
        return self.first <= minute < self.end

    def meets(self, begin: int, end: int) -> bool:
        """Whether one of them lies between two minutes."""
        return self.first <= end and begin < self.end


def warm_up(alarm: Alarm) -> WarmUp | None:
    """When an alarm may have been warming up; None for one that certainly was not."""
    hidden = alarm.unknown.get("WarmUpConfiguration")
    if hidden is not None:
        return WarmUp(*_ALWAYS, f"whether it has a warm-up period is not known: {hidden.reason}")
    if not alarm.settings.get("WarmUpConfiguration"):
        return None
    begun, end = parse_time(alarm.settings.get("AlarmConfigurationUpdatedTimestamp")), warm_up_ends(alarm)
    if begun is None or end is None:
        return WarmUp(*_ALWAYS, "it has a warm-up period, and when that began is not known")
    last = min(end, *_left(alarm), end)
    if last <= begun:
        return None
    told = f"from {begun:%Y-%m-%dT%H:%MZ} to {last:%Y-%m-%dT%H:%MZ}"
    first, after = int(begun.timestamp()) // SECONDS, -int(-last.timestamp() // SECONDS)
    return WarmUp(first, after, f"it may have been in its warm-up period {told}, in which it tells nobody")


def _left(alarm: Alarm) -> Iterator[datetime]:
    """When it came into the state that it has, where no alarm warms up in that."""
    since = parse_time(alarm.state_since)
    told = alarm.unknown.keys().isdisjoint({"StateValue", "StateTransitionedTimestamp"})
    if told and since is not None and alarm.settings.get("StateValue") in {"OK", "ALARM"}:
        yield since
