"""Policies of topics and keys that look right and are not, or look wrong and are right, at the end of a route."""

from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.arns import parse_arn
from scanner.checks.route.links import JudgedLink
from scanner.checks.route.watching.topics import Publisher, Topic, alarm_publisher, rule_publisher, topic_links
from scanner.facts.rows import Row

ACCOUNT, OTHER = "111122223333", "444455556666"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:security-alerts"
ALARM = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:changes"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/stop"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
CLOUDWATCH, EVENTS = "cloudwatch.amazonaws.com", "events.amazonaws.com"
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}

ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
DENY: dict[str, Any] = {**ALLOW, "Effect": "Deny"}


def without(statement: dict[str, Any], name: str, **members: Any) -> dict[str, Any]:
    """The statement with other members in the place of one."""
    return {**{key: value for key, value in statement.items() if key != name}, **members}


def when(statement: dict[str, Any], operator: str, key: str, *values: str) -> dict[str, Any]:
    return {**statement, "Condition": {operator: {key: list(values)}}}


def alarm() -> Publisher:
    facts = {"AlarmName": "changes", "AlarmArn": ALARM, "MetricName": "m", "Namespace": "n"}
    return alarm_publisher(read_alarm(facts, ACCOUNT, "us-east-1"))


def rule() -> Publisher:
    pattern = {"source": ["aws.cloudtrail"]}
    return rule_publisher(Row("events.event_rule", ACCOUNT, "us-east-1", RULE, {"EventPattern": pattern}), {})


def judged(publisher: Publisher, **facts: Any) -> JudgedLink:
    known = {"Exists": True, "Policy": {"Statement": [ALLOW]}, "KmsMasterKeyId": None, **facts}
    arn = parse_arn(TOPIC)
    assert arn is not None
    topic = Topic(Row("sns.audit_topic", ACCOUNT, "us-east-1", TOPIC, known), ())
    return topic_links(topic, TOPIC, arn, publisher)[0]


