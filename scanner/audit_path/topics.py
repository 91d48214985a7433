"""The SNS topics that tell of the audit trail and what is behind them, as things that calls are made for.

A topic and a key are asked for in the Region of their ARN, else in that of what names them. Sources: Amazon SNS
Developer Guide, "Monitoring Amazon SNS topics using CloudWatch" (the metrics, by ``TopicName``); CloudWatch API
reference, ``GetMetricData``; Amazon SNS Developer Guide, "Using the Amazon SNS SMS sandbox".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import EVENT_RULES, RULE_LISTING, TARGET_LISTING, rule_targets
from scanner.audit_path.members import text_member
from scanner.audit_path.places import (
    ALARM_LISTING,
    EVENT_LOG_GROUP_LISTING,
    FILTER_LISTINGS,
    TRAIL_LISTING,
    about_keys,
    named_key,
)
from scanner.audit_path.stores import visible_trails
from scanner.audit_path.watching import alarms_that_may_notify
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.times import rfc3339

FIFO = ".fifo"
"""How the name of a FIFO topic ends. Source: Amazon SNS API reference, ``CreateTopic``."""

DATA_PROTECTION = "sns.GetDataProtectionPolicy"
METRIC_DATA = "cloudwatch.GetMetricData"

OPTED_OUT, SMS_ATTRIBUTES = "sns.CheckIfPhoneNumberIsOptedOut", "sns.GetSMSAttributes"
SANDBOX, VERIFIED = "sns.GetSMSSandboxAccountStatus", "sns.ListSMSSandboxPhoneNumbers"

SPEND_LIMIT = "MonthlySpendLimit"
"""The attribute of an account's SMS settings that is asked for."""

DAYS = 7
"""The days of a window."""

_HOUR = 3600

COUNTED: Mapping[str, str] = {
    "delivered": "NumberOfNotificationsDelivered",
    "failed": "NumberOfNotificationsFailed",
    "filtered": "NumberOfNotificationsFilteredOut",
    "invalid_attributes": "NumberOfNotificationsFilteredOut-InvalidAttributes",
    "no_attributes": "NumberOfNotificationsFilteredOut-NoMessageAttributes",
    "body": "NumberOfNotificationsFilteredOut-MessageBody",
    "invalid_body": "NumberOfNotificationsFilteredOut-InvalidMessageBody",
}
"""The metrics that are asked for, by the id of their query."""


def _topics(look: Look) -> Iterator[Thing]:
    for trail in visible_trails(look.snapshot, look.account).trails:
        if trail.account == look.account:
            yield from _topic(trail.told("SnsTopicARN"), trail.region)
    yield from _targets(look, rules=EVENT_RULES)
    yield from look.each(ALARM_TOPICS)


def _topic(name: Any, region: str) -> Iterator[Thing]:
    arn = parse_arn(name)
    if arn and arn.service == "sns":
        yield Thing(arn.region or region, {"topic": name}, owner=arn.account)


def _alarm_topics(look: Look) -> Iterator[Thing]:
    for alarm in alarms_that_may_notify(look.snapshot, look.account):
        for action in alarm.actions:
            yield from _topic(action.target, alarm.region)


def _targets(look: Look, rules: Things) -> Iterator[Thing]:
    """The topics among the targets of rules."""
    for rule, target in rule_targets(look, rules):
        yield from _topic(text_member(target, "Arn"), rule.region)


ALARM_TOPICS = Things(
    "alarm-topic", _alarm_topics, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING, *FILTER_LISTINGS, ALARM_LISTING)
)
"""Each SNS topic that an alarm notifies which may watch audit log groups."""

TOPICS = Things("topic", _topics, (*ALARM_TOPICS.named_by, RULE_LISTING, TARGET_LISTING))
"""Those, and each topic that a trail or an EventBridge rule that CloudTrail's events can match notifies."""


def _topic_regions(look: Look) -> Iterator[Thing]:
    for region in sorted({thing.region for thing in look.each(TOPICS)}):
        yield Thing(region)


FAILURE_ALARMS = Use(ALARM_LISTING.operation, per=Things("topic-region", _topic_regions, TOPICS.named_by))
"""The alarms of each Region of a topic: some may watch whether its notifications fail."""


