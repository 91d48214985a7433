"""What AWS tells of the targets of EventBridge rules: whether they exist, take what is sent, and let EventBridge in.

Sources: EventBridge User Guide, "Amazon EventBridge targets" and "Using dead-letter queues to process undelivered
events"; the API reference of each service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.buses import bus_name
from scanner.audit_path.eventbridge.places import (
    DATA_STREAM,
    FUNCTION_CONCURRENCY,
    FUNCTION_POLICY,
    QUEUE_ATTRIBUTES,
    QUEUE_URL,
    STREAM,
)
from scanner.audit_path.members import text_member
from scanner.audit_path.topics import endpoint_name
from scanner.model import Gap, JsonValue, Source
from scanner.policies.callers import Caller, Say, identity_say, resource_say
from scanner.policies.services import EVENTBRIDGE, refused_requests
from scanner.policies.statements import PolicyDocumentError, policy_object
from scanner.resources.monitoring.eventbridge.target_roles import Role, role_of
from scanner.resources.trails.organizations import source_organization
from scanner.snapshot.answers import Answer, Snapshot

_PUT = "events:PutEvents"
_QUEUE_MEMBERS = ["QueueArn", "Policy", "KmsMasterKeyId"]


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A target as far as its account tells.

    ``exists`` is None for a kind, or an account, that is not looked into. ``unfit`` says in words why it takes nothing
    ("" when it does). ``action`` is what its ``policy`` must let EventBridge do ("" where a role is what counts).
    """

    exists: bool | None = None
    unfit: str = ""
    action: str = ""
    policy: JsonValue = None
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


def is_dead(snapshot: Snapshot, rule: str, account: str, target: Mapping[str, Any]) -> tuple[bool | None, str]:
    """Whether a rule's target certainly receives nothing, and why; None, and why, where that is not known."""
    arn = parse_arn(target.get("Arn"))
    if arn is not None and bus_name(arn):
        return _bus(snapshot, rule, account, target, arn)
    found = target_facts(snapshot, account, str(target.get("Arn") or ""))
    if found.gap is not None:
        return None, found.gap.reason
    if found.exists is None:
        return None, f"{target.get('Arn')} is of a kind or an account that is not looked into"
    if not found.exists or found.unfit:
        return True, f"{target.get('Arn')} {found.unfit or 'does not exist'}"
    if target.get("RoleArn"):
        return _by_role(role_of(snapshot, account, str(target["RoleArn"])), rule, target, by_policy=bool(found.action))
    if not found.action:
        return None, f"as which role EventBridge sends to {target.get('Arn')} is not told"
    refused = refuses(found, rule, str(target.get("Arn")))
    if refused is None:
        return None, f"the policy of {target.get('Arn')} does not decide by itself whether it lets EventBridge in"
    return refused, f"the policy of {target.get('Arn')} does not let EventBridge in" if refused else ""


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
    role = role_of(snapshot, account, str(target.get("RoleArn") or ""))
    verdict, why = _by_role(role, rule, target, by_policy=False)
    if verdict is not False or role is None:
        return verdict, why
    known = source_organization(snapshot, account)
    organization = {"aws:PrincipalOrgID": known["aws:SourceOrgID"]} if known else {}
    caller = Caller(role.arn, {"aws:SourceArn": rule, "aws:SourceAccount": account, **organization})
    foreign = arn.account != account
    try:
        own = identity_say(role.policies, _PUT, str(arn), caller)
        bus = resource_say(policy_object(text_member(found.first, "Policy") or None), _PUT, str(arn), caller)
    except PolicyDocumentError:
        return None, f"a policy on the way to {arn} cannot be read"
    if own.deny is True or (own.allow is False and role.hidden is None):
        return True, f"the policies of the role {role.arn} do not let it put events to {arn}"
    if bus.deny is True or (foreign and bus.allow is False):
        return True, f"the policy of {arn} does not let account {account} put events to it"
    let_in = bus.deny is False and (bus.allow is True or not foreign)
    if let_in and own == Say(allow=True, deny=False) and role.hidden is None and not role.boundary:
        return False, ""
    return None, f"the policies do not decide by themselves whether {rule} may send to {arn}"


