"""The audit log groups with the alarms that notice when no events arrive any more.

Sources: CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics" (``IncomingLogEvents`` and ``IncomingBytes``
of ``AWS/Logs``, which have no data while nothing arrives); CloudWatch User Guide, "Configuring how CloudWatch alarms
treat missing data"; CloudWatch API reference, ``MetricAlarm``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.arns import parse_arn
from scanner.audit_path.places import EVENT_LOG_GROUP_LISTING, TRAIL_LISTING
from scanner.audit_path.stores import (
    AuditLogGroup,
    audit_log_groups,
    event_log_groups,
    foreign_group,
    visible_trails,
)
from scanner.audit_path.topics import ABOUT_ALARM_TOPICS
from scanner.audit_path.watching import ALARM_ARGUMENTS, LIST_ALARMS, AuditAlarms, audit_alarms
from scanner.facts.facts import Facts
from scanner.facts.rows import Field, Held, ResourceType, Row, View, view_of
from scanner.model import Gap, Source
from scanner.resources.monitoring.cloudwatch import AUDIT_ALARM, audit_alarm_view
from scanner.resources.monitoring.sns import alarm_topic_rows
from scanner.snapshot.answers import Snapshot

_HOUR = 3600
_STATISTICS = frozenset({"Average", "Maximum", "Minimum", "Sum"})
"""Those that are 0 when a period has data and nothing arrived."""

_UNITS: Mapping[str, frozenset[str]] = {
    "IncomingBytes": frozenset({"Bytes"}),
    "IncomingLogEvents": frozenset({"Count", "None"}),
}
"""Units in which the metrics may have data; AWS documents None for the number of events."""

_LOOKED_INTO = ("SilenceAlarms", "Heartbeats", "MoreAlarms")
_SETTINGS = (
    *("ActionsEnabled", "AlarmActions", "ComparisonOperator", "EvaluationPeriods", "EvaluationState"),
    *("ExtendedStatistic", "Metrics", "Period", "StateSince", "StateValue", "Statistic", "Threshold"),
    *("TreatMissingData", "Unit"),
)
"""Members of an alarm that decide whether it notices silence, and whom it tells."""


def silent_group_view(snapshot: Snapshot, account: str) -> View:
    """One row for each log group that CloudTrail's events reach, with the alarms on what it receives.

    A group of another account cannot be looked into from here: its facts are gaps.
    """
    visible, without = visible_trails(snapshot, account), event_log_groups(snapshot, account)
    groups = {group.arn: group for group in audit_log_groups(visible)}
    for group in without.groups:
        groups[group.arn] = replace(groups.get(group.arn, group), listed=group.listed)
    around = _Around(snapshot, account, audit_alarms(snapshot, account))
    rows = [around.row(groups[arn]) for arn in sorted(groups)]
    return view_of(rows, [*visible.gaps, *without.gaps])


@dataclass(slots=True)
class _Found:
    """The alarms on what a group receives: those that are judged whole, what hides others, and what they rest on."""

    judged: list[dict[str, Any]] = field(default_factory=list)
    hidden: list[Gap] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)


class _Around:
    """The alarms of an account, and the topics that they notify."""

    def __init__(self, snapshot: Snapshot, account: str, audit: AuditAlarms) -> None:
        self._snapshot = snapshot
        self._account = account
        self._unlisted = audit.every.gaps
        self._alarms = audit_alarm_view(snapshot, account).rows
        self._topics = {row.data["TopicArn"]: row for row in alarm_topic_rows(snapshot, account, audit)}

    def row(self, group: AuditLogGroup) -> Row:
        """The row of a log group."""
        facts = Facts(
            {
                "logGroupName": group.name,
                "logGroupArn": group.arn,
                "Account": group.account,
                "Region": group.region,
                "Receives": group.receives,
            }
        )
        sources = (*(trail.source for trail in group.trails), *((group.listed,) if group.listed else ()))
        if group.account != self._account:
            foreign = foreign_group(self._snapshot, self._account, group, LIST_ALARMS, ALARM_ARGUMENTS)
            facts.gaps.update(dict.fromkeys(_LOOKED_INTO, foreign))
            return facts.row("cloudwatch.audit_log_group", self._account, group.region, group.arn, sources)
        found = self._found(group)
        _put(facts, found)
        return facts.row(
            "cloudwatch.audit_log_group",
            self._account,
            group.region,
            group.arn,
            tuple(dict.fromkeys((*sources, *found.sources))),
        )

    def _found(self, group: AuditLogGroup) -> _Found:
        found = _Found(hidden=[gap for gap in self._unlisted if gap.region == group.region])
        for alarm in self._alarms:
            if alarm.region != group.region or group.name not in alarm.data["HeartbeatOf"]:
                continue
            found.sources += alarm.sources
            unknown = next((alarm.gaps[name] for name in _SETTINGS if name in alarm.gaps), None)
            told = self._told(alarm) if unknown is None else unknown
            if isinstance(told, Gap):
                found.hidden.append(told)
            else:
                found.judged.append(_judged(alarm.data, told))
                found.sources += _rests_on(self._topics, _actions(alarm))
        return found

    def _told(self, alarm: Row) -> int | Gap:
        """How many confirmed subscriptions the topics of its actions have, and of those that act for it."""
        counts: list[int] = []
        gaps = [alarm.gaps["ParentActions"]] if "ParentActions" in alarm.gaps else []
        for arn in _actions(alarm):
            row = self._topics.get(arn)
            if row is not None and "ConfirmedSubscriptions" in row.gaps:
                gaps.append(row.gaps["ConfirmedSubscriptions"])
            elif row is not None:
                counts.append(row.data["ConfirmedSubscriptions"])
        return gaps[0] if gaps and not sum(counts) else sum(counts)


def _rests_on(topics: Mapping[Any, Row], arns: Iterable[str]) -> Iterator[Source]:
    """What is known of who hears of the topics rests on."""
    for arn in arns:
        if arn in topics:
            yield from topics[arn].cites.get("ConfirmedSubscriptions", ())


def _actions(alarm: Row) -> Sequence[str]:
    """The ARNs of the topics that hear of it: of its own actions where they are on, and of composite alarms."""
    own = alarm.data.get("AlarmActions") or [] if alarm.data.get("ActionsEnabled") is not False else []
    named = [*own, *(alarm.data.get("ParentActions") or [])]
    return [target for target in dict.fromkeys(named) if (arn := parse_arn(target)) and arn.service == "sns"]


def _put(facts: Facts, found: _Found) -> None:
    told = tuple(dict.fromkeys(found.sources))
    if found.hidden:
        facts.gaps["MoreAlarms"] = found.hidden[0]
    else:
        facts.data["MoreAlarms"] = []
    if found.hidden and not found.judged:
        # A list that shows nothing while something is hidden would read as "there is none".
        facts.gaps |= dict.fromkeys(("SilenceAlarms", "Heartbeats"), found.hidden[0])
        return
    facts.data["SilenceAlarms"] = found.judged
    facts.data["Heartbeats"] = [alarm["Summary"] for alarm in found.judged]
    facts.cites |= dict.fromkeys(("SilenceAlarms", "Heartbeats"), told)


def _judged(alarm: Mapping[str, Any], told: int) -> dict[str, Any]:
    hours = _hours(alarm)
    fault = _fault(alarm)
    after = "" if hours is None else f", after {_time(hours)}"
    hears = f"{told} confirmed subscription{'' if told == 1 else 's'} of its topics"
    summary = f"{alarm['AlarmName']} ({fault})" if fault else f"{alarm['AlarmName']} (notices silence{after}; {hears})"
    return {
        "Name": alarm["AlarmName"],
        "Fault": fault,
        "Hours": hours,
        "Subscriptions": told,
        "InAlarmSince": alarm.get("StateSince") if alarm.get("StateValue") == "ALARM" else None,
        "Summary": summary,
    }


def _time(hours: float) -> str:
    """Hours in words, or minutes where there are fewer than one."""
    number, unit = (hours, "hour") if hours >= 1 else (hours * 60, "minute")
    return f"{number:.3g} {unit}{'' if number == 1 else 's'}"


def _hours(alarm: Mapping[str, Any]) -> float | None:
    """Hours of silence after which it is in ALARM; None where its periods are not told."""
    period, number = alarm.get("Period"), alarm.get("EvaluationPeriods")
    return period * number / _HOUR if isinstance(period, int) and isinstance(number, int) else None


def _fault(alarm: Mapping[str, Any]) -> str:
    """Why the alarm does not go to ALARM when nothing arrives, as a clause; "" when it does."""
    operator, threshold = alarm.get("ComparisonOperator"), alarm.get("Threshold")
    if alarm.get("EvaluationState") == "EVALUATION_ERROR":
        return "CloudWatch reports that it cannot be evaluated"
    if not alarm.get("MetricName") or _hours(alarm) is None:
        return "it compares an expression over the metric, which is not looked into"
    if len(alarm.get("Dimensions") or ()) != 1:
        return "it names dimensions that the metric does not have"
    unit = alarm.get("Unit")
    if unit and unit not in _UNITS.get(str(alarm.get("MetricName")), ()):
        return f"it asks for the unit {unit}, in which the metric has no data at any time"
    if alarm.get("TreatMissingData") != "breaching":
        treated = alarm.get("TreatMissingData") or "missing"
        return f"it treats missing data as {treated}, and while nothing arrives there is no data"
    if alarm.get("Statistic") not in _STATISTICS:
        return f"its statistic is {alarm.get('Statistic') or alarm.get('ExtendedStatistic')}"
    below = operator == "LessThanThreshold" and isinstance(threshold, int | float) and threshold > 0
    if not below and not (operator == "LessThanOrEqualToThreshold" and threshold is not None and threshold >= 0):
        return f"it goes to ALARM when {operator} {threshold}, which 0 is not"
    return ""


_CALLS = (ABOUT_ALARM_TOPICS.subscriptions,)

SILENT_GROUP = ResourceType(
    name="cloudwatch.audit_log_group",
    title="Log group that CloudTrail's events reach, with the alarms that notice when none arrive",
    view=silent_group_view,
    calls=(TRAIL_LISTING, EVENT_LOG_GROUP_LISTING, *AUDIT_ALARM.calls),
    fields={
        "logGroupName": Field("Name of the log group."),
        "logGroupArn": Field("ARN of the log group without a trailing :*."),
        "Account": Field("Account that owns the log group."),
        "Region": Field("Region of the log group."),
        "Receives": Field("Whose events it is for, in words."),
        "SilenceAlarms": Field(
            "Alarms on its IncomingLogEvents or IncomingBytes that are known whole, as objects {Name, Fault, Hours, "
            "Subscriptions, InAlarmSince, Summary}; Fault says why one does not go to ALARM when nothing arrives, and "
            "is empty when it does, Hours after how long it does, Subscriptions how many confirmed subscriptions the "
            "topics have that it or a composite alarm for it notifies, InAlarmSince since when it is in ALARM, null "
            "when it is not; [] without any.",
            calls=_CALLS,
        ),
        "Heartbeats": Field("The Summary of each of them.", calls=_CALLS),
        "MoreAlarms": Field("Always []; a gap where such an alarm may be hidden, or not judged whole.", calls=_CALLS),
    },
    own_names={"GROUP": "logGroupName", "ARN": "logGroupArn", "REGION": "Region"},
    held=Held(),
)
