"""Which API calls feed each resource type: the one table that collecting, the read-only guard and the IAM policy share.

A call is declared once: how often it is made (``per``), with which arguments, what its answer must hold, which
error codes mean "does not exist", and which IAM actions it needs. A resource type names the calls that list it and,
field by field, the further calls its facts rest on. Nothing here talks to AWS.
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


@dataclass(frozen=True, slots=True)
class Use:
    """An operation with what it is called for: ``kms.DescribeKey`` for the keys of trails is one, of topics another.

    Written as the operation's name, or ``<operation>@<per>`` where that is not the operation's own ``per``.
    """

    operation: Operation
    per: str

    @property
    def name(self) -> str:
        """How the table writes it."""
        return self.operation.name if self.per == self.operation.per else f"{self.operation.name}@{self.per}"

    @property
    def needs(self) -> tuple[str, ...]:
        """The uses whose answers say for what this one is called."""
        return PER[self.per]


@dataclass(frozen=True, slots=True)
class ResourceCalls:
    """The uses behind a resource type: ``base`` lists the resources, ``fields`` adds what single fields need.

    A field that is not among ``fields`` needs nothing more than ``base``.
    """

    base: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def uses(self, fields: frozenset[str]) -> frozenset[str]:
        """What rows with these fields rest on; ``*`` among them stands for all fields."""
        wanted = self.fields if "*" in fields else fields
        return frozenset(self.base).union(*(self.fields.get(name, ()) for name in wanted))


_TRAILS = ("cloudtrail.DescribeTrails",)
_GROUPS = (*_TRAILS, "logs.DescribeLogGroups")
_FILTERS = (*_GROUPS, "logs.DescribeMetricFilters")
_ALARMS = (*_TRAILS, "cloudwatch.DescribeAlarms")
_AUDIT_ALARMS = (*_FILTERS, "cloudwatch.DescribeAlarms")
_TOPICS = (*_TRAILS, "logs.DescribeMetricFilters", "cloudwatch.DescribeAlarms")
_TOPIC_KEYS = (*_TOPICS, "sns.GetTopicAttributes")

PER: Mapping[str, tuple[str, ...]] = {
    "session": (),  # once, before anything else: who asks, and which Regions there are
    "account": (),  # once, in the partition's global Region
    "region": (),  # each Region in scope
    "trail": _TRAILS,  # each trail, in its home Region
    "bucket": _TRAILS,  # each bucket a trail delivers to
    "log-group": _TRAILS,  # each log group of this account a trail delivers to
    "log-region": _TRAILS,  # each Region with such a log group
    "alarm-region": _TRAILS,  # each Region with a log group of any account a trail delivers to
    "topic": _TOPICS,  # each SNS topic that an alarm on the metric of an audit log group, or a composite alarm, notifies
    "subscription": (*_TOPICS, "sns.ListSubscriptionsByTopic"),  # each confirmed subscription of a topic
    "key": _GROUPS,  # each KMS key of a trail or of an audit log group
    "trail-key": _TRAILS,  # each KMS key of a trail
    "log-group-key": _GROUPS,  # each KMS key of an audit log group
    "bucket-key": (*_TRAILS, "s3.GetBucketEncryption"),  # each KMS key of the default encryption of a bucket
    "topic-key": _TOPIC_KEYS,  # each KMS key of a topic, as the topic names it
    "topic-key-arn": (*_TOPIC_KEYS, "kms.DescribeKey@topic-key"),  # the same by the ARN that KMS gives
}
"""What a call is made for, once each, and the uses whose answers name those things (see ``fanout``)."""

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
            "key",
            ("kms:GetKeyRotationStatus",),
            ("KeyRotationEnabled",),
            _KEY,
            absent=_NO_KEY,
        ),
        Operation(
            "kms.GetKeyPolicy",
            "key",
            ("kms:GetKeyPolicy",),
            ("Policy",),
            {"KeyId": "$key", "PolicyName": "default"},
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

_STATUS = ("cloudtrail.GetTrailStatus",)
_SELECTORS = ("cloudtrail.GetEventSelectors",)
_INSIGHTS = ("cloudtrail.GetInsightSelectors",)
_ORGANIZATION = ("organizations.DescribeOrganization",)
_HEAD = ("s3.HeadBucket",)
_BUCKET_BLOCK = ("s3.GetPublicAccessBlock",)
_ACCOUNT_BLOCK = ("s3control.GetPublicAccessBlock",)
_ENCRYPTION = ("s3.GetBucketEncryption",)
_VERSIONING = ("s3.GetBucketVersioning",)
_SUBSCRIPTIONS = ("sns.ListSubscriptionsByTopic",)
_ATTRIBUTES = ("sns.GetTopicAttributes",)
_TOPIC_KEY = (*_ATTRIBUTES, "kms.DescribeKey@topic-key")

RESOURCE_CALLS: Mapping[str, ResourceCalls] = {
    "cloudtrail.trail": ResourceCalls(
        _TRAILS,
        {
            "Status": _STATUS,
            "EventSelectors": _SELECTORS,
            "AdvancedEventSelectors": _SELECTORS,
            "InsightSelectors": _INSIGHTS,
            "KmsKey": ("kms.DescribeKey@trail-key",),
        },
    ),
    "cloudtrail.coverage": ResourceCalls(
        (*_TRAILS, *_STATUS),
        {
            "InOrganization": _ORGANIZATION,
            "ManagementRead": _SELECTORS,
            "ManagementWrite": _SELECTORS,
            "ExcludedSources": _SELECTORS,
            "AdvancedSelectors": _SELECTORS,
            "NarrowingFields": _SELECTORS,
            "S3DataRead": _SELECTORS,
            "S3DataWrite": _SELECTORS,
            "InsightsCallRate": (*_SELECTORS, *_INSIGHTS),
            "InsightsErrorRate": (*_SELECTORS, *_INSIGHTS),
            "CloudWatchUncoveredRegions": _GROUPS,
        },
    ),
    "s3.log_bucket": ResourceCalls(
        _TRAILS,
        {
            "Exists": _HEAD,
            "Owned": _HEAD,
            "Policy": ("s3.GetBucketPolicy",),
            "PolicyStatus": ("s3.GetBucketPolicyStatus",),
            "PublicAccessBlock": _BUCKET_BLOCK,
            "AccountPublicAccessBlock": _ACCOUNT_BLOCK,
            "EffectivePublicAccessBlock": (*_BUCKET_BLOCK, *_ACCOUNT_BLOCK, *_HEAD),
            "Acl": ("s3.GetBucketAcl",),
            "PublicGrants": ("s3.GetBucketAcl",),
            "Versioning": _VERSIONING,
            "ObjectLock": ("s3.GetObjectLockConfiguration",),
            "Lifecycle": ("s3.GetBucketLifecycleConfiguration", *_VERSIONING),
            "LogGroups": _GROUPS,
            "ReadsRecorded": (*_STATUS, *_SELECTORS, *_HEAD),
            "WritesRecorded": (*_STATUS, *_SELECTORS, *_HEAD),
            "Logging": ("s3.GetBucketLogging",),
            "Encryption": _ENCRYPTION,
            "EncryptionKey": (*_ENCRYPTION, "kms.DescribeKey@bucket-key"),
            "OwnershipControls": ("s3.GetBucketOwnershipControls",),
        },
    ),
    "kms.audit_key": ResourceCalls(
        _GROUPS,
        {
            "Exists": ("kms.DescribeKey",),
            "KeyMetadata": ("kms.DescribeKey",),
            "Rotation": ("kms.GetKeyRotationStatus",),
            "Policy": ("kms.GetKeyPolicy",),
        },
    ),
    "logs.audit_log_group": ResourceCalls(
        _GROUPS,
        {"KmsKey": ("kms.DescribeKey@log-group-key",), "ResourcePolicies": ("logs.DescribeResourcePolicies",)},
    ),
    "logs.metric_filter": ResourceCalls(_FILTERS),
    "cloudwatch.alarm": ResourceCalls(_ALARMS),
    "cloudwatch.audit_alarm": ResourceCalls(_AUDIT_ALARMS),
    "sns.audit_topic": ResourceCalls(
        _AUDIT_ALARMS,
        {
            "Exists": _ATTRIBUTES,
            "Subscriptions": _SUBSCRIPTIONS,
            "ConfirmedSubscriptions": _SUBSCRIPTIONS,
            "Recipients": (*_SUBSCRIPTIONS, "sns.GetSubscriptionAttributes"),
            "Attributes": _ATTRIBUTES,
            "Policy": _ATTRIBUTES,
            "KmsMasterKeyId": _ATTRIBUTES,
            "KmsKey": _TOPIC_KEY,
            "KmsKeyPolicy": (*_TOPIC_KEY, "kms.GetKeyPolicy@topic-key-arn"),
        },
    ),
    "organizations.organization": ResourceCalls(_ORGANIZATION),
}
"""The calls of every resource type, by its name."""

ROUTE_FIELDS: Mapping[str, frozenset[str]] = {
    "cloudtrail.trail": frozenset({"Status", "EventSelectors", "AdvancedEventSelectors"}),
    "logs.audit_log_group": frozenset(),
    "logs.metric_filter": frozenset(),
    "cloudwatch.alarm": frozenset(),
    "sns.audit_topic": frozenset({"Subscriptions"}),
}
"""The resource types, with their fields, that judging a route reads."""

ORGANIZATION_SCOPE = "organization-management"
"""The route scope that further needs ``organizations.organization``."""

GLOBAL_REGIONS: Mapping[str, str] = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-north-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}
"""Partition -> the Region under which calls about the whole account are made and recorded."""

ALWAYS_ENABLED = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
        "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    }
)  # fmt: skip
"""The Regions of the ``aws`` partition that cannot be disabled; every later one is opt-in (AWS Account Management guide)."""


def use_of(name: str) -> Use:
    """The use that the table writes as ``name``."""
    operation, _, per = name.partition("@")
    return Use(OPERATIONS[operation], per or OPERATIONS[operation].per)


def global_region(partition: str) -> str:
    """The Region of calls about the whole account; ``us-east-1`` for a partition that is not listed."""
    return GLOBAL_REGIONS.get(partition, "us-east-1")
