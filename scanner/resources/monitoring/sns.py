"""SNS: the topics that tell of the audit trail, who may publish to them, and who is subscribed to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.arns import parse_arn
from scanner.audit_path.eventbridge.buses import RULE_LISTING, TARGET_LISTING
from scanner.audit_path.stores import mappings
from scanner.audit_path.topics import ABOUT_TOPICS, DATA_PROTECTION, FAILURE_ALARMS, FIFO
from scanner.audit_path.watching import AuditAlarms, audit_alarms
from scanner.facts.facts import Facts, checked, member
from scanner.facts.owners import ask_about_key, ask_owner, how_looked_at
from scanner.facts.rows import Existence, Field, Held, ResourceType, Row, View, view_of
from scanner.model import CallKey, Gap, GapKind, RuleId, Source
from scanner.policies.statements import policy_object
from scanner.resources.monitoring.audiences import Hearing, Subscriber, subscribers, subscriptions
from scanner.resources.monitoring.cloudwatch import AUDIT_ALARM
from scanner.resources.monitoring.deliveries import take_deliveries
from scanner.resources.monitoring.eventbridge.event_rules import event_rule_view
from scanner.resources.monitoring.failures import with_failures
from scanner.resources.monitoring.publishers import (
    ALARM,
    EVENT_RULE,
    NOUNS,
    TRAIL,
    PublishedTopic,
    Publisher,
    add_alarm,
    add_rule,
    add_trail,
    requests,
    take_roles,
)
from scanner.resources.trails.organizations import (
    DESCRIBE_ORGANIZATION,
    OWN_ORGANIZATION,
    source_organization,
    take_organization,
)
from scanner.snapshot.answers import Answer, Snapshot
from scanner.snapshot.partly import NotKnownError, known_part

_KEY_FIELDS = ("KmsKey", "KmsKeyPolicy", "KeyUses")
"""The fields about the key of a topic."""


def audit_topic_view(snapshot: Snapshot, account: str) -> View:
    """One row for each SNS topic that tells of the audit trail.

    Those in the alarm actions of audit alarms and of the composite alarms over them, those that trails of the account
    notify of delivered files, and those among the targets of EventBridge rules that CloudTrail's events can match.
    Source: Amazon SNS API reference, ``ListSubscriptionsByTopic`` and ``GetTopicAttributes``.
    """
    audit = audit_alarms(snapshot, account)
    topics = _alarm_topics(audit)
    unheard = [alarm.unheard for alarm, _ in audit.notifying()]
    gaps = [*audit.gaps, *audit.every.gaps, *(gap for gap in unheard if gap is not None)]
    heard = event_rule_view(snapshot, account)
    for trail in audit.visible.trails:
        try:
            add_trail(topics, account, trail)
        except NotKnownError as error:
            gaps.append(error.gap)
    for row in heard.rows:
        add_rule(topics, row)
    gaps += [*audit.visible.gaps, *heard.gaps, *(row.gaps["Topics"] for row in heard.rows if "Topics" in row.gaps)]
    return view_of([with_failures(snapshot, _row(snapshot, account, topic)) for topic in topics.values()], gaps)


def alarm_topic_rows(snapshot: Snapshot, account: str, audit: AuditAlarms) -> tuple[Row, ...]:
    """Those of ``audit_topic_view`` that an account's alarms notify, as far as alarms notify them."""
    return view_of([_row(snapshot, account, topic) for topic in _alarm_topics(audit).values()], []).rows


def told_topic_rows(
    snapshot: Snapshot, account: str, told: Iterable[tuple[Alarm, Sequence[Source]]]
) -> tuple[Row, ...]:
    """The rows of the topics that these alarms of an account notify, each with the answers that show the alarm."""
    topics: dict[str, PublishedTopic] = {}
    for alarm, sources in told:
        add_alarm(topics, alarm, sources)
    return view_of([_row(snapshot, account, topic) for topic in topics.values()], []).rows


def rule_topic_rows(snapshot: Snapshot, account: str, rules: Iterable[Row]) -> tuple[Row, ...]:
    """Those of ``audit_topic_view`` that ``events.event_rule`` rows send to, as far as rules do."""
    topics: dict[str, PublishedTopic] = {}
    for row in rules:
        add_rule(topics, row)
    return view_of([_row(snapshot, account, topic) for topic in topics.values()], []).rows


