"""Resource policies taken apart, and whether strangers get in by them.

A policy is a JSON object or its text, as AWS returns it; ``None`` is "no policy", which grants nothing. Whatever is
not a well-formed policy raises ``PolicyDocumentError``: a policy that cannot be read is never judged. ``NotPrincipal``,
``NotAction`` and ``NotResource`` are read as granting everything they do not name. Source: AWS IAM User Guide,
"IAM JSON policy element reference".
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from scanner.arns import parse_arn
from scanner.errors import TrailwitnessError
from scanner.model import JsonValue
from scanner.model.json_values import as_object
from scanner.policies.conditions import Condition, denies_strangers, pins_callers
from scanner.texts.globs import glob_covers, globs_overlap

_ACCOUNT = re.compile(r"[0-9]{12}")
_LARGEST = 10**15
_GONE = re.compile(r"A(?:ROA|IDA)[A-Z0-9]{12,}")
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
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
        """Whether the principal is a wildcard, of whatever kind: strangers may be among those it lets in."""
        return "*" in self.value or "?" in self.value

    @property
    def gone(self) -> bool:
        """Whether it was a role or user that has been deleted, whose id is all that is left: it is nobody.

        A new role of the same name has another id. Source: AWS IAM User Guide, "AWS JSON policy elements: Principal".
        """
        return self.kind == "AWS" and _GONE.fullmatch(self.value) is not None

    @property
    def account(self) -> str:
        """The account of an AWS principal; "" when it names none (a deleted identity, a wildcard)."""
        if self.kind != "AWS":
            return ""
        arn = parse_arn(self.value)
        account = arn.account if arn and arn.service in {"iam", "sts"} else self.value
        return account if _ACCOUNT.fullmatch(account) else ""


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
        return any(globs_overlap(_VARIABLE.sub("*", pattern), arn) for pattern in self.resources)

    def covers_action(self, action: str) -> bool:
        """Whether the statement applies to every action that ``action`` stands for."""
        if self.not_action:
            return not any(globs_overlap(pattern, action, ignore_case=True) for pattern in self.actions)
        return any(glob_covers(pattern, action, ignore_case=True) for pattern in self.actions)

    def covers_resource(self, arn: str) -> bool:
        """Whether the statement applies to every resource that ``arn`` stands for, whatever policy variables mean."""
        wanted = _VARIABLE.sub("*", arn)
        if self.not_resource:
            return not any(globs_overlap(_VARIABLE.sub("*", pattern), wanted) for pattern in self.resources)
        return any(glob_covers(pattern, wanted) for pattern in self.resources)

    @property
    def open_to_all(self) -> bool:
        """Whether strangers may be among the principals; an Allow to all but some is one to everyone."""
        return self.not_principal or any(principal.everyone for principal in self.principals)

    @property
    def names_everyone(self) -> bool:
        """Whether the principals are everyone without exception, as a Deny must name them to refuse everyone."""
        return not self.not_principal and Principal("AWS", "*") in self.principals


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
        found: JsonValue = json.loads(text, object_pairs_hook=_without_repetition)
    except PolicyDocumentError:
        raise
    except (ValueError, RecursionError):
        raise _malformed("it is not JSON") from None
    return found


def _without_repetition(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a policy; readers disagree about which of two equal names counts."""
    found = dict(members)
    if len(found) != len(members):
        raise _malformed("an object has the same name twice")
    return found


def _malformed(what: str) -> PolicyDocumentError:
    return PolicyDocumentError(f"The policy cannot be read: {what}.")


def _statement(raw: Any) -> Statement:
    if not isinstance(raw, Mapping):
        raise _malformed("a statement is not an object")
    unknown = sorted(set(raw) - _ELEMENTS)
    if unknown:
        raise _malformed(f"a statement has the unknown element {unknown[0]!r}")
    effect = raw.get("Effect")
    if not isinstance(effect, str) or effect not in {"Allow", "Deny"}:
        raise _malformed("a statement's Effect is neither Allow nor Deny")
    principals, not_principal = _either(raw, "Principal", _principals)
    actions, not_action = _either(raw, "Action", _texts)
    # A statement without a resource is about the resource that has the policy.
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
        values=tuple(map(_condition_value, listed)),
    )


def _condition_value(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < _LARGEST):
        return json.dumps(value)
    raise _malformed("a condition's value is neither text, number nor boolean")


def public_statements(policy: JsonValue, actions: Sequence[str] | None = None) -> list[dict[str, JsonValue]]:
    """The Allow statements that open the resource to strangers, as objects ``{Sid, Principals, Actions}``.

    A statement is public when its principals include everyone, no condition pins it to fixed callers and no Deny
    refuses everyone but fixed callers the same. ``actions`` limits the answer to statements about one of them.
    """
    statements = parse_policy(policy)
    public = [statement for statement in statements if _public(statement, statements)]
    if actions is not None:
        public = [statement for statement in public if any(map(statement.concerns_action, actions))]
    return [summary(statement) for statement in public]


