"""Coverage where the kinds of JSON value decide: numbers, null, nested fields, indexes and wildcard selectors."""

import json

import pytest

from scanner.pattern import covers, matches, parse


def verdict(required: str, *deployed: str) -> str:
    wanted, filters = parse(f"{{ {required} }}"), [parse(f"{{ {text} }}") for text in deployed]
    answer = covers(wanted, filters)
    if answer.witness is not None:
        message = json.dumps(answer.witness)
        assert matches(wanted, message)
        assert not any(matches(pattern, message) for pattern in filters)
    return answer.verdict


@pytest.mark.parametrize(
    ("required", "deployed", "answer"),
    [
        # numbers by value, strings by spelling
        ("$.a > 5", "$.a > 4", "covered"),
        ("$.a > 4", "$.a > 5", "not_covered"),
        ("$.a >= 5", "$.a > 5 || $.a = 5", "covered"),
        ("$.a > 5", "$.a >= 6", "not_covered"),
        ("$.a > 1 && $.a < 3", "$.a != 7", "covered"),
        ("$.a = 1", '$.a = "1" || $.a = "1.0"', "covered"),
        ("$.a = 1", '$.a = "1"', "not_covered"),
        ('$.a = "1"', "$.a = 1", "covered"),
        ("$.a = 1.0", "$.a = 1", "not_covered"),  # the string "1.0"
        ("$.a = 12", "$.a = 1*", "covered"),
        ("$.a > 9007199254740992 && $.a < 9007199254740994", "$.a = 9007199254740993", "covered"),
        ("$.a > 1e400", "$.a > 1e399", "covered"),
        ("$.a = 1e3", "$.a = 1000 || $.a = 1e3", "covered"),
        ("$.a = 0", "$.a = -0.0 || $.a = 0", "covered"),
        ("$.a < 0", "$.a = -*", "undetermined"),  # the texts of numbers are not enumerated
        ("$.a = *", "$.a < 5 || $.a >= 5", "not_covered"),  # strings
        ("$.a > 3 && $.a = *7*", "$.a > 2", "covered"),
        ("$.a >= 1 && $.a <= 1", '$.a = "1.0"', "not_covered"),  # 1
        ("$.a >= 1 && $.a <= 1", '$.a = "1"', "not_covered"),  # 1.0
        ("$.a >= 1 && $.a <= 1", '$.a = "1" || $.a = "1.0"', "covered"),
        ("$.a >= 0 && $.a <= 0", '$.a = "0" || $.a = "0.0"', "not_covered"),  # -0.0
        # != is false for a missing field, null, true and containers
        ("$.b = y", "$.a != x", "not_covered"),
        ("$.b = y", "$.a != x || $.a = x || $.a NOT EXISTS", "not_covered"),
        ("$.a IS NULL", "$.a != x", "not_covered"),
        ("$.a IS NULL", "$.a NOT EXISTS", "not_covered"),
        # nested fields
        ("$.a.b = x", "$.a.b NOT EXISTS || $.a = *", "not_covered"),
        ("$.a = *", "$.a.b NOT EXISTS", "covered"),
        ("$.a IS NULL", "$.a.b NOT EXISTS", "covered"),
        ("$.a.b = x && $.a = y", "$.c = z", "covered"),
        ("$.a NOT EXISTS", "$.a.b NOT EXISTS", "covered"),
        ("$.a.b NOT EXISTS", "$.a NOT EXISTS", "not_covered"),
        ("$.a.b.c = x", "$.a.b = y || $.a.b NOT EXISTS", "not_covered"),
        ("$.a.b.c = x && $.a.b.d NOT EXISTS", "$.a.b.c = * && $.a.b.d NOT EXISTS", "covered"),
        # indexes
        ("$.a[1] = x", "$.a[0] NOT EXISTS", "not_covered"),
        ("$.a[0] NOT EXISTS", "$.a[1] NOT EXISTS", "covered"),
        ("$.a[1] NOT EXISTS", "$.a[0] NOT EXISTS", "not_covered"),
        ("$.a[0] = x && $.a.b = y", "$.c = z", "covered"),
        ("$.a IS NULL && $.a[0] NOT EXISTS", "$.a = x", "not_covered"),
        ("$.a IS NULL && $.a[0] = x", "$.c = z", "covered"),
        ("$.a IS NULL", "$.a[0] IS NULL || $.a[0] NOT EXISTS", "covered"),
        ("$.a IS NULL && $.a[1] = x", "$.a[0] = y", "not_covered"),
        ("$.a[2] = x", "$.a[0] = y || $.a[1] NOT EXISTS", "not_covered"),
        # wildcard selectors
        ("$.a[2] = x && $.a[*] != y", "$.a[0] = y", "not_covered"),
        ("$.a[0] IS NULL && $.a[1] NOT EXISTS", "$.a[*] IS NULL", "not_covered"),  # [[null]]
        ("$.a[0] = x", "$.a[*] = x", "covered"),
        ("$.a.b = x", "$.a.* = x", "covered"),
        ("$.a[*] = x", "$.a[0] = x", "not_covered"),
        ("$.a[*] != x", "$.a[0] != x", "not_covered"),
        ("$.a[*] NOT EXISTS", "$.a[0] NOT EXISTS", "covered"),
        ("$.a[0] != x && $.a[1] NOT EXISTS", "$.a[*] != x", "covered"),
        ("$.a[0] != x", "$.a[*] != x", "not_covered"),
        ("$.a[*].b = 1", "$.a[*].b > 0", "not_covered"),  # the string "1"
        ("$.a[*].b > 5", "$.a[*].b > 4", "covered"),
        ("$.a = *", "$.a[*] != x && $.a[*] NOT EXISTS", "covered"),
        ("$.eventName = x", "$.* = x", "covered"),
        ("$.* = x", "$.eventName = x", "not_covered"),
        ("$.a.b = x", "$.*.b = x", "covered"),
        ("$.* != x && $.a = x", "$.c = z", "covered"),
        ("$.['a.b'] = x", "$.a.b = x", "not_covered"),
    ],
)
def test_verdicts(required: str, deployed: str, answer: str) -> None:
    assert verdict(required, deployed) == answer


def test_infinity_cannot_be_shown() -> None:
    # Only an infinite number differs from "x" and is no number for !=; no event of finite numbers shows it.
    assert verdict("$.a != x && $.a != y", "$.a != 12 || $.a = 12") == "undetermined"


def test_a_union_over_all_kinds_of_value() -> None:
    kinds = ("$.a NOT EXISTS", "$.a IS NULL", "$.a IS TRUE", "$.a IS FALSE", "$.a = *")
    assert verdict("$.b = y", *kinds) == "not_covered"  # an object
    assert verdict("$.b = y && $.a.c = d", *kinds) == "not_covered"
    assert verdict("$.b = y && $.a.c = d", *kinds, "$.a.c = *") == "covered"
    for left_out in range(len(kinds)):
        rest = [kind for place, kind in enumerate(kinds) if place != left_out]
        assert verdict(kinds[left_out], *rest) == "not_covered"
