"""Conditions of policy statements: which ones pin a request to fixed callers, and what a given request does to them.

Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators" and "AWS global condition context keys";
Amazon S3 User Guide, "Blocking public access", the meaning of "public".
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from scanner.arns import components
from scanner.texts.globs import glob_covers, glob_match, globs_overlap

_ACCOUNT = re.compile(r"[0-9]{12}")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_ORGANIZATION_PATH = re.compile(r"o-[a-z0-9]{10,32}/.*", re.DOTALL)

_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_LIKE = frozenset({"stringlike", "arnlike", "arnequals"})
_NOT_EXACT = frozenset({"stringnotequals", "stringnotequalsignorecase"})
_NOT_LIKE = frozenset({"stringnotlike", "arnnotlike", "arnnotequals"})
_COMPARED = ("equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
_NEGATED = _NOT_EXACT | _NOT_LIKE | {"notipaddress", "numericnotequals", "datenotequals"}
_POSITIVE = (
    _EXACT
    | _LIKE
    | {"bool", "ipaddress", "binaryequals"}
    | {f"{kind}{comparison}" for kind in ("numeric", "date") for comparison in _COMPARED}
)

ACCOUNT_KEYS = frozenset(
    {"aws:sourceaccount", "aws:sourceowner", "aws:principalaccount", "kms:calleraccount", "s3:dataaccesspointaccount"}
)
"""Condition keys whose value is the account of the caller or of the resource the caller acts for."""

SOURCE_KEYS = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"}
)
"""Condition keys that say for which resource an AWS service makes a request."""

NETWORK_KEYS = frozenset({"aws:sourcevpc", "aws:sourcevpce"})
"""Condition keys that name a private network or an endpoint of it."""

_SERVICE_LACKS = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:userid",
        "aws:username",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:federatedprovider",
        "aws:tokenissuetime",
        "aws:sourceidentity",
        "aws:assumedroot",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:ec2instancesourcevpc",
        "aws:ec2instancesourceprivateipv4",
        "aws:chatbotsourcearn",
        "ec2:sourceinstancearn",
        "aws:sourcevpcarn",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        *NETWORK_KEYS,
    }
)
"""Condition keys that a service principal's request never carries: it has no account, session or network of yours."""

_PATHS: Mapping[str, str] = {"aws:sourceorgpaths": "aws:sourceorgid", "aws:resourceorgpaths": "aws:resourceorgid"}
"""Condition keys with a path in an organization, and those with the id of the same organization."""

