"""What a snapshot shows deployed: read as it is, with what was refused, and never without what a replay needs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from scanner.audit_path.observability import METRICS
from scanner.errors import UsageError
from scanner.model import GapKind
from scanner.replay.deployment.reading import read_deployment
from scanner.snapshot.answers import CallError
from tests.unit.conftest import ACCOUNT, MakeSnapshot, Recorded

REGION = "us-east-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:audit"
DENIED = CallError(GapKind.DENIED, "AccessDenied", "no")
LISTED = {
    "Name": "main",
    "TrailARN": TRAIL,
    "HomeRegion": REGION,
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
    "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
}
METRIC = {"metricName": "Changes", "metricNamespace": "Audit", "metricValue": "1"}
FILTER: Mapping[str, Any] = {
    "filterName": "stops",
    "filterPattern": "{ $.eventName = StopLogging }",
    "creationTime": 1_763_600_000_000,
    "logGroupName": "audit",
    "metricTransformations": [METRIC],
}
ALARMS = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]}


def calls(**changes: Any) -> Sequence[Recorded]:
    """The calls of a small account; ``changes`` replace answers by the name of the operation, None leaves one out."""
    answers: Mapping[str, tuple[Mapping[str, Any], Any]] = {
        "cloudtrail.DescribeTrails": ({"includeShadowTrails": True}, {"trailList": [LISTED]}),
        "cloudtrail.GetTrailStatus": ({"Name": TRAIL}, {"IsLogging": True}),
        "cloudtrail.GetEventSelectors": ({"TrailName": TRAIL}, {"EventSelectors": [{"ReadWriteType": "All"}]}),
        "logs.DescribeLogGroups": ({"logGroupNamePrefix": "audit"}, {"logGroups": [{"logGroupName": "audit"}]}),
        "logs.DescribeMetricFilters": ({"logGroupName": "audit"}, {"metricFilters": [FILTER]}),
        "cloudwatch.DescribeAlarms": (ALARMS, {"MetricAlarms": [], "CompositeAlarms": [], "LogAlarms": []}),
        "events.ListRules": (
            {},
            {"Rules": [{"Name": "r", "State": "DISABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'}]},
        ),
    }
    made: list[Recorded] = []
    for operation, (arguments, answer) in answers.items():
        name = operation.partition(".")[2]
        given = changes.get(name, answer)
        if given is not None:
            made.append((REGION, operation, arguments, given))
    return made


def test_a_small_account(make_snapshot: MakeSnapshot) -> None:
    found = read_deployment(make_snapshot(*calls()))
    (trail,), (group,), (rule,) = found.trails, found.groups, found.rules
    assert (trail.name, trail.group, trail.off, trail.unknown) == ("main", GROUP, "", "")
    (each,) = group.filters
    assert (each.name, each.value, each.created, each.off, each.unknown) == ("stops", 1.0, 29393333, "", "")
    assert rule.off == "EventBridge rule r is disabled"
    assert rule.arn == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"


@pytest.mark.parametrize("lacking", ["DescribeTrails", "GetEventSelectors", "DescribeMetricFilters", "DescribeAlarms"])
def test_a_snapshot_without_what_is_needed(make_snapshot: MakeSnapshot, lacking: str) -> None:
    with pytest.raises(UsageError, match=lacking) as refused:
        read_deployment(make_snapshot(*calls(**{lacking: None})))
    assert "collect" in refused.value.hint


@pytest.mark.parametrize(
    ("denied", "place"),
    [
        ("GetEventSelectors", lambda found: found.trails[0].unknown),
        ("GetTrailStatus", lambda found: found.trails[0].unknown),
        ("DescribeMetricFilters", lambda found: found.groups[0].unknown),
        ("DescribeAlarms", lambda found: found.watches[0].unknown),
        ("ListRules", lambda found: found.hidden_rules[ACCOUNT, REGION]),
        ("DescribeTrails", lambda found: found.hidden[ACCOUNT]),
    ],
    ids=["selectors", "status", "filters", "alarms", "rules", "trails"],
)
def test_what_was_refused_is_not_known(make_snapshot: MakeSnapshot, denied: str, place: Any) -> None:
    found = read_deployment(make_snapshot(*calls(**{denied: DENIED})))
    assert "AccessDenied" in place(found)


@pytest.mark.parametrize(
    ("changes", "off", "unknown"),
    [
        ({"filterPattern": "{ $.eventName = "}, "rejects", ""),
        ({"metricTransformations": [METRIC | {"metricValue": "one"}]}, "neither", ""),
        ({"applyOnTransformedLogs": True}, "", "transformed"),
        ({"fieldSelectionCriteria": "@aws.region = 'us-east-1'"}, "", "criteria"),
        ({"emitSystemFieldDimensions": ["@aws.account"]}, "", "dimensions"),
    ],
    ids=["pattern", "value", "transformed", "criteria", "system fields"],
)
def test_filters_that_publish_nothing_or_perhaps(
    make_snapshot: MakeSnapshot, changes: dict[str, Any], off: str, unknown: str
) -> None:
    listed = {"metricFilters": [{**FILTER} | changes]}
    (each,) = read_deployment(make_snapshot(*calls(DescribeMetricFilters=listed))).filters
    assert off in each.off
    assert bool(off) is bool(each.off)
    assert unknown in each.unknown
    assert bool(unknown) is bool(each.unknown)


def test_values_and_dimensions_of_fields(make_snapshot: MakeSnapshot) -> None:
    metric = {
        "metricName": "Bytes",
        "metricNamespace": "Audit",
        "metricValue": "$.additionalEventData.bytes",
        "dimensions": {"Region": "$.awsRegion"},
    }
    listed = {"metricFilters": [{**FILTER} | {"metricTransformations": [metric]}]}
    (each,) = read_deployment(make_snapshot(*calls(DescribeMetricFilters=listed))).filters
    assert (each.value, each.dimensions) == (("additionalEventData", "bytes"), (("Region", ("awsRegion",)),))


@pytest.mark.parametrize(
    ("group", "off"),
    [([], "does not exist"), ([{"logGroupName": "audit", "logGroupClass": "INFREQUENT_ACCESS"}], "INFREQUENT_ACCESS")],
    ids=["gone", "class"],
)
def test_log_groups_on_which_no_filter_runs(make_snapshot: MakeSnapshot, group: list[Any], off: str) -> None:
    found = read_deployment(make_snapshot(*calls(DescribeLogGroups={"logGroups": group})))
    assert off in found.groups[0].off


def test_a_trail_that_is_off(make_snapshot: MakeSnapshot) -> None:
    found = read_deployment(make_snapshot(*calls(GetTrailStatus={"IsLogging": False})))
    assert found.trails[0].off == "trail main is not logging"


def test_the_accounts_that_see_a_trail_as_their_organizations_are_its_members(make_snapshot: MakeSnapshot) -> None:
    shared = {"trailList": [{**LISTED, "IsOrganizationTrail": True}]}
    member = (REGION, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, shared)
    alone: Recorded = (REGION, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []})
    others = {"444455556666": [member, (REGION, "events.ListRules", {}, {"Rules": []})], "777788889999": [alone]}
    found = read_deployment(make_snapshot(*calls(DescribeTrails=shared), others=others))
    (trail,) = found.trails
    assert (trail.account, trail.members) == (ACCOUNT, frozenset({ACCOUNT, "444455556666"}))


def test_a_log_group_that_events_enter_without_a_trail(make_snapshot: MakeSnapshot) -> None:
    name = "aws/cloudtrail/managementevents"
    listed = (REGION, "logs.DescribeLogGroups", {"logGroupNamePrefix": "aws/cloudtrail/"})
    filters = (
        REGION,
        "logs.DescribeMetricFilters",
        {"logGroupName": name},
        {"metricFilters": [{**FILTER} | {"logGroupName": name}]},
    )
    snapshot = make_snapshot(*calls(), (*listed, {"logGroups": [{"logGroupName": name}]}), filters)
    found = {group.name: group for group in read_deployment(snapshot).groups}
    assert (found[name].trailless, found["audit"].trailless) == (True, False)
    assert [each.name for each in found[name].filters] == ["stops"]


@pytest.mark.parametrize(
    ("status", "undelivered", "perhaps"),
    [
        ({"LatestCloudWatchLogsDeliveryTime": "2026-11-20T06:50:00Z"}, "", ""),
        ({"StartLoggingTime": "2026-11-20T06:50:00Z"}, "", ""),
        (
            {"LatestCloudWatchLogsDeliveryError": "AccessDenied"},
            "cannot deliver to CloudWatch Logs: AccessDenied",
            "never",
        ),
        (
            {"LatestCloudWatchLogsDeliveryTime": "2026-11-01T06:50:00Z"},
            "",
            "had last delivered to CloudWatch Logs at 2026",
        ),
        ({"StartLoggingTime": "2026-11-01T06:50:00Z"}, "", "had never delivered there"),
    ],
    ids=["lately", "just started", "error", "long ago", "never"],
)
def test_what_a_trail_may_not_deliver(
    make_snapshot: MakeSnapshot, status: dict[str, Any], undelivered: str, perhaps: str
) -> None:
    found = read_deployment(make_snapshot(*calls(GetTrailStatus={"IsLogging": True, **status}))).trails[0]
    assert (undelivered in found.undelivered, bool(found.undelivered)) == (True, bool(undelivered))
    assert (perhaps in found.undelivered_perhaps, bool(found.undelivered_perhaps)) == (True, bool(perhaps))


@pytest.mark.parametrize(
    ("answer", "piped"),
    [
        ({"PipelineSummaries": []}, ""),
        ({"PipelineSummaries": [{"Name": "p"}]}, "telemetry pipeline p may change the events, or take them away"),
        (DENIED, "whether telemetry pipelines change the events in log group audit is not known"),
    ],
    ids=["none", "one", "denied"],
)
def test_pipelines_beside_a_log_group(make_snapshot: MakeSnapshot, answer: Any, piped: str) -> None:
    listed: Recorded = (REGION, "observabilityadmin.ListTelemetryPipelines", {}, answer)
    (group,) = read_deployment(make_snapshot(*calls(), listed)).groups
    assert (piped in group.piped, bool(group.piped)) == (True, bool(piped))


@pytest.mark.parametrize(
    ("links", "perhaps"),
    [
        ([], ""),
        (["444455556666"], "account 111122223333 shares its metrics in us-east-1 with account 444455556666, whose"),
        (DENIED, "with which accounts 111122223333 shares its metrics in us-east-1 is not known"),
    ],
    ids=["none", "one", "denied"],
)
def test_accounts_that_may_watch_these_metrics(make_snapshot: MakeSnapshot, links: Any, perhaps: str) -> None:
    sink, link = "arn:aws:oam:us-east-1:{}:sink/1", "arn:aws:oam:us-east-1:111122223333:link/1"
    answer = links
    if links is not DENIED:
        shared = {"Arn": link, "ResourceTypes": [METRICS]}
        answer = {"Items": [{**shared, "SinkArn": sink.format(each)} for each in links]}
    (watch,) = read_deployment(make_snapshot(*calls(), (REGION, "oam.ListLinks", {}, answer))).watches
    assert (perhaps in watch.seen_perhaps, bool(watch.seen_perhaps)) == (True, bool(perhaps))


def test_accounts_of_the_snapshot_that_see_these_metrics(make_snapshot: MakeSnapshot) -> None:
    listed: Recorded = (REGION, "oam.ListLinks", {}, {"Items": []})
    role = (REGION, "iam.GetRole", {"RoleName": "CloudWatch-CrossAccountSharingRole"})
    alone: Recorded = (REGION, "cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": []})
    absent = CallError("absent", "NoSuchEntity", "no")
    others = {"444455556666": [alone]}
    seen: list[frozenset[str]] = []
    for answer in ({"Role": {"RoleName": "r"}}, absent):
        found = read_deployment(make_snapshot(*calls(), listed, (*role, answer), others=others))
        seen += [watch.seen_from for watch in found.watches if watch.account == ACCOUNT]
    assert seen == [frozenset({"444455556666"}), frozenset()]
