"""The lanes of an account: every way an event could take from a trail to a person, each link judged.

A lane ends where nothing follows or nothing could be seen. What it carries is known twice: for certain, and at most.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from scanner.alarms.metric import PublishedMetric
from scanner.audit_path.observability import Sharing
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.entries import entry
from scanner.checks.route.links import ALARM, FILTER, SELECTORS, TRAIL, JudgedLink, refused
from scanner.checks.route.path import AuditPath, Group, Listing, Region
from scanner.checks.route.trails import Trunk, trunk
from scanner.checks.route.unjudged.other_ways import OtherWay, OtherWays, other_ways
from scanner.checks.route.watching.alarms import Firing, JudgedAlarm, judged_alarms, no_alarm
from scanner.checks.route.watching.eventbridge.near_misses import NearMiss, near_misses
from scanner.checks.route.watching.eventbridge.rules import RuleWay, rule_ways
from scanner.checks.route.watching.filters import JudgedFilter, log_group_link
from scanner.checks.route.watching.log_alarms import log_alarm_ways
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.model import Gap, GapKind, Outcome, Source
from scanner.pattern import EveryPattern, JsonPattern, Pattern
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Recorded, Whole, both

EVERY = EveryPattern()


@dataclass(frozen=True, slots=True)
class Lane:
    """One way from a trail onwards.

    ``links`` are its links in order, as far as they go. ``pattern`` is what its metric filter matches (None: not known
    or broken), ``sees`` the part of it that its alarm counts. ``home`` is the one Region it sees ("": all). Where it
    leads through an EventBridge rule, ``rule`` tells its way apart, and ``heard`` is what takes it, for certain and at
    most. Where it is a declared route, ``declared`` is its id and ``heard`` what it lets through.
    ``counter`` names its alarm and metric, ``at_once`` says whether one event sets the alarm off. ``filter`` and
    ``alarm`` are the metric filter and the alarm it leads through, as far as it gets.
    """

    links: tuple[JudgedLink, ...]
    trunk: Trunk | None = None
    pattern: Pattern | None = None
    sees: Condition = EVERYTHING
    home: str = ""
    rule: tuple[str, ...] = ()
    heard: Recorded | None = None
    declared: str = ""
    counter: str = ""
    at_once: bool = False
    filter: JudgedFilter | None = None
    alarm: ListedAlarm | None = None

    @property
    def whole(self) -> bool:
        """Whether every link passes; what is not understood of the selectors only decides what the lane carries."""
        return all(link.verdict is Outcome.PASS for link in self.links if link.name != SELECTORS)

    @property
    def surely(self) -> Pattern | None:
        """What certainly travels the whole lane; None when nothing does."""
        if not self.whole or self.trunk is None or self.pattern is None:
            return None
        if self.heard is not None:
            return narrowed(EVERY, both(self.trunk.carries.surely, self.heard.surely))
        return narrowed(self.pattern, both(self.trunk.carries.surely, self.sees))

    @property
    def at_most(self) -> Pattern | None:
        """What may travel the whole lane; None when it is certainly broken."""
        if any(link.verdict is Outcome.FAIL for link in self.links):
            return None
        if self.heard is not None and (self.rule or self.trunk is None):
            # Whether EventBridge hears of events that the trail leaves out is not documented.
            return narrowed(EVERY, self.heard.at_most)
        if self.heard is not None and self.trunk is not None:
            return narrowed(EVERY, both(self.trunk.carries.at_most, self.heard.at_most))
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
        return next((link.candidate for link in self.links if link.name == FILTER), "")


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


class Lanes:
    """The lanes over an audit path, worked out once for all rules that ask the same of alarms and deliveries."""

    def __init__(self, path: AuditPath) -> None:
        self.path = path
        self._trunks: dict[int, tuple[Trunk, ...]] = {}
        self._entries: dict[int, tuple[Trunk, ...]] = {}
        self._others: dict[int, OtherWays] = {}
        self._near: dict[str, tuple[OtherWay, ...]] = {}
        self._rules: tuple[RuleWay, ...] | None = None
        self._lanes: dict[tuple[Firing, int], tuple[Lane, ...]] = {}

    def through(self, firing: Firing, max_delivery_age: int) -> tuple[Lane, ...]:
        """Every lane, for alarms that must be able to fire as ``firing`` says; the age is in hours."""
        asked = (firing, max_delivery_age)
        if asked not in self._lanes:
            lanes = list(self._hidden())
            for first in (*self.trunks(max_delivery_age), *self.entries(max_delivery_age)):
                lanes += [replace(lane, home=first.home) for lane in self._from(first, firing)]
            self._lanes[asked] = tuple(lanes)
        return self._lanes[asked]

    def rules(self) -> tuple[RuleWay, ...]:
        """The EventBridge rules that CloudTrail's events can match, with where they lead."""
        if self._rules is None:
            self._rules = rule_ways(self.path.event_rules, self.path.beyond)
        return self._rules

    def through_rules(self, max_delivery_age: int) -> tuple[Lane, ...]:
        """The lanes that lead through EventBridge rules and whose links all pass."""
        pairs = product(self.rules(), self.trunks(max_delivery_age))
        lanes = (_by_rule(way, trunk) for way, trunk in pairs if trunk.sees(way.row.region))
        return tuple(lane for lane in lanes if lane.whole)

    def to_programs(self, firing: Firing, max_delivery_age: int) -> tuple[Lane, ...]:
        """The lanes through alarms and EventBridge rules at whose end a topic tells a program."""
        pairs = product(self.rules(), self.trunks(max_delivery_age))
        rules = (replace(_by_rule(way, trunk), heard=way.heard) for way, trunk in pairs if trunk.sees(way.row.region))
        return tuple(lane for lane in (*self.through(firing, max_delivery_age), *rules) if lane.links[-1].programs)

    def other_ways(self, max_delivery_age: int) -> OtherWays:
        """The ways from the account's events to people that are not judged; the age is in hours."""
        if max_delivery_age not in self._others:
            self._others[max_delivery_age] = self._beside(max_delivery_age)
        return self._others[max_delivery_age]

    def trunks(self, max_delivery_age: int) -> tuple[Trunk, ...]:
        """The trails as the first part of lanes; the age is in hours."""
        if max_delivery_age not in self._trunks:
            trails = self.path.trails
            self._trunks[max_delivery_age] = tuple(trunk(row, self.path.now, max_delivery_age) for row in trails)
        return self._trunks[max_delivery_age]

    def entries(self, max_delivery_age: int) -> tuple[Trunk, ...]:
        """What fills log groups without a trail, as the first part of lanes; the age is in hours."""
        if max_delivery_age not in self._entries:
            feeds = self.path.feeds
            self._entries[max_delivery_age] = tuple(entry(feed, self.path.now, max_delivery_age) for feed in feeds)
        return self._entries[max_delivery_age]

    def _beside(self, max_delivery_age: int) -> OtherWays:
        path, trunks, entries = self.path, self.trunks(max_delivery_age), self.entries(max_delivery_age)
        filling = (*trunks, *entries)
        groups = {first.group: path.group(first.group, first.place).row for first in filling if first.place is not None}
        judged = {lane.rule for lane in self.through_rules(max_delivery_age)}
        rules = [_beside_lanes(way) for way in self.rules() if way.broken is None and way.id not in judged]
        hidden = bool(path.trail_gaps)
        beside = other_ways(rules, path.event_gaps, trunks, entries, groups, path.channels, hidden=hidden)
        broken = [_in_vain(way) for way in self.rules() if way.broken or _loses(way)]
        by_alarm = [pair for first in filling for pair in _by_log_alarms(first, path)]
        broken += [way for way, vain in by_alarm if vain]
        found = (*beside.found, *(way for way, vain in by_alarm if not vain))
        unasked = (*beside.unasked, *_log_alarms_unasked(trunks, path))
        return replace(beside, found=found, broken=tuple(broken), unasked=unasked, missing=self._missing)

    def _missing(self, region: str) -> tuple[OtherWay, ...]:
        """The EventBridge rules of a Region that just fail to hear, worked out when a verdict first asks for them."""
        if region not in self._near:
            here = (rule for rule in self.path.listed_rules if region in ("", rule.region))
            self._near[region] = tuple(map(_near_miss, near_misses(here)))
        return self._near[region]

    def _hidden(self) -> Iterator[Lane]:
        """A lane for each Region whose trails could not be listed: it may hold anything.

        A multi-Region trail shows in every Region, so what one Region hides records that Region only, unless no
        Region answered.
        """
        answered = len({gap.region for gap in self.path.trail_gaps}) < len(self.path.regions)
        for gap in self.path.trail_gaps:
            link = JudgedLink(TRAIL, Outcome.UNKNOWN, f"trails may be hidden: {gap.reason}", "", (refused(gap),))
            yield Lane((link,), home=gap.region if answered else "")
        if self.path.regions and self.path.leading not in self.path.regions:
            reason = f"{self.path.leading}, which records global services, was not in scope and may hold further trails"
            yield Lane((JudgedLink(TRAIL, Outcome.UNKNOWN, reason),), home=self.path.leading)

    def _from(self, first: Trunk, firing: Firing) -> Iterator[Lane]:
        if first.place is None:
            yield Lane(first.links, first)
            return
        group = self.path.group(first.group, first.place)
        start = Lane((*first.links, group_link(group)), first)
        listing = group.listing
        if group.row.data.get("Exists") is False:
            yield start
        elif listing.gap is not None:
            reason = f"the metric filters of log group {_name(group)} are not known: {listing.gap.reason}"
            yield _with(start, JudgedLink(FILTER, Outcome.UNKNOWN, reason, "", (listing.source,)))
        elif not group.filters:
            reason = f"log group {_name(group)} has no metric filter"
            yield _with(start, JudgedLink(FILTER, Outcome.FAIL, reason, "", (listing.source,)))
        for item in group.filters if listing.gap is None and group.row.data.get("Exists") is not False else ():
            filtered = replace(_with(start, item.link), pattern=item.pattern, filter=item)
            if item.metric is None:
                yield filtered
            else:
                yield from _onwards(filtered, item, item.metric, self.path.region(first.place), firing)


