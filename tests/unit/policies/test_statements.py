"""Policies: who is let in, what pins a statement, and that nothing unreadable is ever judged."""

import json
from typing import Any

import pytest

from scanner.policies.conditions import (
    Condition,
    Request,
    denies_strangers,
    holds,
    pins_callers,
)
from scanner.policies.grants import grants_to_others, principals_outside, statements_outside
from scanner.policies.services import (
    refused_requests,
    refusing_statements,
    service_allowed,
    service_grants,
    unbound_service_grants,
    unscoped_service_grants,
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

ALARM = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:root-login"
TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*", **elements}


def deny(**elements: Any) -> dict[str, Any]:
    return {**allow(**elements), "Effect": "Deny"}


def without(statement: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in names}


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "null",
        "[]",
        "{}",
        3,
        [],
        {"Statement": "Allow"},
        policy(allow(Effect="allow")),
        policy(without(allow(), "Principal")),
        policy(without(allow(), "Action")),
        policy({**allow(), "NotAction": "sns:Subscribe"}),
        policy(allow(Principal="arn:aws:iam::111122223333:root")),
        policy(allow(Principal={"Aws": "*"})),
        policy(allow(Principal={"AWS": [1]})),
        policy(allow(Action=[None])),
        policy(allow(Condition="none")),
        policy(allow(Condition={"Bool": "true"})),
    ],
)
def test_what_is_no_policy_is_never_judged(broken: Any) -> None:
    for judge in (parse_policy, public_statements, denies_insecure_transport):
        with pytest.raises(PolicyDocumentError):
            judge(broken)


def test_no_policy_grants_and_denies_nothing() -> None:
    assert public_statements(None) == []
    assert principals_outside(None, []) == []
    assert denies_insecure_transport(None) is False
    assert service_allowed(None, "cloudwatch.amazonaws.com", "sns:Publish", "arn", [ALARM]) is False


def test_a_policy_reads_the_same_as_text_and_with_lone_elements() -> None:
    lone = {"Statement": allow(Principal={"AWS": "*"}, Action=["sns:Publish"], Resource=["*"])}
    assert parse_policy(lone) == parse_policy(json.dumps(policy(allow())))


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["111122223333", "*"]}, {"Service": "*"}])
def test_a_wildcard_principal_is_public(principal: Any) -> None:
    found = public_statements(policy(allow(Sid="open", Principal=principal)))
    assert [statement["Sid"] for statement in found] == ["open"]


def test_an_allow_to_all_but_some_is_public() -> None:
    statement = without(allow(), "Principal") | {"NotPrincipal": {"AWS": "111122223333"}}
    assert public_statements(policy(statement)) == [{"Sid": "", "Principals": ["*"], "Actions": ["sns:Publish"]}]


@pytest.mark.parametrize("principal", [{"AWS": "111122223333"}, {"Service": "cloudtrail.amazonaws.com"}])
def test_a_named_principal_is_not_public(principal: Any) -> None:
    assert public_statements(policy(allow(Principal=principal))) == []


def test_every_statement_has_a_name_to_be_called_by() -> None:
    document = policy(allow(Sid="open"), allow(Principal={"AWS": "111122223333"}), allow())
    called = [statement["Sid"] for statement in public_statements(numbered(json.dumps(document)))]
    assert called == ["open", "number 3"]
    assert [item["Sid"] for item in public_statements(numbered({"Statement": allow()}))] == ["number 1"]
    assert numbered(None) is None
    assert numbered("{") == "{"


def test_the_statements_that_decide() -> None:
    document = policy(
        allow(Sid="theirs", Principal={"AWS": "444455556666"}),
        allow(Sid="ours", Principal={"AWS": "111122223333"}),
        CLOUDWATCH | {"Sid": "service"},
        deny(Sid="elsewhere", Resource="arn:aws:sns:us-east-1:111122223333:other"),
        deny(Sid="outside", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}),
        deny(Sid="perhaps", Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
    )
    assert [item["Sid"] for item in statements_outside(document, ["111122223333"])] == ["theirs"]
    asked = [{"Source": ALARM, "Resource": "arn:aws:sns:us-east-1:111122223333:alerts", "Keys": {}}]
    found = refusing_statements(document, "cloudwatch.amazonaws.com", "sns:Publish", asked)
    assert [item["Sid"] for item in found] == ["outside"]


def test_a_deny_is_not_public() -> None:
    assert public_statements(policy(deny())) == []


