"""Which of the API calls feed each resource type, and for what each call is made.

A resource type names the calls that list it and, field by field, the further calls its facts rest on. The calls
themselves are in ``scanner.aws.operations``. Nothing here talks to AWS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scanner.aws.operations import OPERATIONS, SESSION, Operation

__all__ = [
    "OPERATIONS",
    "ORGANIZATION_SCOPE",
    "PER",
    "RESOURCE_CALLS",
    "ROUTE_FIELDS",
    "ROUTE_USES",
    "SESSION",
    "Operation",
    "ResourceCalls",
    "Use",
    "use_of",
]


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
_EVENT_GROUPS = ("logs.DescribeLogGroups@event-log-listing",)
_FILTERS = (*_GROUPS, "logs.DescribeMetricFilters")
_ALARMS = (*_TRAILS, "cloudwatch.DescribeAlarms")
_AUDIT_ALARMS = (*_FILTERS, "cloudwatch.DescribeAlarms")
_EVENT_RULES = ("events.ListRules", "events.ListTargetsByRule")
_ALARM_TOPICS = (*_TRAILS, "logs.DescribeMetricFilters", "cloudwatch.DescribeAlarms")
_TOPICS = (*_ALARM_TOPICS, *_EVENT_RULES)
_STORES = ("cloudtrail.ListEventDataStores",)
_AUDIT_KEYS = (
    *_TOPICS,
    "sns.GetTopicAttributes",
    "logs.DescribeLogGroups",
    *_EVENT_GROUPS,
    "s3.HeadBucket",
    "s3.GetBucketEncryption",
    *_STORES,
    "cloudtrail.GetEventDataStore",
)


def _of_alarms(use: str) -> str:
    """What is asked about every topic, asked about those that alarms notify only."""
    operation, _, per = use.partition("@")
    return f"{operation}@alarm-{per or OPERATIONS[operation].per}"


def _behind_topics(topics: tuple[str, ...], named: Callable[[str], str]) -> Mapping[str, tuple[str, ...]]:
    """What stands behind topics: subscriptions, the endpoints they lead to, and keys."""
    subscribed = (*topics, named("sns.ListSubscriptionsByTopic"))
    keys = (*topics, named("sns.GetTopicAttributes"))
    return {
        "subscription": subscribed,  # each confirmed subscription of a topic
        "function": subscribed,  # each Lambda function of this account that is subscribed to a topic
        "queue": subscribed,  # each SQS queue of this account that is
        "stream": subscribed,  # each Firehose stream of this account that is
        "topic-key": keys,  # each KMS key of a topic, as the topic names it
        "topic-key-arn": (*keys, named("kms.DescribeKey@topic-key")),  # the same by the ARN that KMS gives
    }


PER: Mapping[str, tuple[str, ...]] = {
    "session": (),  # once, before anything else: who asks, and which Regions there are
    "account": (),  # once, in the partition's global Region
    "region": (),  # each Region in scope
    "trail": _TRAILS,  # each trail, in its home Region
    "bucket": _TRAILS,  # each bucket a trail delivers to
    "bucket-owner": _TRAILS,  # each of them with each account that was named as a possible owner
    "log-group": _TRAILS,  # each log group of this account a trail delivers to
    "filled-log-group": (*_TRAILS, "cloudtrail.GetTrailStatus"),  # those of them whose trails are not all stopped
    "log-group-policy": (*_TRAILS, *_EVENT_GROUPS),  # the policy attached to each log group of either kind itself
    "log-region": (*_TRAILS, *_EVENT_GROUPS),  # each Region with a log group of either kind
    "event-log-listing": (),  # each Region in scope, for the log groups that CloudTrail events enter without a trail
    "event-log-group": _EVENT_GROUPS,  # each such log group
    "alarm-region": _TRAILS,  # each Region with a log group of any account a trail delivers to
    "event-rule": ("events.ListRules",),  # each enabled rule on a default event bus that CloudTrail's events can match
    # each SNS topic that an alarm on the metric of an audit log group, a composite alarm, a trail, or an EventBridge rule
    # that CloudTrail's events can match notifies; and what stands behind it
    "topic": _TOPICS,
    **_behind_topics(_TOPICS, str),
    "alarm-topic": _ALARM_TOPICS,  # those of them that an alarm notifies, which is all that routes need
    **{f"alarm-{per}": needs for per, needs in _behind_topics(_ALARM_TOPICS, _of_alarms).items()},
    "event-data-store": _STORES,  # each event data store
    "key": _AUDIT_KEYS,  # each KMS key of a trail, a log group of either kind, a log bucket, a topic or an event data store
    "key-arn": (*_AUDIT_KEYS, "kms.DescribeKey"),  # those that are not AWS's own, by the ARN that KMS gives
    "trail-key": _TRAILS,  # each KMS key of a trail
    "log-group-key": (*_GROUPS, *_EVENT_GROUPS),  # each KMS key of a log group of either kind
    "bucket-key": (
        *_TRAILS,
        "s3.HeadBucket",
        "s3.GetBucketEncryption",
    ),  # each KMS key of the default encryption of a bucket
}
"""What a call is made for, once each, and the uses whose answers name those things (see ``fanout``)."""

_STATUS = ("cloudtrail.GetTrailStatus",)
_SELECTORS = ("cloudtrail.GetEventSelectors",)
_INSIGHTS = ("cloudtrail.GetInsightSelectors",)
_ORGANIZATION = ("organizations.DescribeOrganization",)
_HEAD = ("s3.HeadBucket",)
_OWNER = (*_HEAD, "s3.HeadBucket@bucket-owner")
_BUCKET_BLOCK = ("s3.GetPublicAccessBlock",)
_ACCOUNT_BLOCK = ("s3control.GetPublicAccessBlock",)
_ENCRYPTION = ("s3.GetBucketEncryption",)
_VERSIONING = ("s3.GetBucketVersioning",)
_SUBSCRIPTIONS = ("sns.ListSubscriptionsByTopic",)
_AUDIENCE = (
    *_SUBSCRIPTIONS,
    "sns.GetSubscriptionAttributes",
    "lambda.GetFunctionConcurrency",
    "sqs.GetQueueUrl",
    "firehose.ListTagsForDeliveryStream",
)
_ATTRIBUTES = ("sns.GetTopicAttributes",)
_TOPIC_KEY = (*_ATTRIBUTES, "kms.DescribeKey@topic-key")
_KEY_POLICY = "kms.GetKeyPolicy@topic-key-arn"
_TARGETS = ("events.ListTargetsByRule",)

_COPIES = (*_STATUS, *_SELECTORS, *_INSIGHTS, "s3.GetObjectLockConfiguration", *_VERSIONING)

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
            "InsightsOnDataEvents": _INSIGHTS,
            "CloudWatchUncoveredRegions": (*_GROUPS, *_EVENT_GROUPS),
        },
    ),
    "s3.log_bucket": ResourceCalls(
        _TRAILS,
        {
            "Exists": _OWNER,
            "Owned": _HEAD,
            "OwnerAccount": _OWNER,
            "Policy": ("s3.GetBucketPolicy",),
            "PolicyStatus": ("s3.GetBucketPolicyStatus",),
            "PublicAccessBlock": _BUCKET_BLOCK,
            "AccountPublicAccessBlock": _ACCOUNT_BLOCK,
            "EffectivePublicAccessBlock": (*_BUCKET_BLOCK, *_ACCOUNT_BLOCK, *_HEAD),
            "Acl": ("s3.GetBucketAcl",),
            "PublicGrants": ("s3.GetBucketAcl",),
            "ForeignWriteGrants": ("s3.GetBucketAcl",),
            "Copies": _COPIES,
            "CopyFacts": _COPIES,
            "CopiesComplete": _COPIES,
            "AclChecks": (*_ORGANIZATION, *_OWNER),
            "Deliveries": (*_ORGANIZATION, *_OWNER),
            "Writes": (*_ORGANIZATION, *_OWNER),
            "Versioning": _VERSIONING,
            "Protection": ("s3.GetObjectLockConfiguration", *_VERSIONING),
            "ObjectLock": ("s3.GetObjectLockConfiguration",),
            "Lifecycle": ("s3.GetBucketLifecycleConfiguration", *_VERSIONING),
            "LogGroups": _GROUPS,
            "LogCopies": (*_GROUPS, *_STATUS),
            "LogCopyFacts": (*_GROUPS, *_STATUS),
            "ReadsRecorded": (*_STATUS, *_SELECTORS, *_OWNER),
            "WritesRecorded": (*_STATUS, *_SELECTORS, *_OWNER),
            "Logging": ("s3.GetBucketLogging",),
            "Encryption": _ENCRYPTION,
            "EncryptionKey": (*_ENCRYPTION, *_HEAD, "kms.DescribeKey@bucket-key"),
            "OwnershipControls": ("s3.GetBucketOwnershipControls",),
            "ObjectOwnership": ("s3.GetBucketOwnershipControls",),
            "Organizations": _ORGANIZATION,
        },
    ),
    "kms.audit_key": ResourceCalls(
        (*_AUDIT_KEYS, "kms.DescribeKey"),
        {
            "Rotation": ("kms.GetKeyRotationStatus",),
            "Policy": ("kms.GetKeyPolicy",),
            "Grants": ("kms.ListGrants",),
            "GrantPolicy": ("kms.ListGrants",),
            "Organizations": _ORGANIZATION,
        },
    ),
    "logs.audit_log_group": ResourceCalls(
        (*_GROUPS, *_EVENT_GROUPS),
        {
            "KmsKey": ("kms.DescribeKey@log-group-key",),
            "ResourcePolicies": ("logs.DescribeResourcePolicies", "logs.DescribeResourcePolicies@log-group-policy"),
            "SubscriptionFilters": (
                "logs.DescribeSubscriptionFilters",
                "logs.DescribeSubscriptionFilters@event-log-group",
            ),
        },
    ),
    "logs.metric_filter": ResourceCalls(_FILTERS),
    "cloudwatch.alarm": ResourceCalls(_ALARMS),
    "cloudwatch.audit_alarm": ResourceCalls(_AUDIT_ALARMS),
    "sns.audit_topic": ResourceCalls(
        (*_AUDIT_ALARMS, *_EVENT_RULES),
        {
            "Publications": _ORGANIZATION,
            "Exists": _ATTRIBUTES,
            "Subscriptions": _SUBSCRIPTIONS,
            "ConfirmedSubscriptions": _SUBSCRIPTIONS,
            **dict.fromkeys(("Audiences", "Recipients", "Undecided", "Reached", "Unreached"), _AUDIENCE),
            "Attributes": _ATTRIBUTES,
            "Policy": _ATTRIBUTES,
            "KmsMasterKeyId": _ATTRIBUTES,
            "KmsKey": _TOPIC_KEY,
            "Organizations": _ORGANIZATION,
            "KmsKeyPolicy": (*_TOPIC_KEY, _KEY_POLICY),
            "KeyUses": (*_TOPIC_KEY, *_ORGANIZATION),
        },
    ),
    "events.event_rule": ResourceCalls(("events.ListRules",), {"Targets": _TARGETS, "Topics": _TARGETS}),
    "organizations.organization": ResourceCalls(_ORGANIZATION),
}
"""The calls of every resource type, by its name."""

ROUTE_FIELDS: Mapping[str, frozenset[str]] = {
    "cloudtrail.trail": frozenset({"Status", "EventSelectors", "AdvancedEventSelectors"}),
    "events.event_rule": frozenset(),
    "logs.metric_filter": frozenset(),
    "cloudwatch.alarm": frozenset(),
}
"""The resource types, with their fields, that judging a route reads."""

ROUTE_USES: frozenset[str] = frozenset(
    {
        *_AUDIT_ALARMS,
        "logs.DescribeSubscriptionFilters@filled-log-group",
        *_EVENT_GROUPS,
        *_ORGANIZATION,
        *(_of_alarms(use) for use in (*_AUDIENCE, *_TOPIC_KEY, _KEY_POLICY)),
    }
)
"""What judging a route asks besides: whether the trails' log groups exist and feed others, who may publish to the topics that alarms notify, and who hears them."""

ORGANIZATION_SCOPE = "organization-management"
"""The route scope that further needs ``organizations.organization``."""


def use_of(name: str) -> Use:
    """The use that the table writes as ``name``."""
    operation, _, per = name.partition("@")
    return Use(OPERATIONS[operation], per or OPERATIONS[operation].per)