def group_link(group: Group) -> JudgedLink:
    """Judge a log group: also whether its filters read the events as CloudTrail writes them."""
    link, piped, name = log_group_link(group.row), group.piping, _name(group)
    if link.verdict is not Outcome.PASS or piped is None:
        return link
    sources = (*link.sources, piped.source)
    if piped.gap is not None:
        reason = f"whether telemetry pipelines change the events in log group {name} is not known: {piped.gap.reason}"
        return replace(link, verdict=Outcome.UNKNOWN, reason=reason, sources=sources)
    if piped.pipelines:
        reason = (
            f"telemetry pipeline {', '.join(piped.pipelines)} may change CloudTrail's events, or take them away, "
            f"before filters of log group {name} read them"
        )
        return replace(link, verdict=Outcome.UNKNOWN, reason=reason, sources=sources)
    return replace(link, sources=sources)


def _log_alarms_unasked(trunks: Iterable[Trunk], path: AuditPath) -> tuple[str, ...]:
    """What an earlier version never listed beside the log groups that trails fill."""
    regions = (path.region(first.place) for first in trunks if first.place is not None)
    unasked = any(_never_told(region.listing) for region in regions if region is not None)
    return ("log alarms",) if unasked else ()


def _never_told(listing: Listing) -> bool:
    if listing.gap is not None and listing.gap.kind is GapKind.NOT_COLLECTED:
        return True
    kinds = listing.source.call.arguments.get("AlarmTypes")
    return not isinstance(kinds, Sequence) or "LogAlarm" not in kinds


