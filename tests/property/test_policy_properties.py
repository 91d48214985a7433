"""Policies against an evaluator of our own that tries requests one by one: nobody is let in unseen, nothing breaks.

The evaluator knows complete requests only: who asks, for what, with which condition keys. It follows "Policy evaluation
logic" and "Condition operators" of the AWS IAM User Guide as plainly as possible, and shares no code with the product.
"""

import contextlib
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.policies.grants import grants_to_others, principals_outside, statements_outside
from scanner.policies.services import (
    names_organization,
    refused_requests,
    refusing_statements,
    service_allowed,
    service_grants,
    unbound_service_grants,
)
from scanner.policies.statements import (
    PolicyDocumentError,
    denies_insecure_transport,
    numbered,
    parse_policy,
    policy_object,
    public_statements,
    statements_about,
)

OURS, THEIRS = "111122223333", "999988887777"
ORGANIZATION, FOREIGN = "o-exampleorgid", "o-otherotherot"
SERVICE = "cloudtrail.amazonaws.com"
BUCKET = "arn:aws:s3:::logs"
OBJECT = f"{BUCKET}/AWSLogs/1"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{OURS}:trail/main"
ROLE = f"arn:aws:iam::{OURS}:role/a"


@dataclass(frozen=True)
class Asked:
    """One complete request. ``names`` are the principals by which a policy may name whoever asks."""

    names: frozenset[tuple[str, str]]
    action: str
    resource: str
    keys: Mapping[str, tuple[str, ...]]


def like(pattern: str, text: str) -> bool:
    source = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch(source, text, re.DOTALL) is not None


def arn_like(pattern: str, text: str) -> bool:
    parts, given_parts = pattern.split(":", 5), text.split(":", 5)
    return len(parts) == len(given_parts) == 6 and all(map(like, parts, given_parts))


def in_network(network: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


POSITIVE = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
    "ArnLike": arn_like,
    "ArnEquals": arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "IpAddress": in_network,
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotLike": "ArnLike",
    "ArnNotEquals": "ArnEquals",
    "NotIpAddress": "IpAddress",
}


def satisfied(operator: str, key: str, wanted: list[str], keys: Mapping[str, tuple[str, ...]]) -> bool:
    quantifier, _, plain = operator.rpartition(":")
    if_exists, plain = plain.endswith("IfExists"), plain.removesuffix("IfExists")
    values = keys.get(key.lower(), ())
    if plain == "Null":
        return ("true" if not values else "false") in wanted
    if not values:
        return if_exists or (quantifier == "ForAllValues") or (not quantifier and plain in NEGATED)
    test = POSITIVE[NEGATED.get(plain, plain)]

    def meets(value: Any) -> bool:
        return any(test(item, value) for item in wanted) is (plain not in NEGATED)

    verdicts = list(map(meets, values))
    return all(verdicts) if quantifier == "ForAllValues" else any(verdicts)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def names(block: Any, asked: Asked) -> bool:
    if block == "*":
        return True
    kinds = {"AWS", *(own for own, _ in asked.names)}
    for kind, values in block.items():
        for value in listed(values):
            if (kind, value) in asked.names or (value == "*" and kind in kinds):
                return True
    return False


def applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    def either(name: str, matches: Any) -> bool:
        if name in statement:
            return any(map(matches, listed(statement[name])))
        return not any(map(matches, listed(statement[f"Not{name}"])))

    who = (
        names(statement["Principal"], asked)
        if "Principal" in statement
        else not names(statement["NotPrincipal"], asked)
    )
    return (
        who
        and either("Action", lambda pattern: like(pattern.lower(), asked.action.lower()))
        and either("Resource", lambda pattern: like(pattern, asked.resource))
        and all(
            satisfied(operator, key, listed(wanted), asked.keys)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def allowed(policy: Mapping[str, Any], asked: Asked) -> bool:
    hits = [statement["Effect"] for statement in listed(policy["Statement"]) if applies(statement, asked)]
    return "Allow" in hits and "Deny" not in hits


# ---- who asks -------------------------------------------------------------------------------------------------------

ACTIONS = ("s3:PutObject", "s3:GetObject")
PLACES = (BUCKET, OBJECT)


def asking(who: frozenset[tuple[str, str]], **keys: list[tuple[str, ...]]) -> Iterator[Asked]:
    spelled = {name.replace("_", ":"): values for name, values in keys.items()}
    for values in product(*spelled.values()):
        carried = {name: value for name, value in zip(spelled, values, strict=True) if value}
        for action, place in product(ACTIONS, PLACES):
            yield Asked(who, action, place, carried)


def identity(account: str, arn: str, organization: list[tuple[str, ...]]) -> Iterator[Asked]:
    return asking(
        frozenset({("AWS", arn), ("AWS", account), ("AWS", f"arn:aws:iam::{account}:root")}),
        aws_principalaccount=[(account,)],
        aws_principalarn=[(arn,)],
        aws_principalorgid=organization,
        aws_principalorgpaths=[(f"{value[0]}/r-1/ou-1/",) if value else () for value in organization],
        aws_sourcevpce=[(), ("vpce-9",)],
        aws_sourceip=[("8.8.8.8",)],
        aws_securetransport=[("true",), ("false",)],
        aws_principalisawsservice=[("false",)],
        aws_userid=[("AIDATHEIRS",)],
    )


STRANGERS = [*identity(THEIRS, f"arn:aws:iam::{THEIRS}:role/a", [(), (FOREIGN,)])]
OWN_ROLE = [*identity(OURS, f"arn:aws:iam::{OURS}:role/other", [(ORGANIZATION,)])]
"""An identity of the own account that nobody allowed by name."""


def service(account: str, organization: str) -> list[Asked]:
    return [
        *asking(
            frozenset({("Service", SERVICE)}),
            aws_sourceaccount=[(account,)],
            aws_sourcearn=[(f"arn:aws:cloudtrail:us-east-1:{account}:trail/main",)],
            aws_sourceorgid=[(organization,), ()],
            aws_sourceorgpaths=[(f"{organization}/r-1/ou-1/",)],
            aws_securetransport=[("true",)],
            aws_principalisawsservice=[("true",)],
            aws_principalservicename=[(SERVICE,)],
            aws_sourceip=[("8.8.8.8",)],
            aws_viaawsservice=[("true",), ("false",)],
        )
    ]


OWN_SERVICE, THEIR_SERVICE = service(OURS, ORGANIZATION), service(THEIRS, FOREIGN)

# ---- policies -------------------------------------------------------------------------------------------------------

VALUES: Mapping[str, list[str]] = {
    "aws:PrincipalAccount": [OURS, "1111*", "*"],
    "aws:PrincipalArn": [ROLE, f"arn:aws:iam::{OURS}:*", "arn:aws:iam::*:role/a", "*"],
    "AWS:principalOrgId": [ORGANIZATION, "o-*"],
    "aws:PrincipalOrgPaths": [f"{ORGANIZATION}/*", "*/r-1/*"],
    "aws:SourceVpce": ["vpce-1", "vpce-*"],
    "aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0"],
    "aws:SecureTransport": ["true", "false"],
    "aws:PrincipalIsAWSService": ["true", "false"],
    "aws:PrincipalServiceName": [SERVICE, "config.amazonaws.com"],
    "aws:SourceAccount": [OURS, "*"],
    "aws:SourceArn": [TRAIL, f"arn:aws:cloudtrail:*:{OURS}:trail/*", "arn:aws:cloudtrail:*:*:trail/*"],
    "aws:SourceOrgID": [ORGANIZATION, "*"],
    "aws:SourceOrgPaths": [f"{ORGANIZATION}/*", f"{ORGANIZATION}/r-1/*"],
    "aws:ViaAWSService": ["true", "false"],
    "aws:userid": ["AIDAOURS", "AIDA*"],
}
TEXT_OPERATORS = ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotEquals", "StringNotLike"]


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {}
    for key in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True)):
        if key == "aws:SourceIp":
            operator = draw(st.sampled_from(["IpAddress", "NotIpAddress"]))
        elif key in {"aws:SecureTransport", "aws:PrincipalIsAWSService", "aws:ViaAWSService"}:
            operator = "Bool"
        elif key.lower().endswith("arn"):
            operator = draw(st.sampled_from(["ArnLike", "ArnEquals", "ArnNotLike", *TEXT_OPERATORS]))
        else:
            operator = draw(st.sampled_from(TEXT_OPERATORS))
        operator = draw(st.sampled_from(["", "", "", "ForAllValues:", "ForAnyValue:"])) + operator
        operator += draw(st.sampled_from(["", "", "IfExists"]))
        wanted: Any = draw(st.lists(st.sampled_from(VALUES[key]), min_size=1, max_size=2, unique=True))
        if draw(st.integers(0, 9)) == 0:
            operator, wanted = "Null", [draw(st.sampled_from(["true", "false"]))]
        found.setdefault(operator, {})[key] = wanted[0] if len(wanted) == 1 else wanted
    return found


