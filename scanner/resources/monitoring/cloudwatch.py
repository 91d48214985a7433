"""CloudWatch: the alarms beside the audit log groups, and those among them that watch audit metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.alarms.composite_rule import (
    AlarmRule,
    AlarmRuleError,
    State,
    alarm_name,
    composite_states,
    parse_alarm_rule,
)
from scanner.alarms.metric import PublishedMetric, any_metric, dimension_values, published_metric
from scanner.alarms.reach import AlarmVerdict, Reach, can_enter_alarm, metric_queries
from scanner.audit_path.stores import AuditLogGroup, audit_log_groups, mappings, visible_trails
from scanner.errors import PatternError
from scanner.facts.rows import ResourceType, Row, View, view_of
from scanner.model import CallKey, Gap, GapKind, Source
from scanner.pattern import CoverageVerdict, covers, parse
from scanner.resources.monitoring.logs import metric_filter_view
from scanner.snapshot.answers import Snapshot

ALARM_ARGUMENTS: Mapping[str, Any] = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}

MOST_EVENTS = 100
"""How many events within one period are tried before an alarm counts as unreachable."""

_DEFAULTS: Mapping[str, Any] = {"AlarmActions": [], "AlarmRule": None, "MetricName": None, "Namespace": None}

_REACH_FIELDS = ("CanEnterAlarm", "EventsToAlarm", "Reachability")


def alarm_view(snapshot: Snapshot, account: str) -> View:
    """One row for each metric and composite alarm in the Regions of the log groups that trails deliver to.

    Rows hold AWS's own members. Source: CloudWatch API reference, ``DescribeAlarms``, ``MetricAlarm``,
    ``CompositeAlarm``.
    """
    visible = visible_trails(snapshot, account)
    rows: list[Row] = []
    gaps = list(visible.gaps)
    for region in sorted({group.region for group in audit_log_groups(visible)}):
        answer = snapshot.ask(account, region, "cloudwatch.DescribeAlarms", ALARM_ARGUMENTS)
        if answer.gap is not None:
            gaps.append(answer.gap)
        for member in ("MetricAlarms", "CompositeAlarms"):
            for pointer, listed in mappings(answer, member):
                rows.append(_alarm_row(account, region, listed, member, Source(answer.key, pointer)))
    return view_of(rows, gaps)


def _alarm_row(account: str, region: str, listed: Mapping[str, Any], member: str, source: Source) -> Row:
    data = {
        **_DEFAULTS,
        **listed,
        "Kind": "metric" if member == "MetricAlarms" else "composite",
        "StateSince": listed.get("StateTransitionedTimestamp") or listed.get("StateUpdatedTimestamp"),
        "Region": region,
    }
    identity = str(listed.get("AlarmArn") or listed.get("AlarmName") or "")
    return Row("cloudwatch.alarm", account, region, identity, data, (source,))


def audit_alarm_view(snapshot: Snapshot, account: str) -> View:
    """One row for each metric alarm on a metric that a filter of an audit log group publishes, or on the group itself.

    Alarm and filter meet in one account and Region by namespace and name of the metric; whether the dimensions agree
    too is part of whether the alarm can be reached. Only log groups of the scanned account count: a filter
    elsewhere publishes its metric there. An alarm on what a group receives is its heartbeat. Source: CloudWatch Logs User
    Guide, "Monitoring with CloudWatch metrics" (``AWS/Logs``, dimension ``LogGroupName``).
    """
    groups = _own_groups(snapshot, account)
    regions = {group.region for group in groups}
    filters = metric_filter_view(snapshot, account)
    alarms = alarm_view(snapshot, account)
    rows = []
    for region in sorted(regions):
        local = [row for row in alarms.rows if row.region == region]
        published = _Published([row for row in filters.rows if row.region == region])
        hidden = next((gap for gap in alarms.gaps if gap.region == region), None)
        composites = _Composites([row for row in local if row.data["Kind"] == "composite"], hidden)
        here = {group.name for group in groups if group.region == region}
        for row in local:
            heard = sorted(here & heartbeat_groups(row.data))
            if row.data["Kind"] == "metric" and (heard or published.filters_of(row.data)):
                rows.append(_audit_row(row, published, composites, heard))
    names = {(group.region, group.name) for group in groups}
    gaps = [gap for gap in filters.gaps if _matters(gap, names)]
    gaps += [gap for gap in alarms.gaps if gap.region in regions]
    return view_of(rows, gaps)


def _own_groups(snapshot: Snapshot, account: str) -> list[AuditLogGroup]:
    visible = visible_trails(snapshot, account)
    return [group for group in audit_log_groups(visible) if group.account == account]


def _matters(gap: Gap, names: set[tuple[str, str]]) -> bool:
    """Whether a gap of the filters can hide a filter of the account's own log groups."""
    group = gap.arguments.get("logGroupName")
    return group is None or (gap.region, group) in names


