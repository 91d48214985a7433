"""What a value that a filter published in one minute came to: which alarm told of it and when, or why none did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.alarms.alarm import Alarm
from scanner.replay.alarming.acting import BEST_FIRST, Act, Acting, Onwards, Verdict
from scanner.replay.alarming.composites import CompositeLines
from scanner.replay.alarming.publishing import Published, is_later
from scanner.replay.alarming.tracks import Track, fits, track
from scanner.replay.deployment.deployed import DeployedFilter, Deployment, Watch
from scanner.replay.evaluation.clock import clock
from scanner.replay.evaluation.missing_data import Treatment, Wanted, counted
from scanner.replay.evaluation.timeline import Timeline
from scanner.replay.reasons import Reason
from scanner.replay.records.shapes import Datum


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record along one way.

    ``by`` names the alarm or rule that told of it, ``minute`` is when; ``why`` is a sentence without its full stop.
    ``depends`` says that it would be otherwise with another evaluation range.
    """

    verdict: Verdict
    minute: int = 0
    by: str = ""
    reason: Reason | None = None
    why: str = ""
    depends: bool = False

    @property
    def order(self) -> tuple[int, int, int, str]:
        """The best outcome comes first, and among those that are as good the one that got furthest."""
        rank = self.reason.rank if self.reason is not None else 0
        return BEST_FIRST.index(self.verdict), self.minute if not self.reason else 0, -rank, f"{self.by} {self.why}"


