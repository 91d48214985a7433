"""The records of one source that lie in a window of time, by their own eventTime."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner.events.reading.fields.times import microseconds
from scanner.events.reading.fields.views import MISFITS, Record, parse_record


class _Timed(msgspec.Struct, gc=False, rename={"time": "eventTime"}):
    time: Any = None


EVENT_TIME = ("eventTime",)
_DECODE = msgspec.json.Decoder(_Timed).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """A window of time, both ends included, in microseconds since 1970; None leaves an end open."""

    since: int | None = None
    until: int | None = None

    @property
    def everything(self) -> bool:
        """Whether no record lies outside."""
        return self.since is None and self.until is None

    def kept(self, records: Sequence[Record]) -> list[int]:
        """The numbers of the records that lie inside."""
        if self.everything:
            return list(range(len(records)))
        return [number for number, record in enumerate(records) if self.holds(_time(record))]

    def holds(self, time: Any) -> bool:
        """Whether a record with this ``eventTime`` lies inside.

        One without a readable time does: leaving it out would hide it.
        """
        moment = microseconds(time) if isinstance(time, str) else None
        if moment is None:
            return True
        return (self.since is None or moment >= self.since) and (self.until is None or moment <= self.until)


def _time(record: Record) -> Any:
    try:
        return _DECODE(record).time
    except MISFITS:
        return (parse_record(record) or {}).get("eventTime")


ALWAYS = Period()
"""No window: every record is in it."""


def period_of(since: datetime | None, until: datetime | None) -> Period:
    """The window between two times with a zone."""
    return Period(_since_1970(since), _since_1970(until))


def _since_1970(time: datetime | None) -> int | None:
    if time is None:
        return None
    since = time - _EPOCH
    return (since.days * 86400 + since.seconds) * _MICROSECOND + since.microseconds