def _alarm_topics(audit: AuditAlarms) -> dict[str, PublishedTopic]:
    topics: dict[str, PublishedTopic] = {}
    for alarm, sources in audit.notifying():
        add_alarm(topics, alarm, sources)
    return topics


def _row(snapshot: Snapshot, account: str, topic: PublishedTopic) -> Row:
    keys = source_organization(snapshot, account)
    facts = Facts(
        {
            "TopicArn": topic.arn,
            "TopicName": topic.name,
            "Region": topic.region,
            "UsedBy": sorted({publisher.name for publisher in topic.publishers.values()}),
            "AlarmArns": topic.arns_of(ALARM),
            "TrailArns": topic.arns_of(TRAIL),
            "EventRuleArns": topic.arns_of(EVENT_RULE),
            "Publications": requests(topic, topic.arn, account, keys),
        }
    )
    take_roles(facts, account, topic)
    listed = subscriptions(snapshot, account, topic.region, topic.arn)
    found = [_subscription(item) for _, item in mappings(listed, "Subscriptions")]
    facts.take("Subscriptions", found, listed)
    facts.take("ConfirmedSubscriptions", sum(item["Confirmed"] for item in found), listed)
    _audiences(facts, snapshot, account, topic, listed)
    asked = ask_owner(snapshot, account, topic.owner, topic.region, "sns.GetTopicAttributes", TopicArn=topic.arn)
    answer = checked(asked.in_part, "Attributes", Mapping)
    _attributes(facts, answer)
    _existence(facts, answer, listed)
    _data_protection(facts, snapshot, account, topic)
    arn = parse_arn(topic.arn)
    if arn is not None:
        take_deliveries(facts, snapshot, account, replace(arn, region=topic.region))
    if "KmsMasterKeyId" in facts.gaps:
        facts.gaps |= dict.fromkeys(_KEY_FIELDS, facts.gaps["KmsMasterKeyId"])
    else:
        _key(facts, snapshot, account, topic, answer, facts.data["KmsMasterKeyId"], keys)
    take_organization(facts, snapshot, account)
    return facts.row("sns.audit_topic", account, topic.region, topic.arn, tuple(dict.fromkeys(topic.sources)))


def _attributes(facts: Facts, answer: Answer) -> None:
    """The topic's attributes, of which each may be not known for itself."""
    attributes = member(answer, "Attributes")
    known, unknown = known_part(attributes or {})
    policy = policy_object(known.get("Policy")) if attributes else None
    values: Mapping[str, tuple[Any, str]] = {
        "Policy": (policy, "/pages/0/Attributes/Policy"),
        "KmsMasterKeyId": (known.get("KmsMasterKeyId") or None, "/pages/0/Attributes"),
    }
    for name, (value, pointer) in values.items():
        facts.take(name, value, answer.without(unknown[name]) if name in unknown else answer, pointer=pointer)
    whole = answer.without(unknown[min(unknown)]) if unknown else answer
    facts.take("Attributes", attributes, whole, pointer="/pages/0/Attributes")


def _subscription(item: Mapping[str, Any]) -> dict[str, Any]:
    """A subscription is confirmed when it has an ARN of its own; pending and deleted ones have a word instead."""
    return {**item, "Confirmed": parse_arn(item.get("SubscriptionArn")) is not None}


def _audiences(facts: Facts, snapshot: Snapshot, account: str, topic: PublishedTopic, listed: Answer) -> None:
    """For each publisher the subscriptions that receive what it publishes, and what keeps the others from it."""
    found = subscribers(snapshot, account, topic.region, listed)
    publishers = [publisher for kind in NOUNS for publisher in topic.of(kind)]
    audiences = [_Audience(each, _hearings(found, [each])) for each in publishers]
    together = _hearings(found, publishers)
    known = [answer for each in found if each.confirmed and each.gap is None for answer in each.answers]
    told = [{"Publisher": each.publisher.words, "Recipients": _recipients(each.hearings)} for each in audiences]
    facts.take("Audiences", told, listed, *known)
    facts.take("Recipients", _recipients(together), listed, *known)
    facts.take("Reached", _reaches(audiences), listed, *known)
    unreached = [_told(each, heard) for each, heard in together if not heard.heard]
    facts.take("Unreached", unreached, listed, *known)
    open_to = [pair for audience in audiences for pair in audience.undecided]
    # What reaches nobody whatever is not known decides by itself.
    if open_to and not any(each.is_nobody for each in audiences) and listed.gap is None:
        facts.gaps["Undecided"] = _undecided(account, topic.region, *open_to[0])
    else:
        facts.take("Undecided", [], listed, *known)


