"""What a snapshot shows deployed, read into values once.

It is taken as it was at the time of collection, whatever the time of the records that are replayed through it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scanner.alarms.metric import MetricTransformation, read_number
from scanner.arns import Arn, parse_arn
from scanner.audit_path.mute_rules import MUTE_RULE, region_mutes
from scanner.audit_path.observability import LINK_LISTING, metrics_shared, monitoring_accounts
from scanner.audit_path.stores import LIST_TRAILS, log_group_arn
from scanner.audit_path.telemetry import Piping, piping
from scanner.audit_path.watching import LIST_ALARMS, LIST_FILTERS, AuditAlarms, ListedFilter, audit_alarms
from scanner.errors import PatternError, UsageError
from scanner.eventbridge.nodes import EventPattern
from scanner.facts.rows import Row, View
from scanner.model import Gap, GapKind, Outcome
from scanner.pattern import JsonPattern, Pattern, parse, parse_event_pattern
from scanner.pattern.language.nodes import ANY, Compare, Steps
from scanner.replay.deployment.deployed import (
    DeployedFilter,
    DeployedGroup,
    DeployedMute,
    DeployedRule,
    DeployedTrail,
    Deployment,
    Watch,
)
from scanner.resources.monitoring.eventbridge.event_rules import listed_rules, rules_listed
from scanner.resources.monitoring.logs import watched_log_group_rows
from scanner.resources.trails.cloudtrail import EVENT_SELECTORS, TRAIL
from scanner.snapshot.answers import Snapshot
from scanner.times import parse_time, rfc3339

NEEDED = (LIST_TRAILS, EVENT_SELECTORS.operation, LIST_FILTERS, LIST_ALARMS)
"""The operations without whose answers nothing can be replayed."""

_MINUTE = 60_000

_OVERDUE = timedelta(days=1)
"""After how long without a delivery a trail may not deliver, as routes ask by default."""

_SELECTORS = ("EventSelectors", "AdvancedEventSelectors")
_HEARS_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
_ENABLED = frozenset({"ENABLED", _HEARS_READS})


def read_deployment(snapshot: Snapshot) -> Deployment:
    """What the snapshot shows deployed in all of its accounts.

    Raises UsageError when operations of ``NEEDED`` were never asked: there is nothing to replay through then.
    """
    trails: dict[str, DeployedTrail] = {}
    seeing: dict[str, set[str]] = {}
    groups: dict[str, DeployedGroup] = {}
    watches: list[Watch] = []
    rules: list[DeployedRule] = []
    hidden: dict[str, str] = {}
    hidden_rules: dict[tuple[str, str], str] = {}
    unasked: set[str] = set()
    for account in sorted(snapshot.accounts):
        audit = audit_alarms(snapshot, account)
        seen = TRAIL.view(snapshot, account)
        gaps = _own_gaps(snapshot, account, audit, seen)
        unasked.update(gap.operation for gap in gaps if gap.kind is GapKind.NOT_COLLECTED)
        if seen.gaps:
            hidden[account] = seen.gaps[0].reason
        for row in seen.rows:
            if row.data.get("IsOrganizationTrail") is True:
                seeing.setdefault(row.id, set()).add(account)
            if row.id not in trails or row.data.get("Owned") is True:
                trails[row.id] = _trail(row, snapshot.time_of(account))
        for group in _groups(snapshot, account, audit):
            groups[group.arn] = group
        watches += _watches(snapshot, account, audit)
        rules += _rules(snapshot, account, hidden_rules)
    lacking = [operation for operation in NEEDED if operation in unasked]
    if lacking:
        raise UsageError(
            f"The snapshot does not hold what replaying needs: {', '.join(lacking)} was not asked.",
            "Record it with the rules about routes: `trailwitness collect --rule route -o DIR`.",
        )
    return Deployment(
        accounts=frozenset(snapshot.accounts),
        trails=tuple(replace(trails[arn], members=frozenset(seeing.get(arn, ()))) for arn in sorted(trails)),
        groups=tuple(map(groups.__getitem__, sorted(groups))),
        watches=tuple(watches),
        rules=tuple(sorted(rules, key=lambda rule: rule.arn)),
        hidden=hidden,
        hidden_rules=hidden_rules,
    )


def _own_gaps(snapshot: Snapshot, account: str, audit: AuditAlarms, seen: View) -> Iterator[Gap]:
    """The gaps in what an account itself could have been asked; what other accounts own it cannot tell."""
    yield from seen.gaps
    for row in seen.rows:
        yield from (row.gaps[name] for name in _SELECTORS if name in row.gaps and row.data.get("Owned") is True)
    for group in audit.groups:
        if group.account == account:
            asked = (snapshot.ask(account, group.region, LIST_FILTERS, {"logGroupName": group.name}).gap,)
            yield from (gap for gap in (*asked, audit.every.gap_in(group.region)) if gap is not None)


def _trail(row: Row, now: datetime) -> DeployedTrail:
    arn, name = parse_arn(row.id), str(row.data.get("Name") or row.id)
    status, selectors = row.data.get("Status"), {each: row.data.get(each) or [] for each in _SELECTORS}
    gap = next((row.gaps[each] for each in ("Status", *_SELECTORS) if each in row.gaps), None)
    status = status if isinstance(status, Mapping) else {}
    logging = status.get("IsLogging")
    error = status.get("LatestCloudWatchLogsDeliveryError")
    return DeployedTrail(
        arn=row.id,
        name=name,
        account=arn.account if arn is not None else row.account,
        home=row.region,
        group=log_group_arn(str(row.data.get("CloudWatchLogsLogGroupArn") or "")),
        multi_region=row.data.get("IsMultiRegionTrail") is True,
        global_services=row.data.get("IncludeGlobalServiceEvents") is not False,
        selectors=selectors,
        custom=row.data.get("HasCustomEventSelectors") is not False,
        off=f"trail {name} is not logging" if gap is None and logging is not True else "",
        unknown=f"what trail {name} records is not known: {gap.reason}" if gap is not None else "",
        undelivered=f"trail {name} cannot deliver to CloudWatch Logs: {error}" if error else "",
        undelivered_perhaps=_overdue(status, name, now) if gap is None else "",
    )


def _overdue(status: Mapping[str, Any], name: str, now: datetime) -> str:
    """Why a trail may not deliver to CloudWatch Logs: it last did too long ago, or never since it was started."""
    delivered = parse_time(status.get("LatestCloudWatchLogsDeliveryTime"))
    started = parse_time(status.get("StartLoggingTime"))
    times = [moment for moment in (delivered, started) if moment is not None]
    if any(now - moment <= _OVERDUE for moment in times):
        return ""
    when = f"last delivered to CloudWatch Logs at {rfc3339(delivered)}" if delivered else "never delivered there"
    return f"trail {name} may not deliver to CloudWatch Logs: when the snapshot was collected it had {when}"


def _groups(snapshot: Snapshot, account: str, audit: AuditAlarms) -> Iterator[DeployedGroup]:
    trailless = {group.arn for group in audit.groups if group.listed is not None}
    filters: dict[str, list[DeployedFilter]] = {}
    for each in audit.filters.filters:
        filters.setdefault(each.group.arn, []).append(read_filter(each))
    for row in watched_log_group_rows(snapshot, account, audit.visible):
        owner = str(row.data.get("Account"))
        if owner != account and owner in snapshot.accounts:
            continue  # its own facts tell of it
        found = _group(row, tuple(filters.get(row.id, ())), audit.filters.hidden.get(row.id))
        piped = "" if found.off else _piped(piping(snapshot, found.account, found.region), found.name)
        yield replace(found, trailless=row.id in trailless, piped=piped)


def _piped(found: Piping | None, name: str) -> str:
    """What may change the events of a log group before its filters read them."""
    if found is not None and found.gap is not None:
        return f"whether telemetry pipelines change the events in log group {name} is not known: {found.gap.reason}"
    if found is None or not found.pipelines:
        return ""
    pipelines = ", ".join(found.pipelines)
    return (
        f"telemetry pipeline {pipelines} may change the events, or take them away, before filters of {name} read them"
    )


def _group(row: Row, filters: tuple[DeployedFilter, ...], hidden: Gap | None) -> DeployedGroup:
    name, region = str(row.data.get("logGroupName") or row.id), str(row.data.get("Region"))
    off, unknown, kind = "", "", row.data.get("logGroupClass") or "STANDARD"
    gap = row.gaps.get("Exists")
    if gap is not None:
        unknown = f"log group {name} could not be looked at: {gap.reason}"
    elif row.data.get("Exists") is not True:
        off = f"log group {name} does not exist"
    elif kind != "STANDARD":
        off = f"log group {name} is of class {kind}, on which metric filters do not run"
    elif hidden is not None:
        unknown = f"the metric filters of log group {name} are not known: {hidden.reason}"
    return DeployedGroup(row.id, name, str(row.data.get("Account")), region, filters, off, unknown)


def read_filter(listed: ListedFilter) -> DeployedFilter:
    """A metric filter as records meet it."""
    transformation, told = _transformation(listed)
    pattern, off = _pattern(listed.pattern)
    metric = transformation.possible if transformation is not None else None
    value, dimensions = _value(told.get("metricValue")), _dimensions(told.get("dimensions"))
    unknown = _unknown(listed, value, dimensions)
    if not off and metric is None:
        off = f"metric filter {listed.name} publishes no metric"
    if not off and isinstance(value, str):
        off = f"metric filter {listed.name} publishes nothing: its metric value {value} is neither a number nor a field"
    created = listed.data.get("creationTime")
    return DeployedFilter(
        name=listed.name,
        group=listed.group.arn,
        account=listed.group.account,
        region=listed.group.region,
        pattern=pattern,
        metric=metric,
        value=0.0 if isinstance(value, str) else value,
        dimensions=dimensions or (),
        created=created // _MINUTE if isinstance(created, int) and "creationTime" not in listed.unknown else None,
        off=off,
        unknown=unknown,
    )


def _transformation(listed: ListedFilter) -> tuple[MetricTransformation | None, Mapping[str, Any]]:
    told = listed.data.get("metricTransformations")
    first: Mapping[str, Any] = told[0] if isinstance(told, list) and told else {}
    return (listed.transformations[0] if listed.transformations else None), first


def _pattern(text: str | None) -> tuple[Pattern | None, str]:
    """The pattern of a filter, or a clause about why CloudWatch Logs rejects it."""
    try:
        return (parse(text) if text is not None else None), ""
    except PatternError as error:
        return None, f"its pattern is one that CloudWatch Logs rejects: {error.message.rstrip('.')}"


def _unknown(listed: ListedFilter, value: float | Steps | str, dimensions: object) -> str:
    """Why it is not known what the filter publishes of a record."""
    subject = f"metric filter {listed.name}"
    gap = next((listed.unknown[name] for name in sorted(listed.unknown) if name != "creationTime"), None)
    if gap is not None:
        return f"what {subject} matches is not known: {gap.reason}"
    if listed.pattern is None:
        return f"the pattern of {subject} is not known"
    if listed.transformed:
        return f"{subject} reads transformed log events, in which CloudTrail's fields need not exist"
    if listed.criteria:
        return f"{subject} is limited by field selection criteria ({listed.criteria}), which are not replayed"
    if listed.data.get("emitSystemFieldDimensions") or dimensions is None:
        return f"{subject} has dimensions that are not replayed"
    return f"the metric value of {subject} is not replayed" if value == () else ""


def _value(told: Any) -> float | Steps | str:
    """What a match publishes: a number, the field that holds it, or the text that is neither."""
    number = read_number(told)
    if number is not None:
        return number
    return (_steps(told) if isinstance(told, str) and told.startswith("$") else None) or str(told)


def _dimensions(told: Any) -> tuple[tuple[str, Steps], ...] | None:
    """The fields of dimensions by their names; None when one is not such a field."""
    found: list[tuple[str, Steps]] = []
    for name, text in sorted(told.items()) if isinstance(told, Mapping) else ():
        steps = _steps(text) if isinstance(text, str) else None
        if steps is None:
            return None
        found.append((str(name), steps))
    return tuple(found)


def _steps(selector: str) -> Steps | None:
    """The steps of a selector such as ``$.awsRegion``; None for another text, and for one with a wildcard."""
    try:
        pattern = parse(f"{{ {selector} = * }}")
    except PatternError:
        return None
    expr = pattern.expr if isinstance(pattern, JsonPattern) else None
    return expr.selector.steps if isinstance(expr, Compare) and ANY not in expr.selector.steps else None


def _watches(snapshot: Snapshot, account: str, audit: AuditAlarms) -> Iterator[Watch]:
    regions = {group.region for group in audit.groups if group.account == account} | set(audit.every.regions)
    for region in sorted(regions):
        gap = audit.every.gap_in(region)
        published = [
            each for each in audit.filters.filters if (each.group.account, each.group.region) == (account, region)
        ]
        namespaces = {told.possible.namespace for each in published for told in each.transformations if told.possible}
        alarms = tuple(each.alarm for each in audit.every.in_region(region))
        mutes = region_mutes(snapshot, account, region)
        named = {rule.name: rule for alarm in alarms for rule in mutes.rules.over(alarm.name).rules}
        deployed: list[DeployedMute] = []
        for name in sorted(named):
            told = snapshot.ask(account, region, MUTE_RULE.operation, {"AlarmMuteRuleName": name}).first
            deployed.append(
                DeployedMute(named[name], parse_time(told.get("StartDate")), parse_time(told.get("ExpireDate")))
            )
        yield Watch(
            account=account,
            region=region,
            alarms=alarms,
            mutes=tuple(deployed),
            unknown=f"the alarms of {account}/{region} are not known: {gap.reason}" if gap is not None else "",
            unknown_mutes="" if mutes.gap is None else f"mute rules are not known: {mutes.gap.reason}",
            seen_from=frozenset(_seen_from(snapshot, account, region, namespaces)),
            seen_perhaps=_seen_perhaps(snapshot, account, region) if namespaces else "",
            collected=int(snapshot.time_of(account).timestamp()) // 60,
        )


def _seen_from(snapshot: Snapshot, account: str, region: str, namespaces: Collection[str]) -> Iterator[str]:
    """The other accounts of the snapshot that see, or may see, metrics of an account."""
    for other in sorted(set(snapshot.accounts) - {account}):
        shared = (metrics_shared(snapshot, account, other, region, each) for each in sorted(namespaces))
        if any(each.verdict is not Outcome.FAIL for each in shared):
            yield other


def _seen_perhaps(snapshot: Snapshot, account: str, region: str) -> str:
    """Why accounts that were not looked at may watch metrics of an account; "" where none can."""
    gap = snapshot.ask(account, region, LINK_LISTING.operation).gap
    if gap is not None and gap.kind not in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}:
        return f"with which accounts {account} shares its metrics in {region} is not known: {gap.reason}"
    linked = [each.account for each in monitoring_accounts(snapshot, account, region)]
    unseen = [other for other in linked if other not in snapshot.accounts and other != account]
    told = f"account {account} shares its metrics in {region} with account"
    return f"{told} {', '.join(unseen)}, whose alarms were not looked at" if unseen else ""


def _rules(snapshot: Snapshot, account: str, hidden: dict[tuple[str, str], str]) -> Iterator[DeployedRule]:
    for region in snapshot.regions(account):
        answer = rules_listed(snapshot, account, region)
        if answer.gap is not None and answer.gap.kind is not GapKind.REGION_OFF:
            hidden[account, region] = f"the EventBridge rules of {account}/{region} are not known: {answer.gap.reason}"
    for rule in listed_rules(snapshot, account):
        if rule.pattern is None:
            continue  # one on a schedule hears no events
        pattern, fault = _event_pattern(rule.pattern)
        state = rule.state if rule.state in {*_ENABLED, "DISABLED"} else None
        yield DeployedRule(
            arn=str(Arn(snapshot.partition, "events", rule.region, account, f"rule/{rule.name}")),
            name=rule.name,
            account=account,
            region=rule.region,
            pattern=pattern,
            reads=state == _HEARS_READS,
            off=f"EventBridge rule {rule.name} is disabled" if state == "DISABLED" else "",
            unknown=fault or ("" if state else f"AWS does not say whether EventBridge rule {rule.name} is enabled"),
        )


def _event_pattern(told: Mapping[str, Any]) -> tuple[EventPattern | None, str]:
    try:
        return parse_event_pattern(told), ""
    except PatternError as error:
        return None, f"its event pattern is not understood: {error.message.rstrip('.')}"