@dataclass(frozen=True, slots=True)
class AboutTopics:
    """The calls about some topics: themselves, who is subscribed and receives what they publish, and their KMS keys.

    ``audience`` are the calls that tell who receives it, ``protection`` those about data protection policies,
    ``deliveries`` those that count notifications; ``keys`` are the keys as the topics name them, ``key`` and
    ``key_policy`` the calls about them.
    """

    attributes: Use
    subscriptions: Use
    audience: tuple[Use, ...]
    keys: Things
    key: Use
    key_policy: Use
    protection: Use
    deliveries: Use


def _about(topics: Things, prefix: str) -> AboutTopics:
    attributes = Use("sns.GetTopicAttributes", per=topics)
    listing = Use("sns.ListSubscriptionsByTopic", per=topics)
    named_by = (*topics.named_by, listing)
    subscriptions = Things(f"{prefix}subscription", partial(_subscriptions, topics=topics), named_by)
    functions, queues, streams = (
        Things(f"{prefix}{name}", partial(_endpoints, topics=topics, protocol=protocol), named_by)
        for name, protocol in (("function", "lambda"), ("queue", "sqs"), ("stream", "firehose"))
    )
    phones = Things(f"{prefix}phone", partial(_phones, topics=topics), named_by)
    keys = Things(f"{prefix}topic-key", partial(_topic_keys, topics=topics), (*topics.named_by, attributes))
    key, key_policy = about_keys(keys)
    standard = Things(f"{prefix}standard-topic", partial(_standard, topics=topics), topics.named_by)
    counted = Things(f"{prefix}counted-topic", partial(_counted, topics=topics), topics.named_by)
    return AboutTopics(
        attributes=attributes,
        subscriptions=listing,
        audience=(
            listing,
            Use("sns.GetSubscriptionAttributes", per=subscriptions),
            Use("lambda.GetFunctionConcurrency", per=functions),
            Use("sqs.GetQueueUrl", per=queues),
            Use("firehose.ListTagsForDeliveryStream", per=streams),
            *_about_phones(phones),
        ),
        keys=keys,
        key=key,
        key_policy=key_policy,
        protection=Use(DATA_PROTECTION, per=standard),
        deliveries=Use(METRIC_DATA, per=counted),
    )


def _about_phones(phones: Things) -> tuple[Use, ...]:
    """The calls about telephones, and about the accounts that send to them in each Region.

    The numbers that an account may send to from the SMS sandbox are listed only where it is in there: they are other
    people's too.
    """
    regions = Things(f"{phones.name}-region", partial(_phone_regions, phones=phones), phones.named_by)
    sandbox = Use(SANDBOX, per=regions)
    inside = Things(f"{phones.name}-sandbox", partial(_inside, regions=regions), (*phones.named_by, sandbox))
    return (Use(OPTED_OUT, per=phones), sandbox, Use(SMS_ATTRIBUTES, per=regions), Use(VERIFIED, per=inside))


def window(now: datetime) -> tuple[datetime, datetime]:
    """The beginning and the end of the hours that are looked at.

    They end with the last full hour before the time of collection: the same snapshot always asks for the same hours.
    """
    end = now.replace(minute=0, second=0, microsecond=0)
    return end - timedelta(days=DAYS), end


def metric_arguments(topic: str, now: datetime) -> dict[str, Any]:
    """The arguments of ``GetMetricData`` for a topic, by its name."""
    begin, end = window(now)
    return {
        "MetricDataQueries": [_query(name, metric, topic) for name, metric in COUNTED.items()],
        "StartTime": rfc3339(begin),
        "EndTime": rfc3339(end),
    }


