"""What a user or role may do by its policies at some time, under conditions that whoever acts can bring about or avoid.

Its own policies allow, its permissions boundary must allow too, and a Deny of these or of the resource's policy takes
back. Grants that the policy of a resource makes by itself, and service control policies, are not weighed. Source: AWS
IAM User Guide, "Policy evaluation logic" and "Permissions boundaries for IAM entities".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.arns import components
from scanner.model import JsonValue
from scanner.policies.callers import Caller
from scanner.policies.conditions import Condition, Request, holds
from scanner.policies.identities import identity_statements
from scanner.policies.statements import PolicyDocumentError, Principal, Statement, parse_policy
from scanner.policies.verdicts import any_of, both

_CIRCUMSTANCES = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:referer",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:viaawsservice",
        "aws:vpcsourceip",
        "sts:rolesessionname",
    }
)
"""Condition keys that say how or from where somebody acts: a grant under one is a grant, a Deny can be avoided."""

_TYPES: Mapping[str, str] = {"user": "User", "role": "AssumedRole"}
"""What ``aws:PrincipalType`` is in the requests of each kind of principal."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A policy by its name; ``text`` is its JSON."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class _Holder:
    """A user or role with its policies; without a ``boundary`` nothing bounds what they allow."""

    arn: str
    kind: str
    policies: tuple[_Document, ...]
    boundary: _Document | None

    @property
    def account(self) -> str:
        """The account it is of."""
        return Caller(self.arn, {}).account

    def request(self, resource: str) -> Request:
        """What is known of its requests about a resource."""
        parts = components(resource)
        # ARNs of buckets and objects name no account; those that are asked about are of the same as the principal.
        owner = parts.account if parts is not None and parts.account else self.account
        keys: dict[str, str | None] = {"aws:PrincipalType": _TYPES.get(self.kind), "aws:ResourceAccount": owner}
        if self.kind == "user":
            keys["aws:username"] = self.arn.rpartition("/")[2]
        if parts is not None and parts.region:
            keys["aws:RequestedRegion"] = parts.region
        return Caller(self.arn, keys).request()


def powers(
    principal: Mapping[str, Any], actions: Sequence[str], resources: Sequence[Mapping[str, Any]]
) -> list[dict[str, JsonValue]]:
    """The actions that a user or role may do on one of the resources, by policy: objects ``{Policy, Actions}``.

    ``principal`` is ``{Arn, Kind, Policies, Boundary}``, a policy ``{Name, Document}``. A resource is ``{Arn, Policy}``
    with the policy that it has itself, or null; its ARN may be a pattern. Raises PolicyDocumentError for a policy that
    cannot be read, and where the policies allow nothing for certain and may allow one of the actions.
    """
    holder = _holder(principal)
    found: dict[str, set[str]] = {}
    open_actions: list[str] = []
    for action in actions:
        # Most policies of most principals are about other actions, and there may be many resources.
        for resource in resources if _may_allow(holder, action) else ():
            names, undecided = _allowing(holder, action, resource)
            for name in names:
                found.setdefault(name, set()).add(action)
            if undecided:
                open_actions.append(f"{action} on {resource['Arn']}")
    if open_actions and not found:
        raise PolicyDocumentError(f"The policies do not decide by themselves whether they allow {open_actions[0]}.")
    return [{"Policy": name, "Actions": [*sorted(found[name])]} for name in sorted(found)]


def _holder(principal: Mapping[str, Any]) -> _Holder:
    boundary = principal["Boundary"]
    return _Holder(
        str(principal["Arn"]),
        str(principal["Kind"]),
        tuple(map(_document, principal["Policies"])),
        None if boundary is None else _document(boundary),
    )


def _document(policy: Mapping[str, Any]) -> _Document:
    return _Document(str(policy["Name"]), json.dumps(policy["Document"], sort_keys=True))


def _may_allow(holder: _Holder, action: str) -> bool:
    """Whether a policy allows the action on anything."""
    return any(statement.allows for policy in holder.policies for statement in _about(policy.text, action))


def _allowing(holder: _Holder, action: str, resource: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The names of the policies by which an action is allowed, and whether that is open where there are none."""
    arn = str(resource["Arn"])
    request = holder.request(arn)
    says = [(policy.name, _allows(policy, action, arn, request)) for policy in holder.policies]
    if all(say is False for _, say in says):
        return [], False
    bounded = holder.boundary is None or _allows(holder.boundary, action, arn, request)
    denied = any_of(_denials(holder, action, resource, request))
    if bounded is False or denied is True:
        return [], False
    names = [name for name, say in says if say is True]
    certain = bounded is True and denied is False
    return (names, False) if names and certain else ([], True)


def _allows(policy: _Document, action: str, arn: str, request: Request) -> bool | None:
    """Whether a policy allows an action on a resource, or on a part of it."""
    return any_of(
        _conditions_met(statement, request, wanted=True)
        for statement in _about(policy.text, action)
        if statement.allows and statement.concerns_resource(arn)
    )


def _denials(holder: _Holder, action: str, resource: Mapping[str, Any], request: Request) -> Iterator[bool | None]:
    """Whether each Deny about an action and a resource refuses it: all of it, whatever whoever acts does about it."""
    arn = str(resource["Arn"])
    documents = [*holder.policies, *([holder.boundary] if holder.boundary is not None else [])]
    for document in documents:
        yield from (_refuses(statement, arn, request) for statement in _about(document.text, action))
    for statement in parse_policy(resource["Policy"]):
        if statement.concerns_action(action):
            named = _names(statement, holder.arn)
            yield False if named is False else both(named, _refuses(statement, arn, request))


def _refuses(statement: Statement, arn: str, request: Request) -> bool | None:
    if statement.allows or not statement.concerns_resource(arn):
        return False
    return both(statement.covers_resource(arn) or None, _conditions_met(statement, request, wanted=False))


def _conditions_met(statement: Statement, request: Request, *, wanted: bool) -> bool | None:
    """Whether the conditions hold; what whoever acts can bring about does when it is ``wanted``, and else does not."""
    met: bool | None = True
    for condition in statement.conditions:
        met = both(met, _met(condition, request, wanted=wanted))
    return met


def _met(condition: Condition, request: Request, *, wanted: bool) -> bool | None:
    found = holds(condition, request)
    return wanted if found is None and condition.key in _CIRCUMSTANCES else found


def _names(statement: Statement, arn: str) -> bool | None:
    """Whether the principals of a resource policy's statement are this one; None where that is not known."""
    found = any_of(_is(principal, arn) for principal in statement.principals)
    return found if not statement.not_principal or found is None else not found


def _is(principal: Principal, arn: str) -> bool | None:
    if principal == Principal("AWS", "*") or principal.value == arn:
        return True
    if principal.kind != "AWS" or principal.gone:
        return False
    account = Caller(arn, {}).account
    if principal.account == account and principal.value in {
        account,
        f"{arn.partition(':iam:')[0]}:iam::{account}:root",
    }:
        return True
    # A session of the role may be named; whoever is of another account, or has another ARN, is somebody else.
    return None if principal.everyone or ":sts:" in principal.value else False


@lru_cache(maxsize=4096)
def _about(text: str, action: str) -> tuple[Statement, ...]:
    """The statements of a policy about an action. Many principals have the same policies."""
    return tuple(statement for statement in _statements(text) if statement.concerns_action(action))


@lru_cache(maxsize=512)
def _statements(text: str) -> tuple[Statement, ...]:
    return tuple(identity_statements(json.loads(text)))
