"""What filter policies on the message body leave of the events that an EventBridge rule publishes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.arns import parse_arn
from scanner.checks.route.watching.deliveries import ALL, NONE, UNDECIDED
from scanner.checks.route.watching.topics import Topic, rule_publisher, topic_links
from scanner.facts.rows import Row
from scanner.model import CallKey, Outcome
from scanner.pattern import JsonPattern, matches_value
from scanner.pattern.cloudtrail.event_bus import event_of
from scanner.policies.filter_policies import lets_through
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Recorded, Whole
from scanner.resources.monitoring.audiences import Subscriber
from scanner.snapshot.answers import Answer, Pages

TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"
RULE = "arn:aws:events:us-east-1:111122223333:rule/stop"


def link_of(*policies: Any, protocol: str = "email", pattern: Any = None, **target: Any) -> Any:
    """The subscription link of a rule whose topic has one subscription for each policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "*", "Resource": "*"}
    facts = {"Exists": True, "Policy": {"Statement": [statement]}, "KmsMasterKeyId": None}
    row = Row("sns.audit_topic", "111122223333", "us-east-1", TOPIC, {**facts, "Subscriptions": []})
    subscribers = [_subscriber(f"{TOPIC}:{place}", policy, protocol) for place, policy in enumerate(policies)]
    rule = Row("events.event_rule", "111122223333", "us-east-1", RULE, {"EventPattern": pattern})
    arn = parse_arn(TOPIC)
    assert arn is not None
    return topic_links(Topic(row, tuple(subscribers)), TOPIC, arn, rule_publisher(rule, target))[-1]


def _subscriber(arn: str, policy: Any, protocol: str) -> Subscriber:
    scope = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"} if policy is not None else {}
    told = Answer(CallKey("account", "region", "operation"), Pages(({"Attributes": scope},)))
    return Subscriber(arn, protocol, "", confirmed=True, attributes=told, endpoint_answer=None)


def carried(*policies: Any, **options: Any) -> Recorded:
    link = link_of(*policies, **options)
    if link.carries is not None:
        return Recorded(link.carries.surely, link.carries.at_most)
    return {Outcome.PASS: ALL, Outcome.FAIL: NONE, Outcome.UNKNOWN: UNDECIDED}[link.verdict]


def admits(condition: Condition, record: dict[str, Any]) -> bool:
    if isinstance(condition, Whole):
        return condition is EVERYTHING
    return matches_value(JsonPattern(condition), record)


def record(**members: Any) -> dict[str, Any]:
    plain = {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "eventType": "AwsApiCall"}
    return {**plain, "userIdentity": {"type": "IAMUser"}, **members}


STOPS, CREATES = record(), record(eventName="CreateTrail")


@pytest.mark.parametrize(
    ("policy", "stops", "creates"),
    [
        (None, True, True),
        ({}, True, True),
        ({"detail": {"eventName": ["StopLogging"]}}, True, False),
        ({"detail": {"eventName": [{"prefix": "Stop"}, {"prefix": "Delete"}]}}, True, False),
        ({"detail": {"eventName": [{"anything-but": ["StopLogging"]}]}}, False, True),
        ({"source": ["aws.cloudtrail"], "detail": {"userIdentity": {"type": ["IAMUser"]}}}, True, True),
        ({"source": ["aws.iam"]}, False, False),
        ({"detail-type": ["AWS Console Sign In via CloudTrail"]}, False, False),
        ({"$or": [{"source": ["aws.iam"]}, {"detail": {"eventName": ["CreateTrail"]}}]}, False, True),
        ({"detail": {"errorCode": [{"exists": False}]}}, True, True),
        ({"detail": {"n": [{"numeric": [">", 1]}]}}, None, None),
        ({"detail": {"eventName": ["StopLogging"], "n": [{"numeric": [">", 1]}]}}, None, False),
        ({"detail": {"eventName": ["StopLogging", None]}}, None, None),
        ({"resources": [{"exists": False}]}, None, None),
        ({"detail.eventName": ["StopLogging"]}, None, None),
        ({"source": ["aws.cloudtrail"], "$or": [{"source": ["aws.iam"]}, {"region": ["x"]}]}, None, None),
        (
            {"detail": {"eventName": ["StopLogging"], "$or": [{"eventName": ["CreateTrail"]}, {"a": ["b"]}]}},
            None,
            False,
        ),
        ({"detail": {"eventName": [{"wildcard": "Stop\\\\*"}]}}, None, None),
        ({"NewStateValue": ["ALARM"]}, False, False),
    ],
)
def test_a_policy_on_the_event_lets_records_through(policy: Any, stops: bool | None, creates: bool | None) -> None:
    found = carried(policy)
    for each, heard in ((STOPS, stops), (CREATES, creates)):
        assert admits(found.surely, each) is (heard is True)
        assert admits(found.at_most, each) is (heard is not False)


