"""Every bucket of an account as a row: how it is tagged, and whether its objects are recorded where it is."""

from collections.abc import Callable
from typing import Any

from scanner.resources.storage.buckets import bucket_view
from scanner.snapshot.answers import ABSENT, CallError, Snapshot

MakeSnapshot = Callable[..., Snapshot]

ACCOUNT, HOME = "111122223333", "us-east-1"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
OBJECTS = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]


def snapshot_with(make_snapshot: MakeSnapshot, *, multi_region: bool) -> Snapshot:
    trail = {"TrailARN": TRAIL, "HomeRegion": HOME, "IsMultiRegionTrail": multi_region}
    places = {"here": {"BucketRegion": HOME}, "there": {"BucketRegion": "eu-west-1"}, "x": {}}
    buckets = [{"Name": name, **place} for name, place in places.items()]
    return make_snapshot(
        (HOME, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]}),
        (HOME, "cloudtrail.GetTrailStatus", {"Name": TRAIL}, {"IsLogging": True}),
        (HOME, "cloudtrail.GetEventSelectors", {"TrailName": TRAIL}, {"EventSelectors": [{"DataResources": OBJECTS}]}),
        (HOME, "s3.ListBuckets", {"MaxBuckets": 1000}, {"Buckets": buckets}),
        (HOME, "s3.GetBucketTagging", {"Bucket": "here"}, CallError(ABSENT, "NoSuchTagSet", "")),
        ("eu-west-1", "s3.GetBucketTagging", {"Bucket": "there"}, {"TagSet": [{"Key": "k", "Value": "v"}]}),
        asked=[HOME],
    )


def rows(snapshot: Snapshot) -> dict[str, Any]:
    return {row.data["Name"]: row for row in bucket_view(snapshot, ACCOUNT).rows}


def test_tags_are_asked_for_where_the_bucket_is(make_snapshot: MakeSnapshot) -> None:
    found = rows(snapshot_with(make_snapshot, multi_region=True))
    assert (found["here"].data["Tags"], found["there"].data["Tags"]) == ([], [{"Key": "k", "Value": "v"}])
    assert found["x"].gaps["Tags"].region == "us-east-1"
    assert (found["x"].data["BucketRegion"], found["there"].region) == (None, "eu-west-1")


def test_a_trail_of_every_region_records_them_all(make_snapshot: MakeSnapshot) -> None:
    found = rows(snapshot_with(make_snapshot, multi_region=True))
    assert [found[name].data["ReadsRecorded"] for name in ("here", "there", "x")] == [True, True, True]


def test_a_region_out_of_scope_may_have_a_trail_of_its_own(make_snapshot: MakeSnapshot) -> None:
    found = rows(snapshot_with(make_snapshot, multi_region=False))
    assert found["here"].data["WritesRecorded"] is True
    assert found["there"].gaps["WritesRecorded"].kind == "out-of-scope"
    assert found["x"].gaps["WritesRecorded"].kind == "out-of-scope"
