"""Ways from an event to a person that are seen but not judged.

These are EventBridge rules, log groups that CloudTrail events enter without a trail, and subscription filters of log
groups.

Where a route through metric filters and alarms is broken, such a way may still carry what is lost. Whether it does is
not judged here; a way only counts while the facts do not rule it out. Sources: EventBridge User Guide, "AWS service
events delivered via AWS CloudTrail" (its events need a trail that is logging); CloudWatch Logs User Guide, "Real-time
processing of log data with subscriptions".
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.audit_path.event_log_groups import DATA_EVENTS
from scanner.audit_path.stores import EventLogGroups
from scanner.checks.route.comparison import Required, apart
from scanner.checks.route.links import JudgedLink, cited, refused
from scanner.checks.route.trails import Trunk
from scanner.checks.route.watching.eventbridge.near_misses import NearMiss
from scanner.errors import PatternError
from scanner.facts.rows import Row
from scanner.model import Gap, GapKind, Outcome, Source
from scanner.pattern import JsonPattern, Pattern, parse
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Whole, both

RULES, FILTERS = "EventBridge rules", "subscription filters of log groups"
CHANNELS = "log groups that CloudTrail events enter without a trail"

NEVER_LOOKED_AT = (
    "subscription filter policies of the whole account",
    "programs that read the log files in S3, such as a SIEM",
    "alarms in accounts that were not scanned",
)
"""Ways of which no fact is collected."""


@dataclass(frozen=True, slots=True)
class OtherWay:
    """A way that is not judged.

    ``what`` is a clause that names it ("EventBridge rule stop (us-east-1) can match them"). ``at_most`` are the
    events that may take it, ``home`` is the one Region whose events may ("": all). ``by_rule``: it leads through an
    EventBridge rule; ``subscription`` is the subscription filter that it leads through: ARN of its log group, name.
    ``unless`` are events that take another way from there, of which it says nothing. ``rule`` and ``broken`` are the
    EventBridge rule of one that leads to nobody, and its first broken link, ``through`` what its way is told apart by.
    ``miss`` is what keeps a rule from hearing of the events.
    """

    what: str
    at_most: Condition
    home: str
    sources: tuple[Source, ...]
    by_rule: bool = False
    subscription: tuple[str, str] | None = None
    unless: tuple[Condition, ...] = ()
    rule: Row | None = field(default=None, compare=False)
    broken: JudgedLink | None = field(default=None, compare=False)
    through: tuple[str, ...] = field(default=(), compare=False)
    miss: NearMiss | None = field(default=None, compare=False)

    def sees(self, region: str) -> bool:
        """Whether events of a Region can take it."""
        return self.home in {"", region}


@dataclass(frozen=True, slots=True)
class OtherWays:
    """The ways of an account that are not judged, and what kinds of them nobody asked for (``unasked``).

    ``broken`` are ways through EventBridge rules that certainly lead to nobody. ``missing`` gives the rules of a Region
    that just fail to hear; most verdicts do not ask for them.
    """

    found: tuple[OtherWay, ...]
    unasked: tuple[str, ...]
    listings: tuple[Source, ...]
    broken: tuple[OtherWay, ...] = ()
    missing: Callable[[str], tuple[OtherWay, ...]] | None = None

    def carrying(self, required: Required, carried: Sequence[Pattern], region: str) -> tuple[OtherWay, ...]:
        """The ways that may carry one of the required events of a Region that are not among ``carried``."""
        return tuple(way for way in self.found if way.sees(region) and _helps(way, required, carried))

    def in_vain(self, required: Required, carried: Sequence[Pattern], region: str) -> tuple[OtherWay, ...]:
        """The broken ways that would carry one of these events of a Region if they were whole."""
        missing = self.missing(region) if self.missing is not None else ()
        ways = (*self.broken, *missing)
        return tuple(way for way in ways if way.sees(region) and _helps(way, required, carried))

    def without_rules(self) -> "OtherWays":
        """The ways that do not lead through EventBridge rules."""
        return replace(self, found=tuple(way for way in self.found if not way.by_rule), broken=(), missing=None)

    def beside(
        self, unsure: Sequence[OtherWay], broken: Sequence[OtherWay], judged: frozenset[tuple[str, str]]
    ) -> "OtherWays":
        """The ways with those of declared routes, and without the subscription filters that were judged with these."""
        left = tuple(way for way in self.found if way.subscription not in judged)
        return replace(self, found=(*left, *unsure), broken=(*self.broken, *broken))

    @property
    def not_looked_at(self) -> tuple[str, ...]:
        """Every kind of way of which nothing is known."""
        return (*self.unasked, *NEVER_LOOKED_AT)

    def none_carries(self, region: str) -> str:
        """Sentences that say which ways carry nothing of what is lost in a Region, and which nobody looked at."""
        rules = f"no EventBridge rule in {region}" if region else "no EventBridge rule"
        asked = [
            words
            for kind, words in ((RULES, rules), (FILTERS, "no subscription filter of a log group"))
            if kind not in self.unasked
        ]
        seen = f"{' and '.join(asked)} can carry what is lost. " if asked else ""
        return f"{seen[:1].upper()}{seen[1:]}Not looked at: {', '.join(self.not_looked_at)}."


def _helps(way: OtherWay, required: Required, carried: Sequence[Pattern]) -> bool:
    # Most rules name other events: that takes no search.
    if way.at_most is NOTHING or apart(required.expr, way.at_most):
        return False
    if any(_helps(replace(way, at_most=taken, unless=()), required, carried) for taken in way.unless):
        return False
    wanted = both(required.expr, way.at_most, required.certain)
    return isinstance(wanted, Whole) or required.part(wanted).covering(carried) is None


def other_ways(
    rules: Iterable[OtherWay],
    rule_gaps: Iterable[Gap],
    trunks: Sequence[Trunk],
    entries: Sequence[Trunk],
    groups: Mapping[str, Row],
    channels: EventLogGroups,
    *,
    hidden: bool,
) -> OtherWays:
    """The ways that the facts show, or that could not be looked at because a call was refused.

    ``rules`` are the ways through EventBridge rules, ``trunks`` the trails, ``entries`` what fills log groups without
    one and is judged, ``groups`` the ``logs.audit_log_group`` rows by ARN, ``channels``
    the log groups that events enter without a trail; ``hidden`` says that trails may be hidden. A call that was never
    made, as in a snapshot of an earlier version, shows nothing: that is said.
    """
    gaps = list(rule_gaps)
    # Without a trail that is logging, CloudTrail sends nothing to EventBridge.
    recording = hidden or any(trunk.links[0].verdict is not Outcome.FAIL for trunk in trunks)
    entered = _by_channels(channels, {trunk.group for trunk in entries})
    found = [*_by_rules(rules, gaps), *entered] if recording else entered
    unasked = [kind for kind, left in ((RULES, gaps), (CHANNELS, channels.gaps)) if _never_asked(left)]
    listings: list[Source] = []
    for row in groups.values():
        listings += cited(row, "SubscriptionFilters")
    unread: list[Gap] = []
    for trunk in (*trunks, *entries):
        group = groups.get(trunk.group)
        if group is not None and group.data.get("Exists") is not False and not _is_broken(trunk):
            gap = group.gaps.get("SubscriptionFilters")
            unread += [gap] if gap is not None else []
            found += _by_subscription(group, trunk, gap)
    unasked += [FILTERS] if _never_asked(unread) else []
    return OtherWays(tuple(found), tuple(unasked), tuple(dict.fromkeys(listings)))


def _is_broken(trunk: Trunk) -> bool:
    return any(link.verdict is Outcome.FAIL for link in trunk.links)


def _never_asked(gaps: Iterable[Gap]) -> bool:
    return any(gap.kind is GapKind.NOT_COLLECTED for gap in gaps)


def _by_rules(rules: Iterable[OtherWay], gaps: Iterable[Gap]) -> list[OtherWay]:
    """The ways through EventBridge rules, and through those of a Region where they could not be listed."""
    found = list(rules)
    for gap in gaps:
        if _was_refused(gap):
            what = f"the EventBridge rules in {gap.region} are not known: {gap.reason}"
            found.append(OtherWay(what, EVERYTHING, gap.region, (refused(gap),), by_rule=True))
    return found


def _by_channels(channels: EventLogGroups, judged: Collection[str]) -> list[OtherWay]:
    """The ways through log groups that events enter without a trail and that are not ``judged``, by ARN.

    A route is about management events, and one of these groups holds the others.
    """
    found: list[OtherWay] = []
    for group in channels.groups:
        if group.name == DATA_EVENTS or group.arn in judged:
            continue
        what = (
            f"log group {group.name} ({group.region}), which CloudTrail events enter without a trail, can receive them"
        )
        found.append(OtherWay(what, EVERYTHING, group.region, (group.listed,) if group.listed else ()))
    for gap in channels.gaps:
        if _was_refused(gap):
            what = f"the {CHANNELS} in {gap.region} are not known: {gap.reason}"
            found.append(OtherWay(what, EVERYTHING, gap.region, (refused(gap),)))
    return found


def _was_refused(gap: Gap) -> bool:
    return gap.kind not in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}


def _by_subscription(row: Row, trunk: Trunk, gap: Gap | None) -> list[OtherWay]:
    """The ways through the subscription filters of a log group that a trail fills."""
    group = row.data.get("logGroupName")
    home, delivered = trunk.home, trunk.carries.at_most
    if gap is not None:
        what = f"the subscription filters of log group {group} are not known: {gap.reason}"
        return [OtherWay(what, delivered, home, (refused(gap),))] if _was_refused(gap) else []
    found: list[OtherWay] = []
    listed: list[Mapping[str, Any]] = row.data.get("SubscriptionFilters") or []
    for item in listed:
        name, target = item.get("filterName"), item.get("destinationArn")
        what = f"subscription filter {name} of log group {group} can send them to {target}"
        carried, sources = both(_passed_on(item), delivered), cited(row, "SubscriptionFilters")
        found.append(OtherWay(what, carried, home, sources, subscription=(row.id, str(name))))
    return found


def _passed_on(item: Mapping[str, Any]) -> Condition:
    """What a subscription filter passes on at most. One on transformed log events may match anything."""
    text = item.get("filterPattern")
    if not isinstance(text, str) or item.get("applyOnTransformedLogs") is True:
        return EVERYTHING
    try:
        pattern = parse(text)
    except PatternError:
        return EVERYTHING
    return pattern.expr if isinstance(pattern, JsonPattern) else EVERYTHING
