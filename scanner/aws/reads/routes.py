"""The reads that only routes ask for, about places of the user's own and services with findings; and of findings."""

from scanner.aws.reads.operation import Operation

_NO_HUB = ("InvalidAccessException", "ResourceNotFoundException")
"""What Security Hub answers an account in which it is not enabled, or that may not use it."""

ROUTE_OPERATIONS = (
    Operation(
        "guardduty.ListDetectors",
        ("guardduty:ListDetectors",),
        ("DetectorIds",),
        {},
        ("DetectorIds",),
        paginated=True,
    ),
    Operation("guardduty.GetDetector", ("guardduty:GetDetector",), ("Status",), {"DetectorId": "$detector"}),
    Operation(  # an account that nobody administers answers an empty document
        "guardduty.GetAdministratorAccount",
        ("guardduty:GetAdministratorAccount",),
        (),
        {"DetectorId": "$detector"},
    ),
    Operation(
        "guardduty.ListPublishingDestinations",
        ("guardduty:ListPublishingDestinations",),
        ("Destinations",),
        {"DetectorId": "$detector"},
        ("Destinations",),
        next_page="NextToken",
    ),
    Operation(
        "guardduty.DescribePublishingDestination",
        ("guardduty:DescribePublishingDestination",),
        ("DestinationProperties",),
        {"DetectorId": "$detector", "DestinationId": "$destination"},
    ),
    Operation(  # which findings comes with what is asked about
        "guardduty.ListFindings",
        ("guardduty:ListFindings",),
        ("FindingIds",),
        {"DetectorId": "$detector"},
        ("FindingIds",),
        paginated=True,
    ),
    Operation(  # which findings comes with what is asked about
        "guardduty.GetFindings",
        ("guardduty:GetFindings",),
        ("Findings",),
        {"DetectorId": "$detector"},
        ("Findings",),
    ),
    Operation(  # which findings, and how many, comes with what is asked about
        "securityhub.GetFindings",
        ("securityhub:GetFindings",),
        ("Findings",),
        {},
        ("Findings",),
        absent=("InvalidAccessException",),
    ),
    Operation(
        "securityhub.DescribeHub",
        ("securityhub:DescribeHub",),
        ("HubArn",),
        absent=_NO_HUB,
    ),
    Operation(
        "securityhub.GetEnabledStandards",
        ("securityhub:GetEnabledStandards",),
        ("StandardsSubscriptions",),
        {},
        ("StandardsSubscriptions",),
        paginated=True,
        absent=("InvalidAccessException",),
    ),
    Operation(  # an account that nobody administers answers an empty document
        "securityhub.GetAdministratorAccount",
        ("securityhub:GetAdministratorAccount",),
        (),
        absent=_NO_HUB,
    ),
    Operation(
        "securityhub.ListFindingAggregators",
        ("securityhub:ListFindingAggregators",),
        ("FindingAggregators",),
        {},
        ("FindingAggregators",),
        paginated=True,
        absent=("InvalidAccessException",),
    ),
    Operation(
        "securityhub.GetFindingAggregator",
        ("securityhub:GetFindingAggregator",),
        ("FindingAggregationRegion",),
        {"FindingAggregatorArn": "$aggregator"},
        absent=_NO_HUB,
    ),
    Operation(  # where it delivers to is withheld: a Splunk destination tells its token
        "firehose.DescribeDeliveryStream",
        ("firehose:DescribeDeliveryStream",),
        ("DeliveryStreamDescription",),
        {"DeliveryStreamName": "$endpoint", "Limit": 1},
        absent=("ResourceNotFoundException",),
        withheld=("DeliveryStreamDescription.Destinations",),
    ),
    Operation(
        "kinesis.DescribeStreamSummary",
        ("kinesis:DescribeStreamSummary",),
        ("StreamDescriptionSummary",),
        {"StreamName": "$endpoint"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "lambda.GetPolicy",
        ("lambda:GetPolicy",),
        ("Policy",),
        {"FunctionName": "$endpoint"},
        absent=("ResourceNotFoundException",),
    ),
    Operation(
        "logs.DescribeDestinations",
        ("logs:DescribeDestinations",),
        ("destinations",),
        {"DestinationNamePrefix": "$endpoint"},
        ("destinations",),
        paginated=True,
    ),
    Operation(
        "sqs.GetQueueAttributes",
        ("sqs:GetQueueAttributes",),
        ("Attributes",),
        {"QueueUrl": "$queue", "AttributeNames": ["QueueArn", "Policy", "KmsMasterKeyId"]},
        absent=("QueueDoesNotExist",),
        unlisted=("AWS.SimpleQueueService.NonExistentQueue",),
    ),
    Operation(  # a bucket without notifications answers an empty document
        "s3.GetBucketNotificationConfiguration",
        ("s3:GetBucketNotification",),
        (),
        {"Bucket": "$bucket"},
        unlisted=("NoSuchBucket",),
    ),
)
"""Part of the table ``OPERATIONS``."""
