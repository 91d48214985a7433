"""The seeded organization is what its description says, asked over HTTP."""

from scanner.demo.clients import Clients
from scanner.demo.organization import MEMBER_ROLE, DemoOrganization


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
