"""What an alarm, a trail and an EventBridge rule tell a topic, as far as it is known beforehand.

Sources: CloudWatch User Guide, "Notifying users on alarm changes", and the messages that alarms publish to Amazon SNS;
CloudTrail User Guide, "Configuring Amazon SNS notifications for CloudTrail"; EventBridge User Guide, "AWS service event
metadata" and "Amazon EventBridge input transformation".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.policies.filter_policies import Message, OneOf, Open, Partial

_TRIGGER = ("MetricName", "Namespace", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")
"""Members of a message's ``Trigger`` that repeat the alarm's own."""

_OF_COMPOSITES = ("TriggeringChildren", "ActionsSuppressedBy", "ActionsSuppressedReason")
"""Members of a composite alarm's message that depend on when it fires."""

_ONE_TEXT = ("awsRegion", "errorCode", "eventName", "eventSource", "eventType", "recipientAccountId")
"""Members of a record that hold one text where an event pattern asks for one of several."""

_SEARCHES = re.compile(r"SELECT|SEARCH|INSIGHT_RULE", re.IGNORECASE)
"""Expressions whose answer holds names of its own."""

_REGIONS: Mapping[str, tuple[str, ...]] = {
    "us-east-1": ("US East (N. Virginia)",),
    "us-east-2": ("US East (Ohio)",),
    "us-west-1": ("US West (N. California)",),
    "us-west-2": ("US West (Oregon)",),
    "ca-central-1": ("Canada (Central)",),
    "ap-south-1": ("Asia Pacific (Mumbai)",),
    "ap-northeast-1": ("Asia Pacific (Tokyo)",),
    "ap-northeast-2": ("Asia Pacific (Seoul)",),
    "ap-southeast-1": ("Asia Pacific (Singapore)",),
    "ap-southeast-2": ("Asia Pacific (Sydney)",),
    # Once "EU", now "Europe"; alarms are seen to write either.
    "eu-central-1": ("EU (Frankfurt)", "Europe (Frankfurt)"),
    "eu-north-1": ("EU (Stockholm)", "Europe (Stockholm)"),
    "eu-west-1": ("EU (Ireland)", "Europe (Ireland)"),
    "eu-west-2": ("EU (London)", "Europe (London)"),
    "eu-west-3": ("EU (Paris)", "Europe (Paris)"),
}
"""Names of Regions as messages write them. How those of other Regions are spelled is not certain."""


