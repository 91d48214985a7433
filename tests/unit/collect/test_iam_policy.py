"""The printed IAM policy holds exactly what collecting uses."""

from collections.abc import Callable, Mapping
from typing import Any

from scanner.aws.operations import OPERATIONS
from scanner.checks.needs import uses_for
from scanner.collect.iam_policy import iam_policy
from scanner.content.rules import load_rules
from scanner.model import LogEventsCheck, RouteCheck, Rule, ServiceRouteCheck
from scanner.snapshot.answers import Snapshot
from tests.unit.conftest import MANAGED_RULE


def actions(rules: tuple[Rule, ...]) -> list[str]:
    document = iam_policy(uses_for(rules))
    assert document["Version"] == "2012-10-17"
    (statement,) = document["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == "*"
    listed: list[str] = statement["Action"]
    return listed


def test_the_policy_of_a_route(route_rule: Rule) -> None:
    assert actions((route_rule,)) == [
        "chatbot:DescribeChimeWebhookConfigurations",
        "chatbot:DescribeSlackChannelConfigurations",
        "chatbot:ListMicrosoftTeamsChannelConfigurations",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetChannel",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListChannels",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAnomalyDetectors",
        "cloudwatch:GetAlarmMuteRule",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListAlarmMuteRules",
        "ec2:DescribeRegions",
        "ecs:DescribeTaskDefinition",
        "events:DescribeApiDestination",
        "events:DescribeConnection",
        "events:DescribeEventBus",
        "events:ListRules",
        "events:ListTargetsByRule",
        "firehose:DescribeDeliveryStream",
        "firehose:ListTagsForDeliveryStream",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "kinesis:DescribeStreamSummary",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "lambda:GetFunctionConcurrency",
        "lambda:GetPolicy",
        "logs:DescribeLogGroups",
        "logs:DescribeMetricFilters",
        "logs:DescribeResourcePolicies",
        "logs:DescribeSubscriptionFilters",
        "notifications-contacts:GetEmailContact",
        "notifications:ListChannels",
        "notifications:ListEventRules",
        "notifications:ListNotificationConfigurations",
        "oam:GetLink",
        "oam:ListAttachedLinks",
        "oam:ListLinks",
        "oam:ListSinks",
        "observabilityadmin:GetTelemetryEvaluationStatus",
        "observabilityadmin:GetTelemetryEvaluationStatusForOrganization",
        "observabilityadmin:GetTelemetryRule",
        "observabilityadmin:GetTelemetryRuleForOrganization",
        "observabilityadmin:ListTelemetryPipelines",
        "observabilityadmin:ListTelemetryRules",
        "observabilityadmin:ListTelemetryRulesForOrganization",
        "organizations:DescribeOrganization",
        "sns:CheckIfPhoneNumberIsOptedOut",
        "sns:GetDataProtectionPolicy",
        "sns:GetSMSAttributes",
        "sns:GetSMSSandboxAccountStatus",
        "sns:GetSubscriptionAttributes",
        "sns:GetTopicAttributes",
        "sns:ListSMSSandboxPhoneNumbers",
        "sns:ListSubscriptionsByTopic",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "ssm-incidents:GetResponsePlan",
        "states:DescribeStateMachine",
    ]


BEHIND_BUSES = frozenset(
    {
        "chatbot:DescribeChimeWebhookConfigurations",
        "chatbot:DescribeSlackChannelConfigurations",
        "chatbot:ListMicrosoftTeamsChannelConfigurations",
        "notifications-contacts:GetEmailContact",
        "notifications:ListChannels",
        "notifications:ListEventRules",
        "notifications:ListNotificationConfigurations",
        "ecs:DescribeTaskDefinition",
        "events:DescribeApiDestination",
        "events:DescribeConnection",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "logs:DescribeResourcePolicies",
        "ssm-incidents:GetResponsePlan",
        "states:DescribeStateMachine",
    }
)
"""What a route asks where a rule that hears of its events sends to another bus, or to what it reaches as a role, or is
managed by AWS User Notifications; here only rules do and are that are not heard."""

BESIDE_TOPICS = BEHIND_BUSES | {
    "firehose:DescribeDeliveryStream",
    "iam:GetRole",
    "kinesis:DescribeStreamSummary",
    "lambda:GetPolicy",
    "logs:DescribeLogGroups",
    "sqs:GetQueueAttributes",
}
"""What a route that begins with a service asks where a rule sends its events to something else than a topic."""

UNMADE: Mapping[type, frozenset[str]] = {RouteCheck: BEHIND_BUSES, ServiceRouteCheck: BESIDE_TOPICS}


def test_the_policy_equals_the_calls_that_are_made(
    every_rule: tuple[Rule, ...], gather: Callable[..., Snapshot]
) -> None:
    snapshot = gather(*every_rule)
    made = {action for call in snapshot.calls for action in OPERATIONS[call.operation].actions}
    assert sorted(made) == actions(every_rule)


def test_each_rule_alone(every_rule: tuple[Rule, ...], gather: Callable[..., Snapshot]) -> None:
    for number, rule in enumerate(every_rule):
        snapshot = gather(rule, name=f"s{number}")
        made = {action for call in snapshot.calls for action in OPERATIONS[call.operation].actions}
        behind = UNMADE.get(type(rule.check), frozenset())
        assert not made & behind
        assert sorted(made | behind) == actions((rule,))


HEARS_ALL = '{"source": [{"prefix": "aws."}]}'
"""An event pattern that each route rule has events for."""


def test_each_shipped_rule_alone(aws: Any, gather: Callable[..., Snapshot]) -> None:
    """In an account whose rules hear of everything and send it to a target of each kind, nothing is asked in vain."""
    rules = [{"Name": name, "State": "ENABLED", "EventPattern": HEARS_ALL} for name in ("trail-changes", "elsewhere")]
    rules.append({**rules[0], "Name": "managed", "ManagedBy": "notifications.amazonaws.com", "Arn": MANAGED_RULE})
    aws.answers["events.ListRules"] = {"Rules": rules}
    shipped = [rule for rule in load_rules() if not isinstance(rule.check, LogEventsCheck)]
    assert len(shipped) > 70
    for number, rule in enumerate(shipped):
        snapshot = gather(rule, name=f"s{number}")
        made = {action for call in snapshot.calls for action in OPERATIONS[call.operation].actions}
        assert sorted(made) == actions((rule,)), rule.id


def test_it_only_reads(every_rule: tuple[Rule, ...]) -> None:
    verbs = {action.partition(":")[2] for action in actions(every_rule)}
    # Its access level is Read in the Service Authorization Reference, whatever its name begins with.
    verbs.remove("CheckIfPhoneNumberIsOptedOut")
    verbs.remove("GET")  # what API Gateway calls every read
    assert all(verb.startswith(("Get", "Describe", "List")) for verb in verbs)


def test_the_same_rules_give_the_same_policy(every_rule: tuple[Rule, ...]) -> None:
    first: dict[str, Any] = iam_policy(uses_for(every_rule))
    assert first == iam_policy(uses_for(tuple(reversed(every_rule))))
