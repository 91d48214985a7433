"""Which accounts are looked at and how each is entered; those out of scope, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanner.aws.options import Accounts
from scanner.aws.role_arns import role_arn
from scanner.collect.organization import Member, Organization
from scanner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Entrance:
    """How an account is entered: by the ARN of a role, or with the credentials at hand ("" for the role).

    ``doubt`` is what may explain a refusal, as the end of a sentence. ``joined`` is when the account joined its
    organization, where that was asked and told.
    """

    account: str
    role: str = ""
    doubt: str = ""
    joined: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The accounts to look at, ascending, and those that were chosen and are out of scope, each with the reason."""

    entrances: tuple[Entrance, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)


def choose(asked: Accounts, own: str, partition: str, organization: Organization, now: datetime) -> Choice:
    """The accounts that are asked for, seen from the account ``own`` whose credentials are used.

    The organization is only asked where the choice needs it. Raises what it raises, and UsageError for roles of
    another partition, accounts that are not of the organization, or when none is left.
    """
    if not asked.given:
        return Choice((Entrance(own),))
    if asked.role_arns:
        return Choice(_by_roles(asked.role_arns, partition))
    members = organization.members() if asked.of_organization else {}
    chosen = _chosen(asked, members, organization)
    skipped = {account: members[account].closed for account in chosen if account in members and members[account].closed}
    entrances = tuple(
        _entrance(account, asked, own, partition, members.get(account), now)
        for account in sorted(chosen - skipped.keys())
    )
    if not entrances:
        raise UsageError("No account is left to look at.", _why_none(skipped))
    return Choice(entrances, skipped)


def _why_none(skipped: Mapping[str, str]) -> str:
    told = "; ".join(f"{account}: {why}" for account, why in sorted(skipped.items())[:3])
    return f"Out of scope are {told}." if told else "Choose other accounts or units, or exclude fewer."


def _by_roles(roles: tuple[str, ...], partition: str) -> tuple[Entrance, ...]:
    found: list[Entrance] = []
    for text in roles:
        arn = role_arn(text)
        if arn.partition != partition:
            raise UsageError(
                f"The role {text} is of the partition {arn.partition}, and the credentials are of {partition}.",
                "No role can be assumed across partitions: use credentials of that partition.",
            )
        found.append(Entrance(arn.account, text))
    return tuple(sorted(found, key=lambda entrance: entrance.account))


def _chosen(asked: Accounts, members: Mapping[str, Member], organization: Organization) -> set[str]:
    if asked.of_organization:
        for option, ids in (("--account", asked.named), ("--exclude-account", asked.excluded)):
            if foreign := sorted(set(ids) - members.keys()):
                raise UsageError(
                    f"{option} {foreign[0]} is not an account of the organization.",
                    "Its accounts are those that organizations.ListAccounts lists; check the id.",
                )
    chosen = set(asked.named)
    for unit in asked.units:
        chosen |= organization.below(unit)
    if asked.organization and not chosen:
        chosen = set(members)
    return chosen - set(asked.excluded)


def _entrance(
    account: str, asked: Accounts, own: str, partition: str, member: Member | None, now: datetime
) -> Entrance:
    joined = member.joined if member else None
    if account == own:
        return Entrance(account, joined=joined)
    role = f"arn:{partition}:iam::{account}:role/{asked.role_name}"
    return Entrance(account, role, member.doubt(now) if member else "", joined)
