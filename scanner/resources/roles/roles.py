"""Roles that services assume, as far as they are known: whom they trust, and what their own policies let them do.

Source: IAM API reference, ``GetRole``, ``ListRolePolicies``, ``ListAttachedRolePolicies`` and ``GetPolicyVersion``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.arns import Arn, global_region, parse_arn
from scanner.audit_path.eventbridge.roles import role_name
from scanner.audit_path.members import text_member
from scanner.facts.facts import checked, member
from scanner.model import Gap, JsonValue, Source
from scanner.policies.statements import policy_object
from scanner.snapshot.answers import Answer, Snapshot


@dataclass(frozen=True, slots=True)
class Role:
    """A role as far as it is known.

    ``trust`` says who may assume it, ``policies`` are its own policies that could be read, ``boundary`` is the ARN of
    its permissions boundary ("" without one). ``hidden`` says why there may be more policies, ``gap`` why nothing is
    known of the role at all.
    """

    arn: str
    exists: bool = True
    trust: JsonValue = None
    policies: tuple[JsonValue, ...] = ()
    boundary: str = ""
    hidden: Gap | None = None
    gap: Gap | None = None
    sources: tuple[Source, ...] = ()


def role_of(snapshot: Snapshot, account: str, text: str) -> Role | None:
    """The role of an ARN, seen from an account; None when the text names no role of the account."""
    arn = parse_arn(text)
    if arn is None or arn.account != account or not role_name(arn):
        return None
    answers = _Answers(snapshot, arn)
    found = checked(answers.ask("iam.GetRole"), "Role", Mapping)
    source = (Source(found.key, ""),)
    if found.gap is not None:
        return Role(text, gap=found.gap, sources=source)
    if found.absent:
        return Role(text, exists=False, sources=source)
    role = member(found, "Role") or {}
    boundary = text_member(role.get("PermissionsBoundary"), "PermissionsBoundaryArn")
    documents = [document for document in answers.documents() if document is not None]
    hidden = next((answer.gap for answer in answers.asked if answer.gap is not None), None)
    return Role(
        arn=text,
        trust=policy_object(role.get("AssumeRolePolicyDocument")),
        policies=tuple(documents),
        boundary=boundary,
        hidden=hidden,
        sources=tuple(dict.fromkeys(Source(answer.key, "") for answer in answers.asked)),
    )


class _Answers:
    """The answers about a role, each of which is remembered in ``asked``."""

    def __init__(self, snapshot: Snapshot, arn: Arn) -> None:
        self._snapshot = snapshot
        self._account = arn.account
        self._name = role_name(arn)
        self.asked: list[Answer] = []

    def ask(self, operation: str, member_of: str = "", **further: str) -> Answer:
        """What an operation says of the role; a gap when the answer lacks the list ``member_of``."""
        return self._made(operation, {"RoleName": self._name, **further}, member_of)

    def _made(self, operation: str, arguments: Mapping[str, Any], member_of: str = "") -> Answer:
        region = global_region(self._snapshot.partition)
        answer = self._snapshot.ask(self._account, region, operation, arguments)
        self.asked.append(checked(answer, member_of, list) if member_of else answer)
        return self.asked[-1]

    def documents(self) -> Iterator[JsonValue]:
        """The documents of its inline and attached policies; None where one is not known."""
        for _, name in self.ask("iam.ListRolePolicies", "PolicyNames").items("PolicyNames"):
            yield policy_object(self.ask("iam.GetRolePolicy", PolicyName=str(name)).first.get("PolicyDocument"))
        listed = self.ask("iam.ListAttachedRolePolicies", "AttachedPolicies")
        for _, policy in listed.items("AttachedPolicies"):
            yield self._attached(text_member(policy, "PolicyArn"))

    def _attached(self, policy: str) -> JsonValue:
        described = self._made("iam.GetPolicy", {"PolicyArn": policy})
        version = text_member(described.first.get("Policy"), "DefaultVersionId")
        if described.gap is not None or not version:
            return None
        found = self._made("iam.GetPolicyVersion", {"PolicyArn": policy, "VersionId": version})
        held = found.first.get("PolicyVersion")
        return policy_object(held.get("Document")) if isinstance(held, Mapping) else None
