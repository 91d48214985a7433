"""The audit log groups with the scheduled queries and the anomaly detectors that look at them."""

from collections.abc import Mapping
from typing import Any

from scanner.audit_path.places import (
    EVENT_LOG_GROUP_LISTING,
    LOG_REGIONS,
    TRAIL_LISTING,
    TRAIL_STATUS,
)
from scanner.audit_path.stores import AuditLogGroup, foreign_group, mappings
from scanner.facts.facts import Facts, checked
from scanner.facts.rows import Field, Held, ResourceType, Row, View, view_of
from scanner.facts.uses import Use
from scanner.resources.reviews.groups import audit_groups, filled, names_group
from scanner.resources.reviews.monitors import MONITOR_CALLS, monitor_queries
from scanner.resources.reviews.scheduled import (
    HISTORY_DAYS,
    RUNS,
    SCHEDULED_LISTING,
    SCHEDULED_QUERY,
    scheduled_queries,
)
from scanner.snapshot.answers import Snapshot

DETECTOR_LISTING = Use("logs.ListLogAnomalyDetectors", per=LOG_REGIONS)

_LOOKED_INTO = ("ScheduledQueries", "Reviews", "MoreQueries", "AnomalyDetectors")
_QUERY_CALLS = (SCHEDULED_LISTING, SCHEDULED_QUERY, RUNS, *MONITOR_CALLS)


def reviewed_group_view(snapshot: Snapshot, account: str) -> View:
    """One row for each log group that CloudTrail's events reach, with what reviews it.

    A group of another account cannot be looked into from here: its facts are gaps. Queries of monitoring accounts are
    looked at where a link shares a group with them.
    """
    found = audit_groups(snapshot, account)
    return view_of([_row(snapshot, account, group) for group in found.groups], list(found.gaps))


def _row(snapshot: Snapshot, account: str, group: AuditLogGroup) -> Row:
    facts = Facts(
        {
            "logGroupName": group.name,
            "logGroupArn": group.arn,
            "Account": group.account,
            "Region": group.region,
            "Receives": group.receives,
        }
    )
    value, statuses = filled(snapshot, account, group)
    facts.take("Filled", value, *statuses)
    if group.account != account:
        foreign = foreign_group(snapshot, account, group, SCHEDULED_LISTING.operation, {})
        facts.gaps.update(dict.fromkeys(_LOOKED_INTO, foreign))
    else:
        _queries(snapshot, account, group, facts)
        _detectors(snapshot, account, group, facts)
    sources = (*(trail.source for trail in group.trails), *((group.listed,) if group.listed else ()))
    return facts.row("insights.audit_log_group", account, group.region, group.arn, sources)


def _queries(snapshot: Snapshot, account: str, group: AuditLogGroup, facts: Facts) -> None:
    listing, found = scheduled_queries(snapshot, account, group)
    found.add(monitor_queries(snapshot, group))
    hidden = listing.without(found.hidden[0]) if found.hidden else listing
    # A list that shows nothing while something is hidden would read as "there is none".
    shown = listing if found.known else hidden
    facts.take("ScheduledQueries", found.known, shown, *found.answers)
    facts.take("Reviews", [query["Summary"] for query in found.known], shown, *found.answers)
    facts.take("MoreQueries", [], hidden)


def _detectors(snapshot: Snapshot, account: str, group: AuditLogGroup, facts: Facts) -> None:
    """Source: CloudWatch Logs API reference, ``ListLogAnomalyDetectors``."""
    asked = snapshot.ask(account, group.region, DETECTOR_LISTING.operation)
    answer = checked(asked, "anomalyDetectors", list)
    found = [
        _detector(item)
        for _, item in mappings(answer, "anomalyDetectors")
        if names_group(item.get("logGroupArnList") or (), group)
    ]
    facts.take("AnomalyDetectors", found, answer)


def _detector(item: Mapping[str, Any]) -> dict[str, Any]:
    name, status = item.get("detectorName") or item.get("anomalyDetectorArn"), item.get("anomalyDetectorStatus")
    pattern = item.get("filterPattern") or None
    only = f", of events that match {pattern} only" if pattern else ""
    return {
        "Name": name,
        "Status": status,
        "Frequency": item.get("evaluationFrequency"),
        "FilterPattern": pattern,
        "Summary": f"{name} ({status or 'state not told'}{only})",
    }


REVIEWED_GROUP = ResourceType(
    name="insights.audit_log_group",
    title="Log group that CloudTrail's events reach, with the queries and detectors that review it",
    view=reviewed_group_view,
    calls=(TRAIL_LISTING, EVENT_LOG_GROUP_LISTING),
    fields={
        "logGroupName": Field("Name of the log group."),
        "logGroupArn": Field("ARN of the log group without a trailing :*."),
        "Account": Field("Account that owns the log group."),
        "Region": Field("Region of the log group."),
        "Receives": Field("Whose events it is for, in words."),
        "Filled": Field("Whether events may still come in: not all of its trails are stopped.", calls=(TRAIL_STATUS,)),
        "ScheduledQueries": Field(
            "Scheduled queries of Logs Insights that name it and are known whole, as objects {Name, Monitor, State, "
            "Schedule, "
            "LongestGapHours, LookbackHours, Language, Query, Keeps, Destinations, Role, LastStatus, LastTriggered, "
            "LastResult, LastDelivered, Runs, FailedRuns, LastProblem, Summary}; Monitor is the monitoring account "
            "whose query it is, and null for one of the group's own account, State is ENABLED, DISABLED, NOT STARTED "
            "or ENDED, "
            "LongestGapHours and LookbackHours are null where they cannot be told, LastResult is arrived, on its way "
            f"or lost, LastDelivered is the latest run of the last {HISTORY_DAYS} days whose result reached every "
            "destination; [] without any.",
            calls=_QUERY_CALLS,
        ),
        "Reviews": Field("The Summary of each of them.", calls=_QUERY_CALLS),
        "MoreQueries": Field(
            "Always []; a gap where a scheduled query could not be read, or not be judged whole.", calls=_QUERY_CALLS
        ),
        "AnomalyDetectors": Field(
            "Log anomaly detectors of the group, as objects {Name, Status, Frequency, FilterPattern, Summary}; "
            "[] without any.",
            calls=(DETECTOR_LISTING,),
        ),
    },
    own_names={"GROUP": "logGroupName", "ARN": "logGroupArn", "REGION": "Region"},
    held=Held(),
)
