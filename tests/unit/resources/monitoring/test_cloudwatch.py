from collections.abc import Callable
from typing import Any

import pytest

from scanner.audit_path.histories.alarm_history import ARGUMENTS
from scanner.audit_path.mute_rules import NOT_EXPIRED
from scanner.audit_path.places import ALARM_HISTORY
from scanner.audit_path.watching import ALARM_ARGUMENTS, alarm_listing, alarms_that_may_notify, audit_alarms
from scanner.facts.rows import Row
from scanner.model import GapKind
from scanner.resources.monitoring.cloudwatch import (
    MOST_EVENTS,
    alarm_view,
    audit_alarm_view,
    matches_only_failed_sign_ins,
)
from scanner.snapshot.answers import CallError, Snapshot

Make = Callable[..., Snapshot]

ACCOUNT = "111122223333"
DENIED = CallError(GapKind.DENIED, "AccessDenied", "")
TYPES = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"


def trails(*groups: str) -> Any:
    listed = [
        {
            "Name": f"t{number}",
            "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/t{number}",
            "HomeRegion": "us-east-1",
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{group}:*",
        }
        for number, group in enumerate(groups or (f"us-east-1:{ACCOUNT}:log-group:audit",))
    ]
    return "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": listed}


def filters(*transformations: dict[str, Any], group: str = "audit", region: str = "us-east-1") -> Any:
    listed = [
        {"filterName": f"f{number}", "filterPattern": "", "metricTransformations": [item]}
        for number, item in enumerate(transformations)
    ]
    return region, "logs.DescribeMetricFilters", {"logGroupName": group}, {"metricFilters": listed}


def history(*items: dict[str, Any]) -> Any:
    return "us-east-1", ALARM_HISTORY.operation, ARGUMENTS, {"AlarmHistoryItems": list(items)}


def state_update(time: str, state: str, name: str = "alarm", **members: Any) -> dict[str, Any]:
    data = {"HistoryData": f'{{"newState": {{"stateValue": "{state}"}}}}'}
    return {"AlarmName": name, "Timestamp": time, "HistoryItemType": "StateUpdate", **data, **members}


def test_when_it_went_into_alarm(make_snapshot: Make) -> None:
    told = history(
        state_update("2026-11-19T10:00:00Z", "ALARM"),
        state_update("2026-11-19T10:09:00Z", "OK"),
        state_update("2026-11-20T05:00:00Z", "", HistoryData="odd", HistorySummary="Alarm updated from OK to ALARM"),
        state_update("2026-11-20T05:30:00Z", "ALARM", name="other"),
    )
    row = only(make_snapshot(trails(), filters(counts()), alarms(alarm()), told))
    assert row.data["EnteredAlarm"] == ["2026-11-20T05:00:00Z", "2026-11-19T10:00:00Z"]
    unasked = only(make_snapshot(trails(), filters(counts()), alarms(alarm())))
    assert unasked.gaps["EnteredAlarm"].kind is GapKind.NOT_COLLECTED


def counts(name: str = "Changes", **members: Any) -> dict[str, Any]:
    return {"metricNamespace": "Audit", "metricName": name, "metricValue": "1", **members}


def alarm(name: str = "alarm", metric: str = "Changes", **members: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "Namespace": "Audit",
        "MetricName": metric,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        **members,
    }


def composite(name: str, rule: str, **members: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "AlarmRule": rule,
        **members,
    }


def alarms(*metric: dict[str, Any], composites: tuple[dict[str, Any], ...] = (), region: str = "us-east-1") -> Any:
    answer = {"MetricAlarms": list(metric), "CompositeAlarms": list(composites)}
    return region, "cloudwatch.DescribeAlarms", TYPES, answer


