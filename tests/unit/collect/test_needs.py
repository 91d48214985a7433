"""The collector table agrees with AWS's own API models, and with what the resource views read."""

import json
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from scanner.aws.operations import OPERATIONS, Operation
from scanner.collect.needs import PER, RESOURCE_CALLS, ROUTE_FIELDS, use_of
from scanner.collect.plan import stages, uses_for
from scanner.collect.targets import targets
from scanner.model import CallKey, Rule
from scanner.resources import RESOURCES
from scanner.snapshot.answers import SCHEMA, Call, Snapshot

BOTOCORE = botocore.session.Session()
EVERY = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
FIELDS = [(name, field) for name, kind in RESOURCES.items() for field in kind.fields]

# botocore's EC2, STS and S3 models list no errors; these codes are from the S3 API reference, "Error responses".
UNLISTED_ABSENT = {"NoSuchBucket", "404", "NoSuchBucketPolicy", "NoSuchLifecycleConfiguration"} | {
    "NoSuchPublicAccessBlockConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NotFoundException",  # SNS answers it as NotFound
    "AWS.SimpleQueueService.NonExistentQueue",  # SQS's code beside the name of its model
}


def model(operation: Operation) -> Any:
    return BOTOCORE.get_service_model(operation.service).operation_model(operation.api)


@EVERY
def test_only_reads_are_listed(operation: Operation) -> None:
    assert operation.api.startswith(("Get", "Describe", "List", "Head"))
    assert model(operation).http["method"] in {"GET", "HEAD", "POST"}


