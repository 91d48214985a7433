"""What service control policies leave to somebody in an account."""

from typing import Any

import pytest

from scanner.policies.control_policies import unguarded_actions
from scanner.policies.statements import PolicyDocumentError

STOP = "cloudtrail:StopLogging"
TRAIL = "arn:aws:cloudtrail:us-east-1:444455556666:trail/own"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def left(
    *levels: list[dict[str, Any]],
    resources: list[str] | None = None,
    exempt: list[str] | None = None,
    action: str = STOP,
) -> Any:
    listed = [{"Target": "r", "Policies": [{"Name": "p", "Document": {"Statement": each}}]} for each in levels]
    policies = {"Account": "444455556666", "Organization": "o-exampleorgid", "Partition": "aws", "Levels": listed}
    return unguarded_actions(policies, [action], resources or [], exempt or [])


def deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*", **elements}


def but(**elements: Any) -> dict[str, Any]:
    return {name: value for name, value in deny(**elements).items() if name != "Resource"}


def test_without_a_deny_everything_is_left() -> None:
    nothing = [{"Action": STOP, "Why": "no policy denies it", "Partly": False}]
    assert left([EVERYTHING], [EVERYTHING]) == nothing
    assert left([EVERYTHING], [EVERYTHING, deny(Action="config:*")]) == nothing


def test_a_deny_at_any_level_is_enough() -> None:
    assert left([EVERYTHING, deny()], [EVERYTHING]) == []
    assert left([EVERYTHING], [EVERYTHING, deny()]) == []


@pytest.mark.parametrize(
    ("statement", "why", "partly"),
    [
        (deny(Resource="arn:aws:cloudtrail:*:*:trail/a*"), "p denies it on arn:aws:cloudtrail:*:*:trail/a* only", True),
        (but(NotResource=f"{TRAIL}s"), f"p denies it on all but {TRAIL}s only", True),
        (
            deny(Condition={"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}),
            "p denies it to all but arn:aws:iam::*:role/a",
            False,
        ),
        (
            deny(Condition={"Null": {"aws:MultiFactorAuthAge": "true"}}),
            "p denies it under a condition on aws:multifactorauthage only",
            False,
        ),
    ],
)
def test_what_a_deny_lacks(statement: dict[str, Any], why: str, partly: bool) -> None:
    assert left([EVERYTHING, statement]) == [{"Action": STOP, "Why": why, "Partly": partly}]


def test_a_deny_that_lacks_resources_only_is_told_before_others() -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    (found,) = left([EVERYTHING, deny(Condition=condition), deny(Resource=f"{TRAIL}*")])
    assert found["Partly"]


def test_the_resources_that_are_asked_about() -> None:
    named = deny(Resource="arn:aws:cloudtrail:*:*:trail/own")
    assert left([EVERYTHING, named], resources=[TRAIL]) == []
    assert left([EVERYTHING, named], resources=[TRAIL, f"{TRAIL}2"])


@pytest.mark.parametrize(
    ("condition", "guards"),
    [
        ({"StringLike": {"aws:PrincipalArn": ["*"]}}, True),
        ({"Null": {"aws:PrincipalArn": "false"}}, True),
        ({"Null": {"aws:PrincipalArn": "true"}}, False),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, False),
        ({"StringLike": {"aws:PrincipalTag/a": "*"}}, False),
        ({"StringNotLike": {"aws:PrincipalArn": "*"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-exampleorgid/r/"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-exampleorgid/"}}, False),
    ],
)
def test_conditions_that_everybody_in_the_account_meets(condition: dict[str, Any], guards: bool) -> None:
    assert (left([EVERYTHING, deny(Condition=condition)], [EVERYTHING]) == []) is guards


def test_exempt_principals_are_covered_whole() -> None:
    condition = {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/a", "arn:aws:iam::${aws:x}:role/a"]}}
    assert left([EVERYTHING, deny(Condition=condition)], exempt=["arn:aws:iam::*:role/*"])
    condition["ArnNotLike"]["aws:PrincipalArn"].pop()
    assert left([EVERYTHING, deny(Condition=condition)], exempt=["arn:aws:iam::*:role/*"]) == []
    assert left([EVERYTHING, deny(Condition=condition)], exempt=["arn:aws:iam::444455556666:role/a"])


def test_what_no_policy_of_a_level_allows_is_denied() -> None:
    assert left([EVERYTHING], [{**EVERYTHING, "Action": "ec2:*"}]) == []
    assert left([EVERYTHING], [{**EVERYTHING, "Resource": f"{TRAIL}*"}])


def test_a_level_without_policies_denies_nothing() -> None:
    policies = {"Account": "4", "Organization": "o", "Partition": "aws", "Levels": [{"Target": "r", "Policies": []}]}
    assert unguarded_actions(policies, [STOP], [], [])


def test_a_policy_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(PolicyDocumentError):
        left([{"Effect": "Deny"}])


@pytest.mark.parametrize(
    ("action", "statement", "why"),
    [
        ("cloudtrail:*", deny(Action=STOP), "p denies cloudtrail:StopLogging only"),
        (
            "cloudtrail:Delete*",
            {"Effect": "Deny", "NotAction": "cloudtrail:DeleteTrail", "Resource": "*"},
            "all but cloudtrail:Del",
        ),
        ("cloudtrail:StopImport", deny(Resource="*:trail/*"), "p denies it on *:trail/* only"),
        ("cloudtrail:DeleteEventDataStore", deny(Resource="*:trail/*"), "p denies it on *:trail/* only"),
        ("config:DeleteDeliveryChannel", deny(Action="*", Resource="*:configuration-recorder/*"), "p denies it on"),
    ],
)
def test_a_deny_of_less_than_is_asked_about(action: str, statement: dict[str, Any], why: str) -> None:
    for resources in ([], [TRAIL]):
        (found,) = left([EVERYTHING, statement], action=action, resources=resources)
        assert why in found["Why"]


def test_a_deny_of_all_that_is_asked_about() -> None:
    assert left([EVERYTHING, deny()], action="cloudtrail:*") == []
    assert left([EVERYTHING, deny(Resource="*:eventdatastore/*")], action="cloudtrail:DeleteEventDataStore") == []
    assert left([EVERYTHING, deny(Resource="*:trail/*")], action="CloudTrail:StopLogging") == []
