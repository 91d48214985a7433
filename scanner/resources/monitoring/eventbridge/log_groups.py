"""Whether a log group takes what an EventBridge rule sends: it exists, and resource policies let EventBridge write.

AWS documents that ``events.amazonaws.com`` and ``delivery.logs.amazonaws.com`` both are let in. Sources: EventBridge
User Guide, "Using resource-based policies" (CloudWatch Logs permissions: no role is named for a log group); CloudWatch
Logs API reference, ``DescribeResourcePolicies`` and ``DescribeLogGroups``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.arns import Arn
from scanner.audit_path.eventbridge.log_groups import LOG_GROUPS, POLICIES, log_group_arn, log_group_name
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked
from scanner.model import JsonValue, Outcome
from scanner.policies.services import EVENTBRIDGE, refused_requests
from scanner.policies.statements import PolicyDocumentError, policy_object
from scanner.resources.roles.role_use import Lack, Missing
from scanner.snapshot.answers import Answer, Snapshot

WRITING = ("logs:CreateLogStream", "logs:PutLogEvents")
WRITERS = (EVENTBRIDGE, "delivery.logs.amazonaws.com")


@dataclass(frozen=True, slots=True)
class Written:
    """Whether what a rule sends to a log group is written there, as a clause, and what keeps it from that."""

    verdict: Outcome
    reason: str = ""
    answers: tuple[Answer, ...] = ()
    lack: Lack | None = None


def written_to(snapshot: Snapshot, arn: Arn, rule: str, role: str) -> Written:
    """Whether a log group takes what the rule of an ARN sends, as a role where it names one."""
    name, group = log_group_name(arn), log_group_arn(arn)
    listed = checked(_ask(snapshot, arn, LOG_GROUPS, logGroupNamePrefix=name), "logGroups", list)
    if listed.gap is not None:
        return _unknown(f"whether log group {name} exists is not known: {listed.gap.reason}", (listed,))
    if not any(text_member(each, "logGroupName") == name for _, each in mappings(listed, "logGroups")):
        return Written(Outcome.FAIL, f"log group {name} does not exist", (listed,))
    asked = (
        _ask(snapshot, arn, POLICIES),
        _ask(snapshot, arn, POLICIES, policyScope="RESOURCE", resourceArn=group),
    )
    policies = tuple(checked(each, "resourcePolicies", list) for each in asked)
    answers = (listed, *policies)
    gap = next((each.gap for each in policies if each.gap is not None), None)
    if gap is not None:
        return _unknown(
            f"whether resource policies let EventBridge write to log group {name} is not known: {gap.reason}", answers
        )
    if role:
        return _unknown(f"log group {name} is sent to as the role {role}, which AWS says not to name for one", answers)
    return _by_policies(name, group, rule, list(_statements(policies)), answers)


def _by_policies(
    name: str, group: str, rule: str, statements: Sequence[JsonValue], answers: tuple[Answer, ...]
) -> Written:
    verdicts = [_lets(statements, service, group, rule) for service in WRITERS]
    if all(verdicts):
        return Written(Outcome.PASS, answers=answers)
    if all(verdict is False for verdict in verdicts):
        lack = Lack(Missing.LOG_POLICY, group, resource=f"{group}:*")
        reason = f"no resource policy lets EventBridge ({' and '.join(WRITERS)}) write to log group {name}"
        return Written(Outcome.FAIL, reason, answers, lack)
    if None in verdicts:
        reason = f"the resource policies of log group {name} do not decide by themselves whether EventBridge may write"
        return _unknown(reason, answers)
    let, kept = (WRITERS[verdicts.index(verdict)] for verdict in (True, False))
    reason = (
        f"resource policies let {let} write to log group {name} and not {kept}: AWS documents both, and whether one is"
    )
    return _unknown(f"{reason} enough is not known", answers)


def _lets(statements: Sequence[JsonValue], service: str, group: str, rule: str) -> bool | None:
    """Whether policies let a service write to a log group for a rule; None where they do not decide that."""
    policy: JsonValue = {"Statement": list(statements)}
    found: list[bool | None] = []
    for action in WRITING:
        try:
            request = {"Source": rule, "Resource": f"{group}:log-stream:*", "Keys": {}}
            found.append(not refused_requests(policy, service, action, [request]))
        except PolicyDocumentError:
            found.append(None)
    return False if False in found else None if None in found else True


def _statements(policies: Sequence[Answer]) -> Iterator[JsonValue]:
    """The statements of all policies, which add up."""
    for answer in policies:
        for _, policy in mappings(answer, "resourcePolicies"):
            document = policy_object(policy.get("policyDocument"))
            told = document.get("Statement") if isinstance(document, dict) else document
            yield from told if isinstance(told, list) else [told]


def _unknown(reason: str, answers: tuple[Answer, ...]) -> Written:
    return Written(Outcome.UNKNOWN, reason, answers)


def _ask(snapshot: Snapshot, arn: Arn, operation: str, **arguments: str) -> Answer:
    return snapshot.ask(arn.account, arn.region, operation, arguments)
