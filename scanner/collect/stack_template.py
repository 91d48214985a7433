"""A CloudFormation template for the role in the members of an organization, for a StackSet."""

from collections.abc import Mapping
from typing import Any

_NAME_PATTERN = r"^[\w+=,.@-]{1,64}$"
_TRUSTED_PATTERN = r"^([0-9]{12}|arn:[\w-]+:(iam|sts)::[0-9]{12}:.+)$"
_EXTERNAL_ID_PATTERN = r"^([\w+=,.@:/-]{2,1224})?$"


def stack_template(reads: Mapping[str, Any], trusted: str, role_name: str, external_id: str = "") -> dict[str, Any]:
    """The template: a role that allows the policy ``reads``, and that ``trusted`` may assume.

    All three are parameters of the stack, whose defaults are the arguments. ``role_name`` has no path. Sources:
    CloudFormation Template Reference, ``AWS::IAM::Role``; IAM User Guide, "IAM and AWS STS quotas" (patterns).
    """
    with_external_id = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "TrustedPrincipal"}},
        "Action": "sts:AssumeRole",
        "Condition": {"Fn::If": ["AsksForExternalId", with_external_id, {"Ref": "AWS::NoValue"}]},
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The read-only role that Trailwitness assumes in this account.",
        "Parameters": {
            "RoleName": _parameter("The name of the role, the same in every account.", role_name, _NAME_PATTERN),
            "TrustedPrincipal": _parameter(
                "The account id, or the ARN of the role or user, that may assume the role.", trusted, _TRUSTED_PATTERN
            ),
            "ExternalId": _parameter(
                "The external id that must be given; empty where none is asked for.", external_id, _EXTERNAL_ID_PATTERN
            ),
        },
        "Conditions": {"AsksForExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {
            "AuditRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": {"Ref": "RoleName"},
                    "Description": "Reads what Trailwitness judges; changes nothing.",
                    "AssumeRolePolicyDocument": {"Version": reads["Version"], "Statement": [trust]},
                    "Policies": [{"PolicyName": "TrailwitnessReads", "PolicyDocument": dict(reads)}],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["AuditRole", "Arn"]}}},
    }


def _parameter(description: str, default: str, pattern: str) -> dict[str, str]:
    return {"Type": "String", "Description": description, "Default": default, "AllowedPattern": pattern}
