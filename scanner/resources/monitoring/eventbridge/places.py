"""Whether a place that events are sent to exists, receives, and lets in what sends to it.

Sources: CloudWatch Logs User Guide, "Log group-level subscription filters" and "Modify destination membership at
runtime"; Amazon Data Firehose API reference, ``DeliveryStreamDescription``; Kinesis Data Streams API reference,
``StreamDescriptionSummary``; AWS Lambda Developer Guide, "Viewing resource-based IAM policies in Lambda"; Amazon S3
User Guide, "Granting permissions to publish event notification messages to a destination"; Amazon SQS API reference,
``GetQueueAttributes``; for what EventBridge reaches as a role see ``started``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.declared import LIST_DESTINATIONS, described_destination, destination_arguments
from scanner.audit_path.eventbridge.log_groups import log_group_name
from scanner.audit_path.eventbridge.notified import NOTIFICATIONS
from scanner.audit_path.eventbridge.places import (
    DATA_STREAM,
    FUNCTION_CONCURRENCY,
    FUNCTION_POLICY,
    QUEUE_ATTRIBUTES,
    QUEUE_MEMBERS,
    QUEUE_URL,
    STREAM,
)
from scanner.audit_path.members import text_member
from scanner.audit_path.topics import endpoint_name
from scanner.model import Outcome, Source
from scanner.policies.callers import Caller
from scanner.policies.services import refused_requests
from scanner.policies.statements import PolicyDocumentError, Statement, parse_policy, policy_object
from scanner.resources.monitoring.eventbridge.encryption import KEY_FOR_STREAMS, queue_key_use, stream_key_use
from scanner.resources.monitoring.eventbridge.log_groups import written_to
from scanner.resources.monitoring.eventbridge.notified import notified
from scanner.resources.monitoring.eventbridge.started import HANDS_OVER, PASSED_TO, looked_up, task_of
from scanner.resources.monitoring.eventbridge.target_kinds import ANY, TargetKind, changes_machines, kind_of
from scanner.resources.roles.role_use import Assumer, Lack, Missing, RoleUse, service_role_use
from scanner.resources.roles.roles import role_of
from scanner.snapshot.answers import Answer, Snapshot

LOGS, S3, EVENTS = "logs.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"

_RECEIVING = frozenset({"ACTIVE", "UPDATING"})
"""States in which a Kinesis stream takes records; UPDATING is while its shards change (``StreamStatus``)."""

_SERVICES = {LOGS: "CloudWatch Logs", EVENTS: "EventBridge"}
"""What sentences call the services that assume roles."""


_TARGETS = frozenset({"firehose", "kinesis", "lambda", "sqs"})
"""Services whose places are looked into where EventBridge sends to them."""


def is_judged(arn: Arn, managed_by: str = "") -> bool:
    """Whether anything is known here of a target of EventBridge rules; topics and buses are looked at elsewhere.

    Where those lead that a service manages, ``managed_by``, that service may tell.
    """
    known = managed_by == NOTIFICATIONS or arn.service in _TARGETS or bool(log_group_name(arn))
    return known or kind_of(arn) is not None or changes_machines(arn)


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends: the service ``principal`` for the resource ``source`` of ``account``, as ``role`` where it has one.

    ``keys`` are further condition keys of its requests, as ``refused_requests`` takes them, and ``role_keys`` those of
    what it does as the role. ``or_for`` are further resources for which the service may say that it assumes the role.
    ``managed_by`` is the service that manages the rule that sends ("" for none).
    ``task`` is the task definition that it starts on a cluster of ECS.
    """

    principal: str
    source: str
    account: str
    role: str = ""
    keys: Mapping[str, str | None] = field(default_factory=dict)
    role_keys: Mapping[str, str | None] = field(default_factory=dict)
    or_for: tuple[str, ...] = ()
    managed_by: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    """What keeps a place from receiving (FAIL), why that is not known, or that it does (PASS), as a clause."""

    verdict: Outcome
    reason: str
    lack: Lack | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Whether a place receives what is sent to it, as a sentence without its full stop, and what that rests on.

    ``lack`` is what keeps it from that, where that can be put right.
    """

    verdict: Outcome
    reason: str
    sources: tuple[Source, ...] = ()
    lack: Lack | None = None


def started_task(target: Mapping[str, Any]) -> str:
    """The task definition of a target, whose roles count; "" where its input may put others in their place."""
    return "" if target.get("Transformed") else str(target.get("TaskDefinition") or "")


def judged_place(snapshot: Snapshot, target: str, sender: Sender) -> Place:
    """The place of the ARN ``target``, for what sends there."""
    arn = parse_arn(target)
    if arn is None:
        return Place(Outcome.UNKNOWN, f"{target or 'what is sent to'} is not an ARN")
    return _Judging(snapshot, sender).place(arn)


class _Judging:
    """One place after another on the way from what sends, with the answers that were asked for."""

    def __init__(self, snapshot: Snapshot, sender: Sender) -> None:
        self._snapshot = snapshot
        self._sender = sender
        self._asked: list[Answer] = []
        self._rests_on: list[Source] = []

    def place(self, arn: Arn) -> Place:
        """A place, judged by its kind."""
        rule = parse_arn(self._sender.source)
        if self._sender.managed_by == NOTIFICATIONS and rule is not None:
            found = notified(self._snapshot, self._sender.account, rule)
            self._asked += found.answers
            return self._judged(_Fault(found.verdict, found.reason), "")
        by_role = kind_of(arn) if self._sender.principal == EVENTS else None
        if by_role is not None:
            fault: _Fault | None = self._started(arn, by_role)
            return self._judged(fault, "")
        noun, judge = self._kind(arn)
        name = f"{noun} {_name(arn)}" if noun else str(arn)
        if changes_machines(arn):
            return self._judged(_Fault(Outcome.FAIL, f"{name} changes machines and tells nobody"), name)
        if judge is None:
            return self._judged(_Fault(Outcome.UNKNOWN, f"{name} is of a kind that is not judged"), name)
        if arn.account not in self._snapshot.accounts:
            fault = _Fault(Outcome.UNKNOWN, f"{name} belongs to account {arn.account}, which was not looked at")
        else:
            fault = judge(arn, name)
        return self._judged(fault, name)

    def _judged(self, fault: _Fault | None, name: str) -> Place:
        reason = f"{name} exists and takes what is sent to it" if fault is None else fault.reason
        verdict = Outcome.PASS if fault is None else fault.verdict
        lack = fault.lack if fault is not None else None
        return Place(verdict, reason, tuple(dict.fromkeys(self._sources())), lack)

    def _started(self, arn: Arn, kind: TargetKind) -> _Fault:
        """A target that EventBridge reaches as a role: it must exist and work, and the role must let it be used."""
        name = f"{kind.noun} {arn.after(kind.begins) or arn.resource}"
        by = parse_arn(self._sender.source)
        found = looked_up(self._snapshot, arn, name, by.region if by is not None else "")
        self._asked += found.answers if found is not None else ()
        use = self._used(arn, kind, name)
        known = _Fault(found.verdict, found.reason) if found is not None else None
        task = self._tasked(name) if self._sender.task and self._sender.role else None
        for each in (use, known, task):
            if each is not None and each.verdict is Outcome.FAIL:
                return each
        if known is None:
            reason = f"{use.reason}, and {task.reason}" if task is not None else use.reason
            return _Fault(Outcome.UNKNOWN, f"{reason}, and whether {name} exists is not looked at")
        sound = Outcome.PASS in {use.verdict} & {known.verdict}
        return _Fault(Outcome.PASS if sound else Outcome.UNKNOWN, f"{use.reason}, and {known.reason}")

    def _tasked(self, name: str) -> _Fault:
        """Whether a task can be started by its definition, and the role may hand the task's own roles over to it."""
        sender = self._sender
        task = task_of(self._snapshot, sender.account, sender.task)
        self._asked += task.answers
        if task.verdict is not Outcome.PASS:
            return _Fault(task.verdict, task.reason)
        for role in task.roles:
            use = self._role_use(HANDS_OVER, role, PASSED_TO)
            self._rests_on += use.sources
            if use.verdict is not Outcome.PASS:
                told = f"tasks on {name} are handed the role {role}, and {use.reason}"
                return _Fault(use.verdict, told, use.lack)
        return _Fault(Outcome.PASS, "may hand over the roles of its task" if task.roles else "its task has no roles")

    def _used(self, arn: Arn, kind: TargetKind, name: str) -> _Fault:
        """Whether the role lets EventBridge use a target; what it may do on anything at all says nothing of this."""
        role, resource = self._sender.role, kind.resource(arn)
        if not role:
            return _Fault(Outcome.UNKNOWN, f"as which role EventBridge uses {name} is not told")
        use = self._role_use(kind.action, resource, kind.known(arn))
        self._rests_on += use.sources
        if use.verdict is Outcome.FAIL or (use.verdict is Outcome.UNKNOWN and resource != ANY):
            return _Fault(use.verdict, f"{name} is reached as a role, and {use.reason}", use.lack)
        on = " on it" if resource != ANY else ""
        verdict = Outcome.PASS if resource != ANY else Outcome.UNKNOWN
        return _Fault(verdict, f"the role {role} lets EventBridge use {kind.action}{on}")

    def _kind(self, arn: Arn) -> tuple[str, Callable[[Arn, str], _Fault | None] | None]:
        """What a place is called, and what judges it; a log group is one where EventBridge sends there."""
        if self._sender.principal == EVENTS and log_group_name(arn):
            return "log group", self._log_group
        return self._kinds().get(arn.service, ("", None))

    def _kinds(self) -> Mapping[str, tuple[str, Callable[[Arn, str], _Fault | None]]]:
        return {
            "firehose": ("Firehose stream", self._stream),
            "kinesis": ("Kinesis stream", self._data_stream),
            "lambda": ("Lambda function", self._function),
            "logs": ("destination", self._destination),
            "sqs": ("SQS queue", self._queue),
        }

    def _log_group(self, arn: Arn, name: str) -> _Fault | None:
        """A log group, to which EventBridge writes by the resource policies of CloudWatch Logs."""
        if arn.account != self._sender.account:
            return _Fault(Outcome.UNKNOWN, f"{name} belongs to account {arn.account}, of which AWS documents nothing")
        found = written_to(self._snapshot, arn, self._sender.source, self._sender.role)
        self._asked += found.answers
        return None if found.verdict is Outcome.PASS else _Fault(found.verdict, found.reason, found.lack)

    def _sources(self) -> list[Source]:
        asked = [answer.gap.source if answer.gap is not None else Source(answer.key, "") for answer in self._asked]
        return [*asked, *self._rests_on]

    def _ask(self, arn: Arn, operation: str, arguments: Mapping[str, Any]) -> Answer:
        """What the account of a place says of it."""
        answer = self._snapshot.ask(arn.account, arn.region, operation, arguments)
        self._asked.append(answer)
        return answer

    def _told(self, answer: Answer, name: str) -> _Fault | None:
        """Whether the answer tells something of a place that exists."""
        if answer.gap is not None:
            return _Fault(Outcome.UNKNOWN, f"whether {name} exists and receives is not known: {answer.gap.reason}")
        return _Fault(Outcome.FAIL, f"{name} does not exist") if answer.absent else None

    def _stream(self, arn: Arn, name: str) -> _Fault | None:
        asked = {"DeliveryStreamName": endpoint_name(arn), "Limit": 1}
        answer = self._ask(arn, STREAM, asked)
        facts = answer.first.get("DeliveryStreamDescription") or {}
        status, kind = facts.get("DeliveryStreamStatus"), facts.get("DeliveryStreamType")
        found = self._told(answer, name)
        if found is not None:
            return found
        if status != "ACTIVE":
            return _Fault(Outcome.FAIL, f"{name} is in the state {status}, not ACTIVE")
        if kind != "DirectPut":
            return _Fault(
                Outcome.FAIL, f"{name} reads from another source ({kind}) and takes nothing that is put into it"
            )
        return self._by_role(arn, name, "firehose:PutRecord")

    def _data_stream(self, arn: Arn, name: str) -> _Fault | None:
        answer = self._ask(arn, DATA_STREAM, {"StreamName": arn.after("stream/")})
        found = self._told(answer, name)
        if found is not None:
            return found
        status = (answer.first.get("StreamDescriptionSummary") or {}).get("StreamStatus")
        if status not in _RECEIVING:
            return _Fault(Outcome.FAIL, f"{name} is in the state {status}, not ACTIVE")
        found = self._by_role(arn, name, "kinesis:PutRecord")
        key = (answer.first.get("StreamDescriptionSummary") or {}).get("KeyId")
        if found is not None or not key or str(key).endswith("alias/aws/kinesis"):
            return found
        return self._encrypted(arn, name, str(key))

    def _encrypted(self, arn: Arn, name: str, key: str) -> _Fault | None:
        """Whether the role that puts records into a stream may use its key, by the key's policy and the role's own.

        A key's policy may let the role in without the role's own, so that these alone refuse nothing for certain.
        """
        sender = self._sender
        use = stream_key_use(self._snapshot, arn, key, Caller(sender.role, {**sender.role_keys, **sender.keys}))
        self._rests_on += use.sources
        encrypted = f"{name} is encrypted with the KMS key {key}"
        if use.trouble:
            return _Fault(Outcome.FAIL if use.certain else Outcome.UNKNOWN, f"{encrypted}, which {use.trouble}")
        own = self._role_use(KEY_FOR_STREAMS, use.arn, {}) if use.arn else RoleUse(Outcome.PASS)
        return None if own.verdict is Outcome.PASS else _Fault(Outcome.UNKNOWN, f"{encrypted}, and {own.reason}")

    def _by_role(self, arn: Arn, name: str, action: str) -> _Fault | None:
        """Whether the role lets what sends do an action on a place; within an account its policies are enough."""
        role = self._sender.role
        if not role:
            return _Fault(Outcome.UNKNOWN, f"as which role {self._sender.principal} writes to {name} is not told")
        use = self._role_use(action, str(arn), {})
        self._rests_on += use.sources
        if use.verdict is not Outcome.PASS:
            return _Fault(use.verdict, f"{name} is written to as a role, and {use.reason}", use.lack)
        if arn.account != self._sender.account:
            reason = f"{name} belongs to account {arn.account}, and whom its policy lets in is not looked at"
            return _Fault(Outcome.UNKNOWN, reason)
        return None

    def _role_use(self, action: str, resource: str, keys: Mapping[str, str | None]) -> RoleUse:
        """Whether the role of what sends lets it do an action on a resource, by the role's own policies."""
        sender = self._sender
        role = role_of(self._snapshot, sender.account, sender.role)
        by = Assumer(
            sender.principal, _SERVICES.get(sender.principal, sender.principal), (sender.source, *sender.or_for)
        )
        return service_role_use(role, sender.role, action, resource, by, {**sender.role_keys, **sender.keys, **keys})

    def _either(self, arn: Arn, name: str, action: str) -> _Fault:
        """A place that a service reaches by its policy, sent to as a role: AWS's pages disagree whether that works."""
        found = self._by_role(arn, name, action)
        told = f"{name} is sent to as the role {self._sender.role}, which AWS's pages both allow and advise against"
        return _Fault(Outcome.UNKNOWN, told) if found is None else _Fault(Outcome.UNKNOWN, found.reason)

    def _function(self, arn: Arn, name: str) -> _Fault | None:
        if self._sender.role:
            return self._either(arn, name, "lambda:InvokeFunction")
        asked = {"FunctionName": endpoint_name(arn)}
        running = self._ask(arn, FUNCTION_CONCURRENCY, asked)
        found = self._told(running, name)
        if found is not None:
            return found
        if running.first.get("ReservedConcurrentExecutions") == 0:
            return _Fault(Outcome.FAIL, f"{name} is kept from running by a reserved concurrency of 0")
        if arn.resource.count(":") > 1:
            return _Fault(Outcome.UNKNOWN, f"{name} is called by a version or an alias, whose policy is not looked at")
        answer = self._ask(arn, FUNCTION_POLICY, asked)
        return self._by_policy(answer, answer.first.get("Policy"), "lambda:InvokeFunction", arn, name)

    def _queue(self, arn: Arn, name: str) -> _Fault | None:
        if self._sender.role:
            return self._either(arn, name, "sqs:SendMessage")
        where = self._ask(arn, QUEUE_URL, {"QueueName": arn.resource})
        found = self._told(where, name)
        if found is not None:
            return found
        asked = {"QueueUrl": text_member(where.first, "QueueUrl"), "AttributeNames": QUEUE_MEMBERS}
        answer = self._ask(arn, QUEUE_ATTRIBUTES, asked)
        attributes = answer.first.get("Attributes") or {}
        found = self._by_policy(answer, attributes.get("Policy"), "sqs:SendMessage", arn, name)
        key = text_member(attributes, "KmsMasterKeyId")
        return self._locked(arn, name, key) if found is None and key else found

    def _locked(self, arn: Arn, name: str, key: str) -> _Fault | None:
        """Whether what sends to a queue can use the queue's key."""
        if self._sender.principal != EVENTS:
            return _Fault(Outcome.UNKNOWN, f"{name} is encrypted with the KMS key {key}, whose policy is not looked at")
        use = queue_key_use(self._snapshot, arn, key, self._sender.source)
        self._rests_on += use.sources
        if not use.trouble:
            return None
        reason = f"{name} is encrypted with the KMS key {key}, which {use.trouble}"
        return _Fault(Outcome.FAIL if use.certain else Outcome.UNKNOWN, reason)

    def _by_policy(self, answer: Answer, policy: Any, action: str, arn: Arn, name: str) -> _Fault | None:
        """Whether the policy of a place lets the service in; a place without one lets nobody in."""
        service = self._sender.principal
        if answer.gap is not None:
            return _Fault(Outcome.UNKNOWN, f"whether {name} lets {service} in is not known: {answer.gap.reason}")
        request = {"Source": self._sender.source, "Resource": str(arn), "Keys": self._sender.keys}
        try:
            refused = refused_requests(policy, service, action, [request])
        except PolicyDocumentError:
            return _Fault(
                Outcome.UNKNOWN, f"the policy of {name} does not decide by itself whether {service} is let in"
            )
        if not refused:
            return None
        what = Missing.QUEUE_POLICY if arn.service == "sqs" else Missing.FUNCTION_POLICY
        url = str(answer.key.arguments.get("QueueUrl") or "")
        lack = Lack(what, str(arn), action, str(arn), policy_object(policy), url)
        return _Fault(Outcome.FAIL, f"the policy of {name} does not let {service} use {action}", lack)

    def _destination(self, arn: Arn, name: str) -> _Fault | None:
        """A destination of CloudWatch Logs, and the stream behind it, to which it writes as a role of its own."""
        answer = self._ask(arn, LIST_DESTINATIONS, destination_arguments(arn))
        listed = described_destination(self._snapshot, arn)
        if not listed:
            absent = _Fault(Outcome.FAIL, f"{name} does not exist")
            return self._told(answer, name) or absent
        found = self._admitted(listed.get("accessPolicy"), arn, name)
        target = parse_arn(text_member(listed, "targetArn"))
        if found is not None or target is None:
            return found or _Fault(Outcome.UNKNOWN, f"{name} does not tell to which stream it leads")
        role = text_member(listed, "roleArn")
        behind = _Judging(self._snapshot, Sender(LOGS, str(arn), arn.account, role, or_for=(self._sender.source,)))
        found_behind = behind.place(target)
        self._asked += behind._asked
        if found_behind.verdict is Outcome.PASS:
            return None
        return _Fault(found_behind.verdict, f"behind {name}, {found_behind.reason}")

    def _admitted(self, policy: Any, arn: Arn, name: str) -> _Fault | None:
        """Whether the access policy of a destination lets the sending account's log groups subscribe to it."""
        account = self._sender.account
        if account == arn.account:
            return None
        try:
            statements = [each for each in parse_policy(policy) if each.concerns_action("logs:PutSubscriptionFilter")]
        except PolicyDocumentError:
            return _Fault(Outcome.UNKNOWN, f"the access policy of {name} cannot be read")
        about = [each for each in statements if _names(each, account)]
        if any(each.conditions or each.not_principal or not each.allows for each in about):
            return _Fault(
                Outcome.UNKNOWN, f"the access policy of {name} does not decide by itself about account {account}"
            )
        if not about:
            return _Fault(Outcome.FAIL, f"the access policy of {name} does not let account {account} in")
        return None


def _names(statement: Statement, account: str) -> bool:
    return any(who.account == account or who.everyone for who in statement.principals)


def _name(arn: Arn) -> str:
    return arn.named("destination:") or log_group_name(arn) or arn.after("stream/") or endpoint_name(arn)
