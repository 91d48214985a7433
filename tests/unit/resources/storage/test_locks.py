"""Copies of the evidence: when another trail writes all that a trail records to another bucket."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.facts.rows import Row
from scanner.resources.storage.locks import protection
from scanner.resources.storage.s3 import log_bucket_view
from scanner.snapshot.answers import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/"
ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True}
OBJECTS = {**ALL, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
CALL_RATE = {"InsightType": "ApiCallRateInsight"}
DELIVERED = {"LatestDeliveryTime": "2026-11-20T06:55:00Z"}
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}}}
ADVANCED = {
    "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]},
    ]
}
MANAGEMENT = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}


def trail(name: str, bucket: str, **members: Any) -> dict[str, Any]:
    known = {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": True, "HasCustomEventSelectors": True}
    return {"TrailARN": ARN + name, "HomeRegion": "us-east-1", "S3BucketName": bucket, **known, **members}


def about(name: str, selectors: Any, insights: Any = "-InsightNotEnabledException", status: Any = None) -> list[Any]:
    chosen = "AdvancedEventSelectors" if "FieldSelectors" in selectors[0] else "EventSelectors"
    return [
        ("cloudtrail.GetTrailStatus", {"Name": ARN + name}, status or {"IsLogging": True, **DELIVERED}),
        ("cloudtrail.GetEventSelectors", {"TrailName": ARN + name}, {chosen: selectors}),
        ("cloudtrail.GetInsightSelectors", {"TrailName": ARN + name}, insights),
    ]


def first_bucket(snapshot: Snapshot) -> Row:
    return next(row for row in log_bucket_view(snapshot, ACCOUNT).rows if row.data["Name"] == "logs")


def row_of(snapshot_of: SnapshotOf, main: Any, vault: Any, *calls: Any, first: Any = None, **members: Any) -> Row:
    """The row of the bucket ``logs`` of trail ``main``, beside a trail ``vault`` to a locked bucket."""
    listed = [trail("main", "logs", **(first or {})), trail("vault", **{"bucket": "vault", **members})]
    return first_bucket(
        snapshot_of(
            ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": listed}),
            ("s3.GetObjectLockConfiguration", {"Bucket": "vault"}, {"ObjectLockConfiguration": LOCK}),
            ("s3.GetBucketVersioning", {"Bucket": "vault"}, {"Status": "Enabled"}),
            *main,
            *vault,
            *calls,
        )
    )


def copies(row: Row) -> list[str]:
    (listed,) = row.data["Copies"]
    assert listed["TrailARN"] == f"{ARN}main"
    return [other["Bucket"] for other in listed["Others"]]


def test_a_copy_tells_how_it_is_protected(snapshot_of: SnapshotOf) -> None:
    row = row_of(snapshot_of, about("main", [ALL]), about("vault", [OBJECTS]))
    (copy,) = row.data["Copies"][0]["Others"]
    assert copy["ObjectLock"] == {"ObjectLockEnabled": "Enabled", "Mode": "COMPLIANCE", "RetentionDays": 400}
    assert copy["Versioning"] == {"Status": "Enabled", "MFADelete": None}
    protected = "(Object Lock COMPLIANCE for 400 days, versioning Enabled, MFA Delete off)"
    assert row.data["CopyFacts"] == [f"{ARN}vault writes what {ARN}main records to vault too {protected}"]
    assert row.data["CopiesComplete"] is True


def narrowed(*fields: dict[str, Any]) -> list[Any]:
    """A selector of management events with further conditions."""
    return [{"FieldSelectors": [*MANAGEMENT["FieldSelectors"], *fields]}]


NO_KMS = {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}
NO_DECRYPT = {"Field": "eventName", "NotEquals": ["Decrypt"]}


@pytest.mark.parametrize(
    ("main", "vault", "same"),
    [
        ([ALL], [ALL], True),
        ([ALL], [OBJECTS], True),
        ([OBJECTS], [ALL], False),
        ([ALL], [MANAGEMENT], True),
        ([ALL], [{**ALL, "ReadWriteType": "WriteOnly"}], False),
        ([{**ALL, "ReadWriteType": "WriteOnly"}], [ALL], True),
        ([{**ALL, "ReadWriteType": "WriteOnly"}], [{**ALL, "ReadWriteType": "ReadOnly"}], False),
        ([ALL], [{**ALL, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}], False),
        ([{**ALL, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}], [ALL], True),
        ([ALL], [{**ALL, "IncludeManagementEvents": False}], False),
        ([MANAGEMENT, ADVANCED], [ADVANCED, MANAGEMENT], True),
        ([MANAGEMENT, ADVANCED], [MANAGEMENT], False),
        (
            [ALL],
            [{"FieldSelectors": [*MANAGEMENT["FieldSelectors"], {"Field": "eventName", "NotEquals": ["StopLogging"]}]}],
            False,
        ),
        (
            [ALL],
            [{"FieldSelectors": [*MANAGEMENT["FieldSelectors"], {"Field": "readOnly", "Equals": ["true"]}]}],
            False,
        ),
        (narrowed(NO_DECRYPT), narrowed(NO_KMS), False),
        (narrowed(NO_KMS), narrowed(NO_DECRYPT), False),
        (
            [*narrowed(NO_KMS), *narrowed({"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}, NO_DECRYPT)],
            narrowed(NO_KMS),
            False,
        ),
        (
            narrowed(NO_KMS),
            [*narrowed(NO_KMS, NO_DECRYPT), *narrowed({"Field": "eventName", "Equals": ["Decrypt"]})],
            True,
        ),
        (narrowed(NO_KMS, NO_DECRYPT), narrowed(NO_KMS), True),
        (narrowed(NO_KMS), narrowed(NO_KMS, NO_DECRYPT), False),
        (narrowed(NO_DECRYPT), narrowed(NO_DECRYPT), True),
        (narrowed(NO_KMS), [{**ALL, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}], True),
        (
            narrowed(NO_DECRYPT),
            [
                *narrowed(NO_DECRYPT, {"Field": "readOnly", "Equals": ["true"]}),
                *narrowed({"Field": "readOnly", "Equals": ["false"]}),
            ],
            True,
        ),
        (
            narrowed({"Field": "eventName", "StartsWith": ["Put"]}),
            narrowed({"Field": "eventName", "StartsWith": ["Pu"]}),
            True,
        ),
        (
            narrowed({"Field": "eventName", "StartsWith": ["Pu"]}),
            narrowed({"Field": "eventName", "StartsWith": ["Put"]}),
            False,
        ),
    ],
)
def test_a_copy_records_whatever_the_trail_records(
    snapshot_of: SnapshotOf, main: list[Any], vault: list[Any], same: bool
) -> None:
    row = row_of(snapshot_of, about("main", main), about("vault", vault))
    assert copies(row) == (["vault"] if same else [])
    assert row.data["CopiesComplete"] is True


@pytest.mark.parametrize(
    "members",
    [
        {"IsMultiRegionTrail": False},
        {"IncludeGlobalServiceEvents": False},
        {"bucket": "logs"},
        {"first": {"IsOrganizationTrail": True}},
        {"first": {"LogFileValidationEnabled": True}},
        {"first": {"IsMultiRegionTrail": False}, "IsMultiRegionTrail": False, "HomeRegion": "eu-west-1"},
    ],
)
def test_a_trail_that_reaches_less_far_makes_no_copy(snapshot_of: SnapshotOf, members: dict[str, Any]) -> None:
    row = row_of(snapshot_of, about("main", [ALL]), about("vault", [ALL]), **members)
    assert not [other for listed in row.data["Copies"] for other in listed["Others"]]


@pytest.mark.parametrize(
    "status",
    [
        {"IsLogging": False, **DELIVERED},
        {"IsLogging": True, "LatestDeliveryError": "AccessDenied", **DELIVERED},
        {"IsLogging": True},
        {"IsLogging": True, "LatestDeliveryTime": "2026-11-18T06:55:00Z"},
        {"IsLogging": True, "LatestDeliveryTime": "2027-11-20T06:55:00Z"},
    ],
)
def test_a_trail_that_does_not_deliver_makes_no_copy(snapshot_of: SnapshotOf, status: dict[str, Any]) -> None:
    assert copies(row_of(snapshot_of, about("main", [ALL]), about("vault", [ALL], status=status))) == []


@pytest.mark.parametrize(
    ("digests", "same"),
    [
        ({"LatestDigestDeliveryTime": "2026-11-20T06:10:00Z"}, True),
        ({}, True),
        ({"LatestDigestDeliveryError": "AccessDenied"}, False),
        ({"LatestDigestDeliveryTime": "2026-11-10T06:10:00Z"}, False),
        ({"LatestDigestDeliveryTime": "2026-11-20T06:10:00Z", "LatestDigestDeliveryError": "AccessDenied"}, False),
    ],
)
def test_digests_are_evidence_too(snapshot_of: SnapshotOf, digests: dict[str, Any], *, same: bool) -> None:
    vault = about("vault", [ALL], status={"IsLogging": True, **DELIVERED, **digests})
    both = {"LogFileValidationEnabled": True}
    assert copies(row_of(snapshot_of, about("main", [ALL]), vault, first=both, **both)) == (["vault"] if same else [])


def test_insights_are_evidence_too(snapshot_of: SnapshotOf) -> None:
    with_insights = about("main", [ALL], {"InsightSelectors": [CALL_RATE]})
    assert copies(row_of(snapshot_of, with_insights, about("vault", [ALL]))) == []
    both = about("vault", [ALL], {"InsightSelectors": [CALL_RATE, {"InsightType": "ApiErrorRateInsight"}]})
    assert copies(row_of(snapshot_of, with_insights, both)) == ["vault"]


def test_what_cannot_be_read_may_be_a_copy(snapshot_of: SnapshotOf) -> None:
    refused = [(name, arguments, "!AccessDenied") for name, arguments, _ in about("vault", [ALL])]
    row = row_of(snapshot_of, about("main", [ALL]), refused)
    assert copies(row) == []
    assert row.gaps["CopiesComplete"].operation == "cloudtrail.GetTrailStatus"


def test_a_bucket_that_refuses_may_be_locked(snapshot_of: SnapshotOf) -> None:
    calls = ("s3.GetObjectLockConfiguration", {"Bucket": "vault"}, "!AccessDenied")
    row = row_of(snapshot_of, about("main", [ALL]), about("vault", [ALL]), calls)
    assert row.data["Copies"][0]["Others"][0]["ObjectLock"] is None
    assert row.gaps["CopiesComplete"].operation == "s3.GetObjectLockConfiguration"


@pytest.mark.parametrize(
    ("lock", "versions", "words"),
    [
        (None, None, "Object Lock off, versioning off, MFA Delete off"),
        (
            {"ObjectLockEnabled": "Enabled", "Mode": None, "RetentionDays": None},
            {"Status": "Enabled"},
            "Object Lock without",
        ),
        ({"ObjectLockEnabled": None, "Mode": "COMPLIANCE", "RetentionDays": 9}, {}, "Object Lock off"),
        (None, {"Status": "Suspended", "MFADelete": "Enabled"}, "versioning Suspended, MFA Delete Enabled"),
    ],
)
def test_protection_in_words(lock: Any, versions: Any, words: str) -> None:
    assert words in protection(lock, versions)
