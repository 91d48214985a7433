"""Resource policies taken apart: who may do what, on which resource, under which fixed conditions.

A policy is a JSON object or its text, as AWS returns it; ``None`` is "no policy", which grants nothing. Whatever is
not a well-formed policy raises ``PolicyDocumentError``: a policy that cannot be read is never judged. ``NotPrincipal``,
``NotAction`` and ``NotResource`` are read as granting everything they do not name. Source: AWS IAM User Guide,
"IAM JSON policy element reference".
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from scanner.errors import TrailwitnessError
from scanner.model import JsonValue
from scanner.policy_conditions import (
    ACCOUNT_KEYS,
    SOURCE_KEYS,
    Condition,
    denies_strangers,
    glob_covers,
    globs_overlap,
    holds,
    pins_callers,
)

_ACCOUNT = re.compile(r"[0-9]{12}")
_ACCOUNT_ARN = re.compile(r"arn:[^:]+:(?:iam|sts):[^:]*:([0-9]{12}):.+", re.DOTALL)
_Element = TypeVar("_Element")


class PolicyDocumentError(TrailwitnessError, ValueError):
    """A policy is not what the IAM policy grammar allows, so nothing can be said about it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal: ``kind`` is ``AWS``, ``Service``, ``Federated`` or ``CanonicalUser``."""

    kind: str
    value: str

    @property
    def everyone(self) -> bool:
        """Whether the principal is a wildcard."""
        return "*" in self.value or "?" in self.value

    @property
    def account(self) -> str:
        """The account of an AWS principal; "" when it names none (a deleted identity, a wildcard)."""
        if self.kind != "AWS":
            return ""
        found = _ACCOUNT_ARN.fullmatch(self.value)
        return found.group(1) if found else self.value if _ACCOUNT.fullmatch(self.value) else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its elements as tuples. The ``not_…`` flags say that the element is the negated one."""

    sid: str
    allows: bool
    principals: tuple[Principal, ...]
    not_principal: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    conditions: tuple[Condition, ...]

    def concerns_action(self, action: str) -> bool:
        """Whether the statement applies to an action (which may hold wildcards, then: to one of them)."""
        if self.not_action:
            return not any(glob_covers(pattern, action, ignore_case=True) for pattern in self.actions)
        return any(globs_overlap(pattern, action, ignore_case=True) for pattern in self.actions)

    def concerns_resource(self, arn: str) -> bool:
        """Whether the statement applies to a resource ARN (which may hold wildcards, then: to one of them)."""
        if self.not_resource:
            return not any(glob_covers(pattern, arn) for pattern in self.resources)
        return any(globs_overlap(pattern, arn) for pattern in self.resources)

    @property
    def open_to_all(self) -> bool:
        """Whether the principals include everyone; an Allow to all but some is one to everyone."""
        return self.not_principal or any(principal.everyone for principal in self.principals)


def parse_policy(policy: JsonValue) -> tuple[Statement, ...]:
    """The statements of a policy given as object, as JSON text or as ``None``."""
    if policy is None:
        return ()
    if isinstance(policy, str):
        policy = policy_from_text(policy)
    if not isinstance(policy, Mapping) or "Statement" not in policy:
        raise _malformed("it is not an object with statements")
    listed = policy["Statement"]
    return tuple(_statement(item) for item in (listed if isinstance(listed, list) else [listed]))


def policy_from_text(text: str) -> JsonValue:
    """What the text of a policy holds. Raises PolicyDocumentError when it is not JSON."""
    try:
        found: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed("it is not JSON") from None
    return found


def _malformed(what: str) -> PolicyDocumentError:
    return PolicyDocumentError(f"The policy cannot be read: {what}.")


def _statement(raw: Any) -> Statement:
    if not isinstance(raw, Mapping):
        raise _malformed("a statement is not an object")
    effect = raw.get("Effect")
    if effect not in {"Allow", "Deny"}:
        raise _malformed(f"a statement's Effect is {effect!r}")
    principals, not_principal = _either(raw, "Principal", _principals)
    actions, not_action = _either(raw, "Action", _texts)
    # A statement without a resource is about the resource that the policy stands on.
    resources, not_resource = (
        _either(raw, "Resource", _texts) if {"Resource", "NotResource"} & set(raw) else (("*",), False)
    )
    return Statement(
        sid=str(raw.get("Sid") or ""),
        allows=effect == "Allow",
        principals=principals,
        not_principal=not_principal,
        actions=actions,
        not_action=not_action,
        resources=resources,
        not_resource=not_resource,
        conditions=_conditions(raw.get("Condition")),
    )


