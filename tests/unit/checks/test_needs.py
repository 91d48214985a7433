"""The calls that judging needs are those that the facts rest on: all of them, and no others."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from scanner.audit_path.declared import declared_uses
from scanner.audit_path.places import FILTER_LISTINGS
from scanner.aws.operations import OPERATIONS, SESSION
from scanner.checks.needs import uses_for
from scanner.checks.route.needs import ROUTE_USES
from scanner.checks.route.services import service_uses
from scanner.collect.plan import stages
from scanner.collect.targets import targets
from scanner.errors import ContentError
from scanner.facts.uses import Look, Use, with_what_names_them
from scanner.model import (
    Attestation,
    BySubscriptionFilter,
    CallKey,
    Clause,
    DeclaredRoute,
    Outcome,
    ResourceCheck,
    RouteCheck,
    RouteKind,
    RouteScope,
    Rule,
    Service,
    ServiceRouteCheck,
)
from scanner.resources import RESOURCES
from scanner.resources.reviews.monitors import MONITOR_CALLS, SAVED_OF_MONITORS
from scanner.snapshot.answers import SCHEMA, Call, Snapshot

DECLARED = DeclaredRoute(
    "siem",
    "the SIEM team",
    "",
    BySubscriptionFilter("arn:aws:logs:us-east-1:111122223333:log-group:audit", "to-siem"),
    Attestation("", "Security", (("ticket", "SEC-12"),), date(2026, 5, 4), date(2027, 5, 4)),
)

FIELDS = [(name, field) for name, kind in RESOURCES.items() for field in kind.fields]

ROUTE = {
    "cloudtrail.DescribeTrails@region",
    "cloudtrail.GetTrailStatus@trail",
    "cloudtrail.GetEventSelectors@trail",
    "logs.DescribeLogGroups@log-group",
    "logs.DescribeLogGroups@event-log-listing",
    "logs.DescribeMetricFilters@log-group",
    "logs.DescribeMetricFilters@managed-log-group",
    "logs.DescribeSubscriptionFilters@filled-log-group",
    "logs.DescribeSubscriptionFilters@managed-log-group",
    "cloudtrail.ListChannels@telemetry-region",
    "cloudtrail.GetChannel@telemetry-channel",
    "cloudwatch.GetMetricStatistics@managed-log-metric",
    "observabilityadmin.ListTelemetryRules@telemetry-region",
    "observabilityadmin.GetTelemetryRule@telemetry-rule",
    "observabilityadmin.GetTelemetryEvaluationStatus@telemetry-region",
    "observabilityadmin.ListTelemetryRulesForOrganization@managing-region",
    "observabilityadmin.GetTelemetryRuleForOrganization@organization-telemetry-rule",
    "observabilityadmin.GetTelemetryEvaluationStatusForOrganization@managing-region",
    "observabilityadmin.ListTelemetryPipelines@own-log-region",
    "organizations.DescribeOrganization@account",
    "cloudwatch.DescribeAlarms@alarm-region",
    "cloudwatch.ListAlarmMuteRules@alarm-region",
    "cloudwatch.GetAlarmMuteRule@mute-rule",
    "cloudwatch.DescribeAnomalyDetectors@band-region",
    "iam.GetRole@sharing-role",
    "oam.GetLink@metric-link",
    "oam.ListAttachedLinks@sink",
    "oam.ListLinks@link-region",
    "oam.ListSinks@sink-region",
    "events.ListRules@region",
    "events.ListTargetsByRule@heard-rule",
    "sns.ListSubscriptionsByTopic@alarm-topic",
    "sns.GetSubscriptionAttributes@alarm-subscription",
    "sns.GetTopicAttributes@alarm-topic",
    "cloudwatch.GetMetricData@alarm-counted-topic",
    "sns.GetDataProtectionPolicy@alarm-standard-topic",
    "kms.DescribeKey@alarm-topic-key",
    "kms.GetKeyPolicy@alarm-topic-key-arn",
    "lambda.GetFunctionConcurrency@alarm-function",
    "sqs.GetQueueUrl@alarm-queue",
    "firehose.ListTagsForDeliveryStream@alarm-stream",
    "sns.CheckIfPhoneNumberIsOptedOut@alarm-phone",
    "sns.GetSMSSandboxAccountStatus@alarm-phone-region",
    "sns.GetSMSAttributes@alarm-phone-region",
    "sns.ListSMSSandboxPhoneNumbers@alarm-phone-sandbox",
    "sns.ListSubscriptionsByTopic@heard-rule-topic",
    "sns.GetSubscriptionAttributes@heard-rule-subscription",
    "sns.GetTopicAttributes@heard-rule-topic",
    "cloudwatch.GetMetricData@heard-rule-counted-topic",
    "sns.GetDataProtectionPolicy@heard-rule-standard-topic",
    "kms.DescribeKey@heard-rule-topic-key",
    "kms.GetKeyPolicy@heard-rule-topic-key-arn",
    "lambda.GetFunctionConcurrency@heard-rule-function",
    "sqs.GetQueueUrl@heard-rule-queue",
    "firehose.ListTagsForDeliveryStream@heard-rule-stream",
    "sns.CheckIfPhoneNumberIsOptedOut@heard-rule-phone",
    "sns.GetSMSSandboxAccountStatus@heard-rule-phone-region",
    "sns.GetSMSAttributes@heard-rule-phone-region",
    "sns.ListSMSSandboxPhoneNumbers@heard-rule-phone-sandbox",
    "events.DescribeEventBus@heard-rule-bus",
    "events.DescribeEventBus@heard-rule-default-bus",
    "kms.DescribeKey@heard-rule-bus-key",
    "kms.DescribeKey@heard-rule-default-bus-key",
    "kms.GetKeyPolicy@heard-rule-bus-key-arn",
    "kms.GetKeyPolicy@heard-rule-default-bus-key-arn",
    "events.ListRules@heard-rule-bus-listing",
    "events.ListTargetsByRule@received-rule",
    "sns.ListSubscriptionsByTopic@received-rule-topic",
    "sns.GetSubscriptionAttributes@received-rule-subscription",
    "sns.GetTopicAttributes@received-rule-topic",
    "cloudwatch.GetMetricData@received-rule-counted-topic",
    "sns.GetDataProtectionPolicy@received-rule-standard-topic",
    "kms.DescribeKey@received-rule-topic-key",
    "kms.GetKeyPolicy@received-rule-topic-key-arn",
    "lambda.GetFunctionConcurrency@received-rule-function",
    "sqs.GetQueueUrl@received-rule-queue",
    "firehose.ListTagsForDeliveryStream@received-rule-stream",
    "sns.CheckIfPhoneNumberIsOptedOut@received-rule-phone",
    "sns.GetSMSSandboxAccountStatus@received-rule-phone-region",
    "sns.GetSMSAttributes@received-rule-phone-region",
    "sns.ListSMSSandboxPhoneNumbers@received-rule-phone-sandbox",
    "iam.GetRole@heard-rule-role",
    "iam.ListRolePolicies@heard-rule-role",
    "iam.ListAttachedRolePolicies@heard-rule-role",
    "iam.GetRolePolicy@heard-rule-role-policy",
    "iam.GetPolicy@heard-rule-attached-policy",
    "iam.GetPolicyVersion@heard-rule-policy-version",
    "firehose.DescribeDeliveryStream@heard-rule-target-stream",
    "kinesis.DescribeStreamSummary@heard-rule-target-data-stream",
    "lambda.GetFunctionConcurrency@heard-rule-target-function",
    "lambda.GetPolicy@heard-rule-target-function",
    "logs.DescribeLogGroups@heard-rule-target-log-group",
    "ecs.DescribeTaskDefinition@heard-rule-target-task",
    "logs.DescribeResourcePolicies@heard-rule-target-log-policies",
    "logs.DescribeResourcePolicies@heard-rule-target-log-region",
    "sqs.GetQueueUrl@heard-rule-target-queue",
    "sqs.GetQueueAttributes@heard-rule-target-queue-url",
    "events.DescribeApiDestination@heard-rule-target-api-destination",
    "events.DescribeConnection@heard-rule-target-connection",
    "stepfunctions.DescribeStateMachine@heard-rule-target-state-machine",
    "ssm-incidents.GetResponsePlan@heard-rule-target-response-plan",
    "kms.DescribeKey@heard-rule-target-queue-key",
    "kms.GetKeyPolicy@heard-rule-target-queue-key-id",
    "kms.DescribeKey@heard-rule-target-stream-key",
    "kms.GetKeyPolicy@heard-rule-target-stream-key-arn",
    "notifications.ListNotificationConfigurations@heard-rule-notifying",
    "notifications.ListEventRules@heard-rule-notification",
    "notifications.ListChannels@heard-rule-notification-behind",
    "notificationscontacts.GetEmailContact@heard-rule-email-contact",
    "chatbot.DescribeSlackChannelConfigurations@heard-rule-chat",
    "chatbot.ListMicrosoftTeamsChannelConfigurations@heard-rule-chat",
    "chatbot.DescribeChimeWebhookConfigurations@heard-rule-chat",
    "sqs.GetQueueUrl@heard-rule-dead-letter-queue",
    "sqs.GetQueueAttributes@heard-rule-dead-letter-queue-url",
    "sqs.GetQueueUrl@received-rule-dead-letter-queue",
    "sqs.GetQueueAttributes@received-rule-dead-letter-queue-url",
    "iam.GetRole@received-rule-role",
    "iam.ListRolePolicies@received-rule-role",
    "iam.ListAttachedRolePolicies@received-rule-role",
    "iam.GetRolePolicy@received-rule-role-policy",
    "iam.GetPolicy@received-rule-attached-policy",
    "iam.GetPolicyVersion@received-rule-policy-version",
    "firehose.DescribeDeliveryStream@received-rule-target-stream",
    "kinesis.DescribeStreamSummary@received-rule-target-data-stream",
    "lambda.GetFunctionConcurrency@received-rule-target-function",
    "lambda.GetPolicy@received-rule-target-function",
    "logs.DescribeLogGroups@received-rule-target-log-group",
    "ecs.DescribeTaskDefinition@received-rule-target-task",
    "logs.DescribeResourcePolicies@received-rule-target-log-policies",
    "logs.DescribeResourcePolicies@received-rule-target-log-region",
    "sqs.GetQueueUrl@received-rule-target-queue",
    "sqs.GetQueueAttributes@received-rule-target-queue-url",
    "events.DescribeApiDestination@received-rule-target-api-destination",
    "events.DescribeConnection@received-rule-target-connection",
    "stepfunctions.DescribeStateMachine@received-rule-target-state-machine",
    "ssm-incidents.GetResponsePlan@received-rule-target-response-plan",
    "notifications.ListNotificationConfigurations@received-rule-notifying",
    "notifications.ListEventRules@received-rule-notification",
    "notifications.ListChannels@received-rule-notification-behind",
    "notificationscontacts.GetEmailContact@received-rule-email-contact",
    "chatbot.DescribeSlackChannelConfigurations@received-rule-chat",
    "chatbot.ListMicrosoftTeamsChannelConfigurations@received-rule-chat",
    "chatbot.DescribeChimeWebhookConfigurations@received-rule-chat",
}


def names(uses: frozenset[Use]) -> set[str]:
    return {use.name for use in uses}


def test_nothing_is_needed_for_no_rule() -> None:
    assert not uses_for(())


def test_a_route_needs_the_calls_of_its_links(route_rule: Rule) -> None:
    assert names(uses_for([route_rule])) == ROUTE


def test_a_route_of_the_organization_needs_the_same(rule: Callable[..., Rule]) -> None:
    check = RouteCheck("{ $.a = 1 }", None, (RouteKind.METRIC_FILTER,), 1, 300, RouteScope.ORGANIZATION_MANAGEMENT)
    assert names(uses_for([rule(check)])) == ROUTE


@pytest.mark.parametrize(
    ("resource", "fields", "expected"),
    [
        ("cloudtrail.trail", ["Name"], {"cloudtrail.DescribeTrails@region"}),
        ("cloudtrail.trail", ["Status"], {"cloudtrail.DescribeTrails@region", "cloudtrail.GetTrailStatus@trail"}),
        ("cloudtrail.trail", ["KmsKey"], {"cloudtrail.DescribeTrails@region", "kms.DescribeKey@trail-key"}),
        ("s3.log_bucket", ["Acl"], {"cloudtrail.DescribeTrails@region", "s3.GetBucketAcl@bucket"}),
        (
            "s3.log_bucket",
            ["EncryptionKey"],
            {
                "cloudtrail.DescribeTrails@region",
                "s3.HeadBucket@bucket",
                "s3.GetBucketEncryption@bucket",
                "kms.DescribeKey@bucket-key",
            },
        ),
        (
            "kms.audit_key",
            ["Rotation"],
            {
                "cloudtrail.DescribeTrails@region",
                "cloudtrail.ListEventDataStores@region",
                "logs.DescribeLogGroups@event-log-listing",
                "cloudtrail.GetEventDataStore@event-data-store",
                "logs.DescribeLogGroups@log-group",
                "logs.DescribeMetricFilters@log-group",
                "logs.DescribeMetricFilters@managed-log-group",
                "cloudwatch.DescribeAlarms@alarm-region",
                "events.ListRules@region",
                "events.ListTargetsByRule@event-rule",
                "sns.GetTopicAttributes@topic",
                "s3.HeadBucket@bucket",
                "s3.GetBucketEncryption@bucket",
                "kms.DescribeKey@key",
                "kms.GetKeyRotationStatus@key-arn",
            },
        ),
        (
            "cloudwatch.audit_alarm",
            ["MutedHours"],
            {
                "cloudtrail.DescribeTrails@region",
                "logs.DescribeLogGroups@log-group",
                "logs.DescribeLogGroups@event-log-listing",
                "logs.DescribeMetricFilters@log-group",
                "logs.DescribeMetricFilters@managed-log-group",
                "cloudwatch.DescribeAlarms@alarm-region",
                "cloudwatch.ListAlarmMuteRules@alarm-region",
                "cloudwatch.GetAlarmMuteRule@mute-rule",
            },
        ),
        (
            "cloudwatch.alarm",
            ["AlarmName"],
            {
                "cloudtrail.DescribeTrails@region",
                "logs.DescribeLogGroups@event-log-listing",
                "cloudwatch.DescribeAlarms@alarm-region",
            },
        ),
        ("organizations.organization", ["Exists"], {"organizations.DescribeOrganization@account"}),
    ],
)
def test_only_what_the_fields_need(
    resource: str, fields: list[str], expected: set[str], resource_rule: Callable[..., Rule]
) -> None:
    assert names(uses_for([resource_rule(resource, *fields)])) == expected


def test_the_order_of_rules_does_not_matter(every_rule: tuple[Rule, ...]) -> None:
    assert uses_for(every_rule) == uses_for(tuple(reversed(every_rule)))


def test_an_unknown_resource_type_is_a_wrong_rule(rule: Callable[..., Rule]) -> None:
    check = ResourceCheck("s3.unheard_of", (Clause("`true`", "it is off"),), None, Outcome.FAIL, frozenset())
    with pytest.raises(ContentError, match=r"area/rule\.yaml.*'s3\.unheard_of'.*cloudtrail\.trail"):
        uses_for([rule(check)])


def test_every_operation_is_used_and_no_other(rule: Callable[..., Rule]) -> None:
    services = [rule(ServiceRouteCheck(service, '{"source": ["aws.x"]}')) for service in Service]
    every: set[Use] = set(ROUTE_USES) | declared_uses([DECLARED]) | service_uses(services)
    for kind in RESOURCES.values():
        every |= kind.uses({"*"})
    uses = with_what_names_them(every)
    assert {use.operation for use in uses} | set(SESSION) == set(OPERATIONS)
    assert len({use.name for use in uses}) == len(uses)
    things = {use.per for use in uses}
    assert len({id(each.found) for each in things}) == len(things), "two kinds of things have one name"


COPIES = {
    "cloudtrail.GetTrailStatus@trail",
    "cloudtrail.GetEventSelectors@trail",
    "cloudtrail.GetInsightSelectors@trail",
    "s3.GetObjectLockConfiguration@bucket",
    "s3.GetBucketVersioning@bucket",
}
HEARING = {
    "sns.GetSubscriptionAttributes@subscription",
    "lambda.GetFunctionConcurrency@function",
    "sqs.GetQueueUrl@queue",
    "firehose.ListTagsForDeliveryStream@stream",
    "sns.CheckIfPhoneNumberIsOptedOut@phone",
    "sns.GetSMSSandboxAccountStatus@phone-region",
    "sns.GetSMSAttributes@phone-region",
    "sns.ListSMSSandboxPhoneNumbers@phone-sandbox",
}
OWNERS = "s3.HeadBucket@bucket-owner"


def about_role(name: str) -> frozenset[str]:
    """The calls about a role, none of which is needed once another has told that it cannot be used."""
    return frozenset(
        {
            f"iam.GetRole@{name}-role",
            f"iam.ListRolePolicies@{name}-role",
            f"iam.ListAttachedRolePolicies@{name}-role",
            f"iam.GetRolePolicy@{name}-role-policy",
            f"iam.GetPolicy@{name}-attached-policy",
            f"iam.GetPolicyVersion@{name}-policy-version",
        }
    )


SAVED = frozenset(use.name for use in (*MONITOR_CALLS, SAVED_OF_MONITORS))
TRAILS_OF_OTHERS = frozenset(
    {"organizations.DescribeOrganization@account", "organizations.ListDelegatedAdministrators@managed-organization"}
)
ALARMED = frozenset({"cloudwatch.DescribeAlarms@alarm-region", *(use.name for use in FILTER_LISTINGS)})
EXPORTED = frozenset(
    {
        "guardduty.GetAdministratorAccount@detector",
        "guardduty.ListPublishingDestinations@detector",
        "guardduty.DescribePublishingDestination@finding-destination",
    }
)


def about_kept(things: str) -> frozenset[str]:
    """The calls that tell how long buckets keep what is in them."""
    return frozenset({f"s3.GetBucketLifecycleConfiguration@{things}", f"s3.GetBucketVersioning@{things}"})


LOGGED_TO = frozenset(use.name for use in RESOURCES["web.front_end"].fields["MorePlaces"].calls)
SINKS = frozenset(use.name for use in RESOURCES["cloudwatch.account"].fields["MoreSinks"].calls)
AGGREGATING = frozenset(use.name for use in RESOURCES["config.organization"].fields["MoreAggregators"].calls)

SHARPENING = {
    "OwnTrails": {"cloudtrail.DescribeTrails@region", *TRAILS_OF_OTHERS},
    "AuditLogGroups": {"cloudtrail.DescribeTrails@region", "logs.DescribeLogGroups@event-log-listing"},
    **dict.fromkeys(
        ("OwnLogBuckets", "OwnLogFiles"),
        frozenset({"cloudtrail.DescribeTrails@region", "s3.ListBuckets@account", "s3.GetBucketPolicy@bucket"}),
    ),
    "AuditAlarms": {"cloudtrail.DescribeTrails@region", "logs.DescribeLogGroups@event-log-listing", *ALARMED},
    "MoreOfAuditPath": TRAILS_OF_OTHERS,
    "EncryptionKey": {"s3.HeadBucket@bucket"},
    **dict.fromkeys(("Exists", "OwnerAccount"), frozenset({OWNERS})),
    **dict.fromkeys(("ReadsRecorded", "WritesRecorded"), frozenset({"s3.HeadBucket@bucket", OWNERS})),
    **dict.fromkeys(("Copies", "CopyFacts", "CopiesComplete"), COPIES),
    "KeptElsewhere": COPIES | {"s3.ListBuckets@account"},
    "InAccount": {"s3.HeadBucket@bucket", "s3.ListBuckets@account"},
    "MayHoldOrganization": {"organizations.ListDelegatedAdministrators@managed-organization"},
    **dict.fromkeys(("DataEventTypes", "NetworkActivitySources"), frozenset({"cloudtrail.GetEventSelectors@trail"})),
    **dict.fromkeys(
        ("LogsRoleUsable", "LogsRoleFault"),
        about_role("logs-delivery") | {"organizations.DescribeOrganization@account"},
    ),
    **dict.fromkeys(
        ("Replicated", "ReplicaFacts"),
        about_role("replication")
        | {"s3.HeadBucket@bucket", "s3.HeadBucket@replica", "s3.ListBuckets@account", "s3.GetBucketEncryption@bucket"},
    ),
    **dict.fromkeys(
        ("LiveTargets", "DeadTargets"),
        frozenset(
            {
                "sns.GetTopicAttributes@event-rule-topic",
                "kms.DescribeKey@event-rule-topic-key",
                "kms.GetKeyPolicy@event-rule-topic-key-arn",
                "lambda.GetFunctionConcurrency@event-rule-target-function",
                "lambda.GetPolicy@event-rule-target-function",
                "logs.DescribeLogGroups@event-rule-target-log-group",
                "ecs.DescribeTaskDefinition@event-rule-target-task",
                "logs.DescribeResourcePolicies@event-rule-target-log-policies",
                "logs.DescribeResourcePolicies@event-rule-target-log-region",
                "sqs.GetQueueUrl@event-rule-target-queue",
                "sqs.GetQueueAttributes@event-rule-target-queue-url",
                "firehose.DescribeDeliveryStream@event-rule-target-stream",
                "kinesis.DescribeStreamSummary@event-rule-target-data-stream",
                "events.DescribeApiDestination@event-rule-target-api-destination",
                "events.DescribeConnection@event-rule-target-connection",
                "stepfunctions.DescribeStateMachine@event-rule-target-state-machine",
                "ssm-incidents.GetResponsePlan@event-rule-target-response-plan",
                "notifications.ListNotificationConfigurations@event-rule-notifying",
                "notifications.ListEventRules@event-rule-notification",
                "notifications.ListChannels@event-rule-notification-behind",
                "notificationscontacts.GetEmailContact@event-rule-email-contact",
                "chatbot.DescribeSlackChannelConfigurations@event-rule-chat",
                "chatbot.ListMicrosoftTeamsChannelConfigurations@event-rule-chat",
                "chatbot.DescribeChimeWebhookConfigurations@event-rule-chat",
                "events.DescribeEventBus@event-rule-bus",
                "kms.DescribeKey@event-rule-bus-key",
                "kms.GetKeyPolicy@event-rule-bus-key-arn",
                "kms.DescribeKey@event-rule-target-queue-key",
                "kms.GetKeyPolicy@event-rule-target-queue-key-id",
                "kms.DescribeKey@event-rule-target-stream-key",
                "kms.GetKeyPolicy@event-rule-target-stream-key-arn",
                "organizations.DescribeOrganization@account",
                "iam.GetRole@event-rule-role",
                "iam.ListRolePolicies@event-rule-role",
                "iam.ListAttachedRolePolicies@event-rule-role",
                "iam.GetRolePolicy@event-rule-role-policy",
                "iam.GetPolicy@event-rule-attached-policy",
                "iam.GetPolicyVersion@event-rule-policy-version",
            }
        ),
    ),
    **dict.fromkeys(("Audiences", "Recipients", "Reached", "Unreached"), HEARING),
    "CloudWatchUncoveredRegions": {
        "logs.DescribeLogGroups@event-log-listing",
        "cloudtrail.ListChannels@telemetry-region",
        "cloudtrail.GetChannel@telemetry-channel",
    },
    **dict.fromkeys(
        ("AclChecks", "Deliveries", "Writes"),
        frozenset({"organizations.DescribeOrganization@account", "s3.HeadBucket@bucket", OWNERS}),
    ),
    "Publications": {"organizations.DescribeOrganization@account"},
    "KeyUses": {"organizations.DescribeOrganization@account"},
    **dict.fromkeys(("FailureAlarms", "FailureNotes"), frozenset({"cloudwatch.DescribeAlarms@topic-region"})),
    # Of monitoring accounts nothing is said where links were not listed, as in snapshots of earlier versions.
    **dict.fromkeys(("Reviews", "ScheduledQueries"), frozenset(use.name for use in MONITOR_CALLS)),
    **dict.fromkeys(("MoreQueries", "SavedQueries"), SAVED),
    "AnalyzedRegions": {
        "organizations.DescribeOrganization@account",
        "organizations.ListDelegatedAdministrators@organization-of-analyzers",
    },
    **dict.fromkeys(("GuardedRegions", "Detectors"), frozenset({"guardduty.GetDetector@detector"})),
    # They are told as far as they are known; MoreSinks, MoreLinks and MoreRules need these calls.
    "Sinks": SINKS,
    "Links": {"oam.ListLinks@region"},
    "ContributorRules": {"cloudwatch.DescribeInsightRules@log-region"},
    "Destinations": EXPORTED,
    "RetainedDestinations": EXPORTED | about_kept("finding-bucket"),
    "HighFindings": {
        "guardduty.ListFindings@detector-for-findings",
        "guardduty.GetFindings@finding-batch",
        "securityhub.GetFindings@security-hub-for-findings",
    },
    # The trail of the made-up account is its own, and it has no file of the last day.
    "LatestLogFile": {"s3.ListObjectsV2@organization-log-folder"},
    # What one of them is known to be does not rest on the others.
    **dict.fromkeys(("ExistingPlaces", "MissingPlaces"), LOGGED_TO),
    "RetainedFlowLogs": {"logs.DescribeLogGroups@flow-log-group"} | about_kept("flow-log-bucket"),
    **dict.fromkeys(
        ("Recorders", "RecorderNames", "UnrecordedRegions"),
        frozenset({"config.DescribeConfigurationRecorderStatus@region"}),
    ),
    "Kept": {"config.DescribeRetentionConfigurations@region"},
    # They are told as far as they are known; MoreAggregators needs each of these calls.
    **dict.fromkeys(
        ("Aggregators", "AggregatorNames"),
        AGGREGATING,
    ),
}
"""Field -> uses without which less of it is known for certain, and what is known is still true."""


_ALONE: Mapping[str, Any] = {"oam.ListLinks": {"Items": []}}
_HEARTBEAT: Mapping[str, Any] = {
    "AlarmName": "silence",
    "Namespace": "AWS/Logs",
    "MetricName": "IncomingLogEvents",
    "Dimensions": [{"Name": "LogGroupName", "Value": "audit/cloudtrail"}],
    "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:security-alerts"],
}
OTHERWISE: Mapping[str, Mapping[str, Any]] = {
    "insights.audit_log_group": _ALONE,
    "insights.account": _ALONE,
    "accessanalyzer.account": {
        "accessanalyzer.ListAnalyzers": {"analyzers": []},
        "organizations.ListDelegatedAdministrators": {"DelegatedAdministrators": []},
    },
    "config.organization": {"organizations.ListDelegatedAdministrators": {"DelegatedAdministrators": []}},
    "cloudwatch.audit_log_group": {"cloudwatch.DescribeAlarms": {"MetricAlarms": [_HEARTBEAT]}},
}
"""Type of resource -> what is answered there instead: no links, no analyzer of anyone, an alarm on silence."""


class Recording:
    """Collects from a table of answers, and remembers what a view asked for in vain."""

    def __init__(self, answers: dict[str, Any], rules: tuple[Rule, ...], without: str = "") -> None:
        self.calls: list[Call] = []
        self._answers = answers
        made: set[CallKey] = set()
        for stage in stages(uses_for(rules)):
            so_far = Look(self.snapshot(), "111122223333")
            for use in stage:
                for where in targets(use, so_far):
                    key = CallKey("111122223333", where.region, use.operation, where.arguments)
                    if use.name != without and key not in made:
                        made.add(key)
                        self._record(use.operation, where.region, where.arguments)

    def _record(self, operation: str, region: str, arguments: Any) -> None:
        at, name = "2026-11-20T12:00:00Z", str(len(self.calls))
        self.calls.append(
            Call(CallKey("111122223333", region, operation, arguments), at, at, (), 1, 1, name, "", 0, None)
        )

    def snapshot(self) -> Snapshot:
        scope = {"accounts": {"111122223333": {"regions": ["eu-west-1", "us-east-1"], "skipped": {}}}}
        run = {"schema": SCHEMA, "started": "2026-11-20T12:00:00Z", "partition": "aws", "scope": scope}
        run["scope"] = {**scope, "asked": {"regions": "enabled"}}
        return Snapshot(run, tuple(self.calls), self._read)

    def _read(self, name: str) -> bytes:
        call = self.calls[int(name)]
        said = self._answers[call.operation]
        page = said(call.region, call.arguments) if callable(said) else said
        return json.dumps({"pages": [page]}).encode()


def gaps(resource: str, recording: Recording, field: str) -> list[str]:
    """The operations that were not collected although a view needs them for this field."""
    view = RESOURCES[resource].view(recording.snapshot(), "111122223333")
    assert view.rows or view.gaps
    missing = [*view.gaps, *(row.gaps[field] for row in view.rows if field in row.gaps)]
    return [gap.operation for gap in missing if gap.kind == "not-collected"]


def told(resource: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers about one account, as they are where the type of resource needs all of its calls.

    What the monitoring accounts of an account would tell is collected of those.
    """
    return {**answers, **OTHERWISE.get(resource, {})}