_Hearings = Sequence[tuple[Subscriber, Hearing]]


def _hearings(found: Sequence[Subscriber], publishers: Sequence[Publisher]) -> _Hearings:
    """For each subscription whether it receives what all of the publishers publish."""
    messages = [publisher.message for publisher in publishers]
    return [(each, each.hearing(messages)) for each in found]


@dataclass(frozen=True, slots=True)
class _Audience:
    """Which subscriptions receive what a publisher publishes."""

    publisher: Publisher
    hearings: _Hearings

    @property
    def undecided(self) -> _Hearings:
        """The subscriptions of which it is not known."""
        return [pair for pair in self.hearings if pair[1].heard is None]

    @property
    def is_nobody(self) -> bool:
        """Whether certainly no subscription receives it."""
        return all(heard.heard is False for _, heard in self.hearings)


def _recipients(hearings: _Hearings) -> list[dict[str, str]]:
    """The subscriptions that are known to receive it."""
    return [
        {"SubscriptionArn": each.arn, "Protocol": each.protocol, "Endpoint": each.endpoint}
        for each, heard in hearings
        if heard.heard
    ]


def _reaches(audiences: Iterable[_Audience]) -> list[str]:
    """By whom what is published is received, in words, with publishers of one kind and the same audience together."""
    together: dict[tuple[str, str], list[str]] = {}
    for audience in audiences:
        words = dict.fromkeys(each.reaches for each, heard in audience.hearings if heard.heard)
        nobody = "nobody for certain" if audience.undecided else "nobody"
        group = (audience.publisher.kind, " and ".join(words) or nobody)
        together.setdefault(group, []).append(audience.publisher.name)
    return [_sentence(kind, names, words) for (kind, words), names in together.items()]


def _sentence(kind: str, names: Sequence[str], words: str) -> str:
    if len(names) == 1:
        return f"what {NOUNS[kind]} {names[0]} publishes is received by {words}"
    return f"what {NOUNS[kind]}s {', '.join(names[:-1])} and {names[-1]} publish is received by {words}"


def _told(subscriber: Subscriber, heard: Hearing) -> str:
    return f"a subscription over {subscriber.protocol or 'a protocol that is not named'} {heard.reason}"


def _undecided(account: str, region: str, subscriber: Subscriber, heard: Hearing) -> Gap:
    """Why it is not known whether a subscription receives something: a call that gave nothing, or what none decides."""
    key = CallKey(account, region, "sns.GetSubscriptionAttributes", {"SubscriptionArn": subscriber.arn})
    reason = f"Subscription {subscriber.arn} {heard.reason}"
    return subscriber.gap or Gap(key=key, kind=GapKind.ERROR, reason=reason)


def _data_protection(facts: Facts, snapshot: Snapshot, account: str, topic: PublishedTopic) -> None:
    """The topic's data protection policy; SNS answers with an empty text, or none, where there is none."""
    if topic.name.endswith(FIFO):
        facts.data["DataProtection"] = None
        return
    answer = ask_owner(snapshot, account, topic.owner, topic.region, DATA_PROTECTION, ResourceArn=topic.arn)
    policy = answer.first.get("DataProtectionPolicy") if answer.gap is None else None
    facts.take("DataProtection", policy or None, answer, pointer="/pages/0/DataProtectionPolicy" if policy else "")


def _existence(facts: Facts, *answers: Answer) -> None:
    """The topic exists as far as any answer about it says so; a topic that any answer calls absent is gone."""
    known = [answer for answer in answers if answer.gap is None]
    if known:
        facts.take("Exists", not any(answer.absent for answer in known), *known)
    else:
        facts.take("Exists", None, *answers)


