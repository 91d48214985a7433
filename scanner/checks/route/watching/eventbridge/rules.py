"""EventBridge rules as ways to a person: what a rule hears of the events of its Region, and where it sends them.

CloudTrail sends its events to the default bus of the Region in which they happened while a trail there is logging.
Sources: EventBridge User Guide, "AWS service events delivered via AWS CloudTrail" and "Targets"; EventBridge API
reference, ``Rule`` (``State``) and ``Target``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.event_rules import ENABLED_STATES
from scanner.audit_path.eventbridge.notified import NOTIFICATIONS
from scanner.checks.route.links import DESTINATION, RULE, TOPIC, JudgedLink, cited
from scanner.checks.route.watching.eventbridge.buses import Senders, bus_link, called, target_bus, without_letters
from scanner.checks.route.watching.eventbridge.destinations import Destinations
from scanner.checks.route.watching.topics import Topic, rule_publisher, topic_links
from scanner.errors import PatternError
from scanner.facts.rows import Row
from scanner.model import Outcome, worst_outcome
from scanner.pattern import Expr, IsBool, JsonPattern, NotExists, Selector, matches_nothing, parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import EVERYTHING as EVERY_RECORD
from scanner.pattern.cloudtrail.event_bus import NOTHING as NO_RECORD
from scanner.pattern.cloudtrail.event_bus import Place, bounds
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Recorded, Whole, both, either
from scanner.resources.monitoring.eventbridge.event_buses import Bus
from scanner.resources.monitoring.eventbridge.target_kinds import changes_machines

HEARS_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state of a rule that hears of read-only management events too."""