PINNING: list[tuple[str, str, Any]] = [
    ("StringEquals", "aws:SourceAccount", "111122223333"),
    ("StringLike", "AWS:SourceOwner", "111122223333"),
    ("StringEquals", "aws:PrincipalOrgID", "o-exampleorgid"),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-exampleorgid/*"),
    ("ArnLike", "aws:SourceArn", "arn:aws:cloudtrail:*:111122223333:trail/*"),
    ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::one-bucket"),
    ("StringEquals", "kms:CallerAccount", ["111122223333", "444455556666"]),
    ("StringEquals", "aws:SourceVpce", "vpce-0a1b2c3d"),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.7"]),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    ("StringEqualsIgnoreCase", "aws:PrincipalServiceName", "sns.amazonaws.com"),
    ("StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
    ("ArnLike", "aws:PrincipalArn", "arn:*:iam::111122223333:role/*"),
]

WIDE: list[tuple[str, str, Any]] = [
    ("StringLike", "aws:SourceAccount", "*"),
    ("StringLike", "aws:SourceAccount", "1111*"),
    # The path of a stranger's role may be "/x:iam::111122223333:role/".
    ("StringLike", "aws:PrincipalArn", "arn:*:iam::111122223333:role/*"),
    ("StringEquals", "aws:SourceAccount", ["111122223333", "${aws:PrincipalAccount}"]),
    ("StringEquals", "aws:SourceVpce", "${aws:PrincipalTag/endpoint}"),
    ("StringLike", "aws:PrincipalOrgID", "o-*"),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "*/ou-1"),
    ("ArnLike", "aws:SourceArn", "arn:aws:cloudtrail:us-east-1:*:trail/main"),
    ("StringLike", "aws:SourceArn", "*"),
    ("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket*"),
    ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    ("IpAddress", "aws:SourceIp", ["203.0.113.7", "128.0.0.0/1"]),
    ("IpAddress", "aws:SourceIp", "::/0"),
    ("IpAddress", "aws:SourceIp", "anywhere"),
    ("StringNotEquals", "aws:SourceAccount", "111122223333"),
    ("StringEqualsIfExists", "aws:SourceAccount", "111122223333"),
    ("ForAllValues:StringEquals", "aws:SourceAccount", "111122223333"),
    ("Null", "aws:PrincipalOrgID", "false"),
    ("Bool", "aws:SecureTransport", "true"),
    ("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"),
    ("StringLike", "sns:Endpoint", "*@example.com"),
    ("StringEquals", "aws:PrincipalTag/team", "audit"),
    ("StringLike", "aws:userid", "AROAEXAMPLE:*"),
]


@pytest.mark.parametrize(("operator", "key", "values"), PINNING)
def test_a_condition_on_fixed_callers_closes_a_statement(operator: str, key: str, values: Any) -> None:
    assert public_statements(policy(allow(Condition={operator: {key: values}}))) == []


@pytest.mark.parametrize(("operator", "key", "values"), WIDE)
def test_a_condition_that_strangers_can_meet_leaves_it_open(operator: str, key: str, values: Any) -> None:
    assert len(public_statements(policy(allow(Condition={operator: {key: values}})))) == 1


def test_one_pinning_condition_among_others_is_enough() -> None:
    condition = {"Bool": {"aws:SecureTransport": True}, "StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert public_statements(policy(allow(Condition=condition))) == []


OTHERS = {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}


@pytest.mark.parametrize(
    ("guard", "public"),
    [
        (deny(Action="sns:*", Condition=OTHERS), False),
        (deny(Action="sns:Publish", Condition={"StringNotEqualsIfExists": OTHERS["StringNotEquals"]}), False),
        (without(deny(), "Principal") | {"NotPrincipal": {"AWS": "111122223333"}}, False),
        (deny(Action="sns:Subscribe", Condition=OTHERS), True),
        (deny(Resource="arn:aws:sns:us-east-1:111122223333:other", Condition=OTHERS), True),
        (deny(Condition={**OTHERS, "Bool": {"aws:ViaAWSService": "false"}}), True),
        (deny(Condition={"StringNotLike": {"aws:PrincipalOrgID": "*"}}), True),
        (deny(Condition={"ForAnyValue:StringNotEquals": OTHERS["StringNotEquals"]}), True),
        (deny(Principal={"AWS": "999988887777"}, Condition=OTHERS), True),
        (without(deny(Condition=OTHERS), "Action") | {"NotAction": "sns:Subscribe"}, False),
        (without(deny(Condition=OTHERS), "Action") | {"NotAction": "sns:Pub*"}, True),
        (without(deny(Condition=OTHERS), "Resource") | {"NotResource": "arn:aws:sns:us-east-1:1:other"}, True),
        (deny(Condition={"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-exampleorgid/*"}}), False),
        (deny(Principal={"Service": "*"}, Condition=OTHERS), True),
        (deny(Principal={"AWS": "arn:aws:iam::*:root"}, Condition=OTHERS), True),
        (deny(), False),
        (allow(Action="sns:*", Condition=OTHERS), True),
    ],
)
def test_a_deny_closes_an_open_statement_only_when_it_covers_it(guard: dict[str, Any], public: bool) -> None:
    opened = allow(Sid="open")
    found = [item for item in public_statements(policy(opened, guard)) if item["Sid"] == "open"]
    assert bool(found) is public


