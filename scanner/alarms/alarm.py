"""An alarm as ``cloudwatch.DescribeAlarms`` lists it, read once into what the others ask of it.

Source: CloudWatch API reference, ``MetricAlarm``, ``CompositeAlarm``, ``MetricDataQuery`` and ``MetricStat``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.alarms.composite_rule import AlarmRule, AlarmRuleError, alarm_name, parse_alarm_rule
from scanner.alarms.metric import NamedMetric, PublishedMetric, named_metric, read_number
from scanner.alarms.metrics_insights import MetricsInsights, QueryNotReadError, is_query, read_query
from scanner.arns import Arn, parse_arn
from scanner.model import Gap

_RATE = re.compile(r"rate\((?P<number>[0-9]{1,6}) (?P<unit>minute|hour|day)s?\)")
_ACCOUNT = re.compile(r"\b[0-9]{12}\b")
_OF_SERVICES = "AWS/"
"""How the namespaces of the metrics of AWS's services begin, to which nobody else publishes."""

_SECONDS: Mapping[str, int] = {"minute": 60, "hour": 3600, "day": 86400}

EVALUATION = frozenset(
    {
        "ComparisonOperator",
        "DatapointsToAlarm",
        "EvaluateLowSampleCountPercentile",
        "EvaluationInterval",
        "EvaluationPeriods",
        "EvaluationState",
        "EvaluationWindow",
        "ExtendedStatistic",
        "Period",
        "Statistic",
        "Threshold",
        "ThresholdMetricId",
        "TreatMissingData",
        "Unit",
    }
)
"""Members that decide when an alarm on a metric enters ALARM, beside those that name the metric."""

REMARKS = frozenset(
    {
        "ActionConfiguration",
        "AlarmConfigurationUpdatedTimestamp",
        "AlarmDescription",
        "InsufficientDataActions",
        "OKActions",
        "StateReason",
        "StateReasonData",
        "StateTransitionedTimestamp",
        "StateUpdatedTimestamp",
        "StateValue",
    }
)
"""Members that decide neither when an alarm enters ALARM nor what it does then."""

ACTING = frozenset({"ActionsEnabled", "AlarmActions", "WarmUpConfiguration"})
"""Members that decide what an alarm does when it enters ALARM."""


