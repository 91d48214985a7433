from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources.trails.organizations import organization_view
from scanner.snapshot.answers import CallError, Snapshot

Make = Callable[..., Snapshot]
ACCOUNT = "111122223333"


def asked(answer: Any, region: str = "us-east-1") -> Any:
    return region, "organizations.DescribeOrganization", {}, answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"Organization": {"MasterAccountId": ACCOUNT}}, (True, ACCOUNT, True)),
        ({"Organization": {"MasterAccountId": "999988887777"}}, (True, "999988887777", False)),
        (CallError("absent", "AWSOrganizationsNotInUseException", ""), (False, None, False)),
    ],
)
def test_facts(make_snapshot: Make, answer: Any, expected: tuple[bool, str | None, bool]) -> None:
    (row,) = organization_view(make_snapshot(asked(answer)), ACCOUNT).rows
    assert (row.data["Exists"], row.data["MasterAccountId"], row.data["IsManagementAccount"]) == expected
    assert not row.gaps


def test_an_organization_without_a_manager_leaves_every_fact_open(make_snapshot: Make) -> None:
    (row,) = organization_view(make_snapshot(asked({"Organization": {"Id": "o-1"}})), ACCOUNT).rows
    assert not row.data
    assert {gap.pointer for gap in row.gaps.values()} == {"/pages/0/Organization"}


def test_a_refusal_leaves_every_fact_open(make_snapshot: Make) -> None:
    (row,) = organization_view(make_snapshot(asked(CallError(GapKind.DENIED, "AccessDenied", ""))), ACCOUNT).rows
    assert not row.data
    assert set(row.gaps) == {"Exists", "MasterAccountId", "IsManagementAccount"}


@pytest.mark.parametrize(("partition", "region"), [("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")])
def test_the_partition_s_own_region_is_asked(make_snapshot: Make, partition: str, region: str) -> None:
    snapshot = make_snapshot(asked({"Organization": {"MasterAccountId": ACCOUNT}}, region), partition=partition)
    (row,) = organization_view(snapshot, ACCOUNT).rows
    assert row.data["IsManagementAccount"] is True
