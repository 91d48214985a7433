"""What an EventBridge rule can hear of at most: a record outside the condition certainly does not match its pattern."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.checks.route.watching.eventbridge.rules import HEARS_READS, Beyond, rule_ways
from scanner.eventbridge.cloudtrail_events import DETAIL_TYPES
from scanner.facts.rows import Row
from scanner.pattern import JsonPattern, matches_value
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Whole

API_CALL = "AWS API Call via CloudTrail"
NAMES = ("StopLogging", "DeleteTrail", "ConsoleLogin")


def heard_at_most(pattern: dict[str, Any] | None, account: str = "", region: str = "") -> Condition:
    data: dict[str, Any] = {"Name": "stop", "State": HEARS_READS, "EventPattern": pattern, "Targets": []}
    (way,) = rule_ways([Row("events.event_rule", account, region, "stop", data)], Beyond())
    return way.heard.at_most


def within(pattern: dict[str, Any] | None, record: dict[str, Any]) -> bool:
    condition = heard_at_most(pattern)
    return condition is EVERYTHING if isinstance(condition, Whole) else matches_value(JsonPattern(condition), record)


def record(**members: Any) -> dict[str, Any]:
    plain = {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "eventType": "AwsApiCall"}
    return {**plain, "userIdentity": {"type": "IAMUser"}, **members}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, True),
        ({}, True),
        ({"detail-type": [API_CALL]}, True),
        ({"detail-type": ["AWS Service Event via CloudTrail"]}, False),
        ({"detail-type": [{"prefix": "AWS "}]}, True),
        ({"source": ["aws.cloudtrail"]}, True),
        ({"source": ["aws.iam"]}, False),
        ({"source": [{"prefix": "aws.cloud"}]}, True),
        ({"source": [{"anything-but": "aws.cloudtrail"}]}, False),
        ({"detail": {"eventName": ["StopLogging"]}}, True),
        ({"detail": {"eventName": ["DeleteTrail"]}}, False),
        ({"detail": {"eventName": [{"prefix": "Stop"}]}}, True),
        ({"detail": {"eventName": [{"prefix": "Start"}]}}, False),
        ({"detail": {"eventName": [{"suffix": "Logging"}]}}, True),
        ({"detail": {"eventName": [{"wildcard": "*Log*"}]}}, True),
        ({"detail": {"eventName": [{"wildcard": "*Trail*"}]}}, False),
        ({"detail": {"eventName": [{"anything-but": ["StopLogging"]}]}}, False),
        ({"detail": {"eventName": [{"anything-but": {"prefix": "Stop"}}]}}, False),
        ({"detail": {"eventName": [{"anything-but": {"prefix": "Start"}}]}}, True),
        ({"detail": {"eventName": [{"equals-ignore-case": "deletetrail"}]}}, False),
        ({"detail": {"eventName": [{"equals-ignore-case": "stoplogging"}]}}, True),
        ({"detail": {"eventName": [{"exists": False}]}}, False),
        ({"detail": {"eventName": [None, {"exists": True}]}}, True),
        ({"detail": {"eventName": [7, True]}}, False),
        ({"detail": {"eventName": [{"something-new": "x"}]}}, True),
        ({"detail": {"eventName": "odd"}}, True),
        ({"detail": "odd"}, True),
        ({"detail": {"eventName": ["*"]}}, True),
        ({"detail": {"eventName": [{"prefix": ""}]}}, True),
        ({"detail": {"userIdentity": {"type": ["Root"]}}}, False),
        ({"detail": {"userIdentity.type": ["IAMUser"]}}, True),
        ({"detail": {"requestParameters": {"name": ["other"]}}}, True),
        ({"detail": {"$or": [{"eventName": ["DeleteTrail"]}, {"eventSource": ["cloudtrail.amazonaws.com"]}]}}, True),
        ({"detail": {"$or": [{"eventName": ["DeleteTrail"]}, {"eventSource": ["ec2.amazonaws.com"]}]}}, False),
        ({"$or": [{"source": ["aws.iam"]}, {"source": ["aws.cloudtrail"]}]}, True),
    ],
)
def test_stopping_a_trail(pattern: dict[str, Any] | None, *, expected: bool) -> None:
    assert within(pattern, record()) is expected


def test_a_console_sign_in_is_never_an_api_call() -> None:
    signed_in = record(eventSource="signin.amazonaws.com", eventName="ConsoleLogin", eventType="AwsConsoleSignIn")
    assert within({"detail-type": ["AWS Console Sign In via CloudTrail"]}, signed_in)
    assert not within({"detail-type": [API_CALL]}, signed_in)
    assert not within({"detail-type": [API_CALL]}, {**signed_in, "eventType": "AwsApiCall"})
    assert not within({"detail-type": ["AWS Console Sign In via CloudTrail"]}, record(eventType="AwsConsoleSignIn"))


def test_no_detail_type_of_cloudtrail_is_nothing() -> None:
    assert heard_at_most({"detail-type": ["GuardDuty Finding"]}) is NOTHING


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"account": ["111122223333"]}, True),
        ({"account": ["444455556666"]}, False),
        ({"account": [{"anything-but": ["111122223333"]}]}, False),
        ({"account": [{"prefix": "1111"}]}, True),
        ({"region": ["eu-west-1", "us-east-1"]}, True),
        ({"region": ["eu-west-1"], "source": ["aws.cloudtrail"]}, False),
        ({"region": [{"prefix": "eu-"}]}, False),
        ({"region": [{"something-new": "x"}]}, True),
        ({"$or": [{"region": ["eu-west-1"]}, {"account": ["444455556666"]}]}, False),
        ({"$or": [{"region": ["eu-west-1"]}, {"account": ["111122223333"]}]}, True),
        ({"detail": {"awsRegion": ["eu-west-1"]}}, False),
        ({"detail": {"awsRegion": ["us-east-1"], "recipientAccountId": ["111122223333"]}}, True),
        ({"detail": {"recipientAccountId": ["444455556666"]}}, False),
        ({"detail": {"$or": [{"awsRegion": ["eu-west-1"]}, {"eventName": ["StopLogging"]}]}}, True),
    ],
)
def test_a_rule_hears_events_of_its_own_account_and_region(pattern: dict[str, Any], *, expected: bool) -> None:
    heard = heard_at_most(pattern, "111122223333", "us-east-1")
    assert (heard is not NOTHING) is expected
    assert heard_at_most(pattern) is not NOTHING


TEXTS = st.sampled_from((*NAMES, "Stop*", "Logging", "cloudtrail.amazonaws.com", ""))
MATCHERS = st.lists(
    st.one_of(
        TEXTS,
        st.none(),
        st.builds(lambda operator, text: {operator: text}, st.sampled_from(("prefix", "suffix", "wildcard")), TEXTS),
        st.builds(lambda texts: {"anything-but": texts}, st.lists(TEXTS, min_size=1, max_size=2)),
        st.builds(lambda flag: {"exists": flag}, st.booleans()),
    ),
    min_size=1,
    max_size=3,
)


def plainly(matchers: list[Any], value: str | None) -> bool:
    """EventBridge's own meaning of a leaf, as far as these tests use it."""
    return any(_plain(matcher, value) for matcher in matchers)


