"""The way from an alarm in ALARM to a confirmed subscription."""

from typing import Any

import pytest

from scanner.checks.route.notifiers import Notifiers, Way
from scanner.model import Gap, Outcome
from scanner.resources.rows import Row

TOPIC = "arn:aws:sns:us-east-1:111122223333:security-alerts"
OTHER = "arn:aws:sns:us-east-1:111122223333:nobody"
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:page"
OPS_ITEM = "arn:aws:ssm:us-east-1:111122223333:opsitem:2"
INCIDENT = "arn:aws:ssm-incidents::111122223333:response-plan/audit"
REBOOT = "arn:aws:automate:us-east-1:ec2:reboot"
CONFIRMED = {"SubscriptionArn": f"{TOPIC}:6a9c1f0e", "Protocol": "email"}


def alarm(name: str = "changes", **data: Any) -> Row:
    facts = {"AlarmName": name, "ActionsEnabled": True, "AlarmActions": [TOPIC], **data}
    return Row("cloudwatch.alarm", "111122223333", "us-east-1", name, facts)


def topic(arn: str = TOPIC, **data: Any) -> Row:
    facts = {"TopicArn": arn, "Exists": True, "Subscriptions": [CONFIRMED], **data}
    return Row("sns.audit_topic", "111122223333", "us-east-1", arn, facts)


def best(row: Row, *composites: Row, topics: tuple[Row, ...] = (topic(),)) -> Way:
    return Notifiers(composites, {item.id: item for item in topics}).best(row)


def verdicts(way: Way) -> list[tuple[str, str]]:
    return [(step.name, str(step.verdict)) for step in way]


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
        ({"AlarmActions": ["nonsense"]}, "fail", "tells nobody"),
        ({"AlarmActions": [LAMBDA]}, "unknown", "a Lambda function"),
        ({"AlarmActions": [INCIDENT]}, "unknown", "an Incident Manager response plan"),
    ],
    ids=str,
)
def test_actions_that_do_not_certainly_tell_somebody(data: dict[str, Any], verdict: str, words: str) -> None:
    way = best(alarm(**data))
    assert verdicts(way) == [("actions", verdict)]
    assert words in way[0].reason


def test_an_ops_item_needs_no_topic() -> None:
    assert verdicts(best(alarm(AlarmActions=[OPS_ITEM]))) == WHOLE


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
    gap = Gap("111122223333", "us-east-1", "sns.ListSubscriptionsByTopic", {}, "denied", "", "it was denied")
    blind = Row("sns.audit_topic", "111122223333", "us-east-1", TOPIC, {"Exists": True}, (), {"Subscriptions": gap})
    way = best(alarm(), topics=(blind,))
    assert verdicts(way)[1:] == [("topic", "unknown")]
    assert "it was denied" in way[1].reason
    assert way[1].sources
    assert verdicts(best(alarm(), topics=()))[1:] == [("topic", "unknown")]


def composite(rule: str, name: str = "above", **data: Any) -> Row:
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
    assert str(max((step.verdict for step in way), key=["pass", "unknown", "fail"].index)) == verdict


def test_a_composite_above_a_composite() -> None:
    way = best(
        alarm(AlarmActions=[]), composite("ALARM(changes)", "middle", AlarmActions=[]), composite("ALARM(middle)")
    )
    assert verdicts(way) == WHOLE
    assert way[0].candidate == "above"


def test_a_composite_with_its_actions_off_does_not_help() -> None:
    assert best(alarm(AlarmActions=[]), composite("ALARM(changes)", ActionsEnabled=False))[0].verdict is Outcome.FAIL


def test_a_suppressor_and_an_alarm_that_is_on_are_remarked_on() -> None:
    way = best(alarm(AlarmActions=[]), composite("ALARM(changes)", ActionsSuppressor="mute", StateValue="ALARM"))
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
    assert str(max((step.verdict for step in way), key=["pass", "unknown", "fail"].index)) == verdict


@pytest.mark.parametrize(
    ("arn", "words"),
    [(f"{TOPIC}.fifo", "FIFO topic"), (TOPIC.replace("us-east-1", "eu-west-1"), "their own Region only")],
)
def test_topics_that_take_no_message_of_an_alarm(arn: str, words: str) -> None:
    subscribed = topic(arn, Subscriptions=[{"SubscriptionArn": f"{arn}:6a9c", "Protocol": "sqs"}])
    way = best(alarm(AlarmActions=[arn]), topics=(subscribed,))
    assert verdicts(way)[1:] == [("topic", "fail")]
    assert words in way[1].reason
