"""Scheduled queries of a monitoring account over a log group of another account."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.facts.uses import Look, Thing
from scanner.model import GapKind
from scanner.resources import RESOURCES
from scanner.resources.reviews.monitors import FOLLOWED, LOG_LINKS, MONITORS, QUERIES
from scanner.snapshot.answers import CallError, Snapshot
from scanner.times import parse_time

SOURCE, MONITOR = "111122223333", "555566667777"
GROUP = f"arn:aws:logs:us-east-1:{SOURCE}:log-group:audit"
QUERY = f"arn:aws:logs:us-east-1:{MONITOR}:scheduled-query:q"
LINK, SINK = f"arn:aws:oam:us-east-1:{SOURCE}:link/l", f"arn:aws:oam:us-east-1:{MONITOR}:sink/s"
LOGS = ["AWS::Logs::LogGroup"]
TRAIL = {
    "TrailARN": f"arn:aws:cloudtrail:us-east-1:{SOURCE}:trail/main",
    "HomeRegion": "us-east-1",
    "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
}
TOLD = {
    "scheduledQueryArn": QUERY,
    "name": "daily",
    "state": "ENABLED",
    "queryString": "fields @message",
    "queryLanguage": "CWLI",
    "logGroupIdentifiers": [GROUP],
    "scheduleExpression": "cron(0 6 * * ? *)",
    "startTimeOffset": 86400,
    "lastExecutionStatus": "Complete",
    "destinationConfiguration": {"s3Configuration": {"destinationIdentifier": "s3://results/", "roleArn": "r"}},
}
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "")
TODAY = int(parse_time("2026-11-20T00:00:00Z").timestamp())  # type: ignore[union-attr]  # a time as it is written
WINDOW = {"startTime": TODAY - 7 * 86400, "endTime": TODAY + 86400}
RUN = {"triggeredTimestamp": TODAY, "executionStatus": "Complete", "destinations": [{"status": "COMPLETE"}]}
Make = Callable[..., Snapshot]

SOURCE_CALLS: dict[str, tuple[Mapping[str, Any], Any]] = {
    "cloudtrail.DescribeTrails": ({"includeShadowTrails": True}, {"trailList": [TRAIL]}),
    "logs.DescribeLogGroups": ({"logGroupNamePrefix": "aws/cloudtrail/"}, {"logGroups": []}),
    "logs.ListScheduledQueries": ({}, {"scheduledQueries": []}),
    "oam.ListLinks": ({}, {"Items": [{"Arn": LINK, "SinkArn": SINK, "ResourceTypes": LOGS}]}),
    "oam.GetLink": ({"Identifier": LINK}, {"Arn": LINK, "SinkArn": SINK, "ResourceTypes": LOGS}),
}
MONITOR_CALLS: dict[str, tuple[Mapping[str, Any], Any]] = {
    "logs.ListScheduledQueries": ({}, {"scheduledQueries": [{"scheduledQueryArn": QUERY}]}),
    "logs.GetScheduledQuery": ({"identifier": QUERY}, TOLD),
    "logs.GetScheduledQueryHistory": ({"identifier": QUERY, **WINDOW}, {"triggerHistory": [RUN]}),
}


def world(make: Make, source: Mapping[str, Any] | None = None, monitor: Mapping[str, Any] | None = None) -> Snapshot:
    """Both accounts; ``source`` and ``monitor`` have other answers by operation."""

    def calls(usual: dict[str, tuple[Mapping[str, Any], Any]], other: Mapping[str, Any] | None) -> list[Any]:
        changed = {**{name: answer for name, (_, answer) in usual.items()}, **(other or {})}
        return [("us-east-1", name, usual[name][0], answer) for name, answer in changed.items()]

    return make(*calls(SOURCE_CALLS, source), others={MONITOR: calls(MONITOR_CALLS, monitor)})


def row(snapshot: Snapshot) -> Any:
    (found,) = RESOURCES["insights.audit_log_group"].view(snapshot, SOURCE).rows
    return found


def test_a_query_of_a_monitoring_account_that_sees_the_log_group_counts(make_snapshot: Make) -> None:
    found = row(world(make_snapshot))
    (query,) = found.data["ScheduledQueries"]
    assert (query["Monitor"], query["LastDelivered"], query["Keeps"]) == (
        MONITOR,
        "2026-11-20T00:00:00Z",
        "every event",
    )
    assert query["Summary"].startswith(
        f"daily of the monitoring account {MONITOR} (ENABLED, cron(0 6 * * ? *): at most"
    )
    assert found.data["MoreQueries"] == []


def filtered(text: str) -> dict[str, Any]:
    told = {"LinkConfiguration": {"LogGroupConfiguration": {"Filter": text}}}
    return {"oam.GetLink": {**SOURCE_CALLS["oam.GetLink"][1], **told}}


NOTHING_SHARED = {"Items": [{"Arn": LINK, "SinkArn": SINK, "ResourceTypes": ["AWS::CloudWatch::Metric"]}]}


@pytest.mark.parametrize(
    ("source", "monitor", "count"),
    [
        (filtered("LogGroupName LIKE 'aud%'"), {}, 1),
        (filtered("LogGroupName IN ('other', 'audit')"), {}, 1),
        (filtered("LogGroupName = 'other'"), {}, 0),
        (filtered("LogGroupName NOT LIKE 'aud%'"), {}, 0),
        ({"oam.ListLinks": {"Items": []}}, {}, 0),
        ({"oam.ListLinks": NOTHING_SHARED}, {}, 0),
        ({}, {"logs.ListScheduledQueries": {"scheduledQueries": []}}, 0),
        ({}, {"logs.GetScheduledQuery": {**TOLD, "logGroupIdentifiers": ["audit"]}}, 0),
        ({}, {"logs.GetScheduledQuery": {**TOLD, "logGroupIdentifiers": [GROUP.replace(SOURCE, MONITOR)]}}, 0),
        ({}, {"logs.GetScheduledQuery": {**TOLD, "logGroupIdentifiers": [f"{GROUP}:*"]}}, 1),
    ],
)
def test_only_what_the_link_shares_and_the_query_names_counts(
    make_snapshot: Make, source: Mapping[str, Any], monitor: Mapping[str, Any], count: int
) -> None:
    found = row(world(make_snapshot, source, monitor))
    assert len(found.data["ScheduledQueries"]) == count
    assert found.data["MoreQueries"] == []


@pytest.mark.parametrize(
    ("source", "monitor", "says"),
    [
        ({"oam.ListLinks": DENIED}, {}, "oam.ListLinks"),
        ({"oam.GetLink": DENIED}, {}, "which log groups the link"),
        (filtered("Something = 'else'"), {}, "lets the log group audit through is not known"),
        ({}, {"logs.ListScheduledQueries": DENIED}, f"Account {MONITOR} sees log group audit over a link"),
        ({}, {"logs.GetScheduledQuery": DENIED}, "logs.GetScheduledQuery"),
        ({}, {"logs.GetScheduledQueryHistory": DENIED}, "logs.GetScheduledQueryHistory"),
        ({}, {"logs.GetScheduledQuery": {**TOLD, "logGroupIdentifiers": []}}, "names its log groups in its text only"),
    ],
)
def test_what_could_not_be_looked_at_leaves_it_open(
    make_snapshot: Make, source: Mapping[str, Any], monitor: Mapping[str, Any], says: str
) -> None:
    found = row(world(make_snapshot, source, monitor))
    assert "ScheduledQueries" not in found.data
    assert says in found.gaps["MoreQueries"].reason


def test_a_monitoring_account_that_was_not_looked_at_is_named(make_snapshot: Make) -> None:
    calls = [("us-east-1", name, arguments, answer) for name, (arguments, answer) in SOURCE_CALLS.items()]
    gap = row(make_snapshot(*calls)).gaps["MoreQueries"]
    assert gap.reason.endswith("its scheduled queries are not known: it was not looked at: scan that account too")


def test_a_snapshot_without_the_links_is_judged_by_its_own_queries(make_snapshot: Make) -> None:
    calls = [
        ("us-east-1", name, arguments, answer)
        for name, (arguments, answer) in SOURCE_CALLS.items()
        if not name.startswith("oam.")
    ]
    found = row(make_snapshot(*calls))
    assert (found.data["ScheduledQueries"], found.data["MoreQueries"]) == ([], [])


SAVED = {"name": "root-activity", "queryString": "fields @message", "logGroupNames": [GROUP]}


def saved(make: Make, kept: Any, **source: Any) -> Any:
    """The account's row, where a monitoring account keeps such saved queries (None: they were not asked for)."""
    own = {**SOURCE_CALLS, "logs.DescribeQueryDefinitions": ({}, {"queryDefinitions": []})}
    answers = {name: source.get(name, answer) for name, (_, answer) in own.items()}
    calls = [("us-east-1", name, own[name][0], answer) for name, answer in answers.items()]
    told = kept if kept is None or isinstance(kept, CallError) else {"queryDefinitions": kept}
    listing: Any = ("us-east-1", "logs.DescribeQueryDefinitions", {}, told)
    snapshot = make(*calls, others={MONITOR: [] if told is None else [listing]})
    (found,) = RESOURCES["insights.account"].view(snapshot, SOURCE).rows
    return found


