"""SNS: the topics that alarms on the audit trail notify, and who is subscribed to them."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.model import Gap, RuleId, Source
from scanner.policy_documents import policy_object
from scanner.resources.alarm_rule import AlarmRuleError, parse_alarm_rule, rule_alarms
from scanner.resources.arns import parse_arn
from scanner.resources.cloudwatch import alarm_view, audit_alarm_view
from scanner.resources.delivery import mappings
from scanner.resources.facts import Facts, checked, member
from scanner.resources.organizations import OWN_ORGANIZATION, take_organization
from scanner.resources.rows import Existence, ResourceType, Row, View, view_of
from scanner.snapshot import Answer, Snapshot


@dataclass(slots=True)
class _Topic:
    """A topic in the making: the alarms that notify it and where they stand."""

    region: str
    alarms: dict[str, str] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)


def audit_topic_view(snapshot: Snapshot, account: str) -> View:
    """One row for each SNS topic in the alarm actions of audit alarms and of the composite alarms over them.

    Source: Amazon SNS API reference, ``ListSubscriptionsByTopic`` (a subscription that nobody confirmed has
    ``PendingConfirmation`` in place of an ARN) and ``GetTopicAttributes``.
    """
    audit = audit_alarm_view(snapshot, account)
    every = alarm_view(snapshot, account)
    topics = _topics((*audit.rows, *_over(audit.rows, every.rows)))
    rows = [_row(snapshot, account, arn, topic) for arn, topic in topics.items()]
    return view_of(rows, [*audit.gaps, *every.gaps])


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


def _topics(alarms: Iterable[Row]) -> dict[str, _Topic]:
    found: dict[str, _Topic] = {}
    for row in alarms:
        actions = row.data.get("AlarmActions")
        for action in actions if isinstance(actions, list) else []:
            arn = parse_arn(action)
            if arn is not None and arn.service == "sns":
                topic = found.setdefault(action, _Topic(arn.region or row.region))
                topic.alarms.setdefault(str(row.data.get("AlarmArn") or row.id), str(row.data.get("AlarmName") or ""))
                topic.sources.extend(row.sources)
    return found


def _row(snapshot: Snapshot, account: str, topic_arn: str, topic: _Topic) -> Row:
    arguments = {"TopicArn": topic_arn}
    facts = Facts(
        {
            "TopicArn": topic_arn,
            "Region": topic.region,
            "UsedBy": sorted(set(topic.alarms.values())),
            "AlarmArns": sorted(topic.alarms),
        }
    )
    listed = snapshot.ask(account, topic.region, "sns.ListSubscriptionsByTopic", arguments)
    subscriptions = [_subscription(item) for _, item in mappings(listed, "Subscriptions")]
    facts.take("Subscriptions", subscriptions, listed)
    facts.take("ConfirmedSubscriptions", sum(item["Confirmed"] for item in subscriptions), listed)
    _recipients(facts, snapshot, account, topic.region, listed, subscriptions)
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


def _recipients(
    facts: Facts,
    snapshot: Snapshot,
    account: str,
    region: str,
    listed: Answer,
    subscriptions: Iterable[Mapping[str, Any]],
) -> None:
    """The confirmed subscriptions that no filter policy keeps from hearing an alarm.

    When some cannot be told the field is a gap, unless another one that is more than plain HTTP is known to hear.
    """
    hearing: list[Mapping[str, Any]] = []
    answers = [listed]
    gaps: list[Gap] = []
    for item in subscriptions:
        if not item["Confirmed"]:
            continue
        arguments = {"SubscriptionArn": item["SubscriptionArn"]}
        answer = snapshot.ask(account, region, "sns.GetSubscriptionAttributes", arguments)
        attributes = member(answer, "Attributes") or {}
        verdict = None if answer.gap else hears_alarms(attributes)
        if verdict:
            hearing.append(item)
        if verdict is None:
            reason = f"Whether {item['SubscriptionArn']} hears alarms hangs on its filter policy"
            undecided = Gap(account, region, "sns.GetSubscriptionAttributes", arguments, "error", "", reason)
            gaps.append(answer.gap or undecided)
        else:
            answers.append(answer)
    if gaps and all(item.get("Protocol") == "http" for item in hearing):
        facts.gaps["Recipients"] = gaps[0]
    else:
        facts.take("Recipients", hearing, *answers)


def hears_alarms(attributes: Mapping[str, Any]) -> bool | None:
    """Whether a subscription with these attributes receives what CloudWatch publishes; ``None`` when undecided.

    An alarm message has no message attributes, so a policy on attributes lets it pass only where each key accepts an
    absent attribute. A policy on the message body hangs on the message. Source: Amazon SNS Developer Guide,
    "Amazon SNS message filtering".
    """
    try:
        policy = json.loads(attributes.get("FilterPolicy") or "{}")
    except (TypeError, ValueError):
        return None
    if not isinstance(policy, Mapping):
        return None
    if not policy:
        return True
    if attributes.get("FilterPolicyScope") == "MessageBody" or "$or" in policy:
        return None
    return all(isinstance(wanted, list) and {"exists": False} in wanted for wanted in policy.values())


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
    title="SNS topic that audit alarms notify",
    view=audit_topic_view,
    fields={
        "TopicArn": "ARN of the topic.",
        "Region": "Region of the topic.",
        "UsedBy": "Names of the alarms that notify the topic.",
        "AlarmArns": "ARNs of those alarms.",
        "Exists": "Whether the topic exists.",
        "Subscriptions": "Subscriptions as objects {Protocol, Endpoint, SubscriptionArn, Owner, Confirmed}; [] without any.",
        "ConfirmedSubscriptions": "Number of confirmed subscriptions.",
        "Recipients": "Those of them that receive every alarm: no filter policy drops it.",
        "Attributes": "Topic attributes as AWS names them; null when the topic does not exist.",
        "Policy": "The topic's access policy as an object; null without one.",
        "Organizations": OWN_ORGANIZATION,
        "KmsMasterKeyId": "KMS key the topic is encrypted with (id, ARN or alias); null without one.",
        "KmsKey": "KeyMetadata of that key as kms.DescribeKey gives it (KeyManager, KeyState, …); null without one.",
        "KmsKeyPolicy": "That key's policy as an object; null without a key.",
    },
    existence=Existence("Exists", RuleId("sns.confirmed-subscription")),
)
