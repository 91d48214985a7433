"""In which Regions AWS Config records, and what."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources import RESOURCES
from scanner.resources.configuration.recording_groups import GLOBAL_TYPES
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT = "111122223333"
GROUP = {"allSupported": True, "includeGlobalResourceTypes": True}
Make = Callable[..., Snapshot]
view = RESOURCES["config.account"].view


def recorder(region: str, group: Mapping[str, Any] = GROUP, *, on: bool = True) -> list[Any]:
    return [
        (
            region,
            "config.DescribeConfigurationRecorders",
            {},
            {"ConfigurationRecorders": [{"name": "default", "recordingGroup": group}]},
        ),
        (
            region,
            "config.DescribeConfigurationRecorderStatus",
            {},
            {"ConfigurationRecordersStatus": [{"name": "default", "recording": on, "lastStatus": "Success"}]},
        ),
    ]


def test_a_region_that_was_left_out_is_not_known(make_snapshot: Make) -> None:
    (row,) = view(make_snapshot(*recorder("us-east-1"), asked=["us-east-1"]), ACCOUNT).rows
    assert row.data["UnrecordedRegions"] == []
    assert {"MoreRecorders", "MoreTypes", "MoreKept"} <= set(row.gaps)
    assert "Only Region us-east-1 was looked at" in row.gaps["MoreRecorders"].reason


def test_what_no_region_records_may_be_recorded_where_nobody_looked(make_snapshot: Make) -> None:
    without = recorder("us-east-1", {"allSupported": True})
    (row,) = view(make_snapshot(*without, asked=["us-east-1"]), ACCOUNT).rows
    assert "UnrecordedGlobalTypes" in row.gaps
    (row,) = view(make_snapshot(*without), ACCOUNT).rows
    assert row.data["UnrecordedGlobalTypes"] == list(GLOBAL_TYPES)


@pytest.mark.parametrize(
    ("region", "on", "recorded"), [("eu-west-1", True, True), ("eu-west-1", False, False), ("eu-south-2", True, False)]
)
def test_one_region_that_can_is_enough_for_the_global_types(
    region: str, on: bool, recorded: bool, make_snapshot: Make
) -> None:
    calls = [*recorder("us-east-1", {"allSupported": True}), *recorder(region, on=on)]
    (row,) = view(make_snapshot(*calls, regions=("us-east-1", region)), ACCOUNT).rows
    assert row.data["UnrecordedGlobalTypes"] == ([] if recorded else list(GLOBAL_TYPES))


def test_global_types_are_left_out_where_they_cannot_be_recorded(make_snapshot: Make) -> None:
    (row,) = view(make_snapshot(*recorder("eu-south-2"), regions=("eu-south-2",)), ACCOUNT).rows
    assert row.data["Recorders"][0]["ExcludedTypes"] == list(GLOBAL_TYPES)
    named = {"resourceTypes": ["AWS::IAM::User", "AWS::S3::Bucket"]}
    (row,) = view(make_snapshot(*recorder("eu-south-2", named), regions=("eu-south-2",)), ACCOUNT).rows
    assert row.data["Recorders"][0]["IncludedTypes"] == ["AWS::S3::Bucket"]


def test_when_every_region_refuses_nothing_was_looked_at(make_snapshot: Make) -> None:
    off = CallError(GapKind.REGION_OFF, "UnrecognizedClientException", "")
    snapshot = make_snapshot(("eu-south-1", "config.DescribeConfigurationRecorders", {}, off), regions=("eu-south-1",))
    (row,) = view(snapshot, ACCOUNT).rows
    assert row.data["Recorders"] == []
    assert "MoreRecorders" in row.gaps


def test_without_a_region_nothing_is_known(make_snapshot: Make) -> None:
    found = view(make_snapshot(regions=()), ACCOUNT)
    assert (found.rows, len(found.gaps)) == ((), 1)
