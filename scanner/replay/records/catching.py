"""Sources of log records read for a replay: by one process or several, with the same result."""

import multiprocessing
import pickle
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

import msgspec

from scanner.errors import SourceError, TrailwitnessError
from scanner.events.matching.conditions.condition import Condition
from scanner.events.matching.details import Details, wanted_details
from scanner.events.matching.fast_path import LogFileScan
from scanner.events.matching.found import Asked, Finder, Found
from scanner.events.matching.judging.rule_set import RuleSet
from scanner.events.memory import memory_kept
from scanner.events.reading.fields.period import ALWAYS, Period
from scanner.events.reading.fields.times import microseconds
from scanner.events.reading.fields.views import MISFITS, Record, parse_record, record_text
from scanner.events.reading.records import split
from scanner.events.reading.sources.limits import DEFAULT_LIMITS
from scanner.files.log_source import LogSource, at_hand
from scanner.pattern import And, JsonPattern
from scanner.pattern.matching.json_reader import read_object
from scanner.replay.deployment.deployed import DeployedFilter, Deployment
from scanner.replay.records.arrival import Arrival
from scanner.replay.records.caught import NEVER, Catch, Place
from scanner.replay.records.meeting import Meeting
from scanner.replay.records.shapes import Route

BATCH_SOURCES = 500
"""How many sources a process is given at a time, at most."""

SMALL = 1 << 16
"""Bytes, as stored, of the largest source that is judged together with others."""

TOGETHER = 100
"""How many small sources are judged together."""

_EVERY = And(())


class Catcher:
    """Reads sources and keeps of their records what a replay through one deployment needs."""

    def __init__(self, deployment: Deployment, routes: Sequence[Route], arrival: Arrival, period: Period) -> None:
        self._meeting = Meeting(deployment, routes)
        self._routes = tuple(routes)
        self._arrival = arrival
        self._period = period
        filters = enumerate(self._meeting.filters)
        self._fed = [number for number, each in filters if _feeds(each, deployment)]
        conditions = [Condition(route.pattern.expr, None) for route in self._routes]
        conditions += [_condition(self._meeting.filters[number]) for number in self._fed]
        rules = RuleSet(conditions, wanted := wanted_details(()))
        asked = [Asked(number) for number in range(len(conditions))]
        self._finder = Finder(rules, Details(wanted, rules.head), frozenset(), asked)
        defaulting = [each.group for each in self._meeting.filters if each.metric and each.metric.default is not None]
        self._defaulting = frozenset(defaulting)
        self._scan = LogFileScan(self._finder, period)

    def catch(self, sources: Iterable[LogSource], catch: Catch) -> None:
        """Add what the records of sources give, those outside the period left out.

        Small sources are judged together, because that is faster than one by one.
        """
        small: list[_Read] = []
        for source in sources:
            number = len(catch.sources)
            catch.sources.append(source.name)
            try:
                data = source.read()
            except SourceError as error:
                catch.losses.append((source.name, str(error)))
                continue
            read = self._read(source.name, number, data, catch)
            catch.records += read.count
            if read.delivered is not None and read.count:
                catch.arrived(read.delivered)
            if read.heads is None:
                found = Found()
                self._finder.judge(read.records(), found)
                self._found([read], found, catch)
            else:
                small.append(read)
            if len(small) >= TOGETHER:
                self._judge_small(small, catch)
                small = []
        self._judge_small(small, catch)

    def _read(self, name: str, number: int, data: bytes, catch: Catch) -> "_Read":
        """One source: only the heads of a small sound file are read, of anything else the records."""
        delivered = self._arrival.delivered(name)
        scanned = self._scan.read(data, DEFAULT_LIMITS.content) if len(data) <= SMALL else None
        if scanned is not None and scanned.found is None:
            return _Read(name, number, delivered, len(scanned.heads), scanned.records, scanned.numbers, scanned.heads)
        whole = split(data, name)
        catch.losses += [(name, why) for _, why in whole.account().losses()]
        kept = whole.within(self._period)
        return _Read(name, number, delivered, kept.count, lambda: kept.records)

    def _judge_small(self, small: Sequence["_Read"], catch: Catch) -> None:
        if not small:
            return
        heads: list[Any] = []
        for read in small:
            heads += read.heads or ()
        found = Found()
        self._finder.judge_heads(heads, _Together(small), found)
        self._found(small, found, catch)

    def _found(self, sources: Sequence["_Read"], found: Found, catch: Catch) -> None:
        """Add what was found in the records of sources that were judged together."""
        together = _Together(sources)
        for at in found.unreadable:
            read, _ = together.place(at)
            catch.losses.append((read.name, f"{read.name}: a record is not a JSON object"))
        for at, numbers in _by_record(found).items():
            read, inside = together.place(at)
            self._take(read, inside, numbers, catch)
        if self._defaulting:
            for read in sources:
                self._enter(read, catch)

    def _take(self, read: "_Read", at: int, numbers: Sequence[int], catch: Catch) -> None:
        text = record_text(read.record(at))
        record = read_object(text)
        if record is None:
            return
        told = record.get("eventTime")
        time = microseconds(told) if isinstance(told, str) else None
        minute = self._arrival.minute(read.delivered, time)
        routes = [number for number in numbers if number < len(self._routes)]
        filters = [self._fed[number - len(self._routes)] for number in numbers if number >= len(self._routes)]
        shape = self._meeting.meet(record, text, routes, filters)
        if not (shape.routes or shape.published):
            return
        catch.undated += minute is None
        catch.lagged += read.delivered is None and minute is not None
        if minute is not None:
            catch.arrived(minute)
        event_id = record.get("eventID")
        known = event_id if isinstance(event_id, str) else ""
        place = Place(read.number, f"{read.name}#{at}")
        catch.add(known, place, NEVER if minute is None else minute, time, shape)

    def _enter(self, read: "_Read", catch: Catch) -> None:
        """Note in which minutes records entered the log groups whose filters publish a default value."""
        delivered = read.delivered
        if delivered is not None and all(delivered in catch.busy.get(group, ()) for group in self._defaulting):
            return
        for at in range(read.count):
            raw = read.record(at)
            minute = delivered if delivered is not None else self._arrival.minute(None, _time(raw))
            waiting = {group for group in self._defaulting if minute not in catch.busy.get(group, ())}
            if delivered is not None and not waiting:
                return
            if minute is None or not waiting:
                continue
            record: dict[str, Any] = parse_record(raw) or {}
            for group in waiting.intersection(self._meeting.carried(record)) if record else ():
                catch.busy.setdefault(group, set()).add(minute)
                catch.arrived(minute)