def _key(
    facts: Facts,
    snapshot: Snapshot,
    account: str,
    topic: PublishedTopic,
    attributes: Answer,
    key: Any,
    keys: Mapping[str, str | None],
) -> None:
    """The topic's KMS key, its policy and what publishing asks of it; a key is named by id, ARN, alias or alias ARN."""
    arn = parse_arn(key)
    place = (arn.region if arn else "") or topic.region
    if not isinstance(key, str):
        for name in _KEY_FIELDS:
            facts.take(name, None, attributes)
        return
    # An id or an alias is one of the topic's owner; asked for elsewhere it would be another key.
    owner = arn.account if arn is not None else topic.owner
    described = snapshot.ask(owner, place, "kms.DescribeKey", {"KeyId": key})
    if arn is not None:
        described = ask_about_key(snapshot, account, place, "kms.DescribeKey", key)
    elif owner != account and described.gap is not None and described.gap.kind is GapKind.NOT_COLLECTED:
        reason = f"The KMS key {key} belongs to account {owner}, {how_looked_at(snapshot, owner)}"
        described = described.without(Gap(key=described.key, kind=GapKind.NOT_COLLECTED, reason=reason))
    metadata = member(described, "KeyMetadata")
    facts.take("KmsKey", metadata, described, pointer="/pages/0/KeyMetadata")
    resource = metadata.get("Arn") if metadata else None
    if not isinstance(resource, str):
        facts.take("KmsKeyPolicy", None, described)
        facts.take("KeyUses", None, described)
        return
    facts.take("KeyUses", requests(topic, resource, account, keys), described)
    policy = _key_policy(snapshot, account, owner, place, resource)
    facts.take("KmsKeyPolicy", policy_object(policy.first.get("Policy")), policy, pointer="/pages/0/Policy")


def _key_policy(snapshot: Snapshot, account: str, owner: str, region: str, key: str) -> Answer:
    asked = ask_owner(snapshot, account, owner, region, "kms.GetKeyPolicy", KeyId=key, PolicyName="default")
    return checked(asked, "Policy", str)


_OF_PUBLISHERS = frozenset(
    {
        "UsedBy",
        "AlarmArns",
        "TrailArns",
        "EventRuleArns",
        "Publications",
        "ByRole",
        "Audiences",
        "Recipients",
        "Undecided",
        "Reached",
        "Unreached",
        "KeyUses",
        "Organizations",
    }
)
"""Fields that are about what the account itself publishes to the topic."""


