"""What one record adds to a rule, and what AWS leaves open."""

from fractions import Fraction
from typing import Any

import pytest

from scanner.pattern.contribution.contribution import Contribution, Left, contribution
from scanner.pattern.contribution.definition import Definition, Filter, Key, LogFormat


def rule(*filters: Filter, value_of: str = "", key: str = "who") -> Definition:
    total = Key(value_of, (value_of,)) if value_of else None
    return Definition(("g",), (), LogFormat.JSON, (Key(key, (key,)),), filters, total)


def of(record: dict[str, Any], operator: str, asked: Any) -> object:
    """``counted`` for a record that is counted, else why not."""
    found = contribution(rule(Filter("f", ("f",), operator, asked)), {"who": "w", **record})
    return "counted" if isinstance(found, Contribution) else found


COUNTED, FILTERED, OPEN = "counted", Left.FILTERED, Left.OPEN


@pytest.mark.parametrize(
    ("operator", "asked", "value", "expected"),
    [
        ("In", ("a", "b"), "b", COUNTED),
        ("In", ("a", "b"), "B", FILTERED),
        ("In", ("a",), ..., FILTERED),
        ("In", ("a",), None, FILTERED),
        ("In", ("5",), 5, OPEN),
        ("In", ("5",), 6, FILTERED),
        ("In", ("true",), True, OPEN),
        ("NotIn", ("a",), "b", COUNTED),
        ("NotIn", ("a",), "a", FILTERED),
        ("NotIn", ("a",), ..., OPEN),
        ("NotIn", ("5",), 5, OPEN),
        ("NotIn", ("5",), 6, COUNTED),
        ("StartsWith", ("ec", "s3"), "s3.amazonaws.com", COUNTED),
        ("StartsWith", ("ec",), "s3", FILTERED),
        ("StartsWith", ("ec",), ..., FILTERED),
        ("GreaterThan", 5.0, 6, COUNTED),
        ("GreaterThan", 5.0, 5, FILTERED),
        ("GreaterThan", 5.0, "6", OPEN),
        ("GreaterThan", 5.0, "six", FILTERED),
        ("GreaterThan", 5.0, ..., FILTERED),
        ("LessThan", 5.0, 4.5, COUNTED),
        ("LessThan", 5.0, 5, FILTERED),
        ("EqualTo", 5.0, 5, COUNTED),
        ("EqualTo", 5.0, 5.5, FILTERED),
        ("EqualTo", 5.0, True, FILTERED),
        ("NotEqualTo", 5.0, 4, COUNTED),
        ("NotEqualTo", 5.0, 5, FILTERED),
        ("NotEqualTo", 5.0, ..., OPEN),
        ("NotEqualTo", 5.0, "x", OPEN),
        ("IsPresent", True, "", COUNTED),
        ("IsPresent", True, ..., FILTERED),
        ("IsPresent", False, ..., COUNTED),
        ("IsPresent", False, "x", FILTERED),
        ("IsPresent", True, None, OPEN),
        ("IsPresent", True, {"x": 1}, OPEN),
        ("IsPresent", False, [1], OPEN),
    ],
)
def test_what_a_filter_asks(operator: str, asked: Any, value: Any, expected: object) -> None:
    assert of({} if value is ... else {"f": value}, operator, asked) == expected


def test_all_filters_must_hold_and_a_refusal_outweighs_what_is_open() -> None:
    filters = (Filter("f", ("f",), "NotIn", ("a",)), Filter("g", ("g",), "In", ("x",)))
    assert contribution(rule(*filters), {"who": "w", "g": "y"}) is Left.FILTERED
    assert contribution(rule(*filters), {"who": "w", "g": "x"}) is Left.OPEN
    assert contribution(rule(*filters), {"who": "w", "g": "x", "f": "b"}) == Contribution(("w",), 1)


@pytest.mark.parametrize(
    ("value", "key"),
    [("a", "a"), ("", ""), (5, "5"), (1.5, "1.5"), (True, "true"), (None, None), ({}, None), ([], None)],
)
def test_keys_are_texts(value: Any, key: str | None) -> None:
    expected = Left.WITHOUT_KEY if key is None else Contribution((key,), 1)
    assert contribution(rule(), {"who": value}) == expected


def test_paths_lead_through_objects_and_arrays() -> None:
    whole = Definition(("g",), (), LogFormat.JSON, (Key("k", ("a", 1, "b")),), (), None)
    assert contribution(whole, {"a": [{"b": "no"}, {"b": "yes"}]}) == Contribution(("yes",), 1)
    for record in ({"a": [{"b": "no"}]}, {"a": {"1": {"b": "no"}}}, {"a": "text"}, {}):
        assert contribution(whole, record) is Left.WITHOUT_KEY


def test_sums_are_exact() -> None:
    assert contribution(rule(value_of="n"), {"who": "w", "n": 0.1}) == Contribution(("w",), Fraction(0.1))
    assert contribution(rule(value_of="n"), {"who": "w", "n": 10**30}) == Contribution(("w",), 10**30)
    for value in ("5", None, True, float("inf")):
        assert contribution(rule(value_of="n"), {"who": "w", "n": value}) is Left.WITHOUT_VALUE
