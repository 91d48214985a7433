"""With whom an account shares what CloudWatch holds."""

from collections.abc import Callable

from scanner.facts.uses import Look
from scanner.resources import RESOURCES
from scanner.resources.reviews.sharing import SINK_POLICY
from scanner.snapshot.answers import Snapshot

ACCOUNT = "111122223333"
FAR = f"arn:aws:oam:eu-west-1:{ACCOUNT}:sink/1"
LINK = {
    "Arn": f"arn:aws:oam:eu-west-1:{ACCOUNT}:link/1",
    "SinkArn": "arn:aws:oam:eu-west-1:444455556666:sink/1",
    "ResourceTypes": ["AWS::Logs::LogGroup"],
}
ROLE = ("iam.GetRole", {"RoleName": "CloudWatch-CrossAccountSharingRole"}, "-NoSuchEntity")
Make = Callable[..., Snapshot]
view = RESOURCES["cloudwatch.account"].view


def test_sinks_and_links_of_every_region_count(snapshot_of: Make) -> None:
    snapshot = snapshot_of(
        ROLE,
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []}),
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []}, "eu-west-1"),
        ("oam.ListSinks", {}, {"Items": []}),
        ("oam.ListSinks", {}, {"Items": [{"Arn": FAR}]}, "eu-west-1"),
        ("oam.GetSinkPolicy", {"SinkIdentifier": FAR}, {"SinkArn": FAR, "Policy": "{}"}, "eu-west-1"),
        ("oam.ListLinks", {}, {"Items": []}),
        ("oam.ListLinks", {}, {"Items": [LINK]}, "eu-west-1"),
        regions=("eu-west-1", "us-east-1"),
    )
    (row,) = view(snapshot, ACCOUNT).rows
    assert row.data["SharingRole"] is None
    assert [sink["Arn"] for sink in row.data["Sinks"]] == [FAR]
    assert row.data["Links"] == [LINK]
    assert not row.gaps
    assert [thing.region for thing in Look(snapshot, ACCOUNT).each(SINK_POLICY.per)] == ["eu-west-1"]


def test_a_region_that_refuses_leaves_the_sinks_open(snapshot_of: Make) -> None:
    snapshot = snapshot_of(ROLE, ("oam.ListSinks", {}, {"Items": []}), regions=("eu-west-1", "us-east-1"))
    (row,) = view(snapshot, ACCOUNT).rows
    assert set(row.gaps) == {"MoreSinks", "MoreLinks"}


def test_a_region_that_was_left_out_leaves_the_sinks_open(snapshot_of: Make) -> None:
    snapshot = snapshot_of(ROLE, ("oam.ListSinks", {}, {"Items": []}))
    snapshot.run["scope"]["asked"] = {"regions": ["us-east-1"]}
    (row,) = view(snapshot, ACCOUNT).rows
    assert "scan without --region" in row.gaps["MoreSinks"].reason
    assert "ListLinks" in row.gaps["MoreLinks"].reason
