"""Patterns that are judged and not deployed: parameters as values, and no limits of CloudWatch Logs."""

import json
from typing import Any

import pytest

from scanner.errors import PatternError
from scanner.pattern import matches, parameter_names, parse, parse_events, print_pattern


def holds(text: str, event: dict[str, Any], **parameters: Any) -> bool:
    return matches(parse_events(text, parameters), json.dumps(event))


def test_without_parameters_it_is_the_language_of_metric_filters() -> None:
    text = '{ ($.eventName = "StopLogging") && ($.errorCode NOT EXISTS) }'
    assert parse_events(text, {}) == parse(text)
    assert parse_events(text, {}).text == text


@pytest.mark.parametrize(
    ("region", "approved", "equal", "unequal"),
    [
        ("eu-west-1", ["eu-west-1", "us-east-1"], True, False),
        ("ap-south-1", ["eu-west-1", "us-east-1"], False, True),
        ("eu-west-1", ["eu-*"], True, False),
        ("eu-west-1", [], False, True),
        (None, [], False, False),
        ("eu-west-1", "eu-west-1", True, False),
        ("x", "eu-west-1", False, True),
    ],
)
def test_a_list_is_any_of_its_texts(region: str | None, approved: Any, equal: bool, unequal: bool) -> None:
    event = {} if region is None else {"awsRegion": region}
    assert holds("{ $.awsRegion = $approved_regions }", event, approved_regions=approved) is equal
    assert holds("{ $.awsRegion != $approved_regions }", event, approved_regions=approved) is unequal


def test_a_number_is_compared_as_a_number() -> None:
    text = "{ $.requestParameters.retentionInDays < $days }"
    assert holds(text, {"requestParameters": {"retentionInDays": 30}}, days=365)
    assert not holds(text, {"requestParameters": {"retentionInDays": 365}}, days=365)
    assert not holds(text, {"requestParameters": {"retentionInDays": "30"}}, days=365)


def test_a_list_inside_a_larger_pattern_keeps_its_place() -> None:
    text = "{ ($.a = $one) && (($.b = $two) || ($.c = 1)) }"
    pattern = parse_events(text, {"one": ["x", "y"], "two": ["z"]})
    written = '{ ($.a = "x" || $.a = "y") && ($.b = "z" || $.c = 1) }'
    assert print_pattern(pattern) == print_pattern(parse(written))


def test_a_dollar_in_a_text_a_regex_or_a_field_is_no_parameter() -> None:
    text = '{ ($.a = "$one") && ($.b = %cost$%) && ($.c = $two) }'
    assert parameter_names(text) == {"two"}
    assert holds(text, {"a": "$one", "b": "cost", "c": "2"}, two="2")


@pytest.mark.parametrize("value", ['a"b', "back\\slash", "} || {", "$.x", "%rx%"])
def test_a_value_is_text_whatever_it_holds(value: str) -> None:
    assert holds("{ $.a = $v }", {"a": value}, v=[value])
    assert not holds("{ $.a = $v }", {"a": "other"}, v=[value])


def test_the_limits_of_a_deployed_filter_do_not_count() -> None:
    names = " || ".join(f"($.eventName = Delete{number:04})" for number in range(100))
    text = "{ (" + names + ") || ($.a[*] = %x%) || ($.b[*] = %y%) || ($.c[*] = %z%) || ($.d[*] = 1) }"
    assert holds(text, {"eventName": "Delete0099"})
    assert holds(text, {"c": ["z"]})
    assert holds(text, {"d": [0, 1]})
    with pytest.raises(PatternError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "parameters", "words", "place"),
    [
        ("{ $.a = $missing }", {}, "no parameter missing", "$missing"),
        ("{ $.a = $flag }", {"flag": True}, "not text, a number or a list", "$flag"),
        ("{ $.a < $text }", {"text": "x"}, "only numbers", "$text"),
        ("{ $.a = }", {}, "value is missing", "}"),
        ("ERROR", {}, "JSON pattern", "E"),
        ("{ $.a = $.b }", {}, "compared with a field", "$"),
    ],
)
def test_mistakes_name_their_place(text: str, parameters: dict[str, Any], words: str, place: str) -> None:
    with pytest.raises(PatternError, match=words) as caught:
        parse_events(text, parameters)
    start, end = caught.value.span
    assert caught.value.text == text
    assert text[start:end].startswith(place)


def test_a_pattern_has_an_end() -> None:
    with pytest.raises(PatternError, match="20000"):
        parse_events("{ $.a = " + "x" * 20_000 + " }", {})


def test_what_stands_for_a_parameter_while_parsing_is_never_its_value() -> None:
    for value in ("x" * len("$none"), "$none", "1" * len("$none")):
        assert not holds("{ $.a = $none }", {"a": value}, none=[])
        assert not holds("{ $.a = $none }", {"a": value}, none=["other"])


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ('{ $.eventName = ["A", "B"] }', {"eventName": "B"}, True),
        ('{ $.eventName = ["A", "B"] }', {"eventName": "C"}, False),
        ('{ $.eventName = ["A*"] }', {"eventName": "Abc"}, True),
        ('{ $.eventName != ["A", "B"] }', {"eventName": "C"}, True),
        ('{ $.eventName != ["A", "B"] }', {"eventName": "A"}, False),
        ('{ $.eventName != ["A", "B"] }', {}, False),
        ('{ $.eventName = ["A",\n  # a "comment" with %, $name and [\n  "B",\n] }', {"eventName": "B"}, True),
        ('# before\n{ ($.a[0] = ["x"]) && # not a comment here\n', None, None),
        ('{ ($.a[0] = ["x"])\n  # && ($.b = 1)\n }', {"a": ["x"]}, True),
        ('{ $.a = "# no comment" }', {"a": "# no comment"}, True),
        ('{ $.a = "two\n# lines" }', {"a": "two\n# lines"}, True),
        ("{ $.a = [] }", None, None),
        ('{ $.a < ["x"] }', None, None),
        ('{ $.a = ["x" "y"] }', None, None),
    ],
)
def test_lists_and_comments(text: str, record: dict[str, Any] | None, *, expected: bool | None) -> None:
    if record is None:
        with pytest.raises(PatternError):
            parse_events(text, {})
    else:
        assert matches(parse_events(text, {}), json.dumps(record)) is expected


def test_places_in_errors_are_those_of_the_text() -> None:
    text = '{\n  # why\n  ($.eventName = ["A"]) && ($.b = $missing) }'
    with pytest.raises(PatternError) as caught:
        parse_events(text, {})
    assert text[slice(*caught.value.span)] == "$missing"