def _by_log_alarms(first: Trunk, path: AuditPath) -> Iterator[tuple[OtherWay, bool]]:
    """The ways through log alarms on the log group that a trail fills, each with whether it leads to nobody."""
    region = path.region(first.place) if first.place is not None else None
    if first.place is None or region is None or any(link.verdict is Outcome.FAIL for link in first.links):
        return
    name, gap, carried = first.place.named("log-group:"), region.listing.gap, first.carries.at_most
    if gap is not None and gap.kind not in {GapKind.NOT_COLLECTED, GapKind.NOT_KNOWN}:
        what = f"the log alarms on log group {name} are not known: {gap.reason}"
        yield OtherWay(what, carried, first.home, (refused(gap),)), False
    for way in log_alarm_ways(region.log_alarms, name, first.group, region.notifiers):
        finds = f"log alarm {way.name} ({first.place.region}) on log group {name}"
        what = f"{finds} finds them in vain: {way.broken}" if way.broken else f"{finds} can find them"
        yield OtherWay(what, both(way.finds, carried), first.home, way.sources), bool(way.broken)


def _beside_lanes(way: RuleWay) -> OtherWay:
    """An EventBridge rule that is not broken, as a way that may carry what the lanes lose."""
    unknown = next((link for link in way.links if link.verdict is Outcome.UNKNOWN), None)
    name = f"EventBridge rule {way.links[0].candidate} ({way.row.region}) can match them"
    sources = tuple(dict.fromkeys((*way.row.sources, *(unknown.sources if unknown else ()))))
    return OtherWay(unknown.reason if unknown else name, way.carries.at_most, way.row.region, sources, by_rule=True)


