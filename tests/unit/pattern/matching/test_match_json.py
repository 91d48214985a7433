"""The truth of every JSON condition by the value it meets."""

import json
import sys
from decimal import Decimal

import pytest

from scanner.pattern import JsonPattern, matcher, matches, matches_value, parse, read_object

VALUES = {
    "missing": "{}",
    "null": '{"a": null}',
    "true": '{"a": true}',
    "false": '{"a": false}',
    "text foo": '{"a": "foo"}',
    "text empty": '{"a": ""}',
    "text true": '{"a": "true"}',
    "text 12": '{"a": "12"}',
    "text 12.0": '{"a": "12.0"}',
    "text 012": '{"a": "012"}',
    "12": '{"a": 12}',
    "12.0": '{"a": 12.0}',
    "1.2e1": '{"a": 1.2e1}',
    "13": '{"a": 13}',
    "infinite": '{"a": 1e309}',
    "object": '{"a": {"b": 12}}',
    "array": '{"a": [12, "foo"]}',
    "array of null": '{"a": [null]}',
    "array with null later": '{"a": [1, null]}',
    "array of array": '{"a": [[null]]}',
    "empty array": '{"a": []}',
}
TEXTS = {"text foo", "text empty", "text true", "text 12", "text 12.0", "text 012"}
FINITE = {"12", "12.0", "1.2e1", "13"}
SCALARS = TEXTS | FINITE | {"infinite"}

TRUTH = {
    "= foo": {"text foo"},
    '= "foo"': {"text foo"},
    "= fo": set(),
    "= FOO": set(),
    "= f*": {"text foo"},
    "= *": SCALARS,
    '= "*"': SCALARS,
    '= ""': {"text empty"},
    "= true": {"text true"},
    '= "true"': {"text true"},
    "= 12": {"text 12", "12", "12.0", "1.2e1"},
    "= 12.0": {"text 12.0", "12", "12.0", "1.2e1"},
    "= 012": {"text 012", "12", "12.0", "1.2e1"},
    '= "12"': {"text 12", "12"},
    '= "12.0"': {"text 12.0", "12.0", "1.2e1"},
    "= 12*": {"text 12", "text 12.0", "12", "12.0", "1.2e1"},
    "= *.0": {"text 12.0", "12.0", "1.2e1"},
    "= %^12%": {"text 12", "text 12.0", "12", "12.0", "1.2e1"},
    "= %2\\.0$%": {"text 12.0", "12.0", "1.2e1"},
    '= "Infinity"': {"infinite"},
    "!= foo": SCALARS - {"text foo"},
    "!= *": set(),
    "!= 1*": SCALARS - {"text 12", "text 12.0", "12", "12.0", "1.2e1", "13"},
    "!= 12": (TEXTS - {"text 12"}) | {"13"},
    '!= "12"': SCALARS - {"text 12", "12"},
    "!= %2%": SCALARS - {"text 12", "text 12.0", "text 012", "12", "12.0", "1.2e1"},
    "< 13": {"12", "12.0", "1.2e1"},
    "<= 12.0": {"12", "12.0", "1.2e1"},
    "< 12": set(),
    "> 12": {"13"},
    ">= 12": FINITE,
    "> -1": FINITE,
    "< 1e400": FINITE,
    "IS NULL": {"null", "array of null"},
    "IS TRUE": {"true"},
    "IS FALSE": {"false"},
    "NOT EXISTS": {"missing"},
}


@pytest.mark.parametrize("condition", TRUTH)
def test_truth_table(condition: str) -> None:
    pattern = parse(f"{{ $.a {condition} }}")
    assert {name for name, message in VALUES.items() if matches(pattern, message)} == TRUTH[condition]


