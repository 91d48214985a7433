"""What watches the log groups of management events: their metric filters, and the alarms beside them.

Trails fill these log groups, or events enter them without one.

Sources: CloudWatch Logs API reference, ``MetricFilter``; CloudWatch API reference, ``DescribeAlarms``; CloudWatch Logs
User Guide, "Monitoring with CloudWatch metrics" (``AWS/Logs``, dimension ``LogGroupName``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.alarms.alarm import ACTING, EVALUATION, REMARKS, Alarm, read_alarm
from scanner.alarms.composites import Composites
from scanner.alarms.metric import MetricTransformation, NamedMetric, read_transformation
from scanner.audit_path.places import ALARM_LISTING, FILTER_LISTING
from scanner.audit_path.stores import (
    AuditLogGroup,
    VisibleTrails,
    event_log_groups,
    foreign_group,
    mappings,
    visible_trails,
    watched_log_groups,
)
from scanner.model import Gap, GapKind, Source
from scanner.snapshot.answers import Answer, Snapshot
from scanner.snapshot.partly import known_part

ALARM_ARGUMENTS: Mapping[str, Any] = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]}
_EARLIER: Mapping[str, Any] = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
"""What earlier versions asked, which knew no log alarms."""

LIST_ALARMS, LIST_FILTERS = ALARM_LISTING.operation, FILTER_LISTING.operation

_INCOMING = frozenset({"IncomingLogEvents", "IncomingBytes"})
_METRIC_ALARM = EVALUATION | ACTING | REMARKS
"""Members of a metric alarm without which it is still known which metric it watches."""

_TELLING: Mapping[str, frozenset[str]] = {
    "MetricAlarms": _METRIC_ALARM,
    "CompositeAlarms": REMARKS,
    "LogAlarms": ACTING | REMARKS,
}
"""By kind of alarm, the members without which it is still known what it watches."""

_FILTERING = frozenset({"applyOnTransformedLogs", "creationTime", "fieldSelectionCriteria", "filterPattern"})
"""Members of a metric filter without which it is still known what it publishes."""

_WITHOUT: Mapping[str, Any] = {"AlarmActions": [], "AlarmRule": None, "MetricName": None, "Namespace": None}
"""What an alarm has for the members that AWS leaves out."""


@dataclass(frozen=True, slots=True)
class ListedAlarm:
    """An alarm, and where the listing shows it.

    ``band`` is a clause about the anomaly detector of an alarm on a learned band ("" where none is known), and
    ``beside`` what that rests on.
    """

    alarm: Alarm
    source: Source
    band: str = ""
    beside: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedAlarms:
    """The alarms beside log groups, by Region and identity; ``gaps`` say where there may be more."""

    alarms: tuple[ListedAlarm, ...]
    gaps: tuple[Gap, ...]

    def gap_in(self, region: str) -> Gap | None:
        """Why there may be more alarms in a Region than are listed; None when there are not."""
        return next((gap for gap in self.gaps if gap.operation == LIST_ALARMS and gap.region == region), None)

    @property
    def regions(self) -> tuple[str, ...]:
        """The Regions in which there are any."""
        return tuple(sorted({each.alarm.region for each in self.alarms}))

    def in_region(self, region: str) -> tuple[ListedAlarm, ...]:
        """The alarms of a Region, of every kind."""
        return tuple(each for each in self.alarms if each.alarm.region == region)

    def metric_alarms(self, region: str) -> tuple[ListedAlarm, ...]:
        """The metric alarms of a Region."""
        here = self.in_region(region)
        return tuple(each for each in here if each.alarm.rule is None and each.alarm.log is None)

    def log_alarms(self, region: str) -> tuple[ListedAlarm, ...]:
        """The log alarms of a Region."""
        return tuple(each for each in self.in_region(region) if each.alarm.log is not None)

    def composites(self, region: str) -> tuple[ListedAlarm, ...]:
        """The composite alarms of a Region."""
        return tuple(each for each in self.alarms if each.alarm.region == region and each.alarm.rule is not None)


@dataclass(frozen=True, slots=True)
class ListedFilter:
    """A metric filter of a log group, and where the listing shows it. ``data`` are AWS's members, for rows.

    ``pattern`` is None when the listing gives no text; ``criteria`` limit what it reads ("": nothing does), and
    ``transformed`` says that it reads transformed log events. ``unknown`` has the gaps of members that are not known,
    which these attributes take for absent.
    """

    group: AuditLogGroup
    name: str
    pattern: str | None
    criteria: str
    transformed: bool
    transformations: tuple[MetricTransformation, ...]
    data: Mapping[str, Any]
    source: Source
    unknown: Mapping[str, Gap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedFilters:
    """The metric filters of log groups, by group and in AWS's order; ``gaps`` say where there may be more.

    ``hidden`` has the first gap of each of the account's own log groups, by ARN, whose listing is not whole.
    """

    filters: tuple[ListedFilter, ...]
    gaps: tuple[Gap, ...]
    hidden: Mapping[str, Gap] = field(default_factory=dict)


def alarm_listing(snapshot: Snapshot, account: str, region: str) -> Answer:
    """The answer that lists the alarms of a Region: also that of an earlier version, which tells no log alarms."""
    answer = snapshot.ask(account, region, LIST_ALARMS, ALARM_ARGUMENTS)
    if answer.gap is not None and answer.gap.kind is GapKind.NOT_COLLECTED:
        earlier = snapshot.ask(account, region, LIST_ALARMS, _EARLIER)
        return answer if earlier.gap is not None and earlier.gap.kind is GapKind.NOT_COLLECTED else earlier
    return answer


def listed_alarms(snapshot: Snapshot, account: str, visible: VisibleTrails) -> ListedAlarms:
    """Every metric and composite alarm in the Regions of the log groups that an account's management events reach."""
    found: list[ListedAlarm] = []
    gaps = list(visible.gaps)
    looked_at = {group.region for group in watched_log_groups(snapshot, account, visible)}
    for region in sorted(looked_at):
        for each in _alarms(alarm_listing(snapshot, account, region).in_part):
            if isinstance(each, Gap):
                gaps.append(each)
            else:
                found.append(each)
    gaps += [gap for gap in _unlisted(snapshot, account) if gap.region not in looked_at]
    found.sort(key=lambda each: (each.alarm.region, each.alarm.identity))
    return ListedAlarms(tuple(found), tuple(gaps))


