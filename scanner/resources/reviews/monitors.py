"""Scheduled and saved queries of monitoring accounts, which see log groups of others over cross-account observability.

A link is what the source account has, and its sink cannot be deleted as long as there is one. Sources: CloudWatch Logs
API reference, ``StartQuery`` ("the ARN of the log group" in a source account); CloudWatch User Guide, "CloudWatch
cross-account observability"; CloudWatch Observability Access Manager API reference, ``DeleteSink``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.observability import LOG_GROUPS, Sharing, log_group_shared, monitoring_accounts
from scanner.audit_path.places import LOG_REGIONS
from scanner.audit_path.stores import AuditLogGroup, log_group_arn, mappings
from scanner.facts.facts import checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind, Outcome
from scanner.resources.reviews.scheduled import (
    ENABLED,
    RUNS,
    SCHEDULED_LISTING,
    SCHEDULED_QUERY,
    ScheduledQueries,
    add_query,
    run_window,
    told_query,
)
from scanner.snapshot.answers import Answer, Snapshot

LINK_LISTING = Use("oam.ListLinks", per=LOG_REGIONS)


def _links(look: Look) -> Iterator[Thing]:
    for region in sorted({thing.region for thing in look.each(LOG_REGIONS)}):
        for _, link in mappings(look.snapshot.ask(look.account, region, LINK_LISTING.operation), "Items"):
            if LOG_GROUPS.type in list_member(link, "ResourceTypes") and (arn := text_member(link, "Arn")):
                yield Thing(region, {"link": arn})


LOG_LINKS = Things("log-link", _links, (LINK_LISTING,))
"""Each link over which log groups are shared, in a Region with an audit log group."""

LINK = Use("oam.GetLink", per=LOG_LINKS)


def _monitors(look: Look) -> Iterator[Thing]:
    for region in sorted({thing.region for thing in look.each(LOG_REGIONS)}):
        for each in monitoring_accounts(look.snapshot, look.account, region, LOG_GROUPS):
            if each.account in look.others:
                yield Thing(region, owner=each.account)


MONITORS = Things("log-monitor", _monitors, (LINK_LISTING,))
"""The Region of such a link in the monitoring account that it leads to, where that account is looked at too."""

QUERY_LISTING = Use(SCHEDULED_LISTING.operation, per=MONITORS)


SAVED_OF_MONITORS = Use("logs.DescribeQueryDefinitions", per=MONITORS)
"""The saved queries of a monitoring account in such a Region."""


def _queries(look: Look) -> Iterator[Thing]:
    for thing in look.each(MONITORS):
        answer = checked(
            look.snapshot.ask(look.account, thing.region, QUERY_LISTING.operation), "scheduledQueries", list
        )
        for _, item in mappings(answer, "scheduledQueries"):
            if arn := text_member(item, "scheduledQueryArn"):
                yield Thing(thing.region, {"query": arn})


QUERIES = Things("monitor-query", _queries, (*MONITORS.named_by, QUERY_LISTING))
"""Each scheduled query of a monitoring account in such a Region."""

QUERY = Use(SCHEDULED_QUERY.operation, per=QUERIES)


def _followed(look: Look) -> Iterator[Thing]:
    for thing in look.each(QUERIES):
        told = told_query(look.snapshot, look.account, thing.region, thing.facts["query"]).first
        if told.get("state") == ENABLED and any(_is_foreign(each, look.account) for each in _named(told)):
            yield Thing(thing.region, thing.facts, run_window(look.snapshot))


FOLLOWED = Things("followed-monitor-query", _followed, (*QUERIES.named_by, QUERY))
"""Those of them that are enabled and read a log group of another account."""

MONITOR_CALLS = (
    LINK_LISTING,
    LINK,
    QUERY_LISTING,
    QUERY,
    Use(RUNS.operation, per=FOLLOWED),
)
"""The calls that tell which queries of monitoring accounts review a log group."""


def monitor_queries(snapshot: Snapshot, group: AuditLogGroup) -> ScheduledQueries:
    """The scheduled queries of monitoring accounts that read a log group.

    A query counts where a link is known to share the log group; a snapshot of an earlier version has
    no links, and so no monitoring accounts.
    """
    found = ScheduledQueries()
    links = checked(snapshot.ask(group.account, group.region, LINK_LISTING.operation), "Items", list)
    if links.gap is not None:
        if links.gap.kind not in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}:
            found.hidden.append(links.gap)
        return found
    found.answers.append(links)
    for linked in monitoring_accounts(snapshot, group.account, group.region, LOG_GROUPS):
        sharing = log_group_shared(snapshot, group.account, linked.account, group.region, group.name)
        if sharing.verdict is not Outcome.FAIL:
            _add_queries_of(found, snapshot, group, linked.account, sharing)
    return found


@dataclass(slots=True)
class SavedByMonitors:
    """The saved queries of monitoring accounts that name a log group's ARN, each with its account, and their answers.

    ``hidden`` are gaps behind which there may be more.
    """

    known: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    hidden: list[Gap] = field(default_factory=list)


def saved_by_monitors(snapshot: Snapshot, group: AuditLogGroup) -> SavedByMonitors:
    """The saved queries of monitoring accounts that are for a log group which a link is known to share.

    They name it by its ARN: a name alone is of a log group of the monitoring account itself. A snapshot of an earlier
    version has no links, and so no monitoring accounts.
    """
    found = SavedByMonitors()
    links = checked(snapshot.ask(group.account, group.region, LINK_LISTING.operation), "Items", list)
    if links.gap is not None:
        if links.gap.kind not in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}:
            found.hidden.append(links.gap)
        return found
    for linked in monitoring_accounts(snapshot, group.account, group.region, LOG_GROUPS):
        sharing = log_group_shared(snapshot, group.account, linked.account, group.region, group.name)
        if sharing.verdict is not Outcome.FAIL:
            _add_saved_of(found, snapshot, group, linked.account, sharing)
    return found


def _add_saved_of(
    found: SavedByMonitors, snapshot: Snapshot, group: AuditLogGroup, monitor: str, sharing: Sharing
) -> None:
    """Add the saved queries of a monitoring account for a log group, or why they are not known."""
    listing = checked(snapshot.ask(monitor, group.region, SAVED_OF_MONITORS.operation), "queryDefinitions", list)
    if listing.gap is not None:
        found.hidden.append(_not_looked_at(snapshot, group, monitor, listing, "saved"))
        return
    found.answers.append(listing)
    for _, item in mappings(listing, "queryDefinitions"):
        if group.arn not in {log_group_arn(str(each)) for each in list_member(item, "logGroupNames")}:
            continue
        if sharing.verdict is Outcome.PASS:
            found.known.append((monitor, item))
        else:
            name = text_member(item, "name")
            reason = f"Saved query {name} of account {monitor} is for log group {group.name}, and {sharing.reason}"
            found.hidden.append(Gap(key=listing.key, kind=GapKind.ERROR, reason=reason))


def _add_queries_of(
    found: ScheduledQueries, snapshot: Snapshot, group: AuditLogGroup, monitor: str, sharing: Sharing
) -> None:
    """Add the queries of a monitoring account, or why they are not known."""
    listing = checked(snapshot.ask(monitor, group.region, QUERY_LISTING.operation), "scheduledQueries", list)
    if listing.gap is not None:
        found.hidden.append(_not_looked_at(snapshot, group, monitor, listing, "scheduled"))
        return
    seen = ScheduledQueries()
    for _, item in mappings(listing, "scheduledQueries"):
        answer = told_query(snapshot, monitor, group.region, text_member(item, "scheduledQueryArn"))
        if not answer.absent:
            add_query(seen, snapshot, group, answer)
    found.answers.append(listing)
    found.hidden += seen.hidden
    if sharing.verdict is Outcome.PASS:
        found.known += seen.known
        found.answers += seen.answers
    elif seen.known:
        reason = f"Queries of account {monitor} name log group {group.name}, and {sharing.reason}"
        found.hidden.append(Gap(key=listing.key, kind=GapKind.ERROR, reason=reason))


def _not_looked_at(snapshot: Snapshot, group: AuditLogGroup, monitor: str, listing: Answer, kind: str) -> Gap:
    """The gap of the queries of a monitoring account that were not listed."""
    why = listing.gap.reason if listing.gap is not None else ""
    if monitor not in snapshot.accounts:
        why = "it was not looked at: scan that account too"
    elif left_out := snapshot.left_out(monitor):
        why = f"it could not be looked at: {left_out}"
    reason = f"Account {monitor} sees log group {group.name} over a link, and its {kind} queries are not known: {why}"
    return Gap(key=listing.key, kind=GapKind.NOT_COLLECTED, reason=reason)


def _named(query: Mapping[str, Any]) -> Iterator[str]:
    return (each for each in list_member(query, "logGroupIdentifiers") if isinstance(each, str))


def _is_foreign(identifier: str, account: str) -> bool:
    arn = parse_arn(identifier)
    return arn is not None and arn.account != account
