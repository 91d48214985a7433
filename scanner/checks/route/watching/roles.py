"""Whether EventBridge can send to a target with a role: it must be able to assume it, and the role to do the rest.

Sources: EventBridge User Guide, "IAM roles for sending events to targets" and "Cross-service confused deputy
prevention"; AWS IAM User Guide, "Permissions boundaries for IAM entities".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.rows import Row
from scanner.model import Outcome, Source
from scanner.policies.callers import Caller, Say, identity_say
from scanner.policies.services import EVENTBRIDGE, refused_requests
from scanner.policies.statements import PolicyDocumentError
from scanner.resources.monitoring.target_roles import Role


@dataclass(frozen=True, slots=True)
class RoleUse:
    """Whether a role can be used for something, why not ("" when it can), and what that rests on."""

    verdict: Outcome
    reason: str = ""
    sources: tuple[Source, ...] = ()


def role_use(
    role: Role | None, name: str, action: str, resource: str, rule: Row, keys: Mapping[str, str | None]
) -> RoleUse:
    """Whether a role lets EventBridge do an action on a resource for a rule.

    ``name`` is the role's ARN as the target names it; ``keys`` are condition keys that its requests carry. Service
    control policies and the permissions boundary are not read: with a boundary the outcome is unknown.
    """
    if role is None:
        return RoleUse(Outcome.UNKNOWN, f"the role {name} was not looked at")
    if role.gap is not None:
        return RoleUse(Outcome.UNKNOWN, f"the role {name} is not known: {role.gap.reason}", role.sources)
    if not role.exists:
        return RoleUse(Outcome.FAIL, f"the role {name} does not exist", role.sources)
    try:
        found = _trusted(role, rule) or _permitted(role, action, resource, keys)
    except PolicyDocumentError as error:
        found = RoleUse(Outcome.UNKNOWN, f"a policy of the role {name} does not decide by itself: {_clause(error)}")
    return RoleUse(found.verdict, found.reason, role.sources)


def _clause(error: PolicyDocumentError) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].lower()}{text[1:]}"


def _trusted(role: Role, rule: Row) -> RoleUse | None:
    """Why EventBridge cannot assume the role for the rule; None when it can."""
    request = {"Source": rule.id, "Resource": role.arn, "Keys": {}}
    if refused_requests(role.trust, EVENTBRIDGE, "sts:AssumeRole", [request]):
        return RoleUse(Outcome.FAIL, f"the trust policy of the role {role.arn} does not let EventBridge assume it")
    return None


def _permitted(role: Role, action: str, resource: str, keys: Mapping[str, str | None]) -> RoleUse:
    say = identity_say(role.policies, action, resource, Caller(role.arn, keys))
    if say.deny is True or (say.allow is False and role.hidden is None):
        denied = "deny it" if say.deny is True else "do not let it"
        return RoleUse(Outcome.FAIL, f"the policies of the role {role.arn} {denied} use {action} on {resource}")
    if role.hidden is not None:
        return RoleUse(Outcome.UNKNOWN, f"the policies of the role {role.arn} are not known: {role.hidden.reason}")
    if say != Say(allow=True, deny=False):
        reason = f"the policies of the role {role.arn} do not decide by themselves whether it may use {action}"
        return RoleUse(Outcome.UNKNOWN, f"{reason} on {resource}")
    if role.boundary:
        reason = f"the role {role.arn} has the permissions boundary {role.boundary}, which is not looked at"
        return RoleUse(Outcome.UNKNOWN, reason)
    return RoleUse(Outcome.PASS)