def _unlisted(snapshot: Snapshot, account: str) -> Iterator[Gap]:
    """The gaps that can hide log groups which events enter without a trail; earlier versions did not ask for them."""
    for gap in event_log_groups(snapshot, account).gaps:
        if gap.kind not in {GapKind.NOT_COLLECTED, GapKind.REGION_OFF}:
            yield gap


def _alarms(answer: Answer) -> Iterator[ListedAlarm | Gap]:
    """The alarms of a listing, and the gaps behind which there may be more, or others than are told."""
    if answer.gap is not None:
        yield answer.gap
    for member, telling in _TELLING.items():
        for pointer, listed in mappings(answer, member):
            known, unknown = known_part(listed)
            gap = next((unknown[name] for name in sorted(unknown) if name not in telling), None)
            if gap is not None:
                yield gap
                continue
            settings = {**{name: value for name, value in _WITHOUT.items() if name not in unknown}, **known}
            composite = member == "CompositeAlarms"
            alarm = read_alarm(settings, answer.account, answer.region, composite=composite, unknown=unknown)
            yield ListedAlarm(alarm, Source(answer.key, pointer))


def listed_filters(snapshot: Snapshot, account: str, visible: VisibleTrails) -> ListedFilters:
    """Every metric filter on a log group that management events reach; a group that does not exist has none."""
    found: list[ListedFilter] = []
    hidden: dict[str, Gap] = {}
    gaps = list(visible.gaps)
    for group in watched_log_groups(snapshot, account, visible):
        arguments = {"logGroupName": group.name}
        if group.account != account:
            gaps.append(foreign_group(snapshot, account, group, LIST_FILTERS, arguments))
            continue
        for each in _filters(group, snapshot.ask(account, group.region, LIST_FILTERS, arguments).in_part):
            if isinstance(each, Gap):
                gaps.append(each)
                hidden.setdefault(group.arn, each)
            else:
                found.append(each)
    gaps += _unlisted(snapshot, account)
    found.sort(key=lambda each: (each.group.region, f"{each.group.name}/{each.name}"))
    return ListedFilters(tuple(found), tuple(gaps), hidden)


