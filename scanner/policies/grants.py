"""To whom a resource policy gives what, beyond those who are meant to have it."""

from collections.abc import Iterable, Sequence
from itertools import product

from scanner.model import JsonValue
from scanner.policies.conditions import NETWORK_KEYS, SOURCE_KEYS, Condition, denies_strangers, pins_callers
from scanner.policies.services import belongs, is_service
from scanner.policies.statements import Principal, Statement, parse_policy, summary, takes_back


def principals_outside(policy: JsonValue, allowed: Sequence[str], actions: Sequence[str] | None = None) -> list[str]:
    """The principals an Allow statement lets in that are not of ``allowed`` (accounts, organizations, ARNs).

    AWS services are left to ``service_grants``, and deleted identities are nobody. Everyone under a fixed condition, or
    left over by a Deny, counts as the values that are fixed; whoever comes through a fixed VPC or VPC endpoint is not a
    stranger, as S3 has it. ``o-*`` in ``allowed`` stands for every organization. ``actions`` limits the answer to
    statements about one of them.
    """
    statements = parse_policy(policy)
    found: set[str] = set()
    for statement in statements:
        if statement.allows and (actions is None or any(map(statement.concerns_action, actions))):
            found |= _outside(statement, statements, allowed)
    return sorted(found)


def statements_outside(policy: JsonValue, allowed: Sequence[str]) -> list[dict[str, JsonValue]]:
    """The Allow statements that let in one of ``principals_outside``."""
    statements = parse_policy(policy)
    return [summary(item) for item in statements if item.allows and _outside(item, statements, allowed)]


def _outside(statement: Statement, statements: Sequence[Statement], allowed: Sequence[str]) -> set[str]:
    """Who of a statement's principals is outside: the fewest that one of its limits leaves."""
    everyone = statement.open_to_all
    limits = [condition for condition in statement.conditions if pins_callers(condition)]
    left = [] if everyone else [_foreign_principals(statement.principals, allowed)]
    for deny in statements:
        if not takes_back(deny, statement):
            continue
        if not deny.conditions:
            left.append(_foreign_principals(deny.principals, allowed) if deny.not_principal else set())
        elif not deny.not_principal and len(deny.conditions) == 1 and denies_strangers(deny.conditions[0]):
            limits.append(deny.conditions[0])
    # That a named principal must come through somebody's VPC does not say who the principal is.
    left += [_foreign(item, allowed) for item in limits if everyone or item.key not in NETWORK_KEYS]
    return min(left, key=len) if left else {"*"}


def _foreign(condition: Condition, allowed: Sequence[str]) -> set[str]:
    if condition.key in NETWORK_KEYS:
        return set()
    return {value for value in condition.values if not belongs(condition.key, value, allowed)}


def _foreign_principals(principals: Sequence[Principal], allowed: Sequence[str]) -> set[str]:
    return {
        principal.value
        for principal in principals
        if principal.kind != "Service"
        and not principal.gone
        and not {principal.value, principal.account} & set(allowed)
    }


def grants_to_others(
    policy: JsonValue, actions: Sequence[str], resources: Sequence[str], allowed: Sequence[str]
) -> list[dict[str, JsonValue]]:
    """The Allow statements that give one of ``actions`` on one of ``resources`` to a principal not in ``allowed``.

    ``resources`` are ARNs, perhaps with wildcards; ``allowed`` holds service names, account ids and principal ARNs. A
    conditional grant is a grant, unless the condition limits it to callers in ``allowed``. What a Deny takes back from
    everyone, or from everyone but callers in ``allowed``, is not given. Deleted identities are nobody.
    """
    statements = parse_policy(policy)
    return [
        summary(statement)
        for statement in statements
        if statement.allows
        and _has_others(statement, allowed)
        and _gives_one(statement, statements, product(actions, resources), allowed)
    ]


def _gives_one(
    allow: Statement, statements: Sequence[Statement], asked: Iterable[tuple[str, str]], allowed: Sequence[str]
) -> bool:
    """Whether an Allow gives one of the actions on one of the resources, and no Deny takes it from others."""
    for action, arn in asked:
        concerned = allow.concerns_action(action) and allow.concerns_resource(arn)
        if concerned and not any(_takes_from_others(deny, action, arn, allowed) for deny in statements):
            return True
    return False


def _has_others(statement: Statement, allowed: Sequence[str]) -> bool:
    if not statement.not_principal and all(_named(principal, allowed) for principal in statement.principals):
        return False
    return not any(pins_callers(item) and _only(item, allowed) for item in statement.conditions)


def _named(principal: Principal, allowed: Sequence[str]) -> bool:
    if principal.kind == "Service":
        return any(is_service(principal, service) for service in allowed)
    return principal.gone or bool({principal.value, principal.account} & set(allowed))


def _only(condition: Condition, allowed: Sequence[str]) -> bool:
    """Whether a condition on the caller itself names nobody but callers in ``allowed``."""
    return condition.key not in SOURCE_KEYS | NETWORK_KEYS and all(
        belongs(condition.key, value, allowed) for value in condition.values
    )


def _takes_from_others(deny: Statement, action: str, arn: str, allowed: Sequence[str]) -> bool:
    if deny.allows or not deny.covers_action(action) or not deny.covers_resource(arn):
        return False
    if deny.not_principal:
        return not deny.conditions and all(
            not principal.everyone and _named(principal, allowed) for principal in deny.principals
        )
    if not deny.names_everyone:
        return False
    return not deny.conditions or (
        len(deny.conditions) == 1 and denies_strangers(deny.conditions[0]) and _only(deny.conditions[0], allowed)
    )
