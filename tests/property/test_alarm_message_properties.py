"""What is decided about a filter policy beforehand holds for every message that the alarm can publish."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.alarms.alarm import read_alarm
from scanner.alarms.messages import alarm_message
from scanner.policies.filter_policies import OneOf, Open
from scanner.policies.filter_policies import lets_through as hears

TEXTS = st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA", "trail", "trail-changes", "", "other", "10.1.2.3"])
NUMBERS = st.sampled_from([0, 1, 1.0, 5, 300])
LEAVES = st.one_of(TEXTS, NUMBERS, st.none(), st.booleans())
OPERATORS = st.one_of(
    st.builds(lambda text: {"prefix": text}, TEXTS),
    st.builds(lambda text: {"suffix": text}, TEXTS),
    st.builds(lambda text: {"equals-ignore-case": text.lower()}, TEXTS),
    st.builds(lambda texts: {"anything-but": texts}, st.lists(TEXTS, min_size=1, max_size=2)),
    st.builds(lambda text: {"anything-but": {"prefix": text}}, TEXTS),
    st.builds(lambda number: {"numeric": [">=", number]}, NUMBERS),
    st.builds(lambda flag: {"exists": flag}, st.booleans()),
    st.just({"cidr": "10.0.0.0/8"}),
)
MATCHERS = st.lists(st.one_of(LEAVES, OPERATORS), min_size=1, max_size=3)
KEYS = st.sampled_from(
    ["AlarmName", "NewStateValue", "OldStateValue", "NewStateReason", "AlarmDescription", "Region", "nothing"]
)
TRIGGER = st.dictionaries(st.sampled_from(["MetricName", "Period", "Threshold", "Unit"]), MATCHERS, max_size=2)
FLAT = st.dictionaries(KEYS, MATCHERS, max_size=3)
POLICIES = st.builds(
    lambda flat, trigger, either: {
        **flat,
        **({"Trigger": trigger} if trigger else {}),
        **({"$or": either} if either else {}),
    },
    FLAT,
    TRIGGER,
    st.lists(FLAT, max_size=2),
)
ALARMS = st.fixed_dictionaries(
    {
        "AlarmName": TEXTS,
        "AlarmDescription": st.one_of(TEXTS, st.none()),
        "AlarmArn": st.just("arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"),
        "MetricName": TEXTS,
        "Namespace": TEXTS,
        "Period": NUMBERS,
        "Threshold": NUMBERS,
        "AlarmActions": st.lists(TEXTS, max_size=2),
    }
)
ABSENT = object()


def published(value: Any, draw: Any) -> Any:
    """One message that the alarm can publish: what is open is filled in at random."""
    if value is Open.TEXT:
        return draw(TEXTS)
    if value is Open.ANYTHING:
        return draw(st.one_of(LEAVES, st.just(ABSENT)))
    if isinstance(value, OneOf):
        return draw(st.sampled_from(value.values))
    if isinstance(value, dict):
        filled = {name: published(member, draw) for name, member in value.items()}
        return {name: member for name, member in filled.items() if member is not ABSENT}
    return [published(item, draw) for item in value] if isinstance(value, list) else value


def brute(policy: dict[str, Any], message: Any) -> bool:
    """The documented meaning over a whole message, written down once more."""
    for key, wanted in policy.items():
        if key == "$or":
            if not any(brute(item, message) for item in wanted):
                return False
            continue
        value = message.get(key, ABSENT) if isinstance(message, dict) else ABSENT
        if isinstance(wanted, dict):
            if not brute(wanted, value):
                return False
        elif not any(one(matcher, value) for matcher in wanted):
            return False
    return True


def one(matcher: Any, value: Any) -> bool:
    if isinstance(matcher, dict) and "exists" in matcher:
        return (value is not ABSENT) is matcher["exists"]
    if value is ABSENT or isinstance(value, dict):
        return False
    if isinstance(value, list):
        return any(one(matcher, item) for item in value)
    if not isinstance(matcher, dict):
        return equal(matcher, value)
    ((name, operand),) = matcher.items()
    if name == "anything-but":
        inner = [operand] if isinstance(operand, dict) else operand
        return not any(one(item, value) for item in inner)
    if name == "numeric":
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= operand[1]
    return isinstance(value, str) and of_text(name, operand, value)


def equal(wanted: Any, value: Any) -> bool:
    return json.dumps(wanted) == json.dumps(value) or (
        not isinstance(wanted, bool | str)
        and not isinstance(value, bool | str)
        and None not in (wanted, value)
        and wanted == value
    )


def of_text(name: str, operand: Any, value: str) -> bool:
    if name == "cidr":
        return value == "10.1.2.3"
    tests = {"prefix": value.startswith(operand), "suffix": value.endswith(operand)}
    return bool(tests.get(name, value.lower() == operand))


@settings(max_examples=160, deadline=None)
@given(alarm=ALARMS, policy=POLICIES, data=st.data())
def test_what_is_decided_holds_for_every_message(
    alarm: dict[str, Any], policy: dict[str, Any], data: st.DataObject
) -> None:
    known = alarm_message(read_alarm(alarm, "111122223333", "us-east-1"))
    decided = hears({"FilterPolicy": json.dumps(policy), "FilterPolicyScope": "MessageBody"}, known)
    if decided is not None:
        for _ in range(4):
            message = published(known, data.draw)
            assert brute(policy, message) is decided, (policy, message)


JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


@settings(max_examples=120, deadline=None)
@given(
    policy=JSON,
    alarm=st.dictionaries(st.sampled_from(["AlarmName", "MetricName", "Dimensions", "AlarmArn"]), JSON),
    body=st.booleans(),
)
def test_nothing_breaks_on_odd_policies_and_alarms(policy: Any, alarm: dict[str, Any], body: bool) -> None:
    attributes = {
        "FilterPolicy": json.dumps(policy),
        "FilterPolicyScope": "MessageBody" if body else "MessageAttributes",
    }
    assert hears(attributes, alarm_message(read_alarm(alarm, "111122223333", "us-east-1"))) in {True, False, None}
