"""Signs that somebody looks: what Contributor Insights rules counted, and which log groups were queried lately."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.facts.uses import Look
from scanner.resources import RESOURCES
from scanner.resources.reviews.queried import QUERIES
from scanner.resources.reviews.rankings import REPORT
from scanner.snapshot.answers import Snapshot

ACCOUNT, HOME = "111122223333", "us-east-1"
TRAIL = {
    "TrailARN": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/main",
    "HomeRegion": HOME,
    "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:audit:*",
}
Make = Callable[..., Snapshot]
view = RESOURCES["insights.account"].view


def rule(name: str, state: str = "ENABLED", group: str = "audit", form: str = "JSON") -> dict[str, str]:
    definition = json.dumps({"LogGroupNames": [group], "LogFormat": form})
    return {"Name": name, "State": state, "Schema": "{}", "Definition": definition}


def account(make: Make, *more: tuple[Any, ...], rules: tuple[Mapping[str, str], ...] = ()) -> Snapshot:
    return make(
        (HOME, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [TRAIL]}),
        (HOME, "logs.DescribeLogGroups", {"logGroupNamePrefix": "aws/cloudtrail/"}, {"logGroups": []}),
        (HOME, "cloudwatch.DescribeInsightRules", {}, {"InsightRules": list(rules)}),
        *more,
    )


def report(make: Make, name: str, answer: Any) -> tuple[Any, ...]:
    """The answer about a rule, in the day that is asked for."""
    (thing,) = REPORT.per.found(Look(account(make, rules=(rule(name),)), ACCOUNT))
    return (
        HOME,
        REPORT.operation,
        {"RuleName": name, "Period": 3600, "MaxContributorCount": 1, **thing.besides},
        answer,
    )


def test_only_enabled_rules_over_an_audit_log_group_are_asked_what_they_counted(make_snapshot: Make) -> None:
    rules = (
        rule("counts"),
        rule("off", state="DISABLED"),
        rule("elsewhere", group="web"),
        rule("plain", form="CLF"),
    )
    found = list(REPORT.per.found(Look(account(make_snapshot, rules=rules), ACCOUNT)))
    assert [(thing.region, thing.facts) for thing in found] == [(HOME, {"insight_rule": "counts"})]
    begin, end = (found[0].besides[name] for name in ("StartTime", "EndTime"))
    assert (begin[11:], end[11:]) == (end[11:], begin[11:])
    assert end.endswith(":00:00Z")
    assert begin < end


@pytest.mark.parametrize(("counted", "silent"), [(0.0, ["counts"]), (2.5, [])])
def test_a_rule_that_counted_nothing_is_silent(make_snapshot: Make, counted: float, silent: list[str]) -> None:
    told = report(make_snapshot, "counts", {"AggregateValue": counted})
    (row,) = view(account(make_snapshot, told, rules=(rule("counts"),)), ACCOUNT).rows
    assert row.data["SilentRules"] == silent
    assert [each["Name"] for each in row.data["ContributorRules"]] == ["counts"]


def test_a_report_that_is_not_known_hides_which_rules_are_silent_and_nothing_else(make_snapshot: Make) -> None:
    (row,) = view(account(make_snapshot, rules=(rule("counts"),)), ACCOUNT).rows
    assert "SilentRules" in row.gaps
    assert "ContributorRules" in row.data


@pytest.mark.parametrize(
    ("queries", "unread"),
    [
        ([], ["audit"]),
        ([{"status": "Complete"}], []),
        ([{"status": "Running"}], []),
        ([{"status": "Failed"}, {"status": "Cancelled"}], ["audit"]),
        ([{"status": "Failed"}, {"status": "Complete"}], []),
    ],
)
def test_a_log_group_without_a_query_that_showed_something(make_snapshot: Make, queries: Any, unread: Any) -> None:
    told = (HOME, QUERIES.operation, {"logGroupName": "audit"}, {"queries": queries})
    (row,) = view(account(make_snapshot, told), ACCOUNT).rows
    assert row.data["UnqueriedGroups"] == unread
    (row,) = view(account(make_snapshot), ACCOUNT).rows
    assert "UnqueriedGroups" in row.gaps


def test_queries_are_asked_for_once_for_each_log_group(make_snapshot: Make) -> None:
    found = list(QUERIES.per.found(Look(account(make_snapshot), ACCOUNT)))
    assert [(thing.region, thing.facts) for thing in found] == [(HOME, {"group": "audit"})]


def test_a_region_that_was_left_out_may_have_log_groups_and_saved_queries(make_snapshot: Make) -> None:
    trails: tuple[Any, ...] = (HOME, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []})
    listing = {"logGroupNamePrefix": "aws/cloudtrail/"}
    groups: tuple[Any, ...] = (HOME, "logs.DescribeLogGroups", listing, {"logGroups": []})
    (row,) = view(make_snapshot(trails, groups, asked=[HOME]), ACCOUNT).rows
    assert "scan without --region" in row.gaps["AuditGroups"].reason
    assert "scan without --region" in row.gaps["MoreQueries"].reason
    assert "scan without --region" in row.gaps["MoreRules"].reason
    (row,) = view(make_snapshot(trails, groups), ACCOUNT).rows
    assert [row.data[name] for name in ("AuditGroups", "MoreQueries", "MoreRules")] == [[], [], []]
