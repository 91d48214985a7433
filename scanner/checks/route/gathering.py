"""The facts of an account's routes, gathered from the views once for all rules of an assessment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.alarms.metric import PublishedMetric
from scanner.alarms.standing import States
from scanner.arns import global_region, parse_arn
from scanner.audit_path.event_log_groups import LISTING
from scanner.audit_path.mute_rules import region_mutes
from scanner.audit_path.stores import (
    LIST_TRAILS,
    SHADOWS,
    enabled_regions,
    event_log_groups,
    log_group_arn,
)
from scanner.audit_path.telemetry import feeds, piping
from scanner.audit_path.watching import (
    LIST_FILTERS,
    AuditAlarms,
    ListedAlarm,
    ListedFilters,
    alarm_listing,
    audit_alarms,
)
from scanner.checks.route.declared.feed import Feed
from scanner.checks.route.declared.ways import DeclaredWay, Known, declared_way
from scanner.checks.route.monitors import Watchers, monitors
from scanner.checks.route.path import AuditPath, Destination, Group, Listing, Region
from scanner.checks.route.watching.bands import with_detectors
from scanner.checks.route.watching.eventbridge.buses import target_bus
from scanner.checks.route.watching.eventbridge.destinations import destinations_of, senders_of
from scanner.checks.route.watching.eventbridge.rules import Beyond, RuleWay
from scanner.checks.route.watching.filters import JudgedFilter, judged_filter
from scanner.checks.route.watching.notifiers import Notifiers
from scanner.checks.route.watching.topics import Topic
from scanner.facts.rows import Row
from scanner.model import DeclaredRoute, GapKind, Source, Through
from scanner.resources.monitoring.audiences import subscribers, subscriptions
from scanner.resources.monitoring.eventbridge.event_buses import bus_of
from scanner.resources.monitoring.eventbridge.event_rules import EVENT_RULE, LIST_RULES, listed_rules
from scanner.resources.monitoring.logs import watched_log_group_rows
from scanner.resources.monitoring.sns import alarm_topic_rows, rule_topic_rows
from scanner.resources.trails.cloudtrail import TRAIL
from scanner.resources.trails.organizations import own_organization
from scanner.snapshot.answers import Snapshot


class AuditPaths:
    """The audit paths of the accounts of one snapshot, as an assessment hands them to its rules.

    One account is judged after another, so the path of one is kept; what is known of the owners of its log groups is
    kept for the next, whose trails may deliver to the same ones.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._paths: dict[str, AuditPath] = {}
        self._destinations: dict[str, Destination] = {}
        self._feeds: dict[Through, Feed] = {}
        self._watchers = Watchers(snapshot)

    def of(self, account: str) -> AuditPath:
        """The facts of an account's routes; nothing in them refers to the snapshot itself."""
        if account not in self._paths:
            self._paths = {account: self._gathered(account)}
        return self._paths[account]

    def declared(
        self, account: str, routes: Sequence[DeclaredRoute], rules: Sequence[RuleWay]
    ) -> tuple[DeclaredWay, ...]:
        """The routes that a user declares, as they are in an account with these EventBridge rules."""
        path = self.of(account)
        named = [log_group_arn(str(row.data.get("CloudWatchLogsLogGroupArn") or "")) for row in path.trails]
        groups = list(dict.fromkeys(group for group in named if group))
        first = {way.row.id: way for way in reversed(rules) if way.hears_all}
        known = Known(self._snapshot, tuple(first.values()), path.event_gaps, groups, self._feeds)
        return tuple(declared_way(route, known) for route in routes)

    def _gathered(self, account: str) -> AuditPath:
        snapshot = self._snapshot
        trails = TRAIL.view(snapshot, account)
        regions = enabled_regions(snapshot, account)
        event_rules = EVENT_RULE.view(snapshot, account)
        listings = tuple(_source(snapshot, account, region, LIST_TRAILS, SHADOWS) for region in regions)
        way_listings = {region: _way_listings(snapshot, account, region) for region in regions}
        return AuditPath(
            account=account,
            regions=regions,
            leading=global_region(snapshot.partition),
            now=snapshot.time_of(account),
            trails=trails.rows,
            trail_gaps=trails.gaps,
            listings=listings,
            destinations=self._owned(trails.rows, account),
            event_rules=event_rules.rows,
            event_gaps=event_rules.gaps,
            listed_rules=listed_rules(snapshot, account),
            beyond=_beyond(snapshot, account, event_rules.rows),
            channels=event_log_groups(snapshot, account),
            feeds=feeds(snapshot, account),
            way_listings=way_listings,
            organization=str((own_organization(snapshot, account).first.get("Organization") or {}).get("Id") or ""),
        )

    def _owned(self, trails: Sequence[Row], account: str) -> dict[str, Destination]:
        """What is known of the account, and of each account in the snapshot that owns log groups of these trails."""
        named = [parse_arn(log_group_arn(str(row.data.get("CloudWatchLogsLogGroupArn") or ""))) for row in trails]
        owners = {arn.account for arn in named if arn is not None} & set(self._snapshot.accounts)
        found: dict[str, Destination] = {}
        for owner in sorted(owners | {account}):
            found[owner] = self._destinations.get(owner) or _destination(self._snapshot, owner, self._watchers)
        self._destinations = found
        return found


