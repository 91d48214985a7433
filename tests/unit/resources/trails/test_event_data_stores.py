"""Event data stores as rows: what they take in, and whether they should be those of an organization."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources.trails.event_data_stores import event_data_store_view
from scanner.snapshot.answers import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
ARN = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/1"
LISTED = ("cloudtrail.ListEventDataStores", {"MaxResults": 1000}, {"EventDataStores": [{"EventDataStoreArn": ARN}]})


def store(**members: Any) -> tuple[str, Any, Any]:
    told = {"EventDataStoreArn": ARN, "Status": "ENABLED", "RetentionPeriod": 365, **members}
    return ("cloudtrail.GetEventDataStore", {"EventDataStore": ARN}, told)


def selector(category: str, *others: dict[str, Any]) -> dict[str, Any]:
    return {"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}, *others]}


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ([], (True, True, [], [])),
        ([selector("Management")], (True, True, [], [])),
        ([selector("Data")], (True, False, ["*"], ["*"])),
        ([selector("ActivityAuditLog")], (False, False, ["*"], ["*"])),
        ([selector("Management", {"Field": "readOnly", "Equals": ["true"]})], (True, True, [], ["*"])),
    ],
)
def test_what_selectors_take_in(snapshot_of: SnapshotOf, selectors: list[Any], expected: tuple[Any, ...]) -> None:
    (row,) = event_data_store_view(snapshot_of(LISTED, store(AdvancedEventSelectors=selectors)), ACCOUNT).rows
    names = ("HoldsEvents", "HoldsManagementEvents", "UnrecordedReads", "UnrecordedWrites")
    assert tuple(row.data[name] for name in names) == expected


def test_what_is_not_told_is_a_gap_and_never_off(snapshot_of: SnapshotOf) -> None:
    (row,) = event_data_store_view(
        snapshot_of(LISTED, ("cloudtrail.GetEventDataStore", {"EventDataStore": ARN}, {"EventDataStoreArn": ARN})),
        ACCOUNT,
    ).rows
    names = ("Status", "RetentionPeriod", "MultiRegionEnabled", "OrganizationEnabled", "TerminationProtectionEnabled")
    assert {row.gaps[name].kind for name in names} == {GapKind.INVALID}
    assert (row.data["Name"], row.data["KmsKeyId"], row.data["KmsKey"]) == (ARN, None, None)


@pytest.mark.parametrize(
    ("organization", "may"),
    [
        ("-AWSOrganizationsNotInUseException", False),
        ({"Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT}}, True),
    ],
)
def test_who_may_hold_stores_of_the_organization(snapshot_of: SnapshotOf, organization: Any, *, may: bool) -> None:
    described: tuple[str, Any, Any] = ("organizations.DescribeOrganization", {}, organization)
    (row,) = event_data_store_view(snapshot_of(LISTED, store(), described), ACCOUNT).rows
    assert row.data["MayHoldOrganization"] is may


def test_only_the_management_account_knows_the_administrators(snapshot_of: SnapshotOf) -> None:
    member = {"Organization": {"Id": "o-1", "MasterAccountId": "444455556666"}}
    snapshot = snapshot_of(LISTED, store(), ("organizations.DescribeOrganization", {}, member))
    (row,) = event_data_store_view(snapshot, ACCOUNT).rows
    assert row.gaps["MayHoldOrganization"].operation == "organizations.ListDelegatedAdministrators"
