"""The times that records carry."""

from datetime import UTC, datetime
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000
_DAY = len("2026-05-01")


@lru_cache(maxsize=4096)
def microseconds(time: str) -> int | None:
    """A time (RFC 3339, or with a space for the T) as microseconds since 1970; without a zone it is UTC; None for anything else.

    Python reads days, weeks (``2026W185``) and times without dashes too, which are no times of an event.
    """
    if len(time) <= _DAY or (time[4], time[7], time[_DAY] in "Tt ") != ("-", "-", True):
        return None
    try:
        moment = datetime.fromisoformat(time)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        return None
    return (since.days * 86400 + since.seconds) * _MICROSECONDS + since.microseconds
