"""Snapshots made of plain calls, and an AWS that answers from a table, so that every call can be watched."""

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import scanner.collect.collection
from scanner import __version__
from scanner.audit_path.topics import COUNTED
from scanner.aws.identity import ASSUME_ROLE
from scanner.aws.operations import OPERATIONS
from scanner.aws.options import CollectOptions
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.model import (
    Attestation,
    ByBucketNotification,
    ByDeliveryStream,
    ByEventRule,
    BySubscriptionFilter,
    ByTopicSubscription,
    CallKey,
    Check,
    Clause,
    DeclaredRoute,
    Outcome,
    ResourceCheck,
    RouteCheck,
    RouteKind,
    Rule,
    RuleId,
    Service,
    ServiceRouteCheck,
    Severity,
    Through,
)
from scanner.resources import RESOURCES
from scanner.runs.collecting import plan_for
from scanner.snapshot.answers import SCHEMA, Call, CallError, Reply, Snapshot
from scanner.snapshot.folder import SnapshotWriter

ACCOUNT = "111122223333"

Recorded = tuple[str, str, Mapping[str, Any], Any]
"""Region, operation, arguments and the answer: one page, a list of pages, or a ``CallError``."""

MakeSnapshot = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def make_snapshot() -> MakeSnapshot:
    """``make_snapshot(*calls, regions=…, asked=…, skipped=…, partition=…, others=…)``.

    ``others`` maps further accounts to their calls.
    """
    return _snapshot


def _snapshot(
    *calls: Recorded,
    regions: Sequence[str] = ("us-east-1",),
    asked: Any = "enabled",
    skipped: Mapping[str, str] | None = None,
    partition: str = "aws",
    others: Mapping[str, Sequence[Recorded]] | None = None,
) -> Snapshot:
    raw: dict[str, bytes] = {}
    made = [
        _call(account, recorded, raw)
        for account, listed in {ACCOUNT: calls, **(others or {})}.items()
        for recorded in listed
    ]
    scope = {"regions": list(regions), "skipped": dict(skipped or {})}
    run = {
        "schema": SCHEMA,
        "started": "2026-11-20T07:00:00Z",
        "partition": partition,
        "scope": {"accounts": dict.fromkeys((ACCOUNT, *(others or {})), scope), "asked": {"regions": asked}},
    }
    return Snapshot(run, tuple(made), raw.__getitem__)


def _call(account: str, recorded: Recorded, raw: dict[str, bytes]) -> Call:
    region, operation, arguments, answer = recorded
    error = answer if isinstance(answer, CallError) else None
    file = "" if error else f"raw/{len(raw)}.json"
    if error is None:
        raw[file] = json.dumps({"pages": answer if isinstance(answer, list) else [answer]}).encode()
    return Call(
        key=CallKey(account, region, operation, arguments),
        started="2026-11-20T07:00:00Z",
        date="",
        request_ids=(),
        pages=1,
        items=0,
        file=file,
        sha256="",
        bytes=0,
        error=error,
    )


HOME = "us-east-1"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

TRAIL = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/main"
TOPIC = f"arn:aws:sns:{HOME}:{ACCOUNT}:security-alerts"
FUNCTION = f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:notify"
QUEUE = f"arn:aws:sqs:{HOME}:{ACCOUNT}:alerts"
PHONE = "+15555550100"
STREAM = f"arn:aws:firehose:{HOME}:{ACCOUNT}:deliverystream/alerts"
QUERY = f"arn:aws:logs:{HOME}:{ACCOUNT}:scheduled-query:1"
TRAIL_KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/trail"
GROUP_KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/group"
BUCKET_KEY = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/bucket"

BUS = f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/audit"
DESTINATION = f"arn:aws:events:{HOME}:{ACCOUNT}:api-destination/pager/1f"
MACHINE = f"arn:aws:states:{HOME}:{ACCOUNT}:stateMachine:page"
TASK = f"arn:aws:ecs:{HOME}:{ACCOUNT}:task-definition/page:3"
PLAN = f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/audit"
MANAGED_RULE = f"arn:aws:events:{HOME}:{ACCOUNT}:rule/managed"
NOTIFICATION = f"arn:aws:notifications::{ACCOUNT}:configuration/{'a' * 27}"
CONTACT = f"arn:aws:notifications-contacts::{ACCOUNT}:emailcontact/{'c' * 27}"
CHAT = f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/slack-channel/audit"
SEND_ROLE = f"arn:aws:iam::{ACCOUNT}:role/send"
SEND_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/send"
MADE = {"Arn": SEND_ROLE, "Path": "/", "CreateDate": "2026-11-20T11:00:00Z"}

