"""The last two links: whether an alarm or an EventBridge rule can publish to a topic, and who receives what it tells.

What cannot publish fails in silence. The topic's policy must let its service in, and where the topic is encrypted the
key must let the service use it: the AWS managed key of SNS does not. Sources: Amazon SNS Developer
Guide, "Enable compatibility between event sources from AWS services and encrypted topics" and "Example cases for
Amazon SNS access control" (CloudWatch alarms); AWS KMS Developer Guide, "Key states" and "Multi-Region keys" (a key is
used in its own Region).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.messages import alarm_message, alarm_texts, event_message, published_path
from scanner.arns import Arn, parse_arn
from scanner.audit_path.topics import DAYS
from scanner.checks.route.links import SUBSCRIPTION, TOPIC, JudgedLink, Program, cited, refusals
from scanner.checks.route.watching.deliveries import UNDECIDED, Delivery, delivered, together
from scanner.checks.route.watching.protection import FIELD, Protection, protection
from scanner.facts.facts import member
from scanner.facts.rows import Row
from scanner.model import GapKind, Outcome, Source
from scanner.policies.data_protection import Published
from scanner.policies.services import names_organization, refused_requests, refusing_statements
from scanner.policies.statements import PolicyDocumentError, numbered
from scanner.recording.recorded_events import EVERYTHING, NOTHING
from scanner.resources.monitoring.audiences import TO_PEOPLE, TO_PROGRAMS, Subscriber
from scanner.resources.monitoring.publishers import ALARM, EVENT_RULE

_MANAGED = "alias/aws/"
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_USABLE = frozenset({"Enabled", "Updating"})
"""States of a key that can encrypt: while its primary Region is changed, a multi-Region key is Updating for seconds."""

_SYMMETRIC = "SYMMETRIC_DEFAULT"

_NOT_LOOKED_AT: Mapping[str, str] = {
    "sms": "whether the account's SMS limit of the month is used up or a carrier drops messages",
    "application": "whether its mobile application endpoints are enabled",
}
"""What can keep a message from people by these protocols, though the subscription is sound."""

_PUBLISHED = {ALARM: "the alarm", EVENT_RULE: "the event"}

_FACTS = ("Exists", "Policy", "KmsMasterKeyId", "KmsKey", "KmsKeyPolicy", FIELD)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its subscriptions."""

    row: Row
    subscribers: tuple[Subscriber, ...]


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishes to a topic: an alarm, or an EventBridge rule.

    ``kind`` is how the topic's facts call its service, ``principal`` how policies do, ``noun`` what it is itself.
    ``identity`` is its ARN and ``published`` what it publishes, as far as that is known; ``path`` is what of the event
    a rule publishes as it is.
    """

    kind: str
    principal: str
    noun: str
    identity: str
    region: str
    published: Published
    path: str = ""

    @property
    def account(self) -> str:
        """The account whose alarm or rule it is; "" when its ARN is not known."""
        arn = parse_arn(self.identity)
        return arn.account if arn is not None else ""


def alarm_publisher(alarm: Alarm) -> Publisher:
    """An alarm as what publishes to a topic."""
    published = Published(alarm_message(alarm), alarm_texts(alarm))
    return Publisher(ALARM, "cloudwatch.amazonaws.com", "alarm", alarm.identity, alarm.region, published)


def rule_publisher(rule: Row, target: Mapping[str, Any]) -> Publisher:
    """An ``events.event_rule`` row as what publishes to a topic that is one of its targets."""
    constant = target.get("Input")
    texts = (constant,) if isinstance(constant, str) else None
    published = Published(event_message(rule.data.get("EventPattern"), target), texts)
    return Publisher(
        EVENT_RULE, "events.amazonaws.com", "rule", rule.id, rule.region, published, published_path(target)
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: Outcome
    reason: str


def topic_links(topic: Topic | None, action: str, arn: Arn, publisher: Publisher) -> tuple[JudgedLink, ...]:
    """The topic and subscription links of what an alarm or rule sends to a topic, as far as they can be judged."""
    name = arn.resource
    if arn.region != publisher.region:
        only = f"{publisher.noun}s notify topics of their own Region only ({publisher.region})"
        reason = f"topic {name} is in {arn.region}; {only}"
        return (JudgedLink(TOPIC, Outcome.FAIL, reason, action),)
    if publisher.kind == EVENT_RULE and arn.account != publisher.account:
        reason = f"topic {name} is in account {arn.account}; AWS documents a role for what a rule publishes there, and"
        return (JudgedLink(TOPIC, Outcome.UNKNOWN, f"{reason} this rule names none", action),)
    if name.endswith(".fifo"):
        return (
            JudgedLink(
                TOPIC, Outcome.FAIL, f"topic {name} is a FIFO topic, to which {publisher.noun}s cannot publish", action
            ),
        )
    if topic is None:
        return (JudgedLink(TOPIC, Outcome.UNKNOWN, f"topic {name} was not looked at", action),)
    row, sources = topic.row, _cited(topic.row)
    if row.data.get("Exists") is False:
        return (JudgedLink(TOPIC, Outcome.FAIL, f"topic {name} does not exist", action, sources),)
    protected = protection(row, publisher.principal, publisher.published)
    found = _publishing(row, name, publisher, protected)
    first = JudgedLink(TOPIC, found.verdict, found.reason, action, sources, warnings=_masked(protected, name))
    if found.verdict is Outcome.FAIL:
        return (first,)
    return first, _subscription(topic, name, action, publisher, protected)


def _masked(protected: Protection, name: str) -> tuple[str, ...]:
    remark = protected.masked(name)
    return (remark,) if remark else ()


def _cited(row: Row) -> tuple[Source, ...]:
    """What the topic link rests on; the account's organization only where a policy names one."""
    return cited(row, *_FACTS, *(("Organizations",) if _names_organization(row) else ()))


