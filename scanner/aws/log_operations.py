"""Which API calls read log records, and the IAM actions they need.

A session that reads logs is opened with these operations only, one that collects configuration with those of
``scanner.aws.operations`` only: a scan can never read an object, and its IAM policy does not ask for it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.aws.operations import OPERATIONS, Operation

LOG_OPERATIONS: Mapping[str, Operation] = {
    "sts.GetCallerIdentity": OPERATIONS["sts.GetCallerIdentity"],
    "ec2.DescribeRegions": OPERATIONS["ec2.DescribeRegions"],
    # botocore asks for the Region of a bucket that another Region's endpoint sent it away from.
    "s3.HeadBucket": OPERATIONS["s3.HeadBucket"],
    "s3.ListObjectsV2": Operation(
        "s3.ListObjectsV2",
        ("s3:ListBucket",),
        (),
        {"Bucket": "$bucket", "Prefix": "$prefix"},
        ("Contents", "CommonPrefixes"),
        paginated=True,
    ),
    "s3.GetObject": Operation(
        "s3.GetObject", ("s3:GetObject", "kms:Decrypt"), ("Body",), {"Bucket": "$bucket", "Key": "$key"}
    ),
    "cloudtrail.LookupEvents": Operation(
        "cloudtrail.LookupEvents",
        ("cloudtrail:LookupEvents",),
        (),
        {"MaxResults": 50},
        ("Events",),
        paginated=True,
    ),
    "cloudtrail.ListInsightsData": Operation(
        "cloudtrail.ListInsightsData",
        ("cloudtrail:ListInsightsData",),
        (),
        {"InsightSource": "$trail", "DataType": "InsightsEvents", "MaxResults": 50},
        ("Events",),
        paginated=True,
    ),
    "logs.FilterLogEvents": Operation(
        "logs.FilterLogEvents",
        ("logs:FilterLogEvents",),
        (),
        {"logGroupName": "$group"},
        ("events",),
        paginated=True,
    ),
}
"""Every operation that reading logs may call, by name. All of them read."""


METRIC_OPERATIONS: Mapping[str, Operation] = {
    "sts.GetCallerIdentity": OPERATIONS["sts.GetCallerIdentity"],
    # What it takes depends on what is asked: an API, the kind of Insights, and times. Its actions are those that the
    # CloudTrail API reference names for management events.
    "cloudtrail.ListInsightsMetricData": Operation(
        "cloudtrail.ListInsightsMetricData",
        ("cloudtrail:LookupEvents",),
        (),
        {"Period": 60, "DataType": "NonZeroData"},
        ("Timestamps", "Values"),
        next_page="NextToken",
    ),
}
"""What a session may call that asks CloudTrail for its own counts of calls. All of it reads."""


def log_policy(operations: Iterable[str]) -> dict[str, Any]:
    """The least IAM policy (JSON document) that allows these of ``LOG_OPERATIONS``.

    ``kms:Decrypt`` is only used for objects that a KMS key encrypts.
    """
    actions = sorted({action for name in operations for action in LOG_OPERATIONS[name].actions})
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "TrailwitnessReadsLogs", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
