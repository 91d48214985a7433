"""The least-privilege IAM policies that collecting needs. Pure and deterministic.

One account, or each member of an organization, needs the reads. The account whose credentials are used for many also
lists the accounts of the organization and assumes the role in the members, whose trust policy lets it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.aws.operations import OPERATIONS, SESSION
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.facts.uses import Use

ROLE_NAME = "TrailwitnessAudit"
"""How the role in the members is called, unless another name is asked for."""

_VERSION = "2012-10-17"


def iam_policy(uses: Iterable[Use]) -> dict[str, Any]:
    """An IAM policy (JSON document) with exactly the read actions of the uses and of every collection.

    ``sts:GetCallerIdentity`` needs no permission and is left out. The resource is ``*``, because trails, buckets and
    keys are unknown before collection. Action names are those of the AWS Service Authorization Reference, which differ
    from the API's for S3 (``HeadBucket`` needs ``s3:ListBucket``).
    """
    actions: set[str] = set()
    for name in {*SESSION, *(use.operation for use in uses)}:
        actions.update(OPERATIONS[name].actions)
    return policy([{"Sid": "TrailwitnessReads", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}])


def policy(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": _VERSION, "Statement": list(statements)}


def organization_statements(role_name: str) -> list[dict[str, Any]]:
    """What choosing accounts by organization and entering them needs: listings, and the role in every member.

    The listings know no resources (Service Authorization Reference, AWS Organizations).
    """
    listings: set[str] = set()
    for operation in ORGANIZATION_OPERATIONS.values():
        listings.update(operation.actions)
    return [
        {"Sid": "TrailwitnessListsAccounts", "Effect": "Allow", "Action": sorted(listings), "Resource": "*"},
        {
            "Sid": "TrailwitnessAssumesRoles",
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": f"arn:*:iam::*:role/{role_name}",
        },
    ]


def trust_policy(trusted: str, external_id: str = "") -> dict[str, Any]:
    """Who may assume the role in a member: an account by its id, or a role or user by ARN, with the external id.

    Sources: IAM User Guide, "AWS JSON policy elements: Principal" and "Access to AWS accounts owned by third parties".
    """
    asked = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return policy([{"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole", **asked}])
