"""Calls per minute of each API, from records: exact, and the same however records lie in files and shards.

Only minutes that have calls are held. Who called is held with each minute, up to a bound; beyond it calls still count,
and the series says that attributions are incomplete.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from scanner.errors import SourceError
from scanner.events.insights.delivered import InsightEvent, insight_event
from scanner.events.insights.value import Api
from scanner.events.reading.fields.actors import actor_in, without_session
from scanner.events.reading.fields.event_ids import fingerprint
from scanner.events.reading.fields.period import Period
from scanner.events.reading.fields.views import MISFITS, Record, parse_record
from scanner.events.reading.records import split
from scanner.files.log_source import LogSource
from scanner.model import APART
from scanner.times import parse_time

MAX_CELLS = 3_000_000
"""Minutes of an API for which one caller, with one user agent and one error code, is held."""

_INSIGHT, _OF_TRAIL = "Insight", "AwsCloudTrailInsight"
"""The category and the type of an Insights event."""

MINUTE = 60
NO_ERROR = "null"
"""What AWS writes in attributions for calls without an error."""

Caller = tuple[str, str, str]
"""The identity without the name of its session, the user agent and the error code."""

OTHERS: Caller = ("", "", "")

_NAMES = {
    "id": "eventID",
    "time": "eventTime",
    "source": "eventSource",
    "name": "eventName",
    "region": "awsRegion",
    "error": "errorCode",
    "account": "recipientAccountId",
    "identity": "userIdentity",
    "agent": "userAgent",
    "read_only": "readOnly",
    "management": "managementEvent",
    "category": "eventCategory",
    "kind": "eventType",
}


class _Event(msgspec.Struct, gc=False, rename=_NAMES):
    """The members of a record that are counted; of whatever type, because records are what they are."""

    id: Any = None
    time: Any = None
    source: Any = None
    name: Any = None
    region: Any = None
    error: Any = None
    account: Any = None
    identity: Any = None
    agent: Any = None
    read_only: Any = None
    management: Any = None
    category: Any = None
    kind: Any = None


_DECODE = msgspec.json.Decoder(_Event).decode


@dataclass(frozen=True, slots=True)
class Call:
    """A call that counts, in minutes since 1970; ``number`` is that of its ``eventID``, 0 for none."""

    number: int
    minute: int
    api: Api
    caller: Caller


@dataclass(slots=True)
class Shard:
    """What the records of one source give; ``strange`` counts Insights events that are not understood."""

    source: str
    records: int = 0
    unreadable: int = 0
    untimed: int = 0
    strange: int = 0
    calls: list[Call] = field(default_factory=list)
    delivered: list[InsightEvent] = field(default_factory=list)
    hours: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    losses: tuple[str, ...] = ()


def shard_of(period: Period, source: LogSource) -> Shard:
    """What the records of one source give, those outside the period left out."""
    shard = Shard(source.name)
    try:
        whole = split(source.read(), source.name)
    except SourceError as error:
        shard.losses = (str(error),)
        return shard
    minute_of = _clock()
    for raw in whole.within(period).records:
        shard.records += 1
        _count(shard, raw, minute_of)
    shard.losses = tuple(why for _, why in whole.account().losses())
    return shard


def _count(shard: Shard, raw: Record, minute_of: Callable[[Any], int | None]) -> None:
    event = _event(raw)
    if event is None:
        shard.unreadable += 1
        return
    if event.category in APART or event.kind == _OF_TRAIL:
        told = insight_event(parse_record(raw) or {})
        if told is not None:
            shard.delivered.append(told)
        elif event.category == _INSIGHT or event.kind == _OF_TRAIL:
            shard.strange += 1
        return
    minute = minute_of(event.time)
    if minute is None:
        shard.untimed += 1
        return
    place = (_text(event.account), _text(event.region))
    shard.hours.setdefault(place, set()).add(minute // 60)
    number = fingerprint(event.id) if isinstance(event.id, str) and event.id else 0
    error = _text(event.error)
    data = event.category == "Data" or event.management is False
    category = "Data" if data else "Management"
    api = (*place, _text(event.source), _text(event.name), category)
    caller = (without_session(actor_in(event.identity)), _text(event.agent), error or NO_ERROR)
    if data or _is_write(event.read_only):
        shard.calls.append(Call(number, minute, Api(*api), caller))
    if error:
        shard.calls.append(Call(number, minute, Api(*api, error), caller))


def _is_write(read_only: Any) -> bool:
    """Whether a record says that its call may change something; some sources write the boolean as text."""
    return read_only is False or read_only == "false"


def _clock() -> Callable[[Any], int | None]:
    """Minutes since 1970 of times, each read once: records of a file share their minutes."""
    known: dict[str, int | None] = {}

    def minute_of(value: Any) -> int | None:
        if not isinstance(value, str):
            return None
        if value not in known:
            moment = parse_time(value)
            known[value] = None if moment is None else int(moment.timestamp()) // MINUTE
        return known[value]

    return minute_of


def _event(record: Record) -> _Event | None:
    try:
        return _DECODE(record)
    except MISFITS:
        whole = parse_record(record)
        return None if whole is None else _Event(**{name: whole.get(member) for name, member in _NAMES.items()})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


Minutes = dict[int, dict[Caller, int]]


@dataclass(slots=True)
class Series:
    """The calls of every API by minute and caller, and the hours in which an account has records in a Region."""

    calls: dict[Api, Minutes] = field(default_factory=dict)
    hours: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    repeats: int = 0
    callers_dropped: bool = False
    _cells: int = 0
    _seen: set[tuple[int, bool]] = field(default_factory=set)

    def add(self, shard: Shard) -> None:
        """Add what one more source gives; an event that was delivered before adds nothing."""
        for place, hours in shard.hours.items():
            self.hours.setdefault(place, set()).update(hours)
        for call in shard.calls:
            copy = (call.number, bool(call.api.error))
            if call.number and copy in self._seen:
                self.repeats += 1
                continue
            self._seen.add(copy)
            minutes = self.calls.setdefault(call.api, {})
            self._hold(minutes.setdefault(call.minute, {}), call.caller)

    def _hold(self, callers: dict[Caller, int], caller: Caller) -> None:
        if caller not in callers:
            if self._cells >= MAX_CELLS:
                self.callers_dropped = True
                caller = OTHERS
            else:
                self._cells += 1
        callers[caller] = callers.get(caller, 0) + 1

    def counts(self) -> Iterator[tuple[Api, Mapping[int, int]]]:
        """The calls per minute of each API, in the order of APIs."""
        for api in sorted(self.calls):
            yield api, {minute: sum(callers.values()) for minute, callers in self.calls[api].items()}
