"""What EventBridge would reject of an event pattern, and where it says the fault is."""

import json
from typing import Any

import pytest

from scanner.errors import PatternError
from scanner.eventbridge.nodes import (
    Absent,
    AddressRange,
    AnythingBut,
    NumberRange,
    Prefix,
    Present,
    Same,
    SameNumber,
    Suffix,
    Wildcard,
)
from scanner.eventbridge.parser import parse_event_pattern


def only(document: Any) -> Any:
    """The tests of the only field of a pattern."""
    (fields,) = parse_event_pattern(document).alternatives
    ((_, tests),) = fields.items()
    return tests


@pytest.mark.parametrize(
    ("text", "at_fault", "says"),
    [
        ("", "", "a value is expected"),
        ("[]", "[]", "not an object"),
        ('{"a": [1]} x', "x", "the end of the document is expected"),
        ('{"a": [1]', "", '"," or "}"'),
        ('{"a": [1 2]}', "2", '"," or "]"'),
        ('{"a" [1]}', "[", '":" is expected'),
        ("{a: [1]}", "a", "a name in double quotes"),
        ('{"a": [01]}', "1", '"," or "]"'),
        ('{"a": [NaN]}', "N", "a value is expected"),
        ('{"a": ["\t"]}', '"', "a value is expected"),
        ("{}", "{}", "an empty object"),
        ('{"a": {}}', "{}", "an empty object"),
        ('{"a": []}', "[]", "an empty array"),
        ('{"a": "b"}', '"b"', '"a" must be an object or an array'),
        ('{"a": null}', "null", '"a" must be an object or an array'),
        ('{"a": [["b"]]}', '["b"]', "must be a string, a number"),
        ('{"a": [{}]}', "{}", "has 0"),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', '{"prefix": "b", "suffix": "c"}', "has 2"),
        ('{"a": [{"Prefix": "b"}]}', '{"Prefix": "b"}', 'no operator "Prefix"'),
        ('{"a": [{"prefix": 1}]}', "1", '"prefix" must be a string'),
        ('{"a": [{"prefix": {"suffix": "b"}}]}', '{"suffix": "b"}', 'and not "suffix"'),
        ('{"a": [{"suffix": {"equals-ignore-case": 1}}]}', "1", '"equals-ignore-case" must be a string'),
        ('{"a": [{"equals-ignore-case": ["b"]}]}', '["b"]', "must be a string"),
        ('{"a": [{"exists": "true"}]}', '"true"', "must be true or false"),
        ('{"a": [{"exists": null}]}', "null", "must be true or false"),
        ('{"a": [{"cidr": "10.0.0.0"}]}', '"10.0.0.0"', "not an IP address, a slash"),
        ('{"a": [{"cidr": "10.0.0.0/24/8"}]}', '"10.0.0.0/24/8"', "not an IP address, a slash"),
        ('{"a": [{"cidr": "host/24"}]}', '"host/24"', "not an IP address, a slash"),
        ('{"a": [{"cidr": "300.0.0.0/24"}]}', '"300.0.0.0/24"', "not an IP address, a slash"),
        ('{"a": [{"cidr": "10.0.0.0/32"}]}', '"10.0.0.0/32"', "0 to 31 bits"),
        ('{"a": [{"cidr": "10.0.0.0/-1"}]}', '"10.0.0.0/-1"', "0 to 31 bits"),
        ('{"a": [{"cidr": "2001:db8::/128"}]}', '"2001:db8::/128"', "0 to 127 bits"),
        ('{"a": [{"numeric": []}]}', "[]", "A numeric range is"),
        ('{"a": [{"numeric": [">"]}]}', '">"', "made of operators in quotes"),
        ('{"a": [{"numeric": [">", "1"]}]}', '">"', "made of operators in quotes"),
        ('{"a": [{"numeric": [1, ">"]}]}', "1", "made of operators in quotes"),
        ('{"a": [{"numeric": ["!=", 1]}]}', '["!=", 1]', "A numeric range is"),
        ('{"a": [{"numeric": ["<", 1, ">", 0]}]}', '["<", 1, ">", 0]', "A numeric range is"),
        ('{"a": [{"numeric": [">", 1, "<", 1]}]}', '[">", 1, "<", 1]', "must be below"),
        ('{"a": [{"numeric": [">", 0, "<", 1, "<", 2]}]}', '[">", 0, "<", 1, "<", 2]', "A numeric range is"),
        ('{"a": [{"numeric": ["=", 1e999]}]}', "1e999", "cannot compare the number 1e999"),
        ('{"a": [{"anything-but": []}]}', "[]", "only strings or only numbers"),
        ('{"a": [{"anything-but": [1, "b"]}]}', '[1, "b"]', "only strings or only numbers"),
        ('{"a": [{"anything-but": null}]}', "null", "only strings or only numbers"),
        ('{"a": [{"anything-but": 123456789012345678901}]}', "123456789012345678901", "cannot compare"),
        ('{"a": [{"anything-but": {"numeric": [">", 1]}}]}', '{"numeric": [">", 1]}', 'and not "numeric"'),
        ('{"a": [{"anything-but": {"prefix": []}}]}', "[]", 'array of "prefix" inside "anything-but" is empty'),
        ('{"a": [{"anything-but": {"wildcard": []}}]}', "[]", 'array of "wildcard" inside "anything-but" is empty'),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', '""', "must not be empty"),
        ('{"a": [{"anything-but": {"suffix": ["b", ""]}}]}', '["b", ""]', "must not be empty"),
        ('{"a": [{"wildcard": "b**c"}]}', '"b**c"', "two wildcards"),
        ('{"a": [{"wildcard": "b\\\\c"}]}', '"b\\\\c"', "a backslash is written before"),
        ('{"a": [{"wildcard": "*a*b*c*d*e*f*"}]}', '"*a*b*c*d*e*f*"', "too complex"),
        ('{"$or": {"a": [1]}}', '{"a": [1]}', '"$or" must be an array'),
        ('{"$or": [{"a": [1]}]}', '[{"a": [1]}]', "at least two objects"),
        ('{"$or": [{"a": [1]}, 2]}', "2", "objects only"),
        ('{"$or": [{"a": [1]}, {}]}', "{}", "an empty object"),
        ('{"$or": [{"a": [1]}, {"prefix": ["b"]}]}', '"prefix"', "is an operator and cannot be"),
    ],
)
def test_names_what_is_rejected(text: str, at_fault: str, says: str) -> None:
    with pytest.raises(PatternError) as error:
        parse_event_pattern(text)
    assert says in error.value.message
    start, end = error.value.span
    assert text[start:end] == at_fault
    assert error.value.hint


