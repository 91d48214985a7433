"""What AWS tells of the targets of EventBridge rules: whether they exist, take what is sent, and let EventBridge in.

Sources: EventBridge User Guide, "Amazon EventBridge targets" and "Using dead-letter queues to process undelivered
events"; the API reference of each service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import bus_name
from scanner.audit_path.eventbridge.places import QUEUE_ATTRIBUTES, QUEUE_MEMBERS, QUEUE_URL
from scanner.audit_path.members import text_member
from scanner.facts.rows import Row
from scanner.model import Gap, JsonValue, Outcome, Source
from scanner.policies.callers import Caller, resource_say
from scanner.policies.services import EVENTBRIDGE, refused_requests
from scanner.policies.statements import PolicyDocumentError, policy_object
from scanner.resources.monitoring.eventbridge.encryption import KeyUse, bus_key, key_use, topic_key_use
from scanner.resources.monitoring.eventbridge.places import EVENTS, Sender, is_judged, judged_place, started_task
from scanner.resources.roles.role_use import role_use
from scanner.resources.roles.roles import role_of
from scanner.resources.trails.organizations import source_organization
from scanner.snapshot.answers import Answer, Snapshot

_PUT = "events:PutEvents"


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A target as far as its account tells.

    ``exists`` is None for a kind, or an account, that is not looked into. ``unfit`` says in words why it takes nothing
    ("" when it does). ``action`` is what its ``policy`` must let EventBridge do ("" where a role is what counts).
    ``key`` is the KMS key of a topic ("" without one).
    """

    exists: bool | None = None
    unfit: str = ""
    action: str = ""
    policy: JsonValue = None
    key: str = ""
    answers: tuple[Answer, ...] = ()

    @property
    def gap(self) -> Gap | None:
        """The first call about it that gave nothing."""
        return next((answer.gap for answer in self.answers if answer.gap is not None), None)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What it rests on."""
        return tuple(Source(answer.key, "") for answer in self.answers)


def target_facts(snapshot: Snapshot, account: str, text: str) -> TargetFacts:
    """The facts of a target of an account's rule, or of its dead-letter queue, by its ARN."""
    arn = parse_arn(text)
    judge = _KINDS.get(arn.service) if arn is not None and arn.account == account else None
    return judge(snapshot, arn) if judge is not None and arn is not None else TargetFacts()


def is_dead(
    snapshot: Snapshot, rule: str, account: str, target: Mapping[str, Any], managed_by: str = ""
) -> tuple[bool | None, str]:
    """Whether a rule's target certainly receives nothing, and why; None, and why, where that is not known.

    ``managed_by`` is the service that manages the rule ("" for none).
    """
    name, arn, role = str(target.get("Arn") or ""), parse_arn(target.get("Arn")), str(target.get("RoleArn") or "")
    if arn is not None and bus_name(arn):
        return _bus(snapshot, rule, account, target, arn)
    if arn is not None and arn.service == "sns" and arn.account == account:
        return _topic_dead(snapshot, target_facts(snapshot, account, name), rule, arn, role)
    if arn is None or not is_judged(arn, managed_by):
        return None, f"{name} is of a kind or an account that is not looked into"
    known = source_organization(snapshot, account)
    organization = {"aws:PrincipalOrgID": known["aws:SourceOrgID"]} if known else {}
    keys = {"aws:SourceArn": rule, "aws:SourceAccount": account, **organization}
    task = started_task(target)
    sender = Sender(EVENTS, rule, account, role, role_keys=keys, managed_by=managed_by, task=task)
    found = judged_place(snapshot, name, sender)
    dead = {Outcome.FAIL: True, Outcome.PASS: False}.get(found.verdict)
    return dead, "" if dead is False else found.reason


def _topic_dead(snapshot: Snapshot, found: TargetFacts, rule: str, topic: Arn, role: str) -> tuple[bool | None, str]:
    """A topic of the account, which must exist and let EventBridge publish; what it does as a role is not known."""
    if found.gap is not None:
        return None, found.gap.reason
    if not found.exists:
        return True, f"{topic} does not exist"
    if role:
        return None, f"{topic} is sent to as the role {role}, whose policies are not looked at"
    refused = refuses(found, rule, str(topic))
    if refused:
        return True, f"the policy of {topic} does not let EventBridge in"
    use = topic_key_use(snapshot, topic, found.key, rule) if found.key else KeyUse()
    if use.trouble:
        encrypted = f"{topic} is encrypted with the KMS key {found.key}, which {use.trouble}"
        return (True if use.certain else None), encrypted
    if refused is None:
        return None, f"the policy of {topic} does not decide by itself whether it lets EventBridge in"
    return False, ""


