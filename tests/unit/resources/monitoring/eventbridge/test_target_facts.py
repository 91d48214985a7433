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
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:page"
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


def permits(*actions: str) -> tuple[tuple[Any, ...], ...]:
    """The policies of the role: one inline policy that lets it do these."""
    document = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    policy = {"RoleName": "send", "PolicyName": "own", "PolicyDocument": json.dumps(document)}
    return (
        (REGION, "iam.ListRolePolicies", {"RoleName": "send"}, {"PolicyNames": ["own"]}),
        (REGION, "iam.GetRolePolicy", {"RoleName": "send", "PolicyName": "own"}, policy),
        (REGION, "iam.ListAttachedRolePolicies", {"RoleName": "send"}, {"AttachedPolicies": []}),
    )


GET_ROLE = (REGION, "iam.GetRole", {"RoleName": "send"})


@pytest.mark.parametrize(
    ("target", "calls", "expected"),
    [
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), role(), *permits("firehose:PutRecord")), False),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), role(), *permits("kinesis:PutRecord")), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), role()), None),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream("DELETING"), role()), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), role("lambda.amazonaws.com")), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), (*GET_ROLE, CallError("absent", "NoSuchEntity", "no"))), True),
        ({"Arn": STREAM, "RoleArn": ROLE}, (stream(), (*GET_ROLE, DENIED)), None),
        ({"Arn": STREAM}, (stream(),), None),
        ({"Arn": STREAM, "RoleArn": ROLE}, (role(),), None),
        ({"Arn": SHARDS, "RoleArn": ROLE}, (shards("UPDATING"), role(), *permits("kinesis:*")), False),
        ({"Arn": SHARDS, "RoleArn": ROLE}, (shards("CREATING"), role()), True),
        ({"Arn": f"arn:aws:sqs:{REGION}:444455556666:pager"}, (), None),
        ({"Arn": MACHINE}, (), None),
        (
            {"Arn": MACHINE, "RoleArn": ROLE},
            (role(), *permits("a:b")),
            True,
        ),
        ({"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:target/stop-instance"}, (), True),
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


TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"


def encrypted(key: str, *statements: dict[str, Any], state: str = "Enabled") -> tuple[tuple[Any, ...], ...]:
    """A topic that lets EventBridge publish, with a key of these statements."""
    service = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    publish = {"Statement": [{**service, "Action": "sns:Publish", "Resource": TOPIC}]}
    key_policy = {"Statement": [{**service, "Action": "kms:*", "Resource": "*", **each} for each in statements]}
    described = {"KeyMetadata": {"KeyId": "1", "Arn": KEY, "KeyState": state, "KeyManager": "CUSTOMER"}}
    attributes = {"Policy": json.dumps(publish), "KmsMasterKeyId": key}
    return (
        (REGION, "sns.GetTopicAttributes", {"TopicArn": TOPIC}, {"Attributes": attributes}),
        (REGION, "kms.DescribeKey", {"KeyId": key}, described),
        (REGION, "kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}, {"Policy": json.dumps(key_policy)}),
    )


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (encrypted(KEY, {}), False),
        (encrypted("alias/aws/sns"), True),
        (encrypted(KEY), True),
        (encrypted(KEY, {}, state="Disabled"), True),
        (encrypted(KEY, {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}), True),
        (encrypted(KEY, {})[:1], None),
    ],
)
def test_a_topic_whose_key_eventbridge_cannot_use_is_dead(
    calls: tuple[Any, ...], *, expected: bool | None, make_snapshot: Callable[..., Snapshot]
) -> None:
    verdict, why = is_dead(make_snapshot(*calls), RULE, ACCOUNT, {"Arn": TOPIC})
    assert verdict is expected, why


QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/pager"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/audit"
SERVICE = {"Principal": {"Service": "events.amazonaws.com"}}
EVERYBODY = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}


def key_of(*statements: dict[str, Any], name: str = KEY, **metadata: str) -> tuple[tuple[Any, ...], ...]:
    """A key whose policy has these statements, for any action."""
    policy = {"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", **each} for each in statements]}
    described = {"KeyId": "1", "Arn": KEY, "KeyState": "Enabled", "KeyManager": "CUSTOMER", **metadata}
    return (
        (REGION, "kms.DescribeKey", {"KeyId": name}, {"KeyMetadata": described}),
        (REGION, "kms.GetKeyPolicy", {"KeyId": KEY, "PolicyName": "default"}, {"Policy": json.dumps(policy)}),
    )


