"""What thresholds count by: equal values give equal texts, however deep they are."""

import json
from typing import Any

import pytest

from scanner.events.matching.details import text_of
from scanner.pattern.matching.values import MISSING

DEPTH = 20_000


def deep(inner: Any) -> Any:
    for level in range(DEPTH):
        inner = [inner] if level % 2 else {"ü": inner, "a": level, "list": [], "object": {}}
    return inner


@pytest.mark.parametrize("value", ["", "x", 'a "quoted" ü', 1, 1.5, None, True, [], {}, [1, [2, {"b": 1, "a": None}]]])
def test_a_value_is_written_as_json(value: Any) -> None:
    assert text_of(value) == json.dumps(value, sort_keys=True, ensure_ascii=False)


def test_what_is_absent_is_the_empty_text() -> None:
    assert text_of(MISSING) == ""


def test_deep_values_are_written_the_same_way() -> None:
    text = text_of(deep("end"))
    assert text == text_of(deep("end"))
    assert text != text_of(deep("End"))
    assert text.count("[") == text.count("]") > DEPTH // 2
    shallow = {"b": [1, {"d": "ü"}, []], "a": {}}
    inside = text_of([deep(shallow)])
    assert json.dumps(shallow, sort_keys=True, ensure_ascii=False) in inside
