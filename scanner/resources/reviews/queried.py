"""Which audit log groups somebody, or a schedule, queried lately.

Source: CloudWatch Logs API reference, ``DescribeQueries``: queries that are scheduled, running, "or have been run
recently"; how far back that is it does not say. They "include both interactive queries started directly by users and
automated queries executed by scheduled query configurations".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from scanner.audit_path.places import LOG_REGIONS
from scanner.audit_path.stores import AuditLogGroup, mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.resources.reviews.groups import audit_groups
from scanner.snapshot.answers import Answer, Snapshot

_NOTHING_SHOWN = ("Failed", "Cancelled", "Timeout")


def _own(look: Look) -> Iterator[Thing]:
    for group in audit_groups(look.snapshot, look.account).own(look.account):
        yield Thing(group.region, {"group": group.name})


QUERIES = Use("logs.DescribeQueries", per=Things("own-audit-log-group", _own, LOG_REGIONS.named_by))
"""The recent queries of each audit log group of the account."""


def take_queried(snapshot: Snapshot, account: str, groups: Sequence[AuditLogGroup], facts: Facts) -> None:
    """The names of those log groups over which no recent query is listed that was not failed or cancelled."""
    listings = {(group.name, group.region): _listing(snapshot, account, group) for group in groups}
    unread = sorted({name for (name, _), listing in listings.items() if listing.gap is None and not any(_ran(listing))})
    facts.take("UnqueriedGroups", unread, *listings.values())


def _listing(snapshot: Snapshot, account: str, group: AuditLogGroup) -> Answer:
    asked: dict[str, Any] = {"logGroupName": group.name}
    return checked(snapshot.ask(account, group.region, QUERIES.operation, asked), "queries", list)


def _ran(listing: Answer) -> Iterator[bool]:
    for _, item in mappings(listing, "queries"):
        yield item.get("status") not in _NOTHING_SHOWN
