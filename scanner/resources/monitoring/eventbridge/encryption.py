"""Whether EventBridge can use a KMS key: that of a target, or of a bus, which encrypts its rules and their targets.

Events of AWS services are encrypted with a key of AWS's own. What becomes of them where the rules cannot be decrypted
is not documented, so it is not known. Sources: EventBridge User Guide, "Encrypting EventBridge event buses with AWS KMS
keys" and "Authorizing EventBridge to use a customer managed key"; Amazon SQS Developer Guide, "Configure KMS
permissions for AWS services"; Kinesis Data Streams Developer Guide, "Permissions to use user-generated KMS keys".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import DEFAULT
from scanner.audit_path.eventbridge.encryption import DESCRIBE_BUS
from scanner.audit_path.members import text_member
from scanner.facts.facts import Facts, checked, undecided
from scanner.facts.owners import ask_about_key, ask_owner
from scanner.model import Gap, GapKind, Source
from scanner.policies.callers import Caller, Say, resource_say
from scanner.policies.services import EVENTBRIDGE, UNSUPPORTED_BY_KEYS, refused_requests
from scanner.policies.statements import PolicyDocumentError, policy_object
from scanner.snapshot.answers import Answer, Snapshot

KEY_FOR_STREAMS = "kms:GenerateDataKey"
"""What putting records into an encrypted Kinesis stream takes."""

_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_USABLE = frozenset({"Enabled", "Updating"})
_SYMMETRIC = "SYMMETRIC_DEFAULT"
_CONTEXT = "kms:EncryptionContext:aws:events:event-bus:arn"
_TOPIC_CONTEXT = "kms:EncryptionContext:aws:sns:topicArn"
_MANAGED = "alias/aws/"
_SOURCELESS = dict.fromkeys(UNSUPPORTED_BY_KEYS)


def bus_key(described: Answer) -> str:
    """The customer managed key that a ``DescribeEventBus`` answer names; "" without one."""
    return text_member(described.first, "KmsKeyIdentifier")


def bus_letters(described: Answer) -> str:
    """The ARN of the queue that takes what a bus cannot encrypt or decrypt; "" without one.

    AWS promises it for custom and partner events, and advises to name one for each bus with a customer managed key.
    Source: EventBridge User Guide, "Using dead-letter queues to capture encrypted event errors".
    """
    return text_member(described.first.get("DeadLetterConfig"), "Arn")


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Whether EventBridge can use a key for a bus or a topic.

    ``trouble`` says as a clause behind "which" why it may be unable to ("" when it can), ``gap`` is the call that gave
    nothing where that is why, ``certain`` says that it certainly cannot. ``sources`` are what this rests on. ``arn`` is
    that of a key which a role's own policies must let it use too ("" where they do not matter).
    """

    trouble: str = ""
    gap: Gap | None = None
    certain: bool = False
    sources: tuple[Source, ...] = ()
    arn: str = ""


def key_use(snapshot: Snapshot, bus: Arn, key: str) -> KeyUse:
    """Whether EventBridge can use a key, by its id, alias or ARN, for a bus."""
    return _use(snapshot, bus, key, [{"Source": str(bus), "Keys": {_CONTEXT: str(bus)}}])


def topic_key_use(snapshot: Snapshot, topic: Arn, key: str, rule: str) -> KeyUse:
    """Whether EventBridge can use the key of a topic of the account of a rule, for what the rule publishes."""
    if f":{_MANAGED}" in f":{key}":
        return KeyUse("is managed by AWS, and EventBridge cannot use it", certain=True)
    context = {_TOPIC_CONTEXT: str(topic)}
    return _use(snapshot, topic, key, [{"Source": rule, "Keys": {**each, **context}} for each in (_SOURCELESS, {})])


def queue_key_use(snapshot: Snapshot, queue: Arn, key: str, rule: str) -> KeyUse:
    """Whether EventBridge can use the key of a queue, for what it sends there for a rule.

    Whether it tells KMS for which rule it sends is documented of topics only. The policy is asked for by what names the
    key, and not asked for by an alias.
    """
    if f":{_MANAGED}" in f":{key}":
        return KeyUse("is managed by AWS, and EventBridge cannot use it", certain=True)
    known: tuple[Mapping[str, Any], ...] = (_SOURCELESS, {})
    uses = [_use(snapshot, queue, key, [{"Source": rule, "Keys": each}], by_id=True) for each in known]
    if uses[0].trouble == uses[1].trouble:
        return uses[0]
    trouble = "has a policy with a condition on the rule, of which it is not documented that EventBridge can meet it"
    return KeyUse(trouble, sources=uses[0].sources)


