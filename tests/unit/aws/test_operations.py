"""The table of operations agrees with AWS's own API models."""

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from scanner.audit_path.topics import metric_arguments
from scanner.aws.operations import OPERATIONS, Operation
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS

BOTOCORE = botocore.session.Session()
BOTH = {**OPERATIONS, **ORGANIZATION_OPERATIONS}
COMPUTED = {
    "cloudtrail.ListTags": {"ResourceIdList": ["arn:aws:cloudtrail:us-east-1:111122223333:trail/main"]},
    "cloudwatch.GetMetricData": metric_arguments("alerts", datetime(2026, 11, 20, 12, tzinfo=UTC)),
    "guardduty.GetFindings": {"DetectorId": "d", "FindingIds": ["f"]},
}
"""Arguments that are computed whole for each thing that is asked about."""
FIRST_PAGE_ONLY = {"securityhub.GetFindings", "s3.ListObjects"}
"""What comes in an order of which the beginning decides, and may fill thousands of pages."""
PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "apigatewayv2": "apigateway",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "s3control": "s3",
    "stepfunctions": "states",
    "notificationscontacts": "notifications-contacts",
}
"""Services whose prefix in IAM is not what boto3 calls them."""
EVERY = pytest.mark.parametrize("operation", BOTH.values(), ids=BOTH)


def model(operation: Operation) -> Any:
    return BOTOCORE.get_service_model(operation.service).operation_model(operation.api)


@EVERY
def test_only_reads_are_listed(operation: Operation) -> None:
    # CheckIf… has the access level Read in the Service Authorization Reference: it asks about one number.
    named = operation.api.startswith(("Get", "Describe", "List", "Head"))
    assert named or operation.name == "sns.CheckIfPhoneNumberIsOptedOut"
    assert model(operation).http["method"] in {"GET", "HEAD", "POST"}


@EVERY
def test_paging_is_declared_as_botocore_knows_it(operation: Operation) -> None:
    client = BOTOCORE.create_client(
        operation.service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    from botocore import xform_name

    paged = client.can_paginate(xform_name(operation.api))
    assert paged is (operation.paginated or operation.name in FIRST_PAGE_ONLY)


@EVERY
def test_a_page_token_is_in_answer_and_request_where_botocore_cannot_page(operation: Operation) -> None:
    if operation.next_page:
        described = model(operation)
        assert operation.next_page in described.input_shape.members
        assert operation.next_page in described.output_shape.members
        assert not operation.paginated


@EVERY
def test_members_are_documented(operation: Operation) -> None:
    shape = model(operation).output_shape
    members = shape.members if shape is not None else {}
    assert set(operation.members) <= set(members)
    assert all(members[name].type_name == "list" for name in operation.lists)
    assert {name for name in operation.members if members[name].type_name == "list"} <= set(operation.lists)


@EVERY
def test_arguments_are_accepted(operation: Operation) -> None:
    filled = COMPUTED.get(operation.name) or {
        name: "x" * 20 if isinstance(value, str) and value.startswith("$") else value
        for name, value in operation.arguments.items()
    }
    shape = model(operation).input_shape
    if shape is None:
        assert not filled
        return
    report = ParamValidator().validate(filled, shape)
    assert not report.has_errors(), report.generate_report()


@EVERY
def test_absent_codes_are_documented(operation: Operation) -> None:
    listed = {shape.error_code or shape.name for shape in model(operation).error_shapes}
    assert set(operation.absent) <= listed
    assert not set(operation.unlisted) & listed


@EVERY
def test_every_action_belongs_to_its_service(operation: Operation) -> None:
    prefix = PREFIXES.get(operation.service, operation.service)
    assert all(action.startswith(f"{prefix}:") for action in operation.actions)
    assert bool(operation.actions) is (operation.name != "sts.GetCallerIdentity")


def test_the_actions_that_are_not_named_as_their_api() -> None:
    """From the Service Authorization Reference; every other action has its API's name."""
    renamed = {
        name: operation.actions for name, operation in OPERATIONS.items() if operation.actions
        and operation.actions != (name.replace(".", ":"),)
    }  # fmt: skip
    assert renamed == {
        "accessanalyzer.ListAnalyzers": ("access-analyzer:ListAnalyzers",),
        "accessanalyzer.ListFindingsV2": ("access-analyzer:ListFindings",),
        "apigateway.GetRestApis": ("apigateway:GET",),
        "apigateway.GetStages": ("apigateway:GET",),
        "apigatewayv2.GetApis": ("apigateway:GET",),
        "apigatewayv2.GetStages": ("apigateway:GET",),
        "elb.DescribeLoadBalancerAttributes": ("elasticloadbalancing:DescribeLoadBalancerAttributes",),
        "elb.DescribeLoadBalancers": ("elasticloadbalancing:DescribeLoadBalancers",),
        "elbv2.DescribeLoadBalancerAttributes": ("elasticloadbalancing:DescribeLoadBalancerAttributes",),
        "elbv2.DescribeLoadBalancers": ("elasticloadbalancing:DescribeLoadBalancers",),
        "s3.HeadBucket": ("s3:ListBucket",),
        "s3.ListObjects": ("s3:ListBucket",),
        "s3.ListObjectsV2": ("s3:ListBucket",),
        "s3.ListBuckets": ("s3:ListAllMyBuckets",),
        "s3.GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
        "s3.GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
        "s3.GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
        "s3.GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
        "s3.GetBucketReplication": ("s3:GetReplicationConfiguration",),
        "s3.GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
        "s3control.GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
        "stepfunctions.DescribeStateMachine": ("states:DescribeStateMachine",),
        "notificationscontacts.GetEmailContact": ("notifications-contacts:GetEmailContact",),
    }
