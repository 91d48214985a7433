"""Which targets of EventBridge rules certainly receive nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import GapKind
from scanner.resources.monitoring.eventbridge.target_facts import is_dead
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT, REGION = "111122223333", "us-east-1"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/stop"
STREAM = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/siem"
SHARDS = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/siem"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/send"
GONE = CallError("absent", "ResourceNotFoundException", "no")
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")


def stream(status: str = "ACTIVE") -> tuple[Any, ...]:
    described = {"DeliveryStreamName": "siem", "DeliveryStreamARN": STREAM, "DeliveryStreamStatus": status}
    further = {"DeliveryStreamType": "DirectPut", "VersionId": "1", "Destinations": [], "HasMoreDestinations": False}
    asked = {"DeliveryStreamName": "siem", "Limit": 1}
    answer = {"DeliveryStreamDescription": {**described, **further}}
    return (REGION, "firehose.DescribeDeliveryStream", asked, answer)


def shards(status: str) -> tuple[Any, ...]:
    described = {"StreamName": "siem", "StreamARN": SHARDS, "StreamStatus": status, "RetentionPeriodHours": 24}
    made = {"StreamCreationTimestamp": "2026-11-20T11:00:00Z", "EnhancedMonitoring": [], "OpenShardCount": 1}
    answer = {"StreamDescriptionSummary": {**described, **made}}
    return (REGION, "kinesis.DescribeStreamSummary", {"StreamName": "siem"}, answer)


def role(service: str = "events.amazonaws.com") -> tuple[Any, ...]:
    assume = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    made = {"Path": "/", "RoleName": "send", "RoleId": "A" * 16, "CreateDate": "2026-11-20T11:00:00Z", "Arn": ROLE}
    answer = {"Role": {**made, "AssumeRolePolicyDocument": json.dumps({"Statement": [assume]})}}
    return (REGION, "iam.GetRole", {"RoleName": "send"}, answer)


GET_ROLE = (REGION, "iam.GetRole", {"RoleName": "send"})


@pytest.mark.parametrize(
    ("target", "calls", "expected"),
    [
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), role()), False),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream("DELETING"), role()), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), role("lambda.amazonaws.com")), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), (*GET_ROLE, CallError("absent", "NoSuchEntity", "no"))), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), (*GET_ROLE, DENIED)), None),
        ({"Arn": STREAM}, (stream(),), None),
        ({"Arn": STREAM, "RoleArn": ROLE}, (role(),), None),
        ({"Arn": SHARDS, "RoleArn": ROLE}, (shards("UPDATING"), role()), False),
        ({"Arn": SHARDS, "RoleArn": ROLE}, (shards("CREATING"), role()), True),
        ({"Arn": f"arn:aws:sqs:{REGION}:444455556666:pager"}, (), None),
        ({"Arn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:page"}, (), None),
        ({"Arn": "odd"}, (), None),
        (
            {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"},
            ((REGION, "lambda.GetFunctionConcurrency", {"FunctionName": "f"}, {"ReservedConcurrentExecutions": 0}),),
            True,
        ),
        (
            {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager"},
            ((REGION, "sqs.GetQueueUrl", {"QueueName": "pager"}, GONE),),
            True,
        ),
    ],
)
def test_what_is_dead(
    target: dict[str, str], calls: tuple[Any, ...], *, expected: bool | None, make_snapshot: Callable[..., Snapshot]
) -> None:
    verdict, why = is_dead(make_snapshot(*calls), RULE, ACCOUNT, target)
    assert verdict is expected
    assert bool(why) is (expected is not False)
