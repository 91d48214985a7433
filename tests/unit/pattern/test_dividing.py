"""Events that one metric filter has no room for, as several filters that match the same."""

import pytest

from scanner.pattern import (
    CoverageVerdict,
    PatternError,
    covers,
    divided,
    is_divisible,
    parse,
    parse_events,
    parse_required,
)
from scanner.pattern.language.parsing.parser import MAXIMUM_LENGTH

NAMES = [f"UpdateSomethingRatherLong{number}" for number in range(120)]
LISTED = ", ".join(f'"{name}"' for name in NAMES)


def test_what_fits_stays_one_pattern() -> None:
    assert divided(parse_events('{ $.eventName = ["A", "B"] }', {})) == ('{ $.eventName = "A" || $.eventName = "B" }',)


@pytest.mark.parametrize(
    "text",
    [
        f"{{ $.eventName = [{LISTED}] }}",
        f'{{ ($.eventSource = "a.amazonaws.com") && (($.eventName = [{LISTED}]) || ($.eventName = "Other")) }}',
        f'{{ ($.eventSource = "a.amazonaws.com") && ($.x = "y") || ($.z = "a") && ($.eventName = [{LISTED}]) }}',
    ],
)
def test_the_parts_fit_and_match_the_same_together(text: str) -> None:
    pattern = parse_events(text, {})
    parts = divided(pattern)
    assert is_divisible(pattern)
    assert 1 < len(parts) < 12
    assert all(len(part) <= MAXIMUM_LENGTH for part in parts)
    filters = [parse(part) for part in parts]
    assert covers(pattern, filters).verdict is CoverageVerdict.COVERED
    assert all(covers(each, [pattern]).verdict is CoverageVerdict.COVERED for each in filters)


@pytest.mark.parametrize(
    "conditions",
    [f'$.eventName = "{"x" * MAXIMUM_LENGTH}"', " && ".join(f"($.a{number}[*] = 1)" for number in range(4))],
)
def test_what_no_filter_has_room_for_is_not_divided(conditions: str) -> None:
    pattern = parse_events(f"{{ {conditions} }}", {})
    assert divided(pattern) == ()
    assert not is_divisible(pattern)


@pytest.mark.parametrize("everything", [[], ["*"]])
def test_a_list_that_names_everything_asks_nothing(everything: list[str]) -> None:
    text = "{ ($.eventName = A) && (($.x = $names) || ($.y = $names)) || ($.eventName = B) && ($.x = 1) }"
    assert parse_required(text, {"names": everything}) == parse(
        "{ ($.eventName = A) || ($.eventName = B) && ($.x = 1) }"
    )
    assert parse_required(text, {"names": ["n"]}) == parse_events(text, {"names": ["n"]})
    with pytest.raises(PatternError, match="asks for nothing"):
        parse_required("{ ($.x = $names) || ($.eventName = A) }", {"names": everything})
