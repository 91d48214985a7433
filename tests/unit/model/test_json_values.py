from collections.abc import Callable
from typing import Any

import pytest

from scanner.model.json_values import (
    as_flag,
    as_list,
    as_number,
    as_object,
    as_objects,
    as_text,
    as_texts,
    as_texts_by_name,
)


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (as_object, {"a": 1}),
        (as_list, [1, "b"]),
        (as_text, ""),
        (as_number, 0),
        (as_flag, False),
        (as_texts_by_name, {"a": "b"}),
    ],
)
def test_what_is_right_is_given_as_it_is(reader: Callable[[Any], Any], value: Any) -> None:
    assert reader(value) == value


def test_lists_are_frozen() -> None:
    assert as_texts(["a"]) == ("a",)
    assert as_objects([{"a": 1}]) == ({"a": 1},)


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (as_object, []),
        (as_list, "text"),
        (as_text, None),
        (as_number, True),
        (as_number, 1.0),
        (as_flag, 1),
        (as_texts, ["a", 1]),
        (as_objects, [1]),
        (as_texts_by_name, {"a": None}),
    ],
)
def test_what_is_not_what_it_must_be_is_refused(reader: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(TypeError, match="is needed here, not"):
        reader(value)
