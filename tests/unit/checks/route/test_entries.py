"""The first links of a way without a trail, from the calls that tell of CloudWatch's channel."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.audit_path.telemetry import feeds, piping
from scanner.checks.route.entries import entry
from scanner.checks.route.trails import Trunk
from scanner.model import GapKind, Outcome
from scanner.recording.recorded_events import EVERYTHING, NOTHING
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT, MANAGER, HOME = "111122223333", "999988887777", "us-east-1"
NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
GROUP = "aws/cloudtrail/managementevents"
CHANNEL = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:channel/aws-service-channel/cloudwatch/"
ALL = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
READS = [{"FieldSelectors": [*ALL[0]["FieldSelectors"], {"Field": "readOnly", "Equals": ["true"]}]}]
WRITES = [{"FieldSelectors": [*ALL[0]["FieldSelectors"], {"Field": "readOnly", "Equals": ["false"]}]}]
METRIC = {
    "Namespace": "AWS/Logs",
    "MetricName": "IncomingLogEvents",
    "Dimensions": [{"Name": "LogGroupName", "Value": GROUP}],
    "StartTime": 1795046400,
    "EndTime": 1795305600,
    "Period": 3600,
    "Statistics": ["Sum"],
}
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")

Call = tuple[str, str, dict[str, Any], Any]
Make = Callable[..., Snapshot]


def call(operation: str, answer: Any, **arguments: Any) -> Call:
    return (HOME, operation, arguments, answer)


def received(*points: tuple[str, Any]) -> Call:
    found = [{"Timestamp": f"2026-11-{time}:00Z", "Sum": count} for time, count in points]
    return call("cloudwatch.GetMetricStatistics", {"Datapoints": found}, **METRIC)


def channels(**selectors: Any) -> list[Call]:
    listed = [{"ChannelArn": CHANNEL + name, "Name": f"aws-service-channel/cloudwatch/{name}"} for name in selectors]
    told = [
        call(
            "cloudtrail.GetChannel",
            {"ChannelArn": CHANNEL + name, "SourceConfig": {"AdvancedEventSelectors": each}},
            Channel=CHANNEL + name,
        )
        for name, each in selectors.items()
    ]
    return [call("cloudtrail.ListChannels", {"Channels": listed}), *told]


def rules(operation: str, *names: str, kind: str = "AWS::CloudTrail") -> Call:
    arn = f"arn:aws:observabilityadmin:{HOME}:{ACCOUNT}:telemetry-rule/"
    found = [{"RuleName": name, "RuleArn": arn + name, "ResourceType": kind} for name in names]
    return call(f"observabilityadmin.{operation}", {"TelemetryRuleSummaries": found})


BASE = (
    call("logs.DescribeLogGroups", {"logGroups": [{"logGroupName": GROUP}]}, logGroupNamePrefix="aws/cloudtrail/"),
    call("observabilityadmin.ListTelemetryPipelines", {"PipelineSummaries": []}),
    call("observabilityadmin.GetTelemetryEvaluationStatus", {"Status": "RUNNING"}),
)
LATELY = received(("20T06:00", 3.0))


def judged(make: Make, *calls: Call, max_age: int = 24, **others: Any) -> Trunk:
    given = {each[1] for each in calls}
    base = [each for each in BASE if each[1] not in given]
    (feed,) = feeds(make(*base, *calls, **others), ACCOUNT)
    return entry(feed, NOW, max_age)


def test_what_was_never_asked_is_not_judged(make_snapshot: Make) -> None:
    assert feeds(make_snapshot(*BASE), ACCOUNT) == ()
    assert feeds(make_snapshot(BASE[1], *channels(a=ALL)), ACCOUNT) == ()


def test_a_channel_that_selects_everything_and_delivers(make_snapshot: Make) -> None:
    trunk = judged(make_snapshot, *channels(a=ALL), LATELY, rules("ListTelemetryRules", "audit"))
    assert [link.verdict for link in trunk.links] == [Outcome.PASS] * 3
    assert trunk.links[0].reason.endswith("into CloudWatch Logs (telemetry rule audit)")
    assert trunk.links[0].warnings == ()
    assert (trunk.home, trunk.carries.surely) == (HOME, EVERYTHING)
    assert trunk.group == f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:{GROUP}"


def test_two_channels_select_between_them_what_each_does(make_snapshot: Make) -> None:
    trunk = judged(make_snapshot, *channels(a=READS, b=WRITES), LATELY)
    assert trunk.links[2].verdict is Outcome.PASS
    assert "service-linked channels" in trunk.links[0].reason
    assert trunk.carries.surely not in {EVERYTHING, NOTHING}
    listing, first, _ = channels(a=READS, b=WRITES)
    refused = call("cloudtrail.GetChannel", DENIED, Channel=f"{CHANNEL}b")
    trunk = judged(make_snapshot, listing, first, refused, LATELY)
    assert trunk.links[2].verdict is Outcome.UNKNOWN
    assert trunk.carries.at_most is EVERYTHING
    assert trunk.carries.surely not in {EVERYTHING, NOTHING}


def test_a_channel_that_went_away_meanwhile_is_none(make_snapshot: Make) -> None:
    listing, _ = channels(a=ALL)
    gone = call("cloudtrail.GetChannel", CallError("absent", "ChannelNotFoundException", ""), Channel=f"{CHANNEL}a")
    assert judged(make_snapshot, listing, gone, received()).links[0].verdict is Outcome.FAIL


def test_the_organizations_rule_is_told_where_the_manager_was_looked_at(make_snapshot: Make) -> None:
    member = call("organizations.DescribeOrganization", {"Organization": {"Id": "o", "MasterAccountId": MANAGER}})
    manager = [
        rules("ListTelemetryRulesForOrganization", "everybody"),
        call("observabilityadmin.GetTelemetryEvaluationStatusForOrganization", {"Status": "RUNNING"}),
    ]
    stopped = call("observabilityadmin.GetTelemetryEvaluationStatus", {"Status": "NOT_STARTED"})
    calls = [*channels(a=ALL), LATELY, member, stopped, rules("ListTelemetryRules")]
    first = judged(make_snapshot, *calls, others={MANAGER: manager}).links[0]
    assert f"(telemetry rule everybody of the organization (account {MANAGER}))" in first.reason
    assert first.warnings == ()
    first = judged(make_snapshot, *calls).links[0]
    assert (first.verdict, len(first.warnings)) == (Outcome.PASS, 2)
    assert "is NOT_STARTED" in first.warnings[1]


@pytest.mark.parametrize("kind", ["AWS::EC2::VPC", None])
def test_rules_about_something_else_bring_no_events_of_cloudtrail(make_snapshot: Make, kind: str) -> None:
    first = judged(make_snapshot, *channels(a=ALL), LATELY, rules("ListTelemetryRules", "flow", kind=kind)).links[0]
    assert "flow" not in first.reason
    assert first.warnings


@pytest.mark.parametrize(
    ("points", "max_age", "standing", "none"),
    [
        ([("20T06:00", 1.0)], 1, Outcome.PASS, Outcome.UNKNOWN),
        ([("20T05:00", 1.0)], 1, Outcome.UNKNOWN, Outcome.FAIL),
        ([("20T06:00", 0.0), ("19T08:00", 2.0)], 24, Outcome.PASS, Outcome.UNKNOWN),
        ([("19T06:00", 2.0)], 24, Outcome.UNKNOWN, Outcome.FAIL),
        ([("21T06:00", 2.0)], 24, Outcome.PASS, Outcome.UNKNOWN),
        ([("20T06:00", True)], 24, Outcome.UNKNOWN, Outcome.UNKNOWN),
        ([], 24, Outcome.UNKNOWN, Outcome.FAIL),
    ],
)
def test_events_count_as_arrived_by_the_beginning_of_their_hour(
    make_snapshot: Make, points: list[tuple[str, Any]], max_age: int, standing: Outcome, none: Outcome
) -> None:
    """Where no channel is seen, their arrival decides between a broken link and one that is not known."""
    there = judged(make_snapshot, *channels(a=ALL), received(*points), max_age=max_age)
    assert [link.verdict for link in there.links] == [Outcome.PASS, standing, Outcome.PASS]
    nowhere = judged(make_snapshot, *channels(), received(*points), max_age=max_age)
    assert nowhere.links[0].verdict is none


@pytest.mark.parametrize(
    ("pipeline", "named"),
    [
        ({"Name": "p", "ConfigurationSummary": {"DataSources": [{"Name": "aws_cloudtrail"}]}}, ("p",)),
        ({"Name": "p", "ConfigurationSummary": {"DataSources": [{"Name": "amazon_vpc"}]}}, ()),
        ({"Name": "p", "ConfigurationSummary": {"DataSources": []}}, ("p",)),
        ({"Name": "p"}, ("p",)),
    ],
)
def test_a_pipeline_may_change_the_events_unless_it_reads_another_data_source(
    make_snapshot: Make, pipeline: dict[str, Any], named: tuple[str, ...]
) -> None:
    piped = call("observabilityadmin.ListTelemetryPipelines", {"PipelineSummaries": [pipeline]})
    found = piping(make_snapshot(piped), ACCOUNT, HOME)
    assert found is not None
    assert (found.pipelines, found.gap) == (named, None)
    assert piping(make_snapshot(), ACCOUNT, HOME) is None


@pytest.mark.parametrize(
    ("refused", "place"),
    [
        (call("cloudtrail.ListChannels", DENIED), 0),
        (call("cloudwatch.GetMetricStatistics", DENIED, **METRIC), 1),
        (call("cloudtrail.GetChannel", DENIED, Channel=f"{CHANNEL}a"), 2),
    ],
)
def test_what_may_not_be_looked_at_is_neither_whole_nor_broken(make_snapshot: Make, refused: Call, place: int) -> None:
    calls = [each for each in (*channels(a=ALL), LATELY) if each[1] != refused[1]]
    trunk = judged(make_snapshot, *calls, refused)
    assert trunk.links[place].verdict is Outcome.UNKNOWN
    assert "AccessDenied" in trunk.links[place].reason
    assert any(source.call.operation == refused[1] for source in trunk.links[place].sources)
    assert not any(link.verdict is Outcome.FAIL for link in trunk.links)


def test_without_a_channel_a_refused_metric_leaves_it_open(make_snapshot: Make) -> None:
    trunk = judged(make_snapshot, *channels(), call("cloudwatch.GetMetricStatistics", DENIED, **METRIC))
    assert trunk.links[0].verdict is Outcome.UNKNOWN
    assert not any(link.verdict is Outcome.FAIL for link in trunk.links)