def test_a_saved_query_of_a_monitoring_account_counts_for_the_log_group_that_it_names_by_arn(
    make_snapshot: Make,
) -> None:
    found = saved(make_snapshot, [SAVED, {**SAVED, "name": "own", "logGroupNames": ["audit"]}])
    (query,) = found.data["SavedQueries"]
    assert (query["Name"], query["AuditGroups"], query["Monitor"]) == ("root-activity", ["audit"], MONITOR)
    assert found.data["MoreQueries"] == []


@pytest.mark.parametrize(
    ("kept", "source", "says"),
    [
        (DENIED, {}, "its saved queries are not known: "),
        (None, {}, "its saved queries are not known: "),
        ([SAVED], {"oam.ListLinks": DENIED}, "oam.ListLinks"),
        ([SAVED], filtered("Something = 'else'"), "Saved query root-activity of account 555566667777 is for log group"),
    ],
)
def test_saved_queries_that_are_not_known_leave_it_open(
    make_snapshot: Make, kept: Any, source: Mapping[str, Any], says: str
) -> None:
    found = saved(make_snapshot, kept, **source)
    assert found.data["SavedQueries"] == []
    assert says in found.gaps["MoreQueries"].reason


def test_what_a_link_does_not_share_is_not_saved_for_the_log_group(make_snapshot: Make) -> None:
    found = saved(make_snapshot, [SAVED], **filtered("LogGroupName = 'other'"))
    assert (found.data["SavedQueries"], found.data["MoreQueries"]) == ([], [])


def test_monitoring_accounts_are_asked_about_what_they_may_show(
    make_snapshot: Make,
) -> None:
    snapshot = world(make_snapshot)
    look = Look(snapshot, SOURCE, {MONITOR})
    (named,) = look.elsewhere(MONITORS)
    assert (named.region, named.owner) == ("us-east-1", MONITOR)
    assert [thing.facts for thing in look.each(LOG_LINKS)] == [{"link": LINK}]
    assert look.each(MONITORS) == look.each(QUERIES) == ()
    there = Look(snapshot, MONITOR, {SOURCE}, {MONITORS.name: (named,)})
    assert there.each(FOLLOWED) == (Thing("us-east-1", {"query": QUERY}, WINDOW),)
    assert Look(snapshot, SOURCE).each(MONITORS) == ()
