"""Which API calls validate log files, and the IAM actions they need: one more session that may do that and no more."""

from collections.abc import Mapping
from typing import Any

from scanner.aws.log_operations import LOG_OPERATIONS
from scanner.aws.operations import OPERATIONS, Operation

PROOF_OPERATIONS: Mapping[str, Operation] = {
    # botocore asks for the Region of a bucket that another Region's endpoint sent it away from.
    "s3.HeadBucket": LOG_OPERATIONS["s3.HeadBucket"],
    "s3.ListObjectsV2": LOG_OPERATIONS["s3.ListObjectsV2"],
    "s3.GetObject": LOG_OPERATIONS["s3.GetObject"],
    "cloudtrail.ListPublicKeys": Operation(
        "cloudtrail.ListPublicKeys",
        ("cloudtrail:ListPublicKeys",),
        ("PublicKeyList",),
        {"StartTime": "$start", "EndTime": "$end"},
        ("PublicKeyList",),
        paginated=True,
    ),
    "cloudtrail.GetTrailStatus": OPERATIONS["cloudtrail.GetTrailStatus"],
}
"""Every operation that validating log files may call, by name. All of them read."""


def proof_policy() -> dict[str, Any]:
    """The least IAM policy (JSON document) for validating log files online.

    ``kms:Decrypt`` is only used for objects that a KMS key encrypts.
    """
    actions = sorted({action for operation in PROOF_OPERATIONS.values() for action in operation.actions})
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "TrailwitnessValidatesLogs", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