def queue(key: str) -> tuple[tuple[Any, ...], ...]:
    send = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE, **SERVICE}]}
    attributes = {"QueueArn": QUEUE, "Policy": json.dumps(send), "KmsMasterKeyId": key}
    asked = {"QueueUrl": URL, "AttributeNames": ["QueueArn", "Policy", "KmsMasterKeyId"]}
    return (
        (REGION, "sqs.GetQueueUrl", {"QueueName": "pager"}, {"QueueUrl": URL}),
        (REGION, "sqs.GetQueueAttributes", asked, {"Attributes": attributes}),
    )


def locked_shards(key: str) -> tuple[Any, ...]:
    *asked, answer = shards("ACTIVE")
    summary = {**answer["StreamDescriptionSummary"], "EncryptionType": "KMS", "KeyId": key}
    return (*asked, {"StreamDescriptionSummary": summary})


def bus(key: str) -> tuple[Any, ...]:
    return (
        REGION,
        "events.DescribeEventBus",
        {"Name": "audit"},
        {"Name": "audit", "Arn": BUS, "KmsKeyIdentifier": key},
    )


ON_RULE: dict[str, Any] = {"Condition": {"ArnEquals": {"aws:SourceArn": RULE}}}
PUTS = (role(), *permits("kinesis:PutRecord", "kms:GenerateDataKey"))
FORWARDS = (role(), *permits("events:PutEvents"))


@pytest.mark.parametrize(
    ("target", "calls", "expected", "words"),
    [
        (QUEUE, (*queue(KEY), *key_of(SERVICE)), False, ""),
        (QUEUE, (*queue("alias/aws/sqs"),), True, "is managed by AWS, and EventBridge cannot use it"),
        (QUEUE, (*queue(KEY), *key_of(EVERYBODY)), True, "does not let EventBridge use kms:GenerateDataKey"),
        (QUEUE, (*queue(KEY), *key_of(SERVICE, KeyState="Disabled")), True, "in the state Disabled, not Enabled"),
        (QUEUE, (*queue(KEY), *key_of({**SERVICE, **ON_RULE})), None, "of which it is not documented that EventBridge"),
        (QUEUE, (*queue("alias/own"), *key_of(SERVICE, name="alias/own")), False, ""),
        (QUEUE, (*queue("alias/own"), key_of(name="alias/own")[0]), None, "kms.GetKeyPolicy"),
        (QUEUE, (*queue(KEY), (REGION, "kms.DescribeKey", {"KeyId": KEY}, DENIED)), None, "kms.DescribeKey was denied"),
        (QUEUE, queue(KEY), None, "kms.DescribeKey"),
        (SHARDS, (locked_shards(KEY), *PUTS, *key_of(EVERYBODY)), False, ""),
        (SHARDS, (locked_shards(KEY), *PUTS, *key_of({"Principal": {"AWS": ROLE}})), False, ""),
        (SHARDS, (locked_shards("alias/aws/kinesis"), *PUTS), False, ""),
        (SHARDS, (locked_shards(KEY), *PUTS, *key_of(KeyManager="AWS")), False, ""),
        (SHARDS, (locked_shards(KEY), *PUTS, *key_of()), None, "does not by itself let the role"),
        (
            SHARDS,
            (locked_shards(KEY), *PUTS, *key_of(EVERYBODY, {"Effect": "Deny", "Principal": {"AWS": ROLE}})),
            True,
            f"denies the role {ROLE} kms:GenerateDataKey",
        ),
        (
            SHARDS,
            (locked_shards(KEY), role(), *permits("kinesis:PutRecord"), *key_of(EVERYBODY)),
            None,
            "do not let it use kms:GenerateDataKey on",
        ),
        (
            SHARDS,
            (locked_shards(KEY), *PUTS, *key_of(KeyState="PendingDeletion")),
            True,
            "in the state PendingDeletion",
        ),
        (SHARDS, (locked_shards(KEY), *PUTS), None, "kms.DescribeKey"),
        (BUS, (bus(KEY), *FORWARDS, *key_of(SERVICE)), False, ""),
        (BUS, (bus(KEY), *FORWARDS, *key_of(EVERYBODY)), None, "does not let EventBridge use kms:GenerateDataKey"),
        (BUS, (bus(KEY), *FORWARDS, *key_of(SERVICE, KeyState="Disabled")), None, "in the state Disabled, not Enabled"),
        (BUS, (bus(KEY), *FORWARDS, (REGION, "kms.DescribeKey", {"KeyId": KEY}, DENIED)), None, "was denied"),
        (BUS, (bus(KEY), *FORWARDS), None, "kms.DescribeKey"),
        (BUS, (bus(KEY), role(), *permits("a:b"), *key_of(SERVICE)), True, "do not let it use events:PutEvents"),
    ],
)
def test_a_target_with_a_key_of_its_own(
    target: str, calls: tuple[Any, ...], words: str, *, expected: bool | None, make_snapshot: Callable[..., Snapshot]
) -> None:
    asked = {"Arn": target} if target == QUEUE else {"Arn": target, "RoleArn": ROLE}
    verdict, why = is_dead(make_snapshot(*calls), RULE, ACCOUNT, asked)
    assert (verdict, why == "") == (expected, words == ""), why
    assert words in why


GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/audit"
WRITERS = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
EXISTS = ({"logGroupName": "/aws/events/audit", "arn": f"{GROUP}:*"}, {"logGroupName": "/aws/events/audit-2"})
LISTS_GROUPS = (REGION, "logs.DescribeLogGroups", {"logGroupNamePrefix": "/aws/events/audit"})
LISTS_POLICIES: tuple[str, str, dict[str, str]] = (REGION, "logs.DescribeResourcePolicies", {})
LISTS_ATTACHED = (REGION, "logs.DescribeResourcePolicies", {"policyScope": "RESOURCE", "resourceArn": GROUP})


def writing(*services: str, effect: str = "Allow", on: str = f"{GROUP}:*", **members: Any) -> dict[str, Any]:
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    return {"Effect": effect, "Principal": {"Service": list(services)}, "Action": actions, "Resource": on, **members}


def policies(*statements: dict[str, Any]) -> dict[str, Any]:
    """One resource policy for each statement."""
    documents = [json.dumps({"Statement": [statement]}) for statement in statements]
    listed = [{"policyName": str(number), "policyDocument": text} for number, text in enumerate(documents)]
    return {"resourcePolicies": listed}


def logged(
    *statements: dict[str, Any], attached: Any = None, groups: Any = None, listed: Any = None
) -> tuple[tuple[Any, ...], ...]:
    return (
        (*LISTS_GROUPS, groups or {"logGroups": list(EXISTS)}),
        (*LISTS_POLICIES, listed or policies(*statements)),
        (*LISTS_ATTACHED, attached or {"resourcePolicies": []}),
    )


ANOTHER_RULE: dict[str, Any] = {"Condition": {"ArnEquals": {"aws:SourceArn": f"{RULE}-2"}}}
HERE: dict[str, Any] = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}


@pytest.mark.parametrize(
    ("calls", "expected", "words"),
    [
        (logged(writing(*WRITERS)), False, ""),
        (logged(writing(*WRITERS, on="*", **ON_RULE)), False, ""),
        (logged(writing(*WRITERS, **HERE)), False, ""),
        (logged(writing(WRITERS[0]), writing(WRITERS[1])), False, ""),
        (logged(attached=policies(writing(*WRITERS))), False, ""),
        (logged(), True, "no resource policy lets EventBridge (events.amazonaws.com and delivery.logs.amazonaws.com)"),
        (logged(writing("es.amazonaws.com")), True, "no resource policy lets EventBridge"),
        (logged(writing(*WRITERS, on=f"{GROUP}-2:*")), True, "write to log group /aws/events/audit"),
        (logged(writing(*WRITERS, on=GROUP)), True, "no resource policy"),
        (logged(writing(*WRITERS, **ANOTHER_RULE)), True, "no resource policy"),
        (logged(writing(*WRITERS), writing(*WRITERS, effect="Deny")), True, "no resource policy"),
        (logged({**writing(*WRITERS), "Action": "logs:PutLogEvents"}), True, "no resource policy"),
        (
            logged(writing(WRITERS[0])),
            None,
            "let events.amazonaws.com write to log group /aws/events/audit and not del",
        ),
        (logged(writing(*WRITERS, Condition={"Bool": {"odd:Key": "true"}})), None, "do not decide by themselves"),
        (
            logged(writing(*WRITERS), groups={"logGroups": [EXISTS[1]]}),
            True,
            "log group /aws/events/audit does not exist",
        ),
        (logged(writing(*WRITERS), groups=DENIED), None, "logs.DescribeLogGroups was denied"),
        (logged(listed=DENIED), None, "logs.DescribeResourcePolicies was denied"),
        (logged(writing(*WRITERS), attached=DENIED), None, "logs.DescribeResourcePolicies was denied"),
        ((), None, "logs.DescribeLogGroups"),
    ],
)
def test_a_log_group_takes_what_resource_policies_let_in(
    calls: tuple[Any, ...], words: str, *, expected: bool | None, make_snapshot: Callable[..., Snapshot]
) -> None:
    for name in (GROUP, f"{GROUP}:*"):
        verdict, why = is_dead(make_snapshot(*calls), RULE, ACCOUNT, {"Arn": name})
        assert (verdict, why == "") == (expected, words == ""), why
        assert words in why


