"""What a resource policy lets AWS services do, and for whom.

A service acts for somebody's resource: without a condition on the source of the request it acts for anybody's.
Sources: AWS IAM User Guide, "The confused deputy problem", "Policy evaluation logic" and "AWS global condition context
keys" (which keys a service principal's request carries).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scanner.arns import components
from scanner.model import JsonValue
from scanner.policies.conditions import (
    ACCOUNT_KEYS,
    SOURCE_KEYS,
    Condition,
    Request,
    denies_strangers,
    holds,
    pins_callers,
    refuses_all_but,
    requires_one_of,
)
from scanner.policies.statements import PolicyDocumentError, Principal, Statement, parse_policy, summary

EVENTBRIDGE = "events.amazonaws.com"
"""Sends no ``aws:SourceOwner``. Source: EventBridge User Guide, "Troubleshooting Amazon EventBridge"."""

UNSUPPORTED_BY_KEYS = ("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID")
"""Condition keys that the policy of a key cannot ask of EventBridge when it publishes to an encrypted topic.

Source: Amazon SNS Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics".
"""

ANY_ORGANIZATION = "o-*"
"""In a list of what is allowed: every organization, for asking what would be so whichever is the own one."""

_STRANGER = "000000000000"
"""An account id that no account has."""

_ORGANIZATION = re.compile(r"o-[a-z0-9]+")


def service_grants(policy: JsonValue, service: str, action: str) -> list[dict[str, JsonValue]]:
    """The Allow statements under which an AWS service may do an action, with what they pin the request to.

    Objects ``{Sid, Accounts, Organizations, SourceArns, Acl}``: the accounts, organization ids (or paths) and ARNs
    that fixed conditions on the source of the request name, and the values required of ``s3:x-amz-acl``. Statements
    for everyone let the service in too, unless a condition keeps services out.
    """
    return [_grant(statement) for statement in _granting(policy, service, action)]


def unbound_service_grants(
    policy: JsonValue, service: str, action: str, allowed: Sequence[str]
) -> list[dict[str, JsonValue]]:
    """Those of ``service_grants`` that no fixed condition limits to sources in ``allowed``.

    ``allowed`` holds account ids, organization ids (``o-*`` for any) and resource ARNs. A condition limits when each of
    its values belongs to one of them; so does a Deny for all other sources.
    """
    statements = parse_policy(policy)
    unbound: list[dict[str, JsonValue]] = []
    for statement in _granting(policy, service, action):
        bound = any(_all_belong(condition, allowed) for condition in _pinned_sources(statement))
        if not bound and not any(
            _kept_from_strangers(deny, statement, service, action, allowed) for deny in statements
        ):
            unbound.append(_grant(statement))
    return unbound


def unscoped_service_grants(
    policy: JsonValue, service: str, action: str, keys: Sequence[str], arns: Sequence[str]
) -> list[dict[str, JsonValue]]:
    """Those of ``service_grants`` that no condition on one of ``keys`` limits to values that ``arns`` cover.

    ``arns`` may hold wildcards; a wildcard in a value of the policy must be covered by one of them whole. A Deny for
    all other values limits as well.
    """
    statements = parse_policy(policy)
    wanted = frozenset(key.lower() for key in keys)
    unscoped: list[dict[str, JsonValue]] = []
    for statement in _granting(policy, service, action):
        scoped = any(requires_one_of(condition, wanted, arns) for condition in statement.conditions)
        if not scoped and not any(
            _denied_to_others(deny, statement, service, action, wanted, arns) for deny in statements
        ):
            unscoped.append(_grant(statement))
    return unscoped


def _denied_to_others(
    deny: Statement, allow: Statement, service: str, action: str, keys: frozenset[str], arns: Sequence[str]
) -> bool:
    """Whether a Deny refuses a service what an Allow gives, unless its request has one of the values."""
    if deny.allows or allow.not_resource or _includes_service(deny, service) is not True:
        return False
    if not deny.covers_action(action) or not all(map(deny.covers_resource, allow.resources)):
        return False
    return len(deny.conditions) == 1 and refuses_all_but(deny.conditions[0], keys, arns)


def _all_belong(condition: Condition, allowed: Sequence[str]) -> bool:
    return all(belongs(condition.key, value, allowed) for value in condition.values)


def _kept_from_strangers(deny: Statement, allow: Statement, service: str, action: str, allowed: Sequence[str]) -> bool:
    """Whether a Deny refuses a service what an Allow gives, unless it acts for sources in ``allowed``."""
    if deny.allows or allow.not_resource or _includes_service(deny, service) is not True:
        return False
    if not deny.covers_action(action) or not all(map(deny.covers_resource, allow.resources)):
        return False
    limits = [item for item in deny.conditions if item.key in SOURCE_KEYS and denies_strangers(item)]
    if not limits or not all(_all_belong(item, allowed) for item in limits):
        return False
    stranger = Request(_carried(service) | {"aws:sourceaccount": (_STRANGER,)}, by_service=True)
    return all(holds(item, stranger) is True for item in deny.conditions if item not in limits)


def _granting(policy: JsonValue, service: str, action: str) -> list[Statement]:
    request = Request(_carried(service), by_service=True)
    return [
        statement
        for statement in parse_policy(policy)
        if statement.allows
        and statement.concerns_action(action)
        and _includes_service(statement, service) is not False
        and False not in _verdicts(statement, request)
    ]


def _verdicts(statement: Statement, request: Request) -> list[bool | None]:
    """Whether a request satisfies each condition of a statement."""
    return [holds(condition, request) for condition in statement.conditions]


def _carried(service: str) -> dict[str, tuple[str, ...]]:
    """The condition keys that every request of a service principal carries."""
    return {
        "aws:securetransport": ("true",),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
    }


def _includes_service(statement: Statement, service: str) -> bool | None:
    """Whether the statement is about the service; ``None`` for a wildcard that AWS's grammar lacks."""
    verdicts = {_stands_for(principal, service) for principal in statement.principals}
    included = True if True in verdicts else None if None in verdicts else False
    return included if not statement.not_principal or included is None else not included


