"""The data protection policy of a topic at the end of a route: denied, perhaps denied, masked, or not concerned."""

import json
from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.arns import parse_arn
from scanner.checks.route.links import JudgedLink
from scanner.checks.route.watching.topics import Publisher, Topic, alarm_publisher, rule_publisher, topic_links
from scanner.facts.rows import Row
from scanner.model import CallKey, Gap, GapKind, Outcome
from scanner.resources.monitoring.audiences import Subscriber
from scanner.snapshot.answers import Answer, Pages

TOPIC = "arn:aws:sns:us-east-1:111122223333:security-alerts"
ALARM = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:changes"
RULE = "arn:aws:events:us-east-1:111122223333:rule/stop"
OPS = "arn:aws:iam::111122223333:user/ops"
EVERYBODY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}]}
DENY: dict[str, Any] = {"Deny": {}}
MASK: dict[str, Any] = {"Deidentify": {"MaskConfig": {"MaskWithCharacter": "#"}}}
AUDIT: dict[str, Any] = {"Audit": {"SampleRate": "99", "FindingsDestination": {}}}


def protected(
    *identifiers: str,
    operation: dict[str, Any] = DENY,
    direction: str = "Inbound",
    principal: str = "*",
    regex: str = "",
) -> str:
    statement = {"Sid": "Guard", "DataDirection": direction, "Principal": [principal], "Operation": operation}
    statement["DataIdentifier"] = [f"arn:aws:dataprotection::aws:data-identifier/{name}" for name in identifiers]
    document: dict[str, Any] = {"Name": "guard", "Version": "2021-06-01", "Statement": [statement]}
    if regex:
        statement["DataIdentifier"] = ["Own"]
        document["Configuration"] = {"CustomDataIdentifier": [{"Name": "Own", "Regex": regex}]}
    return json.dumps(document)


def subscriber(**attributes: str) -> Subscriber:
    key = CallKey("111122223333", "us-east-1", "sns.GetSubscriptionAttributes")
    told = {"Attributes": {"PendingConfirmation": "false", "SubscriptionPrincipal": OPS, **attributes}}
    return Subscriber(
        f"{TOPIC}:1",
        "email",
        "ops@example.com",
        confirmed=True,
        attributes=Answer(key, Pages((told,))),
        endpoint_answer=None,
    )


def links(
    policy: str | Gap | None, publisher: Publisher | None = None, *subscribers: Subscriber
) -> tuple[JudgedLink, ...]:
    facts: dict[str, Any] = {"Exists": True, "Policy": EVERYBODY, "KmsMasterKeyId": None}
    gaps = {"DataProtection": policy} if isinstance(policy, Gap) else {}
    row = Row("sns.audit_topic", "111122223333", "us-east-1", TOPIC, {**facts, "DataProtection": policy}, (), gaps)
    arn = parse_arn(TOPIC)
    assert arn is not None
    return topic_links(Topic(row, subscribers or (subscriber(),)), TOPIC, arn, publisher or by_alarm())


def by_alarm(**members: Any) -> Publisher:
    facts = {"AlarmName": "changes", "AlarmArn": ALARM, "MetricName": "m", "Namespace": "n", "AlarmActions": [TOPIC]}
    listed = {name: value for name, value in {**facts, **members}.items() if value is not None}
    return alarm_publisher(read_alarm(listed, "111122223333", "us-east-1", composite="AlarmRule" in members))


def by_rule(**target: Any) -> Publisher:
    pattern = {"source": ["aws.cloudtrail"]}
    row = Row("events.event_rule", "111122223333", "us-east-1", RULE, {"EventPattern": pattern})
    return rule_publisher(row, target)


QUERIED = {"MetricName": None, "Metrics": [{"Id": "q", "Expression": "SELECT SUM(m) FROM n"}]}
ADDED = {
    "MetricName": None,
    "Metrics": [
        {"Id": "m1", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}},
        {"Id": "e", "Expression": "m1 + 1"},
    ],
}


