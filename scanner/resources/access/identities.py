"""The users and roles of an account with every policy that says what they may do.

Source: IAM API reference, ``GetAccountAuthorizationDetails``. A user has its own policies and those of its groups; AWS
always tells what is attached to each, while inline policies are left out where there are none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import ACCOUNT
from scanner.audit_path.stores import mappings
from scanner.facts.facts import lacking, undecided
from scanner.facts.uses import Use
from scanner.model import Gap, GapKind, JsonValue, Source
from scanner.policies.statements import policy_object
from scanner.snapshot.answers import Answer, Snapshot

AUTHORIZATION = Use("iam.GetAccountAuthorizationDetails", per=ACCOUNT)

_LISTS = ("UserDetailList", "RoleDetailList")
"""Lists without which it is not known who there is. A group or policy that is not told is missed by who has it."""

_INLINE: Mapping[str, str] = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
_DETAILS: Mapping[str, str] = {"user": "UserDetailList", "role": "RoleDetailList"}
_SERVICE_LINKED = "/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or role: ``policies`` are ``{Name, Document}``, ``boundary`` one of them or None without a boundary.

    ``gap`` says why not all of this is known. ``service_linked`` roles are only assumed by the service that owns them,
    which also sets what they may do (IAM User Guide, "Create a service-linked role").
    """

    arn: str
    kind: str
    service_linked: bool
    policies: tuple[dict[str, JsonValue], ...]
    boundary: dict[str, JsonValue] | None
    source: Source
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Identities:
    """The users and roles of an account, by ARN; ``gaps`` say why some may be missing."""

    listed: tuple[Identity, ...]
    gaps: tuple[Gap, ...]


def identities(snapshot: Snapshot, account: str) -> Identities:
    """Every user and role of an account, as far as AWS told."""
    answer = _checked(snapshot.ask(account, global_region(snapshot.partition), AUTHORIZATION.operation))
    read = _Reading(answer)
    listed = tuple(sorted(read.identities(), key=lambda each: each.arn))
    return Identities(listed, () if answer.gap is None else (answer.gap,))


def _checked(answer: Answer) -> Answer:
    """The answer, or a gap where one of its lists is on none of the pages."""
    if answer.gap is not None:
        return answer
    for name in _LISTS:
        if not any(isinstance(page.get(name), list) for page in answer.pages):
            reason = (
                f"{answer.operation} in {answer.account}/{answer.region} answered without {name} as it is documented"
            )
            return undecided(answer, reason, GapKind.INVALID)
    return answer


class _MissingError(Exception):
    """Something of an identity was not told."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.reason)
        self.gap = gap


class _Reading:
    """The identities of one answer; managed policies and groups may be on other pages than those who have them."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def identities(self) -> Iterator[Identity]:
        for kind, listing in _DETAILS.items():
            for pointer, details in mappings(self._answer, listing):
                yield self._identity(kind, details, Source(self._answer.key, pointer))

    def _identity(self, kind: str, details: Mapping[str, Any], source: Source) -> Identity:
        arn = text_member(details, "Arn")
        linked = kind == "role" and text_member(details, "Path").startswith(_SERVICE_LINKED)
        try:
            policies = tuple(self._policies(kind, details, source))
            boundary = self._boundary(details, source)
        except _MissingError as missing:
            return Identity(arn, kind, linked, (), None, source, missing.gap)
        return Identity(arn, kind, linked, policies, boundary, source)

    def _policies(self, kind: str, details: Mapping[str, Any], source: Source) -> Iterator[dict[str, JsonValue]]:
        yield from self._own(kind, details, source)
        if kind != "user":
            return
        if not isinstance(details.get("GroupList"), list):
            raise _MissingError(lacking(source, "GroupList"))
        for name in details["GroupList"]:
            if name not in self._groups:
                raise _MissingError(self._untold(source, f"the group {name}"))
            pointer, group = self._groups[name]
            for policy in self._own("group", group, Source(self._answer.key, pointer)):
                yield {**policy, "Name": f"{policy['Name']} of group {name}"}

    def _own(self, kind: str, details: Mapping[str, Any], source: Source) -> Iterator[dict[str, JsonValue]]:
        for inline in list_member(details, _INLINE[kind]):
            document = policy_object(inline.get("PolicyDocument")) if isinstance(inline, Mapping) else None
            if document is None:
                raise _MissingError(lacking(source, "PolicyDocument"))
            yield {"Name": f"inline policy {text_member(inline, 'PolicyName')}", "Document": document}
        if not isinstance(details.get("AttachedManagedPolicies"), list):
            raise _MissingError(lacking(source, "AttachedManagedPolicies"))
        for attached in details["AttachedManagedPolicies"]:
            yield self._managed_policy(text_member(attached, "PolicyArn"), source)

    def _boundary(self, details: Mapping[str, Any], source: Source) -> dict[str, JsonValue] | None:
        if details.get("PermissionsBoundary") is None:
            return None
        return self._managed_policy(text_member(details["PermissionsBoundary"], "PermissionsBoundaryArn"), source)

    def _managed_policy(self, arn: str, source: Source) -> dict[str, JsonValue]:
        document = self._managed.get(arn)
        if document is None:
            raise _MissingError(self._untold(source, f"the policy {arn}"))
        return {"Name": arn.partition(":policy/")[2] or arn, "Document": document}

    @cached_property
    def _groups(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        listed = mappings(self._answer, "GroupDetailList")
        return {text_member(group, "GroupName"): (pointer, group) for pointer, group in listed}

    @cached_property
    def _managed(self) -> Mapping[str, JsonValue]:
        """The document in force of every managed policy that was told, by ARN."""
        found: dict[str, JsonValue] = {}
        for _, policy in mappings(self._answer, "Policies"):
            for version in list_member(policy, "PolicyVersionList"):
                if isinstance(version, Mapping) and version.get("IsDefaultVersion") is True:
                    found[text_member(policy, "Arn")] = policy_object(version.get("Document"))
        return found

    def _untold(self, source: Source, what: str) -> Gap:
        reason = f"{self._answer.operation} in {self._answer.account}/{self._answer.region} did not tell {what}"
        return Gap(key=self._answer.key, kind=GapKind.INVALID, reason=reason, pointer=source.pointer)
