"""How far apart the runs of a schedule are at most.

Sources: CloudWatch Logs API reference, ``CreateScheduledQuery`` ("cron expression"); EventBridge Scheduler User Guide,
"Schedule types in EventBridge Scheduler" (six fields, ``?``, Sunday is 1). An expression of five fields is read as
crontab(5) has it (Sunday is 0).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

_CRON = re.compile(r"\s*(?:cron\((?P<inside>[^()]*)\)|(?P<bare>[^()]+))\s*", re.IGNORECASE)
_RATE = re.compile(r"\s*rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)\s*", re.IGNORECASE)
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_ALL = ("*", "?")
_MINUTES_OF_DAY = 24 * 60
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIRST, _DAYS = date(2024, 1, 1), 4 * 366
"""A run of days with every kind of month and year."""

_AWS_FIELDS = 6
_CRONTAB_FIELDS = 5


class _UnreadError(Exception):
    """A field of the expression is not understood."""


def longest_gap_hours(expression: str) -> float | None:
    """Hours between two runs at most, in the schedule's own time zone; None for an expression that is not understood.

    Days on which clocks are changed are not looked at.
    """
    rate = _RATE.fullmatch(expression)
    if rate:
        return int(rate[1]) * _HOURS[rate[2].lower()]
    match = _CRON.fullmatch(expression)
    fields = (match["inside"] or match["bare"] or "").split() if match else []
    if len(fields) not in (_AWS_FIELDS, _CRONTAB_FIELDS):
        return None
    try:
        return _gap(fields)
    except _UnreadError:
        return None


def _gap(fields: Sequence[str]) -> float | None:
    aws = len(fields) == _AWS_FIELDS
    if aws and fields[5] not in _ALL:
        raise _UnreadError
    minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
    times = sorted(60 * hour + minute for hour in hours for minute in minutes)
    days = _days(fields, aws)
    if len(days) < 2:
        return None
    within = max((after - before for before, after in pairwise(times)), default=0)
    apart = max((after - before).days for before, after in pairwise(days))
    return max(within, apart * _MINUTES_OF_DAY - times[-1] + times[0]) / 60


def _days(fields: Sequence[str], aws: bool) -> list[date]:
    """The days on which the schedule runs, of a run of years."""
    of_month, of_week = fields[2], fields[4]
    months = _numbers(fields[3], 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)})
    first = 1 if aws else 0
    names = {name: number for number, name in enumerate(_WEEKDAYS, first)}
    in_month = _numbers(of_month, 1, 31)
    in_week = {(number - first) % 7 for number in _numbers(of_week, first, 7, names)}
    if of_month not in _ALL and of_week not in _ALL:
        if aws:
            raise _UnreadError
        return [day for day in _run() if day.month in months and (day.day in in_month or _weekday(day) in in_week)]
    return [day for day in _run() if day.month in months and day.day in in_month and _weekday(day) in in_week]


def _run() -> list[date]:
    return [_FIRST + timedelta(days=number) for number in range(_DAYS)]


def _weekday(day: date) -> int:
    """The day of the week with Sunday as 0."""
    return day.isoweekday() % 7


def _numbers(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """The numbers of a field. Raises _UnreadError for ``L``, ``W``, ``#`` and what cannot be read."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        start, end = _span(span, low, high, names or {}, stepped=bool(step))
        if step and (not step.isdigit() or step == "0"):
            raise _UnreadError
        found.update(range(start, end + 1, int(step) if step else 1))
    if not found or not found <= set(range(low, high + 1)):
        raise _UnreadError
    return frozenset(found)


def _span(text: str, low: int, high: int, names: Mapping[str, int], *, stepped: bool) -> tuple[int, int]:
    if text in _ALL:
        return low, high
    start, dash, end = text.partition("-")
    first = _number(start, names)
    if dash:
        return first, _number(end, names)
    return first, high if stepped else first


def _number(text: str, names: Mapping[str, int]) -> int:
    value = names.get(text.upper())
    if value is None and not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise _UnreadError
    return int(text) if value is None else value