AUDIT_TOPIC = ResourceType(
    name="sns.audit_topic",
    title="SNS topic that audit alarms, trails or EventBridge rules on CloudTrail events notify",
    view=audit_topic_view,
    calls=(*AUDIT_ALARM.calls, RULE_LISTING, TARGET_LISTING),
    fields={
        "TopicArn": Field("ARN of the topic."),
        "TopicName": Field("Name of the topic."),
        "Region": Field("Region of the topic."),
        "UsedBy": Field("Names of the alarms, trails and EventBridge rules that notify the topic."),
        "AlarmArns": Field("ARNs of the audit alarms, and of composite alarms over them, that notify the topic."),
        "TrailArns": Field("ARNs of the account's trails that notify the topic of delivered files."),
        "EventRuleArns": Field(
            "ARNs of the EventBridge rules that CloudTrail's events can match and that send to the topic."
        ),
        "Publications": Field(
            "What they ask of the topic's policy, as an object {CloudWatch, CloudTrail, EventBridge} of lists "
            "of requests {Source, Resource, Keys} for refused_requests.",
            calls=(DESCRIBE_ORGANIZATION,),
        ),
        "ByRole": Field(
            "[]; a gap where an EventBridge rule publishes with a role, whose policies are not looked at: nothing of "
            "it is in Publications and KeyUses."
        ),
        "Exists": Field("Whether the topic exists.", calls=(ABOUT_TOPICS.attributes,)),
        "Subscriptions": Field(
            "Subscriptions as objects {Protocol, Endpoint, SubscriptionArn, Owner, Confirmed}; [] without any.",
            calls=(ABOUT_TOPICS.subscriptions,),
        ),
        "PlainHttp": Field("ARNs of its confirmed subscriptions over plain HTTP.", calls=(ABOUT_TOPICS.subscriptions,)),
        "ConfirmedSubscriptions": Field("Number of confirmed subscriptions.", calls=(ABOUT_TOPICS.subscriptions,)),
        "Audiences": Field(
            "For each that notifies the topic an object {Publisher, Recipients}: the confirmed subscriptions "
            "known to receive it as objects {SubscriptionArn, Protocol, Endpoint}. No filter policy drops it, and a "
            "function, queue or stream exists.",
            calls=ABOUT_TOPICS.audience,
        ),
        "Recipients": Field(
            "The subscriptions known to receive everything that is published to the topic.", calls=ABOUT_TOPICS.audience
        ),
        "Undecided": Field(
            "[]; a gap while it is not known of some subscription whether it receives something, unless something "
            "certainly reaches nobody.",
            calls=ABOUT_TOPICS.audience,
        ),
        "Reached": Field("By whom what each publishes is received, in words.", calls=ABOUT_TOPICS.audience),
        "Unreached": Field(
            "The subscriptions that are not known to receive everything, each with the reason.",
            calls=ABOUT_TOPICS.audience,
        ),
        "Attributes": Field(
            "Topic attributes as AWS names them; null when the topic does not exist.", calls=(ABOUT_TOPICS.attributes,)
        ),
        "Unlogged": Field(
            "Protocols of confirmed subscriptions whose failed deliveries the topic could log (http, https, lambda, "
            "sqs, firehose, application) and does not.",
            calls=(ABOUT_TOPICS.attributes, ABOUT_TOPICS.subscriptions),
        ),
        "FailureAlarms": Field(
            "Names of the alarms in the topic's account and Region that go off when one of its notifications fails, "
            "and act on something else than the topic itself.",
            calls=(FAILURE_ALARMS,),
        ),
        "FailureNotes": Field(
            "Each alarm there on NumberOfNotificationsFailed of the topic, with what it does, as a clause.",
            calls=(FAILURE_ALARMS,),
        ),
        "Policy": Field("The topic's access policy as an object; null without one.", calls=(ABOUT_TOPICS.attributes,)),
        "DataProtection": Field(
            "The topic's data protection policy as AWS gives its text; null without one, and for a FIFO topic.",
            calls=(ABOUT_TOPICS.protection,),
        ),
        "CountedUntil": Field("Time up to which the notifications of seven days are counted."),
        "Delivered": Field(
            "Number of its notifications that were delivered in those days (NumberOfNotificationsDelivered).",
            calls=(ABOUT_TOPICS.deliveries,),
        ),
        "Failed": Field(
            "Number of its notifications that could not be delivered in those days (NumberOfNotificationsFailed). Over "
            "HTTP and HTTPS each attempt counts.",
            calls=(ABOUT_TOPICS.deliveries,),
        ),
        "FilteredOut": Field(
            "Number of messages that filter policies kept from subscriptions in those days "
            "(NumberOfNotificationsFilteredOut).",
            calls=(ABOUT_TOPICS.deliveries,),
        ),
        "FilteredReasons": Field("Why they did, as clauses with numbers.", calls=(ABOUT_TOPICS.deliveries,)),
        "Organizations": OWN_ORGANIZATION,
        "KmsMasterKeyId": Field(
            "KMS key the topic is encrypted with (id, ARN or alias); null without one.",
            calls=(ABOUT_TOPICS.attributes,),
        ),
        "KmsKey": Field(
            "KeyMetadata of that key as kms.DescribeKey gives it (KeyManager, KeyState, …); null without one.",
            calls=(ABOUT_TOPICS.attributes, ABOUT_TOPICS.key),
        ),
        "KmsKeyPolicy": Field(
            "That key's policy as an object; null without a key.",
            calls=(ABOUT_TOPICS.attributes, ABOUT_TOPICS.key, ABOUT_TOPICS.key_policy),
        ),
        "KeyUses": Field(
            "What they ask of that key's policy, as Publications; null without a key.",
            calls=(ABOUT_TOPICS.attributes, ABOUT_TOPICS.key, DESCRIBE_ORGANIZATION),
        ),
    },
    existence=Existence("Exists", RuleId("sns.confirmed-subscription")),
    own_names={"TOPIC": "TopicArn", "NAME": "TopicName", "SUBSCRIPTION": "PlainHttp"},
    held=Held(of_asker=_OF_PUBLISHERS),
)