@dataclass(frozen=True, slots=True)
class _Read:
    """A source that was read: its place among all, when it was delivered, and its records, of which some are wanted.

    ``numbers`` are those of the ones that lie in the period (None: all). ``heads`` are decoded of a small sound file.
    """

    name: str
    number: int
    delivered: int | None
    count: int
    records: Callable[[], Sequence[Record]]
    numbers: Sequence[int] | None = None
    heads: Sequence[Any] | None = None

    def record(self, at: int) -> Record:
        """A record by its place among the wanted ones."""
        return self.records()[at if self.numbers is None else self.numbers[at]]


class _Together:
    """The records of several sources, one after another."""

    def __init__(self, sources: Sequence[_Read]) -> None:
        self._sources = sources
        self._starts = [0, *accumulate(source.count for source in sources)]

    def place(self, at: int) -> tuple[_Read, int]:
        """The source of a record, and its place in it."""
        number = bisect_right(self._starts, at) - 1
        return self._sources[number], at - self._starts[number]

    def __getitem__(self, at: int) -> Record:
        read, inside = self.place(at)
        return read.record(inside)


class _Timed(msgspec.Struct, gc=False, rename={"time": "eventTime"}):
    time: Any = None


_DECODE = msgspec.json.Decoder(_Timed).decode


def _time(raw: Record) -> int | None:
    """The eventTime of a record in microseconds."""
    try:
        time = _DECODE(raw).time
    except MISFITS:
        time = (parse_record(raw) or {}).get("eventTime")
    return microseconds(time) if isinstance(time, str) else None


def _feeds(each: DeployedFilter, deployment: Deployment) -> bool:
    """Whether an alarm may read what a filter publishes, so that all of it counts and not only what a route asks of."""
    if each.off or each.metric is None or each.pattern is None:
        return False
    named = (each.metric.namespace, each.metric.name)
    return any(named in alarm.own_names for alarm in deployment.watch(each.account, each.region).alarms)


def _condition(each: DeployedFilter) -> Condition:
    return Condition(each.pattern.expr if isinstance(each.pattern, JsonPattern) else _EVERY, None)


def _by_record(found: Found) -> dict[int, list[int]]:
    """The numbers of the conditions that each record matches, by its place."""
    numbers: dict[int, list[int]] = {}
    for (number, _), places in found.hits.items():
        for at in places:
            numbers.setdefault(at, []).append(number)
    return numbers


def catch_records(
    deployment: Deployment,
    routes: Sequence[Route],
    sources: Iterable[LogSource],
    *,
    arrival: Arrival | None = None,
    period: Period = ALWAYS,
    workers: int = 1,
) -> Iterator[Catch]:
    """What sources give, some at a time, with ``workers`` processes (1: this one). Merging all of it is the result.

    Raises TrailwitnessError when a process is ended from outside.
    """
    ordered = sorted(sources, key=lambda source: source.name)
    made = partial(Catcher, deployment, tuple(routes), arrival or Arrival(), period)
    size = max(1, min(BATCH_SOURCES, len(ordered) // (4 * workers)))
    batches = [ordered[at : at + size] for at in range(0, len(ordered), size)]
    with memory_kept():
        if workers <= 1:
            catcher = made()
            yield from (_caught(catcher, batch) for batch in batches)
            return
        try:
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(made,)) as pool:
                yield from pool.map(_work, (list(map(_portable, batch)) for batch in batches))
        except BrokenProcessPool as error:
            raise TrailwitnessError(
                "A worker process was ended from outside, perhaps for want of memory. Nothing was replayed.",
                "Run again, with fewer --workers if memory is short.",
            ) from error


_catcher: list[Catcher] = []
"""The catcher of a worker process, made once when it starts."""


def _start(made: "partial[Catcher]") -> None:
    _catcher[:] = [made()]


def _work(batch: Sequence[LogSource]) -> Catch:
    return _caught(_catcher[0], batch)


def _caught(catcher: Catcher, batch: Sequence[LogSource]) -> Catch:
    catch = Catch()
    catcher.catch(batch, catch)
    return catch


def _portable(source: LogSource) -> LogSource:
    """The source itself, or its content when it cannot travel to another process."""
    try:
        pickle.dumps(source)
    except (TypeError, AttributeError, pickle.PicklingError):
        return at_hand(source)
    return source