def mute_rules(*names: str) -> Any:
    listed = [
        {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm-mute-rule:{name}", "Status": "SCHEDULED"}
        for name in names
    ]
    return "us-east-1", "cloudwatch.ListAlarmMuteRules", NOT_EXPIRED, {"AlarmMuteRuleSummaries": listed}


def only(snapshot: Snapshot) -> Row:
    view = audit_alarm_view(snapshot, ACCOUNT)
    (row,) = view.rows
    assert not view.gaps
    return row


def test_alarms_of_every_region_with_a_log_group(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        trails(f"us-east-1:{ACCOUNT}:log-group:audit", "eu-west-1:999988887777:log-group:org"),
        alarms(alarm("a"), composites=(composite("b", "ALARM(a)"),)),
        ("eu-west-1", "cloudwatch.DescribeAlarms", TYPES, DENIED),
        alarms(alarm("elsewhere"), region="us-west-2"),
    )
    view = alarm_view(snapshot, ACCOUNT)
    assert [(row.data["AlarmName"], row.data["Kind"]) for row in view.rows] == [("a", "metric"), ("b", "composite")]
    assert [(gap.region, gap.kind) for gap in view.gaps] == [("eu-west-1", "denied")]
    assert [row.sources[0].pointer for row in view.rows] == ["/pages/0/MetricAlarms/0", "/pages/0/CompositeAlarms/0"]


def test_alarms_of_every_page(make_snapshot: Make) -> None:
    pages = [{"MetricAlarms": [alarm("a")]}, {"MetricAlarms": [alarm("b")], "CompositeAlarms": []}]
    view = alarm_view(make_snapshot(trails(), ("us-east-1", "cloudwatch.DescribeAlarms", TYPES, pages)), ACCOUNT)
    assert [row.sources[0].pointer for row in view.rows] == ["/pages/0/MetricAlarms/0", "/pages/1/MetricAlarms/0"]


def test_the_state_s_time(make_snapshot: Make) -> None:
    both = alarm("a", StateTransitionedTimestamp="2026-01-01T00:00:00Z", StateUpdatedTimestamp="2026-02-01T00:00:00Z")
    old = alarm("b", StateUpdatedTimestamp="2026-02-01T00:00:00Z")
    view = alarm_view(make_snapshot(trails(), alarms(both, old)), ACCOUNT)
    assert [row.data["StateSince"] for row in view.rows] == ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]


def test_audit_alarms_meet_their_filters_by_namespace_and_name(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        trails(),
        filters(counts(), counts("Other")),
        alarms(
            alarm("same"),
            alarm("elsewhere", Namespace="Another"),
            alarm("by-filter-name", metric="f0"),
            alarm("unrelated", metric="CPUUtilization"),
        ),
    )
    row = only(snapshot)
    assert (row.data["AlarmName"], row.data["Filters"], row.data["EventsToAlarm"]) == ("same", ["f0"], 1)
    assert [source.call.operation for source in row.sources] == [
        "cloudwatch.DescribeAlarms",
        "logs.DescribeMetricFilters",
    ]


