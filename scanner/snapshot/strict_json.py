"""What ``run.json`` and ``calls.jsonl`` are read with: JSON that is refused unless it is as Trailwitness writes it."""

import json
from collections.abc import Collection
from typing import Any

from scanner.errors import SnapshotError
from scanner.times import parse_zoned

TAMPERED = "The snapshot was changed after it was collected: collect again or get an untouched copy."
WRITTEN_WRONG = "Collect again, or use the Trailwitness version that wrote it."

MOST_NESTED = 64
"""How deep ``run.json`` and a line of ``calls.jsonl`` may be nested; what is written is a few levels deep."""


def strict_json(content: bytes, where: str) -> Any:
    """The JSON value; SnapshotError when it is not JSON, holds NaN or an infinity, or is nested too deeply."""
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"{where} is not JSON: {error}.", TAMPERED) from error
    level = [value]
    for _ in range(MOST_NESTED):
        level = [item for held in level for item in _parts(held)]
        if not level:
            return value
    raise SnapshotError(f"{where} is nested more than {MOST_NESTED} deep.", TAMPERED)


def is_time(value: Any) -> bool:
    """Whether a value is a time in RFC 3339 with its zone."""
    return parse_zoned(value) is not None


def is_texts(value: Any) -> bool:
    """Whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def is_texts_by_name(value: Any) -> bool:
    """Whether a value is an object whose members are texts."""
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _parts(value: Any) -> Collection[Any]:
    """What a list or an object holds."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")