def _filters(group: AuditLogGroup, answer: Answer) -> Iterator[ListedFilter | Gap]:
    """The filters of a listing, and the gaps behind which there may be more, or others than are told."""
    if answer.gap is not None:
        yield answer.gap
    for pointer, listed in mappings(answer, "metricFilters"):
        told, unknown = known_part(listed)
        if told.get("logGroupName") not in (None, group.name):
            continue
        gap = next((unknown[name] for name in sorted(unknown) if name not in _FILTERING), None)
        yield read_filter(group, listed, Source(answer.key, pointer)) if gap is None else gap


def read_filter(group: AuditLogGroup, listed: Mapping[str, Any], source: Source) -> ListedFilter:
    """A metric filter from AWS's ``MetricFilter``, of which the members of ``_FILTERING`` may not be known."""
    listed, unknown = known_part(listed)
    pattern, fields = listed.get("filterPattern"), listed.get("emitSystemFieldDimensions") or []
    transformations = listed.get("metricTransformations")
    items = [item for item in transformations if isinstance(item, Mapping)] if isinstance(transformations, list) else []
    return ListedFilter(
        group=group,
        name=str(listed.get("filterName") or ""),
        # Only an empty text matches everything; a pattern that is not given is not known.
        pattern=pattern if isinstance(pattern, str) else None,
        criteria=str(listed.get("fieldSelectionCriteria") or ""),
        transformed=listed.get("applyOnTransformedLogs") is True,
        transformations=tuple(read_transformation(item, group.arn, fields) for item in items),
        data={**listed, "metricTransformations": items},
        source=source,
        unknown=unknown,
    )