def _stands_for(principal: Principal, service: str) -> bool | None:
    if principal in {Principal("AWS", "*"), *(Principal("Service", name) for name in ("*", service, f"{service}.cn"))}:
        return True
    # Whether a service comes under a Regional name, and in which Region, is not documented for each.
    unsure = is_service(principal, service) or (principal.everyone and principal.kind in {"AWS", "Service"})
    return None if unsure else False


def is_service(principal: Principal, service: str) -> bool:
    """Whether a principal is the service, under its global or one of its Regional names."""
    label, _, suffix = service.partition(".")
    spelled = rf"{re.escape(label)}(\.[a-z0-9-]+)?\.{re.escape(suffix)}(\.cn)?"
    return principal.kind == "Service" and re.fullmatch(spelled, principal.value) is not None


def _pinned_sources(statement: Statement) -> list[Condition]:
    return [item for item in statement.conditions if item.key in SOURCE_KEYS and pins_callers(item)]


def _grant(statement: Statement) -> dict[str, JsonValue]:
    pinned = _pinned_sources(statement)
    return {
        "Sid": statement.sid,
        "Accounts": _values(pinned, lambda item: item.key in ACCOUNT_KEYS),
        "Organizations": _values(pinned, lambda item: "sourceorg" in item.key),
        "SourceArns": _values(pinned, lambda item: item.key == "aws:sourcearn"),
        "Acl": _values(statement.conditions, _requires_acl),
    }


def _values(conditions: Iterable[Condition], chosen: Callable[[Condition], bool]) -> list[JsonValue]:
    """The values of the chosen conditions, in order."""
    return [value for item in filter(chosen, conditions) for value in item.values]


def _requires_acl(condition: Condition) -> bool:
    return condition.key == "s3:x-amz-acl" and condition.operator == "stringequals" and not condition.if_exists


def belongs(key: str, value: str, allowed: Sequence[str]) -> bool:
    """Whether a fixed value of a condition key is in ``allowed``, or of an account or organization in it."""
    if value in allowed:
        return True
    if key.endswith("arn"):
        parts = components(value)
        return parts is not None and parts.account in allowed
    if key.endswith(("orgid", "orgpaths")):
        return value.partition("/")[0] in allowed or ANY_ORGANIZATION in allowed
    return False


def service_denials(policy: JsonValue, service: str, actions: Sequence[str]) -> list[dict[str, JsonValue]]:
    """The Deny statements that refuse a service one of the actions, on whatever resource, in every request it makes.

    They name it, everybody, or everybody but others (``NotPrincipal``); the action, a pattern of it in whatever case,
    or all but others (``NotAction``). Requests of the service always meet their conditions, if they have any.
    """
    request = Request(_carried(service), by_service=True)
    return [
        summary(statement)
        for statement in parse_policy(policy)
        if not statement.allows
        and _includes_service(statement, service) is not False
        and all(_verdicts(statement, request))
        and any(map(statement.concerns_action, actions))
    ]


def service_allowed(policy: JsonValue, service: str, action: str, resource: str, sources: Sequence[str]) -> bool:
    """Whether a service may do an action on a resource for every one of the source ARNs. A Deny that applies wins.

    Among ``sources`` the id of an organization (``o-…``) says that the accounts of the ARNs are in it. A grant to an
    account lets in its identities, not the services that act for it. ``PolicyDocumentError`` when the policy does not
    decide it: it depends on a condition on a key that such a request is not known to carry.
    """
    statements = parse_policy(policy)
    organization = next((item for item in sources if _ORGANIZATION.fullmatch(item)), "")
    verdicts = [
        _decide(statements, service, action, resource, _request(service, source, resource, organization, {}))
        for source in sources
        if not _ORGANIZATION.fullmatch(source)
    ]
    if False not in verdicts and None in verdicts:
        raise _undecided(service, action)
    return False not in verdicts


