"""The times that records carry."""

from datetime import UTC, datetime
from functools import lru_cache

from scanner.times import parse_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000


@lru_cache(maxsize=4096)
def microseconds(time: str) -> int | None:
    """The moment of ``parse_time`` as microseconds since 1970; None for what is not one."""
    moment = parse_time(time)
    if moment is None:
        return None
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * _MICROSECONDS + since.microseconds
