"""The metric filters on audit log groups: whether an event can match them, and whether an alarm reads what they count.

Sources: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters"; CloudWatch API reference,
``DescribeAlarms``.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scanner.alarms.alarm import Alarm
from scanner.alarms.metric import PublishedMetric
from scanner.audit_path.stores import visible_trails
from scanner.audit_path.watching import ListedAlarms, ListedFilter, alarm_listing, listed_alarms, listed_filters
from scanner.errors import PatternError
from scanner.facts.rows import Field, ResourceType, Row, View, view_of
from scanner.model import Gap, Source
from scanner.pattern import JsonPattern, Pattern, TermsPattern, matches_nothing, parse
from scanner.resources.monitoring.cloudwatch import ALARM
from scanner.resources.monitoring.logs import METRIC_FILTER
from scanner.snapshot.answers import Snapshot


def watched_filter_view(snapshot: Snapshot, account: str) -> View:
    """One row for each metric filter on a log group that management events reach, with the alarms on its metrics."""
    visible = visible_trails(snapshot, account)
    listed, alarms = listed_filters(snapshot, account, visible), listed_alarms(snapshot, account, visible)
    rows: list[Row] = []
    for each in listed.filters:
        listing = Source(alarm_listing(snapshot, account, each.group.region).key, "")
        rows.append(_row(account, each, alarms, listing))
    return view_of(rows, list(listed.gaps))


def _row(account: str, listed: ListedFilter, alarms: ListedAlarms, listing: Source) -> Row:
    """The row of a filter. Alarms that read a metric show it themselves; that none does, only the whole listing."""
    region = listed.group.region
    metrics = _metrics(listed)
    readers = [(f"{metric.namespace}/{metric.name}", _readers(alarms, region, metric)) for metric in metrics]
    alone = [name for name, found in readers if not found]
    told = [alarm for _, found in readers for alarm, _ in found]
    shown = [source for _, found in readers for _, source in found]
    data: dict[str, Any] = {
        "filterName": listed.name,
        "logGroupName": listed.group.name,
        "logGroupArn": listed.group.arn,
        "Region": region,
        "filterPattern": listed.pattern,
        "PatternFault": pattern_fault(listed.pattern),
        "Metrics": [name for name, _ in readers],
        "Alarms": list(dict.fromkeys(told)),
        "Unalarmed": alone,
    }
    gaps = dict(_unknown(listed, alarms.gap_in(region) if alone or not metrics else None))
    known = {name: value for name, value in data.items() if name not in gaps}
    cites = dict.fromkeys(("Alarms", "Unalarmed"), tuple(dict.fromkeys([*shown, *([listing] if alone else [])])))
    name = f"{listed.group.name}/{listed.name}"
    return Row("cloudwatch.metric_filter", account, region, name, known, (listed.source,), gaps, cites)


def _unknown(listed: ListedFilter, hidden: Gap | None) -> Mapping[str, Gap]:
    """The fields that are not known: those about the pattern, and those about alarms that may be hidden."""
    pattern = listed.unknown.get("filterPattern")
    gaps = dict.fromkeys(("filterPattern", "PatternFault"), pattern) if pattern else {}
    return gaps | (dict.fromkeys(("Alarms", "Unalarmed"), hidden) if hidden else {})


def _metrics(listed: ListedFilter) -> list[PublishedMetric]:
    """The metrics that the filter publishes."""
    return [each.possible for each in listed.transformations if each.possible is not None]


def _readers(alarms: ListedAlarms, region: str, metric: PublishedMetric) -> list[tuple[str, Source]]:
    """The metric alarms of a Region that read the metric: one with dimensions and one without are two metrics."""
    return [(each.alarm.name, each.source) for each in alarms.metric_alarms(region) if _reads(each.alarm, metric)]


def _reads(alarm: Alarm, metric: PublishedMetric) -> bool:
    """Whether it reads the metric, alone or by a query; what of a query is not documented counts as reading."""
    queried = any(query.sees(metric) is not False for query in alarm.own_insights)
    return queried or any(metric.is_called(each) for each in alarm.own_metrics)


@lru_cache(maxsize=4096)
def pattern_fault(text: str | None) -> str:
    """Why no event of CloudTrail can match a filter pattern, as a clause; "" where one may."""
    if text is None:
        return ""
    try:
        pattern = parse(text)
    except PatternError as error:
        return f"CloudWatch Logs rejects its pattern: {error.message.rstrip('.')}"
    if _contradicts(pattern):
        return "no event can match its pattern, because conditions in it contradict each other"
    return ""


def _contradicts(pattern: Pattern) -> bool:
    """Whether no event can match, as its conditions or terms contradict each other."""
    if isinstance(pattern, TermsPattern):
        return any(excluded in term for excluded in pattern.excluded for term in pattern.required)
    return isinstance(pattern, JsonPattern) and matches_nothing(pattern)


WATCHED_FILTER = ResourceType(
    name="cloudwatch.metric_filter",
    title="Metric filter on a log group that management events reach, with the alarms on what it counts",
    view=watched_filter_view,
    calls=(*METRIC_FILTER.calls, *ALARM.calls),
    fields={
        "filterName": Field("Name of the metric filter."),
        "logGroupName": Field("Log group it belongs to."),
        "logGroupArn": Field("ARN of that log group without the trailing :*."),
        "Region": Field("Region of the log group."),
        "filterPattern": Field("Its filter pattern."),
        "PatternFault": Field("Why no event can match its pattern, as a clause; empty when one can."),
        "Metrics": Field("The metrics that it publishes, as namespace/name."),
        "Alarms": Field("Names of the metric alarms of the account and Region that read one of them."),
        "Unalarmed": Field("Those of its metrics that no such alarm reads; [] without any."),
    },
    own_names={"NAME": "filterName", "GROUP": "logGroupName", "REGION": "Region"},
)
