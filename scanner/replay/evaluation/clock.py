"""Minutes since 1970 as moments, and as they are written for people and files."""

from datetime import datetime

from scanner.times import from_milliseconds

SECONDS = 60

TOLERANCE = 5
"""Minutes by which a state may have been entered before or after the minute that the replay gives."""

_MILLISECONDS = 60_000


def moment(minute: int) -> datetime:
    """The beginning of a minute since 1970."""
    return from_milliseconds(minute * _MILLISECONDS)


def clock(minute: int) -> str:
    """A minute since 1970 as ``2026-11-20T07:05Z``."""
    return f"{moment(minute):%Y-%m-%dT%H:%MZ}"
