from collections.abc import Callable
from typing import Any

import pytest

from scanner.audit_path.stores import enabled_regions
from scanner.facts.rows import Row
from scanner.model import CallKey, GapKind, Source
from scanner.resources.trails.cloudtrail import trail_view
from scanner.snapshot.answers import CallError, Snapshot

Make = Callable[..., Snapshot]

ACCOUNT = "111122223333"
MAIN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
ORG = "arn:aws:cloudtrail:eu-west-1:999988887777:trail/org"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "")


def listing(region: str, *trails: dict[str, Any]) -> Any:
    return region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": list(trails)}


def refused(region: str, error: CallError = DENIED) -> Any:
    return region, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, error


def trail(arn: str = MAIN, **members: Any) -> dict[str, Any]:
    return {"Name": arn.rsplit("/", maxsplit=1)[-1], "TrailARN": arn, "HomeRegion": arn.split(":")[3], **members}


def only(snapshot: Snapshot) -> Row:
    (row,) = trail_view(snapshot, ACCOUNT).rows
    return row


def test_shadow_copies_are_one_trail_told_by_its_home(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        listing("eu-west-1", trail(IsMultiRegionTrail=True, S3BucketName="as-the-shadow-says")),
        listing("us-east-1", trail(IsMultiRegionTrail=True, S3BucketName="as-home-says")),
        listing("us-west-2", trail(IsMultiRegionTrail=True, S3BucketName="as-another-shadow-says")),
        regions=("eu-west-1", "us-east-1", "us-west-2"),
    )
    row = only(snapshot)
    assert (row.region, row.id, row.data["S3BucketName"]) == ("us-east-1", MAIN, "as-home-says")
    assert row.sources == (
        Source(
            CallKey(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}),
            "/pages/0/trailList/0",
        ),
    )


def test_a_trail_whose_home_is_out_of_scope_is_asked_about_there(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        listing("eu-west-1", trail()),
        ("us-east-1", "cloudtrail.GetTrailStatus", {"Name": MAIN}, {"IsLogging": True}),
        ("eu-west-1", "cloudtrail.GetTrailStatus", {"Name": MAIN}, {"IsLogging": False}),
        regions=("eu-west-1",),
    )
    row = only(snapshot)
    assert row.region == "us-east-1"
    assert row.data["Status"] == {"IsLogging": True}
    assert row.cites["Status"] == (
        Source(CallKey(ACCOUNT, "us-east-1", "cloudtrail.GetTrailStatus", {"Name": MAIN}), "/pages/0"),
    )


def test_absent_and_unreadable_are_not_the_same(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        listing("us-east-1", trail()),
        ("us-east-1", "cloudtrail.GetTrailStatus", {"Name": MAIN}, DENIED),
        (
            "us-east-1",
            "cloudtrail.GetInsightSelectors",
            {"TrailName": MAIN},
            CallError("absent", "InsightNotEnabledException", ""),
        ),
    )
    row = only(snapshot)
    assert row.data["InsightSelectors"] == []
    assert row.data["KmsKey"] is None
    assert set(row.gaps) == {"Status", "EventSelectors", "AdvancedEventSelectors"}
    assert row.gaps["Status"].kind == "denied"
    assert row.gaps["EventSelectors"].kind == "not-collected"
    assert not set(row.gaps) & set(row.data)


def test_a_trail_that_is_gone_has_no_status(make_snapshot: Make) -> None:
    gone = CallError("absent", "TrailNotFoundException", "")
    row = only(
        make_snapshot(listing("us-east-1", trail()), ("us-east-1", "cloudtrail.GetTrailStatus", {"Name": MAIN}, gone))
    )
    assert row.data["Status"] is None
    assert row.cites["Status"][0].pointer == ""


def test_what_aws_leaves_out_is_null(make_snapshot: Make) -> None:
    row = only(make_snapshot(listing("us-east-1", {"TrailARN": MAIN})))
    assert row.data["LogFileValidationEnabled"] is None
    assert row.data["LogGroupName"] is None
    assert row.region == "us-east-1"


def test_the_log_group_of_the_arn(make_snapshot: Make) -> None:
    arn = "arn:aws:logs:eu-central-1:999988887777:log-group:/aws/cloudtrail/all:*"
    row = only(make_snapshot(listing("us-east-1", trail(CloudWatchLogsLogGroupArn=arn))))
    named = (row.data["LogGroupName"], row.data["LogGroupRegion"], row.data["LogGroupAccount"])
    assert named == ("/aws/cloudtrail/all", "eu-central-1", "999988887777")


