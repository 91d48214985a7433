"""The last two links: whether an alarm can publish to its topic, and who receives what it publishes.

An alarm that cannot publish fails in silence. The topic's policy must let CloudWatch in, and where the topic is
encrypted the key must let CloudWatch use it: the AWS managed key of SNS does not. Sources: Amazon SNS Developer
Guide, "Enable compatibility between event sources from AWS services and encrypted topics" and "Example cases for
Amazon SNS access control" (CloudWatch alarms); AWS KMS Developer Guide, "Key states".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.messages import alarm_message
from scanner.arns import Arn
from scanner.checks.route.links import SUBSCRIPTION, TOPIC, JudgedLink, cited, refusals
from scanner.facts.rows import Row
from scanner.model import Outcome, Source
from scanner.policies.services import names_organization, refused_requests, refusing_statements
from scanner.policies.statements import PolicyDocumentError, numbered
from scanner.resources.monitoring.audiences import ACCEPTED_PROTOCOLS, Hearing, Subscriber
from scanner.resources.monitoring.sns import ALARM

CLOUDWATCH = "cloudwatch.amazonaws.com"
_MANAGED = "alias/aws/"
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_USABLE = frozenset({"Enabled", "Updating"})
"""States of a key that can encrypt: while its primary Region is changed, a multi-Region key is Updating for seconds."""

_FACTS = ("Exists", "Policy", "KmsMasterKeyId", "KmsKey", "KmsKeyPolicy")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its subscriptions."""

    row: Row
    subscribers: tuple[Subscriber, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: Outcome
    reason: str


def topic_links(topic: Topic | None, action: str, arn: Arn, alarm: Alarm) -> tuple[JudgedLink, ...]:
    """The topic and subscription links of an SNS action of an alarm, as far as they can be judged."""
    name = arn.resource
    if arn.region != alarm.region:
        reason = f"topic {name} is in {arn.region}; alarms notify topics of their own Region only ({alarm.region})"
        return (JudgedLink(TOPIC, Outcome.FAIL, reason, action),)
    if name.endswith(".fifo"):
        return (
            JudgedLink(TOPIC, Outcome.FAIL, f"topic {name} is a FIFO topic, to which alarms cannot publish", action),
        )
    if topic is None:
        return (JudgedLink(TOPIC, Outcome.UNKNOWN, f"topic {name} was not looked at", action),)
    row, sources = topic.row, _cited(topic.row)
    if row.data.get("Exists") is False:
        return (JudgedLink(TOPIC, Outcome.FAIL, f"topic {name} does not exist", action, sources),)
    found = _publishing(row, name, alarm)
    first = JudgedLink(TOPIC, found.verdict, found.reason, action, sources)
    if found.verdict is Outcome.FAIL:
        return (first,)
    return first, _subscription(topic, name, action, alarm)


def _cited(row: Row) -> tuple[Source, ...]:
    """What the topic link rests on; the account's organization only where a policy names one."""
    return cited(row, *_FACTS, *(("Organizations",) if _names_organization(row) else ()))


def _names_organization(row: Row) -> bool:
    try:
        return any(names_organization(row.data.get(name)) for name in ("Policy", "KmsKeyPolicy"))
    except PolicyDocumentError:
        return False


def _undecided(row: Row, policy: str, does: str) -> _Judged:
    """A policy that does not decide by itself, with the call that gave nothing when that may be why."""
    gap = row.gaps.get("Organizations") if _names_organization(row) else None
    reason = f"{policy} does not decide by itself whether CloudWatch may {does} for this alarm"
    return _Judged(Outcome.UNKNOWN, f"{reason}: {gap.reason}" if gap is not None else reason)


def _publishing(row: Row, name: str, alarm: Alarm) -> _Judged:
    """Whether the alarm can publish: refused by something that is known, else unknown by something that is not."""
    found = [_by_policy(row, name, alarm), *_by_key(row, name, alarm)]
    for verdict in (Outcome.FAIL, Outcome.UNKNOWN):
        for each in found:
            if each.verdict is verdict:
                return each
    encrypted = " and its KMS key lets CloudWatch use it" if row.data.get("KmsMasterKeyId") else ""
    return _Judged(Outcome.PASS, f"topic {name} exists, its policy lets CloudWatch publish for this alarm{encrypted}")


def _unread(row: Row, field: str, name: str) -> _Judged | None:
    gap = row.gaps.get(field)
    if gap is None:
        return None
    return _Judged(Outcome.UNKNOWN, f"whether the alarm can publish to topic {name} is not known: {gap.reason}")


def _by_policy(row: Row, name: str, alarm: Alarm) -> _Judged:
    unread = _unread(row, "Policy", name)
    if unread is not None:
        return unread
    policy, request = row.data.get("Policy"), _request(row, "Publications", alarm)
    lets = _lets(policy, "sns:Publish", request)
    if lets is None:
        return _undecided(row, f"the policy of topic {name}", "publish")
    if not lets:
        reason = f"the policy of topic {name} does not let CloudWatch publish for this alarm"
        return _Judged(Outcome.FAIL, f"{reason}{_refusing(policy, 'sns:Publish', request)}")
    return _Judged(Outcome.PASS, "")


def _request(row: Row, field: str, alarm: Alarm) -> Mapping[str, Any]:
    """What publishing for the alarm asks of the topic's policy or of its key's."""
    requests = row.data.get(field)
    listed = requests.get(ALARM, []) if isinstance(requests, Mapping) else []
    resource = row.id if field == "Publications" else str((row.data.get("KmsKey") or {}).get("Arn"))
    bare = {"Source": alarm.identity, "Resource": resource, "Keys": {}}
    return next((request for request in listed if request["Source"] == alarm.identity), bare)


def _lets(policy: Any, action: str, request: Mapping[str, Any]) -> bool | None:
    try:
        return not refused_requests(policy, CLOUDWATCH, action, [request])
    except PolicyDocumentError:
        return None


def _refusing(policy: Any, action: str, request: Mapping[str, Any]) -> str:
    """The statements that refuse a request, for the end of a clause; "" when it is only that none allows it."""
    names = [str(item["Sid"]) for item in refusing_statements(numbered(policy), CLOUDWATCH, action, [request])]
    return f" (denied by statement: {', '.join(names)})" if names else ""


def _by_key(row: Row, name: str, alarm: Alarm) -> list[_Judged]:
    """What the encryption of the topic means; nothing for a topic that is not encrypted with KMS."""
    unread = _unread(row, "KmsMasterKeyId", name)
    if unread is not None:
        return [unread]
    key = row.data.get("KmsMasterKeyId")
    if key is None:
        return []
    if f":{_MANAGED}" in f":{key}":
        return [_managed(name, key)]
    unread = _unread(row, "KmsKey", name)
    if unread is not None:
        return [unread]
    unusable = _unusable(row.data.get("KmsKey"), name, key)
    return [unusable] if unusable is not None else _by_key_policy(row, name, key, alarm)


def _unusable(facts: Any, name: str, key: str) -> _Judged | None:
    """Why CloudWatch cannot use a key whatever its policy is, or may not; None when its policy decides."""
    if not isinstance(facts, Mapping):
        return _Judged(Outcome.FAIL, f"topic {name} is encrypted with the KMS key {key}, which does not exist")
    if facts.get("KeyManager") == "AWS":
        return _managed(name, key)
    state = facts.get("KeyState")
    if state is None:
        return _Judged(Outcome.UNKNOWN, f"the state of the KMS key of topic {name} is not known ({key})")
    if state not in _USABLE:
        return _Judged(Outcome.FAIL, f"the KMS key of topic {name} is in the state {state}, not Enabled ({key})")
    return None


def _managed(name: str, key: str) -> _Judged:
    reason = f"topic {name} is encrypted with the AWS managed key of SNS ({key}), which CloudWatch cannot use"
    return _Judged(Outcome.FAIL, reason)


def _by_key_policy(row: Row, name: str, key: str, alarm: Alarm) -> list[_Judged]:
    unread = _unread(row, "KmsKeyPolicy", name)
    if unread is not None:
        return [unread]
    policy = row.data.get("KmsKeyPolicy")
    if policy is None:
        return [_Judged(Outcome.UNKNOWN, f"the policy of the KMS key of topic {name} is not known ({key})")]
    found: list[_Judged] = []
    request = _request(row, "KeyUses", alarm)
    for action in _KEY_ACTIONS:
        lets = _lets(policy, action, request)
        if lets is None:
            found.append(_undecided(row, f"the policy of the KMS key of topic {name} ({key})", f"use {action}"))
        elif not lets:
            reason = f"the policy of the KMS key of topic {name} does not let CloudWatch use {action} ({key})"
            found.append(_Judged(Outcome.FAIL, f"{reason}{_refusing(policy, action, request)}"))
    return found


def _subscription(topic: Topic, name: str, action: str, alarm: Alarm) -> JudgedLink:
    row = topic.row
    sources = cited(row, "Subscriptions")
    gap = row.gaps.get("Subscriptions")
    message = alarm_message(alarm)
    heard = [(each, each.hearing([message])) for each in topic.subscribers]
    counting = [pair for pair in heard if pair[0].protocol in ACCEPTED_PROTOCOLS]
    sources = tuple(dict.fromkeys((*sources, *_asked(topic.subscribers))))
    hearing = [each for each, found in counting if found.heard]
    if hearing and gap is None:
        number = f"{len(hearing)} confirmed subscription{'s' if len(hearing) > 1 else ''}"
        reached = " and ".join(dict.fromkeys(each.reaches for each in hearing))
        return JudgedLink(SUBSCRIPTION, Outcome.PASS, f"topic {name} reaches {reached} ({number})", action, sources)
    if gap is not None:
        reason = f"who is subscribed to topic {name} is not known: {gap.reason}"
        return JudgedLink(SUBSCRIPTION, Outcome.UNKNOWN, reason, action, sources)
    undecided = [f"{each.arn} {found.reason}" for each, found in counting if found.heard is None]
    if undecided:
        reason = f"whether anybody receives what is published to topic {name} is not known: subscription {undecided[0]}"
        return JudgedLink(SUBSCRIPTION, Outcome.UNKNOWN, reason, action, sources)
    return JudgedLink(SUBSCRIPTION, Outcome.FAIL, _nobody(name, heard), action, sources)


def _nobody(name: str, heard: Sequence[tuple[Subscriber, Hearing]]) -> str:
    """Why no subscription that counts receives the alarm, with what keeps each kind of them from it."""
    if not any(each.confirmed for each, _ in heard):
        pending = f" ({len(heard)} not confirmed)" if heard else ""
        return f"topic {name} has no confirmed subscription{pending}"
    reasons: dict[str, int] = {}
    for each, found in heard:
        why = found.reason if found.heard is False else f"leads to {each.reaches}, which does not count"
        reasons[why] = reasons.get(why, 0) + 1
    told = "; ".join(f"each of {number} {why}" if number > 1 else f"one {why}" for why, number in reasons.items())
    return f"no subscription of topic {name} that counts receives the alarm: {told}"


def _asked(subscribed: Sequence[Subscriber]) -> list[Source]:
    confirmed = [each for each in subscribed if each.confirmed]
    gaps = refusals(answer.gap for each in confirmed for answer in each.answers if answer.gap is not None)
    return [*(Source(answer.key, "") for each in confirmed for answer in each.answers), *gaps]