class Alarms:
    """Every alarm of a deployment over what its filters published.

    ``asked`` is how many datapoints alarms look at; without it a verdict that depends on it is not known.
    """

    def __init__(
        self, deployment: Deployment, published: Published, begin: int, asked: int | None, onwards: Onwards
    ) -> None:
        self._deployment = deployment
        self._filters: Sequence[DeployedFilter] = deployment.filters
        self._published = published
        self._asked = asked
        self._begin = begin
        self.tracks: dict[str, Track] = {}
        self._acting: dict[tuple[str, str], list[Acting]] = {}
        for watch in deployment.watches:
            self._watch(watch, onwards)
        self._known: dict[tuple[int, str, int], Outcome] = {}

    def _watch(self, watch: Watch, onwards: Onwards) -> None:
        here: dict[str, Track] = {}
        for alarm in watch.alarms:
            if alarm.rule is not None or alarm.log is not None:
                continue
            found = track(alarm, self._filters, self._published, self._begin, self._asked)
            if found is not None:
                here[alarm.name] = self.tracks[alarm.identity] = found
        composites = [alarm for alarm in watch.alarms if alarm.rule is not None]
        warm = {name: each.warm for name, each in here.items() if each.warm is not None}
        most = max((len(each.lines) for each in here.values()), default=0)
        acting: list[Acting] = []
        for number in range(most):
            lines = {name: _line(each, number) for name, each in here.items() if each.lines}
            acting.append(Acting(watch, CompositeLines(composites, lines, self._begin, warm), onwards))
        self._acting[watch.account, watch.region] = acting

    def outcomes(self, datum: Datum, minute: int) -> Iterator[Outcome]:
        """What became of what a filter published in a minute, by every alarm that could have told of it."""
        each = self._filters[datum.filter]
        if datum.doubt:
            yield Outcome(Verdict.UNKNOWN, reason=Reason.UNTOLD, why=datum.doubt)
            return
        if is_later(each, minute):
            why = f"{each.called} was created at {clock(each.created or 0)}, after the record arrived"
            yield Outcome(Verdict.SILENT, reason=Reason.FILTER_LATER, why=why)
            return
        watch = self._deployment.watch(each.account, each.region)
        watching = [alarm for alarm in watch.alarms if alarm.identity in self.tracks]
        near = [alarm for alarm in watching if datum.filter in self.tracks[alarm.identity].near]
        for alarm in near:
            yield self._by(alarm, each, datum, minute)
        yield from self._afar(each, watch)
        if watch.unknown:
            yield Outcome(Verdict.UNKNOWN, reason=Reason.NO_ALARM, why=watch.unknown)
        for alarm in watch.alarms:
            fault = next((query.fault for query in alarm.queries if query.fault), "")
            if fault and alarm not in near:
                why = f"alarm {alarm.name} watches a query that is not understood: {fault}"
                yield Outcome(Verdict.UNKNOWN, reason=Reason.UNTOLD, why=why)
        if not near and not watch.unknown:
            yield self._unwatched(each)

    def _afar(self, each: DeployedFilter, watch: Watch) -> Iterator[Outcome]:
        """What alarms of other accounts may tell of the metric of a filter, which is not replayed."""
        if watch.seen_perhaps:
            yield Outcome(Verdict.UNKNOWN, reason=Reason.ELSEWHERE, why=watch.seen_perhaps)
        there = (other for other in self._deployment.watches if other.account in watch.seen_from)
        for other in (other for other in there if other.region == each.region):
            for alarm in (alarm for alarm in other.alarms if _reads_afar(alarm, each)):
                told = f"alarm {alarm.name} of account {other.account} may read metrics of account {each.account}"
                why = f"{told}, and alarms on metrics of another account are not replayed"
                yield Outcome(Verdict.UNKNOWN, reason=Reason.ELSEWHERE, why=why)

    def _unwatched(self, each: DeployedFilter) -> Outcome:
        metric = each.metric
        name = f"{metric.namespace}/{metric.name}" if metric is not None else ""
        for watch in self._deployment.watches:
            for alarm in watch.alarms:
                if metric is not None and (metric.namespace, metric.name) in set(alarm.own_names):
                    place = f"{watch.account}/{watch.region}"
                    why = f"alarm {alarm.name} is in {place}, and the metric {name} in {each.account}/{each.region}"
                    return Outcome(Verdict.SILENT, reason=Reason.ELSEWHERE, why=why)
        why = f"{each.called} matches, and no alarm watches its metric {name}"
        return Outcome(Verdict.SILENT, reason=Reason.NO_ALARM, why=why)

    def _by(self, alarm: Alarm, each: DeployedFilter, datum: Datum, minute: int) -> Outcome:
        found = self.tracks[alarm.identity]
        if found.fault:
            return Outcome(Verdict.UNKNOWN, reason=Reason.UNTOLD, why=f"alarm {alarm.name}: {found.fault}")
        misread = _misread(alarm, each, datum)
        if misread is not None:
            return misread
        asked = (datum.filter, alarm.identity, minute)
        if asked not in self._known:
            self._known[asked] = self._told(found, minute)
        return self._known[asked]

    def _told(self, found: Track, minute: int) -> Outcome:
        """What an alarm tells of a minute, and whether that depends on how many datapoints it looks at."""
        acting = self._acting[found.alarm.account, found.alarm.region]
        tried = [_Line(found, line, acting[number]).outcome(minute) for number, line in enumerate(found.lines)]
        first = tried[0]
        told = {each.verdict in {Verdict.REPORTED, Verdict.JOINED} for each in tried}
        doubt = next((self._published.doubts[each] for each in found.filters if each in self._published.doubts), "")
        if doubt and first.verdict is Verdict.SILENT and first.reason in _OF_VALUES:
            return replace(first, verdict=Verdict.UNKNOWN, why=f"{first.why}, unless more was published: {doubt}")
        if doubt and first.verdict is not Verdict.SILENT and self._hides(found):
            why = f"alarm {found.alarm.name} told of it unless more was published: {doubt}"
            return Outcome(Verdict.UNKNOWN, reason=Reason.UNTOLD, why=why)
        if len(told) == 1 or first.verdict is Verdict.UNKNOWN:
            return replace(first, depends=len({each.verdict for each in tried}) > 1)
        if self._asked is not None:
            return replace(first, depends=True)
        why = (
            f"alarm {found.alarm.name} told of it or not depending on its evaluation range, which AWS does not document"
        )
        return Outcome(Verdict.UNKNOWN, reason=Reason.EVALUATION_RANGE, why=why, depends=True)

    def _hides(self, found: Track) -> bool:
        """Whether more values than are known could keep an alarm from going off."""
        if not found.statistic or found.alarm.comparison.startswith("Less"):
            return True
        metrics = (self._filters[number].metric for number in found.filters)
        replaced = any(metric is not None and (metric.default or 0) > 0 for metric in metrics)
        if found.statistic == "Sum":
            return replaced or not self._published.swaying.isdisjoint(found.filters)
        return replaced or found.statistic not in {"SampleCount", "Maximum"}