_READ_ONLY = Selector(("readOnly",))
_ELSEWHERE: Mapping[str, str] = {
    "appsync": "an AppSync API",
    "batch": "an AWS Batch job queue",
    "chatbot": "a chat channel",
    "codebuild": "a CodeBuild project",
    "codepipeline": "a CodePipeline pipeline",
    "ecs": "an ECS task",
    "events": "an API destination",
    "execute-api": "an API Gateway API",
    "firehose": "a Firehose stream",
    "inspector": "an Inspector assessment",
    "kinesis": "a Kinesis stream",
    "lambda": "a Lambda function",
    "logs": "a log group",
    "notifications": "AWS User Notifications",
    "redshift": "a Redshift cluster",
    "redshift-serverless": "a Redshift workgroup",
    "sagemaker": "a SageMaker pipeline",
    "sqs": "an SQS queue",
    "ssm": "Systems Manager",
    "ssm-incidents": "Incident Manager",
    "states": "a Step Functions state machine",
}
"""Where targets lead that are not topics, by the service of their ARN."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """What EventBridge rules send to: topics by ARN, other buses by ARN, what sending to these needs, and the rest."""

    topics: Mapping[str, Topic] = field(default_factory=dict)
    buses: Mapping[str, Bus] = field(default_factory=dict)
    senders: Senders = field(default_factory=Senders)
    destinations: Destinations = field(default_factory=Destinations)

    def warned(self, row: Row, target: Mapping[str, Any], link: JudgedLink) -> JudgedLink:
        """The link from a rule to a target, with a warning about what would take the events that cannot be sent."""
        trouble = self.destinations.letters.get((row.id, str(target.get("Id"))))
        if not trouble:
            return link
        warning = f"{_subject(row)} loses what it cannot deliver to {target.get('Arn')}: {trouble}"
        return replace(link, warnings=(*link.warnings, warning))

    def elsewhere(self, row: Row, target: Mapping[str, Any]) -> JudgedLink:
        """The link from a rule to a target that is neither a topic nor a bus."""
        return _elsewhere(row, target, self.destinations.places.get((row.id, str(target.get("Id")))))

    def bus(self, arn: Arn) -> Bus:
        """An event bus that a rule sends to."""
        return self.buses.get(str(arn)) or Bus(arn, "was not looked at")


@dataclass(frozen=True, slots=True)
class RuleWay:
    """A rule with what it hears, for certain and at most, and its links onwards to one of its targets.

    ``through`` are the bus and the rule on it that the way leads through (none: the target is the rule's own). What is
    ``unless`` leads from there another way.
    """

    row: Row
    heard: Recorded
    links: tuple[JudgedLink, ...]
    through: tuple[str, ...] = ()
    unless: tuple[Condition, ...] = ()

    @property
    def id(self) -> tuple[str, ...]:
        """The ARNs of the rules and the bus on the way, by which ways are told apart."""
        return (self.row.id, *self.through)

    @property
    def hears_all(self) -> bool:
        """Whether ``heard`` is all that the rule hears, and not what a rule on another bus hears of it."""
        return len(self.through) < 2

    @property
    def carries(self) -> Recorded:
        """What of that its links let through."""
        lets = [link.carries for link in self.links if link.carries is not None]
        surely = both(self.heard.surely, *(each.surely for each in lets))
        return Recorded(surely, both(self.heard.at_most, *(each.at_most for each in lets)))

    @property
    def broken(self) -> JudgedLink | None:
        """The first link that certainly fails; None when there is none."""
        return next((link for link in self.links if link.verdict is Outcome.FAIL), None)


def rule_ways(rules: Iterable[Row], beyond: Beyond) -> tuple[RuleWay, ...]:
    """The ways onwards from every ``events.event_rule`` row, at least one from each.

    The best of its own targets counts; every other bus that it sends to is a way for itself, one for each rule there.
    """
    return tuple(_decrypted(way) for row in rules for way in _ways(row, beyond))


def _decrypted(way: RuleWay) -> RuleWay:
    """The way with what the key of the rule's bus keeps from it; a place that somebody must attest is not the end."""
    return way if way.links[-1].name == DESTINATION else replace(way, links=decrypted(way.row, way.links))


def heard_by(pattern: Mapping[str, Any] | None, state: Any, place: Place) -> Recorded:
    """What a rule of this pattern and state hears of the events of its account and Region."""
    if pattern is None:
        return Recorded(NOTHING, EVERYTHING)
    try:
        limits = bounds(parse_event_pattern(pattern), place)
    except PatternError:
        return Recorded(NOTHING, EVERYTHING)
    told = _by_state(state)
    surely = both(_condition(limits.surely), told.surely)
    return Recorded(surely, both(_condition(limits.at_most), told.at_most))


def _heard(row: Row, place: Place, *, forwarded: bool = False) -> Recorded:
    """What the rule of a row hears of what happens in a place; which reads are sent on to a bus is not documented."""
    state = row.data.get("State")
    surely = heard_by(row.data.get("EventPattern"), state, place)
    return Recorded(surely.surely, heard_by(row.data.get("EventPattern"), None, place).at_most) if forwarded else surely


def _by_state(state: Any) -> Recorded:
    """What a rule hears by its state: the user guide says that only one state hears of read-only events."""
    if state == HEARS_READS:
        return Recorded(EVERYTHING, EVERYTHING)
    writes = IsBool(_READ_ONLY, value=False)
    if state == "ENABLED":
        return Recorded(writes, either([writes, NotExists(_READ_ONLY)]))
    return Recorded(writes, EVERYTHING)


def _condition(expr: Expr) -> Condition:
    if expr == EVERY_RECORD:
        return EVERYTHING
    return NOTHING if expr == NO_RECORD else expr


def _ways(row: Row, beyond: Beyond) -> Iterator[RuleWay]:
    """The rule with its ways on: the best of its own targets, and each through another bus."""
    heard = _heard(row, Place(row.account, row.region))
    rule = _rule(row)
    targets = row.data.get("Targets") or ()
    if rule.verdict is not Outcome.PASS or not targets:
        yield RuleWay(row, heard, (rule,))
        return
    yield from _own(RuleWay(row, heard, (rule,)), row, beyond)
    for target in targets:
        arn = target_bus(target)
        if arn is not None:
            yield from _through(RuleWay(row, heard, (rule,)), target, beyond.bus(arn), beyond)


def _rule(row: Row) -> JudgedLink:
    """The rule as a link: whether it sends its events anywhere."""
    name, subject = str(row.data.get("Name") or row.id), _subject(row)
    sources = (*row.sources, *cited(row, "Targets"))
    gap = row.gaps.get("Targets")
    if gap is not None:
        reason = f"{subject} can match them, and where it sends them is not known: {gap.reason}"
        return JudgedLink(RULE, Outcome.UNKNOWN, reason, name, sources)
    if not row.data.get("Targets"):
        return JudgedLink(RULE, Outcome.FAIL, f"{subject} has no target", name, sources)
    if row.data.get("State") not in ENABLED_STATES:
        reason = f"{subject} can match them, and whether it is enabled is not told"
        return JudgedLink(RULE, Outcome.UNKNOWN, reason, name, sources)
    return JudgedLink(RULE, Outcome.PASS, f"{subject} is enabled", name, sources)


def decrypted(row: Row, links: tuple[JudgedLink, ...]) -> tuple[JudgedLink, ...]:
    """The links of a way from a rule, the first of which is unknown where EventBridge may be unable to decrypt it.

    What is broken behind the rule is so either way.
    """
    rule = replace(links[0], sources=tuple(dict.fromkeys((*links[0].sources, *cited(row, "BusKey")))))
    gap = row.gaps.get("BusKey")
    if gap is not None and rule.verdict is Outcome.PASS and all(link.verdict is not Outcome.FAIL for link in links):
        reason = f"{rule.reason}, and whether EventBridge can decrypt it is not known: {gap.reason}"
        rule = replace(rule, verdict=Outcome.UNKNOWN, reason=reason)
    bus = f"the default event bus ({row.region})"
    remarks = without_letters(bus, str(row.data.get("BusKey") or ""), str(row.data.get("BusDeadLetterQueue") or ""))
    return (replace(rule, warnings=(*rule.warnings, *remarks)), *links[1:])


def _subject(row: Row) -> str:
    return f"EventBridge rule {row.data.get('Name') or row.id} ({row.region})"


def _own(start: RuleWay, row: Row, beyond: Beyond) -> Iterator[RuleWay]:
    """The ways on to the targets of a rule itself, without other buses.

    They are those whose links all pass, else all that are not broken, else the one that gets furthest.
    """
    found: dict[int, list[RuleWay]] = {}
    targets = [target for target in row.data.get("Targets") or () if target_bus(target) is None]
    for target in targets:
        first, *rest = _onwards(row, target, beyond)
        onwards = (beyond.warned(row, target, first), *rest)
        way = replace(start, links=(*start.links, *onwards), through=(*start.through, str(target.get("Id"))))
        found.setdefault(_quality(onwards)[0], []).append(way)
    ways = found[max(found)] if found else []
    yield from ways if not found or max(found) else [max(ways, key=lambda way: _quality(way.links))]


def _through(start: RuleWay, target: Mapping[str, Any], bus: Bus, beyond: Beyond) -> Iterator[RuleWay]:
    """The ways through another bus: one for each rule there that can hear of what is sent to it."""
    sent = beyond.warned(start.row, target, bus_link(start.row, target, bus, beyond.senders))
    if sent.verdict is Outcome.FAIL or bus.unseen or bus.gap is not None:
        yield replace(start, links=(*start.links, sent), through=(str(bus.arn),))
        return
    if bus.hidden is not None:
        reason = f"the rules on {called(bus.arn)} are not known: {bus.hidden.reason}"
        hidden = replace(sent, verdict=Outcome.UNKNOWN, reason=reason)
        yield replace(start, links=(*start.links, hidden), through=(str(bus.arn),))
    ways = [way for row in bus.rules for way in _on_bus(start, sent, row, bus, beyond)]
    yield from ways
    if bus.hidden is None:
        nobody = replace(sent, verdict=Outcome.FAIL, reason=f"no enabled rule on {called(bus.arn)} hears of them")
        taken = tuple(way.heard.at_most for way in ways)
        yield replace(start, links=(*start.links, nobody), through=(str(bus.arn),), unless=taken)


def _on_bus(start: RuleWay, sent: JudgedLink, row: Row, bus: Bus, beyond: Beyond) -> Iterator[RuleWay]:
    """The way on from a rule on another bus; none when it can hear of nothing that is sent there."""
    # What is sent on keeps the account and the Region in which it happened.
    further = _heard(row, Place(start.row.account, start.row.region), forwarded=True)
    heard = Recorded(both(start.heard.surely, further.surely), both(start.heard.at_most, further.at_most))
    if _is_nothing(heard.at_most):
        return
    way = RuleWay(start.row, heard, start.links, (str(bus.arn), row.id))
    rule = _rule(row)
    if rule.verdict is not Outcome.PASS:
        yield replace(way, links=(*start.links, replace(sent, verdict=rule.verdict, reason=rule.reason)))
        return
    arrived = replace(
        sent,
        reason=f"{sent.reason}, and rule {row.data.get('Name')} there is enabled" if _passes(sent) else sent.reason,
        sources=tuple(dict.fromkeys((*sent.sources, *rule.sources))),
    )
    own = list(_own(replace(way, links=(*start.links, arrived)), row, beyond))
    yield from own
    if own:
        return
    reason = f"rule {row.data.get('Name')} on {called(bus.arn)} sends only to another bus, which gets nothing of it"
    yield replace(way, links=(*start.links, replace(arrived, verdict=Outcome.FAIL, reason=reason)))


def _passes(link: JudgedLink) -> bool:
    return link.verdict is Outcome.PASS


def _is_nothing(condition: Condition) -> bool:
    if isinstance(condition, Whole):
        return condition is NOTHING
    return matches_nothing(JsonPattern(condition))


def _onwards(row: Row, target: Mapping[str, Any], beyond: Beyond) -> tuple[JudgedLink, ...]:
    """The links from a rule on to one of its targets other than a bus."""
    to, role = str(target.get("Arn") or ""), target.get("RoleArn")
    arn = parse_arn(to)
    if arn is None or arn.service != "sns":
        return (beyond.elsewhere(row, target),)
    if role:
        subject = f"{_subject(row)} publishes to topic {arn.resource} as the role {role}"
        return (JudgedLink(TOPIC, Outcome.UNKNOWN, f"{subject}, whose policies are not looked at", to),)
    return topic_links(beyond.topics.get(to), to, arn, rule_publisher(row, target))


def _elsewhere(row: Row, target: Mapping[str, Any], place: JudgedLink | None) -> JudgedLink:
    """The link to a target other than a topic: sound or not, whether somebody looks there AWS does not know."""
    to = str(target.get("Arn") or "")
    arn = parse_arn(to)
    where = _ELSEWHERE.get(arn.service if arn else "", "a target of a kind that is not known here")
    where = "EC2" if arn is not None and changes_machines(arn) else where
    if row.data.get("ManagedBy") == NOTIFICATIONS:
        where = "AWS User Notifications"
    sent = f"{_subject(row)} sends them to {where} ({to})"
    sources = place.sources if place is not None else ()
    if place is not None and place.verdict is Outcome.FAIL:
        return JudgedLink(DESTINATION, Outcome.FAIL, f"{sent}, but {place.reason}", to, sources, lack=place.lack)
    told = f"; {place.reason}" if place is not None else ""
    reason = f"{sent}; whether a person looks there, somebody must attest{told}"
    return JudgedLink(DESTINATION, Outcome.UNKNOWN, reason, to, sources)


def _quality(way: Sequence[JudgedLink]) -> tuple[int, int]:
    ranks = {Outcome.PASS: 2, Outcome.UNKNOWN: 1}
    worst = worst_outcome(link.verdict for link in way) or Outcome.PASS
    return ranks.get(worst, 0), sum(link.verdict is Outcome.PASS for link in way)
