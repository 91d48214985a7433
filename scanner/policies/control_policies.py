"""What service control policies keep everybody in a member account from doing, whatever the account's own policies say.

A Deny in any policy on the way from the root to the account takes an action from everyone in it; so do the policies of
a level none of which allows it. The management account and service-linked roles are not bound. Source: AWS
Organizations User Guide, "Service control policies (SCPs)" and "SCP evaluation".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.model import JsonValue
from scanner.policies.conditions import Condition, Request, holds
from scanner.policies.identities import identity_statements
from scanner.policies.statements import Statement
from scanner.texts.globs import glob_covers

_TRAILS = "arn:{partition}:cloudtrail:*:{account}:trail/*"
_STORES = "arn:{partition}:cloudtrail:*:{account}:eventdatastore/*"
_RECORDERS = "arn:{partition}:config:*:{account}:configuration-recorder/*"
_DETECTORS = "arn:{partition}:guardduty:*:{account}:detector/*"
_GROUPS = "arn:{partition}:logs:*:{account}:log-group:*"

_DONE_TO: Mapping[str, str] = {
    "cloudtrail:deletetrail": _TRAILS,
    "cloudtrail:puteventselectors": _TRAILS,
    "cloudtrail:stoplogging": _TRAILS,
    "cloudtrail:updatetrail": _TRAILS,
    "cloudtrail:deleteeventdatastore": _STORES,
    "cloudtrail:stopeventdatastoreingestion": _STORES,
    "cloudtrail:updateeventdatastore": _STORES,
    "config:deleteconfigurationrecorder": _RECORDERS,
    "config:putconfigurationrecorder": _RECORDERS,
    "config:stopconfigurationrecorder": _RECORDERS,
    "guardduty:deletedetector": _DETECTORS,
    "guardduty:updatedetector": _DETECTORS,
    "logs:deleteloggroup": _GROUPS,
    "logs:deletelogstream": _GROUPS,
    "logs:deletemetricfilter": _GROUPS,
    "logs:deletesubscriptionfilter": _GROUPS,
    "logs:putretentionpolicy": _GROUPS,
}
"""What an action is done to, of the services of which more than one kind of thing is asked about.

