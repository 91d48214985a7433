"""What is read from an alarm once: queries, actions, rule, and what is missing or malformed in each."""

from typing import Any

import pytest

from scanner.alarms.alarm import Alarm, MetricQuery, read_alarm
from scanner.alarms.metric import NamedMetric, PublishedMetric

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:changes"
METRIC: dict[str, Any] = {
    "Namespace": "Audit",
    "MetricName": "Changes",
    "Dimensions": [{"Name": "Env", "Value": "prod"}],
}
NAMED = NamedMetric("Audit", "Changes", {"Env": "prod"})


def read(composite: bool = False, **members: Any) -> Alarm:
    listed = {"AlarmName": "changes", "AlarmArn": ARN, **members}
    return read_alarm(listed, "111122223333", "us-east-1", composite=composite)


def only_query(**members: Any) -> MetricQuery:
    (query,) = read(**members).queries
    return query


def test_an_alarm_on_one_metric_is_one_query() -> None:
    query = only_query(**METRIC, Statistic="Sum", Period=60, Unit="Count")
    assert query.stat is not None
    assert (query.stat.metric, query.stat.statistic, query.stat.period, query.stat.unit) == (NAMED, "Sum", 60, "Count")
    assert (query.id, query.expression, query.own, query.returned) == ("metric", None, True, True)
    percentile = only_query(**METRIC, ExtendedStatistic="p99", Period=60)
    assert percentile.stat is not None
    assert (percentile.stat.statistic, percentile.stat.unit) == ("p99", "")


@pytest.mark.parametrize(
    ("account", "own"),
    [(None, True), ("", True), ("111122223333", True), ("999988887777", False), ({"odd": 1}, False)],
)
def test_whose_metric_a_query_reads(account: Any, *, own: bool) -> None:
    query = {"Id": "m1", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum"}, "AccountId": account}
    alarm = read(Metrics=[query])
    assert alarm.queries[0].own is own
    assert list(alarm.metrics) == [NAMED]
    assert list(alarm.own_metrics) == ([NAMED] if own else [])


def test_periods_of_metrics_and_expressions() -> None:
    stat = {"Metric": METRIC, "Period": 60, "Stat": "Sum"}
    alarm = read(Metrics=[{"Id": "m1", "MetricStat": stat}, {"Id": "e1", "Expression": "m1", "Period": 300}, "odd"])
    assert [list(query.periods) for query in alarm.queries] == [[60], [300]]
    assert (alarm.longest_period, read(Metrics=[]).longest_period) == (300, 0)
    assert read(**METRIC, Period=True).longest_period == 0


@pytest.mark.parametrize(
    ("dimensions", "whole"),
    [
        ([{"Name": "Env", "Value": "prod"}], True),
        ([{"Name": "Env", "Value": "prod"}, {"Name": "Env", "Value": "prod"}], False),
        ([{"Name": "Env", "Value": "prod"}, {"Value": "x"}], False),
        ([{"Name": "Env", "Value": "prod"}, "odd"], False),
    ],
)
def test_a_dimension_that_is_named_twice_or_not_at_all(dimensions: Any, *, whole: bool) -> None:
    query = only_query(**{**METRIC, "Dimensions": dimensions})
    assert query.stat is not None
    assert query.stat.metric == NamedMetric("Audit", "Changes", {"Env": "prod"}, whole=whole)


@pytest.mark.parametrize(
    ("members", "needed"),
    [
        ({"EvaluationPeriods": 3}, 3),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, 2),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": "2"}, None),
        ({"EvaluationPeriods": 0}, None),
        ({"EvaluationPeriods": True}, None),
        ({}, None),
    ],
)
def test_how_many_datapoints_it_needs(members: dict[str, Any], needed: int | None) -> None:
    assert read(**members).needed == needed


def test_actions_are_taken_apart_once() -> None:
    topic = "arn:aws:sns:us-east-1:111122223333:alerts"
    alarm = read(AlarmActions=[topic, "odd", 3], ActionsEnabled=True)
    assert [(action.target, action.arn is not None) for action in alarm.actions] == [(topic, True), ("odd", False)]
    assert [read(ActionsEnabled=flag).acts for flag in (True, False, None, "true")] == [True, False, None, None]
    assert read(AlarmActions=topic).actions == ()