@dataclass(frozen=True, slots=True)
class MetricStat:
    """A statistic of a metric over ``period`` seconds (None: not a number of seconds).

    ``metric`` is None when it names none, ``unit`` "" when samples of any unit count.
    """

    metric: NamedMetric | None
    statistic: str
    period: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One of the metrics and expressions that an alarm reads: ``stat`` or ``expression``, or neither when malformed.

    ``own`` says that it reads the alarm's own account, ``returned`` that it is compared with the threshold.
    ``period`` is in seconds and stated for expressions only. ``account`` is the one that it names ("": none).
    An expression that is a Metrics Insights query is read into ``insights``, or ``fault`` is a clause about why not.
    """

    id: str
    stat: MetricStat | None
    expression: str | None
    period: int | None = None
    own: bool = True
    returned: bool = True
    account: str = ""
    insights: MetricsInsights | None = None
    fault: str = ""

    @property
    def periods(self) -> Iterator[int]:
        """The periods, in seconds, over which it is computed."""
        if self.period is not None:
            yield self.period
        if self.stat is not None and self.stat.period is not None:
            yield self.stat.period


@dataclass(frozen=True, slots=True)
class Action:
    """What an alarm does when it enters ALARM: what names the target, and its ARN (None when it is not one)."""

    target: str
    arn: Arn | None


@dataclass(frozen=True, slots=True)
class CompositeRule:
    """The rule of a composite alarm. ``parsed`` is None when it is not understood; ``fault`` is a clause about why."""

    text: str
    parsed: AlarmRule | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """The scheduled query of a log alarm; ``groups`` are the names or ARNs of the log groups that it reads.

    It runs ``every`` so many seconds and looks at ``span`` seconds of log events; None where that is not understood.
    """

    text: str
    groups: tuple[str, ...]
    every: int | None = None
    span: int | None = None

    @property
    def gaps(self) -> bool:
        """Whether there are certainly times of which it never sees the log events."""
        return self.every is not None and self.span is not None and self.span < self.every

    def reads(self, name: str, arn: str) -> bool:
        """Whether it reads the log group of this name and ARN; one that names no groups may read any."""
        return not self.groups or name in self.groups or arn in self.groups


@dataclass(frozen=True, slots=True)
class Alarm:
    """A metric, composite or log alarm of an account and Region.

    ``identity`` is its ARN, or its name without one. ``threshold`` and ``needed`` (how many datapoints must breach)
    are None when they are not numbers, ``band`` says that it compares with another series instead, ``by_the_clock``
    that its periods begin on the minute, hour, day or week. ``actions`` are those for ALARM; ``acts`` says whether
    actions are on (None: not known). Only a composite alarm has a ``rule``, and only a log alarm a ``log``.
    ``suppressor`` is the alarm that silences a composite alarm, as AWS names it ("": none), ``suppressor_name`` its
    name. ``settings`` are AWS's members, for rows, messages and commands that repeat them. ``unknown`` has the gaps of
    members that are not known; what is read from them is as if they were absent, so ask ``unsettled`` and ``unheard``.
    """

    account: str
    region: str
    name: str
    identity: str
    arn: Arn | None
    queries: tuple[MetricQuery, ...]
    comparison: str
    threshold: float | None
    band: bool
    evaluation_periods: int | None
    needed: int | None
    missing_data: str
    ignores_few_samples: bool
    by_the_clock: bool
    evaluation_state: str
    acts: bool | None
    actions: tuple[Action, ...]
    in_alarm: bool
    rule: CompositeRule | None
    suppressor: str
    suppressor_name: str
    settings: Mapping[str, Any]
    unknown: Mapping[str, Gap] = field(default_factory=dict)
    log: LogQuery | None = None

    @property
    def unsettled(self) -> Gap | None:
        """Why it is not known when it enters ALARM: a setting that decides this is not known."""
        return next((self.unknown[name] for name in sorted(self.unknown) if name in EVALUATION), None)

    @property
    def unheard(self) -> Gap | None:
        """Why it is not known what it does in ALARM."""
        return self.unknown.get("AlarmActions")

    @property
    def state_since(self) -> Any:
        """When its state last changed, as AWS writes it, or at the latest did; None where that is not told."""
        return self.settings.get("StateTransitionedTimestamp") or self.settings.get("StateUpdatedTimestamp")

    @property
    def metrics(self) -> Iterator[NamedMetric]:
        """Every metric it reads, of whichever account."""
        for query in self.queries:
            if query.stat is not None and query.stat.metric is not None:
                yield query.stat.metric

    @property
    def own_metrics(self) -> Iterator[NamedMetric]:
        """Every metric it reads in its own account."""
        for query in self.queries:
            if query.own and query.stat is not None and query.stat.metric is not None:
                yield query.stat.metric

    @property
    def insights(self) -> Iterator[MetricsInsights]:
        """Its Metrics Insights queries, as far as they are understood."""
        return (query.insights for query in self.queries if query.insights is not None)

    @property
    def own_insights(self) -> Iterator[MetricsInsights]:
        """Those of its Metrics Insights queries that take in metrics of its own account."""
        return (query.insights for query in self.queries if query.insights is not None and query.own)

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """Namespace and name of every metric it reads, alone or by a query, of whichever account."""
        yield from ((metric.namespace, metric.name) for metric in self.metrics)
        yield from ((query.namespace, query.name) for query in self.insights)

    @property
    def own_names(self) -> Iterator[tuple[str, str]]:
        """Namespace and name of every metric it reads in its own account, alone or by a query."""
        yield from ((metric.namespace, metric.name) for metric in self.own_metrics)
        yield from ((query.namespace, query.name) for query in self.own_insights)

    @property
    def contributors(self) -> bool:
        """Whether it watches several time series, each of which goes to ALARM and acts by itself."""
        return any(query.returned and query.insights is not None and query.insights.groups for query in self.queries)

    @property
    def foreign_accounts(self) -> frozenset[str]:
        """The other accounts whose metrics it names."""
        return frozenset(query.account for query in self.queries if query.account and not query.own)

    @property
    def named_accounts(self) -> frozenset[str]:
        """The accounts that it names: in a metric query, or in the text of a Metrics Insights query."""
        queried = {query.named_account for query in self.insights} - {""}
        unread = " ".join(query.expression or "" for query in self.queries if query.fault)
        return self.foreign_accounts | queried | frozenset(_ACCOUNT.findall(unread))

    @property
    def reads_linked(self) -> bool:
        """Whether it may read metrics of other accounts, which share theirs with the alarm's own, named or not."""
        open_queries = (each for each in self.insights if not each.namespace.startswith(_OF_SERVICES))
        faulty = any(query.fault for query in self.queries)
        return bool(self.foreign_accounts) or faulty or any(not each.only(self._owner) for each in open_queries)

    def reads_from(self, account: str, metrics: Iterable[PublishedMetric]) -> bool:
        """Whether it may read one of the metrics of another account."""
        if account in self.foreign_accounts or any(query.fault for query in self.queries):
            return True
        queries = [each for each in self.insights if each.covers(account, self._owner)]
        return any(each.sees(metric) is not False for each in queries for metric in metrics)

    def reading(self, account: str) -> "Alarm":
        """The alarm as that account sees it: the metrics of that account are the own ones."""
        queries = (replace(query, own=_reads(query, account, self._owner)) for query in self.queries)
        return replace(self, queries=tuple(queries))

    @property
    def _owner(self) -> str:
        return self.arn.account if self.arn is not None else self.account

    @property
    def longest_period(self) -> int:
        """The longest period, in seconds, over which something it reads is computed; 0 when none is stated."""
        return max((period for query in self.queries for period in query.periods), default=0)