def test_the_key_is_described_in_the_region_of_its_arn(make_snapshot: Make) -> None:
    described = (
        "eu-west-1",
        "kms.DescribeKey",
        {"KeyId": KEY},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
    )
    row = only(make_snapshot(listing("us-east-1", trail(KmsKeyId=KEY)), described))
    assert row.data["KmsKey"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    bare = (
        "us-east-1",
        "kms.DescribeKey",
        {"KeyId": "alias/logs"},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}},
    )
    row = only(make_snapshot(listing("us-east-1", trail(KmsKeyId="alias/logs")), bare))
    assert row.data["KmsKey"] == {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}


def test_the_owner_answers_for_the_organization_s_trail(make_snapshot: Make) -> None:
    asked = ("eu-west-1", "cloudtrail.GetTrailStatus", {"Name": ORG})
    shown = listing("us-east-1", trail(ORG, IsOrganizationTrail=True))
    row = only(make_snapshot(shown, (*asked, DENIED)))
    assert (row.data["Owned"], "Status" in row.gaps) == (False, True)
    row = only(make_snapshot(shown, (*asked, DENIED), others={"999988887777": [(*asked, {"IsLogging": True})]}))
    assert row.data["Status"] == {"IsLogging": True}
    row = only(make_snapshot(shown, (*asked, DENIED), others={"999988887777": [(*asked, DENIED)]}))
    assert row.gaps["Status"].account == ACCOUNT


def test_a_refused_listing_is_a_gap_of_the_population(make_snapshot: Make) -> None:
    view = trail_view(
        make_snapshot(listing("us-east-1", trail()), refused("eu-west-1"), regions=("eu-west-1", "us-east-1")), ACCOUNT
    )
    assert [row.id for row in view.rows] == [MAIN]
    assert [gap.region for gap in view.gaps] == ["eu-west-1"]


def test_a_region_that_is_not_enabled_is_no_gap(make_snapshot: Make) -> None:
    off = CallError(GapKind.REGION_OFF, "OptInRequired", "")
    snapshot = make_snapshot(
        listing("us-east-1", trail()), refused("ap-east-1", off), regions=("ap-east-1", "us-east-1")
    )
    assert trail_view(snapshot, ACCOUNT).gaps == ()
    assert enabled_regions(snapshot, ACCOUNT) == ("us-east-1",)
    nothing = make_snapshot(refused("ap-east-1", off), regions=("ap-east-1",))
    assert [gap.kind for gap in trail_view(nothing, ACCOUNT).gaps] == ["region-off"]


def test_no_region_is_no_answer(make_snapshot: Make) -> None:
    view = trail_view(make_snapshot(regions=()), ACCOUNT)
    assert (view.rows, len(view.gaps)) == ((), 1)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"trailList": None},
        {"trailList": ["x", None, 1]},
        {"trailList": [{}]},
        {"trailList": [{"TrailARN": 5, "HomeRegion": [], "KmsKeyId": {}, "CloudWatchLogsLogGroupArn": 1}]},
        {"trailList": [{"TrailARN": "not-an-arn", "S3BucketName": None}]},
    ],
)
def test_odd_answers_are_survived(make_snapshot: Make, answer: dict[str, Any]) -> None:
    snapshot = make_snapshot(("us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, answer))
    for row in trail_view(snapshot, ACCOUNT).rows:
        assert row.data["KmsKey"] is None


def test_the_alias_of_another_accounts_trail_is_one_of_that_account(make_snapshot: Make) -> None:
    own = (
        "eu-west-1",
        "kms.DescribeKey",
        {"KeyId": "alias/logs"},
        {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}},
    )
    shown = listing("us-east-1", trail(ORG, IsOrganizationTrail=True, KmsKeyId="alias/logs"))
    assert "KmsKey" in only(make_snapshot(shown, own)).gaps
    theirs = (*own[:3], {"KeyMetadata": {"KeyId": "2", "KeyManager": "CUSTOMER", "KeyState": "Disabled"}})
    row = only(make_snapshot(shown, own, others={"999988887777": [theirs]}))
    assert row.data["KmsKey"]["KeyState"] == "Disabled"