def _plain(matcher: Any, value: str | None) -> bool:
    if not isinstance(matcher, dict):
        return value is not None and bool(matcher == value)
    ((operator, operand),) = matcher.items()
    if operator == "exists":
        return bool(operand) is (value is not None)
    if value is None:
        return False
    if operator == "anything-but":
        return value not in operand
    found = {
        "prefix": value.startswith(str(operand)),
        "suffix": value.endswith(str(operand)),
        "wildcard": fnmatchcase(value, str(operand)),
    }
    return found[operator]


@given(
    names=MATCHERS,
    sources=MATCHERS,
    name=st.one_of(st.none(), st.sampled_from(NAMES)),
    source=st.sampled_from(("cloudtrail.amazonaws.com", "ec2.amazonaws.com")),
)
def test_what_matches_is_within(names: list[Any], sources: list[Any], name: str | None, source: str) -> None:
    matching = plainly(names, name) and plainly(sources, source)
    event = record(eventSource=source, eventName=name)
    if name is None:
        del event["eventName"]
    if matching:
        assert within({"detail": {"eventName": names, "eventSource": sources}}, event)


@given(st.sampled_from(sorted(DETAIL_TYPES)))
def test_each_type_is_within_its_own_detail_type(kind: str) -> None:
    name = DETAIL_TYPES[kind]
    signing = {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"} if "Sign In" in name else {}
    assert within({"detail-type": [name]}, record(eventType=kind, **signing))


@pytest.mark.parametrize(
    ("state", "read_only", "expected"),
    [
        (HEARS_READS, True, True),
        (HEARS_READS, False, True),
        ("ENABLED", True, False),
        ("ENABLED", False, True),
        (None, True, True),
    ],
)
def test_only_one_state_hears_of_read_only_events(state: str | None, *, read_only: bool, expected: bool) -> None:
    data: dict[str, Any] = {"State": state, "EventPattern": {"source": [{"prefix": "aws."}]}, "Targets": []}
    (way,) = rule_ways([Row("events.event_rule", "", "", "all", data)], Beyond())
    heard = way.heard.at_most
    assert (heard is EVERYTHING or matches_value(_pattern(heard), record(readOnly=read_only))) is expected
    surely = way.heard.surely
    assert (surely is EVERYTHING or matches_value(_pattern(surely), record(readOnly=read_only))) is (
        expected and (state is not None or not read_only)
    )


def _pattern(condition: Condition) -> JsonPattern:
    assert not isinstance(condition, Whole)
    return JsonPattern(condition)
