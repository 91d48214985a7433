"""The functions that rule expressions have beyond JMESPath's own; every one is pure and typed.

A null argument gives null, which is never true; only a null policy has a meaning of its own: no policy, which grants
and refuses nothing. An argument of another type, or a policy that cannot be read, is an error the caller reports.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from jmespath import functions

from scanner.arns import parse_arn
from scanner.model import JsonValue
from scanner.policies import control_policies, grants, identities, powers, services, statements
from scanner.texts.globs import glob_match
from scanner.times import from_milliseconds, read_time

BOOLEAN_FUNCTIONS = frozenset(
    {
        "contains",
        "denies_insecure_transport",
        "ends_with",
        "glob",
        "names_organization",
        "service_allowed",
        "starts_with",
    }
)
"""Functions whose value is true, false or null."""

_CLOCK_TOLERANCE = timedelta(hours=24)
"""How far a recorded time may lie after the start of collection: calls are made over hours, clocks differ."""

_TEXT: Any = {"types": ["string", "null"]}
_TIME: Any = {"types": ["string", "number", "null"]}
_PATTERNS: Any = {"types": ["string", "array", "null"]}
_LIST: Any = {"types": ["array", "null"]}
_POLICY: Any = {"types": ["object", "string", "null"]}
_NAME: Any = {"types": ["string"]}
_NAMES: Any = {"types": ["array-string"]}
_OBJECTS: Any = {"types": ["array-object"]}
_OBJECT: Any = {"types": ["object"]}


class RuleFunctions(functions.Functions):
    """JMESPath's functions and ours, at one point in time."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @functions.signature(_TIME)
    def _func_age_hours(self, when: str | float | None) -> float | None:
        """Hours from ``when`` (RFC 3339 text, or epoch milliseconds as CloudWatch Logs gives them) to now."""
        return None if when is None else _age(when, self._now) / timedelta(hours=1)

    @functions.signature(_TIME)
    def _func_age_days(self, when: str | float | None) -> float | None:
        """Days from ``when`` to now; see ``age_hours``."""
        return None if when is None else _age(when, self._now) / timedelta(days=1)

    @functions.signature(_TEXT, _PATTERNS)
    def _func_glob(self, text: str | None, patterns: str | list[str] | None) -> bool | None:
        """Whether the text matches the pattern, or one of the patterns: ``*`` any text, ``?`` one character."""
        if text is None or patterns is None:
            return None
        listed = [patterns] if isinstance(patterns, str) else patterns
        return any(glob_match(pattern, text) for pattern in listed)

    @functions.signature(_TEXT)
    def _func_arn_account(self, arn: str | None) -> str | None:
        """The account id inside an ARN; null when the text is no ARN or its account part is empty."""
        parsed = parse_arn(arn)
        return (parsed.account or None) if parsed else None

    @functions.signature(_TEXT)
    def _func_arn_region(self, arn: str | None) -> str | None:
        """The Region inside an ARN; null when the text is no ARN or its Region part is empty."""
        parsed = parse_arn(arn)
        return (parsed.region or None) if parsed else None

    @functions.signature(_LIST, _LIST)
    def _func_difference(self, some: list[Any] | None, others: list[Any] | None) -> list[Any] | None:
        """The items of the first list that the second does not hold, in order."""
        if some is None or others is None:
            return None
        known = {_canonical(item) for item in others}
        return [item for item in some if _canonical(item) not in known]

    @functions.signature(_POLICY)
    def _func_public_statements(self, policy: JsonValue) -> list[dict[str, JsonValue]]:
        """The Allow statements that open a resource to strangers, as objects ``{Sid, Principals, Actions}``."""
        return statements.public_statements(policy)

    @functions.signature(_POLICY, _NAMES)
    def _func_public_statements_about(self, policy: JsonValue, actions: list[str]) -> list[dict[str, JsonValue]]:
        """Those of ``public_statements`` that concern one of the actions."""
        return statements.public_statements(policy, actions)

    @functions.signature(_POLICY)
    def _func_numbered(self, policy: JsonValue) -> JsonValue:
        """The policy with ``number 2`` as the Sid of a statement that has none, by its place."""
        return statements.numbered(policy)

    @functions.signature(_POLICY)
    def _func_denies_insecure_transport(self, policy: JsonValue) -> bool:
        """Whether a bucket policy refuses everyone every S3 action without TLS, on the bucket and its objects."""
        return statements.denies_insecure_transport(policy)

    @functions.signature(_POLICY, _NAME, _NAME)
    def _func_service_grants(self, policy: JsonValue, service: str, action: str) -> list[dict[str, JsonValue]]:
        """The Allow statements that let a service do an action: ``{Sid, Accounts, Organizations, SourceArns, Acl}``."""
        return services.service_grants(policy, service, action)

    @functions.signature(_POLICY, _NAME, _NAME, _NAMES)
    def _func_unbound_service_grants(
        self, policy: JsonValue, service: str, action: str, allowed: list[str]
    ) -> list[dict[str, JsonValue]]:
        """Those of ``service_grants`` that no fixed condition limits to the accounts, organizations or ARNs allowed."""
        return services.unbound_service_grants(policy, service, action, allowed)

    @functions.signature(_POLICY, _NAME, _NAME, _NAMES, _NAMES)
    def _func_unscoped_service_grants(
        self, policy: JsonValue, service: str, action: str, keys: list[str], arns: list[str]
    ) -> list[dict[str, JsonValue]]:
        """Those of ``service_grants`` that no condition on one of the keys limits to values that the ARNs cover."""
        return services.unscoped_service_grants(policy, service, action, keys, arns)

    @functions.signature(_POLICY, _NAME, _NAMES)
    def _func_service_denials(self, policy: JsonValue, service: str, actions: list[str]) -> list[dict[str, JsonValue]]:
        """The Deny statements that refuse a service an action in every request: ``{Sid, Principals, Actions}``."""
        return services.service_denials(policy, service, actions)

    @functions.signature(_POLICY, _NAMES)
    def _func_principals_outside(self, policy: JsonValue, allowed: list[str]) -> list[str]:
        """The principals that Allow statements let in and that are not of the accounts, organizations or ARNs."""
        return grants.principals_outside(policy, allowed)

    @functions.signature(_POLICY, _NAMES)
    def _func_statements_outside(self, policy: JsonValue, allowed: list[str]) -> list[dict[str, JsonValue]]:
        """The Allow statements that let in one of ``principals_outside``: ``{Sid, Principals, Actions}``."""
        return grants.statements_outside(policy, allowed)

    @functions.signature(_POLICY, _NAMES, _NAMES)
    def _func_principals_outside_about(self, policy: JsonValue, actions: list[str], allowed: list[str]) -> list[str]:
        """Those of ``principals_outside`` that are let in to do one of the actions."""
        return grants.principals_outside(policy, allowed, actions)

    @functions.signature(_POLICY, _NAMES, _NAMES, _NAMES)
    def _func_grants_to_others(
        self, policy: JsonValue, actions: list[str], resources: list[str], allowed: list[str]
    ) -> list[dict[str, JsonValue]]:
        """The Allow statements that give others an action on a resource: ``{Sid, Principals, Actions}``."""
        return grants.grants_to_others(policy, actions, resources, allowed)

    @functions.signature(_POLICY, _NAMES)
    def _func_escalating_statements(self, policy: JsonValue, actions: list[str]) -> list[dict[str, JsonValue]]:
        """The Allow statements of an identity policy that let someone raise rights: ``{Sid, Actions, Resources}``."""
        return identities.escalating_statements(policy, actions)

    @functions.signature(_OBJECT, _NAMES, _OBJECTS)
    def _func_powers(
        self, principal: dict[str, Any], actions: list[str], resources: list[dict[str, Any]]
    ) -> list[dict[str, JsonValue]]:
        """Which of the actions a user or role may do on one of the resources, by policy: ``{Policy, Actions}``."""
        return powers.powers(principal, actions, resources)

    @functions.signature(_POLICY, _NAME, _NAME, _NAME, _NAMES)
    def _func_service_allowed(
        self, policy: JsonValue, service: str, action: str, resource: str, sources: list[str]
    ) -> bool:
        """Whether a service may do an action on a resource for every source ARN; an error when undecided."""
        return services.service_allowed(policy, service, action, resource, sources)

    @functions.signature(_POLICY)
    def _func_names_organization(self, policy: JsonValue) -> bool:
        """Whether a condition of the policy is about an organization."""
        return services.names_organization(policy)

    @functions.signature(_POLICY, _NAME, _NAME, _OBJECTS)
    def _func_refusing_statements(
        self, policy: JsonValue, service: str, action: str, requests: list[dict[str, Any]]
    ) -> list[dict[str, JsonValue]]:
        """The Deny statements that refuse one of the requests: ``{Sid, Principals, Actions}``."""
        return services.refusing_statements(policy, service, action, requests)

    @functions.signature(_POLICY, _NAME, _NAME, _OBJECTS)
    def _func_refused_requests(
        self, policy: JsonValue, service: str, action: str, requests: list[dict[str, Any]]
    ) -> list[dict[str, JsonValue]]:
        """The requests ``{Source, Resource, Keys}`` of a service that the policy refuses; else as above."""
        return services.refused_requests(policy, service, action, requests)

    @functions.signature(_OBJECT, _NAMES, _NAMES, _NAMES)
    def _func_unguarded_actions(
        self, policies: dict[str, Any], actions: list[str], resources: list[str], exempt: list[str]
    ) -> list[dict[str, JsonValue]]:
        """Which actions the service control policies of an account leave to somebody: ``{Action, Why, Partly}``."""
        return control_policies.unguarded_actions(policies, actions, resources, exempt)

    @functions.signature(_OBJECTS, _NAMES)
    def _func_unreviewed_events(self, queries: list[dict[str, Any]], patterns: list[str]) -> list[str]:
        """The filter patterns with an event that none of the queries ``{Query, Language}`` keeps; an error if open."""
        # Proving coverage takes modules that no other expression needs.
        from scanner.expressions.reviews import unreviewed_events

        return unreviewed_events(queries, patterns)


def _canonical(value: Any) -> str:
    # As text, because 1, 1.0 and true are equal in Python and different in JSON.
    return json.dumps(value, sort_keys=True)


def _age(when: str | float, now: datetime) -> timedelta:
    """The time passed since ``when``; ``ValueError`` for what is not a time, or lies in the future."""
    moment = _moment(when)
    if moment - now > _CLOCK_TOLERANCE:
        raise ValueError(f"{when!r} lies after the time of collection")
    return now - moment


def _moment(when: str | float) -> datetime:
    return read_time(when) if isinstance(when, str) else from_milliseconds(when)