_SERVICE_LACKS_BELOW = ("aws:principaltag/", "sts:", "saml:", "iam:")


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key. ``operator`` and ``key`` are lower case, ``quantifier`` is "", ``all`` or ``any``."""

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: tuple[str, ...]


def _fixed_account(value: str) -> bool:
    return _ACCOUNT.fullmatch(value) is not None


def _fixed_organization(value: str) -> bool:
    return _ORGANIZATION.fullmatch(value) is not None


def _fixed_path(value: str) -> bool:
    # "o-exampleorgid/*" still names one organization.
    return _ORGANIZATION_PATH.fullmatch(value) is not None


def _fixed_arn(value: str) -> bool:
    """An ARN of one account, or of one bucket (bucket ARNs name no account)."""
    parts = components(value)
    if parts is None:
        return False
    if _ACCOUNT.fullmatch(parts.account):
        return True
    return parts.service == "s3" and not parts.account and not _wild(parts.resource.partition("/")[0])


def _fixed_network(value: str) -> bool:
    """A range of addresses that is not as wide as to be public: at most /8 of IPv4 or /32 of IPv6."""
    try:
        network = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (8 if network.version == 4 else 32)


def _fixed_text(value: str) -> bool:
    return bool(value) and not _wild(value)


def _wild(value: str) -> bool:
    return "*" in value or "?" in value


_FIXED: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(ACCOUNT_KEYS, _fixed_account),
    "aws:principalorgid": _fixed_organization,
    "aws:sourceorgid": _fixed_organization,
    "aws:principalorgpaths": _fixed_path,
    "aws:sourceorgpaths": _fixed_path,
    "aws:sourcearn": _fixed_arn,
    "aws:principalarn": _fixed_arn,
    "s3:dataaccesspointarn": _fixed_arn,
    "aws:sourceip": _fixed_network,
    "aws:sourcevpc": _fixed_text,
    "aws:sourcevpce": _fixed_text,
    "aws:userid": _fixed_text,
    "aws:principalservicename": _fixed_text,
    "aws:principalservicenameslist": _fixed_text,
}
"""Keys that identify a caller, with what counts as a fixed value of each."""


def pins_callers(condition: Condition) -> bool:
    """Whether the condition limits an Allow to fixed callers.

    It does when it needs the key to be there (no ``IfExists``, no ``ForAllValues``) and to have one of values that
    are all fixed: no wildcard that widens them to strangers, no policy variable.
    """
    fixed = _FIXED.get(condition.key)
    if fixed is None or condition.if_exists or condition.quantifier == "all":
        return False
    if condition.operator == "ipaddress":
        return condition.key == "aws:sourceip" and all(fixed(value) for value in condition.values)
    if condition.operator not in _EXACT | _LIKE:
        return False
    return all("${" not in value and fixed(value) and not _loose(condition, value) for value in condition.values)


def _loose(condition: Condition, value: str) -> bool:
    """Whether a text operator lets a wildcard before the account of a principal's ARN swallow the account of another.

    The path of a role may hold colons, and so the id of an account that is not its own; ARN operators compare each part
    alone.
    """
    text = condition.operator in {"stringlike", "stringnotlike"}
    parts = components(value)
    return text and condition.key == "aws:principalarn" and (parts is None or any(map(_wild, parts[:4])))


def denies_strangers(condition: Condition) -> bool:
    """Whether a Deny under this condition alone refuses everyone but fixed callers.

    ``StringNotEquals aws:PrincipalOrgID o-…`` and its kin, with ``ForAllValues`` too: a request without the key is
    refused as well.
    """
    fixed = _FIXED.get(condition.key)
    if fixed is None or condition.quantifier == "any":
        return False
    if condition.operator == "notipaddress":
        return condition.key == "aws:sourceip" and all(fixed(value) for value in condition.values)
    if condition.operator not in _NOT_EXACT | _NOT_LIKE:
        return False
    return all("${" not in value and fixed(value) and not _loose(condition, value) for value in condition.values)


def requires_one_of(condition: Condition, keys: Collection[str], patterns: Collection[str]) -> bool:
    """Whether the condition limits an Allow to requests in which one of ``keys`` has a value that ``patterns`` cover.

    A wildcard in a value of the condition must be covered whole; a policy variable is covered by nothing.
    """
    needs = condition.operator in _EXACT | _LIKE and not condition.if_exists and condition.quantifier != "all"
    return needs and condition.key in keys and _covered(condition, patterns)


def refuses_all_but(condition: Condition, keys: Collection[str], patterns: Collection[str]) -> bool:
    """Whether a Deny under this condition alone refuses every request in which one of ``keys`` has another value.

    A request without the key is refused as well, with ``ForAllValues`` too.
    """
    negated = condition.operator in _NOT_EXACT | _NOT_LIKE and condition.quantifier != "any"
    return negated and condition.key in keys and _covered(condition, patterns)


def _covered(condition: Condition, patterns: Collection[str]) -> bool:
    """Whether every value of a condition is one that the patterns cover."""
    for value in condition.values:
        if "${" in value or not any(glob_covers(pattern, value) for pattern in patterns):
            return False
    return bool(condition.values)


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of one request: lower-case condition keys with their values.

    A key with an empty tuple is known to be absent; one that is not in ``values`` is not known, unless the request is
    made ``by_service``, by a service principal: then the keys that such requests never carry are absent.
    """

    values: Mapping[str, tuple[str, ...]]
    by_service: bool = False

    def of(self, key: str) -> tuple[str, ...] | None:
        """The values of a key; ``None`` when nothing is known of it."""
        if key in self.values:
            return self.values[key]
        if self.by_service and (key in _SERVICE_LACKS or key.startswith(_SERVICE_LACKS_BELOW)):
            return ()
        return None


def holds(condition: Condition, request: Request) -> bool | None:
    """Whether a request satisfies the condition; ``None`` when that is not known.

    An absent key satisfies ``Null`` true, the negated operators, ``…IfExists`` and ``ForAllValues``, and nothing else.
    Source: AWS IAM User Guide, "Condition operators", and "Multivalued context keys".
    """
    if request.by_service and condition.key in _KNOWN_OF_SERVICES:
        return _KNOWN_OF_SERVICES[condition.key](condition, request)
    values = request.of(condition.key)
    if values is None and condition.key in _PATHS:
        identity = request.of(_PATHS[condition.key])
        if identity:
            return _in_organization(condition, identity[0])
        values = identity  # What is in no organization has no path in one.
    if values is None:
        return None
    if condition.operator == "null":
        return ("true" if not values else "false") in {wanted.lower() for wanted in condition.values}
    if condition.operator not in _POSITIVE | _NEGATED:
        return None
    return _compares(condition, values) if values else _holds_without(condition)


