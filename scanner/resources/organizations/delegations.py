"""Which accounts an organization made delegated administrators for the services that audit it.

Source: AWS Organizations API reference, ``ListDelegatedAdministrators``, which the management account and delegated
administrators may call.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, ResourceType, Row, View
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.organizations.listing import ACCOUNT_LISTING, LISTED_ORGANIZATION, listing
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION
from scanner.snapshot.answers import Answer, Snapshot

SERVICES = ("cloudtrail.amazonaws.com", "guardduty.amazonaws.com", "config.amazonaws.com", "securityhub.amazonaws.com")
"""The services that audit an organization from one account."""

_NAME = "organizations.delegation"


def _services(look: Look) -> Iterator[Thing]:
    for place in look.each(LISTED_ORGANIZATION):
        for service in SERVICES:
            yield Thing(place.region, besides=_of(service))


def _of(service: str) -> Mapping[str, str]:
    return {"ServicePrincipal": service}


ADMINISTRATORS = Use(
    "organizations.ListDelegatedAdministrators",
    per=Things("auditing-service", _services, LISTED_ORGANIZATION.named_by),
)


def delegation_view(snapshot: Snapshot, account: str) -> View:
    """One row for each account: of the organization in the account that lists it, else that it is not the one."""
    found = listing(snapshot, account)
    if found.gap is not None:
        return View((), (found.gap,))
    if found.lister != account:
        return View((Row(_NAME, account, "", account, {"Listed": False}, found.sources),))
    region = global_region(snapshot.partition)
    told: list[dict[str, str | None]] = []
    answers: list[Answer] = []
    for service in SERVICES:
        asked = snapshot.ask(account, region, ADMINISTRATORS.operation, _of(service))
        answers.append(checked(asked, "DelegatedAdministrators", list))
        told += [_described(item, service) for _, item in mappings(answers[-1], "DelegatedAdministrators")]
    facts = Facts({"Listed": True})
    facts.take("Administrators", told, *answers)
    return View((facts.row(_NAME, account, "", account, found.sources),))


def _described(item: Mapping[str, Any], service: str) -> dict[str, str | None]:
    # The member Status is the older one, which AWS still sends.
    state = text_member(item, "State") or text_member(item, "Status")
    return {"Account": text_member(item, "Id"), "Service": service, "State": state or None}


DELEGATION = ResourceType(
    name=_NAME,
    title="Organization with its delegated administrators, as the account that lists it is told",
    view=delegation_view,
    calls=(DESCRIBE_ORGANIZATION, ACCOUNT_LISTING),
    fields={
        "Listed": Field(
            "Whether the account is the one that lists its organization: false where it is in none, or another "
            "account of the snapshot does."
        ),
        "Administrators": Field(
            "Delegated administrators for CloudTrail, GuardDuty, AWS Config and Security Hub, as objects {Account, "
            "Service, State}; State is that of the account, such as ACTIVE or SUSPENDED, null where AWS does not tell; "
            "[] without any.",
            calls=(ADMINISTRATORS,),
        ),
    },
    listed_by=("organizations.DescribeOrganization",),
    regional=False,
)
