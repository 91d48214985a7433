"""The cases beside the rules about findings say how they are judged; here what concerns several Regions."""

import json
from dataclasses import replace
from typing import Any

import pytest

from scanner.checks.route.services import ServiceRouteJudge
from scanner.model import Finding, Outcome, RouteDetails, Rule, RuleId, Service, ServiceRouteCheck, Severity
from scanner.snapshot.answers import Snapshot
from tests.unit.checks.route.test_judging import ABSENT, ACCOUNT, DENIED, World, topic_arn

EVENTS = '{"source": ["aws.securityhub"], "detail": {"findings": {"Severity": {"Label": ["$label"]}}}}'
HOME, LINKED = "eu-west-1", "us-east-1"
AGGREGATOR = f"arn:aws:securityhub:{HOME}:{ACCOUNT}:finding-aggregator/a"


def rule() -> Rule:
    check = ServiceRouteCheck(Service.SECURITYHUB, EVENTS, single=("detail.findings",))
    return Rule(RuleId("route.x"), "t", Severity.LOW, "", "", "", (), (), check, "route/x.yaml", "")


def world(mode: str = "ALL_REGIONS", *named: str) -> World:
    """Security Hub in two Regions, with one whole route in the Region to which the other's findings are sent."""
    found = World(HOME, LINKED)
    for region in (HOME, LINKED):
        found.put("securityhub.DescribeHub", {"HubArn": f"arn:aws:securityhub:{region}:{ACCOUNT}:hub/default"}, region)
        found.put("securityhub.GetAdministratorAccount", {}, region)
        listed = {"FindingAggregators": [{"FindingAggregatorArn": AGGREGATOR}]}
        found.put("securityhub.ListFindingAggregators", listed, region)
        told = {"FindingAggregationRegion": HOME, "RegionLinkingMode": mode, "Regions": list(named)}
        found.put("securityhub.GetFindingAggregator", told, region, FindingAggregatorArn=AGGREGATOR)
        found.put("events.ListRules", {"Rules": []}, region)
    arn = f"arn:aws:events:{HOME}:{ACCOUNT}:rule/findings"
    listed_rule = {
        "Name": "findings",
        "Arn": arn,
        "State": "ENABLED",
        "EventPattern": '{"source": ["aws.securityhub"]}',
    }
    found.put("events.ListRules", {"Rules": [listed_rule]}, HOME)
    topic = topic_arn(HOME)
    found.put("events.ListTargetsByRule", {"Targets": [{"Id": "1", "Arn": topic}]}, HOME, Rule="findings")
    bus = {"Name": "default", "Arn": f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"}
    found.put("events.DescribeEventBus", bus, HOME, Name="default")
    found.topic(topic, HOME)
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    policy = json.dumps({"Statement": [grant]})
    found.put("sns.GetTopicAttributes", {"Attributes": {"Policy": policy}}, HOME, TopicArn=topic)
    return found


def judged(found: World) -> Finding:
    (finding,) = ServiceRouteJudge(found.snapshot()).judge(rule(), ACCOUNT, {"label": "CRITICAL"})
    return finding


@pytest.mark.parametrize(
    ("mode", "named"),
    [("ALL_REGIONS", ()), ("SPECIFIED_REGIONS", (LINKED,)), ("ALL_REGIONS_EXCEPT_SPECIFIED", ("eu-north-1",))],
)
def test_findings_that_are_sent_on_arrive_by_the_route_of_the_other_region(mode: str, named: tuple[str, ...]) -> None:
    finding = judged(world(mode, *named))
    assert finding.outcome is Outcome.PASS, finding.reason
    assert f"Security Hub sends the findings of {LINKED} to {HOME}" in finding.reason
    assert "securityhub.GetFindingAggregator" in {source.call.operation for source in finding.sources}


@pytest.mark.parametrize(
    ("mode", "named"),
    [("NO_REGIONS", ()), ("SPECIFIED_REGIONS", ("eu-north-1",)), ("ALL_REGIONS_EXCEPT_SPECIFIED", (LINKED,))],
)
def test_findings_that_are_not_sent_on_are_lost(mode: str, named: tuple[str, ...]) -> None:
    finding = judged(world(mode, *named))
    assert finding.outcome is Outcome.FAIL
    assert f"The events of Security Hub in {LINKED} reach nobody" in finding.reason
    assert finding.witness is not None
    assert finding.witness["detail"] == {"findings": [{"Severity": {"Label": "CRITICAL"}}]}


def test_every_answer_denied_in_turn_passes_nothing() -> None:
    whole = world()
    assert judged(whole).outcome is Outcome.PASS
    for key in list(whole.answers):
        found = world()
        found.answers[key] = DENIED
        told: Any = judged(found)
        beside = ("GetAdministratorAccount", "DescribeTrails")
        # The rules of the Region whose findings are sent on do not matter, nor where those of the other one go.
        needless = (key[1] == HOME and "FindingAggregator" in key[2]) or (key[1] == LINKED and "ListRules" in key[2])
        assert told.outcome is not Outcome.PASS or key[2].endswith(beside) or needless, key


def test_what_is_found_off_cites_where_that_was_looked_up() -> None:
    check = ServiceRouteCheck(Service.CLOUDTRAIL_INSIGHTS, '{"detail-type": ["AWS Insight via CloudTrail"]}')
    found = World()
    (finding,) = ServiceRouteJudge(found.snapshot()).judge(replace(rule(), check=check), ACCOUNT, {})
    assert finding.outcome is Outcome.FAIL
    assert [source.call.operation for source in finding.sources] == ["cloudtrail.DescribeTrails"]


def test_a_pass_names_the_regions_in_which_the_service_is_off() -> None:
    found = world()
    found.put("securityhub.DescribeHub", ABSENT, LINKED)
    finding = judged(found)
    assert finding.outcome is Outcome.PASS, finding.reason
    assert finding.reason.endswith(f"Where it is off, it has none: Security Hub is not on in {LINKED}.")
    off = {source.call.region for source in finding.sources if source.call.operation == "securityhub.DescribeHub"}
    assert off == {HOME, LINKED}
    assert "it is off" not in judged(world()).reason


def test_an_account_of_which_nothing_was_looked_at_is_not_said_to_have_no_events() -> None:
    found = world()
    scope: dict[str, Any] = {"accounts": {ACCOUNT: {"regions": [], "skipped": {}}}}
    snapshot = found.snapshot()
    empty = Snapshot({**snapshot.run, "scope": scope}, (), lambda _: b"")
    (finding,) = ServiceRouteJudge(empty).judge(rule(), ACCOUNT, {"label": "CRITICAL"})
    assert finding.outcome is Outcome.UNKNOWN
    assert finding.reason.startswith("Whether events of Security Hub reach a person is not known: no enabled Region")


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (
            {"asked": {"regions": [HOME, LINKED]}},
            f"Only Regions {HOME}, {LINKED} were looked at; scan without --region",
        ),
        (
            {"accounts": {ACCOUNT: {"regions": [HOME, LINKED], "skipped": {"eu-west-2": "it did not answer"}}}},
            "eu-west-2",
        ),
    ],
)
def test_regions_that_were_left_out_leave_it_unknown(scope: dict[str, Any], why: str) -> None:
    """What is lost in a Region that was looked at fails whatever the others are."""
    off = world()
    for region in (HOME, LINKED):
        off.put("securityhub.DescribeHub", ABSENT, region)
    said = ["those in eu-west-1, us-east-1 do", "Security Hub is not on in eu-west-1"]
    for found, words in zip([world(), off], said, strict=True):
        finding = limited(found, scope)
        assert finding.outcome is Outcome.UNKNOWN
        assert words in finding.reason
        assert why in finding.reason
    assert limited(world("NO_REGIONS"), scope).outcome is Outcome.FAIL


