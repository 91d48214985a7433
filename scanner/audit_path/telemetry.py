"""What brings CloudTrail events into CloudWatch Logs without a trail, in each Region with a log group for it.

A telemetry rule makes CloudWatch create a service-linked channel in the accounts and Regions of its scope; the channel
selects events of its own Region and fills the log group ``aws/cloudtrail/managementevents``. The channel is what is in
force: rules that conflict are not applied, a rule that is changed need not change what it set up, and what it set up
stays when it is deleted. Sources: CloudWatch User Guide, "Telemetry enablement rules"; observabilityadmin API
reference, ``DeleteTelemetryRule``; CloudTrail API reference, ``GetChannel``; AWS Managed Policy Reference,
``AWSObservabilityAdminTelemetryEnablementServiceRolePolicy`` (how these channels are named); CloudWatch Logs User
Guide, "Monitoring with CloudWatch metrics" (``IncomingLogEvents``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import list_member, text_member
from scanner.audit_path.places import (
    ACCOUNT,
    EVENT_LOG_GROUP_LISTING,
    MANAGED_LOG_GROUPS,
    TRAIL_LISTING,
    own_log_groups,
)
from scanner.audit_path.stores import AuditLogGroup, managed_log_groups, mappings
from scanner.facts.facts import checked
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time

CHANNELS_OF_CLOUDWATCH = "aws-service-channel/cloudwatch/"
"""How the names of CloudWatch's service-linked channels begin."""

HOURS = 24
"""Hours before the day of collection about which it is asked whether events arrived, at the least."""

_CLOUDTRAIL = "AWS::CloudTrail"
_DATA_SOURCE = "aws_cloudtrail"
_RUNNING = "RUNNING"
_PERIOD = 3600

_ORGANIZATION = Use("organizations.DescribeOrganization", per=ACCOUNT)


def _regions(look: Look) -> Iterator[Thing]:
    for region in sorted({group.region for group in managed_log_groups(look.snapshot, look.account)}):
        yield Thing(region)


def _managing_regions(look: Look) -> Iterator[Thing]:
    if _manages(look.snapshot, look.account):
        yield from look.each(TELEMETRY_REGIONS)


def _manages(snapshot: Snapshot, account: str) -> bool:
    return manager_of(snapshot, account) == account


def manager_of(snapshot: Snapshot, account: str) -> str:
    """The management account of an account's organization; "" when it is in none, or that is not known."""
    described = snapshot.ask(account, global_region(snapshot.partition), _ORGANIZATION.operation)
    return text_member(described.first.get("Organization"), "MasterAccountId")


TELEMETRY_REGIONS = Things("telemetry-region", _regions, (EVENT_LOG_GROUP_LISTING,))
"""Each Region with a log group for management events that enter it without a trail."""

MANAGING_REGIONS = Things("managing-region", _managing_regions, (EVENT_LOG_GROUP_LISTING, _ORGANIZATION))
"""Those of an organization's management account, which alone is sure to be told of the organization's rules."""

CHANNEL_LISTING = Use("cloudtrail.ListChannels", per=TELEMETRY_REGIONS)


def _channels(look: Look) -> Iterator[Thing]:
    for thing in look.each(TELEMETRY_REGIONS):
        for arn, _, _ in _of_cloudwatch(look.snapshot.ask(look.account, thing.region, CHANNEL_LISTING.operation)):
            yield Thing(thing.region, {"channel": arn})


def _of_cloudwatch(listed: Answer) -> Iterator[tuple[str, str, str]]:
    """ARN, name and pointer of each listed channel of CloudWatch."""
    for pointer, channel in mappings(listed, "Channels"):
        name, arn = text_member(channel, "Name"), text_member(channel, "ChannelArn")
        if name.startswith(CHANNELS_OF_CLOUDWATCH) and arn:
            yield arn, name, pointer


CHANNEL = Use(
    "cloudtrail.GetChannel", per=Things("telemetry-channel", _channels, (*TELEMETRY_REGIONS.named_by, CHANNEL_LISTING))
)


def _rules(look: Look, listing: Use) -> Iterator[Thing]:
    for thing in look.each(listing.per):
        listed = look.snapshot.ask(look.account, thing.region, listing.operation)
        for _, rule in _about_cloudtrail(listed):
            yield Thing(thing.region, {"telemetry_rule": text_member(rule, "RuleArn")})


