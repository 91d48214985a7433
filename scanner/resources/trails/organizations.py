"""AWS Organizations: whether an account is in an organization, and whether it manages it."""

from collections.abc import Iterator, Mapping

from scanner.arns import global_region
from scanner.audit_path.places import ACCOUNT
from scanner.facts.facts import Facts, checked, member, undecided
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot

DESCRIBE_ORGANIZATION = Use("organizations.DescribeOrganization", per=ACCOUNT)

FOR_CLOUDTRAIL: Mapping[str, str] = {"ServicePrincipal": "cloudtrail.amazonaws.com"}
"""The delegated administrators that are asked for: those that may manage the trails of the organization."""


def _managed(look: Look) -> Iterator[Thing]:
    if _management(describe_organization(look.snapshot, look.account)) == look.account:
        yield Thing(global_region(look.snapshot.partition))


MANAGED_ORGANIZATION = Things("managed-organization", _managed, (DESCRIBE_ORGANIZATION,))
"""The organization that the account manages: AWS refuses to list the administrators to other members."""

TRAIL_ADMINISTRATORS = Use("organizations.ListDelegatedAdministrators", per=MANAGED_ORGANIZATION)

_FIELDS = ("Exists", "MasterAccountId", "IsManagementAccount")


def describe_organization(snapshot: Snapshot, account: str) -> Answer:
    """The answer of ``DescribeOrganization``; absent when the account is in no organization."""
    region = global_region(snapshot.partition)
    return snapshot.ask(account, region, DESCRIBE_ORGANIZATION.operation)


def trail_administrators(snapshot: Snapshot, account: str) -> tuple[list[str], tuple[Answer, ...]]:
    """The delegated administrators for CloudTrail of the account's organization, as its management account was told.

    They may change the trails of the organization, which stay the management account's. Source: CloudTrail User Guide,
    "Organization delegated administrator"; Organizations API reference, ``ListDelegatedAdministrators``.
    """
    organization = describe_organization(snapshot, account)
    manager = _management(organization)
    if manager is None:
        return [], (organization,)
    region = global_region(snapshot.partition)
    asked = snapshot.ask(manager, region, TRAIL_ADMINISTRATORS.operation, FOR_CLOUDTRAIL)
    listed = checked(asked, "DelegatedAdministrators", list)
    found = {str(item["Id"]) for _, item in listed.items("DelegatedAdministrators") if isinstance(item.get("Id"), str)}
    return sorted(found), (organization, listed)


def _management(answer: Answer) -> str | None:
    organization = member(answer, "Organization") or {}
    found = organization.get("MasterAccountId")
    return found if isinstance(found, str) else None


OWN_ORGANIZATION = Field(
    "Id of the organization of the scanned account in a list; [] when it is in none.", calls=(DESCRIBE_ORGANIZATION,)
)
"""The field ``Organizations`` of a resource type (see ``take_organization``)."""


def own_organization(snapshot: Snapshot, account: str) -> Answer:
    """The answer of ``DescribeOrganization``, or a gap when it names an organization without its id."""
    answer = describe_organization(snapshot, account)
    found = member(answer, "Organization") or {}
    if answer.gap is not None or answer.absent or isinstance(found.get("Id"), str):
        return answer
    region, operation = global_region(snapshot.partition), DESCRIBE_ORGANIZATION.operation
    reason = f"{operation} in {account}/{region} answered without the organization's Id"
    return undecided(answer, reason, GapKind.INVALID)


def take_organization(facts: Facts, snapshot: Snapshot, account: str) -> None:
    """Put in the field ``Organizations``, by which policies know who belongs to the house."""
    answer = own_organization(snapshot, account)
    found = member(answer, "Organization")
    facts.take("Organizations", [found["Id"]] if found else [], answer, pointer="/pages/0/Organization")


def source_organization(snapshot: Snapshot, account: str) -> Mapping[str, str | None]:
    """The condition key ``aws:SourceOrgID`` of requests that services make for a resource of the account.

    None where they do not carry it, which is so outside an organization; nothing while the organization is not known.
    """
    answer = own_organization(snapshot, account)
    if answer.gap is not None:
        return {}
    found = member(answer, "Organization")
    return {"aws:SourceOrgID": None if found is None else str(found["Id"])}


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
    calls=(DESCRIBE_ORGANIZATION,),
    fields={
        "Exists": Field("Whether the account is in an organization."),
        "MasterAccountId": Field("Management account of the organization; null without one."),
        "IsManagementAccount": Field("Whether the scanned account is the management account."),
    },
    regional=False,
)