def _holds_without(condition: Condition) -> bool:
    """Whether a request without the key satisfies the condition."""
    if condition.quantifier:
        return condition.if_exists or condition.quantifier == "all"
    return condition.if_exists or condition.operator in _NEGATED


def _compares(condition: Condition, values: tuple[str, ...]) -> bool | None:
    """Whether the values of a key satisfy the condition."""
    if any("${" in wanted for wanted in condition.values) or (len(values) > 1 and not condition.quantifier):
        return None
    verdicts = [_accepts(condition, value) for value in values]
    if None in verdicts:
        return None
    return all(verdicts) if condition.quantifier == "all" else any(verdicts)


def _accepts(condition: Condition, value: str) -> bool | None:
    """Whether one value of the request satisfies the operator; ``None`` for operators that are not weighed."""
    operator = condition.operator
    if operator in _EXACT | _NOT_EXACT:
        ignore_case = operator.endswith("ignorecase")
        found = any(_same(value, wanted, ignore_case=ignore_case) for wanted in condition.values)
        return found is (operator in _EXACT)
    if operator in _LIKE | _NOT_LIKE:
        match = _arn_match if operator.startswith("arn") else glob_match
        found = any(match(wanted, value) for wanted in condition.values)
        return found is (operator in _LIKE)
    if operator == "bool":
        return value.lower() in {wanted.lower() for wanted in condition.values}
    return None


def _from_outside(condition: Condition, _request: Request) -> bool | None:
    """A condition on the address of a service's request, which is in none of the ranges that belong to somebody."""
    if condition.operator not in {"ipaddress", "notipaddress"} or not all(map(_fixed_network, condition.values)):
        return None
    return condition.operator == "notipaddress"


def _by_current_tls(condition: Condition, _request: Request) -> bool | None:
    """A condition on the TLS version of a service's request, which is 1.2 or later; which of them is not documented."""
    if not condition.values or not {*condition.values} <= {"1.0", "1.1", "1.2", "1", "1.20"}:
        return None
    return {"numericlessthan": False, "numericgreaterthanequals": True}.get(condition.operator)


def _by_its_names(condition: Condition, request: Request) -> bool | None:
    """A condition on all names of a service: one is known for certain, and others may exist."""
    known = request.of("aws:principalservicename") or ()
    if condition.operator not in _EXACT | _LIKE | _NOT_EXACT | _NOT_LIKE or any(
        "${" in name for name in condition.values
    ):
        return None
    if condition.quantifier == "any" and any(_accepts(condition, name) for name in known):
        return True
    if condition.quantifier == "all" and any(_accepts(condition, name) is False for name in known):
        return False
    return None


_KNOWN_OF_SERVICES: Mapping[str, Callable[[Condition, Request], bool | None]] = {
    "aws:sourceip": _from_outside,
    "s3:tlsversion": _by_current_tls,
    "aws:principalservicenameslist": _by_its_names,
}
"""Condition keys of which something is known in every request of a service principal."""


def _in_organization(condition: Condition, organization: str) -> bool | None:
    """A condition on the path of a resource in an organization of which only the id is known."""
    if condition.operator not in {"stringlike", "stringnotlike", "stringequals", "stringnotequals"}:
        return None
    inside = [value for value in condition.values if globs_overlap(f"{organization}/*", value)]
    if "like" in condition.operator and any(glob_covers(value, f"{organization}/*") for value in inside):
        found = True
    elif not inside:
        found = False
    else:
        return None
    return found is (condition.operator in _EXACT | _LIKE)


def _same(value: str, wanted: str, *, ignore_case: bool) -> bool:
    return value.lower() == wanted.lower() if ignore_case else value == wanted


def _arn_match(pattern: str, value: str) -> bool:
    """ARN operators compare the six colon-separated parts one by one, each with wildcards."""
    wanted, given = components(pattern), components(value)
    return wanted is not None and given is not None and all(map(glob_match, wanted, given))
