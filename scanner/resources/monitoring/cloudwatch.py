"""CloudWatch: the alarms beside the audit log groups, and those among them that watch audit metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.composites import Composites
from scanner.alarms.metric import MetricTransformation, PublishedMetric
from scanner.alarms.reach import AlarmVerdict, Reach, can_enter_alarm
from scanner.audit_path.histories.alarm_history import alarm_history, entered_alarm, history_items
from scanner.audit_path.mute_rules import RegionMutes, region_mutes
from scanner.audit_path.places import ALARM_HISTORY, ALARM_LISTING, EVENT_LOG_GROUP_LISTING, TRAIL_LISTING
from scanner.audit_path.stores import visible_trails
from scanner.audit_path.watching import (
    AuditAlarm,
    AuditAlarms,
    ListedAlarm,
    ListedFilter,
    audit_alarms,
    listed_alarms,
)
from scanner.errors import PatternError
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.model import Gap, Source
from scanner.pattern import CoverageVerdict, covers, parse
from scanner.resources.monitoring.logs import METRIC_FILTER
from scanner.resources.monitoring.silence import SILENCE_FIELDS, Silence, gap_in_alarms, silence_of
from scanner.snapshot.answers import Answer, Snapshot
from scanner.times import parse_time, rfc3339

MOST_EVENTS = 100
"""How many events within one period are tried before an alarm counts as unreachable."""

_MAY_LAST = ("ALARM", "INSUFFICIENT_DATA")
"""States in which an alarm that stays long tells nobody of anything new."""

_REACH_FIELDS = ("CanEnterAlarm", "EventsToAlarm", "Reachability")


def alarm_view(snapshot: Snapshot, account: str) -> View:
    """One row for each metric, composite and log alarm in the Regions of log groups that management events reach.

    Rows hold AWS's own members. Source: CloudWatch API reference, ``DescribeAlarms``, ``MetricAlarm``,
    ``CompositeAlarm``, ``LogAlarm``.
    """
    listed = listed_alarms(snapshot, account, visible_trails(snapshot, account))
    return view_of([_alarm_row(each) for each in listed.alarms], list(listed.gaps))


def _alarm_row(listed: ListedAlarm) -> Row:
    alarm = listed.alarm
    data, gaps = _facts(alarm), _gaps(alarm)
    return Row("cloudwatch.alarm", alarm.account, alarm.region, alarm.identity, data, (listed.source,), gaps)


def _facts(alarm: Alarm) -> dict[str, Any]:
    settings = alarm.settings
    kind = "composite" if alarm.rule is not None else "log" if alarm.log is not None else "metric"
    data = {**settings, "Kind": kind, "Region": alarm.region}
    if "StateSince" not in _gaps(alarm):
        data["StateSince"] = alarm.state_since
    return data


def _gaps(alarm: Alarm) -> dict[str, Gap]:
    """The gaps of AWS's members, and of what is made of them."""
    gaps = dict(alarm.unknown)
    for name in ("StateTransitionedTimestamp", "StateUpdatedTimestamp"):
        if name in gaps:
            gaps["StateSince"] = gaps[name]
    if parse_time(alarm.state_since) is None and alarm.settings.get("StateValue") in _MAY_LAST:
        untold = f"AWS does not say since when alarm {alarm.name} has been in its state"
        gaps.setdefault("StateSince", gap_in_alarms(alarm, untold))
    return gaps


def audit_alarm_view(snapshot: Snapshot, account: str) -> View:
    """One row for each metric alarm on a metric that a filter of an audit log group publishes, or on the group itself.

    Only log groups of the scanned account count. An alarm on what a group receives is its heartbeat.
    """
    audit = audit_alarms(snapshot, account)
    rows: list[Row] = []
    for region in sorted({each.listed.alarm.region for each in audit.alarms}):
        history = alarm_history(snapshot, account, region)
        around = _Around(audit, region, region_mutes(snapshot, account, region), history)
        rows += [around.row(each) for each in audit.alarms if each.listed.alarm.region == region]
    return view_of(rows, list(audit.gaps))


