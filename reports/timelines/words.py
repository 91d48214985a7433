"""A picture in sentences, for those who do not see it: what each row shows, with its times."""

from collections.abc import Iterator
from typing import assert_never

from reports.timelines.picture import Band, Bars, Marks, Picture, Row
from scanner.times import from_milliseconds

MOST = 12
"""Moments that one row tells of; how many more there are is said."""

STATES = {"ALARM": "in ALARM", "OK": "OK", "INSUFFICIENT_DATA": "without data"}
"""The states of an alarm, as people say them."""

_MILLISECONDS = 60_000


def described(picture: Picture) -> Iterator[str]:
    """One sentence for each row of a picture."""
    yield from (f"{row.label}: {_told(row, picture)}." for row in picture.rows)


def _told(row: Row, picture: Picture) -> str:
    match row:
        case Bars():
            return _values(row, picture)
        case Band():
            spans = [span for span in row.spans if picture.bounds(span, 1)]
            told = [f"{STATES.get(each.word, each.word)} from {_clock(each.begin)}" for each in spans]
            return _listed(told) or "nothing is known of it"
        case Marks():
            return _listed([_clock(minute) for minute in row.minutes if _inside(minute, picture)]) or "never"
        case _:
            assert_never(row)


def _values(row: Bars, picture: Picture) -> str:
    there = [(minute, value) for minute, value in row.values if value > 0 and _inside(minute, picture)]
    if not there:
        return "nothing"
    highest = max(value for _, value in there)
    minutes = "one minute" if len(there) == 1 else f"{len(there)} minutes"
    first, last = _clock(min(there)[0]), _clock(max(there)[0])
    when = f"at {first}" if first == last else f"from {first} to {last}"
    return f"in {minutes}, {when}, at most {highest:g}"


def _listed(told: list[str]) -> str:
    left = len(told) - MOST
    return ", ".join(told[:MOST]) + (f" and {left} more" if left > 0 else "")


def _inside(minute: int, picture: Picture) -> bool:
    return picture.column(minute, 1) is not None


def _clock(minute: int) -> str:
    return f"{from_milliseconds(minute * _MILLISECONDS):%Y-%m-%dT%H:%MZ}"