def alarm_message(alarm: Alarm) -> dict[str, Any]:
    """The message that an alarm publishes when it goes to ALARM, as far as its configuration tells it.

    Members at the top that AWS does not document are taken not to be there.
    """
    settings = alarm.settings
    message: dict[str, Any] = {
        "AlarmName": _known(settings, "AlarmName"),
        "AlarmDescription": Open.ANYTHING if "AlarmDescription" in alarm.unknown else settings.get("AlarmDescription"),
        "AWSAccountId": alarm.arn.account if alarm.arn else Open.TEXT,
        "AlarmConfigurationUpdatedTimestamp": Open.ANYTHING,
        "NewStateValue": "ALARM",
        "NewStateReason": Open.TEXT,
        "StateChangeTime": Open.TEXT,
        "Region": _region(alarm.arn.region if alarm.arn else ""),
        "AlarmArn": _known(settings, "AlarmArn"),
        "OldStateValue": OneOf(("OK", "INSUFFICIENT_DATA")),
        **{name: _known(settings, name) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if alarm.rule is not None:
        message |= {"AlarmRule": _known(settings, "AlarmRule"), **dict.fromkeys(_OF_COMPOSITES, Open.ANYTHING)}
    elif alarm.contributors:
        message |= {"Trigger": Open.ANYTHING, "OldStateValue": Open.TEXT}
    elif alarm.log is None:
        message["Trigger"] = _trigger(settings)
    return Partial(message) if _adds_more(alarm) else message


def _adds_more(alarm: Alarm) -> bool:
    """Whether the message may have members that are not known: what an alarm adds to it, or is not documented.

    An alarm may add its tags, one on several time series says which of them it is, and of log alarms little is told.
    """
    configured = "ActionConfiguration" in alarm.unknown or bool(alarm.settings.get("ActionConfiguration"))
    return configured or alarm.contributors or alarm.log is not None


def alarm_texts(alarm: Alarm) -> tuple[str, ...] | None:
    """The texts in one of which is whatever the message of an alarm says, besides states, numbers, times and Regions.

    None where they are not known: a composite alarm tells of others, a log alarm of what it found, an alarm on a query
    or search of what there is, and one that adds its tags of these.
    """
    if alarm.rule is not None or alarm.unknown or not alarm.queries or _adds_more(alarm):
        return None
    if any(_SEARCHES.search(query.expression or "") for query in alarm.queries):
        return None
    told = [value for name, value in alarm.settings.items() if not name.startswith("State")]
    found: list[str] = []
    while told:
        item = told.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, Mapping):
            told += item.values()
        elif isinstance(item, list):
            told += item
    return tuple(found)


def _trigger(settings: Mapping[str, Any]) -> Any:
    """What the message says of the metric; little is documented of it when the alarm watches an expression."""
    if settings.get("MetricName") is None:
        return Open.ANYTHING
    dimensions = settings.get("Dimensions")
    listed = dimensions if isinstance(dimensions, list) else []
    named = [{"name": item.get("Name"), "value": item.get("Value")} for item in listed if isinstance(item, Mapping)]
    return Partial({**{name: _known(settings, name) for name in _TRIGGER}, "Dimensions": named})


def trail_message(trail: Mapping[str, Any]) -> dict[str, Any]:
    """The message of a delivered log file: its bucket, and the names of the files. ``trail`` is AWS's ``Trail``."""
    bucket = trail.get("S3BucketName")
    return Partial({"s3Bucket": bucket if isinstance(bucket, str) else Open.TEXT})


def event_message(pattern: Any, target: Mapping[str, Any]) -> Message:
    """What an EventBridge rule publishes to a target, as far as its event pattern and the target's input tell it."""
    if target.get("InputTransformer") is not None:
        return Open.ANYTHING
    constant = target.get("Input")
    if constant is not None:
        return _constant(constant)
    event = _event(pattern)
    path = target.get("InputPath", "$")
    return event if path == "$" else event["detail"] if path == "$.detail" else Open.ANYTHING


def published_path(target: Mapping[str, Any]) -> str:
    """The path of what a target receives of the event as it is; "" for what is made of it."""
    if target.get("InputTransformer") is not None or target.get("Input") is not None:
        return ""
    return str(target.get("InputPath", "$"))


def _constant(text: Any) -> Message:
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return Open.ANYTHING
    return value if isinstance(value, dict) else Open.ANYTHING


def _event(pattern: Any) -> dict[str, Any]:
    """An event of a service: its envelope has these members and no other, a replayed one has its replay's name too."""
    fields = pattern if isinstance(pattern, Mapping) else {}
    record = fields.get("detail")
    detail = record if isinstance(record, Mapping) else {}
    identity = detail.get("userIdentity")
    known = {name: _listed(detail.get(name)) for name in _ONE_TEXT if _listed(detail.get(name)) is not Open.ANYTHING}
    if isinstance(identity, Mapping) and _listed(identity.get("type")) is not Open.ANYTHING:
        known["userIdentity"] = Partial(type=_listed(identity["type"]))
    named = {name: _listed(fields.get(name)) for name in ("detail-type", "source", "account", "region")}
    texts = {name: Open.TEXT if value is Open.ANYTHING else value for name, value in named.items()}
    return {
        **dict.fromkeys(("version", "id", "time"), Open.TEXT),
        **texts,
        **dict.fromkeys(("resources", "replay-name"), Open.ANYTHING),
        "detail": Partial(known),
    }


def _listed(matchers: Any) -> Any:
    """One of the texts that an event pattern lists for a field; anything when it asks something else."""
    if not isinstance(matchers, list) or not matchers or not all(isinstance(each, str) for each in matchers):
        return Open.ANYTHING
    return OneOf(tuple(matchers))


def _region(region: str) -> Any:
    names = _REGIONS.get(region)
    return OneOf(names) if names else Open.TEXT


def _known(settings: Mapping[str, Any], name: str) -> Any:
    return settings.get(name, Open.ANYTHING)