TARGETS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "trail-changes": [{"Id": "1", "Arn": TOPIC}],
    "managed": [{"Id": "1", "Arn": f"arn:aws:internal:{HOME}:{ACCOUNT}:hub"}],
    "elsewhere": [
        {"Id": "1", "Arn": BUS, "RoleArn": SEND_ROLE, "DeadLetterConfig": {"Arn": f"{QUEUE}-undelivered"}},
        {"Id": "2", "Arn": FUNCTION},
        {"Id": "3", "Arn": QUEUE},
        {"Id": "4", "Arn": STREAM, "RoleArn": SEND_ROLE},
        {"Id": "5", "Arn": f"arn:aws:kinesis:{HOME}:{ACCOUNT}:stream/siem", "RoleArn": SEND_ROLE},
        {"Id": "6", "Arn": DESTINATION, "RoleArn": SEND_ROLE},
        {"Id": "7", "Arn": f"{MACHINE}:live", "RoleArn": SEND_ROLE},
        {
            "Id": "9",
            "Arn": f"arn:aws:ecs:{HOME}:{ACCOUNT}:cluster/page",
            "RoleArn": SEND_ROLE,
            "EcsParameters": {"TaskDefinitionArn": TASK},
        },
        {"Id": "10", "Arn": f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/events/audit"},
        {"Id": "8", "Arn": PLAN, "RoleArn": SEND_ROLE},
    ],
}
"""What the EventBridge rules of the account send to; the second one hears of nothing in the account's own Regions."""

LAKE = f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:eventdatastore/1"

SUBSCRIBED = [
    {
        "filterName": name,
        "filterPattern": "{ $.never = 1 }",
        "destinationArn": f"arn:aws:{service}:{HOME}:{ACCOUNT}:{resource}",
    }
    for name, service, resource in (
        ("data-stream", "kinesis", "stream/siem"),
        ("stream", "firehose", "deliverystream/siem"),
        ("function", "lambda", "function:siem"),
        ("destination", "logs", "destination:siem"),
    )
]

