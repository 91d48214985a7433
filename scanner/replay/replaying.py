"""A replay: what every route's records raised, when each alarm went off, and why others stayed silent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.replay.alarming.acting import Onward, Onwards, Verdict
from scanner.replay.alarming.outcomes import Alarms, Outcome
from scanner.replay.alarming.publishing import Published
from scanner.replay.alarming.tracks import Track
from scanner.replay.deployment.deployed import Deployment
from scanner.replay.evaluation.timeline import Change, Timeline
from scanner.replay.reasons import Reason
from scanner.replay.records.caught import NEVER, Catch, Entry
from scanner.replay.records.shapes import Route, Shape
from scanner.times import from_milliseconds, rfc3339

SHOWN = 3
"""How many records are named of each notification and of each silence: the first ones."""

_MICROSECONDS, _MILLISECOND = 1_000_000, 1_000
_MINUTE = 60


@dataclass(frozen=True, slots=True, order=True)
class Example:
    """A record: its time (RFC 3339, "" when it has none that can be read), its id, name and account, and its file."""

    time: str
    event_id: str
    name: str
    service: str
    account: str
    region: str
    source: str


@dataclass(frozen=True, slots=True)
class Notification:
    """That an alarm or rule told of records in a minute. ``soonest`` and ``latest`` are seconds since their eventTime.

    ``depends`` says that with another evaluation range it would not have, or at another time.
    """

    by: str
    minute: int
    records: int
    soonest: int | None
    latest: int | None
    examples: tuple[Example, ...]
    rule: bool = False
    depends: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Records that raised nothing of their own, for one reason.

    ``verdict`` is ``SILENT``, ``UNKNOWN`` where something is not known, or ``JOINED`` where an alarm that had told of
    others was in ALARM still.
    """

    verdict: Verdict
    reason: Reason
    why: str
    records: int
    first: int
    last: int
    examples: tuple[Example, ...]
    depends: bool = False


@dataclass(frozen=True, slots=True)
class RouteReplay:
    """What the records of a route raised; ``arrived`` counts them by minute."""

    route: Route
    counts: Mapping[Verdict, int]
    notifications: tuple[Notification, ...]
    silences: tuple[Silence, ...]
    arrived: Mapping[int, int]
    alarms: tuple[str, ...]

    @property
    def records(self) -> int:
        """How many records it must tell of."""
        return sum(self.counts.values())

    @property
    def verdict(self) -> Verdict | None:
        """The worst that happened to one of its records; None without any."""
        found = [verdict for verdict in _WORST_FIRST if self.counts.get(verdict)]
        return found[0] if found else None


_WORST_FIRST = (Verdict.SILENT, Verdict.UNKNOWN, Verdict.JOINED, Verdict.REPORTED)


@dataclass(frozen=True, slots=True)
class AlarmReplay:
    """A metric alarm over the time of the replay; ``fault`` says why it is not replayed.

    ``depends`` are the minutes of changes into ALARM that another evaluation range would not have shown.
    """

    track: Track
    changes: tuple[Change, ...]
    depends: frozenset[int] = frozenset()

    @property
    def fault(self) -> str:
        """Why it is not replayed; "" when it is."""
        return self.track.fault


@dataclass(frozen=True, slots=True)
class Replayed:
    """A whole replay, from the minute ``begin`` to the minute ``end``."""

    routes: tuple[RouteReplay, ...]
    alarms: tuple[AlarmReplay, ...]
    begin: int
    end: int
    records: int
    lagged: int
    undated: int
    losses: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Tally:
    """Records with one outcome; ``examples`` are the first of them."""

    records: int = 0
    first: int | None = None
    last: int | None = None
    soonest: int | None = None
    latest: int | None = None
    examples: list[Example] = field(default_factory=list)

    def add(self, entry: Entry, example: Example, told: int | None) -> None:
        self.records += 1
        self.first = entry.minute if self.first is None else min(self.first, entry.minute)
        self.last = entry.minute if self.last is None else max(self.last, entry.minute)
        if told is not None and entry.time != NEVER:
            after = told * _MINUTE - entry.time // _MICROSECONDS
            self.soonest = after if self.soonest is None else min(self.soonest, after)
            self.latest = after if self.latest is None else max(self.latest, after)
        self.examples.append(example)
        if len(self.examples) > 4 * SHOWN:
            self.examples = sorted(self.examples)[:SHOWN]

    def shown(self) -> tuple[Example, ...]:
        return tuple(sorted(self.examples)[:SHOWN])