def read_alarm(
    listed: Mapping[str, Any],
    account: str,
    region: str,
    *,
    composite: bool = False,
    unknown: Mapping[str, Gap] | None = None,
) -> Alarm:
    """An alarm from one of the ``MetricAlarms``, ``CompositeAlarms`` or ``LogAlarms`` of an account and Region.

    ``unknown`` has the gaps of its members that are not known.
    """
    arn = parse_arn(listed.get("AlarmArn"))
    name = str(listed.get("AlarmName") or listed.get("AlarmArn") or "")
    suppressor = _text(listed.get("ActionsSuppressor"))
    return Alarm(
        account=account,
        region=region,
        name=name,
        identity=str(listed.get("AlarmArn") or name),
        arn=arn,
        queries=() if composite else tuple(_queries(listed, arn.account if arn is not None else "")),
        comparison=_text(listed.get("ComparisonOperator")),
        threshold=read_number(listed.get("Threshold")),
        band=bool(listed.get("ThresholdMetricId")),
        evaluation_periods=_count(listed.get("EvaluationPeriods")),
        needed=_count(listed.get("DatapointsToAlarm") or listed.get("EvaluationPeriods")),
        missing_data=str(listed.get("TreatMissingData") or "missing"),
        ignores_few_samples=listed.get("EvaluateLowSampleCountPercentile") == "ignore",
        by_the_clock="WallClockWindow" in (listed.get("EvaluationWindow") or {}),
        evaluation_state=_text(listed.get("EvaluationState")),
        acts=_flag(listed.get("ActionsEnabled")),
        actions=tuple(_actions(listed.get("AlarmActions"))),
        in_alarm=listed.get("StateValue") == "ALARM",
        rule=_rule(_text(listed.get("AlarmRule")), account, region) if composite else None,
        suppressor=suppressor,
        suppressor_name=alarm_name(suppressor, account, region),
        settings=listed,
        unknown=unknown or {},
        log=_log_query(listed.get("ScheduledQueryConfiguration")),
    )