CHILDREN = {
    "missing": "{}",
    "null": '{"a": null}',
    "scalar 2": '{"a": 2}',
    "empty array": '{"a": []}',
    "empty object": '{"a": {}}',
    "array 1": '{"a": [1]}',
    "array 1 2": '{"a": [1, 2]}',
    "array of text 2": '{"a": ["2"]}',
    "array of null": '{"a": [null, 2]}',
    "array of array": '{"a": [[2]]}',
    "array of null array": '{"a": [[null]]}',
    "array of booleans": '{"a": [true, false]}',
    "object 2": '{"a": {"x": 2}}',
    "object 3": '{"a": {"x": 3}}',
    "objects b": '{"a": [{"b": 1}, {"b": 2}]}',
    "objects b 1": '{"a": [{"b": 1}]}',
    "objects without b": '{"a": [{}]}',
    "nested b": '{"a": {"x": {"b": 2}}}',
}
WITH_2 = {"array 1 2", "array of text 2", "array of null", "object 2"}
CHILDLESS = {"missing", "null", "scalar 2", "empty array", "empty object"}
WILDCARD_TRUTH = {
    "$.a[*] = 2": WITH_2,
    "$.a.* = 2": WITH_2,
    "$.a[*] = *": WITH_2 | {"array 1", "object 3"},
    "$.a[*] > 1": {"array 1 2", "array of null", "object 2", "object 3"},
    "$.a[*] = %[23]%": WITH_2 | {"object 3"},
    "$.a[*] != 2": set(CHILDREN) - {"missing"} - WITH_2,
    "$.a[*] != %2%": set(CHILDREN) - {"missing"} - WITH_2,
    "$.a[*] IS NULL": {"array of null"},
    "$.a[*] IS TRUE": {"array of booleans"},
    "$.a[*] IS FALSE": {"array of booleans"},
    "$.a[*] NOT EXISTS": CHILDLESS,
    "$.a[*].b = 2": {"objects b", "nested b"},
    "$.a[*].b != 2": set(CHILDREN) - {"missing", "objects b", "nested b"},
    "$.a[*].b NOT EXISTS": set(CHILDREN) - {"objects b", "objects b 1", "nested b"},
    "$.a[*][0] = 2": {"array of array"},
    "$.a.x.* = 2": {"nested b"},
    "$.a.x.* != 2": {"object 2", "object 3"},
    "$.* = 2": {"scalar 2"},
    "$.* != 2": set(CHILDREN) - {"scalar 2"},
    "$.*.b = 2": set(),
    "$.* NOT EXISTS": {"missing"},
}


@pytest.mark.parametrize("condition", WILDCARD_TRUTH)
def test_wildcard_truth_table(condition: str) -> None:
    pattern = parse(f"{{ {condition} }}")
    assert {name for name, message in CHILDREN.items() if matches(pattern, message)} == WILDCARD_TRUTH[condition]


@pytest.mark.parametrize(
    ("selector", "message", "there"),
    [
        ("$.a.b", '{"a": {"b": 1}}', True),
        ("$.a.b", '{"a.b": 1}', False),
        ("$.['a.b']", '{"a.b": 1}', True),
        ("$.a.b", '{"a": 1}', False),
        ("$.a.b", '{"a": null}', False),
        ("$.a.b", '{"a": [{"b": 1}]}', False),
        ("$.a[0]", '{"a": [1]}', True),
        ("$.a[1]", '{"a": [1]}', False),
        ("$.a[0]", '{"a": {"0": 1}}', False),
        ("$.a.0", '{"a": {"0": 1}}', True),
        ("$.a[0]", '{"a": "x"}', False),
        ("$.a[1][0].b", '{"a": [0, [{"b": null}]]}', True),
        ("$.A", '{"a": 1}', False),
        ("$.['']", '{"": 1}', True),
    ],
)
def test_what_a_selector_finds(selector: str, message: str, there: bool) -> None:
    assert matches(parse(f"{{ {selector} NOT EXISTS }}"), message) is not there


def test_an_array_falsifies_its_own_condition_only() -> None:
    assert matches(parse("{ $.a = 9 || $.b NOT EXISTS }"), '{"a": [9]}')
    assert not matches(parse("{ $.a = 9 && $.b NOT EXISTS }"), '{"a": [9]}')


NOT_ONE_OBJECT = (
    *(
        "",
        " ",
        "x",
        "[]",
        '"a"',
        "null",
        "2",
        "{",
        "{\u00a0}",
        "\ufeff{}",
        '[{"a": 2}]',
        "{'a': 2}",
        '{"a": 2,}',
        '{"a": 2',
    ),
    *(
        '{"a": 2} x',
        '{"a": 2}{}',
        '{"a": 02}',
        '{"a": 2, "b": "\n"}',
        '{"b": NaN}',
        '{"b": Infinity}',
        '{"b": -Infinity}',
    ),
)


