"""Conditions that are told apart by the texts that they list, without a search."""

import pytest

from scanner.checks.route.comparison import apart
from scanner.pattern import And, Expr, JsonPattern, matches_nothing, parse
from scanner.recording.recorded_events import EVERYTHING

STOP = "$.eventName = StopLogging || $.eventName = DeleteTrail"


def condition(text: str) -> Expr:
    pattern = parse(f"{{ {text} }}")
    assert isinstance(pattern, JsonPattern)
    return pattern.expr


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("$.eventName = CreateTrail", True),
        ("$.eventName = CreateTrail || $.eventName = StartLogging", True),
        ("($.eventName = CreateTrail || $.eventName = StartLogging) && $.a = b", True),
        ("$.a = b && ($.c = d || $.c = e) && $.eventName = CreateTrail", True),
        ("$.eventName = CreateTrail || $.eventName = StopLogging", False),
        ("$.eventName = CreateTrail || $.a = b", False),
        ("$.eventName = Create*", False),
        ("$.eventName != StopLogging", False),
        ("$.a = b", False),
    ],
)
def test_conditions_that_name_other_texts(other: str, told: bool) -> None:
    assert apart(condition(STOP), condition(other)) is told
    assert apart(condition(other), condition(STOP)) is told
    if told:
        assert matches_nothing(JsonPattern(And((condition(STOP), condition(other)))))


def test_a_list_may_hold_several_texts() -> None:
    assert not apart(condition("$.resources[*].type = a"), condition("$.resources[*].type = b"))


def test_what_covers_everything_is_never_apart() -> None:
    assert not apart(condition(STOP), EVERYTHING)
    assert not apart(EVERYTHING, condition(STOP))
