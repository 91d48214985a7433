"""The lanes of an account: every way an event could take from a trail to a person, each link judged.

A lane ends where nothing follows or nothing could be seen. What it carries is known twice: for certain, and at most.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.alarms.metric import PublishedMetric
from scanner.arns import parse_arn
from scanner.audit_path.stores import EventLogGroups
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.links import ALARM, FILTER, SELECTORS, TRAIL, Step, refused
from scanner.checks.route.trails import Trunk, trunk
from scanner.checks.route.unjudged.other_ways import OtherWays, other_ways
from scanner.checks.route.watching.alarms import Firing, judged_alarms, no_alarm
from scanner.checks.route.watching.filters import JudgedFilter, log_group_step
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.facts.rows import Row
from scanner.model import Gap, Outcome, Source
from scanner.pattern import EveryPattern, JsonPattern, Pattern
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Whole, both

EVERY = EveryPattern()


@dataclass(frozen=True, slots=True)
class Listing:
    """What one call listed: the rows, where it is recorded, and why it gave nothing (None when it did)."""

    source: Source
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Group:
    """An audit log group with its filters."""

    row: Row
    filters: tuple[JudgedFilter, ...]
    listing: Listing


@dataclass(frozen=True, slots=True)
class Region:
    """What alarms there are in one Region of an account that owns audit log groups.

    ``publishers`` are the metrics of all its filters that were seen; ``unseen`` is a gap that may hide more.
    """

    alarms: tuple[ListedAlarm, ...]
    notifiers: Notifiers
    listing: Listing
    publishers: tuple[PublishedMetric, ...]
    unseen: Gap | None


@dataclass(frozen=True, slots=True)
class Destination:
    """The log groups an account owns, by ARN without ``:*``, the alarms beside them, by Region, and topics by ARN."""

    groups: Mapping[str, Group]
    regions: Mapping[str, Region]
    topics: Mapping[str, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lane:
    """One way from a trail onwards.

    ``steps`` are its links in order, as far as they go. ``pattern`` is what its metric filter matches (None: not
    known or broken), ``sees`` the part of it that its alarm counts. ``home`` is the one Region it sees ("": all).
    ``counter`` names its alarm and metric, ``at_once`` says whether one event sets the alarm off. ``filter`` and ``alarm``
    are the metric filter and the alarm it leads through, as far as it gets.
    """

    steps: tuple[Step, ...]
    trunk: Trunk | None = None
    pattern: Pattern | None = None
    sees: Condition = EVERYTHING
    home: str = ""
    counter: str = ""
    at_once: bool = False
    filter: JudgedFilter | None = None
    alarm: ListedAlarm | None = None

    @property
    def surely(self) -> Pattern | None:
        """What certainly travels the whole lane; None when nothing does."""
        whole = all(step.verdict is Outcome.PASS for step in self.steps if step.name != SELECTORS)
        if not whole or self.trunk is None or self.pattern is None:
            return None
        return narrowed(self.pattern, both(self.trunk.carries.surely, self.sees))

    @property
    def at_most(self) -> Pattern | None:
        """What may travel the whole lane; None when it is certainly broken."""
        if any(step.verdict is Outcome.FAIL for step in self.steps):
            return None
        condition = both(self.trunk.carries.at_most, self.sees) if self.trunk else self.sees
        if condition is NOTHING:
            return None
        pattern = self.pattern or EVERY
        return narrowed(pattern, condition) or pattern

    def sees_region(self, region: str) -> bool:
        """Whether events of a Region can enter the lane."""
        return self.home in {"", region}

    @property
    def filter_name(self) -> str:
        """Name of its metric filter, "" when it does not get that far."""
        return next((step.candidate for step in self.steps if step.name == FILTER), "")


def narrowed(pattern: Pattern, condition: Condition) -> Pattern | None:
    """A pattern for what matches both; None for nothing, and where the two languages cannot be joined."""
    if condition is EVERYTHING:
        return pattern
    if isinstance(pattern, EveryPattern):
        expr: Condition = condition
    elif isinstance(pattern, JsonPattern):
        expr = both(pattern.expr, condition)
    else:
        return None
    return None if isinstance(expr, Whole) else JsonPattern(expr)


@dataclass(frozen=True, slots=True)
class AuditPath:
    """All facts of an account's routes, ready to be judged for any rule.

    ``leading`` is the Region that records global services. ``destinations`` holds, by account, what is known of the owners
    of the log groups. ``trail_gaps`` say where trails may be hidden; ``listings`` are the calls that list trails.
    ``event_rules`` are the EventBridge rules that CloudTrail's events can match, ``event_gaps`` where some may be hidden;
    ``channels`` are the log groups filled without a trail. ``way_listings`` are the calls that list both, by Region.
    """

    account: str
    regions: tuple[str, ...]
    leading: str
    now: datetime
    trails: tuple[Row, ...]
    trail_gaps: tuple[Gap, ...]
    listings: tuple[Source, ...]
    destinations: Mapping[str, Destination]
    event_rules: tuple[Row, ...] = ()
    event_gaps: tuple[Gap, ...] = ()
    channels: EventLogGroups = field(default_factory=EventLogGroups)
    way_listings: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)

    def other_ways(self, max_delivery_age: int) -> OtherWays:
        """The ways from the account's events to people that are not judged; the age is in hours."""
        trunks = [trunk(row, self.now, max_delivery_age) for row in self.trails]
        groups = {first.group: self._group(first.group).row for first in trunks if first.group}
        return other_ways(
            self.event_rules, self.event_gaps, trunks, groups, self.channels, hidden=bool(self.trail_gaps)
        )

    def lanes(self, firing: Firing, max_delivery_age: int) -> tuple[Lane, ...]:
        """Every lane, for alarms that must be able to fire as ``firing`` says; the age is in hours."""
        lanes = list(self._hidden())
        for row in self.trails:
            first = trunk(row, self.now, max_delivery_age)
            lanes += [replace(lane, home=first.home) for lane in self._from(first, firing)]
        return tuple(lanes)

    def _hidden(self) -> Iterator[Lane]:
        """A lane for each Region whose trails could not be listed: it may hold anything.

        A multi-Region trail shows in every Region, so what one Region hides records that Region only, unless no
        Region answered.
        """
        answered = len({gap.region for gap in self.trail_gaps}) < len(self.regions)
        for gap in self.trail_gaps:
            step = Step(TRAIL, Outcome.UNKNOWN, f"trails may be hidden: {gap.reason}", "", (refused(gap),))
            yield Lane((step,), home=gap.region if answered else "")
        if self.regions and self.leading not in self.regions:
            reason = f"{self.leading}, which records global services, was not in scope and may hold further trails"
            yield Lane((Step(TRAIL, Outcome.UNKNOWN, reason),), home=self.leading)

    def _from(self, first: Trunk, firing: Firing) -> Iterator[Lane]:
        if not first.group:
            yield Lane(first.steps, first)
            return
        group = self._group(first.group)
        steps = (*first.steps, log_group_step(group.row))
        if group.row.data.get("Exists") is False:
            yield Lane(steps, first)
        elif group.listing.gap is not None:
            reason = f"the metric filters of log group {_name(group)} are not known: {group.listing.gap.reason}"
            step = Step(FILTER, Outcome.UNKNOWN, reason, "", (group.listing.source,))
            yield Lane((*steps, step), first)
        elif not group.filters:
            reason = f"log group {_name(group)} has no metric filter"
            yield Lane((*steps, Step(FILTER, Outcome.FAIL, reason, "", (group.listing.source,))), first)
        else:
            for item in group.filters:
                yield from self._through(
                    Lane((*steps, item.step), first, item.pattern, filter=item), item, first.group, firing
                )

    def _through(self, lane: Lane, item: JudgedFilter, group: str, firing: Firing) -> Iterator[Lane]:
        """The lanes that go on from a metric filter, one for each alarm on its metric."""
        region = self._region(group)
        if item.metric is None:
            yield lane
        elif region is None or region.listing.gap is not None:
            gap = region.listing.gap if region else None
            reason = gap.reason if gap else "they were not looked at"
            sources = (region.listing.source,) if region else ()
            step = Step(
                ALARM, Outcome.UNKNOWN, f"the alarms on {item.metric.name} are not known: {reason}", "", sources
            )
            yield _with(lane, step)
        else:
            judged = judged_alarms(item.metric, region.alarms, region.publishers, firing)
            if not judged:
                step = no_alarm(item.metric, region.alarms, item.listed.group.region)
                yield _with(lane, replace(step, sources=(*step.sources, region.listing.source)))
            for alarm in judged:
                onwards = (_unless_unseen(alarm.step, region.unseen), *region.notifiers.best(alarm.listed))
                counter = f"{alarm.listed.alarm.identity} {item.metric.namespace}/{item.metric.name}"
                yield replace(
                    _with(lane, *onwards), sees=alarm.sees, counter=counter, at_once=alarm.at_once, alarm=alarm.listed
                )

    def _group(self, arn: str) -> Group:
        """The log group, from its owner's own facts if those are in the snapshot too."""
        owner = self.destinations.get(_owner(arn))
        if owner is not None and arn in owner.groups:
            return owner.groups[arn]
        # Every log group that a visible trail names is among the account's own rows.
        return self.destinations[self.account].groups[arn]

    def _region(self, arn: str) -> Region | None:
        destination = self.destinations.get(_owner(arn))
        parsed = parse_arn(arn)
        return destination.regions.get(parsed.region) if destination and parsed else None

    def sources(self, lanes: Iterable[Lane]) -> tuple[Source, ...]:
        """Every call the verdict over these lanes rests on, the listings of trails first."""
        found = [*self.listings]
        for lane in lanes:
            for step in lane.steps:
                found += step.sources
        return tuple(dict.fromkeys(found))


def _with(lane: Lane, *steps: Step) -> Lane:
    return replace(lane, steps=(*lane.steps, *steps))


def _unless_unseen(step: Step, unseen: Gap | None) -> Step:
    """An alarm that passes is uncertain while filters that may publish the same metric were not seen."""
    if unseen is None or step.verdict is not Outcome.PASS:
        return step
    reason = f"alarm {step.candidate} may be fed by metric filters that were not seen: {unseen.reason}"
    return replace(step, verdict=Outcome.UNKNOWN, reason=reason, sources=(*step.sources, refused(unseen)))


def _owner(arn: str) -> str:
    parsed = parse_arn(arn)
    return parsed.account if parsed else ""


def _name(group: Group) -> str:
    return str(group.row.data.get("logGroupName") or group.row.id)


def progress(steps: Sequence[Step]) -> int:
    """How many links pass before the first that does not."""
    return next((index for index, step in enumerate(steps) if step.verdict is not Outcome.PASS), len(steps))
