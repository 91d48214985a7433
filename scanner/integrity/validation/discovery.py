"""Which accounts and Regions a store holds logs of, found by the layout that CloudTrail writes.

``[prefix/]AWSLogs/[o-id/]<account>/CloudTrail[-Digest]/<Region>/`` (CloudTrail user guide). A place is looked at when
it has digest files or log files: one that lost all of the former is the one that matters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.integrity.names import DIGESTS, LOGS, REGION, Place
from scanner.integrity.problems import About, Kind, Problem, Weight
from scanner.integrity.stores.store import Store

_ROOT = "AWSLogs"
_SEARCHED = 3
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a store is validated: accounts and Regions (none: all), and a trail by its name ("": all)."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    trail: str = ""

    def named(self, place: Place) -> bool:
        """Whether a place was asked for by its account and its Region, so that it must be there."""
        return place.account in self.accounts and place.region in self.regions


def places_of(store: Store, prefix: str, chosen: Chosen) -> list[Place]:
    """The places below a prefix that are chosen, ascending; those that are named are among them, found or not.

    Raises SourceError when a listing is refused.
    """
    roots = sorted(set(_roots(store, prefix)))
    found: set[Place] = set()
    for root, rest in roots:
        found.update(_below(store, root, rest, chosen))
    if not roots:
        # Nothing at all is left: what is named is looked for where a trail with this prefix delivers.
        roots = [(f"{prefix.rstrip('/')}/{_ROOT}/".lstrip("/"), ())]
    inhabited = {place.root for place in found}
    for root in inhabited or {root for root, _ in roots}:
        for account in chosen.accounts:
            known = any(place.account == account and place.root != root for place in found)
            found.update(Place(root, account, region) for region in chosen.regions if not known)
    return sorted(found)


def nowhere(places: Sequence[Place], chosen: Chosen) -> Iterator[Problem]:
    """The accounts and Regions that are named and have no place among those that were found."""
    told = "has neither digest files nor log files here: no trail delivered them, or everything was deleted"
    for account in chosen.accounts:
        if not any(place.account == account for place in places):
            why = f"account {account} {told}. Name its Regions with --region where there must be some, or leave it out"
            yield Problem(Kind.NO_DIGESTS, Weight.UNKNOWN, About.PLACE, Place("", account, ""), why)
    for region in chosen.regions:
        if not any(place.region == region for place in places):
            why = f"Region {region} {told}. Name the account with --account where there must be some, or leave it out"
            yield Problem(Kind.NO_DIGESTS, Weight.UNKNOWN, About.PLACE, Place("", "", region), why)


def _roots(store: Store, prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each root at or below a prefix, with the parts of the prefix that follow it."""
    parts = prefix.rstrip("/").split("/") if prefix.strip("/") else []
    if _ROOT in parts:
        at = len(parts) - parts[::-1].index(_ROOT)
        yield from _with_organizations(store, "/".join(parts[:at]) + "/", tuple(parts[at:]))
        return
    for root in _searched(store, prefix if not prefix or prefix.endswith("/") else f"{prefix}/", _SEARCHED):
        yield from _with_organizations(store, root, ())


def _searched(store: Store, prefix: str, levels: int) -> Iterator[str]:
    for child in store.folders(prefix):
        if _last(child) == _ROOT:
            yield child
        elif levels > 1:
            yield from _searched(store, child, levels - 1)


def _with_organizations(store: Store, root: str, rest: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The root itself, or those of organizations below it."""
    if rest:
        inside = _ORGANIZATION.fullmatch(rest[0]) is not None
        yield (f"{root}{rest[0]}/", rest[1:]) if inside else (root, rest)
        return
    below = store.folders(root)
    organizations = [child for child in below if _ORGANIZATION.fullmatch(_last(child))]
    if not organizations or any(map(_ACCOUNT.fullmatch, map(_last, below))):
        yield root, ()
    for child in organizations:
        yield child, ()


def _below(store: Store, root: str, rest: Sequence[str], chosen: Chosen) -> Iterator[Place]:
    """The places of a root; ``rest`` narrows them as a prefix that goes on: account, kind of files, Region."""
    accounts = [_last(child) for child in store.folders(root)] if not rest else [rest[0]]
    for account in accounts:
        wanted = not chosen.accounts or account in chosen.accounts
        if _ACCOUNT.fullmatch(account) and wanted:
            for region in _regions(store, f"{root}{account}/", rest[2:3]):
                if not chosen.regions or region in chosen.regions:
                    yield Place(root, account, region)


def _regions(store: Store, account: str, only: Sequence[str]) -> list[str]:
    if only:
        return [only[0]]
    found = {_last(child) for kind in (DIGESTS, LOGS) for child in store.folders(f"{account}{kind}/")}
    return sorted(region for region in found if REGION.fullmatch(region))


def _last(prefix: str) -> str:
    return prefix.rstrip("/").rpartition("/")[2]
