"""Integrations of CloudTrail Lake as rows, and where Insights of an event data store go."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources.trails.event_data_stores import event_data_store_view
from scanner.resources.trails.integrations import integration_view
from scanner.snapshot.answers import Snapshot

SnapshotOf = Callable[..., Snapshot]

ACCOUNT = "111122223333"
CHANNEL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:channel/1"
STORE = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/1"
OTHER = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/2"
PAGE = {"MaxResults": 1000}
Call = tuple[str, Any, Any]


def channels(*names: str) -> Call:
    listed = [{"ChannelArn": CHANNEL, "Name": name} for name in names]
    return ("cloudtrail.ListChannels", {}, {"Channels": listed})


def channel(**members: Any) -> Call:
    told = {"ChannelArn": CHANNEL, "Destinations": [{"Type": "EVENT_DATA_STORE", "Location": STORE}], **members}
    return ("cloudtrail.GetChannel", {"Channel": CHANNEL}, told)


def stores(*arns: str, **members: Any) -> Call:
    listed = [{"EventDataStoreArn": arn} for arn in arns]
    return ("cloudtrail.ListEventDataStores", PAGE, {"EventDataStores": listed, **members})


def store(category: str, arn: str = STORE, status: str = "ENABLED") -> Call:
    selectors = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}]}]
    told = {"EventDataStoreArn": arn, "Status": status, "AdvancedEventSelectors": selectors}
    return ("cloudtrail.GetEventDataStore", {"EventDataStore": arn}, told)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, (None, None, False, None)),
        ({"Success": 10}, (10, None, False, None)),
        ({"Success": 10, "Attempt": 10}, (10, 10, False, None)),
        ({"Success": 10, "Attempt": 9}, (10, 9, False, None)),
        ({"Success": 10, "Attempt": 11}, (10, 11, True, "Throttled")),
        ({"Attempt": 11}, (None, 11, True, "Throttled")),
    ],
)
def test_what_came_in(snapshot_of: SnapshotOf, times: dict[str, int], expected: tuple[Any, ...]) -> None:
    status = {f"LatestIngestion{name}Time": f"2026-11-20T{hour:02}:00:00Z" for name, hour in times.items()}
    told = {**status, "LatestIngestionErrorCode": "Throttled"}
    snapshot = snapshot_of(channels("core"), channel(IngestionStatus=told))
    (row,) = integration_view(snapshot, ACCOUNT).rows
    names = ("LatestSuccess", "LatestAttempt", "LatestAttemptFailed", "LatestError")
    hours = [f"2026-11-20T{each:02}:00:00Z" if type(each) is int else each for each in expected]
    assert [row.data[name] for name in names] == hours


@pytest.mark.parametrize(
    ("calls", "idle"),
    [
        ((stores(STORE), store("ActivityAuditLog")), []),
        ((stores(STORE), store("Management")), [STORE]),
        ((stores(STORE), store("ActivityAuditLog", status="STOPPED_INGESTION")), [STORE]),
        ((stores(OTHER), store("ActivityAuditLog", OTHER)), [STORE]),
    ],
)
def test_where_events_go(snapshot_of: SnapshotOf, calls: tuple[Call, ...], idle: list[str]) -> None:
    (row,) = integration_view(snapshot_of(channels("core"), channel(), *calls), ACCOUNT).rows
    assert (row.data["Stores"], row.data["IdleStores"]) == ([STORE], idle)


@pytest.mark.parametrize(
    ("calls", "operation"),
    [
        ((), "cloudtrail.ListEventDataStores"),
        ((stores(OTHER, NextToken="more"),), "cloudtrail.ListEventDataStores"),
        ((stores(STORE),), "cloudtrail.GetEventDataStore"),
    ],
)
def test_what_is_not_known_of_a_store_is_a_gap(
    snapshot_of: SnapshotOf, calls: tuple[Call, ...], operation: str
) -> None:
    (row,) = integration_view(snapshot_of(channels("core"), channel(), *calls), ACCOUNT).rows
    assert "IdleStores" not in row.data
    assert row.gaps["IdleStores"].operation == operation


def test_channels_of_services_are_left_out_and_what_is_not_listed_is_a_gap(snapshot_of: SnapshotOf) -> None:
    assert not integration_view(snapshot_of(channels("aws-service-channel/x/y")), ACCOUNT).rows
    assert [gap.kind for gap in integration_view(snapshot_of(), ACCOUNT).gaps] == [GapKind.NOT_COLLECTED]
    (gap,) = integration_view(snapshot_of(("cloudtrail.ListChannels", {}, {})), ACCOUNT).gaps
    assert gap.kind is GapKind.INVALID


def test_insights_arrive_where_the_destination_takes_them_in(snapshot_of: SnapshotOf) -> None:
    selectors = {"InsightSelectors": [{"InsightType": "ApiCallRateInsight"}], "InsightsDestination": OTHER}
    asked = ("cloudtrail.GetInsightSelectors", {"EventDataStore": STORE}, selectors)
    for category, arrive in (("Insight", True), ("Management", False)):
        found = snapshot_of(stores(STORE, OTHER), store("Management"), store(category, OTHER), asked)
        row = next(row for row in event_data_store_view(found, ACCOUNT).rows if row.id == STORE)
        assert (row.data["InsightTypes"], row.data["InsightsArrive"]) == (["ApiCallRateInsight"], arrive)