@dataclass(slots=True)
class _Gathered:
    """One route while its records are gone through."""

    counts: Counter[Verdict] = field(default_factory=Counter)
    told: dict[tuple[str, int, bool, bool], _Tally] = field(default_factory=dict)
    silent: dict[tuple[Verdict, Reason, str, bool], _Tally] = field(default_factory=dict)
    arrived: Counter[int] = field(default_factory=Counter)


class _Replay:
    """Goes through the records of all routes."""

    def __init__(
        self, deployment: Deployment, routes: Sequence[Route], catch: Catch, alarms: Alarms, onwards: Onwards
    ) -> None:
        self._deployment = deployment
        self._catch = catch
        self._shapes = {number: shape for shape, number in catch.shapes.items()}
        self._alarms = alarms
        self._onwards = onwards
        self._gathered = [_Gathered() for _ in routes]
        self._rules = frozenset(rule.arn for rule in deployment.rules)
        self._known: dict[tuple[int, int], Outcome] = {}

    def run(self) -> Sequence[_Gathered]:
        for entry in self._catch.entries():
            shape = self._shapes[entry.shape]
            if shape.routes:
                self._add(entry, shape)
        return self._gathered

    def _add(self, entry: Entry, shape: Shape) -> None:
        asked = (entry.shape, entry.minute)
        if asked not in self._known:
            self._known[asked] = self._outcome(shape, entry.minute)
        outcome = self._known[asked]
        example = _example(entry, shape, self._catch.sources[entry.source])
        for number in shape.routes:
            gathered = self._gathered[number]
            gathered.counts[outcome.verdict] += 1
            if entry.minute != NEVER:
                gathered.arrived[entry.minute] += 1
            if outcome.verdict is Verdict.REPORTED:
                key = outcome.by, outcome.minute, outcome.by in self._rules, outcome.depends
                gathered.told.setdefault(key, _Tally()).add(entry, example, outcome.minute)
            else:
                reason = outcome.reason or Reason.UNTOLD
                silent = outcome.verdict, reason, outcome.why, outcome.depends
                gathered.silent.setdefault(silent, _Tally()).add(entry, example, None)

    def _outcome(self, shape: Shape, minute: int) -> Outcome:
        """The best that became of a record on any of its ways."""
        tried: list[Outcome] = []
        if minute == NEVER:
            why = "neither the record nor the name of its file tells when it arrived"
            tried.append(Outcome(Verdict.UNKNOWN, reason=Reason.UNTOLD, why=why))
        else:
            for datum in shape.published:
                tried += self._alarms.outcomes(datum, minute)
            tried += [self._fired(firing.rule, firing.doubt, minute) for firing in shape.firings]
        tried += [
            Outcome(Verdict.UNKNOWN if loss.unknown else Verdict.SILENT, reason=loss.reason, why=loss.why)
            for loss in shape.losses
        ]
        nothing = Outcome(Verdict.UNKNOWN, reason=Reason.UNTOLD, why="no way of it is known")
        return min(tried, key=lambda outcome: outcome.order, default=nothing)

    def _fired(self, number: int, doubt: str, minute: int) -> Outcome:
        rule = self._deployment.rules[number]
        if doubt:
            return Outcome(Verdict.UNKNOWN, reason=Reason.RULE, why=f"EventBridge rule {rule.name}: {doubt}")
        onward = self._onwards.get(
            rule.arn, Onward(Verdict.UNKNOWN, f"where EventBridge rule {rule.name} leads is not known")
        )
        if onward.verdict is Verdict.REPORTED:
            return Outcome(Verdict.REPORTED, minute, rule.arn)
        return Outcome(onward.verdict, reason=Reason.UNHEARD, why=onward.why)