@dataclass(frozen=True, slots=True)
class AuditAlarm:
    """A metric alarm that watches audit log groups: ``filters`` publish a metric it names, and it hears ``heartbeats``.

    ``heartbeats`` are the names of the log groups whose incoming events or bytes it watches.
    """

    listed: ListedAlarm
    filters: tuple[tuple[ListedFilter, MetricTransformation], ...]
    heartbeats: tuple[str, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where it is listed, and where the filters are that publish its metrics."""
        return tuple(dict.fromkeys([self.listed.source, *(each.source for each, _ in self.filters)]))


@dataclass(frozen=True, slots=True)
class AuditAlarms:
    """The alarms that watch an account's log groups of management events, ordered as ``listed_alarms``.

    ``groups`` are the log groups that ``visible`` trails fill, of any account, and those that events enter without one.
    ``every`` are all alarms beside them and ``filters`` the metric filters. ``gaps`` say where audit alarms may be
    hidden.
    """

    visible: VisibleTrails
    groups: tuple[AuditLogGroup, ...]
    alarms: tuple[AuditAlarm, ...]
    every: ListedAlarms
    filters: ListedFilters
    gaps: tuple[Gap, ...]

    def querying(self, region: str) -> Iterator[ListedAlarm]:
        """The log alarms of a Region whose query reads one of the log groups."""
        groups = [group for group in self.groups if group.region == region]
        for each in self.every.log_alarms(region):
            query = each.alarm.log
            if query is not None and any(query.reads(group.name, group.arn) for group in groups):
                yield each

    def notifying(self) -> Iterator[tuple[Alarm, tuple[Source, ...]]]:
        """The alarms whose actions tell of what the log groups show, and the answers that say so.

        These are the audit alarms, the log alarms that query the log groups, and the composite alarms over them.
        """
        for each in self.alarms:
            yield each.listed.alarm, each.sources
        for region in self.every.regions:
            composites = {each.alarm.name: each for each in self.every.composites(region)}
            names = {each.listed.alarm.name for each in self.alarms if each.listed.alarm.region == region}
            for querying in self.querying(region):
                yield querying.alarm, (querying.source,)
                names.add(querying.alarm.name)
            for over in Composites(each.alarm for each in composites.values()).over(names):
                yield over, (composites[over.name].source,)


def audit_alarms(snapshot: Snapshot, account: str) -> AuditAlarms:
    """The metric alarms on a metric that a filter of an audit log group publishes, or on what the group receives.

    Alarm and filter meet in one account and Region by namespace and name of the metric; whether the dimensions agree
    too is part of whether the alarm can be reached. Only log groups of the account itself count: a filter elsewhere
    publishes its metric there.
    """
    visible = visible_trails(snapshot, account)
    watched = watched_log_groups(snapshot, account, visible)
    groups = [group for group in watched if group.account == account]
    alarms, filters = listed_alarms(snapshot, account, visible), listed_filters(snapshot, account, visible)
    found: list[AuditAlarm] = []
    for region in sorted({group.region for group in groups}):
        published = _by_metric(each for each in filters.filters if each.group.region == region)
        here = {group.name for group in groups if group.region == region}
        for listed in alarms.metric_alarms(region):
            pairs = _publishing(listed.alarm, published)
            heard = tuple(sorted(here & heartbeat_groups(listed.alarm)))
            if pairs or heard:
                found.append(AuditAlarm(listed, pairs, heard))
    return AuditAlarms(visible, watched, tuple(found), alarms, filters, tuple(_hiding(alarms, filters, groups)))


def alarms_that_may_notify(snapshot: Snapshot, account: str) -> Iterator[Alarm]:
    """The alarms whose topics are asked about: those of ``AuditAlarms.notifying``, and whatever is like them by name.

    That is every composite and log alarm, and a metric alarm that may read a metric of another account.
    """
    visible = visible_trails(snapshot, account)
    groups = {(group.region, group.name) for group in watched_log_groups(snapshot, account, visible)}
    published: set[tuple[str, str, str]] = set()
    for each in listed_filters(snapshot, account, visible).filters:
        for metric in (transformation.possible for transformation in each.transformations):
            if metric is not None:
                published.add((each.group.region, metric.namespace, metric.name))
    for listed in listed_alarms(snapshot, account, visible).alarms:
        alarm = listed.alarm
        named = {(alarm.region, *names) for names in alarm.names}
        received = {(alarm.region, group) for group in _received(alarm.metrics)}
        apart = alarm.rule is not None or alarm.log is not None
        if apart or alarm.reads_linked or named & published or received & groups:
            yield alarm


def _hiding(alarms: ListedAlarms, filters: ListedFilters, groups: Sequence[AuditLogGroup]) -> Iterator[Gap]:
    """The gaps that can hide an alarm on one of the log groups, or a filter of one."""
    names = {(group.region, group.name) for group in groups}
    regions = {group.region for group in groups}
    for gap in filters.gaps:
        group = gap.arguments.get("logGroupName")
        if group is None or (gap.region, group) in names:
            yield gap
    for gap in alarms.gaps:
        if gap.region in regions:
            yield gap


_ByMetric = Mapping[tuple[str, str], Sequence[tuple[ListedFilter, MetricTransformation]]]


def _by_metric(filters: Iterable[ListedFilter]) -> _ByMetric:
    """The filters and transformations that publish a metric, by its namespace and name."""
    found: dict[tuple[str, str], list[tuple[ListedFilter, MetricTransformation]]] = {}
    for each in filters:
        for transformation in each.transformations:
            metric = transformation.possible
            if metric is not None:
                found.setdefault((metric.namespace, metric.name), []).append((each, transformation))
    return found


def _publishing(alarm: Alarm, published: _ByMetric) -> tuple[tuple[ListedFilter, MetricTransformation], ...]:
    found: list[tuple[ListedFilter, MetricTransformation]] = []
    for name in dict.fromkeys(alarm.own_names):
        found += published.get(name, ())
    return tuple(found)


def heartbeat_groups(alarm: Alarm) -> set[str]:
    """The log groups whose incoming events or bytes an alarm watches: it falls silent, or into ALARM, when they do."""
    return _received(alarm.own_metrics)


def _received(metrics: Iterable[NamedMetric]) -> set[str]:
    """The log groups whose incoming events or bytes the metrics count."""
    found: set[str] = set()
    for metric in metrics:
        group = metric.dimensions.get("LogGroupName")
        if group is not None and metric.namespace == "AWS/Logs" and metric.name in _INCOMING:
            found.add(group)
    return found
