"""The topic and subscription links: whether an alarm can publish, and who hears it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.alarms.muting.rules import MuteRules
from scanner.alarms.standing import States
from scanner.arns import parse_arn
from scanner.audit_path.mute_rules import RegionMutes
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.watching.notifiers import Notifiers, Way
from scanner.checks.route.watching.topics import Topic, rule_publisher, topic_links
from scanner.facts.rows import Row
from scanner.model import CallKey, Gap, GapKind, Outcome, Source
from scanner.resources.monitoring.audiences import Subscriber
from scanner.snapshot.answers import Absent, Answer, NotKnown, Pages

TOPIC = "arn:aws:sns:us-east-1:111122223333:security-alerts"
OTHER = "arn:aws:sns:us-east-1:111122223333:nobody"
UNMUTED = RegionMutes(MuteRules(()), (), None)
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
SOURCE = Source(CallKey("111122223333", "us-east-1", "cloudwatch.DescribeAlarms"), "")
CONFIRMED = {"SubscriptionArn": f"{TOPIC}:6a9c1f0e", "Protocol": "email"}


def alarm(name: str = "changes", **data: Any) -> ListedAlarm:
    facts = {"AlarmName": name, "ActionsEnabled": True, "AlarmActions": [TOPIC], **data}
    return ListedAlarm(read_alarm(facts, "111122223333", "us-east-1", composite="AlarmRule" in data), SOURCE)


def composite(rule: str, name: str = "above", **data: Any) -> ListedAlarm:
    return alarm(name, AlarmRule=rule, **data)


POLICY = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:*", "Resource": "*"}
    ]
}
HEARS: dict[str, Any] = {"Attributes": {"PendingConfirmation": "false"}}


def answer(page: dict[str, Any] | Gap | None) -> Answer:
    """An answer of one page, a gap, or an absence."""
    key = CallKey("account", "region", "operation")
    if isinstance(page, Gap):
        return Answer(key, NotKnown(page))
    return Answer(key, Absent("") if page is None else Pages((page,)))


def subscriber(
    item: Any,
    attributes: dict[str, Any] | Gap | None = HEARS,
    endpoint: Answer | None = None,
    endpoint_of: str = "",
) -> Subscriber:
    listed = item if isinstance(item, dict) else {}
    arn = str(listed.get("SubscriptionArn", ""))
    protocol = str(listed.get("Protocol", ""))
    return Subscriber(arn, protocol, endpoint_of, arn.startswith("arn:"), answer(attributes), endpoint)


def topic(
    arn: str = TOPIC, subscribers: tuple[Subscriber, ...] = (), gaps: dict[str, Gap] | None = None, **data: Any
) -> Topic:
    facts: dict[str, Any] = {"TopicArn": arn, "Exists": True, "Policy": POLICY, "KmsMasterKeyId": None}
    facts = {**facts, "Subscriptions": [CONFIRMED], **data}
    known = {name: value for name, value in facts.items() if name not in (gaps or {})}
    row = Row("sns.audit_topic", "111122223333", "us-east-1", arn, known, (), gaps or {})
    return Topic(row, subscribers or tuple(subscriber(item) for item in known.get("Subscriptions", ())))


def best(listed: ListedAlarm, *composites: ListedAlarm, topics: tuple[Topic, ...] = (topic(),)) -> Way:
    return Notifiers(composites, {item.row.id: item for item in topics}, UNMUTED, States((), NOW)).best(listed)


def verdicts(way: Way) -> list[tuple[str, str]]:
    return [(link.name, str(link.verdict)) for link in way]


WHOLE = [("actions", "pass"), ("topic", "pass"), ("subscription", "pass")]


DENIED = Gap(
    key=CallKey("111122223333", "us-east-1", "sns.ListSubscriptionsByTopic"),
    kind=GapKind.DENIED,
    reason="it was denied",
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (("Subscriptions",), [("topic", "pass"), ("subscription", "unknown")]),
        (("Policy", "KmsMasterKeyId"), [("topic", "unknown"), ("subscription", "pass")]),
        (("KmsMasterKeyId",), [("topic", "unknown"), ("subscription", "pass")]),
    ],
)
def test_a_topic_that_could_not_be_looked_at_is_unknown(
    fields: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    way = best(alarm(), topics=(topic(gaps=dict.fromkeys(fields, DENIED)),))
    assert verdicts(way)[1:] == expected
    unknown = next(link for link in way if link.verdict is Outcome.UNKNOWN)
    assert "it was denied" in unknown.reason
    assert unknown.sources
    assert verdicts(best(alarm(), topics=()))[1:] == [("topic", "unknown")]


def test_a_list_of_subscriptions_that_is_half_read_is_unknown() -> None:
    half = topic(subscribers=(subscriber(CONFIRMED),), gaps={"Subscriptions": DENIED})
    assert verdicts(best(alarm(), topics=(half,)))[1:] == [("topic", "pass"), ("subscription", "unknown")]


def policy(**statement: Any) -> dict[str, Any]:
    given = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*", **statement}
    return {"Statement": [given]}


ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:changes"


def test_the_statement_that_refuses_is_named() -> None:
    document = {"Statement": [*policy()["Statement"], *policy(Effect="Deny", Sid="Quiet")["Statement"]]}
    assert "(denied by statement: Quiet)" in best(alarm(AlarmArn=ARN), topics=(topic(Policy=document),))[1].reason
    only = policy(Action="sns:Subscribe")
    assert "denied" not in best(alarm(AlarmArn=ARN), topics=(topic(Policy=only),))[1].reason


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (policy(Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}}), "pass"),
        (policy(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}), "pass"),
        (policy(Condition={"ArnEquals": {"aws:SourceArn": ARN}}), "pass"),
        (policy(Condition={"StringEquals": {"AWS:SourceOwner": "444455556666"}}), "fail"),
        (policy(Condition={"ArnEquals": {"aws:SourceArn": f"{ARN}-other"}}), "fail"),
        (policy(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), "fail"),
        (policy(Condition={"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}), "unknown"),
        (policy(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "fail"),
        (policy(Principal={"Service": "events.amazonaws.com"}), "fail"),
        (policy(Principal={"Service": "cloudwatch.amazonaws.com"}, Resource=OTHER), "fail"),
        (policy(Principal={"Service": "cloudwatch.amazonaws.com"}, Action="sns:Subscribe"), "fail"),
        ({"Statement": [*policy()["Statement"], *policy(Effect="Deny")["Statement"]]}, "fail"),
        ({"Statement": [{"Effect": "Perhaps"}]}, "unknown"),
        (None, "fail"),
    ],
    ids=lambda value: str(value)[:90],
)
def test_the_policy_of_a_topic_decides_whether_its_alarm_is_heard(document: Any, verdict: str) -> None:
    way = best(alarm(AlarmArn=ARN), topics=(topic(Policy=document),))
    assert str(way[1].verdict) == verdict
    assert (len(way) == 3) is (verdict != "fail")


KEY = "arn:aws:kms:us-east-1:111122223333:key/1"
CUSTOMER = {"Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
OVER_SNS = {"StringEquals": {"kms:ViaService": "sns.us-east-1.amazonaws.com"}}
USES = policy(Principal=CLOUDWATCH, Action=["kms:GenerateDataKey*", "kms:Decrypt"])


@pytest.mark.parametrize(
    ("key", "facts", "document", "verdict", "words"),
    [
        ("alias/aws/sns", DENIED, DENIED, "fail", "AWS managed key of SNS"),
        ("arn:aws:kms:us-east-1:111122223333:alias/aws/sns", DENIED, DENIED, "fail", "AWS managed key of SNS"),
        ("1", {**CUSTOMER, "KeyManager": "AWS"}, None, "fail", "AWS managed key of SNS"),
        (KEY, {**CUSTOMER, "KeyManager": "AWS"}, None, "fail", "AWS managed key of SNS"),
        ("alias/alerts", CUSTOMER, USES, "pass", "KMS key lets CloudWatch use it"),
        ("alias/my-alias/aws/sns", CUSTOMER, USES, "pass", "KMS key lets"),
        (KEY, None, None, "fail", "does not exist"),
        (KEY, DENIED, DENIED, "unknown", "it was denied"),
        (KEY, CUSTOMER, DENIED, "unknown", "it was denied"),
        (KEY, CUSTOMER, None, "unknown", "not known"),
        (KEY, {"Arn": KEY, "KeyManager": "CUSTOMER"}, USES, "unknown", "state"),
        (KEY, {**CUSTOMER, "KeyState": "Disabled"}, USES, "fail", "in the state Disabled"),
        (KEY, {**CUSTOMER, "KeyState": "PendingDeletion"}, USES, "fail", "in the state PendingDeletion"),
        (KEY, CUSTOMER, policy(Principal=CLOUDWATCH, Action="kms:Decrypt"), "fail", "kms:GenerateDataKey"),
        (KEY, CUSTOMER, policy(Principal=CLOUDWATCH, Action="kms:Generate*"), "fail", "kms:Decrypt"),
        (KEY, CUSTOMER, policy(Principal={"AWS": "111122223333"}, Action="kms:*"), "fail", "does not let"),
        (KEY, CUSTOMER, policy(Action="kms:*", Condition=OVER_SNS), "unknown", "decide"),
        (KEY, {**CUSTOMER, "KeySpec": "SYMMETRIC_DEFAULT"}, USES, "pass", "KMS key lets"),
        (KEY, {**CUSTOMER, "Arn": KEY.replace("us-east-1", "eu-west-1")}, USES, "fail", "is in eu-west-1"),
        (KEY, {**CUSTOMER, "KeySpec": "RSA_2048"}, USES, "fail", "symmetric encryption keys only"),
    ],
    ids=str,
)  # fmt: skip
def test_the_key_of_a_topic_decides_whether_its_alarm_is_heard(
    key: str, facts: Any, document: Any, verdict: str, words: str
) -> None:
    values = {"KmsKey": facts, "KmsKeyPolicy": document}
    gaps = {name: value for name, value in values.items() if isinstance(value, Gap)}
    way = best(alarm(AlarmArn=ARN), topics=(topic(gaps=gaps, KmsMasterKeyId=key, **values),))
    assert str(way[1].verdict) == verdict
    assert words in way[1].reason


RULE = Row("events.event_rule", "111122223333", "us-east-1", "arn:aws:events:us-east-1:111122223333:rule/stop", {})
EVENTS = {"Service": "events.amazonaws.com"}
FOR_RULES = policy(Principal=EVENTS)


def by_rule(found: Topic) -> Way:
    arn = parse_arn(found.row.id)
    assert arn is not None
    return topic_links(found, found.row.id, arn, rule_publisher(RULE, {}))


OWN_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111122223333"}}


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({}, "pass"),
        ({"Condition": {"ArnEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}}}, "pass"),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}}, "pass"),
        ({"Condition": OWN_ACCOUNT}, "fail"),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:111122223333:rule/*"}}}, "fail"),
        ({"Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}}, "fail"),
    ],
)
def test_a_key_cannot_ask_eventbridge_for_its_source(statement: dict[str, Any], verdict: str) -> None:
    key_policy = policy(Principal=EVENTS, Action=["kms:GenerateDataKey*", "kms:Decrypt"], **statement)
    context = {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}
    request = {"Source": RULE.id, "Resource": KEY, "Keys": context}
    unnamed = {**context, "aws:SourceArn": None, "aws:SourceAccount": None, "aws:SourceOrgID": None}
    uses = {"EventBridge": [{**request, "Keys": unnamed}, request]}
    facts: dict[str, Any] = {"KmsMasterKeyId": KEY, "KmsKey": CUSTOMER, "KmsKeyPolicy": key_policy, "KeyUses": uses}
    way = by_rule(topic(Policy=policy(Principal=EVENTS, Condition=OWN_ACCOUNT), **facts))
    assert str(way[0].verdict) == verdict
    known = "SourceAccount" in str(statement) or "SourceArn" in str(statement)
    assert ("is not supported for what EventBridge publishes" in way[0].reason) is (verdict == "fail" and known)


def test_a_rule_without_a_role_may_not_publish_in_another_account() -> None:
    elsewhere = topic(arn=TOPIC.replace("1111", "4444"), Policy=FOR_RULES)
    way = by_rule(elsewhere)
    assert [str(link.verdict) for link in way] == ["unknown"]
    assert "is in account 444422223333" in way[0].reason
    assert by_rule(topic(Policy=FOR_RULES))[0].verdict is Outcome.PASS


def told(policy: str, scope: str = "MessageBody") -> dict[str, Any]:
    return {"Attributes": {"FilterPolicy": policy, "FilterPolicyScope": scope}}


ATTEST = "(1 confirmed subscription); whether a person looks there, somebody must attest"


@pytest.mark.parametrize(
    ("protocol", "attributes", "endpoint", "verdict", "words"),
    [
        ("email", HEARS, None, "pass", "reaches an e-mail address"),
        ("email-json", HEARS, None, "pass", "reaches an e-mail address"),
        ("sms", HEARS, None, "pass", "reaches a phone number by SMS"),
        ("application", HEARS, None, "pass", "reaches a mobile application endpoint"),
        ("sqs", HEARS, answer({}), "unknown", f"reaches an SQS queue {ATTEST}"),
        ("lambda", HEARS, answer({}), "unknown", f"reaches a Lambda function {ATTEST}"),
        ("firehose", HEARS, answer({}), "unknown", f"reaches a Firehose stream {ATTEST}"),
        ("https", HEARS, None, "unknown", f"reaches an HTTPS endpoint {ATTEST}"),
        ("https", told('{"NewStateValue": ["OK"]}'), None, "fail", "drops the message"),
        ("lambda", HEARS, answer({"ReservedConcurrentExecutions": 0}), "fail", "kept from running"),
        ("lambda", HEARS, answer(None), "fail", "that does not exist"),
        ("firehose", HEARS, answer(DENIED), "unknown", "may not exist: it was denied"),
        ("sqs", HEARS, None, "unknown", "could not be looked up"),
        ("http", HEARS, None, "fail", "an endpoint over plain HTTP, which does not count"),
        ("carrier-pigeon", HEARS, None, "fail", "carrier-pigeon, which does not count"),
        ("email", DENIED, None, "unknown", "may have a filter policy: it was denied"),
        ("email", None, None, "fail", "does not exist any more"),
        ("email", {"Attributes": {"PendingConfirmation": "true"}}, None, "fail", "not confirmed"),
        ("email", told('{"NewStateValue": ["ALARM"]}'), None, "pass", "an e-mail address"),
        ("email", told('{"NewStateValue": ["OK"]}'), None, "fail", "drops the message"),
        ("email", told('{"NewStateValue": ["ALARM"]}', "MessageAttributes"), None, "fail", "drops the message"),
        ("email", told('{"AlarmName": ["changes"]}'), None, "pass", "an e-mail address"),
        ("email", told('{"StateChangeTime": ["x"]}'), None, "unknown", "may drop the message"),
    ],
)  # fmt: skip
def test_who_is_subscribed_decides_whether_anybody_is_told(
    protocol: str, attributes: Any, endpoint: Answer | None, verdict: str, words: str
) -> None:
    item = {**CONFIRMED, "Protocol": protocol}
    way = best(alarm(), topics=(topic(subscribers=(subscriber(item, attributes, endpoint),)),))
    assert str(way[2].verdict) == verdict
    assert words in way[2].reason
    assert way[2].sources


def test_one_subscription_that_hears_is_enough() -> None:
    sms = {"SubscriptionArn": f"{TOPIC}:2", "Protocol": "sms"}
    heard = (subscriber(CONFIRMED, DENIED), subscriber(sms), subscriber({**CONFIRMED, "Protocol": "http"}))
    way = best(alarm(), topics=(topic(subscribers=heard),))
    assert way[2].reason == "topic security-alerts reaches a phone number by SMS (1 confirmed subscription)"


def test_a_chat_channel_is_told_apart_from_other_https_endpoints() -> None:
    channel = subscriber({**CONFIRMED, "Protocol": "https"}, endpoint_of="https://global.sns-api.chatbot.amazonaws.com")
    way = best(alarm(), topics=(topic(subscribers=(channel,)),))
    assert str(way[2].verdict) == "unknown"
    assert f"reaches a chat channel (through Amazon Q Developer) {ATTEST}" in way[2].reason


def test_a_composite_alarm_is_heard_by_its_own_name_and_arn() -> None:
    own = policy(Condition={"ArnEquals": {"aws:SourceArn": ARN.replace("changes", "above")}})
    only_it = (subscriber(CONFIRMED, told('{"AlarmName": ["above"]}')),)
    above = composite("ALARM(changes)", AlarmArn=ARN.replace("changes", "above"))
    way = best(alarm(AlarmActions=[], AlarmArn=ARN), above, topics=(topic(subscribers=only_it, Policy=own),))
    assert verdicts(way) == WHOLE
    assert best(alarm(AlarmArn=ARN), topics=(topic(subscribers=only_it, Policy=own),))[1].verdict is Outcome.FAIL


COUNTS = {"Failed": 0, "FilteredOut": 0, "Delivered": 4, "FilteredReasons": [], "CountedUntil": "2026-11-20T07:00:00Z"}


@pytest.mark.parametrize(
    ("counts", "remark"),
    [
        (COUNTS, ""),
        ({**COUNTS, "Failed": 2}, "2 failed and 0 were kept back by filter policies"),
        (
            {**COUNTS, "FilteredOut": 3, "FilteredReasons": ["3 by their body"]},
            "0 failed and 3 were kept back by filter policies (3 by their body)",
        ),
    ],
)
def test_what_failed_lately_is_a_remark(counts: dict[str, Any], remark: str) -> None:
    link = best(alarm(), topics=(topic(**counts),))[2]
    assert link.verdict is Outcome.PASS
    told = "in the 7 days up to 2026-11-20T07:00:00Z, 4 notifications of topic security-alerts were delivered, "
    assert link.warnings == ((f"{told}{remark}",) if remark else ())


def test_what_could_not_be_counted_is_a_remark_unless_it_was_never_asked() -> None:
    never = replace(DENIED, kind=GapKind.NOT_COLLECTED)
    assert best(alarm(), topics=(topic(gaps={"Failed": never}),))[2].warnings == ()
    (remark,) = best(alarm(), topics=(topic(gaps={"Failed": DENIED}),))[2].warnings
    assert remark == "how many notifications of topic security-alerts failed is not known: it was denied"


@pytest.mark.parametrize(
    ("protocols", "words"),
    [
        (("email",), ()),
        (("sms", "email"), ()),
        (("sms", "http"), ("whether the account's SMS limit of the month is used up",)),
        (("application",), ("whether its mobile application endpoints are enabled",)),
        (("sms", "application"), ("SMS limit of the month", "drops messages and whether its mobile application")),
    ],
)
def test_what_keeps_messages_from_telephones_is_a_remark(protocols: tuple[str, ...], words: tuple[str, ...]) -> None:
    items = [{"SubscriptionArn": f"{TOPIC}:{number}", "Protocol": name} for number, name in enumerate(protocols)]
    link = best(alarm(), topics=(topic(subscribers=tuple(map(subscriber, items))),))[2]
    assert link.verdict is Outcome.PASS
    assert bool(link.warnings) is bool(words)
    assert all(word in link.warnings[0] for word in words)
