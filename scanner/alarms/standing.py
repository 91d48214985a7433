"""In which states the alarms of a Region are, and what that says of how they act at the time of collection.

Sources: CloudWatch API reference, ``MetricAlarm`` (``StateTransitionedTimestamp``, ``WarmUpConfiguration``) and
``CompositeAlarm`` (``ActionsSuppressor``, ``ActionsSuppressorWaitPeriod``, ``ActionsSuppressorExtensionPeriod``);
CloudWatch User Guide, "Composite alarm action suppression".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.alarms.alarm import Alarm
from scanner.alarms.composites import Follows
from scanner.alarms.counting import counted
from scanner.times import parse_time

IN_WARM_UP = "IN_WARM_UP"
"""The evaluation state of an alarm in its warm-up period (CloudWatch User Guide, "Alarm warm-up periods")."""

LONG = timedelta(hours=24)
"""How long an alarm may stay in one state and still show what happened lately."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an alarm acts now; ``reason`` is a sentence without its full stop, "" when nothing speaks against it."""

    verdict: Follows = Follows.YES
    reason: str = ""


class States:
    """The alarms of one account and Region as they are at the time of collection, ``now``."""

    def __init__(self, alarms: Iterable[Alarm], now: datetime) -> None:
        self._alarms: Mapping[str, Alarm] = {alarm.name: alarm for alarm in alarms}
        self._now = now

    def standing(self, alarm: Alarm, below: Alarm) -> Standing:
        """Whether an alarm acts on the next event; ``below`` is the metric alarm with which it goes into ALARM.

        An alarm in ALARM tells nobody of further events until it has left that state, and one that warms up none.
        """
        found = [self._stuck(alarm), self._warming(alarm), self._suppressed(alarm, below)]
        certain = next((each for each in found if each.verdict is Follows.NO), None)
        return certain or next((each for each in found if each.verdict is Follows.UNDETERMINED), Standing())

    def in_alarm(self, *, long: bool = False) -> frozenset[str]:
        """The names of the alarms that are in ALARM; with ``long``, of those that have been so for long."""
        ringing = (alarm for alarm in self._alarms.values() if alarm.in_alarm)
        return frozenset(alarm.name for alarm in ringing if not long or self._long(alarm, "ALARM"))

    def without_data_since(self, alarm: Alarm) -> str:
        """Since when an alarm has had no data, when that is or may be long; "" otherwise."""
        if alarm.settings.get("StateValue") == "INSUFFICIENT_DATA" and parse_time(alarm.state_since) is None:
            return "a time that is not told"
        return self._long(alarm, "INSUFFICIENT_DATA")

    def _long(self, alarm: Alarm, state: str) -> str:
        """Since when an alarm has been in a state, as AWS writes it, when that is long."""
        since = alarm.state_since
        moment = parse_time(since)
        if moment is None or alarm.settings.get("StateValue") != state or self._now - moment <= LONG:
            return ""
        return str(since)

    def _stuck(self, alarm: Alarm) -> Standing:
        since = self._long(alarm, "ALARM")
        if not since:
            return _since_untold(alarm)
        if alarm.contributors:
            told = f"alarm {alarm.name} has been in ALARM since {since}: which of its time series are is not looked at"
            return Standing(Follows.UNDETERMINED, f"{told}, and of these it tells no further events")
        hours = counted(LONG // timedelta(hours=1), "hour")
        reason = (
            f"alarm {alarm.name} has been in ALARM since {since}, more than {hours}, and tells nobody of further events"
        )
        return Standing(Follows.NO, f"{reason} until it has left that state")

    def _warming(self, alarm: Alarm) -> Standing:
        hidden = alarm.unknown.get("WarmUpConfiguration")
        if hidden is not None:
            reason = f"whether alarm {alarm.name} is in a warm-up period is not known: {hidden.reason}"
            return Standing(Follows.UNDETERMINED, reason)
        warm_up, end = alarm.settings.get("WarmUpConfiguration") or {}, warm_up_ends(alarm)
        may = end is not None and end > self._now and alarm.settings.get("StateValue") == "INSUFFICIENT_DATA"
        if not may and alarm.evaluation_state != IN_WARM_UP:
            return Standing()
        until = f" until {end:%Y-%m-%dT%H:%MZ}" if end is not None and may else ""
        told = f"alarm {alarm.name} is in its warm-up period{until}"
        if warm_up.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds") is True:
            return Standing(Follows.NO, f"{told} and does not act before{'' if until else ' that ends'}")
        return Standing(Follows.UNDETERMINED, f"{told}; whether an event ends it earlier is not known")

    def _suppressed(self, composite: Alarm, below: Alarm) -> Standing:
        """What the suppressor of a composite alarm does to it now."""
        if not composite.suppressor:
            return Standing()
        suppressor = self._alarms.get(composite.suppressor_name)
        name = f"composite alarm {composite.name}"
        if suppressor is None or "StateValue" in suppressor.unknown:
            reason = f"the state of its suppressor {composite.suppressor_name} is not known"
            return Standing(Follows.UNDETERMINED, f"whether {name} acts cannot be told: {reason}")
        since = parse_time(suppressor.state_since)
        if suppressor.in_alarm:
            when = f", since {suppressor.state_since}" if since is not None else ""
            return Standing(Follows.NO, f"{name} does not act: its suppressor {suppressor.name} is in ALARM{when}")
        waits = _seconds(composite, "ActionsSuppressorWaitPeriod")
        if waits > timedelta(seconds=below.longest_period):
            reason = (
                f"it waits {waits // timedelta(seconds=1)} seconds for its suppressor, longer than the period of alarm"
            )
            return Standing(Follows.UNDETERMINED, f"whether {name} acts is not known: {reason} {below.name}")
        extended = _seconds(composite, "ActionsSuppressorExtensionPeriod")
        if extended and (since is None or self._now - since < extended):
            until = f"may have been in ALARM until {f'{since:%Y-%m-%dT%H:%MZ}' if since else 'lately'}"
            waiting = f"and it waits {extended // timedelta(seconds=1)} seconds after that"
            reason = f"its suppressor {suppressor.name} {until}, {waiting}"
            return Standing(Follows.UNDETERMINED, f"whether {name} acts now is not known: {reason}")
        return Standing()


def _since_untold(alarm: Alarm) -> Standing:
    """An alarm in ALARM of which it is not told since when may have been so for long."""
    if not alarm.in_alarm or parse_time(alarm.state_since) is not None:
        return Standing()
    long = counted(LONG // timedelta(hours=1), "hour")
    reason = f"alarm {alarm.name} is in ALARM, and since when is not told: if that is more than {long}"
    return Standing(Follows.UNDETERMINED, f"{reason}, it tells nobody of further events")


def warm_up_ends(alarm: Alarm) -> datetime | None:
    """When the warm-up period of an alarm ends at the latest; None without one, or where its beginning is not told."""
    warm_up = alarm.settings.get("WarmUpConfiguration")
    minutes = warm_up.get("WarmUpPeriodDurationInMinutes") if isinstance(warm_up, Mapping) else None
    begun = parse_time(alarm.settings.get("AlarmConfigurationUpdatedTimestamp"))
    return begun + timedelta(minutes=minutes) if isinstance(minutes, int) and begun is not None else None


def _seconds(composite: Alarm, member: str) -> timedelta:
    value = composite.settings.get(member)
    return timedelta(seconds=value if isinstance(value, int) and not isinstance(value, bool) else 0)
