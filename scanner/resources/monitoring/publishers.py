"""What publishes to topics of the audit path: alarms, trails and EventBridge rules, and what it asks of policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.messages import alarm_message, event_message, trail_message
from scanner.arns import parse_arn
from scanner.audit_path.eventbridge.buses import TARGET_LISTING
from scanner.audit_path.stores import VisibleTrail
from scanner.facts.facts import Facts
from scanner.facts.rows import Row
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.policies.filter_policies import Message, Open
from scanner.policies.services import UNSUPPORTED_BY_KEYS

ALARM, TRAIL, EVENT_RULE = "CloudWatch", "CloudTrail", "EventBridge"
"""The AWS services that publish what they are told to, as the fields about them call them."""

NOUNS: Mapping[str, str] = {ALARM: "alarm", TRAIL: "trail", EVENT_RULE: "EventBridge rule"}


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishes to a topic: an alarm, a trail or an EventBridge rule, and its message as far as it is known.

    ``role`` is the role that a rule publishes with ("" for its service itself).
    """

    kind: str
    arn: str
    name: str
    message: Message
    role: str = ""

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return f"{NOUNS[self.kind]} {self.name}"


@dataclass(slots=True)
class PublishedTopic:
    """A topic in the making: what publishes to it, by ARN, and the answers that say so."""

    arn: str
    region: str
    publishers: dict[str, Publisher] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)

    @property
    def owner(self) -> str:
        """The account that the topic belongs to."""
        arn = parse_arn(self.arn)
        return arn.account if arn is not None else ""

    @property
    def name(self) -> str:
        """The topic's name without the rest of its ARN."""
        arn = parse_arn(self.arn)
        return arn.resource if arn is not None else self.arn

    def arns_of(self, kind: str) -> list[str]:
        """The ARNs of what publishes to it for a service."""
        return [arn for arn in sorted(self.publishers) if self.publishers[arn].kind == kind]

    def of(self, kind: str) -> list[Publisher]:
        """What publishes to it for a service."""
        return [self.publishers[arn] for arn in self.arns_of(kind)]


def add_alarm(topics: dict[str, PublishedTopic], alarm: Alarm, sources: Sequence[Source]) -> None:
    """Put in the topics that an alarm notifies, with the answers that show the alarm."""
    publisher = Publisher(ALARM, alarm.identity, alarm.name, alarm_message(alarm))
    for action in alarm.actions:
        _note(topics, action.target, alarm.region, publisher, sources)


def add_trail(topics: dict[str, PublishedTopic], account: str, trail: VisibleTrail) -> None:
    """A trail of the account itself; another account's organization trail notifies that account's topic."""
    if trail.account == account:
        publisher = Publisher(TRAIL, trail.arn, trail.text("Name") or trail.arn, trail_message(trail.data))
        _note(topics, trail.data.get("SnsTopicARN"), trail.region, publisher, (trail.source,))


def add_rule(topics: dict[str, PublishedTopic], row: Row) -> None:
    """Put in the topics that an ``events.event_rule`` row sends to."""
    name, pattern = str(row.data.get("Name") or row.id), row.data.get("EventPattern")
    targets = row.data.get("Targets") or ()
    for action in row.data.get("Topics", ()):
        here = [target for target in targets if target.get("Arn") == action]
        messages = [event_message(pattern, target) for target in here]
        # Of two that lead to one topic only one may be received.
        message = messages[0] if len(messages) == 1 else Open.ANYTHING
        roles = [str(target.get("RoleArn") or "") for target in here]
        publisher = Publisher(EVENT_RULE, row.id, name, message, min(roles, default=""))
        _note(topics, action, row.region, publisher, (*row.sources, *row.cites.get("Topics", ())))


def _note(
    topics: dict[str, PublishedTopic], action: Any, region: str, publisher: Publisher, sources: Sequence[Source]
) -> None:
    arn = parse_arn(action)
    if arn is not None and arn.service == "sns":
        topic = topics.setdefault(action, PublishedTopic(action, arn.region or region))
        topic.publishers.setdefault(publisher.arn, publisher)
        topic.sources.extend(sources)


def requests(
    topic: PublishedTopic, resource: str, account: str, keys: Mapping[str, str | None]
) -> dict[str, list[dict[str, Any]]]:
    """What each service itself asks of a resource when it publishes to the topic, for all it publishes for."""

    def asked(publisher: Publisher) -> list[dict[str, Any]]:
        # Nothing is known of another account's organization.
        arn = parse_arn(publisher.arn)
        own = keys if arn is not None and arn.account == account else {}
        if publisher.role:
            return []
        by_key = resource != topic.arn
        context = {"kms:EncryptionContext:aws:sns:topicArn": topic.arn} if by_key else {}
        request = {"Source": publisher.arn, "Resource": resource, "Keys": {**own, **context}}
        if not by_key or publisher.kind != EVENT_RULE:
            return [request]
        # A condition on the source counts only where it holds whether the request names its source or not.
        return [{**request, "Keys": {**dict.fromkeys(UNSUPPORTED_BY_KEYS), **context}}, request]

    return {kind: list(chain.from_iterable(map(asked, topic.of(kind)))) for kind in NOUNS}


def take_roles(facts: Facts, account: str, topic: PublishedTopic) -> None:
    """Whether something publishes with a role: what that may do is not looked at here."""
    first = next((each for each in topic.of(EVENT_RULE) if each.role), None)
    if first is None:
        facts.data["ByRole"] = []
        return
    reason = f"{first.words} publishes to topic {topic.name} as the role {first.role}, whose policies are not looked at"
    key = CallKey(account, topic.region, TARGET_LISTING.operation, {"Rule": first.name})
    facts.gaps["ByRole"] = Gap(key=key, kind=GapKind.NOT_COLLECTED, reason=reason)
