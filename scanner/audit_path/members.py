"""Members of AWS's answers, taken for what AWS documents them to be; anything else is as good as absent."""

from collections.abc import Mapping
from typing import Any


def text_member(data: Any, name: str) -> str:
    """A text member of an object; "" when it is absent or not a text."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, str) else ""


def list_member(data: Any, name: str) -> list[Any]:
    """A list member of an object; [] when it is absent or not a list."""
    value = data.get(name) if isinstance(data, Mapping) else None
    return value if isinstance(value, list) else []
