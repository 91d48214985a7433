"""The facts of an account's routes, gathered from the views once and kept as long as the snapshot lives."""

from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from scanner.arns import global_region
from scanner.audit_path.event_log_groups import LISTING
from scanner.audit_path.stores import enabled_regions, event_log_groups, log_group_arn, visible_trails
from scanner.checks.route.lanes import AuditPath, Destination, Group, Listing, Region
from scanner.checks.route.watching.filters import judged_filter
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.checks.route.watching.topics import Topic
from scanner.facts.rows import Row
from scanner.model import GapKind, Source
from scanner.resources import RESOURCES
from scanner.resources.monitoring.audiences import LIST_SUBSCRIPTIONS, subscribers
from scanner.resources.monitoring.cloudwatch import ALARM_ARGUMENTS
from scanner.resources.monitoring.event_rules import LIST_RULES
from scanner.resources.monitoring.logs import trail_log_group_rows
from scanner.resources.monitoring.sns import alarm_topic_view
from scanner.snapshot.answers import Snapshot

_MOST_KEPT = 4
"""Accounts kept a snapshot: the one being judged and the owners of the log groups its trails deliver to."""

_KEPT: WeakKeyDictionary[Snapshot, dict[str, AuditPath]] = WeakKeyDictionary()


def audit_path(snapshot: Snapshot, account: str) -> AuditPath:
    """The facts of an account's routes; nothing in them refers to the snapshot itself."""
    kept = _KEPT.setdefault(snapshot, {})
    path = kept.get(account)
    if path is None:
        if len(kept) >= _MOST_KEPT:
            del kept[next(iter(kept))]
        path = kept[account] = _gather(snapshot, account)
    return path


def _gather(snapshot: Snapshot, account: str) -> AuditPath:
    trails = RESOURCES["cloudtrail.trail"].view(snapshot, account)
    groups = [log_group_arn(str(row.data.get("CloudWatchLogsLogGroupArn") or "")) for row in trails.rows]
    owners = {arn.split(":")[4] for arn in groups if arn} & set(snapshot.accounts)
    regions = enabled_regions(snapshot, account)
    shadows: dict[str, Any] = {"includeShadowTrails": True}
    event_rules = RESOURCES["events.event_rule"].view(snapshot, account)
    return AuditPath(
        account=account,
        regions=regions,
        leading=global_region(snapshot.partition),
        now=snapshot.collected_at,
        trails=trails.rows,
        trail_gaps=trails.gaps,
        listings=tuple(
            Source(snapshot.ask(account, region, "cloudtrail.DescribeTrails", shadows).key, "") for region in regions
        ),
        destinations={owner: _destination(snapshot, owner) for owner in sorted(owners | {account})},
        event_rules=event_rules.rows,
        event_gaps=event_rules.gaps,
        channels=event_log_groups(snapshot, account),
        way_listings={region: _way_listings(snapshot, account, region) for region in regions},
    )


def _way_listings(snapshot: Snapshot, account: str, region: str) -> tuple[Source, ...]:
    """The answers, one or two, that list what may carry events besides the trails' log groups."""
    asked = (
        snapshot.ask(account, region, LIST_RULES),
        snapshot.ask(account, region, "logs.DescribeLogGroups", LISTING),
    )
    return tuple(
        Source(answer.key, "") for answer in asked if answer.gap is None or answer.gap.kind is not GapKind.NOT_COLLECTED
    )


def _destination(snapshot: Snapshot, account: str) -> Destination:
    filters: dict[str, list[Row]] = {}
    for row in RESOURCES["logs.metric_filter"].view(snapshot, account).rows:
        filters.setdefault(str(row.data.get("logGroupArn")), []).append(row)
    groups: dict[str, Group] = {}
    for row in trail_log_group_rows(snapshot, account, visible_trails(snapshot, account)):
        listing = _filters_of(snapshot, account, row)
        judged = tuple(judged_filter(item) for item in filters.get(row.id, ()))
        groups[row.id] = Group(row, judged, listing)
    alarms = RESOURCES["cloudwatch.alarm"].view(snapshot, account).rows
    topics = {row.id: _topic(snapshot, account, row) for row in alarm_topic_view(snapshot, account).rows}
    own = [group for group in groups.values() if group.row.data.get("Account") == account]
    regions: dict[str, Region] = {}
    for name in sorted({group.row.region for group in own}):
        local = [row for row in alarms if row.region == name]
        here = [group for group in own if group.row.region == name]
        regions[name] = Region(
            alarms=tuple(row for row in local if row.data.get("Kind") == "metric"),
            notifiers=Notifiers(tuple(row for row in local if row.data.get("Kind") == "composite"), topics),
            listing=_listing(snapshot, account, name, "cloudwatch.DescribeAlarms", ALARM_ARGUMENTS),
            publishers=tuple(item.feeds for group in here for item in group.filters if item.feeds is not None),
            unseen=next((group.listing.gap for group in here if group.listing.gap is not None), None),
        )
    return Destination(groups, regions, {arn: topic.row for arn, topic in topics.items()})


def _filters_of(snapshot: Snapshot, account: str, group: Row) -> Listing:
    """The listing of a group's metric filters; asked by name, so that of another account's group nothing is listed here."""
    listing = _listing(
        snapshot, account, group.region, "logs.DescribeMetricFilters", {"logGroupName": group.data.get("logGroupName")}
    )
    return listing if group.data.get("Account") == account else replace(listing, gap=group.gaps.get("Exists"))


def _topic(snapshot: Snapshot, account: str, row: Row) -> Topic:
    listed = snapshot.ask(account, row.region, LIST_SUBSCRIPTIONS, {"TopicArn": row.id})
    return Topic(row, subscribers(snapshot, account, row.region, listed))


def _listing(snapshot: Snapshot, account: str, region: str, operation: str, arguments: Any) -> Listing:
    answer = snapshot.ask(account, region, operation, arguments)
    return Listing(Source(answer.key, ""), answer.gap)
