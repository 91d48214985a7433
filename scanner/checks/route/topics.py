"""The last two links: whether an alarm can publish to its topic, and who receives what it publishes.

An alarm that cannot publish fails in silence. The topic's policy must let CloudWatch in, and where the topic is encrypted
the key must let CloudWatch use it: the AWS managed key of SNS does not. Sources: Amazon SNS Developer Guide, "Enable
compatibility between event sources from AWS services and encrypted topics" and "Example cases for Amazon SNS access
control" (CloudWatch alarms); AWS KMS Developer Guide, "Key states".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.checks.route.steps import SUBSCRIPTION, TOPIC, Step, cited
from scanner.model import Outcome, Source
from scanner.policy_documents import PolicyDocumentError
from scanner.policy_services import names_organization, service_allowed
from scanner.resources.alarm_messages import Message, alarm_message
from scanner.resources.arns import Arn
from scanner.resources.audiences import ACCEPTED_PROTOCOLS, Subscriber
from scanner.resources.rows import Row

CLOUDWATCH = "cloudwatch.amazonaws.com"
_MANAGED = "alias/aws/sns"
_NO_ORGANIZATION = "o-none"
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_FACTS = ("Exists", "Subscriptions", "Policy", "KmsMasterKeyId", "KmsKey", "KmsKeyPolicy")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its subscriptions."""

    row: Row
    subscribers: tuple[Subscriber, ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    verdict: Outcome
    reason: str


def topic_links(topic: Topic | None, action: str, arn: Arn, alarm: Row) -> tuple[Step, ...]:
    """The topic and subscription links of an SNS action of an alarm, as far as they can be judged."""
    name = arn.resource
    if arn.region != alarm.region:
        reason = f"topic {name} is in {arn.region}; alarms notify topics of their own Region only ({alarm.region})"
        return (Step(TOPIC, Outcome.FAIL, reason, action),)
    if name.endswith(".fifo"):
        return (Step(TOPIC, Outcome.FAIL, f"topic {name} is a FIFO topic, which takes no message of an alarm", action),)
    if topic is None:
        return (Step(TOPIC, Outcome.UNKNOWN, f"topic {name} was not looked at", action),)
    row, sources = topic.row, _cited(topic.row)
    if row.data.get("Exists") is False:
        return (Step(TOPIC, Outcome.FAIL, f"topic {name} does not exist", action, sources),)
    found = _publishing(row, name, alarm)
    first = Step(TOPIC, found.verdict, found.reason, action, sources)
    if found.verdict is Outcome.FAIL:
        return (first,)
    return first, _subscription(topic, name, action, alarm)


def _cited(row: Row) -> tuple[Source, ...]:
    """What the links rest on; the account's organization only where a policy names one."""
    try:
        named = any(names_organization(row.data.get(name)) for name in ("Policy", "KmsKeyPolicy"))
    except PolicyDocumentError:
        named = False
    return cited(row, *_FACTS, *(("Organizations",) if named else ()))


def _publishing(row: Row, name: str, alarm: Row) -> _Finding:
    """Whether the alarm can publish: refused by something that is known, else unknown by something that is not."""
    found = [_by_policy(row, name, alarm), *_by_key(row, name, alarm)]
    for verdict in (Outcome.FAIL, Outcome.UNKNOWN):
        for each in found:
            if each.verdict is verdict:
                return each
    return _Finding(Outcome.PASS, f"topic {name} exists and lets CloudWatch publish")


def _unread(row: Row, field: str, name: str) -> _Finding | None:
    gap = row.gaps.get(field)
    if gap is None:
        return None
    return _Finding(Outcome.UNKNOWN, f"whether alarms can publish to topic {name} is not known: {gap.reason}")


def _by_policy(row: Row, name: str, alarm: Row) -> _Finding:
    unread = _unread(row, "Policy", name)
    if unread is not None:
        return unread
    allowed = _allowed(row, row.data.get("Policy"), "sns:Publish", str(row.data.get("TopicArn") or row.id), alarm)
    if allowed is None:
        reason = f"whether the policy of topic {name} lets CloudWatch publish depends on what it does not tell"
        return _Finding(Outcome.UNKNOWN, reason)
    if not allowed:
        return _Finding(Outcome.FAIL, f"the policy of topic {name} does not let CloudWatch publish for this alarm")
    return _Finding(Outcome.PASS, "")


def _allowed(row: Row, policy: Any, action: str, resource: str, alarm: Row) -> bool | None:
    """Whether CloudWatch may do this for the alarm; None where the policy, or the account's organization, is not known."""
    own = [] if "Organizations" in row.gaps else row.data.get("Organizations") or [_NO_ORGANIZATION]
    try:
        return service_allowed(
            policy, CLOUDWATCH, action, resource, [str(alarm.data.get("AlarmArn") or alarm.id), *own]
        )
    except PolicyDocumentError:
        return None


def _by_key(row: Row, name: str, alarm: Row) -> list[_Finding]:
    """What the encryption of the topic means; nothing for a topic that is not encrypted with KMS."""
    unread = _unread(row, "KmsMasterKeyId", name)
    if unread is not None:
        return [unread]
    key = row.data.get("KmsMasterKeyId")
    if key is None:
        return []
    if str(key).endswith(_MANAGED):
        return [_managed(name)]
    unread = _unread(row, "KmsKey", name)
    if unread is not None:
        return [unread]
    facts = row.data.get("KmsKey")
    if not isinstance(facts, dict):
        return [_Finding(Outcome.FAIL, f"topic {name} is encrypted with the KMS key {key}, which does not exist")]
    if facts.get("KeyManager") == "AWS":
        return [_managed(name)]
    state = facts.get("KeyState")
    if state != "Enabled":
        return [_Finding(Outcome.FAIL, f"the KMS key of topic {name} is in the state {state}, not Enabled ({key})")]
    return _by_key_policy(row, name, str(facts.get("Arn") or key), alarm)


def _managed(name: str) -> _Finding:
    reason = f"topic {name} is encrypted with the AWS managed key of SNS ({_MANAGED}), which CloudWatch cannot use"
    return _Finding(Outcome.FAIL, reason)


def _by_key_policy(row: Row, name: str, key: str, alarm: Row) -> list[_Finding]:
    unread = _unread(row, "KmsKeyPolicy", name)
    if unread is not None:
        return [unread]
    if row.data.get("KmsKeyPolicy") is None:
        return [_Finding(Outcome.UNKNOWN, f"the policy of the KMS key of topic {name} is not known ({key})")]
    found: list[_Finding] = []
    for action in _KEY_ACTIONS:
        allowed = _allowed(row, row.data["KmsKeyPolicy"], action, key, alarm)
        if allowed is None:
            reason = f"whether the KMS key of topic {name} lets CloudWatch use {action} depends on what its policy does not tell"
            found.append(_Finding(Outcome.UNKNOWN, reason))
        elif not allowed:
            reason = f"the policy of the KMS key of topic {name} does not let CloudWatch use {action} ({key})"
            found.append(_Finding(Outcome.FAIL, reason))
    return found


def _subscription(topic: Topic, name: str, action: str, alarm: Row) -> Step:
    row = topic.row
    sources = _cited(row)
    gap = row.gaps.get("Subscriptions")
    if gap is not None:
        reason = f"who is subscribed to topic {name} is not known: {gap.reason}"
        return Step(SUBSCRIPTION, Outcome.UNKNOWN, reason, action, sources)
    sources = tuple(dict.fromkeys((*sources, *_asked(topic.subscribers))))
    message = alarm_message(alarm.data)
    heard = [(each, each.hearing(message)) for each in topic.subscribers]
    accepted = [pair for pair in heard if pair[0].protocol in ACCEPTED_PROTOCOLS]
    hearing = [each for each, found in accepted if found.heard]
    if hearing:
        number = f"{len(hearing)} confirmed subscription{'s' if len(hearing) > 1 else ''}"
        reason = f"topic {name} has {number} ({', '.join(_reached(hearing))})"
        return Step(SUBSCRIPTION, Outcome.PASS, reason, action, sources)
    open_ones = [(each, found) for each, found in accepted if found.heard is None]
    if open_ones:
        each, found = open_ones[0]
        reason = f"whether anybody hears topic {name} is not known: its subscription {each.arn} {found.reason}"
        return Step(SUBSCRIPTION, Outcome.UNKNOWN, reason, action, sources)
    return Step(SUBSCRIPTION, Outcome.FAIL, _nobody(name, topic.subscribers, message), action, sources)


def _reached(subscribed: Sequence[Subscriber]) -> list[str]:
    return list(dict.fromkeys(each.reaches for each in subscribed))


def _nobody(name: str, subscribed: Sequence[Subscriber], message: Message) -> str:
    """Why no subscription receives the alarm, with what keeps each kind of them from it."""
    if not any(each.confirmed for each in subscribed):
        pending = f" ({len(subscribed)} not confirmed)" if subscribed else ""
        return f"topic {name} has no confirmed subscription{pending}"
    reasons: dict[str, int] = {}
    for each in subscribed:
        found = each.hearing(message)
        why = f"leads to {each.reaches}" if found.heard is not False else found.reason
        reasons[why] = reasons.get(why, 0) + 1
    told = "; ".join(f"{number} {why}" for why, number in reasons.items())
    return f"no subscription of topic {name} receives the alarm over a protocol that counts: {told}"


def _asked(subscribed: Sequence[Subscriber]) -> list[Source]:
    return [Source(answer.key, "") for each in subscribed if each.confirmed for answer in each.answers]
