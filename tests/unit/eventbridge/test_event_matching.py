"""What matches an event pattern, where the answers of AWS's own TestEventPattern leave room."""

from typing import Any

import pytest

from scanner.eventbridge.matching import matches_event
from scanner.eventbridge.parser import parse_event_pattern

TWO_USERS = {"users": [{"name": "a", "roles": [{"id": 1}, {"id": 2}]}, {"name": "b", "roles": [{"id": 3}]}]}


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"a": [300]}, {"a": "300"}, False),
        ({"a": ["300"]}, {"a": 300}, False),
        ({"a": [1]}, {"a": True}, False),
        ({"a": [True]}, {"a": 1}, False),
        ({"a": [None]}, {"a": None}, True),
        ({"a": [None]}, {}, False),
        ({"a": [""]}, {"a": ""}, True),
        ({"a": [123456789012345678901]}, {"a": 123456789012345678901}, True),
        ({"a": [123456789012345678901]}, {"a": 123456789012345678902}, False),
        ({"a": [{"numeric": [">", 0]}]}, {"a": 123456789012345678901}, False),
        ({"a": [{"numeric": [">=", 1, "<", 2]}]}, {"a": 1}, True),
        ({"a": [{"numeric": [">=", 1, "<", 2]}]}, {"a": 2}, False),
        ({"a": [{"numeric": ["<=", 2]}]}, {"a": 2.0}, True),
        ({"a": [{"numeric": ["<", 2]}]}, {"a": False}, False),
        ({"a": [{"prefix": ""}]}, {"a": ""}, True),
        ({"a": [{"prefix": ""}]}, {"a": 5}, False),
        ({"a": [{"prefix": {"equals-ignore-case": "AB"}}]}, {"a": "abc"}, True),
        ({"a": [{"suffix": {"equals-ignore-case": "bcde"}}]}, {"a": "cde"}, False),
        ({"a": [{"suffix": {"equals-ignore-case": ""}}]}, {"a": "x"}, True),
        ({"a": [{"equals-ignore-case": "aßc"}]}, {"a": "aSSC"}, True),
        ({"a": [{"equals-ignore-case": "aßc"}]}, {"a": "assc"}, False),
        ({"a": [{"equals-ignore-case": "aßc"}]}, {"a": "aẞc"}, False),
        ({"a": [{"prefix": {"equals-ignore-case": "ﬁ"}}]}, {"a": "FIle"}, True),
        ({"a": [{"suffix": {"equals-ignore-case": "ß"}}]}, {"a": "FUSS"}, True),
        ({"a": [{"suffix": {"equals-ignore-case": "é"}}]}, {"a": "CAFÉ"}, True),
        ({"a": [{"suffix": {"equals-ignore-case": "c"}}]}, {"a": "C\n"}, False),
        ({"a": [{"equals-ignore-case": "a.c"}]}, {"a": "abc"}, False),
        ({"a": [{"equals-ignore-case": "x🚀"}]}, {"a": "x🚀"}, False),
        ({"a": [{"prefix": {"equals-ignore-case": "🚀"}}]}, {"a": "🚀"}, False),
        ({"a": [{"suffix": {"equals-ignore-case": "🚀"}}]}, {"a": "🚀"}, False),
        ({"a": [{"anything-but": {"equals-ignore-case": "🚀"}}]}, {"a": "🚀"}, True),
        ({"a": ["🚀"]}, {"a": "🚀"}, True),
        ({"a": [{"wildcard": "*"}]}, {"a": ""}, True),
        ({"a": [{"wildcard": "ab*ba"}]}, {"a": "aba"}, False),
        ({"a": [{"wildcard": "a*b*c"}]}, {"a": "a\nb c"}, True),
        ({"a": [{"wildcard": "a\\*"}]}, {"a": "ab"}, False),
        ({"a": [{"cidr": "10.0.0.0/24"}]}, {"a": "10.0.1.0"}, False),
        ({"a": [{"cidr": "10.0.0.9/24"}]}, {"a": "10.0.0.1"}, True),
        ({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "::1"}, False),
        ({"a": [{"cidr": "0.0.0.0/0"}]}, {"a": "cloudtrail.amazonaws.com"}, False),
        ({"a": ["::1"]}, {"a": "0:0:0:0:0:0:0:1"}, True),
        ({"a": ["10.0.0.1"]}, {"a": "10.0.0.2"}, False),
        ({"a": [{"anything-but": [1, 2]}]}, {"a": "1"}, True),
        ({"a": [{"anything-but": [1, 2]}]}, {"a": 2.0}, False),
        ({"a": [{"anything-but": "x"}]}, {"a": ["x", "y"]}, True),
        ({"a": [{"anything-but": "x"}]}, {"a": ["x"]}, False),
        ({"a": [{"anything-but": "x"}]}, {"a": []}, False),
        ({"a": [{"anything-but": "x"}]}, {"a": {"b": 1}}, False),
        ({"a": [{"exists": True}]}, {"a": None}, True),
        ({"a": [{"exists": True}]}, {"a": []}, False),
        ({"a": [{"exists": False}]}, {"a": []}, True),
        ({"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
        ({"a": [{"exists": False}]}, {"a": [[None]]}, False),
        ({"a": {"b": [1]}}, {"a": [{"b": 2}, {"b": 1}]}, True),
        ({"a": {"b": [1], "c": [1]}}, {"a": [{"b": 1}, {"c": 1}]}, False),
        ({"a": {"b": [1], "c": [1]}}, {"a": [{"b": 1}, {"c": 1, "b": [2, 1]}]}, True),
        ({"a": {"b": [1], "c": [{"exists": False}]}}, {"a": [{"b": 1}, {"c": 1}]}, True),
        ({"a": {"b": [1], "c": [{"exists": False}]}}, {"a": [{"b": 1, "c": 1}]}, False),
        ({"a": ["x"], "b": ["y"]}, {"a": ["x", "z"], "b": ["z", "y"]}, True),
        ({"users": {"name": ["a"], "roles": {"id": [2]}}}, TWO_USERS, True),
        ({"users": {"name": ["a"], "roles": {"id": [3]}}}, TWO_USERS, False),
        ({"$or": [{"a": [1]}, {"b": [1]}]}, {"b": 1}, True),
        ({"$or": [{"a": [1]}, {"b": [1]}]}, {"a": 2, "b": 2}, False),
        ({"c": [1], "$or": [{"c": [2]}, {"b": [1]}]}, {"c": 2}, True),
    ],
)
def test_matches(pattern: dict[str, Any], event: dict[str, Any], expected: bool) -> None:
    assert matches_event(parse_event_pattern(pattern), event) is expected


def test_many_elements_of_many_arrays_take_no_time() -> None:
    pattern = parse_event_pattern({"a": {"b": [1], "c": [1], "d": [1]}, "e": {"f": [1], "g": [2]}})
    event = {"a": [{"b": 1, "c": 1, "d": 0}] * 300, "e": [{"f": 1, "g": 1}] * 300}
    assert not matches_event(pattern, event)
