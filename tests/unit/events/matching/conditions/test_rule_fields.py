import pytest

from scanner.events.matching.conditions.rule_fields import conjuncts, guards_of, paths, settle, texts_of
from scanner.events.reading.fields.record_fields import EVENT_NAME
from scanner.pattern import Expr, parse
from scanner.pattern.language.nodes import JsonPattern
from scanner.pattern.matching.values import MISSING


def expr(text: str) -> Expr:
    pattern = parse(text)
    assert isinstance(pattern, JsonPattern)
    return pattern.expr


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{ $.eventName = A }", {"A"}),
        ('{ $.eventName = "5" }', {"5"}),
        ("{ $.eventName = 5 }", {"5"}),
        ("{ $.eventName = A || $.eventName = B }", {"A", "B"}),
        ("{ ($.eventName = A || $.eventName = B) && $.eventSource = s }", {"A", "B"}),
        ("{ ($.eventName = A || $.eventName = B) && ($.eventName = B || $.eventName = C) }", {"B"}),
        ("{ $.eventName = A && $.eventName = B }", set()),
        ("{ $.eventName = A || $.errorCode = B }", None),
        ("{ $.eventName = A* }", None),
        ("{ $.eventName = %A% }", None),
        ("{ $.eventName != A }", None),
        ("{ $.eventName.x = A }", None),
        ("{ $.eventname = A }", None),
        ("{ $.eventName NOT EXISTS }", None),
        ("{ $.* = A }", None),
    ],
)
def test_names_a_pattern_is_bound_to(text: str, names: set[str] | None) -> None:
    assert texts_of(expr(text), EVENT_NAME) == names


@pytest.mark.parametrize(
    ("text", "value", "left"),
    [
        ("{ $.eventName = A }", "A", True),
        ("{ $.eventName = A }", "B", False),
        ("{ $.eventName = A* }", "Abc", True),
        ("{ $.eventName = %b% }", "Abc", True),
        ("{ $.eventName != A }", MISSING, False),
        ("{ $.eventName NOT EXISTS }", MISSING, True),
        ("{ $.eventName IS NULL }", None, True),
        ("{ $.eventName NOT EXISTS }", None, False),
        ("{ $.eventName = A && $.x = 1 }", "A", "{ $.x = 1 }"),
        ("{ $.eventName = A && $.x = 1 }", "B", False),
        ("{ $.eventName = A || $.x = 1 }", "A", True),
        ("{ $.eventName = A || $.x = 1 || $.y = 2 }", "B", "{ $.x = 1 || $.y = 2 }"),
        ("{ $.eventName = A || ($.eventName = B && $.x = 1) }", "B", "{ $.x = 1 }"),
        ("{ $.x = 1 }", "A", "{ $.x = 1 }"),
    ],
)
def test_what_is_left_once_a_field_is_known(text: str, value: object, left: str | bool) -> None:
    assert settle(expr(text), EVENT_NAME, value) == (left if isinstance(left, bool) else expr(left))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ $.errorCode = AccessDenied }", {("errorCode",)}),
        ("{ $.userIdentity.type = Root && $.userIdentity.invokedBy NOT EXISTS }", {("userIdentity", "type")}),
        ("{ $.errorCode = A* || $.errorCode = *B }", {("errorCode",)}),
        ("{ $.errorCode = A || $.userAgent = B }", set()),
        ("{ $.errorCode != A }", set()),
        ("{ $.errorCode NOT EXISTS }", set()),
        ("{ $.resources[0] = A }", set()),
        ("{ $.resources[*].type = A }", set()),
        ("{ $.a = x && $.b = y }", {("a",), ("b",)}),
    ],
)
def test_fields_that_rule_records_out(text: str, fields: set[tuple[str, ...]]) -> None:
    assert guards_of(expr(text)) == fields


def test_parts_and_paths() -> None:
    both = expr("{ $.a = x && ($.b.c = y || $.d[0] = z) }")
    assert len(conjuncts(both)) == 2
    assert conjuncts(expr("{ $.a = x }")) == (expr("{ $.a = x }"),)
    assert paths(both) == {("a",), ("b", "c"), ("d", 0)}