def test_says_where_in_a_text_of_many_lines() -> None:
    with pytest.raises(PatternError) as error:
        parse_event_pattern('{\n  "source": "aws.iam"\n}')
    assert error.value.caret() == '  "source": "aws.iam"\n            ^^^^^^^^^'


def test_points_into_the_text_of_an_object_that_was_read_already() -> None:
    with pytest.raises(PatternError) as error:
        parse_event_pattern({"source": "aws.iam"})
    assert error.value.text == '{"source": "aws.iam"}'


def test_refuses_what_is_too_long_too_deep_or_too_many() -> None:
    with pytest.raises(PatternError, match="4097 characters; EventBridge takes 4096"):
        parse_event_pattern('{"a": ["' + "b" * 4086 + '"]}')
    with pytest.raises(PatternError, match="more than 200 levels deep"):
        parse_event_pattern('{"a":' * 300 + "[1]" + "}" * 300)
    choice = {"$or": [{f"f{number}": [1]} for number in range(11)]}
    with pytest.raises(PatternError, match="more than 1000 combinations"):
        parse_event_pattern({"a": choice, "b": choice, "c": choice})


@pytest.mark.parametrize(
    ("item", "test"),
    [
        ("b", Same("b")),
        ("", Same("")),
        (None, Same(None)),
        (True, Same(True)),
        (300.0, SameNumber(300.0)),
        (123456789012345678901, SameNumber("123456789012345678901")),
        ({"exists": True}, Present()),
        ({"exists": False}, Absent()),
        ({"exactly": "b"}, Same("b")),
        ({"prefix": ""}, Prefix("")),
        ({"prefix": {"equals-ignore-case": "b"}}, Prefix("b", ignore_case=True)),
        ({"suffix": {"equals-ignore-case": "b"}}, Suffix("b", ignore_case=True)),
        ({"wildcard": "b"}, Wildcard(("b",))),
        ({"wildcard": "*b\\*c\\\\*"}, Wildcard(("", "b*c\\", ""))),
        ({"numeric": ["=", 3.018e2]}, NumberRange(301.8, 301.8)),
        ({"numeric": [">", 0, "<=", 5]}, NumberRange(0, 5, low_open=True)),
        ({"anything-but": "b"}, AnythingBut((Same("b"),))),
        ({"anything-but": [1, 2.0]}, AnythingBut((SameNumber(1.0), SameNumber(2.0)))),
        ({"anything-but": {"wildcard": ["a*", "*b"]}}, AnythingBut((Wildcard(("a", "")), Wildcard(("", "b"))))),
    ],
)
def test_reads_each_operator(item: Any, test: Any) -> None:
    assert only({"a": [item]}) == (test,)


def test_reads_an_address_as_what_it_is_in_any_spelling() -> None:
    (test,) = only({"a": ["2001:0db8::0001"]})
    assert isinstance(test, AddressRange)
    assert test.network.num_addresses == 1


def test_joins_names_by_dots_and_lets_the_last_array_of_a_field_count() -> None:
    pattern = parse_event_pattern('{"a": {"b": [1]}, "a.b": [2], "a": {"c": [3]}}')
    assert pattern.alternatives == ({"a.b": (SameNumber(2.0),), "a.c": (SameNumber(3.0),)},)


def test_multiplies_the_alternatives_of_each_or() -> None:
    pattern = parse_event_pattern({"a": [1], "$or": [{"b": [1]}, {"b": [2]}], "c": {"$or": [{"d": [1]}, {"e": [1]}]}})
    assert [sorted(fields) for fields in pattern.alternatives] == [
        ["a", "b", "c.d"],
        ["a", "b", "c.d"],
        ["a", "b", "c.e"],
        ["a", "b", "c.e"],
    ]


def test_a_pattern_is_the_same_as_another_of_the_same_text() -> None:
    text = json.dumps({"source": ["aws.iam"]})
    assert len({parse_event_pattern(text), parse_event_pattern(text)}) == 1