def _either(
    raw: Mapping[str, Any], name: str, read: Callable[[Any], tuple[_Element, ...]]
) -> tuple[tuple[_Element, ...], bool]:
    """An element or its negation, whichever the statement has; exactly one of them must be there."""
    given = [key for key in (name, f"Not{name}") if key in raw]
    if len(given) != 1:
        raise _malformed(f"a statement needs either {name} or Not{name}")
    return read(raw[given[0]]), given[0] != name


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in listed):
        raise _malformed("an element holds something that is not text")
    return tuple(listed)


def _principals(value: Any) -> tuple[Principal, ...]:
    if value == "*":
        return (Principal("AWS", "*"),)
    if not isinstance(value, Mapping):
        raise _malformed("a Principal is neither * nor an object")
    unknown = set(value) - {"AWS", "Service", "Federated", "CanonicalUser"}
    if unknown:
        raise _malformed(f"a Principal is of the unknown kind {min(unknown)!r}")
    return tuple(Principal(kind, text) for kind, listed in value.items() for text in _texts(listed))


def _conditions(block: Any) -> tuple[Condition, ...]:
    if block is None:
        return ()
    if not isinstance(block, Mapping) or not all(isinstance(keys, Mapping) for keys in block.values()):
        raise _malformed("a Condition is not an object of operators and keys")
    return tuple(_condition(name, key, values) for name, keys in block.items() for key, values in keys.items())


def _condition(name: str, key: str, values: Any) -> Condition:
    """Numbers and booleans are written without quotes by some tools; AWS reads them as their text."""
    quantifier, operator = "", name.lower()
    for prefix, short in (("forallvalues:", "all"), ("foranyvalue:", "any")):
        if operator.startswith(prefix):
            quantifier, operator = short, operator.removeprefix(prefix)
    if_exists = operator.endswith("ifexists")
    listed = values if isinstance(values, list) else [values]
    return Condition(
        operator=operator.removesuffix("ifexists"),
        quantifier=quantifier,
        if_exists=if_exists,
        key=key.lower(),
        values=tuple(item if isinstance(item, str) else json.dumps(item) for item in listed),
    )


def public_statements(policy: JsonValue, actions: Sequence[str] | None = None) -> list[dict[str, JsonValue]]:
    """The Allow statements that open the resource to strangers, as objects ``{Sid, Principals, Actions}``.

    A statement is public when its principals include everyone, no condition pins it to fixed callers and no Deny
    refuses everyone but fixed callers the same. ``actions`` limits the answer to statements about one of them.
    """
    statements = parse_policy(policy)
    return [
        _summary(statement)
        for statement in statements
        if _public(statement, statements)
        and (actions is None or any(statement.concerns_action(action) for action in actions))
    ]


def _public(statement: Statement, statements: Sequence[Statement]) -> bool:
    return (
        statement.allows
        and statement.open_to_all
        and not any(pins_callers(condition) for condition in statement.conditions)
        and not any(_guards(deny, statement) for deny in statements)
    )