_OF_VALUES = frozenset({Reason.THRESHOLD, Reason.DATAPOINTS, Reason.MISSING_DATA})


def _reads_afar(alarm: Alarm, each: DeployedFilter) -> bool:
    """Whether an alarm of another account may read the metric of a filter."""
    if each.metric is None or not alarm.reads_from(each.account, (each.metric,)):
        return False
    faulty = any(query.fault for query in alarm.queries)
    return faulty or (each.metric.namespace, each.metric.name) in set(alarm.reading(each.account).own_names)


def _line(found: Track, number: int) -> Timeline:
    return found.lines[min(number, len(found.lines) - 1)]


def _misread(alarm: Alarm, each: DeployedFilter, datum: Datum) -> Outcome | None:
    """Why an alarm that names the metric of a filter does not see what it published; None when it does."""
    metric = each.metric
    if metric is None or not any(query.stat is not None and query.stat.metric is not None for query in alarm.queries):
        return None
    named = [(stat, stat.metric) for query in alarm.queries if (stat := query.stat) is not None and stat.metric]
    named = [(stat, own) for stat, own in named if (own.namespace, own.name) == (metric.namespace, metric.name)]
    fitting = [stat for stat, own in named if fits(metric, own) and dict(datum.dimensions) == dict(own.dimensions)]
    if any(stat.unit in {"", metric.unit} for stat in fitting):
        return None
    if fitting:
        why = f"alarm {alarm.name} asks for the unit {fitting[0].unit}, and {each.called} publishes {metric.unit}"
        return Outcome(Verdict.SILENT, reason=Reason.UNIT, why=why)
    wanted = next((own.dimensions for _, own in named), {})
    why = (
        f"alarm {alarm.name} watches {_dimensions(wanted)}, and {each.called} publishes {_dimensions(datum.dimensions)}"
    )
    return Outcome(Verdict.SILENT, reason=Reason.DIMENSION, why=why)