def refused_requests(
    policy: JsonValue, service: str, action: str, requests: Sequence[Mapping[str, Any]]
) -> list[dict[str, JsonValue]]:
    """Those of a service's requests that the policy does not let through.

    A request is ``{Source, Resource, Keys}``: the ARN of what the service acts for, the ARN of what it acts on
    (perhaps with wildcards: then all of it must be let through, and is refused when none is or a Deny takes all), and
    further condition keys with their text, or null where the request is known not to carry the key.
    ``PolicyDocumentError`` when the policy does not decide about one and lets all others through.
    """
    statements = parse_policy(policy)
    refused: list[dict[str, JsonValue]] = []
    undecided: list[str] = []
    for item in requests:
        request = _request(service, item["Source"], item["Resource"], "", item["Keys"])
        verdict = _decide(statements, service, action, item["Resource"], request)
        if verdict is False:
            refused.append(dict(item))
        if verdict is None:
            undecided.append(item["Resource"])
    if undecided and not refused:
        raise _undecided(service, f"{action} on {undecided[0]}")
    return refused


def names_organization(policy: JsonValue) -> bool:
    """Whether a condition of the policy is about an organization, so that judging it takes knowing the own one."""
    return any(
        condition.key.endswith(("orgid", "orgpaths"))
        for statement in parse_policy(policy)
        for condition in statement.conditions
    )


def _undecided(service: str, action: str) -> PolicyDocumentError:
    return PolicyDocumentError(f"The policy alone does not decide whether {service} may do {action}.")


def _request(service: str, source: str, resource: str, organization: str, keys: Mapping[str, str | None]) -> Request:
    """A request of a service for a source: what the ARNs and ``keys`` tell of its condition keys."""
    owner, (region, holder) = _places(source)[1], _places(resource)
    values = _carried(service) | {"aws:sourcearn": (source,)}
    if owner:
        values["aws:sourceaccount"] = (owner,)
        # EventBridge is not let in by the policy that a new topic gets, which rests on this key.
        values["aws:sourceowner"] = () if service == EVENTBRIDGE else (owner,)
    if region:
        values["aws:requestedregion"] = (region,)
    if holder:
        values["aws:resourceaccount"] = (holder,)
    values |= {key.lower(): () if value is None else (value,) for key, value in keys.items()}
    if organization:
        values["aws:sourceorgid"] = (organization,)
    if owner and values.get("aws:resourceaccount") == (owner,) and "aws:sourceorgid" in values:
        values.setdefault("aws:resourceorgid", values["aws:sourceorgid"])
    return Request(values, by_service=True)


def _places(text: str) -> tuple[str, str]:
    """The Region and the account in an ARN, "" where it names none."""
    parts = components(text)
    return (parts.region, parts.account) if parts else ("", "")


def refusing_statements(
    policy: JsonValue, service: str, action: str, requests: Sequence[Mapping[str, Any]]
) -> list[dict[str, JsonValue]]:
    """The Deny statements that certainly refuse one of the requests of ``refused_requests``."""
    asked = [
        (item["Resource"], _request(service, item["Source"], item["Resource"], "", item["Keys"])) for item in requests
    ]

    def refuses(statement: Statement) -> bool:
        return any(_applies(statement, service, action, resource, request) for resource, request in asked)

    return [summary(statement) for statement in parse_policy(policy) if not statement.allows and refuses(statement)]


def _decide(statements: Sequence[Statement], service: str, action: str, resource: str, request: Request) -> bool | None:
    denied: list[bool | None] = [False]
    allowed: list[bool | None] = [False]
    for statement in statements:
        (allowed if statement.allows else denied).append(_applies(statement, service, action, resource, request))
    if True in denied or not (True in allowed or None in allowed):
        return False
    return True if True in allowed and None not in denied else None


def _applies(statement: Statement, service: str, action: str, resource: str, request: Request) -> bool | None:
    """Whether a statement is about a request; None when that is not known, or true for a part of the resource."""
    if not statement.concerns_action(action):
        return False
    verdicts = [_includes_service(statement, service), *_verdicts(statement, request)]
    # What is costly comes last: of hundreds of objects most statements are ruled out by their condition.
    if False in verdicts:
        return False
    if statement.covers_resource(resource):
        return None if None in verdicts else True
    return None if statement.concerns_resource(resource) else False