def _by_role(role: Role | None, rule: str, target: Mapping[str, Any], *, by_policy: bool) -> tuple[bool | None, str]:
    """A target that is sent to as a role, of which only the trust is looked at here."""
    name = f"{target.get('Arn')} is sent to as the role {target.get('RoleArn')}"
    if role is None or role.gap is not None or by_policy:
        return None, f"{name}, whose policies are not looked at"
    if not role.exists:
        return True, f"{name}, which does not exist"
    try:
        refused = refused_requests(
            role.trust, EVENTBRIDGE, "sts:AssumeRole", [{"Source": rule, "Resource": role.arn, "Keys": {}}]
        )
    except PolicyDocumentError:
        return None, f"{name}, whose trust policy does not decide by itself"
    return bool(refused), f"{name}, which does not trust EventBridge" if refused else ""


def _ask(snapshot: Snapshot, arn: Arn, operation: str, **arguments: Any) -> Answer:
    return snapshot.ask(arn.account, arn.region, operation, arguments)


def _function(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    running = _ask(snapshot, arn, FUNCTION_CONCURRENCY, FunctionName=endpoint_name(arn))
    let = _ask(snapshot, arn, FUNCTION_POLICY, FunctionName=endpoint_name(arn))
    kept = running.first.get("ReservedConcurrentExecutions") == 0
    unfit = "is kept from running by a reserved concurrency of 0" if kept else ""
    if running.absent or kept:
        return TargetFacts(not running.absent, unfit, answers=(running,))
    policy = policy_object(let.first.get("Policy"))
    return TargetFacts(True, "", "lambda:InvokeFunction", policy, (running, let))


def _queue(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    where = _ask(snapshot, arn, QUEUE_URL, QueueName=arn.resource)
    if where.absent or where.gap is not None:
        return TargetFacts(not where.absent, answers=(where,))
    url = text_member(where.first, "QueueUrl")
    told = _ask(snapshot, arn, QUEUE_ATTRIBUTES, QueueUrl=url, AttributeNames=_QUEUE_MEMBERS)
    policy = policy_object(text_member(told.first.get("Attributes"), "Policy") or None)
    return TargetFacts(True, "", "sqs:SendMessage", policy, (where, told))


def _topic(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    told = _ask(snapshot, arn, "sns.GetTopicAttributes", TopicArn=str(arn))
    policy = policy_object(text_member(told.first.get("Attributes"), "Policy") or None)
    return TargetFacts(not told.absent, "", "sns:Publish", policy, (told,))


def _stream(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    told = _ask(snapshot, arn, STREAM, DeliveryStreamName=endpoint_name(arn), Limit=1)
    state = text_member(told.first.get("DeliveryStreamDescription"), "DeliveryStreamStatus")
    unfit = f"is in the state {state}, not ACTIVE" if told.gap is None and state != "ACTIVE" else ""
    return TargetFacts(not told.absent, "" if told.absent else unfit, answers=(told,))


def _data_stream(snapshot: Snapshot, arn: Arn) -> TargetFacts:
    told = _ask(snapshot, arn, DATA_STREAM, StreamName=arn.after("stream/"))
    state = text_member(told.first.get("StreamDescriptionSummary"), "StreamStatus")
    unfit = f"is in the state {state}, not ACTIVE" if told.gap is None and state not in {"ACTIVE", "UPDATING"} else ""
    return TargetFacts(not told.absent, "" if told.absent else unfit, answers=(told,))


_KINDS: Mapping[str, Callable[[Snapshot, Arn], TargetFacts]] = {
    "firehose": _stream,
    "kinesis": _data_stream,
    "lambda": _function,
    "sns": _topic,
    "sqs": _queue,
}
"""The kinds of targets that are looked into, by the service of their ARN."""