@pytest.mark.parametrize("text", ["{ $.a NOT EXISTS }", "{ $.a = 2 }", "{ $.* != 3 }"])
@pytest.mark.parametrize("message", NOT_ONE_OBJECT)
def test_what_is_not_one_json_object_never_matches(text: str, message: str) -> None:
    assert not matches(parse(text), message)


def test_blanks_around_the_object_do_not_matter() -> None:
    assert matches(parse("{ $.a = 2 }"), '\n\t {"a": 2}\r\n')


def test_the_last_of_equal_keys_counts() -> None:
    assert matches(parse("{ $.a = 2 }"), '{"a": 1, "a": 2}')
    assert not matches(parse("{ $.a = 1 }"), '{"a": 1, "a": 2}')


def test_escapes_in_events_are_read() -> None:
    assert matches(parse('{ $.a = "é/\\"" }'), r'{"\u0061": "\u00e9\/\""}')


def test_a_text_matches_over_line_breaks() -> None:
    assert matches(parse("{ $.a = x*y }"), '{"a": "x\\n\\ny"}')


@pytest.mark.parametrize(
    ("condition", "number", "expected"),
    [
        ("= 9007199254740993", "9007199254740993", True),
        ("= 9007199254740993", "9007199254740992", False),
        ("> 9007199254740992", "9007199254740993", True),
        ("= 9007199254740993", "9007199254740993.0", False),
        ("= 0.1", "0.1", True),
        ("= 0.1", "0.10", True),
        ("= 0.10000000000000000001", "0.1", False),
        ('= "1.0"', "1e0", True),
        ('= "1000.0"', "1e3", True),
        ('= "1.0E7"', "10000000.0", True),
        ('= "10000000"', "10000000", True),
        ("= -0.0", "0", True),
        ("= 0", "-0.0", True),
        ('= "-0.0"', "-0.0", True),
        ('= "0"', "-0", True),
        ("= 1e-999", "1e-999", False),
        ("= 0", "1e-999", True),
        ("> 1e-999", "1e-300", True),
        ("> 1e-999", "1e-999", False),
        ("= 1e308", "1e308", True),
        ("= 1e309", "1e309", False),
        ("!= 1e309", "1e309", False),
        ("> 0", "1e309", False),
        ("< 0", "-1e309", False),
        ("!= foo", "1e309", True),
        ('= "-Infinity"', "-1e309", True),
        ("< 1e2147483647", "5", True),
        ("> 1e-2147483647", "5", True),
        ("= 1e0", "1", True),
    ],
)
def test_numbers(condition: str, number: str, expected: bool) -> None:
    assert matches(parse(f"{{ $.a {condition} }}"), f'{{"a": {number}}}') is expected


def test_integers_longer_than_python_converts() -> None:
    digits = "1" + "0" * sys.get_int_max_str_digits()
    message = f'{{"a": {digits}7, "b": "x", "c": -{digits}}}'
    assert matches(parse("{ $.a > 5 && $.b = x && $.c < 5 }"), message)
    assert matches(parse('{ $.a = 1*7 && $.a != 1*8 && $.c = "-1*" }'), message)
    assert read_object(message) == {"a": Decimal(digits + "7"), "b": "x", "c": Decimal(f"-{digits}")}
    by_hand = {"a": 10 ** (sys.get_int_max_str_digits() + 1) + 7}
    pattern = parse("{ $.a = 1*7 }")
    assert isinstance(pattern, JsonPattern)
    assert matches_value(pattern, by_hand)