def test_a_policy_on_the_record_that_is_published_alone() -> None:
    found = carried({"eventName": ["StopLogging"]}, InputPath="$.detail")
    assert admits(found.surely, STOPS)
    assert not admits(found.at_most, CREATES)


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ({"InputPath": "$.detail.requestParameters"}, "unknown"),
        ({"InputTransformer": {"InputTemplate": "<name>"}}, "unknown"),
        ({"Input": '{"eventName": "StopLogging"}'}, "pass"),
        ({"Input": '{"eventName": "other"}'}, "fail"),
        ({"Input": "no JSON"}, "unknown"),
    ],
)
def test_what_is_made_of_the_event_is_not_the_event(target: dict[str, Any], verdict: str) -> None:
    link = link_of({"eventName": ["StopLogging"]}, **target)
    assert (str(link.verdict), link.carries) == (verdict, None)
    assert str(link_of(None, **target).verdict) == "pass"


def test_several_subscriptions_share_the_events() -> None:
    stop, create = {"detail": {"eventName": ["StopLogging"]}}, {"detail": {"eventName": ["CreateTrail"]}}
    found = carried(stop, create)
    assert admits(found.surely, STOPS)
    assert admits(found.surely, CREATES)
    assert not admits(found.at_most, record(eventName="DeleteTrail"))
    assert carried(stop, None) == ALL


def test_what_a_program_receives_reaches_no_person_for_certain() -> None:
    link = link_of({"detail": {"eventName": ["StopLogging"]}}, protocol="https")
    assert link.verdict is Outcome.UNKNOWN
    assert admits(link.carries.at_most, STOPS)
    assert not admits(link.carries.at_most, CREATES)
    assert link.carries.surely is NOTHING


def test_the_link_names_the_subscription_that_loses_events() -> None:
    link = link_of({"detail": {"eventName": ["StopLogging"]}})
    wanted = f"topic alerts passes on only what the filter policy of subscription {TOPIC}:0 lets through"
    assert link.lost == wanted
    assert link_of(None).lost == ""


NAMES = st.sampled_from(["StopLogging", "CreateTrail", "Stop", ""])
MATCHERS = st.one_of(
    NAMES,
    st.builds(lambda name: {"prefix": name}, NAMES),
    st.builds(lambda name: {"suffix": name}, NAMES),
    st.builds(lambda name: {"anything-but": [name]}, NAMES),
    st.builds(lambda name: {"anything-but": {"prefix": name}}, NAMES),
    st.builds(lambda name: {"equals-ignore-case": name.lower()}, NAMES),
    st.builds(lambda name: {"wildcard": f"*{name}*"}, NAMES),
    st.builds(lambda there: {"exists": there}, st.booleans()),
)
FIELDS = st.lists(MATCHERS, min_size=1, max_size=2)
LEAVES = st.dictionaries(st.sampled_from(["eventName", "errorCode", "other"]), FIELDS, min_size=1, max_size=2)
POLICIES = st.one_of(
    st.builds(lambda below: {"detail": below}, LEAVES),
    st.builds(lambda one, other: {"$or": [{"detail": one}, {"detail": other}]}, LEAVES, LEAVES),
    st.builds(lambda source, below: {"source": source, "detail": below}, FIELDS, LEAVES),
)
VALUES = st.one_of(NAMES, st.lists(NAMES, max_size=2), st.none(), st.integers(0, 3))
RECORDS = st.fixed_dictionaries({}, optional={"errorCode": NAMES, "other": VALUES, "eventName": NAMES}).map(
    lambda members: record(**members)
)


@settings(max_examples=150, deadline=None)
@given(POLICIES, RECORDS)
def test_no_record_contradicts_what_a_policy_lets_through(policy: dict[str, Any], given_record: dict[str, Any]) -> None:
    attributes = {"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}
    heard = lets_through(attributes, event_of(given_record))
    found = carried(policy)
    if heard is False:
        assert not admits(found.surely, given_record)
    if heard is True:
        assert admits(found.at_most, given_record)
