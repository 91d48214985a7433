import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from reports.characters import escape_json
from reports.plain_json import compact_json, json_bytes, plain


def test_what_is_no_json_data_is_refused() -> None:
    odd: Any = {"path": Path("x")}
    with pytest.raises(TypeError, match="not plain JSON data"):
        json_bytes(odd)


def test_sets_are_written_in_order() -> None:
    names: Any = {"lost": frozenset("cab")}
    assert json.loads(json_bytes(names)) == {"lost": ["a", "b", "c"]}


def test_any_mapping_is_an_object() -> None:
    assert compact_json(MappingProxyType({"b": 1, "a": (1, 2)})) == '{"a":[1,2],"b":1}'


HALF = "\udc80"
MIXED = {
    "texts": ["", "naïve 名前 🙂", 'a"b\\c', "a\n\tb\x7f\u2028", "\U000e0041", "→ …"],
    "numbers": [0, -1, 12345678901234567890123, 1.5, 1e16, 1e300, -0.0, True, False, None],
    "empty": [[], {}, [[]], [{}], {"a": {}}],
    "b\u200b": {"deep": [[[{"x": [1, [2, {}]]}]]]},
}


@pytest.mark.parametrize("value", [MIXED, [], {}, "", "text", 7, None, [MIXED, HALF], {HALF: [1e16, {}, HALF]}])
def test_it_is_what_json_writes_indented(value: Any) -> None:
    told = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, default=plain)
    assert json_bytes(value) == escape_json(told).encode() + b"\n"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [HALF, float("-inf")]])
def test_numbers_that_json_has_not_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes(value)
