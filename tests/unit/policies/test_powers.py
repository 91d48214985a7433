"""What a user or role could do by its policies."""

from typing import Any

import pytest

from scanner.policies.powers import powers
from scanner.policies.statements import PolicyDocumentError

ROLE = "arn:aws:iam::111122223333:role/builds"
TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
OBJECTS = "arn:aws:s3:::logs/AWSLogs/111122223333/CloudTrail*"
STOP, DELETE = "cloudtrail:StopLogging", "s3:DeleteObject"


def statement(effect: str = "Allow", action: Any = "*", resource: Any = "*", **condition: Any) -> dict[str, Any]:
    made = {"Effect": effect, "Action": action, "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def found(
    *statements: dict[str, Any], boundary: Any = None, arn: str = ROLE, policy: Any = None, resource: str = TRAIL
) -> list[Any]:
    document = {"Name": "p", "Document": {"Statement": list(statements)}}
    bounded = None if boundary is None else {"Name": "b", "Document": {"Statement": boundary}}
    kind = arn.rpartition(":")[2].partition("/")[0]
    principal = {"Arn": arn, "Kind": kind, "Policies": [document], "Boundary": bounded}
    return powers(principal, [STOP, DELETE], [{"Arn": resource, "Policy": policy}])


def test_actions_are_told_by_policy() -> None:
    assert found(statement(action="cloudtrail:*")) == [{"Policy": "p", "Actions": [STOP]}]
    assert found(statement(), boundary=[statement(action="s3:*")], resource=OBJECTS) == [
        {"Policy": "p", "Actions": [DELETE]}
    ]
    assert found(statement(action="ec2:*")) == []


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:username": "ann"}}, True),
        ({"StringEquals": {"aws:username": "bob"}}, False),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, False),
        ({"StringEquals": {"aws:ResourceAccount": "999988887777"}}, False),
        ({"StringEquals": {"aws:ResourceAccount": "111122223333"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
    ],
)
def test_a_grant_under_a_condition(condition: Any, allowed: bool) -> None:
    told = found(statement(action="cloudtrail:*", **condition), arn="arn:aws:iam::111122223333:user/staff/ann")
    assert bool(told) is allowed


def test_a_bucket_is_of_the_account_of_the_principal() -> None:
    own = statement(action=DELETE, StringEquals={"aws:ResourceAccount": "111122223333"})
    assert found(own, resource=OBJECTS)


def test_what_conditions_leave_open_is_an_error_only_where_nothing_else_is_allowed() -> None:
    perhaps = statement(action=STOP, StringEquals={"aws:ResourceTag/a": "b"})
    with pytest.raises(PolicyDocumentError, match=f"{STOP} on {TRAIL}"):
        found(perhaps)
    assert found(perhaps, statement(action="cloudtrail:*"))
    with pytest.raises(PolicyDocumentError, match="do not decide"):
        found(statement(action=STOP), boundary=[perhaps])
    with pytest.raises(PolicyDocumentError, match="do not decide"):
        found(statement(action="s3:*"), statement("Deny", "s3:*", f"{OBJECTS[:-1]}/us-east-1/*"), resource=OBJECTS)


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ("*", False),
        ({"AWS": ROLE}, False),
        ({"AWS": "111122223333"}, False),
        ({"AWS": "arn:aws:iam::111122223333:root"}, False),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, True),
        ({"AWS": "999988887777"}, True),
        ({"Service": "config.amazonaws.com"}, True),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/builds/1"}, None),
    ],
)
def test_whom_the_deny_of_a_bucket_policy_names(principal: Any, allowed: bool | None) -> None:
    policy = {"Statement": [{**statement("Deny", "s3:Delete*"), "Principal": principal}]}
    if allowed is None:
        with pytest.raises(PolicyDocumentError):
            found(statement(action="s3:*"), policy=policy, resource=OBJECTS)
    else:
        told = found(statement(action="s3:*"), policy=policy, resource=OBJECTS)
        assert bool(told) is allowed


def test_the_deny_of_a_bucket_policy_for_all_but_others() -> None:
    deny = statement("Deny", "s3:Delete*")
    for name, allowed in ((ROLE, True), ("arn:aws:iam::111122223333:role/other", False)):
        policy = {"Statement": [{**deny, "NotPrincipal": {"AWS": name}}]}
        assert bool(found(statement(action="s3:*"), policy=policy, resource=OBJECTS)) is allowed


def test_policies_of_one_name_are_two_policies() -> None:
    wide = {"Name": "p", "Document": {"Statement": [statement(action="cloudtrail:*")]}}
    narrow = {"Name": "p", "Document": {"Statement": [statement(action="ec2:*")]}}
    for policies in ([wide, narrow], [narrow, wide]):
        principal = {"Arn": ROLE, "Kind": "role", "Policies": policies, "Boundary": None}
        assert powers(principal, [STOP], [{"Arn": TRAIL, "Policy": None}])


def test_a_policy_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(PolicyDocumentError):
        found({"Effect": "Allow"})
