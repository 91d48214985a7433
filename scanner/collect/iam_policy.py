"""The least-privilege IAM policy that collecting for a set of rules needs. Pure and deterministic."""

from collections.abc import Iterable
from typing import Any

from scanner.collect.plan import uses_for
from scanner.model import Rule


def iam_policy(rules: Iterable[Rule]) -> dict[str, Any]:
    """An IAM policy (JSON document) with exactly the read actions that collecting for the rules uses.

    ``sts:GetCallerIdentity`` needs no permission and is left out. The actions stand on every resource, for which
    trails, buckets and keys there are is only known after looking. Action names are those of the AWS Service
    Authorization Reference, which differ from the API's for S3 (``HeadBucket`` needs ``s3:ListBucket``).
    """
    actions = sorted({action for use in uses_for(rules) for action in use.operation.actions})
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "TrailwitnessReads", "Effect": "Allow", "Action": actions, "Resource": "*"}],
    }