def test_what_of_log_groups_is_not_documented(make_snapshot: Callable[..., Snapshot]) -> None:
    snapshot = make_snapshot(*logged(writing(*WRITERS)))
    verdict, why = is_dead(snapshot, RULE, ACCOUNT, {"Arn": GROUP, "RoleArn": ROLE})
    assert (verdict, f"as the role {ROLE}, which AWS says not to name" in why) == (None, True)
    verdict, why = is_dead(snapshot, RULE, ACCOUNT, {"Arn": GROUP.replace(ACCOUNT, "444455556666")})
    assert (verdict, "444455556666" in why) == (None, True)


CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/page"
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/page:3"
OWN, EXECUTION = f"arn:aws:iam::{ACCOUNT}:role/task", f"arn:aws:iam::{ACCOUNT}:role/execution"


def defined(status: str = "ACTIVE", **roles: str) -> tuple[Any, ...]:
    told = {"taskDefinition": {"taskDefinitionArn": TASK, "status": status, **roles}}
    return (REGION, "ecs.DescribeTaskDefinition", {"taskDefinition": TASK}, told)


def handing(*roles: str, to: str = "ecs-tasks.amazonaws.com") -> tuple[tuple[Any, ...], ...]:
    """The policies of the role: it may start tasks, and hand over these roles."""
    start = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*"}
    hand = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": list(roles)}
    only = {"Condition": {"StringLike": {"iam:PassedToService": to}}}
    document = {"Statement": [start, *([{**hand, **only}] if roles else [])]}
    policy = {"RoleName": "send", "PolicyName": "own", "PolicyDocument": json.dumps(document)}
    return (role(), permits()[0], (REGION, "iam.GetRolePolicy", permits()[1][2], policy), permits()[2])


BOTH = {"taskRoleArn": OWN, "executionRoleArn": EXECUTION}


@pytest.mark.parametrize(
    ("calls", "expected", "words"),
    [
        ((*handing(OWN, EXECUTION), defined(**BOTH)), None, "and may hand over the roles of its task, and whether"),
        ((*handing("*"), defined(**BOTH)), None, "and may hand over the roles of its task"),
        ((*handing(), defined()), None, "its task has no roles"),
        (
            (*handing(OWN), defined(**BOTH)),
            True,
            f"handed the role {EXECUTION}, and the policies of the role {ROLE} do",
        ),
        ((*handing(EXECUTION), defined(**BOTH)), True, f"do not let it use iam:PassRole on {OWN}"),
        ((*handing("*", to="lambda.amazonaws.com"), defined(**BOTH)), True, f"use iam:PassRole on {OWN}"),
        ((*handing("*"), defined("INACTIVE", **BOTH)), True, "page:3 is INACTIVE, and no task can be started by it"),
        ((*handing(), (*defined()[:3], DENIED)), None, "ecs.DescribeTaskDefinition was denied"),
        (handing(), None, "ecs.DescribeTaskDefinition"),
        ((*handing(OWN)[:1], defined(**BOTH)), None, "iam.List"),
    ],
)
def test_a_task_is_handed_its_roles(
    calls: tuple[Any, ...], words: str, *, expected: bool | None, make_snapshot: Callable[..., Snapshot]
) -> None:
    target = {"Arn": CLUSTER, "RoleArn": ROLE, "TaskDefinition": TASK}
    verdict, why = is_dead(make_snapshot(*calls), RULE, ACCOUNT, target)
    assert verdict is expected, why
    assert words in why


def test_input_may_put_other_roles_in_the_place_of_a_task_s(make_snapshot: Callable[..., Snapshot]) -> None:
    target = {"Arn": CLUSTER, "RoleArn": ROLE, "TaskDefinition": TASK, "Transformed": True}
    assert is_dead(make_snapshot(*handing(), defined(**BOTH)), RULE, ACCOUNT, target)[0] is None