def named(pattern: str) -> dict[str, Any]:
    return when(ALLOW, "ArnLike", "aws:SourceArn", pattern)


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        # Whom it names, or does not name.
        ([ALLOW, without(DENY, "Principal", NotPrincipal={"Service": CLOUDWATCH})], "pass"),
        ([ALLOW, without(DENY, "Principal", NotPrincipal=ROOT)], "fail"),
        ([without(ALLOW, "Principal", NotPrincipal={"Service": EVENTS})], "pass"),
        ([without(ALLOW, "Principal", NotPrincipal={"Service": CLOUDWATCH})], "fail"),
        ([ALLOW, {**DENY, "Principal": {"AWS": "*"}}], "fail"),
        ([ALLOW, {**DENY, "Principal": ROOT}], "pass"),
        ([{**ALLOW, "Principal": {"Service": "monitoring.amazonaws.com"}}], "fail"),
        ([{**ALLOW, "Principal": {"Service": ["events.amazonaws.com", CLOUDWATCH]}}], "pass"),
        ([{**ALLOW, "Principal": {"Service": "cloudwatch.us-east-1.amazonaws.com"}}], "unknown"),
        # What it is about.
        ([ALLOW, without(DENY, "Action", NotAction="sns:Subscribe")], "fail"),
        ([ALLOW, without(DENY, "Action", NotAction=["sns:publish", "sns:Get*"])], "pass"),
        ([without(ALLOW, "Action", NotAction="sns:Subscribe")], "pass"),
        ([without(ALLOW, "Action", NotAction="SNS:*")], "fail"),
        ([{**ALLOW, "Action": "SNS:Pub*"}], "pass"),
        ([{**ALLOW, "Action": ["sns:PublishBatch"]}], "fail"),
        ([ALLOW, without(DENY, "Resource", NotResource=TOPIC)], "pass"),
        ([ALLOW, without(DENY, "Resource", NotResource=f"{TOPIC}-2")], "fail"),
        ([without(ALLOW, "Resource", NotResource=TOPIC)], "fail"),
        ([{**ALLOW, "Resource": f"arn:aws:sns:*:{ACCOUNT}:security-*"}], "pass"),
        ([{**ALLOW, "Resource": f"arn:aws:sns:eu-west-1:{ACCOUNT}:*"}], "fail"),
        # Explicit denies under conditions.
        ([ALLOW, when(DENY, "StringNotEquals", "aws:SourceAccount", ACCOUNT)], "pass"),
        ([ALLOW, when(DENY, "StringNotEquals", "aws:SourceAccount", OTHER)], "fail"),
        ([ALLOW, when(DENY, "StringNotEqualsIfExists", "aws:SourceAccount", ACCOUNT)], "pass"),
        ([ALLOW, when(DENY, "StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")], "fail"),
        ([ALLOW, when(DENY, "StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5")], "fail"),
        ([ALLOW, when(DENY, "ForAllValues:StringNotEquals", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*")], "fail"),
        ([ALLOW, when(DENY, "ForAnyValue:StringNotEquals", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*")], "pass"),
        ([ALLOW, when(DENY, "Bool", "aws:SecureTransport", "false")], "pass"),
        ([ALLOW, when(DENY, "BoolIfExists", "aws:SecureTransport", "true")], "fail"),
        ([ALLOW, when(DENY, "StringNotEquals", "aws:SourceVpce", "vpce-1")], "fail"),
        ([ALLOW, when(DENY, "StringEquals", "aws:SourceVpce", "vpce-1")], "pass"),
        ([ALLOW, when(DENY, "NotIpAddress", "aws:SourceIp", "198.51.100.0/24")], "fail"),
        ([ALLOW, when(DENY, "Bool", "aws:PrincipalIsAWSService", "false")], "pass"),
        ([ALLOW, when(DENY, "Bool", "aws:PrincipalIsAWSService", "true")], "fail"),
        ([ALLOW, when(DENY, "Null", "aws:SourceArn", "true")], "pass"),
        ([ALLOW, when(DENY, "Null", "aws:PrincipalArn", "true")], "fail"),
        ([ALLOW, when(DENY, "StringNotEquals", "aws:SourceOrgID", "o-a1b2c3d4e5")], "unknown"),
        ([ALLOW, when(DENY, "StringEquals", "aws:RequestTag/team", "x")], "unknown"),
        (
            [
                ALLOW,
                {
                    **DENY,
                    "Condition": {
                        "StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                    },
                },
            ],
            "pass",
        ),
        # The source that it names.
        ([named(ALARM)], "pass"),
        ([named(f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*")], "pass"),
        ([named(f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:chan?es")], "pass"),
        ([named("arn:aws:cloudwatch:*:*:alarm:*")], "pass"),
        ([named("arn:aws:*:*:*:*")], "pass"),
        ([named(f"arn:aws:cloudwatch:*:{OTHER}:alarm:*")], "fail"),
        ([named(f"arn:aws:cloudwatch:eu-*:{ACCOUNT}:alarm:*")], "fail"),
        ([named(f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:change")], "fail"),
        ([named(f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:*changes*")], "pass"),
        ([named("arn:aws:cloudwatch:*:alarm:changes")], "fail"),
        ([named(f"arn:aws-cn:cloudwatch:us-east-1:{ACCOUNT}:alarm:changes")], "fail"),
        ([when(ALLOW, "StringLike", "aws:SourceArn", "arn:aws:cloudwatch:*:alarm:changes")], "pass"),
        ([when(ALLOW, "StringEquals", "aws:SourceArn", f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:*")], "fail"),
        ([when(ALLOW, "ArnNotLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:*")], "fail"),
        ([when(ALLOW, "ArnLikeIfExists", "aws:SourceArn", f"arn:aws:cloudwatch:*:{OTHER}:alarm:*")], "fail"),
        ([when(ALLOW, "StringEquals", "aws:SourceAccount", OTHER, ACCOUNT)], "pass"),
        ([when(ALLOW, "StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}")], "unknown"),
        ([when(ALLOW, "StringEquals", "aws:PrincipalAccount", ACCOUNT)], "fail"),
        ([when(ALLOW, "ForAllValues:StringEquals", "aws:PrincipalAccount", ACCOUNT)], "pass"),
        ([when(ALLOW, "StringEquals", "sns:Protocol", "email")], "unknown"),
    ],
    ids=str,
)  # fmt: skip
def test_whether_an_alarm_may_publish(statements: list[dict[str, Any]], verdict: str) -> None:
    assert str(judged(alarm(), Policy={"Statement": statements}).verdict) == verdict


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([when(ALLOW, "StringEquals", "AWS:SourceOwner", ACCOUNT)], "fail"),
        ([when({**ALLOW, "Principal": {"Service": EVENTS}}, "ArnEquals", "aws:SourceArn", RULE)], "pass"),
        ([when(ALLOW, "ArnLike", "aws:SourceArn", f"arn:aws:events:us-east-1:{ACCOUNT}:rule/other/*")], "fail"),
        ([when(ALLOW, "ArnLike", "aws:SourceArn", f"arn:aws:events:*:{ACCOUNT}:rule/*")], "pass"),
        ([{**ALLOW, "Principal": {"Service": CLOUDWATCH}}], "fail"),
        ([ALLOW, when(DENY, "StringNotEquals", "AWS:SourceOwner", ACCOUNT)], "fail"),
        ([ALLOW, when(DENY, "StringNotEqualsIfExists", "aws:SourceAccount", OTHER)], "fail"),
    ],
    ids=str,
)
def test_whether_a_rule_may_publish(statements: list[dict[str, Any]], verdict: str) -> None:
    assert str(judged(rule(), Policy={"Statement": statements}).verdict) == verdict


CUSTOMER = {"Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT"}
USES: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": [CLOUDWATCH, EVENTS]},
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    "Resource": "*",
}
NEVER: dict[str, Any] = {**USES, "Effect": "Deny", "Principal": "*", "Action": "kms:*"}
TOPIC_CONTEXT = "kms:EncryptionContext:aws:sns:topicArn"


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([USES], "pass"),
        ([{**USES, "Action": "kms:*"}], "pass"),
        ([{**USES, "Action": ["kms:GenerateDataKey", "kms:Decrypt"]}], "pass"),
        ([{**USES, "Action": ["kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"]}], "fail"),
        ([{**USES, "Action": ["kms:Encrypt", "kms:Decrypt"]}], "fail"),
        ([when(USES, "StringEquals", "kms:ViaService", "sns.us-east-1.amazonaws.com")], "unknown"),
        ([when(USES, "StringEquals", "kms:CallerAccount", ACCOUNT)], "unknown"),
        ([when(USES, "ArnLike", TOPIC_CONTEXT, f"arn:aws:sns:us-east-1:{ACCOUNT}:*")], "pass"),
        ([when(USES, "ArnLike", TOPIC_CONTEXT, f"arn:aws:sns:us-east-1:{ACCOUNT}:other")], "fail"),
        ([when(USES, "StringEquals", "kms:EncryptionContext:aws:sqs:arn", "x")], "unknown"),
        ([when(USES, "Null", "kms:GrantOperations", "false")], "unknown"),
        ([USES, when(NEVER, "StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")], "fail"),
        ([USES, when(NEVER, "StringNotEquals", "kms:CallerAccount", ACCOUNT)], "unknown"),
        ([USES, when(NEVER, "Bool", "aws:SecureTransport", "false")], "pass"),
        ([USES, {**NEVER, "Principal": ROOT}], "pass"),
        ([{**USES, "Principal": ROOT}], "fail"),
    ],
    ids=str,
)
def test_whether_the_key_lets_an_alarm_publish(statements: list[dict[str, Any]], verdict: str) -> None:
    keys = {TOPIC_CONTEXT: TOPIC}
    uses = {"CloudWatch": [{"Source": ALARM, "Resource": KEY, "Keys": keys}]}
    facts = {"KmsMasterKeyId": KEY, "KmsKey": CUSTOMER, "KmsKeyPolicy": {"Statement": statements}, "KeyUses": uses}
    assert str(judged(alarm(), **facts).verdict) == verdict


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ({}, "pass"),
        ({"KeyState": "Disabled"}, "fail"),
        ({"KeyState": "PendingDeletion"}, "fail"),
        ({"KeyState": "PendingImport", "Origin": "EXTERNAL"}, "fail"),
        ({"KeyState": "PendingReplicaDeletion"}, "fail"),
        ({"KeyState": "Unavailable"}, "fail"),
        ({"KeyState": "Creating"}, "fail"),
        ({"KeyState": "Updating", "MultiRegion": True}, "pass"),
        ({"MultiRegion": True, "MultiRegionConfiguration": {"MultiRegionKeyType": "REPLICA"}}, "pass"),
        ({"Arn": KEY.replace("us-east-1", "eu-west-1"), "MultiRegion": True}, "fail"),
        ({"Arn": KEY.replace(ACCOUNT, OTHER)}, "pass"),
        ({"KeySpec": "HMAC_256"}, "fail"),
        ({"KeySpec": "ECC_NIST_P256"}, "fail"),
        ({"KeyManager": "AWS"}, "fail"),
    ],
    ids=str,
)
@pytest.mark.parametrize("publisher", [alarm(), rule()], ids=["alarm", "rule"])
def test_whether_the_key_can_be_used(key: dict[str, Any], verdict: str, publisher: Publisher) -> None:
    facts = {"KmsMasterKeyId": KEY, "KmsKey": {**CUSTOMER, **key}, "KmsKeyPolicy": {"Statement": [USES]}}
    assert str(judged(publisher, **facts).verdict) == verdict


@pytest.mark.parametrize("name", ["alias/aws/sns", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/sns"])
@pytest.mark.parametrize("publisher", [alarm(), rule()], ids=["alarm", "rule"])
def test_no_service_can_use_the_managed_key_of_sns(name: str, publisher: Publisher) -> None:
    assert str(judged(publisher, KmsMasterKeyId=name).verdict) == "fail"
