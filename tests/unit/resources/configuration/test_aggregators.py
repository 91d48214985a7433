"""Where an aggregator of AWS Config may be that nobody looked for."""

from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources import RESOURCES
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT = "111122223333"
Make = Callable[..., Snapshot]
view = RESOURCES["config.organization"].view
OFF = CallError(GapKind.REGION_OFF, "UnrecognizedClientException", "")
NONE: dict[str, Any] = {"ConfigurationAggregators": []}
ORGANIZATION: list[Any] = [
    (
        "us-east-1",
        "organizations.DescribeOrganization",
        {},
        {"Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT}},
    ),
    ("us-east-1", "organizations.ListAccounts", {}, {"Accounts": [{"Id": ACCOUNT, "State": "ACTIVE"}]}),
    (
        "us-east-1",
        "organizations.ListDelegatedAdministrators",
        {"ServicePrincipal": "config.amazonaws.com"},
        {"DelegatedAdministrators": []},
    ),
]


def listed(region: str, told: Any) -> Any:
    return (region, "config.DescribeConfigurationAggregators", {}, told)


def test_a_region_that_was_left_out_is_not_known(make_snapshot: Make) -> None:
    (row,) = view(make_snapshot(*ORGANIZATION, listed("us-east-1", NONE), asked=["us-east-1"]), ACCOUNT).rows
    assert row.data["Aggregators"] == []
    assert "Only Region us-east-1 was looked at" in row.gaps["MoreAggregators"].reason


@pytest.mark.parametrize(("first", "known"), [(NONE, True), (OFF, False)])
def test_in_a_region_that_is_not_enabled_there_is_none(first: Any, known: bool, make_snapshot: Make) -> None:
    calls = [*ORGANIZATION, listed("us-east-1", first), listed("eu-south-1", OFF)]
    (row,) = view(make_snapshot(*calls, regions=("us-east-1", "eu-south-1")), ACCOUNT).rows
    assert ("MoreAggregators" in row.data) is known