def test_the_rule_of_a_composite_alarm() -> None:
    rule = read(composite=True, AlarmRule="ALARM(other)", ActionsSuppressor=f"{ARN}-mute").rule
    assert rule is not None
    assert rule.parsed is not None
    odd = read(composite=True, AlarmRule="PERHAPS(other)").rule
    assert odd is not None
    assert (odd.parsed, odd.text) == (None, "PERHAPS(other)")
    assert "PERHAPS" in odd.fault
    assert read(AlarmRule="ALARM(other)").rule is None


def test_a_suppressor_is_known_by_its_name() -> None:
    alarm = read(composite=True, AlarmRule="TRUE", ActionsSuppressor=f"{ARN}-mute")
    assert (alarm.suppressor, alarm.suppressor_name) == (f"{ARN}-mute", "changes-mute")
    assert read(composite=True, AlarmRule="TRUE").suppressor_name == ""


def test_an_alarm_without_an_arn_is_known_by_its_name() -> None:
    alarm = read_alarm({"AlarmName": "changes"}, "111122223333", "us-east-1")
    assert (alarm.identity, alarm.arn) == ("changes", None)


@pytest.mark.parametrize(
    ("schedule", "every", "span", "gaps"),
    [
        ({"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 1200}, 300, 1200, False),
        ({"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 60}, 60, 60, False),
        ({"ScheduleExpression": "rate(1 hour)", "StartTimeOffset": 3600, "EndTimeOffset": 1}, 3600, 3599, True),
        ({"ScheduleExpression": "rate(2 days)", "StartTimeOffset": 86400}, 172800, 86400, True),
        ({"ScheduleExpression": "cron(0 * * * ? *)", "StartTimeOffset": 60}, None, 60, False),
        ({"ScheduleExpression": "rate(5 minutes)"}, 300, None, False),
        (None, None, None, False),
    ],
)
def test_the_scheduled_query_of_a_log_alarm(schedule: Any, every: Any, span: Any, *, gaps: bool) -> None:
    query = read(ScheduledQueryConfiguration={"QueryString": "fields @message", "ScheduleConfiguration": schedule}).log
    assert query is not None
    assert (query.every, query.span, query.gaps) == (every, span, gaps)
    assert read().log is None


@pytest.mark.parametrize(
    ("where", "named", "linked", "sees"),
    [
        ("", set(), True, True),
        ("WHERE AWS.AccountId = '444455556666'", {"444455556666"}, True, True),
        ("WHERE AWS.AccountId = '777788889999'", {"777788889999"}, True, False),
        ("WHERE AWS.AccountId != '444455556666'", set(), True, False),
        ("WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()", set(), False, False),
        ("WHERE AWS.AccountId = '111122223333'", {"111122223333"}, False, False),
        ("WHERE AWS.AccountId IN ('444455556666', '1')", {"444455556666"}, True, True),
        ("WHERE Env = 'prod'", set(), True, False),
    ],
)
def test_whose_metrics_a_metrics_insights_query_may_take_in(
    where: str, named: set[str], *, linked: bool, sees: bool
) -> None:
    start = "SELECT SUM(Changes) FROM Audit"
    query = {"Id": "q1", "Expression": f"{start} {where}", "Period": 60}
    alarm = read(Metrics=[query])
    assert (set(alarm.named_accounts), alarm.reads_linked) == (named, linked)
    assert alarm.reads_from("444455556666", [PublishedMetric("Audit", "Changes", 1.0)]) is sees


def test_the_queries_of_an_alarm_as_another_account_sees_them() -> None:
    texts = ("", " WHERE AWS.AccountId = '444455556666'", " WHERE AWS.AccountId = CURRENT_ACCOUNT_ID()")
    start = "SELECT SUM(Changes) FROM Audit"
    queries = [{"Id": f"q{n}", "Expression": f"{start}{rest}", "Period": 60} for n, rest in enumerate(texts)]
    queries.append({"Id": "q3", "Expression": start, "Period": 60, "AccountId": "777788889999"})
    alarm = read(Metrics=queries)
    assert [query.own for query in alarm.queries] == [True, False, True, False]
    assert [query.own for query in alarm.reading("444455556666").queries] == [True, True, False, False]
    assert [query.own for query in alarm.reading("777788889999").queries] == [True, False, False, True]


def test_a_query_of_what_services_publish_concerns_no_filter() -> None:
    query = {"Id": "q1", "Expression": 'SELECT AVG(CPUUtilization) FROM "AWS/EC2"', "Period": 60}
    alarm = read(Metrics=[query])
    assert not alarm.reads_linked
    assert list(alarm.names) == list(alarm.own_names) == [("AWS/EC2", "CPUUtilization")]
