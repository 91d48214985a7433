"""Alarm mute rules: whose actions they keep from running, now and in the coming year.

A mute rule stops the actions of the alarms it names and nothing else: they are evaluated and change their states as
before, so a composite alarm above them still acts. Sources: CloudWatch User Guide, "Alarm Mute Rules" and "How alarm
mute rules work"; CloudWatch API reference, ``GetAlarmMuteRule``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from scanner.alarms.muting.schedule import (
    WEEK,
    Schedule,
    ScheduleError,
    Window,
    joined,
    most_in_a_week,
    read_schedule,
)
from scanner.times import parse_time

MOST_MUTED = timedelta(hours=24)
"""How long an alarm may be muted in any seven days and still count: a maintenance window, announced beforehand."""

_AHEAD = timedelta(days=366)
_OFFSET = timedelta(hours=14)
"""The most by which the clocks of a time zone differ from UTC (tz database)."""

_HOUR = timedelta(hours=1)


class Muted(StrEnum):
    """Whether mute rules keep an alarm from acting."""

    NO = "no"
    AT_TIMES = "at-times"
    YES = "yes"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class MuteRule:
    """A mute rule that has not expired.

    ``alarms`` are the names of the alarms it mutes (None: it names none). ``active`` says whether it mutes now (None:
    AWS does not say). ``windows`` are those of the coming year, in the time zone of its ``schedule``; without a
    schedule ``fault`` is a clause about why it is not understood. ``text`` tells the rule and its schedule.
    """

    name: str
    text: str
    alarms: frozenset[str] | None
    active: bool | None
    schedule: Schedule | None
    windows: tuple[Window, ...] = ()
    fault: str = ""

    @property
    def doubt(self) -> str:
        """A clause about why it is not known whether, when or how long it mutes; "" when all of this is known."""
        if self.fault:
            return self.fault
        if self.alarms is None:
            return "it names no alarms, and AWS's pages do not agree on whether it then mutes all or none"
        return "" if self.active is not None else "AWS does not say whether it is active"


@dataclass(frozen=True, slots=True)
class Muting:
    """What mute rules do to an alarm. ``reason`` is a sentence without its full stop; "" when they do nothing.

    ``hours`` is the most that it is muted in any seven days of the coming year (None: not known). ``rules`` are the
    rules that name it, or no alarm at all, of which it is not known whether that means all.
    """

    verdict: Muted
    reason: str = ""
    hours: float | None = 0
    rules: tuple[MuteRule, ...] = ()

    @property
    def now(self) -> tuple[str, ...]:
        """The names of the rules that certainly mute it now."""
        return tuple(rule.name for rule in self.rules if rule.active and rule.alarms is not None)

    @property
    def doubt(self) -> MuteRule | None:
        """The first of the rules of which it is not known whether, when or how long it mutes."""
        return next((rule for rule in self.rules if rule.doubt), None)


def read_mute_rule(name: str, told: Mapping[str, Any], now: datetime) -> MuteRule | None:
    """A mute rule from the answer of ``GetAlarmMuteRule``; None for one that has expired at ``now``."""
    starts, expires = parse_time(told.get("StartDate")), parse_time(told.get("ExpireDate"))
    status = told.get("Status")
    if status == "EXPIRED" or (expires is not None and expires <= now):
        return None
    said = _schedule_of(told)
    limits = _limits(starts if starts is not None and starts > now else None, expires)
    targets = told.get("MuteTargets")
    names = targets.get("AlarmNames") if isinstance(targets, Mapping) else None
    alarms = frozenset(map(str, names)) if isinstance(names, list) and names else None
    active = {"ACTIVE": True, "SCHEDULED": False}.get(str(status))
    if isinstance(said, str):
        return MuteRule(name, f"mute rule {name}", alarms, active, None, fault=said)
    text = f"mute rule {name} ({said.text}{limits})"
    return MuteRule(name, text, alarms, active, said, _windows(said, max(now, starts or now), expires))


def _schedule_of(told: Mapping[str, Any]) -> Schedule | str:
    """The schedule of a rule, or a clause about why it is not understood."""
    rule = told.get("Rule")
    schedule = rule.get("Schedule") if isinstance(rule, Mapping) else None
    if not isinstance(schedule, Mapping):
        return "AWS does not tell its schedule"
    given = [schedule.get(member) for member in ("Expression", "Duration", "Timezone")]
    try:
        return read_schedule(*(value if isinstance(value, str) else "" for value in given))
    except ScheduleError as error:
        return str(error)


def _limits(starts: datetime | None, expires: datetime | None) -> str:
    begins = f", from {starts:%Y-%m-%dT%H:%MZ} on" if starts is not None else ""
    return f"{begins}, until {expires:%Y-%m-%dT%H:%MZ}" if expires is not None else begins


def _windows(schedule: Schedule, begin: datetime, expires: datetime | None) -> tuple[Window, ...]:
    """What is open of its windows in the year from ``begin`` on; what a zone's clocks can move into it is among it."""
    end = begin + _AHEAD
    first, last = _local(begin - _OFFSET), _local(min(end, expires or end) + _OFFSET)
    found = [Window(max(first, each.start), min(last, each.end)) for each in schedule.windows(first, last)]
    if found or (expires is not None and expires < end):
        return tuple(found)
    # On a day that comes less than once a year, or once beyond it: how long it then lasts is what counts.
    start = schedule.once or _local(end)
    return (Window(start, start + schedule.duration),)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


