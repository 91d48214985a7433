"""The reads of topics, and of the endpoints that messages and events are delivered to."""

from collections.abc import Mapping
from typing import Any

from scanner.aws.reads.operation import Operation

_TOPIC: Mapping[str, Any] = {"TopicArn": "$topic"}

DELIVERY_OPERATIONS = (
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
    Operation(  # where a topic has no policy the answer holds none, or an empty text
        "sns.GetDataProtectionPolicy",
        ("sns:GetDataProtectionPolicy",),
        (),
        {"ResourceArn": "$topic"},
        absent=("NotFound",),
        unlisted=("NotFoundException",),
    ),
    Operation(
        "sns.CheckIfPhoneNumberIsOptedOut",
        ("sns:CheckIfPhoneNumberIsOptedOut",),
        ("isOptedOut",),
        {"phoneNumber": "$phone"},
    ),
    Operation("sns.GetSMSSandboxAccountStatus", ("sns:GetSMSSandboxAccountStatus",), ("IsInSandbox",)),
    Operation(
        "sns.ListSMSSandboxPhoneNumbers",
        ("sns:ListSMSSandboxPhoneNumbers",),
        ("PhoneNumbers",),
        lists=("PhoneNumbers",),
        paginated=True,
    ),
    Operation(  # an attribute that was never set is not in the answer
        "sns.GetSMSAttributes", ("sns:GetSMSAttributes",), (), {"attributes": ["MonthlySpendLimit"]}
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
)
"""Part of the table ``OPERATIONS``."""
