import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from reports.plain_json import compact_json, json_bytes


def test_what_is_no_json_data_is_refused() -> None:
    odd: Any = {"path": Path("x")}
    with pytest.raises(TypeError, match="not plain JSON data"):
        json_bytes(odd)


def test_sets_are_written_in_order() -> None:
    names: Any = {"lost": frozenset("cab")}
    assert json.loads(json_bytes(names)) == {"lost": ["a", "b", "c"]}


def test_any_mapping_is_an_object() -> None:
    assert compact_json(MappingProxyType({"b": 1, "a": (1, 2)})) == '{"a":[1,2],"b":1}'