class _Published:
    """The metrics that the filters of one Region publish."""

    def __init__(self, filters: Sequence[Row]) -> None:
        self._by_metric: dict[tuple[str, str], list[tuple[Row, Mapping[str, Any]]]] = {}
        self.metrics: list[PublishedMetric] = []
        for row in filters:
            for item in row.data["metricTransformations"]:
                name = (str(item.get("metricNamespace")), str(item.get("metricName")))
                self._by_metric.setdefault(name, []).append((row, item))
                metric = any_metric(item, row.data["logGroupArn"], row.data["emitSystemFieldDimensions"])
                if metric is not None:
                    self.metrics.append(metric)

    def filters_of(self, alarm: Mapping[str, Any]) -> list[tuple[Row, Mapping[str, Any]]]:
        """The filters and transformations that publish a metric the alarm names."""
        return [pair for name in _named_metrics(alarm) for pair in self._by_metric.get(name, ())]


def _named_metrics(alarm: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Namespace and name of every metric an alarm reads in its own account, each once."""
    named: list[Any] = [alarm]
    queries = alarm.get("Metrics")
    for query in queries if isinstance(queries, list) else []:
        # A query with an account id may read the metric of another account.
        if isinstance(query, Mapping) and query.get("AccountId") in (None, _account_of(alarm)):
            stat = query.get("MetricStat")
            named.append(stat.get("Metric") if isinstance(stat, Mapping) else None)
    metrics = [item for item in named if isinstance(item, Mapping) and item.get("MetricName")]
    return list(dict.fromkeys((str(item.get("Namespace")), str(item["MetricName"])) for item in metrics))


def _account_of(alarm: Mapping[str, Any]) -> str:
    parts = str(alarm.get("AlarmArn") or "").split(":")
    return parts[4] if len(parts) > 4 else ""


def _audit_row(row: Row, published: _Published, composites: "_Composites", heard: list[str]) -> Row:
    pairs = published.filters_of(row.data)
    data = {
        **row.data,
        "Filters": sorted({str(filter_row.data["filterName"]) for filter_row, _ in pairs}),
        "PublishesDefault": any(item.get("defaultValue") is not None for _, item in pairs),
        "HeartbeatOf": heard,
        "CountsSignInFailures": bool(pairs)
        and all(matches_only_failed_sign_ins(filter_row.data["filterPattern"]) for filter_row, _ in pairs),
    }
    gaps: dict[str, Gap] = {}
    reach = _reach(row.data, pairs, published.metrics)
    if reach.undetermined:
        reason = f"Whether alarm {row.data.get('AlarmName')} can enter ALARM cannot be told: {reach.reason}"
        gaps = dict.fromkeys(_REACH_FIELDS, _undecided(row, reason))
    else:
        data |= {"CanEnterAlarm": reach.events == 1, "EventsToAlarm": reach.events, "Reachability": reach.reason}
    actions = composites.actions_on(str(row.data.get("AlarmName")))
    if actions or not (composites.unread or composites.hidden):
        data["ParentActions"] = actions
    elif composites.hidden:
        gaps["ParentActions"] = composites.hidden
    else:
        reason = f"The rule of composite alarm {composites.unread[0]} is not understood"
        gaps["ParentActions"] = _undecided(row, reason)
    sources = tuple(dict.fromkeys([*row.sources, *(source for pair in pairs for source in pair[0].sources)]))
    cites = {"ParentActions": composites.sources}
    return Row("cloudwatch.audit_alarm", row.account, row.region, row.id, data, sources, gaps, cites)


def heartbeat_groups(alarm: Mapping[str, Any]) -> set[str]:
    """The log groups whose incoming events or bytes an alarm watches: it falls silent, or into ALARM, when they do."""
    named = [query["MetricStat"].get("Metric") for query in metric_queries(alarm) if _is_own_stat(alarm, query)]
    return {
        value
        for metric in named
        if isinstance(metric, Mapping)
        and metric.get("Namespace") == "AWS/Logs"
        and metric.get("MetricName") in {"IncomingLogEvents", "IncomingBytes"}
        for name, value in dimension_values(metric.get("Dimensions")).items()
        if name == "LogGroupName"
    }


def _is_own_stat(alarm: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    return isinstance(query.get("MetricStat"), Mapping) and query.get("AccountId") in (None, _account_of(alarm))


_SIGN_IN_FAILURES = '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'


@lru_cache(maxsize=4096)
def matches_only_failed_sign_ins(text: str | None) -> bool:
    """Whether a filter pattern certainly matches nothing but failed console sign-ins."""
    # Most patterns do not name the message at all; comparing takes a thousand times as long.
    if not isinstance(text, str) or "Failed" not in text:
        return False
    try:
        pattern = parse(text)
    except PatternError:
        return False
    return covers(pattern, [parse(_SIGN_IN_FAILURES)], realistic=True).verdict is CoverageVerdict.COVERED


def _undecided(row: Row, reason: str) -> Gap:
    key = CallKey(row.account, row.region, "cloudwatch.DescribeAlarms", ALARM_ARGUMENTS)
    return Gap(key=key, kind=GapKind.ERROR, reason=reason)


@dataclass(frozen=True, slots=True)
class _Reached:
    """The fewest events of one period that put an alarm into ALARM (None: no number tried), and why."""

    events: int | None
    reason: str
    undetermined: bool = False


def _reach(
    alarm: Mapping[str, Any],
    pairs: Sequence[tuple[Row, Mapping[str, Any]]],
    metrics: Sequence[PublishedMetric],
) -> _Reached:
    """The best that any metric the alarm reads can do."""
    if not pairs:
        return _Reached(None, "no metric filter publishes the metric it watches")
    results = [
        _reach_by(
            alarm, published_metric(item, row.data["logGroupArn"], row.data["emitSystemFieldDimensions"]), metrics
        )
        for row, item in pairs
    ]
    reached = [result for result in results if result.events is not None]
    if reached:
        return min(reached, key=lambda result: result.events or 0)
    return next((result for result in results if result.undetermined), results[0])


def _reach_by(alarm: Mapping[str, Any], burst: PublishedMetric | str, metrics: Sequence[PublishedMetric]) -> _Reached:
    if isinstance(burst, str):
        return _Reached(None, f"of the metric filter, {burst}")

    def outcome(events: int) -> Reach:
        return can_enter_alarm(alarm, burst, metrics, occurrences=events)

    first, most = outcome(1), outcome(MOST_EVENTS)
    if first.verdict is AlarmVerdict.CAN:
        return _Reached(1, first.reason)
    if first.verdict is AlarmVerdict.CANNOT and most.verdict is AlarmVerdict.CAN:
        low, high = 1, MOST_EVENTS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if outcome(middle).verdict is AlarmVerdict.CAN else (middle, high)
        return _Reached(high, outcome(high).reason)
    return _Reached(None, first.reason, undetermined=AlarmVerdict.UNDETERMINED in {first.verdict, most.verdict})


class _Composites:
    """The composite alarms of one Region: which actions follow when a single other alarm goes off.

    ``hidden`` is a gap of the listing, in which there may be more of them.
    """

    def __init__(self, rows: Sequence[Row], hidden: Gap | None) -> None:
        self.hidden = hidden
        self._rules: dict[str, AlarmRule] = {}
        self._actions: dict[str, list[str]] = {}
        self._suppressors: dict[str, str] = {}
        unread: list[str] = []
        for row in rows:
            name, actions = str(row.data.get("AlarmName")), row.data.get("AlarmActions")
            try:
                self._rules[name] = parse_alarm_rule(str(row.data.get("AlarmRule") or ""), row.account, row.region)
            except AlarmRuleError:
                unread.append(name)
                continue
            if row.data.get("ActionsEnabled") is True and isinstance(actions, list):
                self._actions[name] = [str(action) for action in actions]
            if isinstance(row.data.get("ActionsSuppressor"), str):
                self._suppressors[name] = alarm_name(row.data["ActionsSuppressor"], row.account, row.region)
        self.unread = tuple(unread)
        self.sources = tuple(source for row in rows for source in row.sources)

    def actions_on(self, alarm: str) -> list[str]:
        """The actions of every composite alarm that goes into ALARM with this alarm alone, and not without it.

        A composite alarm does not act while its suppressor is in ALARM too.
        """

        def quiet(_: str) -> State:
            return "OK"

        def fired(name: str) -> State:
            return "ALARM" if name == alarm else "OK"

        before, after = composite_states(self._rules, quiet), composite_states(self._rules, fired)
        turning = [
            name
            for name in sorted(self._actions)
            if before(name) != "ALARM" and after(name) == "ALARM" and not self._suppressed(name, after)
        ]
        return sorted({action for name in turning for action in self._actions[name]})

    def _suppressed(self, name: str, state: Callable[[str], State]) -> bool:
        return name in self._suppressors and state(self._suppressors[name]) == "ALARM"


_ALARM_FIELDS: Mapping[str, str] = {
    "AlarmName": "Name of the alarm.",
    "AlarmArn": "ARN of the alarm.",
    "AlarmDescription": "Description; absent without one.",
    "Region": "Region of the alarm.",
    "Kind": "metric or composite.",
    "ActionsEnabled": "Whether its actions are carried out.",
    "AlarmActions": "ARNs of the actions taken when it goes into ALARM; [] without any.",
    "OKActions": "ARNs of the actions taken when it goes back to OK.",
    "InsufficientDataActions": "ARNs of the actions taken when its data runs out.",
    "AlarmRule": "Rule of a composite alarm; null for a metric alarm.",
    "ActionsSuppressor": "Alarm that keeps a composite alarm from acting; absent without one.",
    "StateValue": "OK, ALARM or INSUFFICIENT_DATA.",
    "StateReason": "Why it is in that state.",
    "StateSince": "When its state last changed, or was last updated where AWS does not say.",
    "MetricName": "Name of its metric; null for a composite alarm or metric math.",
    "Namespace": "Namespace of its metric; null for a composite alarm or metric math.",
    "Dimensions": "Dimensions of its metric, as objects {Name, Value}.",
    "Statistic": "Statistic compared with the threshold.",
    "ExtendedStatistic": "Percentile compared with the threshold; absent with a plain statistic.",
    "Period": "Seconds over which the statistic is computed.",
    "EvaluationPeriods": "Number of periods it looks at.",
    "DatapointsToAlarm": "Number of those that must breach; absent when all must.",
    "Threshold": "The threshold.",
    "ComparisonOperator": "How the statistic is compared with the threshold.",
    "TreatMissingData": "What a period without data counts as; absent means missing.",
    "Unit": "Unit of the metric; absent when any counts.",
    "Metrics": "Metrics and expressions of an alarm on metric math.",
}

ALARM = ResourceType(
    name="cloudwatch.alarm",
    title="Alarm in a Region where a trail delivers to a log group",
    view=alarm_view,
    fields=_ALARM_FIELDS,
)

AUDIT_ALARM = ResourceType(
    name="cloudwatch.audit_alarm",
    title="Alarm on a metric that a filter of an audit log group publishes, or on what the group receives",
    view=audit_alarm_view,
    fields={
        **_ALARM_FIELDS,
        "Filters": "Names of the metric filters that publish its metric.",
        "PublishesDefault": "Whether one of them publishes a default value when events arrive and none matches.",
        "HeartbeatOf": "Audit log groups whose incoming events or bytes it watches; [] for an alarm on a filter's metric.",
        "CountsSignInFailures": "Whether the filters of its metric match nothing but failed console sign-ins.",
        "CanEnterAlarm": "Whether one event puts it into ALARM, and it is quiet without one.",
        "EventsToAlarm": f"Fewest events in one period that put it into ALARM; null when up to {MOST_EVENTS} do not.",
        "Reachability": "Why it can, or cannot, enter ALARM, as a clause.",
        "ParentActions": "ARNs of the actions of composite alarms that go into ALARM with this alarm alone.",
    },
)
