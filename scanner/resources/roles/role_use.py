"""Whether a service can use a role: it must be able to assume it, and the role to do the rest.

Sources: EventBridge User Guide, "IAM roles for sending events to targets" and "Cross-service confused deputy
prevention"; AWS IAM User Guide, "Permissions boundaries for IAM entities".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from scanner.model import JsonValue, Outcome, Source
from scanner.policies.callers import Caller, Say, identity_say
from scanner.policies.services import EVENTBRIDGE, refused_requests
from scanner.policies.statements import PolicyDocumentError
from scanner.resources.roles.roles import Role


class Missing(StrEnum):
    """What keeps EventBridge from sending, where it is known to the letter."""

    ROLE = "role"
    TRUST = "trust"
    PERMISSION = "permission"
    BUS_POLICY = "bus-policy"
    FUNCTION_POLICY = "function-policy"
    QUEUE_POLICY = "queue-policy"
    LOG_POLICY = "log-policy"


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing of whom: a role by its ARN, or a bus, function, queue or log group.

    ``action`` is to be allowed on ``resource``; ``document`` is the policy as it is, ``url`` that of a queue.
    """

    what: Missing
    of: str
    action: str = ""
    resource: str = ""
    document: JsonValue = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class RoleUse:
    """Whether a role can be used for something, why not ("" when it can), and what that rests on.

    ``lack`` is what keeps it from that, where that can be put right.
    """

    verdict: Outcome
    reason: str = ""
    sources: tuple[Source, ...] = ()
    lack: Lack | None = None


def role_use(
    role: Role | None, name: str, action: str, resource: str, rule: str, keys: Mapping[str, str | None]
) -> RoleUse:
    """Whether a role lets EventBridge do an action on a resource for the rule of an ARN; see ``service_role_use``."""
    return service_role_use(role, name, action, resource, Assumer(EVENTBRIDGE, "EventBridge", (rule,)), keys)


_UNNAMED: Mapping[str, None] = dict.fromkeys(("aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner"))
"""The condition keys of what a service acts for, absent from a request."""


@dataclass(frozen=True, slots=True)
class Assumer:
    """A service that assumes a role: its principal, what sentences call it, and for which resources it may say it does.

    Which of several ``sources`` its request names is not documented; nor, where it is not ``naming``, whether it names
    any.
    """

    principal: str
    name: str
    sources: tuple[str, ...]
    naming: bool = True

    def requests(self, role: str) -> list[dict[str, Any]]:
        """The requests that it may make to assume a role."""
        keys: list[Mapping[str, None]] = [{}, *([] if self.naming else [_UNNAMED])]
        return [{"Source": source, "Resource": role, "Keys": each} for source in self.sources for each in keys]


def service_role_use(
    role: Role | None, name: str, action: str, resource: str, by: Assumer, keys: Mapping[str, str | None]
) -> RoleUse:
    """Whether a role lets a service do an action on a resource.

    ``name`` is the role's ARN as it is named; ``keys`` are condition keys that its requests carry. Service control
    policies and the permissions boundary are not read: with a boundary the outcome is unknown.
    """
    if role is None:
        return RoleUse(Outcome.UNKNOWN, f"the role {name} was not looked at")
    if role.gap is not None:
        return RoleUse(Outcome.UNKNOWN, f"the role {name} is not known: {role.gap.reason}", role.sources)
    if not role.exists:
        lack = Lack(Missing.ROLE, name, action, resource)
        return RoleUse(Outcome.FAIL, f"the role {name} does not exist", role.sources, lack)
    try:
        found = _trusted(role, by) or _permitted(role, action, resource, keys)
    except PolicyDocumentError as error:
        found = RoleUse(Outcome.UNKNOWN, f"a policy of the role {name} does not decide by itself: {_clause(error)}")
    return replace(found, sources=role.sources)


def _clause(error: PolicyDocumentError) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].lower()}{text[1:]}"


def _trusted(role: Role, by: Assumer) -> RoleUse | None:
    """Why the service cannot assume the role, or may not be able to; None when it can."""
    requests = by.requests(role.arn)
    refused = refused_requests(role.trust, by.principal, "sts:AssumeRole", requests)
    if len(refused) == len(requests):
        lack = Lack(Missing.TRUST, role.arn, "sts:AssumeRole", document=role.trust)
        reason = f"the trust policy of the role {role.arn} does not let {by.name} assume it"
        return RoleUse(Outcome.FAIL, reason, lack=lack)
    if refused and not by.naming:
        reason = f"the trust policy of the role {role.arn} asks for whom {by.name} assumes it"
        return RoleUse(Outcome.UNKNOWN, f"{reason}; whether its request tells that is not documented")
    if refused:
        reason = f"the trust policy of the role {role.arn} lets {by.name} assume it for some of what it acts for only"
        return RoleUse(Outcome.UNKNOWN, reason)
    return None


def _permitted(role: Role, action: str, resource: str, keys: Mapping[str, str | None]) -> RoleUse:
    say = identity_say(role.policies, action, resource, Caller(role.arn, keys))
    if say.deny is True or (say.allow is False and role.hidden is None):
        denied = "forbid it to" if say.deny is True else "do not let it"
        lack = Lack(Missing.PERMISSION, role.arn, action, resource)
        reason = f"the policies of the role {role.arn} {denied} use {action} on {resource}"
        return RoleUse(Outcome.FAIL, reason, lack=lack)
    if role.hidden is not None:
        return RoleUse(Outcome.UNKNOWN, f"the policies of the role {role.arn} are not known: {role.hidden.reason}")
    if say != Say(allow=True, deny=False):
        reason = f"the policies of the role {role.arn} do not decide by themselves whether it may use {action}"
        return RoleUse(Outcome.UNKNOWN, f"{reason} on {resource}")
    if role.boundary:
        reason = f"the role {role.arn} has the permissions boundary {role.boundary}, which is not looked at"
        return RoleUse(Outcome.UNKNOWN, reason)
    return RoleUse(Outcome.PASS)
