"""The seeded organization is what its description says, asked over HTTP."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import pytest

from scanner.demo.clients import Clients
from scanner.demo.organization import ACROSS, FORWARDED, MEMBER_ROLE, DemoOrganization

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]


def test_members_see_the_organization_trail_and_no_other_of_the_management_account(
    organization: tuple[str, DemoOrganization],
) -> None:
    endpoint, accounts = organization
    management = Clients(endpoint)
    workload = management.in_account(accounts.workload, MEMBER_ROLE)
    of_management = management.client("cloudtrail").describe_trails()["trailList"]
    for region in ("us-east-1", "eu-west-1"):
        seen = workload.client("cloudtrail", region).describe_trails()["trailList"]
        assert seen == [trail for trail in of_management if trail["IsOrganizationTrail"]]
    (trail,) = seen
    status = workload.client("cloudtrail").get_trail_status(Name=trail["TrailARN"])
    assert status["IsLogging"]
    assert status["LatestCloudWatchLogsDeliveryTime"]


def test_the_three_accounts_have_the_same_ids_each_time_and_one_organization(
    organization: tuple[str, DemoOrganization],
) -> None:
    endpoint, accounts = organization
    assert accounts == DemoOrganization("123456789012", "112579763355", "255820368736")
    management = Clients(endpoint)
    listed = management.client("organizations").list_accounts()["Accounts"]
    assert {each["Id"]: each["Name"] for each in listed} == {
        accounts.management: "master",
        accounts.security: "security",
        accounts.workload: "workload",
    }
    member = management.in_account(accounts.security, MEMBER_ROLE).client("organizations")
    assert member.describe_organization()["Organization"]["MasterAccountId"] == accounts.management


def test_two_routes_cross_the_accounts_and_the_bundle_verifies(
    organization: tuple[str, DemoOrganization], trailwitness: Trailwitness, tmp_path: Path
) -> None:
    endpoint, accounts = organization
    chosen = ("--organization", "--role-name", MEMBER_ROLE)
    rules = [word for rule in (ACROSS, FORWARDED) for word in ("--rule", rule)]
    done = trailwitness(
        "scan", *chosen, *rules, "--output", "json=found.json", "--bundle", "bundle", AWS_ENDPOINT_URL=endpoint
    )
    assert done.returncode == 1, done.stderr
    found = json.loads((tmp_path / "found.json").read_bytes())
    outcomes = {(each["rule"], each["account"]): each for each in found["findings"]}
    assert {account: outcomes[ACROSS, account]["outcome"] for account in astuple(accounts)} == dict.fromkeys(
        astuple(accounts), "pass"
    )
    assert "topic security-operations reaches an e-mail address" in outcomes[ACROSS, accounts.workload]["reason"]
    broken, whole = outcomes[FORWARDED, accounts.management], outcomes[FORWARDED, accounts.workload]
    assert (broken["outcome"], broken["details"]["first_broken"]) == ("fail", "filter")
    assert whole["outcome"] == "pass"
    assert f"event bus arn:aws:events:us-east-1:{accounts.security}:event-bus/security" in whole["reason"]
    refused = [gap for gap in found["gaps"] if gap["kind"] != "region-off"]
    assert refused == []
    assert trailwitness("verify", "bundle").returncode == 0