def dead_letter_trouble(snapshot: Snapshot, rule: Row, queue: str) -> str:
    """Why a dead-letter queue certainly takes nothing of what cannot be delivered for a rule, as a clause; else ""."""
    found = target_facts(snapshot, rule.account, queue) if queue else TargetFacts()
    if found.gap is not None or found.exists is None:
        return ""
    if not found.exists:
        return f"the dead-letter queue {queue} does not exist"
    refused = refuses(found, rule.id, queue)
    return f"the policy of the dead-letter queue {queue} does not let EventBridge send to it" if refused else ""


def refuses(found: TargetFacts, rule: str, resource: str) -> bool | None:
    """Whether the policy of a target, or of a dead-letter queue, refuses EventBridge for a rule."""
    request = {"Source": rule, "Resource": resource, "Keys": {}}
    try:
        return bool(refused_requests(found.policy, EVENTBRIDGE, found.action, [request]))
    except PolicyDocumentError:
        return None


def _bus(snapshot: Snapshot, rule: str, account: str, target: Mapping[str, Any], arn: Arn) -> tuple[bool | None, str]:
    """Another event bus: it must exist and let the account's role in, and the role put events to it."""
    if arn.account not in snapshot.accounts:
        return None, f"{arn} was not looked at: scan account {arn.account} too"
    found = snapshot.ask(arn.account, arn.region, "events.DescribeEventBus", {"Name": bus_name(arn)})
    if found.gap is not None or found.absent:
        return (None, found.gap.reason) if found.gap is not None else (True, f"{arn} does not exist")
    name = str(target.get("RoleArn") or "")
    if not name:
        return None, f"as which role EventBridge sends to {arn} is not told"
    known = source_organization(snapshot, account)
    organization = {"aws:PrincipalOrgID": known["aws:SourceOrgID"]} if known else {}
    keys = {"aws:SourceArn": rule, "aws:SourceAccount": account, **organization}
    use = role_use(role_of(snapshot, account, name), name, _PUT, str(arn), rule, keys)
    if use.verdict is Outcome.FAIL:
        return True, use.reason
    admits, why = _admits(snapshot, found, arn, Caller(name, keys))
    if admits is False or use.verdict is Outcome.PASS:
        return (None if admits is None else not admits), why
    return None, use.reason


def _admits(snapshot: Snapshot, described: Answer, bus: Arn, caller: Caller) -> tuple[bool | None, str]:
    """Whether a bus lets a role in whose own policies do, and what it gets is not kept from it by a key.

    What becomes of events where EventBridge cannot use the key of the bus is not documented.
    """
    foreign = bus.account != caller.account
    try:
        says = resource_say(policy_object(text_member(described.first, "Policy") or None), _PUT, str(bus), caller)
    except PolicyDocumentError:
        return None, f"the policy of {bus} cannot be read"
    if says.deny is True or (foreign and says.allow is False):
        return False, f"the policy of {bus} does not let account {caller.account} put events to it"
    if says.deny is None or (foreign and says.allow is None):
        return (
            None,
            f"the policy of {bus} does not decide by itself whether account {caller.account} may put events to it",
        )
    key = bus_key(described)
    trouble = key_use(snapshot, bus, key).trouble if key else ""
    return (None, f"{bus} is encrypted with the KMS key {key}, which {trouble}") if trouble else (True, "")


def _ask(snapshot: Snapshot, arn: Arn, operation: str, **arguments: Any) -> Answer:
    return snapshot.ask(arn.account, arn.region, operation, arguments)


def _queue(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    where = _ask(snapshot, arn, QUEUE_URL, QueueName=arn.resource)
    if where.absent or where.gap is not None:
        return TargetFacts(not where.absent, answers=(where,))
    url = text_member(where.first, "QueueUrl")
    told = _ask(snapshot, arn, QUEUE_ATTRIBUTES, QueueUrl=url, AttributeNames=QUEUE_MEMBERS)
    policy = policy_object(text_member(told.first.get("Attributes"), "Policy") or None)
    return TargetFacts(True, "", "sqs:SendMessage", policy, "", (where, told))


def _topic(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    told = _ask(snapshot, arn, "sns.GetTopicAttributes", TopicArn=str(arn))
    attributes = told.first.get("Attributes")
    policy = policy_object(text_member(attributes, "Policy") or None)
    return TargetFacts(not told.absent, "", "sns:Publish", policy, text_member(attributes, "KmsMasterKeyId"), (told,))


_KINDS: Mapping[str, Callable[[Snapshot, Arn], TargetFacts]] = {
    "sns": _topic,
    "sqs": _queue,
}
"""The kinds of targets that are looked into, by the service of their ARN."""
