"""Composite alarm rules over the states of other alarms."""

import pytest

from scanner.alarms.composite_rule import (
    AlarmRuleError,
    State,
    alarm_name,
    composite_states,
    parse_alarm_rule,
    rule_alarms,
    rule_holds,
)

STATES: dict[str, State] = {
    "a": "ALARM",
    "b": "OK",
    "c": "INSUFFICIENT_DATA",
    "d e": "ALARM",
    'q"': "ALARM",
    "o'": "OK",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("a")', True),
        ("alarm(a)", True),
        ("ALARM( b )", False),
        ("OK(b) AND INSUFFICIENT_DATA(c)", True),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(a) OR ALARM(b) AND ALARM(c)", True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(c)", False),
        ("NOT ALARM(b) AND ALARM(a)", True),
        ("NOT (ALARM(a) OR OK(b))", False),
        ("TRUE AND NOT FALSE", True),
        ('ALARM("d e")', True),
        ('ALARM("q\\"")', True),
        ('ALARM("o\'")', False),
        ("ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:a)", True),
        ('ALARM("arn:aws:cloudwatch:us-east-1:111122223333:alarm:d e")', True),
        ("AT_LEAST(1, ALARM, (a, b, c))", True),
        ("AT_LEAST(2, ALARM, (a, b, c))", False),
        ("AT_LEAST(2, NOT ALARM, (a, b, c))", True),
        ("AT_LEAST(50%, ALARM, (a, b, c))", False),
        ("AT_LEAST(34%, NOT OK, (a, b, c))", True),
        ('\n ALARM(a)\n OR\tALARM("b")', True),
    ],
)
def test_what_holds(text: str, expected: bool) -> None:
    assert rule_holds(parse_alarm_rule(text), STATES.__getitem__) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ALARM",
        "ALARM(",
        "ALARM()",
        "ALARM(a",
        "ALARM(a) AND",
        "ALARM(a) ALARM(b)",
        "SOMETHING(a)",
        'ALARM("a)',
        '"ALARM"(a)',
        "ALARM('a')",
        "ALARM('d e')",
        "AT_LEAST(1, ALARM, (a, 'b'))",
        "AT_LEAST(x, ALARM, (a))",
        "AT_LEAST(1, ALARM, ())",
        "AT_LEAST(2, ALARM, (a, b, a))",
        "AT_LEAST(",
        "NOT " * 100 + "ALARM(a)",
    ],
)
def test_what_is_not_understood(text: str) -> None:
    with pytest.raises(AlarmRuleError):
        parse_alarm_rule(text)


def test_the_alarms_a_rule_names() -> None:
    rule = parse_alarm_rule("(ALARM(a) OR NOT OK(b)) AND AT_LEAST(1, ALARM, (c, a)) AND TRUE")
    assert list(rule_alarms(rule)) == ["a", "b", "c", "a"]


def test_composites_follow_composites() -> None:
    rules = {
        "top": parse_alarm_rule("ALARM(middle) AND OK(b)"),
        "middle": parse_alarm_rule("ALARM(a)"),
        "loop": parse_alarm_rule("NOT ALARM(loop)"),
    }
    state = composite_states(rules, lambda name: STATES.get(name, "OK"))
    assert (state("top"), state("middle"), state("b"), state("loop")) == ("ALARM", "ALARM", "OK", "ALARM")
    assert composite_states(rules, lambda _: "OK")("top") == "OK"


def test_names_of_other_arns_are_left_alone() -> None:
    assert alarm_name("arn:aws:sns:us-east-1:111122223333:alarm:a") == "arn:aws:sns:us-east-1:111122223333:alarm:a"
    assert alarm_name("a:b") == "a:b"