@pytest.mark.parametrize("depth", [10, 900, 5000, 30_000])
def test_depth_cannot_hide_an_event(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    objects = '{"x":' * depth + "1" + "}" * depth
    for nested in (deep, objects):
        message = f'{{"a": {nested}, "b": ["DeleteTrail", 1.0, null, true]}}'
        assert matches(parse('{ $.b[0] = DeleteTrail && $.b[1] = "1.0" && $.a != x || $.b[3] IS TRUE }'), message)
        assert matches(parse("{ $.b[2] IS NULL && $.c NOT EXISTS }"), message)
        assert not matches(parse("{ $.c NOT EXISTS }"), message + "x")
        assert not matches(parse("{ $.c NOT EXISTS }"), message[:-1])
        assert not matches(parse("{ $.c NOT EXISTS }"), message.replace("null", "nil"))


MIDDLE = [
    # value, text, with a wildcard in the middle, with a literal one
    ("Ev*ent", "Ev*ent", True, True),
    ("Ev*ent", "Evolvement", True, False),
    ("Attach*Policy", "AttachRolePolicy", True, False),
    ("*Ev*ent", "an Ev*ent", True, True),
    ("*Ev*ent*", "an Evolvement.", True, False),
    ("Ev*", "Evolvement", True, True),
    ("*ent", "Evolvement", True, True),
    ("*", "", True, True),
    ("**", "x", True, True),
    ("a*", "a", True, True),
    ("a*a", "a", False, False),
    ("ab*bc", "abc", False, False),
    ("a*b*c", "aXbXc", True, False),
    ("a*b*c", "acb", False, False),
    ("a*bc*c", "abc", False, False),
    ("a*bc*c", "abcc", True, False),
    ("*ab*ab*", "xabx", False, False),
    ("*ab*ab*", "xab*abx", True, True),
]


@pytest.mark.parametrize(("value", "text", "wildcard", "literal"), MIDDLE)
def test_both_readings_of_a_wildcard_in_the_middle(value: str, text: str, wildcard: bool, literal: bool) -> None:
    message = json.dumps({"a": text})
    for spelling in (value, f'"{value}"'):
        pattern = parse(f"{{ $.a = {spelling} }}")
        assert matches(pattern, message) is wildcard
        assert matches(pattern, message, midglob="literal") is literal
        assert matches(parse(f"{{ $.a != {spelling} }}"), message) is not wildcard
        assert matches(parse(f"[a={spelling}]"), f'"{text}"') is wildcard
        assert matches(parse(f"[a={spelling}]"), f'"{text}"', midglob="literal") is literal


def test_many_names_in_one_alternative() -> None:
    pattern = parse('{ $.a = x || $.a = "5" || $.b = y || $.a = z* || $.a[*] = x || $.b = w }')
    for message in ('{"a": "x"}', '{"a": 5}', '{"a": "5"}', '{"b": "y"}', '{"a": "zed"}', '{"a": ["x"]}', '{"b": "w"}'):
        assert matches(pattern, message)
    for message in ('{"a": "y"}', '{"b": "x"}', '{"a": ["y"]}', '{"a": 5.0}', '{"a": null}', "{}", '{"a": ["5"]}'):
        assert not matches(pattern, message)


def test_parsed_objects_match_like_their_text() -> None:
    pattern = parse('{ $.a = "1.0" && $.b = "1" && $.c.d[0] = x }')
    assert isinstance(pattern, JsonPattern)
    message = '{"a": 1.0, "b": 1, "c": {"d": ["x"]}}'
    assert matches_value(pattern, json.loads(message))
    assert matches_value(pattern, read_object(message) or {})
    assert not matches_value(pattern, {"a": 1, "b": 1, "c": {"d": ["x"]}})
    assert not matches_value(pattern, {"a": True, "b": 1, "c": {"d": ["x"]}})


def test_a_matcher_is_kept_and_equal_patterns_do_not_mix() -> None:
    first, second = parse("{ $.a = x }"), parse("{ $.a = y }")
    assert matcher(first) is matcher(first)
    assert matcher(first)('{"a": "x"}')
    assert not matcher(second)('{"a": "x"}')
    assert matcher(first, midglob="literal") is not matcher(first)


def test_conditions_nested_as_deep_as_the_length_allows() -> None:
    text = "$.a=x"
    operators = ["&&", "||"]
    while len(text) + 9 <= 1022:
        text = f"$.b=x{operators[0]}({text})"
        operators.reverse()
    pattern = parse(f"{{{text}}}")
    assert matches(pattern, '{"a": "x", "b": "x"}')
    assert not matches(pattern, '{"a": "x"}')
    assert not matches(pattern, '{"a": "y", "b": "y"}')