def _public(statement: Statement, statements: Sequence[Statement]) -> bool:
    return (
        statement.allows
        and statement.open_to_all
        and not any(map(pins_callers, statement.conditions))
        and not any(_guards(deny, statement) for deny in statements)
    )


def _guards(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny takes from everyone but fixed callers all that an Allow gives."""
    if not takes_back(deny, allow):
        return False
    return not deny.conditions or (
        not deny.not_principal and len(deny.conditions) == 1 and denies_strangers(deny.conditions[0])
    )


def takes_back(deny: Statement, allow: Statement) -> bool:
    """Whether a Deny is about all that an Allow gives and about everyone, or everyone but those it names.

    Under which conditions it refuses is left to the caller.
    """
    if deny.allows or allow.not_action or allow.not_resource:
        return False
    if deny.not_principal:
        everyone = not any(principal.everyone for principal in deny.principals)
    else:
        everyone = deny.names_everyone
    return everyone and all(map(deny.covers_action, allow.actions)) and all(map(deny.covers_resource, allow.resources))


def summary(statement: Statement) -> dict[str, JsonValue]:
    """A statement as rules see it: ``{Sid, Principals, Actions}``."""
    return {
        "Sid": statement.sid,
        "Principals": ["*"] if statement.not_principal else [principal.value for principal in statement.principals],
        "Actions": listed_as(statement.actions, negated=statement.not_action),
    }


def listed_as(texts: Iterable[str], *, negated: bool) -> list[JsonValue]:
    """The values of an element as rules see them: those of a negated one begin with ``not``."""
    return [f"not {text}" if negated else text for text in texts]


def denies_insecure_transport(policy: JsonValue) -> bool:
    """Whether a bucket policy refuses everyone every S3 action without TLS, on the bucket and on all its objects.

    Deny statements with ``aws:SecureTransport`` false as their only condition count together. Source: Amazon S3 User
    Guide, "Security best practices", enforce encryption of data in transit.
    """
    refused: list[str] = []
    for statement in parse_policy(policy):
        if _refuses_insecure_transport(statement):
            refused += statement.resources
    # S3 takes no policy about another bucket, so the bucket is the one that the statements name.
    buckets = {arn.partition("/")[0] for arn in refused}
    return any(_is_covered(bucket, refused) and _is_covered(f"{bucket}/*", refused) for bucket in buckets)


def _refuses_insecure_transport(statement: Statement) -> bool:
    return (
        not statement.allows
        and statement.names_everyone
        and not statement.not_action
        and not statement.not_resource
        and any(glob_covers(action, "s3:*", ignore_case=True) for action in statement.actions)
        and list(map(_insecure, statement.conditions)) == [True]
    )


def _is_covered(wanted: str, patterns: Iterable[str]) -> bool:
    return any(glob_covers(pattern, wanted) for pattern in patterns)


def _insecure(condition: Condition) -> bool:
    return (
        condition.key == "aws:securetransport"
        and condition.operator == "bool"
        and condition.quantifier != "any"
        and "false" in {value.lower() for value in condition.values}
    )


def statements_about(policy: JsonValue, arns: Sequence[str]) -> JsonValue:
    """The policy with only the statements that can concern one of the resources.

    A policy that cannot be read is returned as it is, so that judging it fails.
    """
    return _with_statements(policy, lambda statement: any(map(statement.concerns_resource, arns)))


def numbered(policy: JsonValue) -> JsonValue:
    """The policy with a Sid for every statement: those without one are called ``number 2`` by their place.

    A policy that cannot be read is returned as it is, so that judging it fails.
    """
    try:
        statements = parse_policy(policy)
    except PolicyDocumentError:
        return policy
    if policy is None:
        return None
    document = as_object(json.loads(policy) if isinstance(policy, str) else policy)
    named = [
        {**as_object(raw), "Sid": read.sid or f"number {place}"}
        for place, (raw, read) in enumerate(zip(_listed(document), statements, strict=True), start=1)
    ]
    return {**document, "Statement": named}


def _listed(document: Mapping[str, JsonValue]) -> Sequence[JsonValue]:
    """The statements of a policy that can be read, as they are written."""
    statements = document["Statement"]
    return statements if isinstance(statements, list) else [statements]


def policy_object(policy: JsonValue) -> JsonValue:
    """A policy's JSON text as an object; text that is not a JSON object stays text, so that judging it fails."""
    return _with_statements(policy, lambda _: True)


def _with_statements(policy: JsonValue, keep: Callable[[Statement], bool]) -> JsonValue:
    try:
        statements = parse_policy(policy)
    except PolicyDocumentError:
        return policy
    if policy is None:
        return None
    document = as_object(json.loads(policy) if isinstance(policy, str) else policy)
    listed = zip(_listed(document), statements, strict=True)
    return {**document, "Statement": [raw for raw, read in listed if keep(read)]}