PRINCIPALS = [
    "*",
    {"AWS": "*"},
    {"AWS": OURS},
    {"AWS": [ROLE, "AROAQWERTYUIOPASDFGHJ"]},
    {"Service": SERVICE},
    {"Service": "config.amazonaws.com"},
    {"Service": "*"},
    {"Federated": "*"},
]


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    def element(name: str, values: list[Any]) -> dict[str, Any]:
        spelled = draw(st.sampled_from([name, name, name, f"Not{name}"]))
        return {spelled: draw(st.sampled_from(values))}

    found = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    found |= element("Principal", PRINCIPALS)
    found |= element("Action", ["s3:*", "*", "S3:put*", "s3:GetObject", ["s3:PutObject", "s3:GetObject"]])
    found |= element(
        "Resource", ["*", BUCKET, f"{BUCKET}/*", [BUCKET, f"{BUCKET}/*"], f"{BUCKET}/AWSLogs/?", f"{BUCKET}*"]
    )
    condition = draw(conditions())
    return found | ({"Condition": condition} if condition else {})


POLICIES = st.builds(lambda listed: {"Version": "2012-10-17", "Statement": listed}, st.lists(statements(), max_size=3))


def no_stranger_is_let_in_by_a_policy_that_is_not_public(policy: dict[str, Any]) -> None:
    if not public_statements(policy):
        assert not [asked for asked in STRANGERS if allowed(policy, asked)]


def no_stranger_is_let_in_when_no_principal_is_outside(policy: dict[str, Any]) -> None:
    if not principals_outside(policy, [OURS, ORGANIZATION]):
        assert not [asked for asked in STRANGERS if allowed(policy, asked)]
    named = bool(statements_outside(policy, [OURS, ORGANIZATION]))
    assert named is bool(principals_outside(policy, [OURS, ORGANIZATION]))


def nobody_else_is_given_what_is_not_granted_to_others(policy: dict[str, Any], action: str, place: str) -> None:
    if not grants_to_others(policy, [action], [place], [ROLE, SERVICE]):
        others = [asked for asked in (*STRANGERS, *OWN_ROLE) if asked.action == action and like(place, asked.resource)]
        assert not [asked for asked in others if allowed(policy, asked)]


def a_service_acts_for_nobody_else_when_its_grants_are_bound(policy: dict[str, Any], action: str) -> None:
    if not unbound_service_grants(policy, SERVICE, action, [OURS, ORGANIZATION]):
        assert not [asked for asked in THEIR_SERVICE if asked.action == action and allowed(policy, asked)]
    if not service_grants(policy, SERVICE, action):
        assert not [asked for asked in OWN_SERVICE if asked.action == action and allowed(policy, asked)]


def whether_a_service_may_act_is_what_every_request_of_it_meets(
    policy: dict[str, Any], action: str, place: str
) -> None:
    requests = [asked for asked in OWN_SERVICE if asked.action == action and asked.resource == place]
    inside = [asked for asked in requests if "aws:sourceorgid" in asked.keys]
    request = {"Source": TRAIL, "Resource": place, "Keys": {"aws:SourceOrgID": ORGANIZATION}}
    with contextlib.suppress(PolicyDocumentError):
        verdict = service_allowed(policy, SERVICE, action, place, [TRAIL])
        assert {allowed(policy, asked) for asked in requests} == {verdict}
    with contextlib.suppress(PolicyDocumentError):
        verdict = service_allowed(policy, SERVICE, action, place, [TRAIL, ORGANIZATION])
        assert {allowed(policy, asked) for asked in inside} == {verdict}
    with contextlib.suppress(PolicyDocumentError):
        refused = refused_requests(policy, SERVICE, action, [request])
        assert refused or not refusing_statements(policy, SERVICE, action, [request])
        assert {allowed(policy, asked) for asked in inside} == {not refused}