def math(**query: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Audit", "MetricName": "Changes"}, "Period": 300, "Stat": "Sum"}
    members = alarm(Metrics=[{"Id": "m", "ReturnData": True, "MetricStat": stat, **query}])
    return {name: value for name, value in members.items() if name not in {"MetricName", "Namespace", "Statistic"}}


@pytest.mark.parametrize(("query", "found"), [({}, 1), ({"AccountId": ACCOUNT}, 1), ({"AccountId": "999988887777"}, 0)])
def test_metrics_of_math_alarms(make_snapshot: Make, query: dict[str, Any], found: int) -> None:
    view = audit_alarm_view(make_snapshot(trails(), filters(counts()), alarms(math(**query))), ACCOUNT)
    assert len(view.rows) == found


def test_an_alarm_in_another_region_is_on_another_metric(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        trails(f"us-east-1:{ACCOUNT}:log-group:audit", f"eu-west-1:{ACCOUNT}:log-group:audit"),
        filters(counts()),
        filters(region="eu-west-1"),
        alarms(),
        alarms(alarm(), region="eu-west-1"),
    )
    assert audit_alarm_view(snapshot, ACCOUNT).rows == ()


def test_log_groups_of_other_accounts_neither_count_nor_hide_anything(make_snapshot: Make) -> None:
    snapshot = make_snapshot(
        trails(f"us-east-1:{ACCOUNT}:log-group:audit", "eu-west-1:999988887777:log-group:org"),
        filters(counts()),
        alarms(alarm()),
    )
    assert only(snapshot).data["AlarmName"] == "alarm"


@pytest.mark.parametrize(
    "calls",
    [
        (("us-east-1", "logs.DescribeMetricFilters", {"logGroupName": "audit"}, DENIED), alarms(alarm())),
        (filters(counts()), ("us-east-1", "cloudwatch.DescribeAlarms", TYPES, DENIED)),
        (filters(counts()),),
    ],
)
def test_what_may_hide_an_audit_alarm(make_snapshot: Make, calls: tuple[Any, ...]) -> None:
    view = audit_alarm_view(make_snapshot(trails(), *calls), ACCOUNT)
    assert (view.rows, len(view.gaps)) == ((), 1)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, 1),
        ({"Threshold": 2}, 2),
        ({"Threshold": 5, "ComparisonOperator": "GreaterThanThreshold"}, 6),
        ({"Threshold": 37}, 37),
        ({"Threshold": MOST_EVENTS}, MOST_EVENTS),
        ({"Threshold": MOST_EVENTS + 1}, None),
        ({"DatapointsToAlarm": 2, "EvaluationPeriods": 2}, None),
        ({"Dimensions": [{"Name": "Region", "Value": "x"}]}, None),
        ({"Statistic": "Average", "Threshold": 2}, None),
    ],
)
def test_how_many_events_an_alarm_needs(make_snapshot: Make, members: dict[str, Any], expected: int | None) -> None:
    row = only(make_snapshot(trails(), filters(counts()), alarms(alarm(**members))))
    assert row.data["EventsToAlarm"] == expected
    assert row.data["CanEnterAlarm"] is (expected == 1)
    assert row.data["Reachability"]


def test_the_filter_that_serves_best_counts(make_snapshot: Make) -> None:
    row = only(make_snapshot(trails(), filters(counts(metricValue="0"), counts()), alarms(alarm())))
    assert (row.data["EventsToAlarm"], row.data["Filters"]) == (1, ["f0", "f1"])
    by_value = filters(counts(metricValue="0.25"), counts(), counts(metricValue="0.5"))
    assert only(make_snapshot(trails(), by_value, alarms(alarm()))).data["EventsToAlarm"] == 1
    row = only(make_snapshot(trails(), filters(counts(metricValue="$.bytes")), alarms(alarm())))
    assert row.data["EventsToAlarm"] is None
    assert "$.bytes" in row.data["Reachability"]


def test_what_cannot_be_decided_is_a_gap(make_snapshot: Make) -> None:
    band = {"ThresholdMetricId": "b"}
    row = only(make_snapshot(trails(), filters(counts()), alarms({**math(), **band}), mute_rules(), history()))
    assert set(row.gaps) == {"CanEnterAlarm", "EventsToAlarm", "Reachability"}
    assert "alarm" in row.gaps["EventsToAlarm"].reason