UNITS = [f"ou-{depth}" for depth in range(5)]
ABOVE: Mapping[str, Mapping[str, str]] = {
    **{
        below: {"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}
        for below, unit in zip([ACCOUNT, *UNITS], UNITS, strict=False)
    },
    UNITS[-1]: {"Id": "r-1", "Type": "ROOT"},
}
"""What the account and the organizational units above it lie in, as deep as AWS nests them."""

DESTINATION = f"arn:aws:logs:{HOME}:{ACCOUNT}:delivery-destination:web"

STAGES = [
    {"stageName": "stage", "accessLogSettings": {"destinationArn": f"arn:aws:{place}"}}
    for place in (f"logs:{HOME}:{ACCOUNT}:log-group:orders", f"firehose:{HOME}:{ACCOUNT}:deliverystream/orders")
]
"""Stages of a REST API, each of which sends its access logs to a place of another kind."""

DISTRIBUTION: Mapping[str, Any] = {
    **dict.fromkeys(("Status", "DomainName", "Comment", "PriceClass", "WebACLId", "HttpVersion"), "a"),
    **{name: {"Quantity": 0} for name in ("Aliases", "CacheBehaviors", "CustomErrorResponses")},
    **dict.fromkeys(("Enabled", "IsIPV6Enabled", "Staging"), True),
    "Id": "E1",
    "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1",
    "LastModifiedTime": "2026-11-20T11:00:00Z",
    "Origins": {"Quantity": 0, "Items": []},
    "DefaultCacheBehavior": {"TargetOriginId": "a", "ViewerProtocolPolicy": "https-only"},
    "ViewerCertificate": {},
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
}
"""A distribution with the members that AWS's model requires."""

ANSWERS: Mapping[str, Any] = {
    "sts.GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/auditor", "UserId": "AIDA"},
    "ec2.DescribeRegions": {
        "Regions": [
            {"RegionName": HOME, "OptInStatus": "opt-in-not-required"},
            {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
            {"RegionName": "ap-east-1", "OptInStatus": "not-opted-in"},
            {"RegionName": "eu-south-1", "OptInStatus": "opted-in"},
        ]
    },
    "organizations.ListDelegatedAdministrators": {"DelegatedAdministrators": [{"Id": "444455556666"}]},
    "organizations.ListAccounts": {"Accounts": [{"Id": ACCOUNT, "State": "ACTIVE"}]},
    "organizations.ListParents": lambda _region, arguments: {"Parents": [ABOVE[arguments["ChildId"]]]},
    "organizations.ListPolicies": {"Policies": [{"Id": "p-1", "Name": "protect-audit"}]},
    "organizations.ListTargetsForPolicy": {"Targets": [{"TargetId": "r-1", "Type": "ROOT"}]},
    "organizations.DescribePolicy": {"Policy": {"Content": '{"Statement": []}'}},
    "organizations.DescribeOrganization": {"Organization": {"Id": "o-1", "MasterAccountId": ACCOUNT}},
    "config.DescribeConfigurationAggregators": {
        "ConfigurationAggregators": [
            {"ConfigurationAggregatorName": "all", "OrganizationAggregationSource": {"RoleArn": SEND_ROLE}}
        ]
    },
    "config.DescribeConfigurationRecorders": {
        "ConfigurationRecorders": [{"name": "default", "recordingGroup": {"allSupported": True}}]
    },
    "config.DescribeConfigurationRecorderStatus": {
        "ConfigurationRecordersStatus": [{"name": "default", "recording": True, "lastStatus": "SUCCESS"}]
    },
    "config.DescribeDeliveryChannels": {"DeliveryChannels": [{"name": "default", "s3BucketName": "config"}]},
    "account.GetAlternateContact": {"AlternateContact": {"EmailAddress": "security@example.com"}},
    "s3control.GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
    "cloudtrail.DescribeTrails": {
        "trailList": [
            {
                "Name": "main",
                "TrailARN": TRAIL,
                "HomeRegion": HOME,
                "IsMultiRegionTrail": True,
                "S3BucketName": "audit-logs",
                "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:audit/cloudtrail:*",
                "CloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/delivery",
                "KmsKeyId": TRAIL_KEY,
                "LogFileValidationEnabled": True,
            }
        ]
    },
    "cloudtrail.ListEventDataStores": {"EventDataStores": [{"EventDataStoreArn": LAKE, "Name": "lake"}]},
    "cloudtrail.GetEventDataStore": {
        "EventDataStoreArn": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:eventdatastore/1",
        "Name": "lake",
        "Status": "ENABLED",
        "MultiRegionEnabled": True,
        "OrganizationEnabled": False,
        "RetentionPeriod": 2557,
        "TerminationProtectionEnabled": True,
        "KmsKeyId": GROUP_KEY,
    },
    "cloudtrail.GetTrailStatus": {"IsLogging": True},
    "kinesis.DescribeStreamSummary": {
        "StreamDescriptionSummary": {
            "StreamName": "siem",
            "StreamARN": f"arn:aws:kinesis:{HOME}:{ACCOUNT}:stream/siem",
            "StreamStatus": "ACTIVE",
            "RetentionPeriodHours": 24,
            "StreamCreationTimestamp": "2025-01-01T00:00:00Z",
            "EnhancedMonitoring": [],
            "OpenShardCount": 1,
        }
    },
    "firehose.DescribeDeliveryStream": {
        "DeliveryStreamDescription": {
            "DeliveryStreamName": "siem",
            "DeliveryStreamARN": f"arn:aws:firehose:{HOME}:{ACCOUNT}:deliverystream/siem",
            "DeliveryStreamStatus": "ACTIVE",
            "DeliveryStreamType": "DirectPut",
            "VersionId": "1",
            "Destinations": [],
            "HasMoreDestinations": False,
        }
    },
    "logs.GetDataProtectionPolicy": {"logGroupIdentifier": "audit/cloudtrail"},
    "logs.DescribeAccountPolicies": {"accountPolicies": []},
    "cloudtrail.ListTags": {
        "ResourceTagList": [{"ResourceId": TRAIL, "TagsList": [{"Key": "owner", "Value": "security"}]}]
    },
    "cloudtrail.GetEventSelectors": {
        "EventSelectors": [
            {
                "ReadWriteType": "All",
                "IncludeManagementEvents": True,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
            }
        ]
    },
    "cloudtrail.GetInsightSelectors": lambda _region, arguments: {
        **({"InsightsDestination": LAKE} if "EventDataStore" in arguments else {}),
        "TrailARN": TRAIL,
        "InsightSelectors": [{"InsightType": "ApiCallRateInsight"}, {"InsightType": "ApiErrorRateInsight"}],
    },
    "cloudtrail.GetChannel": {
        "ChannelArn": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:channel/1",
        "Source": "Custom",
        "SourceConfig": {
            "AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]
        },
        "Destinations": [{"Type": "EVENT_DATA_STORE", "Location": LAKE}],
    },
    "logs.DescribeLogGroups": {
        "logGroups": [
            {"logGroupName": "audit/cloudtrail", "kmsKeyId": GROUP_KEY},
            {"logGroupName": "aws/cloudtrail/management", "kmsKeyId": GROUP_KEY},
            {"logGroupName": "audit/cloudtrail-other", "kmsKeyId": "arn:aws:kms:eu-west-1:1:key/not-ours"},
        ]
    },
    "logs.DescribeMetricFilters": {
        "metricFilters": [
            {
                "filterName": "f",
                "filterPattern": "{ $.eventName = StopLogging }",
                "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
            }
        ]
    },
    "logs.DescribeSubscriptionFilters": {"subscriptionFilters": SUBSCRIBED},
    "logs.DescribeResourcePolicies": {"resourcePolicies": []},
    "oam.ListLinks": {
        "Items": [
            {
                "Arn": f"arn:aws:oam:{HOME}:{ACCOUNT}:link/1",
                "ResourceTypes": ["AWS::Logs::LogGroup"],
                "SinkArn": f"arn:aws:oam:{HOME}:444455556666:sink/1",
            }
        ]
    },
    "oam.ListSinks": {"Items": [{"Arn": f"arn:aws:oam:{HOME}:{ACCOUNT}:sink/1"}]},
    "oam.GetSinkPolicy": {"SinkArn": f"arn:aws:oam:{HOME}:{ACCOUNT}:sink/1", "Policy": "{}"},
    "cloudwatch.DescribeInsightRules": {
        "InsightRules": [
            {
                "Name": "by-identity",
                "State": "ENABLED",
                "Schema": "{}",
                "Definition": '{"LogGroupNames": ["*"], "LogFormat": "JSON"}',
            }
        ]
    },
    "cloudwatch.GetInsightRuleReport": {"AggregateValue": 0.0},
    "cloudwatch.DescribeAlarmHistory": {"AlarmHistoryItems": []},
    "logs.DescribeQueries": {"queries": []},
    "logs.ListScheduledQueries": {"scheduledQueries": [{"scheduledQueryArn": QUERY, "name": "daily"}]},
    "logs.GetScheduledQuery": {
        "scheduledQueryArn": QUERY,
        "name": "daily",
        "state": "ENABLED",
        "queryString": "fields @timestamp",
        "logGroupIdentifiers": ["audit/cloudtrail"],
        "scheduleExpression": "cron(0 6 * * ? *)",
        "startTimeOffset": 86400,
        "lastExecutionStatus": "Complete",
    },
    "logs.GetScheduledQueryHistory": {
        "triggerHistory": [
            {"triggeredTimestamp": 1795154400, "executionStatus": "Complete", "destinations": [{"status": "COMPLETE"}]}
        ]
    },
    "logs.DescribeQueryDefinitions": {
        "queryDefinitions": [{"name": "n", "queryString": "fields @timestamp", "logGroupNames": ["audit/cloudtrail"]}]
    },
    "logs.ListLogAnomalyDetectors": {
        "anomalyDetectors": [{"anomalyDetectorArn": f"arn:aws:logs:{HOME}:{ACCOUNT}:anomaly-detector:1"}]
    },
    "cloudwatch.DescribeAlarms": {
        "MetricAlarms": [
            {"AlarmName": "a", "Namespace": "n", "MetricName": "m", "AlarmActions": [TOPIC]},
            {"AlarmName": "b", "Namespace": "x", "MetricName": "m", "AlarmActions": [f"{TOPIC}-not-ours"]},
            {
                "AlarmName": "banded",
                "ComparisonOperator": "GreaterThanUpperThreshold",
                "ThresholdMetricId": "ad1",
                "Metrics": [
                    {
                        "Id": "m1",
                        "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 300, "Stat": "Sum"},
                    },
                    {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"},
                ],
            },
        ],
        "CompositeAlarms": [],
    },
    "cloudwatch.ListAlarmMuteRules": {
        "AlarmMuteRuleSummaries": [
            {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm-mute-rule:sundays", "Status": "SCHEDULED"}
        ]
    },
    "cloudwatch.DescribeAnomalyDetectors": {"AnomalyDetectors": []},
    "cloudwatch.GetAlarmMuteRule": {
        "Name": "sundays",
        "Rule": {"Schedule": {"Expression": "cron(0 2 * * SUN)", "Duration": "PT2H"}},
        "MuteTargets": {"AlarmNames": ["b"]},
        "Status": "SCHEDULED",
    },
    "events.ListRules": {
        "Rules": [
            {"Name": "trail-changes", "State": "ENABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'},
            {"Name": "nightly", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"},
            {"Name": "elsewhere", "State": "ENABLED", "EventPattern": '{"region": ["ap-east-1"]}'},
            {
                "Name": "managed",
                "State": "ENABLED",
                "EventPattern": '{"region": ["ap-east-1"]}',
                "ManagedBy": "notifications.amazonaws.com",
                "Arn": MANAGED_RULE,
            },
        ]
    },
    "events.ListTargetsByRule": lambda _region, arguments: {"Targets": TARGETS[arguments["Rule"]]},
    "events.ListEventBuses": {"EventBuses": [{"Name": "default", "Arn": BUS}, {"Name": "audit", "Arn": BUS}]},
    "events.DescribeEventBus": lambda region, arguments: {
        "Name": arguments["Name"],
        "Arn": BUS,
        **({"KmsKeyIdentifier": "alias/topic"} if region == HOME else {}),
    },
    "events.DescribeApiDestination": {
        "ApiDestinationArn": DESTINATION,
        "ApiDestinationState": "ACTIVE",
        "ConnectionArn": f"arn:aws:events:{HOME}:{ACCOUNT}:connection/pager/2e",
        "InvocationEndpoint": "https://pager.example/hush-4711",
    },
    "events.DescribeConnection": {
        "ConnectionArn": f"arn:aws:events:{HOME}:{ACCOUNT}:connection/pager/2e",
        "ConnectionState": "AUTHORIZED",
    },
    "stepfunctions.DescribeStateMachine": {
        "stateMachineArn": MACHINE,
        "name": "page",
        "status": "ACTIVE",
        "type": "STANDARD",
        "definition": "",
        "roleArn": SEND_ROLE,
        "creationDate": "2026-11-20T11:00:00Z",
    },
    "ecs.DescribeTaskDefinition": {
        "taskDefinition": {"taskDefinitionArn": TASK, "status": "ACTIVE", "taskRoleArn": SEND_ROLE},
    },
    "ssm-incidents.GetResponsePlan": {
        "arn": PLAN,
        "name": "audit",
        "engagements": [f"arn:aws:ssm-contacts:{HOME}:{ACCOUNT}:contact/on-call"],
        "incidentTemplate": {"title": "Audit", "impact": 1},
        "actions": [],
    },
    "notifications.ListNotificationConfigurations": {
        "notificationConfigurations": [
            {
                "arn": NOTIFICATION,
                "name": "audit",
                "description": "",
                "status": "ACTIVE",
                "creationTime": "2026-11-20T11:00:00Z",
            }
        ]
    },
    "notifications.ListEventRules": {
        "eventRules": [
            {
                "arn": f"{NOTIFICATION}/rule/{'b' * 27}",
                "notificationConfigurationArn": NOTIFICATION,
                "source": "aws.cloudtrail",
                "eventType": "t",
                "eventPattern": "",
                "regions": [HOME],
                "managedRules": [MANAGED_RULE],
                "creationTime": "2026-11-20T11:00:00Z",
                "statusSummaryByRegion": {HOME: {"status": "ACTIVE", "reason": ""}},
            }
        ]
    },
    "notifications.ListChannels": {"channels": [CHAT, CONTACT]},
    "notificationscontacts.GetEmailContact": {
        "emailContact": {
            "arn": CONTACT,
            "name": "",
            "address": "",
            "status": "active",
            **dict.fromkeys(("creationTime", "updateTime"), "2026-11-20T11:00:00Z"),
        }
    },
    "chatbot.DescribeSlackChannelConfigurations": {"SlackChannelConfigurations": []},
    "chatbot.ListMicrosoftTeamsChannelConfigurations": {"TeamChannelConfigurations": []},
    "chatbot.DescribeChimeWebhookConfigurations": {"WebhookConfigurations": []},
    "iam.GetRole": {"Role": {**MADE, "RoleName": "send", "RoleId": "A" * 16, "AssumeRolePolicyDocument": {}}},
    "iam.GetAccountAuthorizationDetails": {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [{**MADE, "AssumeRolePolicyDocument": {}, "AttachedManagedPolicies": []}],
        "Policies": [],
    },
    "iam.ListRolePolicies": {"PolicyNames": ["send"]},
    "iam.GetRolePolicy": {"RoleName": "send", "PolicyName": "send", "PolicyDocument": {"Statement": []}},
    "iam.ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": SEND_POLICY}]},
    "iam.GetPolicy": {"Policy": {"Arn": SEND_POLICY, "DefaultVersionId": "v1"}},
    "iam.GetPolicyVersion": {"PolicyVersion": {"Document": {"Statement": []}, "VersionId": "v1"}},
    "sns.ListSubscriptionsByTopic": {
        "Subscriptions": [
            {"SubscriptionArn": f"{TOPIC}:1", "Protocol": "email"},
            {"SubscriptionArn": f"{TOPIC}:2", "Protocol": "lambda", "Endpoint": FUNCTION},
            {"SubscriptionArn": f"{TOPIC}:3", "Protocol": "sqs", "Endpoint": f"arn:aws:sqs:{HOME}:{ACCOUNT}:alerts"},
            {"SubscriptionArn": f"{TOPIC}:4", "Protocol": "firehose", "Endpoint": STREAM},
            {"SubscriptionArn": f"{TOPIC}:5", "Protocol": "sms", "Endpoint": PHONE},
        ]
    },
    "lambda.GetFunctionConcurrency": {},
    "sqs.GetQueueUrl": {"QueueUrl": f"https://sqs.{HOME}.amazonaws.com/{ACCOUNT}/alerts"},
    "firehose.ListTagsForDeliveryStream": {"Tags": [], "HasMoreTags": False},
    "sns.GetSubscriptionAttributes": {"Attributes": {"PendingConfirmation": "false"}},
    "cloudwatch.GetMetricData": {
        "MetricDataResults": [{"Id": name, "Values": [], "StatusCode": "Complete"} for name in COUNTED]
    },
    "sns.CheckIfPhoneNumberIsOptedOut": {"isOptedOut": False},
    "sns.GetSMSSandboxAccountStatus": {"IsInSandbox": True},
    "sns.ListSMSSandboxPhoneNumbers": {"PhoneNumbers": [{"PhoneNumber": PHONE, "Status": "Verified"}]},
    "sns.GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "10"}},
    "sns.GetDataProtectionPolicy": {"DataProtectionPolicy": ""},
    "sns.GetTopicAttributes": {"Attributes": {"KmsMasterKeyId": "alias/topic", "Policy": "{}"}},
    "kms.DescribeKey": {
        "KeyMetadata": {
            "KeyId": "1",
            "Arn": f"arn:aws:kms:{HOME}:{ACCOUNT}:key/1",
            "KeyManager": "CUSTOMER",
            "KeyState": "Enabled",
        }
    },
    "kms.GetKeyRotationStatus": {"KeyRotationEnabled": True},
    "kms.GetKeyPolicy": {"Policy": "{}"},
    "kms.ListGrants": {"Grants": [], "Truncated": False},
    "s3.HeadBucket": {"BucketRegion": HOME},
    "s3.GetBucketReplication": {
        "ReplicationConfiguration": {
            "Role": f"arn:aws:iam::{ACCOUNT}:role/replication",
            "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copies"}}],
        }
    },
    "s3.ListBuckets": {"Buckets": [{"Name": "audit-logs", "BucketRegion": HOME}]},
    "s3.ListObjects": {},
    "s3.ListObjectsV2": {},
    "s3.GetBucketTagging": {"TagSet": [{"Key": "data-class", "Value": "ephi"}]},
    "accessanalyzer.ListAnalyzers": {
        "analyzers": [
            {
                "arn": f"arn:aws:access-analyzer:{HOME}:{ACCOUNT}:analyzer/account",
                "name": "account",
                "type": "ACCOUNT",
                "createdAt": "2025-01-01T00:00:00Z",
                "status": "ACTIVE",
            }
        ]
    },
    "accessanalyzer.ListFindingsV2": {"findings": []},
    "ec2.DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": ACCOUNT}]},
    "cloudfront.ListDistributions": {
        "DistributionList": {"Marker": "", "MaxItems": 1, "IsTruncated": False, "Quantity": 1, "Items": [DISTRIBUTION]}
    },
    "elb.DescribeLoadBalancers": {"LoadBalancerDescriptions": [{"LoadBalancerName": "old-shop"}]},
    "elb.DescribeLoadBalancerAttributes": {
        "LoadBalancerAttributes": {"AccessLog": {"Enabled": True, "S3BucketName": "web-logs"}}
    },
    "apigateway.GetStages": {"item": STAGES},
    "logs.DescribeDeliverySources": {
        "deliverySources": [{"name": "web", "logType": "ACCESS_LOGS", "resourceArns": [DISTRIBUTION["ARN"]]}]
    },
    "logs.DescribeDeliveries": {"deliveries": [{"deliverySourceName": "web", "deliveryDestinationArn": DESTINATION}]},
    "logs.DescribeDeliveryDestinations": {
        "deliveryDestinations": [
            {
                "arn": DESTINATION,
                "deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::web-logs"},
            }
        ]
    },
    "ec2.DescribeFlowLogs": {
        "FlowLogs": [
            {
                "FlowLogId": "fl-1",
                "ResourceId": "vpc-1",
                "LogDestinationType": "s3",
                "LogDestination": "arn:aws:s3:::flow-logs/network/",
            },
            {"FlowLogId": "fl-2", "ResourceId": "vpc-1", "LogGroupName": "network/flow-logs"},
        ]
    },
    "guardduty.DescribePublishingDestination": {
        "DestinationId": "d",
        "DestinationType": "S3",
        "Status": "PUBLISHING",
        "PublishingFailureStartTimestamp": 0,
        "DestinationProperties": {"DestinationArn": "arn:aws:s3:::findings/guardduty"},
    },
    "s3.GetBucketPolicy": {"Policy": "{}"},
    "s3.GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": False}},
    "s3.GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": True}},
    "s3.GetBucketAcl": {"Grants": []},
    "s3.GetBucketVersioning": {"Status": "Enabled"},
    "s3.GetObjectLockConfiguration": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
    "s3.GetBucketLifecycleConfiguration": {
        "Rules": [{"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 400}}]
    },
    "s3.GetBucketLogging": {"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": "audit/"}},
    "s3.GetBucketEncryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": BUCKET_KEY}}]
        }
    },
    "s3.GetBucketOwnershipControls": {"OwnershipControls": {"Rules": []}},
}
"""A sound account, one page an operation; the same in every Region."""


