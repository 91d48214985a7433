"""The users and roles of an account, as AWS tells them over several pages."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources.access.identities import Identities, identities
from scanner.snapshot.answers import CallError, Snapshot

Make = Callable[..., Snapshot]
ACCOUNT = "111122223333"
STATEMENTS = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
AUDIT = f"arn:aws:iam::{ACCOUNT}:policy/teams/audit"
USER = {
    "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
    "Path": "/",
    "GroupList": ["readers"],
    "AttachedManagedPolicies": [{"PolicyName": "audit", "PolicyArn": AUDIT}],
}
ROLE = {
    "Arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/x",
    "Path": "/aws-service-role/x.amazonaws.com/",
    "AssumeRolePolicyDocument": {},
    "AttachedManagedPolicies": [],
}
GROUP = {
    "GroupName": "readers",
    "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": STATEMENTS}],
    "AttachedManagedPolicies": [],
}
POLICY = {
    "Arn": AUDIT,
    "PolicyVersionList": [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": []}},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": STATEMENTS},
    ],
}


def told(make_snapshot: Make, answer: Any) -> Identities:
    return identities(make_snapshot(("us-east-1", "iam.GetAccountAuthorizationDetails", {}, answer)), ACCOUNT)


def pages(**changes: Any) -> list[dict[str, Any]]:
    """The user with changes; a member that is None is left out."""
    user = {name: value for name, value in {**USER, **changes}.items() if value is not None}
    return [
        {"UserDetailList": [user], "RoleDetailList": [ROLE]},
        {"UserDetailList": [], "GroupDetailList": [GROUP], "RoleDetailList": [], "Policies": [POLICY]},
    ]


def test_groups_and_policies_may_be_on_another_page(make_snapshot: Make) -> None:
    role, user = told(make_snapshot, pages()).listed
    assert (role.kind, role.service_linked, role.policies) == ("role", True, ())
    assert (user.kind, user.service_linked, user.boundary, user.gap) == ("user", False, None, None)
    assert [policy["Name"] for policy in user.policies] == ["teams/audit", "inline policy own of group readers"]
    assert {policy["Document"] == STATEMENTS for policy in user.policies} == {True}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"GroupList": ["others"]}, "did not tell the group others"),
        ({"GroupList": None}, "GroupList"),
        ({"AttachedManagedPolicies": None}, "AttachedManagedPolicies"),
        ({"AttachedManagedPolicies": [{"PolicyArn": f"{AUDIT}s"}]}, f"did not tell the policy {AUDIT}s"),
        ({"PermissionsBoundary": {"PermissionsBoundaryArn": f"{AUDIT}s"}}, f"did not tell the policy {AUDIT}s"),
    ],
)
def test_what_was_not_told_is_a_gap_of_that_user(make_snapshot: Make, changes: Any, reason: str) -> None:
    *_, user = told(make_snapshot, pages(**changes)).listed
    assert user.gap is not None
    assert reason in user.gap.reason


def test_an_answer_without_roles_says_nothing_of_who_there_is(make_snapshot: Make) -> None:
    (gap,) = told(make_snapshot, {"UserDetailList": []}).gaps
    assert "answered without RoleDetailList" in gap.reason
    (gap,) = told(make_snapshot, CallError(GapKind.DENIED, "AccessDenied", "")).gaps
    assert gap.kind is GapKind.DENIED