def replay(
    deployment: Deployment,
    routes: Sequence[Route],
    caught: Iterable[Catch],
    *,
    begin: int | None = None,
    evaluation_range: int | None = None,
    onwards: Onwards | None = None,
) -> Replayed:
    """What the caught records raised.

    ``begin`` is the minute from which alarms are evaluated (None: the first in which something arrived), and
    ``evaluation_range`` how many datapoints they look at (None: not said). ``onwards`` tells what is known of the ways
    from alarms and rules to people; without any of it, alarms that act are taken to tell somebody.
    """
    catch = Catch()
    for part in caught:
        catch.merge(part)
    known = onwards or {}
    shapes = {number: shape for shape, number in catch.shapes.items()}
    published = Published(deployment.filters, catch.entries(), shapes, catch.busy)
    start = catch.first or 0
    start = start if begin is None else min(begin, start) if catch.first is not None else begin
    alarms = Alarms(deployment, published, start, evaluation_range, known)
    gathered = _Replay(deployment, routes, catch, alarms, known).run()
    told = enumerate(zip(routes, gathered, strict=True))
    found = [_route(route, number, each, shapes, alarms) for number, (route, each) in told]
    tracks = map(alarms.tracks.__getitem__, sorted(alarms.tracks))
    return Replayed(
        routes=tuple(found),
        alarms=tuple(map(_alarm, tracks)),
        begin=start,
        end=catch.last if catch.last is not None else start,
        records=catch.records,
        lagged=catch.lagged,
        undated=catch.undated,
        losses=tuple(sorted(catch.losses)),
    )


def _route(route: Route, number: int, gathered: _Gathered, shapes: Mapping[int, Shape], alarms: Alarms) -> RouteReplay:
    notifications = [
        Notification(by, minute, each.records, each.soonest, each.latest, each.shown(), rule, depends)
        for (by, minute, rule, depends), each in gathered.told.items()
    ]
    silences = [
        Silence(verdict, reason, why, each.records, each.first or 0, each.last or 0, each.shown(), depends)
        for (verdict, reason, why, depends), each in gathered.silent.items()
    ]
    fed: set[int] = set()
    for shape in shapes.values():
        fed.update(datum.filter for datum in shape.published if number in shape.routes)
    near = [identity for identity, each in alarms.tracks.items() if each.near & fed]
    return RouteReplay(
        route=route,
        counts=dict(gathered.counts),
        notifications=tuple(sorted(notifications, key=lambda each: (each.minute, each.by))),
        silences=tuple(sorted(silences, key=lambda each: (each.first, each.reason.rank, each.why))),
        arrived=dict(sorted(gathered.arrived.items())),
        alarms=tuple(sorted(near)),
    )


def _alarm(found: Track) -> AlarmReplay:
    if not found.lines:
        return AlarmReplay(found, ())
    first, *others = found.lines
    entered = list(map(_entered, others))
    depends: set[int] = set()
    for other in entered:
        depends |= _entered(first) - other
    return AlarmReplay(found, tuple(first.changes), frozenset(depends))


def _entered(line: Timeline) -> set[int]:
    """The minutes in which an alarm went into ALARM."""
    return {change.minute for change in line.entered()}


def _example(entry: Entry, shape: Shape, source: str) -> Example:
    seconds = entry.time // _MICROSECONDS
    time = rfc3339(from_milliseconds(seconds * _MILLISECOND)) if entry.time != NEVER else ""
    return Example(time, entry.event_id, shape.name, shape.service, shape.account, shape.region, source)
