"""The records of one source that lie in a window of time, by their own eventTime."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner.events.projection import MISFITS, Record, parse_record
from scanner.events.records import Split
from scanner.events.thresholds import microseconds


class _Timed(msgspec.Struct, gc=False, rename={"time": "eventTime"}):
    time: Any = None


_DECODE = msgspec.json.Decoder(_Timed).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """A window of time, both ends included, in microseconds since 1970; None leaves an end open."""

    since: int | None = None
    until: int | None = None

    def within(self, source: Split) -> Split:
        """The source without the records that lie outside; how many those were becomes a note.

        A record without a readable time stays: leaving it out would hide it.
        """
        if self.since is None and self.until is None:
            return source
        kept = [number for number, record in enumerate(source.records) if self._holds(record)]
        left = len(source.records) - len(kept)
        if not left:
            return source
        note = f"{left} record{'' if left == 1 else 's'} outside the time asked for"
        return replace(
            source,
            records=[source.records[number] for number in kept],
            positions=[source.position(number) for number in kept],
            notes=(*source.notes, note),
        )

    def _holds(self, record: Record) -> bool:
        try:
            text = _DECODE(record).time
        except MISFITS:
            text = (parse_record(record) or {}).get("eventTime")
        time = microseconds(text) if isinstance(text, str) else None
        if time is None:
            return True
        return (self.since is None or time >= self.since) and (self.until is None or time <= self.until)


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