def _loses(way: RuleWay) -> bool:
    """Whether a way lets through only a part of what its rule hears."""
    return any(link.lost for link in way.links)


def _in_vain(way: RuleWay) -> OtherWay:
    """An EventBridge rule that certainly leads to nobody, or to nobody with some of what it hears."""
    broken = way.broken
    reason = broken.reason if broken is not None else next(link.lost for link in way.links if link.lost)
    what = f"EventBridge rule {way.links[0].candidate} ({way.row.region}) hears of them in vain: {reason}"
    sources = tuple(source for link in way.links for source in link.sources)
    cited = tuple(dict.fromkeys(sources))
    vain = OtherWay(what, way.heard.at_most, way.row.region, cited, by_rule=True, unless=way.unless)
    return replace(vain, rule=way.row, broken=broken, through=way.through)


def _near_miss(miss: NearMiss) -> OtherWay:
    """A rule that would hear of events if one thing about it were otherwise, for events that it does not hear of."""
    return OtherWay(miss.what, miss.would, miss.region, (miss.source,), by_rule=True, unless=(miss.does,), miss=miss)


def _by_rule(way: RuleWay, trunk: Trunk) -> Lane:
    """The lane through an EventBridge rule; what a trail delivers to CloudWatch Logs does not matter to it."""
    start = (link for link in trunk.links if link.name in {TRAIL, SELECTORS})
    pattern = narrowed(EVERY, way.carries.at_most)
    return Lane((*start, *way.links), trunk, pattern, home=way.row.region, rule=way.id, heard=way.carries, at_once=True)


def _onwards(
    lane: Lane, item: JudgedFilter, metric: PublishedMetric, region: Region | None, firing: Firing
) -> Iterator[Lane]:
    """The lanes that go on from a metric filter, one for each alarm on its metric, and one for those not seen."""
    if region is None or region.listing.gap is not None:
        gap = region.listing.gap if region else None
        reason = f"the alarms on {metric.name} are not known: {gap.reason if gap else 'they were not looked at'}"
        sources = (region.listing.source,) if region else ()
        yield _with(lane, JudgedLink(ALARM, Outcome.UNKNOWN, reason, "", sources))
    # What a source could not tell leaves what it did tell; a malformed answer is not believed for a pass.
    if region is None or (region.listing.gap is not None and region.listing.gap.kind is not GapKind.NOT_KNOWN):
        return
    judged = judged_alarms(metric, region.alarms, region.publishers, firing, item.pattern)
    elsewhere = list(_monitored(lane, metric, region, firing))
    yield from elsewhere
    if not judged and not elsewhere and region.listing.gap is None:
        link = no_alarm(metric, region.alarms, item.listed.group.region)
        yield _with(lane, replace(link, sources=(*link.sources, region.listing.source)))
    for alarm in judged:
        link = _unless_unseen(_unless_without_data(alarm, metric, region.notifiers), region.unseen)
        onwards = (link, *region.notifiers.best(alarm.listed))
        counter = f"{alarm.listed.alarm.identity} {metric.namespace}/{metric.name}"
        yield replace(
            _with(lane, *onwards), sees=alarm.sees, counter=counter, at_once=alarm.at_once, alarm=alarm.listed
        )