def _names_organization(row: Row) -> bool:
    try:
        return any(names_organization(row.data.get(name)) for name in ("Policy", "KmsKeyPolicy"))
    except PolicyDocumentError:
        return False


def _undecided(row: Row, policy: str, does: str, publisher: Publisher) -> _Judged:
    """A policy that does not decide by itself, with the call that gave nothing when that may be why."""
    gap = row.gaps.get("Organizations") if _names_organization(row) else None
    reason = f"{policy} does not decide by itself whether {publisher.kind} may {does} for this {publisher.noun}"
    return _Judged(Outcome.UNKNOWN, f"{reason}: {gap.reason}" if gap is not None else reason)


def _publishing(row: Row, name: str, publisher: Publisher, protected: Protection) -> _Judged:
    """Whether it can publish: refused by something that is known, else unknown by something that is not."""
    refused = _Judged(*protected.refusal(name, publisher.noun))
    found = [_by_policy(row, name, publisher), *_by_key(row, name, publisher), refused]
    for verdict in (Outcome.FAIL, Outcome.UNKNOWN):
        for each in found:
            if each.verdict is verdict:
                return each
    service = publisher.kind
    encrypted = f" and its KMS key lets {service} use it" if row.data.get("KmsMasterKeyId") else ""
    reason = f"topic {name} exists, its policy lets {service} publish for this {publisher.noun}{encrypted}"
    return _Judged(Outcome.PASS, reason)


def _unread(row: Row, field: str, name: str, publisher: Publisher) -> _Judged | None:
    gap = row.gaps.get(field)
    if gap is None:
        return None
    return _Judged(
        Outcome.UNKNOWN, f"whether the {publisher.noun} can publish to topic {name} is not known: {gap.reason}"
    )