def _log_query(told: Any) -> LogQuery | None:
    if not isinstance(told, Mapping):
        return None
    groups = told.get("LogGroupIdentifiers")
    named = [each.removesuffix(":*") for each in groups if isinstance(each, str)] if isinstance(groups, list) else []
    schedule = told.get("ScheduleConfiguration")
    schedule = schedule if isinstance(schedule, Mapping) else {}
    start, end = _count(schedule.get("StartTimeOffset")), _count(schedule.get("EndTimeOffset")) or 0
    rate = _RATE.fullmatch(_text(schedule.get("ScheduleExpression")))
    return LogQuery(
        text=_text(told.get("QueryString")),
        groups=tuple(named),
        every=int(rate["number"]) * _SECONDS[rate["unit"]] if rate is not None else None,
        span=start - end if start is not None else None,
    )


def _queries(listed: Mapping[str, Any], owner: str) -> Iterator[MetricQuery]:
    """The queries of a metric alarm; an alarm on a single metric is one query."""
    if isinstance(listed.get("MetricName"), str):
        statistic = listed.get("ExtendedStatistic") or listed.get("Statistic")
        yield MetricQuery("metric", _stat(listed, statistic, listed.get("Period"), listed.get("Unit")), None)
        return
    queries = listed.get("Metrics")
    for query in queries if isinstance(queries, list) else ():
        if isinstance(query, Mapping):
            yield _query(query, owner)


def _reads(query: MetricQuery, account: str, owner: str) -> bool:
    """Whether a query of an alarm of ``owner`` reads metrics of an account."""
    if query.insights is None:
        return query.account == account
    return query.account in {"", account} and query.insights.covers(account, owner)


def _query(query: Mapping[str, Any], owner: str) -> MetricQuery:
    stat, expression, account = query.get("MetricStat"), query.get("Expression"), query.get("AccountId")
    insights, fault = _insights(expression)
    own = not account or account == owner
    return MetricQuery(
        id=str(query.get("Id", "")),
        stat=_stat(stat.get("Metric"), stat.get("Stat"), stat.get("Period"), stat.get("Unit"))
        if isinstance(stat, Mapping)
        else None,
        expression=expression if isinstance(expression, str) else None,
        period=_count(query.get("Period")),
        # A query with an account id may read the metric of another account.
        own=own and (insights is None or insights.covers(owner, owner)),
        returned=query.get("ReturnData", True) is not False,
        account=_text(account),
        insights=insights,
        fault=fault,
    )


def _insights(expression: Any) -> tuple[MetricsInsights | None, str]:
    """A Metrics Insights query, or why it is not understood; neither for metric math."""
    if not isinstance(expression, str) or not is_query(expression):
        return None, ""
    try:
        return read_query(expression), ""
    except QueryNotReadError as error:
        return None, str(error)


def _stat(metric: Any, statistic: Any, period: Any, unit: Any) -> MetricStat:
    named = named_metric(metric) if isinstance(metric, Mapping) else None
    return MetricStat(named, str(statistic or ""), _count(period), str(unit or ""))


def _actions(listed: Any) -> Iterator[Action]:
    for target in listed if isinstance(listed, list) else ():
        if isinstance(target, str):
            yield Action(target, parse_arn(target))


def _rule(text: str, account: str, region: str) -> CompositeRule:
    try:
        return CompositeRule(text, parse_alarm_rule(text, account, region))
    except AlarmRuleError as error:
        return CompositeRule(text, None, str(error))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    """A number above 0; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