@pytest.mark.parametrize(("value", "expected"), [(0, True), (1.0, True), ("none", False)])
def test_default_values(make_snapshot: Make, value: float | str, *, expected: bool) -> None:
    default: dict[str, Any] = {} if isinstance(value, str) else {"defaultValue": value}
    row = only(make_snapshot(trails(), filters(counts(**default)), alarms(alarm())))
    assert row.data["PublishesDefault"] is expected


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ((composite("p", "ALARM(alarm)"),), [TOPIC]),
        ((composite("p", f'ALARM("arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:alarm")'),), [TOPIC]),
        ((composite("p", f'ALARM("arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:alarm")'),), []),
        ((composite("p", 'ALARM("arn:aws:cloudwatch:us-east-1:999988887777:alarm:alarm")'),), []),
        ((composite("p", "ALARM(alarm) OR ALARM(other)"),), [TOPIC]),
        ((composite("p", "ALARM(alarm) AND NOT ALARM(maintenance)"),), [TOPIC]),
        ((composite("p", "ALARM(alarm) AND ALARM(other)"),), []),
        ((composite("p", "OK(alarm)"),), []),
        ((composite("p", "NOT ALARM(alarm)"),), []),
        ((composite("p", "TRUE"),), []),
        ((composite("p", "ALARM(alarm-2)"),), []),
        ((composite("p", "ALARM(alarm)", ActionsEnabled=False),), []),
        ((composite("p", "ALARM(alarm)", AlarmActions=[]), composite("g", "ALARM(p)")), [TOPIC]),
        ((composite("p", "ALARM(alarm)", ActionsSuppressor="maintenance"),), [TOPIC]),
        ((composite("p", "ALARM(alarm)", ActionsSuppressor="alarm"),), []),
        (
            (
                composite(
                    "p", "ALARM(alarm)", ActionsSuppressor=f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:always"
                ),
                composite("always", "TRUE", AlarmActions=[]),
            ),
            [],
        ),
    ],
)
def test_actions_of_composite_alarms(make_snapshot: Make, parents: tuple[Any, ...], expected: list[str]) -> None:
    row = only(make_snapshot(trails(), filters(counts()), alarms(alarm(), composites=parents)))
    assert row.data["ParentActions"] == expected


def test_a_composite_rule_that_is_not_understood(make_snapshot: Make) -> None:
    odd = composite("odd", "SOMETHING(alarm)")
    row = only(make_snapshot(trails(), filters(counts()), alarms(alarm(), composites=(odd,))))
    assert "odd" in row.gaps["ParentActions"].reason
    known = composite("known", "ALARM(alarm)")
    row = only(make_snapshot(trails(), filters(counts()), alarms(alarm(), composites=(odd, known))))
    assert row.data["ParentActions"] == [TOPIC]
    assert len(row.cites["ParentActions"]) == 2


def test_a_malformed_composite_may_have_acted(make_snapshot: Make) -> None:
    odd = {**composite("odd", "ALARM(alarm)"), "AlarmActions": "text"}
    (row,) = audit_alarm_view(
        make_snapshot(trails(), filters(counts()), alarms(alarm(), composites=(odd,))), ACCOUNT
    ).rows
    assert row.gaps["ParentActions"].pointer == "/pages/0/CompositeAlarms/0/AlarmActions"
    known = composite("known", "ALARM(alarm)")
    both = make_snapshot(trails(), filters(counts()), alarms(alarm(), composites=(odd, known)))
    (row,) = audit_alarm_view(both, ACCOUNT).rows
    assert row.data["ParentActions"] == [TOPIC]


@pytest.mark.parametrize("odd", [{}, {"AlarmName": None}, {"Metrics": "x"}, {"Metrics": [1, {"MetricStat": 5}]}])
def test_odd_alarms_leave_the_population_open(make_snapshot: Make, odd: dict[str, Any]) -> None:
    snapshot = make_snapshot(trails(), filters(counts(), {}), alarms(odd, alarm(), {**alarm("second"), **odd}))
    for view in (audit_alarm_view(snapshot, ACCOUNT), alarm_view(snapshot, ACCOUNT)):
        assert "alarm" in {row.data["AlarmName"] for row in view.rows}
        assert ("cloudwatch.DescribeAlarms", "invalid") in {(gap.operation, gap.kind) for gap in view.gaps}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }', True),
        ('{ $.errorMessage = "Failed authentication" && $.eventName = "ConsoleLogin" && $.awsRegion = x }', True),
        ('{ $.eventName = "ConsoleLogin" }', False),
        ('{ ($.eventName = ConsoleLogin && $.errorMessage = "Failed authentication") || $.eventName = "X" }', False),
        ('"Failed authentication"', False),
        ("{ $.errorMessage = Failed", False),
        ("", False),
        (None, False),
    ],
)
def test_a_filter_on_nothing_but_failed_sign_ins(pattern: str | None, *, expected: bool) -> None:
    assert matches_only_failed_sign_ins(pattern) is expected


