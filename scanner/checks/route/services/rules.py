"""EventBridge rules as ways of a service's events: what each hears, and its links on to the best of its targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.event_rules import ENABLED_STATES, event_pattern, rules_of
from scanner.audit_path.eventbridge.buses import TARGET_LISTING
from scanner.audit_path.stores import mappings
from scanner.checks.route.links import BUS, RULE, TOPIC, JudgedLink, cited
from scanner.checks.route.services.events import Wanted, readable
from scanner.checks.route.watching.eventbridge.buses import called, target_bus
from scanner.checks.route.watching.eventbridge.destinations import destinations_of, senders_of
from scanner.checks.route.watching.eventbridge.rules import Beyond, decrypted
from scanner.checks.route.watching.topics import Topic, rule_publisher, topic_links
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Row
from scanner.model import Gap, Outcome, Source, worst_outcome
from scanner.pattern import EventPattern
from scanner.resources.monitoring.audiences import subscribers, subscriptions
from scanner.resources.monitoring.eventbridge.encryption import take_default_bus_key
from scanner.resources.monitoring.eventbridge.event_buses import Bus, bus_of
from scanner.resources.monitoring.eventbridge.event_rules import rule_target, rules_listed
from scanner.resources.monitoring.sns import rule_topic_rows
from scanner.snapshot.answers import Snapshot


@dataclass(frozen=True, slots=True)
class Way:
    """A rule that can hear of the events, with what it hears at most and its links onwards.

    ``surely`` says that its event pattern could be read, so that it hears of all that ``heard`` matches.
    """

    row: Row
    heard: EventPattern
    links: tuple[JudgedLink, ...]
    surely: bool = True

    @property
    def verdict(self) -> Outcome:
        """The worst of its links."""
        return worst_outcome(link.verdict for link in self.links) or Outcome.PASS


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways of the events in a Region; ``gap`` says why there may be more."""

    found: tuple[Way, ...]
    listing: Source
    gap: Gap | None


def ways_of(wanted: Wanted, snapshot: Snapshot, account: str, region: str) -> Ways:
    """The enabled rules on the default bus of a Region that can hear of the events, each with where it leads."""
    answer = rules_listed(snapshot, account, region)
    heard: list[tuple[Row, Mapping[str, Any]]] = []
    for pointer, listed in rules_of(answer):
        if wanted.can_reach(listed):
            row = _row(snapshot, account, region, listed, Source(answer.key, pointer))
            heard.append((row, listed))
    beyond = _beyond(snapshot, account, [row for row, _ in heard])
    ways: list[Way] = []
    for row, listed in heard:
        links = max(_ways(row, beyond), key=_quality)
        ways.append(Way(row, wanted.heard(listed), links, surely=readable(listed) is not None))
    return Ways(tuple(ways), Source(answer.key, ""), answer.gap)


def _beyond(snapshot: Snapshot, account: str, rules: Sequence[Row]) -> Beyond:
    """What the rules send to; of other buses only whether they exist."""
    topics: dict[str, Topic] = {}
    for found in rule_topic_rows(snapshot, account, rules):
        subscribed = subscriptions(snapshot, account, found.region, found.id)
        topics[found.id] = Topic(found, subscribers(snapshot, account, found.region, subscribed))
    arns = {target_bus(target) for row in rules for target in row.data.get("Targets") or ()}
    buses = {str(arn): bus_of(snapshot, arn) for arn in arns if arn is not None}
    senders = senders_of(snapshot, account, rules)
    return Beyond(topics, buses, senders, destinations_of(snapshot, rules, senders))


def _row(snapshot: Snapshot, account: str, region: str, listed: Mapping[str, Any], source: Source) -> Row:
    """An ``events.event_rule`` row, as the views of rules on CloudTrail's events make them."""
    name, arn = str(listed.get("Name") or ""), str(listed.get("Arn") or "")
    facts = Facts({**listed, "Name": name, "Arn": arn, "Region": region})
    answer = checked(snapshot.ask(account, region, TARGET_LISTING.operation, {"Rule": name}), "Targets", list)
    targets = [rule_target(item) for _, item in mappings(answer, "Targets")]
    named = [parse_arn(item.get("Arn")) for item in targets]
    facts.data["EventPattern"] = event_pattern(listed)
    facts.take("Targets", targets, answer)
    facts.take("Topics", sorted({str(arn) for arn in named if arn is not None and arn.service == "sns"}), answer)
    take_default_bus_key(facts, snapshot, account, region)
    return facts.row("events.event_rule", account, region, arn or name, (source,))


def _ways(row: Row, beyond: Beyond) -> Iterator[tuple[JudgedLink, ...]]:
    """The ways on from a rule: one for each target, or the rule alone where it has none or they are not known."""
    name = str(row.data.get("Name") or row.id)
    subject, sources = f"EventBridge rule {name} ({row.region})", (*row.sources, *cited(row, "Targets"))
    rule = JudgedLink(RULE, Outcome.PASS, f"{subject} is enabled", name, sources)
    if row.data.get("State") not in ENABLED_STATES:
        rule = replace(rule, verdict=Outcome.UNKNOWN, reason=f"whether {subject} is enabled is not told")
    gap = row.gaps.get("Targets")
    if gap is not None:
        reason = f"where {subject} sends them is not known: {gap.reason}"
        yield (replace(rule, verdict=Outcome.UNKNOWN, reason=reason),)
        return
    targets: Sequence[Mapping[str, Any]] = row.data.get("Targets") or ()
    if not targets:
        yield (replace(rule, verdict=Outcome.FAIL, reason=f"{subject} has no target"),)
    for target in targets:
        first, *rest = _onwards(row, subject, target, beyond)
        onwards = (beyond.warned(row, target, first), *rest)
        # Where somebody must attest what is looked at, the rule's own key is not asked about.
        yield decrypted(row, (rule, *onwards)) if first.candidate in beyond.topics else (rule, *onwards)


def _onwards(row: Row, subject: str, target: Mapping[str, Any], beyond: Beyond) -> tuple[JudgedLink, ...]:
    to, role = str(target.get("Arn") or ""), target.get("RoleArn")
    arn, bus = parse_arn(to), target_bus(target)
    if bus is not None:
        return (_sent_on(subject, beyond.bus(bus)),)
    if arn is None or arn.service != "sns":
        return (beyond.elsewhere(row, target),)
    if role:
        reason = f"{subject} publishes to topic {arn.resource} as the role {role}, whose policies are not looked at"
        return (JudgedLink(TOPIC, Outcome.UNKNOWN, reason, to),)
    return topic_links(beyond.topics.get(to), to, arn, rule_publisher(row, target))


def _sent_on(subject: str, bus: Bus) -> JudgedLink:
    """The link to another bus, which must exist; what becomes of a service's events there is not looked at."""
    sent, gone = f"{subject} sends them to {called(bus.arn)}", not (bus.exists or bus.unseen or bus.gap)
    reason = f"{sent}, which does not exist" if gone else f"{sent}; whether they reach a person there is not looked at"
    return JudgedLink(BUS, Outcome.FAIL if gone else Outcome.UNKNOWN, reason, str(bus.arn), bus.sources)


def _quality(way: Sequence[JudgedLink]) -> tuple[int, int]:
    ranks = {Outcome.PASS: 2, Outcome.UNKNOWN: 1}
    worst = worst_outcome(link.verdict for link in way) or Outcome.PASS
    return ranks.get(worst, 0), sum(link.verdict is Outcome.PASS for link in way)
