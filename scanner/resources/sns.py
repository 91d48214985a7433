"""SNS: the topics that tell of the audit trail, who may publish to them, and who is subscribed to them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.model import Gap, RuleId, Source
from scanner.policy_documents import policy_object
from scanner.resources.alarm_messages import Message, Open, alarm_message
from scanner.resources.alarm_rule import AlarmRuleError, parse_alarm_rule, rule_alarms
from scanner.resources.arns import parse_arn
from scanner.resources.audiences import PROTOCOLS, Hearing, Subscriber, subscribers
from scanner.resources.cloudwatch import alarm_view, audit_alarm_view
from scanner.resources.delivery import VisibleTrail, mappings, visible_trails
from scanner.resources.event_rules import event_rule_view
from scanner.resources.facts import Facts, checked, member
from scanner.resources.organizations import OWN_ORGANIZATION, take_organization
from scanner.resources.rows import Existence, ResourceType, Row, View, view_of
from scanner.snapshot import Answer, Snapshot

LIST_SUBSCRIPTIONS = "sns.ListSubscriptionsByTopic"


@dataclass(slots=True)
class _Topic:
    """A topic in the making: the alarms, trails and EventBridge rules that publish to it, by ARN, and their answers."""

    region: str
    alarms: dict[str, Row] = field(default_factory=dict)
    trails: list[str] = field(default_factory=list)
    rules: dict[str, str] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)


def audit_topic_view(snapshot: Snapshot, account: str) -> View:
    """One row for each SNS topic that tells of the audit trail.

    Those in the alarm actions of audit alarms and of the composite alarms over them, those that trails of the account
    notify of delivered files, and those among the targets of EventBridge rules that CloudTrail's events can match.
    Source: Amazon SNS API reference, ``ListSubscriptionsByTopic`` and ``GetTopicAttributes``.
    """
    audit = audit_alarm_view(snapshot, account)
    every = alarm_view(snapshot, account)
    visible = visible_trails(snapshot, account)
    heard = event_rule_view(snapshot, account)
    topics: dict[str, _Topic] = {}
    _add_alarms(topics, (*audit.rows, *_over(audit.rows, every.rows)))
    for trail in visible.trails:
        _add_trail(topics, account, trail)
    for row in heard.rows:
        _add_rule(topics, row)
    rows = [_row(snapshot, account, arn, topic) for arn, topic in topics.items()]
    unread = [row.gaps["Topics"] for row in heard.rows if "Topics" in row.gaps]
    return view_of(rows, [*audit.gaps, *every.gaps, *visible.gaps, *heard.gaps, *unread])


def _over(audit: Iterable[Row], every: Iterable[Row]) -> list[Row]:
    """The composite alarms that look at one of the audit alarms, directly or through other composite alarms.

    One whose rule is not understood is taken in: its topic may be how an audit alarm reaches people.
    """
    known = {(row.region, str(row.data.get("AlarmName"))) for row in audit}
    waiting = [row for row in every if isinstance(row.data.get("AlarmRule"), str)]
    found: list[Row] = []
    while True:
        added = [row for row in waiting if _looks_at(row, known)]
        if not added:
            return found
        found += added
        waiting = [row for row in waiting if row not in added]
        known |= {(row.region, str(row.data.get("AlarmName"))) for row in added}


def _looks_at(composite: Row, known: Collection[tuple[str, str]]) -> bool:
    try:
        names = rule_alarms(parse_alarm_rule(composite.data["AlarmRule"]))
        return any((composite.region, name) in known for name in names)
    except AlarmRuleError:
        return True


def _add_alarms(topics: dict[str, _Topic], alarms: Iterable[Row]) -> None:
    for row in alarms:
        actions = row.data.get("AlarmActions")
        for action in actions if isinstance(actions, list) else []:
            topic = _noted(topics, action, row.region)
            if topic is not None:
                topic.alarms.setdefault(str(row.data.get("AlarmArn") or row.id), row)
                topic.sources.extend(row.sources)


def _add_trail(topics: dict[str, _Topic], account: str, trail: VisibleTrail) -> None:
    """A trail of the account itself; another account's organization trail notifies that account's topic."""
    topic = _noted(topics, trail.data.get("SnsTopicARN"), trail.region) if trail.account == account else None
    if topic is not None:
        topic.trails.append(trail.arn)
        topic.sources.append(trail.source)


def _add_rule(topics: dict[str, _Topic], row: Row) -> None:
    for action in row.data.get("Topics", ()):
        topic = _noted(topics, action, row.region)
        if topic is not None:
            topic.rules[row.id] = str(row.data.get("Name") or row.id)
            topic.sources.extend((*row.sources, *row.cites.get("Topics", ())))


def _noted(topics: dict[str, _Topic], action: Any, region: str) -> _Topic | None:
    """The topic that an action names, taken into ``topics``; None when it names none."""
    arn = parse_arn(action)
    if arn is None or arn.service != "sns":
        return None
    return topics.setdefault(action, _Topic(arn.region or region))


def _row(snapshot: Snapshot, account: str, topic_arn: str, topic: _Topic) -> Row:
    arguments = {"TopicArn": topic_arn}
    names = [str(row.data.get("AlarmName") or "") for row in topic.alarms.values()]
    facts = Facts(
        {
            "TopicArn": topic_arn,
            "Region": topic.region,
            "UsedBy": sorted({*names, *topic.trails, *topic.rules.values()}),
            "AlarmArns": sorted(topic.alarms),
            "TrailArns": sorted(set(topic.trails)),
            "EventRuleArns": sorted(topic.rules),
        }
    )
    listed = snapshot.ask(account, topic.region, LIST_SUBSCRIPTIONS, arguments)
    subscriptions = [_subscription(item) for _, item in mappings(listed, "Subscriptions")]
    facts.take("Subscriptions", subscriptions, listed)
    facts.take("ConfirmedSubscriptions", sum(item["Confirmed"] for item in subscriptions), listed)
    _recipients(facts, snapshot, account, topic, listed)
    answer = checked(snapshot.ask(account, topic.region, "sns.GetTopicAttributes", arguments), "Attributes", Mapping)
    attributes = member(answer, "Attributes")
    facts.take("Attributes", attributes, answer, pointer="/pages/0/Attributes")
    policy = policy_object(attributes.get("Policy")) if attributes else None
    facts.take("Policy", policy, answer, pointer="/pages/0/Attributes/Policy")
    key = (attributes.get("KmsMasterKeyId") or None) if attributes else None
    facts.take("KmsMasterKeyId", key, answer, pointer="/pages/0/Attributes")
    _existence(facts, answer, listed)
    _key(facts, snapshot, account, topic.region, answer, key)
    take_organization(facts, snapshot, account)
    return facts.row("sns.audit_topic", account, topic.region, topic_arn, tuple(dict.fromkeys(topic.sources)))


def _subscription(item: Mapping[str, Any]) -> dict[str, Any]:
    """A subscription is confirmed when it has an ARN of its own; pending and deleted ones have a word instead."""
    return {**item, "Confirmed": parse_arn(item.get("SubscriptionArn")) is not None}


def _recipients(facts: Facts, snapshot: Snapshot, account: str, topic: _Topic, listed: Answer) -> None:
    """The subscriptions that receive every alarm of the topic, and what keeps the others from it.

    When some cannot be told the field is a gap, unless another one that is more than plain HTTP is known to hear.
    """
    messages: list[Message] = [alarm_message(row.data) for row in topic.alarms.values()]
    # What a trail or an EventBridge rule publishes is not the message of an alarm.
    messages += [Open.ANYTHING] if topic.trails or topic.rules else []
    hearing: list[dict[str, Any]] = []
    deaf: list[str] = []
    answers, gaps = [listed], list[Gap]()
    for each in subscribers(snapshot, account, topic.region, listed):
        if each.confirmed:
            found = _heard(each, messages)
            if found.heard is None:
                gaps.append(each.gap or _undecided(account, topic.region, each, found.reason))
                continue
            answers += each.answers
            if found.heard:
                hearing.append({"SubscriptionArn": each.arn, "Protocol": each.protocol, "Endpoint": each.endpoint})
                continue
            deaf.append(f"one over {each.protocol} {found.reason}")
        else:
            deaf.append(f"one over {each.protocol} is not confirmed")
    if gaps and all(item["Protocol"] == "http" for item in hearing):
        for name in ("Recipients", "Reached", "Unreached"):
            facts.gaps[name] = gaps[0]
    else:
        facts.take("Recipients", hearing, *answers)
        facts.take("Reached", [PROTOCOLS.get(item["Protocol"], item["Protocol"]) for item in hearing], *answers)
        facts.take("Unreached", deaf, *answers)


def _heard(subscriber: Subscriber, messages: Sequence[Message]) -> Hearing:
    """Whether a subscription receives all of these messages."""
    found = [subscriber.hearing(message) for message in messages]
    for heard in (False, None):
        for each in found:
            if each.heard is heard:
                return each
    return Hearing(True)


def _undecided(account: str, region: str, subscriber: Subscriber, reason: str) -> Gap:
    arguments = {"SubscriptionArn": subscriber.arn}
    text = f"Subscription {subscriber.arn} {reason}"
    return Gap(account, region, "sns.GetSubscriptionAttributes", arguments, "error", "", text)


def _existence(facts: Facts, *answers: Answer) -> None:
    """The topic exists as far as any answer about it says so; a topic that any answer calls absent is gone."""
    known = [answer for answer in answers if answer.gap is None]
    if known:
        facts.take("Exists", not any(answer.absent for answer in known), *known)
    else:
        facts.take("Exists", None, *answers)


def _key(facts: Facts, snapshot: Snapshot, account: str, region: str, attributes: Answer, key: Any) -> None:
    """The topic's KMS key and its policy; a key may be named by id, ARN, alias or alias ARN."""
    if attributes.gap is not None or not isinstance(key, str):
        facts.take("KmsKey", None, attributes)
        facts.take("KmsKeyPolicy", None, attributes)
        return
    arn = parse_arn(key)
    place = (arn.region if arn else "") or region
    described = snapshot.ask(account, place, "kms.DescribeKey", {"KeyId": key})
    metadata = member(described, "KeyMetadata")
    facts.take("KmsKey", metadata, described, pointer="/pages/0/KeyMetadata")
    name = metadata.get("Arn") if metadata else None
    if not isinstance(name, str):
        facts.take("KmsKeyPolicy", None, described)
        return
    policy = snapshot.ask(account, place, "kms.GetKeyPolicy", {"KeyId": name, "PolicyName": "default"})
    facts.take("KmsKeyPolicy", policy_object(policy.first.get("Policy")), policy, pointer="/pages/0/Policy")