def plain_http_is_refused_when_we_say_so(policy: dict[str, Any]) -> None:
    if denies_insecure_transport(policy):
        plain = [asked for asked in (*STRANGERS, *OWN_ROLE) if asked.keys["aws:securetransport"] == ("false",)]
        assert not [asked for asked in plain if allowed(policy, asked)]


def text_and_object_say_the_same_and_spelling_does_not_matter(policy: dict[str, Any]) -> None:
    text = json.dumps(policy)
    assert policy_object(text) == policy
    assert parse_policy(text) == parse_policy(policy)
    shouted = json.loads(text)
    for statement in shouted["Statement"]:
        if "Condition" in statement:
            quiet = statement["Condition"]
            statement["Condition"] = {}
            for operator, keys in quiet.items():
                statement["Condition"][operator.upper()] = {key.upper(): value for key, value in keys.items()}
    assert parse_policy(shouted) == parse_policy(policy)


@given(POLICIES, st.sampled_from(ACTIONS), st.sampled_from([BUCKET, f"{BUCKET}/AWSLogs/*"]), st.sampled_from(PLACES))
@settings(max_examples=200, deadline=None)
def test_every_law_holds_for_every_policy(policy: dict[str, Any], action: str, places: str, place: str) -> None:
    """All of them over the same policies: to draw a policy takes many times as long as to judge it."""
    no_stranger_is_let_in_by_a_policy_that_is_not_public(policy)
    no_stranger_is_let_in_when_no_principal_is_outside(policy)
    nobody_else_is_given_what_is_not_granted_to_others(policy, action, places)
    a_service_acts_for_nobody_else_when_its_grants_are_bound(policy, action)
    whether_a_service_may_act_is_what_every_request_of_it_meets(policy, action, place)
    plain_http_is_refused_when_we_say_so(policy)
    text_and_object_say_the_same_and_spelling_does_not_matter(policy)


# ---- whatever is there ----------------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["*", "${*}", "Allow"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["AWS", "Statement", "Effect", "StringEquals", "aws:SourceArn", "x"]), inner)
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A policy of which one part has become something else."""
    policy: Any = json.loads(json.dumps(draw(POLICIES)))
    place: Any = policy
    path = [policy]
    while isinstance(place, dict | list) and place and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        path.append(key)
        place = place[key]
    if len(path) == 1:
        return draw(ANYTHING)
    target = policy
    for key in path[1:-1]:
        target = target[key]
    target[path[-1]] = draw(ANYTHING)
    return policy


JUDGES = (
    parse_policy,
    public_statements,
    denies_insecure_transport,
    names_organization,
    policy_object,
    numbered,
    lambda policy: statements_outside(policy, [OURS]),
    lambda policy: refusing_statements(
        policy, SERVICE, "s3:PutObject", [{"Source": TRAIL, "Resource": OBJECT, "Keys": {}}]
    ),
    lambda policy: statements_about(policy, [BUCKET]),
    lambda policy: principals_outside(policy, [OURS]),
    lambda policy: grants_to_others(policy, ["s3:PutObject"], [f"{BUCKET}/*"], [OURS]),
    lambda policy: service_grants(policy, SERVICE, "s3:PutObject"),
    lambda policy: unbound_service_grants(policy, SERVICE, "s3:PutObject", [OURS]),
    lambda policy: service_allowed(policy, SERVICE, "s3:PutObject", OBJECT, [TRAIL]),
)


@given(damaged() | ANYTHING | st.text(max_size=20) | ANYTHING.map(json.dumps))
@settings(max_examples=240, deadline=None)
def test_nothing_but_a_policy_error_comes_of_whatever_stands_there(policy: Any) -> None:
    for judge in JUDGES:
        with contextlib.suppress(PolicyDocumentError):
            judge(policy)


@pytest.mark.parametrize("depth", [10, 100_000])
def test_nesting_is_refused_and_not_fallen_into(depth: int) -> None:
    with pytest.raises(PolicyDocumentError):
        public_statements('{"Statement": ' + "[" * depth + "]" * depth + "}")