def limited(found: World, scope: dict[str, Any]) -> Finding:
    snapshot = found.snapshot()
    snapshot.run["scope"].update(scope)
    (finding,) = ServiceRouteJudge(snapshot).judge(rule(), ACCOUNT, {"label": "CRITICAL"})
    return finding


FUNCTION = f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:triage"
BUS = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/central"
QUEUE = f"arn:aws:sqs:{HOME}:{ACCOUNT}:undelivered"
INVOKE = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction"}


def sending(target: str) -> World:
    """The one rule sends to something else than a topic, which is sound."""
    found = world()
    listed = {"Id": "1", "Arn": target, "DeadLetterConfig": {"Arn": QUEUE}}
    found.put("events.ListTargetsByRule", {"Targets": [listed]}, HOME, Rule="findings")
    found.put("lambda.GetFunctionConcurrency", {}, HOME, FunctionName="triage")
    policy = json.dumps({"Statement": [{**INVOKE, "Resource": "*"}]})
    found.put("lambda.GetPolicy", {"Policy": policy}, HOME, FunctionName="triage")
    found.put("events.DescribeEventBus", {"Name": "central", "Arn": BUS}, HOME, Name="central")
    return found


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (FUNCTION, "somebody must attest; Lambda function triage exists and takes what is sent to it"),
        (BUS, "sends them to event bus central (111122223333, eu-west-1); whether they reach a person there is not"),
    ],
)
def test_a_sound_target_of_another_kind_is_no_pass(target: str, told: str) -> None:
    finding = judged(sending(target))
    assert finding.outcome is Outcome.UNKNOWN
    assert told in finding.reason