ENTERED: Mapping[str, Mapping[str, Any]] = {
    "logs.DescribeLogGroups": {
        "logGroups": [
            *ANSWERS["logs.DescribeLogGroups"]["logGroups"],
            {"logGroupName": "aws/cloudtrail/managementevents"},
        ]
    },
    "cloudtrail.ListChannels": {
        "Channels": [
            {
                "ChannelArn": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:channel/aws-service-channel/cloudwatch/1",
                "Name": "aws-service-channel/cloudwatch/1",
            },
            {"ChannelArn": f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:channel/1", "Name": "core-banking"},
        ]
    },
    **{
        f"observabilityadmin.{listing}": {
            "TelemetryRuleSummaries": [
                {
                    "RuleName": "cloudtrail",
                    "RuleArn": f"arn:aws:observabilityadmin:{HOME}:{ACCOUNT}:telemetry-rule/cloudtrail",
                    "ResourceType": "AWS::CloudTrail",
                    "TelemetryType": "Logs",
                }
            ]
        }
        for listing in ("ListTelemetryRules", "ListTelemetryRulesForOrganization")
    },
}
"""What besides makes every call about log groups that management events enter without a trail: one in each Region."""


ACROSS: Mapping[str, Mapping[str, Any]] = {
    "logs.DescribeMetricFilters": {
        "metricFilters": [
            {
                **ANSWERS["logs.DescribeMetricFilters"]["metricFilters"][0],
                "metricTransformations": [
                    {"metricName": "m", "metricNamespace": "n", "metricValue": "1"},
                    {"metricName": "unwatched", "metricNamespace": "n", "metricValue": "1"},
                ],
            }
        ]
    },
    "cloudwatch.DescribeAlarms": {
        **ANSWERS["cloudwatch.DescribeAlarms"],
        "MetricAlarms": [
            *ANSWERS["cloudwatch.DescribeAlarms"]["MetricAlarms"],
            {
                "AlarmName": "c",
                "Metrics": [
                    {
                        "Id": "m1",
                        "AccountId": "444455556666",
                        "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"},
                    }
                ],
            },
        ],
    },
    "oam.ListLinks": {
        "Items": [
            {
                "Arn": f"arn:aws:oam:{HOME}:{ACCOUNT}:link/1",
                "ResourceTypes": ["AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"],
                "SinkArn": f"arn:aws:oam:{HOME}:444455556666:sink/1",
            }
        ]
    },
    "oam.ListSinks": {"Items": [{"Arn": f"arn:aws:oam:{HOME}:{ACCOUNT}:sink/1"}]},
}
"""What besides makes every call of cross-account observability: a metric and an alarm that look to other accounts."""


