"""What makes a rule hear that just failed to: a command that the API takes, and after which the rule hears of it."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore import xform_name
from moto import mock_aws

from scanner.checks.route import RouteJudge
from scanner.model import Cause, Finding, Fix, Outcome, RouteCheck, RouteDetails, RouteKind, Rule, RuleId, Severity
from scanner.snapshot.answers import Snapshot
from tests.unit.checks.route.fixing.test_fixes import parsed

ACCOUNT, REGION = "111122223333", "us-east-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/it's mine"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
STOPPED = "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = StopLogging) && ($.readOnly IS FALSE) }"
READ = "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = GetTrail) && ($.readOnly IS TRUE) }"
STOP: Mapping[str, Any] = {"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}}
GET: Mapping[str, Any] = {"source": ["aws.cloudtrail"], "detail": {"eventName": ["GetTrail"]}}
Make = Callable[..., Snapshot]


def rule(pattern: Mapping[str, Any], state: str = "ENABLED", **members: str) -> dict[str, Any]:
    return {"Name": "it's mine", "Arn": RULE, "State": state, "EventPattern": json.dumps(pattern), **members}


def judged(make_snapshot: Make, listed: Mapping[str, Any], events: str = STOPPED) -> Finding:
    """The finding of an account whose one rule leads to a topic that is read, and which has no metric filter."""
    trail = {"Name": "main", "TrailARN": TRAIL, "HomeRegion": REGION, "IsMultiRegionTrail": True}
    publish = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Statement": [{**publish, "Resource": TOPIC}]})
    reader = {"SubscriptionArn": f"{TOPIC}:1", "Protocol": "email", "Endpoint": "a@example.com"}
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    name = listed["Name"]
    default = {"Name": "default", "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"}
    calls: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("cloudtrail.DescribeTrails", {"includeShadowTrails": True}, {"trailList": [trail]}),
        ("cloudtrail.GetTrailStatus", {"Name": TRAIL}, {"IsLogging": True}),
        ("cloudtrail.GetEventSelectors", {"TrailName": TRAIL}, {"EventSelectors": selectors}),
        ("events.ListRules", {}, {"Rules": [listed]}),
        ("events.ListTargetsByRule", {"Rule": name}, {"Targets": [{"Id": "1", "Arn": TOPIC}]}),
        ("events.DescribeEventBus", {"Name": "default"}, default),
        ("sns.GetTopicAttributes", {"TopicArn": TOPIC}, {"Attributes": {"TopicArn": TOPIC, "Policy": policy}}),
        ("sns.GetDataProtectionPolicy", {"ResourceArn": TOPIC}, {}),
        ("sns.ListSubscriptionsByTopic", {"TopicArn": TOPIC}, {"Subscriptions": [reader]}),
        (
            "sns.GetSubscriptionAttributes",
            {"SubscriptionArn": f"{TOPIC}:1"},
            {"Attributes": {"PendingConfirmation": "false"}},
        ),
    )
    check = RouteCheck(events, None, tuple(RouteKind), 1, 300)
    made = Rule(RuleId("route.rule"), "t", Severity.LOW, "", "", "", (), (), check, "area/rule.yaml", "")
    snapshot = make_snapshot(*((REGION, operation, asked, answer) for operation, asked, answer in calls))
    (finding,) = RouteJudge(snapshot).judge(made, ACCOUNT, {})
    return finding


def repair(finding: Finding) -> Fix:
    assert finding.outcome is Outcome.FAIL, finding.reason
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.fix is not None
    return finding.details.fix


@mock_aws
def executed(before: Mapping[str, Any], line: str) -> dict[str, Any]:
    """The rule as it is listed after a command, of an account that had it as it was ``before``."""
    events: Any = boto3.Session("key", "secret", region_name=REGION).client("events")
    events.put_rule(**{name: before[name] for name in ("Name", "State", "EventPattern")})
    service, operation, parameters = parsed(line)
    assert service == "events"
    getattr(events, xform_name(operation).replace("-", "_"))(**parameters)
    (after,) = events.list_rules()["Rules"]
    return {**before, "State": after["State"], "EventPattern": after["EventPattern"], **_kept(parameters)}


def _kept(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in ("Description", "RoleArn") if name in parameters}


HEARS_TOO = "Let EventBridge rule it's mine hear of these events: "
PUT = "aws events put-rule --name 'it'\"'\"'s mine' --event-pattern "

MISSES: Mapping[str, tuple[Mapping[str, Any], str, str, str, Mapping[str, Any], str]] = {
    "disabled": (STOP, "DISABLED", STOPPED, "Enable EventBridge rule it's mine", STOP, "ENABLED"),
    "disabled, and reads are asked for": (
        *(GET, "DISABLED", READ, f"{HEARS_TOO}put it in the state {READS}", GET, READS),
    ),
    "reads in the wrong state": (GET, "ENABLED", READ, f"{HEARS_TOO}put it in the state {READS}", GET, READS),
    "a source without aws": (
        *({**STOP, "source": ["cloudtrail"]}, "ENABLED", STOPPED, f"{HEARS_TOO}give it an event pattern that matches"),
        *({**STOP, "source": ["cloudtrail", "aws.cloudtrail"]}, "ENABLED"),
    ),
    "a misspelt detail-type": (
        *({**STOP, "detail-type": ["AWS API call"]}, "ENABLED", STOPPED, f"{HEARS_TOO}give it an event pattern"),
        *({**STOP, "detail-type": ["AWS API call", "AWS API Call via CloudTrail"]}, "ENABLED"),
    ),
    "another account": (
        *({**STOP, "account": ["444455556666"]}, "ENABLED", STOPPED, f"{HEARS_TOO}give it an event pattern"),
        *({**STOP, "account": ["444455556666", ACCOUNT]}, "ENABLED"),
    ),
    "another Region": (
        *({**STOP, "region": ["eu-west-1"]}, READS, STOPPED, f"{HEARS_TOO}give it an event pattern"),
        *({**STOP, "region": ["eu-west-1", REGION]}, READS),
    ),
    "addresses only": (
        {**STOP, "detail": {"eventName": ["StopLogging"], "sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}},
        *("ENABLED", STOPPED, f"{HEARS_TOO}give it an event pattern", STOP, "ENABLED"),
    ),
    "a source without aws, and reads are asked for": (
        *({**GET, "source": ["cloudtrail"]}, READS, READ, f"{HEARS_TOO}give it an event pattern"),
        *({**GET, "source": ["cloudtrail", "aws.cloudtrail"]}, READS),
    ),
}
"""A rule's pattern and state, what is asked for, what is said, and the pattern and state that it is given."""