@pytest.mark.parametrize(
    ("elements", "asked", "found"),
    [
        ({"Action": "SNS:Pub*"}, ["sns:Publish"], True),
        ({"Action": "sns:Publish"}, ["sns:Subscribe"], False),
        ({"Action": "*"}, ["sns:Subscribe"], True),
        ({"Action": "sns:?ublish"}, ["sns:Publish"], True),
    ],
)
def test_actions_are_matched_as_iam_matches_them(elements: dict[str, Any], asked: list[str], found: bool) -> None:
    assert bool(public_statements(policy(allow(**elements)), asked)) is found


def test_not_action_gives_all_other_actions() -> None:
    statement = without(allow(), "Action") | {"NotAction": ["sns:Publish", "sns:Get*"]}
    assert public_statements(policy(statement), ["sns:Subscribe"])
    assert not public_statements(policy(statement), ["sns:publish", "sns:GetTopicAttributes"])


BUCKET = "arn:aws:s3:::logs"


@pytest.mark.parametrize(
    ("resources", "denied"),
    [
        ([BUCKET, f"{BUCKET}/*"], True),
        (["*"], True),
        (["arn:aws:s3:::*"], True),
        ([f"{BUCKET}*"], True),
        ([BUCKET], False),
        ([f"{BUCKET}/*"], False),
        ([BUCKET, f"{BUCKET}/AWSLogs/*"], False),
    ],
)
def test_tls_is_required_of_the_bucket_and_of_all_its_objects(resources: list[str], denied: bool) -> None:
    statement = deny(Action="s3:*", Resource=resources, Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert denies_insecure_transport(policy(statement)) is denied


@pytest.mark.parametrize(
    "elements",
    [
        {"Effect": "Allow"},
        {"Action": ["s3:GetObject", "s3:PutObject"]},
        {"Principal": {"AWS": "111122223333"}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"StringEquals": {"aws:SecureTransport": "false"}}},
        {"Condition": {"ForAnyValue:Bool": {"aws:SecureTransport": "false"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "Null": {"aws:SourceVpce": "true"}}},
        {"Condition": None},
    ],
)
def test_a_deny_that_is_narrower_does_not_require_tls(elements: dict[str, Any]) -> None:
    statement = deny(Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert denies_insecure_transport(policy(statement))
    assert not denies_insecure_transport(policy(statement | elements))


@pytest.mark.parametrize("name", ["NotAction", "NotResource", "NotPrincipal"])
def test_a_deny_of_all_but_something_does_not_require_tls(name: str) -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    statement = without(deny(Action="s3:*", Condition=condition), name.removeprefix("Not"))
    statement[name] = {"AWS": "*"} if name == "NotPrincipal" else "*"
    assert not denies_insecure_transport(policy(statement))


def test_service_grants_name_what_they_are_pinned_to() -> None:
    pinned = allow(
        Sid="write",
        Principal={"Service": "cloudtrail.amazonaws.com"},
        Action="s3:PutObject",
        Condition={
            "StringEquals": {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"},
            "StringLike": {"aws:SourceAccount": "*"},
        },
    )
    assert service_grants(policy(pinned), "cloudtrail.amazonaws.com", "s3:PutObject") == [
        {
            "Sid": "write",
            "Accounts": [],
            "Organizations": [],
            "SourceArns": [TRAIL],
            "Acl": ["bucket-owner-full-control"],
        }
    ]
    assert service_grants(policy(pinned), "cloudtrail.amazonaws.com", "s3:GetBucketAcl") == []
    assert service_grants(policy(pinned), "config.amazonaws.com", "s3:PutObject") == []


@pytest.mark.parametrize(
    ("principal", "included"),
    [
        ({"Service": "cloudtrail.amazonaws.com"}, True),
        ({"Service": ["config.amazonaws.com", "cloudtrail.eu-west-1.amazonaws.com"]}, True),
        ({"Service": "cloudtrail.amazonaws.com.cn"}, True),
        ("*", True),
        ({"AWS": "111122223333"}, False),
        ({"Service": "cloudtrail.example.com"}, False),
        ({"Service": "notcloudtrail.amazonaws.com"}, False),
    ],
)
def test_a_service_is_let_in_by_its_names_and_by_wildcards(principal: Any, included: bool) -> None:
    found = service_grants(policy(allow(Principal=principal)), "cloudtrail.amazonaws.com", "sns:Publish")
    assert bool(found) is included


@pytest.mark.parametrize(
    ("condition", "allowed", "bound"),
    [
        ({"StringEquals": {"aws:SourceArn": TRAIL}}, ["111122223333"], True),
        ({"StringEquals": {"aws:SourceArn": TRAIL}}, [TRAIL], True),
        ({"StringEquals": {"aws:SourceArn": TRAIL}}, ["444455556666"], False),
        ({"StringEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]}}, ["111122223333"], False),
        ({"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}, ["o-exampleorgid"], True),
        ({"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}, ["111122223333"], False),
        (
            {"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-exampleorgid/r-1/*"}},
            ["o-exampleorgid"],
            True,
        ),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, ["111122223333"], True),
        ({"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}, ["111122223333"], False),
        ({"StringNotEquals": {"aws:PrincipalAccount": "999988887777"}}, ["111122223333"], False),
        ({"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}, ["o-*"], True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs"}}, ["111122223333"], False),
        (None, ["111122223333"], False),
        (
            {"StringEquals": {"aws:SourceAccount": "111122223333", "aws:SourceArn": "arn:aws:x:y:444455556666:z"}},
            ["111122223333"],
            True,
        ),
    ],
)
def test_a_service_grant_is_bound_by_sources_that_are_allowed(condition: Any, allowed: list[str], bound: bool) -> None:
    statement = allow(Principal={"Service": "cloudtrail.amazonaws.com"}, Condition=condition)
    found = unbound_service_grants(policy(statement), "cloudtrail.amazonaws.com", "sns:Publish", allowed)
    assert (found == []) is bound


OURS_ONLY = {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("refused", "bound"),
    [
        (deny(Condition=OURS_ONLY), True),
        (deny(Principal={"Service": "cloudtrail.amazonaws.com"}, Condition=OURS_ONLY), True),
        (deny(Condition=OURS_ONLY | {"Bool": {"aws:PrincipalIsAWSService": "true"}}), True),
        (deny(Condition=OURS_ONLY | {"Null": {"aws:SourceAccount": "false"}}), True),
        (deny(Condition={"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-exampleorgid"}}), True),
        (deny(Condition={"StringNotEquals": {"aws:SourceOrgID": "o-otherotherot"}}), False),
        (deny(Condition={"StringNotEquals": {"aws:SourceAccount": ["111122223333", "444455556666"]}}), False),
        (deny(Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}}), False),
        (deny(Condition={"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}), False),
        (deny(Condition=OURS_ONLY | {"Bool": {"aws:PrincipalIsAWSService": "false"}}), False),
        (deny(Condition=OURS_ONLY | {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), False),
        (deny(Principal={"Service": "config.amazonaws.com"}, Condition=OURS_ONLY), False),
        (deny(Principal={"Service": "cloudtrail.eu-west-1.amazonaws.com"}, Condition=OURS_ONLY), False),
        (deny(Principal={"AWS": "111122223333"}, Condition=OURS_ONLY), False),
        (deny(Action="sns:Subscribe", Condition=OURS_ONLY), False),
        (deny(Resource="arn:aws:sns:us-east-1:111122223333:other", Condition=OURS_ONLY), False),
    ],
)
def test_a_service_grant_is_bound_by_a_deny_for_all_other_sources(refused: dict[str, Any], *, bound: bool) -> None:
    document = policy(allow(Principal={"Service": "cloudtrail.amazonaws.com"}), refused)
    allowed = ["111122223333", "o-exampleorgid"]
    found = unbound_service_grants(document, "cloudtrail.amazonaws.com", "sns:Publish", allowed)
    assert (found == []) is bound


@pytest.mark.parametrize(
    ("statement", "outside"),
    [
        (allow(Principal={"AWS": "111122223333"}), []),
        (allow(Principal={"AWS": "arn:aws:iam::111122223333:role/x"}), []),
        (
            allow(Principal={"AWS": "arn:aws-us-gov:sts::444455556666:assumed-role/x/y"}),
            ["arn:aws-us-gov:sts::444455556666:assumed-role/x/y"],
        ),
        (allow(Principal={"AWS": ["AIDAEXAMPLEEXAMPLE", "444455556666"]}), ["444455556666"]),
        (allow(Principal={"CanonicalUser": "79a5"}), ["79a5"]),
        (allow(Principal={"Federated": "accounts.example.com"}), ["accounts.example.com"]),
        (allow(Principal={"Service": "sns.amazonaws.com"}), []),
        (allow(), ["*"]),
        (allow(Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}}), []),
        (allow(Condition={"StringEquals": {"aws:PrincipalAccount": "444455556666"}}), ["444455556666"]),
        (allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}), ["o-exampleorgid"]),
        (allow(Condition={"StringEquals": {"aws:SourceVpce": "vpce-0a1b"}}), []),
        (allow(Condition={"StringLike": {"aws:SourceVpce": "vpce-*"}}), ["*"]),
        (allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), ["203.0.113.0/24"]),
        (
            allow(Principal={"AWS": "444455556666"}, Condition={"StringEquals": {"aws:SourceVpce": "vpce-0a1b"}}),
            ["444455556666"],
        ),
        (deny(), []),
        (without(allow(), "Principal") | {"NotPrincipal": {"AWS": "444455556666"}}, ["*"]),
    ],
)
def test_principals_outside_the_allowed_accounts(statement: dict[str, Any], outside: list[str]) -> None:
    assert principals_outside(policy(statement), ["111122223333"]) == outside


@pytest.mark.parametrize(
    ("statement", "granted"),
    [
        (allow(Principal={"AWS": "444455556666"}, Action="s3:*"), True),
        (allow(Principal={"AWS": "444455556666"}, Action="s3:Put*", Resource=f"{BUCKET}/AWSLogs/*/CloudTrail/*"), True),
        (allow(Principal={"AWS": "444455556666"}, Action="s3:*", Resource=f"{BUCKET}/other/*"), False),
        (allow(Principal={"AWS": "444455556666"}, Action="s3:Get*"), False),
        (allow(Principal={"AWS": "111122223333"}, Action="s3:*"), False),
        (allow(Principal={"AWS": ["111122223333", "444455556666"]}, Action="s3:*"), True),
        (allow(Principal={"Service": "cloudtrail.amazonaws.com"}, Action="s3:PutObject"), False),
        (allow(Principal={"Service": "ec2.amazonaws.com"}, Action="s3:PutObject"), True),
        (allow(Action="s3:PutObject", Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}), True),
        (
            without(allow(Principal={"AWS": "444455556666"}, Action="s3:*"), "Resource")
            | {"NotResource": f"{BUCKET}/AWSLogs/*"},
            False,
        ),
        (
            without(allow(Principal={"AWS": "444455556666"}, Action="s3:*"), "Resource")
            | {"NotResource": f"{BUCKET}/AWSLogs/111122223333/Config/*"},
            True,
        ),
        (without(allow(Action="s3:*"), "Principal") | {"NotPrincipal": {"AWS": "111122223333"}}, True),
        (deny(Principal={"AWS": "444455556666"}, Action="s3:*"), False),
    ],
)
def test_grants_to_others_than_the_allowed(statement: dict[str, Any], granted: bool) -> None:
    found = grants_to_others(
        policy(statement),
        ["s3:PutObject"],
        [f"{BUCKET}/AWSLogs/111122223333/CloudTrail*"],
        ["111122223333", "cloudtrail.amazonaws.com"],
    )
    assert bool(found) is granted


@pytest.mark.parametrize(
    ("guard", "granted"),
    [
        (deny(Action="s3:Put*", Resource=f"{BUCKET}/*"), False),
        (deny(Action="s3:Put*", Resource=f"{BUCKET}/AWSLogs/444455556666/*"), True),
        (deny(Action="s3:Delete*", Resource="*"), True),
        (deny(Action="s3:*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}), False),
        (deny(Action="s3:*", Condition={"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}), True),
        (deny(Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (without(deny(Action="s3:*"), "Principal") | {"NotPrincipal": {"AWS": "111122223333"}}, False),
        (without(deny(Action="s3:*"), "Principal") | {"NotPrincipal": {"AWS": "444455556666"}}, True),
        (deny(Action="s3:*", Principal={"Service": "*"}), True),
        (allow(Action="s3:*", Principal={"AWS": "111122223333"}), True),
    ],
)
def test_what_a_deny_takes_back_is_not_granted(guard: dict[str, Any], granted: bool) -> None:
    given = allow(Sid="given", Principal={"AWS": "444455556666"}, Action="s3:PutObject")
    found = grants_to_others(
        policy(given, guard), ["s3:PutObject"], [f"{BUCKET}/AWSLogs/111122223333/*"], ["111122223333"]
    )
    assert bool(found) is granted


def test_a_deleted_identity_is_granted_nothing() -> None:
    gone = allow(Principal={"AWS": ["AROAQWERTYUIOPASDFGHJ", "AIDAQWERTYUIOPASDFGHJ"]}, Action="s3:*")
    assert not grants_to_others(policy(gone), ["s3:PutObject"], [f"{BUCKET}/*"], [])
    assert not principals_outside(policy(gone), [])


SERVICES = ["cloudwatch.amazonaws.com", "delivery.logs.amazonaws.com"]
CLOUDWATCH = allow(Principal={"Service": "cloudwatch.amazonaws.com"})


def allowed(*statements: dict[str, Any], sources: tuple[str, ...] = (ALARM,)) -> bool:
    topic = "arn:aws:sns:us-east-1:111122223333:alerts"
    return service_allowed(policy(*statements), "cloudwatch.amazonaws.com", "sns:Publish", topic, sources)


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([CLOUDWATCH], True),
        ([CLOUDWATCH | {"Resource": "arn:aws:sns:us-east-1:111122223333:other"}], False),
        ([CLOUDWATCH | {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}], True),
        ([CLOUDWATCH | {"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}], False),
        ([CLOUDWATCH | {"Condition": {"StringLike": {"aws:SourceArn": "arn:aws:cloudwatch:*"}}}], True),
        ([CLOUDWATCH | {"Condition": {"ArnNotLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:*"}}}], False),
        ([CLOUDWATCH | {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:*"}}}], False),
        ([CLOUDWATCH | {"Condition": {"Null": {"aws:SourceArn": "false"}}}], True),
        ([CLOUDWATCH | {"Condition": {"Null": {"aws:SourceArn": "true"}}}], False),
        ([CLOUDWATCH | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}], True),
        (
            [
                CLOUDWATCH
                | {"Condition": {"StringEqualsIgnoreCase": {"aws:PrincipalServiceName": "CLOUDWATCH.amazonaws.com"}}}
            ],
            True,
        ),
        ([allow(Principal={"AWS": "arn:aws:iam::111122223333:root"})], False),
        ([allow(Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}})], True),
        ([without(allow(), "Principal") | {"NotPrincipal": {"Service": "cloudwatch.amazonaws.com"}}], False),
        ([without(allow(), "Principal") | {"NotPrincipal": {"Service": "events.amazonaws.com"}}], True),
        ([CLOUDWATCH, deny(Action="sns:*")], False),
        ([CLOUDWATCH, deny(Principal={"AWS": "444455556666"})], True),
        ([CLOUDWATCH, deny(Condition={"StringEquals": {"aws:SourceAccount": "444455556666"}})], True),
        ([CLOUDWATCH, without(deny(), "Principal") | {"NotPrincipal": {"AWS": "111122223333"}}], False),
        ([CLOUDWATCH, deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}})], False),
        ([CLOUDWATCH, deny(Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}})], False),
        ([CLOUDWATCH, deny(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}})], True),
        ([CLOUDWATCH, deny(Condition={"Null": {"aws:PrincipalArn": "true"}})], False),
        ([CLOUDWATCH, deny(Condition={"Null": {"aws:PrincipalTag/team": "false"}})], True),
        ([CLOUDWATCH, deny(Condition={"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-x/*"}})], True),
        ([CLOUDWATCH, deny(Condition={"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-x/*"}})], False),
        ([CLOUDWATCH, deny(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b"}})], False),
        ([CLOUDWATCH, deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})], False),
        (
            [
                CLOUDWATCH,
                deny(
                    Condition={
                        "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                        "Bool": {"aws:PrincipalIsAWSService": "false"},
                    }
                ),
            ],
            True,
        ),
        ([CLOUDWATCH, deny(Principal={"Service": "*"})], False),
        ([CLOUDWATCH | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}}], False),
        ([allow(Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})], False),
        ([CLOUDWATCH | {"Condition": {"NULL": {"AWS:sourceARN": "False"}}}], True),
        ([CLOUDWATCH, deny(Condition={"StringNotEquals": {"aws:VpceOrgID": "o-exampleorgid"}})], False),
        ([CLOUDWATCH, deny(Condition={"StringNotEqualsIfExists": {"aws:VpceAccount": "111122223333"}})], False),
        ([CLOUDWATCH, deny(Condition={"Null": {"aws:SourceVpcArn": "false"}})], True),
        ([CLOUDWATCH | {"Condition": {"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": SERVICES}}}], True),
        (
            [CLOUDWATCH, deny(Condition={"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": SERVICES}})],
            True,
        ),
        (
            [CLOUDWATCH, deny(Condition={"ForAnyValue:StringLike": {"aws:PrincipalServiceNamesList": "cloudwatch.*"}})],
            False,
        ),
        ([CLOUDWATCH | {"Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}}}], True),
        ([CLOUDWATCH | {"Condition": {"StringEquals": {"aws:ResourceAccount": "444455556666"}}}], False),
        ([CLOUDWATCH, deny(Condition={"StringNotEquals": {"aws:ResourceAccount": "111122223333"}})], True),
        ([CLOUDWATCH, deny(Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}})], False),
        ([CLOUDWATCH, deny(Condition={"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}})], True),
        ([CLOUDWATCH, deny(Condition={"StringNotLike": {"aws:RequestedRegion": "eu-*"}})], False),
        ([CLOUDWATCH | {"Condition": {"StringEqualsIfExists": {"aws:requestedregion": "eu-west-1"}}}], False),
        ([], False),
    ],
)
def test_whether_a_service_may_act(statements: list[dict[str, Any]], verdict: bool) -> None:
    assert allowed(*statements) is verdict


@pytest.mark.parametrize(
    "statements",
    [
        [CLOUDWATCH | {"Condition": {"StringEquals": {"aws:SourceOrgID": "o-exampleorgid"}}}],
        [CLOUDWATCH | {"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}}],
        [CLOUDWATCH | {"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}],
        [CLOUDWATCH | {"Condition": {"NumericEquals": {"aws:SourceAccount": "111122223333"}}}],
        [allow(Principal={"Service": "cloudwatch.eu-west-1.amazonaws.com"})],
        [CLOUDWATCH | {"Condition": {"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": SERVICES[1:]}}}],
        [CLOUDWATCH, deny(Condition={"ForAllValues:StringNotEquals": {"aws:PrincipalServiceNamesList": SERVICES[1:]}})],
        [CLOUDWATCH, deny(Principal={"Service": "cloudwatch.us-east-1.amazonaws.com"})],
        [
            CLOUDWATCH | {"Condition": {"StringLike": {"aws:SourceVpce": "${aws:PrincipalTag/vpce}"}}},
            CLOUDWATCH | {"Condition": {"Bool": {"aws:ViaAWSService": "false"}}},
        ],
    ],
)
def test_what_the_policy_alone_does_not_decide_is_an_error(statements: list[dict[str, Any]]) -> None:
    with pytest.raises(PolicyDocumentError, match="does not decide"):
        allowed(*statements)


@pytest.mark.parametrize(
    ("organization", "condition", "verdict"),
    [
        ("o-exampleorgid", {"StringEquals": {"aws:ResourceOrgID": "o-exampleorgid"}}, True),
        ("o-exampleorgid", {"StringEquals": {"aws:ResourceOrgID": "o-otherotherot"}}, False),
        ("o-exampleorgid", {"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-exampleorgid/*"}}, True),
        ("o-exampleorgid", {"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-otherotherot/*"}}, False),
        (None, {"ForAnyValue:StringLike": {"aws:SourceOrgPaths": "o-exampleorgid/*"}}, False),
        (None, {"StringNotEquals": {"aws:ResourceOrgID": "o-exampleorgid"}}, True),
    ],
)
@pytest.mark.parametrize("account", ["111122223333", "444455556666"])
def test_a_resource_of_the_account_is_in_its_organization(
    organization: str | None, condition: dict[str, Any], verdict: bool, account: str
) -> None:
    topic = f"arn:aws:sns:us-east-1:{account}:alerts"
    asked = [{"Source": ALARM, "Resource": topic, "Keys": {"aws:SourceOrgID": organization}}]
    document = policy(CLOUDWATCH | {"Condition": condition})
    if account in ALARM or "aws:SourceOrgPaths" in str(condition):
        refused = refused_requests(document, "cloudwatch.amazonaws.com", "sns:Publish", asked)
        assert refused == ([] if verdict else asked)
    else:
        with pytest.raises(PolicyDocumentError, match="does not decide"):
            refused_requests(document, "cloudwatch.amazonaws.com", "sns:Publish", asked)


def test_every_source_must_be_allowed() -> None:
    other = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:other"
    statement = CLOUDWATCH | {"Condition": {"ArnEquals": {"aws:SourceArn": ALARM}}}
    assert allowed(statement, sources=(ALARM,))
    assert not allowed(statement, sources=(ALARM, other))


def test_an_undecided_condition_does_not_matter_where_another_fails() -> None:
    condition = {"StringEquals": {"aws:SourceOrgID": "o-exampleorgid", "aws:SourceAccount": "444455556666"}}
    assert not allowed(CLOUDWATCH | {"Condition": condition})


def test_statements_about_a_resource_keep_the_rest_of_the_policy() -> None:
    kept, other = allow(Resource="arn:aws:logs:*"), allow(Resource="arn:aws:sns:*")
    text = json.dumps({**policy(kept, other), "Id": "p"})
    assert statements_about(text, ["arn:aws:logs:us-east-1:111122223333:log-group:x"]) == {
        "Version": "2012-10-17",
        "Id": "p",
        "Statement": [kept],
    }


@pytest.mark.parametrize("unreadable", ["{", '{"Statement": [{}]}', 7])
def test_an_unreadable_policy_is_handed_on_so_that_judging_it_fails(unreadable: Any) -> None:
    assert policy_object(unreadable) == unreadable
    with pytest.raises(PolicyDocumentError):
        public_statements(policy_object(unreadable))


def test_a_policy_text_becomes_an_object() -> None:
    assert policy_object(None) is None
    assert policy_object(json.dumps(policy(allow()))) == policy(allow())
    lone = {"Statement": allow()}
    assert policy_object(lone) == {"Statement": [allow()]}


def test_arn_operators_compare_part_by_part() -> None:
    request = Request({"aws:sourcearn": ("arn:aws:sns:us-east-1:111122223333:a:b",)})
    assert holds(Condition("arnlike", "", False, "aws:sourcearn", ("arn:aws:sns:*:*:a:*",)), request) is True
    assert holds(Condition("arnlike", "", False, "aws:sourcearn", ("arn:aws:*",)), request) is False
    assert holds(Condition("stringlike", "", False, "aws:sourcearn", ("arn:aws:*",)), request) is True


def test_a_deny_of_strangers_needs_fixed_values() -> None:
    assert denies_strangers(Condition("notipaddress", "", False, "aws:sourceip", ("203.0.113.0/24",)))
    assert not denies_strangers(Condition("notipaddress", "", False, "aws:sourceip", ("0.0.0.0/0",)))
    assert not denies_strangers(Condition("notipaddress", "", False, "aws:sourcevpc", ("203.0.113.0/24",)))
    assert not denies_strangers(Condition("stringequals", "", False, "aws:sourceaccount", ("111122223333",)))
    assert not denies_strangers(Condition("stringnotequals", "", False, "aws:useragent", ("x",)))


def test_addresses_pin_only_by_address_operators() -> None:
    assert pins_callers(Condition("ipaddress", "", False, "aws:sourceip", ("203.0.113.0/24",)))
    assert not pins_callers(Condition("ipaddress", "", False, "aws:sourcevpc", ("203.0.113.0/24",)))


@pytest.mark.parametrize(
    ("operator", "quantifier", "if_exists", "satisfied"),
    [
        ("stringequals", "", False, False),
        ("stringequals", "", True, True),
        ("stringnotequals", "", False, True),
        ("stringequals", "any", False, False),
        ("stringequals", "any", True, True),
        ("stringnotequals", "any", False, False),
        ("stringequals", "all", False, True),
    ],
)
def test_a_request_without_the_key(operator: str, quantifier: str, if_exists: bool, satisfied: bool) -> None:
    condition = Condition(operator, quantifier, if_exists, "aws:sourceaccount", ("111122223333",))
    assert holds(condition, Request({"aws:sourceaccount": ()})) is satisfied


SCOPED_BY = ["aws:SourceArn", "kms:EncryptionContext:aws:cloudtrail:arn"]


@pytest.mark.parametrize(
    ("condition", "scoped"),
    [
        ({"StringEquals": {"aws:SourceArn": TRAIL}}, True),
        ({"ArnLike": {"aws:SourceArn": [TRAIL]}}, True),
        ({"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": TRAIL}}, True),
        ({"ForAnyValue:StringEquals": {"aws:SourceArn": TRAIL}}, True),
        ({"ForAllValues:StringEquals": {"aws:SourceArn": TRAIL}}, False),
        ({"StringEqualsIfExists": {"aws:SourceArn": TRAIL}}, False),
        ({"StringNotEquals": {"aws:SourceArn": TRAIL}}, False),
        ({"StringEquals": {"aws:SourceArn": [TRAIL, f"{TRAIL}2"]}}, False),
        ({"StringLike": {"aws:SourceArn": f"{TRAIL}*"}}, False),
        ({"StringLike": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:${aws:PrincipalAccount}:trail/main"}}, False),
        ({"StringEquals": {"aws:SourceArn": []}}, False),
        ({"StringEquals": {"aws:SourceAccount": TRAIL}}, False),
        (None, False),
    ],
)
def test_a_service_grant_is_scoped_by_values_that_are_covered(condition: Any, *, scoped: bool) -> None:
    statement = allow(Principal={"Service": "cloudtrail.amazonaws.com"}, Condition=condition)
    found = unscoped_service_grants(policy(statement), "cloudtrail.amazonaws.com", "sns:Publish", SCOPED_BY, [TRAIL])
    assert (found == []) is scoped
    every = unscoped_service_grants(policy(statement), "cloudtrail.amazonaws.com", "sns:Publish", SCOPED_BY, ["*"])
    assert every == [] or not scoped


@pytest.mark.parametrize(
    ("refused", "scoped"),
    [
        (deny(Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}}), True),
        (deny(Condition={"ForAllValues:ArnNotLike": {"aws:SourceArn": TRAIL}}), True),
        (deny(Condition={"ForAnyValue:ArnNotLike": {"aws:SourceArn": TRAIL}}), False),
        (deny(Condition={"StringEquals": {"aws:SourceArn": TRAIL}}), False),
        (deny(Condition={"StringNotEquals": {"aws:SourceArn": [TRAIL, f"{TRAIL}2"]}}), False),
        (
            deny(Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}, "Bool": {"aws:SecureTransport": "false"}}),
            False,
        ),
        (deny(Principal={"AWS": "111122223333"}, Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}}), False),
        (deny(Action="sns:Subscribe", Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}}), False),
        (deny(Resource=ALARM, Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}}), False),
        (allow(Action="sns:Subscribe", Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}}), False),
    ],
)
def test_a_deny_for_all_other_values_scopes_too(refused: Any, *, scoped: bool) -> None:
    document = policy(allow(Principal={"Service": "cloudtrail.amazonaws.com"}), refused)
    found = unscoped_service_grants(document, "cloudtrail.amazonaws.com", "sns:Publish", SCOPED_BY, [TRAIL])
    assert (found == []) is scoped
