"""What detection services are in every enabled Region: what is proven, and what cannot be for lack of a look."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources import RESOURCES
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT = "111122223333"
Make = Callable[..., Snapshot]
Made = tuple[str, str, Mapping[str, Any], Any]
NONE: Mapping[str, Any] = {"DetectorIds": []}
ONE = {"DetectorIds": ["d"]}
OFF = CallError(GapKind.REGION_OFF, "OptInRequired", "")


def recorded(region: str, listed: Any) -> list[Made]:
    calls: list[Made] = [(region, "guardduty.ListDetectors", {}, listed)]
    if listed is ONE:
        detector = {"Status": "ENABLED", "ServiceRole": "r"}
        calls.append((region, "guardduty.GetDetector", {"DetectorId": "d"}, detector))
    return calls


@pytest.mark.parametrize(
    ("here", "there", "scope", "unguarded"),
    [
        (ONE, ONE, {}, []),
        (ONE, NONE, {}, ["us-east-1 (no detector)"]),
        (ONE, ONE, {"asked": ["eu-west-1", "us-east-1"]}, "scan without --region"),
        (ONE, NONE, {"asked": ["eu-west-1", "us-east-1"]}, ["us-east-1 (no detector)"]),
        (ONE, ONE, {"skipped": {"ap-east-1": "not enabled"}}, []),
        (ONE, ONE, {"skipped": {"others": "ec2.DescribeRegions was denied"}}, "were skipped: others"),
        (ONE, OFF, {}, []),
        (OFF, OFF, {}, "not enabled"),
    ],
)
def test_no_region_lacks_a_detector_only_where_all_were_seen(
    make_snapshot: Make, here: Any, there: Any, scope: Mapping[str, Any], unguarded: list[str] | str
) -> None:
    calls = [*recorded("eu-west-1", here), *recorded("us-east-1", there)]
    snapshot = make_snapshot(*calls, regions=("eu-west-1", "us-east-1"), **scope)
    (row,) = RESOURCES["guardduty.account"].view(snapshot, ACCOUNT).rows
    if isinstance(unguarded, str):
        assert unguarded in row.gaps["UnguardedRegions"].reason
        assert unguarded in row.gaps["MoreDetectors"].reason
    else:
        assert row.data["UnguardedRegions"] == unguarded


def test_an_account_that_could_not_be_looked_at_has_no_row(make_snapshot: Make) -> None:
    view = RESOURCES["guardduty.account"].view(make_snapshot(regions=()), ACCOUNT)
    assert (view.rows, len(view.gaps)) == ((), 1)


@pytest.mark.parametrize(
    ("resource", "listings"),
    [
        ("ec2.vpc", {"ec2.DescribeVpcs": "Vpcs"}),
        ("guardduty.detector", {"guardduty.ListDetectors": "DetectorIds"}),
        (
            "web.front_end",
            {
                "elbv2.DescribeLoadBalancers": "LoadBalancers",
                "elb.DescribeLoadBalancers": "LoadBalancerDescriptions",
                "apigateway.GetRestApis": "items",
                "apigatewayv2.GetApis": "Items",
            },
        ),
    ],
)
def test_nothing_is_known_where_every_region_refuses(
    make_snapshot: Make, resource: str, listings: Mapping[str, str]
) -> None:
    no_distributions = {"DistributionList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0}}
    calls: list[Made] = [("us-east-1", "cloudfront.ListDistributions", {}, no_distributions)]
    calls += [("me-south-1", operation, {}, OFF) for operation in listings]
    view = RESOURCES[resource].view
    (gap,) = view(make_snapshot(*calls, regions=("me-south-1",)), ACCOUNT).gaps
    assert gap.kind is GapKind.REGION_OFF
    calls += [("eu-west-1", operation, {}, {member: []}) for operation, member in listings.items()]
    assert view(make_snapshot(*calls, regions=("eu-west-1", "me-south-1")), ACCOUNT).gaps == ()