def _guards(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny takes from everyone but fixed callers all that an Allow gives."""
    if deny.allows or deny.not_action or deny.not_resource or allow.not_action or allow.not_resource:
        return False
    if deny.not_principal:
        refuses = not deny.conditions and not any(principal.everyone for principal in deny.principals)
    else:
        refuses = deny.open_to_all and len(deny.conditions) == 1 and denies_strangers(deny.conditions[0])
    return (
        refuses
        and all(any(glob_covers(own, action, ignore_case=True) for own in deny.actions) for action in allow.actions)
        and all(any(glob_covers(own, arn) for own in deny.resources) for arn in allow.resources)
    )


def _summary(statement: Statement) -> dict[str, JsonValue]:
    return {
        "Sid": statement.sid,
        "Principals": ["*"] if statement.not_principal else [principal.value for principal in statement.principals],
        "Actions": [("not " if statement.not_action else "") + action for action in statement.actions],
    }


def denies_insecure_transport(policy: JsonValue) -> bool:
    """Whether a bucket policy refuses everyone every S3 action without TLS, on the bucket and on all its objects.

    Deny statements with ``aws:SecureTransport`` false as their only condition count together. Source: Amazon S3 User
    Guide, "Security best practices", enforce encryption of data in transit.
    """
    refused = [
        arn
        for statement in parse_policy(policy)
        if not statement.allows
        and statement.open_to_all
        and not statement.not_principal
        and not statement.not_action
        and not statement.not_resource
        and any(glob_covers(action, "s3:*", ignore_case=True) for action in statement.actions)
        and [_insecure(condition) for condition in statement.conditions] == [True]
        for arn in statement.resources
    ]
    # S3 takes no policy about another bucket, so the bucket is the one that the statements name.
    buckets = {arn.partition("/")[0] for arn in refused}
    return any(
        all(any(glob_covers(arn, wanted) for arn in refused) for wanted in (bucket, f"{bucket}/*"))
        for bucket in buckets
    )


def _insecure(condition: Condition) -> bool:
    return (
        condition.key == "aws:securetransport"
        and condition.operator == "bool"
        and condition.quantifier != "any"
        and "false" in {value.lower() for value in condition.values}
    )


def service_grants(policy: JsonValue, service: str, action: str) -> list[dict[str, JsonValue]]:
    """The Allow statements under which an AWS service may do an action, with what they pin the request to.

    Objects ``{Sid, Accounts, Organizations, SourceArns, Acl}``: the accounts, organization ids (or paths) and ARNs
    that fixed conditions on the source of the request name, and the values required of ``s3:x-amz-acl``. Statements
    for everyone let the service in too. Source: AWS IAM User Guide, "The confused deputy problem".
    """
    return [_grant(statement) for statement in _granting(policy, service, action)]


def unbound_service_grants(
    policy: JsonValue, service: str, action: str, allowed: Sequence[str]
) -> list[dict[str, JsonValue]]:
    """Those of ``service_grants`` that no fixed condition limits to sources in ``allowed``.

    ``allowed`` holds account ids, organization ids and resource ARNs. A condition limits when each of its values
    belongs to one of them.
    """
    return [
        _grant(statement)
        for statement in _granting(policy, service, action)
        if not any(
            all(_belongs(condition.key, value, allowed) for value in condition.values)
            for condition in _pinned_sources(statement)
        )
    ]


def _granting(policy: JsonValue, service: str, action: str) -> list[Statement]:
    return [
        statement
        for statement in parse_policy(policy)
        if statement.allows and statement.concerns_action(action) and _includes_service(statement, service)
    ]


def _includes_service(statement: Statement, service: str) -> bool:
    named = any(_is_service(principal, service) for principal in statement.principals)
    return not named if statement.not_principal else named or statement.open_to_all


def _is_service(principal: Principal, service: str) -> bool:
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
        "Accounts": [value for item in pinned if item.key in ACCOUNT_KEYS for value in item.values],
        "Organizations": [value for item in pinned if "sourceorg" in item.key for value in item.values],
        "SourceArns": [value for item in pinned if item.key == "aws:sourcearn" for value in item.values],
        "Acl": [
            value
            for item in statement.conditions
            if item.key == "s3:x-amz-acl" and item.operator == "stringequals" and not item.if_exists
            for value in item.values
        ],
    }


def _belongs(key: str, value: str, allowed: Sequence[str]) -> bool:
    """Whether a fixed value names something in ``allowed`` or of an account or organization in it."""
    if value in allowed:
        return True
    if key.endswith("arn"):
        return value.split(":", 5)[4] in allowed if value.count(":") >= 5 else False
    return key.endswith("orgpaths") and value.partition("/")[0] in allowed


def principals_outside(policy: JsonValue, allowed: Sequence[str]) -> list[str]:
    """The principals an Allow statement lets in that are not of ``allowed`` (accounts, organizations, ARNs).

    AWS services are left to ``service_grants``. Everyone under a fixed condition counts as the condition's values.
    """
    found: set[str] = set()
    for statement in parse_policy(policy):
        if not statement.allows:
            continue
        if statement.open_to_all:
            found.update(_strangers(statement, allowed))
        else:
            found.update(
                principal.value
                for principal in statement.principals
                if principal.kind != "Service" and not {principal.value, principal.account} & set(allowed)
            )
    return sorted(found)


def _strangers(statement: Statement, allowed: Sequence[str]) -> set[str]:
    pinned = [condition for condition in statement.conditions if pins_callers(condition)]
    outside = [
        {value for value in condition.values if not _belongs(condition.key, value, allowed)} for condition in pinned
    ]
    return min(outside, key=len) if outside else {"*"}


def grants_to_others(
    policy: JsonValue, actions: Sequence[str], resources: Sequence[str], allowed: Sequence[str]
) -> list[dict[str, JsonValue]]:
    """The Allow statements that give one of ``actions`` on one of ``resources`` to a principal not in ``allowed``.

    ``resources`` are ARNs, perhaps with wildcards; ``allowed`` holds service names, account ids and principal ARNs.
    Conditions are not weighed: a conditional grant is a grant.
    """
    return [
        _summary(statement)
        for statement in parse_policy(policy)
        if statement.allows
        and any(statement.concerns_action(action) for action in actions)
        and any(statement.concerns_resource(arn) for arn in resources)
        and (statement.not_principal or not all(_named(principal, allowed) for principal in statement.principals))
    ]


def _named(principal: Principal, allowed: Sequence[str]) -> bool:
    if principal.kind == "Service":
        return any(_is_service(principal, service) for service in allowed)
    return bool({principal.value, principal.account} & set(allowed))


def service_allowed(policy: JsonValue, service: str, action: str, resource: str, sources: Sequence[str]) -> bool:
    """Whether a service may do an action on a resource for every one of the source ARNs. A Deny that applies wins.

    A grant to an account lets in its identities, not the services that act for it. ``PolicyDocumentError`` when the
    policy does not decide it: it hangs on a condition on a key that such a request is not known to carry.
    """
    statements = parse_policy(policy)
    verdicts = [_decide(statements, service, action, resource, source) for source in sources]
    if False not in verdicts and None in verdicts:
        raise PolicyDocumentError(f"The policy alone does not decide whether {service} may do {action}.")
    return False not in verdicts


def _decide(statements: Sequence[Statement], service: str, action: str, resource: str, source: str) -> bool | None:
    parts = source.split(":", 5)
    account = parts[4] if len(parts) == 6 else ""
    request = {
        "aws:sourcearn": source,
        "aws:sourceaccount": account,
        "aws:sourceowner": account,
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
    }
    denied: list[bool | None] = [False]
    allowed: list[bool | None] = [False]
    for statement in statements:
        if not (statement.concerns_action(action) and statement.concerns_resource(resource)):
            continue
        verdicts = [_includes_service(statement, service), *(holds(item, request) for item in statement.conditions)]
        verdict = False if False in verdicts else None if None in verdicts else True
        (allowed if statement.allows else denied).append(verdict)
    if True in denied or not (True in allowed or None in allowed):
        return False
    return True if True in allowed and None not in denied else None


def statements_about(policy: JsonValue, arns: Sequence[str]) -> JsonValue:
    """The policy with only the statements that can concern one of the resources.

    A policy that cannot be read is returned as it is, so that judging it fails.
    """
    try:
        statements = parse_policy(policy)
    except PolicyDocumentError:
        return policy
    if policy is None:
        return None
    document = json.loads(policy) if isinstance(policy, str) else policy
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    kept = [
        raw
        for raw, statement in zip(listed, statements, strict=True)
        if any(statement.concerns_resource(arn) for arn in arns)
    ]
    return {**document, "Statement": kept}


def policy_object(policy: JsonValue) -> JsonValue:
    """A policy's JSON text as an object; text that is no JSON object stays text, so that judging it fails."""
    return statements_about(policy, ["*"])