def _beyond(snapshot: Snapshot, account: str, rules: Sequence[Row]) -> Beyond:
    """What the rules of an account send to, and those on the buses that they send to in their turn."""
    arns = {target_bus(target) for row in rules for target in row.data.get("Targets") or ()}
    buses = {str(arn): bus_of(snapshot, arn) for arn in arns if arn is not None}
    topics = _topics(snapshot, account, rule_topic_rows(snapshot, account, rules))
    for bus in buses.values():
        topics |= _topics(snapshot, bus.arn.account, rule_topic_rows(snapshot, bus.arn.account, bus.rules))
    every = (*rules, *(row for bus in buses.values() for row in bus.rules))
    senders = senders_of(snapshot, account, every)
    return Beyond(topics, buses, senders, destinations_of(snapshot, every, senders))


def _way_listings(snapshot: Snapshot, account: str, region: str) -> tuple[Source, ...]:
    """The answers, one or two, that list what may carry events besides the trails' log groups."""
    asked = (
        snapshot.ask(account, region, LIST_RULES),
        snapshot.ask(account, region, "logs.DescribeLogGroups", LISTING),
    )
    return tuple(
        Source(answer.key, "") for answer in asked if answer.gap is None or answer.gap.kind is not GapKind.NOT_COLLECTED
    )


def _destination(snapshot: Snapshot, account: str, watchers: Watchers) -> Destination:
    audit = audit_alarms(snapshot, account)
    groups = _groups(snapshot, account, audit)
    topics = _topics(snapshot, account, alarm_topic_rows(snapshot, account, audit))
    own: dict[str, list[Group]] = {}
    for group in groups.values():
        if group.row.data.get("Account") == account:
            own.setdefault(group.row.region, []).append(group)
    regions: dict[str, Region] = {}
    for name, here in sorted(own.items()):
        listing = Listing(Source(alarm_listing(snapshot, account, name).key, ""), audit.every.gap_in(name))
        composites, every = audit.every.composites(name), audit.every.in_region(name)
        states = States((each.alarm for each in every), snapshot.collected_at)
        notifiers = Notifiers(composites, topics, region_mutes(snapshot, account, name), states)
        region = _region(
            here, with_detectors(snapshot, account, name, audit.every.metric_alarms(name)), notifiers, listing
        )
        watching = monitors(snapshot, account, name, region.publishers, watchers)
        regions[name] = replace(region, monitors=watching, log_alarms=audit.every.log_alarms(name))
    return Destination(groups, regions, {arn: topic.row for arn, topic in topics.items()})


def _groups(snapshot: Snapshot, account: str, audit: AuditAlarms) -> dict[str, Group]:
    """The log groups that an account's management events reach, each with its filters."""
    filters: dict[str, list[JudgedFilter]] = {}
    for each in audit.filters.filters:
        filters.setdefault(each.group.arn, []).append(judged_filter(each))
    groups: dict[str, Group] = {}
    for row in watched_log_group_rows(snapshot, account, audit.visible):
        listing = _filters_of(snapshot, account, row, audit.filters)
        piped = piping(snapshot, account, row.region) if row.data.get("Account") == account else None
        groups[row.id] = Group(row, tuple(filters.get(row.id, ())), listing, piped)
    return groups


def _region(groups: Sequence[Group], alarms: tuple[ListedAlarm, ...], notifiers: Notifiers, listing: Listing) -> Region:
    publishers: list[PublishedMetric] = []
    for group in groups:
        publishers += [item.feeds for item in group.filters if item.feeds is not None]
    return Region(
        alarms=alarms,
        notifiers=notifiers,
        listing=listing,
        publishers=tuple(publishers),
        unseen=next((group.listing.gap for group in groups if group.listing.gap is not None), None),
    )


def _filters_of(snapshot: Snapshot, account: str, group: Row, filters: ListedFilters) -> Listing:
    """The listing of a group's metric filters; that of another account's group tells nothing here."""
    arguments = {"logGroupName": group.data.get("logGroupName")}
    source = _source(snapshot, account, group.region, LIST_FILTERS, arguments)
    own = group.data.get("Account") == account
    return Listing(source, filters.hidden.get(group.id) if own else group.gaps.get("Exists"))


def _topics(snapshot: Snapshot, account: str, rows: Iterable[Row]) -> dict[str, Topic]:
    return {row.id: _topic(snapshot, account, row) for row in rows}


def _topic(snapshot: Snapshot, account: str, row: Row) -> Topic:
    listed = subscriptions(snapshot, account, row.region, row.id)
    return Topic(row, subscribers(snapshot, account, row.region, listed))


def _source(snapshot: Snapshot, account: str, region: str, operation: str, arguments: Mapping[str, Any]) -> Source:
    return Source(snapshot.ask(account, region, operation, arguments).key, "")