def _monitored(lane: Lane, metric: PublishedMetric, region: Region, firing: Firing) -> Iterator[Lane]:
    """The lanes that go on in accounts that watch the metric from elsewhere, as far as it is shared with them."""
    for monitor in region.monitors:
        shared = monitor.sharing[metric.namespace]
        if monitor.hidden:
            if shared.verdict is not Outcome.FAIL:
                sources = (*shared.sources, *monitor.sources)
                yield _with(lane, JudgedLink(ALARM, Outcome.UNKNOWN, monitor.hidden, "", sources))
            continue
        for alarm in judged_alarms(metric, monitor.alarms, region.publishers, firing, lane.pattern):
            seen = _unless_unseen(_unless_without_data(alarm, metric, monitor.notifiers), region.unseen)
            link = _as_shared(seen, monitor.account, shared)
            ways = monitor.notifiers.best(alarm.listed) if monitor.notifiers is not None else ()
            counter = f"{alarm.listed.alarm.identity} {metric.namespace}/{metric.name}"
            onwards = _with(lane, link, *(ways if link.verdict is not Outcome.FAIL else ()))
            yield replace(onwards, sees=alarm.sees, counter=counter, at_once=alarm.at_once, alarm=alarm.listed)


def _as_shared(link: JudgedLink, account: str, shared: Sharing) -> JudgedLink:
    """The link of an alarm of another account: what is not shared with that account, its alarm does not see."""
    sources = tuple(dict.fromkeys((*link.sources, *shared.sources)))
    if link.verdict is Outcome.FAIL or shared.verdict is Outcome.PASS:
        return replace(link, reason=f"{link.reason} (in account {account})", sources=sources)
    reason = f"alarm {link.candidate} of account {account} watches the metric from there, and {shared.reason}"
    return replace(link, verdict=shared.verdict, reason=reason, sources=sources)


def sources_of(path: AuditPath, lanes: Iterable[Lane]) -> tuple[Source, ...]:
    """Every call a verdict over these lanes rests on, the listings of trails first."""
    found = [*path.listings]
    for lane in lanes:
        for link in lane.links:
            found += link.sources
    return tuple(dict.fromkeys(found))


def _with(lane: Lane, *links: JudgedLink) -> Lane:
    return replace(lane, links=(*lane.links, *links))


def _unless_without_data(alarm: JudgedAlarm, metric: PublishedMetric, notifiers: Notifiers | None) -> JudgedLink:
    """An alarm that passes is uncertain while it has long had no data of a metric that a filter publishes steadily."""
    if notifiers is None or metric.default is None:
        return alarm.link
    since = notifiers.states.without_data_since(alarm.listed.alarm)
    if not since or alarm.link.verdict is not Outcome.PASS:
        return alarm.link
    reason = (
        f"alarm {alarm.listed.alarm.name} has had no data since {since}, although its metric has a value whenever log "
        "events arrive; why is not known"
    )
    return replace(alarm.link, verdict=Outcome.UNKNOWN, reason=reason)


def _unless_unseen(link: JudgedLink, unseen: Gap | None) -> JudgedLink:
    """An alarm that passes is uncertain while filters that may publish the same metric were not seen."""
    if unseen is None or link.verdict is not Outcome.PASS:
        return link
    reason = f"alarm {link.candidate} may be fed by metric filters that were not seen: {unseen.reason}"
    return replace(link, verdict=Outcome.UNKNOWN, reason=reason, sources=(*link.sources, refused(unseen)))


def _name(group: Group) -> str:
    return str(group.row.data.get("logGroupName") or group.row.id)


def progress(links: Sequence[JudgedLink]) -> int:
    """How many links pass before the first that does not."""
    return next((index for index, link in enumerate(links) if link.verdict is not Outcome.PASS), len(links))
