"""What an EventBridge rule sends to besides topics: what is broken is named, what is sound somebody must attest."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.checks.route.judging import RouteJudge
from scanner.model import Finding, GapKind, Outcome, RouteCheck, RouteDetails, RouteKind, Rule, RuleId, Severity
from scanner.snapshot.answers import CallError, Snapshot

ACCOUNT, REGION = "111122223333", "us-east-1"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/stop"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/send"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:notify"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager"
STREAM = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/siem"
DATA_STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/siem"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:page"
DESTINATION = f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/pager/1f"
CONNECTION = f"arn:aws:events:{REGION}:{ACCOUNT}:connection/pager-login/2e"
PLAN = f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/audit"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/audit"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/pager"
DENIED = CallError(GapKind.DENIED, "AccessDeniedException", "no")
GONE = CallError("absent", "ResourceNotFoundException", "no")
ATTEST = "whether a person looks there, somebody must attest"

Calls = dict[tuple[str, str], Any]


def key(operation: str, **arguments: Any) -> tuple[str, str]:
    return operation, json.dumps(arguments)


def letting_in(action: str, resource: str, source: str = RULE) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TARGETS = key("events.ListTargetsByRule", Rule="stop")
RUNNING = key("lambda.GetFunctionConcurrency", FunctionName="notify")
FUNCTION_POLICY = key("lambda.GetPolicy", FunctionName="notify")
QUEUE_URL = key("sqs.GetQueueUrl", QueueName="pager")
QUEUE_MEMBERS = key("sqs.GetQueueAttributes", QueueUrl=URL, AttributeNames=["QueueArn", "Policy", "KmsMasterKeyId"])
DELIVERY = key("firehose.DescribeDeliveryStream", DeliveryStreamName="siem", Limit=1)
SHARDS = key("kinesis.DescribeStreamSummary", StreamName="siem")
CALLED = key("events.DescribeApiDestination", Name="pager")
LOGIN = key("events.DescribeConnection", Name="pager-login")
STATUS = key("stepfunctions.DescribeStateMachine", stateMachineArn=MACHINE, includedData="METADATA_ONLY")
INCIDENT = key("ssm-incidents.GetResponsePlan", arn=PLAN)
GET_ROLE = key("iam.GetRole", RoleName="send")
PERMISSION = key("iam.GetRolePolicy", RoleName="send", PolicyName="own")


def role_policy(*actions: str, on: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return {"RoleName": "send", "PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}


def trusting(service: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    assume = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    made = {"Path": "/", "RoleName": "send", "RoleId": "A" * 16, "CreateDate": "2026-11-20T11:00:00Z", "Arn": ROLE}
    trust = {"Statement": [{**assume, "Condition": condition or {}}]}
    return {"Role": {**made, "AssumeRolePolicyDocument": trust}}


def stream(status: str = "ACTIVE", kind: str = "DirectPut") -> dict[str, Any]:
    described = {"DeliveryStreamName": "siem", "DeliveryStreamARN": STREAM, "DeliveryStreamStatus": status}
    further = {"DeliveryStreamType": kind, "VersionId": "1", "Destinations": [], "HasMoreDestinations": False}
    return {"DeliveryStreamDescription": {**described, **further}}


def data_stream(status: str = "ACTIVE") -> dict[str, Any]:
    described = {"StreamName": "siem", "StreamARN": DATA_STREAM, "StreamStatus": status, "RetentionPeriodHours": 24}
    made = {"StreamCreationTimestamp": "2026-11-20T11:00:00Z", "EnhancedMonitoring": [], "OpenShardCount": 1}
    return {"StreamDescriptionSummary": {**described, **made}}


def destination(state: str = "ACTIVE", arn: str = DESTINATION) -> dict[str, Any]:
    described = {"Name": "pager", "ApiDestinationArn": arn, "ApiDestinationState": state, "ConnectionArn": CONNECTION}
    return {**described, "InvocationEndpoint": "https://events.pager.example", "HttpMethod": "POST"}


def connection(state: str = "AUTHORIZED", **more: Any) -> dict[str, Any]:
    described = {"Name": "pager-login", "ConnectionArn": CONNECTION, "ConnectionState": state}
    return {**described, "AuthorizationType": "API_KEY", "AuthParameters": {}, **more}


def machine(status: str = "ACTIVE", **more: Any) -> dict[str, Any]:
    described = {"stateMachineArn": MACHINE, "name": "page", "status": status, "type": "STANDARD", "definition": ""}
    return {**described, "roleArn": ROLE, "creationDate": "2026-11-20T11:00:00Z", **more}


def plan(**more: Any) -> dict[str, Any]:
    return {"arn": PLAN, "name": "audit", "actions": [], "incidentTemplate": {"title": "t", "impact": 1}, **more}


MAY_ALL = role_policy("events:InvokeApiDestination", "states:StartExecution", "ssm-incidents:StartIncident")


def started() -> Calls:
    """What EventBridge reaches as a role, all of it sound."""
    engaged = plan(engagements=[f"arn:aws:ssm-contacts:{REGION}:{ACCOUNT}:contact/on-call"])
    found = {CALLED: destination(), LOGIN: connection(), STATUS: machine(), INCIDENT: engaged}
    return {**found, PERMISSION: MAY_ALL}


def world(*targets: Mapping[str, Any]) -> Calls:
    trail = {"Name": "main", "TrailARN": TRAIL, "HomeRegion": REGION, "IsMultiRegionTrail": True}
    rule = {"Name": "stop", "Arn": RULE, "State": "ENABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'}
    assume = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = {"Path": "/", "RoleName": "send", "RoleId": "A" * 16, "CreateDate": "2026-11-20T11:00:00Z", "Arn": ROLE}
    return {
        key("cloudtrail.DescribeTrails", includeShadowTrails=True): {"trailList": [trail]},
        key("cloudtrail.GetTrailStatus", Name=TRAIL): {"IsLogging": True},
        key("cloudtrail.GetEventSelectors", TrailName=TRAIL): {
            "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
        },
        key("events.ListRules"): {"Rules": [rule]},
        TARGETS: {"Targets": [{"Id": str(number), **target} for number, target in enumerate(targets)]},
        RUNNING: {},
        FUNCTION_POLICY: {"Policy": letting_in("lambda:InvokeFunction", FUNCTION)},
        QUEUE_URL: {"QueueUrl": URL},
        QUEUE_MEMBERS: {"Attributes": {"QueueArn": QUEUE, "Policy": letting_in("sqs:SendMessage", QUEUE)}},
        key("logs.DescribeLogGroups", logGroupNamePrefix="/aws/events/audit"): {
            "logGroups": [{"logGroupName": "/aws/events/audit"}]
        },
        key("logs.DescribeResourcePolicies"): {"resourcePolicies": []},
        key("logs.DescribeResourcePolicies", policyScope="RESOURCE", resourceArn=GROUP): {"resourcePolicies": []},
        DELIVERY: stream(),
        SHARDS: data_stream(),
        GET_ROLE: {"Role": {**made, "AssumeRolePolicyDocument": {"Statement": [assume]}}},
        key("iam.ListRolePolicies", RoleName="send"): {"PolicyNames": ["own"]},
        PERMISSION: role_policy("firehose:PutRecord", "kinesis:PutRecord", "states:*", "ssm-incidents:StartIncident"),
        key("iam.ListAttachedRolePolicies", RoleName="send"): {"AttachedPolicies": []},
    }


def judged(make_snapshot: Callable[..., Snapshot], calls: Calls) -> Finding:
    listed = [(REGION, operation, json.loads(arguments), answer) for (operation, arguments), answer in calls.items()]
    stopping = "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = StopLogging) }"
    check = RouteCheck(stopping, None, tuple(RouteKind), 1, 300)
    rule = Rule(RuleId("route.rule"), "t", Severity.LOW, "", "", "", (), (), check, "area/rule.yaml", "")
    (finding,) = RouteJudge(make_snapshot(*listed)).judge(rule, ACCOUNT, {})
    return finding


SOUND = {
    "function": ({"Arn": FUNCTION}, f"to a Lambda function ({FUNCTION}); {ATTEST}; Lambda function notify exists"),
    "queue": ({"Arn": QUEUE}, f"to an SQS queue ({QUEUE}); {ATTEST}; SQS queue pager exists and takes what is sent"),
    "stream": ({"Arn": STREAM, "RoleArn": ROLE}, f"({STREAM}); {ATTEST}; Firehose stream siem exists"),
    "data stream": ({"Arn": DATA_STREAM, "RoleArn": ROLE}, f"({DATA_STREAM}); {ATTEST}; Kinesis stream siem exists"),
    "state machine": (
        {"Arn": MACHINE, "RoleArn": ROLE},
        (
            f"to a Step Functions state machine ({MACHINE}); {ATTEST}; the role "
            f"{ROLE} lets EventBridge use states:StartExecution on it, and whether state machine page exists is not"
        ),
    ),
    "response plan": (
        {"Arn": f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/audit", "RoleArn": ROLE},
        f"to Incident Manager (arn:aws:ssm-incidents::{ACCOUNT}:response-plan/audit); {ATTEST}",
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_target_is_no_pass_without_a_word_for_it(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    target, told = SOUND[name]
    finding = judged(make_snapshot, world(target))
    assert finding.outcome is Outcome.UNKNOWN, finding.reason
    assert told in finding.reason


STARTED: Mapping[str, tuple[str, str]] = {
    "API destination": (
        DESTINATION,
        (
            f"to an API destination ({DESTINATION}); {ATTEST}; the role {ROLE} lets EventBridge use "
            "events:InvokeApiDestination on it, and API destination pager/1f is active and calls "
            "https://events.pager.example, and its connection pager-login is authorized"
        ),
    ),
    "state machine": (MACHINE, "lets EventBridge use states:StartExecution on it, and state machine page is active"),
    "response plan": (
        PLAN,
        "ssm-incidents:StartIncident on it, and response plan audit exists and engages contacts or escalation plans",
    ),
}


@pytest.mark.parametrize("name", STARTED)
def test_what_is_reached_as_a_role_is_looked_up(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    to, told = STARTED[name]
    finding = judged(make_snapshot, {**world({"Arn": to, "RoleArn": ROLE}), **started()})
    assert finding.outcome is Outcome.UNKNOWN, finding.reason
    assert told in finding.reason


UNSURE: Mapping[str, tuple[str, Calls, str]] = {
    "the connection is being authorized": (
        DESTINATION,
        {LOGIN: connection("AUTHORIZING")},
        "in the state AUTHORIZING, not AUTHORIZED",
    ),
    "the connection has a key": (
        DESTINATION,
        {LOGIN: connection(KmsKeyIdentifier="alias/own")},
        "connection pager-login of API destination pager/1f is encrypted with the KMS key alias/own",
    ),
    "the state machine has a key": (
        MACHINE,
        {STATUS: machine(encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/own"})},
        "state machine page is encrypted with the KMS key alias/own, whose policy is not looked at",
    ),
    "an alias is called": (
        f"{MACHINE}:live",
        {},
        "state machine page:live is called by a version or an alias, which is not looked at",
    ),
    "another account's": (
        f"arn:aws:states:{REGION}:444455556666:stateMachine:page",
        {},
        "state machine page belongs to account 444455556666, which was not looked at",
    ),
    "nobody is told": (
        PLAN,
        {INCIDENT: plan()},
        "response plan audit exists and tells nobody but whoever looks at Incident Manager",
    ),
    "a status is not told": (
        MACHINE,
        {STATUS: {name: value for name, value in machine().items() if name != "status"}},
        "whether state machine page exists is not known",
    ),
    "the destination was denied": (DESTINATION, {CALLED: DENIED}, "events.DescribeApiDestination was denied"),
    "the connection was denied": (DESTINATION, {LOGIN: DENIED}, "events.DescribeConnection was denied"),
    "the state machine was denied": (MACHINE, {STATUS: DENIED}, "stepfunctions.DescribeStateMachine was denied"),
    "the plan was denied": (PLAN, {INCIDENT: DENIED}, "ssm-incidents.GetResponsePlan was denied"),
}


@pytest.mark.parametrize("name", UNSURE)
def test_what_is_not_decided_of_a_target_is_said(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    to, changes, told = UNSURE[name]
    finding = judged(make_snapshot, {**world({"Arn": to, "RoleArn": ROLE}), **started(), **changes})
    assert finding.outcome is Outcome.UNKNOWN, finding.reason
    assert told in finding.reason


BROKEN: Mapping[str, tuple[Mapping[str, Any], Calls, str]] = {
    "the function is gone": ({"Arn": FUNCTION}, {RUNNING: GONE}, "Lambda function notify does not exist"),
    "the function has no policy": ({"Arn": FUNCTION}, {FUNCTION_POLICY: GONE}, "does not let events.amazonaws.com"),
    "the function lets another rule in": (
        {"Arn": FUNCTION},
        {FUNCTION_POLICY: {"Policy": letting_in("lambda:InvokeFunction", FUNCTION, f"{RULE}-2")}},
        "does not let events.amazonaws.com use lambda:InvokeFunction",
    ),
    "the function is kept from running": (
        {"Arn": FUNCTION},
        {RUNNING: {"ReservedConcurrentExecutions": 0}},
        "kept from running by a reserved concurrency of 0",
    ),
    "the queue is gone": ({"Arn": QUEUE}, {QUEUE_URL: GONE}, "SQS queue pager does not exist"),
    "the queue has no policy": (
        {"Arn": QUEUE},
        {QUEUE_MEMBERS: {"Attributes": {"QueueArn": QUEUE}}},
        "does not let events.amazonaws.com use sqs:SendMessage",
    ),
    "the stream is being deleted": (
        {"Arn": STREAM, "RoleArn": ROLE},
        {DELIVERY: stream("DELETING")},
        "in the state DELETING, not ACTIVE",
    ),
    "the stream reads elsewhere": (
        {"Arn": STREAM, "RoleArn": ROLE},
        {DELIVERY: stream(kind="KinesisStreamAsSource")},
        "takes nothing that is put into it",
    ),
    "the role may not put": (
        {"Arn": DATA_STREAM, "RoleArn": ROLE},
        {PERMISSION: role_policy("firehose:PutRecord")},
        f"do not let it use kinesis:PutRecord on {DATA_STREAM}",
    ),
    "the role may not start the state machine": (
        {"Arn": MACHINE, "RoleArn": ROLE},
        {PERMISSION: role_policy("states:StartSyncExecution")},
        f"page is reached as a role, and the policies of the role {ROLE} do not let it use states:StartExecution on",
    ),
    "the role may start another plan": (
        {"Arn": f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/audit", "RoleArn": ROLE},
        {
            PERMISSION: role_policy(
                "ssm-incidents:StartIncident", on=f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/a"
            )
        },
        "do not let it use ssm-incidents:StartIncident on",
    ),
    "the role of an API destination trusts another service": (
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/pager/1f", "RoleArn": ROLE},
        {GET_ROLE: trusting("lambda.amazonaws.com")},
        f"the trust policy of the role {ROLE} does not let EventBridge assume it",
    ),
    "the role of a task trusts EventBridge for another rule": (
        {"Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/page", "RoleArn": ROLE},
        {GET_ROLE: trusting("events.amazonaws.com", {"ArnEquals": {"aws:SourceArn": f"{RULE}-2"}})},
        f"the trust policy of the role {ROLE} does not let EventBridge assume it",
    ),
    "the role may open no OpsItem": (
        {"Arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:opsitem", "RoleArn": ROLE},
        {},
        "do not let it use ssm:CreateOpsItem on",
    ),
    "the API destination is gone": (
        {"Arn": DESTINATION, "RoleArn": ROLE},
        {**started(), CALLED: GONE},
        "API destination pager/1f does not exist",
    ),
    "the API destination was made anew": (
        {"Arn": DESTINATION, "RoleArn": ROLE},
        {**started(), CALLED: destination(arn=DESTINATION.replace("/1f", "/3d"))},
        f"pager/1f does not exist any more: another one has its name, and the rule sends to {DESTINATION}",
    ),
    "the API destination is not active": (
        {"Arn": DESTINATION, "RoleArn": ROLE},
        {**started(), CALLED: destination("INACTIVE")},
        "API destination pager/1f is in the state INACTIVE, not ACTIVE",
    ),
    "the connection is gone": (
        {"Arn": DESTINATION, "RoleArn": ROLE},
        {**started(), LOGIN: GONE},
        "the connection pager-login of API destination pager/1f does not exist",
    ),
    "the connection is not authorized": (
        {"Arn": DESTINATION, "RoleArn": ROLE},
        {**started(), LOGIN: connection("DEAUTHORIZED")},
        "the connection pager-login of API destination pager/1f is in the state DEAUTHORIZED, not AUTHORIZED",
    ),
    "the state machine is gone": (
        {"Arn": MACHINE, "RoleArn": ROLE},
        {**started(), STATUS: CallError("absent", "StateMachineDoesNotExist", "no")},
        "state machine page does not exist",
    ),
    "the state machine of an alias is gone": (
        {"Arn": f"{MACHINE}:live", "RoleArn": ROLE},
        {**started(), STATUS: CallError("absent", "StateMachineDoesNotExist", "no")},
        "state machine page:live does not exist",
    ),
    "the state machine is being deleted": (
        {"Arn": MACHINE, "RoleArn": ROLE},
        {**started(), STATUS: machine("DELETING")},
        "state machine page is in the state DELETING, not ACTIVE",
    ),
    "the plan is gone": (
        {"Arn": PLAN, "RoleArn": ROLE},
        {**started(), INCIDENT: GONE},
        "response plan audit does not exist in us-east-1",
    ),
    "the log group lets nobody write": (
        {"Arn": GROUP},
        {},
        f"sends them to a log group ({GROUP}), but no resource policy lets EventBridge (events.amazonaws.com and",
    ),
    "machines are stopped": (
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:target/stop-instance"},
        {},
        "changes machines and tells nobody",
    ),
    "the role is gone": (
        {"Arn": STREAM, "RoleArn": ROLE},
        {GET_ROLE: CallError("absent", "NoSuchEntity", "no")},
        f"the role {ROLE} does not exist",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_target_is_named(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    target, changes, told = BROKEN[name]
    finding = judged(make_snapshot, {**world(target), **changes})
    assert finding.outcome is Outcome.FAIL, finding.reason
    assert "EventBridge rule stop (us-east-1) hears of them in vain" in finding.reason
    assert told in finding.reason


@pytest.mark.parametrize("call", [RUNNING, FUNCTION_POLICY, QUEUE_URL, QUEUE_MEMBERS, DELIVERY, SHARDS, GET_ROLE])
def test_a_refused_call_is_named_and_no_fail(call: tuple[str, str], make_snapshot: Callable[..., Snapshot]) -> None:
    targets = (
        {"Arn": FUNCTION},
        {"Arn": QUEUE},
        {"Arn": STREAM, "RoleArn": ROLE},
        {"Arn": DATA_STREAM, "RoleArn": ROLE},
    )
    finding = judged(make_snapshot, {**world(*targets), call: DENIED})
    assert finding.outcome is Outcome.UNKNOWN
    assert f"{call[0]} was denied" in finding.reason


def test_each_target_that_may_reach_somebody_is_told(make_snapshot: Callable[..., Snapshot]) -> None:
    finding = judged(make_snapshot, {**world({"Arn": FUNCTION}, {"Arn": QUEUE}), QUEUE_URL: GONE})
    assert finding.outcome is Outcome.UNKNOWN
    assert FUNCTION in finding.reason
    assert QUEUE not in finding.reason
    both = judged(make_snapshot, world({"Arn": FUNCTION}, {"Arn": QUEUE}))
    assert FUNCTION in both.reason
    assert QUEUE in both.reason


@pytest.mark.parametrize("call", [GET_ROLE, PERMISSION])
def test_a_role_that_may_not_be_looked_at_is_no_fail(
    call: tuple[str, str], make_snapshot: Callable[..., Snapshot]
) -> None:
    finding = judged(make_snapshot, {**world({"Arn": MACHINE, "RoleArn": ROLE}), call: DENIED})
    assert finding.outcome is Outcome.UNKNOWN
    assert f"{call[0]} was denied" in finding.reason


def test_what_a_role_may_do_somewhere_it_may_do_here_too(make_snapshot: Callable[..., Snapshot]) -> None:
    task = {"Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/page", "RoleArn": ROLE}
    on = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/page:*"
    finding = judged(make_snapshot, {**world(task), PERMISSION: role_policy("ecs:RunTask", on=on)})
    assert finding.outcome is Outcome.UNKNOWN, finding.reason
    assert "to an ECS task" in finding.reason


REPAIRS: Mapping[str, tuple[str, str]] = {
    "the log group lets nobody write": (
        "Let EventBridge write to log group /aws/events/audit for rule stop by a resource policy; also remove any Deny",
        'aws logs put-resource-policy --policy-name AuditEvents --policy-document \'{"Statement":',
    ),
    "the function lets another rule in": (
        "Allow EventBridge to invoke function notify for rule stop.",
        (
            "aws lambda add-permission --function-name notify --statement-id AuditEvents "
            f"--action lambda:InvokeFunction --principal events.amazonaws.com --source-arn {RULE} --region us-east-1"
        ),
    ),
    "the queue has no policy": (
        "Allow EventBridge to send to queue pager for rule stop.",
        f'aws sqs set-queue-attributes --queue-url {URL} --attributes \'{{"Policy":',
    ),
    "the role may not put": (
        f"Allow the role send to use kinesis:PutRecord on {DATA_STREAM}; also remove any Deny of it.",
        'aws iam put-role-policy --role-name send --policy-name AuditEvents --policy-document \'{"Statement":',
    ),
    "the role is gone": (
        "Make the role send with which EventBridge rule stop sends its events.",
        'aws iam create-role --role-name send --assume-role-policy-document \'{"Statement":',
    ),
    "the role of an API destination trusts another service": (
        "Let EventBridge assume the role send; also remove any Deny of it in its trust policy.",
        'aws iam update-assume-role-policy --role-name send --policy-document \'{"Statement":',
    ),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_a_broken_target_has_its_repair(name: str, make_snapshot: Callable[..., Snapshot]) -> None:
    target, changes, _ = BROKEN[name]
    finding = judged(make_snapshot, {**world(target), **changes})
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.fix is not None
    text, begins = REPAIRS[name]
    assert finding.details.fix.text.startswith(text)
    assert finding.details.fix.link == "destination"
    commands = finding.details.fix.commands
    assert commands[0].startswith(begins)
    for each in commands:  # what a shell makes of it is what the CLI takes
        document = next((word for word in shlex.split(each) if word.startswith("{")), "{}")
        assert isinstance(json.loads(document), dict)


def test_where_no_command_puts_a_rule_right_the_filter_is_repaired(make_snapshot: Callable[..., Snapshot]) -> None:
    target, changes, _ = BROKEN["the stream is being deleted"]
    finding = judged(make_snapshot, {**world(target), **changes})
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.fix is not None
    assert finding.details.fix.link == "delivery"


def test_a_rule_that_hears_of_a_part_is_not_what_is_repaired(make_snapshot: Callable[..., Snapshot]) -> None:
    calls = {**world({"Arn": FUNCTION}), FUNCTION_POLICY: GONE}
    narrow = {"source": ["aws.cloudtrail"], "detail": {"userIdentity": {"type": ["Root"]}}}
    rule = {"Name": "stop", "Arn": RULE, "State": "ENABLED", "EventPattern": json.dumps(narrow)}
    finding = judged(make_snapshot, {**calls, key("events.ListRules"): {"Rules": [rule]}})
    assert isinstance(finding.details, RouteDetails)
    assert finding.details.fix is not None
    assert "hears of them in vain" in finding.reason
    assert finding.details.fix.link == "delivery"


def test_a_rule_of_user_notifications_is_named_as_that(make_snapshot: Callable[..., Snapshot]) -> None:
    to = f"arn:aws:internal:{REGION}:{ACCOUNT}:hub"
    rule = {"Name": "stop", "Arn": RULE, "State": "ENABLED", "EventPattern": '{"source": ["aws.cloudtrail"]}'}
    managed = {"Rules": [{**rule, "ManagedBy": "notifications.amazonaws.com"}]}
    finding = judged(make_snapshot, {**world({"Arn": to}), key("events.ListRules"): managed})
    assert finding.outcome is Outcome.UNKNOWN
    assert f"EventBridge rule stop (us-east-1) sends them to AWS User Notifications ({to}); {ATTEST}" in finding.reason
    assert "a target of a kind that is not known here" in judged(make_snapshot, world({"Arn": to})).reason