@pytest.mark.parametrize(
    ("policy", "publisher", "verdict", "words"),
    [
        (None, by_alarm(), "pass", ""),
        (protected("Name", operation=AUDIT), by_alarm(), "pass", ""),
        (protected("Name", direction="Outbound", principal=f"{OPS}-2"), by_alarm(), "pass", ""),
        (protected("Name", principal=OPS), by_alarm(), "pass", ""),
        (protected("EmailAddress", "AwsSecretKey"), by_alarm(), "pass", ""),
        (protected("EmailAddress"), by_alarm(AlarmDescription="call ops@example.com"), "unknown", "EmailAddress"),
        (protected("EmailAddress"), by_alarm(StateReason="for ops@example.com"), "pass", ""),
        (protected("EmailAddress"), by_alarm(**ADDED), "pass", ""),
        (protected("EmailAddress"), by_alarm(**QUERIED), "unknown", "EmailAddress"),
        (protected("EmailAddress"), by_alarm(AlarmRule="ALARM(x)"), "unknown", "EmailAddress"),
        (protected("CreditCardNumber"), by_alarm(), "unknown", "statement Guard, which looks for CreditCardNumber"),
        (protected(regex="changes"), by_alarm(), "fail", "denies what the alarm publishes: statement Guard"),
        (protected(regex="changes", principal=OPS), by_alarm(), "pass", ""),
        (protected("IpAddress"), by_rule(), "unknown", "may deny what the rule publishes"),
        (protected("OpenSshPrivateKey"), by_rule(), "unknown", "may deny"),
        (protected("OpenSshPrivateKey"), by_rule(Input='{"a": "b"}'), "pass", ""),
        (protected("IpAddress"), by_rule(Input='{"a": "10.0.0.1"}'), "unknown", "may deny"),
        (protected(regex="cloudtrail"), by_rule(), "fail", "denies what the rule publishes"),
        (protected(regex="cloudtrail"), by_rule(InputTransformer={"InputTemplate": "x"}), "unknown", "may deny"),
        ("no policy", by_alarm(), "unknown", "cannot be read"),
    ],
    ids=str,
)  # fmt: skip
def test_whether_the_policy_denies_what_is_published(
    policy: str | None, publisher: Publisher, verdict: str, words: str
) -> None:
    topic = links(policy, publisher)[0]
    assert str(topic.verdict) == verdict
    assert words in topic.reason
    assert not topic.warnings


def test_a_policy_that_could_not_be_read_is_unknown() -> None:
    gap = Gap(
        key=CallKey("111122223333", "us-east-1", "sns.GetDataProtectionPolicy"),
        kind=GapKind.DENIED,
        reason="it was denied",
    )
    topic = links(gap)[0]
    assert topic.verdict is Outcome.UNKNOWN
    assert topic.reason == (
        "whether the data protection policy of topic security-alerts refuses what the alarm publishes is not known: "
        "it was denied"
    )
    assert [source.call.operation for source in topic.sources] == ["sns.GetDataProtectionPolicy"]


@pytest.mark.parametrize(
    ("policy", "subscribed", "verdict", "words"),
    [
        (protected(regex="changes", direction="Outbound"), {}, "fail", "is denied the message"),
        (protected(regex="changes", direction="Outbound", principal=OPS), {}, "fail", "(statement Guard, which looks"),
        (protected(regex="other", direction="Outbound"), {}, "unknown", "may be denied the message"),
        (protected("EmailAddress", direction="Outbound"), {}, "pass", "reaches an e-mail address"),
        (protected("Name", direction="Outbound", principal=f"{OPS}-2"), {}, "pass", "reaches"),
        (protected("Name", direction="Outbound", principal=OPS), {"SubscriptionPrincipal": ""}, "unknown", "may be"),
        (protected(regex="changes", direction="Outbound"), {"PendingConfirmation": "true"}, "fail", "not confirmed"),
    ],
    ids=str,
)
def test_whether_the_policy_keeps_the_message_from_a_subscription(
    policy: str, subscribed: dict[str, str], verdict: str, words: str
) -> None:
    topic, subscription = links(policy, None, subscriber(**subscribed))
    assert topic.verdict is Outcome.PASS
    assert str(subscription.verdict) == verdict
    assert words in subscription.reason


def test_one_subscription_that_the_policy_leaves_alone_is_enough() -> None:
    policy = protected(regex="changes", direction="Outbound", principal=OPS)
    free = subscriber(SubscriptionPrincipal=f"{OPS}-2")
    assert links(policy, None, subscriber(), free)[1].verdict is Outcome.PASS
    assert links(policy, None, subscriber())[1].verdict is Outcome.FAIL


def test_a_masked_message_arrives_with_a_warning_unless_its_body_is_filtered() -> None:
    masks = protected("Address", operation=MASK)
    topic, subscription = links(masks)
    assert (topic.verdict, subscription.verdict) == (Outcome.PASS, Outcome.PASS)
    (warning,) = topic.warnings
    assert warning == (
        "the data protection policy of topic security-alerts masks or removes what it finds: statement Guard, which "
        "looks for Address"
    )
    body = {"FilterPolicy": '{"AlarmName": ["changes"]}', "FilterPolicyScope": "MessageBody"}
    assert links(masks, None, subscriber(**body))[1].verdict is Outcome.UNKNOWN
    assert "which the topic's data protection policy may change" in links(masks, None, subscriber(**body))[1].reason
    none_found = protected("EmailAddress", operation=MASK)
    assert links(none_found, None, subscriber(**body))[1].verdict is Outcome.PASS
    assert not links(none_found)[0].warnings
    for_attributes = {**body, "FilterPolicy": '{"a": [{"exists": false}]}', "FilterPolicyScope": "MessageAttributes"}
    assert links(masks, None, subscriber(**for_attributes))[1].verdict is Outcome.PASS