def _by_policy(row: Row, name: str, publisher: Publisher) -> _Judged:
    unread = _unread(row, "Policy", name, publisher)
    if unread is not None:
        return unread
    policy, requests = row.data.get("Policy"), _requests(row, "Publications", publisher)
    lets = _lets(policy, "sns:Publish", requests, publisher)
    if lets is None:
        return _undecided(row, f"the policy of topic {name}", "publish", publisher)
    if not lets:
        reason = f"the policy of topic {name} does not let {publisher.kind} publish for this {publisher.noun}"
        return _Judged(Outcome.FAIL, f"{reason}{_refusing(policy, 'sns:Publish', requests, publisher)}")
    return _Judged(Outcome.PASS, "")


_Requests = Sequence[Mapping[str, Any]]


def _requests(row: Row, field: str, publisher: Publisher) -> _Requests:
    """What publishing asks of the topic's policy or of its key's, in each way the request may come."""
    requests = row.data.get(field)
    listed = requests.get(publisher.kind, []) if isinstance(requests, Mapping) else []
    resource = row.id if field == "Publications" else str((row.data.get("KmsKey") or {}).get("Arn"))
    bare = {"Source": publisher.identity, "Resource": resource, "Keys": {}}
    return [request for request in listed if request["Source"] == publisher.identity] or [bare]


def _lets(policy: Any, action: str, requests: _Requests, publisher: Publisher) -> bool | None:
    try:
        return not refused_requests(policy, publisher.principal, action, requests)
    except PolicyDocumentError:
        return None


def _refusing(policy: Any, action: str, requests: _Requests, publisher: Publisher) -> str:
    """The statements that refuse a request, for the end of a clause; "" when it is only that none allows it."""
    refusing = refusing_statements(numbered(policy), publisher.principal, action, requests)
    names = [str(item["Sid"]) for item in refusing]
    return f" (denied by statement: {', '.join(names)})" if names else ""


def _by_key(row: Row, name: str, publisher: Publisher) -> list[_Judged]:
    """What the encryption of the topic means; nothing for a topic that is not encrypted with KMS."""
    unread = _unread(row, "KmsMasterKeyId", name, publisher)
    if unread is not None:
        return [unread]
    key = row.data.get("KmsMasterKeyId")
    if key is None:
        return []
    if f":{_MANAGED}" in f":{key}":
        return [_managed(name, key, publisher)]
    unread = _unread(row, "KmsKey", name, publisher)
    if unread is not None:
        return [unread]
    unusable = _unusable(row.data.get("KmsKey"), name, key, publisher) or _elsewhere(row, name, key)
    return [unusable] if unusable is not None else _by_key_policy(row, name, key, publisher)


def _unusable(facts: Any, name: str, key: str, publisher: Publisher) -> _Judged | None:
    """Why the service cannot use a key whatever its policy is, or may not; None when its policy decides."""
    if not isinstance(facts, Mapping):
        return _Judged(Outcome.FAIL, f"topic {name} is encrypted with the KMS key {key}, which does not exist")
    if facts.get("KeyManager") == "AWS":
        return _managed(name, key, publisher)
    state = facts.get("KeyState")
    if state is None:
        return _Judged(Outcome.UNKNOWN, f"the state of the KMS key of topic {name} is not known ({key})")
    if state not in _USABLE:
        return _Judged(Outcome.FAIL, f"the KMS key of topic {name} is in the state {state}, not Enabled ({key})")
    spec = facts.get("KeySpec", _SYMMETRIC)
    if spec != _SYMMETRIC:
        only = "SNS encrypts with symmetric encryption keys only"
        return _Judged(Outcome.FAIL, f"the KMS key of topic {name} is of the kind {spec} ({key}); {only}")
    return None


def _elsewhere(row: Row, name: str, key: str) -> _Judged | None:
    """That a key is of another Region than its topic; None when it is not."""
    arn = parse_arn(row.data["KmsKey"].get("Arn"))
    if arn is None or arn.region == row.region:
        return None
    only = f"SNS can use keys of the topic's own Region only ({row.region})"
    return _Judged(Outcome.FAIL, f"the KMS key of topic {name} is in {arn.region} ({key}); {only}")