AUDIT_TOPIC = ResourceType(
    name="sns.audit_topic",
    title="SNS topic that audit alarms, trails or EventBridge rules on CloudTrail events notify",
    view=audit_topic_view,
    fields={
        "TopicArn": "ARN of the topic.",
        "Region": "Region of the topic.",
        "UsedBy": "Names of the alarms and EventBridge rules, and ARNs of the trails, that notify the topic.",
        "AlarmArns": "ARNs of the audit alarms, and of composite alarms over them, that notify the topic.",
        "TrailArns": "ARNs of the account's trails that notify the topic of delivered files.",
        "EventRuleArns": "ARNs of the EventBridge rules that CloudTrail's events can match and that send to the topic.",
        "Exists": "Whether the topic exists.",
        "Subscriptions": "Subscriptions as objects {Protocol, Endpoint, SubscriptionArn, Owner, Confirmed}; [] without any.",
        "ConfirmedSubscriptions": "Number of confirmed subscriptions.",
        "Recipients": "Those of them that receive every alarm of the topic: no filter policy drops it, and a function, "
        "queue or stream behind it exists.",
        "Reached": "What the recipients are, in words, such as an e-mail address or an SQS queue.",
        "Unreached": "The other subscriptions, each with what keeps it from the alarms.",
        "Attributes": "Topic attributes as AWS names them; null when the topic does not exist.",
        "Policy": "The topic's access policy as an object; null without one.",
        "Organizations": OWN_ORGANIZATION,
        "KmsMasterKeyId": "KMS key the topic is encrypted with (id, ARN or alias); null without one.",
        "KmsKey": "KeyMetadata of that key as kms.DescribeKey gives it (KeyManager, KeyState, …); null without one.",
        "KmsKeyPolicy": "That key's policy as an object; null without a key.",
    },
    existence=Existence("Exists", RuleId("sns.confirmed-subscription")),
)
