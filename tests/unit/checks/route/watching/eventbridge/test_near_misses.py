"""What keeps a rule from hearing of an event is told where nothing else does."""

from typing import Any

import pytest

from scanner.checks.route.watching.eventbridge.near_misses import near_misses
from scanner.model import CallKey, Source
from scanner.pattern import JsonPattern, matches_value
from scanner.recording.recorded_events import EVERYTHING, Condition, Whole
from scanner.resources.monitoring.eventbridge.event_rules import ListedRule

ACCOUNT, REGION = "111122223333", "us-east-1"
SOURCE = Source(CallKey(ACCOUNT, REGION, "events.ListRules", {}), "/pages/0/Rules/0")
ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
SOUND: dict[str, Any] = {"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}}


def told(pattern: dict[str, Any] | None, *, state: str = "ENABLED", read_only: bool = False) -> list[str]:
    """What is said of a rule when a trail was stopped, and it was not heard."""
    event = {
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "eventType": "AwsApiCall",
        "readOnly": read_only,
        "sourceIPAddress": "192.0.2.1",
        "userIdentity": {"type": "IAMUser"},
    }
    found = near_misses([ListedRule(ACCOUNT, REGION, "stop", state, pattern, SOURCE)])
    return [miss.what for miss in found if holds(miss.would, event) and not holds(miss.does, event)]


def holds(condition: Condition, event: dict[str, Any]) -> bool:
    return condition is EVERYTHING if isinstance(condition, Whole) else matches_value(JsonPattern(condition), event)


SUBJECT = "EventBridge rule stop (us-east-1) would hear of them"


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"source": ["cloudtrail"]}, '{"source": ["cloudtrail"]}'),
        (
            {"detail-type": ["AWS Service Event via CloudTrail"]},
            '{"detail-type": ["AWS Service Event via CloudTrail"]}',
        ),
        ({"account": ["444455556666"]}, '{"account": ["444455556666"]}'),
        ({"region": ["eu-west-1"]}, '{"region": ["eu-west-1"]}'),
        (
            {"detail": {"eventName": ["StopLogging"], "sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}},
            '{"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/8"}]}}',
        ),
    ],
)
def test_one_thing_too_much(change: dict[str, Any], shown: str) -> None:
    assert told({**SOUND, **change}) == [f"{SUBJECT} if its pattern did not ask for {shown}"]


def test_a_long_list_is_cut() -> None:
    (said,) = told({**SOUND, "source": [f"cloudtrail{number}" for number in range(40)]})
    assert said.endswith("…")
    assert len(said) < 200


def test_states() -> None:
    assert told(SOUND, state="DISABLED") == [f"{SUBJECT}, but it is disabled"]
    assert told(SOUND, read_only=True) == [f"{SUBJECT} in the state {ALL_EVENTS}, but it is in the state ENABLED"]
    assert told(SOUND, state=ALL_EVENTS, read_only=True) == []


@pytest.mark.parametrize(
    "pattern",
    [
        None,
        SOUND,
        {"source": ["aws.iam"]},
        {"source": ["aws.iam"], "detail": {"eventName": ["CreateUser"]}},
        {"source": ["cloudtrail"], "region": ["eu-west-1"], "detail": {"eventName": ["StopLogging"]}},
    ],
)
def test_nothing_is_said_of_a_rule_that_hears_or_is_about_others(pattern: dict[str, Any] | None) -> None:
    assert told(pattern) == []
