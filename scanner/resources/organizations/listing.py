"""The accounts of an organization, as AWS lists them to an account that may know.

Those are the management account and delegated administrators of whatever service (Organizations API reference,
``ListAccounts``). They are asked for in the management account, and in the account whose credentials are used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked, member
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind, Source
from scanner.resources.trails.organizations import DESCRIBE_ORGANIZATION, own_organization
from scanner.snapshot.answers import Answer, Snapshot


def _listing(look: Look) -> Iterator[Thing]:
    organization = member(own_organization(look.snapshot, look.account), "Organization") or {}
    caller = (look.snapshot.run.get("caller") or {}).get("account")
    if organization and look.account in {organization.get("MasterAccountId"), caller}:
        yield Thing(global_region(look.snapshot.partition))


LISTED_ORGANIZATION = Things("listed-organization", _listing, (DESCRIBE_ORGANIZATION,))
"""The organization of the account, where it manages it or is the one whose credentials are used."""

ACCOUNT_LISTING = Use("organizations.ListAccounts", per=LISTED_ORGANIZATION)


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization, where it is listed, and since when (RFC 3339; None where AWS does not tell)."""

    id: str
    state: str
    source: Source
    joined: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Who lists the organization of an account, and what that account was told.

    ``lister`` is "" in an account that is in no organization, and where nobody was told: then ``gap`` says why.
    """

    lister: str = ""
    manager: str = ""
    organization: str = ""
    members: tuple[Member, ...] = ()
    gap: Gap | None = None
    sources: tuple[Source, ...] = field(default=())


def listing(snapshot: Snapshot, account: str) -> Listing:
    """The accounts of the organization of an account, as its management account or whoever else may know was told."""
    told = own_organization(snapshot, account)
    sources = (Source(told.key, ""),)
    if told.gap is not None:
        return Listing(gap=told.gap, sources=sources)
    organization: Mapping[str, Any] = member(told, "Organization") or {}
    if not organization:
        return Listing(sources=sources)
    identity, manager = str(organization["Id"]), text_member(organization, "MasterAccountId")
    answers = [_accounts(snapshot, each) for each in _candidates(snapshot, identity, manager)]
    for answer in answers:
        if answer.gap is None and not answer.absent:
            members = tuple(_members(answer))
            return Listing(answer.account, manager, identity, members, sources=sources)
    return Listing("", manager, identity, (), _nobody(told, manager, answers), sources)


def _candidates(snapshot: Snapshot, organization: str, manager: str) -> Iterator[str]:
    """The accounts that may know, the management account first; all of them were looked at."""
    if manager in snapshot.accounts:
        yield manager
    for account in snapshot.asking(ACCOUNT_LISTING.operation, global_region(snapshot.partition)):
        found = member(own_organization(snapshot, account), "Organization") or {}
        if account != manager and found.get("Id") == organization:
            yield account


def told_members(look: Look) -> Iterator[Member]:
    """The accounts that the account of a look itself was told of."""
    return _members(_accounts(look.snapshot, look.account))


def _accounts(snapshot: Snapshot, account: str) -> Answer:
    region = global_region(snapshot.partition)
    return checked(snapshot.ask(account, region, ACCOUNT_LISTING.operation), "Accounts", list)


def _members(answer: Answer) -> Iterator[Member]:
    for pointer, item in mappings(answer, "Accounts"):
        # The member Status is the older one, which AWS still sends.
        state = text_member(item, "State") or text_member(item, "Status")
        joined = text_member(item, "JoinedTimestamp") or None
        yield Member(text_member(item, "Id"), state, Source(answer.key, pointer), joined)


def _nobody(told: Answer, manager: str, answers: list[Answer]) -> Gap:
    """Why nobody was told, and what to do about it."""
    refused = next((answer.gap for answer in answers if answer.gap is not None), None)
    what = "its management account and delegated administrators may list the accounts of an organization"
    advice = f"scan the management account {manager} too, or use credentials of a delegated administrator"
    if refused is None or refused.kind is GapKind.NOT_COLLECTED:
        return Gap(key=told.key, kind=GapKind.NOT_COLLECTED, reason=f"only {what}: {advice}")
    return replace(refused, reason=f"{refused.reason}; only {what}: {advice}")
