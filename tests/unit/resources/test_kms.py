"""Keys of trails and audit log groups, as rows."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.resources.kms import audit_key_view
from scanner.snapshot import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:audit"
TRAIL_ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"


def trails(**members: Any) -> tuple[str, Any, Any]:
    trail = {"TrailARN": TRAIL_ARN, "HomeRegion": "us-east-1", **members}
    return ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]})


def groups(*listed: Any) -> tuple[str, Any, Any]:
    return ("logs.DescribeLogGroups", {"logGroupNamePrefix": "audit"}, {"logGroups": list(listed)})


def test_a_key_shared_by_trail_and_log_group_is_one_row(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of(
        trails(KmsKeyId=KEY, CloudWatchLogsLogGroupArn=f"{GROUP}:*"),
        groups({"logGroupName": "audit-2", "kmsKeyId": "other"}, {"logGroupName": "audit", "kmsKeyId": KEY}),
        (
            "kms.DescribeKey",
            {"KeyId": KEY},
            {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
            "eu-west-1",
        ),
        ("kms.GetKeyRotationStatus", {"KeyId": KEY}, {"KeyRotationEnabled": True}, "eu-west-1"),
        ("kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}, {"Policy": '{"Statement": []}'}, "eu-west-1"),
    )
    (row,) = audit_key_view(snapshot, ACCOUNT).rows
    assert (row.id, row.region) == (KEY, "eu-west-1")
    assert row.data["UsedBy"] == [TRAIL_ARN, GROUP]
    assert row.data["UserAccounts"] == [ACCOUNT]
    assert row.data["KeyMetadata"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    assert row.data["Rotation"] == {"KeyRotationEnabled": True}
    assert row.data["Policy"] == {"Statement": []}
    assert len(row.sources) == 2


def test_a_key_without_a_region_is_asked_for_at_home(snapshot_of: SnapshotOf) -> None:
    described = (
        "kms.DescribeKey",
        {"KeyId": "1234"},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}},
    )
    (row,) = audit_key_view(snapshot_of(trails(KmsKeyId="1234"), described), ACCOUNT).rows
    assert row.data["KeyMetadata"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}
    assert set(row.gaps) == {"Rotation", "Policy", "Grants", "GrantPolicy", "Organizations"}


def test_a_key_that_is_gone_has_null_facts(snapshot_of: SnapshotOf) -> None:
    absent = [
        (name, arguments, "-NotFoundException", "eu-west-1")
        for name, arguments in (
            ("kms.DescribeKey", {"KeyId": KEY}),
            ("kms.GetKeyRotationStatus", {"KeyId": KEY}),
            ("kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}),
            ("kms.ListGrants", {"KeyId": KEY}),
        )
    ]
    (row,) = audit_key_view(snapshot_of(trails(KmsKeyId=KEY), *absent), ACCOUNT).rows
    assert row.data["KeyMetadata"] is row.data["Rotation"] is row.data["Policy"] is None
    assert row.data["Grants"] is row.data["GrantPolicy"] is None
    assert set(row.gaps) == {"Organizations"}


def test_grants_are_statements_of_a_policy(snapshot_of: SnapshotOf) -> None:
    given = [
        {"GrantId": "1", "GranteePrincipal": "arn:aws:iam::444455556666:role/r", "Operations": ["Decrypt"]},
        {"GrantId": "2", "GranteePrincipal": "rds.us-east-1.amazonaws.com", "Operations": ["CreateGrant"]},
        {"GrantId": "3", "GranteeServicePrincipal": "cloudtrail.amazonaws.com", "Operations": ["Decrypt"]},
    ]
    listed = ("kms.ListGrants", {"KeyId": KEY}, {"Grants": given, "Truncated": False}, "eu-west-1")
    (row,) = audit_key_view(snapshot_of(trails(KmsKeyId=KEY), listed), ACCOUNT).rows
    assert row.data["Grants"] == given
    found = [(item["Principal"], item["Action"]) for item in row.data["GrantPolicy"]["Statement"]]
    assert found == [
        ({"AWS": "arn:aws:iam::444455556666:role/r"}, ["kms:Decrypt"]),
        ({"Service": "rds.us-east-1.amazonaws.com"}, ["kms:CreateGrant"]),
        ({"Service": "cloudtrail.amazonaws.com"}, ["kms:Decrypt"]),
    ]


def test_a_refused_or_foreign_log_group_may_hide_a_key(snapshot_of: SnapshotOf) -> None:
    refused = snapshot_of(trails(CloudWatchLogsLogGroupArn=f"{GROUP}:*"))
    foreign = snapshot_of(trails(CloudWatchLogsLogGroupArn="arn:aws:logs:us-east-1:444455556666:log-group:audit:*"))
    for snapshot in (refused, foreign):
        view = audit_key_view(snapshot, ACCOUNT)
        assert view.rows == ()
        assert [gap.operation for gap in view.gaps] == ["logs.DescribeLogGroups"]


@pytest.mark.parametrize(("key", "kinds"), [(None, ["invalid"]), ("", []), (7, ["invalid"])])
def test_no_key_is_no_row(snapshot_of: SnapshotOf, key: Any, kinds: list[str]) -> None:
    view = audit_key_view(snapshot_of(trails(KmsKeyId=key)), ACCOUNT)
    assert (view.rows, [gap.kind for gap in view.gaps]) == ((), kinds)
