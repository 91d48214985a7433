"""Times read and written: the one place that knows which texts name a moment, and what a missing zone means.

A moment is a ``datetime`` in UTC (within a day of the first or last there is, it keeps its own zone). Answers of AWS,
log records and recorded calls write RFC 3339; a text without a zone is read as UTC, because every AWS API and
CloudTrail mean UTC where they leave it out, and never as local time: a verdict must not depend on the machine. Where a
document of ours states a time, the zone is required.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = len("2026-05-01")
_DELIVERED = re.compile(r"_(\d{8}T\d{4}Z)_[^/]*\Z")


def parse_time(value: Any) -> datetime | None:
    """The moment that a text in RFC 3339 names (a space may be the T); ``None`` for anything else.

    Python reads days, weeks (``2026W185``) and times without dashes too: none of them is a moment in RFC 3339.
    """
    if not isinstance(value, str) or not _is_dated(value):
        return None
    moment = _read(value)
    return moment if moment is None or moment.tzinfo is UTC else _in_utc(moment)


def parse_zoned(value: Any) -> datetime | None:
    """The same for a text that must state its zone; ``None`` when it does not, and for what UTC cannot write."""
    moment = _read(value) if isinstance(value, str) and _is_dated(value) else None
    if moment is None or moment.tzinfo is None:
        return None
    moment = _in_utc(moment)
    return moment if moment.tzinfo is UTC else None


def read_time(value: Any) -> datetime:
    """The same as ``parse_time``; raises ValueError for what is not a time."""
    moment = parse_time(value)
    if moment is None:
        raise ValueError(f"{value!r} is not a time in RFC 3339")
    return moment


def parse_iso(text: str) -> datetime | None:
    """The moment that a text in ISO 8601 names, in any spelling Python reads; a day is its beginning.

    For what people and the names of files write; ``None`` for anything else.
    """
    moment = _read(text)
    return moment if moment is None or moment.tzinfo is UTC else _in_utc(moment)


def parse_day(text: str) -> date | None:
    """The day that ``2026-11-20`` names; ``None`` where the calendar has no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def delivery_time(name: str) -> datetime | None:
    """When CloudTrail delivered a log file, from its name (user guide, "CloudTrail log file name format")."""
    found = _DELIVERED.search(name)
    return parse_iso(found[1]) if found else None


def from_milliseconds(milliseconds: float) -> datetime:
    """A time of CloudWatch Logs, in milliseconds since 1970; raises OverflowError beyond the year 9999."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def rfc3339(moment: datetime) -> str:
    """A time as ``2026-11-20T09:00:00Z``, with a fraction only when it has one; a time without a zone is UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except OverflowError:  # within a day of the first or last moment there is: it keeps its own zone
        return aware.isoformat()


def _is_dated(text: str) -> bool:
    return len(text) > _DAY and (text[4], text[7], text[_DAY] in "Tt ") == ("-", "-", True)


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # RFC 3339 allows a small z, which Python does not read.
        return _read(f"{text[:-1]}Z") if text.endswith("z") else None


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment
