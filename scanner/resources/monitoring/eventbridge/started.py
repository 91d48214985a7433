"""Whether what EventBridge reaches as a role exists and works: API destinations, state machines, plans, tasks of ECS.

Sources: EventBridge API reference, ``DescribeApiDestination`` and ``DescribeConnection``; EventBridge User Guide,
"Connections for API endpoint targets"; Step Functions API reference, ``DescribeStateMachine``; Incident Manager API
reference, ``GetResponsePlan``; Amazon ECS Developer Guide, "Amazon ECS EventBridge IAM Role" (``iam:PassRole`` for the
task role and the task execution role); Amazon ECS API reference, ``DescribeTaskDefinition``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import Arn, parse_arn
from scanner.audit_path.eventbridge.places import TASK
from scanner.audit_path.eventbridge.started import (
    DESCRIBE_CONNECTION,
    DESCRIBE_DESTINATION,
    DESCRIBE_MACHINE,
    GET_PLAN,
    connection_name,
    connection_of,
    destination_name,
    machine_arn,
)
from scanner.audit_path.members import list_member, text_member
from scanner.facts.facts import checked
from scanner.model import Outcome
from scanner.snapshot.answers import Answer, Snapshot

_BROKEN_CONNECTIONS = frozenset({"DEAUTHORIZED", "DELETING", "FAILED_CONNECTIVITY"})
"""States of a connection with which nothing can be sent; the others but AUTHORIZED are on the way from one to another.

