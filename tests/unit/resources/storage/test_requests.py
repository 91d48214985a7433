"""What CloudTrail asks of a log bucket: which objects, for whom, with which condition keys."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.facts.rows import Row
from scanner.resources.storage.s3 import log_bucket_view
from scanner.snapshot.answers import Snapshot
from scanner.texts.globs import glob_match

SnapshotOf = Callable[..., Snapshot]

ACCOUNT, MANAGEMENT = "111122223333", "444455556666"
NONE: tuple[str, Any, Any] = ("organizations.DescribeOrganization", {}, "-AWSOrganizationsNotInUseException")
IN_ONE: tuple[str, Any, Any] = (
    "organizations.DescribeOrganization",
    {},
    {"Organization": {"Id": "o-exampleorgid", "MasterAccountId": MANAGEMENT}},
)


def row_of(
    snapshot_of: SnapshotOf,
    organization: Any,
    account: str = ACCOUNT,
    *more: tuple[str, Any, Any],
    run: Mapping[str, Any] | None = None,
    **members: Any,
) -> Row:
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/main"
    trail = {"TrailARN": arn, "HomeRegion": "us-east-1", "S3BucketName": "logs", **members}
    listing = ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]})
    regions = ("eu-west-1", "us-east-1")
    snapshot = snapshot_of(listing, (*listing, "eu-west-1"), organization, *more, regions=regions)
    snapshot.run["scope"].update(run or {})
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


def written(row: Row) -> list[str]:
    """The patterns among what the trails write."""
    names = [item["Resource"].removeprefix("arn:aws:s3:::logs/") for item in row.data["Writes"]]
    return [name for name in names if "?" in name]


def test_every_file_has_a_name_of_a_pattern(snapshot_of: SnapshotOf) -> None:
    members: dict[str, Any] = {
        "IsMultiRegionTrail": True,
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": True,
    }
    for organization, account, extra in ((NONE, ACCOUNT, 0), (IN_ONE, MANAGEMENT, 1)):
        row = row_of(snapshot_of, organization, account, **members | {"IsOrganizationTrail": bool(extra)})
        assert [item for item in row.data["Writes"] if "?" not in item["Resource"]] == row.data["Deliveries"]
        patterns = [item["Resource"] for item in row.data["Writes"] if "?" in item["Resource"]]
        for item in row.data["Deliveries"]:
            assert sum(glob_match(pattern, item["Resource"]) for pattern in patterns) == 1 + extra


def test_insights_files_are_written_too(snapshot_of: SnapshotOf) -> None:
    place = f"AWSLogs/{ACCOUNT}/CloudTrail{{0}}/us-east-1/????/??/??/{ACCOUNT}_CloudTrail{{0}}_us-east-1_*.json.gz"
    assert written(row_of(snapshot_of, NONE)) == [place.format("")]
    insights = row_of(snapshot_of, NONE, HasInsightSelectors=True)
    assert written(insights) == [place.format(""), place.format("-Insight")]


@pytest.mark.parametrize(
    ("run", "anywhere"),
    [
        ({}, False),
        ({"asked": {"regions": ["eu-west-1", "us-east-1"]}}, True),
        (
            {"accounts": {ACCOUNT: {"regions": ["eu-west-1", "us-east-1"], "skipped": {"af-south-1": "no endpoint"}}}},
            True,
        ),
        (
            {"accounts": {ACCOUNT: {"regions": ["eu-west-1", "us-east-1"], "skipped": {"af-south-1": "not enabled"}}}},
            False,
        ),
    ],
)
def test_regions_that_were_not_looked_at(snapshot_of: SnapshotOf, run: dict[str, Any], *, anywhere: bool) -> None:
    row = row_of(snapshot_of, NONE, run=run, IsMultiRegionTrail=True)
    assert [name for name in written(row) if "/CloudTrail/*/" in name] == (
        [f"AWSLogs/{ACCOUNT}/CloudTrail/*/????/??/??/*.json.gz"] if anywhere else []
    )
    assert not [name for name in written(row_of(snapshot_of, NONE, run=run)) if "/CloudTrail/*/" in name]


def test_an_organization_that_cannot_be_told_is_any(snapshot_of: SnapshotOf) -> None:
    refused: tuple[str, Any, Any] = ("organizations.DescribeOrganization", {}, "!AccessDeniedException")
    row = row_of(snapshot_of, refused, MANAGEMENT, IsOrganizationTrail=True)
    folders = [name.split("/CloudTrail/")[0] for name in written(row)]
    assert folders == [f"AWSLogs/o-*/{account}" for account in (MANAGEMENT, ACCOUNT, "*")]