def _managed(name: str, key: str, publisher: Publisher) -> _Judged:
    reason = f"topic {name} is encrypted with the AWS managed key of SNS ({key}), which {publisher.kind} cannot use"
    return _Judged(Outcome.FAIL, reason)


def _by_key_policy(row: Row, name: str, key: str, publisher: Publisher) -> list[_Judged]:
    unread = _unread(row, "KmsKeyPolicy", name, publisher)
    if unread is not None:
        return [unread]
    policy = row.data.get("KmsKeyPolicy")
    if policy is None:
        return [_Judged(Outcome.UNKNOWN, f"the policy of the KMS key of topic {name} is not known ({key})")]
    found: list[_Judged] = []
    requests = _requests(row, "KeyUses", publisher)
    for action in _KEY_ACTIONS:
        lets = _lets(policy, action, requests, publisher)
        if lets is None:
            policy_of = f"the policy of the KMS key of topic {name} ({key})"
            found.append(_undecided(row, policy_of, f"use {action}", publisher))
        elif not lets:
            reason = f"the policy of the KMS key of topic {name} does not let {publisher.kind} use {action} ({key})"
            why = _refusing(policy, action, requests, publisher) or _by_source(policy, action, requests, publisher)
            found.append(_Judged(Outcome.FAIL, f"{reason}{why}"))
    return found


def _by_source(policy: Any, action: str, requests: _Requests, publisher: Publisher) -> str:
    """That a condition on the source is why a key refuses, where AWS does not support such a one; else ""."""
    if len(requests) == 1 or not _lets(policy, action, requests[1:], publisher):
        return ""
    keys = "aws:SourceArn, aws:SourceAccount or aws:SourceOrgID"
    return f": a condition on {keys} in the policy of a key is not supported for what {publisher.kind} publishes"


def _subscription(topic: Topic, name: str, action: str, publisher: Publisher, protected: Protection) -> JudgedLink:
    row = topic.row
    gap = row.gaps.get("Subscriptions")
    found = [protected.reaching(_delivery(each, publisher)) for each in topic.subscribers]
    sources = tuple(
        dict.fromkeys((*cited(row, "Subscriptions", FIELD), *row.cites.get("Failed", ()), *_asked(topic.subscribers)))
    )
    link = partial(JudgedLink, SUBSCRIPTION, candidate=action, sources=sources)
    if gap is not None:
        return link(Outcome.UNKNOWN, f"who is subscribed to topic {name} is not known: {gap.reason}")
    counting = [each for each in found if _counts(each.subscriber)]
    hearing = [each for each in counting if each.hearing.heard]
    people = [each for each in hearing if each.subscriber.protocol in TO_PEOPLE]
    programs = tuple(map(_program, (each for each in hearing if each not in people)))
    link = partial(link, **_narrowed(name, counting, people), programs=programs, warnings=_counts_of(row, name))
    if people:
        link = partial(link, warnings=(*_counts_of(row, name), *_unseen(name, people)))
        return link(Outcome.PASS, _reaches(name, [*people, *(each for each in hearing if each not in people)]))
    undecided = [f"{each.subscriber.arn} {each.hearing.reason}" for each in counting if each.hearing.heard is None]
    if hearing:
        attest = "whether a person looks there, somebody must attest"
        told = "; ".join([_reaches(name, hearing), attest, *(f"subscription {each}" for each in undecided[:1])])
        return link(Outcome.UNKNOWN, told)
    if undecided:
        reason = f"whether anybody receives what is published to topic {name} is not known: subscription {undecided[0]}"
        return link(Outcome.UNKNOWN, reason)
    return link(Outcome.FAIL, _nobody(name, found, publisher))


