"""AWS Organizations: whether an account is in an organization, and whether it manages it."""

from scanner.model import Source
from scanner.resources.arns import global_region
from scanner.resources.rows import ResourceType, Row, View
from scanner.snapshot import Answer, Snapshot

_FIELDS = ("Exists", "MasterAccountId", "IsManagementAccount")


def describe_organization(snapshot: Snapshot, account: str) -> Answer:
    """The answer of ``DescribeOrganization``; absent when the account is in no organization."""
    region = global_region(snapshot.partition)
    return snapshot.ask(account, region, "organizations.DescribeOrganization")


def organization_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account, whether or not it is in an organization.

    Source: AWS Organizations API reference, ``DescribeOrganization`` (any account of an organization may call it).
    """
    answer = describe_organization(snapshot, account)
    name = "organizations.organization"
    if answer.gap is not None:
        return View((Row(name, account, "", account, {}, (), dict.fromkeys(_FIELDS, answer.gap)),))
    organization = answer.first.get("Organization")
    management = organization.get("MasterAccountId") if isinstance(organization, dict) else None
    data = {
        "Exists": isinstance(organization, dict),
        "MasterAccountId": management,
        "IsManagementAccount": management == account,
    }
    source = Source(answer.key, "" if answer.absent else "/pages/0/Organization")
    return View((Row(name, account, "", account, data, (source,)),))


ORGANIZATION = ResourceType(
    name="organizations.organization",
    title="Organization of the account",
    view=organization_view,
    fields={
        "Exists": "Whether the account is in an organization.",
        "MasterAccountId": "Management account of the organization; null without one.",
        "IsManagementAccount": "Whether the scanned account is the management account.",
    },
)
