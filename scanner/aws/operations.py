"""The API calls that may be made: the one table that collecting, the read-only guard and the IAM policy share.

A call is declared once: with which arguments it is made, what its answer must hold, which error codes mean "does not
exist", and which IAM actions it needs. For what it is made, a ``Use`` says (see ``scanner.facts.uses``). Nothing here
talks to AWS.
"""

from collections.abc import Mapping
from typing import Any

from scanner.aws.reads.operation import Operation
from scanner.aws.reads.routes import ROUTE_OPERATIONS

__all__ = ["OPERATIONS", "SESSION", "Operation"]

_BUCKET: Mapping[str, Any] = {"Bucket": "$bucket"}
_KEY: Mapping[str, Any] = {"KeyId": "$key"}
_TOPIC: Mapping[str, Any] = {"TopicArn": "$topic"}
_ROLE: Mapping[str, Any] = {"RoleName": "$role"}
_NO_BUCKET = "NoSuchBucket"
_NO_ENTITY = ("NoSuchEntity",)
_NO_KEY = ("NotFoundException",)

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("sts.GetCallerIdentity", (), ("Account",)),
        Operation("ec2.DescribeRegions", ("ec2:DescribeRegions",), ("Regions",), {"AllRegions": True}, ("Regions",)),
        Operation(
            "organizations.DescribeOrganization",
            ("organizations:DescribeOrganization",),
            ("Organization",),
            absent=("AWSOrganizationsNotInUseException",),
        ),
        Operation(
            "s3control.GetPublicAccessBlock",
            ("s3:GetAccountPublicAccessBlock",),
            ("PublicAccessBlockConfiguration",),
            {"AccountId": "$account"},
            absent=("NoSuchPublicAccessBlockConfiguration",),
        ),
        Operation(
            "cloudtrail.DescribeTrails",
            ("cloudtrail:DescribeTrails",),
            ("trailList",),
            {"includeShadowTrails": True},
            ("trailList",),
        ),
        Operation(  # no paginator; an account has ten event data stores per Region, far less than the page asked for
            "cloudtrail.ListEventDataStores",
            ("cloudtrail:ListEventDataStores",),
            ("EventDataStores",),
            {"MaxResults": 1000},
            ("EventDataStores",),
        ),
        Operation(
            "cloudtrail.GetEventDataStore",
            ("cloudtrail:GetEventDataStore",),
            ("EventDataStoreArn",),
            {"EventDataStore": "$store"},
            absent=("EventDataStoreNotFoundException",),
        ),
        Operation("cloudtrail.GetTrailStatus", ("cloudtrail:GetTrailStatus",), ("IsLogging",), {"Name": "$trail"}),
        Operation(
            "cloudtrail.GetEventSelectors",
            ("cloudtrail:GetEventSelectors",),
            ("EventSelectors", "AdvancedEventSelectors"),
            {"TrailName": "$trail"},
            ("EventSelectors", "AdvancedEventSelectors"),
        ),
        Operation(
            "cloudtrail.GetInsightSelectors",
            ("cloudtrail:GetInsightSelectors",),
            ("TrailARN", "InsightSelectors"),
            {"TrailName": "$trail"},
            ("InsightSelectors",),
            absent=("InsightNotEnabledException",),
        ),
        Operation(
            "logs.DescribeLogGroups",
            ("logs:DescribeLogGroups",),
            ("logGroups",),
            {"logGroupNamePrefix": "$group"},
            ("logGroups",),
            paginated=True,
            unlisted=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeMetricFilters",
            ("logs:DescribeMetricFilters",),
            ("metricFilters",),
            {"logGroupName": "$group"},
            ("metricFilters",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeSubscriptionFilters",
            ("logs:DescribeSubscriptionFilters",),
            ("subscriptionFilters",),
            {"logGroupName": "$group"},
            ("subscriptionFilters",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeResourcePolicies",
            ("logs:DescribeResourcePolicies",),
            ("resourcePolicies",),
            {},
            ("resourcePolicies",),
            paginated=True,
            unlisted=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.ListScheduledQueries",
            ("logs:ListScheduledQueries",),
            ("scheduledQueries",),
            {},
            ("scheduledQueries",),
            paginated=True,
        ),
        Operation(
            "logs.GetScheduledQuery",
            ("logs:GetScheduledQuery",),
            ("scheduledQueryArn",),
            {"identifier": "$query"},
            absent=("ResourceNotFoundException",),
        ),
        Operation(  # the times come with each query
            "logs.GetScheduledQueryHistory",
            ("logs:GetScheduledQueryHistory",),
            ("triggerHistory",),
            {"identifier": "$query", "startTime": 0, "endTime": 0},
            ("triggerHistory",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeQueryDefinitions",
            ("logs:DescribeQueryDefinitions",),
            ("queryDefinitions",),
            {},
            ("queryDefinitions",),
            next_page="nextToken",
        ),
        Operation(
            "logs.ListLogAnomalyDetectors",
            ("logs:ListLogAnomalyDetectors",),
            ("anomalyDetectors",),
            {},
            ("anomalyDetectors",),
            paginated=True,
        ),
        Operation(
            "cloudwatch.DescribeInsightRules",
            ("cloudwatch:DescribeInsightRules",),
            ("InsightRules",),
            {},
            ("InsightRules",),
            next_page="NextToken",
        ),
        Operation(
            "cloudwatch.DescribeAlarms",
            ("cloudwatch:DescribeAlarms",),
            ("MetricAlarms", "CompositeAlarms"),
            {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]},
            ("MetricAlarms", "CompositeAlarms", "LogAlarms"),
            paginated=True,
        ),
        Operation(
            "cloudwatch.ListAlarmMuteRules",
            ("cloudwatch:ListAlarmMuteRules",),
            ("AlarmMuteRuleSummaries",),
            {"Statuses": ["ACTIVE", "SCHEDULED"]},
            ("AlarmMuteRuleSummaries",),
            paginated=True,
        ),
        Operation(
            "cloudwatch.GetAlarmMuteRule",
            ("cloudwatch:GetAlarmMuteRule",),
            ("Rule",),
            {"AlarmMuteRuleName": "$mute_rule"},
            absent=("ResourceNotFoundException",),
        ),
        Operation("events.ListRules", ("events:ListRules",), ("Rules",), {}, ("Rules",), paginated=True),
        Operation(  # no paginator; an account has 100 buses per Region unless its quota was raised
            "events.ListEventBuses",
            ("events:ListEventBuses",),
            ("EventBuses",),
            {"Limit": 100},
            ("EventBuses",),
        ),
        Operation(
            "events.DescribeEventBus",
            ("events:DescribeEventBus",),
            ("Arn",),
            {"Name": "$bus"},
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "events.ListTargetsByRule",
            ("events:ListTargetsByRule",),
            ("Targets",),
            {"Rule": "$rule"},
            ("Targets",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "sns.ListSubscriptionsByTopic",
            ("sns:ListSubscriptionsByTopic",),
            ("Subscriptions",),
            _TOPIC,
            ("Subscriptions",),
            paginated=True,
            absent=("NotFound",),
            unlisted=("NotFoundException",),
        ),
        Operation(
            "sns.GetSubscriptionAttributes",
            ("sns:GetSubscriptionAttributes",),
            ("Attributes",),
            {"SubscriptionArn": "$subscription"},
            absent=("NotFound",),
            unlisted=("NotFoundException",),
        ),
        Operation(
            "sns.GetTopicAttributes",
            ("sns:GetTopicAttributes",),
            ("Attributes",),
            _TOPIC,
            absent=("NotFound",),
            unlisted=("NotFoundException",),
        ),
        Operation(  # tells whether a function exists without its environment; empty where nothing is reserved
            "lambda.GetFunctionConcurrency",
            ("lambda:GetFunctionConcurrency",),
            (),
            {"FunctionName": "$endpoint"},
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "sqs.GetQueueUrl",
            ("sqs:GetQueueUrl",),
            ("QueueUrl",),
            {"QueueName": "$endpoint"},
            absent=("QueueDoesNotExist",),
            unlisted=("AWS.SimpleQueueService.NonExistentQueue",),
        ),
        Operation(  # tells whether a stream exists, and next to nothing else
            "firehose.ListTagsForDeliveryStream",
            ("firehose:ListTagsForDeliveryStream",),
            ("Tags",),
            {"DeliveryStreamName": "$endpoint", "Limit": 1},
            ("Tags",),
            absent=("ResourceNotFoundException",),
        ),
        Operation("iam.GetRole", ("iam:GetRole",), ("Role",), _ROLE, absent=_NO_ENTITY),
        Operation("oam.ListLinks", ("oam:ListLinks",), ("Items",), {}, ("Items",), paginated=True),
        Operation(
            "oam.GetLink",
            ("oam:GetLink",),
            ("SinkArn",),
            {"Identifier": "$link"},
            absent=("ResourceNotFoundException",),
        ),
        Operation("oam.ListSinks", ("oam:ListSinks",), ("Items",), {}, ("Items",), paginated=True),
        Operation(
            "oam.GetSinkPolicy",
            ("oam:GetSinkPolicy",),
            ("SinkArn",),
            {"SinkIdentifier": "$sink"},
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "oam.ListAttachedLinks",
            ("oam:ListAttachedLinks",),
            ("Items",),
            {"SinkIdentifier": "$sink"},
            ("Items",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "iam.ListRolePolicies",
            ("iam:ListRolePolicies",),
            ("PolicyNames",),
            _ROLE,
            ("PolicyNames",),
            paginated=True,
            absent=_NO_ENTITY,
        ),
        Operation(
            "iam.GetRolePolicy",
            ("iam:GetRolePolicy",),
            ("PolicyDocument",),
            {**_ROLE, "PolicyName": "$policy"},
            absent=_NO_ENTITY,
        ),
        Operation(
            "iam.ListAttachedRolePolicies",
            ("iam:ListAttachedRolePolicies",),
            ("AttachedPolicies",),
            _ROLE,
            ("AttachedPolicies",),
            paginated=True,
            absent=_NO_ENTITY,
        ),
        Operation("iam.GetPolicy", ("iam:GetPolicy",), ("Policy",), {"PolicyArn": "$policy"}, absent=_NO_ENTITY),
        Operation(
            "iam.GetPolicyVersion",
            ("iam:GetPolicyVersion",),
            ("PolicyVersion",),
            {"PolicyArn": "$policy", "VersionId": "$version"},
            absent=_NO_ENTITY,
        ),
        Operation("kms.DescribeKey", ("kms:DescribeKey",), ("KeyMetadata",), _KEY, absent=_NO_KEY),
        Operation(
            "kms.GetKeyRotationStatus",
            ("kms:GetKeyRotationStatus",),
            ("KeyRotationEnabled",),
            _KEY,
            absent=_NO_KEY,
        ),
        Operation(
            "kms.GetKeyPolicy",
            ("kms:GetKeyPolicy",),
            ("Policy",),
            {"KeyId": "$key", "PolicyName": "default"},
            absent=_NO_KEY,
        ),
        Operation(
            "kms.ListGrants",
            ("kms:ListGrants",),
            ("Grants",),
            _KEY,
            ("Grants",),
            paginated=True,
            absent=_NO_KEY,
        ),
        Operation(
            "s3.HeadBucket",
            ("s3:ListBucket",),
            (),
            {"Bucket": "$bucket", "ExpectedBucketOwner": "$account"},
            absent=(_NO_BUCKET,),
            unlisted=("404",),
        ),
        Operation(
            "s3.GetBucketPolicy",
            ("s3:GetBucketPolicy",),
            ("Policy",),
            _BUCKET,
            unlisted=("NoSuchBucketPolicy", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketPolicyStatus",
            ("s3:GetBucketPolicyStatus",),
            ("PolicyStatus",),
            _BUCKET,
            unlisted=("NoSuchBucketPolicy", _NO_BUCKET),
        ),
        Operation(
            "s3.GetPublicAccessBlock",
            ("s3:GetBucketPublicAccessBlock",),
            ("PublicAccessBlockConfiguration",),
            _BUCKET,
            unlisted=("NoSuchPublicAccessBlockConfiguration", _NO_BUCKET),
        ),
        Operation("s3.GetBucketAcl", ("s3:GetBucketAcl",), ("Grants",), _BUCKET, ("Grants",), unlisted=(_NO_BUCKET,)),
        Operation(  # a bucket that never had versioning answers an empty document
            "s3.GetBucketVersioning", ("s3:GetBucketVersioning",), (), _BUCKET, unlisted=(_NO_BUCKET,)
        ),
        Operation(
            "s3.GetObjectLockConfiguration",
            ("s3:GetBucketObjectLockConfiguration",),
            ("ObjectLockConfiguration",),
            _BUCKET,
            unlisted=("ObjectLockConfigurationNotFoundError", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketLifecycleConfiguration",
            ("s3:GetLifecycleConfiguration",),
            ("Rules",),
            _BUCKET,
            ("Rules",),
            unlisted=("NoSuchLifecycleConfiguration", _NO_BUCKET),
        ),
        Operation(  # a bucket without access logging answers an empty document
            "s3.GetBucketLogging", ("s3:GetBucketLogging",), (), _BUCKET, unlisted=(_NO_BUCKET,)
        ),
        Operation(
            "s3.GetBucketEncryption",
            ("s3:GetEncryptionConfiguration",),
            ("ServerSideEncryptionConfiguration",),
            _BUCKET,
            unlisted=("ServerSideEncryptionConfigurationNotFoundError", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketOwnershipControls",
            ("s3:GetBucketOwnershipControls",),
            ("OwnershipControls",),
            _BUCKET,
            unlisted=("OwnershipControlsNotFoundError", _NO_BUCKET),
        ),
        *ROUTE_OPERATIONS,
    )
}
"""Every operation that may be called at all, by name. All of them read."""

SESSION = ("sts.GetCallerIdentity", "ec2.DescribeRegions")
"""Made by every collection; the second one only when no Regions were named."""
