"""Declared routes: what AWS knows is judged link by link, and the word of whoever attests the rest is shown as such."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from scanner.model import (
    Attestation,
    ByBucketNotification,
    ByDeliveryStream,
    ByEventRule,
    BySubscriptionFilter,
    ByTopicSubscription,
    DeclaredRoute,
    Finding,
    Outcome,
    Rule,
    Through,
)
from tests.unit.checks.route.test_judging import (
    ABSENT,
    ACCOUNT,
    DENIED,
    MANAGER,
    STOP,
    STOP_ONLY,
    World,
    about_route,
    judged,
    rule,
    sound,
    topic_arn,
)

GROUP = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:audit"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:to-siem"
STREAM = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/to-siem"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:files"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/to-siem"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
Call = tuple[str, dict[str, Any]]
WORD = Attestation("Jane Doe", "Security operations", (("ticket", "SEC-12"),), date(2026, 5, 4), date(2027, 5, 4))
FILTERED = BySubscriptionFilter(GROUP, "to-siem")


def declared(through: Through = FILTERED, events: str = "", word: Attestation = WORD) -> Rule:
    return rule(declared=(DeclaredRoute("siem", "the SIEM team", events, through, word),))


def subscription(target: str = FUNCTION, pattern: str = "", **data: Any) -> dict[str, Any]:
    return {"filterName": "to-siem", "filterPattern": pattern, "destinationArn": target, **data}


def policy(service: str, action: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    return json.dumps({"Statement": [{**statement, **({"Condition": condition} if condition else {})}]})


def world() -> World:
    """A trail whose log group feeds a function that the SIEM reads; nothing else."""
    found = World()
    found.trail(S3BucketName="logs", status={"LatestDeliveryTime": "2026-11-20T06:55:00Z"})
    found.group([])
    found.alarms([])
    found.put("events.ListRules", {"Rules": []})
    found.put("logs.DescribeLogGroups", {"logGroups": []}, logGroupNamePrefix="aws/cloudtrail/")
    found.put("logs.DescribeSubscriptionFilters", {"subscriptionFilters": [subscription()]}, logGroupName="audit")
    found.put("lambda.GetFunctionConcurrency", {}, FunctionName="to-siem")
    found.put("lambda.GetPolicy", {"Policy": policy("logs.amazonaws.com", "lambda:*")}, FunctionName="to-siem")
    return found


def verdicts(finding: Finding) -> dict[str, str]:
    return {link.name: link.verdict for link in finding.links}


def test_a_whole_declared_route_passes_and_says_on_whose_word() -> None:
    finding = judged(world(), declared())
    assert finding.outcome is Outcome.PASS
    assert finding.reason == (
        "Every event travels from trail main through subscription filter to-siem, and Lambda function to-siem exists "
        "and takes what is sent to it; that the SIEM team looks there is attested by Jane Doe (Security operations) "
        "(ticket SEC-12), reviewed 2026-05-04, until 2027-05-04, and was not checked (declared route siem, which is an "
        "equivalent of the metric filter and alarm that CIS's audit procedures name)."
    )
    assert [link.name for link in finding.links][-3:] == ["subscription-filter", "destination", "attestation"]
    cited = {source.call.operation for source in finding.sources}
    assert {"logs.DescribeSubscriptionFilters", "lambda.GetPolicy", "lambda.GetFunctionConcurrency"} <= cited


def test_without_a_declaration_the_same_account_is_unknown() -> None:
    assert judged(world(), rule()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("reviewed", "expires", "why"),
    [
        (
            date(2026, 1, 1),
            date(2026, 11, 19),
            "the attestation by Jane Doe (Security operations) expired on 2026-11-19",
        ),
        (date(2026, 11, 21), date(2027, 1, 1), "is of 2026-11-21, which is after the day of collection"),
    ],
)
def test_an_attestation_counts_only_between_its_days(reviewed: date, expires: date, why: str) -> None:
    finding = judged(world(), declared(word=replace(WORD, reviewed=reviewed, expires=expires)))
    assert finding.outcome is Outcome.UNKNOWN  # as without the declaration: the filter may lead to somebody
    assert why in finding.reason


@pytest.mark.parametrize(
    ("reviewed", "expires"), [(date(2026, 11, 20), date(2027, 1, 1)), (date(2026, 1, 1), date(2026, 11, 20))]
)
def test_the_first_and_the_last_day_count(reviewed: date, expires: date) -> None:
    assert judged(world(), declared(word=replace(WORD, reviewed=reviewed, expires=expires))).outcome is Outcome.PASS


def test_the_parameter_accept_refuses_a_declared_route_and_names_it() -> None:
    finding = judged(world(), declared(), accept=["metric-filter", "event-rule"])
    assert finding.outcome is Outcome.UNKNOWN
    assert "a kind of route that the parameter accept does not count here." in finding.reason
    assert "attested by Jane Doe" in finding.reason


def test_a_metric_filter_that_carries_everything_needs_no_word() -> None:
    found = world()
    found.route(STOP)
    finding = judged(found, declared())
    assert finding.outcome is Outcome.PASS
    assert "attested" not in finding.reason
    assert "attestation" not in verdicts(finding)


def test_a_declared_route_and_a_metric_filter_count_together() -> None:
    found = world()
    found.route("{ $.eventName = DeleteTrail }")
    found.put(
        "logs.DescribeSubscriptionFilters",
        {"subscriptionFilters": [subscription(pattern=STOP_ONLY)]},
        logGroupName="audit",
    )
    finding = judged(found, declared())
    assert finding.outcome is Outcome.PASS
    assert "metric filter f0" in finding.reason
    assert "subscription filter to-siem" in finding.reason


def test_a_pattern_that_drops_an_event_fails_with_a_made_up_example() -> None:
    found = world()
    found.put(
        "logs.DescribeSubscriptionFilters",
        {"subscriptionFilters": [subscription(pattern=STOP_ONLY)]},
        logGroupName="audit",
    )
    finding = judged(found, declared())
    assert finding.outcome is Outcome.FAIL
    assert "subscription filter to-siem misses DeleteTrail" in finding.reason
    assert finding.witness is not None
    assert finding.witness["eventName"] == "DeleteTrail"
    assert about_route(finding).first_broken == "subscription-filter"


def test_what_it_is_not_declared_for_does_not_count() -> None:
    finding = judged(world(), declared(events=STOP_ONLY))
    assert finding.outcome is Outcome.FAIL


LISTED: Call = ("logs.DescribeSubscriptionFilters", {"logGroupName": "audit"})
CONCURRENCY: Call = ("lambda.GetFunctionConcurrency", {"FunctionName": "to-siem"})
POLICY: Call = ("lambda.GetPolicy", {"FunctionName": "to-siem"})


@pytest.mark.parametrize(
    ("call", "answer", "why"),
    [
        (LISTED, {"subscriptionFilters": []}, "subscription filter to-siem of log group audit does not exist"),
        (
            LISTED,
            {"subscriptionFilters": [subscription(pattern="{ $.a = }")]},
            "has a pattern that CloudWatch Logs rejects",
        ),
        (CONCURRENCY, ABSENT, "Lambda function to-siem does not exist"),
        (CONCURRENCY, {"ReservedConcurrentExecutions": 0}, "is kept from running by a reserved concurrency of 0"),
        (POLICY, ABSENT, "does not let logs.amazonaws.com use lambda:InvokeFunction"),
        (POLICY, {"Policy": policy("s3.amazonaws.com", "lambda:*")}, "does not let logs.amazonaws.com use"),
        (
            POLICY,
            {"Policy": policy("logs.amazonaws.com", "lambda:*", StringEquals={"aws:SourceAccount": MANAGER})},
            "does not let logs.amazonaws.com use lambda:InvokeFunction",
        ),
    ],
)
def test_a_broken_part_that_aws_knows_fails_and_is_named(call: Call, answer: Any, why: str) -> None:
    found = world()
    found.put(call[0], answer, **call[1])
    finding = judged(found, declared())
    assert finding.outcome is Outcome.FAIL
    assert "Declared route siem does not count: " in finding.reason
    assert why in finding.reason


def test_another_filter_than_the_declared_one_is_still_a_way_that_is_not_judged() -> None:
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": [{**subscription(), "filterName": "other"}]}, **LISTED[1])
    finding = judged(found, declared())
    assert finding.outcome is Outcome.UNKNOWN
    assert "subscription filter to-siem of log group audit does not exist" in finding.reason
    assert about_route(finding).other_ways == (
        f"subscription filter other of log group audit can send them to {FUNCTION}",
    )


@pytest.mark.parametrize("call", [LISTED, CONCURRENCY, POLICY])
def test_a_refused_call_is_unknown_and_names_itself(call: Call) -> None:
    found = world()
    found.put(call[0], DENIED, **call[1])
    finding = judged(found, declared())
    assert finding.outcome is Outcome.UNKNOWN
    assert call[0] in {source.call.operation for source in finding.sources}


@pytest.mark.parametrize(
    "settings",
    [
        {"applyOnTransformedLogs": True},
        {"fieldSelectionCriteria": "@aws.region = us-east-1"},
        {"filterPattern": "StopLogging"},
    ],
)
def test_a_filter_that_may_read_less_is_unknown(settings: dict[str, Any]) -> None:
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": [{**subscription(), **settings}]}, **LISTED[1])
    assert judged(found, declared()).outcome is Outcome.UNKNOWN


def test_a_filter_that_sends_elsewhere_than_declared_fails() -> None:
    finding = judged(world(), declared(replace(FILTERED, destination=STREAM)))
    assert finding.outcome is Outcome.FAIL
    assert f"sends to {FUNCTION} and not to {STREAM}" in finding.reason


def test_a_log_group_that_no_trail_fills_carries_nothing() -> None:
    other = BySubscriptionFilter(f"{GROUP}-other", "to-siem")
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": [subscription()]}, logGroupName="audit-other")
    finding = judged(found, declared(other))
    assert finding.outcome is not Outcome.PASS
    assert "no trail that account 111122223333 sees delivers to what it leads through" in finding.reason


def test_a_trail_that_stopped_breaks_it() -> None:
    found = world()
    found.put(
        "cloudtrail.GetTrailStatus", {"IsLogging": False}, Name=f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"
    )
    finding = judged(found, declared())
    assert finding.outcome is Outcome.FAIL
    assert "Declared route siem does not count: trail main is not logging" in finding.reason


def test_a_destination_of_another_account_that_was_not_looked_at_is_unknown() -> None:
    found = world()
    target = f"arn:aws:logs:us-east-1:{MANAGER}:destination:siem"
    found.put(LISTED[0], {"subscriptionFilters": [subscription(target)]}, **LISTED[1])
    finding = judged(found, declared())
    assert finding.outcome is Outcome.UNKNOWN
    assert f"destination siem belongs to account {MANAGER}, which was not looked at" in finding.reason


# Streams, which CloudWatch Logs writes to as a role.

ROLE = f"arn:aws:iam::{ACCOUNT}:role/to-siem"
DESCRIBED: Call = ("firehose.DescribeDeliveryStream", {"DeliveryStreamName": "to-siem", "Limit": 1})


def stream_world(status: str = "ACTIVE", kind: str = "DirectPut") -> World:
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": [subscription(STREAM, roleArn=ROLE)]}, **LISTED[1])
    description = {
        "DeliveryStreamName": "to-siem",
        "DeliveryStreamARN": STREAM,
        "DeliveryStreamStatus": status,
        "DeliveryStreamType": kind,
        "VersionId": "1",
        "Destinations": [],
        "HasMoreDestinations": False,
    }
    found.put(DESCRIBED[0], {"DeliveryStreamDescription": description}, **DESCRIBED[1])
    return found


@pytest.mark.parametrize("through", [FILTERED, ByDeliveryStream(STREAM)])
@pytest.mark.parametrize(
    ("made", "outcome", "why"),
    [
        (stream_world("CREATING_FAILED"), Outcome.FAIL, "is in the state CREATING_FAILED, not ACTIVE"),
        (stream_world(kind="KinesisStreamAsSource"), Outcome.FAIL, "reads from another source (KinesisStreamAsSource)"),
    ],
)
def test_a_firehose_stream_must_receive(through: Through, made: World, outcome: Outcome, why: str) -> None:
    finding = judged(made, declared(through))
    assert finding.outcome is outcome
    assert f"Firehose stream to-siem {why}" in finding.reason


@pytest.mark.parametrize(
    ("answer", "outcome", "why"),
    [(ABSENT, Outcome.FAIL, "does not exist"), (DENIED, Outcome.UNKNOWN, "whether Firehose stream to-siem exists")],
)
def test_a_firehose_stream_must_exist(answer: Any, outcome: Outcome, why: str) -> None:
    found = stream_world()
    found.put(DESCRIBED[0], answer, **DESCRIBED[1])
    finding = judged(found, declared(ByDeliveryStream(STREAM)))
    assert finding.outcome is outcome
    assert why in finding.reason


def test_a_stream_that_nothing_feeds_fails_unless_a_listing_was_refused() -> None:
    found = stream_world()
    found.put(LISTED[0], {"subscriptionFilters": []}, **LISTED[1])
    assert judged(found, declared(ByDeliveryStream(STREAM))).outcome is Outcome.FAIL
    found.put(LISTED[0], DENIED, **LISTED[1])
    finding = judged(found, declared(ByDeliveryStream(STREAM)))
    assert finding.outcome is Outcome.UNKNOWN
    assert "the subscription filters of log group audit are not known" in finding.reason


TRUSTING = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
WRITING = {"Statement": [{"Effect": "Allow", "Action": "firehose:PutRecord*", "Resource": STREAM}]}
ROLE_FACTS: Call = ("iam.GetRole", {"RoleName": "to-siem"})
POLICY_FACTS: Call = ("iam.GetRolePolicy", {"RoleName": "to-siem", "PolicyName": "write"})


def with_role(found: World, trust: Any = TRUSTING, document: Any = WRITING) -> World:
    named = {"RoleName": "to-siem", "Arn": ROLE, "Path": "/", "RoleId": "AROA", "CreateDate": "2026-01-01T00:00:00Z"}
    found.put(ROLE_FACTS[0], {"Role": {**named, "AssumeRolePolicyDocument": trust}}, **ROLE_FACTS[1])
    found.put("iam.ListRolePolicies", {"PolicyNames": ["write"]}, RoleName="to-siem")
    found.put("iam.ListAttachedRolePolicies", {"AttachedPolicies": []}, RoleName="to-siem")
    policy_named = {"RoleName": "to-siem", "PolicyName": "write", "PolicyDocument": document}
    found.put(POLICY_FACTS[0], policy_named, **POLICY_FACTS[1])
    return found


@pytest.mark.parametrize("through", [FILTERED, ByDeliveryStream(STREAM)])
def test_a_firehose_stream_that_receives_by_a_role_passes(through: Through) -> None:
    finding = judged(with_role(stream_world()), declared(through))
    assert finding.outcome is Outcome.PASS, finding.reason
    assert "and Firehose stream to-siem exists and takes what is sent to it" in finding.reason
    assert {"iam.GetRole", "iam.GetRolePolicy"} <= {source.call.operation for source in finding.sources}


def for_account(account: str) -> dict[str, Any]:
    condition = {"StringLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{account}:*"}}
    return {"Statement": [{**TRUSTING["Statement"][0], "Condition": condition}]}


@pytest.mark.parametrize(
    ("trust", "document", "outcome", "why"),
    [
        (for_account(ACCOUNT), WRITING, Outcome.PASS, ""),
        (for_account(MANAGER), WRITING, Outcome.FAIL, "does not let CloudWatch Logs assume it"),
        ({"Statement": []}, WRITING, Outcome.FAIL, "does not let CloudWatch Logs assume it"),
        (TRUSTING, {"Statement": []}, Outcome.FAIL, "do not let it use firehose:PutRecord"),
        (
            TRUSTING,
            {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": f"{STREAM}-other"}]},
            Outcome.FAIL,
            "do not let it use firehose:PutRecord",
        ),
    ],
)
def test_the_role_must_be_assumed_and_may_write(trust: Any, document: Any, outcome: Outcome, why: str) -> None:
    finding = judged(with_role(stream_world(), trust, document), declared())
    assert finding.outcome is outcome
    assert why in finding.reason


@pytest.mark.parametrize("call", [ROLE_FACTS, POLICY_FACTS, ("iam.ListAttachedRolePolicies", {"RoleName": "to-siem"})])
def test_a_role_that_may_not_be_read_is_unknown(call: Call) -> None:
    found = with_role(stream_world())
    found.put(call[0], DENIED, **call[1])
    assert judged(found, declared()).outcome is Outcome.UNKNOWN


def test_a_role_that_is_gone_fails() -> None:
    found = with_role(stream_world())
    found.put(ROLE_FACTS[0], ABSENT, **ROLE_FACTS[1])
    assert judged(found, declared()).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"StreamStatus": "ACTIVE"}, Outcome.PASS),
        ({"StreamStatus": "UPDATING"}, Outcome.PASS),
        ({"StreamStatus": "DELETING"}, Outcome.FAIL),
        ({"StreamStatus": "ACTIVE", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}, Outcome.PASS),
        ({"StreamStatus": "ACTIVE", "EncryptionType": "KMS", "KeyId": "alias/own"}, Outcome.UNKNOWN),
    ],
)
def test_a_kinesis_stream(facts: dict[str, Any], outcome: Outcome) -> None:
    stream = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/siem"
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": [subscription(stream, roleArn=ROLE)]}, **LISTED[1])
    whole = {
        "StreamName": "siem",
        "StreamARN": stream,
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": "2026-01-01T00:00:00Z",
        "EnhancedMonitoring": [],
        "OpenShardCount": 1,
        **facts,
    }
    found.put("kinesis.DescribeStreamSummary", {"StreamDescriptionSummary": whole}, StreamName="siem")
    document = {"Statement": [{"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": stream}]}
    finding = judged(with_role(found, document=document), declared())
    assert finding.outcome is outcome, finding.reason


# The notifications of a bucket.

NOTIFIED = ByBucketNotification("logs", QUEUE)
URL = "https://sqs.us-east-1.amazonaws.com/111122223333/files"
ATTRIBUTES: Call = (
    "sqs.GetQueueAttributes",
    {"QueueUrl": URL, "AttributeNames": ["QueueArn", "Policy", "KmsMasterKeyId"]},
)
CONFIGURED: Call = ("s3.GetBucketNotificationConfiguration", {"Bucket": "logs"})


def configuration(prefix: str = "", suffix: str = "", events: str = "s3:ObjectCreated:*") -> dict[str, Any]:
    rules = [{"Name": "Prefix", "Value": prefix}, {"Name": "Suffix", "Value": suffix}]
    told = {"Id": "new", "QueueArn": QUEUE, "Events": [events], "Filter": {"Key": {"FilterRules": rules}}}
    return {"QueueConfigurations": [told]}


def bucket_world(**settings: Any) -> World:
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": []}, **LISTED[1])
    found.put(CONFIGURED[0], configuration(**settings), **CONFIGURED[1])
    found.put("s3.HeadBucket", {}, Bucket="logs", ExpectedBucketOwner=ACCOUNT)
    found.put("sqs.GetQueueUrl", {"QueueUrl": URL}, QueueName="files")
    owned = {"aws:SourceAccount": ACCOUNT}
    text = policy("s3.amazonaws.com", "sqs:SendMessage", StringEquals=owned)
    found.put(ATTRIBUTES[0], {"Attributes": {"QueueArn": QUEUE, "Policy": text}}, **ATTRIBUTES[1])
    return found


@pytest.mark.parametrize(
    "settings",
    [{}, {"prefix": "AWSLogs/"}, {"suffix": ".json.gz"}, {"prefix": f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/"}],
)
def test_the_notifications_of_a_bucket_carry_what_the_trail_writes(settings: dict[str, Any]) -> None:
    finding = judged(bucket_world(**settings), declared(NOTIFIED))
    assert finding.outcome is Outcome.PASS
    assert "through the notifications of bucket logs, and SQS queue files exists and takes" in finding.reason


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"prefix": "other/"}, f"leave out the files under AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/"),
        ({"prefix": f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/"}, "leave out the files under"),
        ({"suffix": ".json"}, "by the suffix of their names"),
        ({"events": "s3:ObjectRemoved:*"}, "do not tell of every new file"),
    ],
)
def test_notifications_that_leave_files_out_fail(settings: dict[str, Any], why: str) -> None:
    finding = judged(bucket_world(**settings), declared(NOTIFIED))
    assert finding.outcome is Outcome.FAIL
    assert why in finding.reason


@pytest.mark.parametrize(
    ("call", "answer", "outcome", "why"),
    [
        (CONFIGURED, {}, Outcome.FAIL, f"the notifications of bucket logs do not go to {QUEUE}"),
        (CONFIGURED, DENIED, Outcome.UNKNOWN, "the notifications of bucket logs are not known"),
        (("sqs.GetQueueUrl", {"QueueName": "files"}), ABSENT, Outcome.FAIL, "SQS queue files does not exist"),
        (
            ATTRIBUTES,
            {"Attributes": {"QueueArn": QUEUE}},
            Outcome.FAIL,
            "does not let s3.amazonaws.com use sqs:SendMessage",
        ),
        (ATTRIBUTES, DENIED, Outcome.UNKNOWN, "whether SQS queue files lets s3.amazonaws.com in is not known"),
        (
            ATTRIBUTES,
            {"Attributes": {"QueueArn": QUEUE, "Policy": policy("s3.amazonaws.com", "*"), "KmsMasterKeyId": "k"}},
            Outcome.UNKNOWN,
            "is encrypted with the KMS key k",
        ),
        (
            ("s3.HeadBucket", {"Bucket": "logs", "ExpectedBucketOwner": ACCOUNT}),
            DENIED,
            Outcome.UNKNOWN,
            "does not decide",
        ),
    ],
)
def test_each_part_behind_a_bucket(call: Call, answer: Any, outcome: Outcome, why: str) -> None:
    found = bucket_world()
    found.put(call[0], answer, **call[1])
    finding = judged(found, declared(NOTIFIED))
    assert finding.outcome is outcome
    assert why in finding.reason


def test_a_trail_that_does_not_deliver_to_its_bucket_breaks_it() -> None:
    found = bucket_world()
    status = {"IsLogging": True, "LatestDeliveryError": "AccessDenied", "LatestDeliveryTime": "2026-11-20T06:55:00Z"}
    found.put("cloudtrail.GetTrailStatus", status, Name=f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main")
    finding = judged(found, declared(NOTIFIED))
    assert finding.outcome is Outcome.FAIL
    assert "cannot deliver to its bucket: AccessDenied" in finding.reason


def test_one_region_of_two_is_left_out_by_a_prefix() -> None:
    found = World("eu-west-1", "us-east-1")
    for name, answer in bucket_world(prefix=f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/").answers.items():
        if name[2] != "cloudtrail.DescribeTrails":
            found.answers[name] = answer
    found.trail(S3BucketName="logs", status={"LatestDeliveryTime": "2026-11-20T06:55:00Z"})
    found.put("events.ListRules", {"Rules": []}, "eu-west-1")
    found.put("logs.DescribeLogGroups", {"logGroups": []}, "eu-west-1", logGroupNamePrefix="aws/cloudtrail/")
    finding = judged(found, declared(NOTIFIED))
    assert finding.outcome is Outcome.FAIL
    assert f"leave out the files under AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/" in finding.reason


# EventBridge rules.


def rule_world(target: str = FUNCTION, **data: Any) -> World:
    found = world()
    found.put(LISTED[0], {"subscriptionFilters": []}, **LISTED[1])
    pattern = json.dumps(
        {"detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventSource": ["cloudtrail.amazonaws.com"]}}
    )
    listed = {"Name": "to-siem", "Arn": RULE, "State": "ENABLED", "EventPattern": pattern, **data}
    found.put("events.ListRules", {"Rules": [listed]})
    found.put("events.ListTargetsByRule", {"Targets": [{"Id": "1", "Arn": target}]}, Rule="to-siem")
    found.put("events.DescribeEventBus", {"Name": "default", "Arn": BUS}, Name="default")
    found.put("lambda.GetPolicy", {"Policy": policy("events.amazonaws.com", "lambda:*")}, FunctionName="to-siem")
    return found


WRITES = (
    "{ ($.eventSource = cloudtrail.amazonaws.com) && ($.eventName = StopLogging) && ($.readOnly IS FALSE) "
    "&& ($.eventType = AwsApiCall) }"
)


def test_an_event_rule_with_its_target_carries_what_it_hears() -> None:
    route = DeclaredRoute("siem", "the SIEM team", "", ByEventRule(RULE, FUNCTION), WORD)
    finding = judged(rule_world(), rule(WRITES, declared=(route,)))
    assert finding.outcome is Outcome.PASS, finding.reason
    assert "through EventBridge rule to-siem" in finding.reason
    assert "attested by Jane Doe" in finding.reason


PAGING = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:page"
DESTINATION = f"arn:aws:events:us-east-1:{ACCOUNT}:api-destination/pager/1f"
CONNECTION = f"arn:aws:events:us-east-1:{ACCOUNT}:connection/pager/2e"
PLAN = f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/audit"
UNDELIVERED = f"arn:aws:sqs:us-east-1:{ACCOUNT}:undelivered"
ASKED_MACHINE = {"stateMachineArn": PAGING, "includedData": "METADATA_ONLY"}


def started_world(target: str, *actions: str) -> World:
    """A rule that sends its events to what EventBridge reaches as a role, which may do the actions; all is sound."""
    found = rule_world(target)
    listed = {"Id": "1", "Arn": target, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": UNDELIVERED}}
    found.put("events.ListTargetsByRule", {"Targets": [listed]}, Rule="to-siem")
    own = {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": target}]}
    found = with_role(found, {"Statement": [{**TRUSTED, "Action": "sts:AssumeRole"}]}, own)
    described = {"ApiDestinationArn": DESTINATION, "ApiDestinationState": "ACTIVE", "ConnectionArn": CONNECTION}
    found.put("events.DescribeApiDestination", {**described, "InvocationEndpoint": "https://p.example"}, Name="pager")
    authorized = {"ConnectionArn": CONNECTION, "ConnectionState": "AUTHORIZED"}
    found.put("events.DescribeConnection", authorized, Name="pager")
    machine = {"stateMachineArn": PAGING, "name": "page", "status": "ACTIVE", "definition": "", "type": "STANDARD"}
    machine |= {"roleArn": ROLE, "creationDate": "2026-11-20T06:00:00Z"}
    found.put("stepfunctions.DescribeStateMachine", machine, **ASKED_MACHINE)
    plan = {"arn": PLAN, "name": "audit", "incidentTemplate": {"title": "t", "impact": 1}}
    channel = {"chatbotSns": [topic_arn()]}
    found.put("ssm-incidents.GetResponsePlan", {**plan, "chatChannel": channel}, arn=PLAN)
    return found


TRUSTED = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
STARTED: dict[str, tuple[str, str, Call, str]] = {
    "API destination": (
        DESTINATION,
        "events:InvokeApiDestination",
        ("events.DescribeApiDestination", {"Name": "pager"}),
        "API destination pager/1f is active and calls https://p.example, and its connection pager is authorized",
    ),
    "connection": (
        DESTINATION,
        "events:InvokeApiDestination",
        ("events.DescribeConnection", {"Name": "pager"}),
        "its connection pager is authorized",
    ),
    "state machine": (
        PAGING,
        "states:StartExecution",
        ("stepfunctions.DescribeStateMachine", ASKED_MACHINE),
        "state machine page is active",
    ),
    "response plan": (
        PLAN,
        "ssm-incidents:StartIncident",
        ("ssm-incidents.GetResponsePlan", {"arn": PLAN}),
        "response plan audit exists and tells a chat channel",
    ),
}


@pytest.mark.parametrize("name", STARTED)
def test_what_is_reached_as_a_role_carries_events_on_somebodys_word(name: str) -> None:
    target, action, call, told = STARTED[name]
    finding = judged(started_world(target, action), rule(WRITES, declared=(_route(target),)))
    assert finding.outcome is Outcome.PASS, finding.reason
    assert told in finding.reason
    assert f"the role {ROLE} lets EventBridge use {action} on it" in finding.reason
    assert "attested by Jane Doe" in finding.reason
    assert {call[0], "iam.GetRole"} <= {source.call.operation for source in finding.sources}


@pytest.mark.parametrize("name", STARTED)
@pytest.mark.parametrize(
    ("answer", "outcome", "told"), [(DENIED, Outcome.UNKNOWN, " was denied"), (ABSENT, Outcome.FAIL, "does not exist")]
)
def test_what_is_denied_or_gone_passes_on_nobodys_word(name: str, answer: Any, outcome: Outcome, told: str) -> None:
    target, action, call, _ = STARTED[name]
    found = started_world(target, action)
    found.put(call[0], answer, **call[1])
    finding = judged(found, rule(WRITES, declared=(_route(target),)))
    assert finding.outcome is outcome, finding.reason
    assert told in finding.reason


@pytest.mark.parametrize("name", STARTED)
def test_a_role_that_may_do_something_else_carries_nothing(name: str) -> None:
    target, action, _, _ = STARTED[name]
    finding = judged(started_world(target, "sqs:SendMessage"), rule(WRITES, declared=(_route(target),)))
    assert finding.outcome is Outcome.FAIL
    assert f"do not let it use {action}" in finding.reason


def test_a_dead_letter_queue_that_is_gone_is_a_warning() -> None:
    found = started_world(PAGING, "states:StartExecution")
    found.put("sqs.GetQueueUrl", ABSENT, QueueName="undelivered")
    finding = judged(found, rule(WRITES, declared=(_route(PAGING),)))
    assert finding.outcome is Outcome.PASS
    warnings = about_route(finding).warnings
    assert any(f"the dead-letter queue {UNDELIVERED} does not exist" in warning for warning in warnings), warnings


HUB = f"arn:aws:internal:us-east-1:{ACCOUNT}:hub"
NOTIFYING = f"arn:aws:notifications::{ACCOUNT}:configuration/{'a' * 27}"
DEVICE = f"arn:aws:consoleapp::{ACCOUNT}:device/d"


def notifying_world(*channels: str, managed: str = RULE) -> World:
    """A rule that AWS User Notifications manages, and the configuration behind it."""
    found = rule_world(HUB, ManagedBy="notifications.amazonaws.com")
    made = {"arn": NOTIFYING, "name": "audit", "description": "", "status": "ACTIVE"}
    listed = [{**made, "creationTime": "2026-11-20T06:00:00Z"}]
    found.put("notifications.ListNotificationConfigurations", {"notificationConfigurations": listed})
    event_rule: dict[str, Any] = {
        "arn": f"{NOTIFYING}/rule/r",
        "notificationConfigurationArn": NOTIFYING,
        "managedRules": [managed],
    }
    event_rule |= {"source": "aws.cloudtrail", "eventType": "t", "eventPattern": "", "regions": ["us-east-1"]}
    event_rule |= {"creationTime": "2026-11-20T06:00:00Z"}
    event_rule |= {"statusSummaryByRegion": {"us-east-1": {"status": "ACTIVE", "reason": ""}}}
    asked = {"notificationConfigurationArn": NOTIFYING}
    found.put("notifications.ListEventRules", {"eventRules": [event_rule]}, **asked)
    found.put("notifications.ListChannels", {"channels": list(channels)}, **asked)
    return found


def test_user_notifications_carry_events_on_somebodys_word() -> None:
    finding = judged(notifying_world(DEVICE), rule(WRITES, declared=(_route(HUB),)))
    assert finding.outcome is Outcome.PASS, finding.reason
    assert "notification configuration audit is active and delivers to a device with the AWS Console" in finding.reason
    assert "attested by Jane Doe" in finding.reason
    assert "notifications.ListChannels" in {source.call.operation for source in finding.sources}
    alone = judged(notifying_world(DEVICE), rule(WRITES))
    assert alone.outcome is Outcome.UNKNOWN
    assert "sends them to AWS User Notifications" in alone.reason


@pytest.mark.parametrize("operation", ["ListNotificationConfigurations", "ListEventRules", "ListChannels"])
def test_user_notifications_that_may_not_be_listed_pass_on_nobodys_word(operation: str) -> None:
    found = notifying_world(DEVICE)
    asked = {} if operation.endswith("Configurations") else {"notificationConfigurationArn": NOTIFYING}
    found.put(f"notifications.{operation}", DENIED, **asked)
    finding = judged(found, rule(WRITES, declared=(_route(HUB),)))
    assert finding.outcome is Outcome.UNKNOWN
    assert f"notifications.{operation} was denied" in finding.reason


def test_user_notifications_for_another_rule_pass_on_nobodys_word() -> None:
    finding = judged(notifying_world(DEVICE, managed=f"{RULE}-2"), rule(WRITES, declared=(_route(HUB),)))
    assert finding.outcome is Outcome.UNKNOWN
    assert "which notification configuration the rule belongs to is not known" in finding.reason


def test_user_notifications_of_a_chat_channel_that_is_gone_carry_nothing() -> None:
    found = notifying_world(f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/slack-channel/audit")
    for name, member in (
        ("DescribeSlackChannelConfigurations", "SlackChannelConfigurations"),
        ("ListMicrosoftTeamsChannelConfigurations", "TeamChannelConfigurations"),
        ("DescribeChimeWebhookConfigurations", "WebhookConfigurations"),
    ):
        found.put(f"chatbot.{name}", {member: []}, "us-east-2")
    finding = judged(found, rule(WRITES, declared=(_route(HUB),)))
    assert finding.outcome is Outcome.FAIL
    assert "delivers to chat channel audit, which does not exist" in finding.reason


def _route(target: str) -> DeclaredRoute:
    return DeclaredRoute("siem", "the SIEM team", "", ByEventRule(RULE, target), WORD)


def test_an_event_rule_that_may_not_be_decrypted_passes_on_nobodys_word() -> None:
    found = rule_world()
    found.put("events.DescribeEventBus", DENIED, Name="default")
    route = DeclaredRoute("siem", "the SIEM team", "", ByEventRule(RULE, FUNCTION), WORD)
    finding = judged(found, rule(WRITES, declared=(route,)))
    assert finding.outcome is Outcome.UNKNOWN
    assert "whether EventBridge can decrypt it is not known: events.DescribeEventBus was denied" in finding.reason


@pytest.mark.parametrize(
    ("made", "target", "outcome", "why"),
    [
        (rule_world(State="DISABLED"), FUNCTION, Outcome.FAIL, "nothing in account 111122223333"),
        (rule_world(), QUEUE, Outcome.UNKNOWN, f"does not send to {QUEUE}"),
    ],
)
def test_an_event_rule_that_does_not_lead_there(made: World, target: str, outcome: Outcome, why: str) -> None:
    finding = judged(made, declared(ByEventRule(RULE, target)))
    assert finding.outcome is outcome
    assert why in finding.reason


def test_rules_that_could_not_be_listed_may_be_the_declared_one() -> None:
    found = rule_world()
    found.put("events.ListRules", DENIED)
    finding = judged(found, declared(ByEventRule(RULE, FUNCTION)))
    assert finding.outcome is Outcome.UNKNOWN
    assert (
        "declared route siem could not be judged whole: the EventBridge rules in us-east-1 are not known"
        in finding.reason
    )


PAGER = "https://events.pager.example.com/alerts"
PAGED = ByTopicSubscription(topic_arn(), PAGER)


def paged(*policies: dict[str, Any]) -> World:
    """An alarm on the events that notifies a topic with an HTTPS endpoint and nobody else."""
    found = sound()
    found.put("events.ListRules", {"Rules": []})
    found.put("logs.DescribeLogGroups", {"logGroups": []}, logGroupNamePrefix="aws/cloudtrail/")
    found.put("logs.DescribeSubscriptionFilters", {"subscriptionFilters": []}, logGroupName="audit")
    subscribed = {"SubscriptionArn": f"{topic_arn()}:6a9c", "Protocol": "https", "Endpoint": PAGER}
    found.put("sns.ListSubscriptionsByTopic", {"Subscriptions": [subscribed]}, TopicArn=topic_arn())
    attributes = policies[0] if policies else {}
    told = {"Attributes": {"Protocol": "https", **attributes}}
    found.put("sns.GetSubscriptionAttributes", told, SubscriptionArn=f"{topic_arn()}:6a9c")
    return found


def test_an_endpoint_behind_a_topic_passes_on_somebodys_word() -> None:
    assert judged(paged(), rule()).outcome is Outcome.UNKNOWN
    finding = judged(paged(), declared(PAGED))
    assert finding.outcome is Outcome.PASS
    assert finding.reason == (
        "Every event travels from trail main through metric filter f0 and alarm f0-alarm, and topic security-alerts "
        f"reaches an HTTPS endpoint ({PAGER}); that the SIEM team looks there is attested by Jane Doe (Security "
        "operations) (ticket SEC-12), reviewed 2026-05-04, until 2027-05-04, and was not checked (declared route siem, "
        "which is an equivalent of the metric filter and alarm that CIS's audit procedures name)."
    )
    assert [link.name for link in finding.links][-3:] == ["topic", "subscription", "attestation"]
    assert judged(paged(), declared(PAGED), accept=["metric-filter"]).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "through",
    [ByTopicSubscription(topic_arn(), "https://other.example.com"), ByTopicSubscription(f"{topic_arn()}x", PAGER)],
)
def test_another_endpoint_or_topic_is_attested_in_vain(through: ByTopicSubscription) -> None:
    assert judged(paged(), declared(through)).outcome is Outcome.UNKNOWN
    silent = paged()
    silent.alarms([])
    finding = judged(silent, declared(through))
    assert finding.outcome is Outcome.FAIL
    assert f"is known to be received by {through.endpoint}" in finding.reason


def test_the_word_for_an_endpoint_makes_nothing_else_whole() -> None:
    expired = replace(WORD, reviewed=date(2026, 1, 1), expires=date(2026, 11, 19))
    assert judged(paged(), declared(PAGED, word=expired)).outcome is Outcome.UNKNOWN
    assert judged(paged(), declared(PAGED, "{ $.eventName = StopLogging }")).outcome is Outcome.UNKNOWN
    deaf = {"FilterPolicy": '{"NewStateValue": ["OK"]}', "FilterPolicyScope": "MessageBody"}
    assert judged(paged(deaf), declared(PAGED)).outcome is Outcome.FAIL
    refused = paged()
    refused.put(
        "sns.GetTopicAttributes", {"Attributes": {"Policy": policy("x.amazonaws.com", "sns:*")}}, TopicArn=topic_arn()
    )
    assert judged(refused, declared(PAGED)).outcome is Outcome.FAIL
    pending = paged()
    subscribed = {"SubscriptionArn": "PendingConfirmation", "Protocol": "https", "Endpoint": PAGER}
    pending.put("sns.ListSubscriptionsByTopic", {"Subscriptions": [subscribed]}, TopicArn=topic_arn())
    assert judged(pending, declared(PAGED)).outcome is Outcome.FAIL
    hidden = paged()
    hidden.put("sns.GetSubscriptionAttributes", DENIED, SubscriptionArn=f"{topic_arn()}:6a9c")
    assert judged(hidden, declared(PAGED)).outcome is Outcome.UNKNOWN


def ruled(filter_policy: str = "") -> World:
    """The same topic, notified by an EventBridge rule in place of the alarm."""
    scope = {"FilterPolicy": filter_policy, "FilterPolicyScope": "MessageBody"} if filter_policy else {}
    found = paged(scope)
    found.alarms([])
    pattern = {"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging", "DeleteTrail"]}}
    listed = {"Name": "to-siem", "Arn": RULE, "State": "ENABLED", "EventPattern": json.dumps(pattern)}
    found.put("events.ListRules", {"Rules": [listed]})
    found.put("events.ListTargetsByRule", {"Targets": [{"Id": "1", "Arn": topic_arn()}]}, Rule="to-siem")
    found.put("events.DescribeEventBus", {"Name": "default", "Arn": BUS}, Name="default")
    lets_in = {"Attributes": {"Policy": policy("events.amazonaws.com", "sns:Publish")}}
    found.put("sns.GetTopicAttributes", lets_in, TopicArn=topic_arn())
    return found


def test_an_endpoint_behind_a_rule_and_a_topic_passes_on_somebodys_word() -> None:
    assert judged(ruled(), rule()).outcome is Outcome.UNKNOWN
    finding = judged(ruled(), declared(PAGED))
    assert finding.outcome is Outcome.PASS
    assert (
        f"through EventBridge rule to-siem, and topic security-alerts reaches an HTTPS endpoint ({PAGER}); that"
        in finding.reason
    )
    some = '{"detail": {"eventName": ["StopLogging"]}}'
    assert judged(ruled(some), declared(PAGED)).outcome is not Outcome.PASS
    every = '{"detail": {"eventName": ["StopLogging", "DeleteTrail"]}}'
    assert judged(ruled(every), declared(PAGED)).outcome is Outcome.PASS
    undecrypted = ruled(every)
    undecrypted.put("events.DescribeEventBus", DENIED, Name="default")
    assert judged(undecrypted, declared(PAGED)).outcome is Outcome.UNKNOWN