def test_a_mute_rule_whose_name_is_not_told_may_mute_the_alarm(make_snapshot: Make) -> None:
    region, operation, arguments, _ = mute_rules()
    nameless = {"AlarmMuteRuleSummaries": [{"AlarmMuteRuleArn": "odd", "Status": "ACTIVE"}]}
    listed = (region, operation, arguments, nameless)
    row = only(make_snapshot(trails(), filters(counts()), alarms(alarm()), listed, history()))
    assert set(row.gaps) == {"MutedNow", "MutedHours", "MuteRules"}
    assert "does not tell its name" in row.gaps["MutedNow"].reason


def log_alarm(name: str = "query", *groups: str, **members: Any) -> dict[str, Any]:
    query = {
        "QueryString": "filter eventSource = 'iam.amazonaws.com'",
        "LogGroupIdentifiers": list(groups),
        "ScheduledQueryRoleARN": f"arn:aws:iam::{ACCOUNT}:role/queries",
        "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 1200},
        "AggregationExpression": "count(*)",
    }
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"
    told = {"AlarmName": name, "AlarmArn": arn, "ActionsEnabled": True, "AlarmActions": [TOPIC]}
    return {**told, "ScheduledQueryConfiguration": query, **members}


def with_log_alarms(*listed: dict[str, Any], composites: tuple[dict[str, Any], ...] = ()) -> Any:
    answer = {"MetricAlarms": [alarm()], "CompositeAlarms": list(composites), "LogAlarms": list(listed)}
    return "us-east-1", "cloudwatch.DescribeAlarms", ALARM_ARGUMENTS, answer


def test_log_alarms_are_listed_and_are_no_metric_alarms(make_snapshot: Make) -> None:
    snapshot = make_snapshot(trails(), filters(counts()), with_log_alarms(log_alarm("query", "audit")), mute_rules())
    rows = alarm_view(snapshot, ACCOUNT).rows
    assert [(row.data["AlarmName"], row.data["Kind"]) for row in rows] == [("alarm", "metric"), ("query", "log")]
    assert rows[1].sources[0].pointer == "/pages/0/LogAlarms/0"
    assert only(snapshot).data["AlarmName"] == "alarm"


def test_the_listing_of_an_earlier_version_tells_no_log_alarms(make_snapshot: Make) -> None:
    earlier = make_snapshot(trails(), filters(counts()), alarms(alarm("old")), mute_rules())
    assert alarm_listing(earlier, ACCOUNT, "us-east-1").key.arguments == TYPES
    both = make_snapshot(trails(), filters(counts()), alarms(alarm("old")), with_log_alarms(), mute_rules())
    assert [row.data["AlarmName"] for row in alarm_view(both, ACCOUNT).rows] == ["alarm"]
    assert alarm_listing(make_snapshot(trails()), ACCOUNT, "us-east-1").key.arguments == ALARM_ARGUMENTS


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (("audit",), True),
        ((f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit",), True),
        ((f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit:*",), True),
        (("other", "audit"), True),
        ((), True),
        (("other",), False),
        (("audit-2",), False),
        ((f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:audit",), False),
    ],
)
def test_log_alarms_that_query_an_audit_log_group_notify(
    make_snapshot: Make, groups: tuple[str, ...], *, expected: bool
) -> None:
    above = (composite("above", "ALARM(query)"),)
    snapshot = make_snapshot(trails(), filters(), with_log_alarms(log_alarm("query", *groups), composites=above))
    found = [alarm.name for alarm, _ in audit_alarms(snapshot, ACCOUNT).notifying()]
    assert found == (["query", "above"] if expected else [])
    assert "query" in [alarm.name for alarm in alarms_that_may_notify(snapshot, ACCOUNT)]


def test_the_state_of_a_log_alarm_that_suppresses_is_known(make_snapshot: Make) -> None:
    above = (composite("above", "ALARM(alarm)", ActionsSuppressor="query"),)
    listed = with_log_alarms(log_alarm("query", "other", StateValue="ALARM"), composites=above)
    row = only(make_snapshot(trails(), filters(counts()), listed, mute_rules()))
    assert row.data["SuppressedBy"] == ["query"]