def _unseen(name: str, people: Sequence[Delivery]) -> tuple[str, ...]:
    """A remark on what keeps messages from telephones, where nobody is reached in another way."""
    protocols = {each.subscriber.protocol for each in people}
    told = [why for protocol, why in _NOT_LOOKED_AT.items() if protocol in protocols]
    remark = f"what can still keep messages of topic {name} from people is not looked at: {' and '.join(told)}"
    return (remark,) if protocols <= set(_NOT_LOOKED_AT) else ()


def _counts_of(row: Row, name: str) -> tuple[str, ...]:
    """What CloudWatch counted lately: a remark, as what failed then may be whole now and the other way round."""
    gap = row.gaps.get("Failed")
    if gap is not None:
        told = f"how many notifications of topic {name} failed is not known: {gap.reason}"
        return () if gap.kind is GapKind.NOT_COLLECTED else (told,)
    failed, filtered = row.data.get("Failed") or 0, row.data.get("FilteredOut") or 0
    if not failed and not filtered:
        return ()
    told = f"in the {DAYS} days up to {row.data['CountedUntil']}, {row.data['Delivered']} notifications of topic {name}"
    reasons = row.data.get("FilteredReasons")
    why = f" ({', '.join(reasons)})" if reasons else ""
    return (f"{told} were delivered, {failed} failed and {filtered} were kept back by filter policies{why}",)


def _program(found: Delivery) -> Program:
    return Program(found.subscriber.endpoint, found.subscriber.reaches, found.lets)


def _delivery(subscriber: Subscriber, publisher: Publisher) -> Delivery:
    hearing = subscriber.hearing([publisher.published.message])
    attributes = member(subscriber.attributes, "Attributes") or {}
    return delivered(subscriber, attributes, hearing, publisher.path)


def _narrowed(name: str, counting: Sequence[Delivery], people: Sequence[Delivery]) -> dict[str, Any]:
    """What filter policies leave of the events, where it is not known beforehand to be all or none of them."""
    carries = together(counting, people)
    if carries.surely is EVERYTHING or carries == UNDECIDED or carries.at_most is NOTHING:
        return {}
    arns = [each.subscriber.arn for each in counting if each.lets.surely is not EVERYTHING and each.hearing.heard]
    lost = f"topic {name} passes on only what the filter policy of subscription {' and '.join(arns)} lets through"
    return {"carries": carries, "lost": lost}


def _counts(subscriber: Subscriber) -> bool:
    """Whether a subscription may be the end of a route."""
    return subscriber.protocol in TO_PEOPLE | TO_PROGRAMS


def _reaches(name: str, hearing: Sequence[Delivery]) -> str:
    """What a topic reaches, told apart by protocol."""
    number = f"{len(hearing)} confirmed subscription{'s' if len(hearing) > 1 else ''}"
    reached = " and ".join(dict.fromkeys(each.subscriber.reaches for each in hearing))
    return f"topic {name} reaches {reached} ({number})"


def _nobody(name: str, found: Sequence[Delivery], publisher: Publisher) -> str:
    """Why no subscription that counts receives what is published, with what keeps each kind of them from it."""
    if not any(each.subscriber.confirmed for each in found):
        pending = f" ({len(found)} not confirmed)" if found else ""
        return f"topic {name} has no confirmed subscription{pending}"
    reasons: dict[str, int] = {}
    for each in found:
        leads = f"leads to {each.subscriber.reaches}, which does not count"
        why = each.hearing.reason if each.hearing.heard is False else leads
        reasons[why] = reasons.get(why, 0) + 1
    told = "; ".join(f"each of {number} {why}" if number > 1 else f"one {why}" for why, number in reasons.items())
    return f"no subscription of topic {name} that counts receives {_PUBLISHED[publisher.kind]}: {told}"


def _asked(subscribed: Sequence[Subscriber]) -> list[Source]:
    confirmed = [each for each in subscribed if each.confirmed]
    gaps = refusals(answer.gap for each in confirmed for answer in each.answers if answer.gap is not None)
    return [*(Source(answer.key, "") for each in confirmed for answer in each.answers), *gaps]
