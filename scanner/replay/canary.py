"""One made-up record for each event that a route must tell of, each replayed by itself.

Nothing of it has happened. The records are those that prove what a pattern asks for, with the account, the Region and
the time in which they are taken to happen.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scanner.pattern import And, Compare, Expr, JsonPattern, Or, covers, matches_value
from scanner.replay.alarming.acting import Onwards, Verdict
from scanner.replay.deployment.deployed import Deployment
from scanner.replay.evaluation.clock import SECONDS
from scanner.replay.records.arrival import LAG
from scanner.replay.records.caught import Catch, Place
from scanner.replay.records.meeting import Meeting
from scanner.replay.records.shapes import Route
from scanner.replay.replaying import AlarmReplay, Notification, Replayed, RouteReplay, Silence, replay

SYNTHETIC = "synthetic"
"""What the id of each record begins with, and the source it is said to come from."""

_NAME = ("eventName",)
_MOST_EVENTS = 200
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where made-up events happen, and how many minutes later their records arrive (None: as usual)."""

    time: datetime
    region: str
    lag: int | None = None


def replay_canaries(
    deployment: Deployment,
    routes: Sequence[Route],
    moment: Moment,
    *,
    evaluation_range: int | None = None,
    onwards: Onwards | None = None,
) -> Replayed:
    """What one record for each event of each route would raise in each account, each alone."""
    meeting = Meeting(deployment, routes)
    found: list[Replayed] = []
    for number, route in enumerate(routes):
        for account in sorted(deployment.accounts):
            for record in records_of(route, account, moment):
                catch = _caught(meeting, number, record, moment)
                told = replay(deployment, routes, [catch], evaluation_range=evaluation_range, onwards=onwards)
                found.append(told)
    return _together(found, routes)


def records_of(route: Route, account: str, moment: Moment) -> Iterator[dict[str, Any]]:
    """One record for each event that a route names, as CloudTrail could write it; none for an event that cannot be."""
    for number, expr in enumerate(events_of(route.pattern.expr)[:_MOST_EVENTS], start=1):
        witness = covers(JsonPattern(expr), (), realistic=True).witness
        if witness is None:
            continue
        record = {**witness, "eventID": f"{SYNTHETIC}-{route.id}-{number}"}
        for changes in (_placed(account, moment), {"eventTime": _written(moment.time)}):
            changed = {**record, **changes}
            record = changed if matches_value(route.pattern, changed) else record
        yield record


def _placed(account: str, moment: Moment) -> Mapping[str, Any]:
    return {
        "recipientAccountId": account,
        "awsRegion": moment.region,
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": False,
    }


def _written(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def events_of(expr: Expr) -> list[Expr]:
    """An expression as several, one for each event name that it lists; what they have in common is in each."""
    if isinstance(expr, Or) and _lists_names(expr):
        return [each for part in expr.parts for each in events_of(part)]
    if isinstance(expr, And):
        for place, part in enumerate(expr.parts):
            if _lists_names(part):
                rest = expr.parts[:place], expr.parts[place + 1 :]
                return [_both(rest[0], each, rest[1]) for each in events_of(part)]
    return [expr]


def _both(before: tuple[Expr, ...], each: Expr, after: tuple[Expr, ...]) -> Expr:
    middle = each.parts if isinstance(each, And) else (each,)
    return And((*before, *middle, *after))


def _lists_names(expr: Expr) -> bool:
    """Whether an expression has alternatives of which some name an event."""
    if isinstance(expr, And):
        return any(map(_lists_names, expr.parts))
    return isinstance(expr, Or) and any(map(_names_event, expr.parts))


def _names_event(expr: Expr) -> bool:
    if isinstance(expr, And | Or):
        return any(map(_names_event, expr.parts))
    return isinstance(expr, Compare) and expr.selector.steps == _NAME and expr.op == "="


def _caught(meeting: Meeting, number: int, record: Mapping[str, Any], moment: Moment) -> Catch:
    """The record, as it would have been caught when it arrived."""
    seconds = int(moment.time.timestamp())
    minute = seconds // SECONDS + (LAG if moment.lag is None else moment.lag)
    catch = Catch(sources=[SYNTHETIC], records=1)
    shape = meeting.meet(record, json.dumps(record), (number,))
    event_id = str(record["eventID"])
    catch.add(event_id, Place(0, event_id), minute, seconds * _MICROSECONDS, shape)
    catch.arrived(minute)
    for group in meeting.carried(record):
        catch.busy.setdefault(group, set()).add(minute)
    return catch


def _together(found: Sequence[Replayed], routes: Sequence[Route]) -> Replayed:
    """Several replays told as one: each alarm as in the first of them that set it off, else that it saw anything of."""
    alarms: dict[str, AlarmReplay] = {}
    for each in found:
        for alarm in each.alarms:
            known = alarms.get(alarm.track.alarm.identity)
            if known is None or _seen(alarm) > _seen(known):
                alarms[alarm.track.alarm.identity] = alarm
    by_route = zip(*(each.routes for each in found), strict=True) if found else ((),) * len(routes)
    merged = map(_merged, routes, by_route)
    return Replayed(
        routes=tuple(merged),
        alarms=tuple(map(alarms.__getitem__, sorted(alarms))),
        begin=found[0].begin if found else 0,
        end=found[0].end if found else 0,
        records=len(found),
        lagged=0,
        undated=0,
        losses=(),
    )


def _seen(alarm: AlarmReplay) -> tuple[bool, bool]:
    """How much an alarm tells in a replay: whether it changed its state, and whether it had a datapoint."""
    return bool(alarm.changes), bool(alarm.track.samples.minutes)


def _merged(route: Route, several: Sequence[RouteReplay]) -> RouteReplay:
    counts: Counter[Verdict] = Counter()
    told: dict[object, Notification] = {}
    silent: dict[object, Silence] = {}
    arrived: Counter[int] = Counter()
    alarms: set[str] = set()
    for each in several:
        counts.update(each.counts)
        arrived.update(each.arrived)
        alarms |= set(each.alarms) if each.records else set()
        for notification in each.notifications:
            key = notification.by, notification.minute, notification.depends
            known = told.get(key)
            told[key] = notification if known is None else _more_told(known, notification)
        for silence in each.silences:
            why = silence.verdict, silence.reason, silence.why, silence.depends
            before = silent.get(why)
            silent[why] = silence if before is None else _more_silent(before, silence)
    return RouteReplay(
        route=route,
        counts=dict(counts),
        notifications=tuple(told.values()),
        silences=tuple(silent.values()),
        arrived=dict(sorted(arrived.items())),
        alarms=tuple(sorted(alarms)),
    )


def _more_told(known: Notification, other: Notification) -> Notification:
    return replace(known, records=known.records + other.records, examples=(*known.examples, *other.examples))


def _more_silent(known: Silence, other: Silence) -> Silence:
    return replace(known, records=known.records + other.records, examples=(*known.examples, *other.examples))
