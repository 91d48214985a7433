"""Findings of services in the stand-in, as far as moto lacks them, who gathers them for others, and networks.

Web front ends, too. moto has these and networks, but takes long for the first question about them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scanner.demo.lacking.asked import Asked

_MADE = "2026-01-05T09:00:00Z"
"""When analyzers and findings were made."""


def aggregators(_asked: Asked) -> Mapping[str, Any]:
    """``ListFindingAggregators``."""
    return {"FindingAggregators": []}


def no_administrators(_asked: Asked) -> Mapping[str, Any]:
    """``ListDelegatedAdministrators``: moto knows of no delegated administrator for CloudTrail."""
    return {"DelegatedAdministrators": []}


def analyzers(asked: Asked) -> Mapping[str, Any]:
    """``ListAnalyzers``: one of the account in each Region that looks for access from outside."""
    return {
        "analyzers": [
            {
                "arn": f"arn:aws:access-analyzer:{asked.region}:{asked.account}:analyzer/account",
                "name": "account",
                "type": "ACCOUNT",
                "createdAt": _MADE,
                "status": "ACTIVE",
            }
        ]
    }


def outside_access(asked: Asked) -> Mapping[str, Any]:
    """``ListFindingsV2``: the bucket with the policy for everyone is open to the outside."""
    (bucket,) = asked.parameters["filter"]["resource"]["eq"]
    finding = {
        "id": "0e5a1c52-0000-4000-8000-000000000001",
        "resource": bucket,
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": asked.account,
        "status": "ACTIVE",
        "findingType": "ExternalAccess",
        "analyzedAt": _MADE,
        "createdAt": _MADE,
        "updatedAt": _MADE,
    }
    return {"findings": [finding] if ":::legacy-" in bucket else []}


def vpcs(asked: Asked) -> Mapping[str, Any]:
    """``DescribeVpcs``: the default VPC of a Region; moto has it, and takes many seconds for the first question."""
    vpc = {
        "VpcId": "vpc-0de10000",
        "OwnerId": asked.account,
        "State": "available",
        "CidrBlock": "172.31.0.0/16",
        "IsDefault": True,
    }
    return {"Vpcs": [vpc]}


def flow_logs(_asked: Asked) -> Mapping[str, Any]:
    """``DescribeFlowLogs``: there are none."""
    return {"FlowLogs": []}


def no_distributions(_asked: Asked) -> Mapping[str, Any]:
    """``ListDistributions``: there are none."""
    return {"DistributionList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0}}


def nothing(member: str) -> Callable[[Asked], Mapping[str, Any]]:
    """What answers a listing that there is nothing under its member."""
    return lambda _asked: {member: []}
