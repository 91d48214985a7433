"""The least-privilege IAM policy that collecting needs. Pure and deterministic."""

from collections.abc import Iterable
from typing import Any

from scanner.aws.operations import OPERATIONS, SESSION
from scanner.facts.uses import Use


def iam_policy(uses: Iterable[Use]) -> dict[str, Any]:
    """An IAM policy (JSON document) with exactly the read actions of the uses and of every collection.

    ``sts:GetCallerIdentity`` needs no permission and is left out. The resource is ``*``, because trails, buckets and
    keys are unknown before collection. Action names are those of the AWS Service Authorization Reference, which differ
    from the API's for S3 (``HeadBucket`` needs ``s3:ListBucket``).
    """
    actions: set[str] = set()
    for name in {*SESSION, *(use.operation for use in uses)}:
        actions.update(OPERATIONS[name].actions)
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "TrailwitnessReads", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}],
    }
