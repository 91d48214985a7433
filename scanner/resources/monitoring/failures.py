"""Whether anybody learns when SNS cannot deliver what is published to a topic.

Sources: Amazon SNS Developer Guide, "Monitoring Amazon SNS topics using CloudWatch" (``NumberOfNotificationsFailed``,
by ``TopicName``) and "Amazon SNS message delivery status" (the protocols whose deliveries a topic can log).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.alarms.composites import Composites
from scanner.alarms.metric import PublishedMetric
from scanner.alarms.reach import AlarmVerdict, can_enter_alarm
from scanner.arns import Arn, parse_arn
from scanner.audit_path.stores import mappings
from scanner.audit_path.watching import alarm_listing
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.owners import how_looked_at
from scanner.facts.rows import Row
from scanner.model import GapKind
from scanner.snapshot.answers import Answer, Snapshot

_NAMESPACE, _FAILED = "AWS/SNS", "NumberOfNotificationsFailed"

_LOGGED: Mapping[str, str] = {
    "application": "Application",
    "firehose": "Firehose",
    "http": "HTTP",
    "https": "HTTP",
    "lambda": "Lambda",
    "sqs": "SQS",
}
"""Protocols whose deliveries a topic can log, with how the attributes for them begin."""


def with_failures(snapshot: Snapshot, row: Row) -> Row:
    """An ``sns.audit_topic`` row with what tells of failures, which routes do not ask."""
    facts = Facts(dict(row.data), dict(row.gaps), dict(row.cites))
    subscribed, attributes = row.data.get("Subscriptions") or (), row.data.get("Attributes") or {}
    plain = [each["SubscriptionArn"] for each in subscribed if each["Confirmed"] and each.get("Protocol") == "http"]
    _take(facts, row, "PlainHttp", plain, "Subscriptions")
    _take(facts, row, "Unlogged", _unlogged(attributes, subscribed), "Attributes", "Subscriptions")
    arn = parse_arn(row.id)
    if arn is not None:
        _take_alarms(facts, snapshot, row.account, replace(arn, region=row.region))
    return replace(row, data=facts.data, gaps=facts.gaps, cites=facts.cites)


def _take(facts: Facts, row: Row, name: str, value: Any, *of: str) -> None:
    """Put in a field that is made of others."""
    gap = next((row.gaps[each] for each in of if each in row.gaps), None)
    if gap is not None:
        facts.gaps[name] = gap
        return
    facts.data[name] = value
    facts.cites[name] = tuple(dict.fromkeys(chain.from_iterable(row.cites.get(each, ()) for each in of)))


def _take_alarms(facts: Facts, snapshot: Snapshot, account: str, topic: Arn) -> None:
    """Put in the alarms that go off when a notification of the topic fails: those of the topic's own account count."""
    owner = topic.account or account
    asked = alarm_listing(snapshot, owner, topic.region)
    if owner != account and asked.gap is not None and asked.gap.kind is GapKind.NOT_COLLECTED:
        reason = f"The alarms on topic {topic.resource} belong to account {owner}, {how_looked_at(snapshot, owner)}"
        asked = undecided(asked, reason)
    answer = checked(checked(asked, "MetricAlarms", list), "CompositeAlarms", list)
    told = list(_told(answer, topic))
    facts.take("FailureNotes", [f"alarm {name} {why}" for name, why, _ in told], answer)
    ringing = sorted(name for name, _, rings in told if rings)
    open_to = next(
        (f"Whether alarm {name} goes off is not known: it {why}" for name, why, rings in told if rings is None), ""
    )
    if not ringing and open_to and answer.gap is None:
        answer = undecided(answer, open_to, GapKind.ERROR)
    facts.take("FailureAlarms", ringing, answer)


def _told(answer: Answer, topic: Arn) -> Iterator[tuple[str, str, bool | None]]:
    """Each alarm on failed notifications of the topic with what it does, and whether it acts on one failure."""
    where = (answer.account, answer.region)
    named = [item for _, item in mappings(answer, "MetricAlarms") if _FAILED in repr(item)]
    alarms = [read_alarm(item, *where) for item in named]
    composites = [read_alarm(item, *where, composite=True) for _, item in mappings(answer, "CompositeAlarms")]
    for alarm in alarms:
        if _watches_topic(alarm, topic):
            yield alarm.name, *_goes_off(alarm, Composites(composites), topic)


def _watches_topic(alarm: Alarm, topic: Arn) -> bool:
    of_topic = [metric for metric in alarm.own_metrics if metric.dimensions == {"TopicName": topic.resource}]
    return any((metric.namespace, metric.name) == (_NAMESPACE, _FAILED) for metric in of_topic)


def _goes_off(alarm: Alarm, composites: Composites, topic: Arn) -> tuple[str, bool | None]:
    """What an alarm does when one notification fails, and whether it then acts elsewhere; None when not known."""
    own = [action.target for action in alarm.actions] if alarm.acts else []
    targets = {*own, *composites.actions_on(alarm.name)}
    if not targets:
        return "takes no action", False
    if targets == {str(topic)}:
        return "notifies only the topic whose notifications fail", False
    # Whether a minute in which all arrives has a datapoint of zero or none is not documented.
    failed = PublishedMetric(_NAMESPACE, _FAILED, 1.0, unit="Count", dimensions={"TopicName": ""})
    found = [can_enter_alarm(alarm, metric) for metric in (failed, replace(failed, default=0.0))]
    for verdict, rings in ((AlarmVerdict.CANNOT, False), (AlarmVerdict.UNDETERMINED, None)):
        for each in found:
            if each.verdict is verdict:
                return f"does not go off for certain when one fails: {each.reason}", rings
    return "goes off when one fails", True


def _unlogged(attributes: Mapping[str, Any], subscriptions: Iterable[Mapping[str, Any]]) -> list[str]:
    """The protocols of confirmed subscriptions whose failed deliveries the topic could log and does not."""
    used = {str(each.get("Protocol")) for each in subscriptions if each.get("Confirmed")}
    return sorted(each for each in used & set(_LOGGED) if not attributes.get(f"{_LOGGED[each]}FailureFeedbackRoleArn"))
