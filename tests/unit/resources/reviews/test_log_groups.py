"""Audit log groups with what reviews them."""

from collections.abc import Callable
from typing import Any

from scanner.facts.uses import Look
from scanner.resources import RESOURCES
from scanner.resources.reviews.scheduled import FOLLOWED_QUERIES, SCHEDULED_QUERIES
from scanner.snapshot.answers import Snapshot

ACCOUNT = "111122223333"
GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit"
QUERY = f"arn:aws:logs:us-east-1:{ACCOUNT}:scheduled-query:q"
TRAIL = {
    "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main",
    "HomeRegion": "us-east-1",
    "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
}
TOLD: dict[str, Any] = {
    "scheduledQueryArn": QUERY,
    "name": "daily",
    "state": "ENABLED",
    "queryString": "fields a",
    "queryLanguage": "CWLI",
    "logGroupIdentifiers": ["audit"],
    "scheduleExpression": "cron(0 6 * * ? *)",
    "startTimeOffset": 86400,
}
Make = Callable[..., Snapshot]
view = RESOURCES["insights.audit_log_group"].view


def account(make: Make, told: Any = TOLD, *more: tuple[Any, ...]) -> Snapshot:
    return make(
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [TRAIL]}),
        ("logs.DescribeLogGroups", {"logGroupNamePrefix": "aws/cloudtrail/"}, {"logGroups": []}),
        ("logs.ListScheduledQueries", {}, {"scheduledQueries": [{"scheduledQueryArn": QUERY}]}),
        ("logs.GetScheduledQuery", {"identifier": QUERY}, told),
        *more,
    )


def history(snapshot: Snapshot, answer: Any) -> tuple[Any, ...]:
    today = int(snapshot.collected_at.timestamp()) // 86400 * 86400
    window = {"startTime": today - 7 * 86400, "endTime": today + 86400}
    return ("logs.GetScheduledQueryHistory", {"identifier": QUERY, **window}, answer)


def test_runs_are_asked_for_of_enabled_queries_over_audit_groups_only(snapshot_of: Make) -> None:
    for told, followed in (
        (TOLD, 1),
        ({**TOLD, "state": "DISABLED"}, 0),
        ({**TOLD, "logGroupIdentifiers": ["other"]}, 0),
        ("!AccessDeniedException", 0),
    ):
        look = Look(account(snapshot_of, told), ACCOUNT)
        assert [thing.facts["query"] for thing in look.each(SCHEDULED_QUERIES)] == [QUERY]
        assert len(look.each(FOLLOWED_QUERIES)) == followed


def test_milliseconds_and_seconds_are_told_apart(snapshot_of: Make) -> None:
    snapshot = account(snapshot_of)
    moment = int(snapshot.collected_at.timestamp()) - 3600
    for spelled in (moment, moment * 1000):
        runs = {"triggerHistory": [run(spelled)]}
        told = {**TOLD, "lastTriggeredTime": spelled, "lastExecutionStatus": "Complete"}
        (row,) = view(account(snapshot_of, told, history(snapshot, runs)), ACCOUNT).rows
        (query,) = row.data["ScheduledQueries"]
        assert query["LastTriggered"] == query["LastDelivered"]
        assert "MoreQueries" in row.data


def run(moment: int, status: str = "Complete", *destinations: str) -> dict[str, Any]:
    states = [{"status": state} for state in destinations or ("COMPLETE",)]
    return {"triggeredTimestamp": moment, "executionStatus": status, "destinations": states}


def test_runs_are_counted(snapshot_of: Make) -> None:
    snapshot = account(snapshot_of)
    now = int(snapshot.collected_at.timestamp())
    runs = [run(now - 7200, "Timeout"), run(now - 3600), run(now - 10800, "Complete", "COMPLETE", "FAILED")]
    (row,) = view(account(snapshot_of, TOLD, history(snapshot, {"triggerHistory": runs})), ACCOUNT).rows
    (query,) = row.data["ScheduledQueries"]
    assert (query["Runs"], query["FailedRuns"], query["LastResult"]) == (3, 2, "arrived")
    assert "Timeout" in query["LastProblem"]


def test_a_query_that_may_not_be_read_leaves_the_population_open(snapshot_of: Make) -> None:
    (row,) = view(account(snapshot_of, "!AccessDeniedException"), ACCOUNT).rows
    assert set(row.gaps) == {"ScheduledQueries", "Reviews", "MoreQueries", "AnomalyDetectors", "Filled"}


def test_a_group_that_events_enter_without_a_trail_is_reviewed_too(snapshot_of: Make) -> None:
    listed = {"logGroups": [{"logGroupName": "aws/cloudtrail/management"}]}
    snapshot = snapshot_of(
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []}),
        ("logs.DescribeLogGroups", {"logGroupNamePrefix": "aws/cloudtrail/"}, listed),
    )
    (row,) = view(snapshot, ACCOUNT).rows
    assert (row.data["logGroupName"], row.data["Filled"]) == ("aws/cloudtrail/management", True)


def test_a_group_of_a_stopped_trail_is_not_filled(snapshot_of: Make) -> None:
    stopped = ("cloudtrail.GetTrailStatus", {"Name": TRAIL["TrailARN"]}, {"IsLogging": False})
    (row,) = view(account(snapshot_of, TOLD, stopped), ACCOUNT).rows
    assert row.data["Filled"] is False