def _query(name: str, metric: str, topic: str) -> dict[str, Any]:
    dimensions = [{"Name": "TopicName", "Value": topic}]
    counted = {"Namespace": "AWS/SNS", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": counted, "Period": _HOUR, "Stat": "Sum"}}


def _counted(look: Look, topics: Things) -> Iterator[Thing]:
    """The topics of accounts that are looked at: a metric of the same name is another topic's in another account."""
    for thing in look.each(topics):
        arn = parse_arn(thing.facts["topic"])
        if arn is not None and (arn.account == look.account or arn.account in look.others):
            asked = metric_arguments(arn.resource, look.snapshot.time_of(arn.account))
            yield Thing(thing.region, besides=asked, owner=arn.account)


def _standard(look: Look, topics: Things) -> Iterator[Thing]:
    """Those that can have a data protection policy: FIFO topics cannot."""
    return (thing for thing in look.each(topics) if not thing.facts["topic"].endswith(FIFO))


def _subscribed(look: Look, topics: Things) -> Iterator[tuple[str, Any]]:
    """What is subscribed to topics, each with the topic's Region."""
    for thing in look.each(topics):
        asked = {"TopicArn": thing.facts["topic"]}
        answer = look.snapshot.ask(look.account, thing.region, "sns.ListSubscriptionsByTopic", asked)
        for _, listed in answer.items("Subscriptions"):
            yield thing.region, listed


def _subscriptions(look: Look, topics: Things) -> Iterator[Thing]:
    # A subscription that nobody confirmed has a word such as PendingConfirmation in place of its ARN.
    for region, listed in _subscribed(look, topics):
        name = text_member(listed, "SubscriptionArn")
        if parse_arn(name):
            yield Thing(region, {"subscription": name})


def _endpoints(look: Look, topics: Things, protocol: str) -> Iterator[Thing]:
    """The endpoints by their names; what is answered to any but their owner says nothing of whether one exists."""
    for _, listed in _subscribed(look, topics):
        arn = parse_arn(text_member(listed, "Endpoint"))
        confirmed = parse_arn(text_member(listed, "SubscriptionArn"))
        known = arn and confirmed and (arn.account == look.account or arn.account in look.others)
        if arn and known and text_member(listed, "Protocol") == protocol:
            yield Thing(arn.region, {"endpoint": endpoint_name(arn)}, owner=arn.account)


def _phones(look: Look, topics: Things) -> Iterator[Thing]:
    """The telephones that are subscribed: the account that owns the topic sends to them."""
    for region, listed in _subscribed(look, topics):
        number, confirmed = text_member(listed, "Endpoint"), parse_arn(text_member(listed, "SubscriptionArn"))
        known = confirmed and (confirmed.account == look.account or confirmed.account in look.others)
        if confirmed and known and number and text_member(listed, "Protocol") == "sms":
            yield Thing(region, {"phone": number}, owner=confirmed.account)


def _phone_regions(look: Look, phones: Things) -> Iterator[Thing]:
    for region in sorted({thing.region for thing in look.each(phones)}):
        yield Thing(region)


def _inside(look: Look, regions: Things) -> Iterator[Thing]:
    """The Regions in which the account is in the SMS sandbox."""
    for thing in look.each(regions):
        if look.snapshot.ask(look.account, thing.region, SANDBOX).first.get("IsInSandbox") is True:
            yield thing


def endpoint_name(arn: Arn) -> str:
    """How calls name a queue, a function (without version or alias) or a delivery stream."""
    return arn.named("function:") or arn.named("deliverystream/") or arn.resource


def _topic_keys(look: Look, topics: Things) -> Iterator[Thing]:
    for thing in look.each(topics):
        name = thing.facts["topic"]
        answer = look.snapshot.ask(look.account, thing.region, "sns.GetTopicAttributes", {"TopicArn": name})
        key = text_member(answer.first.get("Attributes"), "KmsMasterKeyId")
        owner = parse_arn(name)
        # A key without an ARN is one of the topic's owner; asked for here it would be another.
        if parse_arn(key) or (owner and owner.account == look.account):
            yield from named_key(key, thing.region)


ABOUT_TOPICS = _about(TOPICS, "")
ABOUT_ALARM_TOPICS = _about(ALARM_TOPICS, "alarm-")


def about_targets(rules: Things) -> tuple[Use, AboutTopics]:
    """The listing of the targets of some EventBridge rules, and the calls about the topics among these."""
    listing = Use(TARGET_LISTING.operation, per=rules)
    named_by = (*rules.named_by, listing)
    return listing, _about(Things(f"{rules.name}-topic", partial(_targets, rules=rules), named_by), f"{rules.name}-")


ABOUT_TARGET_TOPICS = about_targets(EVENT_RULES)[1]