@pytest.mark.parametrize("name", MISSES)
def test_the_command_makes_the_rule_hear(name: str, make_snapshot: Make) -> None:
    pattern, state, events, text, given, then = MISSES[name]
    before = rule(pattern, state)
    finding = judged(make_snapshot, before, events)
    fix = repair(finding)
    assert fix.text.startswith(text)
    assert (fix.link, finding.cause) == ("rule", Cause("EventBridge rule", ACCOUNT, RULE))
    (line,) = fix.commands
    after = executed(before, line)
    assert (json.loads(after["EventPattern"]), after["State"]) == (given, then)
    assert judged(make_snapshot, after, events).outcome is Outcome.PASS


def test_what_a_rule_is_besides_is_kept(make_snapshot: Make) -> None:
    settings = {"Description": '$(rm -rf ~) `x` "y"', "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}
    before = rule({**STOP, "account": ["1"]}, **settings)
    (line,) = repair(judged(make_snapshot, before)).commands
    assert line.startswith(PUT)
    words = shlex.split(line)
    assert words[words.index("--description") + 1] == settings["Description"]
    assert {name: executed(before, line)[name] for name in settings} == settings


@pytest.mark.parametrize(
    "listed",
    [
        rule(STOP, "DISABLED", ManagedBy="guardduty.amazonaws.com"),
        rule(
            {
                **STOP,
                "source": ["cloudtrail"],
                "detail": {"eventName": ["StopLogging"], "userIdentity": {"type": ["Root"]}},
            }
        ),
        rule({**STOP, "source": ["cloudtrail"], "region": ["eu-west-1"]}),
    ],
    ids=["made by a service", "for a part only", "two things too much"],
)
def test_no_command_that_would_not_help(listed: Mapping[str, Any], make_snapshot: Make) -> None:
    assert not any(" events " in line for line in repair(judged(make_snapshot, listed)).commands)