class MuteRules:
    """The mute rules of one account and Region, asked alarm by alarm."""

    def __init__(self, rules: Iterable[MuteRule]) -> None:
        self._rules = tuple(rules)
        self._known: dict[str, Muting] = {}

    def over(self, alarm: str) -> Muting:
        """What they do to the actions of the alarm of this name."""
        if alarm not in self._known:
            self._known[alarm] = _judged(alarm, self._rules)
        return self._known[alarm]


def _judged(alarm: str, rules: Sequence[MuteRule]) -> Muting:
    naming = [rule for rule in rules if rule.alarms is not None and alarm in rule.alarms]
    every = [*naming, *(rule for rule in rules if rule.alarms is None)]
    if not every:
        return Muting(Muted.NO)
    found = tuple(every)
    hours, most = _hours(every), _most(naming)
    for rule in naming:
        if rule.active:
            return Muting(Muted.YES, f"alarm {alarm} is muted now by {rule.text}", hours, found)
    if most > MOST_MUTED:
        reason = (
            f"{_texts(naming)} {_mute(naming)} alarm {alarm} for up to {most / _HOUR:.4g} hours in seven days, and no "
            f"more than {MOST_MUTED / _HOUR:g} pass as a maintenance window"
        )
        return Muting(Muted.YES, reason, hours, found)
    open_question = _open_question(alarm, every)
    if open_question:
        return Muting(Muted.UNDETERMINED, open_question, hours, found)
    sure = "" if naming else "perhaps "
    reason = (
        f"{_texts(every)} {sure}{_mute(every)} alarm {alarm} for up to {hours or 0:.4g} hours in seven days: an event "
        "in that time tells nobody unless the alarm is still in ALARM when it ends"
    )
    return Muting(Muted.AT_TIMES if hours else Muted.NO, reason if hours else "", hours, found)


def _open_question(alarm: str, rules: Sequence[MuteRule]) -> str:
    """Why it is not known whether an alarm is muted too long; "" when it certainly is not."""
    unnamed = [rule for rule in rules if rule.alarms is None]
    harmless = not any(rule.active for rule in unnamed) and _most(unnamed) <= MOST_MUTED
    for rule in rules:
        if rule.doubt and not (harmless and rule in unnamed and not rule.fault and rule.active is not None):
            return f"whether {rule.text} mutes alarm {alarm}, and for how long, is not known: {rule.doubt}"
    hours = _hours(rules)
    if hours is None or hours > MOST_MUTED / _HOUR:
        return f"whether {_texts(rules)} together mute alarm {alarm} for too long is not known"
    return ""


def _hours(rules: Sequence[MuteRule]) -> float | None:
    """The most hours in any seven days that the rules can mute; windows of different zones may follow each other."""
    if any(rule.schedule is None for rule in rules):
        return None
    return min(WEEK, sum(_by_zone(rules).values(), timedelta())) / _HOUR


def _most(rules: Sequence[MuteRule]) -> timedelta:
    """The most in any seven days for which rules of one time zone certainly mute."""
    return max(_by_zone(rules).values(), default=timedelta())


def _by_zone(rules: Sequence[MuteRule]) -> Mapping[str, timedelta]:
    zones: dict[str, list[Window]] = {}
    for rule in rules:
        if rule.schedule is not None:
            zones.setdefault(rule.schedule.zone, []).extend(rule.windows)
    return {zone: most_in_a_week(joined(windows)) for zone, windows in zones.items()}


def _texts(rules: Sequence[MuteRule]) -> str:
    return " and ".join(rule.text for rule in rules)


def _mute(rules: Sequence[MuteRule]) -> str:
    return "mutes" if len(rules) == 1 else "mute"