Source: EventBridge User Guide, "Connections for API endpoint targets".
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a target exists and works, as a clause, and the answers that this rests on."""

    verdict: Outcome
    reason: str
    answers: tuple[Answer, ...] = ()


def looked_up(snapshot: Snapshot, arn: Arn, name: str, region: str) -> Found | None:
    """What its account tells of a target of a rule in a Region; None for a kind that is not looked up."""
    look_up = _KINDS.get((arn.service, arn.resource.partition("/")[0].partition(":")[0]))
    if look_up is None:
        return None
    if arn.account not in snapshot.accounts:
        return Found(Outcome.UNKNOWN, f"{name} belongs to account {arn.account}, which was not looked at")
    return look_up(snapshot, arn, name, region)


def _untold(answer: Answer, name: str) -> Found | None:
    """What an answer that tells nothing of an existing target says; None for one that does."""
    if answer.gap is not None:
        reason = f"whether {name} exists is not known: {answer.gap.reason}"
        return Found(Outcome.UNKNOWN, reason, (answer,))
    return Found(Outcome.FAIL, f"{name} does not exist", (answer,)) if answer.absent else None


def _destination(snapshot: Snapshot, arn: Arn, name: str, _region: str) -> Found:
    answer = snapshot.ask(arn.account, arn.region, DESCRIBE_DESTINATION, {"Name": destination_name(arn)})
    found = _untold(answer, name)
    if found is not None:
        return found
    if text_member(answer.first, "ApiDestinationArn") != str(arn):
        reason = f"{name} does not exist any more: another one has its name, and the rule sends to {arn}"
        return Found(Outcome.FAIL, reason, (answer,))
    state = text_member(answer.first, "ApiDestinationState")
    if state != "ACTIVE":
        return Found(Outcome.FAIL, f"{name} is in the state {state}, not ACTIVE", (answer,))
    connection = connection_of(answer)
    if connection is None:
        return Found(Outcome.UNKNOWN, f"with which connection {name} authenticates is not told", (answer,))
    return _connected(snapshot, connection, name, answer)


def _connected(snapshot: Snapshot, connection: Arn, name: str, destination: Answer) -> Found:
    """An API destination that is active, by its connection."""
    called = f"connection {connection_name(connection)}"
    asked = {"Name": connection_name(connection)}
    answer = snapshot.ask(connection.account, connection.region, DESCRIBE_CONNECTION, asked)
    answers = (destination, answer)
    if answer.gap is not None:
        reason = f"whether the {called} of {name} is authorized is not known: {answer.gap.reason}"
        return Found(Outcome.UNKNOWN, reason, answers)
    if answer.absent:
        return Found(Outcome.FAIL, f"the {called} of {name} does not exist", answers)
    state = text_member(answer.first, "ConnectionState")
    if state != "AUTHORIZED":
        verdict = Outcome.FAIL if state in _BROKEN_CONNECTIONS else Outcome.UNKNOWN
        return Found(verdict, f"the {called} of {name} is in the state {state}, not AUTHORIZED", answers)
    if key := text_member(answer.first, "KmsKeyIdentifier"):
        reason = f"the {called} of {name} is encrypted with the KMS key {key}, whose policy is not looked at"
        return Found(Outcome.UNKNOWN, reason, answers)
    host = text_member(destination.first, "InvocationEndpoint")
    reason = f"{name} is active{f' and calls {host}' if host else ''}, and its {called} is authorized"
    return Found(Outcome.PASS, reason, answers)


def _machine(snapshot: Snapshot, arn: Arn, name: str, _region: str) -> Found:
    answer = snapshot.ask(arn.account, arn.region, DESCRIBE_MACHINE, _about_machine(arn))
    found = _untold(answer, name)
    if found is not None:
        return found
    status = text_member(answer.first, "status")
    if status != "ACTIVE":
        return Found(Outcome.FAIL, f"{name} is in the state {status}, not ACTIVE", (answer,))
    if machine_arn(arn) != str(arn):
        reason = f"{name} is called by a version or an alias, which is not looked at"
        return Found(Outcome.UNKNOWN, reason, (answer,))
    encryption: Any = answer.first.get("encryptionConfiguration")
    if text_member(encryption, "type") == "CUSTOMER_MANAGED_KMS_KEY":
        key = text_member(encryption, "kmsKeyId")
        reason = f"{name} is encrypted with the KMS key {key}, whose policy is not looked at"
        return Found(Outcome.UNKNOWN, reason, (answer,))
    return Found(Outcome.PASS, f"{name} is active", (answer,))


def _about_machine(arn: Arn) -> Mapping[str, str]:
    return {"stateMachineArn": machine_arn(arn), "includedData": "METADATA_ONLY"}


def _plan(snapshot: Snapshot, arn: Arn, name: str, region: str) -> Found:
    """A response plan, asked for in the Region of the rule: whom it tells is named, and whether they look is not."""
    answer = snapshot.ask(arn.account, region, GET_PLAN, {"arn": str(arn)})
    if answer.absent:
        return Found(Outcome.FAIL, f"{name} does not exist in {region}", (answer,))
    found = _untold(answer, name)
    if found is not None:
        return found
    whom = {
        "engages contacts or escalation plans": list_member(answer.first, "engagements"),
        "tells a chat channel": list_member(answer.first.get("chatChannel"), "chatbotSns"),
        "publishes to SNS topics": list_member(answer.first.get("incidentTemplate"), "notificationTargets"),
        "opens an incident at PagerDuty": list_member(answer.first, "integrations"),
    }
    does = [what for what, told in whom.items() if told]
    reason = ", ".join(does) or "tells nobody but whoever looks at Incident Manager"
    return Found(Outcome.PASS, f"{name} exists and {reason}", (answer,))


_KINDS: Mapping[tuple[str, str], Callable[[Snapshot, Arn, str, str], Found]] = {
    ("events", "api-destination"): _destination,
    ("states", "stateMachine"): _machine,
    ("ssm-incidents", "response-plan"): _plan,
}
"""How what can be looked up is, by the service of its ARN and how its resource begins."""


HANDS_OVER = "iam:PassRole"
PASSED_TO: Mapping[str, str | None] = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}

_ROLES = ("taskRoleArn", "executionRoleArn")


@dataclass(frozen=True, slots=True)
class Task:
    """A task definition: whether tasks of it can be started, why not or why that is not known, and its ``roles``."""

    verdict: Outcome
    reason: str = ""
    roles: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


def task_of(snapshot: Snapshot, account: str, named: str) -> Task:
    """The task definition of an ARN, for a rule of an account."""
    arn = parse_arn(named)
    if arn is None or arn.account != account:
        return Task(Outcome.UNKNOWN, f"task definition {named} is of another account, and its roles are not looked at")
    return _task(snapshot.ask(account, arn.region, TASK, {"taskDefinition": named}), arn)


def _task(asked: Answer, arn: Arn) -> Task:
    answer = checked(asked, "taskDefinition", Mapping)
    name = arn.after("task-definition/")
    if answer.gap is not None:
        reason = f"which roles task definition {name} hands over is not known: {answer.gap.reason}"
        return Task(Outcome.UNKNOWN, reason, answers=(answer,))
    definition = answer.first.get("taskDefinition")
    if text_member(definition, "status") == "INACTIVE":
        return Task(
            Outcome.FAIL, f"task definition {name} is INACTIVE, and no task can be started by it", (), (answer,)
        )
    named = [text_member(definition, member) for member in _ROLES]
    roles = tuple(dict.fromkeys(filter(None, named)))
    return Task(Outcome.PASS, roles=roles, answers=(answer,))