def _about_cloudtrail(listed: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for pointer, rule in mappings(listed, "TelemetryRuleSummaries"):
        if rule.get("ResourceType") == _CLOUDTRAIL and text_member(rule, "RuleArn"):
            yield pointer, rule


RULE_LISTING = Use("observabilityadmin.ListTelemetryRules", per=TELEMETRY_REGIONS)
RULE = Use(
    "observabilityadmin.GetTelemetryRule",
    per=Things("telemetry-rule", partial(_rules, listing=RULE_LISTING), (*TELEMETRY_REGIONS.named_by, RULE_LISTING)),
)
EVALUATION = Use("observabilityadmin.GetTelemetryEvaluationStatus", per=TELEMETRY_REGIONS)
ORGANIZATION_RULE_LISTING = Use("observabilityadmin.ListTelemetryRulesForOrganization", per=MANAGING_REGIONS)
ORGANIZATION_RULE = Use(
    "observabilityadmin.GetTelemetryRuleForOrganization",
    per=Things(
        "organization-telemetry-rule",
        partial(_rules, listing=ORGANIZATION_RULE_LISTING),
        (*MANAGING_REGIONS.named_by, ORGANIZATION_RULE_LISTING),
    ),
)
ORGANIZATION_EVALUATION = Use("observabilityadmin.GetTelemetryEvaluationStatusForOrganization", per=MANAGING_REGIONS)


def _group_regions(look: Look) -> Iterator[Thing]:
    own = own_log_groups(look.snapshot, look.account)
    groups = (*own, *managed_log_groups(look.snapshot, look.account))
    for region in sorted({group.region for group in groups if group.region}):
        yield Thing(region)


PIPELINE_LISTING = Use(
    "observabilityadmin.ListTelemetryPipelines",
    per=Things("own-log-region", _group_regions, (TRAIL_LISTING, EVENT_LOG_GROUP_LISTING)),
)
"""The pipelines of each Region with a log group of the account: some may change what its filters read."""


def _received(look: Look) -> Iterator[Thing]:
    for thing in look.each(MANAGED_LOG_GROUPS):
        asked = _incoming(look.snapshot, look.account, thing.facts["group"])
        yield Thing(thing.region, {"namespace": asked["Namespace"], "metric": asked["MetricName"]}, asked)


def _incoming(snapshot: Snapshot, account: str, group: str) -> Mapping[str, Any]:
    """What asks for the events that a log group received, by the hour, from two days before the collection on."""
    today = snapshot.time_of(account).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = today - timedelta(hours=HOURS), today + timedelta(hours=2 * HOURS)
    return {
        "Namespace": "AWS/Logs",
        "MetricName": "IncomingLogEvents",
        "Dimensions": [{"Name": "LogGroupName", "Value": group}],
        "StartTime": int(start.timestamp()),
        "EndTime": int(end.timestamp()),
        "Period": _PERIOD,
        "Statistics": ["Sum"],
    }


RECEIVED = Use(
    "cloudwatch.GetMetricStatistics", per=Things("managed-log-metric", _received, MANAGED_LOG_GROUPS.named_by)
)

TELEMETRY = (
    CHANNEL_LISTING,
    CHANNEL,
    RULE_LISTING,
    RULE,
    EVALUATION,
    ORGANIZATION_RULE_LISTING,
    ORGANIZATION_RULE,
    ORGANIZATION_EVALUATION,
    PIPELINE_LISTING,
    RECEIVED,
)
"""What is asked about log groups that management events enter without a trail."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A service-linked channel of CloudWatch. ``selectors`` are its ``AdvancedEventSelectors``; ``gap`` says why not.

    A channel that is gone since it was listed has neither, and is left out.
    """

    arn: str
    name: str
    selectors: Sequence[Any] | None
    gap: Gap | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TelemetryRule:
    """A telemetry rule about CloudTrail: where it comes from, in words, and why it failed in the Region ("": not)."""

    name: str
    origin: str
    failure: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """What fills one log group without a trail, as far as known.

    ``hidden`` says why its channels are not known. ``rules`` are those that were seen, ``stopped`` the status of their
    evaluation in words where it is not running ("": it is, or it is not known). ``latest`` is the beginning of the
    last hour in which an event arrived, ``unreceived`` says why that is not known.
    """

    group: AuditLogGroup
    channels: tuple[Channel, ...]
    hidden: Gap | None
    rules: tuple[TelemetryRule, ...]
    stopped: str
    latest: datetime | None
    unreceived: Gap | None
    listed: tuple[Source, ...]
    counted: Source


def feeds(snapshot: Snapshot, account: str) -> tuple[Feed, ...]:
    """What fills the log groups of an account that management events enter without a trail, where that was asked."""
    found = (_feed(snapshot, account, group) for group in managed_log_groups(snapshot, account))
    return tuple(feed for feed in found if feed.hidden is None or feed.hidden.kind is not GapKind.NOT_COLLECTED)


def channels_in(snapshot: Snapshot, account: str, region: str) -> tuple[tuple[Channel, ...], Gap | None]:
    """The channels of CloudWatch in a Region that exist or may exist, and why there may be more."""
    listed = _listed(snapshot, account, region)
    channels = (_channel(snapshot, listed, *each) for each in _of_cloudwatch(listed))
    found = (channel for channel in channels if channel.selectors is not None or channel.gap is not None)
    return tuple(found), listed.gap


def _listed(snapshot: Snapshot, account: str, region: str) -> Answer:
    return checked(snapshot.ask(account, region, CHANNEL_LISTING.operation), "Channels", list)


def _feed(snapshot: Snapshot, account: str, group: AuditLogGroup) -> Feed:
    channels, hidden = channels_in(snapshot, account, group.region)
    received = checked(
        snapshot.ask(account, group.region, RECEIVED.operation, _incoming(snapshot, account, group.name)),
        "Datapoints",
        list,
    )
    return Feed(
        group=group,
        channels=channels,
        hidden=hidden,
        rules=(*_account_rules(snapshot, account, group.region), *_organization_rules(snapshot, account, group.region)),
        stopped=_stopped(snapshot, account, group.region),
        latest=_latest(received),
        unreceived=received.gap,
        listed=(Source(_listed(snapshot, account, group.region).key, ""),),
        counted=Source(received.key, ""),
    )


def _channel(snapshot: Snapshot, listed: Answer, arn: str, name: str, pointer: str) -> Channel:
    told = snapshot.ask(listed.account, listed.region, CHANNEL.operation, {"Channel": arn})
    config = told.first.get("SourceConfig")
    selectors = list_member(config, "AdvancedEventSelectors") if isinstance(config, Mapping) else None
    sources = (Source(listed.key, pointer), Source(told.key, ""))
    return Channel(arn, name, None if told.absent else selectors, told.gap, sources)


def _account_rules(snapshot: Snapshot, account: str, region: str) -> Iterator[TelemetryRule]:
    yield from _seen(snapshot.ask(account, region, RULE_LISTING.operation), RULE, snapshot, "")


def _organization_rules(snapshot: Snapshot, account: str, region: str) -> Iterator[TelemetryRule]:
    manager = manager_of(snapshot, account)
    if manager in snapshot.accounts:
        listed = snapshot.ask(manager, region, ORGANIZATION_RULE_LISTING.operation)
        yield from _seen(listed, ORGANIZATION_RULE, snapshot, f" of the organization (account {manager})")


def _seen(listed: Answer, told_by: Use, snapshot: Snapshot, origin: str) -> Iterator[TelemetryRule]:
    for pointer, rule in _about_cloudtrail(listed):
        asked = {"RuleIdentifier": text_member(rule, "RuleArn")}
        told = snapshot.ask(listed.account, listed.region, told_by.operation, asked)
        failures = (
            text_member(status, "FailureReason") or "no reason is given"
            for status in list_member(told.first, "RegionStatuses")
            if text_member(status, "Region") == listed.region and text_member(status, "Status") == "FAILED"
        )
        name = text_member(rule, "RuleName") or asked["RuleIdentifier"]
        sources = (Source(listed.key, pointer), *(() if told.gap else (Source(told.key, ""),)))
        yield TelemetryRule(name, origin, next(failures, ""), sources)


def _stopped(snapshot: Snapshot, account: str, region: str) -> str:
    """The status of the evaluation of telemetry rules, the account's or its organization's, where neither runs."""
    manager = manager_of(snapshot, account)
    own = text_member(snapshot.ask(account, region, EVALUATION.operation).first, "Status")
    others = ""
    if manager in snapshot.accounts:
        others = text_member(snapshot.ask(manager, region, ORGANIZATION_EVALUATION.operation).first, "Status")
    return "" if not own or _RUNNING in {own, others} else own


def _latest(received: Answer) -> datetime | None:
    times = [
        moment
        for _, point in mappings(received, "Datapoints")
        if _some(point.get("Sum")) and (moment := parse_time(point.get("Timestamp"))) is not None
    ]
    return max(times, default=None)


def _some(count: Any) -> bool:
    return isinstance(count, int | float) and not isinstance(count, bool) and count > 0


@dataclass(frozen=True, slots=True)
class Piping:
    """The telemetry pipelines of a Region that may change CloudTrail's events before filters of log groups read them.

    ``gap`` says why there may be others. A pipeline intercepts the events of a data source in all its log groups, and
    what it makes of them goes back there or elsewhere. Source: CloudWatch User Guide, "AWS service logs from CloudWatch
    Logs" and "Sinks" (of pipelines).
    """

    pipelines: tuple[str, ...]
    gap: Gap | None
    source: Source


def piping(snapshot: Snapshot, account: str, region: str) -> Piping | None:
    """The pipelines of a Region; None where nobody asked, as in a snapshot of an earlier version."""
    listed = checked(snapshot.ask(account, region, PIPELINE_LISTING.operation), "PipelineSummaries", list)
    if listed.gap is not None and listed.gap.kind in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}:
        return None
    return Piping(tuple(_processing(listed)), listed.gap, Source(listed.key, ""))


def _processing(piped: Answer) -> Iterator[str]:
    """The names of the pipelines that may change CloudTrail events: those of this data source or of an unknown one."""
    for _, pipeline in mappings(piped, "PipelineSummaries"):
        sources = list_member(pipeline.get("ConfigurationSummary"), "DataSources")
        names = [text_member(source, "Name") for source in sources]
        if not names or "" in names or _DATA_SOURCE in names:
            yield text_member(pipeline, "Name") or text_member(pipeline, "Arn")


def hours_since(moment: datetime, now: datetime) -> float:
    """Hours from a moment to another."""
    return (now.astimezone(UTC) - moment).total_seconds() / 3600