Any other action of theirs may be done to anything. Source: Service Authorization Reference, of each service.
"""

_SERVICES = frozenset(action.partition(":")[0] for action in _DONE_TO)

_ALL_BUT = frozenset({"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotlike", "arnnotequals"})


@dataclass(frozen=True, slots=True)
class _Lack:
    """Why somebody may still do an action, as the end of a sentence; ``partly`` says that a Deny protects some things.

    That is so where it lacks nothing but to cover the rest of them.
    """

    why: str
    partly: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """A statement with the name of its policy."""

    policy: str
    statement: Statement


def unguarded_actions(
    policies: Mapping[str, Any], actions: Sequence[str], resources: Sequence[str], exempt: Sequence[str]
) -> list[dict[str, JsonValue]]:
    """Those of the actions that the control policies of an account leave to somebody in it.

    They are objects ``{Action, Why, Partly}``, of which Partly says that a Deny protects some of the resources and
    lacks nothing but to cover the others. ``policies`` are ``{Account, Organization, Partition, Levels}`` with the
    policies by level, objects ``{Target, Policies}``. An action is asked about on each of ``resources``, ARNs or
    patterns of them; on everything of its kind in the account where there are none, or of another kind. An action may
    hold wildcards; then all that it stands for is asked about. ``exempt`` are patterns of the ARNs of principals that a
    Deny may leave out. Raises PolicyDocumentError for a policy that cannot be read.
    """
    levels = [list(_statements(level)) for level in policies["Levels"]]
    request = _request(policies)
    found: list[dict[str, JsonValue]] = []
    for action in actions:
        for resource in _asked_about(action, resources, policies):
            if _is_allowed_nowhere(levels, action, resource):
                continue
            if (lack := _left(levels, action, resource, request, exempt)) is not None:
                found.append({"Action": action, "Why": lack.why, "Partly": lack.partly})
                break
    return found


def _statements(level: Mapping[str, Any]) -> Iterator[_Named]:
    for policy in level["Policies"]:
        for statement in identity_statements(policy["Document"]):
            yield _Named(str(policy["Name"]), statement)


def _asked_about(action: str, resources: Sequence[str], policies: Mapping[str, Any]) -> Sequence[str]:
    """What the action is asked about: the resources where it is done to such, else everything of its kind."""
    kind = _DONE_TO.get(action.lower())
    if kind is None:
        return (() if action.partition(":")[0].lower() in _SERVICES else resources) or ["*"]
    # A trail of the organization, which the account sees, belongs to another one.
    whoever = kind.format(partition=policies["Partition"], account="*")
    of_kind = [each for each in resources if glob_covers(whoever, each)]
    return of_kind or [kind.format(partition=policies["Partition"], account=policies["Account"])]


def _request(policies: Mapping[str, Any]) -> Request:
    """What is known of the requests of whoever is in the account."""
    above = [str(level["Target"]) for level in policies["Levels"]][:-1]
    path = "/".join([str(policies["Organization"]), *above, ""])
    return Request(
        {
            "aws:principalaccount": (str(policies["Account"]),),
            "aws:principalorgid": (str(policies["Organization"]),),
            "aws:principalorgpaths": (path,),
            "aws:principalisawsservice": ("false",),
            "aws:securetransport": ("true",),
        }
    )


def _is_allowed_nowhere(levels: Sequence[Sequence[_Named]], action: str, resource: str) -> bool:
    """Whether a level has policies and none of them allows the action: what is not allowed there is denied."""
    return any(level and not _is_allowed(level, action, resource) for level in levels)


def _is_allowed(level: Sequence[_Named], action: str, resource: str) -> bool:
    """Whether a policy of a level allows the action on one of the resources."""
    return any(each.statement.allows and _concerns(each.statement, action, resource) for each in level)


def _concerns(statement: Statement, action: str, resource: str) -> bool:
    return statement.concerns_action(action) and statement.concerns_resource(resource)


def _left(
    levels: Sequence[Sequence[_Named]], action: str, resource: str, request: Request, exempt: Sequence[str]
) -> _Lack | None:
    """Why somebody may still do the action; None where nobody may but those exempt."""
    lacks: list[_Lack] = []
    for named in (each for level in levels for each in level):
        if named.statement.allows or not _concerns(named.statement, action, resource):
            continue
        lack = _lack(named, action, resource, request, exempt)
        if lack is None:
            return None
        lacks.append(lack)
    return max(lacks, key=lambda lack: lack.partly, default=_Lack("no policy denies it"))


def _lack(named: _Named, action: str, resource: str, request: Request, exempt: Sequence[str]) -> _Lack | None:
    """What a Deny that is about the action lacks to protect from it; None when it protects."""
    statement = named.statement
    if not statement.covers_action(action):
        but = "all but " if statement.not_action else ""
        return _Lack(f"{named.policy} denies {but}{', '.join(statement.actions)} only")
    for condition in statement.conditions:
        met = holds(condition, request)
        if met is True or _names_everyone(condition):
            continue
        if met is False or not _exempts_principals(condition):
            return _Lack(f"{named.policy} denies it under a condition on {condition.key} only")
        if others := [value for value in condition.values if not _is_covered(value, exempt)]:
            return _Lack(f"{named.policy} denies it to all but {', '.join(others)}")
    if statement.covers_resource(resource):
        return None
    but = "all but " if statement.not_resource else ""
    return _Lack(f"{named.policy} denies it on {but}{', '.join(statement.resources)} only", partly=True)


def _exempts_principals(condition: Condition) -> bool:
    """Whether a condition leaves out the principals that it names by their ARN, and nobody else."""
    return condition.key == "aws:principalarn" and condition.operator in _ALL_BUT


def _names_everyone(condition: Condition) -> bool:
    """Whether everyone meets a condition on the ARN of the principal, which every request has."""
    if condition.key != "aws:principalarn":
        return False
    if condition.operator == "null":
        return "false" in {value.lower() for value in condition.values}
    return condition.operator == "stringlike" and any(glob_covers(value, "*") for value in condition.values)


def _is_covered(value: str, patterns: Sequence[str]) -> bool:
    return "${" not in value and any(glob_covers(pattern, value) for pattern in patterns)
