"""Identity policies: what they let their user, group or role do to the rights of others and to their own.

They have the grammar of resource policies but no principal. Source: AWS IAM User Guide, "IAM JSON policy elements".
"""

import re
from collections.abc import Mapping, Sequence
from itertools import product

from scanner.arns import components
from scanner.model import JsonValue
from scanner.policies.statements import Statement, listed_as, parse_policy, policy_from_text
from scanner.texts.globs import glob_covers, globs_overlap

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_VARIABLE_ACCOUNT = re.compile(r"\A(arn:[^:]+:iam::)\$\{[^{}]*\}:")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_IAM = tuple(f"arn:{partition}:iam::*:*" for partition in _PARTITIONS)
_KINDS = ("user", "group", "role", "policy")


def escalating_statements(policy: JsonValue, actions: Sequence[str]) -> list[dict[str, JsonValue]]:
    """The Allow statements with which whoever has them can raise rights, as objects ``{Sid, Actions, Resources}``.

    They give all actions of IAM (``*``, ``iam:*``, or all actions but a list) on some resource of IAM, or one of
    ``actions`` on every user, group, role or policy of an account. Conditions are not weighed: a conditional grant is
    a grant.
    """
    return [_summary(statement) for statement in identity_statements(policy) if _escalates(statement, actions)]


def identity_statements(policy: JsonValue) -> Sequence[Statement]:
    """The statements. An identity policy names no principal; one that does is read all the same.

    Raises PolicyDocumentError for a policy that cannot be read.
    """
    if isinstance(policy, str):
        policy = policy_from_text(policy)
    if isinstance(policy, Mapping) and "Statement" in policy:
        listed = policy["Statement"]
        statements = listed if isinstance(listed, list) else [listed]
        policy = {**policy, "Statement": [_with_principal(statement) for statement in statements]}
    return parse_policy(policy)


def _with_principal(statement: JsonValue) -> JsonValue:
    if isinstance(statement, Mapping) and not {"Principal", "NotPrincipal"} & set(statement):
        return {**statement, "Principal": {}}
    return statement


def _escalates(statement: Statement, actions: Sequence[str]) -> bool:
    if not statement.allows:
        return False
    if _gives(statement, "iam:*") or (statement.not_action and not _gives_nothing(statement)):
        return _reaches_iam(statement)
    if not any(_gives(statement, action) for action in actions):
        return False
    everybody = product(_PARTITIONS, _accounts(statement), _KINDS)
    return any(_covers(statement, f"arn:{partition}:iam::{account}:{kind}/*") for partition, account, kind in everybody)


def _accounts(statement: Statement) -> set[str]:
    """Accounts of which all users, groups, roles or policies may be meant: any, and each that a resource names."""
    return {"*", *(part for resource in statement.resources if _ACCOUNT.fullmatch(part := _account(resource)))}


def _account(arn: str) -> str:
    parts = components(arn)
    return parts.account if parts else ""


def _of_any_account(arn: str) -> str:
    """An ARN whose account is a variable, as that of whoever has the policy, for all accounts."""
    return _VARIABLE_ACCOUNT.sub(r"\1*:", arn)


def _gives(statement: Statement, action: str) -> bool:
    """Whether the statement applies to everything that ``action`` stands for."""
    if statement.not_action:
        return not any(globs_overlap(pattern, action, ignore_case=True) for pattern in statement.actions)
    return any(glob_covers(pattern, action, ignore_case=True) for pattern in statement.actions)


def _gives_nothing(statement: Statement) -> bool:
    return any(glob_covers(pattern, "*") or glob_covers(pattern, "*:*") for pattern in statement.actions)


def _reaches_iam(statement: Statement) -> bool:
    """Whether the statement applies to some resource of IAM."""
    if statement.not_resource:
        return not any(glob_covers(pattern, arn) for pattern in statement.resources for arn in _IAM)
    return any(globs_overlap(_VARIABLE.sub("*", pattern), arn) for pattern in statement.resources for arn in _IAM)


def _covers(statement: Statement, arn: str) -> bool:
    """Whether the statement applies to every resource ``arn`` stands for."""
    if statement.not_resource:
        return not any(globs_overlap(_VARIABLE.sub("*", pattern), arn) for pattern in statement.resources)
    return any(glob_covers(_of_any_account(pattern), arn) for pattern in statement.resources)


def _summary(statement: Statement) -> dict[str, JsonValue]:
    return {
        "Sid": statement.sid,
        "Actions": listed_as(statement.actions, negated=statement.not_action),
        "Resources": listed_as(statement.resources, negated=statement.not_resource),
    }