class _Around:
    """What the alarms of one Region are judged beside: every metric that filters publish, and the composite alarms.

    ``hidden`` is a gap of the listing, in which there may be more composite alarms.
    """

    def __init__(self, audit: AuditAlarms, region: str, mutes: RegionMutes, history: Answer) -> None:
        self._history = history
        self._entered = entered_alarm(history_items(history))
        local = audit.every.composites(region)
        self._mutes = mutes
        every = [each.alarm for each in audit.every.in_region(region)]
        told = (alarm for alarm in every if alarm.settings.get("StateValue") and "StateValue" not in alarm.unknown)
        self._in_alarm = {alarm.name: alarm.in_alarm for alarm in told}
        self._composites = Composites(each.alarm for each in local)
        self._sources = tuple(each.source for each in local)
        self._hidden = next((gap for gap in audit.every.gaps if gap.region == region), None)
        self._metrics: list[PublishedMetric] = []
        for each in audit.filters.filters:
            if each.group.region == region:
                self._metrics += _possible(each)

    def row(self, audit: AuditAlarm) -> Row:
        """The row of an audit alarm."""
        alarm, pairs = audit.listed.alarm, audit.filters
        filters = [each for each, _ in pairs]
        transformations = [transformation for _, transformation in pairs]
        data = {
            **_facts(alarm),
            "Filters": sorted({each.name for each in filters}),
            "PublishesDefault": any(map(_has_default, transformations)),
            "HeartbeatOf": list(audit.heartbeats),
        }
        gaps = _gaps(alarm)
        counts = _counts_sign_in_failures(filters)
        if isinstance(counts, Gap):
            gaps["CountsSignInFailures"] = counts
        else:
            data["CountsSignInFailures"] = counts
        reach = _reach(alarm, pairs, self._metrics)
        if reach.undetermined:
            reason = f"Whether alarm {alarm.name} can enter ALARM cannot be told: {reach.reason}"
            gaps |= dict.fromkeys(_REACH_FIELDS, alarm.unsettled or gap_in_alarms(alarm, reason))
        else:
            data |= {"CanEnterAlarm": reach.events == 1, "EventsToAlarm": reach.events, "Reachability": reach.reason}
        above = self._above(alarm)
        if isinstance(above, Gap):
            gaps["ParentActions"] = above
        else:
            data["ParentActions"] = above
        silence = self._silence(alarm)
        data |= silence.data
        gaps |= silence.gaps
        if self._history.gap is not None:
            gaps["EnteredAlarm"] = self._history.gap
        else:
            data["EnteredAlarm"] = [rfc3339(moment) for moment in reversed(self._entered.get(alarm.name, ()))]
        muted = (*self._mutes.sources, *self._sources)
        told = (Source(self._history.key, ""),)
        cites = {
            "EnteredAlarm": told,
            "ParentActions": self._sources,
            **dict.fromkeys(SILENCE_FIELDS, muted),
            "SuppressedBy": self._sources,
        }
        return Row(
            "cloudwatch.audit_alarm", alarm.account, alarm.region, alarm.identity, data, audit.sources, gaps, cites
        )

    def _silence(self, alarm: Alarm) -> Silence:
        """What keeps the alarm, or the composite alarms that act for it, from acting."""
        above = self._composites.acting_on(alarm.name)
        return silence_of(alarm, above, self._in_alarm, self._mutes, self._hidden or self._unread(alarm))

    def _unread(self, alarm: Alarm) -> Gap | None:
        """A gap for a composite alarm that may act for the alarm, as its rule is not understood."""
        unread = self._composites.unread
        return gap_in_alarms(alarm, f"The rule of composite alarm {unread[0]} is not understood") if unread else None

    def _above(self, alarm: Alarm) -> list[str] | Gap:
        """The actions of composite alarms that go into ALARM with an alarm alone, or why they are not known."""
        actions = self._composites.actions_on(alarm.name)
        if actions:
            return actions
        if self._hidden is not None:
            return self._hidden
        return self._unread(alarm) or []


def _counts_sign_in_failures(filters: Sequence[ListedFilter]) -> bool | Gap:
    """Whether all these filters match nothing but failed sign-ins; a gap when that depends on a pattern not known."""
    unread: list[Gap] = []
    for each in filters:
        if "filterPattern" in each.unknown:
            unread.append(each.unknown["filterPattern"])
        elif not matches_only_failed_sign_ins(each.pattern):
            return False
    return unread[0] if unread else bool(filters)


def _possible(listed: ListedFilter) -> list[PublishedMetric]:
    metrics = [transformation.possible for transformation in listed.transformations]
    return [metric for metric in metrics if metric is not None]


def _has_default(transformation: MetricTransformation) -> bool:
    return transformation.possible is not None and transformation.possible.default is not None


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


@dataclass(frozen=True, slots=True)
class _Reached:
    """The fewest events of one period that put an alarm into ALARM (None: no number tried), and why."""

    events: int | None
    reason: str
    undetermined: bool = False


