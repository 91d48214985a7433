"""The picture of a route: when its records came, what the datapoints were, the states of alarms, and who was told."""

from collections.abc import Iterable, Iterator

from reports.timelines.picture import Band, Bars, Marks, Picture, Row, Span
from scanner.replay.evaluation.clock import clock
from scanner.replay.replaying import AlarmReplay, Replayed, RouteReplay

_AFTER = 60
"""Minutes that a picture goes on after the last record, so that it shows how alarms leave their state."""

_MOST_ALARMS = 4
_MOST_POINTS = 5_000

SYNTHETIC = "SYNTHETIC: made-up records, not what happened"


def heading(*, synthetic: bool) -> str:
    """What is written above all pictures."""
    return SYNTHETIC if synthetic else "Replay of log records"


def picture(route: RouteReplay, replayed: Replayed, *, synthetic: bool = False) -> Picture:
    """The picture of a route over the whole time of a replay."""
    begin, end = replayed.begin, replayed.end + _AFTER
    alarms = [each for each in replayed.alarms if each.track.alarm.identity in route.alarms and not each.fault]
    rows: list[Row] = [Bars("records", tuple((minute, float(count)) for minute, count in route.arrived.items()))]
    for each in alarms[:_MOST_ALARMS]:
        rows += _alarm(each, begin, end)
    rows.append(Marks("told", tuple(sorted({each.minute for each in route.notifications}))))
    note = SYNTHETIC if synthetic else ""
    return Picture(f"{route.route.id}: {route.route.title}", begin, end, (clock(begin), clock(end)), tuple(rows), note)


def pictures(replayed: Replayed, *, synthetic: bool = False) -> Iterator[Picture]:
    """The pictures of the routes that had records."""
    yield from (picture(route, replayed, synthetic=synthetic) for route in replayed.routes if route.records)


def _alarm(each: AlarmReplay, begin: int, end: int) -> Iterable[Row]:
    line, alarm = each.track.lines[0], each.track.alarm
    period = line.evaluated.period
    points: list[tuple[int, float]] = []
    for minute in each.track.samples.within(begin, end)[:_MOST_POINTS]:
        value = line.evaluated.point(minute + 1 - period, minute + 1)
        points += [] if value is None else [(minute, value)]
    yield Bars(f"datapoints {alarm.name}", tuple(points))
    moments = [change.minute for change in each.changes]
    states = [line.first, *(change.after for change in each.changes)]
    spans = zip([begin, *moments], [*moments, end], states, strict=True)
    yield Band(f"state {alarm.name}", tuple(Span(first, last, word) for first, last, word in spans if first < last))
