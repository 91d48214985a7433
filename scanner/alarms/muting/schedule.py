"""The schedule of an alarm mute rule: when its windows open and how long they last, in its own time zone.

Sources: CloudWatch API reference, ``Schedule`` (``cron(minutes hours day-of-month month day-of-week)``,
``at(yyyy-MM-ddThh:mm)``, ISO 8601 durations); CloudWatch User Guide, "Alarm Mute Rules" (the fields of the cron
expression and the characters ``*``, ``,`` and ``-``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scanner.times import parse_iso

WEEK = timedelta(days=7)

_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)\)")
_CRON = re.compile(r"cron\((.*)\)")
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_LONGEST = timedelta(days=366)
_MOST_A_DAY = 24
"""Windows of one day that are looked at one by one."""

_MONTHS: Mapping[str, int] = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
_WEEKDAYS: Mapping[str, int] = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}
_SUNDAY = 7

_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, _SUNDAY, _WEEKDAYS),
)
"""The fields of a cron expression: what each is called, its lowest and highest number, and its names."""


class ScheduleError(ValueError):
    """A schedule that is not understood; the message is a clause about it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time during which a mute rule is active, in the time zone of its schedule."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Days:
    """The days on which a cron expression holds: numbers of days of the month, months, and days from Sunday (0) on.

    ``either`` says that the day of the month or that of the week is enough, as in standard cron where both are limited.
    """

    of_month: frozenset[int]
    months: frozenset[int]
    of_week: frozenset[int]
    either: bool

    def hold(self, day: date) -> bool:
        """Whether a day is one of them."""
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.of_month, day.isoweekday() % 7 in self.of_week
        return by_month or by_week if self.either else by_month and by_week


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the windows of a mute rule open. ``text`` says it as AWS writes it, ``zone`` is the time zone.

    ``once`` is the one time of an ``at`` expression; for a ``cron`` expression it is None, and ``minutes`` are those of
    each of the ``days``, counted from midnight, at which a window opens.
    """

    text: str
    zone: str
    duration: timedelta
    once: datetime | None
    minutes: tuple[int, ...]
    days: Days | None

    def windows(self, first: datetime, last: datetime) -> tuple[Window, ...]:
        """The windows that are open at some time between two times of its zone, in order; those that meet are one."""
        if self.once is not None or self.days is None:
            found: Iterable[Window] = [] if self.once is None else [Window(self.once, self.once + self.duration)]
        else:
            found = self._repeated(self.days, first, last)
        return tuple(each for each in joined(found) if each.end > first and each.start < last)

    def _repeated(self, days: Days, first: datetime, last: datetime) -> Iterator[Window]:
        midnight = datetime.combine(date.min, time.min)
        starts = [midnight + timedelta(minutes=minute) for minute in self.minutes]
        opened = joined(Window(start, start + self.duration) for start in starts)
        daily = [(each.start - midnight, each.end - midnight) for each in opened]
        if len(daily) > _MOST_A_DAY:  # where in the day so many short windows lie does not matter; their sum does
            first_opens, muted = daily[0][0], sum((closes - opens for opens, closes in daily), timedelta())
            daily = [(first_opens, first_opens + muted)]
        day = (first - self.duration).date()
        while day <= last.date():
            if days.hold(day):
                start = datetime.combine(day, time.min)
                yield from (Window(start + opens, start + closes) for opens, closes in daily)
            day += timedelta(days=1)


def read_schedule(expression: str, duration: str, zone: str) -> Schedule:
    """A schedule from its expression, its duration and its time zone ("": UTC); ScheduleError when not understood."""
    text = f"{expression} for {duration}, {zone or 'UTC'}"
    lasting = _duration(duration)
    once = _AT.fullmatch(expression)
    if once is not None:
        return Schedule(text, zone or "UTC", lasting, _time(once[1]), (), None)
    fields = _CRON.fullmatch(expression)
    if fields is None:
        raise ScheduleError(f"its expression {expression} is neither cron(…) nor at(…)")
    minutes, days = _cron(fields[1])
    return Schedule(text, zone or "UTC", lasting, None, minutes, days)


def _time(text: str) -> datetime:
    moment = parse_iso(text)
    if moment is None:
        raise ScheduleError(f"its expression at({text}) names no time")
    if not date.min.year < moment.year < date.max.year:
        raise ScheduleError(f"its expression at({text}) names a time that no calendar reaches")
    return moment.replace(tzinfo=None)  # a time of the schedule's own zone


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    numbers = found.groups(default="0") if found is not None else ("0",) * len(_UNITS)
    try:
        duration = timedelta(**dict(zip(_UNITS, map(int, numbers), strict=True)))
    except OverflowError:
        duration = _LONGEST + WEEK
    if not timedelta() < duration <= _LONGEST:
        raise ScheduleError(f"its duration {text} is not one that AWS allows")
    return duration


def _cron(text: str) -> tuple[tuple[int, ...], Days]:
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f"its cron expression has {len(fields)} fields and not {len(_FIELDS)}")
    minutes, hours, of_month, months, of_week = map(_numbers, fields, _FIELDS)
    limited = [field != "*" for field in fields]
    opened = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    sundays = {0} if _SUNDAY in of_week else set()
    return tuple(opened), Days(of_month, months, of_week | sundays, either=limited[2] and limited[4])


def _numbers(field: str, kind: tuple[str, int, int, Mapping[str, int]]) -> frozenset[int]:
    """The numbers that one field of a cron expression lists."""
    name, lowest, highest, names = kind
    found: set[int] = set()
    for part in field.split(","):
        first, dash, last = part.partition("-")
        ends = (lowest, highest) if part == "*" else (_number(first, names), _number(last if dash else first, names))
        if ends[1] == 0 < ends[0] and highest == _SUNDAY:
            ends = (ends[0], _SUNDAY)  # a range up to SUN ends with the week
        if not lowest <= ends[0] <= ends[1] <= highest:
            raise ScheduleError(f"its cron expression has {field} for the {name}")
        found.update(range(ends[0], ends[1] + 1))
    return frozenset(found)


def _number(text: str, names: Mapping[str, int]) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else names.get(text.upper(), -1)


def joined(windows: Iterable[Window]) -> list[Window]:
    """The windows in order of time, each one that begins before or when another ends made one with it."""
    found: list[Window] = []
    for each in sorted(windows, key=lambda window: window.start):
        if found and each.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def most_in_a_week(windows: Sequence[Window]) -> timedelta:
    """The longest time that lies within windows in any seven days; ``windows`` are in order and do not meet.

    It is reached where the seven days begin with a window or end with one.
    """
    most, first, inside = timedelta(), 0, timedelta()
    for each in windows:  # seven days that end with this window
        inside += each.end - each.start
        begin = each.end - WEEK
        while windows[first].end <= begin:
            inside -= windows[first].end - windows[first].start
            first += 1
        most = max(most, inside - max(timedelta(), begin - windows[first].start))
    return min(WEEK, max(most, _from_starts(windows)))


def _from_starts(windows: Sequence[Window]) -> timedelta:
    most, last, inside = timedelta(), 0, timedelta()
    for each in windows:  # seven days that begin with this window
        end = each.start + WEEK
        while last < len(windows) and windows[last].start < end:
            inside += windows[last].end - windows[last].start
            last += 1
        most = max(most, inside - max(timedelta(), windows[last - 1].end - end))
        inside -= each.end - each.start
    return most
