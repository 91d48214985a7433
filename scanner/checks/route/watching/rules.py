"""EventBridge rules as ways to a person: what a rule hears of the events of its Region, and where it sends them.

CloudTrail sends its events to the default bus of the Region in which they happened while a trail there is logging.
Sources: EventBridge User Guide, "AWS service events delivered via AWS CloudTrail" and "Targets"; EventBridge API
reference, ``Rule`` (``State``) and ``Target``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.arns import parse_arn
from scanner.checks.route.links import RULE, TOPIC, JudgedLink, cited
from scanner.checks.route.watching.topics import Topic, rule_publisher, topic_links
from scanner.errors import PatternError
from scanner.facts.rows import Row
from scanner.model import Outcome, worst_outcome
from scanner.pattern import Expr, IsBool, NotExists, Selector, parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import EVERYTHING as EVERY_RECORD
from scanner.pattern.cloudtrail.event_bus import NOTHING as NO_RECORD
from scanner.pattern.cloudtrail.event_bus import Place, bounds
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Recorded, both, either

HEARS_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
"""The state of a rule that hears of read-only management events too."""

_READ_ONLY = Selector(("readOnly",))
_ELSEWHERE: Mapping[str, str] = {
    "chatbot": "a chat channel",
    "events": "another event bus or an API destination",
    "firehose": "a Firehose stream",
    "kinesis": "a Kinesis stream",
    "lambda": "a Lambda function",
    "logs": "a log group",
    "notifications": "AWS User Notifications",
    "sqs": "an SQS queue",
    "ssm": "Systems Manager",
    "ssm-incidents": "Incident Manager",
    "states": "a JudgedLink Functions state machine",
}
"""Where targets lead that are not topics, by the service of their ARN."""


@dataclass(frozen=True, slots=True)
class RuleWay:
    """A rule with what it hears, for certain and at most, and its links onwards to the best of its targets."""

    row: Row
    heard: Recorded
    links: tuple[JudgedLink, ...]

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


def rule_ways(rules: Iterable[Row], topics: Mapping[str, Topic]) -> tuple[RuleWay, ...]:
    """Every ``events.event_rule`` row as a way; ``topics`` are those that the rules send to, by ARN."""
    return tuple(RuleWay(row, _heard(row), _onwards(row, topics)) for row in rules)


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


def _heard(row: Row) -> Recorded:
    return heard_by(row.data.get("EventPattern"), row.data.get("State"), Place(row.account, row.region))


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


def _onwards(row: Row, topics: Mapping[str, Topic]) -> tuple[JudgedLink, ...]:
    """The rule, and the best way on from it: one whose links all pass, else one that is not broken."""
    name = str(row.data.get("Name") or row.id)
    subject = f"EventBridge rule {name} ({row.region})"
    sources = (*row.sources, *cited(row, "Targets"))
    gap = row.gaps.get("Targets")
    if gap is not None:
        reason = f"{subject} can match them, and where it sends them is not known: {gap.reason}"
        return (JudgedLink(RULE, Outcome.UNKNOWN, reason, name, sources),)
    rule = JudgedLink(RULE, Outcome.PASS, f"{subject} is enabled", name, sources)
    ways = [_way(rule, subject, row, target, topics) for target in row.data.get("Targets") or ()]
    return (
        max(ways, key=_quality) if ways else (replace(rule, verdict=Outcome.FAIL, reason=f"{subject} has no target"),)
    )


def _way(
    rule: JudgedLink, subject: str, row: Row, target: Mapping[str, Any], topics: Mapping[str, Topic]
) -> tuple[JudgedLink, ...]:
    """The links from a rule on to one of its targets."""
    to, role = str(target.get("Arn") or ""), target.get("RoleArn")
    arn = parse_arn(to)
    if arn is None or arn.service != "sns":
        where = _ELSEWHERE.get(arn.service if arn else "", "a target of a kind that is not known here")
        reason = f"{subject} sends them to {where} ({to}); whether a person looks there, somebody must attest"
        return (rule, JudgedLink(TOPIC, Outcome.UNKNOWN, reason, to))
    if role:
        reason = f"{subject} publishes to topic {arn.resource} as the role {role}, whose policies are not looked at"
        return (rule, JudgedLink(TOPIC, Outcome.UNKNOWN, reason, to))
    return (rule, *topic_links(topics.get(to), to, arn, rule_publisher(row, target)))


def _quality(way: Sequence[JudgedLink]) -> tuple[int, int]:
    ranks = {Outcome.PASS: 2, Outcome.UNKNOWN: 1}
    worst = worst_outcome(link.verdict for link in way) or Outcome.PASS
    return ranks.get(worst, 0), sum(link.verdict is Outcome.PASS for link in way)
