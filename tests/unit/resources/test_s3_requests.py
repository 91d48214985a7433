"""What CloudTrail asks of a log bucket: which objects, for whom, with which condition keys."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.resources.rows import Row
from scanner.resources.s3 import log_bucket_view
from scanner.snapshot import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT, MANAGEMENT = "111122223333", "444455556666"
NONE: tuple[str, Any, Any] = ("organizations.DescribeOrganization", {}, "-AWSOrganizationsNotInUseException")
IN_ONE: tuple[str, Any, Any] = (
    "organizations.DescribeOrganization",
    {},
    {"Organization": {"Id": "o-exampleorgid", "MasterAccountId": MANAGEMENT}},
)


def row_of(
    snapshot_of: SnapshotOf, organization: Any, account: str = ACCOUNT, *more: tuple[str, Any, Any], **members: Any
) -> Row:
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/main"
    trail = {"TrailARN": arn, "HomeRegion": "us-east-1", "S3BucketName": "logs", **members}
    listing = ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]})
    regions = ("eu-west-1", "us-east-1")
    snapshot = snapshot_of(listing, (*listing, "eu-west-1"), organization, *more, regions=regions)
    (row,) = log_bucket_view(snapshot, ACCOUNT).rows
    return row


def folders(row: Row) -> list[str]:
    """The folders of the requested objects, without the day."""
    return [item["Resource"].removeprefix("arn:aws:s3:::logs/").rsplit("/", 4)[0] for item in row.data["Deliveries"]]


def test_a_trail_writes_log_files_of_its_account(snapshot_of: SnapshotOf) -> None:
    row = row_of(snapshot_of, NONE)
    assert folders(row) == [f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1"]
    assert row.data["Deliveries"][0]["Keys"] == {
        "aws:SourceOrgID": None,
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    assert row.data["AclChecks"][0]["Resource"] == "arn:aws:s3:::logs"


@pytest.mark.parametrize("prefix", ["audit", "audit/"])
def test_digests_regions_and_prefix(snapshot_of: SnapshotOf, prefix: str) -> None:
    row = row_of(
        snapshot_of, NONE, IsMultiRegionTrail=True, LogFileValidationEnabled=True, S3KeyPrefix=prefix, KmsKeyId="key"
    )
    assert folders(row) == [
        f"audit/AWSLogs/{ACCOUNT}/{kind}/{region}"
        for region in ("us-east-1", "eu-west-1")
        for kind in ("CloudTrail", "CloudTrail-Digest")
    ]
    assert row.data["Deliveries"][0]["Keys"]["s3:x-amz-server-side-encryption"] == "aws:kms"


def test_an_organization_trail_writes_for_each_account(snapshot_of: SnapshotOf) -> None:
    row = row_of(snapshot_of, IN_ONE, MANAGEMENT, IsOrganizationTrail=True)
    assert folders(row) == [
        f"AWSLogs/o-exampleorgid/{account}/CloudTrail/us-east-1" for account in (MANAGEMENT, ACCOUNT)
    ]
    assert {item["Keys"]["aws:SourceOrgID"] for item in row.data["Deliveries"]} == {"o-exampleorgid"}


def test_without_the_organization_its_trail_is_not_judged_and_others_are(snapshot_of: SnapshotOf) -> None:
    refused: tuple[str, Any, Any] = ("organizations.DescribeOrganization", {}, "!AccessDeniedException")
    assert "Deliveries" in row_of(snapshot_of, refused, MANAGEMENT, IsOrganizationTrail=True).gaps
    row = row_of(snapshot_of, refused)
    assert "aws:SourceOrgID" not in row.data["Deliveries"][0]["Keys"]


def test_nothing_is_said_of_the_organization_of_a_stranger(snapshot_of: SnapshotOf) -> None:
    row = row_of(snapshot_of, IN_ONE, "999988887777")
    assert "aws:SourceOrgID" not in row.data["Deliveries"][0]["Keys"]


def test_the_bucket_tells_its_owner_and_its_region(snapshot_of: SnapshotOf) -> None:
    head = ("s3.HeadBucket", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}, {"BucketRegion": "eu-west-1"})
    row = row_of(snapshot_of, NONE, ACCOUNT, head)
    told = {"aws:ResourceAccount": ACCOUNT, "s3:ResourceAccount": ACCOUNT, "aws:RequestedRegion": "eu-west-1"}
    for item in (*row.data["AclChecks"], *row.data["Deliveries"]):
        assert told.items() <= item["Keys"].items()
    refused = ("s3.HeadBucket", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}, "!403")
    assert not told.keys() & row_of(snapshot_of, NONE, ACCOUNT, refused).data["Deliveries"][0]["Keys"].keys()