@EVERY
def test_paging_is_declared_as_botocore_knows_it(operation: Operation) -> None:
    client = BOTOCORE.create_client(
        operation.service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    from botocore import xform_name

    assert client.can_paginate(xform_name(operation.api)) is operation.paginated


@EVERY
def test_members_are_documented(operation: Operation) -> None:
    shape = model(operation).output_shape
    members = shape.members if shape is not None else {}
    assert set(operation.members) <= set(members)
    assert all(members[name].type_name == "list" for name in operation.lists)
    assert {name for name in operation.members if members[name].type_name == "list"} <= set(operation.lists)


@EVERY
def test_arguments_are_accepted(operation: Operation) -> None:
    filled = {
        name: "x" * 12 if isinstance(value, str) and value.startswith("$") else value
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
    extra = set(operation.absent) - listed - UNLISTED_ABSENT
    # CloudWatch Logs answers it for listings too, although the model of two of them does not say so.
    assert extra <= ({"ResourceNotFoundException"} if operation.service == "logs" else set())


@EVERY
def test_every_action_belongs_to_its_service(operation: Operation) -> None:
    prefix = "s3" if operation.service == "s3control" else operation.service
    assert all(action.startswith(f"{prefix}:") for action in operation.actions)
    assert bool(operation.actions) is (operation.name != "sts.GetCallerIdentity")


def test_the_actions_that_are_not_named_as_their_api() -> None:
    """From the Service Authorization Reference; every other action has its API's name."""
    renamed = {
        name: operation.actions for name, operation in OPERATIONS.items() if operation.actions
        and operation.actions != (name.replace(".", ":"),)
    }  # fmt: skip
    assert renamed == {
        "s3.HeadBucket": ("s3:ListBucket",),
        "s3.GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
        "s3.GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
        "s3.GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
        "s3.GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
        "s3control.GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
    }


def test_every_name_in_the_table_exists() -> None:
    uses = {name for calls in RESOURCE_CALLS.values() for names in calls.fields.values() for name in names}
    uses |= {name for calls in RESOURCE_CALLS.values() for name in calls.base}
    uses |= {name for names in PER.values() for name in names}
    for name in uses:
        assert use_of(name).name == name
        assert use_of(name).per in PER
    assert {use_of(name).operation.name for name in uses} | {"sts.GetCallerIdentity", "ec2.DescribeRegions"} == set(
        OPERATIONS
    )
    assert {operation.per for operation in OPERATIONS.values()} <= set(PER)


def test_the_table_knows_every_resource_type_and_no_other() -> None:
    assert set(RESOURCE_CALLS) == set(RESOURCES)
    assert set(ROUTE_FIELDS) <= set(RESOURCES)
    for name, calls in RESOURCE_CALLS.items():
        assert set(calls.fields) <= set(RESOURCES[name].fields), name


COPIES = {
    "cloudtrail.GetTrailStatus",
    "cloudtrail.GetEventSelectors",
    "cloudtrail.GetInsightSelectors",
    "s3.GetObjectLockConfiguration",
    "s3.GetBucketVersioning",
}
HEARING = {
    "sns.GetSubscriptionAttributes",
    "lambda.GetFunctionConcurrency",
    "sqs.GetQueueUrl",
    "firehose.ListTagsForDeliveryStream",
}
OWNERS = "s3.HeadBucket@bucket-owner"
SHARPENING = {
    "EncryptionKey": {"s3.HeadBucket"},
    **{key: {OWNERS} for key in ("Exists", "OwnerAccount")},
    **{key: {"s3.HeadBucket", OWNERS} for key in ("ReadsRecorded", "WritesRecorded")},
    **dict.fromkeys(("Copies", "CopyFacts", "CopiesComplete"), COPIES),
    **dict.fromkeys(("Audiences", "Recipients", "Reached", "Unreached"), HEARING),
    "CloudWatchUncoveredRegions": {"logs.DescribeLogGroups@event-log-listing"},
    **{
        key: {"organizations.DescribeOrganization", "s3.HeadBucket", OWNERS}
        for key in ("AclChecks", "Deliveries", "Writes")
    },
    "Publications": {"organizations.DescribeOrganization"},
    "KeyUses": {"organizations.DescribeOrganization"},
}
"""Field -> uses without which less of it is known for certain, and what is known is still true."""


class Recording:
    """Collects from a table of answers, and remembers what a view asked for in vain."""

    def __init__(self, answers: dict[str, Any], rules: tuple[Rule, ...], without: str = "") -> None:
        self.calls: list[Call] = []
        self._answers = answers
        made: set[CallKey] = set()
        for stage in stages(uses_for(rules)):
            so_far = self.snapshot()
            for use in stage:
                for where in targets(use, so_far, "111122223333"):
                    key = CallKey("111122223333", where.region, use.operation.name, where.arguments)
                    if use.name != without and key not in made:
                        made.add(key)
                        self._record(use.operation.name, where.region, where.arguments)

    def _record(self, operation: str, region: str, arguments: Any) -> None:
        at = "2026-11-20T12:00:00Z"
        self.calls.append(
            Call(CallKey("111122223333", region, operation, arguments), at, at, (), 1, 1, operation, "", 0, None)
        )

    def snapshot(self) -> Snapshot:
        scope = {"accounts": {"111122223333": {"regions": ["eu-west-1", "us-east-1"], "skipped": {}}}}
        run = {"schema": SCHEMA, "started": "2026-11-20T12:00:00Z", "partition": "aws", "scope": scope}
        run["scope"] = {**scope, "asked": {"regions": "enabled"}}
        return Snapshot(run, tuple(self.calls), lambda name: json.dumps({"pages": [self._answers[name]]}).encode())


def gaps(resource: str, recording: Recording, field: str) -> list[str]:
    """The operations that were not collected although a view needs them for this field."""
    view = RESOURCES[resource].view(recording.snapshot(), "111122223333")
    assert view.rows or view.gaps
    missing = [*view.gaps, *(row.gaps[field] for row in view.rows if field in row.gaps)]
    return [gap.operation for gap in missing if gap.kind == "not-collected"]


@pytest.mark.parametrize(("resource", "field"), FIELDS)
def test_what_a_field_needs_is_collected(
    resource: str, field: str, aws: Any, resource_rule: Callable[..., Rule]
) -> None:
    rules = (resource_rule(resource, field),)
    assert not gaps(resource, Recording(aws.answers, rules), field)


@pytest.mark.parametrize(("resource", "field"), FIELDS)
def test_nothing_is_collected_for_a_field_in_vain(
    resource: str, field: str, aws: Any, resource_rule: Callable[..., Rule]
) -> None:
    rules = (resource_rule(resource, field),)
    extra = (
        RESOURCE_CALLS[resource].uses(frozenset({field}))
        - set(RESOURCE_CALLS[resource].base)
        - SHARPENING.get(field, set())
    )
    for name in sorted(extra):
        assert gaps(resource, Recording(aws.answers, rules, without=name), field), f"{field} does not need {name}"


def test_all_fields_at_once(aws: Any, every_rule: tuple[Rule, ...]) -> None:
    recording = Recording(aws.answers, every_rule)
    for resource, kind in RESOURCES.items():
        for field in kind.fields:
            assert not gaps(resource, recording, field)