@pytest.mark.parametrize(
    ("target", "call", "named", "told"),
    [
        (FUNCTION, "lambda.GetFunctionConcurrency", {"FunctionName": "triage"}, "function triage does not exist"),
        (FUNCTION, "lambda.GetPolicy", {"FunctionName": "triage"}, "does not let events.amazonaws.com use"),
        (
            BUS,
            "events.DescribeEventBus",
            {"Name": "central"},
            "event bus central (111122223333, eu-west-1), which does",
        ),
    ],
)
def test_a_broken_target_of_another_kind_is_named(target: str, call: str, named: dict[str, str], told: str) -> None:
    found = sending(target)
    found.put(call, ABSENT, HOME, **named)
    finding = judged(found)
    assert finding.outcome is Outcome.FAIL, finding.reason
    assert told in finding.reason
    assert call in {source.call.operation for source in finding.sources}
    found.put(call, DENIED, HOME, **named)
    assert judged(found).outcome is Outcome.UNKNOWN


def test_a_dead_letter_queue_that_is_gone_is_told() -> None:
    found = sending(FUNCTION)
    found.put("sqs.GetQueueUrl", ABSENT, HOME, QueueName="undelivered")
    told = f"loses what it cannot deliver to {FUNCTION}: the dead-letter queue {QUEUE} does not exist"
    assert _warned(judged(found)) == (f"EventBridge rule findings ({HOME}) {told}",)


def test_the_warnings_of_a_pass_are_told() -> None:
    found = world()
    listed = {"Id": "1", "Arn": topic_arn(HOME), "DeadLetterConfig": {"Arn": QUEUE}}
    found.put("events.ListTargetsByRule", {"Targets": [listed]}, HOME, Rule="findings")
    assert not [warning for warning in _warned(judged(found)) if "dead-letter" in warning]
    found.put("sqs.GetQueueUrl", ABSENT, HOME, QueueName="undelivered")
    finding = judged(found)
    assert finding.outcome is Outcome.PASS
    assert [warning for warning in _warned(finding) if f"the dead-letter queue {QUEUE} does not exist" in warning]


def _warned(finding: Finding) -> tuple[str, ...]:
    assert isinstance(finding.details, RouteDetails)
    return finding.details.warnings
