"""The way from an alarm in ALARM to a confirmed subscription."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.alarms.alarm import read_alarm
from scanner.alarms.muting.rules import MuteRule, MuteRules, read_mute_rule
from scanner.alarms.standing import States
from scanner.arns import parse_arn
from scanner.audit_path.mute_rules import RegionMutes
from scanner.audit_path.watching import ListedAlarm
from scanner.checks.route.watching.notifiers import Notifiers, Way
from scanner.checks.route.watching.topics import Topic
from scanner.facts.rows import Row
from scanner.model import CallKey, Gap, GapKind, Outcome, Source
from scanner.resources.monitoring.audiences import Subscriber
from scanner.snapshot.answers import Absent, Answer, NotKnown, Pages

TOPIC = "arn:aws:sns:us-east-1:111122223333:security-alerts"
OTHER = "arn:aws:sns:us-east-1:111122223333:nobody"
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:page"
OPS_ITEM = "arn:aws:ssm:us-east-1:111122223333:opsitem:2"
INCIDENT = "arn:aws:ssm-incidents::111122223333:response-plan/audit"
REBOOT = "arn:aws:automate:us-east-1:ec2:reboot"
CONFIRMED = {"SubscriptionArn": f"{TOPIC}:6a9c1f0e", "Protocol": "email"}
ALARM = "arn:aws:cloudwatch:us-east-1:111122223333:alarm"
UNMUTED = RegionMutes(MuteRules(()), (), None)
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
SOURCE = Source(CallKey("111122223333", "us-east-1", "cloudwatch.DescribeAlarms"), "")
OPEN = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": "*",
        }
    ]
}


def alarm(name: str = "changes", **data: Any) -> ListedAlarm:
    facts = {"AlarmName": name, "AlarmArn": f"{ALARM}:{name}", "ActionsEnabled": True, "AlarmActions": [TOPIC], **data}
    return ListedAlarm(read_alarm(facts, "111122223333", "us-east-1", composite="AlarmRule" in data), SOURCE)


def topic(arn: str = TOPIC, **data: Any) -> Row:
    facts = {
        "TopicArn": arn,
        "Exists": True,
        "Subscriptions": [CONFIRMED],
        "Policy": OPEN,
        "KmsMasterKeyId": None,
        **data,
    }
    return Row("sns.audit_topic", "111122223333", "us-east-1", arn, facts)


def subscriber(item: dict[str, Any], attributes: Answer | None = None, endpoint: Answer | None = None) -> Subscriber:
    arn = str(item.get("SubscriptionArn") or "")
    told = Answer(CallKey("", "", "attributes"), Pages(({"Attributes": {}},)))
    confirmed = parse_arn(arn) is not None
    return Subscriber(
        arn, str(item.get("Protocol") or ""), str(item.get("Endpoint") or ""), confirmed, attributes or told, endpoint
    )


def states(*listed: ListedAlarm, now: datetime = NOW) -> States:
    """The states of these alarms, and of others that are there and OK."""
    quiet = (alarm(name, StateValue="OK") for name in ("mute", "other", "b", "c"))
    return States([each.alarm for each in (*quiet, *listed)], now)


def best(listed: ListedAlarm, *composites: ListedAlarm, topics: tuple[Row, ...] = (topic(),)) -> Way:
    known = {}
    for item in topics:
        subscribed = [each for each in item.data.get("Subscriptions", ()) if isinstance(each, dict)]
        known[item.id] = Topic(item, tuple(map(subscriber, subscribed)))
    return Notifiers(composites, known, UNMUTED, states(listed, *composites)).best(listed)


def verdicts(way: Way) -> list[tuple[str, str]]:
    return [(link.name, str(link.verdict)) for link in way]


WHOLE = [("actions", "pass"), ("topic", "pass"), ("subscription", "pass")]


def test_an_alarm_that_tells_a_confirmed_subscription() -> None:
    assert verdicts(best(alarm())) == WHOLE


@pytest.mark.parametrize(
    ("data", "verdict", "words"),
    [
        ({"ActionsEnabled": False}, "fail", "actions switched off"),
        ({"ActionsEnabled": None}, "unknown", "does not say"),
        ({"AlarmActions": []}, "fail", "no action for ALARM"),
        ({"AlarmActions": None}, "fail", "no action for ALARM"),
        ({"AlarmActions": [REBOOT]}, "fail", "tells nobody"),
        ({"AlarmActions": ["nonsense"]}, "unknown", "of a kind that is not known here"),
        ({"AlarmActions": ["arn:aws:aiops:us-east-1:111122223333:investigation-group/1"]}, "unknown", "not known here"),
        (
            {"AlarmActions": ["arn:aws:swf:us-east-1:111122223333:action/actions/AWS_EC2.InstanceId.Stop/1.0"]},
            "fail",
            "tells nobody",
        ),
        (
            {"AlarmActions": ["arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:1:autoScalingGroupName/g:p"]},
            "fail",
            "tells nobody",
        ),
        ({"AlarmActions": [LAMBDA]}, "unknown", "a Lambda function"),
        ({"AlarmActions": [INCIDENT]}, "unknown", "an Incident Manager response plan"),
    ],
    ids=str,
)
def test_actions_that_do_not_certainly_tell_somebody(data: dict[str, Any], verdict: str, words: str) -> None:
    way = best(alarm(**data))
    assert verdicts(way) == [("actions", verdict)]
    assert words in way[0].reason


def test_that_a_person_looks_at_ops_items_somebody_must_attest() -> None:
    way = best(alarm(AlarmActions=[OPS_ITEM]))
    assert verdicts(way) == [("actions", "unknown")]
    assert way[0].reason == (
        f"alarm changes acts and opens an OpsItem in Systems Manager ({OPS_ITEM}); whether a person looks there, "
        "somebody must attest"
    )
    assert verdicts(best(alarm(AlarmActions=[OPS_ITEM, TOPIC]), topics=(topic(),))) == WHOLE


def test_the_best_of_several_actions_counts() -> None:
    way = best(alarm(AlarmActions=[REBOOT, LAMBDA, OTHER, TOPIC]), topics=(topic(), topic(OTHER, Subscriptions=[])))
    assert verdicts(way) == WHOLE
    way = best(alarm(AlarmActions=[OTHER, LAMBDA]), topics=(topic(OTHER, Subscriptions=[]),))
    assert verdicts(way) == [("actions", "unknown")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (topic(Exists=False, Subscriptions=[]), [("topic", "fail")]),
        (topic(Subscriptions=[]), [("topic", "pass"), ("subscription", "fail")]),
        (
            topic(Subscriptions=[{"SubscriptionArn": "PendingConfirmation"}]),
            [("topic", "pass"), ("subscription", "fail")],
        ),
        (topic(Subscriptions=[{"SubscriptionArn": "Deleted"}]), [("topic", "pass"), ("subscription", "fail")]),
        (topic(Subscriptions=[{}, "odd", CONFIRMED]), [("topic", "pass"), ("subscription", "pass")]),
    ],
    ids=["deleted", "empty", "pending", "unsubscribed", "one of three"],
)
def test_topics(row: Row, expected: list[tuple[str, str]]) -> None:
    assert verdicts(best(alarm(), topics=(row,)))[1:] == expected


def test_a_topic_that_could_not_be_looked_at_is_unknown() -> None:
    gap = Gap(
        key=CallKey("111122223333", "us-east-1", "sns.ListSubscriptionsByTopic"),
        kind=GapKind.DENIED,
        reason="it was denied",
    )
    known = {"Exists": True, "Policy": OPEN, "KmsMasterKeyId": None}
    blind = Row("sns.audit_topic", "111122223333", "us-east-1", TOPIC, known, (), {"Subscriptions": gap})
    way = best(alarm(), topics=(blind,))
    assert verdicts(way)[1:] == [("topic", "pass"), ("subscription", "unknown")]
    assert "it was denied" in way[2].reason
    assert way[2].sources
    assert verdicts(best(alarm(), topics=()))[1:] == [("topic", "unknown")]


def composite(rule: str, name: str = "above", **data: Any) -> ListedAlarm:
    return alarm(name, AlarmRule=rule, **data)


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("ALARM(changes)", "pass"),
        ("ALARM(changes) OR ALARM(other)", "pass"),
        ("ALARM(changes) AND NOT ALARM(other)", "pass"),
        ("AT_LEAST(1, ALARM, (changes, other))", "pass"),
        ("ALARM(changes) AND ALARM(other)", "fail"),
        ("NOT ALARM(changes)", "fail"),
        ("ALARM(changes) OR TRUE", "fail"),
        ("AT_LEAST(2, ALARM, (changes, other))", "fail"),
        ("NOT OK(changes)", "unknown"),
        ("ALARM(changes) AND OK(other)", "unknown"),
        ("ALARM(changes) AND (OK(other) OR INSUFFICIENT_DATA(third))", "unknown"),
        ("ALARM(changes) AND (OK(other) OR INSUFFICIENT_DATA(other))", "pass"),
        ("ALARM(changes) OR ALARM(above)", "unknown"),
        (f"ALARM(changes) OR {' AND '.join(f'OK(a{n})' for n in range(9))}", "unknown"),
        ("ALARM(changes) OR INSUFFICIENT_DATA(other)", "unknown"),
        ("PERHAPS(changes)", "unknown"),
        ("ALARM(other)", "fail"),
    ],
)
def test_a_composite_alarm_that_acts_for_a_silent_child(rule: str, verdict: str) -> None:
    way = best(alarm(AlarmActions=[]), composite(rule))
    assert str(max((link.verdict for link in way), key=["pass", "unknown", "fail"].index)) == verdict
    if way[0].verdict is Outcome.UNKNOWN:
        assert way[0].reason.endswith(f"; if it does, it notifies topic {TOPIC.rpartition(':')[2]}")


def test_a_composite_above_a_composite() -> None:
    way = best(
        alarm(AlarmActions=[]), composite("ALARM(changes)", "middle", AlarmActions=[]), composite("ALARM(middle)")
    )
    assert verdicts(way) == WHOLE
    assert way[0].candidate == "above"


def test_a_composite_rests_on_the_alarm_below_only_when_its_rule_is_understood() -> None:
    other = replace(SOURCE, pointer="/pages/0/CompositeAlarms/0")
    silent = alarm(AlarmActions=[])
    understood = best(silent, replace(composite("ALARM(changes)"), source=other))
    assert understood[0].sources == (other, SOURCE)
    odd = best(silent, replace(composite("PERHAPS(changes)"), source=other))
    assert odd[0].sources == (other,)


def test_a_composite_with_its_actions_off_does_not_help() -> None:
    assert best(alarm(AlarmActions=[]), composite("ALARM(changes)", ActionsEnabled=False))[0].verdict is Outcome.FAIL


JUST_NOW = {"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-11-20T06:00:00Z"}


def test_a_suppressor_and_an_alarm_that_is_on_are_remarked_on() -> None:
    way = best(alarm(AlarmActions=[]), composite("ALARM(changes)", ActionsSuppressor="mute", **JUST_NOW))
    assert verdicts(way) == WHOLE
    assert "suppressor mute" in way[0].warnings[0]
    assert "in ALARM now" in way[0].warnings[1]


@pytest.mark.parametrize(
    ("suppressor", "rule", "verdict"),
    [
        ("changes", "", "fail"),
        ("mute", "ALARM(changes)", "fail"),
        ("mute", "TRUE", "fail"),
        ("mute", "NOT OK(other)", "unknown"),
        ("arn:aws:cloudwatch:us-east-1:111122223333:alarm:mute", "TRUE", "fail"),
        ("mute", "ALARM(other)", "pass"),
        ("mute", "", "pass"),
    ],
)
def test_a_suppressor_that_goes_off_too_silences_a_composite(suppressor: str, rule: str, verdict: str) -> None:
    rows = [composite("ALARM(changes)", ActionsSuppressor=suppressor)]
    rows += [composite(rule, "mute", AlarmActions=[])] if rule else []
    way = best(alarm(AlarmActions=[], ActionsEnabled=False), *rows)
    assert str(max((link.verdict for link in way), key=["pass", "unknown", "fail"].index)) == verdict


@pytest.mark.parametrize(
    ("arn", "words"),
    [(f"{TOPIC}.fifo", "FIFO topic"), (TOPIC.replace("us-east-1", "eu-west-1"), "their own Region only")],
)
def test_topics_that_take_no_message_of_an_alarm(arn: str, words: str) -> None:
    subscribed = topic(arn, Subscriptions=[{"SubscriptionArn": f"{arn}:6a9c", "Protocol": "sqs"}])
    way = best(alarm(AlarmActions=[arn]), topics=(subscribed,))
    assert verdicts(way)[1:] == [("topic", "fail")]
    assert words in way[1].reason


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    given = {"Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": "*", **members}
    return {"Effect": effect, **given}


def equals(**keys: str) -> dict[str, Any]:
    return {"StringEquals": {name.replace("_", ":"): value for name, value in keys.items()}}


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([statement()], "pass"),
        ([statement(Principal={"AWS": "*"}, Condition=equals(AWS_SourceOwner="111122223333"))], "pass"),
        ([statement(Condition=equals(aws_SourceAccount="111122223333"))], "pass"),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": f"{ALARM}:*"}})], "pass"),
        ([statement(Condition=equals(aws_SourceAccount="444455556666"))], "fail"),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": f"{ALARM}:other"}})], "fail"),
        ([statement(Principal={"Service": "events.amazonaws.com"})], "fail"),
        ([statement(Principal={"AWS": "arn:aws:iam::111122223333:root"})], "fail"),
        ([statement(Action="sns:Subscribe")], "fail"),
        ([statement(Resource=f"{TOPIC}-other")], "fail"),
        ([], "fail"),
        ([statement(), statement("Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})], "pass"),
        ([statement(), statement("Deny", Principal="*")], "fail"),
        (
            [
                statement(),
                {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/x"}, "Action": "*"},
            ],
            "fail",
        ),
        ([statement(Condition=equals(aws_RequestTag_x="y"))], "unknown"),
    ],
    ids=str,
)
def test_the_policy_must_let_cloudwatch_publish(statements: list[dict[str, Any]], verdict: str) -> None:
    way = best(alarm(), topics=(topic(Policy={"Statement": statements}),))
    assert str(way[1].verdict) == verdict
    assert len(way) == (2 if verdict == "fail" else 3)


def test_a_policy_that_cannot_be_read_is_unknown() -> None:
    assert best(alarm(), topics=(topic(Policy="{"),))[1].verdict is Outcome.UNKNOWN
    assert best(alarm(), topics=(topic(Policy=None),))[1].verdict is Outcome.FAIL


KEY = "arn:aws:kms:us-east-1:111122223333:key/1"
USE = [statement(Action=["kms:GenerateDataKey*", "kms:Decrypt"])]


def key(state: str = "Enabled", manager: str = "CUSTOMER") -> dict[str, Any]:
    return {"Arn": KEY, "KeyState": state, "KeyManager": manager}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({"KmsMasterKeyId": "alias/aws/sns"}, "fail", "AWS managed key"),
        ({"KmsMasterKeyId": "arn:aws:kms:us-east-1:111122223333:alias/aws/sns"}, "fail", "AWS managed key"),
        ({"KmsMasterKeyId": KEY, "KmsKey": key(manager="AWS")}, "fail", "AWS managed key"),
        ({"KmsMasterKeyId": "1", "KmsKey": key(manager="AWS"), "KmsKeyPolicy": {"Statement": USE}}, "fail", "managed"),
        ({"KmsMasterKeyId": KEY, "KmsKey": key("Disabled"), "KmsKeyPolicy": {"Statement": USE}}, "fail", "Disabled"),
        ({"KmsMasterKeyId": KEY, "KmsKey": key("PendingDeletion")}, "fail", "PendingDeletion"),
        ({"KmsMasterKeyId": KEY, "KmsKey": None}, "fail", "does not exist"),
        (
            {"KmsMasterKeyId": KEY, "KmsKey": key(), "KmsKeyPolicy": {"Statement": USE}},
            "pass",
            "lets CloudWatch publish",
        ),
        ({"KmsMasterKeyId": KEY, "KmsKey": key(), "KmsKeyPolicy": {"Statement": []}}, "fail", "kms:GenerateDataKey"),
        (
            {"KmsMasterKeyId": KEY, "KmsKey": key(), "KmsKeyPolicy": {"Statement": [statement(Action="kms:Decrypt")]}},
            "fail",
            "does not let CloudWatch use kms:GenerateDataKey",
        ),
        (
            {"KmsMasterKeyId": KEY, "KmsKey": key(), "KmsKeyPolicy": {"Statement": [statement(Action="kms:Gen*")]}},
            "fail",
            "does not let CloudWatch use kms:Decrypt",
        ),
        (
            {
                "KmsMasterKeyId": KEY,
                "KmsKey": key(),
                "KmsKeyPolicy": {"Statement": [*USE, statement("Deny", Action="kms:*")]},
            },
            "fail",
            "does not let CloudWatch",
        ),
        ({"KmsMasterKeyId": KEY, "KmsKey": key(), "KmsKeyPolicy": None}, "unknown", "is not known"),
    ],
    ids=str,
)
def test_the_key_of_a_topic_must_let_cloudwatch_use_it(facts: dict[str, Any], verdict: str, words: str) -> None:
    way = best(alarm(), topics=(topic(**facts),))
    assert str(way[1].verdict) == verdict
    assert words in way[1].reason


@pytest.mark.parametrize("field", ["Policy", "KmsMasterKeyId", "KmsKey", "KmsKeyPolicy"])
def test_a_refused_fact_about_publishing_is_never_a_pass(field: str) -> None:
    gap = Gap(key=CallKey("111122223333", "us-east-1", "kms.GetKeyPolicy"), kind=GapKind.DENIED, reason="it was denied")
    whole = topic(KmsMasterKeyId=KEY, KmsKey=key(), KmsKeyPolicy={"Statement": USE})
    known = {name: value for name, value in whole.data.items() if name != field}
    blind = Row(whole.type, whole.account, whole.region, whole.id, known, (), {field: gap})
    way = best(alarm(), topics=(blind,))
    assert str(way[1].verdict) == "unknown"
    assert "it was denied" in way[1].reason


def test_what_is_known_to_refuse_decides_beside_a_refused_fact() -> None:
    gap = Gap(key=CallKey("111122223333", "us-east-1", "kms.GetKeyPolicy"), kind=GapKind.DENIED, reason="it was denied")
    facts = {
        "Exists": True,
        "Subscriptions": [CONFIRMED],
        "Policy": {"Statement": []},
        "KmsMasterKeyId": KEY,
        "KmsKey": key(),
    }
    blind = Row("sns.audit_topic", "111122223333", "us-east-1", TOPIC, facts, (), {"KmsKeyPolicy": gap})
    assert verdicts(best(alarm(), topics=(blind,)))[1:] == [("topic", "fail")]


def told(**attributes: str) -> Answer:
    return Answer(CallKey("", "", "attributes"), Pages(({"Attributes": attributes},)))


GONE = Answer(CallKey("", "", "endpoint"), Absent("ResourceNotFoundException"))
THERE = Answer(CallKey("", "", "endpoint"), Pages(({"FunctionArn": "f"},)))
REFUSED = Answer(
    CallKey("", "", "x"),
    NotKnown(
        Gap(
            key=CallKey("111122223333", "us-east-1", "x.Y"),
            kind=GapKind.DENIED,
            code="AccessDenied",
            reason="it was denied",
        )
    ),
)
QUEUE = {"SubscriptionArn": f"{TOPIC}:1", "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:111122223333:q"}
PLAIN = {"SubscriptionArn": f"{TOPIC}:2", "Protocol": "http", "Endpoint": "http://example.com"}
DEAF = told(FilterPolicy='{"NewStateValue": ["OK"]}', FilterPolicyScope="MessageBody")


@pytest.mark.parametrize(
    ("subscribed", "verdict", "words"),
    [
        ([subscriber(CONFIRMED)], "pass", "an e-mail address"),
        ([subscriber(QUEUE, endpoint=THERE)], "unknown", "an SQS queue (1 confirmed subscription); whether a person"),
        ([subscriber(CONFIRMED), subscriber(QUEUE, endpoint=THERE)], "pass", "an e-mail address and an SQS queue (2"),
        ([subscriber(QUEUE, endpoint=GONE)], "fail", "leads to an SQS queue that does not exist"),
        ([subscriber(QUEUE, endpoint=REFUSED)], "unknown", "may not exist: it was denied"),
        ([subscriber(PLAIN)], "fail", "an endpoint over plain HTTP"),
        ([subscriber({**CONFIRMED, "Protocol": "pigeon"})], "fail", "the protocol pigeon"),
        ([subscriber(CONFIRMED, DEAF)], "fail", "has a filter policy that drops the message"),
        ([subscriber(CONFIRMED, told(FilterPolicy='{"team": ["x"]}'))], "fail", "drops the message"),
        ([subscriber(CONFIRMED, REFUSED)], "unknown", "may have a filter policy: it was denied"),
        ([subscriber(CONFIRMED, REFUSED), subscriber(QUEUE, endpoint=THERE)], "unknown", "attest; subscription arn"),
        (
            [subscriber(CONFIRMED, DEAF), subscriber(PLAIN)],
            "fail",
            "one has a filter policy that drops the message; one leads to",
        ),
        (
            [subscriber({"SubscriptionArn": "PendingConfirmation"})],
            "fail",
            "no confirmed subscription (1 not confirmed)",
        ),
        ([], "fail", "has no confirmed subscription"),
    ],
)
def test_a_subscription_must_receive_the_message(subscribed: list[Subscriber], verdict: str, words: str) -> None:
    way = Notifiers((), {TOPIC: Topic(topic(), tuple(subscribed))}, UNMUTED, states()).best(alarm())
    assert str(way[2].verdict) == verdict
    assert words in way[2].reason


def muted(*rules: MuteRule, gap: Gap | None = None) -> RegionMutes:
    return RegionMutes(MuteRules(rules), (LISTED_MUTES,), gap)


def mute(name: str = "changes", status: str = "ACTIVE", **members: Any) -> MuteRule:
    answer = {"Rule": {"Schedule": {"Expression": "cron(0 2 * * SUN)", "Duration": "PT4H"}}, "Status": status}
    rule = read_mute_rule("night", {**answer, "MuteTargets": {"AlarmNames": [name]}, **members}, NOW)
    assert rule is not None
    return rule


LISTED_MUTES = Source(CallKey("111122223333", "us-east-1", "cloudwatch.ListAlarmMuteRules"), "")
HIDDEN = Gap(key=LISTED_MUTES.call, kind=GapKind.DENIED, reason="it was denied")


def with_mutes(mutes: RegionMutes, listed: ListedAlarm, *composites: ListedAlarm) -> Way:
    known = {TOPIC: Topic(topic(), (subscriber(CONFIRMED),))}
    return Notifiers(composites, known, mutes, states(listed, *composites)).best(listed)


def test_an_alarm_that_is_muted_now_tells_nobody() -> None:
    way = with_mutes(muted(mute()), alarm())
    assert verdicts(way) == [("actions", "fail")]
    assert "alarm changes is muted now by mute rule night (cron(0 2 * * SUN) for PT4H, UTC)" in way[0].reason
    assert LISTED_MUTES in way[0].sources


def test_a_window_now_and_then_is_a_warning() -> None:
    way = with_mutes(muted(mute(status="SCHEDULED")), alarm())
    assert verdicts(way) == WHOLE
    assert any("mutes alarm changes for up to 4 hours in seven days" in text for text in way[0].warnings)
    assert LISTED_MUTES in way[0].sources


@pytest.mark.parametrize("mutes", [muted(gap=HIDDEN), muted(mute(MuteTargets=None))])
def test_whether_an_alarm_is_muted_may_not_be_known(mutes: RegionMutes) -> None:
    way = with_mutes(mutes, alarm())
    assert verdicts(way) == [("actions", "unknown"), ("topic", "pass"), ("subscription", "pass")]
    assert "is not known" in way[0].reason


def test_what_is_certain_of_one_mute_rule_outweighs_what_is_not_known_of_others() -> None:
    assert verdicts(with_mutes(muted(mute(), gap=HIDDEN), alarm())) == [("actions", "fail")]


def test_a_muted_alarm_leaves_its_composite_alarm_free_and_the_other_way_round() -> None:
    above = alarm("above", AlarmRule="ALARM(changes)")
    assert verdicts(with_mutes(muted(mute()), alarm(), above)) == WHOLE
    assert verdicts(with_mutes(muted(mute("above")), alarm(), above)) == WHOLE
    way = with_mutes(muted(mute("above")), alarm(AlarmActions=[]), above)
    assert verdicts(way) == [("actions", "fail")]
    assert "alarm above is muted now" in way[0].reason


def test_an_alarm_that_acts_for_nobody_stays_broken_when_mutes_are_not_known() -> None:
    assert verdicts(with_mutes(muted(gap=HIDDEN), alarm(AlarmActions=[]))) == [("actions", "fail")]
    assert verdicts(with_mutes(muted(gap=HIDDEN), alarm(AlarmActions=[REBOOT]))) == [("actions", "fail")]


LONG_AGO = {"StateValue": "ALARM", "StateTransitionedTimestamp": "2026-11-01T07:00:00Z"}


def test_an_alarm_that_stays_in_alarm_moves_no_composite_alarm_either() -> None:
    above = alarm("above", AlarmRule="ALARM(changes)")
    for way in (best(alarm(**LONG_AGO)), best(alarm(AlarmActions=[], **LONG_AGO), above)):
        assert verdicts(way) == [("actions", "fail")]
        assert "alarm changes has been in ALARM since 2026-11-01T07:00:00Z" in way[0].reason
    way = best(alarm(AlarmActions=[]), alarm("above", AlarmRule="ALARM(changes) OR ALARM(other)", **LONG_AGO))
    assert "alarm above has been in ALARM since" in way[0].reason
    assert verdicts(best(alarm(), alarm("above", AlarmRule="ALARM(changes)", **LONG_AGO))) == WHOLE


def test_a_composite_alarm_whose_suppressor_is_in_alarm_does_not_act() -> None:
    mute = alarm("mute", StateValue="ALARM")
    above = composite("ALARM(changes)", ActionsSuppressor="mute")
    known = {TOPIC: Topic(topic(), (subscriber(CONFIRMED),))}
    for quiet, expected in ((alarm(AlarmActions=[]), [("actions", "fail")]), (alarm(), WHOLE)):
        listed = (quiet, above, mute)
        way = Notifiers((above,), known, UNMUTED, States([each.alarm for each in listed], NOW)).best(quiet)
        assert verdicts(way) == expected


def test_a_suppressor_that_is_not_listed_leaves_the_way_open() -> None:
    way = best(alarm(AlarmActions=[]), composite("ALARM(changes)", ActionsSuppressor="elsewhere"))
    assert verdicts(way) == [("actions", "unknown"), ("topic", "pass"), ("subscription", "pass")]
    assert "the state of its suppressor elsewhere is not known" in way[0].reason


LATELY, MONTH_OLD = "2026-11-20T06:00:00Z", "2026-11-01T06:00:00Z"


@pytest.mark.parametrize(
    ("rule", "since", "outcome"),
    [
        ("ALARM(changes) AND NOT ALARM(busy)", MONTH_OLD, Outcome.FAIL),
        ("ALARM(changes) AND NOT ALARM(busy)", LATELY, Outcome.UNKNOWN),
        ("ALARM(changes) AND NOT ALARM(between)", MONTH_OLD, Outcome.FAIL),
        ("AT_LEAST(1, ALARM, (changes, other)) AND AT_LEAST(2, NOT ALARM, (busy, other))", MONTH_OLD, Outcome.FAIL),
        ("ALARM(changes) AND NOT ALARM(other)", MONTH_OLD, Outcome.PASS),
        ("ALARM(changes) OR ALARM(busy)", MONTH_OLD, Outcome.PASS),
    ],
)
def test_an_alarm_in_alarm_can_hold_a_composite_alarm_back(rule: str, since: str, outcome: Outcome) -> None:
    busy = alarm("busy", StateValue="ALARM", StateTransitionedTimestamp=since)
    above, between = alarm("above", AlarmRule=rule), alarm("between", AlarmRule="ALARM(busy)", AlarmActions=[])
    below = alarm(AlarmActions=[])
    topics = {TOPIC: Topic(topic(), (subscriber(CONFIRMED),))}
    found = Notifiers((above, between), topics, UNMUTED, states(below, above, between, busy)).best(below)
    assert found[0].verdict is outcome
    if outcome is not Outcome.PASS:
        said = "composite alarm above does not go to ALARM with alarm changes while busy is in ALARM"
        assert found[0].reason.startswith(said)


GROUPED = {"Id": "q1", "Expression": "SELECT SUM(x) FROM y GROUP BY z", "Period": 300, "ReturnData": True}


def test_an_alarm_on_several_time_series_tells_of_those_that_are_not_in_alarm() -> None:
    way = best(alarm(Metrics=[GROUPED], **LONG_AGO))
    assert verdicts(way)[0] == ("actions", "unknown")
    assert "which of its time series are is not looked at" in way[0].reason
    way = best(alarm(Metrics=[GROUPED], **JUST_NOW))
    assert verdicts(way) == WHOLE
    assert way[0].warnings == (
        "alarm changes is in ALARM now and tells of no further events of the time series that are",
    )