def stream_key_use(snapshot: Snapshot, stream: Arn, key: str, caller: Caller) -> KeyUse:
    """Whether the policy of the key of a Kinesis stream lets in the role that puts records, and the key can be used.

    What the role's own policies say is another question.
    """
    described, region = _described(snapshot, stream, key)
    found = _unusable(described)
    if found is not None:
        return replace(found, sources=_sources(described))
    metadata = described.first.get("KeyMetadata")
    if text_member(metadata, "KeyManager") == "AWS" and stream.account == caller.account:
        return KeyUse(sources=_sources(described))
    policy = _policy(snapshot, stream, region, key_arn(described, key))
    sources = _sources(described, policy)
    if policy.gap is not None:
        return KeyUse(f"has a policy that is not known: {policy.gap.reason}", policy.gap, sources=sources)
    arn = key_arn(described, key)
    try:
        says = resource_say(policy_object(policy.first.get("Policy")), KEY_FOR_STREAMS, arn, caller)
    except PolicyDocumentError:
        says = Say(None, None)
    if says.deny is True:
        denied = f"has a policy that denies the role {caller.role} {KEY_FOR_STREAMS}"
        return KeyUse(denied, certain=True, sources=sources, arn=arn)
    if says != Say(allow=True, deny=False):
        # A grant of the key, which is not looked at, may let in whom its policy does not.
        trouble = f"has a policy that does not by itself let the role {caller.role} use {KEY_FOR_STREAMS}"
        return KeyUse(trouble, sources=sources, arn=arn)
    return KeyUse(sources=sources, arn=arn)


def key_arn(described: Answer, key: str) -> str:
    """The ARN of a key as ``DescribeKey`` gives it; else what it is named by."""
    return text_member(described.first.get("KeyMetadata"), "Arn") or key


def _described(snapshot: Snapshot, place: Arn, key: str) -> tuple[Answer, str]:
    """What KMS says of the key of a place, and the Region that is asked."""
    arn = parse_arn(key)
    region = (arn.region if arn is not None else "") or place.region
    return checked(
        ask_about_key(snapshot, place.account, region, "kms.DescribeKey", key), "KeyMetadata", Mapping
    ), region


def _policy(snapshot: Snapshot, place: Arn, region: str, key: str) -> Answer:
    owner = parse_arn(key)
    named = {"KeyId": key, "PolicyName": "default"}
    asked = ask_owner(snapshot, place.account, owner.account if owner else "", region, "kms.GetKeyPolicy", **named)
    return checked(asked, "Policy", str)


def _use(
    snapshot: Snapshot, bus: Arn, key: str, requests: Sequence[Mapping[str, Any]], *, by_id: bool = False
) -> KeyUse:
    described, region = _described(snapshot, bus, key)
    found = _unusable(described)
    if found is not None:
        return replace(found, sources=_sources(described))
    name = key_arn(described, key)
    policy = _policy(snapshot, bus, region, key if by_id and "alias/" not in key else name)
    return replace(_by_policy(policy, name, requests), sources=_sources(described, policy))


def _sources(*answers: Answer) -> tuple[Source, ...]:
    return tuple(answer.gap.source if answer.gap is not None else Source(answer.key, "") for answer in answers)


def _unusable(described: Answer) -> KeyUse | None:
    """Why a key cannot be used whatever its policy is, or may not be; None when its policy decides."""
    if described.gap is not None:
        return KeyUse(f"is not known: {described.gap.reason}", described.gap)
    if described.absent:
        return KeyUse("does not exist", certain=True)
    metadata = described.first.get("KeyMetadata")
    state, spec = text_member(metadata, "KeyState"), text_member(metadata, "KeySpec") or _SYMMETRIC
    if state not in _USABLE:
        told = f"is in the state {state}, not Enabled" if state else "does not tell its state"
        return KeyUse(told, certain=bool(state))
    return None if spec == _SYMMETRIC else KeyUse(f"is of the kind {spec}, not a symmetric one", certain=True)


def _by_policy(policy: Answer, key: str, requests: Sequence[Mapping[str, Any]]) -> KeyUse:
    if policy.gap is not None:
        return KeyUse(f"has a policy that is not known: {policy.gap.reason}", policy.gap)
    asked = [{**request, "Resource": key} for request in requests]
    document = policy_object(policy.first.get("Policy"))
    for action in _ACTIONS:
        try:
            refused = refused_requests(document, EVENTBRIDGE, action, asked)
        except PolicyDocumentError:
            return KeyUse(f"has a policy that does not decide by itself whether EventBridge may use {action}")
        if refused:
            return KeyUse(f"has a policy that does not let EventBridge use {action} for it", certain=True)
    return KeyUse()


def take_default_bus_key(facts: Facts, snapshot: Snapshot, account: str, region: str) -> None:
    """Put in ``BusKey``: the key of the default bus of a Region, a gap where EventBridge may be unable to use it.

    And ``BusDeadLetterQueue``, the queue of the bus itself.
    """
    answer = checked(snapshot.ask(account, region, DESCRIBE_BUS, {"Name": DEFAULT}), "Arn", str)
    if answer.absent:
        answer = undecided(answer, f"{DESCRIBE_BUS} in {account}/{region} did not find the default event bus")
    key = bus_key(answer)
    facts.take("BusKey", key or None, answer)
    facts.take("BusDeadLetterQueue", bus_letters(answer) or None, answer)
    if not key:
        return
    arn = parse_arn(text_member(answer.first, "Arn"))
    use = KeyUse("is used for a bus whose ARN is not known") if arn is None else key_use(snapshot, arn, key)
    facts.cites["BusKey"] = (*facts.cites["BusKey"], *use.sources)
    if use.trouble:
        reason = f"The default event bus of {account}/{region} is encrypted with the KMS key {key}, which {use.trouble}"
        del facts.data["BusKey"]
        unknown = use.gap or Gap(key=answer.key, kind=GapKind.ERROR, reason="")
        facts.gaps["BusKey"] = replace(unknown, reason=reason)
