"""A declared route in an account: what feeds it there, and the word of whoever attests the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.arns import parse_arn
from scanner.checks.route.declared.attestation import attestation_link
from scanner.checks.route.declared.buckets import by_bucket
from scanner.checks.route.declared.feed import Feed
from scanner.checks.route.declared.filters import by_filter, feeds_of
from scanner.checks.route.links import RULE, JudgedLink
from scanner.checks.route.watching.eventbridge.destinations import destination_link
from scanner.checks.route.watching.eventbridge.rules import RuleWay, decrypted
from scanner.model import (
    ByBucketNotification,
    ByDeliveryStream,
    ByEventRule,
    BySubscriptionFilter,
    ByTopicSubscription,
    DeclaredRoute,
    Gap,
    Outcome,
    Through,
)
from scanner.pattern import JsonPattern, parse
from scanner.recording.recorded_events import EVERYTHING, Condition
from scanner.resources.monitoring.eventbridge.places import EVENTS, Sender, started_task
from scanner.resources.monitoring.eventbridge.target_facts import dead_letter_trouble
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class DeclaredWay:
    """A declared route with what feeds it and the link of its attestation."""

    route: DeclaredRoute
    attestation: JudgedLink
    feeds: tuple[Feed, ...]

    @property
    def events(self) -> Condition:
        """The events that it is declared for."""
        pattern = parse(self.route.events) if self.route.events else None
        return pattern.expr if isinstance(pattern, JsonPattern) else EVERYTHING


@dataclass(frozen=True, slots=True)
class Known:
    """What an account has that declared routes may lead through.

    ``rules`` are the EventBridge rules that CloudTrail's events can match, ``rule_gaps`` where some may be hidden,
    ``groups`` the log groups that its trails deliver to. ``kept`` are feeds that are the same for every account.
    """

    snapshot: Snapshot
    rules: Sequence[RuleWay]
    rule_gaps: Sequence[Gap]
    groups: Sequence[str]
    kept: dict[Through, Feed]


def declared_way(route: DeclaredRoute, known: Known) -> DeclaredWay:
    """A declared route in an account."""
    snapshot = known.snapshot
    match route.through:
        case BySubscriptionFilter() as through:
            feeds: tuple[Feed, ...] = (known.kept.get(through) or by_filter(through, snapshot),)
            known.kept[through] = feeds[0]
        case ByBucketNotification() as through:
            feeds = (known.kept.get(through) or by_bucket(through, snapshot),)
            known.kept[through] = feeds[0]
        case ByEventRule() as through:
            feeds = _by_event_rule(through, known)
        case ByDeliveryStream() as through:
            feeds = tuple(_to_stream(through.stream, known))
        case ByTopicSubscription():
            feeds = ()  # the lanes that lead to it are those of alarms and rules
    return DeclaredWay(route, attestation_link(route, snapshot.collected_at.date()), feeds)


def _by_event_rule(through: ByEventRule, known: Known) -> tuple[Feed, ...]:
    found = [_by_rule(way, through.target, known.snapshot) for way in known.rules if way.row.id == through.rule]
    arn = parse_arn(through.rule)
    hidden = [gap for gap in known.rule_gaps if arn is not None and gap.region in {"", arn.region}]
    return tuple(found) or tuple(_hidden_rules(gap) for gap in hidden)


def _hidden_rules(gap: Gap) -> Feed:
    """The EventBridge rules of a Region in which they could not be listed."""
    reason = f"the EventBridge rules in {gap.region} are not known: {gap.reason}"
    return Feed((JudgedLink(RULE, Outcome.UNKNOWN, reason, "", (gap.source,)),), rule="*", home=gap.region)


def _to_stream(stream: str, known: Known) -> Iterator[Feed]:
    """All that feeds a Firehose stream, and what may."""
    for group in known.groups:
        yield from feeds_of(group, stream, known.snapshot)
    for way in known.rules:
        targets = [str(target.get("Arn") or "") for target in way.row.data.get("Targets") or ()]
        if stream in targets or "Targets" in way.row.gaps:
            yield _by_rule(way, stream, known.snapshot)
    yield from map(_hidden_rules, known.rule_gaps)


def _by_rule(way: RuleWay, target: str, snapshot: Snapshot) -> Feed:
    first = way.links[0]
    feed = Feed((first,), way.heard, rule=way.row.id, name=first.candidate, home=way.row.region)
    if way.row.gaps.get("Targets") is not None:
        return feed
    listed = next((item for item in way.row.data.get("Targets") or () if item.get("Arn") == target), None)
    if listed is None:
        reason = f"EventBridge rule {first.candidate} ({way.row.region}) does not send to {target}"
        return feed.ending(replace(first, verdict=Outcome.FAIL, reason=reason))
    enabled = f"EventBridge rule {first.candidate} ({way.row.region}) is enabled"
    first = replace(first, verdict=Outcome.PASS, reason=enabled)
    role, managed_by = (str(told or "") for told in (listed.get("RoleArn"), way.row.data.get("ManagedBy")))
    task = started_task(listed)
    sender = Sender(EVENTS, way.row.id, way.row.account, role, managed_by=managed_by, task=task)
    link = destination_link(snapshot, target, sender)
    if lost := dead_letter_trouble(snapshot, way.row, str(listed.get("DeadLetterQueue") or "")):
        warning = f"EventBridge rule {first.candidate} ({way.row.region}) loses what it cannot deliver to {target}"
        link = replace(link, warnings=(*link.warnings, f"{warning}: {lost}"))
    return replace(feed, links=decrypted(way.row, (first, link)))
