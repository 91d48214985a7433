"""The composite alarms above an alarm."""

from typing import Any

import pytest

from scanner.alarms.alarm import Alarm, read_alarm
from scanner.alarms.composites import Composites

TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"


def composite(name: str, rule: str, **members: Any) -> Alarm:
    listed = {"AlarmName": name, "AlarmRule": rule, "ActionsEnabled": True, "AlarmActions": [TOPIC], **members}
    return read_alarm(listed, "111122223333", "us-east-1", composite=True)


def names(alarms: list[Alarm]) -> list[str]:
    return [alarm.name for alarm in alarms]


def test_those_over_an_alarm_directly_or_through_each_other() -> None:
    top, middle = composite("top", "ALARM(middle)"), composite("middle", "NOT OK(changes)")
    aside, odd = composite("aside", "ALARM(other)"), composite("odd", "PERHAPS(other)")
    composites = Composites([top, middle, aside, odd])
    assert names(composites.over({"changes"})) == ["middle", "odd", "top"]
    assert names(composites.over(())) == ["odd"]
    assert composites.unread == ("odd",)


@pytest.mark.parametrize(
    ("members", "actions"),
    [
        ({}, [TOPIC]),
        ({"ActionsEnabled": False}, []),
        ({"ActionsSuppressor": "changes"}, []),
        ({"ActionsSuppressor": "other"}, [TOPIC]),
        ({"AlarmRule": "ALARM(changes) AND ALARM(other)"}, []),
        ({"AlarmRule": "TRUE"}, []),
        ({"AlarmRule": "PERHAPS(changes)"}, []),
    ],
)
def test_what_follows_when_one_alarm_goes_off(members: dict[str, Any], actions: list[str]) -> None:
    above = composite("above", "ALARM(changes)", **members)
    assert Composites([above]).actions_on("changes") == actions


def test_each_composite_alarm_above_says_whether_it_follows() -> None:
    composites = Composites(
        [
            composite("follows", "ALARM(changes)"),
            composite("needs-more", "ALARM(changes) AND ALARM(other)"),
            composite("open", "NOT OK(changes)"),
            composite("elsewhere", "ALARM(other)"),
            composite("odd", "PERHAPS(changes)"),
            composite("silent", "ALARM(changes)", ActionsSuppressor="changes"),
        ]
    )
    found = {alarm.name: str(following.verdict) for alarm, following in composites.following("changes")}
    assert found == {
        "odd": "undetermined",
        "follows": "yes",
        "needs-more": "no",
        "open": "undetermined",
        "silent": "no",
    }
    assert next(iter(found)) == "odd"


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("ALARM(changes) AND INSUFFICIENT_DATA(other)", "undetermined"),
        ("ALARM(changes) OR OK(other)", "undetermined"),
        ("ALARM(changes) AND (OK(other) OR INSUFFICIENT_DATA(other))", "yes"),
        ("ALARM(changes) AND ALARM(more) AND OK(other)", "no"),
        ("ALARM(changes) OR NOT ALARM(other)", "no"),
        ("AT_LEAST(50%, ALARM, (changes, other))", "yes"),
        ("AT_LEAST(51%, ALARM, (changes, other))", "no"),
        ("AT_LEAST(0, ALARM, (changes, other))", "no"),
        ('ALARM("arn:aws:cloudwatch:us-east-1:111122223333:alarm:changes")', "yes"),
        ("ALARM(changes) XOR ALARM(other)", "undetermined"),
        ("ALARM(changes) AND FALSE", "no"),
    ],
)
def test_whether_it_follows_is_decided_where_no_quiet_state_of_others_matters(rule: str, verdict: str) -> None:
    ((_, following),) = Composites([composite("above", rule)]).following("changes")
    assert str(following.verdict) == verdict


@pytest.mark.parametrize(
    "rule",
    [
        'ALARM("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:changes")',
        'ALARM("arn:aws:cloudwatch:us-east-1:999999999999:alarm:changes")',
        "ALARM(Changes)",
        'ALARM("changes ")',
        "ALARM(above)",
    ],
)
def test_an_alarm_of_another_name_or_place_is_another(rule: str) -> None:
    assert Composites([composite("above", rule)]).following("changes") == []
