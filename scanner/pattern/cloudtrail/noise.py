"""How noisy a filter is: the share of everyday, harmless CloudTrail records that it matches.

The records are fixed and made here: what goes on all day in an account in good order, by services, roles and people,
each read and change of an ordinary kind. A filter that matches many of them raises an alarm nobody can act on.
"""

import json
from functools import cache
from typing import Any, NamedTuple

from scanner.pattern.language.nodes import Pattern
from scanner.pattern.matching.match import matcher

ACCOUNT = "111122223333"


class _Call(NamedTuple):
    """One everyday call: who made it, to which service, and with what."""

    caller: str
    host: str
    name: str
    reads: bool
    parameters: dict[str, Any] | None = None
    error: str = ""


_CALLS = (
    _Call("role", "ec2", "DescribeInstances", True, {"instancesSet": {}, "filterSet": {}}),
    _Call("role", "ec2", "DescribeSecurityGroups", True, {"securityGroupSet": {}}),
    _Call("role", "ec2", "DescribeVpcs", True, {"vpcSet": {}}),
    _Call("role", "ec2", "DescribeRouteTables", True, {"routeTableIdSet": {}}),
    _Call("role", "ec2", "RunInstances", False, {"instanceType": "m5.large", "maxCount": 1}),
    _Call("role", "ec2", "CreateTags", False, {"tagSet": {"items": [{"key": "team", "value": "web"}]}}),
    _Call("service", "ec2", "DescribeRegions", True, {"regionSet": {}}),
    _Call("role", "kms", "Decrypt", True, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
    _Call("service", "kms", "GenerateDataKey", True, {"keySpec": "AES_256"}),
    _Call("role", "kms", "DescribeKey", True, {"keyId": "alias/web"}),
    _Call("role", "s3", "GetBucketLocation", True, {"bucketName": f"web-assets-{ACCOUNT}"}),
    _Call("role", "s3", "ListBuckets", True),
    _Call("service", "s3", "GetBucketAcl", True, {"bucketName": f"audit-logs-{ACCOUNT}"}),
    _Call("role", "s3", "GetBucketPolicy", True, {"bucketName": f"web-assets-{ACCOUNT}"}),
    _Call("role", "s3", "HeadBucket", True, {"bucketName": f"web-assets-{ACCOUNT}"}),
    _Call("user", "iam", "ListUsers", True),
    _Call("role", "iam", "GetRole", True, {"roleName": "web"}),
    _Call("role", "iam", "ListAttachedRolePolicies", True, {"roleName": "web"}),
    _Call(
        "role", "iam", "GetPolicyVersion", True, {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/web", "versionId": "v3"}
    ),
    _Call("service", "sts", "AssumeRole", True, {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/web"}),
    _Call("user", "sts", "GetCallerIdentity", True),
    _Call("role", "cloudtrail", "DescribeTrails", True, {"includeShadowTrails": True}),
    _Call("role", "cloudtrail", "GetTrailStatus", True, {"name": "audit"}),
    _Call("user", "cloudtrail", "LookupEvents", True, {"maxResults": 50}),
    _Call("service", "config", "DescribeConfigRules", True),
    _Call("service", "config", "PutEvaluations", False, {"testMode": False}),
    _Call("role", "organizations", "DescribeOrganization", True),
    _Call("role", "organizations", "ListAccounts", True),
    _Call("role", "logs", "CreateLogStream", False, {"logGroupName": "/aws/lambda/web"}),
    _Call("role", "logs", "DescribeLogGroups", True, {"limit": 50}),
    _Call("role", "monitoring", "DescribeAlarms", True),
    _Call("role", "monitoring", "PutMetricAlarm", False, {"alarmName": "web-latency"}),
    _Call("role", "lambda", "UpdateFunctionCode20150331v2", False, {"functionName": "web"}),
    _Call("role", "lambda", "GetFunction20150331v2", True, {"functionName": "web"}),
    _Call("role", "ssm", "GetParameters", True, {"names": ["/web/host"]}),
    _Call("role", "ssm", "UpdateInstanceInformation", False, {"agentVersion": "3.3.0.0"}),
    _Call("role", "secretsmanager", "GetSecretValue", True, {"secretId": "web/database"}),
    _Call("role", "ecs", "RegisterTaskDefinition", False, {"family": "web"}),
    _Call("role", "elasticloadbalancing", "DescribeTargetHealth", True),
    _Call("role", "autoscaling", "DescribeAutoScalingGroups", True),
    _Call("role", "rds", "DescribeDBInstances", True),
    _Call("role", "dynamodb", "DescribeTable", True, {"tableName": "orders"}),
    _Call("role", "cloudformation", "DescribeStacks", True, {"stackName": "web"}),
    _Call("role", "ec2", "DescribeVolumes", True, {"volumeSet": {}}, "Client.RequestLimitExceeded"),
    _Call("role", "s3", "GetBucketTagging", True, {"bucketName": f"web-assets-{ACCOUNT}"}, "NoSuchTagSet"),
)


def noise(pattern: Pattern) -> float:
    """The share of the benign records that ``pattern`` matches, from 0.0 to 1.0."""
    test = matcher(pattern)
    messages = benign_messages()
    return sum(map(test, messages)) / len(messages)


@cache
def benign_messages() -> tuple[str, ...]:
    """The benign records as CloudTrail writes them to a log group: one JSON text each."""
    records = [_record(place, call) for place, call in enumerate(_CALLS)]
    records += [_sign_in(len(records)), _key_rotation(len(records) + 1)]
    return tuple(json.dumps(record, separators=(",", ":")) for record in records)


def _record(place: int, call: _Call) -> dict[str, Any]:
    """The record of one call; ``place`` makes ids and times differ."""
    record: dict[str, Any] = {
        "eventVersion": "1.09",
        "userIdentity": _identity(call.caller),
        "eventTime": f"2026-01-15T09:{place:02}:00Z",
        "eventSource": f"{call.host}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "config.amazonaws.com" if call.caller == "service" else "198.51.100.7",
        "userAgent": "config.amazonaws.com" if call.caller == "service" else "aws-sdk-java/2.25.0",
    }
    if call.error:
        record |= {"errorCode": call.error, "errorMessage": "The request was not carried out."}
    return record | {
        "requestParameters": call.parameters,
        "responseElements": None,
        "requestID": f"6a1d0000-0000-4000-8000-{place:012}",
        "eventID": f"6a1d1111-0000-4000-8000-{place:012}",
        "readOnly": call.reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def _identity(caller: str) -> dict[str, Any]:
    """The caller: an AWS service, an IAM user with MFA, or a role's session."""
    if caller == "service":
        return {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
    if caller == "user":
        return {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEALICE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "accountId": ACCOUNT,
            "userName": "alice",
            "sessionContext": {"attributes": {"creationDate": "2026-01-15T08:55:00Z", "mfaAuthenticated": "true"}},
        }
    return {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLEROLE:web",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web/web",
        "accountId": ACCOUNT,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEROLE",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/web",
                "accountId": ACCOUNT,
                "userName": "web",
            },
            "attributes": {"creationDate": "2026-01-15T08:55:00Z", "mfaAuthenticated": "false"},
        },
    }


def _sign_in(place: int) -> dict[str, Any]:
    """A console sign-in that succeeded with MFA."""
    return _record(place, _Call("user", "signin", "ConsoleLogin", False)) | {
        "eventType": "AwsConsoleSignIn",
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"MobileVersion": "No", "MFAUsed": "Yes"},
    }


def _key_rotation(place: int) -> dict[str, Any]:
    """A service event: KMS rotated a key on schedule."""
    return _record(place, _Call("service", "kms", "RotateKey", False)) | {
        "userIdentity": {"accountId": ACCOUNT, "invokedBy": "kms.amazonaws.com"},
        "eventType": "AwsServiceEvent",
        "serviceEventDetails": {"rotationType": "AUTOMATIC"},
    }