def _dimensions(named: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    pairs = sorted(dict(named).items())
    return " and ".join(f"{name} = {value}" for name, value in pairs) or "no dimension"


@dataclass(frozen=True, slots=True)
class _Line:
    """One alarm with one evaluation range."""

    found: Track
    line: Timeline
    acting: Acting

    def outcome(self, minute: int) -> Outcome:
        """What it tells of a value that was published in a minute."""
        acts = [self._entered(each.minute) for each in self.line.caused_by(minute)]
        in_alarm = bool(acts) or self.line.state_at(minute + 1) == "ALARM"
        since = self.acting.shown_since(self.found.alarm, minute) if in_alarm else None
        if since is not None:
            return self._standing(since, minute)
        untold = self.acting.shown_untold(self.found.alarm, minute) if in_alarm else ""
        if untold and any(act.verdict is Verdict.REPORTED for act in acts):
            return Outcome(Verdict.UNKNOWN, by=self.found.alarm.identity, reason=Reason.IN_ALARM, why=untold)
        if acts:
            best = min(acts, key=lambda act: (BEST_FIRST.index(act.verdict), act.minute))
            return Outcome(best.verdict, best.minute, best.by, best.reason, best.why)
        return self._already(minute + 1) if in_alarm else self._quiet(minute)

    def _entered(self, minute: int) -> Act:
        """What comes of going into ALARM in a minute; that it tells somebody is not known while it may warm up."""
        act = self.acting.entered(self.found.alarm, minute, self.line.leaves(minute))
        warm = self.found.warm
        if warm is None or not warm.holds(minute) or act.verdict is not Verdict.REPORTED:
            return act
        return Act(Verdict.UNKNOWN, minute, act.by, Reason.WARM_UP, f"alarm {self.found.alarm.name}: {warm.why}")

    def _already(self, minute: int) -> Outcome:
        """What an alarm that is in ALARM already tells: nothing of its own."""
        alarm, since = self.found.alarm, self.line.since(minute)
        begin, warm = self.line.begin if since is None else since, self.found.warm
        act = self.acting.entered(alarm, begin, self.line.leaves(begin))
        if warm is not None and warm.meets(begin, minute) and act.verdict is not Verdict.SILENT:
            why = f"alarm {alarm.name}: {warm.why}"
            return Outcome(Verdict.UNKNOWN, by=alarm.identity, reason=Reason.WARM_UP, why=why)
        if since is None:
            why = f"alarm {alarm.name} was in ALARM before anything arrived: {_from_the_beginning(alarm)}"
            return Outcome(Verdict.SILENT, by=alarm.identity, reason=Reason.IN_ALARM, why=why)
        return self._standing(since, minute)

    def _standing(self, since: int, minute: int) -> Outcome:
        """What it tells in a minute that has been in ALARM since another: nothing new."""
        alarm = self.found.alarm
        act = self.acting.entered(alarm, since, self.line.leaves(since))
        told = self.acting.standing(f"alarm {alarm.name}", act, since, minute)
        return Outcome(told.verdict, told.minute, told.by or alarm.identity, told.reason, told.why)

    def _quiet(self, minute: int) -> Outcome:
        """Why an alarm that sees a value does not go into ALARM."""
        alarm, wanted, named = self.found.alarm, self.line.evaluated.wanted, f"alarm {self.found.alarm.name}"
        looks = [self.line.look(end) for end in self._ends(minute)]
        breaching = [self.line.breaches(look) for look in looks]
        over = [points for points in breaching if points[-1]]
        if not over:
            value = self._nearest([look.values[-1] for look in looks])
            return Outcome(
                Verdict.SILENT,
                by=alarm.identity,
                reason=Reason.THRESHOLD,
                why=f"{named}: the {value}, and it needs {self.found.needs}",
            )
        most = max((_evaluated(points, wanted) for points in over), key=lambda points: sum(map(bool, points)))
        had, missing = sum(map(bool, most)), wanted.periods - len(most)
        told = f"{named}: {had} of the datapoints {'breaches' if had == 1 else 'breach'}, and it needs {wanted.needed}"
        if wanted.treatment is not Treatment.BREACHING and had < wanted.needed <= had + missing:
            treated = f"{missing} more {'is' if missing == 1 else 'are'} missing, which it treats as {wanted.treatment}"
            return Outcome(Verdict.SILENT, by=alarm.identity, reason=Reason.MISSING_DATA, why=f"{told}; {treated}")
        why = f"{told} of {wanted.periods}"
        return Outcome(Verdict.SILENT, by=alarm.identity, reason=Reason.DATAPOINTS, why=why)

    def _ends(self, minute: int) -> list[int]:
        """The ends of data at which a newest datapoint with the value differs from the one before."""
        every, period = self.line.ends_over(minute), self.line.evaluated.period
        changing = {every[0]}
        for each in self.found.samples.within(minute - period + 1, minute + period):
            changing.update((each + 1, each + period + 1))
        return sorted(end for end in changing if end in every)

    def _nearest(self, values: Sequence[float | None]) -> str:
        """The datapoint that comes nearest to the threshold, in words."""
        known = [value for value in values if value is not None]
        below = self.found.alarm.comparison.startswith("Less")
        what = f"{self.found.statistic} over {self.line.evaluated.period * 60} seconds" if self.found.statistic else ""
        told = f"{what or 'value of its math expression'} was"
        return f"{told} {min(known) if below else max(known):g}" if known else f"{told} missing"


def _evaluated(points: Sequence[bool | None], wanted: Wanted) -> Sequence[bool | None]:
    """Those of the datapoints that an evaluation counts."""
    return [points[place] for place in counted(points, wanted)]


def _from_the_beginning(alarm: Alarm) -> str:
    if alarm.missing_data == Treatment.BREACHING:
        return "it counts missing data as breaching"
    return "its datapoints breach without any event"