def refusal(code: str, status: int = 400, message: str = "no") -> ClientError:
    """What botocore raises for an error that AWS answers."""
    facts: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {
            "HTTPStatusCode": status,
            "RequestId": "refused",
            "HTTPHeaders": {"date": "Fri, 20 Nov 2026 12:00:05 GMT"},
        },
    }
    return ClientError(facts, "Operation")


_MODELS = botocore.session.Session()


@cache
def _sample(name: str) -> Any:
    """An answer of an operation that ``ANSWERS`` does not hold, made from AWS's API model: every member has a value."""
    operation = OPERATIONS[name]
    return _sample_of(_MODELS.get_service_model(operation.service).operation_model(operation.api).output_shape)


def _sample_of(shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            return {name: _sample_of(member) for name, member in shape.members.items() if not _is_token(name)}
        case "list":
            return [_sample_of(shape.member)]
        case "map":
            return {}
        case "boolean":
            return True
        case "integer" | "long" | "float" | "double":
            return 1
        case "timestamp":
            return "2026-11-20T11:00:00Z"
        case _:
            return next(iter(getattr(shape, "enum", ())), "a")


def _is_token(name: str) -> bool:
    """Whether a member only says where the next page begins."""
    return name.lower() in {"nexttoken", "marker", "nextmarker", "position"}


class FakeAws:
    """Stands where the AWS session does. ``answer`` may be replaced; ``asked`` counts what was asked."""

    def __init__(self) -> None:
        self.partition = "aws"
        self.global_region = HOME
        self.answers: dict[str, Any] = {**ANSWERS, **ACROSS, **ENTERED}
        for name in OPERATIONS.keys() - self.answers.keys():
            self.answers[name] = _sample(name)
        self.answers[ASSUME_ROLE.name] = self._assumed
        self.roles: dict[str, FakeAws] = {}
        self.assumed: list[Mapping[str, Any]] = []
        self.asked: Counter[tuple[str, str, str]] = Counter()
        self.most_at_once = 0
        self.hold: threading.Barrier | None = None
        self._at_once = 0
        self._lock = threading.Lock()

    def client(self, service: str, region: str) -> "FakeClient":
        """A client of one service and Region."""
        return FakeClient(self, service, region)

    def _assumed(self, _region: str, arguments: Mapping[str, Any]) -> Any:
        self.assumed.append(arguments)
        if arguments["RoleArn"] not in self.roles:
            return refusal("AccessDenied", 403)
        return {"Credentials": {"AccessKeyId": arguments["RoleArn"], "SecretAccessKey": "hush", "SessionToken": "hush"}}

    def within(self, credentials: Mapping[str, Any]) -> "FakeAws":
        """The account of a role, by the credentials that assuming it gave."""
        return self.roles[credentials["AccessKeyId"]]

    def known_regions(self) -> tuple[str, ...]:
        """What botocore knows."""
        return ("eu-west-1", HOME)

    def pages(self, operation: str, region: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every page of an answer; raises what stands in its place."""
        with self._lock:
            self.asked[operation, region, repr(sorted(arguments.items()))] += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.hold is not None and operation not in {"sts.GetCallerIdentity", "ec2.DescribeRegions"}:
                self.hold.wait(timeout=20)
            return self._said(operation, region, arguments)
        finally:
            with self._lock:
                self._at_once -= 1

    def _said(self, operation: str, region: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        said = self.answers[operation]
        if callable(said):
            said = said(region, arguments)
        if isinstance(said, Exception):
            raise said
        pages = said if isinstance(said, list) else [said]
        return [
            {
                **page,
                "ResponseMetadata": {
                    "RequestId": f"r-{operation}-{place}",
                    "HTTPHeaders": {"date": "Fri, 20 Nov 2026 12:00:01 GMT"},
                },
            }
            for place, page in enumerate(pages)
        ]


class FakeClient:
    """A boto3 client whose methods answer from the table."""

    def __init__(self, aws: FakeAws, service: str, region: str) -> None:
        self._aws = aws
        self._region = region
        self._names = {
            xform_name(operation.api): operation.name
            for operation in (*OPERATIONS.values(), *ORGANIZATION_OPERATIONS.values(), ASSUME_ROLE)
            if operation.service == service
        }

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        """The API call of this method's name; one page only, as boto3 gives it."""
        name = self._names[method]

        def call(**arguments: Any) -> dict[str, Any]:
            return self._aws.pages(name, self._region, arguments)[0]

        return call

    def get_paginator(self, method: str) -> "FakePaginator":
        """The paginator of a method."""
        return FakePaginator(lambda arguments: self._aws.pages(self._names[method], self._region, arguments))


class FakePaginator:
    """Gives every page."""

    def __init__(self, pages: Callable[[Mapping[str, Any]], list[dict[str, Any]]]) -> None:
        self._pages = pages

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Page by page."""
        yield from self._pages(arguments)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """A sound account that ``collect`` finds instead of AWS."""
    fake = FakeAws()
    monkeypatch.setattr(scanner.collect.collection, "open_session", lambda *_options: fake)
    return fake


@pytest.fixture
def refused() -> Callable[..., ClientError]:
    """``refused(code, status=400, message="no")``: an error that AWS answers."""
    return refusal


def _rule(check: Check, name: str = "area.rule") -> Rule:
    return Rule(RuleId(name), "t", Severity.LOW, "", "", "", (), (), check, "area/rule.yaml", "")


@pytest.fixture
def rule() -> Callable[..., Rule]:
    """``rule(check, name="area.rule")``: a rule of which only the check matters."""
    return _rule


@pytest.fixture
def resource_rule() -> Callable[..., Rule]:
    """``resource_rule(resource, *fields)``: a rule that judges these fields of a resource type."""

    def make(resource: str, *fields: str) -> Rule:
        return _rule(
            ResourceCheck(resource, (Clause("`true`", "it is off"),), None, Outcome.FAIL, frozenset(fields)),
            f"a.{resource}",
        )

    return make


@pytest.fixture
def route_rule() -> Rule:
    """A rule that judges a route."""
    return _rule(RouteCheck("{ $.a = 1 }", None, (RouteKind.METRIC_FILTER,), 1, 300), "route.rule")


@pytest.fixture
def every_rule(resource_rule: Callable[..., Rule]) -> tuple[Rule, ...]:
    """A rule for each resource type, over all of its fields, and some about routes of every kind."""
    group = f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:audit/cloudtrail"
    bus = f"arn:aws:events:{HOME}:{ACCOUNT}:rule"
    ways: tuple[Through, ...] = (
        BySubscriptionFilter(group, "to-siem", f"arn:aws:logs:{HOME}:{ACCOUNT}:destination:siem"),
        ByBucketNotification("audit-logs", f"arn:aws:sqs:{HOME}:{ACCOUNT}:files"),
        ByDeliveryStream(STREAM),
        ByEventRule(f"{bus}/trail-changes", f"arn:aws:kinesis:{HOME}:{ACCOUNT}:stream/siem"),
        ByEventRule(f"{bus}/trail-changes", FUNCTION),
        ByTopicSubscription(TOPIC, FUNCTION),
    )
    word = Attestation("", "Security", (("ticket", "SEC-12"),), date(2026, 5, 4), date(2027, 5, 4))
    routes = tuple(DeclaredRoute(f"siem-{n}", "the SIEM team", "", way, word) for n, way in enumerate(ways))
    accepted = (RouteKind.METRIC_FILTER, RouteKind.DECLARED)
    declared = RouteCheck("{ $.eventName = StopLogging }", None, accepted, 1, 300, declared=routes)
    services: list[Check] = [ServiceRouteCheck(service, '{"source": ["aws.cloudtrail"]}') for service in Service]
    about_routes = [_rule(check, f"route.r{number}") for number, check in enumerate([declared, *services])]
    return (*(resource_rule(resource, "*") for resource in sorted(RESOURCES)), *about_routes)


@pytest.fixture
def gather(aws: FakeAws, tmp_path: Path) -> Callable[..., Snapshot]:
    """``gather(*rules, regions=(), name="snapshot", workers=4)``: collect from the fake account at noon."""
    assert aws is not None

    def make(*rules: Rule, regions: tuple[str, ...] = (), name: str = "snapshot", workers: int = 4) -> Snapshot:
        options = CollectOptions(regions=regions, workers=workers)
        return scanner.collect.collection.collect(options, plan_for(rules), tmp_path / name, clock=lambda: NOON)

    return make


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No AWS settings of the machine are seen; the returned folder may hold ``config`` and ``credentials`` files."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "aws"
    folder.mkdir()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    return folder


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """An account with one trail, without log file validation."""
    trail = {
        "Name": "main",
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main",
        "HomeRegion": "us-east-1",
        "LogFileValidationEnabled": False,
    }
    with SnapshotWriter(tmp_path / "snapshot") as writer:
        writer.record(
            CallKey(ACCOUNT, "us-east-1", "cloudtrail.DescribeTrails", {"includeShadowTrails": True}),
            Reply(pages=({"trailList": [trail]},), items=1),
            "2026-11-20T12:00:00Z",
        )
        writer.record(
            CallKey(ACCOUNT, "us-east-1", "sts.GetCallerIdentity", {}),
            Reply(pages=({"Account": ACCOUNT},), items=1),
            "2026-11-20T12:00:00Z",
        )
        writer.finish(
            {
                "schema": SCHEMA,
                "started": "2026-11-20T12:00:00Z",
                "finished": "2026-11-20T12:00:01Z",
                "partition": "aws",
                "tool": {"name": "trailwitness", "version": __version__},
                "rules": ["trail.log-file-validation"],
                "scope": {"accounts": {ACCOUNT: {"regions": ["us-east-1"], "skipped": {}}}},
            }
        )
    return tmp_path / "snapshot"