@pytest.mark.parametrize(("resource", "field"), FIELDS)
def test_what_a_field_needs_is_collected(
    resource: str, field: str, aws: Any, resource_rule: Callable[..., Rule]
) -> None:
    rules = (resource_rule(resource, field),)
    assert not gaps(resource, Recording(told(resource, aws.answers), rules), field)


@pytest.mark.parametrize(("resource", "field"), FIELDS)
def test_nothing_is_collected_for_a_field_in_vain(
    resource: str, field: str, aws: Any, resource_rule: Callable[..., Rule]
) -> None:
    rules = (resource_rule(resource, field),)
    extra = {use.name for use in set(RESOURCES[resource].fields[field].calls) - set(RESOURCES[resource].calls)}
    for name in sorted(extra - SHARPENING.get(field, set())):
        assert gaps(resource, Recording(told(resource, aws.answers), rules, without=name), field), (
            f"{field} does not need {name}"
        )


def test_all_fields_at_once(aws: Any, every_rule: tuple[Rule, ...]) -> None:
    for resource, kind in RESOURCES.items():
        recording = Recording(told(resource, aws.answers), every_rule)
        for field in kind.fields:
            assert not gaps(resource, recording, field)


def test_a_route_asks_for_the_targets_of_rules_that_can_hear_of_its_events(
    rule: Callable[..., Rule], make_snapshot: Callable[..., Snapshot]
) -> None:
    """Those of another rule would cost calls that no verdict rests on."""

    def listed(name: str, **detail: Any) -> dict[str, Any]:
        return {"Name": name, "State": "ENABLED", "EventPattern": json.dumps({"detail": detail})}

    rules = [
        listed("all"),
        listed("it", eventName=["StopLogging"]),
        listed("failures", eventName=["StopLogging"], errorCode=[{"exists": True}]),
        listed("other", eventName=["RunInstances"]),
        listed("elsewhere", awsRegion=["eu-west-1"]),
    ]
    check = RouteCheck("{ $.eventName = StopLogging }", "{ $.eventName = DeleteTrail }", tuple(RouteKind), 1, 300)
    (use,) = [use for use in uses_for([rule(check)]) if use.name == "events.ListTargetsByRule@heard-rule"]
    rules[0]["EventPattern"] = json.dumps({"source": [{"prefix": "aws."}]})
    snapshot = make_snapshot(("us-east-1", "events.ListRules", {}, {"Rules": rules}))
    asked = [target.arguments["Rule"] for target in targets(use, Look(snapshot, "111122223333"))]
    assert asked == ["all", "failures", "it"]