def _reach(
    alarm: Alarm,
    pairs: Sequence[tuple[ListedFilter, MetricTransformation]],
    metrics: Sequence[PublishedMetric],
) -> _Reached:
    """The best that any metric the alarm reads can do."""
    if not pairs:
        return _Reached(None, "no metric filter publishes the metric it watches")
    results = [_reach_by(alarm, transformation.published, metrics) for _, transformation in pairs]
    reached = [result for result in results if result.events is not None]
    if reached:
        return min(reached, key=lambda result: result.events or 0)
    return next((result for result in results if result.undetermined), results[0])


def _reach_by(alarm: Alarm, burst: PublishedMetric | str, metrics: Sequence[PublishedMetric]) -> _Reached:
    if isinstance(burst, str):
        return _Reached(None, f"the metric filter's{burst.removeprefix('its')}")

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
    undecided = next((each for each in (first, most) if each.verdict is AlarmVerdict.UNDETERMINED), None)
    return _Reached(None, (undecided or first).reason, undetermined=undecided is not None)


_ALARM_FIELDS: Mapping[str, Field] = {
    "AlarmName": Field("Name of the alarm."),
    "AlarmArn": Field("ARN of the alarm."),
    "AlarmDescription": Field("Description; absent without one."),
    "Region": Field("Region of the alarm."),
    "Kind": Field("metric, composite or log."),
    "ActionsEnabled": Field("Whether its actions are carried out."),
    "AlarmActions": Field("ARNs of the actions taken when it goes into ALARM; [] without any."),
    "OKActions": Field("ARNs of the actions taken when it goes back to OK."),
    "InsufficientDataActions": Field("ARNs of the actions taken when its data runs out."),
    "AlarmRule": Field("Rule of a composite alarm; null for a metric alarm."),
    "ActionsSuppressor": Field("Alarm that keeps a composite alarm from acting; absent without one."),
    "StateValue": Field("OK, ALARM or INSUFFICIENT_DATA."),
    "StateReason": Field("Why it is in that state."),
    "StateSince": Field("When its state last changed, or was last updated where AWS does not say."),
    "MetricName": Field("Name of its metric; null for a composite alarm or metric math."),
    "Namespace": Field("Namespace of its metric; null for a composite alarm or metric math."),
    "Dimensions": Field("Dimensions of its metric, as objects {Name, Value}."),
    "Statistic": Field("Statistic compared with the threshold."),
    "ExtendedStatistic": Field("Percentile compared with the threshold; absent with a plain statistic."),
    "Period": Field("Seconds over which the statistic is computed."),
    "EvaluationPeriods": Field("Number of periods it looks at."),
    "DatapointsToAlarm": Field("Number of those that must breach; absent when all must."),
    "Threshold": Field("The threshold."),
    "ComparisonOperator": Field("How the statistic is compared with the threshold."),
    "TreatMissingData": Field("What a period without data counts as; absent means missing."),
    "Unit": Field("Unit of the metric; absent when any counts."),
    "Metrics": Field("Metrics and expressions of an alarm on metric math."),
}

ALARM = ResourceType(
    name="cloudwatch.alarm",
    title="Alarm in a Region with a log group that management events reach, over a trail or without one",
    view=alarm_view,
    calls=(TRAIL_LISTING, EVENT_LOG_GROUP_LISTING, ALARM_LISTING),
    fields=_ALARM_FIELDS,
)

AUDIT_ALARM = ResourceType(
    name="cloudwatch.audit_alarm",
    title="Alarm on a metric that a filter of an audit log group publishes, or on what the group receives",
    view=audit_alarm_view,
    calls=(*METRIC_FILTER.calls, ALARM_LISTING),
    fields={
        **_ALARM_FIELDS,
        "Filters": Field("Names of the metric filters that publish its metric."),
        "PublishesDefault": Field("Whether one of them publishes a default value when events arrive and none matches."),
        "HeartbeatOf": Field(
            "Audit log groups whose incoming events or bytes it watches; [] for an alarm on a filter's metric."
        ),
        "CountsSignInFailures": Field("Whether the filters of its metric match nothing but failed console sign-ins."),
        "CanEnterAlarm": Field("Whether one event puts it into ALARM, and it is quiet without one."),
        "EventsToAlarm": Field(
            f"Fewest events in one period that put it into ALARM; null when up to {MOST_EVENTS} do not."
        ),
        "Reachability": Field("Why it can, or cannot, enter ALARM, as a clause."),
        "ParentActions": Field("ARNs of the actions of composite alarms that go into ALARM with this alarm alone."),
        "EnteredAlarm": Field(
            "Times at which it went into ALARM in the 30 days that CloudWatch keeps, the latest first; [] for none.",
            (ALARM_HISTORY,),
        ),
        **SILENCE_FIELDS,
    },
    own_names={"NAME": "AlarmName", "GROUP": "HeartbeatOf"},
)
