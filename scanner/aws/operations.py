"""The API calls that may be made: the one table that collecting, the read-only guard and the IAM policy share.

A call is declared once: how often it is made (``per``), with which arguments, what its answer must hold, which
error codes mean "does not exist", and which IAM actions it needs. Nothing here talks to AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One read operation of the AWS API.

    ``name`` is ``<boto3 service>.<ApiName>``. ``per`` says for what it is called, once each (see ``PER``), unless a
    :class:`Use` says otherwise. ``arguments`` are its boto3 keyword arguments; a value ``$name`` stands for a fact of
    the thing it is called for. ``members`` are documented members of the answer of which every page holds at least one
    (none when all are optional); ``lists`` are those that list items. ``absent`` are the error codes that mean "does
    not exist". ``actions`` are the IAM actions the caller needs, named as in the Service Authorization Reference.
    """

    name: str
    per: str
    actions: tuple[str, ...]
    members: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    paginated: bool = False
    absent: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The boto3 client name, for example ``cloudtrail``."""
        return self.name.partition(".")[0]

    @property
    def api(self) -> str:
        """The API name, for example ``DescribeTrails``."""
        return self.name.partition(".")[2]


_BUCKET: Mapping[str, Any] = {"Bucket": "$bucket"}
_KEY: Mapping[str, Any] = {"KeyId": "$key"}
_TOPIC: Mapping[str, Any] = {"TopicArn": "$topic"}
_NO_BUCKET = "NoSuchBucket"
_NO_KEY = ("NotFoundException",)
_NO_TOPIC = ("NotFound", "NotFoundException")

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("sts.GetCallerIdentity", "session", (), ("Account",)),
        Operation(
            "ec2.DescribeRegions",
            "session",
            ("ec2:DescribeRegions",),
            ("Regions",),
            {"AllRegions": True},
            ("Regions",),
        ),
        Operation(
            "organizations.DescribeOrganization",
            "account",
            ("organizations:DescribeOrganization",),
            ("Organization",),
            absent=("AWSOrganizationsNotInUseException",),
        ),
        Operation(
            "s3control.GetPublicAccessBlock",
            "account",
            ("s3:GetAccountPublicAccessBlock",),
            ("PublicAccessBlockConfiguration",),
            {"AccountId": "$account"},
            absent=("NoSuchPublicAccessBlockConfiguration",),
        ),
        Operation(
            "cloudtrail.DescribeTrails",
            "region",
            ("cloudtrail:DescribeTrails",),
            ("trailList",),
            {"includeShadowTrails": True},
            ("trailList",),
        ),
        Operation(  # no paginator; an account has ten event data stores per Region, far less than the page asked for
            "cloudtrail.ListEventDataStores",
            "region",
            ("cloudtrail:ListEventDataStores",),
            ("EventDataStores",),
            {"MaxResults": 1000},
            ("EventDataStores",),
        ),
        Operation(
            "cloudtrail.GetEventDataStore",
            "event-data-store",
            ("cloudtrail:GetEventDataStore",),
            ("EventDataStoreArn",),
            {"EventDataStore": "$store"},
            absent=("EventDataStoreNotFoundException",),
        ),
        Operation(
            "cloudtrail.GetTrailStatus",
            "trail",
            ("cloudtrail:GetTrailStatus",),
            ("IsLogging",),
            {"Name": "$trail"},
        ),
        Operation(
            "cloudtrail.GetEventSelectors",
            "trail",
            ("cloudtrail:GetEventSelectors",),
            ("EventSelectors", "AdvancedEventSelectors"),
            {"TrailName": "$trail"},
            ("EventSelectors", "AdvancedEventSelectors"),
        ),
        Operation(
            "cloudtrail.GetInsightSelectors",
            "trail",
            ("cloudtrail:GetInsightSelectors",),
            ("TrailARN", "InsightSelectors"),
            {"TrailName": "$trail"},
            ("InsightSelectors",),
            absent=("InsightNotEnabledException",),
        ),
        Operation(
            "logs.DescribeLogGroups",
            "log-group",
            ("logs:DescribeLogGroups",),
            ("logGroups",),
            {"logGroupNamePrefix": "$group"},
            ("logGroups",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeMetricFilters",
            "log-group",
            ("logs:DescribeMetricFilters",),
            ("metricFilters",),
            {"logGroupName": "$group"},
            ("metricFilters",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeSubscriptionFilters",
            "log-group",
            ("logs:DescribeSubscriptionFilters",),
            ("subscriptionFilters",),
            {"logGroupName": "$group"},
            ("subscriptionFilters",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "logs.DescribeResourcePolicies",
            "log-region",
            ("logs:DescribeResourcePolicies",),
            ("resourcePolicies",),
            {},
            ("resourcePolicies",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "cloudwatch.DescribeAlarms",
            "alarm-region",
            ("cloudwatch:DescribeAlarms",),
            ("MetricAlarms", "CompositeAlarms"),
            {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
            ("MetricAlarms", "CompositeAlarms"),
            paginated=True,
        ),
        Operation("events.ListRules", "region", ("events:ListRules",), ("Rules",), {}, ("Rules",), paginated=True),
        Operation(
            "events.ListTargetsByRule",
            "event-rule",
            ("events:ListTargetsByRule",),
            ("Targets",),
            {"Rule": "$rule"},
            ("Targets",),
            paginated=True,
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "sns.ListSubscriptionsByTopic",
            "topic",
            ("sns:ListSubscriptionsByTopic",),
            ("Subscriptions",),
            _TOPIC,
            ("Subscriptions",),
            paginated=True,
            absent=_NO_TOPIC,
        ),
        Operation(
            "sns.GetSubscriptionAttributes",
            "subscription",
            ("sns:GetSubscriptionAttributes",),
            ("Attributes",),
            {"SubscriptionArn": "$subscription"},
            absent=_NO_TOPIC,
        ),
        Operation(
            "sns.GetTopicAttributes", "topic", ("sns:GetTopicAttributes",), ("Attributes",), _TOPIC, absent=_NO_TOPIC
        ),
        Operation(  # tells whether a function exists without its environment; empty where nothing is reserved
            "lambda.GetFunctionConcurrency",
            "function",
            ("lambda:GetFunctionConcurrency",),
            (),
            {"FunctionName": "$endpoint"},
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "sqs.GetQueueUrl",
            "queue",
            ("sqs:GetQueueUrl",),
            ("QueueUrl",),
            {"QueueName": "$endpoint"},
            absent=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        ),
        Operation(  # tells whether a stream exists, and next to nothing else
            "firehose.ListTagsForDeliveryStream",
            "stream",
            ("firehose:ListTagsForDeliveryStream",),
            ("Tags",),
            {"DeliveryStreamName": "$endpoint", "Limit": 1},
            ("Tags",),
            absent=("ResourceNotFoundException",),
        ),
        Operation(
            "kms.DescribeKey",
            "key",
            ("kms:DescribeKey",),
            ("KeyMetadata",),
            _KEY,
            absent=_NO_KEY,
        ),
        Operation(
            "kms.GetKeyRotationStatus",
            "key-arn",
            ("kms:GetKeyRotationStatus",),
            ("KeyRotationEnabled",),
            _KEY,
            absent=_NO_KEY,
        ),
        Operation(
            "kms.GetKeyPolicy",
            "key-arn",
            ("kms:GetKeyPolicy",),
            ("Policy",),
            {"KeyId": "$key", "PolicyName": "default"},
            absent=_NO_KEY,
        ),
        Operation(
            "kms.ListGrants",
            "key-arn",
            ("kms:ListGrants",),
            ("Grants",),
            _KEY,
            ("Grants",),
            paginated=True,
            absent=_NO_KEY,
        ),
        Operation(
            "s3.HeadBucket",
            "bucket",
            ("s3:ListBucket",),
            (),
            {"Bucket": "$bucket", "ExpectedBucketOwner": "$account"},
            absent=(_NO_BUCKET, "404"),
        ),
        Operation(
            "s3.GetBucketPolicy",
            "bucket",
            ("s3:GetBucketPolicy",),
            ("Policy",),
            _BUCKET,
            absent=("NoSuchBucketPolicy", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketPolicyStatus",
            "bucket",
            ("s3:GetBucketPolicyStatus",),
            ("PolicyStatus",),
            _BUCKET,
            absent=("NoSuchBucketPolicy", _NO_BUCKET),
        ),
        Operation(
            "s3.GetPublicAccessBlock",
            "bucket",
            ("s3:GetBucketPublicAccessBlock",),
            ("PublicAccessBlockConfiguration",),
            _BUCKET,
            absent=("NoSuchPublicAccessBlockConfiguration", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketAcl", "bucket", ("s3:GetBucketAcl",), ("Grants",), _BUCKET, ("Grants",), absent=(_NO_BUCKET,)
        ),
        Operation(  # a bucket that never had versioning answers an empty document
            "s3.GetBucketVersioning", "bucket", ("s3:GetBucketVersioning",), (), _BUCKET, absent=(_NO_BUCKET,)
        ),
        Operation(
            "s3.GetObjectLockConfiguration",
            "bucket",
            ("s3:GetBucketObjectLockConfiguration",),
            ("ObjectLockConfiguration",),
            _BUCKET,
            absent=("ObjectLockConfigurationNotFoundError", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketLifecycleConfiguration",
            "bucket",
            ("s3:GetLifecycleConfiguration",),
            ("Rules",),
            _BUCKET,
            ("Rules",),
            absent=("NoSuchLifecycleConfiguration", _NO_BUCKET),
        ),
        Operation(  # a bucket without access logging answers an empty document
            "s3.GetBucketLogging", "bucket", ("s3:GetBucketLogging",), (), _BUCKET, absent=(_NO_BUCKET,)
        ),
        Operation(
            "s3.GetBucketEncryption",
            "bucket",
            ("s3:GetEncryptionConfiguration",),
            ("ServerSideEncryptionConfiguration",),
            _BUCKET,
            absent=("ServerSideEncryptionConfigurationNotFoundError", _NO_BUCKET),
        ),
        Operation(
            "s3.GetBucketOwnershipControls",
            "bucket",
            ("s3:GetBucketOwnershipControls",),
            ("OwnershipControls",),
            _BUCKET,
            absent=("OwnershipControlsNotFoundError", _NO_BUCKET),
        ),
    )
}
"""Every operation that may be called at all, by name. All of them read."""

SESSION = ("sts.GetCallerIdentity", "ec2.DescribeRegions")
"""Made by every collection; the second one only when no Regions were named."""
